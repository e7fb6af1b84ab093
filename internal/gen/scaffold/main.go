// Command scaffold begins a collector, a report format or a framework: files that compile, with a test that fails until they are
// written.
//
// Usage: scaffold collector|report|framework NAME, in the project's root.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var name = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

func main() {
	if len(os.Args) != 3 || !name.MatchString(os.Args[2]) {
		fmt.Fprintln(os.Stderr, "usage: scaffold collector|report|framework NAME (lower case, such as azure)")
		os.Exit(2)
	}
	files, err := begin(os.Args[1], os.Args[2])
	if err == nil {
		err = write(files)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scaffold:", err)
		os.Exit(1)
	}
	paths := make([]string, 0, len(files))
	for path := range files {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		fmt.Println(path)
	}
	fmt.Println("Run make generate; the test in it fails until it is written.")
}

func begin(what, name string) (map[string]string, error) {
	pkg := strings.ReplaceAll(name, "-", "")
	replace := strings.NewReplacer("NAME", name, "PKG", pkg).Replace
	switch what {
	case "collector":
		dir := filepath.Join("collectors", pkg)
		return map[string]string{
			filepath.Join(dir, pkg+".go"):      replace(collector),
			filepath.Join(dir, pkg+"_test.go"): replace(collectorTest),
		}, nil
	case "report":
		dir := filepath.Join("reports", pkg)
		return map[string]string{
			filepath.Join(dir, pkg+".go"):      replace(report),
			filepath.Join(dir, pkg+"_test.go"): replace(reportTest),
		}, nil
	case "framework":
		return map[string]string{filepath.Join("frameworks", name+".yaml"): replace(framework)}, nil
	}
	return nil, fmt.Errorf("%q is none of collector, report, framework", what)
}

// write writes all files, or none where one of them exists.
func write(files map[string]string) error {
	for path := range files {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s exists already", path)
		}
	}
	for path, text := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

const collector = `// Package PKG collects ... (what it reads, in which plane, and what it never touches).
package PKG

import (
	"context"
	"errors"

	"github.com/assay-audit/assay/collectors"
)

// Spec is the NAME collector.
var Spec = collectors.Spec{
	Name: "NAME", Schemes: []string{"NAME"}, New: func() collectors.Collector { return collector{} },
}

type collector struct{}

// Collect reads the target into the sink. What goes wrong on the way is coverage and a problem; an error means that nothing can be
// said of the target at all.
func (collector) Collect(_ context.Context, _ collectors.Env, req collectors.Request, _ collectors.Sink) error {
	return errors.New(req.Target.Ref + ": the NAME collector reads nothing yet")
}
`

const collectorTest = `package PKG_test

import (
	"testing"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/PKG"
)

func TestCollectReadsATarget(t *testing.T) {
	target := collectors.Target{Ref: "NAME:", Scheme: "NAME"}
	if err := PKG.Spec.New().Collect(t.Context(), collectors.Env{}, collectors.Request{Target: target, Source: "s1"}, nil); err != nil {
		t.Error(err)
	}
}
`

const report = `// Package PKG renders ... (for whom, and what the format is: with its specification).
package PKG

import (
	"errors"
	"io"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/reports"
)

// Spec is the NAME format.
var Spec = reports.Spec{Name: "NAME", Doc: "...", New: func() reports.Renderer { return renderer{} }}

type renderer struct{}

// Render writes the assessment.
func (renderer) Render(io.Writer, *assess.Assessment, reports.Options) error {
	return errors.New("the NAME format renders nothing yet")
}
`

const reportTest = `package PKG_test

import (
	"bytes"
	"testing"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/PKG"
)

func TestRenderWritesAnEmptyAssessment(t *testing.T) {
	var b bytes.Buffer
	if err := PKG.Spec.New().Render(&b, &assess.Assessment{}, reports.Options{}); err != nil {
		t.Fatal(err)
	}
	if b.Len() == 0 {
		t.Error("nothing was written")
	}
}
`

const framework = `# The framework's name, and where its text is. Every control stands here, also those that no check decides.
id: NAME
title: NAME
citation: NAME
status: in_force
optional: true
version: the edition, with its date
cite: NAME
tag: NAME/
link: https://example.org/NAME#{number}
controls:
  - id: "1"
    title: The control's title
    kind: section
    designation: required
    applies_to: [everyone]
    testable_by: [manual]
    automation: manual
    verified: {sources: 1, exact: 0}
    summary: What it asks for, in your own words.
`
