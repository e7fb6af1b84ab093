package iampolicy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/tri"
)

func lit(text string) iampolicy.Str { return iampolicy.Literal(text) }

func bucketRef() iampolicy.Str { return iampolicy.Ref("aws_s3_bucket.b.arn", "arn:*:s3:::*") }

// join builds a string of texts and strings.
func join(parts ...any) iampolicy.Str {
	var all []iampolicy.Part
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			all = append(all, iampolicy.Part{Text: p})
		case iampolicy.Str:
			all = append(all, p.Parts()...)
		}
	}
	return iampolicy.NewStr(all...)
}

func TestStrCovers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, target iampolicy.Str
		want            tri.Value
	}{
		{lit("*"), lit("anything"), tri.True},
		{lit("*"), lit("*"), tri.True},
		{lit("a*c"), lit("abc"), tri.True},
		{lit("a*c"), lit("abd"), tri.False},
		{lit("a?c"), lit("abc"), tri.True},
		{lit("a?c"), lit("ac"), tri.False},
		{lit("a?c"), lit("a*c"), tri.False},
		{lit("a*c"), lit("a?c"), tri.True},
		{lit("*?"), lit("?*"), tri.True},
		{lit("arn:aws:s3:::b*"), lit("arn:aws:s3:::b/*"), tri.True},
		{lit("arn:aws:s3:::b/*"), lit("arn:aws:s3:::b*"), tri.False},
		{lit("arn:aws:s3:::b/*"), lit("*"), tri.False},
		{lit("s3:get*"), lit("S3:GetObject"), tri.False}, // Covers minds the case
		{bucketRef(), bucketRef(), tri.True},
		{join(bucketRef(), "/*"), join(bucketRef(), "/*"), tri.True},
		{join(bucketRef(), "/*"), join(bucketRef(), "/logs/x"), tri.True},
		{join(bucketRef(), "/*"), bucketRef(), tri.Unknown}, // the name of a bucket has no slash, but that is not known here
		{bucketRef(), lit("*"), tri.False},
		{bucketRef(), lit("arn:aws:s3:::other"), tri.Unknown},
		{bucketRef(), lit("arn:aws:sqs:eu-west-1:1:q"), tri.False},
		{lit("*"), bucketRef(), tri.True},
		{lit("arn:aws:s3:::b"), bucketRef(), tri.Unknown},
		{iampolicy.Hole(), lit("*"), tri.Unknown},
		{join("s3:", iampolicy.Hole()), lit("s3:*"), tri.Unknown},
		{join("s3:", iampolicy.Hole()), lit("iam:*"), tri.False},
		{lit("arn:aws:iam::1:user/${aws:username}"), lit("arn:aws:iam::1:user/bob"), tri.Unknown},
		{lit("arn:aws:iam::1:user/${aws:username}"), lit("arn:aws:iam::1:role/bob"), tri.False},
		{lit("a${*}b"), lit("a*b"), tri.False},
		{lit("a${*}b"), lit("a${*}b"), tri.True},
	} {
		if got := c.pattern.Covers(c.target); got != c.want {
			t.Errorf("%q.Covers(%q) = %v, want %v", c.pattern, c.target, got, c.want)
		}
	}
	if got := lit("s3:get*").CoversFold(lit("S3:GetObject")); got != tri.True {
		t.Errorf("CoversFold = %v, want true", got)
	}
}

func TestStrOverlaps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b iampolicy.Str
		want tri.Value
	}{
		{lit("a*"), lit("*b"), tri.True},
		{lit("a*"), lit("b*"), tri.False},
		{lit("a?"), lit("*b"), tri.True},
		{lit("a?"), lit("b*"), tri.False},
		{lit("*/x"), lit("b/*"), tri.True},
		{lit("abc"), lit("a*"), tri.True},
		{bucketRef(), lit("arn:aws:s3:::*"), tri.Unknown}, // another partition is possible
		{bucketRef(), lit("arn:*:s3:::*"), tri.Unknown},
		{bucketRef(), lit("arn:aws:iam::*"), tri.False},
		{join(bucketRef(), "/*"), join(bucketRef(), "/a*"), tri.True},
		{iampolicy.Hole(), lit("x"), tri.Unknown},
		{lit("arn:aws:s3:::b/${aws:username}/*"), lit("arn:aws:s3:::b/*"), tri.True},
		{lit("arn:aws:s3:::b/${aws:username}/*"), lit("arn:aws:s3:::c/*"), tri.False},
	} {
		if got := c.a.Overlaps(c.b); got != c.want {
			t.Errorf("%q.Overlaps(%q) = %v, want %v", c.a, c.b, got, c.want)
		}
		if got := c.b.Overlaps(c.a); got != c.want {
			t.Errorf("%q.Overlaps(%q) = %v, want %v", c.b, c.a, got, c.want)
		}
	}
	if got := lit("s3:get*").OverlapsFold(lit("S3:*Object")); got != tri.True {
		t.Errorf("OverlapsFold = %v, want true", got)
	}
}

