package terraform

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/secret"
)

// redactor replaces secrets by keyed hashes in everything that leaves the collector.
//
// It knows two sorts of secrets. A text that could only be a secret is replaced wherever it stands. A word, such as a
// password "postgres" or a sensitive user name "admin", is also an honest value elsewhere: it is replaced in prose, as a whole
// word, and at its place in the source, but never in addresses and attributes, where it would turn known facts into unknown
// ones.
type redactor struct {
	hasher secret.Hasher
	known  map[string]bool
	places map[string][]place // by file
	texts  *matcher           // texts that could only be secrets
	words  *matcher           // words
}

// place is where a secret stands in a source file.
type place struct {
	text string
	rng  resource.Range
}

func newRedactor(h secret.Hasher) *redactor {
	return &redactor{hasher: h, known: map[string]bool{}, places: map[string][]place{}}
}

// minSecret is the length of the shortest text that is replaced, in bytes; what is shorter says too little and stands everywhere.
const minSecret = 4

// add makes secrets known.
func (r *redactor) add(texts ...string) {
	for _, text := range texts {
		if len(text) >= minSecret {
			r.known[text] = true
		}
	}
}

// addPlace makes the place of a secret known.
func (r *redactor) addPlace(text string, rng resource.Range) {
	if !rng.IsZero() {
		r.places[rng.File] = append(r.places[rng.File], place{text, rng})
	}
}

// isKnown reports whether the text is a secret.
func (r *redactor) isKnown(text string) bool { return r.known[text] }

// prepare builds the matchers; it is called once, when all secrets are known.
func (r *redactor) prepare() {
	r.texts, r.words = newMatcher(), newMatcher()
	for text := range r.known {
		switch {
		case isOrdinary(text):
		case isWord(text):
			r.words.add(text, r.mark(text, text))
		default:
			for _, form := range forms(text) {
				r.texts.add(form, r.mark(text, form))
			}
		}
	}
	r.texts.sort()
	r.words.sort()
}

// mark is what stands in the place of a secret that is written in a form. It has as many lines as the form, so that places
// stay true.
func (r *redactor) mark(text, form string) string {
	return "[redacted " + r.hasher.Hash(text) + "]" + strings.Repeat("\n", strings.Count(form, "\n"))
}

// isOrdinary reports whether a text that is marked as sensitive says nothing: a setting or a short number.
func isOrdinary(text string) bool {
	const shortNumber = 6
	switch text {
	case "true", "false", "null", "none":
		return true
	}
	return len(text) < shortNumber && strings.Trim(text, "0123456789") == ""
}

// isWord reports whether a text is a word that may stand elsewhere with another meaning.
func isWord(text string) bool {
	const longest = 12
	return len(text) <= longest && strings.IndexFunc(text, func(c rune) bool { return !isLetter(c) && c != '-' && c != '_' }) < 0
}

func isLetter(c rune) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// forms are the ways in which a secret can be written: as it is, in lower case (labels), escaped in JSON or HCL, and line by
// line.
func forms(text string) []string {
	out := []string{text}
	if lower := strings.ToLower(text); lower != text {
		out = append(out, lower)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err == nil {
		if escaped := strings.Trim(strings.TrimSuffix(b.String(), "\n"), `"`); escaped != text && escaped != "" {
			out = append(out, escaped)
		}
	}
	if escaped := strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text); escaped != text {
		out = append(out, escaped)
	}
	const shortLine = 16 // shorter lines of a text are no secret by themselves
	if strings.Contains(text, "\n") {
		for line := range strings.SplitSeq(text, "\n") {
			if line = strings.TrimSpace(line); len(line) >= shortLine && !strings.HasPrefix(line, "-----") {
				out = append(out, line)
			}
		}
	}
	return out
}

// exact redacts an address or an attribute.
func (r *redactor) exact(s string) string { return r.texts.replace(s) }

// prose redacts a text for readers.
func (r *redactor) prose(s string) string { return r.words.replace(r.texts.replace(s)) }

