// Command kinds writes what is generated from the kinds: docs/kinds.md, the reference for people, and policies/schemas/*.json, the
// JSON Schemas that an editor can check policies against.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/kind"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "kinds:", err)
		os.Exit(1)
	}
}

// run is called in internal/kind.
func run(dir string) error {
	root := filepath.Join(dir, "..", "..")
	comments, err := readComments(dir)
	if err != nil {
		return err
	}
	specs := slices.Concat(kind.Facets(), kind.All())
	for _, s := range specs {
		data, err := json.MarshalIndent(kind.Schema(s.Name), "", "  ")
		if err != nil {
			return err
		}
		path := filepath.Join(root, "policies", "schemas", s.Name+".json")
		if err := write(path, append(data, '\n')); err != nil {
			return err
		}
	}
	return write(filepath.Join(root, "docs", "kinds.md"), reference(comments))
}

func write(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

// readComments reads the comments of the structs, by type, and of their fields, by type and field name. A struct or an attribute
// without one is an error: the reference would be silent about it.
func readComments(dir string) (map[string]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, f := range files {
		file, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range decl.Specs {
				t, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				if fields, ok := t.Type.(*ast.StructType); ok {
					structComments(out, t.Name.Name, decl.Doc, fields)
				}
			}
		}
	}
	for name, text := range out {
		if text == "" {
			return nil, fmt.Errorf("%s has no comment: say what it means, in which unit, and what null means", name)
		}
	}
	return out, nil
}

// structComments adds the comments of a struct that has attributes.
func structComments(out map[string]string, name string, doc *ast.CommentGroup, s *ast.StructType) {
	for _, field := range s.Fields.List {
		if field.Tag == nil || !strings.Contains(field.Tag.Value, `attr:"`) {
			continue
		}
		out[name] = upper(strings.TrimPrefix(oneLine(doc.Text()), name+" is "))
		for _, n := range field.Names {
			out[name+"."+n.Name] = upper(oneLine(field.Doc.Text() + " " + field.Comment.Text()))
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

const head = `# Kinds of entities

Generated from internal/kind (go generate ./internal/kind); do not edit.

An entity is one normalised, typed piece of the world. Its kind says which attributes it has; a facet is a set of attributes that several
kinds share. How entities hang together is in [relations.md](relations.md).

Each attribute is known, unknown with a reason, or not applicable. A known attribute may be null where the type says so: then null is a
fact, such as "never" or "no label", and the meaning says which. A policy reads an attribute under its path, as
` + "`e.attrs[\"encryption.at_rest\"]`" + `; "[]" marks a list, and what follows it is a key inside each record of the list. The types are:

| type | what it holds |
|---|---|
| text | words; where the meaning ends in "One of", only those |
| true or false | a yes or no |
| whole number | a number without fraction, in the unit that the name ends in (_days, _minutes, _seconds, _ms, _bytes, _pct) |
| time | a point in time as RFC 3339 in UTC, such as 2026-11-21T12:00:00Z |
| date | a day as YYYY-MM-DD |
| map | keys and values as the source has them |
| list of ... | any number of them, possibly none; an empty list is a fact |

"UID" is the reference to another entity. "Observed" marks what code cannot state, so that it is unknown for Terraform; "Derived" marks
what Assay computes from several sources after all are read.

`

func reference(comments map[string]string) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	for _, s := range kind.Facets() {
		section(&b, "Facet", s, comments)
	}
	all := kind.All()
	slices.SortStableFunc(all, func(a, b kind.Spec) int { return cmp.Compare(a.Name, b.Name) })
	for _, s := range all {
		section(&b, "Kind", s, comments)
	}
	return b.Bytes()
}

func section(b *bytes.Buffer, what string, s kind.Spec, comments map[string]string) {
	doc := upper(s.Doc) + "."
	if s.Type != nil {
		doc = comments[s.Type.Name()]
	}
	fmt.Fprintf(b, "## %s `%s`\n\n%s\n\nPlanes: %s. Collectors: %s.", what, s.Name, doc, strings.Join(s.Planes, ", "),
		strings.Join(s.Collectors, ", "))
	for _, f := range s.Facets {
		fmt.Fprintf(b, " Carries the facet [`%s`](#facet-%s).", f, f)
	}
	b.WriteString("\n\n")
	if s.Type == nil {
		return
	}
	b.WriteString("| attribute | type | meaning |\n|---|---|---|\n")
	rows(b, "", s.Type, comments)
	b.WriteString("\n")
}

func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// rows writes a row for each attribute, and below a list of records the rows of their keys.
func rows(b *bytes.Buffer, prefix string, t reflect.Type, comments map[string]string) {
	for f := range t.Fields() {
		path, ok := f.Tag.Lookup("attr")
		if !ok {
			continue
		}
		value := kind.ValueType(f.Type)
		list, elem := "", value
		if value.Kind() == reflect.Slice {
			list, elem = "[]", value.Elem()
		}
		typ := typeName(elem)
		if list != "" {
			typ = "list of " + typ
		}
		if f.Tag.Get("null") != "" {
			typ += ", or null"
		}
		text := meaning(comments[t.Name()+"."+f.Name], f.Tag)
		fmt.Fprintf(b, "| `%s%s%s` | %s | %s |\n", prefix, path, list, typ, strings.ReplaceAll(text, "|", "\\|"))
		if elem.Kind() == reflect.Struct {
			rows(b, prefix+path+list+".", elem, comments)
		}
	}
}

// typeName is a type of values in plain words.
func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[kind.Time]():
		return "time"
	case t == reflect.TypeFor[kind.Date]():
		return "date"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int64:
		return "whole number"
	case reflect.Map:
		return "map"
	case reflect.Struct:
		return "records"
	case reflect.String:
		return "text"
	}
	panic("kinds: no name for the type " + t.String())
}

// meaning is an attribute's comment with what its tag says.
func meaning(comment string, tag reflect.StructTag) string {
	if e := tag.Get("enum"); e != "" {
		comment += " One of: " + strings.ReplaceAll(e, ",", ", ") + "."
	}
	if tag.Get("plane") == "observed" {
		comment += " Observed."
	}
	if tag.Get("derived") != "" {
		comment += " Derived."
	}
	return comment
}
