package hcleval

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	hcljson "github.com/hashicorp/hcl/v2/json"
	"github.com/zclconf/go-cty/cty"
)

// JSON configuration is converted to the syntax tree of the native language, so that everything after the parser sees
// one form. Whether an object in a resource is an argument or a nested block cannot be told without the provider's
// schema: it becomes an argument (jsonObject), which is handed out in both forms.

// jsonObject is an object of JSON syntax, which may stand for a nested block.
type jsonObject struct{ *hclsyntax.ObjectConsExpr }

// parseJSON parses a .tf.json file.
func parseJSON(source []byte, name string) (*hclsyntax.Body, hcl.Diagnostics) {
	top, diags := jsonTop(source, name)
	if top == nil {
		return nil, diags
	}
	c := &jsonConverter{}
	body := emptyBody(hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos})
	for _, attr := range sortedAttributes(top) {
		labels, known := blockLabels(attr.Name)
		if !known {
			c.fail(attr.NameRange, "Unsupported block type", fmt.Sprintf("Blocks of type %q are not expected here.", attr.Name))
			continue
		}
		c.blocks(body, attr.Name, labels, nil, attr.Expr, attr.NameRange)
	}
	return body, append(diags, c.diags...)
}

// jsonTop returns the properties of a JSON file's top-level object.
func jsonTop(source []byte, name string) (hcl.Attributes, hcl.Diagnostics) {
	file, diags := hcljson.Parse(source, name)
	if file == nil || diags.HasErrors() {
		return nil, diags
	}
	attrs, more := file.Body.JustAttributes()
	return attrs, append(diags, more...)
}

func sortedAttributes(attrs hcl.Attributes) []*hcl.Attribute {
	out := make([]*hcl.Attribute, 0, len(attrs))
	for _, name := range sortedKeys(attrs) {
		if name != "//" {
			out = append(out, attrs[name])
		}
	}
	return out
}

func emptyBody(rng hcl.Range) *hclsyntax.Body {
	return &hclsyntax.Body{Attributes: hclsyntax.Attributes{}, SrcRange: rng, EndRange: rng}
}

// jsonConverter converts JSON expressions and gathers diagnostics.
type jsonConverter struct{ diags hcl.Diagnostics }

func (c *jsonConverter) fail(rng hcl.Range, summary, detail string) {
	c.diags = append(c.diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Subject: &rng})
}

// blocks adds the blocks of one type: the labels are the keys of nested objects, and an array holds several.
func (c *jsonConverter) blocks(body *hclsyntax.Body, typ string, labels int, have []string, e hcl.Expression, rng hcl.Range) {
	if items, diags := hcl.ExprList(e); !diags.HasErrors() {
		for _, item := range items {
			c.blocks(body, typ, labels, have, item, rng)
		}
		return
	}
	pairs, diags := hcl.ExprMap(e)
	if diags.HasErrors() {
		if v, _ := e.Value(nil); !v.IsNull() {
			c.fail(e.Range(), "Incorrect JSON value type", fmt.Sprintf("A JSON object is required here, for a %q block.", typ))
		}
		return
	}
	if len(have) < labels {
		for _, pair := range pairs {
			if key := jsonKey(pair.Key); key != "//" {
				c.blocks(body, typ, labels, append(slices.Clip(have), key), pair.Value, pair.Key.Range())
			}
		}
		return
	}
	block := &hclsyntax.Block{
		Type: typ, Labels: have, Body: emptyBody(e.Range()),
		TypeRange: rng, OpenBraceRange: rng, CloseBraceRange: e.Range(),
	}
	c.fill(block.Body, typ, pairs)
	body.Blocks = append(body.Blocks, block)
}

