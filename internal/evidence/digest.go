package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// Digest is the SHA-256 over the snapshot's canonical form, as sha256:<hex>: one JSON object per line, keys sorted, in the order
// of Sort. Two snapshots with the same evidence have the same digest.
func (s *Snapshot) Digest() (string, error) {
	h := sha256.New()
	head := struct {
		AsOf string `json:"as_of"`
		Tool string `json:"tool"`
	}{s.AsOf.UTC().Format("2006-01-02T15:04:05Z"), s.Tool}
	if err := canonical(h, head); err != nil {
		return "", err
	}
	for i := range s.Sources {
		if err := canonical(h, s.Sources[i]); err != nil {
			return "", err
		}
	}
	for i := range s.Coverage {
		if err := canonical(h, s.Coverage[i]); err != nil {
			return "", err
		}
	}
	for _, e := range s.Entities {
		if err := canonical(h, e); err != nil {
			return "", fmt.Errorf("entity %s: %w", e.UID, err)
		}
	}
	for i := range s.Relations {
		if err := canonical(h, s.Relations[i]); err != nil {
			return "", err
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

func canonical(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Merge is a placeholder until entities of several planes meet.
func (s *Snapshot) Merge() {}
