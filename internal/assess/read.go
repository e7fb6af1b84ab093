package assess

import (
	"encoding/json"
	"fmt"
	"io"
)

// Read reads an assessment in its JSON form, as the json report writes it.
func Read(r io.Reader) (*Assessment, error) {
	var a Assessment
	if err := json.NewDecoder(r).Decode(&a); err != nil {
		return nil, fmt.Errorf("not an assessment (write one with: assay scan TARGET -o json=PATH): %w", err)
	}
	if a.SchemaVersion != SchemaVersion {
		return nil, fmt.Errorf("the assessment has schema_version %q; this program reads %q", a.SchemaVersion, SchemaVersion)
	}
	return &a, nil
}
