package evidence

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/assay-audit/assay/internal/guard"
)

// Schema names the form of a stored snapshot.
const Schema = "evidence/v1"

// ManifestFile is the file by which a directory is known to be a snapshot.
const ManifestFile = "manifest.json"

// maxLine bounds one record of a stored snapshot.
const maxLine = 64 << 20

// manifest is the first file to read: it names the parts and their digests.
type manifest struct {
	header
	Digest string     `json:"digest"`
	Parts  []partInfo `json:"parts"`
}

// Write stores the snapshot in a directory: manifest.json, and one gzip file of JSON lines per part, which zcat and jq read. The
// directory appears whole or not at all. An earlier snapshot in its place is replaced; anything else there is an error.
func Write(dir string, s *Snapshot) (digest string, err error) {
	return writeParts(dir, s.header(), s.parts())
}

func writeParts(dir string, h header, parts []part) (digest string, err error) {
	if err := Replaceable(dir); err != nil {
		return "", err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp(parent, ".assay-snapshot-*")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	m := manifest{header: h, Parts: make([]partInfo, len(parts))}
	var g errgroup.Group
	for i, p := range parts { // side by side: each is a file of its own
		g.Go(guard.Go(func() (err error) {
			m.Parts[i], err = writePart(filepath.Join(tmp, p.name+".gz"), p)
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		return "", err
	}
	m.Digest = digestOf(m.header, m.Parts)
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(tmp, ManifestFile), append(data, '\n'), 0o600); err != nil {
		return "", err
	}
	return m.Digest, swap(tmp, dir)
}

// Replaceable reports, as an error, that Write may not write the directory: it is neither absent nor empty nor a snapshot.
func Replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == ManifestFile {
			return nil
		}
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty and holds no snapshot; name another directory", dir)
	}
	return nil
}

// swap puts the new directory in the place of the old one.
func swap(tmp, dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(tmp, dir)
	}
	old := tmp + ".old"
	if err := os.Rename(dir, old); err != nil {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	return os.RemoveAll(old)
}

func writePart(path string, p part) (info partInfo, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return partInfo{}, err
	}
	buf := bufio.NewWriterSize(f, 1<<16)
	zip, err := gzip.NewWriterLevel(buf, gzip.BestSpeed) // a snapshot of an organisation is written while somebody waits
	if err != nil {
		return partInfo{}, errors.Join(err, f.Close())
	}
	info, err = p.write(zip)
	return info, errors.Join(err, zip.Close(), buf.Flush(), f.Sync(), f.Close())
}

// Read reads a stored snapshot and returns it with its digest. A part that is missing, truncated or altered is an error that names
// it.
func Read(dir string) (*Snapshot, string, error) {
	data, err := os.ReadFile(filepath.Join(dir, ManifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("%s is not a snapshot: it has no %s (make one with: assay collect TARGET --out DIR)", dir, ManifestFile)
	}
	if err != nil {
		return nil, "", err
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, "", fmt.Errorf("%s: %s is damaged: %w", dir, ManifestFile, err)
	}
	if m.Schema != Schema {
		return nil, "", fmt.Errorf("%s: the snapshot has the form %q; this program reads %q", dir, m.Schema, Schema)
	}
	if digestOf(m.header, m.Parts) != m.Digest {
		return nil, "", fmt.Errorf("%s: %s does not match its own digest: it was altered", dir, ManifestFile)
	}
	s := &Snapshot{Tool: m.Tool}
	if s.AsOf, err = time.Parse(time.RFC3339, m.AsOf); err != nil {
		return nil, "", fmt.Errorf("%s: %s: %w", dir, ManifestFile, err)
	}
	readers := map[string]func(line []byte) error{
		partSources:   lineInto(&s.Sources),
		partCoverage:  lineInto(&s.Coverage),
		partEntities:  lineInto(&s.Entities),
		partRelations: lineInto(&s.Relations),
		partFiles:     lineInto(&s.Files),
	}
	for _, info := range m.Parts {
		take, ok := readers[info.Name]
		if !ok {
			return nil, "", fmt.Errorf("%s: %s names an unknown part %q", dir, ManifestFile, info.Name)
		}
		delete(readers, info.Name)
		if err := readPart(filepath.Join(dir, info.Name+".gz"), info, take); err != nil {
			return nil, "", fmt.Errorf("%s: %w", dir, err)
		}
	}
	for name := range readers {
		return nil, "", fmt.Errorf("%s: %s does not name the part %s", dir, ManifestFile, name)
	}
	for _, e := range s.Entities {
		e.normalise()
	}
	return s, m.Digest, nil
}

func lineInto[T any](list *[]T) func([]byte) error {
	return func(line []byte) error {
		var v T
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.UseNumber()
		if err := dec.Decode(&v); err != nil {
			return err
		}
		*list = append(*list, v)
		return nil
	}
}

// readPart reads one part and holds it against the manifest.
func readPart(path string, want partInfo, take func([]byte) error) (err error) {
	damaged := func(why error) error { return fmt.Errorf("the part %s is damaged: %w", filepath.Base(path), why) }
	f, err := os.Open(path)
	if err != nil {
		return damaged(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	zip, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return damaged(err)
	}
	h := sha256.New()
	limited := io.LimitReader(zip, want.Bytes+1) // no more than the manifest promises, whatever the file unpacks to
	sc := bufio.NewScanner(io.TeeReader(limited, h))
	sc.Buffer(make([]byte, 0, 1<<16), maxLine)
	n := 0
	for sc.Scan() {
		if err := take(sc.Bytes()); err != nil {
			return damaged(fmt.Errorf("record %d: %w", n+1, err))
		}
		n++
	}
	if err := sc.Err(); err != nil {
		return damaged(err)
	}
	if hexOf(h) != want.SHA256 || n != want.Records {
		return damaged(errors.New("its digest is not the one in " + ManifestFile))
	}
	return nil
}

// normalise turns the numbers of decoded JSON into the types that collectors use: int64 where whole, else float64.
func (e *Entity) normalise() {
	for k, v := range e.Attrs {
		e.Attrs[k] = plainNumber(v)
	}
	for _, view := range e.Planes {
		for k, v := range view.Attrs {
			view.Attrs[k] = plainNumber(v)
		}
	}
}

func plainNumber(v any) any {
	switch v := v.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil && !strings.ContainsAny(v.String(), ".eE") {
			return i
		}
		f, _ := v.Float64() // out of range becomes infinite, which no policy equals
		return f
	case []any:
		for i := range v {
			v[i] = plainNumber(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plainNumber(v[k])
		}
	}
	return v
}
