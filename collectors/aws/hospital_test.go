package aws

import (
	stdcmp "cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/services"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/internal/evidence"
)

// TestHospital reads St. Brigid's as moto plays it: what is known of it holds, the contract of collectors is kept, and nothing is changed
// and no content read on the way.
func TestHospital(t *testing.T) {
	p, built := hospital(t)
	s := mustCollect(t, hospitalTarget)
	p.CheckReadOnly(t)
	collectortest.Check(t, s, collectortest.Contract{
		Plane: evidence.Observed, Methods: methods(),
		External: func(string) bool { return true }, // an account refers to what belongs to others, and to what is gone
	})
	s = derived(s)
	found := byUID(s)
	read := map[string]bool{}
	for _, service := range services.Services() {
		read[stdcmp.Or(service.Prefix, service.Name)] = service.Collect != nil
	}
	for _, f := range built.Facts {
		e := found[f.Entity]
		switch {
		case !read[strings.Split(f.Entity, ":")[2]]:
		case e == nil:
			t.Errorf("%s %s was not found", f.Kind, f.Entity)
		case fmt.Sprint(e.Attrs[f.Attribute]) != fmt.Sprint(f.Value):
			t.Errorf("%s of %s is %v (unknown: %v), want %v", f.Attribute, f.Entity, e.Attrs[f.Attribute], e.Unknown[f.Attribute], f.Value)
		}
	}
	verdicts := newJudge(t).verdicts(t, s, nil)
	for _, v := range built.Verdicts {
		if found[v.Entity] == nil {
			continue // the facts say whether it must be there
		}
		if got, judged := verdicts[verdictKey{v.Check, v.Entity}]; !judged || string(got.Status) != v.Status {
			t.Errorf("%s on %s is %q (%s), want %s: %s", v.Check, v.Entity, got.Status, got.Message, v.Status, v.Why)
		}
	}
	if problems := s.Sources[0].Problems; len(problems) > 0 && slices.ContainsFunc(problems, func(p evidence.Problem) bool { return p.Severity == "error" }) {
		t.Errorf("problems: %+v", problems)
	}
}

// methods are the methods that the collector's provenance may name.
func methods() []string {
	var out []string
	for _, s := range services.Services() {
		for _, o := range s.Operations {
			out = append(out, "aws:"+s.Name+":"+o.Name)
		}
	}
	return out
}

// TestRepeats collects twice and finds the same: the order in which calls are answered does not show.
func TestRepeats(t *testing.T) {
	p, _ := hospital(t)
	mustCollect(t, hospitalTarget)
	p.Replay()
	first, second := derived(mustCollect(t, hospitalTarget)), derived(mustCollect(t, hospitalTarget))
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two collections differ (-first +second):\n%s", diff)
	}
}

// TestNoCallTwice holds that no unit asks what another has asked: in one collection an operation is not called more often than there are
// resources to ask about.
func TestOneListEach(t *testing.T) {
	p, _ := hospital(t)
	mustCollect(t, hospitalTarget)
	for _, c := range p.Calls() {
		// Without pages, a list of a whole account or region is read once. Lists of what belongs to one resource come with the resource's name.
		account := strings.HasPrefix(c.Operation, "Describe") || slices.Contains([]string{"ListBuckets", "ListKeys", "ListAliases", "GetAccountAuthorizationDetails"}, c.Operation)
		if account && c.Service != "ec2" && c.Calls > 40 {
			t.Errorf("%s was called %d times in %s", c, c.Calls, c.Region)
		}
	}
}
