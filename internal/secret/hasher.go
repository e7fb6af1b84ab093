package secret

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

const (
	// MinKeyBytes is the length of the shortest key that NewHasher accepts.
	MinKeyBytes = 16
	// hashBytes is how much of the HMAC is kept: half of it, the least that RFC 2104 section 5 recommends.
	hashBytes = sha256.Size / 2
	// HashPrefix starts every hash.
	HashPrefix = "hmac-sha256:"
	// minRepeated is the length of the shortest secret that Redact also replaces where it stands unmatched.
	minRepeated = 4
)

// Hasher replaces secrets by keyed hashes. Equal secrets have equal hashes under one key, so that a secret that is found
// twice is recognised; without the key nobody can try out guesses. A Hasher may be used by several goroutines.
type Hasher struct{ key []byte }

// NewHasher returns a Hasher for a key of at least MinKeyBytes bytes. Where the key comes from is the caller's business:
// with a configured key hashes can be compared between runs, with a random one only within the run.
func NewHasher(key []byte) (Hasher, error) {
	if len(key) < MinKeyBytes {
		return Hasher{}, fmt.Errorf("key for hashing secrets has %d bytes, want at least %d", len(key), MinKeyBytes)
	}

	return Hasher{key: slices.Clone(key)}, nil
}

// Hash returns "hmac-sha256:" and the first 16 bytes of the HMAC-SHA-256 (RFC 2104) of a value, in hexadecimal.
func (h Hasher) Hash(value string) string {
	mac := hmac.New(sha256.New, h.key)
	mac.Write([]byte(value))

	return HashPrefix + hex.EncodeToString(mac.Sum(nil)[:hashBytes])
}

// Redact replaces the secrets that Scan found in a text by "[redacted hmac-sha256:...]", also where the same secret
// stands a second time without being matched. What lies beyond MaxBytes was not scanned and is dropped, with a note.
func (h Hasher) Redact(text string, matches []Match) string {
	ordered := inside(matches, len(text))
	repeated := h.replacer(text, ordered)

	var redacted strings.Builder

	written := 0
	writePlain := func(end int) {
		if written < end {
			redacted.WriteString(repeated.Replace(text[written:end]))

			written = end
		}
	}

	for _, match := range ordered {
		writePlain(min(match.Start, MaxBytes))

		if match.End > written {
			redacted.WriteString(h.mark(text[match.Start:match.End]))

			written = match.End
		}
	}

	writePlain(min(len(text), MaxBytes))

	if rest := len(text) - written; rest > 0 {
		fmt.Fprintf(&redacted, "[%d bytes dropped: not scanned for secrets]", rest)
	}

	return redacted.String()
}

// inside sorts matches and clips them to a text of a length.
func inside(matches []Match, length int) []Match {
	clipped := make([]Match, 0, len(matches))

	for _, match := range matches {
		match.Start, match.End = max(match.Start, 0), min(match.End, length)
		if match.Start < match.End {
			clipped = append(clipped, match)
		}
	}

	slices.SortStableFunc(clipped, func(a, b Match) int { return cmp.Compare(a.Start, b.Start) })

	return clipped
}

// mark is what stands in the place of a secret.
func (h Hasher) mark(value string) string {
	return "[redacted " + h.Hash(value) + "]"
}

// replacer replaces the matched secrets where they stand unmatched. The longest come first, because one may hold another.
func (h Hasher) replacer(text string, matches []Match) *strings.Replacer {
	var secrets []string

	for _, match := range matches {
		if match.End-match.Start >= minRepeated {
			secrets = append(secrets, text[match.Start:match.End])
		}
	}

	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })

	var pairs []string
	for _, value := range slices.Compact(secrets) {
		pairs = append(pairs, value, h.mark(value))
	}

	return strings.NewReplacer(pairs...)
}

// String hides the key from logs.
func (h Hasher) String() string { return "secret.Hasher" }

// GoString hides the key from logs.
func (h Hasher) GoString() string { return h.String() }
