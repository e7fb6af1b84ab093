package tri_test

import (
	"testing"

	"github.com/assay-audit/assay/internal/tri"
)

func values() []tri.Value { return []tri.Value{tri.False, tri.Unknown, tri.True} }

// rank orders the values by truth, which makes "and" the minimum and "or" the maximum.
func rank(v tri.Value) int {
	switch v {
	case tri.False:
		return 0
	case tri.True:
		return 2
	default:
		return 1
	}
}

func TestOperatorsAreMinimumMaximumAndMirror(t *testing.T) {
	t.Parallel()
	for _, v := range values() {
		if got, want := rank(v.Not()), 2-rank(v); got != want {
			t.Errorf("not %v has rank %d, want %d", v, got, want)
		}
		for _, w := range values() {
			if got, want := rank(v.And(w)), min(rank(v), rank(w)); got != want {
				t.Errorf("%v and %v has rank %d, want %d", v, w, got, want)
			}
			if got, want := rank(v.Or(w)), max(rank(v), rank(w)); got != want {
				t.Errorf("%v or %v has rank %d, want %d", v, w, got, want)
			}
			if got, want := tri.All(v, w), v.And(w); got != want {
				t.Errorf("all(%v, %v) = %v, want %v", v, w, got, want)
			}
			if got, want := tri.Any(v, w), v.Or(w); got != want {
				t.Errorf("any(%v, %v) = %v, want %v", v, w, got, want)
			}
		}
	}
}

func TestConversions(t *testing.T) {
	t.Parallel()
	var zero tri.Value
	if zero != tri.Unknown {
		t.Errorf("zero value = %v, want unknown", zero)
	}
	if got := tri.Of(true); got != tri.True {
		t.Errorf("Of(true) = %v", got)
	}
	if got := tri.Of(false); got != tri.False {
		t.Errorf("Of(false) = %v", got)
	}
	if got := tri.All(); got != tri.True {
		t.Errorf("All() = %v, want true", got)
	}
	if got := tri.Any(); got != tri.False {
		t.Errorf("Any() = %v, want false", got)
	}
	for _, c := range []struct {
		value        tri.Value
		text         string
		truth, known bool
	}{
		{tri.True, "true", true, true},
		{tri.False, "false", false, true},
		{tri.Unknown, "unknown", false, false},
	} {
		truth, known := c.value.Bool()
		if truth != c.truth || known != c.known || c.value.String() != c.text {
			t.Errorf("%v: Bool() = %v, %v; String() = %q", c, truth, known, c.value.String())
		}
	}
}
