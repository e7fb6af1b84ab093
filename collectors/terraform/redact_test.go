package terraform

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/secret"
)

func testRedactor(tb testing.TB, secrets ...string) *redactor {
	tb.Helper()
	h, err := secret.NewHasher([]byte("a key for the tests only"))
	if err != nil {
		tb.Fatal(err)
	}
	r := newRedactor(h)
	r.add(secrets...)
	r.prepare()
	return r
}

// show writes marks in short.
func show(r *redactor, s string, secrets ...string) string {
	for _, text := range secrets {
		s = strings.ReplaceAll(s, "[redacted "+r.hasher.Hash(text)+"]", "<"+strings.ReplaceAll(text, "\n", "|")+">")
	}
	return s
}

func TestRedactTexts(t *testing.T) {
	t.Parallel()
	secrets := []string{"hunter2", "hunter2-longer", "postgres", "12345", "1234567", "true", "abc", "quo\"te9", "line one of a key\nline two of a key"}
	r := testRedactor(t, secrets...)
	tests := map[string]struct{ in, exact, prose string }{
		"in a text":        {"xhunter2y", "x<hunter2>y", "x<hunter2>y"},
		"longest first":    {"hunter2-longer", "<hunter2-longer>", "<hunter2-longer>"},
		"lower case":       {"HUNTER2", "HUNTER2", "HUNTER2"},
		"word":             {"user postgres here", "user postgres here", "user <postgres> here"},
		"part of a word":   {"postgresql", "postgresql", "postgresql"},
		"ordinary":         {"12345 true abc", "12345 true abc", "12345 true abc"},
		"number":           {"1234567", "<1234567>", "<1234567>"},
		"escaped":          {`{"p":"quo\"te9"}`, `{"p":"<quo"te9>"}`, `{"p":"<quo"te9>"}`},
		"one of its lines": {"x line two of a key", "x <line one of a key|line two of a key>", "x <line one of a key|line two of a key>"},
		"nothing":          {"nothing here", "nothing here", "nothing here"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := show(r, r.exact(test.in), secrets...); got != test.exact {
				t.Errorf("exact: got %q, want %q", got, test.exact)
			}
			if got := show(r, r.prose(test.in), secrets...); got != test.prose {
				t.Errorf("prose: got %q, want %q", got, test.prose)
			}
		})
	}
}

func TestRedactEntity(t *testing.T) {
	t.Parallel()
	r := testRedactor(t, "hunter2", "postgres")
	e := &evidence.Entity{
		UID: `tf:t:a["hunter2"]`, ID: `a["hunter2"]`, Name: "hunter2",
		Attrs: map[string]any{
			"plain": "hunter2", "engine": "postgres", "list": []any{"a", "hunter2"}, "rules": []any{map[string]any{"cidrs": []any{"hunter2"}}}, "fine": true,
		},
		Unknown: map[string]evidence.Unknown{"why": {Reason: evidence.Unresolved, Detail: "the value hunter2 of postgres"}},
		Prov:    []evidence.Provenance{{Locator: evidence.Locator{File: "a.tf", Address: `a["hunter2"]`}}},
	}
	r.entity(e)
	withheld := evidence.Unknown{Reason: evidence.Redacted, Detail: "the value is sensitive"}
	mark := r.mark("hunter2", "")
	want := &evidence.Entity{
		UID: `tf:t:a["` + mark + `"]`, ID: `a["` + mark + `"]`, Name: mark,
		Attrs: map[string]any{"engine": "postgres", "list": []any{"a"}, "fine": true},
		Unknown: map[string]evidence.Unknown{
			"why": {Reason: evidence.Unresolved, Detail: "the value " + mark + " of " + r.mark("postgres", "")}, "plain": withheld, "rules": withheld, "list[]": withheld,
		},
		Prov: []evidence.Provenance{{Locator: evidence.Locator{File: "a.tf", Address: `a["` + mark + `"]`}}},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
}

func TestRedactFile(t *testing.T) {
	t.Parallel()
	key := "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAx0abcdef\nq9Zr4tXw7Lk2Pn8Vb5Yh1Cd6F\n-----END RSA PRIVATE KEY-----"
	r := testRedactor(t, key, "hunter2", "p\u00e4ss-unicode-9", "admin")
	r.addPlace("admin", resource.Range{File: "a.tf", Line: 2, EndLine: 2})
	r.addPlace("p\u00e4ss-unicode-9", resource.Range{File: "a.tf", Line: 3, EndLine: 3})
	const reference = "master_password = random_password.db.result"
	in := "pw = \"hunter2\"\nuser = \"admin\"\nother = \"p\\u00e4ss-unicode-9\"\nadmin = true\nkey = <<EOT\n  " +
		strings.ReplaceAll(key, "\n", "\n  ") + "\nEOT\ntoken = \"ghp_0123456789abcdefghijABCDEFGHIJ012345\"\n" + reference + "\nend"
	got := r.file("a.tf", in)
	if a, b := strings.Count(in, "\n"), strings.Count(got, "\n"); a != b {
		t.Errorf("the file had %d lines and has %d: places are no longer true", a, b)
	}
	for _, s := range []string{"hunter2", "u00e4", "MIIEow", "q9Zr4t", "ghp_"} {
		if strings.Contains(got, s) {
			t.Errorf("%s is still in the file:\n%s", s, got)
		}
	}
	lines := strings.Split(got, "\n")
	if lines[1] != `user = "`+r.mark("admin", "")+`"` || lines[3] != "admin = true" || lines[len(lines)-1] != "end" || lines[len(lines)-2] != reference {
		t.Errorf("lines that hold no secret changed, or a word was left in its place:\n%s", got)
	}
}

// BenchmarkRedact is the last pass over 20,000 entities of usual size with 300 secrets.
func BenchmarkRedact(b *testing.B) {
	r := testRedactor(b)
	for i := range 300 {
		r.add(fmt.Sprintf("s3cret-%d-value", i))
	}
	r.prepare()
	entities := make([]*evidence.Entity, 20_000)
	for i := range entities {
		e := &evidence.Entity{UID: fmt.Sprintf("tf:infra:module.a.aws_s3_bucket.b[%d]", i), ID: "aws_s3_bucket.b", Attrs: map[string]any{}, Unknown: map[string]evidence.Unknown{}}
		for k := range 30 {
			e.Attrs[fmt.Sprintf("attribute.%d", k)] = "a usual value of an attribute"
		}
		for k := range 8 {
			e.Unknown[fmt.Sprintf("unknown.%d", k)] = evidence.Unknown{Reason: evidence.Unresolved, Detail: "module.a.aws_kms_key.k.arn is known only after apply"}
		}
		entities[i] = e
	}
	for b.Loop() {
		for _, e := range entities {
			r.entity(e)
		}
	}
}
