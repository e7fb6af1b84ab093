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
	comments, err := fieldComments(dir)
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

// fieldComments reads the comments of the struct fields, by type and field name.
func fieldComments(dir string) (map[string]string, error) {
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
		ast.Inspect(file, func(n ast.Node) bool {
			t, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			s, ok := t.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, field := range s.Fields.List {
				text := strings.TrimSpace(field.Doc.Text() + field.Comment.Text())
				for _, name := range field.Names {
					text = strings.TrimPrefix(text, name.Name+" is ")
					out[t.Name.Name+"."+name.Name] = strings.Join(strings.Fields(text), " ")
				}
			}
			return true
		})
	}
	return out, nil
}

const head = `# Kinds of entities

Generated from internal/kind (go generate ./internal/kind); do not edit.

An entity is one normalised, typed piece of the world. Its kind says which attributes it has; a facet is a set of attributes that several
kinds share. Each attribute is known (null included, where null is a fact), unknown with a reason, or not applicable. "observed" marks
what code cannot state; "derived" marks what Assay computes from several sources. Times are RFC 3339 in UTC, dates are YYYY-MM-DD, and
units are part of the names.

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
	fmt.Fprintf(b, "## %s `%s`\n\n%s. Planes: %s. Collectors: %s.", what, s.Name, upper(s.Doc), strings.Join(s.Planes, ", "),
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

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

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
		if elem.Kind() == reflect.Struct {
			rows(b, prefix+path+list+".", elem, comments)
			continue
		}
		var notes []string
		if c := comments[t.Name()+"."+f.Name]; c != "" {
			notes = append(notes, c)
		}
		if e := f.Tag.Get("enum"); e != "" {
			notes = append(notes, "one of "+strings.ReplaceAll(e, ",", ", "))
		}
		if f.Tag.Get("plane") == "observed" {
			notes = append(notes, "observed")
		}
		if f.Tag.Get("derived") != "" {
			notes = append(notes, "derived")
		}
		typ := strings.ToLower(elem.Name())
		if elem.Kind() == reflect.Map {
			typ = "map"
		}
		if f.Tag.Get("null") != "" {
			typ += " or null"
		}
		fmt.Fprintf(b, "| `%s%s%s` | %s | %s |\n", prefix, path, list, typ, strings.ReplaceAll(strings.Join(notes, "; "), "|", "\\|"))
	}
}
