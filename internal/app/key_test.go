package app

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// Runs that make the key at the same time end up with the same one, and leave nothing else behind.
func TestKeptKeyRace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "assay", "redaction.key")
	keys := make([][]byte, 16)
	var g errgroup.Group
	for i := range keys {
		g.Go(func() (err error) {
			keys[i], err = keptKey(path)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if len(k) != 32 || !bytes.Equal(k, keys[0]) {
			t.Fatalf("keys differ: %x and %x", k, keys[0])
		}
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v (%v)", entries, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key file is %v (%v)", info.Mode(), err)
	}
}

// A key file that is too short stays as it is: the run says so and goes on with a key of its own.
func TestDamagedKey(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	path := filepath.Join(state, "assay", "redaction.key")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	a := &App{Environ: []string{"XDG_STATE_HOME=" + state}, Log: slog.New(slog.NewTextHandler(&log, nil))}
	if _, err := a.hasher(); err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(path); err != nil || string(kept) != "short" {
		t.Errorf("the file now holds %q (%v)", kept, err)
	}
	for _, want := range []string{path, "it has 5 bytes, a key has at least 16", "remove the file", "ASSAY_REDACTION_KEY"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the warning does not say %q: %s", want, log.String())
		}
	}
}
