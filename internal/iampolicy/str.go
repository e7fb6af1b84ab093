package iampolicy

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// Part is one piece of a [Str]: either literal text or a hole whose text is not known.
type Part struct {
	// Text is the literal text. It is empty for a hole.
	Text string
	// Hole is set where the text is not known.
	Hole bool
	// Ref names the value that will fill a hole, such as "aws_s3_bucket.data.arn". Two holes with the
	// same Ref stand for the same value. A hole with a Ref stands for a value that some resource
	// has: it is not empty and holds no wildcard and no policy variable. A hole without a Ref may turn out to
	// be anything, "*" included.
	Ref string
	// Like is a wildcard pattern that the value of a hole with a Ref is sure to match, such as
	// "arn:*:s3:::*". In it "*" stands for text without a colon, but at the end for any text. Empty means that nothing
	// more is known.
	Like string
}

// Str is a string of a policy document, of which parts may be unknown.
// The zero Str is the empty string. A Str is immutable.
type Str struct {
	text  string
	parts []Part // nil if text is all there is
}

// Literal returns a wholly known string.
func Literal(text string) Str { return Str{text: text} }

// Hole returns a string of which nothing is known.
func Hole() Str { return Str{parts: []Part{{Hole: true}}} }

// Ref returns the string that one attribute of another resource will have; see [Part].
func Ref(ref, like string) Str { return Str{parts: []Part{{Hole: true, Ref: ref, Like: like}}} }

// NewStr joins parts. Text of a hole is ignored.
func NewStr(parts ...Part) Str {
	var joined []Part
	for _, p := range parts {
		last := len(joined) - 1
		switch {
		case p.Hole:
			joined = append(joined, Part{Hole: true, Ref: p.Ref, Like: p.Like})
		case p.Text == "":
		case last >= 0 && !joined[last].Hole:
			joined[last].Text += p.Text
		default:
			joined = append(joined, Part{Text: p.Text})
		}
	}
	switch {
	case len(joined) == 0:
		return Str{}
	case len(joined) == 1 && !joined[0].Hole:
		return Str{text: joined[0].Text}
	default:
		return Str{parts: joined}
	}
}

// Known returns the text if no part of it is unknown.
func (s Str) Known() (text string, ok bool) { return s.text, s.parts == nil }

// Parts returns a copy of the parts of the string; a known string has one, the empty string none.
func (s Str) Parts() []Part {
	if s.parts == nil && s.text != "" {
		return []Part{{Text: s.text}}
	}
	return slices.Clone(s.parts)
}

// Append returns the string followed by known text.
func (s Str) Append(text string) Str {
	if s.parts == nil {
		return Str{text: s.text + text}
	}
	return NewStr(append(s.Parts(), Part{Text: text})...)
}

// append returns the string followed by another one.
func (s Str) append(more Str) Str {
	if text, known := more.Known(); known {
		return s.Append(text)
	}
	return NewStr(append(s.Parts(), more.parts...)...)
}

// String renders the string for a reader: a hole is shown as "${its reference}", or as "${unknown}".
func (s Str) String() string {
	if s.parts == nil {
		return s.text
	}
	var b strings.Builder
	for _, p := range s.parts {
		switch {
		case !p.Hole:
			b.WriteString(p.Text)
		case p.Ref == "":
			b.WriteString("${unknown}")
		default:
			b.WriteString("${" + p.Ref + "}")
		}
	}
	return b.String()
}

// size is the number of bytes of the text, with one for each hole.
func (s Str) size() int {
	n := len(s.text)
	for _, p := range s.parts {
		n += len(p.Text)
		if p.Hole {
			n++
		}
	}
	return n
}

// Equal tells whether both strings are written alike: same text, same holes. It is not three-valued; see [Str.Is].
func (s Str) Equal(other Str) bool {
	return s.text == other.text && (s.parts == nil) == (other.parts == nil) && slices.Equal(s.parts, other.parts)
}

// Is tells whether the string is this text.
func (s Str) Is(text string) tri.Value { return s.is(text, false) }

// IsFold is [Str.Is] without regard to the case of ASCII letters, as AWS compares actions and condition keys.
func (s Str) IsFold(text string) tri.Value { return s.is(text, true) }

func (s Str) is(text string, fold bool) tri.Value {
	if s.parts == nil {
		return tri.Of(s.text == text || fold && strings.EqualFold(s.text, text))
	}
	if couldCover(literalTokens(s), literalTokens(Literal(text)), fold, false) {
		return tri.Unknown
	}
	return tri.False
}

// HasPrefix tells whether the string begins with this text.
func (s Str) HasPrefix(prefix string) tri.Value {
	if s.parts == nil {
		return tri.Of(strings.HasPrefix(s.text, prefix))
	}
	if !s.parts[0].Hole && strings.HasPrefix(s.parts[0].Text, prefix) {
		return tri.True
	}
	pattern := append(literalTokens(Literal(prefix)), token{kind: tokStar})
	return tri.Of(couldCover(pattern, literalTokens(s), false, false)).And(tri.Unknown)
}

// HasSuffix tells whether the string ends with this text.
func (s Str) HasSuffix(suffix string) tri.Value {
	if s.parts == nil {
		return tri.Of(strings.HasSuffix(s.text, suffix))
	}
	last := s.parts[len(s.parts)-1]
	if !last.Hole && strings.HasSuffix(last.Text, suffix) {
		return tri.True
	}
	pattern := append([]token{{kind: tokStar}}, literalTokens(Literal(suffix))...)
	return tri.Of(couldCover(pattern, literalTokens(s), false, false)).And(tri.Unknown)
}

// Covers tells whether the string, read as an IAM wildcard pattern ("*" any text, "?" one character), matches all that
// the target stands for. A target may be a pattern too: "arn:aws:s3:::b*" covers "arn:aws:s3:::b/*", not the reverse.
func (s Str) Covers(target Str) tri.Value { return covers(s, target, false) }

// CoversFold is [Str.Covers] without regard to the case of ASCII letters.
func (s Str) CoversFold(target Str) tri.Value { return covers(s, target, true) }

// Overlaps tells whether some text matches both strings, read as IAM wildcard patterns.
func (s Str) Overlaps(target Str) tri.Value { return overlaps(s, target, false) }

// OverlapsFold is [Str.Overlaps] without regard to the case of ASCII letters.
func (s Str) OverlapsFold(target Str) tri.Value { return overlaps(s, target, true) }

// The characters by which [Str.outline] shows holes. Neither is valid in a policy.
const (
	openHole  = "\x00" // may turn out to be anything
	valueHole = "\x01" // some value without wildcards
)

// outline is the text with each hole shown as one character, for looking at the shape of a string.
func (s Str) outline() string {
	if s.parts == nil {
		return s.text
	}
	var b strings.Builder
	for _, p := range s.parts {
		switch {
		case !p.Hole:
			b.WriteString(p.Text)
		case p.Ref == "":
			b.WriteString(openHole)
		default:
			b.WriteString(valueHole)
		}
	}
	return b.String()
}

// HasWildcard tells whether the string holds "*", "?" or a policy variable ("${...}").
func (s Str) HasWildcard() tri.Value {
	result := tri.False
	if s.parts == nil {
		return tri.Of(hasWildcard(s.text))
	}
	for _, p := range s.parts {
		switch {
		case !p.Hole:
			result = result.Or(tri.Of(hasWildcard(p.Text)))
		case p.Ref == "":
			result = result.Or(tri.Unknown)
		}
	}
	return result
}

func hasWildcard(text string) bool {
	return strings.ContainsAny(text, "*?") || strings.Contains(text, "${")
}
