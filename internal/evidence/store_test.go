package evidence_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

func sample() *evidence.Snapshot {
	s := &evidence.Snapshot{
		AsOf: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Tool: "assay test",
		Sources:  []evidence.Source{{ID: "s1", Collector: "terraform", Scope: "tf:infra"}},
		Coverage: []evidence.Coverage{{Kind: "*", Scope: "tf:infra", Source: "s1", Status: evidence.Complete}},
		Entities: []*evidence.Entity{{
			UID: "tf:infra:aws_s3_bucket.a", ID: "aws_s3_bucket.a", Kind: "bucket", Plane: evidence.Declared, Scope: "tf:infra",
			Attrs: map[string]any{
				"encryption.at_rest": true, "immutability.days": int64(9007199254740993), "ratio": 0.5, "data.classification": nil,
				"rules": []any{map[string]any{"port_from": int64(22), "cidrs": []any{"0.0.0.0/0"}}},
			},
			Unknown: map[string]evidence.Unknown{"versioning": {Reason: evidence.Computed, Detail: "later"}},
			Prov:    []evidence.Provenance{{Source: "s1", Method: "terraform:hcl", Locator: evidence.Locator{File: "infra/main.tf", Line: 3}}},
		}},
		Relations: []evidence.Relation{{Type: "encrypted_by", From: "tf:infra:aws_s3_bucket.a", To: "tf:infra:aws_kms_key.k", Complete: true}},
		Files:     []evidence.SourceFile{{Path: "infra/main.tf", SHA256: "00", Bytes: 3, Text: "a\nb"}},
	}
	s.Sort()
	return s
}

func TestSnapshotComesBackAsItWas(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "snap")
	s := sample()
	inMemory, err := s.Digest()
	if err != nil {
		t.Fatal(err)
	}
	written, err := evidence.Write(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	got, read, err := evidence.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if inMemory != written || written != read {
		t.Errorf("digests differ: in memory %s, written %s, read %s", inMemory, written, read)
	}
	if diff := cmp.Diff(s, got); diff != "" {
		t.Error(diff)
	}
	again, err := got.Digest()
	if err != nil || again != read {
		t.Errorf("the digest after reading is %s (%v), want %s", again, err, read)
	}
}

func TestDamagedPartsAreNamed(t *testing.T) {
	for _, name := range []string{"sources.jsonl.gz", "coverage.jsonl.gz", "entities.jsonl.gz", "relations.jsonl.gz", "files.jsonl.gz"} {
		for what, damage := range map[string]func([]byte) []byte{
			"truncated": func(b []byte) []byte { return b[:len(b)-9] },
			"altered":   func(b []byte) []byte { b[len(b)/2] ^= 0x40; return b },
			"empty":     func([]byte) []byte { return nil },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "snap")
				if _, err := evidence.Write(dir, sample()); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(dir, name)
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, damage(data), 0o600); err != nil {
					t.Fatal(err)
				}
				if _, _, err := evidence.Read(dir); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("the error is %v, want one that names %s", err, name)
				}
			})
		}
	}
}

func TestAlteredManifestIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "snap")
	if _, err := evidence.Write(dir, sample()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, evidence.ManifestFile)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	altered := strings.Replace(string(data), "2026-11-21", "2026-11-20", 1)
	if err := os.WriteFile(path, []byte(altered), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := evidence.Read(dir); err == nil || !strings.Contains(err.Error(), "altered") {
		t.Errorf("the error is %v, want one that says that the manifest was altered", err)
	}
}

func TestWriteReplacesOnlySnapshots(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "snap")
	for range 2 {
		if _, err := evidence.Write(dir, sample()); err != nil {
			t.Fatal(err)
		}
	}
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "thesis.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := evidence.Write(other, sample()); err == nil {
		t.Error("a directory with somebody's files was overwritten")
	}
}

func TestMergePrefersTheStrongerPlane(t *testing.T) {
	declared := &evidence.Entity{
		UID: "tf:x:b", ID: "aws_s3_bucket.b", Kind: "bucket", Plane: evidence.Declared, Scope: "tf:x", Aliases: []string{"arn:aws:s3:::b"},
		Attrs: map[string]any{"encryption.at_rest": true, "versioning": true, "data.classification": "restricted"},
		Prov:  []evidence.Provenance{{Source: "s1", Method: "terraform:hcl"}},
	}
	observed := &evidence.Entity{
		UID: "aws:1:b", ID: "arn:aws:s3:::b", Kind: "bucket", Plane: evidence.Observed, Scope: "aws:1", Aliases: []string{"arn:aws:s3:::b"},
		Attrs:   map[string]any{"encryption.at_rest": false, "data.classification": "internal"},
		Unknown: map[string]evidence.Unknown{"versioning": {Reason: evidence.AccessDenied}},
		Prov:    []evidence.Provenance{{Source: "s2", Method: "aws:s3:ListBuckets"}},
	}
	s := &evidence.Snapshot{
		Entities:  []*evidence.Entity{declared, observed},
		Relations: []evidence.Relation{{Type: "encrypted_by", From: "tf:x:b", To: "k", Complete: true}},
	}
	s.Merge()
	if len(s.Entities) != 1 {
		t.Fatalf("%d entities, want 1", len(s.Entities))
	}
	m := s.Entities[0]
	want := map[string]any{"encryption.at_rest": false, "versioning": true, "data.classification": "restricted"}
	if diff := cmp.Diff(want, m.Attrs); diff != "" {
		t.Error(diff)
	}
	if m.UID != "aws:1:b" || m.Plane != evidence.Observed || len(m.Unknown) != 0 || len(m.Planes) != 2 {
		t.Errorf("merged entity: %+v", m)
	}
	if p, _ := m.ProvOf("versioning"); p.Source != "s1" {
		t.Errorf("the provenance of versioning is %+v, want that of the declared plane", p)
	}
	if s.Relations[0].From != "aws:1:b" {
		t.Errorf("the relation still begins at %s", s.Relations[0].From)
	}
}
