package fix

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/assay-audit/assay/internal/evidence"
)

// file is one source file whose text is exactly what was scanned.
type file struct {
	path string
	text []byte
}

// block is one resource block.
type block struct {
	file       *file
	dir        string
	typ, name  string
	start, end int // bytes in the file
	line       int // of its first line, 1-based
	expanded   bool
	body       *hclsyntax.Body
	edits      map[string]edited // what assign made of the block, by its text and the setting
}

// edited is an answer of assign.
type edited struct {
	text []byte
	err  error
}

// assign is assign on a state of the block, which is asked for when an edit is planned and again when it is made.
func (b *block) assign(text []byte, s setting) ([]byte, error) {
	key := strings.Join([]string{s.block, s.name, literalText(s.value), string(text)}, "\x00")
	e, ok := b.edits[key]
	if !ok {
		e.text, e.err = assign(text, s)
		b.edits[key] = e
	}
	return e.text, e.err
}

func (b *block) text() []byte  { return b.file.text[b.start:b.end:b.end] }
func (b *block) label() string { return b.typ + "." + b.name }

// provider is the text of the block's provider argument, "" without one.
func (b *block) provider() (string, error) {
	a := b.body.Attributes["provider"]
	if a == nil {
		return "", nil
	}
	if _, ok := a.Expr.(*hclsyntax.ScopeTraversalExpr); !ok {
		return "", fmt.Errorf("%s names its provider in a way that cannot be copied", b.label())
	}
	r := a.Expr.Range()
	return string(b.file.text[r.Start.Byte:r.End.Byte]), nil
}

// address is a managed resource's address without an instance key.
type address struct{ module, typ, name string }

// parseAddress reads module.a["eu"].aws_s3_bucket.b[0]; false for what is no managed resource.
func parseAddress(id string) (address, bool) {
	rest := id
	for strings.HasPrefix(rest, "module.") {
		name, after, ok := cutName(strings.TrimPrefix(rest, "module."))
		if !ok || name == "" || !strings.HasPrefix(after, ".") {
			return address{}, false
		}
		rest = after[1:]
	}
	module := strings.TrimSuffix(strings.TrimSuffix(id, rest), ".")
	typ, rest, ok := strings.Cut(rest, ".")
	if !ok || typ == "data" || !hclsyntax.ValidIdentifier(typ) {
		return address{}, false
	}
	name, after, ok := cutName(rest)
	if !ok || after != "" || !hclsyntax.ValidIdentifier(name) {
		return address{}, false
	}
	return address{module: module, typ: typ, name: name}, true
}

// cutName splits "name[key].rest" into name and ".rest".
func cutName(s string) (name, rest string, ok bool) {
	i := strings.IndexAny(s, ".[")
	if i < 0 {
		return s, "", true
	}
	name, rest = s[:i], s[i:]
	if rest[0] == '.' {
		return name, rest, true
	}
	quoted := false
	for j := 1; j < len(rest); j++ {
		switch c := rest[j]; {
		case c == '\\' && quoted:
			j++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted:
			return name, rest[j+1:], true
		}
	}
	return "", "", false
}

// index finds resource blocks by directory and name.
type index struct {
	blocks map[string][]*block // by directory, type and name
	byType map[string][]*block
	parts  map[part]*partIndex
	calls  map[string][]*hclsyntax.Block // module calls by directory
	closed map[string]string             // directories with files that cannot be edited: why
}

func newIndex(files []evidence.SourceFile) *index {
	x := &index{blocks: map[string][]*block{}, byType: map[string][]*block{}, parts: map[part]*partIndex{}, calls: map[string][]*hclsyntax.Block{}, closed: map[string]string{}}
	for i := range files {
		x.add(&files[i])
	}
	return x
}

// add reads one file. A file that is not exactly what was scanned has no blocks: its text in the snapshot is redacted, or too long.
func (x *index) add(s *evidence.SourceFile) {
	dir := path.Dir(s.Path)
	switch {
	case strings.HasSuffix(s.Path, ".tf.json"):
		x.closed[dir] = s.Path + " is JSON, which is not edited"
		return
	case !strings.HasSuffix(s.Path, ".tf"):
		return
	case s.Text == "":
		x.closed[dir] = s.Path + " is empty or too large"
		return
	case Digest([]byte(s.Text)) != s.SHA256:
		x.closed[dir] = s.Path + " holds a secret; files with secrets are not edited"
		return
	}
	f := &file{path: s.Path, text: []byte(s.Text)}
	parsed, diags := hclsyntax.ParseConfig(f.text, f.path, hcl.InitialPos)
	body, ok := parsed.Body.(*hclsyntax.Body)
	if diags.HasErrors() || !ok {
		x.closed[dir] = s.Path + " has a syntax error"
		return
	}
	for _, b := range body.Blocks {
		switch {
		case b.Type == "module":
			x.calls[dir] = append(x.calls[dir], b)
		case b.Type == "resource" && len(b.Labels) == 2:
			r := b.Range()
			n := &block{
				file: f, dir: dir, typ: b.Labels[0], name: b.Labels[1], start: r.Start.Byte, end: b.CloseBraceRange.End.Byte, line: r.Start.Line,
				expanded: b.Body.Attributes["count"] != nil || b.Body.Attributes["for_each"] != nil, body: b.Body, edits: map[string]edited{},
			}
			key := keyOf(dir, n.typ, n.name)
			x.blocks[key] = append(x.blocks[key], n)
			x.byType[n.typ] = append(x.byType[n.typ], n)
		}
	}
}

