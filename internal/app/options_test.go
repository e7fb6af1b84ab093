package app

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNegative(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		value any
		keys  []string
		found bool
	}{
		{"days", -1, nil, true},
		{"no days", 0, nil, false},
		{"a share", -0.5, nil, true},
		{"no number", math.NaN(), nil, true},
		{"by tier", map[string]any{"critical": 1, "high": int64(-7)}, []string{"high"}, true},
		{"ports", []any{22, -1}, nil, true},
		{"texts", []any{"-1"}, nil, false},
		{"nothing", nil, nil, false},
	} {
		keys, _, found := negative(c.value)
		if found != c.found || !cmp.Equal(keys, c.keys) {
			t.Errorf("%s: %v %v, want %v %v", c.name, keys, found, c.keys, c.found)
		}
	}
}
