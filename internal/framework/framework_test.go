package framework_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-audit/assay/internal/framework"
	"github.com/assay-audit/assay/internal/strictyaml"
)

// sample is a small framework with one control of every sort that coverage tells apart. Its order is deliberately not natural.
const sample = `id: sample
title: Sample rule
citation: 45 CFR Part 1
status: in_force
version: first
cite: 45 CFR
tag: sample/
link: https://example.org/{head}#p-{id}-{number}
controls:
  - id: 1.10(a)(1)
    title: Encryption
    kind: spec
    designation: addressable
    parent: 1.2(a)
    applies_to: [covered_entity]
    testable_by: [cloud, iac]
    automation: full
    verified: {sources: 2, exact: 1}
    clock: {limit: P6Y}
    summary: Data is encrypted.
    mappings:
      - {check: enc.keys, strength: supporting, reviewed: 2026-11-21, rationale: Keys decide who decrypts.}
      - {check: enc.at_rest, strength: direct, reviewed: 2026-11-21, rationale: Reads whether data is encrypted.}
  - id: 1.2(a)
    title: Access control
    kind: standard
    designation: standard
    applies_to: [covered_entity, business_associate]
    testable_by: [cloud, iac, host]
    automation: full
    verified: {sources: 1, exact: 1}
    summary: Access is limited.
    mappings:
      - {check: enc.at_rest, strength: direct, reviewed: 2026-11-21, rationale: A part of it.}
  - id: 1.2(b)
    title: Review
    kind: standard
    designation: standard
    applies_to: [covered_entity]
    testable_by: [organisational]
    automation: manual
    verified: {sources: 1, exact: 1}
    summary: A person reviews.
  - id: 1.2(c)
    title: Whole
    kind: general
    designation: required
    applies_to: [covered_entity]
    testable_by: [organisational, cloud]
    automation: indicator
    rollup: all controls
    verified: {sources: 1, exact: 1}
    summary: All of it.
  - id: 1.2(d)
    title: Plan
    kind: standard
    designation: standard
    applies_to: [covered_entity]
    testable_by: [organisational, cloud]
    automation: full
    verified: {sources: 1, exact: 1}
    summary: There is a plan.
  - id: 1.2(e)
    title: Hint
    kind: standard
    designation: standard
    applies_to: [covered_entity]
    testable_by: [cloud]
    automation: partial
    verified: {sources: 1, exact: 1}
    summary: There is a hint.
    mappings:
      - {check: enc.keys, strength: supporting, reviewed: 2026-11-21, rationale: A hint.}
      - {check: enc.later, strength: direct, reviewed: 2026-11-21, rationale: Not written yet.}
`

func loadSample(t *testing.T) framework.Framework {
	t.Helper()
	all, err := framework.Load(fstest.MapFS{"sample.yaml": {Data: []byte(sample)}}, "sample", "sample")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d frameworks", len(all))
	}
	return all[0]
}

func TestLoad(t *testing.T) {
	t.Parallel()
	f := loadSample(t)
	var ids []string
	for _, c := range f.Controls {
		ids = append(ids, c.ID)
	}
	if diff := cmp.Diff([]string{"1.2(a)", "1.2(b)", "1.2(c)", "1.2(d)", "1.2(e)", "1.10(a)(1)"}, ids); diff != "" {
		t.Errorf("order (-want +got)\n%s", diff)
	}
	want := framework.Control{
		ID: "1.10(a)(1)", Citation: "45 CFR 1.10(a)(1)", Tag: "sample/1-10-a-1", Link: "https://example.org/1.10#p-1.10(a)(1)-1",
		Title: "Encryption", Kind: "spec", Designation: framework.DesignationAddressable, Parent: "1.2(a)",
		AppliesTo: []string{"covered_entity"}, TestableBy: []framework.Domain{framework.Cloud, framework.IaC},
		Automation: framework.Full, Verified: framework.Verified{Sources: 2, Exact: 1}, Clock: &framework.Clock{Limit: "P6Y"},
		Summary: "Data is encrypted.",
	}
	got, ok := f.Control("1.10(a)(1)")
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("control (-want +got)\n%s", diff)
	}
	if _, ok := f.Control("1.3"); ok {
		t.Error("control 1.3 was found")
	}
	day := strictyaml.Date{Year: 2026, Month: 11, Day: 21}
	mappings := []framework.Mapping{
		{
			Check: "enc.at_rest", Control: "1.10(a)(1)", Strength: framework.Direct,
			Rationale: "Reads whether data is encrypted.", Reviewed: day,
		},
		{
			Check: "enc.keys", Control: "1.10(a)(1)", Strength: framework.Supporting,
			Rationale: "Keys decide who decrypts.", Reviewed: day,
		},
	}
	if diff := cmp.Diff(mappings, f.MappingsOf("1.10(a)(1)")); diff != "" {
		t.Errorf("mappings (-want +got)\n%s", diff)
	}
}

