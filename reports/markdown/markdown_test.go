package markdown_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/sample"
	"github.com/assay-audit/assay/reports/internal/view"
	"github.com/assay-audit/assay/reports/markdown"
)

var update = flag.Bool("update", false, "write the golden file")

func render(t *testing.T, a *assess.Assessment, limit int) string {
	t.Helper()
	var b bytes.Buffer
	if err := (markdown.Renderer{Limit: limit}).Render(&b, a, reports.Options{FailOn: finding.Low}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	t.Parallel()
	a, err := sample.Assessment()
	if err != nil {
		t.Fatal(err)
	}
	got := render(t, a, markdown.CommentBytes)
	golden := filepath.Join("testdata", "sample.md")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("the report changed; look at it and run with -update (-want +got):\n%s", d)
	}
	if render(t, a, markdown.CommentBytes) != got {
		t.Error("a second rendering differs")
	}
	for _, problem := range unsafe(got) {
		t.Error(problem)
	}
}

func failing(id string, change func(*finding.Finding)) finding.Finding {
	f := finding.Finding{
		Check: "enc.at_rest", Title: "Data stores are encrypted at rest", Severity: finding.High, Status: finding.Fail,
		Entity: finding.Entity{ID: id, Kind: "bucket", Scope: "tf:infra", Name: id}, Message: "it is not encrypted", Remediation: "Turn it on.",
		Location: &finding.Location{File: "infra/main.tf", StartLine: 3, EndLine: 3, Snippet: []string{"  encrypted = false"}},
	}
	change(&f)
	return f
}

func assessed(fs ...finding.Finding) *assess.Assessment {
	a := &assess.Assessment{Findings: fs, AsOf: sample.AsOf(), Profile: "pr", Tool: assess.Tool{Name: "assay", Version: "1"}}
	a.SnapshotDigest, a.PoliciesDigest = "sha256:0123456789abcdef", "sha256:fedcba9876543210"
	for i := range fs {
		a.Summary.Findings.Add(&fs[i])
	}
	return a
}

// With a baseline, only what the change introduces is shown in full.
func TestBaseline(t *testing.T) {
	t.Parallel()
	added, before := "new", "unchanged"
	a := assessed(
		failing("aws_s3_bucket.new", func(f *finding.Finding) { f.Baseline = &added }),
		failing("aws_s3_bucket.old", func(f *finding.Finding) { f.Baseline = &before }),
	)
	a.Summary.New, a.Summary.Fixed = 1, 4
	a.Baseline = &assess.Baseline{Name: "main", Fixed: []finding.Finding{{Check: "net.a"}, {Check: "net.a"}}}
	got := render(t, a, markdown.CommentBytes)
	for _, want := range []string{"## Assay: 1 new failure\n", "| 1 | 4 | 2 |", "### New failures", "<code>aws_s3_bucket.new</code>", "```hcl\n  encrypted = false\n```", "Failures that were there before (1)", "- `enc.at_rest`: 1\n", "Failures that are fixed (2)", "- `net.a`: 2\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "aws_s3_bucket.old") {
		t.Error("an old failure is shown in full")
	}
}

func TestWaivers(t *testing.T) {
	t.Parallel()
	a := assessed()
	state := func(id, state, expires string) assess.WaiverState {
		return assess.WaiverState{Waiver: finding.Waiver{ID: id, Expires: expires}, Check: "enc.at_rest", Selector: "*", State: state, Matches: 2}
	}
	a.Waivers = []assess.WaiverState{
		state("W-1", "active", "2026-12-20"), state("W-2", "active", "2026-12-21"), state("W-3", "expired", "2026-01-01"),
		state("W-4", "active", "2026-11-20"),
	}
	got := render(t, a, markdown.CommentBytes)
	for _, want := range []string{
		"Waivers that need a look (3)", "- **30 days left**: `W-1` for `enc.at_rest` on `*` ends on 2026-12-20; it covers 2 failures\n",
		"- **expired**: `W-3` for `enc.at_rest` on `*`; it covers nothing\n", "- **0 days left**: `W-4`",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "W-2") {
		t.Error("a waiver with 31 days left is shown")
	}
}

func TestUndecided(t *testing.T) {
	t.Parallel()
	unknown := func(id string, reason evidence.Reason, detail string) finding.Finding {
		return failing(id, func(f *finding.Finding) {
			f.Status, f.Unknown = finding.Unknown, []finding.UnknownPath{{Path: "a", Reason: reason, Detail: detail}, {Path: "b", Reason: reason, Detail: detail}}
		})
	}
	got := render(t, assessed(unknown("a", evidence.Unresolved, "var.x has no value"), unknown("b", evidence.Unresolved, "var.x has no value"),
		unknown("c", evidence.Computed, "later")), markdown.CommentBytes)
	want := "- **2 verdicts: an expression in the code that cannot be resolved without running Terraform.** To decide: give the value (--var-file, --var), run terraform " +
		"init so that every module is there, or scan the plan.\n  - Missing: `var.x has no value` ×4\n  - Checks: `enc.at_rest` ×2\n"
	if !strings.Contains(got, want) || !strings.Contains(got, "Not decided (3), and what would decide it") {
		t.Errorf("no %q in:\n%s", want, got)
	}
}

