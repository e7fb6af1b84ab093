// Package fix knows the edits of Terraform code that make findings go away.
//
// A remedy is a row of a table: this check, this attribute, this resource type, these arguments. Plan matches failing findings with
// the rows and the source text, and gives for each one either the edit or the reason why there is none: the argument is computed,
// other instances of the block pass, the file holds a secret. It never edits what it cannot evaluate, and it reads and writes no
// files: who applies the edits does.
package fix

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
)

// Proposal is what can be done about one failing finding for which an edit is known.
type Proposal struct {
	// Finding is the index of the finding.
	Finding int
	// Skip says why the edit is not made; "" where it is.
	Skip string
	// Description says what the edit does.
	Description string
	// Replaces is set where applying the change may make Terraform destroy the resource and create another.
	Replaces bool
	// Partial is set where the finding has other reasons too, for which no edit is known: it remains, with fewer of them.
	Partial bool
	changes []change
}

// change is one setting in one block.
type change struct {
	block   *block
	setting setting
	// add is the text of a resource to write after the block; then there is no setting.
	add string
}

// Plan lists what can be done about the findings, in their order. Findings for which no edit is known have no proposal. Params are
// the parameters of the checks by name; a remedy takes its numbers from them.
func Plan(findings []finding.Finding, files []evidence.SourceFile, params map[string]any) []Proposal {
	p := planner{findings: findings, index: newIndex(files), params: params, rows: map[string][]remedy{}, siblings: map[string][]int{}}
	for _, r := range remedies() {
		p.rows[r.check] = append(p.rows[r.check], r)
	}
	for i := range findings {
		if p.rows[findings[i].Check] == nil {
			continue // nobody will ask for its siblings
		}
		if b := p.own(&findings[i]); b != nil {
			key := p.siblingKey(&findings[i], b)
			p.siblings[key] = append(p.siblings[key], i)
		}
	}
	var out []Proposal
	for i := range findings {
		if f := &findings[i]; f.Failing() && p.rows[f.Check] != nil {
			if proposal, ok := p.propose(i); ok {
				out = append(out, proposal)
			}
		}
	}
	return out
}

// planner holds what Plan knows.
type planner struct {
	findings []finding.Finding
	index    *index
	params   map[string]any
	rows     map[string][]remedy // by check
	siblings map[string][]int    // findings of one check on the instances of one block
}

// own is the block that declares the finding's entity; nil where it is not known or declared.
func (p *planner) own(f *finding.Finding) *block {
	id, _, _ := strings.Cut(f.Entity.ID, "#")
	a, ok := parseAddress(id)
	if !ok {
		return nil
	}
	if dir, ok := dirOf(f, a); ok {
		return p.index.find(dir, a)
	}
	return nil
}

// dirOf is the directory of the module that declares the finding's entity. The root module's is part of the scope: evidence from
// other root modules has places too, and they have resources of the same names.
func dirOf(f *finding.Finding, a address) (string, bool) {
	root, declared := strings.CutPrefix(f.Entity.Scope, "tf:")
	if a.module == "" {
		return path.Clean(root), declared
	}
	for _, at := range f.Provenance {
		if at.Locator.Module == a.module && at.Locator.File != "" {
			return path.Dir(at.Locator.File), true
		}
	}
	if f.Location != nil && f.Location.Module == a.module {
		return path.Dir(f.Location.File), true
	}
	return "", false
}

func (p *planner) siblingKey(f *finding.Finding, b *block) string {
	_, suffix, _ := strings.Cut(f.Entity.ID, "#")
	return strings.Join([]string{f.Check, f.Entity.Kind, b.dir, b.typ, b.name, suffix}, "\x00")
}

// propose finds the edits for one finding: one for each of its reasons that has a row.
func (p *planner) propose(i int) (Proposal, bool) {
	f := &p.findings[i]
	out := Proposal{Finding: i}
	var notes []string
	matched := 0
	reasons := reasonsOf(f)
	for _, attribute := range reasons {
		found := 0
		for _, target := range p.targets(f) {
			for _, row := range p.rows[f.Check] {
				if row.attribute != attribute || row.typ != target.address.typ {
					continue
				}
				found = 1
				changes, err := p.edit(i, target, row)
				if errors.Is(err, errSame) {
					continue
				}
				if err != nil {
					return Proposal{Finding: i, Skip: err.Error()}, true
				}
				for _, c := range changes {
					notes = append(notes, c.describe())
				}
				if row.note != "" {
					notes = append(notes, row.note)
				}
				out.changes = append(out.changes, changes...)
				out.Replaces = out.Replaces || row.replaces
			}
		}
		matched += found
	}
	if matched == 0 {
		return Proposal{}, false
	}
	if len(out.changes) == 0 {
		return Proposal{Finding: i, Skip: errSame.Error()}, true
	}
	out.Description = strings.Join(compactStrings(notes), "; ")
	if out.Partial = matched < len(reasons); out.Partial {
		out.Description += "; the finding's other reasons remain"
	}
	if out.Replaces {
		out.Description += "; Terraform may replace the resource, and its data with it"
	}
	return out, true
}

