package framework

import (
	"encoding/json"
	"fmt"
	"io/fs"
)

// compactExtension is that of a framework's compact form.
const compactExtension = ".json"

// Compact returns the form of f that LoadCompact reads, and its file name. Reading it costs about a sixth of the CPU time that strict
// YAML does, which every start of the program would pay; it is generated from a file that Load accepted and is never edited.
func Compact(f Framework) (name string, content []byte, err error) {
	content, err = json.Marshal(f)
	if err != nil {
		return "", nil, fmt.Errorf("framework %s: %w", f.ID, err)
	}
	return f.ID + compactExtension, append(content, '\n'), nil
}

// LoadCompact is Load for the compact form. It trusts what it reads, so it is for generated files only.
func LoadCompact(fsys fs.FS, ids ...string) ([]Framework, error) {
	return load(fsys, compactExtension, ids, func(name string) (Framework, error) {
		var f Framework
		data, err := fs.ReadFile(fsys, name)
		if err == nil {
			err = json.Unmarshal(data, &f)
		}
		if err != nil {
			return Framework{}, fmt.Errorf("compact framework %s: %w", name, err)
		}
		return f, nil
	})
}