func TestOrganisationalOnly(t *testing.T) {
	t.Parallel()
	f := loadSample(t)
	for id, want := range map[string]bool{"1.2(a)": false, "1.2(b)": true, "1.2(c)": false} {
		c, _ := f.Control(id)
		if got := c.OrganisationalOnly(); got != want {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
	}
}

func TestLoadErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		old, replacement string
		want             []string
	}{
		"misspelt key": {"automation: manual", "automatoin: manual", []string{
			`sample.yaml:41:5: controls[2]: unknown key "automatoin" (did you mean "automation"? allowed keys: `,
			`sample.yaml:35:5: controls[2]: required key "automation" is missing`,
		}},
		"misspelt strength": {"direct, reviewed: 2026-11-21, rationale: A p", "drect, reviewed: 2026-11-21, rationale: A p", []string{
			`sample.yaml:34:40: controls[1].mappings[0].strength: unknown value "drect" (did you mean "direct"? allowed values: direct, supporting)`,
		}},
		"bad date": {"reviewed: 2026-11-21, rationale: A part", "reviewed: 2026-11-31, rationale: A part", []string{
			`sample.yaml:34:58: controls[1].mappings[0].reviewed: "2026-11-31" is not a date`,
		}},
		"no rationale": {"rationale: A part of it.", "rationale: ' '", []string{
			`sample.yaml:34:81: controls[1].mappings[0].rationale: must not be empty`,
		}},
		"other id": {"id: sample", "id: simple", []string{
			`sample.yaml:1:1: id: framework "simple" must stand in a file named simple.yaml`,
		}},
		"tag": {"tag: sample/", "tag: Sample", []string{
			`sample.yaml:1:1: tag: "Sample" is not a prefix such as hipaa/`,
		}},
		"repeated": {"id: 1.2(b)", "id: 1.2(a)", []string{
			`sample.yaml:35:5: control 1.2(a) repeats the one in line 24`,
		}},
		"form of id": {"id: 1.2(b)", "id: 1.2((b)", []string{`sample.yaml:35:5: 1.2((b): not a citation such as`}},
		"kind": {"kind: general", "kind: General Rule", []string{
			`sample.yaml:44:5: 1.2(c): kind "General Rule" is not a lower-case word`,
		}},
		"applies_to": {"[covered_entity, business_associate]", "[Everybody]", []string{
			`sample.yaml:24:5: 1.2(a): applies_to "Everybody" is not a lower-case word`,
		}},
		"parent": {"parent: 1.2(a)", "parent: 1.3", []string{
			`sample.yaml:10:5: 1.10(a)(1): parent "1.3" is no other control`,
		}},
		"own parent": {"parent: 1.2(a)", "parent: 1.10(a)(1)", []string{
			`sample.yaml:10:5: 1.10(a)(1): parent "1.10(a)(1)" is no other control`,
		}},
		"check id": {"check: enc.later", "check: Later", []string{
			`sample.yaml:74:9: 1.2(e): "Later" is not a check id`,
		}},
		"mapped twice": {"check: enc.later", "check: enc.keys", []string{
			`sample.yaml:74:9: 1.2(e): check enc.keys is mapped twice`,
		}},
		"manual direct": {"automation: partial", "automation: manual", []string{
			`sample.yaml:74:9: 1.2(e): check enc.later cannot be direct: automation is manual`,
		}},
		"roll-up direct": {"automation: partial", "automation: partial\n    rollup: all", []string{
			`sample.yaml:75:9: 1.2(e): check enc.later cannot be direct: the control is rolled up from others`,
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Count(sample, tt.old) == 0 {
				t.Fatalf("the sample does not contain %q", tt.old)
			}
			data := strings.Replace(sample, tt.old, tt.replacement, 1)
			_, err := framework.Load(fstest.MapFS{"sample.yaml": {Data: []byte(data)}})
			got := strictyaml.Errors(err)
			if len(got) != len(tt.want) {
				t.Fatalf("got %v", err)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(got[i].Error(), want) {
					t.Errorf("got  %s\nwant %s", got[i], want)
				}
			}
		})
	}
}

