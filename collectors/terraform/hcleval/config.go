package hcleval

import (
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

// moduleConfig is the configuration of one module directory, after override files. It is shared by all calls of the
// module.
type moduleConfig struct {
	dir       string // absolute
	relative  string // as path.module shows it: relative to the root module
	variables map[string]*hclsyntax.Block
	locals    map[string]*hclsyntax.Attribute
	outputs   map[string]*hclsyntax.Block
	resources map[string]*resourceDecl // by type.name, data.type.name
	calls     map[string]*moduleCall
	providers []*hclsyntax.Block
	terraform []*hclsyntax.Block
	moved     []*hclsyntax.Block
	removed   []*hclsyntax.Block
}

func (c *moduleConfig) localNames() []string { return sortedKeys(c.locals) }

// resourceDecl is a resource or data block.
type resourceDecl struct {
	mode     resource.Mode
	typ      string
	name     string
	block    *hclsyntax.Block
	body     *hclsyntax.Body // with overrides applied
	comments []resource.Comment
	broken   bool // there is a syntax error in the block
}

func (d *resourceDecl) localAddress() string {
	if d.mode == resource.Data {
		return "data." + d.typ + "." + d.name
	}
	return d.typ + "." + d.name
}

// moduleCall is a module block.
type moduleCall struct {
	name   string
	body   *hclsyntax.Body
	rng    hcl.Range
	broken bool // there is a syntax error in the block
	source string
	config *moduleConfig     // nil where the module is not there
	absent *evidence.Unknown // then why; Detail starts with the call's local address
	status ModuleStatus
	dir    string // shown
}

// newModuleConfig sorts the blocks of a directory's files into a configuration. Files come in the order in which
// Terraform reads them, overrides last.
func newModuleConfig(dir string, files []*sourceFile) (*moduleConfig, hcl.Diagnostics) {
	c := &moduleConfig{
		dir: dir, variables: map[string]*hclsyntax.Block{}, locals: map[string]*hclsyntax.Attribute{},
		outputs: map[string]*hclsyntax.Block{}, resources: map[string]*resourceDecl{}, calls: map[string]*moduleCall{},
	}
	var diags hcl.Diagnostics
	for _, f := range files {
		if f.body == nil {
			continue
		}
		for _, block := range f.body.Blocks {
			diags = append(diags, c.add(block, f)...)
		}
		for _, name := range sortedKeys(f.body.Attributes) {
			attr := f.body.Attributes[name]
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Unsupported argument",
				Detail: fmt.Sprintf("An argument named %q is not expected here.", name), Subject: &attr.NameRange,
			})
		}
	}
	return c, diags
}

// add puts one top-level block in its place.
func (c *moduleConfig) add(b *hclsyntax.Block, f *sourceFile) hcl.Diagnostics {
	labels, known := blockLabels(b.Type)
	if !known {
		return blockError(b, "Unsupported block type", fmt.Sprintf("Blocks of type %q are not expected here.", b.Type))
	}
	if len(b.Labels) != labels {
		return blockError(b, "Wrong number of labels", fmt.Sprintf("A %s block needs %d label(s), and this one has %d.", b.Type, labels, len(b.Labels)))
	}
	switch b.Type {
	case "variable":
		return addNamed(c.variables, b, f)
	case "output":
		return addNamed(c.outputs, b, f)
	case "locals":
		return c.addLocals(b, f)
	case "resource", "data":
		return c.addResource(b, f)
	case "module":
		return c.addCall(b, f)
	case "provider":
		return c.addProvider(b, f)
	case "terraform":
		c.terraform = append(c.terraform, b)
	case "moved":
		c.moved = append(c.moved, b)
	case "removed":
		c.removed = append(c.removed, b)
	}
	return nil
}

// blockLabels returns how many labels a top-level block has, and false for a type that Terraform does not know.
func blockLabels(typ string) (int, bool) {
	switch typ {
	case "resource", "data", "ephemeral":
		return 2, true
	case "variable", "output", "module", "provider", "check":
		return 1, true
	case "locals", "terraform", "moved", "removed", "import":
		return 0, true
	}
	return 0, false
}

func blockError(b *hclsyntax.Block, summary, detail string) hcl.Diagnostics {
	return hcl.Diagnostics{{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: b.DefRange().Ptr()}}
}

func duplicate(b *hclsyntax.Block, what string, first hcl.Range) hcl.Diagnostics {
	return blockError(b, "Duplicate "+what, fmt.Sprintf("%s was already declared at %s:%d; the first declaration is used.",
		what, first.Filename, first.Start.Line))
}

