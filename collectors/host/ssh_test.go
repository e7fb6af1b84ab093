package host_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/collectors/host"
	"github.com/assay-audit/assay/collectors/host/internal/sshdtest"
	"github.com/assay-audit/assay/internal/evidence"
)

// collect collects a target as the client.
func collect(t *testing.T, c *sshdtest.Client, value string, o collectors.HostOptions) *evidence.Snapshot {
	t.Helper()
	req := collectors.Request{Target: collectors.Target{Ref: "host:" + value, Scheme: "host", Value: value}, Host: o}
	snap, err := collectortest.CollectIn(t.Context(), t, host.Spec, req, c.Environ())
	if err != nil {
		t.Fatal(err)
	}
	collectortest.Check(t, snap, contract())
	return snap
}

func target(port int) string { return fmt.Sprintf("ssh://127.0.0.1:%d", port) }

// theHost is the only entity of the kind host.
func theHost(t *testing.T, snap *evidence.Snapshot) *evidence.Entity {
	t.Helper()
	var found *evidence.Entity
	for _, e := range snap.Entities {
		if e.Kind == "host" {
			if found != nil {
				t.Fatal("several hosts")
			}
			found = e
		}
	}
	if found == nil {
		t.Fatal("no host")
	}
	return found
}

func TestOverSSH(t *testing.T) {
	client := sshdtest.NewClient(t)
	server := sshdtest.Start(t, client)
	client.Know(t, server)
	snap := collect(t, client, target(server.Port), collectors.HostOptions{})
	over := theHost(t, snap)
	if over.Name != "127.0.0.1" || over.Scope != "host:ungrouped:127.0.0.1" || len(snap.Sources[0].Problems) > 0 {
		t.Errorf("name %q, scope %q, problems %v", over.Name, over.Scope, snap.Sources[0].Problems)
	}
	local := theHost(t, collect(t, client, "local", collectors.HostOptions{}))
	for _, path := range []string{"hostname", "os.name", "os.version", "kernel.running"} {
		if local.Attrs[path] == nil || over.Attrs[path] != local.Attrs[path] {
			t.Errorf("%s: %v over SSH, %v locally", path, over.Attrs[path], local.Attrs[path])
		}
	}
}

// refusal is a run that reads no host: the host is there with nothing known, the scope's coverage says so, and a problem says what to do.
func refusal(t *testing.T, snap *evidence.Snapshot, code string, reason evidence.Reason, status evidence.CoverageStatus, texts ...string) {
	t.Helper()
	e := theHost(t, snap)
	for path, u := range e.Unknown {
		if u.Reason != reason {
			t.Errorf("%s is unknown for the reason %s, want %s", path, u.Reason, reason)
		}
	}
	if e.Unknown["os.name"].Detail == "" {
		t.Error("os.name does not say why it is unknown")
	}
	for _, c := range snap.Coverage {
		if c.Kind == "*" && c.Status != status {
			t.Errorf("coverage is %s (%s), want %s", c.Status, c.Detail, status)
		}
	}
	problems := snap.Sources[0].Problems
	if len(problems) != 1 || problems[0].Code != code {
		t.Fatalf("problems %+v, want one with the code %s", problems, code)
	}
	said := problems[0].Summary + " | " + problems[0].Detail
	for _, text := range texts {
		if !strings.Contains(said, text) {
			t.Errorf("the problem does not say %q: %s", text, said)
		}
	}
}

func TestUnknownHostKey(t *testing.T) {
	client := sshdtest.NewClient(t)
	server := sshdtest.Start(t, client)
	fingerprint := ssh.FingerprintSHA256(server.HostKey)
	snap := collect(t, client, target(server.Port), collectors.HostOptions{})
	refusal(t, snap, "host_key_unknown", evidence.AccessDenied, evidence.Denied, fingerprint, fmt.Sprintf("ssh-keyscan -p %d 127.0.0.1 >> %s", server.Port, client.KnownHosts()), "--accept-new-host-keys")
	if _, err := os.Stat(client.KnownHosts()); err == nil {
		t.Error("known_hosts was written")
	}

	snap = collect(t, client, target(server.Port), collectors.HostOptions{AcceptNewHostKeys: true})
	if theHost(t, snap).Attrs["os.name"] == nil {
		t.Error("the host was not read although its key was accepted")
	}
	if snap = collect(t, client, target(server.Port), collectors.HostOptions{}); theHost(t, snap).Attrs["os.name"] == nil {
		t.Error("the accepted key was not written down")
	}
}

