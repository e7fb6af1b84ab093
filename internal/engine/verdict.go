package engine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/policy"
)

// query asks for the verdict rules that the policy defines: proofs := {"fail": data.checks.<id>.fail, ...}.
func query(c *policy.Check) ast.Body {
	prefix := ast.Ref{ast.DefaultRootDocument, ast.StringTerm("checks")}
	for p := range strings.SplitSeq(c.ID, ".") {
		prefix = append(prefix, ast.StringTerm(p))
	}
	var pairs [][2]*ast.Term
	for _, r := range c.Rules {
		pairs = append(pairs, [2]*ast.Term{ast.StringTerm(r), ast.NewTerm(prefix.Append(ast.StringTerm(r)))})
	}
	return ast.NewBody(ast.Assign.Expr(ast.VarTerm("proofs"), ast.ObjectTerm(pairs...)))
}

// proof is one element of a verdict rule.
type proof struct {
	message, expected, actual, severity, path, reason string
	attributes                                        []string
	// at is the entity, with one of its attributes, whose place shows the reason where that is not the judged entity's own:
	// the trail that an account's verdict is about.
	at place
}

// place is an attribute of an entity, or the entity itself where no attribute is named.
type place struct{ uid, attribute string }

// verdicts are the proofs of one query, by rule and entity.
type verdicts struct {
	byRule map[string]map[string][]proof
	broken string // why the policy could not be evaluated
}

func (v verdicts) of(rule, uid string) []proof { return v.byRule[rule][uid] }

// readVerdicts reads the result of a query: each rule is a set of uids, or of objects with a uid and what it says.
func readVerdicts(result any) (verdicts, error) {
	rules, ok := result.(map[string]any)
	if !ok {
		return verdicts{}, errors.New("the policy's result is not an object")
	}
	out := verdicts{byRule: make(map[string]map[string][]proof, len(rules))}
	for rule, elements := range rules {
		list, ok := elements.([]any)
		if !ok {
			return verdicts{}, fmt.Errorf("%s is not a set", rule)
		}
		byUID := make(map[string][]proof, len(list))
		for _, el := range list {
			uid, p, err := readProof(el)
			if err != nil {
				return verdicts{}, fmt.Errorf("%s: %w", rule, err)
			}
			byUID[uid] = append(byUID[uid], p)
		}
		out.byRule[rule] = byUID
	}
	return out, nil
}

func readProof(el any) (string, proof, error) {
	if uid, ok := el.(string); ok {
		return uid, proof{}, nil
	}
	o, ok := el.(map[string]any)
	if !ok {
		return "", proof{}, errors.New("an element is neither a uid nor an object")
	}
	str := func(k string) string {
		s, _ := o[k].(string)
		return s
	}
	p := proof{
		message: str("message"), expected: str("expected"), actual: str("actual"), severity: str("severity"),
		path: str("path"), reason: str("reason"),
	}
	list, _ := o["attributes"].([]any)
	for _, a := range list {
		if s, ok := a.(string); ok {
			p.attributes = append(p.attributes, s)
		}
	}
	if at, ok := o["at"].(map[string]any); ok {
		p.at.uid, _ = at["uid"].(string)
		p.at.attribute, _ = at["attribute"].(string)
	}
	uid := str("uid")
	if uid == "" {
		return "", proof{}, errors.New("an element has no uid")
	}
	return uid, p, nil
}

// conclude turns the proofs about one entity into its finding.
func (w *world) conclude(t *task, position int, v verdicts) {
	e := w.snap.Entities[position]
	f := w.begin(t.check, e)
	fails := v.of("fail", e.UID)
	passes := v.of("pass", e.UID)
	reviews := v.of("review", e.UID)
	switch {
	case v.broken != "":
		w.undecided(&f, t, e, []proof{{reason: string(evidence.ParseError), message: "the policy could not be evaluated: " + v.broken}})
	case len(v.of("not_applicable", e.UID)) > 0:
		f.Status = finding.NotApplicable
		f.Message = cmp.Or(v.of("not_applicable", e.UID)[0].message, "the check does not apply to this "+e.Kind)
	case len(fails) > 0 && len(passes) > 0:
		msg := "the policy proves both a pass and a failure"
		t.errs = append(t.errs, EvalError{Check: t.check.ID, UID: e.UID, Detail: msg})
		w.undecided(&f, t, e, []proof{{reason: string(evidence.ParseError), message: msg}})
	case len(fails) > 0:
		f.Status = finding.Fail
		w.explain(&f, e, fails)
	case len(passes) > 0:
		f.Status = finding.Pass
		w.explain(&f, e, passes)
		if f.Message == "" {
			f.Message = shownBy(e.Plane) + ": " + t.check.Title
		}
	case len(reviews) > 0:
		f.Status = finding.Review
		w.explain(&f, e, reviews)
	default:
		w.undecided(&f, t, e, v.of("unknown", e.UID))
	}
	f.Fingerprint = finding.Fingerprint(f.Check, e.Scope, e.ID, f.Attributes)
	t.findings = append(t.findings, f)
}

