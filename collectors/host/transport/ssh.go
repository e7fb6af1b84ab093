package transport

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
)

// Target says how a host is reached. What is empty comes from the user's SSH configuration, and then from SSH's defaults.
type Target struct {
	Name         string // as the user calls it; what Host patterns of the configuration are held against
	Address      string // name or address to connect to
	Port         int
	User         string
	IdentityFile string // private key
	Jump         string // hosts to go through, as ProxyJump writes them: [user@]host[:port], separated by commas; "none" = directly
	Become       Become
}

// Settings are what connections share.
type Settings struct {
	Home        string // the user's home directory, with .ssh in it; "" = none
	User        string // login name where neither target nor configuration name one
	AgentSocket string // SSH_AUTH_SOCK; "" = no agent
	// SystemDir is the directory of the system's ssh_config and ssh_known_hosts; "" = none.
	SystemDir string
	// AcceptNew writes the keys of unknown hosts down instead of refusing them.
	AcceptNew bool
	Timeout   time.Duration // for one connection to a jump host; 0 = 30 seconds
}

// Error is why a host could not be reached.
type Error struct {
	Reason evidence.Reason
	Code   string // for the source's problems
	Text   string // what went wrong
	Hint   string // what to do about it
}

// Error implements error.
func (e *Error) Error() string {
	if e.Hint == "" {
		return e.Text
	}
	return e.Text + "; " + e.Hint
}

// Dialer opens connections over SSH. Connections through the same jump host share one connection to it.
type Dialer struct {
	settings Settings
	config   *config
	known    *knownHosts
	agent    *agentKeys

	mu    sync.Mutex
	jumps map[string]*jump
}

// jump is a connection to a jump host, opened once.
type jump struct {
	once   sync.Once
	client *ssh.Client
	err    error
}

// NewDialer reads the user's SSH configuration. The warnings name parts of it that are left out.
func NewDialer(s Settings) (d *Dialer, warnings []string, err error) {
	cfg, warnings, err := readConfig(s)
	if err != nil {
		return nil, nil, err
	}
	d = &Dialer{settings: s, config: cfg, known: &knownHosts{acceptNew: s.AcceptNew}, jumps: map[string]*jump{}}
	if s.AgentSocket != "" {
		d.agent = openAgent(s.AgentSocket)
	}
	return d, warnings, nil
}

// Close closes the connections to jump hosts and to the agent.
func (d *Dialer) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, j := range d.jumps {
		if j.client != nil {
			_ = j.client.Close() // nothing is in flight any more
		}
	}
	if d.agent != nil {
		d.agent.close()
	}
}

// Dial connects to a host and logs in. The error is an [*Error].
func (d *Dialer) Dial(ctx context.Context, t Target) (Conn, error) {
	client, err := d.client(ctx, t, 0)
	if err != nil {
		return nil, err
	}
	return &sshConn{client: client, become: t.Become}, nil
}

// maxJumps bounds chains of jump hosts, whose configuration may name jump hosts of their own.
const maxJumps = 8

