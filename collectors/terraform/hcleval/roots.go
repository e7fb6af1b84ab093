package hcleval

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/assay-audit/assay/internal/guard"
)

// maxDirectories bounds how many directories Roots visits.
const maxDirectories = 50_000

var errTooManyDirectories = fmt.Errorf("more than %d directories: name the directories to scan", maxDirectories)

// Roots returns the root modules of a directory tree, sorted: every directory with configuration files that no other
// directory of the tree calls as a local module. A directory that is not called from anywhere is a root module even
// where it was meant as a library; its variables without a default are then unknown.
//
// Hidden directories, node_modules and vendor are not searched, and symbolic links to directories are not followed.
func Roots(ctx context.Context, dir string) ([]string, error) {
	s := &rootSearch{called: map[string]bool{}}
	if err := s.walk(ctx, filepath.Clean(dir)); err != nil {
		return nil, err
	}
	var roots []string
	for _, d := range s.found {
		if !s.called[d] {
			roots = append(roots, d)
		}
	}
	slices.Sort(roots)
	return roots, nil
}

// rootSearch walks a tree.
type rootSearch struct {
	visited int
	found   []string
	called  map[string]bool
}

func (s *rootSearch) walk(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.visited++; s.visited > maxDirectories {
		return errTooManyDirectories
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		if s.visited == 1 {
			return fmt.Errorf("terraform directory %s: %w", dir, err)
		}
		return nil // a directory that cannot be read is reported by whoever evaluates what calls it
	}
	configured := false
	for _, e := range entries {
		p := filepath.Join(dir, e.Name())
		switch {
		case e.IsDir() && searched(e.Name()):
			if err := s.walk(ctx, p); err != nil {
				return err
			}
		case !e.IsDir() && isConfigFile(e.Name()):
			configured = true
			s.calls(dir, p)
		}
	}
	if configured {
		s.found = append(s.found, dir)
	}
	return nil
}

func searched(name string) bool {
	return !strings.HasPrefix(name, ".") && name != "node_modules" && name != "vendor"
}

// calls notes the local sources that a file names. A source argument of something else than a module call does no harm:
// it names no directory with configuration, or one that is part of this configuration anyway.
func (s *rootSearch) calls(dir, file string) {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > defaultMaxFileBytes {
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return
	}
	if !bytes.Contains(text, []byte(`".`)) {
		return // most files call no local module, and the regular expression is slow
	}
	for _, match := range localSource.FindAllSubmatch(text, -1) {
		target := filepath.Join(dir, filepath.FromSlash(string(match[1])))
		if target != dir {
			s.called[target] = true
		}
	}
}

// localSource matches a source argument with a local path, in both syntaxes.
var localSource = regexp.MustCompile(`(?m)(?:^|[\s{,])"?source"?\s*[=:]\s*"(\.\.?(?:/[^"]*)?)"`)

// Root is one root module of a tree.
type Root struct {
	Dir    string // slash-separated, below the tree's directory; "." for the tree's directory itself
	Result *Result
}

// EvaluateTree evaluates every root module of a directory tree, as Roots finds them, sorted by directory. The root
// modules share what they read. Variables that are given in the options and that a root module does not declare are
// reported as warnings by each.
func EvaluateTree(ctx context.Context, dir string, o Options) ([]Root, error) {
	dirs, err := Roots(ctx, dir)
	if err != nil {
		return nil, err
	}
	if len(dirs) == 0 {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoConfiguration)
	}
	o = o.withDefaults(dir)
	cache := newFileCache()
	roots := make([]Root, len(dirs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(o.Workers)
	for i, d := range dirs {
		rel, err := filepath.Rel(dir, d)
		if err != nil {
			return nil, err
		}
		own := o
		own.DisplayDir = path.Join(o.DisplayDir, filepath.ToSlash(rel))
		group.Go(guard.Go(func() error {
			result, err := evaluateRoot(ctx, dir, d, own, cache)
			roots[i] = Root{Dir: filepath.ToSlash(rel), Result: result}
			return err
		}))
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return roots, nil
}
