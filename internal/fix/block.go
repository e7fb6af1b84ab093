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
	body := block.Body
	var out []byte
	switch nested, err := nestedBody(body, s.block); {
	case err != nil:
		return nil, err
	case nested == nil && s.ifWritten:
		return nil, errSame
	case nested == nil:
		out = insert(src, body, s.block+" {"+eol(src)+indentOf(src, body)+"  "+s.name+" = "+literalText(s.value)+eol(src)+indentOf(src, body)+"}", true)
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

// nestedBody finds the body that holds the argument: the block's own, or that of its only nested block of the type; nil where
// there is none yet.
func nestedBody(body *hclsyntax.Body, typ string) (*hclsyntax.Body, error) {
	if typ == "" {
		return body, nil
	}
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
		return found[0].Body, nil
	}
	return nil, fmt.Errorf("there are %d %s blocks", len(found), typ)
}

// assignIn sets the argument in a body.
func assignIn(src []byte, body *hclsyntax.Body, s setting) ([]byte, error) {
	old, ok := body.Attributes[s.name]
	if !ok {
		if s.ifWritten {
			return nil, errSame
		}
		return insert(src, body, s.name+" = "+literalText(s.value), false), nil
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

// insert puts a line into a body: an argument after the last one that stands before the first nested block, a block at the end.
func insert(src []byte, body *hclsyntax.Body, line string, atEnd bool) []byte {
	open, closing := body.Range().Start, body.EndRange
	if open.Line == body.Range().End.Line { // { a = 1 }
		inner := strings.TrimSpace(string(src[open.Byte+1 : body.Range().End.Byte-1]))
		outer := lineIndent(src, open.Byte)
		text := "{" + eol(src)
		for _, l := range []string{inner, line} {
			if l != "" {
				text += outer + "  " + l + eol(src)
			}
		}
		return slices.Concat(src[:open.Byte], []byte(text+outer+"}"), src[body.Range().End.Byte:])
	}
	at := endOfLine(src, open.Byte)
	if atEnd {
		at = startOfLine(src, body.Range().End.Byte-1)
		gap := ""
		if len(body.Attributes)+len(body.Blocks) > 0 {
			gap = eol(src)
		}
		return slices.Concat(src[:at], []byte(gap+indentOf(src, body)+line+eol(src)), src[at:])
	}
	first := closing.Start.Byte
	for _, b := range body.Blocks {
		first = min(first, b.Range().Start.Byte)
	}
	for _, a := range body.Attributes {
		if r := a.Range(); r.Start.Byte < first && r.Start.Line == r.End.Line {
			at = max(at, endOfLine(src, r.End.Byte))
		}
	}
	return slices.Concat(src[:at], []byte(indentOf(src, body)+line+eol(src)), src[at:])
}

// indentOf is the indentation of a body's content: that of its first argument or block, else two more than its closing brace's.
func indentOf(src []byte, body *hclsyntax.Body) string {
	first := -1
	for _, a := range body.Attributes {
		if s := a.Range().Start.Byte; first < 0 || s < first {
			first = s
		}
	}
	for _, b := range body.Blocks {
		if s := b.Range().Start.Byte; first < 0 || s < first {
			first = s
		}
	}
	if first < 0 || startOfLine(src, first) <= body.Range().Start.Byte {
		return lineIndent(src, body.Range().Start.Byte) + "  "
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
	body, err := nestedBody(b.Body, s.block)
	if err != nil || body == nil || body.Attributes[s.name] == nil {
		return failed
	}
	if v, ok := literal(body.Attributes[s.name].Expr); !ok || !has(v, s) {
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
