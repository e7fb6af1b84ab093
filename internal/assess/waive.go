package assess

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/strictyaml"
	"github.com/assay-audit/assay/internal/waiver"
)

// The states of a waiver.
const (
	Active   = "active"   // it holds
	Expired  = "expired"  // its last day is over
	Orphaned = "orphaned" // nothing that it names fails
	Invalid  = "invalid"  // unreadable, incomplete, unapproved, valid for too long or over-broad
)

// MaxMatches is how many findings one waiver may cover. One that covers more is no exception but a rule, and belongs into the policy's
// parameters.
const MaxMatches = 20

// DefaultMaxDays is how far ahead a waiver may expire where the policy says nothing.
const DefaultMaxDays = 365

// WaiverPolicy says which exceptions an organisation accepts.
type WaiverPolicy struct {
	Approvers []string // who may approve; empty = nobody
	MaxDays   int      // how many days ahead a waiver may expire; 0 = DefaultMaxDays
	Inline    bool     // comments in code count
	Proof     string   // the weakest proof of an approval that is accepted: see waiver.Proofs; "" = a statement
}

// WaiveInput is what waiving needs.
type WaiveInput struct {
	Findings []finding.Finding // sorted; those that are covered get their waiver
	Snapshot *evidence.Snapshot
	Checks   []string // ids of all checks that there are
	Judged   []string // ids of the checks that judged in this run
	AsOf     time.Time
	Policy   WaiverPolicy
}

// Waive applies the exceptions of the snapshot to the findings, and says what came of each. A finding that is covered gets its waiver, and
// is otherwise left as it is; so are all others. The exceptions get derived.matches and derived.problems, for the check that judges them.
func Waive(in WaiveInput) []WaiverState {
	w := &waiving{WaiveInput: in, byCheck: map[string][]int{}, names: map[string]int{}}
	for i := range in.Findings {
		w.byCheck[in.Findings[i].Check] = append(w.byCheck[in.Findings[i].Check], i)
	}
	states := []WaiverState{}
	for _, e := range in.Snapshot.Entities {
		if e.Kind != waiver.Kind || slices.Contains(e.NA, "check") {
			continue
		}
		if _, stated := e.Attrs["check"]; !stated && e.Unknown["check"].Reason == evidence.NotCollected {
			continue // a decision about a requirement, which is no waiver
		}
		states = append(states, w.exception(e))
	}
	return states
}

type waiving struct {
	WaiveInput

	byCheck map[string][]int // findings by check
	names   map[string]int   // register and id -> line
}

// problem is why an exception does not hold.
type problem struct{ kind, detail, attribute string }

// exception judges one exception and covers what it covers.
func (w *waiving) exception(e *evidence.Entity) WaiverState {
	st := WaiverState{
		Waiver: finding.Waiver{
			ID: e.Name, Reason: text(e, "reason"), Approver: text(e, "approved_by"), Expires: text(e, "expires_on"),
			Requester: text(e, "requested_by"), Ticket: text(e, "ticket"), Measure: text(e, "alternative_measure"),
			ApprovedOn: text(e, "approved_on"), Approval: text(e, "approval"), ApprovalRef: text(e, "approval_ref"),
		},
		Check: text(e, "check"), Selector: text(e, "subject"), Scope: text(e, "subject_scope"), State: Active, Problems: []string{},
		Location: placeOf(e),
	}
	problems := w.form(e, st)
	fails, open := w.matching(e, st)
	if len(problems) == 0 {
		problems = w.extent(st, fails, open)
	}
	st.Matches = len(fails)
	for _, p := range problems {
		st.Problems = append(st.Problems, p.detail)
		st.ProblemLines = append(st.ProblemLines, lineOf(e, p.attribute))
		st.State = worse(st.State, p.kind)
	}
	if st.State == Active {
		for _, i := range fails {
			if w.Findings[i].Waiver == nil {
				covered := st.Waiver
				w.Findings[i].Waiver = &covered
			}
		}
	}
	derive(e, len(fails), problems)
	return st
}

// worse is the state after one more problem: what is invalid stays so.
func worse(state, problem string) string {
	switch {
	case problem != Expired && problem != Orphaned, state == Invalid:
		return Invalid
	case state == Expired:
		return Expired
	}
	return problem
}

