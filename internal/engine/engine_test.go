package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/engine"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/policies"
)

func store(id string, encrypted kind.Attr[bool]) *evidence.Entity {
	e := &evidence.Entity{
		UID: "tf:t:" + id, ID: id, Kind: "bucket", Facets: []string{"datastore"}, Plane: evidence.Declared, Scope: "tf:t", Name: id,
		Prov: []evidence.Provenance{{Source: "s1", Method: "terraform:hcl", Locator: evidence.Locator{File: "main.tf", Line: 1, EndLine: 1}}},
	}
	kind.Fill(e, kind.Datastore{EncryptionAtRest: encrypted})
	return e
}

func TestEvaluateProvesOrSaysWhyNot(t *testing.T) {
	cat, err := policy.Open(policy.Root{FS: policies.FS})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := cat.Select([]string{"enc.at_rest"})
	if err != nil {
		t.Fatal(err)
	}
	at := &evidence.Provenance{Source: "s1", Method: "terraform:hcl", Locator: evidence.Locator{File: "main.tf", Line: 7, EndLine: 7}}
	snap := &evidence.Snapshot{
		AsOf:     time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		Sources:  []evidence.Source{{ID: "s1", Collector: "terraform", Scope: "tf:t"}},
		Coverage: []evidence.Coverage{{Kind: "*", Scope: "tf:t", Source: "s1", Status: evidence.Complete}},
		Entities: []*evidence.Entity{
			store("bad", kind.Known(false).From(at)),
			store("good", kind.Known(true)),
			store("later", kind.Unknown[bool](evidence.Computed, "aws_kms_key.k.arn is known after apply").From(at)),
		},
	}
	res, err := engine.Evaluate(t.Context(), snap, cat, checks, engine.Options{Profile: "pr"})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Errors) > 0 {
		t.Fatal(res.Errors)
	}
	got := map[string]finding.Status{}
	for _, f := range res.Findings {
		got[f.Entity.ID] = f.Status
		if f.Entity.ID == "bad" && (f.Location == nil || f.Location.StartLine != 7) {
			t.Errorf("the failure points to %+v, want line 7", f.Location)
		}
		if f.Entity.ID == "later" && !f.Deferred {
			t.Errorf("a value that comes with apply is not deferred: %+v", f)
		}
	}
	want := map[string]finding.Status{"bad": finding.Fail, "good": finding.Pass, "later": finding.Unknown}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReasonsPointAtWhatTheyAreAbout: an account stands on no line; what is wrong with its trail does.
func TestReasonsPointAtWhatTheyAreAbout(t *testing.T) {
	cat, err := policy.Open(policy.Root{FS: policies.FS})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := cat.Select([]string{"log.trail"})
	if err != nil {
		t.Fatal(err)
	}
	at := evidence.Provenance{Source: "s1", Method: "terraform:hcl", Locator: evidence.Locator{File: "trail.tf", Line: 3, EndLine: 3}}
	account := &evidence.Entity{
		UID: "tf:t:account", ID: "account", Kind: "account", Plane: evidence.Declared, Scope: "tf:t", Name: "account",
		Prov: []evidence.Provenance{{Source: "s1", Method: "terraform:hcl", Locator: evidence.Locator{File: "main.tf"}}},
	}
	kind.Fill(account, kind.Account{Provider: kind.Known("aws")})
	trail := &evidence.Entity{
		UID: "tf:t:trail", ID: "trail", Kind: "log_source", Plane: evidence.Declared, Scope: "tf:t", Name: "trail",
		Prov: []evidence.Provenance{{Source: "s1", Method: "terraform:hcl", Locator: evidence.Locator{File: "trail.tf", Line: 1, EndLine: 9}}},
	}
	kind.Fill(trail, kind.LogSource{Type: kind.Known("cloud_audit"), Enabled: kind.Known(true), MultiRegion: kind.Known(false).From(&at)})
	snap := &evidence.Snapshot{
		AsOf:     time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		Sources:  []evidence.Source{{ID: "s1", Collector: "terraform", Scope: "tf:t"}},
		Coverage: []evidence.Coverage{{Kind: "*", Scope: "tf:t", Source: "s1", Status: evidence.Complete}},
		Entities: []*evidence.Entity{account, trail},
	}
	res, err := engine.Evaluate(t.Context(), snap, cat, checks, engine.Options{Profile: "pr"})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Findings) != 1 {
		t.Fatalf("%d findings, want 1", len(res.Findings))
	}
	f := res.Findings[0]
	if f.Status != finding.Fail || f.Entity.ID != "account" {
		t.Errorf("%s is %s, want a failing account", f.Entity.ID, f.Status)
	}
	want := &finding.Location{File: "trail.tf", StartLine: 3, EndLine: 3}
	if diff := cmp.Diff(want, f.Location); diff != "" {
		t.Errorf("location (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]evidence.Provenance{at}, f.Provenance); diff != "" {
		t.Errorf("provenance (-want +got):\n%s", diff)
	}
}

