// Package json renders the machine contract: one object with findings, controls, coverage and waivers.
//
// The fields are those of product.md; [Schema] describes them. Programs may rely on it: fields are added, never changed, within a
// schema version. A list is never null, and a field without omitempty is always there. assess.Read reads the form back, so that
// an assessment can be rendered again in any other format.
package json

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"io"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
)

// Spec is the json format.
var Spec = reports.Spec{
	Name: "json", Doc: "the whole assessment as one JSON object, for machines", New: func() reports.Renderer { return renderer{} },
}

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of the format.
func Schema() []byte { return bytes.Clone(schema) }

type renderer struct{}

// Render writes the assessment as indented JSON, one entry at a time: memory stays that of the largest entry.
func (renderer) Render(w io.Writer, a *assess.Assessment, _ reports.Options) error {
	o := newObject(w)
	o.field("schema_version", a.SchemaVersion)
	o.field("tool", a.Tool)
	o.field("policies_digest", a.PoliciesDigest)
	o.field("snapshot_digest", a.SnapshotDigest)
	o.field("as_of", a.AsOf)
	o.field("profile", a.Profile)
	o.field("summary", a.Summary)
	list(o, "findings", a.Findings, wholeFinding)
	list(o, "controls", a.Controls, wholeControl)
	list(o, "coverage", a.Coverage, func(c evidence.Coverage) evidence.Coverage { return c })
	list(o, "waivers", a.Waivers, func(s assess.WaiverState) assess.WaiverState { return s })
	list(o, "frameworks", a.Frameworks, func(f assess.FrameworkInfo) assess.FrameworkInfo { return f })
	list(o, "checks", a.Checks, wholeCheck)
	list(o, "sources", a.Sources, func(s evidence.Source) evidence.Source { return s })
	o.field("baseline", wholeBaseline(a.Baseline))
	return o.close()
}

func wholeBaseline(b *assess.Baseline) *assess.Baseline {
	if b == nil {
		return nil
	}
	out := *b
	out.Fixed = make([]finding.Finding, len(b.Fixed))
	for i, f := range b.Fixed {
		out.Fixed[i] = wholeFinding(f)
	}
	return &out
}

// wholeFinding has no null where the contract has a list.
func wholeFinding(f finding.Finding) finding.Finding {
	f.Attributes, f.Unknown = whole(f.Attributes), whole(f.Unknown)
	f.Controls, f.Evidence = whole(f.Controls), whole(f.Evidence)
	return f
}

func wholeControl(c assess.Control) assess.Control {
	c.Checks = whole(c.Checks)
	return c
}

func wholeCheck(c assess.CheckInfo) assess.CheckInfo {
	c.Units, c.Collectors = whole(c.Units), whole(c.Collectors)
	return c
}

func whole[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// object writes a JSON object field by field. The first error stays and stops it.
type object struct {
	w     *bufio.Writer
	entry bytes.Buffer // one entry on its way to w
	enc   *json.Encoder
	begun bool
	err   error
}

func newObject(w io.Writer) *object {
	o := &object{w: bufio.NewWriterSize(w, 1<<16)}
	o.enc = json.NewEncoder(&o.entry)
	o.enc.SetEscapeHTML(false)
	return o
}

func (o *object) field(name string, value any) {
	o.name(name)
	o.value(value, "  ")
}

func list[T any](o *object, name string, items []T, whole func(T) T) {
	o.name(name)
	if len(items) == 0 {
		o.text("[]")
		return
	}
	for i := range items {
		if i == 0 {
			o.text("[\n    ")
		} else {
			o.text(",\n    ")
		}
		item := whole(items[i])
		o.value(&item, "    ")
	}
	o.text("\n  ]")
}

func (o *object) name(name string) {
	if o.begun {
		o.text(",\n  ")
	} else {
		o.text("{\n  ")
	}
	o.begun = true
	o.value(name, "")
	o.text(": ")
}

func (o *object) value(v any, prefix string) {
	if o.err != nil {
		return
	}
	o.entry.Reset()
	o.enc.SetIndent(prefix, "  ")
	if o.err = o.enc.Encode(v); o.err == nil {
		_, o.err = o.w.Write(bytes.TrimSuffix(o.entry.Bytes(), []byte("\n")))
	}
}

func (o *object) text(s string) {
	if o.err == nil {
		_, o.err = o.w.WriteString(s)
	}
}

func (o *object) close() error {
	o.text("\n}\n")
	if o.err != nil {
		return o.err
	}
	return o.w.Flush()
}
