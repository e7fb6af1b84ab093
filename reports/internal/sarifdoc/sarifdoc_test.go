package sarifdoc_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/npmtool"
	"github.com/assay-audit/assay/reports/internal/sample"
	"github.com/assay-audit/assay/reports/internal/sarifdoc"
)

type profile struct {
	name  string
	write func(io.Writer, *assess.Assessment, reports.Options) error
	// kinds are the rule kinds of Microsoft's validator that the profile is held to.
	kinds string
}

func profiles() []profile {
	return []profile{{"sarif", sarifdoc.CodeScanning, "Sarif;GHAS"}, {"sarif-archive", sarifdoc.Archive, "Sarif"}}
}

func options() reports.Options { return reports.Options{ConfigFile: "assay.yaml"} }

func hospital(t *testing.T) *assess.Assessment {
	t.Helper()
	a, err := sample.Assessment()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func render(t *testing.T, p profile, a *assess.Assessment, o reports.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.write(&b, a, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// log is the part of a document that the tests read.
type log struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct {
					ID                                string
					ShortDescription, FullDescription struct{ Text string }
					Help                              struct{ Text, Markdown string }
					DefaultConfiguration              struct{ Level string }
					Properties                        struct {
						Tags     []string
						Severity string `json:"security-severity"`
					}
					Relationships []struct {
						Target struct {
							ID, GUID      string
							ToolComponent struct{ GUID string }
						}
						Kinds []string
					}
				}
			}
		}
		AutomationDetails struct{ ID string }
		Invocations       []struct {
			ExecutionSuccessful            bool
			ToolExecutionNotifications     []any
			ToolConfigurationNotifications []any
		}
		OriginalURIBaseIDs map[string]struct{ URI *string }
		Taxonomies         []struct {
			Name, GUID string
			Taxa       []struct{ ID, GUID string }
		}
		Properties map[string]any
		Results    []result
	}
}

type result struct {
	RuleID              string
	RuleIndex           int
	Level, Kind         string
	Message             message
	Locations           []location
	RelatedLocations    []location
	PartialFingerprints map[string]string
	Suppressions        []struct{ Kind, Status, Justification string }
	Properties          map[string]any
}

type message struct {
	Text, ID  string
	Arguments []string
}

type location struct {
	ID               int
	PhysicalLocation struct {
		ArtifactLocation struct{ URI, URIBaseID string }
		Region           *struct{ StartLine, StartColumn, EndLine, EndColumn int }
	}
}

func parse(t *testing.T, data []byte) log {
	t.Helper()
	var l log
	if err := json.Unmarshal(data, &l); err != nil {
		t.Fatal(err)
	}
	return l
}

// hostile is an assessment in which every text is chosen by an attacker or is empty.
func hostile(t *testing.T) *assess.Assessment {
	t.Helper()
	const evil = "</script>[x](javascript:1) {0} \x1b[2J\u202e\x00\xff %zz?#:"
	location := &finding.Location{File: "../" + evil + "/a:b", StartLine: 3, EndLine: 2, StartColumn: 9, EndColumn: 4, Snippet: []string{evil}}
	fs := []finding.Finding{
		{
			Check: "enc.at_rest", Severity: finding.High, Status: finding.Fail, Message: evil, Remediation: evil, Entity: finding.Entity{ID: evil, Name: evil, Scope: evil}, Location: location,
			Reasons: []finding.Reason{{Message: evil, Location: location}, {Message: evil, Expected: evil, Actual: evil, Location: location}},
		},
		{Check: "not.in_catalogue", Severity: finding.Low, Status: finding.Fail},
		{Check: "enc.at_rest", Severity: finding.High, Status: finding.Fail, Location: &finding.Location{}, Entity: finding.Entity{ID: "empty location"}},
		{Check: "enc.at_rest", Severity: finding.High, Status: finding.Unknown, Unknown: []finding.UnknownPath{{Path: evil, Reason: evidence.Reason(evil), Detail: evil}}},
		{Check: "enc.at_rest", Severity: finding.High, Status: finding.Fail, Waiver: &finding.Waiver{Reason: evil}, Entity: finding.Entity{ID: "waived"}},
	}
	for i := range fs {
		fs[i].Fingerprint = finding.Fingerprint(fs[i].Check, "", fs[i].Entity.ID, nil)
	}
	fs[0].Fix = &finding.Fix{Description: evil, Edits: []finding.Edit{{File: evil, StartLine: 1, StartColumn: 1, EndLine: 1, EndColumn: 1, Replacement: evil}}}
	checks, err := sample.Checks()
	if err != nil {
		t.Fatal(err)
	}
	a, err := sample.Build(fs, checks[:60], &evidence.Snapshot{AsOf: sample.AsOf()})
	if err != nil {
		t.Fatal(err)
	}
	a.Tool.Version = "v" + evil
	a.Coverage = []evidence.Coverage{{Kind: evil, Scope: evil, Status: evidence.Denied, Detail: evil, Items: []string{evil}}}
	a.Sources = []evidence.Source{{Scope: evil, Revision: &evidence.Revision{Repository: "https://" + evil, Commit: evil, Branch: evil}, Problems: []evidence.Problem{{Summary: evil, Detail: evil, Locator: evidence.Locator{File: evil, Line: 2}}, {}}}}
	a.Waivers = []assess.WaiverState{{State: "invalid", Problems: []string{evil}}}
	return a
}