func compactStrings(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// reasonsOf lists the generic attribute paths of the finding's reasons, the first of each; "" for a reason without one.
func reasonsOf(f *finding.Finding) []string {
	var out []string
	for _, r := range f.Reasons {
		attribute := ""
		if len(r.Attributes) > 0 {
			attribute = finding.Generic(r.Attributes[0])
		}
		if !slices.Contains(out, attribute) {
			out = append(out, attribute)
		}
	}
	return out
}

// target is a resource that a remedy may edit.
type target struct {
	address address
	dir     string
	isOwn   bool
}

// targets are the finding's own resource and those that its evidence was read from.
func (p *planner) targets(f *finding.Finding) []target {
	var out []target
	own, _, _ := strings.Cut(f.Entity.ID, "#")
	add := func(id, dir string) {
		if a, ok := parseAddress(id); ok && !slices.ContainsFunc(out, func(t target) bool { return t.address == a }) {
			out = append(out, target{address: a, dir: dir, isOwn: id == own})
		}
	}
	if a, ok := parseAddress(own); ok {
		if dir, ok := dirOf(f, a); ok {
			add(own, dir)
		}
	}
	for _, at := range f.Provenance {
		if l := at.Locator; l.File != "" && l.Address != "" {
			add(l.Address, path.Dir(l.File))
		}
	}
	return out
}

// edit makes the changes of one remedy to one resource, or says why it cannot.
func (p *planner) edit(i int, t target, row remedy) ([]change, error) {
	b := p.index.find(t.dir, t.address)
	if b == nil {
		return nil, p.index.whyMissing(t.dir, t.address)
	}
	if err := p.everyInstance(i, t, b); err != nil {
		return nil, err
	}
	if row.part != nil {
		return p.editPart(b, row)
	}
	return p.settle(b, row.settings)
}

// everyInstance makes sure that an edit changes nothing that passes: each instance of the block fails the same check.
func (p *planner) everyInstance(i int, t target, b *block) error {
	f := &p.findings[i]
	if !t.isOwn {
		if b.expanded || t.address.module != "" {
			return fmt.Errorf("%s has several instances, and only some of them may be at fault", b.label())
		}
		return nil
	}
	for _, j := range p.siblings[p.siblingKey(f, b)] {
		if s := &p.findings[j]; !s.Failing() || !slices.Equal(reasonsOf(s), reasonsOf(f)) {
			return fmt.Errorf("%s declares several instances, and not all of them fail in the same way (see %s)", b.label(), s.Entity.ID)
		}
	}
	return nil
}

// settle gives arguments of a block their values; what is right already is left alone.
func (p *planner) settle(b *block, settings []setting) ([]change, error) {
	var out []change
	text := b.text()
	for _, s := range settings {
		s = p.withParam(s)
		switch next, err := b.assign(text, s); {
		case errors.Is(err, errSame):
		case err != nil:
			return nil, fmt.Errorf("%s: %w", b.label(), err)
		default:
			text = next
			out = append(out, change{block: b, setting: s})
		}
	}
	if len(out) == 0 {
		return nil, errSame
	}
	return out, nil
}

// withParam replaces the value by that of the policy's parameter.
func (p *planner) withParam(s setting) setting {
	if s.param == "" {
		return s
	}
	n, ok := number(p.params[s.param])
	if !ok {
		return s
	}
	if s.name == "retention_in_days" {
		n = cloudWatchDays(n)
	}
	s.value = cty.NumberIntVal(n)
	return s
}

func number(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), v == float64(int64(v))
	}
	return 0, false
}

// cloudWatchDays is the shortest retention that CloudWatch Logs offers and that is not shorter (API operation PutRetentionPolicy).
func cloudWatchDays(n int64) int64 {
	for _, days := range []int64{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653} {
		if days >= n {
			return days
		}
	}
	return 0 // never expires
}

// editPart edits the resource that holds the settings of a whole, or adds one.
func (p *planner) editPart(whole *block, row remedy) ([]change, error) {
	existing, err := p.index.partsOf(whole, row.part)
	if err != nil {
		return nil, err
	}
	if len(existing) == 1 {
		if existing[0].expanded {
			return nil, fmt.Errorf("%s has count or for_each", existing[0].label())
		}
		return p.settle(existing[0], row.settings)
	}
	switch {
	case len(existing) > 1:
		return nil, fmt.Errorf("%s is settled by %d resources", whole.label(), len(existing))
	case whole.expanded:
		return nil, fmt.Errorf("%s has count or for_each: what is added would need the same", whole.label())
	case p.index.find(whole.dir, address{typ: row.part.typ, name: whole.name}) != nil:
		return nil, fmt.Errorf("there is another %s.%s", row.part.typ, whole.name)
	}
	provider, err := whole.provider()
	if err != nil {
		return nil, err
	}
	return []change{{block: whole, add: newPart(whole, row, provider)}}, nil
}

