package markdown

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/assay-audit/assay/reports/internal/view"
)

// The longest texts that a report quotes, in characters. What is longer is cut, so that one hostile name cannot fill the comment.
const (
	maxName = 200
	maxText = 600
	maxLine = 300
)

// A span quotes text so that nothing in it is interpreted.
type span func(string) string

// code is a code span of Markdown. GitHub looks for no mention, reference, address or emoji in one, and no character can end it: its
// delimiter is longer than any run of backticks inside.
func code(s string) string {
	s = strings.TrimSpace(cut(view.Clean(s), maxName))
	if s == "" {
		return "(empty)"
	}
	fence := strings.Repeat("`", longestRun(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// htmlCode is code in a block of HTML, such as a summary, where Markdown is not read.
func htmlCode(s string) string {
	s = strings.TrimSpace(cut(view.Clean(s), maxName))
	if s == "" {
		return "(empty)"
	}
	return "<code>" + html.EscapeString(s) + "</code>"
}

// prose writes a sentence that may hold names from the audited world: plain words stay, and every other word, such as an address, a path, a
// mention or anything with a sign that Markdown or HTML knows, is quoted by the span. Neighbours are quoted together.
func prose(s string, quote span) string {
	var out, pending []string
	tail := "" // what follows the pending words
	flush := func() {
		if len(pending) > 0 {
			out = append(out, quote(strings.Join(pending, " "))+tail)
			pending, tail = nil, ""
		}
	}
	for word := range strings.FieldsSeq(cut(view.Clean(s), maxText)) {
		lead, core, trail := peel(word)
		switch {
		case plain(core):
			flush()
			out = append(out, word)
		case lead != "":
			flush()
			out = append(out, lead+quote(core)+trail)
		default:
			pending, tail = append(pending, core), trail
			if trail != "" {
				flush()
			}
		}
	}
	flush()
	return strings.Join(out, " ")
}

// peel takes the signs of a sentence off a word. A bracket that the word itself opens stays: "(a.b)," gives "(", "a.b" and "),", and
// "164.312(a)," gives "164.312(a)" and ",".
func peel(word string) (lead, core, trail string) {
	core = strings.TrimLeft(word, `("'“`)
	lead = word[:len(word)-len(core)]
	end := len(core)
	for end > 0 {
		last, size := utf8.DecodeLastRuneInString(core[:end])
		closes := last == ')' && strings.Count(core[:end], "(") < strings.Count(core[:end], ")")
		if !closes && !strings.ContainsRune(`.,;:!?"'”`, last) {
			break
		}
		end -= size
	}
	return lead, core[:end], core[end:]
}

var (
	// hexadecimal is what GitHub takes for a commit.
	hexadecimal = regexp.MustCompile(`[0-9a-fA-F]{7,}`)
	// reference is what a repository can make a link of: GH-12, TICKET-7.
	reference = regexp.MustCompile(`-.*\d|\d.*-`)
)

// plain reports whether a word means nothing but itself to Markdown, to HTML and to GitHub: letters and digits, with single hyphens and
// apostrophes inside, or one of a few signs that stand alone.
func plain(word string) bool {
	switch word {
	case "", "—", "–", "·", "…", "×", "→":
		return true
	}
	inner := false // the character before may be followed by a hyphen
	for _, r := range word {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			inner = true
		case (r == '-' || r == '\'' || r == '’') && inner:
			inner = false
		default:
			return false
		}
	}
	return inner && !strings.EqualFold(word, "www") && !hexadecimal.MatchString(word) && !reference.MatchString(word)
}

// fence quotes lines of source in a code fence that nothing in them can close.
func fence(lines []string, language string) string {
	var b strings.Builder
	longest := 2
	for _, l := range lines {
		longest = max(longest, longestRun(l))
	}
	mark := strings.Repeat("`", longest+1)
	b.WriteString(mark + language + "\n")
	for _, l := range lines {
		b.WriteString(cut(view.Clean(strings.ReplaceAll(l, "\t", "  ")), maxLine) + "\n")
	}
	b.WriteString(mark + "\n")
	return b.String()
}

// longestRun is the length of the longest run of backticks.
func longestRun(s string) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// cut shortens text to n characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}
