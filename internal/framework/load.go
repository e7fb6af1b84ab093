package framework

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/strictyaml"
)

// extension of a framework file; its name before the extension is the framework's ID.
const extension = ".yaml"

// IDs lists the frameworks that Load finds in the root of fsys, sorted, without reading them.
func IDs(fsys fs.FS) ([]string, error) { return list(fsys, extension) }

func list(fsys fs.FS, extension string) ([]string, error) {
	names, err := fs.Glob(fsys, "*"+extension)
	if err != nil {
		return nil, fmt.Errorf("list frameworks: %w", err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, extension)
	}
	slices.Sort(names)
	return names, nil
}

// Load reads the named frameworks from the root of fsys, in the order named and each once, or all of them when none is named. Only the
// named files are read: a run pays for what it selects. An unknown ID is an error that names the nearest one; the faults of a
// file are *strictyaml.Error values with their places, all of them joined.
func Load(fsys fs.FS, ids ...string) ([]Framework, error) {
	return load(fsys, extension, ids, func(name string) (Framework, error) { return loadFile(fsys, name) })
}

// load reads the named frameworks, or all, with the reader of a file form.
func load(fsys fs.FS, extension string, ids []string, read func(name string) (Framework, error)) ([]Framework, error) {
	available, err := list(fsys, extension)
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		ids = available
	}
	var (
		out    []Framework
		faults []error
		done   = map[string]bool{}
	)
	for _, id := range ids {
		if done[id] {
			continue
		}
		done[id] = true
		var f Framework
		err := unknownFramework(id, available)
		if slices.Contains(available, id) {
			f, err = read(id + extension)
		}
		out, faults = append(out, f), append(faults, err)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return out, nil
}

func unknownFramework(id string, available []string) error {
	hint := "known frameworks: " + strings.Join(available, ", ")
	if near := strictyaml.Nearest(id, available); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near) + hint
	}
	return fmt.Errorf("unknown framework %q (%s)", id, hint)
}

func loadFile(fsys fs.FS, name string) (Framework, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return Framework{}, fmt.Errorf("read framework: %w", err)
	}
	doc, err := strictyaml.Decode[document](name, data, strictyaml.Options{})
	if err != nil {
		return Framework{}, err
	}
	if err := doc.check(name); err != nil {
		return Framework{}, err
	}
	return doc.framework(), nil
}

// document is the file format: mappings stand under their control, where a reviewer reads them together.
type document struct {
	Pos      strictyaml.Pos
	ID       string   `yaml:"id" assay:"required"`
	Title    string   `yaml:"title" assay:"required"`
	Citation string   `yaml:"citation" assay:"required"`
	Status   Status   `yaml:"status" assay:"required"`
	Optional bool     `yaml:"optional"`
	Version  string   `yaml:"version" assay:"required"`
	Note     string   `yaml:"note"`
	Excluded []string `yaml:"excluded"`
	Watch    []Watch  `yaml:"watch"`
	Sources  []string `yaml:"sources"`
	// Cite stands before an ID to form its citation; Tag before its slug to form its tag.
	Cite string `yaml:"cite" assay:"required"`
	Tag  string `yaml:"tag" assay:"required"`
	// Link is the address of the official text, with {head} for what stands before the first bracket of an ID, {number} for the
	// first number in it and {id} for the whole.
	Link     string            `yaml:"link" assay:"required"`
	Controls []documentControl `yaml:"controls" assay:"required"`
}

type documentControl struct {
	Pos                strictyaml.Pos
	ID                 string            `yaml:"id" assay:"required"`
	Title              string            `yaml:"title" assay:"required"`
	Kind               string            `yaml:"kind" assay:"required"`
	Designation        Designation       `yaml:"designation" assay:"required"`
	AppliesTo          []string          `yaml:"applies_to" assay:"required"`
	ScopeCondition     string            `yaml:"scope_condition"`
	Parent             string            `yaml:"parent"`
	Summary            string            `yaml:"summary" assay:"required"`
	TestableBy         []Domain          `yaml:"testable_by" assay:"required"`
	Automation         Automation        `yaml:"automation" assay:"required"`
	Rollup             string            `yaml:"rollup"`
	Clock              *Clock            `yaml:"clock"`
	Threshold          string            `yaml:"threshold"`
	Note               string            `yaml:"note"`
	CitationConfidence Confidence        `yaml:"citation_confidence"`
	Verified           Verified          `yaml:"verified" assay:"required"`
	Mappings           []documentMapping `yaml:"mappings"`
}

type documentMapping struct {
	Pos       strictyaml.Pos
	Check     string          `yaml:"check" assay:"required"`
	Strength  Strength        `yaml:"strength" assay:"required"`
	Reviewed  strictyaml.Date `yaml:"reviewed" assay:"required"`
	Rationale string          `yaml:"rationale" assay:"required"`
}

var (
	wellFormedID    = regexp.MustCompile(`^[A-Za-z0-9]+([. ]+[A-Za-z0-9]+)*(\([A-Za-z0-9]+\))*$`)
	wellFormedTag   = regexp.MustCompile(`^[a-z0-9-]+/$`)
	wellFormedWord  = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	wellFormedCheck = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
)