// shownBy says on what a proof rests.
func shownBy(p evidence.Plane) string {
	switch p {
	case evidence.Declared:
		return "shown by code"
	case evidence.Observed:
		return "shown by measurement"
	case evidence.Attested:
		return "shown by records"
	}
	return "shown"
}

func (w *world) begin(c *policy.Check, e *evidence.Entity) finding.Finding {
	f := finding.Finding{
		Check: c.ID, Title: c.Title, Severity: c.Severity, Remediation: c.Remediation,
		Entity: finding.Entity{
			ID: e.ID, Kind: e.Kind, Plane: e.Plane, Scope: e.Scope, Name: e.Name, UID: e.UID, Aliases: e.Aliases, Former: e.Former,
		},
		Attributes: []string{}, Unknown: []finding.UnknownPath{}, Controls: []finding.ControlRef{},
	}
	return f
}

// explain writes the proofs of a verdict into the finding: the worst severity, every reason with its place, and the sum of
// them in the finding's own fields.
func (w *world) explain(f *finding.Finding, e *evidence.Entity, proofs []proof) {
	slices.SortStableFunc(proofs, func(a, b proof) int { // stable: proofs that are remembered come here again, sorted
		return cmp.Or(slices.Compare(a.attributes, b.attributes), cmp.Compare(a.message, b.message))
	})
	var expected, actual []string
	var shown []evidence.Provenance
	worst := finding.Severity("")
	for _, p := range proofs {
		if s := finding.Severity(p.severity); s.Rank() > worst.Rank() {
			worst = s
		}
		if p.severity == "" && f.Severity.Rank() > worst.Rank() {
			worst = f.Severity
		}
		for _, a := range p.attributes {
			f.Attributes = append(f.Attributes, finding.Generic(a))
		}
		if p.message == "" && len(p.attributes) == 0 {
			continue
		}
		f.Reasons = append(f.Reasons, finding.Reason{
			Message: p.message, Expected: p.expected, Actual: p.actual, Attributes: p.attributes, Location: w.locate(e, p),
		})
		shown = append(shown, w.provenance(e, p)...)
		expected, actual = appendNew(expected, p.expected), appendNew(actual, p.actual)
	}
	if worst != "" {
		f.Severity = worst
	}
	slices.Sort(f.Attributes)
	f.Attributes = slices.Compact(f.Attributes)
	f.Expected, f.Actual = strings.Join(expected, "; "), strings.Join(actual, "; ")
	f.Location = location(e, nil)
	if len(f.Reasons) > 0 {
		f.Message = f.Reasons[0].Message
		f.Location = f.Reasons[0].Location
	}
	if n := len(f.Reasons) - 1; n > 0 {
		f.Message += fmt.Sprintf(" (and %d more)", n)
	}
	f.Provenance = distinct(shown, e)
}

