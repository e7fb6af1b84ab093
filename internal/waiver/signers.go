package waiver

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// Signers are the keys of an allowed signers file, as ssh-keygen(1) describes it.
type Signers []signer

type signer struct {
	principals string // a list of patterns
	namespaces string // a list of patterns; empty for any
	key        ssh.PublicKey
	after      time.Time // zero for no beginning
	before     time.Time // zero for no end
}

// ReadSigners reads an allowed signers file: a list of principals, options, and a public key on each line. Certificate authorities are
// not supported. Times without a zone are read as UTC, so that the same file means the same everywhere.
func ReadSigners(file string, data []byte) (Signers, error) {
	var out Signers
	var errs []error
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s, err := readSigner(line)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", file, i+1, err))
			continue
		}
		out = append(out, s)
	}
	return out, errors.Join(errs...)
}

func readSigner(line string) (signer, error) {
	principals, rest, ok := strings.Cut(line, " ")
	if quoted, isQuoted := strings.CutPrefix(line, `"`); isQuoted {
		principals, rest, ok = strings.Cut(quoted, `"`)
	}
	if !ok || strings.TrimSpace(rest) == "" {
		return signer{}, errors.New("a line holds principals, options and a public key")
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil {
		return signer{}, errors.New("there is no public key after the principals")
	}
	s := signer{principals: principals, key: key}
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "namespaces":
			s.namespaces = value
		case "valid-after":
			s.after, err = readTime(value)
		case "valid-before":
			s.before, err = readTime(value)
		case "cert-authority":
			err = errors.New("certificate authorities are not supported: name the signers' own keys")
		default:
			err = fmt.Errorf("option %q is not known", name)
		}
		if err != nil {
			return signer{}, err
		}
	}
	return s, nil
}

// readTime reads YYYYMMDD or YYYYMMDDHHMM[SS], with or without a final Z.
func readTime(s string) (time.Time, error) {
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if t, err := time.Parse(layout, strings.TrimSuffix(s, "Z")); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time: expected YYYYMMDD or YYYYMMDDHHMM[SS]", s)
}

// verify checks the signature over the payload and that its key is the principal's at the time. It returns the key's fingerprint.
func (s Signers) verify(principal string, payload, armored []byte, at time.Time) (string, error) {
	sig, err := sshsig.Unarmor(bytes.TrimSpace(armored))
	if err != nil {
		return "", errors.New("it is no armored OpenSSH signature (ssh-keygen -Y sign)")
	}
	fingerprint := ssh.FingerprintSHA256(sig.PublicKey)
	if sig.Namespace != Namespace {
		return "", fmt.Errorf("it is for the namespace %q, not %q (ssh-keygen -Y sign -n %s)", sig.Namespace, Namespace, Namespace)
	}
	if err := sshsig.Verify(bytes.NewReader(payload), sig, sig.PublicKey, sig.HashAlgorithm, Namespace); err != nil {
		return "", errors.New("the entry was changed after it was signed, or another text was signed (see: assay waiver payload)")
	}
	reason := fmt.Errorf("the key %s is not among the allowed signers", fingerprint)
	for _, allowed := range s {
		switch {
		case !bytes.Equal(allowed.key.Marshal(), sig.PublicKey.Marshal()):
		case !listMatches(allowed.principals, principal):
			reason = fmt.Errorf("the key %s belongs to %s, not to the approver", fingerprint, allowed.principals)
		case allowed.namespaces != "" && !listMatches(allowed.namespaces, Namespace):
			reason = fmt.Errorf("the key %s may not sign for the namespace %s", fingerprint, Namespace)
		case at.Before(allowed.after), !allowed.before.IsZero() && !at.Before(allowed.before):
			reason = fmt.Errorf("the key %s is not valid at this time", fingerprint)
		default:
			return fingerprint, nil
		}
	}
	return "", reason
}

// listMatches matches a text with a pattern list of OpenSSH: patterns with * and ? between commas, of which one that begins with !
// excludes.
func listMatches(list, text string) bool {
	hit := false
	for p := range strings.SplitSeq(list, ",") {
		negated, isNegated := strings.CutPrefix(strings.TrimSpace(p), "!")
		if !wildcard(negated, text) {
			continue
		}
		if isNegated {
			return false
		}
		hit = true
	}
	return hit
}

// wildcard matches with * for any text and ? for one byte, in time that is the product of the lengths at most.
func wildcard(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