// jsonKey is the text of a key.
func jsonKey(e hcl.Expression) string {
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// fill adds the properties of a block.
func (c *jsonConverter) fill(body *hclsyntax.Body, typ string, pairs []hcl.KeyValuePair) {
	for _, pair := range pairs {
		name := jsonKey(pair.Key)
		if name == "//" || name == "" {
			continue
		}
		if labels, nested := jsonNested(typ, name); nested {
			c.blocks(body, name, labels, nil, pair.Value, pair.Key.Range())
			continue
		}
		body.Attributes[name] = &hclsyntax.Attribute{
			Name: name, Expr: c.argument(name, pair.Value), NameRange: pair.Key.Range(),
			SrcRange: hcl.RangeBetween(pair.Key.Range(), pair.Value.Range()), EqualsRange: pair.Key.Range(),
		}
	}
}

// jsonNested returns the labels of the properties that are blocks by Terraform's own schema.
func jsonNested(typ, name string) (int, bool) {
	switch name {
	case "dynamic":
		return 1, true
	case "content":
		return 0, typ == "dynamic"
	case "lifecycle", "connection":
		return 0, typ == "resource" || typ == "data"
	case "provisioner":
		return 1, typ == "resource"
	case "backend":
		return 1, typ == "terraform"
	case "required_providers", "cloud":
		return 0, typ == "terraform"
	}
	return 0, false
}

// argument converts an argument: some of Terraform's own hold references as plain strings.
func (c *jsonConverter) argument(name string, e hcl.Expression) hclsyntax.Expression {
	switch name {
	case "depends_on", "ignore_changes", "provider", "providers", "iterator", "from", "to":
		return c.reference(e)
	}
	return c.expression(e)
}

// reference converts a string, or the strings in a list or object, to references.
func (c *jsonConverter) reference(e hcl.Expression) hclsyntax.Expression {
	if items, diags := hcl.ExprList(e); !diags.HasErrors() {
		tuple := &hclsyntax.TupleConsExpr{SrcRange: e.Range(), OpenRange: e.StartRange()}
		for _, item := range items {
			tuple.Exprs = append(tuple.Exprs, c.reference(item))
		}
		return tuple
	}
	if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
		object := &hclsyntax.ObjectConsExpr{SrcRange: e.Range(), OpenRange: e.StartRange()}
		for _, pair := range pairs {
			object.Items = append(object.Items, hclsyntax.ObjectConsItem{
				KeyExpr: c.reference(pair.Key), ValueExpr: c.reference(pair.Value),
			})
		}
		return object
	}
	v, _ := e.Value(nil)
	if v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
		text := strings.TrimSuffix(strings.TrimPrefix(v.AsString(), "${"), "}")
		if t, diags := hclsyntax.ParseTraversalAbs([]byte(text), e.Range().Filename, e.Range().Start); !diags.HasErrors() {
			return &hclsyntax.ScopeTraversalExpr{Traversal: t, SrcRange: e.Range()}
		}
	}
	return c.expression(e)
}

// expression converts a value; strings are templates.
func (c *jsonConverter) expression(e hcl.Expression) hclsyntax.Expression {
	if items, diags := hcl.ExprList(e); !diags.HasErrors() {
		tuple := &hclsyntax.TupleConsExpr{SrcRange: e.Range(), OpenRange: e.StartRange()}
		for _, item := range items {
			tuple.Exprs = append(tuple.Exprs, c.expression(item))
		}
		return tuple
	}
	if pairs, diags := hcl.ExprMap(e); !diags.HasErrors() {
		object := &hclsyntax.ObjectConsExpr{SrcRange: e.Range(), OpenRange: e.StartRange()}
		for _, pair := range pairs {
			object.Items = append(object.Items, hclsyntax.ObjectConsItem{
				KeyExpr:   &hclsyntax.ObjectConsKeyExpr{Wrapped: c.expression(pair.Key), ForceNonLiteral: true},
				ValueExpr: c.expression(pair.Value),
			})
		}
		return jsonObject{object}
	}
	v, _ := e.Value(nil)
	if v.Type() != cty.String || !v.IsKnown() || v.IsNull() {
		return &hclsyntax.LiteralValueExpr{Val: v, SrcRange: e.Range()}
	}
	return c.template(v.AsString(), e.Range())
}

// template parses the template in a string.
func (c *jsonConverter) template(text string, rng hcl.Range) hclsyntax.Expression {
	if !strings.Contains(text, "${") && !strings.Contains(text, "%{") {
		return &hclsyntax.TemplateExpr{Parts: []hclsyntax.Expression{&hclsyntax.LiteralValueExpr{Val: cty.StringVal(text), SrcRange: rng}}, SrcRange: rng}
	}
	if _, err := checkNesting([]byte(text), rng.Filename, template); err != nil {
		c.fail(rng, "String not parsed", err.Error())
		return &hclsyntax.ExprSyntaxError{Placeholder: cty.DynamicVal, SrcRange: rng}
	}
	start := hcl.Pos{Line: rng.Start.Line, Column: rng.Start.Column + 1, Byte: rng.Start.Byte + 1}
	expr, diags := hclsyntax.ParseTemplate([]byte(text), rng.Filename, start)
	c.diags = append(c.diags, diags...)
	if diags.HasErrors() || expr == nil {
		return &hclsyntax.ExprSyntaxError{Placeholder: cty.DynamicVal, ParseDiags: diags, SrcRange: rng}
	}
	return expr
}
