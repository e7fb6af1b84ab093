package hcleval

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

// resourceNode is a resource or data block and its instances.
type resourceNode struct {
	module    *moduleInstance
	decl      *resourceDecl
	state     memoState
	expansion expansion
	instances []*instance
	whole     cty.Value // with count or for_each: what the resource is referred to as, made at the first use
}

func (n *resourceNode) label() string { return n.module.join(n.decl.localAddress()) }

func (n *resourceNode) expanded() bool {
	switch n.state {
	case done:
		return true
	case running:
		n.module.program.cycle(n.label())
		return false
	case pending:
	}
	n.state = running
	var m memo
	n.module.program.resolve(&m, n.label(), n.decl.block.DefRange(), func(x *evaluation) cty.Value {
		n.expansion = n.module.expand(x, n.decl.body, n.module.own, n.label())
		return cty.True
	})
	for i, key := range n.expansion.keys {
		inst := &instance{node: n, key: key, address: n.label() + indexText(key)}
		sc := n.expansion.scopes[i]
		if sc == nil {
			sc = &instanceScope{}
		}
		own := *sc
		own.self = inst
		inst.body = &bodyNode{owner: inst, src: n.decl.body, scope: &scope{parent: n.module.own, instance: &own}, header: n.decl.block.DefRange(), top: true}
		n.instances = append(n.instances, inst)
	}
	n.state = done
	return true
}

// value is what type.name refers to.
func (n *resourceNode) value() cty.Value {
	if n.decl.broken {
		rng := n.decl.block.DefRange()
		return unknownBecause(cty.DynamicPseudoType, evidence.ParseError,
			fmt.Sprintf("%s has a syntax error in its block (%s:%d)", n.label(), rng.Filename, rng.Start.Line))
	}
	if !n.expanded() {
		return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, n.label()+" depends on itself")
	}
	switch n.expansion.kind {
	case single:
		return lazyValue(n.instances[0], nil)
	case unknownKeys:
		inst := n.instances[0]
		return lazyValue(anyInstance{object: inst}, n.expansion.marks).WithMarks(
			cty.NewValueMarks(refMark{Address: inst.address}, whyMark(*n.expansion.unknown)))
	case byCount, byKey:
	}
	if n.whole == cty.NilVal {
		n.whole = collect(n.expansion, n.instances)
	}
	return n.whole
}

// instance is one resource or data source.
type instance struct {
	node    *resourceNode
	key     cty.Value
	address string
	body    *bodyNode

	doc      memo                 // of a policy document: the document
	computed map[string]cty.Value // and its attributes
}

// why says why an attribute that the configuration does not set is unknown.
func (i *instance) why(attr string) evidence.Unknown {
	path := i.address
	if attr != "" {
		path += "." + attr
	}
	if i.node.decl.mode == resource.Data {
		return evidence.Unknown{Reason: evidence.Unresolved, Detail: path + " is known only to the provider"}
	}
	return evidence.Unknown{Reason: evidence.Computed, Detail: path + " is known only after apply"}
}

// unset is the value of an attribute that the configuration does not set.
func (i *instance) unset(path string) cty.Value {
	ref := resource.Ref{Address: i.address, Attr: path}
	v := cty.DynamicVal
	if name := path[strings.LastIndex(path, ".")+1:]; name == "id" || name == "arn" {
		// These are text in every resource, and never null in one that exists: whoever asks whether a key was given by comparing
		// its ARN with null has his answer. Of all other attributes only the provider knows the type.
		v = cty.UnknownVal(cty.String).RefineNotNull()
	}
	return withParts(v.WithMarks(cty.NewValueMarks(refMark(ref), whyMark(i.why(path)))), []resource.Part{{Hole: true, Ref: ref}})
}

func (i *instance) attr(x *evaluation, name string, _ hcl.Range) cty.Value {
	return i.body.reference(x, name)
}

func (i *instance) index(x *evaluation, key cty.Value, rng hcl.Range) cty.Value {
	if key.IsKnown() && !key.IsNull() && key.Type() == cty.String {
		return i.body.reference(x, key.AsString())
	}
	return x.fail(rng, "Invalid index", fmt.Sprintf("%s has neither count nor for_each, so it cannot be indexed.", i.address))
}
