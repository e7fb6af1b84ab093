package secret_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assay-audit/assay/internal/secret"
)

func newHasher(t *testing.T, key string) secret.Hasher {
	t.Helper()

	hasher, err := secret.NewHasher([]byte(key))
	if err != nil {
		t.Fatal(err)
	}

	return hasher
}

func TestHash(t *testing.T) {
	t.Parallel()

	hasher := newHasher(t, "0123456789abcdef")

	// printf %s hunter2 | openssl dgst -sha256 -hmac 0123456789abcdef, the first 32 digits.
	const want = "hmac-sha256:" + "deda27db21d02fd2c8f56d22f15960ff"
	if got := hasher.Hash("hunter2"); got != want {
		t.Errorf("Hash = %q, want %q", got, want)
	}

	if hasher.Hash("hunter2") == hasher.Hash("hunter3") {
		t.Error("different secrets have one hash")
	}

	if hasher.Hash("hunter2") == newHasher(t, "fedcba9876543210").Hash("hunter2") {
		t.Error("the key does not matter")
	}
}

func TestNewHasherRefusesAShortKey(t *testing.T) {
	t.Parallel()

	_, err := secret.NewHasher([]byte("short"))
	if err == nil || !strings.Contains(err.Error(), "5 bytes, want at least 16") {
		t.Errorf("error = %v", err)
	}
}

func TestHasherKeepsItsKey(t *testing.T) {
	t.Parallel()

	key := []byte("0123456789abcdef")

	hasher, err := secret.NewHasher(key)
	if err != nil {
		t.Fatal(err)
	}

	before := hasher.Hash("x")
	key[0] = 'X'

	if hasher.Hash("x") != before {
		t.Error("the hasher shares the caller's key")
	}

	shown := fmt.Sprintf("%v %+v %#v %s", hasher, hasher, hasher, hasher)
	if strings.Contains(shown, "456789") || strings.Contains(shown, "48") {
		t.Errorf("the key is shown: %s", shown)
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()

	hasher := newHasher(t, "0123456789abcdef")
	mark := func(value string) string { return "[redacted " + hasher.Hash(value) + "]" }

	for name, test := range map[string]struct {
		text    string
		matches []secret.Match
		want    string
	}{
		"nothing":         {"plain text", nil, "plain text"},
		"one":             {"pw=hunter2;", []secret.Match{{Start: 3, End: 10}}, "pw=" + mark("hunter2") + ";"},
		"whole":           {"hunter2", []secret.Match{{Start: 0, End: 7}}, mark("hunter2")},
		"out of order":    {"aaaa bbbb", []secret.Match{{Start: 5, End: 9}, {Start: 0, End: 4}}, mark("aaaa") + " " + mark("bbbb")},
		"repeated":        {"hunter2 is hunter2", []secret.Match{{Start: 0, End: 7}}, mark("hunter2") + " is " + mark("hunter2")},
		"short, repeated": {"abc cab abc", []secret.Match{{Start: 0, End: 3}}, mark("abc") + " cab abc"},
		"overlapping":     {"abcdefgh", []secret.Match{{Start: 0, End: 5}, {Start: 3, End: 8}}, mark("abcde") + mark("defgh")},
		"out of bounds": {
			"abcd",
			[]secret.Match{{Start: -3, End: 2}, {Start: 3, End: 99}, {Start: 7, End: 9}},
			mark("ab") + "c" + mark("d"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if got := hasher.Redact(test.text, test.matches); got != test.want {
				t.Errorf("Redact = %q, want %q", got, test.want)
			}
		})
	}
}

func TestRedactDropsWhatWasNotScanned(t *testing.T) {
	t.Parallel()

	hasher := newHasher(t, "0123456789abcdef")
	text := strings.Repeat("a", secret.MaxBytes) + "unseen"

	want := strings.Repeat("a", secret.MaxBytes) + "[6 bytes dropped: not scanned for secrets]"
	if got := hasher.Redact(text, nil); got != want {
		t.Errorf("Redact ends in %q", got[len(got)-60:])
	}

	if got, want := hasher.Redact(text, []secret.Match{{Start: 0, End: len(text)}}), "[redacted "+hasher.Hash(text)+"]"; got != want {
		t.Errorf("Redact = %.80q, want %q", got, want)
	}
}
