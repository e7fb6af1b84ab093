package engine

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/policies"
)

// keyed is a snapshot of two stores, each under a key of its own.
func keyed() *evidence.Snapshot {
	snap := &evidence.Snapshot{
		AsOf:     time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		Sources:  []evidence.Source{{ID: "s1", Collector: "terraform", Scope: "tf:t"}},
		Coverage: []evidence.Coverage{{Kind: "*", Scope: "tf:t", Source: "s1", Status: evidence.Complete}},
	}
	for _, name := range []string{"a", "b"} {
		key := &evidence.Entity{UID: "key " + name, ID: "key " + name, Kind: "key", Plane: evidence.Declared, Scope: "tf:t", Name: name}
		kind.Fill(key, kind.Key{State: kind.Known("enabled"), Manager: kind.Known("customer")})
		store := &evidence.Entity{
			UID: "store " + name, ID: "store " + name, Kind: "bucket", Facets: []string{"datastore"}, Plane: evidence.Declared, Scope: "tf:t", Name: name,
		}
		kind.Fill(store, kind.Datastore{EncryptionKeyManagement: kind.Known("customer")})
		snap.Entities = append(snap.Entities, key, store)
		snap.Relations = append(snap.Relations, evidence.Relation{Type: "encrypted_by", From: store.UID, To: key.UID, Complete: true})
	}
	return snap
}

// TestMemoryHoldsWhatIsStillSo: an answer is taken over if and only if nothing that the policy read has changed, and what is concluded is the
// same as without a memory.
func TestMemoryHoldsWhatIsStillSo(t *testing.T) {
	t.Parallel()
	cat, err := policy.Open(policy.Root{FS: policies.FS})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := cat.Select([]string{"enc.customer_keys"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*evidence.Snapshot)
		apart  []string // what is judged apart
		holds  bool     // whether the answer on both stores together holds, which NewMemory would have judged apart
	}{
		{"nothing", func(*evidence.Snapshot) {}, nil, true},
		{"a line", func(s *evidence.Snapshot) {
			s.Entities[1].Prov = []evidence.Provenance{{Method: "terraform:hcl", Locator: evidence.Locator{File: "main.tf", Line: 4}}}
		}, nil, true},
		{"an attribute that the policy does not read", func(s *evidence.Snapshot) {
			s.Entities[1].Attrs["name_of_nothing"] = "x"
		}, []string{"key a", "store a"}, true},
		{"an attribute of a store", func(s *evidence.Snapshot) {
			s.Entities[1].Attrs["encryption.key_management"] = "none"
		}, []string{"key a", "store a"}, false},
		{"an attribute of a key", func(s *evidence.Snapshot) { s.Entities[0].Attrs["state"] = "disabled" }, []string{"key a", "store a"}, false},
		{"a key that goes", func(s *evidence.Snapshot) { s.Entities = s.Entities[1:] }, []string{"key a", "store a"}, false},
		{"a relation that goes", func(s *evidence.Snapshot) { s.Relations = s.Relations[1:] }, []string{"key a", "store a"}, false},
		{"a relation that is no longer all", func(s *evidence.Snapshot) { s.Relations[1].Complete = false }, []string{"key b", "store b"}, false},
		{"an entity that nobody asks for", func(s *evidence.Snapshot) {
			s.Entities = append(s.Entities, &evidence.Entity{UID: "key c", ID: "key c", Kind: "key", Plane: evidence.Declared, Scope: "tf:t"})
		}, []string{"key c"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			base, head := keyed(), keyed()
			c.change(head)
			m := NewMemory(base, head)
			var apart []string
			for uid := range m.apart {
				apart = append(apart, uid)
			}
			slices.Sort(apart)
			if diff := cmp.Diff(c.apart, apart); diff != "" {
				t.Errorf("apart (-want +got):\n%s", diff)
			}
			m.apart = nil // one query for all, whose answer is put to the test
			options := Options{Profile: "pr", Memory: m}
			if _, err := Evaluate(t.Context(), base, cat, checks, options); err != nil {
				t.Fatal(err)
			}
			w := newWorld(head, cat.Literals(checks))
			store, err := newWitness(t.Context(), inmem.NewFromASTObject(w.evidence()))
			if err != nil {
				t.Fatal(err)
			}
			defer store.close(t.Context())
			w.store = store
			q := w.tasks(&checks[0], nil, m)[0]
			if _, holds := m.recall(t.Context(), q.question, w.inputOf(q, q.positions, options), w.store); holds != c.holds {
				t.Errorf("the answer holds: %t, want %t", holds, c.holds)
			}
			got, err := Evaluate(t.Context(), head, cat, checks, options)
			if err != nil {
				t.Fatal(err)
			}
			want, err := Evaluate(t.Context(), head, cat, checks, Options{Profile: "pr"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("findings (-alone +with memory):\n%s", diff)
			}
		})
	}
}
