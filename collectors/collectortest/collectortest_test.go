package collectortest_test

import (
	"strings"
	"testing"

	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// sound is a snapshot that keeps the contract.
func sound() *evidence.Snapshot {
	e := &evidence.Entity{
		UID: "tf:t:aws_secretsmanager_secret.s", ID: "aws_secretsmanager_secret.s", Kind: "secret", Plane: evidence.Declared, Scope: "tf:t",
		Prov: []evidence.Provenance{{Source: "s1", Method: "terraform:hcl", Locator: evidence.Locator{File: "main.tf", Line: 1, EndLine: 1}}},
	}
	kind.Fill(e, kind.Secret{Location: kind.Known("secret_store"), Detector: kind.NA[string]()})
	return &evidence.Snapshot{
		Sources: []evidence.Source{{
			ID: "s1", Collector: "terraform", Target: "./t", Scope: "tf:t", StartedAt: collectortest.AsOf, EndedAt: collectortest.AsOf,
		}},
		Coverage:  []evidence.Coverage{{Kind: "*", Scope: "tf:t", Source: "s1", Status: evidence.Complete}},
		Entities:  []*evidence.Entity{e},
		Relations: []evidence.Relation{{Type: "encrypted_by", From: e.UID, To: "arn:aws:kms:eu-west-1:111122223333:key/k", Complete: true}},
		Files:     []evidence.SourceFile{{Path: "main.tf", SHA256: strings.Repeat("0", 64)}},
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	contract := collectortest.Contract{Plane: evidence.Declared, Methods: []string{"terraform:hcl"}, Placed: true}
	collectortest.Check(t, sound(), contract)
	tests := map[string]struct {
		spoil func(s *evidence.Snapshot, e *evidence.Entity)
		want  string
	}{
		"path missing":        {func(_ *evidence.Snapshot, e *evidence.Entity) { e.NA = nil }, "detector is in 0 of attrs, unknown and na"},
		"path twice":          {func(_ *evidence.Snapshot, e *evidence.Entity) { e.NA = append(e.NA, "location") }, "location is in 2 of"},
		"path unheard of":     {func(_ *evidence.Snapshot, e *evidence.Entity) { e.Attrs["colour"] = "red" }, "has no attribute colour"},
		"value not allowed":   {func(_ *evidence.Snapshot, e *evidence.Entity) { e.Attrs["location"] = "drawer" }, `location is "drawer"`},
		"kind unheard of":     {func(_ *evidence.Snapshot, e *evidence.Entity) { e.Kind = "pet" }, `there is no kind "pet"`},
		"no place":            {func(_ *evidence.Snapshot, e *evidence.Entity) { e.Prov[0].Locator.Line = 0 }, "no file and line"},
		"no provenance":       {func(_ *evidence.Snapshot, e *evidence.Entity) { e.Prov = nil }, "no provenance"},
		"method":              {func(_ *evidence.Snapshot, e *evidence.Entity) { e.Prov[0].Method = "guess" }, `has the method "guess"`},
		"plane":               {func(_ *evidence.Snapshot, e *evidence.Entity) { e.Plane = evidence.Observed }, "plane observed"},
		"same UID":            {func(s *evidence.Snapshot, e *evidence.Entity) { s.Entities = append(s.Entities, e) }, "another entity has the same UID"},
		"loose relation":      {func(s *evidence.Snapshot, _ *evidence.Entity) { s.Relations[0].To = "tf:t:gone" }, "its end tf:t:gone is not in the snapshot"},
		"relation to nowhere": {func(s *evidence.Snapshot, _ *evidence.Entity) { s.Relations[0].To = "" }, "is complete and leads nowhere"},
		"no coverage":         {func(s *evidence.Snapshot, _ *evidence.Entity) { s.Coverage = nil }, "and no coverage of it or of *"},
		"silent gap":          {func(s *evidence.Snapshot, _ *evidence.Entity) { s.Coverage[0].Status = evidence.Partial }, "is partial without a reason"},
		"file twice":          {func(s *evidence.Snapshot, _ *evidence.Entity) { s.Files = append(s.Files, s.Files[0]) }, "is there twice"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sound()
			test.spoil(s, s.Entities[0])
			if got := strings.Join(collectortest.Problems(s, contract), "\n"); !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q in it", got, test.want)
			}
		})
	}
}
