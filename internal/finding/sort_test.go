package finding_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/finding"
)

func TestSortKeepsEveryFinding(t *testing.T) {
	t.Parallel()
	var want []finding.Finding
	for _, check := range []string{"a.a", "b.b"} {
		for _, scope := range []string{"tf:a", "tf:b", "tf:c"} {
			for i := range 7 {
				want = append(want, finding.Finding{Check: check, Entity: finding.Entity{Scope: scope, ID: strconv.Itoa(i)}, Message: check + scope})
			}
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		got := slices.Clone(want)
		random.Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
		finding.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	}
}
