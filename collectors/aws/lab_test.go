package aws

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/awslab/scenario"
	"github.com/assay-audit/assay/internal/derive"
	"github.com/assay-audit/assay/internal/engine" //nolint:depguard // the test judges what was collected
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/policy" //nolint:depguard // the test judges what was collected
	"github.com/assay-audit/assay/policies"
)

// Where the hospital of these tests is built.
const (
	hospitalAccount = "222222222222"
	hospitalRegion  = "eu-west-1"
	hospitalTarget  = "regions=" + hospitalRegion
)

// enter leads the SDK's default chain to an account behind the proxy, and to nothing else of the machine.
func enter(t *testing.T, p *awslab.Proxy, account string) {
	t.Helper()
	environ := p.Environ(t, account, hospitalRegion)
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		t.Setenv(name, environ[name])
	}
}

// hospital is the hospital's account behind a proxy, entered.
func hospital(t *testing.T) (*awslab.Proxy, *scenario.Built) {
	t.Helper()
	m := awslab.Shared(t)
	built, err := scenario.Hospital(t.Context(), m.Config(t, hospitalAccount, hospitalRegion))
	if err != nil {
		t.Fatal(err)
	}
	p := m.Proxy(t)
	enter(t, p, hospitalAccount)
	return p, built
}

// collect reads a target, the part after "aws:".
func collect(ctx context.Context, t *testing.T, target string) (*evidence.Snapshot, error) {
	t.Helper()
	return collectortest.Collect(ctx, t, Spec, collectors.Request{Target: collectors.Target{Ref: "aws:" + target, Scheme: "aws", Value: target}})
}

// mustCollect is collect for a target that can be read.
func mustCollect(t *testing.T, target string) *evidence.Snapshot {
	t.Helper()
	s, err := collect(t.Context(), t, target)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// judge evaluates what AWS's evidence can decide. The snapshot gets its derived attributes.
type judge struct {
	catalogue *policy.Catalogue
	checks    []policy.Check
	cache     engine.Cache
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	cat, err := policy.Open(policy.Root{FS: policies.FS})
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{catalogue: cat}
	for _, c := range cat.Checks() {
		if c.Collects("aws") {
			j.checks = append(j.checks, c)
		}
	}
	return j
}

// verdicts judges a snapshot.
func (j *judge) verdicts(t *testing.T, s *evidence.Snapshot, memory *engine.Memory) map[verdictKey]finding.Finding {
	t.Helper()
	res, err := engine.Evaluate(t.Context(), s, j.catalogue, j.checks, engine.Options{Profile: "run", Cache: &j.cache, Memory: memory})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range res.Errors {
		t.Errorf("%s cannot be evaluated on %s: %s", e.Check, e.UID, e.Detail)
	}
	out := make(map[verdictKey]finding.Finding, len(res.Findings))
	for _, f := range res.Findings {
		out[verdictKey{f.Check, f.Entity.UID}] = f
	}
	return out
}

// verdictKey is what a verdict is about.
type verdictKey struct{ check, entity string }

// derived adds what follows from several sources, as a run does before judging.
func derived(s *evidence.Snapshot) *evidence.Snapshot {
	s.Merge()
	s.Sort()
	derive.Derive(s)
	return s
}