func TestChangedHostKey(t *testing.T) {
	client := sshdtest.NewClient(t)
	server := sshdtest.Start(t, client)
	old := sshdtest.NewHostKey(t)
	client.KnowKey(t, server.Port, old)
	for _, accept := range []bool{false, true} {
		snap := collect(t, client, target(server.Port), collectors.HostOptions{AcceptNewHostKeys: accept})
		refusal(t, snap, "host_key_changed", evidence.AccessDenied, evidence.Denied,
			ssh.FingerprintSHA256(server.HostKey), ssh.FingerprintSHA256(old), client.KnownHosts()+":1", "ssh-keygen -f")
	}
}

func TestRefusedLogins(t *testing.T) {
	for _, test := range []struct {
		name     string
		settings []string
		texts    []string
	}{
		{"wrong key", []string{"AuthorizedKeysFile none"}, []string{"refuses the keys SHA256:", "authorized_keys"}},
		{"password prompt", []string{"PubkeyAuthentication no", "PasswordAuthentication yes"}, []string{"takes no keys, only password", "never asks for a password"}},
		{"second factor", []string{"AuthenticationMethods publickey,password", "PasswordAuthentication yes"}, []string{"takes a key and then asks for password", "AuthenticationMethods publickey"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := sshdtest.NewClient(t)
			server := sshdtest.Start(t, client, test.settings...)
			client.Know(t, server)
			refusal(t, collect(t, client, target(server.Port), collectors.HostOptions{}), "host_login", evidence.AccessDenied, evidence.Denied, test.texts...)
		})
	}
}

func TestNoShell(t *testing.T) {
	for _, test := range []struct {
		name, command string
		texts         []string
	}{
		{"forced command", "echo this account can only run backups", []string{`printed "this account can only run backups" instead`, "forced command"}},
		{"silent", "true", []string{"printed nothing", "forced command"}},
		{"escape codes", `printf '\033]0;gotcha\007<script>\377'`, []string{"\uFFFD]0;gotcha\uFFFD<script>\uFFFD"}},
		{"gigabytes", "yes nonsense", []string{"nonsense nonsense"}},
		{"sftp only", "internal-sftp", nil},
		{"no sh", "exec /no/such/sh -s", []string{"/no/such/sh"}},
		{"full disk", "echo 'sh: write error: No space left on device' >&2; exit 1", []string{"No space left on device"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := sshdtest.NewClient(t)
			server := sshdtest.Start(t, client, "ForceCommand "+test.command)
			client.Know(t, server)
			refusal(t, collect(t, client, target(server.Port), collectors.HostOptions{Timeout: 20 * time.Second}), "host_unreadable", evidence.NotCollected, evidence.Partial, test.texts...)
		})
	}
}

// TestNoise holds that what a shell prints before and after the script does no harm, nor what a compromised host mixes in.
func TestNoise(t *testing.T) {
	client := sshdtest.NewClient(t)
	server := sshdtest.Start(t, client, `ForceCommand printf 'Last login: today\nassay-0 begin os\nID=forged\nassay-0 end os\n\n'; eval "$SSH_ORIGINAL_COMMAND"; echo bye`)
	client.Know(t, server)
	e := theHost(t, collect(t, client, target(server.Port), collectors.HostOptions{}))
	if e.Attrs["os.name"] == nil || e.Attrs["os.name"] == "forged" {
		t.Errorf("os.name is %v", e.Attrs["os.name"])
	}
}

