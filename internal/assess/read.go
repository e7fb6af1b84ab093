package assess

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/internal/finding"
)

// SchemaError says that a file is no assessment that this version reads.
type SchemaError struct {
	Found string // the file's schema_version; "" where it has none
}

func (e *SchemaError) Error() string {
	if e.Found == "" {
		return "not an assessment: it has no schema_version (an assessment is what assay scan -o json=FILE writes)"
	}
	return fmt.Sprintf("the assessment has schema version %q and this assay reads up to %s of version %s; use the assay that wrote it, or a newer one",
		e.Found, SchemaVersion, majorOf(SchemaVersion))
}

// Read reads the JSON form of an assessment. It accepts the schema versions of its own major version up to its own, and of those no
// field that it does not know, so that nothing is lost unseen when the assessment is rendered again. The error names the place.
func Read(r io.Reader) (*Assessment, error) {
	var raw json.RawMessage
	dec := json.NewDecoder(r)
	if err := dec.Decode(&raw); err != nil {
		return nil, placed(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("read assessment: there is more after the assessment's closing brace")
	}
	var head struct {
		SchemaVersion string `json:"schema_version"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, placed(err)
	}
	if !readable(head.SchemaVersion) {
		return nil, fmt.Errorf("read assessment: %w", &SchemaError{Found: head.SchemaVersion})
	}
	var a Assessment
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	strict.UseNumber() // parameters keep the form in which they were written
	if err := strict.Decode(&a); err != nil {
		return nil, placed(err)
	}
	if err := a.check(); err != nil {
		return nil, fmt.Errorf("read assessment: %w", err)
	}
	return &a, nil
}

// readable reports whether a version has our major version and a minor one that we know.
func readable(version string) bool {
	minor := func(v string) (int, error) {
		_, after, _ := strings.Cut(v, ".")
		return strconv.Atoi(after)
	}
	theirs, err := minor(version)
	ours, _ := minor(SchemaVersion) // a constant
	return err == nil && majorOf(version) == majorOf(SchemaVersion) && theirs >= 0 && theirs <= ours
}

func majorOf(version string) string {
	major, _, _ := strings.Cut(version, ".")
	return major
}

// check holds the enumerated words of the assessment against those that exist: a verdict that nobody knows would be counted nowhere.
func (a *Assessment) check() error {
	for i := range a.Findings {
		f := &a.Findings[i]
		if !slices.Contains(finding.Statuses(), f.Status) {
			return fmt.Errorf("findings[%d] (%s on %s): unknown status %q", i, f.Check, f.Entity.ID, f.Status)
		}
		if !slices.Contains(finding.Severities(), f.Severity) {
			return fmt.Errorf("findings[%d] (%s on %s): unknown severity %q", i, f.Check, f.Entity.ID, f.Severity)
		}
	}
	for i := range a.Controls {
		if c := &a.Controls[i]; !slices.Contains(ControlStatuses(), c.Status) {
			return fmt.Errorf("controls[%d] (%s %s): unknown status %q", i, c.Framework, c.ID, c.Status)
		}
	}
	return nil
}

// placed adds to an error of decoding where in the file it is.
func placed(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("read assessment: at byte %d: %w", syntax.Offset, err)
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("read assessment: %s is a JSON %s, which is not what belongs there: %w", kind.Field, kind.Value, err)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("read assessment: the file is empty or ends too early")
	}
	return fmt.Errorf("read assessment: %w", err)
}