// line redacts a text that may quote the source: what looks like a secret is replaced too.
func (r *redactor) line(s string) string {
	s = r.prose(s)
	matches := slices.DeleteFunc(unredacted(s, secret.Scan("", s)), func(m secret.Match) bool { return isTraversal(s[m.Start:m.End]) })
	return r.hasher.Redact(s, matches)
}

// unredacted drops the matches that are marks already.
func unredacted(s string, matches []secret.Match) []secret.Match {
	return slices.DeleteFunc(matches, func(m secret.Match) bool {
		return strings.Contains(s[max(0, m.Start-len("[redacted ")):m.End], secret.HashPrefix)
	})
}

// entity redacts an entity in place.
func (r *redactor) entity(e *evidence.Entity) {
	e.UID, e.ID, e.Name = r.exact(e.UID), r.exact(e.ID), r.exact(e.Name)
	for i := range e.Aliases {
		e.Aliases[i] = r.exact(e.Aliases[i])
	}
	for path, v := range e.Attrs {
		r.attribute(e, path, v)
	}
	for path, u := range e.Unknown {
		if detail := r.prose(u.Detail); detail != u.Detail {
			u.Detail = detail
			e.Unknown[path] = u
		}
	}
	for i := range e.Prov {
		r.locator(&e.Prov[i].Locator)
	}
}

func (r *redactor) locator(l *evidence.Locator) {
	l.Address, l.Module = r.exact(l.Address), r.exact(l.Module)
}

// attribute withholds an attribute that holds a secret: what a policy would compare with is then unknown, never another value.
// Of a list of texts only the secret ones are withheld.
func (r *redactor) attribute(e *evidence.Entity, path string, v any) {
	if !r.holds(v) {
		return
	}
	if list, ok := v.([]any); ok && !slices.ContainsFunc(list, isComposite) {
		e.Attrs[path] = slices.DeleteFunc(list, r.holds)
		path += "[]"
	} else {
		delete(e.Attrs, path)
	}
	if e.Unknown == nil {
		e.Unknown = map[string]evidence.Unknown{}
	}
	e.Unknown[path] = evidence.Unknown{Reason: evidence.Redacted, Detail: "the value is sensitive"}
}

