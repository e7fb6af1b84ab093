package app

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
)

// quote adds to every location the source lines to which it points, as far as the snapshot holds the file's text.
func quote(findings []finding.Finding, files []evidence.SourceFile) {
	texts := make(map[string]string, len(files))
	for _, f := range files {
		texts[f.Path] = f.Text
	}
	lines := map[string][]string{} // by file, split at the first use
	snippet := func(l *finding.Location) {
		if l == nil || texts[l.File] == "" {
			return
		}
		if _, ok := lines[l.File]; !ok {
			lines[l.File] = strings.Split(texts[l.File], "\n")
		}
		l.Snippet = linesOf(lines[l.File], l.StartLine, l.EndLine)
	}
	for i := range findings {
		snippet(findings[i].Location)
		for j := range findings[i].Reasons {
			snippet(findings[i].Reasons[j].Location)
		}
	}
}

// cite adds to every finding the digests of the evidence that decides it: the files that its places lie in, as they were read, and
// the payloads that its provenance names. Evidence that has neither is cited by the digest of the entity as the snapshot holds it.
func cite(findings []finding.Finding, snap *evidence.Snapshot) error {
	files := make(map[string]string, len(snap.Files))
	for _, f := range snap.Files {
		files[f.Path] = "sha256:" + f.SHA256
	}
	entities := make(map[string]*evidence.Entity, len(snap.Entities))
	for _, e := range snap.Entities {
		entities[e.UID] = e
	}
	digests := map[string]string{} // of entities by uid: several checks judge the same one
	for i := range findings {
		f := &findings[i]
		f.Evidence = []string{}
		for _, p := range f.Provenance {
			if p.RawSHA256 != "" {
				f.Evidence = append(f.Evidence, "sha256:"+strings.TrimPrefix(p.RawSHA256, "sha256:"))
			}
			if digest, ok := files[p.Locator.File]; ok {
				f.Evidence = append(f.Evidence, digest)
			}
		}
		if e := entities[f.Entity.UID]; len(f.Evidence) == 0 && e != nil {
			if _, ok := digests[e.UID]; !ok {
				digest, err := e.Digest()
				if err != nil {
					return err
				}
				digests[e.UID] = digest
			}
			f.Evidence = append(f.Evidence, digests[e.UID])
		}
		slices.Sort(f.Evidence)
		f.Evidence = slices.Compact(f.Evidence)
	}
	return nil
}

// maxQuoted bounds a quoted line, in bytes.
const maxQuoted = 400

// linesOf returns the lines from start to end (1-based, inclusive), at most [finding.MaxSnippet] of them.
func linesOf(all []string, start, end int) []string {
	if start < 1 || start > len(all) {
		return nil
	}
	end = min(max(start, end), len(all), start+finding.MaxSnippet-1)
	out := make([]string, 0, end-start+1)
	for _, line := range all[start-1 : end] {
		line = strings.TrimSuffix(line, "\r")
		if len(line) > maxQuoted {
			line = strings.ToValidUTF8(line[:maxQuoted], "") + " ..."
		}
		out = append(out, line)
	}
	return out
}
