// Package checktest runs the tests that stand beside a policy.
//
// A policy's folder holds cases.yaml, small snapshots with the verdict that each entity must get, and examples: Terraform
// files named after the verdict that they show (pass.tf, fail_inline.tf, unknown.tf, not_applicable.tf), which go through the
// real collector. In an example, every line that a failing finding must point to ends in the comment "# fail"; no
// finding may point to any other line. What is wrong with an account as a whole stands on no line.
package checktest

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/assay-audit/assay/internal/derive"
	"github.com/assay-audit/assay/internal/engine"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/policy"
)

// CasesFile is the name of the file with a policy's cases.
const CasesFile = "cases.yaml"

// AsOf is the time at which cases and examples are judged.
var AsOf = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// Case is one small snapshot and the verdicts that it must get.
type Case struct {
	Name     string   `yaml:"name"`
	Entities []Entity `yaml:"entities"`
	// Relations join entities by id; a relation with open set and no "to" says that more may exist.
	Relations []Relation `yaml:"relations"`
	// Coverage overrides the status of a kind; "kind", or "kind@scope" where the scope is a collector's or a part of one, to status.
	// Everything else is complete.
	Coverage map[string]string `yaml:"coverage"`
	// Collectors are the sources of the snapshot; terraform by default. Each has the scope of its entities: tf:t, aws:1,
	// host:h, gov:g.
	Collectors []string       `yaml:"collectors"`
	Params     map[string]any `yaml:"params"`
	Profile    string         `yaml:"profile"` // run by default
	// Expect maps entity ids (or a scope, where there is no entity) to the verdict.
	Expect map[string]finding.Status `yaml:"expect"`
	// Message is a text that some finding's message must contain; Severity is that of the first expected failure.
	Message  string           `yaml:"message"`
	Severity finding.Severity `yaml:"severity"`
}

// Entity is an entity in short form: attributes that are left out are unknown (not_collected).
type Entity struct {
	ID      string            `yaml:"id"`
	Kind    string            `yaml:"kind"`
	Plane   evidence.Plane    `yaml:"plane"` // declared by default
	Scope   string            `yaml:"scope"` // by default that of the plane: tf:t, aws:1, gov:g
	Name    string            `yaml:"name"`
	Aliases []string          `yaml:"aliases"`
	Attrs   map[string]any    `yaml:"attrs"`
	Unknown map[string]string `yaml:"unknown"` // path to reason; "rules[]" for a list with gaps
	NA      []string          `yaml:"na"`
}

// Relation joins two entities by id.
type Relation struct {
	Type string `yaml:"type"`
	From string `yaml:"from"`
	To   string `yaml:"to"`
	Open bool   `yaml:"open"`
}

// Outcome is what came of one case or example.
type Outcome struct {
	Check    string
	Name     string   // the case's name, or the example's file
	Problems []string // empty where it passed
	Verdicts []finding.Status
}

// Collect reads an example's directory into a snapshot; the caller supplies the real collector.
type Collect func(ctx context.Context, dir string) (*evidence.Snapshot, error)

// ReadCases reads the cases of a policy's folder; none where there is no file.
func ReadCases(dir fs.FS) ([]Case, error) {
	data, err := fs.ReadFile(dir, CasesFile)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Cases []Case `yaml:"cases"`
	}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(true)
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("%s: %w", CasesFile, err)
	}
	return doc.Cases, nil
}

// RunCase judges a case and compares the verdicts.
func RunCase(ctx context.Context, cat *policy.Catalogue, check *policy.Check, c Case) (Outcome, error) {
	out := Outcome{Check: check.ID, Name: c.Name}
	snap, err := c.snapshot()
	if err != nil {
		return out, fmt.Errorf("case %q: %w", c.Name, err)
	}
	derive.Derive(snap)
	res, err := engine.Evaluate(ctx, snap, cat, []policy.Check{*check}, engine.Options{Profile: cmp.Or(c.Profile, "run"), Params: c.Params})
	if err != nil {
		return out, err
	}
	for _, e := range res.Errors {
		out.Problems = append(out.Problems, e.Error())
	}
	got := map[string]finding.Finding{}
	said := false
	for _, f := range res.Findings {
		got[f.Entity.ID] = f
		said = said || strings.Contains(f.Message, c.Message) || slices.ContainsFunc(f.Reasons, func(r finding.Reason) bool {
			return strings.Contains(r.Message, c.Message)
		})
	}
	if len(c.Expect) == 0 {
		out.Problems = append(out.Problems, "the case expects nothing")
	}
	for id, want := range c.Expect {
		f, ok := got[id]
		switch {
		case !ok:
			out.Problems = append(out.Problems, fmt.Sprintf("%s: no verdict, want %s", id, want))
		case f.Status != want:
			out.Problems = append(out.Problems, fmt.Sprintf("%s: %s (%s), want %s", id, f.Status, f.Message, want))
		case want == finding.Fail && c.Severity != "" && f.Severity != c.Severity:
			out.Problems = append(out.Problems, fmt.Sprintf("%s: severity %s, want %s", id, f.Severity, c.Severity))
		}
		out.Verdicts = append(out.Verdicts, want)
	}
	if c.Message != "" && !said {
		out.Problems = append(out.Problems, fmt.Sprintf("no message contains %q", c.Message))
	}
	slices.Sort(out.Problems)
	slices.Sort(out.Verdicts)
	return out, nil
}

