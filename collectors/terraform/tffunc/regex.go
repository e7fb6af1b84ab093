package tffunc

import (
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Go's regular expressions take time in proportion to pattern times text, for each match. Finding all matches
// can therefore be quadratic in the text: in "(.*x)|." every single character is a match, after the rest of the
// text was searched in vain. The functions here count steps, one per character read and instruction of the
// pattern, and give up after maxSteps, which is a few seconds.
const (
	maxSteps        = 200_000_000
	maxPattern      = 8 << 10
	maxInstructions = 20_000

	// maxSubmatches bounds the memory for the positions of all matches and groups.
	maxSubmatches = 1_000_000
)

func regexFunctions() map[string]entry {
	params := []function.Parameter{stringParam("pattern"), stringParam("string")}

	return map[string]entry{
		"regex": {fn: function.New(&function.Spec{
			Params: params,
			Type:   matchType,
			Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
				matches, err := findAll(args[0].AsString(), args[1].AsString(), 1)
				if err != nil {
					return cty.NilVal, err
				}

				if len(matches) == 0 {
					return cty.NilVal, errors.New("pattern did not match any part of the given string")
				}

				re, _, err := compile(args[0].AsString())
				if err != nil {
					return cty.NilVal, err
				}

				return matchValue(re, ty, args[1].AsString(), matches[0]), nil
			},
		})},
		"regexall": {fn: function.New(&function.Spec{
			Params: params,
			Type: func(args []cty.Value) (cty.Type, error) {
				ty, err := matchType(args)

				return cty.List(ty), err
			},
			RefineResult: notNull,
			Impl:         regexAll,
		})},
		"replace": fixed(cty.String, replace, stringParam("str"), stringParam("substr"), stringParam("replace")),
	}
}

func regexAll(args []cty.Value, ty cty.Type) (cty.Value, error) {
	pattern, s := args[0].AsString(), args[1].AsString()

	matches, err := findAll(pattern, s, math.MaxInt)
	if err != nil {
		return cty.NilVal, err
	}

	if len(matches) == 0 {
		return cty.ListValEmpty(ty.ElementType()), nil
	}

	re, _, err := compile(pattern)
	if err != nil {
		return cty.NilVal, err
	}

	values := make([]cty.Value, len(matches))
	for i, match := range matches {
		values[i] = matchValue(re, ty.ElementType(), s, match)
	}

	return cty.ListVal(values), nil
}

// matchType is the type of one match: a string without groups, a tuple of unnamed or an object of named groups.
func matchType(args []cty.Value) (cty.Type, error) {
	if !args[0].IsKnown() {
		return cty.DynamicPseudoType, nil
	}

	re, _, err := compile(args[0].AsString())
	if err != nil {
		return cty.NilType, err
	}

	if re.NumSubexp() == 0 {
		return cty.String, nil
	}

	types := make([]cty.Type, re.NumSubexp())
	attributes := map[string]cty.Type{}

	for i, name := range re.SubexpNames()[1:] {
		types[i] = cty.String
		if name != "" {
			attributes[name] = cty.String
		}
	}

	switch len(attributes) {
	case 0:
		return cty.Tuple(types), nil
	case len(types):
		return cty.Object(attributes), nil
	default:
		return cty.NilType, function.NewArgErrorf(0, "invalid regexp pattern: cannot mix both named and unnamed capture groups")
	}
}

// matchValue builds the value of one match; a group that takes no part in it is null.
func matchValue(re *regexp.Regexp, ty cty.Type, s string, match []int) cty.Value {
	group := func(i int) cty.Value {
		if match[2*i] < 0 {
			return cty.NullVal(cty.String)
		}

		return cty.StringVal(s[match[2*i]:match[2*i+1]])
	}

	switch {
	case ty == cty.String:
		return group(0)
	case ty.IsTupleType():
		values := make([]cty.Value, ty.Length())
		for i := range values {
			values[i] = group(i + 1)
		}

		return cty.TupleVal(values)
	default:
		values := map[string]cty.Value{}
		for name := range ty.AttributeTypes() {
			values[name] = group(re.SubexpIndex(name))
		}

		return cty.ObjectVal(values)
	}
}

// replace takes its second argument for a regular expression if that is wrapped in slashes.
func replace(args []cty.Value) (cty.Value, error) {
	s, substr, replacement := args[0].AsString(), args[1].AsString(), args[2].AsString()

	if len(substr) > 1 && strings.HasPrefix(substr, "/") && strings.HasSuffix(substr, "/") {
		return replacePattern(s, substr[1:len(substr)-1], replacement)
	}

	if strings.Count(s, substr)*len(replacement)+len(s) > 2*MaxBytes {
		return cty.NilVal, limitf("the replaced text would exceed %d bytes", MaxBytes)
	}

	return cty.StringVal(strings.ReplaceAll(s, substr, replacement)), nil
}

