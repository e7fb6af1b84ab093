package html_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	stdhtml "html"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/html"
	"github.com/assay-audit/assay/reports/internal/sample"
	"github.com/assay-audit/assay/reports/json"
)

func render(tb testing.TB, a *assess.Assessment) string {
	tb.Helper()
	var b bytes.Buffer
	if err := html.Spec.New().Render(&b, a, reports.Options{FailOn: finding.Low}); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

func hospital(tb testing.TB) *assess.Assessment {
	tb.Helper()
	a, err := sample.Assessment()
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// evil is what an attacker would name a bucket.
const evil = `</script></style><img src=x onerror="window.pwned=1">'"` + "`${pwned=1}" + `{{.}}<!-- javascript:pwned=1 ` + "\u202e\x1b[2J\x00"

// hostile is an assessment in which every text is chosen by an attacker.
func hostile(tb testing.TB) *assess.Assessment {
	tb.Helper()
	location := &finding.Location{File: evil, StartLine: 3, EndLine: 3, Snippet: []string{evil}}
	var fs []finding.Finding
	for _, st := range finding.Statuses() {
		fs = append(fs, finding.Finding{
			Check: "enc.at_rest", Title: evil, Severity: finding.High, Status: st, Message: evil, Expected: evil, Actual: evil, Remediation: evil,
			Entity: finding.Entity{ID: evil + string(st), Name: evil, Scope: evil, Kind: evil, Plane: evil}, Location: location, Evidence: []string{evil},
			Reasons: []finding.Reason{{Message: evil, Location: location}, {Message: evil, Expected: evil, Actual: evil}},
			Unknown: []finding.UnknownPath{{Path: evil, Reason: evil, Detail: evil}}, Provenance: []evidence.Provenance{{Method: evil, Source: evil, Locator: evidence.Locator{ARN: evil}, RawSHA256: evil}},
			Fingerprint: finding.Fingerprint("enc.at_rest", "", string(st), nil),
		})
	}
	fs = append(fs, fs[0])
	fs[len(fs)-1].Waiver = &finding.Waiver{ID: evil, Reason: evil, Approver: evil, Expires: evil, Requester: evil, Measure: evil}
	fs[len(fs)-1].Fingerprint = evil
	checks, err := sample.Checks()
	if err != nil {
		tb.Fatal(err)
	}
	a, err := sample.Build(fs, checks, &evidence.Snapshot{AsOf: sample.AsOf()})
	if err != nil {
		tb.Fatal(err)
	}
	a.Tool, a.Profile, a.PoliciesDigest, a.SnapshotDigest = assess.Tool{Name: evil, Version: evil}, evil, evil, evil
	a.Coverage = []evidence.Coverage{{Kind: evil, Scope: evil, Status: evil, Detail: evil, Items: []string{evil}}, {Kind: "resource_type", Items: []string{evil}}}
	a.Sources = []evidence.Source{{ID: evil, Target: evil, Collector: evil, Problems: []evidence.Problem{{Severity: evil, Summary: evil, Detail: evil, Locator: evidence.Locator{File: evil}}}}}
	a.Waivers = []assess.WaiverState{{Waiver: finding.Waiver{ID: evil, Reason: evil}, State: evil, Check: evil, Selector: evil, Problems: []string{evil}}}
	a.Baseline = &assess.Baseline{Name: evil, AsOf: sample.AsOf(), Fixed: []finding.Finding{fs[0]}}
	for i := range a.Checks {
		c := &a.Checks[i]
		c.Title, c.Description, c.Rationale, c.Source, c.Units, c.Parameters = evil, evil, evil, evil, []string{evil}, map[string]any{evil: evil}
	}
	for i := range a.Controls {
		c := &a.Controls[i]
		c.Title, c.Summary, c.Link, c.Why, c.Citation = evil, evil, "javascript:pwned=1", evil, evil
		c.Decision = &assess.Decision{Choice: evil, Reason: evil, Measure: evil, ApprovedBy: evil, ApprovedOn: evil, ExpiresOn: evil}
	}
	return a
}

var (
	policyTag   = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`)
	styleTag    = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
	scriptTag   = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	anyTag      = regexp.MustCompile(`(?s)<[a-zA-Z][^>]*>`)
	quoted      = regexp.MustCompile(`"[^"]*"`)
	codeLink    = regexp.MustCompile(`(?i)href="\s*(javascript|data|vbscript):`)
	eventOrCode = regexp.MustCompile(`(?i)\s(on[a-z]+|style|src|srcset|action|formaction)\s*=`)
)

// The policy names the digests of exactly what the file holds, and of nothing else.
func TestPolicy(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]*assess.Assessment{"hospital": hospital(t), "hostile": hostile(t)} {
		out := render(t, a)
		m := policyTag.FindStringSubmatch(out)
		styles, scripts := styleTag.FindAllStringSubmatch(out, -1), scriptTag.FindAllStringSubmatch(out, -1)
		if m == nil || len(styles) != 1 || len(scripts) != 1 {
			t.Fatalf("%s: policy %v, %d styles, %d scripts", name, m, len(styles), len(scripts))
		}
		got := stdhtml.UnescapeString(m[1])
		want := "default-src 'none'; style-src " + hash(styles[0][1]) + "; script-src " + hash(scripts[0][1]) + "; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
		if got != want {
			t.Errorf("%s: policy\n%s\nwant\n%s", name, got, want)
		}
	}
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Outside of its one style and script, the file has no tag with code and none that loads something.
func TestNothingActive(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]*assess.Assessment{"hospital": hospital(t), "hostile": hostile(t)} {
		out := scriptTag.ReplaceAllString(styleTag.ReplaceAllString(render(t, a), ""), "")
		for _, tag := range anyTag.FindAllString(out, -1) {
			word := strings.ToLower(strings.Trim(strings.Fields(tag)[0], "<>/"))
			switch word {
			case "img", "iframe", "object", "embed", "link", "base", "video", "audio":
				t.Errorf("%s: tag %.80s", name, tag)
			}
			if codeLink.MatchString(tag) || eventOrCode.MatchString(quoted.ReplaceAllString(tag, `""`)) {
				t.Errorf("%s: tag %.120s", name, tag)
			}
		}
		for _, bad := range []string{"\x1b", "\u202e", "\x00", "compliant"} {
			if strings.Contains(strings.ToLower(out), bad) {
				t.Errorf("%s: %q reached the report", name, bad)
			}
		}
	}
}

