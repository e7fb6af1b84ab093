package terraform

import (
	"path/filepath"
	"testing"
)

func TestDisplay(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	tests := map[string]string{
		".":                               ".",
		"./infra/":                        "infra",
		"../other":                        "../other",
		dir:                               ".",
		filepath.Join(dir, "infra", "eu"): "infra/eu",
		filepath.Join(dir, "..", "other"): filepath.ToSlash(filepath.Join(filepath.Dir(dir), "other")),
	}
	for name, want := range tests {
		if got := display(name); got != want {
			t.Errorf("display(%q) = %q, want %q", name, got, want)
		}
	}
}