// Whatever the size, the report stays below its limit and says what it leaves out.
func TestLimit(t *testing.T) {
	t.Parallel()
	a, err := sample.Large(3000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.Findings {
		a.Findings[i].Baseline = nil
		a.Findings[i].Location = &finding.Location{File: "m.tf", StartLine: i + 1, Snippet: []string{strings.Repeat("`", 500), strings.Repeat("x", 5000)}}
	}
	for _, limit := range []int{6_000, markdown.CommentBytes, markdown.SummaryBytes} {
		got := render(t, a, limit)
		if len(got) > limit {
			t.Errorf("%d bytes, and the limit is %d", len(got), limit)
		}
		shown := strings.Count(got, "- What: ")
		left := regexp.MustCompile(`\*\*([\d,]+) failures? left out here:`).FindStringSubmatch(got)
		total := 0
		for i := range a.Findings {
			if a.Findings[i].Failing() {
				total++
			}
		}
		if left == nil || strings.ReplaceAll(left[1], ",", "") != fmt.Sprint(total-shown) {
			t.Errorf("limit %d: %d failures, %d shown, left out: %v", limit, total, shown, left)
		}
		if !strings.Contains(got, "Controls touched (") || !strings.Contains(got, "people attest") {
			t.Errorf("limit %d: a part is missing", limit)
		}
		for _, problem := range unsafe(got) {
			t.Errorf("limit %d: %s", limit, problem)
		}
	}
}

// An entry that stands for several failures counts as several among those that are left out.
func TestLimitCountsFolded(t *testing.T) {
	t.Parallel()
	const lines, instances = 400, 3
	a := &assess.Assessment{}
	for line := range lines {
		for i := range instances {
			a.Findings = append(a.Findings, finding.Finding{
				Check: "enc.at_rest", Status: finding.Fail, Severity: finding.High, Message: strings.Repeat("x", 300),
				Entity:   finding.Entity{ID: fmt.Sprintf("aws_ebs_volume.v%d[%d]", line, i), Scope: "tf:x"},
				Location: &finding.Location{File: "m.tf", StartLine: line + 1, EndLine: line + 1},
			})
		}
	}
	got := render(t, a, markdown.CommentBytes)
	shown := strings.Count(got, "- What: ")
	if want := fmt.Sprintf("**%s failures left out here:", view.Number(instances*(lines-shown))); shown == 0 || shown == lines || !strings.Contains(got, want) {
		t.Errorf("%d of %d entries are shown, and the report does not say %q", shown, lines, want)
	}
}

// hostile is an assessment in which every text from outside is s.
func hostile(s string) *assess.Assessment {
	f := failing(s, func(f *finding.Finding) {
		f.Check, f.Title, f.Severity, f.Message, f.Expected, f.Actual, f.Remediation = s, s, finding.Severity(s), s, s, s, s
		f.Location = &finding.Location{File: s, StartLine: 1, Snippet: []string{s, s}}
		f.Reasons = []finding.Reason{{Message: s, Location: &finding.Location{File: s + "2"}}, {Message: s, Expected: s, Actual: s}}
		f.Controls = []finding.ControlRef{{Framework: s, ID: s, Strength: "direct"}}
		f.Entity.Scope = s
	})
	u := failing("u", func(f *finding.Finding) {
		f.Status, f.Unknown = finding.Unknown, []finding.UnknownPath{{Path: s, Reason: evidence.Reason(s), Detail: s}}
	})
	a := assessed(f, u)
	a.Tool, a.Profile, a.SnapshotDigest = assess.Tool{Name: s, Version: s}, s, s
	a.Waivers = []assess.WaiverState{{Waiver: finding.Waiver{ID: s, Expires: "2026-11-30"}, Check: s, Selector: s, State: "active"}, {State: s, Problems: []string{s}}}
	a.Coverage = []evidence.Coverage{{Kind: s, Scope: s, Status: evidence.CoverageStatus(s), Detail: s, Items: []string{s}}}
	a.Baseline = &assess.Baseline{Name: s, Fixed: []finding.Finding{{Check: s}}}
	a.Sources = []evidence.Source{{Target: s, Problems: []evidence.Problem{{Severity: "error", Summary: s, Detail: s, Locator: evidence.Locator{File: s}}}}}
	a.Controls = []assess.Control{{Framework: s, ID: s, Title: s, Citation: s, Status: assess.NotMet}}
	a.Checks = []assess.CheckInfo{{ID: s, Rationale: s}}
	return a
}

var seeds = []string{
	"@octocat", "ping @org/team now", "fixes #12", "GH-12", "see https://evil.example/x", "www.evil.example", "a@evil.example", "[x](https://evil.example)",
	"![x](https://evil.example/p.png)", "<img src=x onerror=alert(1)>", "</code></summary></details><script>", "`", "``` \n```", "~~~", "\n\n# Title", "\n```\n<b>",
	"|a|b|", ":rocket:", "$x$", "&lt;b&gt;&#64;octocat", "**bold** _it_ ~~no~~", `\`, "a\\`b", "1. x", "- [ ] task", "> quote", "<!-- -->", "[^1]: note",
	"\u202eevil", "\xff", "0123abcd0123abcd", "octo/repo@0123abc", "`` ` ``` ```` `", "  ", "(`)", "\"@x\"", "a`", "`a", "<a@b.c>", "http://", "[a]: http://x",
	"javascript:alert(1)", "\x00", "mailto:a@b.c", "xmpp:a@b.c/x", "ftp://a.b/c", "---", "===", "\u2028## x", "&nbsp;", "(@octocat)", "'#1'",
}

func TestHostileText(t *testing.T) {
	t.Parallel()
	for _, s := range seeds {
		for _, problem := range unsafe(render(t, hostile(s), markdown.CommentBytes)) {
			t.Errorf("%q: %s", s, problem)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := render(t, hostile(s), markdown.CommentBytes)
		if len(got) > markdown.CommentBytes {
			t.Errorf("%d bytes", len(got))
		}
		for _, problem := range unsafe(got) {
			t.Error(problem)
		}
	})
}

var (
	// block is every line of HTML that the report itself writes; what is quoted in it is escaped.
	block = regexp.MustCompile(`^(<details>|<details open>|</details>|<summary>(<b>|</b>|<code>[^<>]*</code>|[^<>&])*</summary>|)$`)
	// loose is what text outside code must not hold: mentions, references, addresses, emoji and commits.
	loose  = regexp.MustCompile(`@|#\d|GH-\d|://|www\.\S|:\w+:|\$.*\$|\b[0-9a-f]{7,40}\b|[<>\[\]]`)
	quoted = regexp.MustCompile(`<code>[^<>]*</code>`)
)

// unsafe reads the report as GitHub would, as Markdown with tables, strike-through, task lists and bare addresses, and lists what only a hostile
// name can have brought into it.
func unsafe(report string) []string {
	var out []string
	if !utf8.ValidString(report) {
		out = append(out, "not UTF-8")
	}
	source := []byte(report)
	root := goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote)).Parser().Parse(text.NewReader(source))
	depth := 0
	err := ast.Walk(root, func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		if !enter {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan, *ast.FencedCodeBlock:
			return ast.WalkSkipChildren, nil
		case *ast.HTMLBlock:
			raw := string(n.Lines().Value(source))
			if n.HasClosure() {
				raw += string(n.ClosureLine.Value(source))
			}
			depth += strings.Count(raw, "<details") - strings.Count(raw, "</details")
			for line := range strings.Lines(raw) {
				line = strings.TrimSuffix(line, "\n")
				if !block.MatchString(line) {
					out = append(out, "HTML: "+line)
				}
				if bare := quoted.ReplaceAllString(line, ""); loose.MatchString(strings.NewReplacer("<details>", "", "<details open>", "", "</details>", "", "<summary>", "", "</summary>", "", "<b>", "", "</b>", "").Replace(bare)) {
					out = append(out, "loose in HTML: "+line)
				}
			}
		case *ast.RawHTML:
			if raw := string(n.Segments.Value(source)); raw != "<sub>" && raw != "</sub>" {
				out = append(out, "inline HTML: "+raw)
			}
		case *ast.Text:
			if s := string(n.Value(source)); loose.MatchString(s) {
				out = append(out, "text: "+s)
			}
		case *ast.Heading:
			if s := string(n.Lines().Value(source)); !regexp.MustCompile(`^(Assay: (no|[\d,]+) (new )?failures?|(New f|F)ailures)$`).MatchString(s) {
				out = append(out, "heading: "+s)
			}
		case *ast.Link, *ast.Image, *ast.AutoLink, *ast.Blockquote, *ast.CodeBlock, *ast.ThematicBreak:
			out = append(out, "a "+n.Kind().String())
		default:
			switch n.Kind().String() {
			case "Document", "Paragraph", "List", "ListItem", "TextBlock", "Emphasis", "Table", "TableHeader", "TableRow", "TableCell":
			default:
				out = append(out, "a "+n.Kind().String())
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		out = append(out, err.Error())
	}
	if depth != 0 {
		out = append(out, fmt.Sprintf("details are open by %d", depth))
	}
	return out
}
