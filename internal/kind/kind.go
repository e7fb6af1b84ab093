// Package kind holds the kinds of entities and their attributes.
//
// A kind is a Go struct whose fields are three-state attributes: known (null included), unknown with a reason, or not
// applicable. The struct tags are the contract: attr is the dotted path under which policies read the value, enum lists
// the allowed values, null says that null is a fact, plane "observed" marks what code cannot state, and derived marks what
// internal/derive computes after merging. The JSON Schemas that type-check the policies and the kinds reference
// (docs/kinds.md) are generated from these types, so a path that a policy misspells does not compile.
//
// Collectors fill the structs and call [Fill]; nothing else writes attributes.
package kind

import (
	"reflect"
	"slices"
	"sync"

	"github.com/assay-audit/assay/internal/evidence"
)

// Time is a point in time as RFC 3339 in UTC, such as "2026-11-21T12:00:00Z".
type Time string

// Date is a calendar day as YYYY-MM-DD.
type Date string

// Spec describes one kind or facet.
type Spec struct {
	Name       string   // the kind's name, as policies and entities use it
	Group      string   // the group it is listed under: the name of the Go file
	Facets     []string // facets that it carries
	Planes     []string // planes in which it can be known
	Collectors []string // collectors that can yield it
	Doc        string   // one phrase
	// Type is the struct with the kind's own attributes; nil where the kind has none besides its facets'.
	Type reflect.Type
}

type state uint8

const (
	unset state = iota
	known
	null
	notKnown
	notApplicable
)

// Attr is one attribute of an entity: unset, known, null (a fact, such as "never"), unknown or not applicable.
// The zero value is unset, which [Fill] turns into an unknown with a reason.
type Attr[T any] struct {
	state   state
	value   T
	unknown evidence.Unknown
	more    *evidence.Unknown
	prov    *evidence.Provenance
}

// Known returns an attribute with a value.
func Known[T any](v T) Attr[T] { return Attr[T]{state: known, value: v} }

// Null returns an attribute whose value is known to be null: never used, does not expire, has no label.
func Null[T any]() Attr[T] { return Attr[T]{state: null} }

// Unknown returns an attribute whose value is not known. The detail names the operation, expression or reference.
func Unknown[T any](reason evidence.Reason, detail string) Attr[T] {
	return Attr[T]{state: notKnown, unknown: evidence.Unknown{Reason: reason, Detail: detail}}
}

// Because returns an attribute that is unknown for the given reason.
func Because[T any](u evidence.Unknown) Attr[T] { return Attr[T]{state: notKnown, unknown: u} }

// NA returns an attribute that cannot apply to the entity.
func NA[T any]() Attr[T] { return Attr[T]{state: notApplicable} }

// AtLeast returns a list attribute whose given elements are known, while more may exist for the reason.
// Policies can find a bad element in it, but cannot prove that all elements are good.
func AtLeast[T any](v T, more evidence.Unknown) Attr[T] {
	return Attr[T]{state: known, value: v, more: &more}
}

// From returns the attribute with its provenance set; nil leaves the entity's own.
func (a Attr[T]) From(p *evidence.Provenance) Attr[T] {
	a.prov = p
	return a
}

// Value returns the value and whether it is known (null is not).
func (a Attr[T]) Value() (T, bool) { return a.value, a.state == known }

// IsSet reports whether anything was said of the attribute.
func (a Attr[T]) IsSet() bool { return a.state != unset }

// IsKnown reports whether the value is known and not null.
func (a Attr[T]) IsKnown() bool { return a.state == known }

// IsNull reports whether the value is known to be null.
func (a Attr[T]) IsNull() bool { return a.state == null }

// Reason returns why the value is unknown, and whether it is.
func (a Attr[T]) Reason() (evidence.Unknown, bool) { return a.unknown, a.state == notKnown }

// field is the untyped view of an attribute that reflection uses.
type field interface {
	get() (state, any, evidence.Unknown, *evidence.Unknown, *evidence.Provenance)
	elem() reflect.Type
}

func (a Attr[T]) get() (state, any, evidence.Unknown, *evidence.Unknown, *evidence.Provenance) {
	return a.state, any(a.value), a.unknown, a.more, a.prov
}

func (a Attr[T]) elem() reflect.Type { return reflect.TypeFor[T]() }

// Convert turns a known value into another type; null, unknown and not applicable pass through, provenance too.
func Convert[T, U any](a Attr[T], f func(T) U) Attr[U] {
	out := Attr[U]{state: a.state, unknown: a.unknown, more: a.more, prov: a.prov}
	if a.state == known {
		out.value = f(a.value)
	}
	return out
}

// Then replaces a known value by another attribute; null, unknown and not applicable pass through. Where the new attribute
// has no provenance of its own it keeps the old one's.
func Then[T, U any](a Attr[T], f func(T) Attr[U]) Attr[U] {
	if a.state != known {
		return Attr[U]{state: a.state, unknown: a.unknown, prov: a.prov}
	}
	out := f(a.value)
	if out.prov == nil {
		out.prov = a.prov
	}
	return out
}

// FacetsOf returns the facets that a kind carries.
func FacetsOf(name string) []string { return slices.Clone(facets()[name]) }

// facets are the facets by kind; every entity asks for those of its own.
var facets = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for _, k := range All() {
		out[k.Name] = k.Facets
	}
	return out
})