// checker gathers what is wrong with a decoded document, beyond what its types say.
type checker struct {
	file string
	errs []error
}

func (c *checker) failf(at strictyaml.Pos, where, format string, args ...any) {
	c.errs = append(c.errs, &strictyaml.Error{
		File: c.file, Line: at.Line, Column: at.Column, Path: where, Message: fmt.Sprintf(format, args...),
	})
}

func (d *document) check(file string) error {
	c := &checker{file: file}
	if d.ID != strings.TrimSuffix(path.Base(file), extension) {
		c.failf(d.Pos, "id", "framework %q must stand in a file named %s", d.ID, d.ID+extension)
	}
	if !wellFormedTag.MatchString(d.Tag) {
		c.failf(d.Pos, "tag", "%q is not a prefix such as hipaa/", d.Tag)
	}
	ids := make(map[string]strictyaml.Pos, len(d.Controls))
	for _, control := range d.Controls {
		if first, repeated := ids[control.ID]; repeated {
			c.failf(control.Pos, "", "control %s repeats the one in line %d", control.ID, first.Line)
			continue
		}
		ids[control.ID] = control.Pos
	}
	for _, control := range d.Controls {
		control.check(c, ids)
	}
	return errors.Join(c.errs...)
}

func (d *documentControl) check(c *checker, ids map[string]strictyaml.Pos) {
	if !wellFormedID.MatchString(d.ID) {
		c.failf(d.Pos, d.ID, "not a citation such as 164.312(a)(1) or Art. 32(1)(a)")
	}
	if !wellFormedWord.MatchString(d.Kind) {
		c.failf(d.Pos, d.ID, "kind %q is not a lower-case word", d.Kind)
	}
	for _, who := range d.AppliesTo {
		if !wellFormedWord.MatchString(who) {
			c.failf(d.Pos, d.ID, "applies_to %q is not a lower-case word", who)
		}
	}
	if _, known := ids[d.Parent]; d.Parent != "" && (!known || d.Parent == d.ID) {
		c.failf(d.Pos, d.ID, "parent %q is no other control of this framework", d.Parent)
	}
	d.checkMappings(c)
}

func (d *documentControl) checkMappings(c *checker) {
	checks := make(map[string]bool, len(d.Mappings))
	for _, m := range d.Mappings {
		switch {
		case !wellFormedCheck.MatchString(m.Check):
			c.failf(m.Pos, d.ID, "%q is not a check id such as enc.at_rest", m.Check)
		case checks[m.Check]:
			c.failf(m.Pos, d.ID, "check %s is mapped twice", m.Check)
		case m.Strength == Direct && d.Automation == ManualOnly:
			c.failf(m.Pos, d.ID, "check %s cannot be direct: automation is manual", m.Check)
		case m.Strength == Direct && d.Rollup != "":
			c.failf(m.Pos, d.ID, "check %s cannot be direct: the control is rolled up from others", m.Check)
		}
		checks[m.Check] = true
	}
}

func (d *document) framework() Framework {
	f := Framework{
		ID: d.ID, Title: d.Title, Citation: d.Citation, Status: d.Status, Optional: d.Optional, Version: d.Version, Note: d.Note,
		Excluded: d.Excluded, Watch: d.Watch, Sources: d.Sources, Controls: make([]Control, 0, len(d.Controls)),
	}
	slices.SortStableFunc(d.Controls, func(a, b documentControl) int { return CompareIDs(a.ID, b.ID) })
	for _, c := range d.Controls {
		f.Controls = append(f.Controls, d.control(c))
		for _, m := range c.Mappings {
			f.Mappings = append(f.Mappings, Mapping{
				Check: m.Check, Control: c.ID, Strength: m.Strength, Rationale: m.Rationale, Reviewed: m.Reviewed,
			})
		}
	}
	slices.SortStableFunc(f.Mappings, func(a, b Mapping) int {
		return cmp.Or(CompareIDs(a.Control, b.Control), cmp.Compare(a.Strength, b.Strength), cmp.Compare(a.Check, b.Check))
	})
	return f
}

func (d *document) control(c documentControl) Control {
	head, _ := splitID(c.ID)
	_, number, _ := cutNumber(head)
	return Control{
		ID: c.ID, Citation: d.Cite + " " + c.ID, Tag: d.Tag + slug(c.ID),
		Link:  strings.NewReplacer("{head}", head, "{number}", number, "{id}", c.ID).Replace(d.Link),
		Title: c.Title, Kind: c.Kind, Designation: c.Designation, AppliesTo: c.AppliesTo, ScopeCondition: c.ScopeCondition,
		Parent: c.Parent, Summary: c.Summary, TestableBy: c.TestableBy, Automation: c.Automation, Rollup: c.Rollup, Clock: c.Clock,
		Threshold: c.Threshold, Note: c.Note, CitationConfidence: c.CitationConfidence, Verified: c.Verified,
	}
}
