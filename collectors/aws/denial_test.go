package aws

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/collectors/aws/services"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/engine" //nolint:depguard // the test judges what was collected
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/kind"
)

// TestEachDenial denies the operations of a hospital's collection, one at a time, and holds the law of honesty: what is denied becomes
// unknown or uncovered, nothing else changes, and no verdict becomes better or worse for it, only undecided.
func TestEachDenial(t *testing.T) {
	p, _ := hospital(t)
	mustCollect(t, hospitalTarget) // has IAM make its credential report; from now on every answer is always the same
	p.Replay()
	whole := derived(mustCollect(t, hospitalTarget))
	calls := operations(p)
	j := newJudge(t)
	want := j.verdicts(t, whole, nil)
	if len(whole.Entities) < 30 || len(want) < 200 {
		t.Fatalf("%d entities and %d verdicts: the hospital was not read", len(whole.Entities), len(want))
	}
	tells := told()
	for _, call := range calls {
		t.Run(call.String(), func(t *testing.T) {
			p.Clear()
			p.Inject(awslab.Match{Service: call.Service, Operation: call.Operation}, awslab.Deny())
			got, err := collect(t.Context(), t, hospitalTarget)
			if err != nil {
				t.Fatal(err)
			}
			got = derived(got)
			d := denial{whole: byUID(whole), got: byUID(got), tells: tells[call.String()], coverage: got.Coverage}
			for _, problem := range d.problems() {
				t.Error(problem)
			}
			for _, problem := range dishonest(want, j.verdicts(t, got, engine.NewMemory(whole, got))) {
				t.Error(problem)
			}
			if !mentions(got, call.Operation) {
				t.Errorf("no problem of the source names %s", call.Operation)
			}
		})
	}
}

// operations are the kinds of calls that the proxy saw, without those that find the account.
func operations(p *awslab.Proxy) []awslab.Call {
	var out []awslab.Call
	for _, c := range p.Calls() {
		if c.Service != "sts" {
			out = append(out, awslab.Call{Service: c.Service, Operation: c.Operation})
		}
	}
	return slices.Compact(out)
}

// told are what the operations tell, by the prefix of IAM's actions and the operation.
func told() map[string][]string {
	out := map[string][]string{}
	for _, s := range services.Services() {
		for _, o := range s.Operations {
			prefix, _, _ := strings.Cut(s.Permissions(api.Operation{Name: o.Name})[0], ":")
			out[prefix+":"+o.Name] = append(out[prefix+":"+o.Name], o.Tells...)
		}
	}
	return out
}

// denial compares what was collected with and without a permission.
type denial struct {
	whole, got map[string]*evidence.Entity
	tells      []string
	coverage   []evidence.Coverage
}

func byUID(s *evidence.Snapshot) map[string]*evidence.Entity {
	out := make(map[string]*evidence.Entity, len(s.Entities))
	for _, e := range s.Entities {
		out[e.UID] = e
	}
	return out
}

func (d *denial) problems() []string {
	var out []string
	for uid, e := range d.whole {
		if d.got[uid] == nil {
			out = append(out, d.lost(e)...)
			continue
		}
		out = append(out, d.changed(e, d.got[uid])...)
	}
	for uid, e := range d.got {
		if d.whole[uid] == nil && !strings.HasSuffix(uid, "#automated-backups") { // a plan that may be on is there, of one that is off there is none
			out = append(out, fmt.Sprintf("%s %s is there only where the call is denied", e.Kind, uid))
		}
	}
	slices.Sort(out)
	return out
}

// otherReasons are the attributes that a denial leaves unknown for a reason of their own.
func otherReasons() map[string]string {
	const summary = "that root has a password follows from a list of one account; else moto's summary would have to say so, and does not"
	return map[string]string{
		"principal disabled_at": "IAM says of nobody since when, and who is enabled has no such time", "account root.credentials_managed_centrally": summary,
		"principal enabled": summary, "principal interactive": summary,
	}
}