func TestSchema(t *testing.T) {
	t.Parallel()
	file, err := os.Open(npmtool.Path(t, "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(file)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range profiles() {
		for name, a := range map[string]*assess.Assessment{"hospital": hospital(t), "hostile": hostile(t), "empty": {}} {
			o := options()
			o.FailOnIncomplete = true
			doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(render(t, p, a, o)))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(doc); err != nil {
				t.Errorf("%s of %s: %v", p.name, name, err)
			}
		}
	}
}

// Microsoft's validator, the one behind GitHub's own checks, gives no error.
func TestMultitool(t *testing.T) {
	t.Parallel()
	tool := npmtool.Path(t, "@microsoft/sarif-multitool-linux/Sarif.Multitool")
	if err := os.Chmod(tool, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range profiles() {
		dir := t.TempDir()
		file, report := filepath.Join(dir, "assay.sarif"), filepath.Join(dir, "validation.sarif")
		for name, a := range map[string]*assess.Assessment{"hospital": hospital(t), "hostile": hostile(t)} {
			if err := os.WriteFile(file, render(t, p, a, options()), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), tool, "validate", file, "--config", filepath.Join("testdata", "validator.xml"), "--rule-kind", p.kinds, "--output", report, "--log", "ForceOverwrite",
				"--level", "Error;Warning;Note", "--kind", "Fail")
			cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1")
			out, runErr := cmd.CombinedOutput()
			data, err := os.ReadFile(report)
			if err != nil {
				t.Fatalf("%v (%v)\n%s", err, runErr, out)
			}
			results := parse(t, data).Runs[0].Results
			if len(results) == 0 {
				t.Fatalf("%s of %s: the validator said nothing at all, not even its usual notes:\n%s", p.name, name, out)
			}
			for _, r := range results {
				if r.Level == "error" {
					t.Errorf("%s of %s: %s %s: %q", p.name, name, r.RuleID, r.Message.ID, r.Message.Arguments)
				}
			}
		}
	}
}

func TestDeterministic(t *testing.T) {
	t.Parallel()
	for _, p := range profiles() {
		if d := cmp.Diff(string(render(t, p, hospital(t), options())), string(render(t, p, hospital(t), options()))); d != "" {
			t.Errorf("%s: a second run differs:\n%s", p.name, d)
		}
	}
}

// What code scanning demands of every document, whatever the findings say.
func TestCodeScanningDemands(t *testing.T) {
	t.Parallel()
	o := options()
	o.FailOnIncomplete = true
	for name, a := range map[string]*assess.Assessment{"hospital": hospital(t), "hostile": hostile(t)} {
		run := parse(t, render(t, profiles()[0], a, o)).Runs[0]
		if !strings.HasSuffix(run.AutomationDetails.ID, "/") || strings.HasPrefix(run.AutomationDetails.ID, "/") {
			t.Errorf("%s: category %q", name, run.AutomationDetails.ID)
		}
		for _, r := range run.Tool.Driver.Rules {
			if r.ShortDescription.Text == "" || r.FullDescription.Text == "" || r.Help.Text == "" || r.Help.Markdown == "" || r.Properties.Severity == "" {
				t.Errorf("%s: rule %s lacks a text", name, r.ID)
			}
			if len([]rune(r.FullDescription.Text)) > 1024 || len(r.Properties.Tags) > 20 {
				t.Errorf("%s: rule %s is over a limit", name, r.ID)
			}
		}
		levels := map[string]bool{}
		for i, r := range run.Results {
			levels[r.Level] = true
			checkResult(t, name, i, r)
			if got := run.Tool.Driver.Rules[r.RuleIndex].ID; got != r.RuleID {
				t.Errorf("%s: result %d has the index of rule %s, not %s", name, i, got, r.RuleID)
			}
		}
		if name == "hospital" && len(levels) < 2 {
			t.Errorf("every result has the same level: %v", levels)
		}
	}
}

