package aws

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/awslab/scenario"
	"github.com/assay-audit/assay/internal/evidence"
)

// callTime is how long AWS takes for a call, about.
const callTime = 30 * time.Millisecond

// BenchmarkFleet collects 500 buckets, 200 roles and 300 databases and volumes in 4 regions from answers that the proxy has recorded, each of
// which takes 30 ms, and compares the wall time with the ideal: calls x latency / calls at the same time.
func BenchmarkFleet(b *testing.B) {
	m := awslab.Start(b)
	size := scenario.Bench()
	if _, err := scenario.Fleet(b.Context(), m.Config(b, hospitalAccount, hospitalRegion), size); err != nil {
		b.Fatal(err)
	}
	p := m.Proxy(b)
	environ := p.Environ(b, hospitalAccount, hospitalRegion)
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		b.Setenv(name, environ[name])
	}
	target := "regions=" + strings.Join(size.Regions, "+")
	gather := func() *evidence.Snapshot {
		s, err := collectortest.Collect(b.Context(), b, Spec, collectors.Request{Target: collectors.Target{Ref: "aws:" + target, Scheme: "aws", Value: target}})
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	gather() // has IAM make its credential report
	p.Replay()
	gather() // records
	p.Clear()
	p.Inject(awslab.Match{}, awslab.Latency(callTime))
	var s *evidence.Snapshot
	began := time.Now()
	for b.Loop() {
		p.Clear()
		p.Inject(awslab.Match{}, awslab.Latency(callTime))
		began = time.Now()
		s = gather()
	}
	wall, calls := time.Since(began), p.Total()
	ideal := time.Duration(calls) * callTime / inFlight
	b.ReportMetric(wall.Seconds(), "wall-s")
	b.ReportMetric(float64(calls), "calls")
	b.ReportMetric(wall.Seconds()/ideal.Seconds(), "times-ideal")
	b.ReportMetric(float64(p.Peak()), "peak-calls")
	fmt.Println(perOperation(p, s))
}

// perOperation shows how often each operation was called, and how many resources of each kind were found.
func perOperation(p *awslab.Proxy, s *evidence.Snapshot) string {
	kinds, calls := map[string]int{}, map[string]int{}
	for _, e := range s.Entities {
		kinds[e.Kind]++
	}
	for _, c := range p.Calls() {
		calls[c.String()] += c.Calls
	}
	var out strings.Builder
	for _, list := range []map[string]int{kinds, calls} {
		out.WriteString("\n")
		names := slices.SortedFunc(maps.Keys(list), func(x, y string) int { return list[y] - list[x] })
		for _, name := range names[:min(len(names), 25)] {
			fmt.Fprintf(&out, "%6d  %s\n", list[name], name)
		}
	}
	return out.String()
}