// client connects to a host, through its jump hosts.
func (d *Dialer) client(ctx context.Context, t Target, depth int) (*ssh.Client, error) {
	if depth > maxJumps {
		return nil, &Error{evidence.NotCollected, "host_config", fmt.Sprintf("more than %d jump hosts one behind the other", maxJumps), "look for a circle of ProxyJump"}
	}
	r, err := d.config.resolve(t)
	if err != nil {
		return nil, &Error{evidence.NotCollected, "host_config", err.Error(), ""}
	}
	conn, err := d.open(ctx, r, depth)
	if err != nil {
		return nil, unreachable(ctx, r, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends the handshake
	defer stop()
	auth := d.newLogin(r)
	check := &hostKeyCheck{known: d.known, route: r}
	algorithms, err := check.algorithms()
	if err != nil {
		_ = conn.Close()
		return nil, &Error{evidence.NotCollected, "host_known_hosts", err.Error(), "mend or remove the line"}
	}
	secure, channels, requests, err := ssh.NewClientConn(conn, r.address(), &ssh.ClientConfig{
		User: r.user, Auth: []ssh.AuthMethod{ssh.PublicKeysCallback(auth.signers)}, AuthCallback: auth.offered,
		HostKeyCallback: check.verify, HostKeyAlgorithms: algorithms,
	})
	if err != nil {
		_ = conn.Close()
		return nil, explainHandshake(ctx, r, check, auth, err)
	}
	return ssh.NewClient(secure, channels, requests), nil
}

// open opens the connection that SSH then runs over.
func (d *Dialer) open(ctx context.Context, r route, depth int) (net.Conn, error) {
	if len(r.jumps) == 0 {
		return (&net.Dialer{}).DialContext(ctx, "tcp", r.address())
	}
	// The last jump host is reached through those before it.
	last := r.jumps[len(r.jumps)-1]
	last.Jump = jumpList(r.jumps[:len(r.jumps)-1]) // "" = as the configuration says of it
	via, err := d.through(ctx, last, depth)
	if err != nil {
		return nil, fmt.Errorf("jump host %s: %w", last.Name, err)
	}
	return via.DialContext(ctx, "tcp", r.address())
}

// through returns the shared connection to a jump host. It outlives the host that first needed it.
func (d *Dialer) through(ctx context.Context, t Target, depth int) (*ssh.Client, error) {
	key := fmt.Sprintf("%s@%s:%d via %s at %d", t.User, t.Name, t.Port, t.Jump, depth) // the depth, so that a circle waits not for itself
	d.mu.Lock()
	j := d.jumps[key]
	if j == nil {
		j = &jump{}
		d.jumps[key] = j
	}
	d.mu.Unlock()
	j.once.Do(func() {
		timeout := d.settings.Timeout
		if timeout <= 0 {
			timeout = 30 * time.Second
		}
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		client, err := d.client(own, t, depth+1)
		d.mu.Lock()
		defer d.mu.Unlock()
		j.client, j.err = client, err
	})
	return j.client, j.err
}

func jumpList(targets []Target) string {
	var out []string
	for _, t := range targets {
		text := t.Name
		if t.User != "" {
			text = t.User + "@" + text
		}
		if t.Port != 0 {
			text = net.JoinHostPort(text, strconv.Itoa(t.Port))
		}
		out = append(out, text)
	}
	return strings.Join(out, ",")
}

// unreachable says why no connection could be opened.
func unreachable(ctx context.Context, r route, err error) error {
	if inner, ok := errors.AsType[*Error](err); ok {
		return &Error{inner.Reason, inner.Code, err.Error(), ""}
	}
	if timedOut(ctx, err) {
		return &Error{evidence.NotCollected, "host_timeout", r.address() + " did not answer in time", "see whether it is up and lets you in to port " + strconv.Itoa(r.port)}
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return &Error{
			evidence.NotCollected, "host_down", "there is no host " + script.Line(dns.Name, 253) + " in DNS", "see whether the name is right, or give its address (address, ansible_host, HostName)",
		}
	}
	return &Error{evidence.NotCollected, "host_down", "no connection to " + r.address() + ": " + cause(err), "see whether the host is up and the address and port are right"}
}

func timedOut(ctx context.Context, err error) bool {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	netErr, ok := errors.AsType[net.Error](err)
	return ok && netErr.Timeout()
}

// cause strips the operation and the address from an error of the network, which the message says already.
func cause(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		return strings.TrimPrefix(op.Err.Error(), "connect: ")
	}
	return err.Error()
}

// explainHandshake says why the host was refused, or refused us.
func explainHandshake(ctx context.Context, r route, check *hostKeyCheck, auth *login, err error) error {
	switch {
	case check.refused != nil:
		return check.refused
	case timedOut(ctx, err):
		return &Error{evidence.NotCollected, "host_timeout", r.address() + " did not finish the login in time", "see --host-timeout"}
	case auth.asked:
		return auth.explain()
	case strings.Contains(err.Error(), "no common algorithm"):
		return &Error{evidence.NotCollected, "host_algorithms", r.address() + ": " + script.Line(err.Error(), 300), "its sshd is too old for safe algorithms"}
	}
	return &Error{evidence.NotCollected, "host_handshake", r.address() + " does not speak SSH as it should: " + script.Line(err.Error(), 300), "see whether an SSH server listens there"}
}

// login offers keys and remembers what came of it. A password is never offered and nobody is asked for one.
type login struct {
	dialer *Dialer
	route  route
	asked  bool     // the host got as far as asking who is there
	wanted []string // the methods that the host would take
	second bool     // the host took a key and wants something else besides
	tried  []string // fingerprints of the keys offered
	unread []string // keys that could not be used, and why
}

func (d *Dialer) newLogin(r route) *login { return &login{dialer: d, route: r} }

// offered hears which methods the host takes; the keys are the only one that is ever chosen.
func (l *login) offered(ctx *ssh.ClientAuthContext) (ssh.AuthMethod, error) {
	l.asked, l.wanted, l.second = true, ctx.AllowedMethods, len(ctx.PartialSuccessMethods) > 0
	return nil, nil //nolint:nilnil // means: choose from Auth
}

// signers gathers the keys: files that are named, the agent's, then the usual files.
func (l *login) signers() ([]ssh.Signer, error) {
	var out []ssh.Signer
	seen := map[string]bool{}
	add := func(signers ...ssh.Signer) {
		for _, s := range signers {
			fingerprint := ssh.FingerprintSHA256(s.PublicKey())
			if !seen[fingerprint] {
				seen[fingerprint] = true
				out = append(out, s)
				l.tried = append(l.tried, fingerprint)
			}
		}
	}
	agentSigners := l.dialer.agent.signers(l.note)
	for _, file := range l.route.identities {
		// A key that the agent holds needs no passphrase.
		if held, ok := heldByAgent(file.path, agentSigners); ok {
			add(held)
			continue
		}
		signer, err := readKey(file.path)
		switch {
		case err == nil:
			add(signer)
		case file.named || !errors.Is(err, fs.ErrNotExist):
			l.note(fmt.Sprintf("%s: %s", file.path, err))
		}
	}
	if !l.route.identitiesOnly {
		add(agentSigners...)
	}
	return out, nil
}

func (l *login) note(text string) { l.unread = append(l.unread, text) }

// explain says why the host did not let us in.
func (l *login) explain() error {
	who := l.route.user + "@" + l.route.address()
	var hints []string
	if len(l.unread) > 0 {
		hints = append(hints, "keys not used: "+script.Line(strings.Join(l.unread, ", "), 400))
	}
	if l.second {
		return &Error{
			evidence.AccessDenied, "host_login", fmt.Sprintf("%s takes a key and then asks for %s", who, script.Line(strings.Join(l.wanted, ", "), 100)),
			"Assay cannot answer: give its account a Match block with AuthenticationMethods publickey, limited to where Assay runs",
		}
	}
	const pubkey = "publickey"
	if !slices.Contains(l.wanted, pubkey) && len(l.tried) == 0 {
		hints = append(hints, "Assay logs in with keys only and never asks for a password: put one of your public keys into its authorized_keys")
		return &Error{evidence.AccessDenied, "host_login", fmt.Sprintf("%s takes no keys, only %s", who, script.Line(strings.Join(l.wanted, ", "), 100)), strings.Join(hints, "; ")}
	}
	if len(l.tried) == 0 {
		hints = append(hints, "name a key (identity_file, IdentityFile) or start an agent with one")
		return &Error{evidence.AccessDenied, "host_login", who + ": there is no key to log in with", strings.Join(hints, "; ")}
	}
	hints = append(hints, "put the public key of one of them into its authorized_keys, or name the right user or key")
	return &Error{evidence.AccessDenied, "host_login", who + " refuses the keys " + script.Line(strings.Join(l.tried, ", "), 600), strings.Join(hints, "; ")}
}

// readKey reads a private key. Its passphrase is never asked for. A certificate beside it (FILE-cert.pub) is used.
func readKey(path string) (ssh.Signer, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathErr.Err
		}
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	signer, err := ssh.ParsePrivateKey(data)
	if err != nil {
		if _, ok := errors.AsType[*ssh.PassphraseMissingError](err); ok {
			return nil, errors.New("is protected by a passphrase; add it to the agent (ssh-add)")
		}
		return nil, errors.New("is no private key that can be read")
	}
	certificate, err := os.ReadFile(path + "-cert.pub")
	if err != nil {
		return signer, nil //nolint:nilerr // most keys have none
	}
	public, err := parsePublic(certificate)
	if cert, ok := public.(*ssh.Certificate); err == nil && ok {
		if certified, err := ssh.NewCertSigner(cert, signer); err == nil {
			return certified, nil
		}
	}
	return signer, nil
}

