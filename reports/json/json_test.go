package json_test

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/sample"
	"github.com/assay-audit/assay/reports/json"
)

func render(t *testing.T, a *assess.Assessment) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Spec.New().Render(&b, a, reports.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func hospital(t *testing.T) *assess.Assessment {
	t.Helper()
	a, err := sample.Assessment()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// full has every optional field set somewhere.
func full(t *testing.T) *assess.Assessment {
	t.Helper()
	a := hospital(t)
	a.Controls[0].Decision = &assess.Decision{Choice: "implemented", Reason: "r", Measure: "m", ApprovedBy: "a", ApprovedOn: "2026-01-01", ExpiresOn: "2027-01-01"}
	a.Checks[0].References = []string{"https://example.org"}
	a.Checks[0].Parameters = map[string]any{"whole": int64(90), "ratio": 0.95, "list": []any{"a"}, "big": int64(9007199254740993)}
	f := &a.Findings[0]
	f.Entity.Aliases = []string{"arn:aws:s3:::x"}
	f.Location = &finding.Location{File: "a.tf", StartLine: 1, EndLine: 2, StartColumn: 1, EndColumn: 2, Module: "module.a", Snippet: []string{"<&>"}}
	f.Fix = &finding.Fix{Description: "d", Replaces: true, Partial: true, Edits: []finding.Edit{
		{File: "a.tf", StartLine: 1, StartColumn: 1, EndLine: 2, EndColumn: 1, Replacement: "a = 1\n"},
	}}
	f.Provenance = []evidence.Provenance{{
		Source: "s", Method: "m", At: sample.AsOf(), RawSHA256: "x", RawRef: "y", By: "z",
		Locator: evidence.Locator{File: "f", Line: 1, EndLine: 1, Column: 1, EndColumn: 2, Module: "m", Address: "a", ARN: "a", Host: "h", Path: "p", Command: "c", Pointer: "/p", Commit: "c"},
	}}
	return a
}

func compile(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(json.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchema(t *testing.T) {
	t.Parallel()
	s := compile(t)
	empty, err := sample.Build([]finding.Finding{{Check: "enc.at_rest", Severity: finding.Low, Status: finding.Pass, Entity: finding.Entity{Plane: evidence.Declared}}}, nil,
		&evidence.Snapshot{AsOf: sample.AsOf()})
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]*assess.Assessment{"full": full(t), "empty lists": empty} {
		out := render(t, a)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The schema is closed: what it does not describe is an error, so a new field cannot be forgotten in it.
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(string(render(t, empty)), `"tool"`, `"surprise": 1, "tool"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if s.Validate(doc) == nil {
		t.Error("the schema accepts a field that it does not describe")
	}
}

// Every definition and property of the schema says what it means.
func TestSchemaIsDocumented(t *testing.T) {
	t.Parallel()
	var doc map[string]any
	if err := stdjson.Unmarshal(json.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	defs, _ := doc["$defs"].(map[string]any)
	if len(defs) == 0 {
		t.Fatal("no definitions")
	}
	for name, def := range defs {
		object, _ := def.(map[string]any)
		properties, _ := object["properties"].(map[string]any)
		for field, p := range properties {
			property, _ := p.(map[string]any)
			if property["description"] == nil && property["$ref"] == nil {
				t.Errorf("%s.%s has no description", name, field)
			}
		}
		if object["description"] == nil {
			t.Errorf("%s has no description", name)
		}
	}
}

// Writing entry by entry gives the bytes that writing the whole at once would.
func TestSameAsWhole(t *testing.T) {
	t.Parallel()
	a := hospital(t)
	var want bytes.Buffer
	enc := stdjson.NewEncoder(&want)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(a); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want.String(), string(render(t, a))); d != "" {
		t.Errorf("(-whole +streamed):\n%s", d)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	out := render(t, full(t))
	a, err := assess.Read(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(out), string(render(t, a))); d != "" {
		t.Errorf("rendering what was read differs (-first +again):\n%s", d)
	}
}

func TestNoNullLists(t *testing.T) {
	t.Parallel()
	a := &assess.Assessment{
		SchemaVersion: assess.SchemaVersion,
		Summary:       assess.Summary{Controls: map[assess.ControlStatus]int{}, FailBySeverity: map[finding.Severity]int{}},
		Findings:      []finding.Finding{{}}, Controls: []assess.Control{{}}, Checks: []assess.CheckInfo{{}},
	}
	out := string(render(t, a))
	for _, list := range []string{"attributes", "unknown", "controls", "evidence", "checks", "units", "collectors", "coverage", "waivers", "frameworks", "sources"} {
		if strings.Contains(out, `"`+list+`": null`) {
			t.Errorf("%s is null", list)
		}
	}
	for _, absent := range []string{"location", "waiver", "baseline", "decision"} {
		if !strings.Contains(out, `"`+absent+`": null`) {
			t.Errorf("%s is not null", absent)
		}
	}
	if a.Findings[0].Evidence != nil {
		t.Error("rendering changed the assessment")
	}
}

type broken struct{ after int }

var errBroken = errors.New("disk full")

func (b *broken) Write(p []byte) (int, error) {
	if b.after -= len(p); b.after < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestWriteError(t *testing.T) {
	t.Parallel()
	a := hospital(t)
	for _, after := range []int{0, 5000, 100000} {
		if err := json.Spec.New().Render(&broken{after}, a, reports.Options{}); !errors.Is(err, errBroken) {
			t.Errorf("after %d bytes: %v", after, err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	a, err := sample.Large(50_000)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := json.Spec.New().Render(io.Discard, a, reports.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