// describe says what the change does.
func (c change) describe() string {
	if c.add != "" {
		return "add " + strings.TrimSuffix(strings.TrimPrefix(firstLine(c.add), "resource "), " {")
	}
	name := c.setting.name
	if c.setting.block != "" {
		name = c.setting.block + "." + name
	}
	return fmt.Sprintf("set %s = %s in %s", name, literalText(c.setting.value), c.block.label())
}

func firstLine(s string) string {
	head, _, _ := strings.Cut(s, "\n")
	return head
}

// Apply returns the new texts of the files that the proposals change, by path. Proposals that are skipped change nothing.
func Apply(proposals []Proposal) (map[string]string, error) {
	byBlock := map[*block][]change{}
	for _, p := range proposals {
		if p.Skip == "" {
			for _, c := range p.changes {
				byBlock[c.block] = append(byBlock[c.block], c)
			}
		}
	}
	byFile := map[*file][]*block{}
	for b := range byBlock {
		byFile[b.file] = append(byFile[b.file], b)
	}
	out := make(map[string]string, len(byFile))
	for f, blocks := range byFile {
		slices.SortFunc(blocks, func(a, b *block) int { return b.start - a.start }) // the last first, so that places stay true
		src := f.text
		for _, b := range blocks {
			text, err := rewrite(b, byBlock[b])
			if err != nil {
				return nil, err
			}
			src = slices.Concat(src[:b.start:b.start], text, src[b.end:])
		}
		out[f.path] = string(src)
	}
	return out, nil
}

// rewrite is the text of a block with changes made to it.
func rewrite(b *block, changes []change) ([]byte, error) {
	text := b.text()
	var added []string
	for _, c := range changes {
		if c.add != "" {
			if !slices.Contains(added, c.add) {
				added = append(added, c.add)
			}
			continue
		}
		next, err := b.assign(text, c.setting)
		switch {
		case errors.Is(err, errSame): // another finding asked for it too
		case err != nil:
			return nil, fmt.Errorf("%s: %w", b.label(), err)
		default:
			text = next
		}
	}
	end := eol(b.file.text)
	for _, a := range added {
		text = append(slices.Clone(text), end+end+strings.ReplaceAll(a, "\n", end)...)
	}
	return text, nil
}

// Edits are the proposal's changes as replacements of places in the files as they are.
func (p *Proposal) Edits() ([]finding.Edit, error) {
	byBlock := map[*block][]change{}
	for _, c := range p.changes {
		byBlock[c.block] = append(byBlock[c.block], c)
	}
	blocks := slices.SortedFunc(maps.Keys(byBlock), func(a, b *block) int {
		if a.file != b.file {
			return strings.Compare(a.file.path, b.file.path)
		}
		return a.start - b.start
	})
	var out []finding.Edit
	for _, b := range blocks {
		text, err := rewrite(b, byBlock[b])
		if err != nil {
			return nil, err
		}
		out = append(out, difference(b, string(text)))
	}
	return out, nil
}

// difference is the shortest run of whole lines that turns the block's text into another.
func difference(b *block, text string) finding.Edit {
	before, after := strings.SplitAfter(string(b.text()), "\n"), strings.SplitAfter(text, "\n")
	head := 0
	for head < min(len(before), len(after)) && before[head] == after[head] {
		head++
	}
	tail := 0
	for tail < min(len(before), len(after))-head && before[len(before)-1-tail] == after[len(after)-1-tail] {
		tail++
	}
	first := b.line + head
	e := finding.Edit{File: b.file.path, StartLine: first, StartColumn: 1, EndLine: first + len(before) - head - tail, EndColumn: 1}
	e.Replacement = strings.Join(after[head:len(after)-tail], "")
	if tail == 0 { // up to the block's closing brace, which ends no line here
		last := strings.TrimSuffix(before[len(before)-1], "\n")
		e.EndLine, e.EndColumn = b.line+len(before)-1, len([]rune(last))+1
	}
	return e
}

// Digest is the SHA-256 of a file's bytes, as evidence.SourceFile has it.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Files are the paths of the files that the proposal changes, sorted.
func (p *Proposal) Files() []string {
	var out []string
	for _, c := range p.changes {
		out = append(out, c.block.file.path)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
