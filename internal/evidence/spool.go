package evidence

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// spoolFile is the file of a spool, beside which nothing else lies in its directory.
const spoolFile = "spool.jsonl"

// Spool is a collection on its way to a snapshot: evidence goes to disk unit by unit, so that memory stays bounded and an interrupted
// collection can be resumed. A unit is there whole or not at all. In memory remain only the names by which entities are merged, and the
// relations.
type Spool struct {
	dir string

	mu        sync.Mutex
	file      *os.File
	size      int64 // of what is committed
	entities  []spooled
	relations []Relation
	done      map[string][]byte
}

// spooled is an entity on disk: what merging asks of it, and where it lies.
type spooled struct {
	stub   *Entity
	offset int64
	length int
}

// spoolLine is one line of the file. A unit's line follows its entities and relations, and commits them.
type spoolLine struct {
	// Header identifies the collection; it is the first line.
	Header   string          `json:"header,omitempty"`
	Entity   json.RawMessage `json:"entity,omitempty"`
	Relation *Relation       `json:"relation,omitempty"`
	Unit     string          `json:"unit,omitempty"`
	Note     []byte          `json:"note,omitempty"`
}

// ErrOtherCollection says that a spool belongs to a collection of other targets or settings.
var ErrOtherCollection = errors.New("it was begun with other targets, checks or settings")

// ErrCollecting says that another process is writing the spool.
var ErrCollecting = errors.New("another assay is collecting into it")

// SpoolDir is the directory of the spool for a snapshot in dir.
func SpoolDir(dir string) string { return filepath.Clean(dir) + ".partial" }

// HasSpool reports whether an interrupted collection for the snapshot in dir is there.
func HasSpool(dir string) bool {
	_, err := os.Stat(filepath.Join(SpoolDir(dir), spoolFile))
	return err == nil
}

// OpenSpool opens the spool for a snapshot in dir. The header says what is collected: a spool that is there already is gone on with where it
// has the same header, else the error is ErrOtherCollection; it is ErrCollecting while another process has it open.
func OpenSpool(dir, header string) (*Spool, error) {
	s := &Spool{dir: SpoolDir(dir), done: make(map[string][]byte)}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(s.dir, spoolFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	s.file = f
	if err := lock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := s.load(header); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return s, nil
}

// load reads what earlier runs committed, and cuts off what they did not.
func (s *Spool) load(header string) error {
	r := bufio.NewReaderSize(s.file, 1<<16)
	var offset int64
	var pending []spooled
	var relations []Relation
	for first := true; ; first = false {
		raw, err := r.ReadBytes('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) {
				return err
			}
			break
		}
		var line spoolLine
		if err := json.Unmarshal(raw, &line); err != nil {
			break // the run ended in the middle of a line
		}
		if first && line.Header != header {
			return ErrOtherCollection
		}
		switch {
		case line.Entity != nil:
			e, err := stubOf(line.Entity)
			if err != nil {
				return fmt.Errorf("%s is damaged at byte %d: %w", s.file.Name(), offset, err)
			}
			pending = append(pending, spooled{e, offset, len(raw)})
		case line.Relation != nil:
			relations = append(relations, *line.Relation)
		}
		offset += int64(len(raw))
		if line.Unit != "" || line.Header != "" {
			s.entities, s.relations, s.size = append(s.entities, pending...), append(s.relations, relations...), offset
			pending, relations = nil, nil
			if line.Unit != "" {
				s.done[line.Unit] = line.Note
			}
		}
	}
	if err := s.file.Truncate(s.size); err != nil {
		return err
	}
	if s.size > 0 {
		return nil
	}
	var b bytes.Buffer
	if err := writeLine(&b, spoolLine{Header: header}); err != nil {
		return err
	}
	return s.append(b.Bytes())
}

// stubOf keeps of an entity what merging asks of it.
func stubOf(raw []byte) (*Entity, error) {
	var e Entity
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	return stub(&e), nil
}

func stub(e *Entity) *Entity {
	out := &Entity{UID: e.UID, Kind: e.Kind, Plane: e.Plane, Aliases: e.Aliases}
	if len(e.Prov) > 0 {
		out.Prov = []Provenance{{Method: e.Prov[0].Method}}
	}
	return out
}

func writeLine(b *bytes.Buffer, line spoolLine) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	return enc.Encode(line)
}

func (s *Spool) append(data []byte) error {
	n, err := s.file.WriteAt(data, s.size)
	if err != nil {
		return fmt.Errorf("%s: %w", s.file.Name(), err)
	}
	s.size += int64(n)
	return nil
}

// Done implements collectors.Journal.
func (s *Spool) Done(unit string) (note []byte, done bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	note, done = s.done[unit]
	return note, done
}

// Units is the number of units that are complete.
func (s *Spool) Units() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.done)
}