func TestStrTextTests(t *testing.T) {
	t.Parallel()
	partly := join("arn:aws:s3:::", iampolicy.Hole(), "/*")
	for _, c := range []struct {
		name string
		got  tri.Value
		want tri.Value
	}{
		{"known is", lit("a").Is("a"), tri.True},
		{"known is not", lit("a").Is("A"), tri.False},
		{"fold", lit("a").IsFold("A"), tri.True},
		{"hole is", iampolicy.Hole().Is("*"), tri.Unknown},
		{"reference is no wildcard-only text that it cannot be", bucketRef().Is("*"), tri.False},
		{"partly is", partly.Is("arn:aws:s3:::b/*"), tri.Unknown},
		{"partly is not", partly.Is("arn:aws:s3:::b"), tri.False},
		{"prefix", partly.HasPrefix("arn:aws:"), tri.True},
		{"prefix into hole", partly.HasPrefix("arn:aws:s3:::b"), tri.Unknown},
		{"no prefix", partly.HasPrefix("arn:aws-cn"), tri.False},
		{"known prefix", lit("abc").HasPrefix("ab"), tri.True},
		{"suffix", partly.HasSuffix("/*"), tri.True},
		{"suffix into hole", partly.HasSuffix("b/*"), tri.Unknown},
		{"no suffix", partly.HasSuffix("x"), tri.False},
		{"known suffix", lit("abc").HasSuffix("x"), tri.False},
		{"wildcard", partly.HasWildcard(), tri.True},
		{"no wildcard", bucketRef().HasWildcard(), tri.False},
		{"perhaps a wildcard", join("a", iampolicy.Hole()).HasWildcard(), tri.Unknown},
		{"variable", lit("${aws:username}").HasWildcard(), tri.True},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestStrForms(t *testing.T) {
	t.Parallel()
	s := iampolicy.NewStr(iampolicy.Part{Text: "a"}, iampolicy.Part{Text: "b"}, iampolicy.Part{}, iampolicy.Part{Hole: true, Ref: "x.arn"},
		iampolicy.Part{Text: "c"}, iampolicy.Part{Hole: true, Text: "ignored"})
	want := []iampolicy.Part{{Text: "ab"}, {Hole: true, Ref: "x.arn"}, {Text: "c"}, {Hole: true}}
	if diff := cmp.Diff(want, s.Parts()); diff != "" {
		t.Errorf("Parts (-want +got):\n%s", diff)
	}
	if got := s.String(); got != "ab${x.arn}c${unknown}" {
		t.Errorf("String() = %q", got)
	}
	if _, known := s.Known(); known {
		t.Error("a string with holes is known")
	}
	if !iampolicy.NewStr(iampolicy.Part{Text: "a"}, iampolicy.Part{Text: "b"}).Equal(lit("ab")) {
		t.Error("joined literals differ from the literal")
	}
	if lit("").Equal(iampolicy.Hole()) {
		t.Error("a hole equals the empty string")
	}
	if diff := cmp.Diff(join("x", bucketRef(), "/*"), join("x", bucketRef()).Append("/*")); diff != "" {
		t.Errorf("Append (-want +got):\n%s", diff)
	}
}

// matches is a wildcard matcher too simple to be wrong.
func matches(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		return matches(pattern[1:], text) || text != "" && matches(pattern, text[1:])
	case text == "":
		return false
	default:
		return (pattern[0] == '?' || pattern[0] == text[0]) && matches(pattern[1:], text[1:])
	}
}

// texts are all strings over two letters that decide a comparison of the short patterns below.
func texts() []string {
	all := []string{""}
	for i := 0; len(all[i]) < 8; i++ {
		all = append(all, all[i]+"a", all[i]+"b")
	}
	return all
}

func TestWildcardsAgreeWithDefinition(t *testing.T) {
	t.Parallel()
	universe := texts()
	short := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?")), 0, 4, -1)
	rapid.Check(t, func(t *rapid.T) {
		p, q := short.Draw(t, "p"), short.Draw(t, "q")
		covered, common := true, false
		for _, text := range universe {
			inP, inQ := matches(p, text), matches(q, text)
			covered = covered && (inP || !inQ)
			common = common || inP && inQ
		}
		// A pattern without a star can only be told from the texts of its own length, which the universe has all of.
		if got := lit(p).Covers(lit(q)); got == tri.True && !covered {
			t.Fatalf("%q covers %q, but not all its texts", p, q)
		}
		if got := lit(p).Overlaps(lit(q)); got != tri.Of(common) {
			t.Fatalf("%q overlaps %q = %v, want %v", p, q, got, common)
		}
		if !strings.ContainsAny(q, "*?") {
			if got := lit(p).Covers(lit(q)); got != tri.Of(matches(p, q)) {
				t.Fatalf("%q covers %q = %v", p, q, got)
			}
		}
	})
}

// TestHolesNeverContradict fills a hole and expects that a settled answer stays.
func TestHolesNeverContradict(t *testing.T) {
	t.Parallel()
	short := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?:")), 0, 5, -1)
	rapid.Check(t, func(t *rapid.T) {
		p, q := short.Draw(t, "p"), short.Draw(t, "q")
		holed := func(text, name string) iampolicy.Str {
			from := rapid.IntRange(0, len(text)).Draw(t, name+" from")
			to := rapid.IntRange(from, len(text)).Draw(t, name+" to")
			hole := iampolicy.Hole()
			if middle := text[from:to]; middle != "" && !strings.ContainsAny(middle, "*?") && rapid.Bool().Draw(t, name+" ref") {
				hole = iampolicy.Ref(middle, "")
			}
			return join(text[:from], hole, text[to:])
		}
		hp, hq := holed(p, "p"), holed(q, "q")
		for name, pair := range map[string][2]tri.Value{
			"covers":   {hp.Covers(hq), lit(p).Covers(lit(q))},
			"overlaps": {hp.Overlaps(hq), lit(p).Overlaps(lit(q))},
			"is":       {hp.Is(q), lit(p).Is(q)},
			"prefix":   {hp.HasPrefix(q), lit(p).HasPrefix(q)},
			"suffix":   {hp.HasSuffix(q), lit(p).HasSuffix(q)},
		} {
			if pair[0] != tri.Unknown && pair[0] != pair[1] {
				t.Fatalf("%s: %q with %q is %v, but %q with %q is %v", name, hp, hq, pair[0], p, q, pair[1])
			}
		}
	})
}
