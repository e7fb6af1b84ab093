package transport_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/assay-audit/assay/collectors/host/internal/sshdtest"
	"github.com/assay-audit/assay/collectors/host/transport"
)

func TestLocal(t *testing.T) {
	for _, test := range []struct {
		name, script string
		limit        int64
		want         transport.Printed
		err          string
	}{
		{"fine", "echo out; echo err >&2", 100, transport.Printed{Stdout: []byte("out\n"), Stderr: "err"}, ""},
		{"fails", "echo out; echo why >&2; exit 3", 100, transport.Printed{Stdout: []byte("out\n"), Stderr: "why"}, "why"},
		{"says nothing", "exit 3", 100, transport.Printed{}, "sh -s: exit status 3"},
		{"endless", "yes x", 4, transport.Printed{Stdout: []byte("x\nx\n"), Cut: true}, "it printed more than is read"},
		{"deaf to signals", "trap '' TERM INT HUP PIPE; while :; do echo x; done", 4, transport.Printed{Stdout: []byte("x\nx\n"), Cut: true}, "it printed more than is read"},
		{"sees no environment", "echo ${HOME-none} ${SSH_AUTH_SOCK-none}", 100, transport.Printed{Stdout: []byte("none none\n")}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := transport.Local{}.Run(t.Context(), false, test.script, transport.Bounds{Limit: test.limit})
			if fmt.Sprint(err) != test.err && (err != nil || test.err != "") {
				t.Errorf("error %v, want %q", err, test.err)
			}
			if len(got.Stdout) == 0 {
				got.Stdout = nil
			}
			if test.want.Cut {
				got.Stderr = "" // what the shell says when it is ended is its affair
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := (transport.Local{Become: transport.None}).Run(t.Context(), true, "true", transport.Bounds{Limit: 1}); err == nil || !strings.Contains(err.Error(), "become: none") {
		t.Errorf("become: none: %v", err)
	}
}

// dial connects as the client and says what came of it.
func dial(t *testing.T, c *sshdtest.Client, target transport.Target, change func(*transport.Settings)) error {
	t.Helper()
	s := transport.Settings{Home: c.Home, User: "nobody-in-particular"}
	if change != nil {
		change(&s)
	}
	d, _, err := transport.NewDialer(s)
	if err != nil {
		return err
	}
	defer d.Close()
	conn, err := d.Dial(t.Context(), target)
	if err != nil {
		if _, ok := errors.AsType[*transport.Error](err); !ok {
			t.Errorf("%T is no *transport.Error", err)
		}
		return err
	}
	printed, err := conn.Run(t.Context(), false, "echo hello", transport.Bounds{Limit: 100})
	if err != nil || string(printed.Stdout) != "hello\n" {
		t.Errorf("printed %q, %v", printed.Stdout, err)
	}
	return conn.Close()
}

func loopback(s *sshdtest.Server) transport.Target {
	return transport.Target{Name: "127.0.0.1", Port: s.Port, User: s.User}
}

func says(t *testing.T, err error, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("got %v\nwant %q in it", err, text)
		}
	}
}

func TestKeys(t *testing.T) {
	client := sshdtest.NewClient(t)
	server := sshdtest.Start(t, client)
	client.Know(t, server)
	usual := filepath.Join(client.Home, ".ssh", "id_ed25519")
	data, err := os.ReadFile(usual)
	if err != nil {
		t.Fatal(err)
	}
	private, err := ssh.ParseRawPrivateKey(data)
	if err != nil {
		t.Fatal(err)
	}
	says(t, dial(t, client, transport.Target{Name: "127.0.0.1", Port: server.Port, User: server.User, IdentityFile: "~/.ssh/none"}, nil), ".ssh/none: cannot be read: no such file or directory", "there is no key to log in with")

	locked, err := ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte("open sesame"))
	if err != nil {
		t.Fatal(err)
	}
	client.Write(t, "id_ed25519", string(pem.EncodeToMemory(locked)))
	says(t, dial(t, client, loopback(server), nil), "is protected by a passphrase; add it to the agent (ssh-add)")

	client.Write(t, "id_ed25519", "nonsense")
	says(t, dial(t, client, loopback(server), nil), "is no private key that can be read")

	// The agent holds the key that the file does not give.
	if err := dial(t, client, loopback(server), func(s *transport.Settings) { s.AgentSocket = startAgent(t, private) }); err != nil {
		t.Error("agent:", err)
	}
	says(t, dial(t, client, loopback(server), func(s *transport.Settings) { s.AgentSocket = filepath.Join(client.Home, "none") }), "the agent (SSH_AUTH_SOCK) does not answer")
}

