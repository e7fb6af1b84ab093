package app

import (
	"errors"
	"fmt"
	"testing"

	"github.com/assay-audit/assay/internal/guard"
)

func TestCodeOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		err  error
		want int
	}{
		{"nothing", nil, ExitOK},
		{"usage", fmt.Errorf("in a file: %w", Usagef("no such check")), ExitUsage},
		{"without a code", errors.New("disk"), ExitInternal},
		{"a panic, whatever is wrapped around it", Usage(fmt.Errorf("the policies do not compile: %w", &guard.PanicError{Value: 1})), ExitInternal},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}