// form says what is wrong with the exception itself.
func (w *waiving) form(e *evidence.Entity, st WaiverState) []problem {
	if u, ok := e.Unknown["check"]; ok && u.Reason == evidence.ParseError {
		return []problem{{"unreadable", u.Detail, "check"}}
	}
	inline := len(e.Prov) > 0 && e.Prov[0].Method == waiver.MethodHCL
	var out []problem
	needed := []string{"check", "subject", "reason", "expires_on", "approved_on", "requested_by", "approved_by"}
	if inline {
		needed = needed[:4]
	}
	for _, path := range needed {
		if u, ok := e.Unknown[path]; ok {
			out = append(out, problem{"incomplete", u.Detail, path})
		}
	}
	if key := e.Scope + "\x00" + e.Name; !inline {
		if line, used := w.names[key]; used {
			out = append(out, problem{"incomplete", fmt.Sprintf("the id %s is used in line %d already", e.Name, line), "check"})
		} else {
			w.names[key] = lineOf(e, "")
		}
	}
	if p, wrong := w.unknownCheck(st.Check); wrong {
		out = append(out, p)
	}
	out = append(out, w.approval(e, st, inline)...)
	return append(out, w.dates(st)...)
}

func (w *waiving) unknownCheck(check string) (problem, bool) {
	if check == "" || strings.Trim(check, "*.") == "" {
		return problem{}, false
	}
	for _, id := range w.Checks {
		if ok, _ := path.Match(check, id); ok {
			return problem{}, false
		}
	}
	detail := fmt.Sprintf("no check is called %q (see: assay check list)", check)
	if near := strictyaml.Nearest(check, w.Checks); near != "" {
		detail = fmt.Sprintf("no check is called %q; did you mean %q?", check, near)
	}
	return problem{"incomplete", detail, "check"}, true
}

// approval says what is wrong with who approved and how that is proved.
func (w *waiving) approval(e *evidence.Entity, st WaiverState, inline bool) []problem {
	var out []problem
	unapproved := func(attribute, format string, args ...any) {
		out = append(out, problem{"unapproved", fmt.Sprintf(format, args...), attribute})
	}
	switch {
	case inline && !w.Policy.Inline:
		unapproved("approval", "comments in code are not accepted as waivers here (waiver_policy.inline in assay.yaml)")
	case inline || st.Approver == "":
	case len(w.Policy.Approvers) == 0:
		unapproved("approved_by", "nobody may approve waivers: name the approvers in assay.yaml (waiver_policy.approvers)")
	case !slices.ContainsFunc(w.Policy.Approvers, func(a string) bool { return strings.EqualFold(a, st.Approver) }):
		unapproved("approved_by", "%s is not among the approvers (waiver_policy.approvers in assay.yaml)", st.Approver)
	}
	if st.Approver != "" && strings.EqualFold(st.Approver, st.Requester) {
		unapproved("approved_by", "%s cannot approve a waiver that %s asked for", st.Approver, st.Requester)
	}
	proofs := waiver.Proofs()
	if u, broken := e.Unknown["approval"]; broken && u.Reason == evidence.ParseError {
		unapproved("approval", "%s", u.Detail)
	} else if slices.Index(proofs, cmp.Or(st.Approval, waiver.ByStatement)) < slices.Index(proofs, w.Policy.Proof) {
		unapproved("approval", "the approval must be proved by a %s (waiver_policy.proof in assay.yaml), and %s", w.Policy.Proof,
			cmp.Or(st.ApprovalRef, "only the entry says so"))
	}
	return out
}

// dates holds the last day against the time of the snapshot. A waiver holds until the end of that day, UTC.
func (w *waiving) dates(st WaiverState) []problem {
	last, err := strictyaml.ParseDate(st.Expires)
	if err != nil {
		return nil // said already
	}
	days := cmp.Or(w.Policy.MaxDays, DefaultMaxDays)
	today := strictyaml.DateOf(w.AsOf.UTC())
	switch {
	case last.Compare(today) < 0:
		return []problem{{Expired, "expired on " + st.Expires, "expires_on"}}
	case last.Compare(strictyaml.DateOf(today.Time().AddDate(0, 0, days))) > 0:
		return []problem{{"too_long", fmt.Sprintf("expires on %s, more than %d days ahead (waiver_policy.max_days in assay.yaml)", st.Expires, days), "expires_on"}}
	}
	return nil
}