func checkResult(t *testing.T, name string, i int, r result) {
	t.Helper()
	if r.PartialFingerprints["primaryLocationLineHash"] == "" {
		t.Errorf("%s: result %d has no fingerprint", name, i)
	}
	if r.Message.Text == "" || len(r.Locations) != 1 {
		t.Fatalf("%s: result %d has no message or not one location", name, i)
	}
	for _, l := range append(slices.Clone(r.Locations), r.RelatedLocations...) {
		uri := l.PhysicalLocation.ArtifactLocation.URI
		if uri == "" || strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "..") || strings.ContainsAny(uri, " <>[]\\\x00") || strings.Contains(uri, ":") {
			t.Errorf("%s: result %d points at %q, no relative reference", name, i, uri)
		}
		if reg := l.PhysicalLocation.Region; reg != nil && (reg.StartLine < 1 || reg.EndLine != 0 && reg.EndLine < reg.StartLine) {
			t.Errorf("%s: result %d has region %+v", name, i, *reg)
		}
	}
	for _, l := range r.RelatedLocations {
		if want := "](" + string(rune('0'+l.ID)) + ")"; !strings.Contains(r.Message.Text, want) {
			t.Errorf("%s: result %d does not link its related location %d: %s", name, i, l.ID, r.Message.Text)
		}
	}
	if strings.Contains(r.Message.Text, "](javascript") {
		t.Errorf("%s: result %d has a hostile link: %s", name, i, r.Message.Text)
	}
}

// Paths count from the root of the repository, wherever in it the run was started. One outside of it is a reference to a base of the
// archive; code scanning gets the configuration and the path in the message.
func TestPathsFromTheRoot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, directory, file     string
		scanning, archive, baseID string
	}{
		{"at the root", "", "infra/main.tf", "infra/main.tf", "infra/main.tf", "%SRCROOT%"},
		{"below the root", "infra", "main.tf", "infra/main.tf", "infra/main.tf", "%SRCROOT%"},
		{"beside", "infra/eu", "../../modules/a b.tf", "modules/a%20b.tf", "modules/a%20b.tf", "%SRCROOT%"},
		{"outside", "infra", "../../shared/main.tf", "infra/assay.yaml", "shared/main.tf", "ABOVE_SRCROOT_1"},
		{"outside without a repository", "", "../../x/main.tf", "assay.yaml", "x/main.tf", "ABOVE_SRCROOT_2"},
		{"absolute", "", "/srv/main.tf", "assay.yaml", "file:///srv/main.tf", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			location := &finding.Location{File: c.file, StartLine: 3, EndLine: 3}
			f := finding.Finding{
				Check: "enc.at_rest", Status: finding.Fail, Severity: finding.High, Fingerprint: "00", Location: location,
				Reasons: []finding.Reason{{Message: "first", Location: location}, {Message: "second", Location: location}},
				Fix:     &finding.Fix{Description: "set it", Edits: []finding.Edit{{File: c.file, StartLine: 1, StartColumn: 1, EndLine: 1, EndColumn: 1}}},
			}
			a := &assess.Assessment{Findings: []finding.Finding{f}, Sources: []evidence.Source{{ID: "s1", Directory: c.directory}}}
			scanning := parse(t, render(t, profiles()[0], a, options())).Runs[0]
			checkResult(t, c.name, 0, scanning.Results[0])
			at := scanning.Results[0].Locations[0].PhysicalLocation
			if got := at.ArtifactLocation.URI; got != c.scanning {
				t.Errorf("code scanning: %s, want %s", got, c.scanning)
			}
			if outside := strings.HasSuffix(c.scanning, "assay.yaml"); outside != strings.Contains(scanning.Results[0].Message.Text, "In "+c.file+":3, outside of the repository.") || outside != (at.Region == nil) {
				t.Errorf("code scanning says %q, region %v", scanning.Results[0].Message.Text, at.Region)
			}
			archive := parse(t, render(t, profiles()[1], a, options())).Runs[0]
			got := archive.Results[0].Locations[0].PhysicalLocation.ArtifactLocation
			if got.URI != c.archive || got.URIBaseID != c.baseID {
				t.Errorf("archive: %+v, want %s from %q", got, c.archive, c.baseID)
			}
			if _, ok := archive.OriginalURIBaseIDs[c.baseID]; !ok && c.baseID != "" {
				t.Errorf("the base %s is not defined", c.baseID)
			}
		})
	}
}

