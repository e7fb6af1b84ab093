package kind

import (
	"reflect"
	"strings"
)

// Any is the unit of checks that judge entities of every kind, by comparing what two planes say of them.
const Any = "entity"

// Schema returns the JSON Schema (draft 7) of the array of entities of one kind or facet, as policies see it: the value of
// input.<name>. Attributes that the kind does not define are errors in policies that read them.
func Schema(name string) map[string]any {
	return map[string]any{
		"$schema": "http://json-schema.org/draft-07/schema",
		"title":   name,
		"type":    "array",
		"items": map[string]any{
			"type":                 "object",
			"additionalProperties": false,
			"properties": map[string]any{
				"uid":     str(),
				"id":      str(),
				"kind":    str(),
				"plane":   map[string]any{"type": "string", "enum": []any{"declared", "observed", "attested"}},
				"scope":   str(),
				"name":    str(),
				"facets":  map[string]any{"type": "array", "items": str()},
				"attrs":   attrsSchema(name),
				"unknown": map[string]any{"type": "object", "additionalProperties": str()},
				"na":      map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "boolean"}},
				"planes":  map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "object"}},
				"partial": map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "boolean"}},
			},
		},
	}
}

func str() map[string]any { return map[string]any{"type": "string"} }

func attrsSchema(name string) map[string]any {
	if name == Any {
		return map[string]any{"type": "object"}
	}
	props := map[string]any{}
	for _, t := range Types(name) {
		properties(props, t)
	}
	return map[string]any{"type": "object", "additionalProperties": false, "properties": props}
}

// AttrTypes are the JSON types of the attributes of a kind or facet, by path: string, boolean, integer, number, array or object. That null
// is allowed beside the type is left out.
func AttrTypes(name string) map[string]string {
	props := map[string]any{}
	for _, t := range Types(name) {
		properties(props, t)
	}
	out := make(map[string]string, len(props))
	for path, p := range props {
		switch t := p.(map[string]any)["type"].(type) {
		case string:
			out[path] = t
		case []any:
			out[path], _ = t[0].(string)
		}
	}
	return out
}

// Types returns the structs that hold the attributes of a kind (its own and its facets') or of a facet.
func Types(name string) []reflect.Type {
	for _, f := range Facets() {
		if f.Name == name {
			return []reflect.Type{f.Type}
		}
	}
	var out []reflect.Type
	for _, k := range All() {
		if k.Name != name {
			continue
		}
		if k.Type != nil {
			out = append(out, k.Type)
		}
		for _, f := range k.Facets {
			out = append(out, Types(f)...)
		}
	}
	return out
}

func properties(props map[string]any, t reflect.Type) {
	for f := range t.Fields() {
		path, ok := f.Tag.Lookup("attr")
		if !ok {
			continue
		}
		vt := reflect.Zero(f.Type).Interface().(field).elem()
		s := typeSchema(vt, f.Tag.Get("enum"))
		if f.Tag.Get("null") != "" {
			s["type"] = []any{s["type"], "null"}
			if enum, ok := s["enum"].([]any); ok {
				s["enum"] = append(enum, nil)
			}
		}
		props[path] = s
	}
}

func typeSchema(t reflect.Type, enum string) map[string]any {
	switch t.Kind() {
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Map:
		return map[string]any{"type": "object"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": typeSchema(t.Elem(), enum)}
	case reflect.Struct:
		props := map[string]any{}
		properties(props, t)
		return map[string]any{"type": "object", "additionalProperties": false, "properties": props}
	}
	s := str()
	if enum != "" {
		var vals []any
		for v := range strings.SplitSeq(enum, ",") {
			vals = append(vals, v)
		}
		s["enum"] = vals
	}
	return s
}

// Paths returns every attribute path that a kind or facet defines at its top level, in the order of its structs.
func Paths(name string) []string {
	var out []string
	for _, t := range Types(name) {
		for field := range t.Fields() {
			if p, ok := field.Tag.Lookup("attr"); ok {
				out = append(out, p)
			}
		}
	}
	return out
}

// ValueType is the type of the value that an attribute field holds.
func ValueType(attr reflect.Type) reflect.Type { return reflect.Zero(attr).Interface().(field).elem() }