// Commit implements collectors.Journal.
func (s *Spool) Commit(unit string, note []byte, entities []*Entity, relations []Relation) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	list := make([]spooled, len(entities))
	for i, e := range entities {
		begin := b.Len()
		if err := enc.Encode(struct {
			Entity *Entity `json:"entity"`
		}{e}); err != nil {
			return fmt.Errorf("entity %s: %w", e.UID, err)
		}
		list[i] = spooled{stub(e), int64(begin), b.Len() - begin}
	}
	for i := range relations {
		if err := enc.Encode(struct {
			Relation *Relation `json:"relation"`
		}{&relations[i]}); err != nil {
			return err
		}
	}
	if err := enc.Encode(spoolLine{Unit: unit, Note: note}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range list {
		list[i].offset += s.size
	}
	if err := s.append(b.Bytes()); err != nil {
		return err
	}
	s.entities, s.relations = append(s.entities, list...), append(s.relations, relations...)
	s.done[unit] = note
	return nil
}

// read reads one entity back.
func (s *Spool) read(x spooled) (*Entity, error) {
	buf := make([]byte, x.length)
	if _, err := s.file.ReadAt(buf, x.offset); err != nil {
		return nil, fmt.Errorf("%s: %w", s.file.Name(), err)
	}
	var line struct {
		Entity json.RawMessage `json:"entity"`
	}
	if err := json.Unmarshal(buf, &line); err != nil {
		return nil, fmt.Errorf("%s is damaged at byte %d", s.file.Name(), x.offset)
	}
	e, err := DecodeEntity(line.Entity)
	if err != nil {
		return nil, fmt.Errorf("%s is damaged at byte %d: %w", s.file.Name(), x.offset, err)
	}
	return e, nil
}

// DecodeEntity reads an entity as [json.Marshal] wrote it, with the types that its attributes had.
func DecodeEntity(raw []byte) (*Entity, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var e *Entity
	if err := dec.Decode(&e); err != nil {
		return nil, err
	}
	if e == nil {
		return nil, errors.New("there is no entity")
	}
	e.normalise()
	return e, nil
}

// WriteSpooled stores the snapshot like Write, with the spool's entities and relations besides its own. Entities are merged and go from
// disk to disk one at a time. It returns how many there are.
func WriteSpooled(dir string, s *Snapshot, spool *Spool) (digest string, entities int, err error) {
	spool.mu.Lock()
	defer spool.mu.Unlock()
	list := make([]spooled, 0, len(s.Entities)+len(spool.entities))
	whole := make(map[*Entity]*Entity, len(s.Entities))
	for _, e := range s.Entities {
		x := stub(e)
		whole[x] = e
		list = append(list, spooled{stub: x})
	}
	list = append(list, spool.entities...)
	slices.SortStableFunc(list, func(a, b spooled) int { return cmp.Compare(a.stub.UID, b.stub.UID) })
	names := &Snapshot{AsOf: s.AsOf, Tool: s.Tool, Sources: s.Sources, Coverage: s.Coverage, Files: s.Files}
	at := make(map[*Entity]spooled, len(list))
	for _, x := range list {
		names.Entities = append(names.Entities, x.stub)
		at[x.stub] = x
	}
	groups, renamed := names.merged()
	names.Entities = nil
	names.Relations = slices.Concat(s.Relations, spool.relations)
	names.rewire(renamed)
	names.Sort()
	load := func(x *Entity) (*Entity, error) {
		if e, ok := whole[x]; ok {
			return e, nil
		}
		return spool.read(at[x])
	}
	parts := names.parts()
	for i := range parts {
		if parts[i].name == partEntities {
			parts[i].lines = func(emit func(any) error) error { return emitGroups(groups, renamed, load, emit) }
		}
	}
	digest, err = writeParts(dir, names.header(), parts)
	return digest, len(groups), err
}

// merged returns the groups of entities that are one, in the order of the uid that each will have, and the new uid of each that loses its own.
func (s *Snapshot) merged() (groups [][]*Entity, renamed map[string]string) {
	groups = s.groups()
	if groups == nil {
		for _, e := range s.Entities {
			groups = append(groups, []*Entity{e})
		}
		return groups, nil
	}
	renamed = make(map[string]string)
	for _, g := range groups {
		if len(g) == 1 {
			continue
		}
		slices.SortStableFunc(g, stronger)
		for _, e := range g {
			renamed[e.UID] = g[0].UID
		}
	}
	slices.SortStableFunc(groups, func(a, b []*Entity) int { return cmp.Compare(a[0].UID, b[0].UID) })
	return groups, renamed
}

// emitGroups hands on each group as one entity.
func emitGroups(groups [][]*Entity, renamed map[string]string, load func(*Entity) (*Entity, error), emit func(any) error) error {
	for _, g := range groups {
		parts := make([]*Entity, len(g))
		for i, x := range g {
			e, err := load(x)
			if err != nil {
				return err
			}
			parts[i] = e
		}
		e := parts[0]
		if len(parts) > 1 {
			e = mergeGroup(parts)
		}
		if len(renamed) > 0 {
			rewireEntity(e, renamed)
		}
		if err := emit(e); err != nil {
			return err
		}
	}
	return nil
}

// Close keeps the spool for a later run.
func (s *Spool) Close() error { return s.file.Close() }

// Remove ends the spool; its snapshot has been written.
func (s *Spool) Remove() error {
	err := errors.Join(s.file.Close(), os.Remove(s.file.Name()))
	if dirErr := os.Remove(s.dir); dirErr != nil && !errors.Is(dirErr, fs.ErrNotExist) {
		return errors.Join(err, dirErr)
	}
	return err
}