func replacePattern(s, pattern, replacement string) (cty.Value, error) {
	re, _, err := compile(pattern)
	if err != nil {
		return cty.NilVal, err
	}

	matches, err := findAll(pattern, s, math.MaxInt)
	if err != nil {
		return cty.NilVal, err
	}

	references := strings.Count(replacement, "$")

	var result []byte

	end := 0
	for _, match := range matches {
		result = append(result, s[end:match[0]]...)
		end = match[1]

		if len(result)+references*(match[1]-match[0])+len(replacement) > 2*MaxBytes {
			return cty.NilVal, limitf("the replaced text would exceed %d bytes", MaxBytes)
		}

		result = re.ExpandString(result, replacement, s, match)
	}

	return cty.StringVal(string(append(result, s[end:]...))), nil
}

// compile parses a pattern and returns it with an estimate of its instructions.
func compile(pattern string) (re *regexp.Regexp, instructions int, err error) {
	if len(pattern) > maxPattern {
		return nil, 0, limitf("the regular expression is longer than %d bytes", maxPattern)
	}

	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, 0, fmt.Errorf("invalid regular expression: %w", err)
	}

	instructions = countInstructions(tree)
	if instructions > maxInstructions {
		return nil, 0, limitf("the regular expression has more than %d instructions", maxInstructions)
	}

	re, err = regexp.Compile(pattern)
	if err != nil {
		return nil, 0, fmt.Errorf("invalid regular expression: %w", err)
	}

	return re, instructions, nil
}

// countInstructions estimates what a pattern compiles to, in which "x{1000}" is a thousand times x. It saturates.
func countInstructions(tree *syntax.Regexp) int {
	n := 2 + len(tree.Rune)
	if tree.Op == syntax.OpCharClass {
		n = 2
	}

	for _, sub := range tree.Sub {
		n = min(n+countInstructions(sub), maxInstructions+1)
	}

	if tree.Op == syntax.OpRepeat {
		n *= max(tree.Min, tree.Max, 1)
	}

	return min(n, maxInstructions+1)
}

// findAll returns the positions of at most limit matches, in the form and order of
// [regexp.Regexp.FindAllStringSubmatchIndex].
func findAll(pattern, s string, limit int) ([][]int, error) {
	re, instructions, err := compile(pattern)
	if err != nil {
		return nil, err
	}

	most := min(MaxElements, maxSubmatches/(re.NumSubexp()+1))
	attempts := min(len(s), limit, most) + 1

	var matches [][]int
	if (len(s)+1)*instructions <= maxSteps/attempts {
		matches = re.FindAllStringSubmatchIndex(s, min(limit, most+1))
	} else if matches, err = findMetered(re, instructions, s, min(limit, most+1)); err != nil {
		return nil, err
	}

	if len(matches) > most {
		return nil, limitf("the regular expression has more than %d matches", most)
	}

	return matches, nil
}

// findMetered finds matches one by one, through a reader that counts what the search reads.
func findMetered(first *regexp.Regexp, instructions int, s string, limit int) ([][]int, error) {
	// A search that begins inside the text needs to see the character before, for ^ and \b. The lazy second
	// group makes the search find the leftmost match after it, as an unanchored search does.
	// The pattern is printed from its parsed form, because an unclosed \Q would swallow what follows it.
	tree, err := syntax.Parse(first.String(), syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("invalid regular expression: %w", err)
	}

	rest, err := regexp.Compile(`\A(?s:.)(?s:.*?)(` + tree.String() + `)`)
	if err != nil {
		return nil, fmt.Errorf("invalid regular expression: %w", err)
	}

	var (
		matches [][]int
		budget  = maxSteps / instructions
	)

	for pos, previous := 0, -1; pos <= len(s) && len(matches) < limit; {
		r := &meteredReader{s: s, pos: pos, budget: &budget}

		var match []int
		if pos == 0 {
			match = first.FindReaderSubmatchIndex(r)
		} else {
			_, width := utf8.DecodeLastRuneInString(s[:pos])
			r.pos -= width
			match = shift(rest.FindReaderSubmatchIndex(r), pos-width)
		}

		if budget <= 0 {
			return nil, limitf("searching the regular expression takes more than %d steps", maxSteps)
		}

		if match == nil {
			break
		}

		// An empty match right after another match does not count.
		if match[1] != match[0] || match[0] != previous {
			matches = append(matches, match)
		}

		previous = match[1]

		pos = match[1]
		if match[1] == match[0] {
			_, width := utf8.DecodeRuneInString(s[pos:])
			pos += max(width, 1)
		}
	}

	return matches, nil
}

// shift drops the first pair, which includes the context, and moves the others to their place in the text.
func shift(match []int, by int) []int {
	if match == nil {
		return nil
	}

	match = match[2:]
	for i := range match {
		if match[i] >= 0 {
			match[i] += by
		}
	}

	return match
}

// meteredReader reads runes of s until the budget, which several readers share, is used up.
type meteredReader struct {
	s      string
	pos    int
	budget *int
}

// ReadRune returns the next rune, or io.EOF at the end of the text or of the budget.
func (r *meteredReader) ReadRune() (c rune, width int, err error) {
	*r.budget--
	if r.pos >= len(r.s) || *r.budget <= 0 {
		return 0, 0, io.EOF
	}

	c, width = utf8.DecodeRuneInString(r.s[r.pos:])
	r.pos += width

	return c, width, nil
}
