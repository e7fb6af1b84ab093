package policy

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// IndexFile is the name of the generated index in the root of the built-in policies.
const IndexFile = "index.json"

// Root is a tree of policies: the built-in one, or a directory given by --policy-dir. It holds policies in folders named
// after their checks, and libraries under lib/.
type Root struct {
	FS   fs.FS
	Name string // "" for the built-in policies; else the directory, for messages
}

// Index is what is known of a root without parsing it.
type Index struct {
	Checks []Check `json:"checks"`
	Libs   []Lib   `json:"libs"`
}

// Lib is a library module.
type Lib struct {
	Name     string   `json:"name"` // lib.ev
	File     string   `json:"file"`
	Libs     []string `json:"libs,omitempty"` // libraries that it imports
	Literals []string `json:"literals"`
	Digest   string   `json:"digest"`
}

// Catalogue is every check that a run can select from.
type Catalogue struct {
	checks []Check // sorted by id
	libs   map[string]libRef
	roots  map[string]Root
}

type libRef struct {
	Lib
	root string
}

// Open reads the index of the built-in policies and parses the policies of further roots, whose checks may not repeat an id.
func Open(builtin Root, extra ...Root) (*Catalogue, error) {
	c := &Catalogue{libs: map[string]libRef{}, roots: map[string]Root{}}
	data, err := fs.ReadFile(builtin.FS, IndexFile)
	if err != nil {
		return nil, fmt.Errorf("built-in policies: %w", err)
	}
	var ix Index
	if err := json.Unmarshal(data, &ix); err != nil {
		return nil, fmt.Errorf("built-in policies: %s: %w", IndexFile, err)
	}
	if err := c.add(builtin, ix); err != nil {
		return nil, err
	}
	for _, r := range extra {
		ix, err := Scan(r.FS)
		if err != nil {
			return nil, fmt.Errorf("policy directory %s: %w", r.Name, err)
		}
		if len(ix.Checks) == 0 {
			return nil, fmt.Errorf("policy directory %s holds no policy (a .rego file whose package is checks.<domain>.<name>)", r.Name)
		}
		if err := c.add(r, ix); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(c.checks, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	return c, nil
}

func (c *Catalogue) add(r Root, ix Index) error {
	c.roots[r.Name] = r
	for _, l := range ix.Libs {
		if old, ok := c.libs[l.Name]; ok {
			return fmt.Errorf("policy directory %s: library %s is already defined in %s", r.Name, l.Name, cmp.Or(old.root, "the built-in policies"))
		}
		c.libs[l.Name] = libRef{l, r.Name}
	}
	for _, check := range ix.Checks {
		if i := slices.IndexFunc(c.checks, func(o Check) bool { return o.ID == check.ID }); i >= 0 {
			return fmt.Errorf("policy directory %s: check %s is already defined in %s", r.Name, check.ID, cmp.Or(c.checks[i].Origin, "the built-in policies"))
		}
		check.Origin = r.Name
		c.checks = append(c.checks, check)
	}
	return nil
}

// Checks returns every check, by id.
func (c *Catalogue) Checks() []Check { return slices.Clone(c.checks) }

// Check returns the check of the id.
func (c *Catalogue) Check(id string) (Check, bool) {
	i, ok := slices.BinarySearchFunc(c.checks, id, func(ch Check, id string) int { return cmp.Compare(ch.ID, id) })
	if !ok {
		return Check{}, false
	}
	return c.checks[i], true
}

// IDs returns every check's id, sorted.
func (c *Catalogue) IDs() []string {
	out := make([]string, len(c.checks))
	for i := range c.checks {
		out[i] = c.checks[i].ID
	}
	return out
}

// Select returns the checks that match any of the patterns: an id, or a pattern with * (enc.*, *.at_rest). Without patterns
// all match. A pattern that matches nothing is an error.
func (c *Catalogue) Select(patterns []string) ([]Check, error) {
	if len(patterns) == 0 {
		return c.Checks(), nil
	}
	var out []Check
	var errs []error
	for _, p := range patterns {
		hit := false
		for _, ch := range c.checks {
			ok, err := path.Match(p, ch.ID)
			if err != nil {
				return nil, fmt.Errorf("check pattern %q: %w", p, err)
			}
			if ok {
				hit = true
				if !slices.ContainsFunc(out, func(o Check) bool { return o.ID == ch.ID }) {
					out = append(out, ch)
				}
			}
		}
		if !hit {
			errs = append(errs, &UnknownCheckError{Pattern: p, IDs: c.IDs()})
		}
	}
	slices.SortFunc(out, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	return out, errors.Join(errs...)
}

// UnknownCheckError says that a pattern names no check.
type UnknownCheckError struct {
	Pattern string
	IDs     []string // the ids there are
}

func (e *UnknownCheckError) Error() string {
	return fmt.Sprintf("no check matches %q (see: assay check list)", e.Pattern)
}

// Source returns the Rego of a check's policy.
func (c *Catalogue) Source(check *Check) ([]byte, error) {
	return fs.ReadFile(c.roots[check.Origin].FS, path.Join(check.Dir, "policy.rego"))
}

// Dir returns the tree in which the check's folder lies.
func (c *Catalogue) Dir(check *Check) (fs.FS, error) {
	return fs.Sub(c.roots[check.Origin].FS, check.Dir)
}

// Digest is the SHA-256 over the sources of the given checks and the libraries they use, as sha256:<hex>.
func (c *Catalogue) Digest(checks []Check) string {
	h := sha256.New()
	for _, l := range c.libsOf(checks) {
		fmt.Fprintf(h, "%s %s\n", l.Name, l.Digest)
	}
	for i := range checks {
		fmt.Fprintf(h, "%s %s\n", checks[i].ID, checks[i].Digest)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// Literals are the string constants of the checks and of the libraries they use.
func (c *Catalogue) Literals(checks []Check) map[string]struct{} {
	out := map[string]struct{}{}
	for i := range checks {
		for _, s := range checks[i].Literals {
			out[s] = struct{}{}
		}
	}
	for _, l := range c.libsOf(checks) {
		for _, s := range l.Literals {
			out[s] = struct{}{}
		}
	}
	return out
}

// libsOf returns the libraries that the checks use, transitively, by name.
func (c *Catalogue) libsOf(checks []Check) []libRef {
	seen := map[string]libRef{}
	var visit func(names []string)
	visit = func(names []string) {
		for _, n := range names {
			if _, ok := seen[n]; ok {
				continue
			}
			if l, ok := c.libs[n]; ok {
				seen[n] = l
				visit(l.Libs)
			}
		}
	}
	for i := range checks {
		visit(checks[i].Libs)
	}
	out := make([]libRef, 0, len(seen))
	for _, l := range seen {
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b libRef) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// modules parses the sources of the checks and their libraries.
func (c *Catalogue) modules(checks []Check) (map[string]*ast.Module, error) {
	out := make(map[string]*ast.Module, len(checks)+4)
	parse := func(root, file string) error {
		src, err := fs.ReadFile(c.roots[root].FS, file)
		if err != nil {
			return err
		}
		name := path.Join(cmp.Or(root, "policies"), file)
		mod, err := ast.ParseModuleWithOpts(name, string(src), parserOptions())
		if err != nil {
			return err
		}
		out[name] = mod
		return nil
	}
	for _, l := range c.libsOf(checks) {
		if err := parse(l.root, l.File); err != nil {
			return nil, err
		}
	}
	for i := range checks {
		if err := parse(checks[i].Origin, path.Join(checks[i].Dir, "policy.rego")); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func parserOptions() ast.ParserOptions {
	return ast.ParserOptions{ProcessAnnotation: true, RegoVersion: ast.RegoV1, Capabilities: capabilities()}
}

// Scan parses every policy and library below a root and returns their index. Test files are left out.
func Scan(fsys fs.FS) (Index, error) {
	var ix Index
	var errs []error
	err := fs.WalkDir(fsys, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || path.Ext(file) != ".rego" || strings.HasSuffix(file, "_test.rego") {
			return nil
		}
		src, err := fs.ReadFile(fsys, file)
		if err != nil {
			return err
		}
		mod, err := ast.ParseModuleWithOpts(file, string(src), parserOptions())
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		sum := sha256.Sum256(src)
		digest := hex.EncodeToString(sum[:])
		if lib, ok := libOf(mod); ok {
			ix.Libs = append(ix.Libs, Lib{Name: lib, File: file, Libs: imports(mod), Literals: literals(mod), Digest: digest})
			return nil
		}
		check, err := describe(file, mod)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		check.Dir, check.Digest = path.Dir(file), digest
		if want := strings.ReplaceAll(check.ID, ".", "/"); check.Dir != want || path.Base(file) != "policy.rego" {
			errs = append(errs, fmt.Errorf("%s: check %s belongs in %s/policy.rego", file, check.ID, want))
			return nil
		}
		ix.Checks = append(ix.Checks, check)
		return nil
	})
	if err != nil {
		return Index{}, err
	}
	slices.SortFunc(ix.Checks, func(a, b Check) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(ix.Libs, func(a, b Lib) int { return cmp.Compare(a.Name, b.Name) })
	return ix, errors.Join(errs...)
}

func libOf(mod *ast.Module) (string, bool) {
	p := mod.Package.Path
	if len(p) != 3 || p[1].Value.Compare(ast.String("lib")) != 0 {
		return "", false
	}
	s, ok := p[2].Value.(ast.String)
	return "lib." + string(s), ok
}