func TestContents(t *testing.T) {
	t.Parallel()
	a := hospital(t)
	out := render(t, a)
	var assessment bytes.Buffer
	if err := json.Spec.New().Render(&assessment, a, reports.Options{}); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(assessment.Bytes())
	for _, want := range []string{
		"sha256:" + hex.EncodeToString(sum[:]), `content: "sha256 ` + hex.EncodeToString(sum[:]), "Not legal advice; not a certification",
		`id="control-gdpr-art-32-1-a"`, `id="control-hipaa-164-312-a-2-iv"`, `id="check-enc-at-rest"`, "module.legacy_lab", "aws_connect_instance",
		"vault/clinical", "131 days left", "package checks.enc.at_rest", "min_retention_days = 2190", " new failures at or above low",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(out, -1) {
		if ids[m[1]] {
			t.Errorf("id %s twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(out, -1) {
		if !ids[m[1]] && !strings.HasPrefix(m[1], "finding-") {
			t.Errorf("a link to #%s, which is not there", m[1])
		}
	}
}

// The summary names the failures of the baseline that are gone; without a baseline it says nothing of one.
func TestFixed(t *testing.T) {
	t.Parallel()
	a := hospital(t)
	fixed := a.Baseline.Fixed
	if len(fixed) == 0 {
		t.Fatal("the sample has no fixed failure")
	}
	_, section, _ := strings.Cut(render(t, a), `<h4 id="fixed">`)
	section, _, _ = strings.Cut(section, "</table>")
	for i := range fixed {
		for _, want := range []string{fixed[i].Check, stdhtml.EscapeString(fixed[i].Entity.ID), stdhtml.EscapeString(fixed[i].Message)} {
			if !strings.Contains(section, want) {
				t.Errorf("the section does not say %q", want)
			}
		}
	}
	for range 600 {
		a.Baseline.Fixed = append(a.Baseline.Fixed, fixed[0])
	}
	if out := render(t, a); !strings.Contains(out, " more fixed failures in the JSON form") {
		t.Error("a long list is not cut, or does not say so")
	}
	a.Baseline = nil
	if out := render(t, a); strings.Contains(out, "Fixed since the baseline") || strings.Contains(out, "What changed since") {
		t.Error("a report without a baseline speaks of one")
	}
}

func TestDeterministic(t *testing.T) {
	t.Parallel()
	first, second := render(t, hospital(t)), render(t, hospital(t))
	if first != second {
		t.Error("a second rendering differs")
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	if out := render(t, &assess.Assessment{}); !strings.Contains(out, "nothing could be judged") {
		t.Error("the report of nothing does not say so")
	}
}

func BenchmarkRender50000(b *testing.B) {
	a, err := sample.Large(50_000)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := html.Spec.New().Render(io.Discard, a, reports.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
