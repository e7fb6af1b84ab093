package terraform

import (
	"strings"
	"testing"

	"github.com/assay-audit/assay/collectors/terraform/resource"
)

// FuzzRedact holds that a known secret is in no redacted text, and that a redacted file keeps its lines.
func FuzzRedact(f *testing.F) {
	f.Add("hunter2", "password = \"hunter2\"\nuser = hunter", 1)
	f.Add("line one of it\nline two of it 9", "a\nline one of it\nline two of it 9\nb", 2)
	f.Add("aaaa1", "aaaaaaaa1aaaa1", 1)
	f.Fuzz(func(t *testing.T, secret, text string, line int) {
		if len(secret) < minSecret || isOrdinary(secret) || isWord(secret) {
			return
		}
		r := testRedactor(t, secret)
		r.addPlace(secret, resource.Range{File: "a.tf", Line: line, EndLine: line})
		for piece := range strings.SplitSeq(r.exact(text), r.mark(secret, "")) {
			if strings.Contains(piece, secret) {
				t.Errorf("%q is still in %q", secret, piece)
			}
		}
		got := r.file("a.tf", text)
		if strings.Count(got, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q has other lines than %q", got, text)
		}
	})
}