var scopeOf = map[string]string{"terraform": "tf:t", "aws": "aws:1", "host": "host:h", "governance": "gov:g"}

func (c Case) snapshot() (*evidence.Snapshot, error) {
	s := &evidence.Snapshot{AsOf: AsOf, Tool: "checktest"}
	collectors := c.Collectors
	if len(collectors) == 0 {
		collectors = []string{"terraform"}
	}
	for i, col := range collectors {
		scope, ok := scopeOf[col]
		if !ok {
			return nil, fmt.Errorf("collector %q is not known", col)
		}
		id := fmt.Sprintf("s%d", i+1)
		s.Sources = append(s.Sources, evidence.Source{ID: id, Collector: col, Scope: scope})
		s.Coverage = append(s.Coverage, evidence.Coverage{Kind: "*", Scope: scope, Source: id, Status: evidence.Complete})
		for target, status := range c.Coverage {
			kindName, at, found := strings.Cut(target, "@")
			if !found {
				at = scope
			}
			if at == scope || strings.HasPrefix(at, scope+":") {
				s.Coverage = append(s.Coverage, evidence.Coverage{Kind: kindName, Scope: at, Source: id, Status: evidence.CoverageStatus(status)})
			}
		}
	}
	uids := map[string]string{}
	for _, e := range c.Entities {
		ent, err := e.build()
		if err != nil {
			return nil, err
		}
		uids[e.ID] = ent.UID
		s.Entities = append(s.Entities, ent)
	}
	resolve := func(id string) string { return cmp.Or(uids[id], id) }
	for _, r := range c.Relations {
		s.Relations = append(s.Relations, evidence.Relation{Type: r.Type, From: resolve(r.From), To: resolveTo(r.To, resolve), Complete: !r.Open})
	}
	for _, e := range s.Entities { // uids in attributes are written as ids
		for path, v := range e.Attrs {
			e.Attrs[path] = resolveValue(v, uids)
		}
	}
	s.Merge() // entities that share an alias are one, as in a run
	s.Sort()
	return s, nil
}

func resolveTo(to string, resolve func(string) string) string {
	if to == "" {
		return ""
	}
	return resolve(to)
}

// resolveValue replaces "@id" by the uid of the entity with the id.
func resolveValue(v any, uids map[string]string) any {
	switch v := v.(type) {
	case string:
		if id, ok := strings.CutPrefix(v, "@"); ok && uids[id] != "" {
			return uids[id]
		}
	case []any:
		for i := range v {
			v[i] = resolveValue(v[i], uids)
		}
	case map[string]any:
		for k := range v {
			v[k] = resolveValue(v[k], uids)
		}
	case int:
		return int64(v)
	}
	return v
}

