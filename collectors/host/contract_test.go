package host_test

import (
	"strings"
	"testing"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/collectors/host"
	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/osquery"
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

// Results of osquery become entities under the same contract, with osquery's tables as the methods.
func TestContractOsquery(t *testing.T) {
	req := collectors.Request{Target: collectors.Target{Ref: "host:@snapshots.log", Scheme: "host", Value: "@osquery/testdata/snapshots.log"}}
	snap, err := collectortest.Collect(t.Context(), t, host.Spec, req)
	if err != nil {
		t.Fatal(err)
	}
	want := contract()
	want.Methods = []string{"host:osquery"}
	for _, table := range osquery.Tables() {
		want.Methods = append(want.Methods, osquery.Method(table))
	}
	collectortest.Check(t, snap, want)
	hosts := 0
	for _, e := range snap.Entities {
		if e.Kind == "host" {
			hosts++
		}
	}
	if hosts != 2 {
		t.Errorf("%d hosts, want 2", hosts)
	}
}