// The faults that other writers' documents show.
func TestCodeScanningShowsFailuresOnly(t *testing.T) {
	t.Parallel()
	a := hospital(t)
	run := parse(t, render(t, profiles()[0], a, options())).Runs[0]
	if got, want := len(run.Results), a.Summary.Findings.Fail; got != want {
		t.Errorf("%d results for %d unwaived failures", got, want)
	}
	seen := map[string]bool{}
	for _, r := range run.Results {
		if r.Properties["status"] != "fail" || r.Kind != "" {
			t.Errorf("a result of status %v and kind %q", r.Properties["status"], r.Kind)
		}
		if len(r.Suppressions) > 0 {
			t.Error("a suppressed result")
		}
		fp := r.PartialFingerprints["primaryLocationLineHash"]
		if seen[fp] {
			t.Errorf("fingerprint %s twice", fp)
		}
		seen[fp] = true
	}
	if got := run.Properties["waived"]; got != float64(a.Summary.Findings.Waived) {
		t.Errorf("run.properties.waived is %v", got)
	}
	if run.Invocations[0].ExecutionSuccessful {
		t.Error("the run claims success though a module and an API call could not be read")
	}
	whole := &assess.Assessment{Coverage: []evidence.Coverage{{Status: evidence.Complete}, {Kind: "resource_type", Status: evidence.Skipped}}}
	if !parse(t, render(t, profiles()[0], whole, options())).Runs[0].Invocations[0].ExecutionSuccessful {
		t.Error("a run that read everything claims no success")
	}
}