func (e Entity) build() (*evidence.Entity, error) {
	plane := cmp.Or(e.Plane, evidence.Declared)
	scope := e.Scope
	if scope == "" {
		scope = map[evidence.Plane]string{evidence.Declared: "tf:t", evidence.Observed: "aws:1", evidence.Attested: "gov:g"}[plane]
	}
	paths := kind.Paths(e.Kind)
	if len(kind.Types(e.Kind)) == 0 {
		return nil, fmt.Errorf("%s: kind %q is not known or has no attributes", e.ID, e.Kind)
	}
	out := &evidence.Entity{
		UID: scope + ":" + e.ID, ID: e.ID, Kind: e.Kind, Facets: kind.FacetsOf(e.Kind), Plane: plane, Scope: scope,
		Name: cmp.Or(e.Name, e.ID), Aliases: e.Aliases, Attrs: map[string]any{}, Unknown: map[string]evidence.Unknown{}, NA: e.NA,
	}
	check := func(path string) error {
		top, _, _ := strings.Cut(path, "[")
		if !slices.Contains(paths, top) {
			return fmt.Errorf("%s: kind %s has no attribute %q", e.ID, e.Kind, path)
		}
		return nil
	}
	for p, v := range e.Attrs {
		if err := check(p); err != nil {
			return nil, err
		}
		out.Attrs[p] = resolveValue(v, nil)
	}
	for p, r := range e.Unknown {
		if err := check(p); err != nil {
			return nil, err
		}
		out.Unknown[p] = evidence.Unknown{Reason: evidence.Reason(r), Detail: "in this case"}
	}
	for _, p := range e.NA {
		if err := check(p); err != nil {
			return nil, err
		}
	}
	for _, p := range paths {
		_, given := out.Attrs[p]
		_, unknown := out.Unknown[p]
		if !given && !unknown && !slices.Contains(e.NA, p) && !strings.HasPrefix(p, "derived.") {
			out.Unknown[p] = evidence.Unknown{Reason: evidence.NotCollected, Detail: "left out of the case"}
		}
	}
	return out, nil
}

// Examples lists the Terraform examples of a policy's folder, by name.
func Examples(dir fs.FS) ([]string, error) {
	files, err := fs.Glob(dir, "*.tf")
	slices.Sort(files)
	return files, err
}

// Wanted is the verdict that an example's name promises: the part before the first "_" or ".", not_applicable included.
func Wanted(file string) (finding.Status, error) {
	base := strings.TrimSuffix(path.Base(file), ".tf")
	for _, s := range finding.Statuses() {
		if base == string(s) || strings.HasPrefix(base, string(s)+"_") {
			return s, nil
		}
	}
	return "", fmt.Errorf("%s: an example's name begins with the verdict that it shows (pass, fail, unknown, not_applicable, review)", file)
}

// CheckExample judges a collected example: the wanted verdict must occur (and nothing worse than it), and failing findings must
// point to the lines marked "# fail", to all of them and to no others.
func CheckExample(ctx context.Context, cat *policy.Catalogue, check *policy.Check, file string, source []byte, snap *evidence.Snapshot) (Outcome, error) {
	out := Outcome{Check: check.ID, Name: file}
	want, err := Wanted(file)
	if err != nil {
		return out, err
	}
	derive.Derive(snap)
	res, err := engine.Evaluate(ctx, snap, cat, []policy.Check{*check}, engine.Options{Profile: "pr"})
	if err != nil {
		return out, err
	}
	for _, e := range res.Errors {
		out.Problems = append(out.Problems, e.Error())
	}
	out.Verdicts = []finding.Status{want}
	hit := false
	marked := map[int]bool{}
	for i, line := range strings.Split(string(source), "\n") {
		if strings.HasSuffix(strings.TrimSpace(line), "# fail") {
			marked[i+1] = false
		}
	}
	for _, f := range res.Findings {
		hit = hit || f.Status == want
		if want != finding.Fail && slices.Index(finding.Statuses(), f.Status) < slices.Index(finding.Statuses(), want) {
			out.Problems = append(out.Problems, fmt.Sprintf("%s is %s: %s", f.Entity.ID, f.Status, f.Message))
		}
		if f.Status == finding.Fail {
			out.Problems = append(out.Problems, strayLines(f, marked)...)
		}
	}
	if !hit {
		out.Problems = append(out.Problems, fmt.Sprintf("nothing is %s: %s", want, list(res.Findings)))
	}
	for line, seen := range marked {
		if !seen {
			out.Problems = append(out.Problems, fmt.Sprintf("no failing finding points to line %d, which is marked", line))
		}
	}
	slices.Sort(out.Problems)
	return out, nil
}

func strayLines(f finding.Finding, marked map[int]bool) []string {
	var out []string
	for _, r := range f.Reasons {
		if r.Location == nil {
			out = append(out, f.Entity.ID+": a failing finding has no place")
			continue
		}
		if r.Location.StartLine == 0 { // the file as a whole: an account stands on no line
			continue
		}
		if _, ok := marked[r.Location.StartLine]; !ok {
			out = append(out, fmt.Sprintf("%s: a failing finding points to line %d, which is not marked: %s", f.Entity.ID, r.Location.StartLine, r.Message))
			continue
		}
		marked[r.Location.StartLine] = true
	}
	return out
}

func list(fs []finding.Finding) string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%s is %s (%s)", f.Entity.ID, f.Status, f.Message))
	}
	return strings.Join(out, "; ")
}
