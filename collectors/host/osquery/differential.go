package osquery

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// stateKey names a table of a host.
type stateKey struct{ host, table string }

// state is a table that is put together from differential results. They are whole from the first of an epoch on, which has the counter 0.
type state struct {
	epoch number
	whole bool
	begun bool // the last result that was read belongs to the first
	at    time.Time
	rows  []row
	gone  []bool
	where map[string][]int // indices by what a row says
}

// differential applies one line of the log: a row that came or went, or a batch of them.
func (l *loader) differential(src source, id string, rec *record, at time.Time) error {
	h, name, err := l.target(id, rec.Name)
	if h == nil || err != nil {
		return err
	}
	if l.states == nil {
		l.states = map[stateKey]*state{}
	}
	key := stateKey{h.Name, name}
	s := l.states[key]
	first := rec.Counter != nil && *rec.Counter == 0
	if s == nil || s.epoch != rec.Epoch || first && !s.begun {
		s = &state{epoch: rec.Epoch, whole: first, where: map[string][]int{}}
		l.states[key] = s
	}
	s.begun = first
	if at.After(s.at) {
		s.at = at
	}
	var added, removed []json.RawMessage
	switch {
	case rec.DiffResults != nil:
		if !decodes(orNull(rec.DiffResults.Added), &added) || !decodes(orNull(rec.DiffResults.Removed), &removed) {
			s.whole = false
			l.notef("%s: a batch of %s cannot be read", src.path, rec.Name)
			return nil
		}
	case rec.Action == "removed":
		removed = []json.RawMessage{rec.Columns}
	default:
		added = []json.RawMessage{rec.Columns}
	}
	return l.apply(s, name, added, removed)
}

// orNull turns what stands for an empty list, nothing or an empty text, into null.
func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || string(raw) == `""` {
		return json.RawMessage("null")
	}
	return raw
}

// apply takes rows out and puts rows in.
func (l *loader) apply(s *state, name string, added, removed []json.RawMessage) error {
	for _, raw := range removed {
		r, ok := decodeRow(name, raw)
		if !ok {
			s.whole = false
			continue
		}
		key := strings.Join(r.values, "\x00")
		if at := s.where[key]; len(at) > 0 {
			s.gone[at[len(at)-1]] = true
			s.where[key] = at[:len(at)-1]
		}
	}
	for _, raw := range added {
		r, ok := decodeRow(name, raw)
		if !ok {
			s.whole = false
			continue
		}
		if l.rows++; l.rows > maxRows {
			return fmt.Errorf("the results of osquery have more than %d rows", maxRows)
		}
		key := strings.Join(r.values, "\x00")
		s.where[key] = append(s.where[key], len(s.rows))
		s.rows, s.gone = append(s.rows, r), append(s.gone, false)
	}
	return nil
}

// settle makes tables of the states, where no newer snapshot is there.
func (l *loader) settle() error {
	for key, s := range l.states {
		h, err := l.host(key.host)
		if err != nil {
			return err
		}
		if old := h.tables[key.table]; old != nil && old.at.After(s.at) {
			continue
		}
		t := &table{at: s.at, dated: true, unordered: true}
		for i, r := range s.rows {
			if !s.gone[i] {
				t.rows = append(t.rows, r)
			}
		}
		if !s.whole {
			t.doubt = cmp.Or(t.doubt, "the log does not begin with the first results of the query (counter 0), so rows may be missing; schedule it as a snapshot")
		}
		h.tables[key.table] = t
	}
	return nil
}
