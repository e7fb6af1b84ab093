package frameworks_test

import (
	"os"
	"testing"

	"github.com/assay-audit/assay/frameworks"
	"github.com/assay-audit/assay/internal/framework"
)

// BenchmarkLoad measures what every run pays for the default frameworks before it does anything else.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := frameworks.Load(frameworks.Default()...); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoadYAML measures the same from the reviewed files, to show what the compact form saves.
func BenchmarkLoadYAML(b *testing.B) {
	files := os.DirFS(".")
	for b.Loop() {
		if _, err := framework.Load(files, frameworks.Default()...); err != nil {
			b.Fatal(err)
		}
	}
}
