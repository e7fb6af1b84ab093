package hcleval

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/assay-audit/assay/collectors/terraform/resource"
)

// Move is a moved block: what was at From is now at To. Both are absolute.
type Move struct {
	From, To string
	Range    resource.Range
}

// Removal is a removed block: what was at From is no longer managed.
type Removal struct {
	From  string // absolute
	Range resource.Range
}

// ProviderRequirement is an entry of required_providers.
type ProviderRequirement struct {
	Name    string // local name
	Source  string // such as hashicorp/aws; "" where it is not given
	Version string // constraint; "" where it is not given
	Range   resource.Range
}

// settings fills in what the blocks without values say.
func (p *program) settings(m *moduleInstance, r *Result) {
	for _, b := range m.config.moved {
		from, to := addressOf(b, "from"), addressOf(b, "to")
		if from != "" && to != "" {
			r.Moved = append(r.Moved, Move{From: m.join(from), To: m.join(to), Range: toRange(b.DefRange())})
		}
	}
	for _, b := range m.config.removed {
		if from := addressOf(b, "from"); from != "" {
			r.Removed = append(r.Removed, Removal{From: m.join(from), Range: toRange(b.DefRange())})
		}
	}
	if m.parent != nil {
		return
	}
	for _, b := range m.config.terraform {
		if version, ok := literalString(b.Body.Attributes["required_version"]); ok {
			r.RequiredVersion = append(r.RequiredVersion, version)
		}
		for _, inner := range b.Body.Blocks {
			switch inner.Type {
			case "backend", "cloud":
				label := strings.Join(inner.Labels, " ")
				node := &bodyNode{src: inner.Body, scope: m.own, header: inner.DefRange(), label: cmp.Or(label, "cloud"), path: "backend"}
				r.Backend = node.build(p)
			case "required_providers":
				r.RequiredProviders = append(r.RequiredProviders, requirements(inner)...)
			}
		}
	}
	slices.SortFunc(r.RequiredProviders, func(a, b ProviderRequirement) int { return cmp.Compare(a.Name, b.Name) })
}

// addressOf reads an argument that is an address.
func addressOf(b *hclsyntax.Block, name string) string {
	attr := b.Body.Attributes[name]
	if attr == nil {
		return ""
	}
	t, diags := hcl.AbsTraversalForExpr(attr.Expr)
	if diags.HasErrors() {
		return ""
	}
	return traversalText(t)
}

// requirements reads a required_providers block.
func requirements(b *hclsyntax.Block) []ProviderRequirement {
	out := make([]ProviderRequirement, 0, len(b.Body.Attributes))
	for _, name := range sortedKeys(b.Body.Attributes) {
		attr := b.Body.Attributes[name]
		req := ProviderRequirement{Name: name, Range: toRange(attr.SrcRange)}
		req.Version, _ = literalString(attr)
		if pairs, diags := hcl.ExprMap(attr.Expr); !diags.HasErrors() {
			for _, pair := range pairs {
				text, _ := literalText(pair.Value)
				switch key, _ := literalText(pair.Key); key {
				case "source":
					req.Source = text
				case "version":
					req.Version = text
				}
			}
		}
		out = append(out, req)
	}
	return out
}

// maxMoves bounds the chain of moves that leads to one address.
const maxMoves = 50

// movedFrom returns the earlier addresses of an instance, newest first.
func movedFrom(address string, moves []Move) []string {
	var out []string
	for current := address; len(out) < maxMoves; {
		previous := ""
		for _, mv := range moves {
			if rest, ok := strings.CutPrefix(current, mv.To); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
				previous = mv.From + rest
				break
			}
		}
		if previous == "" || previous == address || slices.Contains(out, previous) {
			return out
		}
		out = append(out, previous)
		current = previous
	}
	return out
}
