package view_test

import (
	"testing"

	"github.com/assay-audit/assay/reports/internal/view"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                      "plain",
		"Zürich 病院 é":                "Zürich 病院 é",
		"\x1b[31mred\x1b[0m":         `\x1b[31mred\x1b[0m`,
		"a\x00b\x7fc":                `a\x00b\x7fc`,
		"csi\u009b2J":                `csi\x9b2J`,
		"bidi\u202egnp.exe":          `bidi\u{202e}gnp.exe`,
		"zero\u200bwidth":            `zero\u{200b}width`,
		"two\nlines\tand a tab\r":    `two lines and a tab\x0d`,
		"bad\xffbyte":                `bad\xffbyte`,
		"a real \uFFFD stays":        "a real \uFFFD stays",
		"\u2028line separator":       `\u{2028}line separator`,
		"</script><img onerror=x>&'": "</script><img onerror=x>&'",
	} {
		if got := view.Clean(in); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
		if again := view.Clean(view.Clean(in)); again != want {
			t.Errorf("Clean twice of %q = %q, want %q", in, again, want)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for in, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := view.Number(in); got != want {
			t.Errorf("Number(%d) = %q, want %q", in, got, want)
		}
	}
}
