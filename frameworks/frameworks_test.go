package frameworks_test

import (
	"bufio"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/frameworks"
	"github.com/assay-audit/assay/internal/framework"
	"github.com/assay-audit/assay/internal/strictyaml"
)

// publishedCounts is how many controls of each regulation Assay says it knows; README and reports repeat these numbers.
func publishedCounts() map[string]int {
	return map[string]int{
		"gdpr":                      77,
		"hipaa-breach-notification": 25,
		"hipaa-privacy-selected":    36,
		"hipaa-security-nprm-2025":  51,
		"hipaa-security-rule":       80,
	}
}

func load(t *testing.T) []framework.Framework {
	t.Helper()
	all, err := framework.Load(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCompactFormIsUpToDate holds that the program reads exactly what people reviewed.
func TestCompactFormIsUpToDate(t *testing.T) {
	t.Parallel()
	reviewed := load(t)
	var want []string
	for _, f := range reviewed {
		name, content, err := framework.Compact(f)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, name)
		if got, err := os.ReadFile("compact/" + name); err != nil || !bytes.Equal(got, content) {
			t.Errorf("compact/%s is out of date (%v): run go generate ./frameworks", name, err)
		}
	}
	got, err := fs.Glob(os.DirFS("compact"), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("compact/ (-want +got)\n%s", diff)
	}
	embedded, err := frameworks.Load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(reviewed, embedded); diff != "" {
		t.Errorf("(-reviewed +embedded)\n%s", diff)
	}
}

func TestLoadNamesTheNearest(t *testing.T) {
	t.Parallel()
	_, err := frameworks.Load("gdrp")
	if err == nil || !strings.HasPrefix(err.Error(), `unknown framework "gdrp" (did you mean "gdpr"? known frameworks: gdpr, `) {
		t.Errorf("got %v", err)
	}
}

// lines reads a list in testdata without comments and blank lines.
func lines(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		if line := strings.TrimSpace(scanner.Text()); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// knownChecks is the list that mappings are held against.
func knownChecks(t *testing.T) []framework.CheckInfo {
	t.Helper()
	var out []framework.CheckInfo
	for _, line := range lines(t, "checks.txt") {
		id, collectors, _ := strings.Cut(line, " ")
		out = append(out, framework.CheckInfo{ID: id, Collectors: strings.Split(collectors, ",")})
	}
	return out
}

func TestEveryControlIsPresent(t *testing.T) {
	t.Parallel()
	counts := map[string]int{}
	var got []string
	for _, f := range load(t) {
		counts[f.ID] = len(f.Controls)
		for _, c := range f.Controls {
			got = append(got, f.ID+" "+c.ID)
		}
	}
	if diff := cmp.Diff(publishedCounts(), counts); diff != "" {
		t.Errorf("control counts (-published +got)\n%s", diff)
	}
	if diff := cmp.Diff(lines(t, "controls.txt"), got); diff != "" {
		t.Errorf("controls (-published +got)\n%s", diff)
	}
}

func TestControlsStandInNaturalOrder(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`(?m)^  - id: (.+)$`)
	for _, f := range load(t) {
		data, err := os.ReadFile(f.ID + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		_, controls, _ := strings.Cut(string(data), "\ncontrols:\n")
		var inFile, sorted []string
		for _, m := range id.FindAllStringSubmatch(controls, -1) {
			inFile = append(inFile, strings.Trim(m[1], `'"`))
		}
		for _, c := range f.Controls {
			sorted = append(sorted, c.ID)
		}
		if diff := cmp.Diff(sorted, inFile); diff != "" {
			t.Errorf("%s (-natural order +file)\n%s", f.ID, diff)
		}
	}
}

func TestIDsTagsAndLinks(t *testing.T) {
	t.Parallel()
	form := map[string]*regexp.Regexp{
		"gdpr":  regexp.MustCompile(`^Art\. [1-9][0-9]*(\([1-9][0-9]*\)(\([a-z]\))?)?$`),
		"hipaa": regexp.MustCompile(`^164\.[0-9]{3}(\([a-z]\))?(\([1-9][0-9]*\)(\([ivx]+\)(\([A-Z]\)(\([1-9]\))?)?)?)?$`),
	}
	links := []string{"https://www.ecfr.gov/", "https://eur-lex.europa.eu/", "https://www.federalregister.gov/"}
	tags := map[string]string{}
	for _, f := range load(t) {
		for _, c := range f.Controls {
			family, _, _ := strings.Cut(f.ID, "-")
			if notation, ok := form[family]; ok && !notation.MatchString(c.ID) {
				t.Errorf("%s: %q is not in the notation of its regulation", f.ID, c.ID)
			}
			if other, taken := tags[c.Tag]; taken {
				t.Errorf("%s %s and %s share the tag %s", f.ID, c.ID, other, c.Tag)
			}
			tags[c.Tag] = f.ID + " " + c.ID
			if !slices.ContainsFunc(links, func(prefix string) bool { return strings.HasPrefix(c.Link, prefix) }) {
				t.Errorf("%s %s: link %s is not an official source", f.ID, c.ID, c.Link)
			}
		}
	}
}

func TestParents(t *testing.T) {
	t.Parallel()
	for _, f := range load(t) {
		for _, c := range f.Controls {
			if c.Parent == "" {
				continue
			}
			parent, ok := f.Control(c.Parent)
			switch {
			case !ok || parent.Parent != "":
				t.Errorf("%s %s: parent %s must be a control that stands by itself", f.ID, c.ID, c.Parent)
			case framework.CompareIDs(parent.ID, c.ID) >= 0:
				t.Errorf("%s %s: parent %s does not come before it", f.ID, c.ID, c.Parent)
			case f.ID == "gdpr" && !strings.HasPrefix(c.ID, parent.ID+"("):
				t.Errorf("%s: %s is not a point of %s", f.ID, c.ID, parent.ID)
			case parent.ID[:len("164.312")] != c.ID[:len("164.312")]:
				t.Errorf("%s %s: parent %s stands in another section", f.ID, c.ID, c.Parent)
			}
		}
	}
}

// policyIDs lists the checks for which there is a policy, sorted.
func policyIDs(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../policies/*/*/policy.rego")
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(files))
	for i, f := range files {
		dir := filepath.Dir(f)
		out[i] = filepath.Base(filepath.Dir(dir)) + "." + filepath.Base(dir)
	}
	slices.Sort(out)
	return out
}

func idsOf(checks []framework.CheckInfo) []string {
	out := make([]string, len(checks))
	for i, c := range checks {
		out[i] = c.ID
	}
	return out
}

// TestMappingsNameRelatedChecks is the proof that no check is misspelt and that no control is covered by evidence of another world.
func TestMappingsNameRelatedChecks(t *testing.T) {
	t.Parallel()
	checks := knownChecks(t)
	if diff := cmp.Diff(policyIDs(t), idsOf(checks)); diff != "" {
		t.Errorf("checks (-policies +checks.txt)\n%s", diff)
	}
	all := load(t)
	for _, f := range all {
		if err := framework.Verify(f, checks); err != nil {
			t.Error(err)
		}
	}
	for _, c := range checks {
		if len(framework.ControlsOf(all, c.ID)) == 0 {
			t.Errorf("check %s is mapped to no control", c.ID)
		}
	}
}

func TestRationales(t *testing.T) {
	t.Parallel()
	first := strictyaml.Date{Year: 2026, Month: time.November, Day: 21}
	tomorrow := strictyaml.DateOf(time.Now().UTC().AddDate(0, 0, 1))
	seen := map[string]string{}
	var words []map[string]bool
	var where []string
	for _, f := range load(t) {
		for _, m := range f.Mappings {
			place := f.ID + " " + m.Control + " " + m.Check
			if len(m.Rationale) < 80 || len(m.Rationale) > 400 || !strings.HasSuffix(m.Rationale, ".") {
				t.Errorf("%s: the rationale is not one whole sentence of 80 to 400 characters: %s", place, m.Rationale)
			}
			if other, taken := seen[m.Rationale]; taken {
				t.Errorf("%s repeats the rationale of %s", place, other)
			}
			seen[m.Rationale] = place
			words, where = append(words, wordsOf(m.Rationale)), append(where, place)
			if m.Reviewed.Compare(first) < 0 || m.Reviewed.Compare(tomorrow) > 0 {
				t.Errorf("%s: reviewed on %s", place, m.Reviewed)
			}
		}
	}
	for i := range words {
		for j := range i {
			if overlap(words[i], words[j]) > 0.5 {
				t.Errorf("%s and %s have nearly the same rationale", where[j], where[i])
			}
		}
	}
}

func wordsOf(s string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(strings.ToLower(s)) {
		out[strings.Trim(word, ".,;()")] = true
	}
	return out
}

// overlap is the share of words that two texts have in common.
func overlap(a, b map[string]bool) float64 {
	common := 0
	for word := range a {
		if b[word] {
			common++
		}
	}
	return float64(common) / float64(len(a)+len(b)-common)
}

// TestNothingIsSilentlyUncovered holds that a control without a mapping says why: a person judges it, it is rolled up, or it is
// on the list of controls that wait for evidence. The list must be exact, so that it shrinks as checks arrive.
func TestNothingIsSilentlyUncovered(t *testing.T) {
	t.Parallel()
	var got []string
	for _, f := range load(t) {
		for _, c := range f.Controls {
			if len(f.MappingsOf(c.ID)) == 0 && c.Automation != framework.ManualOnly && c.Rollup == "" {
				got = append(got, f.ID+" "+c.ID)
			}
		}
	}
	var awaiting []string
	for _, line := range lines(t, "awaiting.txt") {
		control, _, _ := strings.Cut(line, " <-")
		awaiting = append(awaiting, control)
	}
	if diff := cmp.Diff(awaiting, got); diff != "" {
		t.Errorf("controls that wait for a check (-awaiting.txt +got)\n%s", diff)
	}
}

func TestDefaultFrameworks(t *testing.T) {
	t.Parallel()
	var got []string
	for _, f := range load(t) {
		if !f.Optional {
			got = append(got, f.ID)
		}
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(frameworks.Default())), got); diff != "" {
		t.Errorf("(-Default +not optional)\n%s", diff)
	}
}

func TestAProposalIsMarked(t *testing.T) {
	t.Parallel()
	for _, f := range load(t) {
		for _, c := range f.Controls {
			proposed := f.Status == framework.Proposed
			if proposed != strings.HasPrefix(c.Citation, "Proposed ") || proposed != (c.Designation == framework.DesignationProposed) ||
				proposed != (c.CitationConfidence != "") || proposed && !f.Optional {
				t.Errorf("%s (%s): %s, %s, confidence %q", f.ID, f.Status, c.Citation, c.Designation, c.CitationConfidence)
			}
			if v := c.Verified; v.Exact > v.Sources || v.Sources == 0 && c.CitationConfidence != framework.Low {
				t.Errorf("%s %s: verified %+v, confidence %q", f.ID, c.ID, v, c.CitationConfidence)
			}
		}
	}
}

func TestWording(t *testing.T) {
	t.Parallel()
	for _, f := range load(t) {
		data, err := os.ReadFile(f.ID + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(strings.ToLower(string(data)), "compliant") {
			t.Errorf("%s uses the word that Assay never prints", f.ID)
		}
	}
}
