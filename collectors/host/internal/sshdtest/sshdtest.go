// Package sshdtest runs OpenSSH's sshd on a loopback port, for tests.
//
// The server knows one user, whoever runs the test, and one key. Nothing of the user's own SSH configuration is used or touched: each
// server comes with a home directory for the client, with a key and a known_hosts file in it.
package sshdtest

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Server is a running sshd.
type Server struct {
	Port    int
	User    string
	HostKey ssh.PublicKey

	dir         string
	connections atomic.Int64
}

// Connections is how many connections the server has taken.
func (s *Server) Connections() int { return int(s.connections.Load()) }

// Client is a home directory with a key that servers let in.
type Client struct {
	Home string
	key  string // the public key in the form of authorized_keys
}

// NewClient makes a home directory with a key.
func NewClient(tb testing.TB) *Client {
	tb.Helper()
	c := &Client{Home: tb.TempDir()}
	if err := os.Mkdir(filepath.Join(c.Home, ".ssh"), 0o700); err != nil {
		tb.Fatal(err)
	}
	public := writeKey(tb, filepath.Join(c.Home, ".ssh", "id_ed25519"))
	c.key = string(ssh.MarshalAuthorizedKey(public))
	return c
}

// Environ is the environment of a program that runs for the client.
func (c *Client) Environ() []string {
	u, err := user.Current()
	if err != nil {
		return nil
	}
	return []string{"HOME=" + c.Home, "USER=" + u.Username}
}

// Know writes the server's host key into known_hosts.
func (c *Client) Know(tb testing.TB, servers ...*Server) {
	tb.Helper()
	for _, s := range servers {
		c.KnowKey(tb, s.Port, s.HostKey)
	}
}

// KnowKey writes a host key for a loopback port into known_hosts.
func (c *Client) KnowKey(tb testing.TB, port int, key ssh.PublicKey) {
	tb.Helper()
	line := knownhosts.Line([]string{fmt.Sprintf("[127.0.0.1]:%d", port)}, key) + "\n"
	f, err := os.OpenFile(c.KnownHosts(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := f.WriteString(line); err != nil {
		tb.Fatal(err)
	}
	if err := f.Close(); err != nil {
		tb.Fatal(err)
	}
}

// KnownHosts is the client's known_hosts file.
func (c *Client) KnownHosts() string { return filepath.Join(c.Home, ".ssh", "known_hosts") }

// Write writes a file below the client's .ssh.
func (c *Client) Write(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(c.Home, ".ssh", name), []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// Start starts a server that lets the client in. The settings are lines of sshd_config, which win over the defaults here. The server
// ends with the test.
func Start(tb testing.TB, c *Client, settings ...string) *Server {
	tb.Helper()
	return StartWith(tb, c, func(ssh.PublicKey) []string { return settings })
}

// StartWith is Start with settings that depend on the host key.
func StartWith(tb testing.TB, c *Client, settings func(hostKey ssh.PublicKey) []string) *Server {
	tb.Helper()
	binary := "/usr/sbin/sshd"
	if _, err := os.Stat(binary); err != nil {
		tb.Fatal("these tests need OpenSSH's sshd: apt-get install openssh-server")
	}
	u, err := user.Current()
	if err != nil {
		tb.Fatal(err)
	}
	if os.Geteuid() == 0 { // where sshd confines what has no rights yet
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil { //nolint:gosec // as sshd wants it
			tb.Fatal(err)
		}
	}
	s := &Server{User: u.Username, dir: tb.TempDir()}
	s.HostKey = writeKey(tb, s.path("host_key"))
	if err := os.WriteFile(s.path("authorized_keys"), []byte(c.key), 0o600); err != nil {
		tb.Fatal(err)
	}
	// A port that was free a moment ago may be taken: try another then.
	for range 5 {
		if err = s.start(tb, binary, settings(s.HostKey)); err == nil {
			return s
		}
	}
	tb.Fatal(err)
	return nil
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) start(tb testing.TB, binary string, settings []string) error {
	tb.Helper()
	s.Port = freePort(tb)
	config := strings.Join(append(settings,
		fmt.Sprintf("Port %d", s.Port), "ListenAddress 127.0.0.1", "HostKey "+s.path("host_key"), "AuthorizedKeysFile "+s.path("authorized_keys"),
		"PidFile none", "StrictModes no", "UsePAM no", "PermitRootLogin yes", "PasswordAuthentication no", "MaxStartups 200", "LogLevel VERBOSE",
	), "\n") + "\n"
	if err := os.WriteFile(s.path("sshd_config"), []byte(config), 0o600); err != nil {
		return err
	}
	cmd := exec.CommandContext(tb.Context(), binary, "-D", "-e", "-f", s.path("sshd_config")) //nolint:gosec // OpenSSH's own
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	var log bytes.Buffer
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		log.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "Server listening on") {
			done := make(chan struct{})
			go func() {
				defer close(done)
				for lines.Scan() { // sshd stops where nobody reads its log
					if strings.HasPrefix(lines.Text(), "Connection from ") {
						s.connections.Add(1)
					}
				}
			}()
			tb.Cleanup(func() {
				_ = cmd.Process.Kill()
				<-done
				_ = cmd.Wait()
			})
			return nil
		}
	}
	return errors.Join(fmt.Errorf("sshd did not start:\n%s", &log), cmd.Wait())
}

func freePort(tb testing.TB) int {
	tb.Helper()
	l, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// writeKey makes a key pair, writes the private key, and returns the public one.
func writeKey(tb testing.TB, path string) ssh.PublicKey {
	tb.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
		tb.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		tb.Fatal(err)
	}
	return signer.PublicKey()
}

// NewHostKey makes a host key that no server has.
func NewHostKey(tb testing.TB) ssh.PublicKey {
	tb.Helper()
	return writeKey(tb, filepath.Join(tb.TempDir(), "key"))
}