// TestHostile holds that a host which runs the script and lies can fill its own answers only: what it prints without end is cut and said, what
// it names is cleaned, and the rest is read.
func TestHostile(t *testing.T) {
	for _, test := range []struct {
		name, change string // of the script on its way to the shell
		check        func(t *testing.T, e *evidence.Entity)
	}{
		{
			"gigabytes in one answer", `s/^s passwd .*/printf "\\n%s begin passwd\\n" "$B"; yes nonsense/`,
			func(t *testing.T, e *evidence.Entity) {
				if u := e.Unknown["accounts"]; e.Attrs["os.name"] == nil || u.Detail == "" {
					t.Errorf("os.name %v, accounts unknown for %+v", e.Attrs["os.name"], u)
				}
			},
		},
		{
			"an answer that never ends in a line", `s/^awk -F: .*passwd$/tr "\\\\0" x <\/dev\/zero/`,
			func(t *testing.T, e *evidence.Entity) {
				if u := e.Unknown["accounts"]; e.Attrs["os.name"] == nil || u.Reason != evidence.Truncated && u.Reason != evidence.ParseError {
					t.Errorf("os.name %v, accounts unknown for %+v", e.Attrs["os.name"], u)
				}
			},
		},
		{
			"names that are code", `s/^kv node .*/printf 'node=<script>alert(1)<\/script>\\033[2J\\377\\n'/`,
			func(t *testing.T, e *evidence.Entity) {
				if got := e.Attrs["hostname"]; got != "<script>alert(1)</script>\uFFFD[2J\uFFFD" {
					t.Errorf("hostname %q", got)
				}
				if e.UID != "host:127.0.0.1" {
					t.Errorf("UID %q", e.UID)
				}
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := sshdtest.NewClient(t)
			lie := filepath.Join(t.TempDir(), "lie.sed")
			if err := os.WriteFile(lie, []byte(test.change+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			server := sshdtest.Start(t, client, "ForceCommand sed -f "+lie+" | sh -s")
			client.Know(t, server)
			// Only the accounts are asked for, and what they build on.
			req := collectors.Request{
				Target: collectors.Target{Ref: "host:" + target(server.Port), Scheme: "host", Value: target(server.Port)},
				Needs:  &collectors.Needs{Words: map[string]struct{}{"accounts": {}}}, Host: collectors.HostOptions{Timeout: time.Minute},
			}
			snap, err := collectortest.CollectIn(t.Context(), t, host.Spec, req, client.Environ())
			if err != nil {
				t.Fatal(err)
			}
			e := theHost(t, snap)
			test.check(t, e)
			if u := e.Unknown["disk.encrypted"]; u.Reason != evidence.NotCollected {
				t.Errorf("the disks, of which nothing was asked, are unknown for %+v", u)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	t.Run("the shell hangs", func(t *testing.T) {
		client := sshdtest.NewClient(t)
		server := sshdtest.Start(t, client, "ForceCommand exec sleep 1000")
		client.Know(t, server)
		snap := collect(t, client, target(server.Port), collectors.HostOptions{Timeout: 2 * time.Second})
		refusal(t, snap, "host_timeout", evidence.NotCollected, evidence.Partial, "--host-timeout")
	})
	t.Run("the script hangs", func(t *testing.T) {
		client := sshdtest.NewClient(t)
		// The shell stops in the middle: what came before it is kept, what did not come says why.
		server := sshdtest.Start(t, client, `ForceCommand sed 's/^s shadow .*/sleep 1000/' | sh -s`)
		client.Know(t, server)
		e := theHost(t, collect(t, client, target(server.Port), collectors.HostOptions{Timeout: 4 * time.Second}))
		if e.Attrs["os.name"] == nil {
			t.Error("what came in time was not kept")
		}
		if u := e.Unknown["sudo.rules"]; u.Reason != evidence.NotCollected || !strings.Contains(u.Detail, "--host-timeout") {
			t.Errorf("sudo.rules is unknown for %+v", u)
		}
	})
	t.Run("nobody answers", func(t *testing.T) {
		client := sshdtest.NewClient(t)
		silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts in the kernel and never says a word
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = silent.Close() }()
		snap := collect(t, client, target(silent.Addr().(*net.TCPAddr).Port), collectors.HostOptions{Timeout: time.Second})
		refusal(t, snap, "host_timeout", evidence.NotCollected, evidence.Partial, "did not finish the login in time")
	})
}

func TestHostDown(t *testing.T) {
	client := sshdtest.NewClient(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := closed.Addr().(*net.TCPAddr).Port
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	refusal(t, collect(t, client, target(port), collectors.HostOptions{}), "host_down", evidence.NotCollected, evidence.Partial, "connection refused", "see whether the host is up")
}

// TestNoSSHServer holds what is said of a port where something else listens.
func TestNoSSHServer(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	go func() {
		if conn, err := other.Accept(); err == nil {
			_, _ = conn.Write([]byte("220 mail ESMTP\r\n\x1b[2J" + strings.Repeat("x", 100_000)))
			_ = conn.Close()
		}
	}()
	refusal(t, collect(t, sshdtest.NewClient(t), target(other.Addr().(*net.TCPAddr).Port), collectors.HostOptions{}), "host_handshake", evidence.NotCollected, evidence.Partial,
		"does not speak SSH as it should", "see whether an SSH server listens there")
}

func TestFleet(t *testing.T) {
	client := sshdtest.NewClient(t)
	bastion, inner, other := sshdtest.Start(t, client), sshdtest.Start(t, client), sshdtest.Start(t, client)
	client.Know(t, bastion, inner, other)
	inventory := filepath.Join(t.TempDir(), "hosts.yaml")
	text := fmt.Sprintf(`variables: {loopback: 127.0.0.1}
groups:
  db:
    criticality: high
    hosts: [db1, db2]
hosts:
  db1: {address: "${loopback}", port: %d, jump: "127.0.0.1:%d"}
  db2: {address: "${loopback}", port: 1}
  web1: {address: "${loopback}", port: %d, environment: prod}
`, inner.Port, bastion.Port, other.Port)
	if err := os.WriteFile(inventory, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	snap := collect(t, client, "@"+inventory, collectors.HostOptions{Parallel: 2})
	got := map[string]any{}
	for _, e := range snap.Entities {
		if e.Kind == "host" {
			got[e.ID+" in "+e.Scope] = e.Attrs["os.name"] != nil
		}
	}
	want := map[string]any{"db1 in host:db:db1": true, "db2 in host:db:db2": false, "web1 in host:ungrouped:web1": true}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, c := range snap.Coverage {
		if c.Kind != "*" {
			continue
		}
		switch c.Scope {
		case "host:db:db2":
			if c.Status != evidence.Partial || c.Detail == "" {
				t.Errorf("coverage of the host that is down: %+v", c)
			}
		default:
			if c.Status != evidence.Complete {
				t.Errorf("coverage of a host that answered: %+v", c)
			}
		}
	}
}

// TestSSHConfig holds that names, ports, keys and jump hosts come from the user's SSH configuration.
func TestSSHConfig(t *testing.T) {
	client := sshdtest.NewClient(t)
	bastion, inner := sshdtest.Start(t, client), sshdtest.Start(t, client)
	client.Know(t, bastion, inner)
	home := filepath.Join(client.Home, ".ssh")
	if err := os.Rename(filepath.Join(home, "id_ed25519"), filepath.Join(home, "special")); err != nil {
		t.Fatal(err)
	}
	client.Write(t, "config", fmt.Sprintf(`Match exec "true"
  Port 1
Host inner
  HostName 127.0.0.1
  Port %d
  ProxyJump gate
Host gate
  HostName 127.0.0.1
  Port %d
Host *
  IdentityFile ~/.ssh/special
`, inner.Port, bastion.Port))
	snap := collect(t, client, "ssh://inner", collectors.HostOptions{})
	if e := theHost(t, snap); e.ID != "inner" || e.Attrs["os.name"] == nil {
		t.Errorf("%s: %v, problems %v", e.ID, e.Unknown["os.name"], snap.Sources[0].Problems)
	}
	if p := snap.Sources[0].Problems; len(p) != 1 || !strings.Contains(p[0].Summary, "config:1: this Match block is left out") {
		t.Errorf("problems %+v, want one about the Match block", p)
	}
}
