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
		width int
		work  func(s *spinner)
		want  string
	}{
		"short work is not shown": {20, func(s *spinner) {
			s.Stage("reading", 0)
			time.Sleep(900 * time.Millisecond)
		}, ""},
		"long work is shown, counted and removed": {20, func(s *spinner) {
			s.Stage("reading", 0)
			time.Sleep(1050 * time.Millisecond)
			s.Stage("mapping", 3)
			s.Step(1)
			time.Sleep(time.Millisecond)
			s.Step(2)
			time.Sleep(200 * time.Millisecond)
		}, "\r\x1b[Kreading\r\x1b[Kmapping  3/3\r\x1b[K"},
		"a long stage says how long it may still take": {80, func(s *spinner) {
			s.Stage("reading 2 accounts", 40)
			time.Sleep(1900 * time.Millisecond)
			s.Step(10)
			s.Note("412 calls, 3 throttled")
			time.Sleep(150 * time.Millisecond)
		}, "\r\x1b[Kreading 2 accounts  0/40\r\x1b[Kreading 2 accounts  10/40  412 calls, 3 throttled  about 6s left\r\x1b[K"},
		"a line is cut to the terminal": {20, func(s *spinner) {
			s.Stage("a stage with a name that is too long", 0)
			time.Sleep(2 * time.Second)
		}, "\r\x1b[Ka stage with a name\r\x1b[K"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				s := &spinner{w: &out, width: test.width, now: time.Now}
				test.work(s)
				clearLine(s)
				if got := out.String(); got != test.want {
					t.Errorf("drawn %q, want %q", got, test.want)
				}
			})
		})
	}
}
