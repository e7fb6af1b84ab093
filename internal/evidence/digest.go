package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
)

// The parts of a snapshot: each is a file of JSON lines.
const (
	partSources   = "sources.jsonl"
	partCoverage  = "coverage.jsonl"
	partEntities  = "entities.jsonl"
	partRelations = "relations.jsonl"
	partFiles     = "files.jsonl"
)

// parts lists the parts in the order of their digest, with what writes their lines.
func (s *Snapshot) parts() []part {
	return []part{
		{partSources, func(emit func(any) error) error { return each(s.Sources, emit) }},
		{partCoverage, func(emit func(any) error) error { return each(s.Coverage, emit) }},
		{partEntities, func(emit func(any) error) error { return each(s.Entities, emit) }},
		{partRelations, func(emit func(any) error) error { return each(s.Relations, emit) }},
		{partFiles, func(emit func(any) error) error { return each(s.Files, emit) }},
	}
}

type part struct {
	name  string
	lines func(emit func(any) error) error
}

func each[T any](list []T, emit func(any) error) error {
	for i := range list {
		if err := emit(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

// partInfo describes one part in the manifest.
type partInfo struct {
	Name    string `json:"name"`
	Records int    `json:"records"`
	Bytes   int64  `json:"bytes"`  // of the uncompressed lines
	SHA256  string `json:"sha256"` // of the uncompressed lines, hex
}

// write writes the part's lines to w and says what was written.
func (p part) write(w io.Writer) (partInfo, error) {
	info := partInfo{Name: p.name}
	h := sha256.New()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := p.lines(func(v any) error {
		b.Reset()
		if err := enc.Encode(v); err != nil {
			return err
		}
		info.Records++
		info.Bytes += int64(b.Len())
		h.Write(b.Bytes())
		_, err := w.Write(b.Bytes())
		return err
	})
	info.SHA256 = hexOf(h)
	if err != nil {
		return info, fmt.Errorf("%s: %w", p.name, err)
	}
	return info, nil
}

func hexOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// Digest is the SHA-256 over the digests of the snapshot's parts, as sha256:<hex>. It depends on the evidence alone, not on how or
// where it is stored: the digest of a snapshot in memory is that of the same snapshot read from disk.
func (s *Snapshot) Digest() (string, error) {
	var infos []partInfo
	for _, p := range s.parts() {
		info, err := p.write(io.Discard)
		if err != nil {
			return "", err
		}
		infos = append(infos, info)
	}
	return digestOf(s.header(), infos), nil
}

// Digest is the SHA-256 over the entity's JSON, as sha256:<hex>.
func (e *Entity) Digest() (string, error) {
	data, err := json.Marshal(e)
	if err != nil {
		return "", fmt.Errorf("entity %s: %w", e.UID, err)
	}
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), nil
}

// header is what the manifest says of the snapshot as a whole.
type header struct {
	Schema string `json:"schema"`
	AsOf   string `json:"as_of"`
	Tool   string `json:"tool"`
}

func (s *Snapshot) header() header {
	return header{Schema: Schema, AsOf: s.AsOf.UTC().Format("2006-01-02T15:04:05Z"), Tool: s.Tool}
}

func digestOf(h header, infos []partInfo) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%s\n", h.Schema, h.AsOf, h.Tool)
	for _, p := range infos {
		fmt.Fprintf(sum, "%s %d %d %s\n", p.Name, p.Records, p.Bytes, p.SHA256)
	}
	return "sha256:" + hexOf(sum)
}