// startAgent runs an agent with one key and returns its socket.
func startAgent(t *testing.T, private any) string {
	t.Helper()
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "agent") //nolint:usetesting // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn) }()
		}
	}()
	return l.Addr().String()
}

// TestHostCertificate holds that a host may prove itself by a certificate of an authority that known_hosts names.
func TestHostCertificate(t *testing.T) {
	client := sshdtest.NewClient(t)
	_, authorityKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority, err := ssh.NewSignerFromKey(authorityKey)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "host-cert.pub")
	server := sshdtest.StartWith(t, client, func(key ssh.PublicKey) []string {
		cert := &ssh.Certificate{Key: key, CertType: ssh.HostCert, ValidPrincipals: []string{"127.0.0.1"}, ValidBefore: ssh.CertTimeInfinity}
		if err := cert.SignCert(rand.Reader, authority); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, ssh.MarshalAuthorizedKey(cert), 0o600); err != nil {
			t.Fatal(err)
		}
		return []string{"HostCertificate " + file}
	})
	line := string(ssh.MarshalAuthorizedKey(authority.PublicKey()))
	client.Write(t, "known_hosts", fmt.Sprintf("@cert-authority [127.0.0.1]:%d %s", server.Port, line))
	if err := dial(t, client, loopback(server), nil); err != nil {
		t.Error(err)
	}
	client.Write(t, "known_hosts", "@cert-authority *.elsewhere.example "+line)
	says(t, dial(t, client, loopback(server), nil), "is not known")
	client.Write(t, "known_hosts", fmt.Sprintf("@revoked * %s[127.0.0.1]:%d %s", ssh.MarshalAuthorizedKey(server.HostKey), server.Port, ssh.MarshalAuthorizedKey(server.HostKey)))
	says(t, dial(t, client, loopback(server), nil), "which known_hosts revokes")
	client.Write(t, "known_hosts", "what is this\n")
	says(t, dial(t, client, loopback(server), nil), "known_hosts:1", "mend or remove the line")
}

func TestConfigurationErrors(t *testing.T) {
	for _, test := range []struct {
		name, config string
		target       transport.Target
		want         string
	}{
		{"proxy command", "Host x\n ProxyCommand nc %h %p\n", transport.Target{Name: "x"}, "has a ProxyCommand for x, which is not run"},
		{"port", "Host x\n Port 0\n", transport.Target{Name: "x"}, "0 is no port"},
		{"circle", "Host x\n HostName 127.0.0.1\n ProxyJump x\n", transport.Target{Name: "x"}, "more than 8 jump hosts"},
		{"option as a name", "", transport.Target{Name: "-oProxyCommand=x"}, "is no name or address"},
		{"jump host", "", transport.Target{Name: "x", Jump: "a b"}, `jump host "a b"`},
		{"no user", "", transport.Target{Name: "x"}, "no user to log in as"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := sshdtest.NewClient(t)
			client.Write(t, "config", test.config)
			says(t, dial(t, client, test.target, func(s *transport.Settings) {
				s.Timeout = time.Second
				if test.name == "no user" {
					s.User = ""
				}
			}), test.want)
		})
	}
	client := sshdtest.NewClient(t)
	if err := os.Mkdir(filepath.Join(client.Home, ".ssh", "config"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := dial(t, client, transport.Target{Name: "x"}, nil); err == nil || !strings.Contains(err.Error(), "config") {
		t.Errorf("a configuration that cannot be read: %v", err)
	}
}

func TestParseTarget(t *testing.T) {
	for text, want := range map[string]transport.Target{
		"web1": {Name: "web1"}, "audit@web1:2222": {Name: "web1", User: "audit", Port: 2222}, "ssh://web1/": {Name: "web1"},
		"ssh://a@[2001:db8::1]:22": {Name: "2001:db8::1", User: "a", Port: 22}, "ssh://[::1]": {Name: "::1"}, "a@b@c": {Name: "c", User: "a@b"},
	} {
		got, err := transport.ParseTarget(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "@x", "a:b@c", "x:0", "x:99999", "x/y", "ssh://x?y", "a b"} {
		if got, err := transport.ParseTarget(text); err == nil {
			t.Errorf("%q: %+v, want an error", text, got)
		}
	}
}
