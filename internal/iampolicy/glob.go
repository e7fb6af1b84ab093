package iampolicy

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// maxGrid bounds the product of the sizes of two strings that are compared, which bounds the time. Beyond it the answer is
// unknown. Strings of real policies have some 100 bytes.
const maxGrid = 1 << 16

// covers is [Str.Covers]; fold ignores the case of ASCII letters.
func covers(pattern, target Str, fold bool) tri.Value {
	known := pattern.parts == nil && target.parts == nil
	if known && !sameHead(pattern.text, target.text, fold) {
		return tri.False
	}
	if pattern.size()*target.size() > maxGrid {
		return tri.Unknown
	}
	if known && !isVariable(pattern.text) && !isVariable(target.text) {
		return tri.Of(globCovers(orderWildcards(pattern.text), orderWildcards(target.text), fold))
	}
	p, t := patternTokens(pattern), patternTokens(target)
	if surelyCovers(p, t, fold) {
		return tri.True
	}
	if couldCover(p, t, fold, false) {
		return tri.Unknown
	}
	return tri.False
}

// overlaps is [Str.Overlaps]; fold ignores the case of ASCII letters.
func overlaps(a, b Str, fold bool) tri.Value {
	known := a.parts == nil && b.parts == nil
	if known && !sameHead(a.text, b.text, fold) {
		return tri.False
	}
	if a.size()*b.size() > maxGrid {
		return tri.Unknown
	}
	if known && !isVariable(a.text) && !isVariable(b.text) {
		return tri.Of(textsOverlap(a.text, b.text, fold))
	}
	p, t := patternTokens(a), patternTokens(b)
	if surelyCovers(p, t, fold) || surelyCovers(t, p, fold) {
		return tri.True
	}
	if couldCover(p, t, fold, true) {
		return tri.Unknown
	}
	return tri.False
}

func isVariable(text string) bool { return strings.Contains(text, "${") }

func textsOverlap(a, b string, fold bool) bool {
	wildA, wildB := strings.ContainsAny(a, "*?"), strings.ContainsAny(b, "*?")
	switch {
	case !wildB:
		return globCovers(a, b, fold)
	case !wildA:
		return globCovers(b, a, fold)
	default:
		return couldCover(patternTokens(Literal(a)), patternTokens(Literal(b)), fold, true)
	}
}

// sameHead compares what stands before the first wildcard or variable of either, which settles most comparisons cheaply.
func sameHead(a, b string, fold bool) bool {
	for i := 0; i < len(a) && i < len(b); i++ {
		if isWild(a[i]) || isWild(b[i]) || a[i] == '$' || b[i] == '$' {
			return true
		}
		if !sameByte(a[i], b[i], fold) {
			return false
		}
	}
	return true
}

func isWild(c byte) bool { return c == '*' || c == '?' }

