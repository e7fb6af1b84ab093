package transport

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	sshconfig "github.com/kevinburke/ssh_config"
)

// config is the user's SSH configuration, then the system's.
type config struct {
	settings Settings
	files    []*sshconfig.Config
}

// readConfig reads ~/.ssh/config and the system's ssh_config. Match blocks with conditions that are not understood are left out, and the
// warnings say so; Match exec would run commands.
func readConfig(s Settings) (c *config, warnings []string, err error) {
	c = &config{settings: s}
	var paths []string
	if s.Home != "" {
		paths = append(paths, filepath.Join(s.Home, ".ssh", "config"))
	}
	if s.SystemDir != "" {
		paths = append(paths, filepath.Join(s.SystemDir, "ssh_config"))
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		data, left := withoutConditions(data)
		for _, line := range left {
			warnings = append(warnings, fmt.Sprintf("%s:%d: this Match block is left out; only \"Match all\" and \"Match host\" are understood", path, line))
		}
		parsed, err := sshconfig.DecodeBytes(data)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		c.files = append(c.files, parsed)
	}
	return c, warnings, nil
}

// withoutConditions blanks the Match blocks whose conditions the parser does not know, and returns the numbers of their lines.
func withoutConditions(data []byte) ([]byte, []int) {
	var out bytes.Buffer
	var left []int
	skipping, number := false, 0
	for line := range bytes.Lines(data) {
		number++
		fields := strings.Fields(strings.ToLower(strings.Replace(string(line), "=", " ", 1)))
		if len(fields) > 0 && (fields[0] == "host" || fields[0] == "match") {
			understood := len(fields) == 2 && fields[1] == "all" || len(fields) == 3 && fields[1] == "host"
			skipping = fields[0] == "match" && !understood
			if skipping {
				left = append(left, number)
			}
		}
		if skipping {
			line = []byte("\n")
		}
		out.Write(line)
	}
	return out.Bytes(), left
}

// get returns the first value of a keyword for a host; "" where none is set.
func (c *config) get(alias, keyword string) string {
	for _, f := range c.files {
		if v, err := f.Get(alias, keyword); err == nil && v != "" {
			return v
		}
	}
	return ""
}

func (c *config) all(alias, keyword string) []string {
	var out []string
	for _, f := range c.files {
		if v, err := f.GetAll(alias, keyword); err == nil {
			out = append(out, v...)
		}
	}
	return out
}

// identity is a file with a private key.
type identity struct {
	path  string
	named bool // by the target or the configuration, not only a usual place
}

// route is how a host is reached, with everything resolved.
type route struct {
	host, user     string
	port           int
	keyName        string // name under which known_hosts has its key; "" = host and port
	identities     []identity
	identitiesOnly bool
	jumps          []Target
	knownHosts     []string // files with the keys of hosts; the first is written to
}

// address is where to connect to.
func (r route) address() string { return net.JoinHostPort(r.host, strconv.Itoa(r.port)) }

// keyAddress is the name and port under which known_hosts has the key.
func (r route) keyAddress() string {
	const defaultPort = "22"
	if r.keyName != "" {
		return net.JoinHostPort(r.keyName, defaultPort)
	}
	return net.JoinHostPort(strings.ToLower(r.host), strconv.Itoa(r.port))
}

// resolve fills a target up from the configuration and the defaults.
func (c *config) resolve(t Target) (route, error) {
	alias := cmp.Or(t.Address, t.Name)
	if alias == "" || strings.HasPrefix(alias, "-") || strings.ContainsAny(alias, " \t/@") {
		return route{}, fmt.Errorf("%q is no name or address of a host", alias)
	}
	r := route{user: cmp.Or(t.User, c.get(alias, "User"), c.settings.User), port: t.Port}
	r.host = strings.NewReplacer("%%", "%", "%h", alias).Replace(cmp.Or(c.get(alias, "HostName"), alias))
	if r.user == "" {
		return route{}, errors.New("no user to log in as: name one in the target (ssh://USER@NAME), the inventory (user) or ~/.ssh/config (User)")
	}
	if r.port == 0 {
		port, err := strconv.Atoi(cmp.Or(c.get(alias, "Port"), "22"))
		if err != nil {
			return route{}, fmt.Errorf("the SSH configuration gives %s a port that is no number", alias)
		}
		r.port = port
	}
	if r.port < 1 || r.port > 65535 {
		return route{}, fmt.Errorf("%d is no port", r.port)
	}
	r.keyName = c.get(alias, "HostKeyAlias")
	r.identitiesOnly = strings.EqualFold(c.get(alias, "IdentitiesOnly"), "yes")
	r.identities = c.identities(t, alias, r)
	r.knownHosts = c.knownHosts(alias)
	if c.get(alias, "ProxyCommand") != "" && !strings.EqualFold(c.get(alias, "ProxyCommand"), "none") && t.Jump == "" && c.get(alias, "ProxyJump") == "" {
		return route{}, fmt.Errorf("the SSH configuration has a ProxyCommand for %s, which is not run; use ProxyJump, or jump in the inventory", alias)
	}
	jumps, err := parseJumps(cmp.Or(t.Jump, c.get(alias, "ProxyJump")))
	r.jumps = jumps
	return r, err
}

