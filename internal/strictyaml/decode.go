package strictyaml

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder walks the node tree beside the Go value and gathers faults.
type decoder struct {
	file       string
	plans      map[reflect.Type]*plan
	errs       []error
	dropped    int
	depth      int
	expanding  map[*yaml.Node]bool // the anchors between the root and the current node
	aliasNodes int                 // nodes visited so far below an alias
}

// step is one link of the path from the root to a value; the text is built only for an error.
type step struct {
	parent *step
	key    string
	index  int // counts list items; -1 for a key
}

func (s *step) String() string {
	if s == nil {
		return ""
	}
	before := s.parent.String()
	switch {
	case s.index >= 0:
		return fmt.Sprintf("%s[%d]", before, s.index)
	case before == "":
		return s.key
	default:
		return before + "." + s.key
	}
}

func (d *decoder) failf(n *yaml.Node, at *step, hint, format string, args ...any) {
	if len(d.errs) == maxErrors {
		d.dropped++
		return
	}
	d.errs = append(d.errs, &Error{
		File: d.file, Line: n.Line, Column: n.Column, Path: at.String(), Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func (d *decoder) err() error {
	if d.dropped > 0 {
		d.errs = append(d.errs, &Error{File: d.file, Message: fmt.Sprintf("and %d more errors", d.dropped)})
	}
	return errors.Join(d.errs...)
}

// value decodes n into out, following aliases within their budget.
func (d *decoder) value(n *yaml.Node, at *step, out reflect.Value) {
	if d.depth++; d.depth > maxDepth {
		d.failf(n, at, "", "nested more than %d levels deep", maxDepth)
	} else if target, ok := d.resolve(n, at); ok {
		if target == n {
			d.decode(n, at, out)
		} else {
			d.expanding[target] = true
			d.decode(target, at, out)
			delete(d.expanding, target)
		}
	}
	d.depth--
}

// resolve returns the node that n stands for: itself, or its anchor's.
func (d *decoder) resolve(n *yaml.Node, at *step) (*yaml.Node, bool) {
	if len(d.expanding) > 0 || n.Kind == yaml.AliasNode {
		if d.aliasNodes++; d.aliasNodes > maxAliasNodes {
			if d.aliasNodes == maxAliasNodes+1 {
				d.failf(n, at, "write the values out", "aliases expand to more than %d values", maxAliasNodes)
			}
			return nil, false
		}
	}
	if n.Kind != yaml.AliasNode {
		return n, true
	}
	if d.expanding[n.Alias] {
		d.failf(n, at, "", "alias *%s stands inside its own anchor", n.Value)
		return nil, false
	}
	return n.Alias, true
}

func (d *decoder) decode(n *yaml.Node, at *step, out reflect.Value) {
	if n.Style&yaml.TaggedStyle != 0 {
		d.failf(n, at, "remove it", "tag %s is not supported", n.Tag)
		return
	}
	if out.Kind() == reflect.Pointer {
		if isNull(n) {
			out.SetZero()
			return
		}
		out.Set(reflect.New(out.Type().Elem()))
		out = out.Elem()
	}
	if isNull(n) && out.Kind() != reflect.Interface {
		d.failf(n, at, "give it a value or remove the key", "no value, expected %s", describe(out.Type()))
		return
	}
	if text, ok := reflect.TypeAssert[encoding.TextUnmarshaler](out.Addr()); ok {
		d.text(n, at, text, out.Type())
		return
	}
	switch out.Kind() {
	case reflect.Struct:
		d.structure(n, at, out)
	case reflect.Map:
		d.mapping(n, at, out)
	case reflect.Slice:
		d.list(n, at, out)
	case reflect.Interface:
		d.anything(n, at, out)
	default:
		d.scalar(n, at, out)
	}
}

// pair is one entry of a mapping whose key has been checked.
type pair struct {
	key   *yaml.Node
	value *yaml.Node
}

// pairs returns the entries of a mapping without those that have no plain key or repeat an earlier one.
func (d *decoder) pairs(n *yaml.Node, at *step, want string) ([]pair, bool) {
	if n.Kind != yaml.MappingNode {
		d.failf(n, at, "", "expected %s, found %s", want, found(n))
		return nil, false
	}
	seen := make(map[string]int, len(n.Content)/2)
	entries := make([]pair, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch line, repeated := seen[key.Value]; {
		case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
			d.failf(key, at, "write the keys out", "merge key << is not supported")
		case key.Kind != yaml.ScalarNode || isNull(key) || key.Style&yaml.TaggedStyle != 0:
			d.failf(key, at, "", "a key must be plain text, found %s", found(key))
		case repeated:
			d.failf(key, at, "remove one of them", "key %q repeats the one in line %d", key.Value, line)
		default:
			seen[key.Value] = key.Line
			entries = append(entries, pair{key, value})
		}
	}
	return entries, true
}

func (d *decoder) structure(n *yaml.Node, at *step, out reflect.Value) {
	p := d.plan(out.Type())
	entries, ok := d.pairs(n, at, describe(out.Type()))
	if !ok {
		return
	}
	if p.position >= 0 {
		out.Field(p.position).Set(reflect.ValueOf(Pos{Line: n.Line, Column: n.Column}))
	}
	present := make(map[string]*yaml.Node, len(entries))
	for _, e := range entries {
		f, known := p.field(e.key.Value)
		if !known {
			d.failf(e.key, at, choices(e.key.Value, p.names, "keys"), "unknown key %q", e.key.Value)
			continue
		}
		present[f.name] = e.value
		before := len(d.errs) + d.dropped
		d.value(e.value, &step{parent: at, key: f.name, index: -1}, out.Field(f.index))
		if f.required && len(d.errs)+d.dropped == before && isEmpty(out.Field(f.index)) {
			d.failf(e.value, &step{parent: at, key: f.name, index: -1}, "", "must not be empty")
		}
	}
	for _, f := range p.fields {
		if f.required && present[f.name] == nil {
			d.failf(n, at, "", "required key %q is missing", f.name)
		}
	}
}

func (d *decoder) mapping(n *yaml.Node, at *step, out reflect.Value) {
	t := out.Type()
	if t.Key().Kind() != reflect.String {
		d.failf(n, at, "", "a mapping of type %s is not supported", t)
		return
	}
	entries, ok := d.pairs(n, at, describe(t))
	if !ok {
		return
	}
	out.Set(reflect.MakeMapWithSize(t, len(entries)))
	for _, e := range entries {
		key, element := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		key.SetString(e.key.Value)
		if !d.allowed(e.key, at, key) {
			continue
		}
		d.value(e.value, &step{parent: at, key: e.key.Value, index: -1}, element)
		out.SetMapIndex(key, element)
	}
}

func (d *decoder) list(n *yaml.Node, at *step, out reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.failf(n, at, "begin each item with a dash", "expected %s, found %s", describe(out.Type()), found(n))
		return
	}
	out.Set(reflect.MakeSlice(out.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.value(item, &step{parent: at, index: i}, out.Index(i))
	}
}

func (d *decoder) text(n *yaml.Node, at *step, out encoding.TextUnmarshaler, t reflect.Type) {
	if n.Kind != yaml.ScalarNode {
		d.failf(n, at, "", "expected %s, found %s", describe(t), found(n))
		return
	}
	if err := out.UnmarshalText([]byte(n.Value)); err != nil {
		d.failf(n, at, "", "%v", err)
	}
}

func (d *decoder) scalar(n *yaml.Node, at *step, out reflect.Value) {
	if n.Kind != yaml.ScalarNode {
		d.failf(n, at, "", "expected %s, found %s", describe(out.Type()), found(n))
		return
	}
	switch {
	case out.Kind() == reflect.String:
		d.str(n, at, out)
	case out.Kind() == reflect.Bool && n.ShortTag() == "!!bool":
		out.SetBool(strings.EqualFold(n.Value, "true"))
	case out.CanInt() && n.ShortTag() == "!!int":
		d.integer(n, at, out)
	case out.CanUint() && n.ShortTag() == "!!int":
		d.unsigned(n, at, out)
	case out.CanFloat() && (n.ShortTag() == "!!int" || n.ShortTag() == "!!float"):
		d.float(n, at, out)
	default:
		d.failf(n, at, "", "expected %s, found %s", describe(out.Type()), found(n))
	}
}

func (d *decoder) str(n *yaml.Node, at *step, out reflect.Value) {
	if n.ShortTag() == "!!bool" {
		d.failf(n, at, "write it in quotes if text is meant", "expected %s, found %s", describe(out.Type()), found(n))
		return
	}
	out.SetString(n.Value)
	d.allowed(n, at, out)
}

// allowed reports whether v holds a value of its enumeration, if its type is one.
func (d *decoder) allowed(n *yaml.Node, at *step, v reflect.Value) bool {
	e, ok := reflect.TypeAssert[Enum](v)
	if !ok || slices.Contains(e.Values(), v.String()) {
		return true
	}
	d.failf(n, at, choices(v.String(), e.Values(), "values"), "unknown value %q", v.String())
	return false
}

// decimal is the only accepted spelling of an integer: YAML would read 012 as ten and 1_000 as a thousand.
var decimal = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)

func (d *decoder) integer(n *yaml.Node, at *step, out reflect.Value) {
	i, err := strconv.ParseInt(n.Value, 10, 64)
	switch {
	case !decimal.MatchString(n.Value):
		d.failf(n, at, "use digits only", "%q is not a plain decimal number", clip(n.Value))
	case err != nil || out.OverflowInt(i):
		d.failf(n, at, "", "number %s is out of range", clip(n.Value))
	default:
		out.SetInt(i)
	}
}

func (d *decoder) unsigned(n *yaml.Node, at *step, out reflect.Value) {
	u, err := strconv.ParseUint(strings.TrimPrefix(n.Value, "+"), 10, 64)
	switch {
	case !decimal.MatchString(n.Value):
		d.failf(n, at, "use digits only", "%q is not a plain decimal number", clip(n.Value))
	case err != nil || out.OverflowUint(u):
		d.failf(n, at, "", "number %s is out of range", clip(n.Value))
	default:
		out.SetUint(u)
	}
}

func (d *decoder) float(n *yaml.Node, at *step, out reflect.Value) {
	f, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || out.OverflowFloat(f) {
		d.failf(n, at, "", "%q is not a finite decimal number", clip(n.Value))
		return
	}
	out.SetFloat(f)
}

// anything decodes into an empty interface by what the node itself says.
func (d *decoder) anything(n *yaml.Node, at *step, out reflect.Value) {
	if out.NumMethod() > 0 {
		d.failf(n, at, "", "a value of type %s is not supported", out.Type())
		return
	}
	var target reflect.Value
	switch {
	case isNull(n):
		out.SetZero()
		return
	case n.Kind == yaml.MappingNode:
		target = reflect.New(reflect.TypeFor[map[string]any]()).Elem()
	case n.Kind == yaml.SequenceNode:
		target = reflect.New(reflect.TypeFor[[]any]()).Elem()
	case n.ShortTag() == "!!bool":
		target = reflect.New(reflect.TypeFor[bool]()).Elem()
	case n.ShortTag() == "!!int":
		target = reflect.New(reflect.TypeFor[int64]()).Elem()
	case n.ShortTag() == "!!float":
		target = reflect.New(reflect.TypeFor[float64]()).Elem()
	default:
		target = reflect.New(reflect.TypeFor[string]()).Elem()
	}
	d.decode(n, at, target)
	out.Set(target)
}

// plan says how a struct type is filled.
type plan struct {
	fields   []field
	names    []string // the keys, in the order of the fields
	position int      // index of the Pos field, -1 when there is none
}

type field struct {
	name     string
	index    int
	required bool
}

func (p *plan) field(name string) (field, bool) {
	i := slices.Index(p.names, name)
	if i < 0 {
		return field{}, false
	}
	return p.fields[i], true
}

func (d *decoder) plan(t reflect.Type) *plan {
	if p, ok := d.plans[t]; ok {
		return p
	}
	p := &plan{position: -1}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case f.Type == reflect.TypeFor[Pos]() && f.IsExported():
			p.position = i
			continue
		case !f.IsExported() || name == "-":
			continue
		case name == "":
			name = strings.ToLower(f.Name)
		}
		p.fields = append(p.fields, field{name: name, index: i, required: f.Tag.Get("assay") == "required"})
		p.names = append(p.names, name)
	}
	d.plans[t] = p
	return p
}

func isNull(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return strings.TrimSpace(v.String()) == ""
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Pointer, reflect.Interface:
		return v.IsNil()
	default:
		return false
	}
}

// describe names what a type wants in the words of a YAML user.
func describe(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[Date]():
		return "a date such as 2026-01-31"
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()):
		return "text"
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "a mapping of keys to values"
	case reflect.Slice:
		return "a list"
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Pointer:
		return describe(t.Elem())
	default:
		return "a whole number"
	}
}

// found names what a node is in the words of a YAML user.
func found(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	case yaml.DocumentNode, yaml.ScalarNode:
	}
	if n.Value == "" {
		return "nothing"
	}
	return fmt.Sprintf("%q", clip(n.Value))
}

// clip keeps a quoted value readable; what is quoted is a value of the wrong type and seldom long.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// choices builds the hint for a misspelt name: the nearest allowed one, then all of them.
func choices(name string, allowed []string, what string) string {
	hint := "allowed " + what + ": " + strings.Join(allowed, ", ")
	if near := Nearest(name, allowed); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near) + hint
	}
	return hint
}
