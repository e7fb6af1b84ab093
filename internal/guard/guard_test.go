package guard_test

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/assay-audit/assay/internal/guard"
)

func explode() { panic("no such thing") }

// A panic in one of several goroutines reaches the caller with its stack, and the others' results stay.
func TestGo(t *testing.T) {
	t.Parallel()
	var g errgroup.Group
	done := false
	g.Go(guard.Go(func() error { done = true; return nil }))
	g.Go(guard.Go(func() error { explode(); return nil }))
	err := g.Wait()
	fault, ok := errors.AsType[*guard.PanicError](err)
	if !ok || fault.Error() != "internal failure: no such thing" || !strings.Contains(string(fault.Stack), "explode") {
		t.Errorf("the panic came as %v", err)
	}
	if !done {
		t.Error("the other goroutine did not run")
	}
}

// What is no panic passes unchanged.
func TestError(t *testing.T) {
	t.Parallel()
	want := errors.New("an error")
	if got := guard.Go(func() error { return want })(); !errors.Is(got, want) {
		t.Errorf("got %v", got)
	}
	if err := guard.Go(func() error { return nil })(); err != nil {
		t.Errorf("got %v", err)
	}
}