// parsePublic reads a public key or certificate in the form of authorized_keys.
func parsePublic(data []byte) (ssh.PublicKey, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey(data) //nolint:dogsled // comment, options and rest say nothing here
	return key, err
}

// heldByAgent returns the agent's signer for a key file, by the public key beside it.
func heldByAgent(path string, signers []ssh.Signer) (ssh.Signer, bool) {
	if len(signers) == 0 {
		return nil, false
	}
	data, err := os.ReadFile(path + ".pub")
	if err != nil {
		return nil, false
	}
	public, err := parsePublic(data)
	if err != nil {
		return nil, false
	}
	for _, s := range signers {
		if string(s.PublicKey().Marshal()) == string(public.Marshal()) {
			return s, true
		}
	}
	return nil, false
}

// agentKeys are the keys of the user's agent, which is asked once.
type agentKeys struct {
	socket string
	once   sync.Once
	conn   net.Conn
	list   []ssh.Signer
	err    error
}

func openAgent(socket string) *agentKeys { return &agentKeys{socket: socket} }

func (a *agentKeys) signers(note func(string)) []ssh.Signer {
	if a == nil {
		return nil
	}
	a.once.Do(func() {
		if a.conn, a.err = net.DialTimeout("unix", a.socket, 5*time.Second); a.err != nil { //nolint:noctx // bounded, and on this machine
			return
		}
		a.list, a.err = agent.NewClient(a.conn).Signers()
	})
	if a.err != nil {
		note("the agent (SSH_AUTH_SOCK) does not answer: " + cause(a.err))
	}
	return a.list
}