func sameByte(a, b byte, fold bool) bool {
	return a == b || fold && lower(a) == lower(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// orderWildcards writes "*?" as the equivalent "?*", so that equivalent runs of wildcards compare alike.
func orderWildcards(text string) string {
	for strings.IndexByte(text, '?') > 0 && strings.Contains(text, "*?") {
		text = strings.ReplaceAll(text, "*?", "?*")
	}
	return text
}

// globCovers matches a pattern with a text. Where the text holds wildcards itself it stands for all texts that
// match it, and only a wildcard at least as wide matches them. The algorithm is the usual one that
// backtracks to the last star only, so it is at worst quadratic.
func globCovers(pattern, text string, fold bool) bool {
	p, t := 0, 0
	star, mark := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' && text[t] != '*' || !isWild(text[t]) && sameByte(pattern[p], text[t], fold)):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

type tokenKind uint8

const (
	tokByte    tokenKind = iota // one known character
	tokAnyByte                  // "?"
	tokStar                     // "*"
	tokValue                    // a value with a name: not empty, without wildcards
	tokSome                     // unknown characters without wildcards, and without its char if it has one; possibly none
	tokOne                      // one unknown character, not a wildcard
	tokHole                     // unknown characters that may be wildcards, possibly none
)

// token is a character, a wildcard or a hole of a string that is compared with another.
type token struct {
	kind tokenKind
	char byte   // of a tokByte; the colon of a tokSome that is one field of an ARN
	ref  string // of a tokValue
	like string // of a tokValue
}

// patternTokens splits a string in which "*", "?" and policy variables keep their meaning.
func patternTokens(s Str) []token { return tokens(s, true) }

// literalTokens splits a string in which every known character stands for itself.
func literalTokens(s Str) []token { return tokens(s, false) }

func tokens(s Str, wild bool) []token {
	if s.parts == nil {
		return textTokens(nil, s.text, wild)
	}
	var out []token
	for _, p := range s.parts {
		switch {
		case !p.Hole:
			out = textTokens(out, p.Text, wild)
		case p.Ref == "":
			out = append(out, token{kind: tokHole})
		default:
			out = append(out, token{kind: tokValue, ref: p.Ref, like: p.Like})
		}
	}
	return out
}

func textTokens(out []token, text string, wild bool) []token {
	if wild {
		text = orderWildcards(text)
	}
	out = slices.Grow(out, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case !wild:
			out = append(out, token{kind: tokByte, char: c})
		case c == '*':
			out = append(out, token{kind: tokStar})
		case c == '?':
			out = append(out, token{kind: tokAnyByte})
		case c == '$' && i+1 < len(text) && text[i+1] == '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				out = append(out, token{kind: tokByte, char: c})
				continue
			}
			out = append(out, variableToken(text[i:i+end+1]))
			i += end
		default:
			out = append(out, token{kind: tokByte, char: c})
		}
	}
	return out
}

// variableToken reads a policy variable such as ${aws:username}: a value that the request fills in.
// ${*}, ${?} and ${$} are the characters themselves.
func variableToken(text string) token {
	if len(text) == len("${*}") && strings.ContainsRune("*?$", rune(text[2])) {
		return token{kind: tokByte, char: text[2]}
	}
	return token{kind: tokValue, ref: text}
}

// surelyCovers is globCovers on tokens: true only if the pattern covers the target whatever fills the holes.
func surelyCovers(pattern, target []token, fold bool) bool {
	p, t := 0, 0
	star, mark := -1, 0
	for t < len(target) {
		switch {
		case p < len(pattern) && pattern[p].kind == tokStar:
			star, mark = p, t
			p++
		case p < len(pattern) && surelyMatches(pattern[p], target[t], fold):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p].kind == tokStar {
		p++
	}
	return p == len(pattern)
}

func surelyMatches(pattern, target token, fold bool) bool {
	switch pattern.kind {
	case tokByte:
		return target.kind == tokByte && sameByte(pattern.char, target.char, fold)
	case tokAnyByte:
		return target.kind == tokByte || target.kind == tokAnyByte
	case tokValue:
		return target.kind == tokValue && target.ref == pattern.ref
	default:
		return false
	}
}

// couldCover tells whether the holes can be filled so that the pattern covers the target, or, with overlap set,
// so that some text matches both. It looks at each pair of positions once.
func couldCover(pattern, target []token, fold, overlap bool) bool {
	p, t := widenHoles(expandValues(pattern)), widenHoles(expandValues(target))
	width := len(t) + 1
	if (len(p)+1)*width > maxGrid {
		return true
	}
	// Known characters at both ends stand for themselves, and one ARN is mostly like another there.
	for len(p) > 0 && len(t) > 0 && p[0].kind == tokByte && t[0].kind == tokByte {
		if !sameByte(p[0].char, t[0].char, fold) {
			return false
		}
		p, t = p[1:], t[1:]
	}
	for len(p) > 0 && len(t) > 0 && p[len(p)-1].kind == tokByte && t[len(t)-1].kind == tokByte {
		if !sameByte(p[len(p)-1].char, t[len(t)-1].char, fold) {
			return false
		}
		p, t = p[:len(p)-1], t[:len(t)-1]
	}
	width = len(t) + 1
	// reach[j] for the current row i: the pattern from i can cover the target from j.
	next, reach := make([]bool, width), make([]bool, width)
	for i := len(p); i >= 0; i-- {
		for j := len(t); j >= 0; j-- {
			reach[j] = couldCoverAt(p[i:], t[j:], reach, next, j, fold, overlap)
		}
		next, reach = reach, next
	}
	return next[0]
}

// couldCoverAt decides one pair of positions from the pairs after it: sameRow[j+1] skips a target token,
// nextRow[j] a pattern token.
func couldCoverAt(p, t []token, sameRow, nextRow []bool, j int, fold, overlap bool) bool {
	switch {
	case len(p) == 0 && len(t) == 0:
		return true
	case len(p) == 0:
		return vanishes(t[0], overlap) && sameRow[j+1]
	case len(t) == 0:
		return vanishes(p[0], true) && nextRow[j]
	}
	if vanishes(p[0], true) && (nextRow[j] || absorbs(p[0], t[0], overlap) && sameRow[j+1]) {
		return true
	}
	if vanishes(t[0], overlap) && (sameRow[j+1] || absorbs(t[0], p[0], true) && nextRow[j]) {
		return true
	}
	return couldMatch(p[0], t[0], fold, overlap) && nextRow[j+1]
}

// vanishes tells whether a token can stand for no text at all. A star in the target of a cover cannot: it stands for every text.
func vanishes(t token, starToo bool) bool {
	return t.kind == tokSome || t.kind == tokHole || starToo && t.kind == tokStar
}

// absorbs tells whether a token of variable length can take in the other one.
func absorbs(wide, other token, overlap bool) bool {
	if wide.kind == tokSome && wide.char != 0 && other.kind == tokByte && other.char == wide.char {
		return false
	}
	if wide.kind == tokSome && !overlap {
		return other.kind != tokStar && other.kind != tokAnyByte
	}
	return true
}

// couldMatch compares two tokens that stand for one character each.
func couldMatch(pattern, target token, fold, overlap bool) bool {
	switch {
	case !single(pattern) || !single(target):
		return false
	case pattern.kind == tokAnyByte:
		return true
	case target.kind == tokAnyByte:
		return overlap
	case pattern.kind == tokByte && target.kind == tokByte:
		return sameByte(pattern.char, target.char, fold)
	default:
		return true
	}
}

func single(t token) bool { return t.kind == tokByte || t.kind == tokAnyByte || t.kind == tokOne }

// widenHoles lets a hole take in the wildcards next to it. Whatever fills the hole may be a wildcard too, and then the order of
// the wildcards means nothing; one hole that may be anything is no narrower than all of them in any order.
func widenHoles(in []token) []token {
	out := make([]token, 0, len(in))
	for i := 0; i < len(in); {
		end, hole := i, false
		for end < len(in) && (in[end].kind == tokStar || in[end].kind == tokAnyByte || in[end].kind == tokHole) {
			hole = hole || in[end].kind == tokHole
			end++
		}
		switch {
		case hole:
			out = append(out, token{kind: tokHole})
			i = end
		case end > i:
			out = append(out, in[i:end]...)
			i = end
		default:
			out = append(out, in[i])
			i++
		}
	}
	return out
}

// expandValues replaces each named value by what it can look like.
func expandValues(in []token) []token {
	out := make([]token, 0, len(in))
	for _, t := range in {
		switch {
		case t.kind != tokValue:
			out = append(out, t)
		case t.like == "":
			out = append(out, token{kind: tokOne}, token{kind: tokSome})
		default:
			for i := range len(t.like) {
				switch t.like[i] {
				case '*':
					some := token{kind: tokSome}
					if i+1 < len(t.like) {
						some.char = ':'
					}
					out = append(out, some)
				case '?':
					out = append(out, token{kind: tokOne})
				default:
					out = append(out, token{kind: tokByte, char: t.like[i]})
				}
			}
		}
	}
	return out
}
