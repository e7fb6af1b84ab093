package frameworks_test

import (
	"testing"

	"github.com/assay-audit/assay/frameworks"
	"github.com/assay-audit/assay/internal/framework"
)

// BenchmarkLoad measures what every run pays for the default frameworks before it does anything else.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := framework.Load(frameworks.Files, frameworks.Default()...); err != nil {
			b.Fatal(err)
		}
	}
}
