package host_test

import (
	"strings"
	"testing"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/collectors/host"
	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/internal/evidence"
)

// contract is what the host collector promises.
func contract() collectortest.Contract {
	methods := []string{facts.MethodConnect, "host:advisories"}
	for _, s := range facts.Sections(facts.AreasWith(facts.Options{Advisories: advisory.Index{}, RestoreTest: []string{"restic"}})) {
		methods = append(methods, s.Method())
	}
	return collectortest.Contract{
		Plane: evidence.Observed, Methods: methods,
		External: func(uid string) bool { return strings.Contains(uid, ":group:") }, // groups are no kind
	}
}

func TestContractLocal(t *testing.T) {
	req := collectors.Request{Target: collectors.Target{Ref: "host:local", Scheme: "host", Value: "local"}}
	snap, err := collectortest.Collect(t.Context(), t, host.Spec, req)
	if err != nil {
		t.Fatal(err)
	}
	collectortest.Check(t, snap, contract())
	if len(snap.Entities) < 2 {
		t.Errorf("%d entities, want the host and its accounts", len(snap.Entities))
	}
}
