package github

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/internal/finding"
)

// Diff is the lines that a change adds, by file: ranges of the new file's lines. The zero value is no change known.
type Diff map[string][][2]int

// The bounds of a diff that is read. A larger one is an error: what orders annotations is not worth more memory.
const (
	maxDiffLine   = 4 << 20
	maxDiffRanges = 200_000
)

// hunk is the header of a hunk: @@ -start,count +start,count @@; a count that is left out is 1.
var hunk = regexp.MustCompile(`^@@ -\d{1,9}(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@`)

// ParseDiff reads a unified diff as git diff --unified=0 writes it, with the prefix b/ before new names. Lines that belong to no hunk are
// skipped; a hunk that is cut short is no error.
func ParseDiff(r io.Reader) (Diff, error) {
	out := Diff{}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxDiffLine)
	file, before, after, ranges := "", 0, 0, 0 // before and after: lines of the hunk that are still to come
	for lines.Scan() {
		line := lines.Text()
		switch {
		case before > 0 || after > 0:
			before, after = within(line, before, after)
		case strings.HasPrefix(line, "+++ "):
			file = newName(strings.TrimPrefix(line, "+++ "))
		case strings.HasPrefix(line, "@@ ") && file != "":
			m := hunk.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			before, after = count(m[1]), count(m[3])
			start := count(m[2])
			if after > 0 {
				out[file] = append(out[file], [2]int{start, start + after - 1})
				ranges++
			}
			if ranges > maxDiffRanges {
				return nil, errors.New("read diff: too many changes")
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read diff: %w", err)
	}
	return out, nil
}

// within takes one line of a hunk's body off what is still to come.
func within(line string, before, after int) (leftBefore, leftAfter int) {
	switch {
	case strings.HasPrefix(line, "-"):
		return max(before-1, 0), after
	case strings.HasPrefix(line, "+"):
		return before, max(after-1, 0)
	case strings.HasPrefix(line, `\`): // no newline at end of file
		return before, after
	}
	return max(before-1, 0), max(after-1, 0)
}

// count reads a number of a hunk's header; one that is left out is 1.
func count(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 1
	}
	return n
}

// newName is the file behind "+++ b/"; "" for a deleted one. Git quotes names with unusual characters as C does.
func newName(s string) string {
	s = strings.TrimSuffix(s, "\t") // git ends a name that holds a space with a tab
	if strings.HasPrefix(s, `"`) {
		name, err := strconv.Unquote(s)
		if err != nil {
			return ""
		}
		s = name
	}
	name, ok := strings.CutPrefix(s, "b/")
	if !ok {
		return ""
	}
	return name
}

// holds reports whether the change adds the line.
func (d Diff) holds(file string, line int) bool {
	for _, r := range d[file] {
		if line >= r[0] && line <= r[1] {
			return true
		}
	}
	return false
}

// rank orders findings: on a line of the diff, in a file of the diff, in another file, without a file.
func (d Diff) rank(f *finding.Finding) int {
	switch l := f.Location; {
	case l == nil || l.File == "":
		return 3
	case d.holds(l.File, l.StartLine):
		return 0
	case len(d[l.File]) > 0:
		return 1
	}
	return 2
}