func keyOf(dir, typ, name string) string { return dir + "\x00" + typ + "\x00" + name }

// find is the only block of a resource; nil where there is none, or several (override files).
func (x *index) find(dir string, a address) *block {
	if found := x.blocks[keyOf(dir, a.typ, a.name)]; len(found) == 1 {
		return found[0]
	}
	return nil
}

// whyMissing says why a block cannot be edited.
func (x *index) whyMissing(dir string, a address) error {
	switch n := len(x.blocks[keyOf(dir, a.typ, a.name)]); {
	case n > 1:
		return fmt.Errorf("%s.%s stands in %d places (an override file), which are edited by hand", a.typ, a.name, n)
	case x.closed[dir] != "":
		return errors.New(x.closed[dir])
	}
	return fmt.Errorf("the block of %s.%s is not in a file that can be edited", a.typ, a.name)
}

// partsOf lists the resources of the directory that settle a whole. It fails where there may be others that it cannot see.
func (x *index) partsOf(whole *block, p *part) ([]*block, error) {
	for _, call := range x.calls[whole.dir] {
		if mentions(call.Body, whole) {
			return nil, fmt.Errorf("%s is passed to module.%s, which may settle it", whole.label(), strings.Join(call.Labels, "."))
		}
	}
	if why := x.closed[whole.dir]; why != "" {
		return nil, errors.New(why)
	}
	known := x.parts[*p]
	if known == nil {
		known = newPartIndex(x.byType[p.typ], p, whole.typ)
		x.parts[*p] = known
	}
	if b := known.unclear; b != nil {
		return nil, fmt.Errorf("%s may settle %s: its %s is no plain reference", b.label(), whole.label(), p.arg)
	}
	return known.of[keyOf(whole.dir, whole.typ, whole.name)], nil
}

// partIndex lists the resources of one type by the whole that they settle.
type partIndex struct {
	of      map[string][]*block
	unclear *block // one of which it is not plain what it settles; nil where there is none
}

func newPartIndex(blocks []*block, p *part, typ string) *partIndex {
	out := &partIndex{of: map[string][]*block{}}
	for _, b := range blocks {
		a := b.body.Attributes[p.arg]
		if a == nil {
			continue
		}
		t, diags := hcl.AbsTraversalForExpr(a.Expr)
		name, ok := wholeOf(t, typ)
		if diags.HasErrors() || !ok {
			out.unclear = b
			continue
		}
		key := keyOf(b.dir, typ, name)
		out.of[key] = append(out.of[key], b)
	}
	return out
}

func mentions(body *hclsyntax.Body, whole *block) bool {
	for _, a := range body.Attributes {
		if slices.ContainsFunc(a.Expr.Variables(), func(t hcl.Traversal) bool { return refers(t, whole) }) {
			return true
		}
	}
	return slices.ContainsFunc(body.Blocks, func(b *hclsyntax.Block) bool { return mentions(b.Body, whole) })
}

func refers(t hcl.Traversal, b *block) bool {
	name, ok := wholeOf(t, b.typ)
	return ok && name == b.name
}

// wholeOf is the name of the resource of a type that a reference begins with.
func wholeOf(t hcl.Traversal, typ string) (string, bool) {
	if len(t) < 2 || t.IsRelative() || t.RootName() != typ {
		return "", false
	}
	step, ok := t[1].(hcl.TraverseAttr)
	return step.Name, ok
}

// newPart writes the resource that settles a whole.
func newPart(whole *block, row remedy, provider string) string {
	var lines [][2]string
	if provider != "" {
		lines = append(lines, [2]string{"provider", provider})
	}
	lines = append(lines, [2]string{row.part.arg, whole.label() + "." + row.part.of})
	var b strings.Builder
	fmt.Fprintf(&b, "resource %q %q {\n", row.part.typ, whole.name)
	writeAligned(&b, "  ", lines)
	b.WriteString("\n")
	lines = nil
	for _, s := range row.settings {
		lines = append(lines, [2]string{s.name, literalText(s.value)})
	}
	writeAligned(&b, "  ", lines)
	b.WriteString("}")
	return b.String()
}

// writeAligned writes arguments as terraform fmt would.
func writeAligned(b *strings.Builder, indent string, lines [][2]string) {
	width := 0
	for _, l := range lines {
		width = max(width, len(l[0]))
	}
	for _, l := range lines {
		fmt.Fprintf(b, "%s%-*s = %s\n", indent, width, l[0], l[1])
	}
}
