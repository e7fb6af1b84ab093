package evidence_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-audit/assay/internal/evidence"
)

// pieces are the entities and relations of a snapshot in which two planes speak of one bucket.
func pieces() (own, spooled []*evidence.Entity, relations []evidence.Relation) {
	own = []*evidence.Entity{{
		UID: "tf:a:aws_s3_bucket.b", ID: "aws_s3_bucket.b", Kind: "bucket", Plane: evidence.Declared, Scope: "tf:a", Aliases: []string{"arn:b"},
		Attrs: map[string]any{"versioning": false, "lifecycle.expire_days": int64(3)},
		Prov:  []evidence.Provenance{{Source: "s1", Method: "terraform:hcl"}},
	}}
	spooled = []*evidence.Entity{
		{
			UID: "arn:b", ID: "arn:b", Kind: "bucket", Plane: evidence.Observed, Scope: "aws:1", Attrs: map[string]any{"versioning": true},
			Prov: []evidence.Provenance{{Source: "s2", Method: "aws:s3:ListBuckets"}},
		},
		{UID: "arn:a", ID: "arn:a", Kind: "key", Plane: evidence.Observed, Scope: "aws:1", Attrs: map[string]any{"rotation.period_days": int64(365), "of": "tf:a:aws_s3_bucket.b"}},
	}
	relations = []evidence.Relation{{Type: "encrypted_by", From: "tf:a:aws_s3_bucket.b", To: "arn:a", Complete: true}}
	return own, spooled, relations
}

func snapshotOf(entities []*evidence.Entity, relations []evidence.Relation) *evidence.Snapshot {
	return &evidence.Snapshot{
		AsOf: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Tool: "assay test",
		Sources: []evidence.Source{{ID: "s1", Collector: "terraform"}, {ID: "s2", Collector: "aws"}}, Entities: entities, Relations: relations,
	}
}

func TestSpooledSnapshotIsTheSameAsOneFromMemory(t *testing.T) {
	own, spooled, relations := pieces()
	all := snapshotOf(append(own, spooled...), relations)
	all.Merge()
	all.Sort()
	want, err := all.Digest()
	if err != nil {
		t.Fatal(err)
	}
	own, spooled, relations = pieces()
	dir := filepath.Join(t.TempDir(), "snap")
	spool, err := evidence.OpenSpool(dir, "h")
	if err != nil {
		t.Fatal(err)
	}
	if err := spool.Commit("u1", nil, spooled, relations); err != nil {
		t.Fatal(err)
	}
	got, n, err := evidence.WriteSpooled(dir, snapshotOf(own, nil), spool)
	if err != nil {
		t.Fatal(err)
	}
	if got != want || n != 2 {
		t.Errorf("digest %s of %d entities, from memory %s of 2", got, n, want)
	}
	if err := spool.Remove(); err != nil {
		t.Fatal(err)
	}
	if evidence.HasSpool(dir) {
		t.Error("the spool is still there")
	}
	back, _, err := evidence.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all.Entities, back.Entities, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestSpoolResumesAfterACutLine(t *testing.T) {
	_, spooled, relations := pieces()
	dir := filepath.Join(t.TempDir(), "snap")
	spool, err := evidence.OpenSpool(dir, "h")
	if err != nil {
		t.Fatal(err)
	}
	if err := spool.Commit("u1", []byte("note"), spooled[:1], nil); err != nil {
		t.Fatal(err)
	}
	if err := spool.Commit("u2", nil, spooled[1:], relations); err != nil {
		t.Fatal(err)
	}
	if err := spool.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(evidence.SpoolDir(dir), "spool.jsonl")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data[:len(data)-4], 0o600); err != nil { // the crash came before u2 was whole
		t.Fatal(err)
	}
	if _, err := evidence.OpenSpool(dir, "other"); !errors.Is(err, evidence.ErrOtherCollection) {
		t.Errorf("a spool of another collection was opened: %v", err)
	}
	spool, err = evidence.OpenSpool(dir, "h")
	if err != nil {
		t.Fatal(err)
	}
	note, done := spool.Done("u1")
	if _, half := spool.Done("u2"); !done || string(note) != "note" || half {
		t.Errorf("u1 %v %q, u2 %v; want u1 done with its note and u2 not", done, note, half)
	}
	if err := spool.Commit("u2", nil, spooled[1:], relations); err != nil {
		t.Fatal(err)
	}
	_, n, err := evidence.WriteSpooled(dir, snapshotOf(nil, nil), spool)
	if err != nil || n != 2 {
		t.Errorf("%d entities, %v; want 2", n, err)
	}
}