func TestIncompleteShowsUnknowns(t *testing.T) {
	t.Parallel()
	a, o := hospital(t), options()
	o.FailOnIncomplete = true
	run := parse(t, render(t, profiles()[0], a, o)).Runs[0]
	want := a.Summary.Findings.Fail + a.Summary.Findings.Unknown - a.Summary.Deferred
	if len(run.Results) != want {
		t.Errorf("%d results, want %d", len(run.Results), want)
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	a, err := sample.Large(40_000)
	if err != nil {
		t.Fatal(err)
	}
	run := parse(t, render(t, profiles()[0], a, options())).Runs[0]
	if len(run.Results) != sarifdoc.MaxResults {
		t.Fatalf("%d results", len(run.Results))
	}
	rank := map[string]int{"critical": 3, "high": 2, "medium": 1, "low": 0}
	for i := 1; i < len(run.Results)-1; i++ {
		before, _ := run.Results[i-1].Properties["severity"].(string)
		now, _ := run.Results[i].Properties["severity"].(string)
		if rank[now] > rank[before] {
			t.Fatalf("result %d is more severe than the one before", i)
		}
	}
	last := run.Results[len(run.Results)-1]
	if last.RuleID != "assay.results_omitted" || last.Locations[0].PhysicalLocation.ArtifactLocation.URI != "assay.yaml" {
		t.Errorf("the closing result is %+v", last)
	}
	if want := float64(a.Summary.Findings.Fail - sarifdoc.MaxResults + 1); run.Properties["omitted"] != want {
		t.Errorf("omitted is %v, want %v", run.Properties["omitted"], want)
	}
}

// Moving a block down ten lines changes regions and nothing else.
func TestMovedCodeKeepsFingerprints(t *testing.T) {
	t.Parallel()
	fingerprints := func(shift int) (out []string) {
		a := hospital(t)
		for i := range a.Findings {
			if l := a.Findings[i].Location; l != nil {
				l.StartLine, l.EndLine = l.StartLine+shift, l.EndLine+shift
			}
		}
		for _, r := range parse(t, render(t, profiles()[0], a, options())).Runs[0].Results {
			out = append(out, r.PartialFingerprints["primaryLocationLineHash"])
		}
		slices.Sort(out)
		return out
	}
	if d := cmp.Diff(fingerprints(0), fingerprints(10)); d != "" {
		t.Errorf("fingerprints changed:\n%s", d)
	}
}

func TestArchive(t *testing.T) {
	t.Parallel()
	a := hospital(t)
	run := parse(t, render(t, profiles()[1], a, options())).Runs[0]
	kinds, suppressed := map[string]int{}, 0
	for _, r := range run.Results {
		kinds[r.Kind]++
		if (r.Kind == "fail") == (r.Level == "none") {
			t.Errorf("kind %s with level %s", r.Kind, r.Level)
		}
		if len(r.Suppressions) > 0 {
			suppressed++
		}
	}
	c := a.Summary.Findings
	want := map[string]int{"pass": c.Pass, "fail": c.Fail + c.Waived, "open": c.Unknown, "notApplicable": c.NotApplicable, "review": c.Review}
	if d := cmp.Diff(want, kinds); d != "" {
		t.Errorf("kinds (-want +got):\n%s", d)
	}
	if suppressed != c.Waived {
		t.Errorf("%d suppressed results, want %d", suppressed, c.Waived)
	}
	inv := run.Invocations[0]
	if len(inv.ToolExecutionNotifications) != 7 || len(inv.ToolConfigurationNotifications) != 1 {
		t.Errorf("%d execution and %d configuration notifications", len(inv.ToolExecutionNotifications), len(inv.ToolConfigurationNotifications))
	}
	taxa := map[string]bool{}
	for _, tax := range run.Taxonomies {
		for _, taxon := range tax.Taxa {
			taxa[tax.GUID+taxon.GUID+taxon.ID] = true
		}
	}
	relations := map[string]int{}
	for _, rule := range run.Tool.Driver.Rules {
		for _, rel := range rule.Relationships {
			relations[rel.Kinds[0]]++
			if !taxa[rel.Target.ToolComponent.GUID+rel.Target.GUID+rel.Target.ID] {
				t.Errorf("rule %s relates to %s, which is no taxon", rule.ID, rel.Target.ID)
			}
		}
	}
	if relations["subset"] == 0 || relations["relevant"] == 0 || len(relations) != 2 {
		t.Errorf("relationships: %v", relations)
	}
}

// TestFixes holds the archive to carrying known edits, one change per file; code scanning ignores them and gets none.
func TestFixes(t *testing.T) {
	t.Parallel()
	a := hospital(t)
	a.Findings[0].Fix = &finding.Fix{Description: "set encrypted = true in aws_ebs_volume.data", Replaces: true, Edits: []finding.Edit{
		{File: "infra/a b.tf", StartLine: 3, StartColumn: 1, EndLine: 4, EndColumn: 1, Replacement: "  encrypted = true\n"},
		{File: "infra/a b.tf", StartLine: 9, StartColumn: 2, EndLine: 9, EndColumn: 2, Replacement: "\n"},
	}}
	var found []any
	for _, p := range profiles() {
		out := render(t, p, a, options())
		var doc struct {
			Runs []struct {
				Results []struct {
					Fixes []any `json:"fixes"`
				} `json:"results"`
			} `json:"runs"`
		}
		if err := json.Unmarshal(out, &doc); err != nil {
			t.Fatal(err)
		}
		for _, r := range doc.Runs[0].Results {
			found = append(found, r.Fixes...)
		}
	}
	place := func(line, column, endLine, endColumn float64) map[string]any {
		return map[string]any{"startLine": line, "startColumn": column, "endLine": endLine, "endColumn": endColumn}
	}
	want := []any{map[string]any{
		"description": map[string]any{"text": "set encrypted = true in aws_ebs_volume.data."},
		"artifactChanges": []any{map[string]any{
			"artifactLocation": map[string]any{"uri": "infra/a%20b.tf", "uriBaseId": "%SRCROOT%"},
			"replacements": []any{
				map[string]any{"deletedRegion": place(3, 1, 4, 1), "insertedContent": map[string]any{"text": "  encrypted = true\n"}},
				map[string]any{"deletedRegion": place(9, 2, 9, 2), "insertedContent": map[string]any{"text": "\n"}},
			},
		}},
		"properties": map[string]any{"replaces": true, "partial": false},
	}}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
}