func isComposite(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

// holds reports whether an attribute's value holds a secret.
func (r *redactor) holds(v any) bool {
	switch v := v.(type) {
	case string:
		return r.texts.replace(v) != v
	case []any:
		return slices.ContainsFunc(v, r.holds)
	case map[string]any:
		for key, inner := range v {
			if r.holds(key) || r.holds(inner) {
				return true
			}
		}
	}
	return false
}

func (r *redactor) relation(rel evidence.Relation) evidence.Relation {
	rel.From, rel.To = r.exact(rel.From), r.exact(rel.To)
	for key, v := range rel.Attrs {
		if redacted := r.prose(v); redacted != v {
			rel.Attrs[key] = redacted
		}
	}
	return rel
}

func (r *redactor) covered(c evidence.Coverage) evidence.Coverage {
	c.Detail = r.line(c.Detail)
	for i := range c.Items {
		c.Items[i] = r.line(c.Items[i])
	}
	return c
}

func (r *redactor) source(s evidence.Source) evidence.Source {
	for i := range s.Problems {
		p := &s.Problems[i]
		p.Summary, p.Detail, p.Snippet = r.line(p.Summary), r.line(p.Detail), r.line(p.Snippet)
		r.locator(&p.Locator)
	}
	return s
}

// file redacts a source file; its lines stay where they are.
func (r *redactor) file(path, text string) string {
	lines := strings.Split(text, "\n")
	for _, p := range r.places[path] {
		r.atPlace(lines, p)
	}
	text = r.texts.replace(strings.Join(lines, "\n"))
	var b strings.Builder
	written := 0
	for _, m := range unredacted(text, secret.Scan("", text)) {
		if isTraversal(text[m.Start:m.End]) {
			continue
		}
		b.WriteString(text[written:m.Start] + r.mark(text[m.Start:m.End], text[m.Start:m.End]))
		written = m.End
	}
	return b.String() + text[written:]
}

// isTraversal reports whether a text is a reference of the configuration language, such as random_password.db.result, which a
// scan of the source takes for a value without quotes.
func isTraversal(text string) bool {
	names := strings.Split(text, ".")
	const least = 3 // type, name, attribute
	return len(names) >= least && !slices.ContainsFunc(names, func(name string) bool {
		return name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != ""
	})
}

// atPlace replaces the secret on its lines. Where the source writes it in a way of its own, the lines are dropped.
func (r *redactor) atPlace(lines []string, p place) {
	first, last := p.rng.Line-1, max(p.rng.EndLine, p.rng.Line)-1
	if first < 0 || last >= len(lines) {
		return
	}
	found := false
	for i := first; i <= last; i++ {
		for _, form := range forms(p.text) {
			if strings.Contains(lines[i], form) {
				lines[i] = strings.ReplaceAll(lines[i], form, "[redacted "+r.hasher.Hash(p.text)+"]")
				found = true
			}
		}
		found = found || strings.Contains(lines[i], secret.HashPrefix)
	}
	if found || strings.Contains(p.text, "\n") && p.rng.EndLine > p.rng.Line {
		return // replaced, here or with the texts of several lines
	}
	for i := first; i <= last; i++ {
		lines[i] = "[redacted " + r.hasher.Hash(p.text) + "]"
	}
}

// matcher replaces many texts in one pass. A filter on four bytes lets it step over what cannot begin a text.
type matcher struct {
	filter []uint64
	heads  map[uint32][]entry
}

type entry struct{ text, mark string }

const (
	filterBits = 1 << 16
	wordBits   = 64
)

func newMatcher() *matcher {
	return &matcher{filter: make([]uint64, filterBits/wordBits), heads: map[uint32][]entry{}}
}

func (m *matcher) add(text, mark string) {
	if len(text) < minSecret {
		return
	}
	head := headOf(text)
	m.heads[head] = append(m.heads[head], entry{text, mark})
	bit := mix(head)
	m.filter[bit/wordBits] |= 1 << (bit % wordBits)
}

// sort puts longer texts first, because one may hold another.
func (m *matcher) sort() {
	for head, entries := range m.heads {
		slices.SortFunc(entries, func(a, b entry) int {
			return cmp.Or(cmp.Compare(len(b.text), len(a.text)), cmp.Compare(a.text, b.text))
		})
		m.heads[head] = slices.Compact(entries)
	}
}

func headOf(s string) uint32 {
	return binary.LittleEndian.Uint32([]byte{s[0], s[1], s[2], s[3]})
}

// mix spreads four bytes over the filter (Fibonacci hashing).
func mix(head uint32) uint32 { return head * 2654435769 >> 16 }

// replace returns the text with every secret in it replaced. Words are replaced only where they stand alone.
func (m *matcher) replace(s string) string {
	if len(m.heads) == 0 || len(s) < minSecret {
		return s
	}
	var b strings.Builder
	written := 0
	head := headOf(s) << 8 // of the four bytes that end before the next one
	for end := minSecret; end <= len(s); end++ {
		head = head>>8 | uint32(s[end-1])<<24
		bit := mix(head)
		if m.filter[bit/wordBits]&(1<<(bit%wordBits)) == 0 {
			continue
		}
		start := end - minSecret
		if start < written {
			continue // inside of what was replaced
		}
		if e := m.match(s, start, head); e != nil {
			b.WriteString(s[written:start] + e.mark)
			written = start + len(e.text)
		}
	}
	if b.Len() == 0 {
		return s
	}
	return b.String() + s[written:]
}

func (m *matcher) match(s string, at int, head uint32) *entry {
	entries := m.heads[head]
	for i := range entries {
		e := &entries[i]
		if strings.HasPrefix(s[at:], e.text) && (!isWord(e.text) || alone(s, at, at+len(e.text))) {
			return e
		}
	}
	return nil
}

// alone reports whether no letter or digit touches the text from start to end.
func alone(s string, start, end int) bool {
	touches := func(c byte) bool { return isLetter(rune(c)) || '0' <= c && c <= '9' || c == '_' }
	return (start == 0 || !touches(s[start-1])) && (end == len(s) || !touches(s[end]))
}
