package hcleval

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/assay-audit/assay/collectors/terraform/resource"
)

// provider finds the provider configuration that a resource uses: the one that its provider argument names, else the
// default one of the provider that its type begins with.
func (i *instance) provider(p *program) resource.Provider {
	name, _, _ := strings.Cut(i.node.decl.typ, "_")
	alias := ""
	if attr := i.node.decl.body.Attributes["provider"]; attr != nil {
		if n, a, ok := providerAddress(attr.Expr); ok {
			name, alias = n, a
		}
	}
	return *i.node.module.provider(p, name, alias)
}

// providerAddress reads aws or aws.west.
func providerAddress(e hcl.Expression) (name, alias string, ok bool) {
	t, diags := hcl.AbsTraversalForExpr(e)
	if diags.HasErrors() {
		if text, isText := literalText(e); isText {
			name, alias, _ = strings.Cut(text, ".")
			return name, alias, true
		}
		return "", "", false
	}
	alias, _ = stepName(t, 1)
	return t.RootName(), alias, true
}

// provider resolves a provider configuration by its name in the module: declared in it, passed by the call's providers
// argument, or, for a default configuration, inherited.
func (m *moduleInstance) provider(p *program, name, alias string) *resource.Provider {
	key := name + "." + alias
	if found := m.providers[key]; found != nil {
		return found
	}
	found := m.findProvider(p, name, alias)
	m.providers[key] = found
	return found
}

func (m *moduleInstance) findProvider(p *program, name, alias string) *resource.Provider {
	for _, block := range m.config.providers {
		if n, a := providerName(block); n == name && a == alias {
			node := &bodyNode{src: providerBody(block.Body), scope: m.own, header: block.DefRange(), path: m.join("provider." + name)}
			return &resource.Provider{Name: name, Alias: alias, Config: node.build(p)}
		}
	}
	if m.parent == nil {
		return &resource.Provider{Name: name, Alias: alias}
	}
	if passed, ok := m.call.body.Attributes["providers"]; ok {
		if object, ok := passed.Expr.(*hclsyntax.ObjectConsExpr); ok {
			for _, item := range object.Items {
				if n, a, ok := providerAddress(unwrapKey(item.KeyExpr)); ok && n == name && a == alias {
					if n, a, ok := providerAddress(item.ValueExpr); ok {
						return m.parent.provider(p, n, a)
					}
				}
			}
		}
	}
	if alias == "" {
		return m.parent.provider(p, name, "")
	}
	return &resource.Provider{Name: name, Alias: alias}
}

// unwrapKey returns the expression of an object's key.
func unwrapKey(e hclsyntax.Expression) hclsyntax.Expression {
	if key, ok := e.(*hclsyntax.ObjectConsKeyExpr); ok {
		return key.Wrapped
	}
	return e
}

// providerBody is the body without Terraform's own arguments.
func providerBody(b *hclsyntax.Body) *hclsyntax.Body {
	out := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, Blocks: b.Blocks, SrcRange: b.SrcRange, EndRange: b.EndRange}
	for name, attr := range b.Attributes {
		if name != "alias" && name != "version" {
			out.Attributes[name] = attr
		}
	}
	return out
}
