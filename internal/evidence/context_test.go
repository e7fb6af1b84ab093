package evidence_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// nightly is a stored snapshot of an account and of the code that made it; bucket logs is known from both.
func nightly() *evidence.Snapshot {
	prov := func(source string) []evidence.Provenance { return []evidence.Provenance{{Source: source}} }
	return &evidence.Snapshot{
		AsOf: time.Date(2026, 11, 18, 2, 0, 0, 0, time.UTC),
		Sources: []evidence.Source{
			{ID: "s1", Collector: "aws", Scope: "aws:1"}, {ID: "s2", Collector: "terraform", Scope: "tf:infra"}, {ID: "w1", Collector: "waivers", Scope: "gov:waivers"},
		},
		Coverage: []evidence.Coverage{{Kind: "*", Scope: "aws:1", Source: "s1"}, {Kind: "*", Scope: "tf:infra", Source: "s2"}},
		Entities: []*evidence.Entity{
			{
				UID: "arn:logs", Kind: "bucket", Plane: evidence.Observed, Scope: "aws:1", Aliases: []string{"tf:infra:logs"},
				Attrs: map[string]any{"name": "logs", "versioning": true}, Prov: append(prov("s1"), prov("s2")...), AttrProv: map[string]int{"versioning": 1},
				Planes: map[evidence.Plane]evidence.PlaneView{
					evidence.Observed: {Attrs: map[string]any{"name": "logs"}, Prov: prov("s1")},
					evidence.Declared: {Attrs: map[string]any{"versioning": true}, Prov: prov("s2")},
				},
			},
			{UID: "arn:plan", Kind: "backup_plan", Plane: evidence.Observed, Scope: "aws:1", Attrs: map[string]any{}, Prov: prov("s1")},
			{UID: "tf:infra:gone", Kind: "bucket", Plane: evidence.Declared, Scope: "tf:infra", Attrs: map[string]any{}, Prov: prov("s2")},
		},
		Relations: []evidence.Relation{{Type: "selected_by", From: "arn:logs", To: "arn:plan"}, {Type: "selected_by", From: "tf:infra:gone", To: "arn:plan"}},
		Files:     []evidence.SourceFile{{Path: "infra/main.tf", SHA256: "old"}, {Path: "infra/old.tf", SHA256: "old"}},
	}
}

// change is what a run on the code of a pull request has collected: it turns versioning off.
func change() *evidence.Snapshot {
	return &evidence.Snapshot{
		AsOf:    time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
		Sources: []evidence.Source{{ID: "s1", Collector: "terraform", Scope: "tf:infra"}},
		Entities: []*evidence.Entity{{
			UID: "tf:infra:logs", Kind: "bucket", Plane: evidence.Declared, Scope: "tf:infra", Aliases: []string{"arn:logs"},
			Attrs: map[string]any{"versioning": false}, Prov: []evidence.Provenance{{Source: "s1"}},
		}},
		Files: []evidence.SourceFile{{Path: "infra/main.tf", SHA256: "new"}},
	}
}

func TestAddContext(t *testing.T) {
	t.Parallel()
	type view struct {
		Sources   []string
		Entities  map[string]map[string]any
		Relations []evidence.Relation
		Files     map[string]string
	}
	for _, c := range []struct {
		name  string
		yield bool
		want  view
	}{
		{"merged: what is there now counts where the code says nothing else", false, view{
			Entities:  map[string]map[string]any{"arn:logs": {"name": "logs", "versioning": false}, "arn:plan": {}},
			Relations: []evidence.Relation{{Type: "selected_by", From: "arn:logs", To: "arn:plan"}},
		}},
		{"yielding: the code stands as it is", true, view{
			Entities:  map[string]map[string]any{"tf:infra:logs": {"versioning": false}, "arn:plan": {}},
			Relations: []evidence.Relation{{Type: "selected_by", From: "tf:infra:logs", To: "arn:plan"}},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := change()
			s.AddContext(evidence.Context{
				Snapshot: nightly(), ID: "s2", Ref: "snapshot:nightly", Yield: c.yield,
				Leave: func(src evidence.Source) bool { return src.Collector == "waivers" },
			})
			s.Merge()
			got := view{Entities: map[string]map[string]any{}, Relations: s.Relations, Files: map[string]string{}}
			for _, src := range s.Sources {
				got.Sources = append(got.Sources, src.ID)
			}
			for _, e := range s.Entities {
				got.Entities[e.UID] = e.Attrs
			}
			for _, f := range s.Files {
				got.Files[f.Path] = f.SHA256
			}
			c.want.Sources, c.want.Files = []string{"s1", "s2.s1"}, map[string]string{"infra/main.tf": "new", "infra/old.tf": "old"}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			problems := s.Sources[1].Problems
			if len(problems) != 1 || problems[0].Summary != "Not collected in this run; the evidence is 3 days old" {
				t.Errorf("the source does not say how old its evidence is: %+v", problems)
			}
			if len(s.Coverage) != 1 || s.Coverage[0].Source != "s2.s1" {
				t.Errorf("coverage: %+v", s.Coverage)
			}
		})
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scope, whole string
		want         bool
	}{
		{"tf:infra", "tf:infra", true},
		{"tf:infra/eu", "tf:infra", true},
		{"tf:infrastructure", "tf:infra", false},
		{"aws:1:eu-west-1", "aws:1", true},
		{"aws:12", "aws:1", false},
		{"tf:infra", "tf:.", true},
		{"tf:../infra", "tf:.", false},
		{"tf:/srv", "tf:.", false},
		{"aws:1", "tf:.", false},
	} {
		if got := evidence.Within(c.scope, c.whole); got != c.want {
			t.Errorf("%s within %s: %v", c.scope, c.whole, got)
		}
	}
}