func (a *agentKeys) close() {
	if a.conn != nil {
		_ = a.conn.Close() // nothing is in flight any more
	}
}

// sshConn is a connection to a host over SSH.
type sshConn struct {
	client *ssh.Client
	become Become
}

// Close ends the connection.
func (c *sshConn) Close() error { return c.client.Close() }

// Run starts a shell on the host.
func (c *sshConn) Run(ctx context.Context, root bool, text string, bounds Bounds) (Printed, error) {
	line, ok := c.become.command(root)
	if !ok {
		return Printed{}, errNoRoot
	}
	session, err := c.client.NewSession()
	if err != nil {
		return Printed{}, fmt.Errorf("the host opens no session: %w", err)
	}
	defer func() { _ = session.Close() }()
	// Ending the connection is the only thing that certainly stops a host which does not stop by itself.
	hangUp := func() { _ = c.client.Close() }
	stop := context.AfterFunc(ctx, hangUp)
	defer stop()
	out, errs := &bounded{Bounds: bounds, ctx: ctx, full: hangUp}, &bounded{Bounds: Bounds{Limit: stderrLimit}, ctx: ctx}
	session.Stdin, session.Stdout, session.Stderr = strings.NewReader(text), out, errs
	err = session.Run(line)
	p := Printed{Stdout: out.buf.Bytes(), Stderr: script.Line(errs.buf.String(), stderrLimit), Cut: out.cut}
	if ctx.Err() != nil && err != nil {
		return p, context.Cause(ctx)
	}
	return p, explainRun(ctx, err, p, line)
}
