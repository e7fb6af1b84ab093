package hcleval

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/internal/evidence"
)

// noValueSuffix ends the reason of a variable that nobody has set.
const noValueSuffix = " has no value"

// reference resolves an absolute traversal: the name in scope that it starts with, then its further steps.
func (x *evaluation) reference(t hcl.Traversal, s *scope) cty.Value {
	root := t.RootName()
	rng := t.SourceRange()
	if v, ok := s.name(root); ok {
		return x.traverse(v, t[1:])
	}
	m := s.moduleInstance()
	if m == nil {
		return x.undeclared(rng, "name", root, nil)
	}
	switch root {
	case "each", "count", "self":
		return x.instanceName(root, t, s)
	case "var", "local", "module", "path", "terraform":
		return x.moduleName(m, root, t)
	case "data":
		return x.resourceName(m, "data.", t[1:], rng)
	case "resource":
		return x.resourceName(m, "", t[1:], rng)
	case "ephemeral":
		return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, traversalText(t)+" is known only to the provider")
	}
	return x.resourceName(m, "", t, rng)
}

// stepName returns the name of the step, and false where it is not a name.
func stepName(t hcl.Traversal, i int) (string, bool) {
	if i >= len(t) {
		return "", false
	}
	switch step := t[i].(type) {
	case hcl.TraverseRoot:
		return step.Name, true
	case hcl.TraverseAttr:
		return step.Name, true
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
			return step.Key.AsString(), true
		}
	}
	return "", false
}

// instanceName resolves count.index, each.key, each.value and self.
func (x *evaluation) instanceName(root string, t hcl.Traversal, s *scope) cty.Value {
	rng := t.SourceRange()
	sc := s.instanceScope()
	name, _ := stepName(t, 1)
	var v cty.Value
	switch {
	case sc == nil:
	case root == "self" && sc.self != nil:
		return x.traverse(lazyValue(sc.self, nil), t[1:])
	case root == "count" && name == "index":
		v = sc.countIndex
	case root == "each" && name == "key":
		v = sc.eachKey
	case root == "each" && name == "value":
		v = sc.eachValue
	}
	if v == cty.NilVal {
		return x.fail(rng, "Invalid reference", fmt.Sprintf("%q is not available here: it needs a block with count (count.index) or "+
			"for_each (each.key, each.value), or a provisioner (self).", traversalText(t)))
	}
	return x.traverse(v, t[2:])
}

// moduleName resolves var, local, module, path and terraform.
func (x *evaluation) moduleName(m *moduleInstance, root string, t hcl.Traversal) cty.Value {
	rng := t.SourceRange()
	name, ok := stepName(t, 1)
	if !ok {
		return x.fail(rng, "Invalid reference", fmt.Sprintf("%q must be followed by a name.", root))
	}
	switch root {
	case "var":
		return x.traverse(m.variable(x, name, rng), t[2:])
	case "local":
		return x.traverse(m.local(x, name, rng), t[2:])
	case "module":
		n, ok := m.modules[name]
		if !ok {
			return x.undeclared(rng, "module", "module."+name, sortedKeys(m.modules))
		}
		return x.traverse(n.value(), t[2:])
	case "path":
		return x.pathName(m, name, rng)
	}
	switch name {
	case "workspace":
		return cty.StringVal(m.program.options.Workspace)
	case "applying":
		return cty.False
	}
	return x.undeclared(rng, "attribute", "terraform."+name, []string{"workspace"})
}

// pathName resolves path.module, path.root and path.cwd.
func (x *evaluation) pathName(m *moduleInstance, name string, rng hcl.Range) cty.Value {
	switch name {
	case "module":
		return cty.StringVal(m.config.relative)
	case "root":
		return cty.StringVal(".")
	case "cwd":
		return unknownBecause(cty.String, evidence.Unresolved, "path.cwd is known only where Terraform runs")
	}
	return x.undeclared(rng, "attribute", "path."+name, []string{"module", "root", "cwd"})
}

// resourceName resolves type.name of a resource or data source.
func (x *evaluation) resourceName(m *moduleInstance, prefix string, t hcl.Traversal, rng hcl.Range) cty.Value {
	typ, ok1 := stepName(t, 0)
	name, ok2 := stepName(t, 1)
	if !ok1 || !ok2 {
		return x.fail(rng, "Invalid reference", "A reference to a resource type must be followed by at least one attribute access, specifying the resource name.")
	}
	n, ok := m.resources[prefix+typ+"."+name]
	if !ok {
		var known []string
		for key := range m.resources {
			if rest, found := strings.CutPrefix(key, prefix+typ+"."); found {
				known = append(known, rest)
			}
		}
		return x.undeclared(rng, "resource", prefix+typ+"."+name, sorted(known))
	}
	return x.traverse(n.value(), t[2:])
}

// traversalText writes a traversal as in the source.
func traversalText(t hcl.Traversal) string {
	var b strings.Builder
	for i := range t {
		switch step := t[i].(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			b.WriteString(indexText(step.Key))
		}
	}
	return b.String()
}

// undeclared reports a reference to something that does not exist.
func (x *evaluation) undeclared(rng hcl.Range, what, name string, known []string) cty.Value {
	hint := ""
	if near := nearest(name[strings.LastIndex(name, ".")+1:], known); near != "" {
		hint = fmt.Sprintf(" Did you mean %q?", near)
	}
	x.diags = append(x.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError, Summary: "Reference to undeclared " + what,
		Detail: fmt.Sprintf("%s is not declared.%s", name, hint), Subject: &rng,
	})
	return unknownBecause(cty.DynamicPseudoType, evidence.Unresolved, name+" is not declared")
}