// lost says what is wrong about an entity that is not found any more: its kind must be told by the operation, and not be covered.
func (d *denial) lost(e *evidence.Entity) []string {
	for _, c := range d.coverage {
		about := c.Kind == e.Kind || slices.Contains(e.Facets, c.Kind)
		if about && c.Status != evidence.Complete && (evidence.Within(e.Scope, c.Scope) || evidence.Within(c.Scope, e.Scope)) {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s %s is lost, and coverage of %s in %s says complete", e.Kind, e.UID, e.Kind, e.Scope)}
}

// changed says what is wrong about the attributes that differ: they must have become unknown, because access is denied, and be told by the
// operation. What is derived follows.
func (d *denial) changed(was, is *evidence.Entity) []string {
	var out []string
	for path, u := range is.Unknown {
		if _, already := was.Unknown[path]; already || derivedPath(was.Kind, path) {
			continue
		}
		if _, excused := otherReasons()[was.Kind+" "+path]; u.Reason != evidence.AccessDenied && !excused {
			out = append(out, fmt.Sprintf("%s %s of %s is unknown because %s (%s), want access_denied", was.Kind, path, was.UID, u.Reason, u.Detail))
		}
		if !d.tellsOf(path) {
			out = append(out, fmt.Sprintf("%s %s is hidden, and the operation tells only %q", was.Kind, path, d.tells))
		}
	}
	for path, value := range is.Attrs {
		if before, known := was.Attrs[path]; !derivedPath(was.Kind, path) && (!known || !reflect.DeepEqual(before, value)) && !shorter(is, path, before, value) {
			out = append(out, fmt.Sprintf("%s %s of %s was %v and is %v", was.Kind, path, was.UID, before, value))
		}
	}
	for _, path := range is.NA {
		if !slices.Contains(was.NA, path) {
			out = append(out, fmt.Sprintf("%s %s of %s is not applicable now", was.Kind, path, was.UID))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// shorter reports whether a list is known in part now: what is left of it was there before.
func shorter(is *evidence.Entity, path string, before, now any) bool {
	was, wasList := before.([]any)
	left, isList := now.([]any)
	if !wasList || !isList {
		return false
	}
	if _, open := is.Unknown[path+"[]"]; !open {
		for inner := range is.Unknown {
			if strings.HasPrefix(inner, path+"[].") {
				return len(was) == len(left) // the same elements, each without what is not known
			}
		}
		return false
	}
	return len(left) <= len(was) && !slices.ContainsFunc(left, func(x any) bool {
		_, whole := x.(string)
		return whole && !slices.Contains(was, x)
	})
}

// tellsOf reports whether the operation tells the path, or a kind without which it cannot be known. One that tells nothing in particular is
// always called.
func (d *denial) tellsOf(path string) bool {
	top, _, _ := strings.Cut(path, "[]")
	return len(d.tells) == 0 || slices.Contains(d.tells, top) || slices.ContainsFunc(d.tells, func(w string) bool { return len(kind.Paths(w)) > 0 })
}

// derivedPath reports whether the path is computed from others after collecting.
func derivedPath(kindName, path string) bool {
	for _, t := range kind.Types(kindName) {
		for member := range t.Fields() {
			if member.Tag.Get("attr") == path {
				return member.Tag.Get("derived") != ""
			}
		}
	}
	return false
}

// dishonest lists the verdicts that changed to anything but undecided.
func dishonest(want, got map[verdictKey]finding.Finding) []string {
	var out []string
	for k, f := range got {
		before, judged := want[k]
		switch {
		case f.Status == finding.Unknown, judged && before.Status == f.Status:
		case judged:
			out = append(out, fmt.Sprintf("%s on %s was %s (%s) and is %s: %s", k.check, k.entity, before.Status, before.Message, f.Status, f.Message))
		default:
			out = append(out, fmt.Sprintf("%s on %s was not judged and is %s: %s", k.check, k.entity, f.Status, f.Message))
		}
	}
	gone := map[string]string{}
	undecided := map[string]bool{}
	for k, f := range got {
		if f.Status == finding.Unknown {
			undecided[k.check] = true
		}
	}
	for k, f := range want {
		if _, still := got[k]; !still && f.Status != finding.NotApplicable {
			gone[k.check] = k.entity
		}
	}
	for check, entity := range maps.All(gone) {
		if !undecided[check] {
			out = append(out, fmt.Sprintf("%s says nothing of %s any more, and nothing of what it could not see", check, entity))
		}
	}
	slices.Sort(out)
	return out
}

// mentions reports whether the source's problems name the operation.
func mentions(s *evidence.Snapshot, operation string) bool {
	return slices.ContainsFunc(s.Sources[0].Problems, func(p evidence.Problem) bool { return strings.Contains(p.Summary+p.Detail, operation) })
}