// extent says whether the exception covers too much, or nothing.
func (w *waiving) extent(st WaiverState, fails []int, open bool) []problem {
	broad := func(attribute, detail string) []problem { return []problem{{"over_broad", detail, attribute}} }
	switch {
	case strings.Trim(st.Check, "*.") == "":
		return broad("check", "it names every check: name one, or a domain such as enc.*")
	case strings.Trim(st.Selector, "*") == "" && strings.Trim(st.Scope, "*") == "":
		return broad("subject", "it names every entity: name one, or those of a scope")
	case len(fails) > MaxMatches:
		return broad("subject", fmt.Sprintf("it covers %d findings; at most %d may share a waiver", len(fails), MaxMatches))
	case len(fails) > 0 || open:
		return nil
	}
	return []problem{{Orphaned, "nothing that it names fails: remove it", "subject"}}
}

// matching returns the failing findings that the exception names. Open is true where this run cannot tell whether there are more: a
// check did not judge, a scope is no part of the run, or a verdict is unknown.
func (w *waiving) matching(e *evidence.Entity, st WaiverState) (fails []int, open bool) {
	inline := len(e.Prov) > 0 && e.Prov[0].Method == waiver.MethodHCL
	judged, seen := false, false
	for _, check := range slices.Sorted(maps.Keys(w.byCheck)) {
		if ok, _ := path.Match(st.Check, check); !ok || st.Check == "" || st.Selector == "" {
			continue
		}
		judged = judged || slices.Contains(w.Judged, check)
		for _, i := range w.byCheck[check] {
			f := &w.Findings[i]
			if f.Entity.Kind == waiver.Kind || st.Scope != "" && !glob(st.Scope, f.Entity.Scope) {
				continue
			}
			seen = true
			wholeScope := f.Entity.ID == f.Entity.Scope
			switch named := names(st.Selector, &f.Entity, inline); {
			case named && f.Status == finding.Fail:
				fails = append(fails, i)
			case (named || wholeScope) && f.Status == finding.Unknown:
				open = true
			}
		}
	}
	return fails, open || !judged || !seen
}

// names reports whether the selector names the entity: by its id or uid, another name or an earlier address. The selector of a comment
// is a resource, which stands for all its instances and all that is made of them.
func names(selector string, e *finding.Entity, inline bool) bool {
	for _, list := range [][]string{{e.ID, e.UID}, e.Aliases, e.Former} {
		for _, name := range list {
			if rest, ok := strings.CutPrefix(name, selector); ok && (rest == "" || inline && (rest[0] == '[' || rest[0] == '#')) {
				return true
			}
			if !inline && glob(selector, name) {
				return true
			}
		}
	}
	return false
}

// glob matches a text with a pattern in which * stands for any text, and nothing else is special.
func glob(pattern, s string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		_, after, found := strings.Cut(s, part)
		if !found {
			return false
		}
		s = after
	}
	return strings.HasSuffix(s, parts[last])
}

func text(e *evidence.Entity, path string) string {
	s, _ := e.Attrs[path].(string)
	return s
}

func placeOf(e *evidence.Entity) *finding.Location {
	if len(e.Prov) == 0 || e.Prov[0].Locator.File == "" {
		return nil
	}
	l := e.Prov[0].Locator
	return &finding.Location{File: l.File, StartLine: l.Line, EndLine: max(l.Line, l.EndLine), Module: l.Module}
}

func lineOf(e *evidence.Entity, attribute string) int {
	p, _ := e.ProvOf(attribute)
	return p.Locator.Line
}

// derive writes what was found of the exception into it.
func derive(e *evidence.Entity, matches int, problems []problem) {
	list := make([]kind.ExceptionProblem, 0, len(problems))
	for _, p := range problems {
		list = append(list, kind.ExceptionProblem{Problem: kind.Known(p.kind), Detail: kind.Known(p.detail), Attribute: kind.Known(p.attribute)})
	}
	kind.Fill(e, struct {
		Matches  kind.Attr[int64]                   `attr:"derived.matches"`
		Problems kind.Attr[[]kind.ExceptionProblem] `attr:"derived.problems"`
	}{kind.Known(int64(matches)), kind.Known(list)})
}