func TestLoadReadsOnlyWhatIsNamed(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"sample.yaml": {Data: []byte(sample)}, "broken.yaml": {Data: []byte("id: [")}, "README.md": {}}
	if _, err := framework.Load(files, "sample"); err != nil {
		t.Error(err)
	}
	if _, err := framework.Load(files); err == nil {
		t.Error("the broken file was not reported")
	}
	_, err := framework.Load(files, "sampel", "../sample", "broken")
	if err == nil {
		t.Fatal("no error")
	}
	want := `unknown framework "sampel" (did you mean "sample"? known frameworks: broken, sample)
unknown framework "../sample" (did you mean "sample"? known frameworks: broken, sample)
broken.yaml:1: not valid YAML: did not find expected node content`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestDigest(t *testing.T) {
	t.Parallel()
	load := func(text string) string {
		all, err := framework.Load(fstest.MapFS{"sample.yaml": {Data: []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		return all[0].Digest()
	}
	base := load(sample)
	if !strings.HasPrefix(base, "sha256:") || len(base) != len("sha256:")+64 {
		t.Errorf("digest %q", base)
	}
	if got := load("# a comment\n" + strings.ReplaceAll(sample, "{limit: P6Y}", "\n      limit: P6Y")); got != base {
		t.Error("layout changes the digest")
	}
	if got := load(strings.Replace(sample, "A part of it.", "Another part.", 1)); got == base {
		t.Error("a changed rationale keeps the digest")
	}
}

func TestControlsOfAndFind(t *testing.T) {
	t.Parallel()
	f := loadSample(t)
	all := []framework.Framework{f}
	want := []framework.ControlRef{
		{Framework: "sample", ID: "1.2(a)", Strength: framework.Direct},
		{Framework: "sample", ID: "1.10(a)(1)", Strength: framework.Direct},
	}
	if diff := cmp.Diff(want, framework.ControlsOf(all, "enc.at_rest")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := framework.ControlsOf(all, "none"); got != nil {
		t.Errorf("got %v", got)
	}
	if _, ok := framework.ByID(all, "sample"); !ok {
		t.Error("sample was not found")
	}
	if _, ok := framework.ByID(all, "other"); ok {
		t.Error("other was found")
	}
	for _, text := range []string{"1.10(a)(1)", "45 CFR 1.10(a)(1)", "45 cfr 1.10 a 1", "sample/1-10-a-1", "sample/1.10(a)(1)"} {
		if diff := cmp.Diff([]framework.ControlRef{{Framework: "sample", ID: "1.10(a)(1)"}}, framework.Find(all, text)); diff != "" {
			t.Errorf("Find(%q) (-want +got)\n%s", text, diff)
		}
	}
	for _, text := range []string{"", "()", "1.10(a)", "enc.at_rest"} {
		if got := framework.Find(all, text); got != nil {
			t.Errorf("Find(%q) = %v", text, got)
		}
	}
}

func TestCompareIDs(t *testing.T) {
	t.Parallel()
	want := []string{
		"164.306(a)(1)", "164.308(a)(1)(i)", "164.308(a)(1)(ii)(A)", "164.308(a)(1)(ii)(D)", "164.308(a)(2)", "164.308(a)(9)(ii)(C)(2)",
		"164.308(a)(9)(iv)", "164.308(a)(9)(v)", "164.308(a)(9)(ix)", "164.308(a)(9)(x)", "164.308(a)(10)", "164.308(b)(1)", "164.308(i)(1)",
		"164.308(v)", "164.308(z)", "164.308(aa)", "164.1000", "Art. 5(1)(a)", "Art. 5(2)", "Art. 32", "Art. 32(1)", "Art. 32(1)(a)",
		"Art. 32(1)(i)", "Art. 32(1)(v)", "Art. 32(2)", "Art. 100",
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, framework.CompareIDs)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestCompareIDsIsATotalOrder holds for IDs that mix the styles of several regulations, as an organisation's own framework may.
func TestCompareIDsIsATotalOrder(t *testing.T) {
	t.Parallel()
	id := rapid.StringMatching(`(Art\. |164\.|A)?[0-9]{0,3}(\((i{1,3}|iv|v|x|[a-c]|A|0?[0-9]|)\)){0,4}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := id.Draw(t, "a"), id.Draw(t, "b"), id.Draw(t, "c")
		ab, ba, bc, ac := framework.CompareIDs(a, b), framework.CompareIDs(b, a), framework.CompareIDs(b, c), framework.CompareIDs(a, c)
		if ab != -ba || (ab == 0) != (a == b) {
			t.Fatalf("%q and %q compare %d and %d", a, b, ab, ba)
		}
		if ab <= 0 && bc <= 0 && ac > 0 {
			t.Fatalf("%q <= %q <= %q, but the first is after the last", a, b, c)
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("id: sample\ncontrols: [{id: 1}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := framework.Load(fstest.MapFS{"sample.yaml": {Data: data}})
		if err != nil {
			return
		}
		if all[0].ID != "sample" || len(all[0].Controls) == 0 {
			t.Errorf("accepted %+v", all[0])
		}
		framework.Coverage(all[0], nil)
	})
}
