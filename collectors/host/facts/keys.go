package facts

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// authorizedKey is one line of an authorized_keys file.
type authorizedKey struct {
	fingerprint string // SHA256:...
	spec        string // such as ED25519 or RSA_3072
	hardware    bool   // on a security key that asks for touch (sk-...)
	authority   bool   // signs certificates instead of logging in itself
	expires     time.Time
	path        string
	changed     int64 // when the file was last changed, in seconds since 1970
}

// readAuthorizedKeys reads the keys of each account by name.
func readAuthorizedKeys(h *Host) map[string][]authorizedKey {
	out := map[string][]authorizedKey{}
	r := h.Result("authorized_keys")
	for _, f := range r.Files() {
		if f.Unreadable {
			h.Cover("credential", evidence.Partial, f.Path+" cannot be read")
			continue
		}
		if f.Truncated {
			h.Cover("credential", evidence.Cut, f.Path+" is longer than is read")
		}
		seen := map[string]bool{}
		for _, k := range out[f.Tag] {
			seen[k.fingerprint] = true
		}
		for line := range strings.Lines(f.Text) {
			k, ok := parseAuthorizedKey(line)
			if !ok || seen[k.fingerprint] {
				continue
			}
			seen[k.fingerprint] = true
			k.path, k.changed = f.Path, f.Changed
			out[f.Tag] = append(out[f.Tag], k)
		}
	}
	return out
}

// parseAuthorizedKey reads a line of the format of sshd(8), section AUTHORIZED_KEYS FILE FORMAT.
func parseAuthorizedKey(line string) (authorizedKey, bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return authorizedKey{}, false
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(line))
	if err != nil {
		return authorizedKey{}, false
	}
	k := authorizedKey{fingerprint: ssh.FingerprintSHA256(key), spec: keySpec(key), hardware: strings.HasPrefix(key.Type(), "sk-")}
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		switch strings.ToLower(name) {
		case "cert-authority":
			k.authority = true
		case "expiry-time":
			k.expires = expiryTime(strings.Trim(value, `"`))
		}
	}
	return k, true
}

// expiryTime reads YYYYMMDD[HHMM[SS]][Z]; the zero time for anything else. Without Z it is the host's local time, which may be half a day
// away.
func expiryTime(text string) time.Time {
	text = strings.TrimSuffix(text, "Z")
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at
		}
	}
	return time.Time{}
}

// keySpec names a key's algorithm and size, as RSA_3072 or ED25519.
func keySpec(key ssh.PublicKey) string {
	name := strings.TrimSuffix(strings.TrimPrefix(key.Type(), "sk-"), "@openssh.com")
	switch name {
	case ssh.KeyAlgoRSA:
		if sized, ok := key.(ssh.CryptoPublicKey); ok {
			if bits := rsaBits(sized.CryptoPublicKey()); bits > 0 {
				return "RSA_" + strconv.Itoa(bits)
			}
		}
		return "RSA"
	case ssh.KeyAlgoED25519:
		return "ED25519"
	case ssh.KeyAlgoECDSA256:
		return "ECC_NIST_P256"
	case ssh.KeyAlgoECDSA384:
		return "ECC_NIST_P384"
	case ssh.KeyAlgoECDSA521:
		return "ECC_NIST_P521"
	case "ssh-dss":
		return "DSA"
	}
	return strings.ToUpper(name)
}

// rsaBits is the size of an RSA key in bits; 0 for other keys.
func rsaBits(key any) int {
	if sized, ok := key.(interface{ Size() int }); ok {
		return sized.Size() * 8
	}
	return 0
}

// addKey emits an authorised key. Its file tells no age: the day of the file's last change is only the latest on which the key can have
// come.
func addKey(h *Host, a *account, principal string, k authorizedKey, c accountContext) {
	r := c.keysRead
	since := "authorized_keys tells no date of a key"
	if at, ok := h.Since1970(k.changed); ok && k.changed > 0 {
		since += "; the file was last changed at " + string(at)
	}
	cred := kind.Credential{
		Type: known(r, "ssh_key"), Active: known(r, true), InUse: unsaid[bool](r, evidence.NotCollected, "no login with it is in the logs that are kept"),
		CreatedAt: unsaid[kind.Time](r, evidence.Unsupported, since), RotatedAt: null[kind.Time](r),
		LastUsedAt: unsaid[kind.Time](r, evidence.NotCollected, "no login with it is in the logs that are kept"), ExpiresAt: null[kind.Time](r),
		KeySpec: known(r, k.spec),
	}
	if !k.expires.IsZero() {
		cred.ExpiresAt, cred.Active = known(r, h.Time(k.expires)), known(r, k.expires.After(h.At))
	}
	if at, ok := h.Since1970(c.keyLogins[a.name+" "+k.fingerprint]); ok && c.keyLogins[a.name+" "+k.fingerprint] > 0 {
		cred.LastUsedAt, cred.InUse = known(h.Result("logins"), at), known(h.Result("logins"), true)
	}
	what := "ssh_key"
	if k.authority {
		what = "ssh_authority"
	}
	uid := h.Add("credential", fmt.Sprintf("credential:%s:%s:%s", a.name, what, strings.TrimPrefix(k.fingerprint, "SHA256:")), cmp.Or(a.name, k.fingerprint)+" "+k.fingerprint, r, cred)
	h.Relate("credential_of", uid, principal)
}

// keyLogins reads the newest login by account and key from what the log says: SECONDS ACCOUNT FINGERPRINT.
func keyLogins(r Result) map[string]int64 {
	out := map[string]int64{}
	for _, line := range r.Lines() {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		key := fields[1] + " " + fields[2]
		if at, err := strconv.ParseInt(fields[0], 10, 64); err == nil && at > out[key] {
			out[key] = at
		}
	}
	return out
}
