package fix

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// errSame says that a block has the value already.
var errSame = errors.New("the code has this value already; what the finding speaks of is settled elsewhere")

// assign returns the text of one top-level block with a setting in it. Only literals are replaced: what is computed from variables,
// locals or functions has more readers than this block. A block that was formatted stays formatted; in one that was not, only the
// written tokens change.
func assign(src []byte, s setting) ([]byte, error) {
	block, err := parseBlock(src)
	if err != nil {
		return nil, err
	}
	formatted := bytes.Equal(hclwrite.Format(src), src)
	var out []byte
	switch nested, err := holder(block, s.block); {
	case err != nil:
		return nil, err
	case nested == nil && s.ifWritten:
		return nil, errSame
	case nested == nil:
		out = addNested(src, block, s)
	default:
		out, err = assignIn(src, nested, s)
		if err != nil {
			return nil, err
		}
	}
	if formatted {
		out = hclwrite.Format(out)
	}
	return out, check(src, out, s)
}

// parseBlock reads the only block of a text.
func parseBlock(src []byte) (*hclsyntax.Block, error) {
	f, diags := hclsyntax.ParseConfig(src, "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil, fmt.Errorf("the block cannot be read: %w", diags)
	}
	body, ok := f.Body.(*hclsyntax.Body)
	if !ok || len(body.Blocks) != 1 || len(body.Attributes) != 0 {
		return nil, errors.New("this is not one block")
	}
	return body.Blocks[0], nil
}

// holder finds the block that holds the argument: the block itself, or its only nested block of the type; nil where there is none
// yet.
func holder(block *hclsyntax.Block, typ string) (*hclsyntax.Block, error) {
	if typ == "" {
		return block, nil
	}
	body := block.Body
	if _, ok := body.Attributes[typ]; ok {
		return nil, fmt.Errorf("%s is written as an argument, not as a block", typ)
	}
	var found []*hclsyntax.Block
	for _, b := range body.Blocks {
		if b.Type == "dynamic" && len(b.Labels) == 1 && b.Labels[0] == typ {
			return nil, fmt.Errorf("%s is a dynamic block, whose number depends on other values", typ)
		}
		if b.Type == typ {
			found = append(found, b)
		}
	}
	switch len(found) {
	case 0:
		return nil, nil //nolint:nilnil // no block yet is an answer, and no error
	case 1:
		return found[0], nil
	}
	return nil, fmt.Errorf("there are %d %s blocks", len(found), typ)
}

// assignIn sets the argument in a body.
func assignIn(src []byte, block *hclsyntax.Block, s setting) ([]byte, error) {
	old, ok := block.Body.Attributes[s.name]
	if !ok {
		if s.ifWritten {
			return nil, errSame
		}
		return insert(src, block, s.name+" = "+literalText(s.value)), nil
	}
	value, ok := literal(old.Expr)
	if !ok {
		return nil, fmt.Errorf("%s is not a literal: it is computed from other values", s.name)
	}
	if has(value, s) {
		return nil, errSame
	}
	r := old.Expr.Range()
	return slices.Concat(src[:r.Start.Byte], []byte(literalText(s.value)), src[r.End.Byte:]), nil
}

// has reports whether a literal is what the setting asks for, as Terraform would convert it.
func has(value cty.Value, s setting) bool {
	if value.IsNull() {
		return false
	}
	want := literalText(s.value)
	have := literalText(value)
	if value.Type() == cty.String && s.value.Type() != cty.String {
		have = value.AsString()
	}
	if s.atLeast && value.Type() == cty.Number {
		return value.AsBigFloat().Cmp(s.value.AsBigFloat()) >= 0
	}
	return have == want
}

// literal is the value of an expression that depends on nothing.
func literal(e hclsyntax.Expression) (cty.Value, bool) {
	switch e := e.(type) {
	case *hclsyntax.LiteralValueExpr:
		return e.Val, e.Val.Type().IsPrimitiveType() || e.Val.IsNull()
	case *hclsyntax.TemplateExpr:
		if !e.IsStringLiteral() {
			return cty.NilVal, false
		}
		v, diags := e.Value(nil)
		return v, !diags.HasErrors()
	}
	return cty.NilVal, false
}

// literalText is a value as HCL writes it.
func literalText(v cty.Value) string { return string(hclwrite.TokensForValue(v).Bytes()) }

// insert puts an argument into a block, after the last one that stands on one line before the first nested block.
func insert(src []byte, block *hclsyntax.Block, line string) []byte {
	src, block = spread(src, block)
	first, at := block.CloseBraceRange.Start.Byte, endOfLine(src, block.OpenBraceRange.Start.Byte)
	for _, b := range block.Body.Blocks {
		first = min(first, b.Range().Start.Byte)
	}
	for _, a := range block.Body.Attributes {
		if r := a.Range(); r.Start.Byte < first && r.Start.Line == r.End.Line {
			at = max(at, endOfLine(src, r.End.Byte))
		}
	}
	return slices.Concat(src[:at], []byte(indentOf(src, block)+line+eol(src)), src[at:])
}

