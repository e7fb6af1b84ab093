package app

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// TestSpinner sleeps in synctest's time, which passes at once.
func TestSpinner(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		work func(s *spinner)
		want string
	}{
		"short work is not shown": {func(s *spinner) {
			s.Stage("reading", 0)
			time.Sleep(900 * time.Millisecond)
		}, ""},
		"long work is shown, counted and removed": {func(s *spinner) {
			s.Stage("reading", 0)
			time.Sleep(1050 * time.Millisecond)
			s.Stage("mapping", 3)
			s.Step(1)
			time.Sleep(time.Second)
		}, "\r\x1b[Kreading\r\x1b[Kmapping  1/3\r\x1b[K"},
		"a line is cut to the terminal": {func(s *spinner) {
			s.Stage("a stage with a name that is too long", 0)
			time.Sleep(2 * time.Second)
		}, "\r\x1b[Ka stage with a name\r\x1b[K"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				s := &spinner{w: &out, width: 20}
				test.work(s)
				clearLine(s)
				if got := out.String(); got != test.want {
					t.Errorf("drawn %q, want %q", got, test.want)
				}
			})
		})
	}
}
