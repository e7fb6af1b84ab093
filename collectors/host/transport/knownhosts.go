package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/assay-audit/assay/internal/evidence"
)

// knownHosts are the files with the keys of hosts, each set of files read once.
type knownHosts struct {
	acceptNew bool

	mu       sync.Mutex
	sets     map[string]*knownSet
	accepted map[string]ssh.PublicKey // written down in this run, by address
}

// knownSet is one set of files.
type knownSet struct {
	check       ssh.HostKeyCallback
	authorities map[string]bool // keys of the certificate authorities, as they are marshalled
	err         error
}

// set reads the files, those that are there.
func (k *knownHosts) set(files []string) *knownSet {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := strings.Join(files, "\x00")
	if s, ok := k.sets[key]; ok {
		return s
	}
	s := &knownSet{authorities: map[string]bool{}}
	var there []string
	for _, f := range files {
		data, err := os.ReadFile(f)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			s.err = err
		}
		there = append(there, f)
		for line := range bytes.Lines(data) {
			if marker, _, key, _, _, err := ssh.ParseKnownHosts(line); err == nil && marker == "cert-authority" {
				s.authorities[string(key.Marshal())] = true
			}
		}
	}
	if s.err == nil {
		s.check, s.err = knownhosts.New(there...)
	}
	if k.sets == nil {
		k.sets = map[string]*knownSet{}
	}
	k.sets[key] = s
	return s
}

// hostKeyCheck verifies the key of one host.
type hostKeyCheck struct {
	known   *knownHosts
	route   route
	refused *Error // why the key was refused
}

// nowhere is a remote address for questions that are not about one.
var nowhere = &net.TCPAddr{IP: net.IPv4zero}

// noKey is a key that no file can hold: asking for it gives the keys that a host is known by.
type noKey struct{ ssh.PublicKey }

// Type is no type of a key.
func (noKey) Type() string { return "none" }

// Marshal is empty, as no key is.
func (noKey) Marshal() []byte { return nil }

// algorithms are those of the keys that the host is known by, so that it shows a key that can be verified: a certificate only where an
// authority for it is known.
func (c *hostKeyCheck) algorithms() ([]string, error) {
	set := c.known.set(c.route.knownHosts)
	if set.err != nil {
		return nil, set.err
	}
	keys, certified := set.keysOf(set.check(c.route.keyAddress(), nowhere, noKey{}))
	var out []string
	for _, a := range ssh.SupportedAlgorithms().HostKeys {
		isCertificate := strings.Contains(a, "-cert-")
		if isCertificate && certified || !isCertificate && len(keys) == 0 {
			out = append(out, a)
		}
	}
	for _, k := range keys { // in the order of the files
		names := []string{k.Key.Type()}
		if names[0] == ssh.KeyAlgoRSA {
			names = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
		}
		for _, name := range names {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out, nil
}

// keysOf takes the keys that a host is known by out of the error of a check, and tells whether an authority for it is known.
func (s *knownSet) keysOf(err error) (keys []knownhosts.KnownKey, certified bool) {
	mismatch, ok := errors.AsType[*knownhosts.KeyError](err)
	if !ok {
		return nil, false
	}
	for _, k := range mismatch.Want {
		if s.authorities[string(k.Key.Marshal())] {
			certified = true
		} else {
			keys = append(keys, k)
		}
	}
	return keys, certified
}

// verify accepts a key that is written down for the host, and no other, unless new ones are to be accepted.
func (c *hostKeyCheck) verify(_ string, remote net.Addr, key ssh.PublicKey) error {
	address := c.route.keyAddress()
	set := c.known.set(c.route.knownHosts)
	err := set.check(address, nowhereOr(remote), key)
	if err == nil {
		return nil
	}
	fingerprint := ssh.FingerprintSHA256(key)
	keys, _ := set.keysOf(err)
	_, isMismatch := errors.AsType[*knownhosts.KeyError](err)
	_, isRevoked := errors.AsType[*knownhosts.RevokedError](err)
	switch {
	case isRevoked:
		c.refused = &Error{evidence.AccessDenied, "host_key_revoked", fmt.Sprintf("%s has the host key %s, which known_hosts revokes", c.route.address(), fingerprint), ""}
	case len(keys) > 0:
		known := keys[0]
		for _, k := range keys {
			if k.Key.Type() == key.Type() {
				known = k
			}
		}
		c.refused = &Error{
			evidence.AccessDenied, "host_key_changed", fmt.Sprintf("the host key of %s has changed: it is %s, and %s:%d has %s",
				c.route.address(), fingerprint, known.Filename, known.Line, ssh.FingerprintSHA256(known.Key)),
			"somebody may stand in between; if you know that the key was replaced, run: ssh-keygen -f " + known.Filename + " -R '" + knownhosts.Normalize(address) + "'",
		}
	case isMismatch && c.known.acceptNew:
		return c.accept(address, key)
	case isMismatch:
		c.refused = &Error{
			evidence.AccessDenied, "host_key_unknown", fmt.Sprintf("the host key %s (%s) of %s is not known", fingerprint, key.Type(), c.route.address()),
			fmt.Sprintf("compare the fingerprint on the host (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub), then run: %s; or pass --accept-new-host-keys", c.addCommand()),
		}
	default:
		c.refused = &Error{evidence.AccessDenied, "host_key", fmt.Sprintf("the host key of %s cannot be verified: %s", c.route.address(), err), ""}
	}
	return c.refused
}

func nowhereOr(a net.Addr) net.Addr {
	if _, ok := a.(*net.TCPAddr); ok {
		return a
	}
	return nowhere // a connection through a jump host has no address of its own
}

// addCommand is the command that writes the key down.
func (c *hostKeyCheck) addCommand() string {
	return fmt.Sprintf("ssh-keyscan -p %d %s >> %s", c.route.port, c.route.host, c.target())
}

// target is the file to which new keys are written.
func (c *hostKeyCheck) target() string {
	if len(c.route.knownHosts) == 0 {
		return "~/.ssh/known_hosts"
	}
	return c.route.knownHosts[0]
}

// accept writes a new key down, once; another key of the same host in the same run is refused.
func (c *hostKeyCheck) accept(address string, key ssh.PublicKey) error {
	k := c.known
	k.mu.Lock()
	defer k.mu.Unlock()
	if old, ok := k.accepted[address]; ok {
		if bytes.Equal(old.Marshal(), key.Marshal()) {
			return nil
		}
		c.refused = &Error{evidence.AccessDenied, "host_key_changed", fmt.Sprintf("%s showed two host keys in one run: %s and %s",
			c.route.address(), ssh.FingerprintSHA256(old), ssh.FingerprintSHA256(key)), "somebody may stand in between"}
		return c.refused
	}
	if err := appendLine(c.target(), knownhosts.Line([]string{knownhosts.Normalize(address)}, key)); err != nil {
		c.refused = &Error{evidence.NotCollected, "host_known_hosts", fmt.Sprintf("the host key of %s could not be written down: %s", c.route.address(), err), ""}
		return c.refused
	}
	if k.accepted == nil {
		k.accepted = map[string]ssh.PublicKey{}
	}
	k.accepted[address] = key
	return nil
}

// appendLine adds a line to a file, which is made where it is not there.
func appendLine(file, line string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if info, err := f.Stat(); err == nil && info.Size() > 0 { // a file that does not end in a line feed must not swallow the line
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			line = "\n" + line
		}
	}
	_, err = f.WriteString(line + "\n")
	return errors.Join(err, f.Close())
}
