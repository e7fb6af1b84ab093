package kind

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"sync"

	"github.com/assay-audit/assay/internal/evidence"
)

// Fill writes the attributes of the given kind and facet structs (by value or pointer) into the entity, so that every
// path they define is known, unknown or not applicable. An attribute that was left unset becomes unknown:
// not_in_plane where only observation can tell and the entity is declared, else not_collected. Derived attributes that
// are unset are left out; internal/derive adds them.
//
// An element of a list may itself have unknown attributes: the element then lacks the key, and the entity has an
// unknown entry for the path with "[]", such as "rules[].cidrs".
func Fill(e *evidence.Entity, parts ...any) {
	f := filler{entity: e}
	if e.Attrs == nil {
		e.Attrs = make(map[string]any, 48)
	}
	for _, p := range parts {
		v := reflect.ValueOf(p)
		if v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		f.top(v)
	}
	sort.Strings(e.NA)
}

type filler struct{ entity *evidence.Entity }

// plan is what reflection found out about one attribute field of a struct.
type plan struct {
	index    int
	path     string
	observed bool
	derived  bool
}

var plans sync.Map // reflect.Type -> []plan; a cache of facts about types, not state

func planOf(t reflect.Type) []plan {
	if p, ok := plans.Load(t); ok {
		return p.([]plan)
	}
	var out []plan
	for i := range t.NumField() {
		f := t.Field(i)
		path, ok := f.Tag.Lookup("attr")
		if !ok {
			continue
		}
		out = append(out, plan{index: i, path: path, observed: f.Tag.Get("plane") == "observed", derived: f.Tag.Get("derived") != ""})
	}
	plans.Store(t, out)
	return out
}

func (f filler) top(v reflect.Value) {
	e := f.entity
	for _, p := range planOf(v.Type()) {
		st, val, unk, more, prov := v.Field(p.index).Interface().(field).get()
		switch st {
		case unset:
			if p.derived {
				continue
			}
			f.unknown(p.path, unsetReason(e, p))
		case known:
			e.Attrs[p.path] = f.plain(p.path, p.path, reflect.ValueOf(val))
			if more != nil {
				f.unknown(p.path+"[]", *more)
			}
		case null:
			e.Attrs[p.path] = nil
		case notKnown:
			f.unknown(p.path, unk)
		case notApplicable:
			e.NA = append(e.NA, p.path)
		}
		if prov != nil {
			f.prov(p.path, prov)
		}
	}
}

func (f filler) unknown(path string, u evidence.Unknown) {
	if f.entity.Unknown == nil {
		f.entity.Unknown = make(map[string]evidence.Unknown)
	}
	if _, ok := f.entity.Unknown[path]; !ok { // the first reason stands
		f.entity.Unknown[path] = u
	}
}

// prov records the provenance of a path, sharing one entry between paths of the same place.
func (f filler) prov(path string, p *evidence.Provenance) {
	e := f.entity
	for i := range e.Prov {
		if e.Prov[i] == *p {
			if i > 0 {
				f.setProv(path, i)
			}
			return
		}
	}
	e.Prov = append(e.Prov, *p)
	if len(e.Prov) > 1 {
		f.setProv(path, len(e.Prov)-1)
	}
}

func (f filler) setProv(path string, i int) {
	if f.entity.AttrProv == nil {
		f.entity.AttrProv = make(map[string]int)
	}
	f.entity.AttrProv[path] = i
}

// plain turns a typed value into the plain values that evidence.Entity holds. generic is the path with "[]" for
// elements, exact the path with the element's index.
func (f filler) plain(generic, exact string, v reflect.Value) any {
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Bool:
		return v.Bool()
	case reflect.Int64:
		return v.Int()
	case reflect.Float64:
		return v.Float()
	case reflect.Map:
		return v.Interface()
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = f.plain(generic+"[]", exact+"["+strconv.Itoa(i)+"]", v.Index(i))
		}
		return out
	case reflect.Struct:
		return f.element(generic, exact, v)
	}
	panic(fmt.Sprintf("kind: %s has a value of type %s, which entities cannot hold", generic, v.Type()))
}

func (f filler) element(generic, exact string, v reflect.Value) map[string]any {
	out := make(map[string]any, v.NumField())
	for _, p := range planOf(v.Type()) {
		st, val, unk, more, prov := v.Field(p.index).Interface().(field).get()
		path := generic + "." + p.path
		switch st {
		case known:
			out[p.path] = f.plain(path, exact+"."+p.path, reflect.ValueOf(val))
			if more != nil {
				f.unknown(path+"[]", *more)
			}
		case null:
			out[p.path] = nil
		case notKnown:
			f.unknown(path, unk)
		case unset:
			if p.observed && f.entity.Plane == evidence.Declared {
				f.unknown(path, notInPlane)
			}
		case notApplicable:
		}
		if prov != nil {
			f.prov(exact+"."+p.path, prov)
			if _, ok := f.entity.AttrProv[exact]; !ok {
				f.prov(exact, prov)
			}
		}
	}
	return out
}

var notInPlane = evidence.Unknown{Reason: evidence.NotInPlane, Detail: "code cannot state it"}

// unsetReason says why an attribute that the collector left unset is unknown.
func unsetReason(e *evidence.Entity, p plan) evidence.Unknown {
	if p.observed && e.Plane == evidence.Declared {
		return notInPlane
	}
	return evidence.Unknown{Reason: evidence.NotCollected, Detail: "the collector does not read it"}
}
