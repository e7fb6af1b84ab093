package app

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// silent is progress that nobody sees.
type silent struct{}

// Stage does nothing.
func (silent) Stage(string, int) {}

// Step does nothing.
func (silent) Step(int) {}

// spinner rewrites one line of a terminal, once the work has taken longer than a second.
type spinner struct {
	mu    sync.Mutex
	w     io.Writer
	clock func() time.Time
	width int

	name        string
	total, done int
	began, last time.Time
	drawn       bool
}

// Stage begins a stage.
func (s *spinner) Stage(name string, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock()
	if s.began.IsZero() {
		s.began = now
	}
	s.name, s.total, s.done = name, total, 0
	s.draw(now)
}

// Step says that n more units are done.
func (s *spinner) Step(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done += n
	s.draw(s.clock())
}

// Clear removes the line.
func (s *spinner) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn {
		fmt.Fprint(s.w, "\r\x1b[K")
		s.drawn = false
	}
}

func (s *spinner) draw(now time.Time) {
	if now.Sub(s.began) < time.Second || now.Sub(s.last) < 100*time.Millisecond {
		return
	}
	s.last, s.drawn = now, true
	line := s.name
	if s.total > 0 {
		line = fmt.Sprintf("%s  %d/%d", s.name, s.done, s.total)
	}
	if r := []rune(line); len(r) > s.width-1 {
		line = string(r[:s.width-1])
	}
	fmt.Fprint(s.w, "\r\x1b[K"+line)
}
