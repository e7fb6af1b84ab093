package app

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/assay-audit/assay/collectors"
)

// silent is progress that nobody sees.
type silent struct{}

// Stage does nothing.
func (silent) Stage(string, int) {}

// Step does nothing.
func (silent) Step(int) {}

// Note does nothing.
func (silent) Note(string) {}

const (
	// patience is how long work may take before it is shown.
	patience = time.Second
	// refresh is how often the line is drawn again.
	refresh = 100 * time.Millisecond
)

// spinner rewrites one line of a terminal, once the work has taken longer than a second. The zero value with a writer and a width is ready
// to use; its first stage begins the watch, which Clear ends.
type spinner struct {
	w     io.Writer
	width int
	now   func() time.Time

	mu          sync.Mutex
	stop        chan struct{} // nil before the first stage
	over        sync.WaitGroup
	name        string
	total, done int
	note        string
	began       time.Time // of the stage
	drawn       string
}

// run draws until the spinner is cleared.
func (s *spinner) run(stop <-chan struct{}) {
	next := time.NewTimer(patience)
	defer next.Stop()
	for {
		select {
		case <-stop:
			return
		case <-next.C:
			s.draw()
			next.Reset(refresh)
		}
	}
}

// Stage begins a stage.
func (s *spinner) Stage(name string, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name, s.total, s.done, s.note, s.began = name, total, 0, "", s.now()
	if s.stop == nil {
		stop := make(chan struct{})
		s.stop = stop
		s.over.Go(func() { s.run(stop) })
	}
}

// Step says that n more units are done.
func (s *spinner) Step(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done += n
}

// Note says what else is worth knowing of the stage now.
func (s *spinner) Note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note = text
}

// left is about how long the rest of the stage takes, by what is done of it; 0 where that cannot be told yet.
func (s *spinner) left() time.Duration {
	if s.done == 0 || s.done >= s.total {
		return 0
	}
	took := s.now().Sub(s.began)
	return (took * time.Duration(s.total-s.done) / time.Duration(s.done)).Round(time.Second)
}

// clearLine ends the showing of work, and removes the line.
func clearLine(p collectors.Progress) {
	if s, ok := p.(*spinner); ok {
		s.clear()
	}
}

func (s *spinner) clear() {
	if s.stop == nil {
		return
	}
	close(s.stop)
	s.over.Wait()
	s.stop = nil
	if s.drawn != "" {
		fmt.Fprint(s.w, "\r\x1b[K")
		s.drawn = ""
	}
}

func (s *spinner) draw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := s.name
	if s.total > 0 {
		line = fmt.Sprintf("%s  %d/%d", s.name, s.done, s.total)
	}
	if s.note != "" {
		line += "  " + s.note
	}
	if left := s.left(); left > 0 {
		line += fmt.Sprintf("  about %s left", left)
	}
	if r := []rune(line); len(r) > s.width-1 {
		line = string(r[:s.width-1])
	}
	if line != s.drawn {
		fmt.Fprint(s.w, "\r\x1b[K"+line)
		s.drawn = line
	}
}
