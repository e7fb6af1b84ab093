package aws

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
)

// interrupting is a journal that ends the run after some units, as Ctrl-C does.
type interrupting struct {
	*evidence.Spool
	left   atomic.Int64
	cancel context.CancelFunc
}

// Commit keeps a unit.
func (j *interrupting) Commit(unit string, note []byte, entities []*evidence.Entity, relations []evidence.Relation) error {
	if j.left.Add(-1) == 0 {
		j.cancel()
	}
	return j.Spool.Commit(unit, note, entities, relations)
}

// journaled collects the hospital into a spool, and writes the snapshot where the collection ends well.
func journaled(t *testing.T, dir string, units int64) (*evidence.Snapshot, error) {
	t.Helper()
	spool, err := evidence.OpenSpool(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := &interrupting{Spool: spool, cancel: cancel}
	j.left.Store(units)
	s, err := collectortest.Collect(ctx, t, Spec, collectors.Request{
		Target: collectors.Target{Ref: "aws:" + hospitalTarget, Scheme: "aws", Value: hospitalTarget}, Journal: j,
	})
	if err != nil {
		return nil, errors.Join(err, spool.Close())
	}
	if _, _, err := evidence.WriteSpooled(dir, s, spool); err != nil {
		t.Fatal(err)
	}
	if err := spool.Remove(); err != nil {
		t.Fatal(err)
	}
	out, _, err := evidence.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return out, nil
}

// begin makes the counts begin anew, when what an interrupted run had sent is over. Moto lists half a megabyte of other accounts' snapshots to who asks for its own, as AWS does not; an answer of
// that size breaks off now and then on a busy machine, is asked for again, and would be counted twice.
func begin(p *awslab.Proxy) {
	p.Drop()
	p.Clear()
	p.Inject(awslab.Match{Service: "ec2", Operation: "DescribeSnapshots"}, awslab.Answer(`<DescribeSnapshotsResponse><snapshotSet/></DescribeSnapshotsResponse>`))
}

// TestResume interrupts a collection after some units. The run that resumes asks nothing again that is complete, and finds what a run
// without interruption finds.
func TestResume(t *testing.T) {
	p, _ := hospital(t)
	mustCollect(t, hospitalTarget)
	p.Replay()
	begin(p)
	whole, err := journaled(t, t.TempDir()+"/whole", -1)
	if err != nil {
		t.Fatal(err)
	}
	all := countsOf(p)
	for _, units := range []int64{1, 3, 6} {
		begin(p)
		dir := t.TempDir() + "/cut"
		if _, err := journaled(t, dir, units); !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d units the collection ended with %v", units, err)
		}
		kept := keptUnits(t, dir)
		if kept < int(units) {
			t.Errorf("%d units are kept, want at least %d", kept, units)
		}
		begin(p)
		resumed, err := journaled(t, dir, -1)
		if err != nil {
			t.Fatal(err)
		}
		for call, n := range countsOf(p) {
			if n > all[call] {
				t.Errorf("resuming after %d units called %s %d times; the whole collection takes %d", units, call, n, all[call])
			}
		}
		if diff := cmp.Diff(whole, resumed); diff != "" {
			t.Errorf("resumed after %d units (-whole +resumed):\n%s", units, diff)
		}
	}
}

// TestResumeAtTheEnd asks only the way in again where every unit is complete.
func TestResumeAtTheEnd(t *testing.T) {
	p, _ := hospital(t)
	mustCollect(t, hospitalTarget)
	p.Replay()
	dir := t.TempDir() + "/s"
	spool, err := evidence.OpenSpool(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	req := collectors.Request{Target: collectors.Target{Ref: "aws:" + hospitalTarget, Scheme: "aws", Value: hospitalTarget}, Journal: spool}
	if _, err := collectortest.Collect(t.Context(), t, Spec, req); err != nil {
		t.Fatal(err)
	}
	if err := spool.Close(); err != nil {
		t.Fatal(err)
	}
	p.Clear()
	if _, err := journaled(t, dir, -1); err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Calls() {
		if name := c.String(); name != "sts:GetCallerIdentity" && name != "ec2:DescribeRegions" && name != "organizations:ListAccounts" {
			t.Errorf("%s was called again, %d times", c, c.Calls)
		}
	}
}

// TestExpiredUnderWay ends a collection whose session expires, and keeps what is complete: with fresh credentials nothing is missing.
func TestExpiredUnderWay(t *testing.T) {
	p, _ := hospital(t)
	mustCollect(t, hospitalTarget)
	p.Replay()
	whole, err := journaled(t, t.TempDir()+"/whole", -1)
	if err != nil {
		t.Fatal(err)
	}
	p.Inject(awslab.Match{Service: "kms"}, awslab.ExpiredToken())
	dir := t.TempDir() + "/cut"
	if _, err := journaled(t, dir, -1); err == nil {
		t.Fatal("the collection went on with expired credentials")
	}
	p.Clear()
	resumed, err := journaled(t, dir, -1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, resumed); diff != "" {
		t.Errorf("resumed (-whole +resumed):\n%s", diff)
	}
}

func countsOf(p *awslab.Proxy) map[string]int {
	out := map[string]int{}
	for _, c := range p.Calls() {
		out[c.String()] += c.Calls
	}
	return out
}

func keptUnits(t *testing.T, dir string) int {
	t.Helper()
	spool, err := evidence.OpenSpool(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := spool.Close(); err != nil {
			t.Error(err)
		}
	}()
	return spool.Units()
}
