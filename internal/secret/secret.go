// Package secret finds secrets in literals and replaces them by keyed hashes.
//
// A secret in infrastructure code, user data, an environment variable or a tfvars file is read by everybody who can read
// the repository, and it stays in the history. The audit must report that it is there and must not spread it further, so
// everything that enters a snapshot goes through Scan and Hasher.Redact first.
//
// Three kinds of detectors work together:
//
//   - tokens that announce themselves by a prefix or an envelope: AWS access keys, private keys in PEM, tokens of GitHub,
//     Slack, Stripe and others, JSON web tokens, password hashes;
//   - passwords in URLs: postgres://user:password@host;
//   - values whose name says that they are secret: an attribute password = "...", a line DB_PASSWORD=... in user data, a
//     pair "name": "DB_PASSWORD", "value": "..." in a container definition.
//
// References are not secrets: interpolations, ARNs, paths of parameter stores, dynamic references such as
// {{resolve:secretsmanager:...}}. Neither are placeholders such as <password>, xxxx or example. A weak literal such as
// changeme is a secret: somebody deploys it.
//
// No detector uses a regular expression. Every detector reads its text once from left to right, so the time is linear
// whatever the text holds.
package secret

import (
	"cmp"
	"slices"
	"strings"
)

// MaxBytes is how much of a value is scanned. Redact drops what follows, because nobody has looked at it.
const MaxBytes = 1 << 20

// Match is one secret in a value.
type Match struct {
	// Detector names the rule that found it, for example "aws-access-key-id".
	Detector string
	// Start and End are the byte offsets of the secret itself, without what surrounds it.
	Start, End int
}

// The detectors that are not driven by the table of token rules.
const (
	detectorNamed      = "named-secret"
	detectorURL        = "url-password"
	detectorPrivateKey = "private-key"
	detectorJWT        = "json-web-token"
	detectorAzure      = "azure-client-secret"
)

// minTokenBytes is the length of the shortest token that announces itself.
const minTokenBytes = 16

// Scan returns the secrets in a value, in the order in which they stand, without overlap. The name is that of the
// attribute, variable or key that holds the value; it may be empty or a dotted path. Only the first MaxBytes bytes of the
// value are read, but a value whose name says that it is secret is one match from its first to its last byte.
func Scan(name, value string) []Match {
	if value == "" {
		return nil
	}

	text := value
	if len(text) > MaxBytes {
		text = text[:MaxBytes]
	}

	var matches []Match

	if len(text) >= minTokenBytes {
		matches = scanTokens(matches, text)
		matches = scanURLs(matches, text)
	}

	matches = scanAssignments(matches, text)

	if strength := nameStrength(name); strength != notSecret && isSecretLiteral(text, strength) {
		matches = append(matches, Match{Detector: detectorNamed, Start: 0, End: len(value)})
	}

	return merge(matches)
}

// merge sorts matches and joins those that overlap. The detector of the first in the list wins: callers append specific
// detectors before general ones.
func merge(matches []Match) []Match {
	if len(matches) < 2 { //nolint:mnd // nothing to merge
		return matches
	}

	slices.SortStableFunc(matches, func(a, b Match) int { return cmp.Compare(a.Start, b.Start) })

	merged := matches[:1]

	for _, next := range matches[1:] {
		last := &merged[len(merged)-1]
		if next.Start >= last.End {
			merged = append(merged, next)

			continue
		}

		if last.Detector == detectorNamed {
			last.Detector = next.Detector
		}

		last.End = max(last.End, next.End)
	}

	return merged
}

// scanURLs finds the password of scheme://user:password@host.
func scanURLs(matches []Match, text string) []Match {
	const mark = "://"

	for offset := 0; ; {
		found := strings.Index(text[offset:], mark)
		if found < 0 {
			return matches
		}

		start := offset + found + len(mark)
		end := runEnd(text, start, isUserinfo)
		offset = end

		if start == len(mark) || !isAlnum(text[start-len(mark)-1]) || end == len(text) || text[end] != '@' {
			continue
		}

		user, password, hasPassword := strings.Cut(text[start:end], ":")
		if hasPassword && password != "" && !isReference(password) && !isPlaceholder(password) {
			matches = append(matches, Match{Detector: detectorURL, Start: start + len(user) + 1, End: end})
		}
	}
}

// isUserinfo reports whether a byte can stand in the userinfo part of a URL (RFC 3986), with what people leave unescaped.
func isUserinfo(b byte) bool {
	switch b {
	case '/', '@', '?', '#', '"', '\'', '<', '>', '`', '\\':
		return false
	default:
		return b > ' '
	}
}