func appendNew(list []string, s string) []string {
	if s == "" || slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// undecided makes the finding unknown: what the policy says of it, else every attribute that the policy reads and that is
// not known, else that related evidence is missing.
func (w *world) undecided(f *finding.Finding, t *task, e *evidence.Entity, said []proof) {
	f.Status = finding.Unknown
	for _, p := range said {
		f.Unknown = append(f.Unknown, finding.UnknownPath{
			Path: p.path, Reason: evidence.Reason(cmp.Or(p.reason, string(evidence.NotCollected))), Detail: p.message,
		})
		if p.path != "" {
			f.Attributes = append(f.Attributes, finding.Generic(p.path))
		}
	}
	if len(f.Unknown) == 0 {
		f.Unknown = unknownPaths(t.check, e)
		for _, u := range f.Unknown {
			f.Attributes = append(f.Attributes, finding.Generic(u.Path))
		}
	}
	if len(f.Unknown) == 0 {
		f.Unknown = []finding.UnknownPath{{
			Reason: evidence.Unlinked, Detail: "the evidence on what this " + e.Kind + " is related to is not complete",
		}}
	}
	slices.SortFunc(f.Unknown, func(a, b finding.UnknownPath) int {
		return cmp.Or(cmp.Compare(rank(a.Path), rank(b.Path)), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason),
			cmp.Compare(a.Detail, b.Detail))
	})
	slices.Sort(f.Attributes)
	f.Attributes = slices.Compact(f.Attributes)
	first := f.Unknown[0]
	f.Message = "cannot be decided: " + cmp.Or(first.Detail, first.Path+" is not known")
	if first.Path != "" && first.Detail != "" {
		f.Message = fmt.Sprintf("cannot be decided: %s is not known (%s)", first.Path, first.Detail)
	}
	f.Location = location(e, []string{first.Path})
	f.Provenance = distinct(w.provenance(e, proof{attributes: []string{first.Path}}), e)
}

// rank puts what a collector reads before what is derived from it.
func rank(path string) int {
	if strings.HasPrefix(path, "derived.") {
		return 1
	}
	return 0
}

// unknownPaths are the entity's unknown attributes that the check's own policy reads.
func unknownPaths(c *policy.Check, e *evidence.Entity) []finding.UnknownPath {
	var out []finding.UnknownPath
	for path, u := range e.Unknown {
		top, _ := listOf(path)
		if _, ok := slices.BinarySearch(c.Reads, top); ok {
			out = append(out, finding.UnknownPath{Path: path, Reason: u.Reason, Detail: u.Detail})
		}
	}
	return out
}

var element = regexp.MustCompile(`^(.*\[\d+\])`)

// location is the place of the first of the attributes that has one, else of the entity; nil without a file.
func location(e *evidence.Entity, attributes []string) *finding.Location {
	for _, a := range attributes {
		if l := placeOf(lookup(e, a)); l != nil {
			return l
		}
	}
	if len(e.Prov) > 0 {
		if l := placeOf(e.Prov[0]); l != nil {
			return l
		}
	}
	return written(e, attributes)
}

// written is the place in code of what was observed, where the snapshot joins the two: it is there that a finding on the live thing is mended.
func written(e *evidence.Entity, attributes []string) *finding.Location {
	code, ok := e.Planes[evidence.Declared]
	if !ok || e.Plane == evidence.Declared {
		return nil
	}
	return location(&evidence.Entity{Plane: evidence.Declared, Prov: code.Prov, AttrProv: code.AttrProv}, attributes)
}

func placeOf(p evidence.Provenance) *finding.Location {
	l := p.Locator
	if l.File == "" {
		return nil
	}
	return &finding.Location{
		File: l.File, StartLine: l.Line, EndLine: max(l.Line, l.EndLine), StartColumn: l.Column, EndColumn: l.EndColumn, Module: l.Module,
	}
}

// lookup finds the most specific provenance of an attribute path: its own, its list element's, its list's, the entity's.
func lookup(e *evidence.Entity, path string) evidence.Provenance {
	for _, candidate := range []string{path, element.FindString(path), before(path, "["), before(path, ".")} {
		if i, ok := e.AttrProv[candidate]; ok && candidate != "" && i < len(e.Prov) {
			return e.Prov[i]
		}
	}
	p, _ := e.ProvOf(path)
	return p
}

func before(s, sep string) string {
	head, _, _ := strings.Cut(s, sep)
	return head
}

// locate is the place of a reason: that of what it points at, else of the judged entity.
func (w *world) locate(e *evidence.Entity, p proof) *finding.Location {
	if i, ok := w.position[p.at.uid]; ok {
		if l := location(w.snap.Entities[i], []string{p.at.attribute}); l != nil {
			return l
		}
	}
	return location(e, p.attributes)
}

// provenance is where the attributes of a reason were read, and what it points at.
func (w *world) provenance(e *evidence.Entity, p proof) []evidence.Provenance {
	var out []evidence.Provenance
	for _, a := range p.attributes {
		out = append(out, lookup(e, a))
	}
	if i, ok := w.position[p.at.uid]; ok {
		out = append(out, lookup(w.snap.Entities[i], p.at.attribute))
	}
	return out
}