// addNamed adds a variable or output, or merges an override into it.
func addNamed(set map[string]*hclsyntax.Block, b *hclsyntax.Block, f *sourceFile) hcl.Diagnostics {
	name := b.Labels[0]
	old := set[name]
	switch {
	case old == nil:
		set[name] = b
	case f.override:
		merged := *old
		merged.Body = mergeBody(old.Body, b.Body)
		set[name] = &merged
	default:
		return duplicate(b, fmt.Sprintf("%s %q", b.Type, name), old.DefRange())
	}
	return nil
}

func (c *moduleConfig) addLocals(b *hclsyntax.Block, f *sourceFile) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, name := range sortedKeys(b.Body.Attributes) {
		attr := b.Body.Attributes[name]
		if old := c.locals[name]; old != nil && !f.override {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Duplicate local value definition", Subject: &attr.NameRange,
				Detail: fmt.Sprintf("local.%s was already defined at %s:%d; the first definition is used.",
					name, old.NameRange.Filename, old.NameRange.Start.Line),
			})
			continue
		}
		c.locals[name] = attr
	}
	return diags
}

func (c *moduleConfig) addResource(b *hclsyntax.Block, f *sourceFile) hcl.Diagnostics {
	decl := &resourceDecl{mode: resource.Managed, typ: b.Labels[0], name: b.Labels[1], block: b, body: b.Body}
	if b.Type == "data" {
		decl.mode = resource.Data
	}
	key := decl.localAddress()
	old := c.resources[key]
	switch {
	case old == nil:
		decl.comments, decl.broken = f.comments(b), f.broken[b]
		c.resources[key] = decl
	case f.override:
		old.body, old.broken = mergeBody(old.body, b.Body), old.broken || f.broken[b]
	default:
		return duplicate(b, fmt.Sprintf("resource %q", key), old.block.DefRange())
	}
	return nil
}

func (c *moduleConfig) addCall(b *hclsyntax.Block, f *sourceFile) hcl.Diagnostics {
	name := b.Labels[0]
	old := c.calls[name]
	switch {
	case old == nil:
		c.calls[name] = &moduleCall{name: name, body: b.Body, rng: b.DefRange(), broken: f.broken[b]}
	case f.override:
		old.broken = old.broken || f.broken[b]
		old.body = mergeBody(old.body, b.Body)
	default:
		return duplicate(b, fmt.Sprintf("module %q", name), old.rng)
	}
	return nil
}

func (c *moduleConfig) addProvider(b *hclsyntax.Block, f *sourceFile) hcl.Diagnostics {
	name, alias := providerName(b)
	for i, old := range c.providers {
		oldName, oldAlias := providerName(old)
		if name != oldName || alias != oldAlias {
			continue
		}
		if f.override {
			merged := *old
			merged.Body = mergeBody(old.Body, b.Body)
			c.providers[i] = &merged
			return nil
		}
		return duplicate(b, strings.TrimSpace("provider configuration "+name+" "+alias), old.DefRange())
	}
	c.providers = append(c.providers, b)
	return nil
}

// providerName returns the local name and alias of a provider block.
func providerName(b *hclsyntax.Block) (name, alias string) {
	alias, _ = literalString(b.Body.Attributes["alias"])
	return b.Labels[0], alias
}

// mergeBody applies an override: arguments replace those of the same name, and blocks replace all of the same type,
// except that lifecycle blocks merge argument by argument.
func mergeBody(base, override *hclsyntax.Body) *hclsyntax.Body {
	out := &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: base.SrcRange, EndRange: base.EndRange}
	maps.Copy(out.Attributes, base.Attributes)
	maps.Copy(out.Attributes, override.Attributes)
	replaced := map[string]bool{}
	for _, b := range override.Blocks {
		replaced[effectiveType(b)] = true
	}
	var lifecycle *hclsyntax.Block
	for _, b := range base.Blocks {
		if b.Type == "lifecycle" {
			lifecycle = b
		}
		if !replaced[effectiveType(b)] {
			out.Blocks = append(out.Blocks, b)
		}
	}
	for _, b := range override.Blocks {
		if b.Type == "lifecycle" && lifecycle != nil {
			merged := *b
			merged.Body = mergeBody(lifecycle.Body, b.Body)
			b = &merged
		}
		out.Blocks = append(out.Blocks, b)
	}
	return out
}

// effectiveType is the type of a block, or the type that a dynamic block generates.
func effectiveType(b *hclsyntax.Block) string {
	if b.Type == "dynamic" && len(b.Labels) == 1 {
		return b.Labels[0]
	}
	return b.Type
}