// parseJumps reads a ProxyJump: [user@]host[:port] or ssh:// URIs, separated by commas.
func parseJumps(text string) ([]Target, error) {
	if text == "" || strings.EqualFold(text, "none") {
		return nil, nil
	}
	var out []Target
	for part := range strings.SplitSeq(text, ",") {
		t, err := ParseTarget(strings.TrimSpace(part))
		if err != nil {
			return nil, fmt.Errorf("jump host %q: %w", part, err)
		}
		out = append(out, t)
	}
	return out, nil
}

// ParseTarget reads [ssh://][user@]host[:port].
func ParseTarget(text string) (Target, error) {
	var t Target
	text = strings.TrimSuffix(strings.TrimPrefix(text, "ssh://"), "/")
	if i := strings.LastIndex(text, "@"); i >= 0 {
		t.User, text = text[:i], text[i+1:]
		if t.User == "" || strings.ContainsAny(t.User, ": \t") {
			return t, errors.New("write user@name:port; a password has no place there")
		}
	}
	t.Name = text
	if host, port, err := net.SplitHostPort(text); err == nil {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return t, fmt.Errorf("%q is no port", port)
		}
		t.Name, t.Port = host, n
	}
	t.Name = strings.Trim(t.Name, "[]")
	if t.Name == "" || strings.ContainsAny(t.Name, " \t/?#") {
		return t, errors.New("there is no name of a host in it")
	}
	return t, nil
}

// identities lists the files with keys in the order in which they are offered.
func (c *config) identities(t Target, alias string, r route) []identity {
	var out []identity
	add := func(path string, named bool) {
		path = c.expand(path, alias, r)
		if path != "" && !slices.ContainsFunc(out, func(i identity) bool { return i.path == path }) {
			out = append(out, identity{path, named})
		}
	}
	if t.IdentityFile != "" {
		add(t.IdentityFile, true)
	}
	for _, path := range c.all(alias, "IdentityFile") {
		if !strings.EqualFold(path, "none") {
			add(path, true)
		}
	}
	if len(out) == 0 && c.settings.Home != "" {
		for _, name := range []string{"id_ed25519", "id_ecdsa", "id_rsa"} {
			add(filepath.Join(c.settings.Home, ".ssh", name), false)
		}
	}
	return out
}

// expand resolves "~" and the tokens of ssh_config(5) in a path.
func (c *config) expand(path, alias string, r route) string {
	path = strings.Trim(path, `"`)
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		path = filepath.Join(c.settings.Home, rest)
	}
	return strings.NewReplacer("%%", "%", "%d", c.settings.Home, "%h", r.host, "%n", alias, "%r", r.user, "%u", c.settings.User, "%p", strconv.Itoa(r.port)).Replace(path)
}

// knownHosts lists the files with the keys of hosts.
func (c *config) knownHosts(alias string) []string {
	var out []string
	if v := c.get(alias, "UserKnownHostsFile"); v != "" {
		for path := range strings.FieldsSeq(v) {
			out = append(out, c.expand(path, alias, route{}))
		}
	} else if c.settings.Home != "" {
		out = append(out, filepath.Join(c.settings.Home, ".ssh", "known_hosts"), filepath.Join(c.settings.Home, ".ssh", "known_hosts2"))
	}
	if v := c.get(alias, "GlobalKnownHostsFile"); v != "" {
		out = append(out, strings.Fields(v)...)
	} else if c.settings.SystemDir != "" {
		out = append(out, filepath.Join(c.settings.SystemDir, "ssh_known_hosts"))
	}
	return out
}