// distinct leaves out repeats and what says nothing; the entity's own provenance stands in where nothing is left.
func distinct(list []evidence.Provenance, e *evidence.Entity) []evidence.Provenance {
	var out []evidence.Provenance
	for _, p := range list {
		if p.Method != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if len(out) == 0 && len(e.Prov) > 0 {
		out = append(out, e.Prov[0])
	}
	return out
}

// scopeFindings gives what a check has to say about whole scopes. Where a unit was not read completely, an entity that nobody saw could
// fail: that is unknown, whatever the others say. Where there is no entity of any unit at all and everything was read, the check
// is not applicable.
//
// In the pr profile a kind that no collector of the run reads is left to a later audit; what should have been read and was not is
// not: it is why the run is incomplete.
func (w *world) scopeFindings(c *policy.Check, scopes []string, profile string) []finding.Finding {
	populated := w.population(c) > 0
	var out []finding.Finding
	for _, scope := range scopes {
		gaps, relevant := w.gaps(c, scope)
		if w.withheld[c.ID][scope] {
			gaps = forOthers(c, scope)
		}
		if len(gaps) == 0 && (populated || !relevant && len(scopes) > 1) {
			continue
		}
		f := finding.Finding{
			Check: c.ID, Title: c.Title, Severity: c.Severity, Remediation: c.Remediation,
			Entity:     finding.Entity{ID: scope, Kind: c.Units[0], Plane: planeOf(scope), Scope: scope, Name: scope},
			Attributes: []string{}, Unknown: gaps, Controls: []finding.ControlRef{}, Status: finding.Unknown,
		}
		switch {
		case len(gaps) > 0:
			f.Message = "cannot be decided: " + gaps[0].Detail
		case relevant:
			f.Status, f.Unknown = finding.NotApplicable, []finding.UnknownPath{}
			f.Message = "there is no " + strings.Join(c.Units, " or ") + " in " + scope
		default:
			f.Unknown = []finding.UnknownPath{{
				Path: c.Units[0], Reason: evidence.NotCollected, Detail: "no collector in this run reads " + strings.Join(c.Units, " or "),
			}}
			f.Message = "cannot be decided: " + f.Unknown[0].Detail
			f.Deferred = profile == "pr"
		}
		f.Fingerprint = finding.Fingerprint(f.Check, scope, scope, nil)
		out = append(out, f)
	}
	return out
}

// gaps lists the units of a check that were not read completely in a scope or a part of it, such as a region of an account, and reports
// whether the scope's collector reads any of the units.
func (w *world) gaps(c *policy.Check, scope string) (gaps []finding.UnknownPath, relevant bool) {
	gaps = []finding.UnknownPath{}
	for _, u := range c.Units {
		var unread, left []string
		parts := 0
		for _, part := range slices.Sorted(maps.Keys(w.coverage[u])) {
			if part != scope && !strings.HasPrefix(part, scope+":") {
				continue
			}
			parts++
			st := w.coverage[u][part]
			if st.status == evidence.Complete {
				continue
			}
			detail := "coverage of " + u + " in " + part + " is " + string(st.status)
			if st.detail != "" {
				detail += ": " + st.detail
			}
			if part != scope && st.status == evidence.Skipped {
				left = append(left, detail)
				continue
			}
			unread = append(unread, detail)
		}
		relevant = relevant || parts > 0
		if parts > 0 && len(left) == parts {
			unread = left // a part that the target leaves out is outside of the audit; where all are, nothing was read
		}
		if len(unread) == 0 {
			continue
		}
		detail := unread[0]
		if more := len(unread) - 1; more > 0 {
			detail += fmt.Sprintf(" (and %d more scopes)", more)
		}
		gaps = append(gaps, finding.UnknownPath{Path: u, Reason: evidence.NotCollected, Detail: detail})
	}
	return gaps, relevant
}

func planeOf(scope string) evidence.Plane {
	switch {
	case strings.HasPrefix(scope, "tf:"):
		return evidence.Declared
	case strings.HasPrefix(scope, "gov:"):
		return evidence.Attested
	}
	return evidence.Observed
}

// deferrable reports whether every reason is one that a pull request cannot settle: the value comes with apply, cannot be
// stated in code, or belongs to evidence that a pull-request run does not collect.
func deferrable(unknown []finding.UnknownPath) bool {
	for _, u := range unknown {
		switch u.Reason {
		case evidence.Computed, evidence.Unresolved, evidence.NotInPlane, evidence.NotCollected, evidence.Unlinked, evidence.NotAttested:
		default:
			return false
		}
	}
	return true
}
