package text

import (
	"bufio"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports/internal/view"
)

// style is the parameter of an ANSI escape that selects a graphic rendition.
type style string

const (
	bold   style = "1"
	dim    style = "2"
	red    style = "1;31"
	yellow style = "33"
	cyan   style = "36"
)

// printer writes lines. Errors of the writer surface when it is flushed.
type printer struct {
	w     *bufio.Writer
	width int // columns
	color bool
	blank bool // the last line was empty
}

// line prints a line; of several empty lines in a row, the first.
func (p *printer) line(s string) {
	s = strings.TrimRight(s, " ")
	if s == "" && p.blank {
		return
	}
	p.blank = s == ""
	_, _ = p.w.WriteString(s) // bufio keeps the error for Flush
	_ = p.w.WriteByte('\n')
}

// paint neutralises text and colours it, where colours are wanted.
func (p *printer) paint(s style, text string) string {
	text = view.Clean(text)
	if !p.color || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

// heading prints a section's title and what it counts, between empty lines.
func (p *printer) heading(s style, title, count string) {
	p.line("")
	p.wrapped(p.paint(s, strings.ToUpper(title))+"  ", 2, count)
	p.line("")
}

// wrapped prints text after a prefix (which may hold colours), with further lines indented.
func (p *printer) wrapped(prefix string, indent int, text string) {
	if text == "" {
		if strings.TrimSpace(prefix) != "" {
			p.line(prefix)
		}
		return
	}
	used := columns(uncoloured(prefix))
	current, gap := prefix, ""
	for word := range strings.FieldsSeq(view.Clean(text)) {
		for _, part := range split(word, p.width-indent) {
			n := columns(part)
			if used+len(gap)+n > p.width && used > indent {
				p.line(current)
				current, used, gap = spaces(indent), indent, ""
			}
			current, used = current+gap+part, used+len(gap)+n
			gap = " "
		}
	}
	p.line(current)
}

// field prints a named value in an aligned column.
func (p *printer) field(name, value string) {
	if value == "" {
		return
	}
	const column = 14
	p.wrapped("    "+p.paint(dim, fmt.Sprintf("%-*s", column-4, name)), column, value)
}

// snippet quotes the first source line of a location with a marker under the columns that decide.
func (p *printer) snippet(l *finding.Location) {
	if l == nil || len(l.Snippet) == 0 {
		return
	}
	gutter := len(fmt.Sprint(l.StartLine))
	text, positions := expand(l.Snippet[0])
	text = cut(text, p.width-gutter-7)
	p.line("    " + p.paint(dim, fmt.Sprintf("%d │", l.StartLine)) + " " + text)
	if l.StartColumn < 1 || l.StartColumn > len(positions) {
		return
	}
	from, to := positions[l.StartColumn-1], columns(text)
	if l.EndLine == l.StartLine && l.EndColumn > l.StartColumn && l.EndColumn <= len(positions) {
		to = min(to, positions[l.EndColumn-1])
	}
	if to > from {
		p.line("    " + p.paint(dim, spaces(gutter)+" │") + " " + spaces(from) + p.paint(red, strings.Repeat("^", to-from)))
	}
}

// expand neutralises a source line and replaces tabs. positions maps each character of the source (and the place after the last) to
// its column on the terminal, from 0.
func expand(source string) (string, []int) {
	var b strings.Builder
	positions := make([]int, 0, len(source)+1)
	at := 0
	for _, r := range source {
		positions = append(positions, at)
		part := view.Clean(string(r))
		if r == '\t' {
			part = "    "
		}
		b.WriteString(part)
		at += columns(part)
	}
	return b.String(), append(positions, at)
}

// cut shortens text to n columns.
func cut(text string, n int) string {
	if columns(text) <= n {
		return text
	}
	at := 0
	for i, r := range text {
		if at += columns(string(r)); at > n-1 {
			return text[:i] + "…"
		}
	}
	return text
}

// split breaks a word that no line can hold.
func split(word string, n int) []string {
	var out []string
	for columns(word) > n {
		at, end := 0, len(word)
		for i, r := range word {
			if at += columns(string(r)); at > n {
				end = i
				break
			}
		}
		if end == 0 {
			break
		}
		out, word = append(out, word[:end]), word[end:]
	}
	return append(out, word)
}

// columns is how many columns text takes on a terminal: East Asian wide characters take two, combining ones none.
func columns(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case r < 0x300:
			n++
		case unicode.In(r, unicode.Mn, unicode.Me):
		default:
			n++
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				n++
			}
		}
	}
	return n
}

// uncoloured removes the escapes of paint.
func uncoloured(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		_, s, _ = strings.Cut(after, "m")
	}
}

func spaces(n int) string { return strings.Repeat(" ", n) }

// place writes a location as editors take it: file:line:column.
func place(l *finding.Location) string {
	s := l.File
	if l.StartLine > 0 {
		s += fmt.Sprintf(":%d", l.StartLine)
		if l.StartColumn > 0 {
			s += fmt.Sprintf(":%d", l.StartColumn)
		}
	}
	return s
}

// join lists the first n items and how many are left.
func join(items []string, n int) string {
	if len(items) <= n {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %s more", strings.Join(items[:n], ", "), view.Number(len(items)-n))
}
