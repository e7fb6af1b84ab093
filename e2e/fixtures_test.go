package e2e

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/assess"
)

// expectation is one entry of an expected.yaml: the verdict of a check on an entity, and why.
type expectation struct {
	Entity string `yaml:"entity"`
	Kind   string `yaml:"kind"`
	Scope  string `yaml:"scope"`
	// Attribute is where on the entity the evidence lies; the entity of a secret is named <address>:<attribute>.
	Attribute string `yaml:"attribute"`
	Why       string `yaml:"why"`
}

type expectations struct {
	Note          string        `yaml:"note"`
	Fail          []expectation `yaml:"fail"`
	Pass          []expectation `yaml:"pass"`
	Unknown       []expectation `yaml:"unknown"`
	NotApplicable []expectation `yaml:"not_applicable"`
	Review        []expectation `yaml:"review"`
}

func (e expectations) byStatus() map[string][]expectation {
	return map[string][]expectation{
		"fail": e.Fail, "pass": e.Pass, "unknown": e.Unknown, "not_applicable": e.NotApplicable, "review": e.Review,
	}
}

// TestFixtures holds the verdicts on the sample infrastructure to what a person worked out from the controls.
func TestFixtures(t *testing.T) {
	for _, c := range []struct{ target, expected string }{
		{"../fixtures/terraform/hospital", "../fixtures/terraform/hospital/expected.yaml"},
		{"../fixtures/terraform/account-baseline", "../fixtures/terraform/account-baseline/expected.yaml"},
		{"../fixtures/terraform/minimal", "../fixtures/terraform/minimal/expected.yaml"},
		{"plan:../fixtures/plans/hospital-small.json", "../fixtures/plans/hospital-small.expected.yaml"},
	} {
		t.Run(filepath.Base(c.target), func(t *testing.T) {
			result := judge(t, c.target)
			got := map[string]string{}
			for _, f := range result.Findings {
				got[f.Check+" "+f.Entity.ID] = string(f.Status) + ": " + f.Message
			}
			checked := 0
			var wrong []string
			for check, e := range readExpected(t, c.expected) {
				for status, list := range e.byStatus() {
					for _, want := range list {
						checked++
						if problem := compare(result, got, check, status, want); problem != "" {
							wrong = append(wrong, problem)
						}
					}
				}
			}
			slices.Sort(wrong)
			for _, w := range wrong {
				t.Error(w)
			}
			if checked == 0 {
				t.Error("the file expects nothing")
			}
		})
	}
}

func compare(result *assess.Assessment, got map[string]string, check, status string, want expectation) string {
	if want.Entity == "" || want.Entity == "scope" { // the scope as a whole
		for _, f := range result.Findings {
			if f.Check == check && f.Entity.ID == f.Entity.Scope && string(f.Status) == status {
				return ""
			}
		}
		return fmt.Sprintf("%s: no finding about the scope is %s (%s)", check, status, want.Why)
	}
	id := want.Entity
	if want.Attribute != "" {
		id += ":" + want.Attribute
	}
	verdict, ok := got[check+" "+id]
	switch {
	case !ok:
		return fmt.Sprintf("%s on %s: no verdict, want %s (%s)", check, want.Entity, status, want.Why)
	case len(verdict) < len(status)+2 || verdict[:len(status)+2] != status+": ":
		return fmt.Sprintf("%s on %s: %s; want %s (%s)", check, want.Entity, verdict, status, want.Why)
	}
	return ""
}

func judge(t *testing.T, target string) *assess.Assessment {
	t.Helper()
	out := filepath.Join(t.TempDir(), "assessment.json")
	a := &app.App{
		Version: "0.0.0-test", Stdout: io.Discard, Stderr: io.Discard, Log: slog.New(slog.DiscardHandler),
		Environ: []string{"SOURCE_DATE_EPOCH=1795262400", "ASSAY_REDACTION_KEY=a key that only tests use"}, Clock: time.Now,
	}
	err := a.Scan(t.Context(), app.Options{Targets: []string{target}, Outputs: []string{"json=" + out}, Quiet: true})
	if code := app.CodeOf(err); code != app.ExitOK && code != app.ExitFailures {
		t.Fatalf("exit %d: %v", code, err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	result, err := assess.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func readExpected(t *testing.T, path string) map[string]expectations {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]expectations
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	if err := dec.Decode(&out); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return out
}