// TestVerdictsLookAtTheScopesAround: what an account is judged by may have been read in a region of it, and not in another account.
func TestVerdictsLookAtTheScopesAround(t *testing.T) {
	cat, err := policy.Open(policy.Root{FS: policies.FS})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := cat.Select([]string{"log.trail"})
	if err != nil {
		t.Fatal(err)
	}
	entity := func(scope, name, kindName string) *evidence.Entity {
		return &evidence.Entity{
			UID: scope + ":" + name, ID: name, Kind: kindName, Plane: evidence.Observed, Scope: scope, Name: name,
			Prov: []evidence.Provenance{{Source: "s1", Method: "aws:test"}},
		}
	}
	account := func(scope string) *evidence.Entity {
		e := entity(scope, "account", "account")
		kind.Fill(e, kind.Account{Provider: kind.Known("aws")})
		return e
	}
	trail := entity("aws:1:eu-west-1", "trail", "log_source")
	kind.Fill(trail, kind.LogSource{Type: kind.Known("cloud_audit"), Enabled: kind.Known(false), Scope: kind.Known("aws:1")})
	cover := func(scope string, status evidence.CoverageStatus) evidence.Coverage {
		return evidence.Coverage{Kind: "log_source", Scope: scope, Source: "s1", Status: status}
	}
	tests := map[string]struct {
		region evidence.CoverageStatus // of a second region of the first account
		want   map[string]finding.Status
	}{
		"everything read":         {evidence.Complete, map[string]finding.Status{"aws:1": finding.Fail, "aws:2": finding.Fail}},
		"a region was not listed": {evidence.Denied, map[string]finding.Status{"aws:1": finding.Unknown, "aws:2": finding.Fail}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			snap := &evidence.Snapshot{
				AsOf:    time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
				Sources: []evidence.Source{{ID: "s1", Collector: "aws", Scope: "aws"}},
				Coverage: []evidence.Coverage{
					cover("aws:1:eu-west-1", evidence.Complete), cover("aws:1:us-east-1", test.region), cover("aws:2", evidence.Complete),
				},
				Entities: []*evidence.Entity{account("aws:1"), account("aws:2"), trail},
			}
			res, err := engine.Evaluate(t.Context(), snap, cat, checks, engine.Options{Profile: "run"})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]finding.Status{}
			for _, f := range res.Findings {
				if f.Entity.Kind == "account" && f.Entity.ID == "account" {
					got[f.Entity.Scope] = f.Status
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNothingThereNeedsToHaveBeenLookedAt: that a scope has none of a kind is said only where some part of it was read.
func TestNothingThereNeedsToHaveBeenLookedAt(t *testing.T) {
	cat, err := policy.Open(policy.Root{FS: policies.FS})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := cat.Select([]string{"enc.key_lifecycle"})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		parts []evidence.CoverageStatus
		want  finding.Status
	}{
		"every part read":       {[]evidence.CoverageStatus{evidence.Complete, evidence.Complete}, finding.NotApplicable},
		"a part was left out":   {[]evidence.CoverageStatus{evidence.Complete, evidence.Skipped}, finding.NotApplicable},
		"all parts left out":    {[]evidence.CoverageStatus{evidence.Skipped, evidence.Skipped}, finding.Unknown},
		"a part was not listed": {[]evidence.CoverageStatus{evidence.Complete, evidence.Denied}, finding.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			snap := &evidence.Snapshot{
				AsOf: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), Sources: []evidence.Source{{ID: "s1", Collector: "aws", Scope: "aws:1"}},
			}
			for i, status := range test.parts {
				snap.Coverage = append(snap.Coverage, evidence.Coverage{Kind: "key", Scope: []string{"aws:1:a", "aws:1:b"}[i], Source: "s1", Status: status})
			}
			res, err := engine.Evaluate(t.Context(), snap, cat, checks, engine.Options{Profile: "run"})
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Findings) != 1 || res.Findings[0].Status != test.want {
				t.Errorf("%+v, want one finding that is %s", res.Findings, test.want)
			}
		})
	}
}

// TestCollectedForOtherChecks: where a source was collected for other checks, that something is missing means nothing. No entity of its scope
// is judged, one verdict says why; scopes that were collected whole, or for this check, are judged.
func TestCollectedForOtherChecks(t *testing.T) {
	cat, err := policy.Open(policy.Root{FS: policies.FS})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := cat.Select([]string{"enc.key_lifecycle"})
	if err != nil {
		t.Fatal(err)
	}
	snap := &evidence.Snapshot{AsOf: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)}
	for id, needs := range map[string][]string{"1": nil, "2": {"principal"}, "3": {"key", "rotation"}} {
		snap.Sources = append(snap.Sources, evidence.Source{ID: "s" + id, Collector: "aws", Scope: "aws:" + id, Needs: needs})
		snap.Coverage = append(snap.Coverage, evidence.Coverage{Kind: "key", Scope: "aws:" + id + ":eu-west-1", Source: "s" + id, Status: evidence.Complete})
		snap.Entities = append(snap.Entities, &evidence.Entity{
			UID: "key-" + id, ID: "key-" + id, Kind: "key", Plane: evidence.Observed, Scope: "aws:" + id + ":eu-west-1", Attrs: map[string]any{},
		})
	}
	snap.Sort()
	res, err := engine.Evaluate(t.Context(), snap, cat, checks, engine.Options{
		Profile: "run", Needs: func(*policy.Check) []string { return []string{"key", "rotation"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range res.Findings {
		got[f.Entity.ID] = string(f.Status) + ": " + f.Message
	}
	const other = "unknown: cannot be decided: aws:2 was collected for other checks: collect it again without --check, or with --check enc.key_lifecycle too"
	if got["aws:2"] != other {
		t.Errorf("the verdict on the scope is %q, want %q", got["aws:2"], other)
	}
	delete(got, "aws:2")
	for _, id := range []string{"key-1", "key-3"} {
		if got[id] == "" {
			t.Errorf("%s is not judged", id)
		}
		delete(got, id)
	}
	if len(got) > 0 {
		t.Errorf("there are further verdicts: %v", got)
	}
}
