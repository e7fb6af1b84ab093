package tffunc

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

const (
	// maxWalked is the number of directory entries that one fileset may look at.
	maxWalked = 10_000

	// maxAlternatives is the number of patterns that braces may expand to.
	maxAlternatives = 100

	// maxPatternParts bounds the slash-separated parts of a pattern.
	maxPatternParts = 100
)

// set returns the regular files below dir that match the pattern, relative to dir. A pattern has the wildcards
// of [path.Match], {a,b} for alternatives, and ** for any number of directories.
func (f files) set(dir, pattern string) (cty.Value, error) {
	base, err := f.resolve(dir)
	if err != nil {
		return cty.NilVal, err
	}

	alternatives, err := expandBraces(pattern)
	if err != nil {
		return cty.NilVal, err
	}

	walk := globWalk{files: f, found: map[string]bool{}, seen: map[string]bool{}}

	for _, alternative := range alternatives {
		full := path.Join(base, alternative)
		if !filepath.IsLocal(filepath.FromSlash(full)) {
			return cty.NilVal, limitf("cannot list %s in %s: it is outside the target", pattern, dir)
		}

		parts := strings.Split(full, "/")
		// The directory itself is meant literally, and is skipped over by position when matching.
		fixed := 0
		if below, ok := cutDir(full, base); ok && below != "." {
			fixed = len(parts) - strings.Count(below, "/") - 1
		}

		if err := checkPattern(parts[fixed:]); err != nil {
			return cty.NilVal, err
		}

		start := path.Join(parts[:fixed]...)
		if start == "" {
			start = "."
		}

		if err := walk.match(start, parts[fixed:]); err != nil {
			return cty.NilVal, err
		}
	}

	return walk.result(base)
}

func checkPattern(parts []string) error {
	if len(parts) > maxPatternParts {
		return limitf("the pattern has more than %d parts", maxPatternParts)
	}

	for _, part := range parts {
		if _, err := path.Match(part, ""); err != nil {
			return function.NewArgErrorf(1, "the pattern is not valid: %w", err)
		}
	}

	return nil
}

// globWalk collects the files that match patterns.
type globWalk struct {
	files files

	// found has the paths of matching files, below the root.
	found map[string]bool

	// seen has each directory together with the rest of the pattern that was matched in it, because ** leads to
	// the same pair in many ways.
	seen map[string]bool

	// walked counts directory entries.
	walked int
}

// match looks in dir for files that match the parts.
func (w *globWalk) match(dir string, parts []string) error {
	key := dir + "\x00" + strings.Join(parts, "/")
	if len(parts) == 0 || w.seen[key] {
		return nil
	}

	w.seen[key] = true

	if len(w.seen) > maxWalked {
		return limitf("the pattern matches more than %d directories", maxWalked)
	}

	part, rest := parts[0], parts[1:]
	if part != "**" && !strings.ContainsAny(part, `*?[\`) {
		return w.visit(path.Join(dir, part), rest, false)
	}

	names, err := w.list(dir)
	if err != nil {
		return err
	}

	if part == "**" && len(rest) > 0 {
		// ** may stand for no directory at all.
		if err := w.match(dir, rest); err != nil {
			return err
		}
	}

	for _, name := range names {
		entry := path.Join(dir, name)

		if part == "**" {
			err = w.visit(entry, parts, true)
		} else if ok, _ := path.Match(part, name); ok {
			err = w.visit(entry, rest, false)
		}

		if err != nil {
			return err
		}
	}

	return nil
}

// visit goes on in a directory, or adds a file if nothing of the pattern is left but **.
func (w *globWalk) visit(entry string, rest []string, recursive bool) error {
	info, err := w.files.Root.Stat(entry)

	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return unreadable(entry, err)
	case info.IsDir():
		return w.match(entry, rest)
	case info.Mode().IsRegular() && (len(rest) == 0 || recursive && len(rest) == 1):
		w.found[entry] = true
	}

	return nil
}

// list returns the names in a directory, sorted. What is not a directory has none.
func (w *globWalk) list(dir string) ([]string, error) {
	info, err := w.files.Root.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, nil
	}

	if err != nil {
		return nil, unreadable(dir, err)
	}

	handle, err := w.files.Root.Open(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	defer handle.Close() //nolint:errcheck // nothing was written

	// Reading one more than allowed is enough to notice a directory that is too large.
	names, err := handle.Readdirnames(maxWalked + 1)
	if err != nil && len(names) > 0 {
		return nil, unreadable(dir, err)
	}

	w.walked += len(names)
	if w.walked > maxWalked {
		return nil, limitf("listing files stopped after %d directory entries", maxWalked)
	}

	slices.Sort(names)

	return names, nil
}

func (w *globWalk) result(base string) (cty.Value, error) {
	if len(w.found) == 0 {
		return cty.SetValEmpty(cty.String), nil
	}

	values := make([]cty.Value, 0, len(w.found))

	for name := range w.found {
		relative, err := filepath.Rel(filepath.FromSlash(base), filepath.FromSlash(name))
		if err != nil {
			return cty.NilVal, limitf("cannot express %s relative to %s", name, base)
		}

		values = append(values, cty.StringVal(filepath.ToSlash(relative)))
	}

	return cty.SetVal(values), nil
}

// expandBraces expands the {a,b} of a pattern from left to right.
func expandBraces(pattern string) ([]string, error) {
	patterns := []string{""}

	for rest := pattern; ; {
		before, options, after, err := cutBraces(rest)
		if err != nil {
			return nil, err
		}

		if len(patterns)*len(options) > maxAlternatives {
			return nil, limitf("the pattern has more than %d alternatives", maxAlternatives)
		}

		var expanded []string

		for _, done := range patterns {
			for _, option := range options {
				expanded = append(expanded, done+before+option)
			}
		}

		patterns, rest = expanded, after
		if rest == "" {
			return patterns, nil
		}
	}
}

// cutBraces splits a pattern around its first {a,b}; without one, all is before the single option "". A
// backslash makes the next character literal.
func cutBraces(pattern string) (before string, options []string, after string, err error) {
	start := -1

	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\':
			i++
		case c == '{' && start >= 0:
			// Terraform's matcher treats these in its own way, which nobody relies on.
			return "", nil, "", limitf("the pattern has braces within braces")
		case c == '{':
			start = i
		case c == '/' && start >= 0:
			return "", nil, "", function.NewArgErrorf(1, "the pattern is not valid: a slash within braces")
		case c == '}' && start >= 0:
			return pattern[:start], strings.Split(pattern[start+1:i], ","), pattern[i+1:], nil
		}
	}

	if start >= 0 {
		return "", nil, "", function.NewArgErrorf(1, "the pattern is not valid: a brace is not closed")
	}

	return pattern, []string{""}, "", nil
}
