package hcleval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// scope is where an expression looks its names up: a chain from the innermost names (of a "for" or of a dynamic
// block's iterator) to the module instance. It holds only what differs; everything else is resolved on demand.
type scope struct {
	parent *scope
	module *moduleInstance // set at the end of the chain; nil inside a template file, which sees only its variables

	names map[string]cty.Value // names of a "for", an iterator or a template's variables

	anon      *hclsyntax.AnonSymbolExpr // a splat's current element
	anonValue cty.Value

	instance *instanceScope // count, each and self of a resource or module instance
}

// instanceScope is what a block with count or for_each adds to its scope.
type instanceScope struct {
	countIndex cty.Value // NilVal outside count
	eachKey    cty.Value // NilVal outside for_each
	eachValue  cty.Value
	self       *instance // nil outside resources
}

func (s *scope) child(names map[string]cty.Value) *scope { return &scope{parent: s, names: names} }

// name finds a name of a "for", an iterator or a template variable.
func (s *scope) name(name string) (cty.Value, bool) {
	for ; s != nil; s = s.parent {
		if v, ok := s.names[name]; ok {
			return v, true
		}
	}
	return cty.NilVal, false
}

func (s *scope) anonymous(sym *hclsyntax.AnonSymbolExpr) (cty.Value, bool) {
	for ; s != nil; s = s.parent {
		if s.anon == sym {
			return s.anonValue, true
		}
	}
	return cty.NilVal, false
}

func (s *scope) moduleInstance() *moduleInstance {
	for ; s != nil; s = s.parent {
		if s.module != nil {
			return s.module
		}
	}
	return nil
}

func (s *scope) instanceScope() *instanceScope {
	for ; s != nil; s = s.parent {
		if s.instance != nil {
			return s.instance
		}
	}
	return nil
}

// lazyObject is something with attributes that are found on demand: a resource instance, a nested block, a module
// instance. References to it are unknown values with a lazyMark.
type lazyObject interface {
	// attr returns the attribute.
	attr(x *evaluation, name string, rng hcl.Range) cty.Value
	// index returns the element, for objects that stand for a collection of unknown size.
	index(x *evaluation, key cty.Value, rng hcl.Range) cty.Value
}
