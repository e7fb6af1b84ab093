package framework_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/framework"
)

func TestCompactKeepsEverything(t *testing.T) {
	t.Parallel()
	f := loadSample(t)
	name, content, err := framework.Compact(f)
	if err != nil || name != "sample.json" {
		t.Fatalf("name %q, error %v", name, err)
	}
	got, err := framework.LoadCompact(fstest.MapFS{name: {Data: content}}, "sample")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]framework.Framework{f}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLoadCompactErrors(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"sample.json": {Data: []byte(`{"id":`)}}
	_, err := framework.LoadCompact(files)
	if err == nil || !strings.HasPrefix(err.Error(), "compact framework sample.json: ") {
		t.Errorf("damaged file: %v", err)
	}
	_, err = framework.LoadCompact(files, "simple")
	if want := `unknown framework "simple" (did you mean "sample"? known frameworks: sample)`; err == nil || err.Error() != want {
		t.Errorf("unknown: %v", err)
	}
}
