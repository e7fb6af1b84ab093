package app

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/awslab/scenario"
	"github.com/assay-audit/assay/internal/evidence"
)

// inHospital is a program in the hospital's account, of which nothing is denied, and the proxy before it.
func inHospital(t *testing.T) (*App, *awslab.Proxy) {
	t.Helper()
	m := awslab.Shared(t)
	if _, err := scenario.Hospital(t.Context(), m.Config(t, "222222222222", "eu-west-1")); err != nil {
		t.Fatal(err)
	}
	p := m.Proxy(t)
	for name, value := range p.Environ(t, "222222222222", "eu-west-1") {
		t.Setenv(name, value)
	}
	t.Chdir(t.TempDir())
	return &App{
		Version: "test", Stdout: io.Discard, Stderr: io.Discard, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		Environ: append(os.Environ(), "SOURCE_DATE_EPOCH=1795262400", "ASSAY_REDACTION_KEY=a key that only tests use"),
	}, p
}

// judged judges a stored snapshot and returns status and message of each verdict, by check and entity.
func judged(t *testing.T, a *App, dir, check string) map[string]string {
	t.Helper()
	if err := a.Evaluate(t.Context(), dir, Options{Checks: []string{check}, Outputs: []string{"json=out.json"}}); CodeOf(err) == ExitUsage || CodeOf(err) == ExitInternal {
		t.Fatal(err)
	}
	text, err := os.ReadFile("out.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(`"needs"`)) {
		t.Error("the assessment lists what the collection was limited to")
	}
	var result assess.Assessment
	if err := json.Unmarshal(text, &result); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range result.Findings {
		out[f.Check+" "+f.Entity.UID+" "+f.Entity.Scope] = string(f.Status) + ": " + f.Message
	}
	return out
}

// TestSnapshotForSomeChecks collects what one check reads. That check is judged as on a whole snapshot; of others, with the right reason, nothing
// is: what they read was not asked for, so that its absence is none.
func TestSnapshotForSomeChecks(t *testing.T) {
	a, _ := inHospital(t)
	target := []string{"aws:regions=eu-west-1"}
	if err := a.Collect(t.Context(), Options{Targets: target, Out: "whole"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Collect(t.Context(), Options{Targets: target, Out: "some", Checks: []string{"enc.at_rest"}}); err != nil {
		t.Fatal(err)
	}
	some, _, err := evidence.Read(filepath.Join("some"))
	if err != nil {
		t.Fatal(err)
	}
	if len(some.Sources[0].Needs) == 0 {
		t.Error("the snapshot does not say that it was collected for some checks only")
	}
	if diff := cmp.Diff(judged(t, a, "whole", "enc.at_rest"), judged(t, a, "some", "enc.at_rest")); diff != "" {
		t.Errorf("verdicts (-whole +collected for the check):\n%s", diff)
	}
	for _, check := range []string{"iam.*", "log.*", "net.*", "backup.*"} {
		whole := judged(t, a, "whole", check)
		for key, verdict := range judged(t, a, "some", check) {
			if whole[key] != verdict && !strings.Contains(verdict, "unknown: cannot be decided: aws:222222222222 was collected for other checks") {
				t.Errorf("%s is %q, and %q on the whole snapshot", key, verdict, whole[key])
			}
		}
	}
}