// addNested puts a nested block with its only argument at the end of a block.
func addNested(src []byte, block *hclsyntax.Block, s setting) []byte {
	src, block = spread(src, block)
	at := startOfLine(src, block.CloseBraceRange.Start.Byte)
	indent, end := indentOf(src, block), eol(src)
	text := indent + s.block + " {" + end + indent + "  " + s.name + " = " + literalText(s.value) + end + indent + "}" + end
	if len(block.Body.Attributes)+len(block.Body.Blocks) > 0 {
		text = end + text
	}
	return slices.Concat(src[:at], []byte(text), src[at:])
}

// spread writes a block that stands on one line ({ a = 1 }) on several.
func spread(src []byte, block *hclsyntax.Block) ([]byte, *hclsyntax.Block) {
	open, closing := block.OpenBraceRange, block.CloseBraceRange
	if open.Start.Line != closing.Start.Line {
		return src, block
	}
	outer, end := lineIndent(src, open.Start.Byte), eol(src)
	text := end
	if inner := strings.TrimSpace(string(src[open.End.Byte:closing.Start.Byte])); inner != "" {
		text += outer + "  " + inner + end
	}
	out := slices.Concat(src[:open.End.Byte], []byte(text+outer), src[closing.Start.Byte:])
	f, diags := hclsyntax.ParseConfig(out, "", hcl.InitialPos)
	if body, ok := f.Body.(*hclsyntax.Body); ok && !diags.HasErrors() && len(body.Blocks) == 1 {
		for _, b := range append(body.Blocks[0].Body.Blocks, body.Blocks[0]) {
			if b.OpenBraceRange.Start.Byte == open.Start.Byte {
				return out, b
			}
		}
	}
	return src, block // check refuses what comes of it
}

// indentOf is the indentation of a block's content: that of its first argument or nested block, else two more than its own.
func indentOf(src []byte, block *hclsyntax.Block) string {
	first := -1
	for _, a := range block.Body.Attributes {
		if s := a.Range().Start.Byte; first < 0 || s < first {
			first = s
		}
	}
	for _, b := range block.Body.Blocks {
		if s := b.Range().Start.Byte; first < 0 || s < first {
			first = s
		}
	}
	if first < 0 || startOfLine(src, first) <= block.OpenBraceRange.Start.Byte {
		return lineIndent(src, block.OpenBraceRange.Start.Byte) + "  "
	}
	return lineIndent(src, first)
}

func lineIndent(src []byte, at int) string {
	line := src[startOfLine(src, at):]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

func startOfLine(src []byte, at int) int { return bytes.LastIndexByte(src[:at], '\n') + 1 }

// endOfLine is where the line after a place begins.
func endOfLine(src []byte, at int) int {
	if i := bytes.IndexByte(src[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(src)
}

// eol is the line end that the text uses.
func eol(src []byte) string {
	if i := bytes.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// check proves an edit: the text still is one block with the same labels, it has the value, every other argument is as it was, and so
// are all comments. An edit that cannot be proved is not made.
func check(before, after []byte, s setting) error {
	failed := errors.New("the block is written in a way that cannot be edited safely")
	a, err := parseBlock(before)
	if err != nil {
		return err
	}
	b, err := parseBlock(after)
	if err != nil {
		return failed
	}
	in, err := holder(b, s.block)
	if err != nil || in == nil || in.Body.Attributes[s.name] == nil {
		return failed
	}
	if v, ok := literal(in.Body.Attributes[s.name].Expr); !ok || !has(v, s) {
		return failed
	}
	if a.Type != b.Type || !slices.Equal(a.Labels, b.Labels) || !slices.Equal(comments(before), comments(after)) {
		return failed
	}
	// Both blocks must have the same arguments, but for the one that was set.
	have, want := content(b.Body, after), content(a.Body, before)
	path := s.name
	if s.block != "" {
		path = s.block + "." + s.name
	}
	skip := func(l string) bool { return strings.HasPrefix(l, path+"=") || s.block != "" && l == s.block+"{" }
	if !slices.Equal(slices.DeleteFunc(have, skip), slices.DeleteFunc(want, skip)) {
		return failed
	}
	return nil
}

// content lists the arguments and blocks of a body with their texts, without the spaces that formatting moves.
func content(body *hclsyntax.Body, src []byte) []string {
	var out []string
	for _, a := range body.Attributes {
		r := a.Expr.Range()
		out = append(out, a.Name+"="+squeeze(src[r.Start.Byte:r.End.Byte]))
	}
	for _, b := range body.Blocks {
		name := strings.Join(append([]string{b.Type}, b.Labels...), " ")
		out = append(out, name+"{")
		for _, l := range content(b.Body, src) {
			out = append(out, name+"."+l)
		}
	}
	slices.Sort(out)
	return out
}

func squeeze(text []byte) string { return strings.Join(strings.Fields(string(text)), "") }

func comments(src []byte) []string {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	var out []string
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenComment {
			out = append(out, strings.TrimSpace(string(t.Bytes)))
		}
	}
	return out
}
