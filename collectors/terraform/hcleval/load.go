package hcleval

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"golang.org/x/sync/errgroup"

	"github.com/assay-audit/assay/collectors/terraform/tffunc"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/guard"
)

// sourceFile is one file of the configuration.
type sourceFile struct {
	path     string // absolute
	display  string
	source   []byte
	override bool
	body     *hclsyntax.Body           // nil where the file could not be read at all
	broken   map[*hclsyntax.Block]bool // top-level blocks with a syntax error in them
	lines    []string                  // where the file holds comments for this program, its lines
	diags    hcl.Diagnostics

	once   sync.Once
	starts []int // where each line starts, found at the first use
}

// loader reads directories and files within the bounds of one run.
type loader struct {
	options  Options
	root     string // absolute, without symbolic links
	boundary string // the repository or the scanned tree: symbolic links and files that functions read must be below it
	cache    *fileCache
	mu       sync.Mutex
	files    map[string]*sourceFile   // every file that this run used, by absolute path
	configs  map[string]*moduleConfig // by absolute directory
	diags    hcl.Diagnostics
	manifest map[string]string // .terraform/modules/modules.json: directory by module path
}

func newLoader(tree, dir string, o Options, cache *fileCache) (*loader, error) {
	clean, err := realDir(dir)
	if err != nil {
		return nil, err
	}
	top, err := realDir(tree)
	if err != nil {
		return nil, err
	}
	return &loader{options: o, root: clean, boundary: repositoryOf(top), cache: cache, files: map[string]*sourceFile{}, configs: map[string]*moduleConfig{}}, nil
}

// realDir returns the absolute path of a directory without symbolic links.
func realDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	clean, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", fmt.Errorf("terraform directory %s: %w", dir, cause(err))
	}
	info, err := os.Stat(clean)
	if err != nil {
		return "", fmt.Errorf("terraform directory %s: %w", dir, cause(err))
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%s is not a directory: name the directory that holds the .tf files", dir)
	}
	return clean, nil
}

// fileAccess opens the tree for the functions that read files. Where that is not possible they cannot read.
func (l *loader) fileAccess() tffunc.Options {
	o := tffunc.Options{MaxFileBytes: l.options.MaxFileBytes}
	rel, err := filepath.Rel(l.boundary, l.root)
	if err != nil || !filepath.IsLocal(rel) {
		return o
	}
	o.BaseDir = filepath.ToSlash(rel)
	if root, err := os.OpenRoot(l.boundary); err == nil {
		o.Root = root
	}
	return o
}

// repositoryOf returns the directory of the git repository that holds dir, or dir itself where there is none.
func repositoryOf(dir string) string {
	for d := dir; ; d = filepath.Dir(d) {
		if _, err := os.Lstat(filepath.Join(d, ".git")); err == nil {
			return d
		}
		if d == filepath.Dir(d) {
			return dir
		}
	}
}

// display is how a path is shown: below DisplayDir, with slashes.
func (l *loader) display(abs string) string {
	rel, err := filepath.Rel(l.root, abs)
	if err != nil {
		return filepath.ToSlash(abs)
	}
	return path.Join(l.options.DisplayDir, filepath.ToSlash(rel))
}

var (
	errOutside = errors.New("the symbolic link leads out of the scanned tree, so it is not followed")
	errSpecial = errors.New("not a regular file")
)

// resolve follows symbolic links and refuses those that lead out of the scanned tree.
func (l *loader) resolve(p string) (string, error) {
	clean, err := filepath.EvalSymlinks(p)
	if err != nil {
		return "", err
	}
	if clean == filepath.Clean(p) || within(l.boundary, clean) {
		return clean, nil
	}
	return "", errOutside
}

// within reports whether p is dir or below it.
func within(dir, p string) bool {
	rel, err := filepath.Rel(dir, p)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// fileCache holds the files that the root modules of one tree share, so that each is read and parsed once. A file is not
// changed once it is in the cache.
type fileCache struct {
	mu     sync.Mutex
	files  map[string]*cachedFile
	cycles map[string]*moduleCycles // by module directory
}

type cachedFile struct {
	once sync.Once
	file *sourceFile
}

func newFileCache() *fileCache {
	return &fileCache{files: map[string]*cachedFile{}, cycles: map[string]*moduleCycles{}}
}

// get returns the file, which is read at the first use.
func (c *fileCache) get(path string, read func() *sourceFile) *sourceFile {
	c.mu.Lock()
	entry := c.files[path]
	if entry == nil {
		entry = &cachedFile{}
		c.files[path] = entry
	}
	c.mu.Unlock()
	entry.once.Do(func() { entry.file = read() })
	return entry.file
}

// use remembers that this run used the file, for provenance and for quoting.
func (l *loader) use(f *sourceFile) *sourceFile {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.files[f.path] = f
	return f
}

// read reads a file within the limits. Messages call it by the shown name.
func (l *loader) read(p, shown string) *sourceFile {
	f := &sourceFile{path: p, display: shown}
	source, err := l.readLimited(p)
	if err == nil {
		err = checkText(source)
	}
	if err != nil {
		rng := namedRange(f.display)
		f.diags = hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "File not read", Subject: &rng,
			Detail: fmt.Sprintf("%s: %s. The rest of the configuration is evaluated without it.", f.display, cause(err)),
		}}
		return f
	}
	f.source = source
	return f
}

// checkText refuses a file that no person wrote: the parser would report a problem for each of its bytes.
func checkText(source []byte) error {
	switch {
	case bytes.HasPrefix(source, []byte("\x00GITCRYPT\x00")):
		return errors.New("it is encrypted with git-crypt; unlock the repository (git-crypt unlock) before the scan")
	case bytes.IndexByte(source, 0) >= 0:
		return errors.New("it is not text: it holds zero bytes, so it is encrypted or not in UTF-8")
	}
	return nil
}

// cause strips the operation and the path from a file system error.
func cause(err error) error {
	if pathErr, ok := errors.AsType[*os.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

func (l *loader) readLimited(p string) ([]byte, error) {
	clean, err := l.resolve(p)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(clean)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errSpecial
	}
	if info.Size() > l.options.MaxFileBytes {
		return nil, l.tooLarge(strconv.FormatInt(info.Size(), 10))
	}
	f, err := os.Open(clean)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // opened for reading only
	source, err := io.ReadAll(io.LimitReader(f, l.options.MaxFileBytes+1))
	if err == nil && int64(len(source)) > l.options.MaxFileBytes {
		err = l.tooLarge("more than " + strconv.FormatInt(l.options.MaxFileBytes, 10))
	}
	return source, err
}

// tooLarge says of a file of so many bytes what to do with it.
func (l *loader) tooLarge(size string) error {
	return fmt.Errorf("the file has %s bytes, and the limit is %d; split it into several files of the same directory, which Terraform reads as one",
		size, l.options.MaxFileBytes)
}

// parse reads and parses one configuration file.
func (l *loader) parse(p string) *sourceFile {
	return l.use(l.cache.get(p, func() *sourceFile {
		f := l.read(p, l.display(p))
		if f.source == nil {
			return f
		}
		base := strings.TrimSuffix(filepath.Base(p), ".json")
		base = strings.TrimSuffix(strings.TrimSuffix(base, ".tf"), ".tofu")
		f.override = base == "override" || strings.HasSuffix(base, "_override")
		body, diags := parseSource(f.source, f.display, strings.HasSuffix(p, ".json"))
		f.body = body
		f.salvage(diags)
		if found := mergeConflicts(f.source, f.display); diags.HasErrors() && len(found) > 0 {
			diags = found // what the markers do to the syntax around them helps nobody
		}
		f.diags = append(f.diags, diags...)
		f.findComments()
		return f
	}))
}

// parseSource parses a configuration file as far as it is valid. A panic of the library becomes a diagnostic.
func parseSource(source []byte, name string, isJSON bool) (body *hclsyntax.Body, diags hcl.Diagnostics) {
	start := namedRange(name)
	defer func() {
		if r := recover(); r != nil {
			body = nil
			diags = hcl.Diagnostics{{
				Severity: hcl.DiagError, Summary: "File not parsed", Subject: &start,
				Detail: fmt.Sprintf("The parser failed on %s: %v. The rest of the configuration is evaluated without it.", name, r),
			}}
		}
	}()
	lang := native
	if isJSON {
		lang = jsonSyntax
	}
	if rng, err := checkNesting(source, name, lang); err != nil {
		return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "File not parsed", Detail: err.Error(), Subject: &rng}}
	}
	if isJSON {
		return parseJSON(source, name)
	}
	file, diags := hclsyntax.ParseConfig(source, name, hcl.InitialPos)
	if file == nil {
		return nil, diags
	}
	parsed, _ := file.Body.(*hclsyntax.Body)
	return parsed, diags
}

// mergeConflicts finds the merge conflicts in a file that nobody has resolved.
func mergeConflicts(source []byte, name string) hcl.Diagnostics {
	var diags hcl.Diagnostics
	open, pos := hcl.Pos{}, hcl.InitialPos
	for line := range bytes.Lines(source) {
		switch {
		case bytes.HasPrefix(line, []byte("<<<<<<< ")):
			open = pos
		case bytes.HasPrefix(line, []byte(">>>>>>> ")) && open.Line > 0:
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Unresolved merge conflict",
				Detail:  fmt.Sprintf("The conflict ends in line %d. The blocks that it touches are left out; resolve it and commit the file again.", pos.Line),
				Subject: &hcl.Range{Filename: name, Start: open, End: hcl.Pos{Line: open.Line, Column: 8, Byte: open.Byte + 7}},
			})
			open = hcl.Pos{}
		}
		pos.Line++
		pos.Byte += len(line)
	}
	return diags
}

// isConfigFile reports whether Terraform reads the file as configuration.
func isConfigFile(name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || (strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#")) {
		return false
	}
	for _, ext := range []string{".tf", ".tf.json", ".tofu", ".tofu.json"} {
		if strings.HasSuffix(name, ext) {
			return true
		}
	}
	return false
}

// configFiles lists the configuration files of a directory in the order in which they are merged: by name, overrides
// last.
func configFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	tofu := map[string]bool{} // the .tf files that OpenTofu leaves aside: it reads main.tofu in place of main.tf
	for _, e := range entries {
		if name := e.Name(); !e.IsDir() && isConfigFile(name) {
			files = append(files, filepath.Join(dir, name))
			if base, rest, ok := strings.Cut(name, ".tofu"); ok {
				tofu[filepath.Join(dir, base+".tf"+rest)] = true
			}
		}
	}
	return slices.DeleteFunc(files, func(p string) bool { return tofu[p] }), nil
}

// load reads the module tree below the root directory.
func (l *loader) load(ctx context.Context) (*moduleConfig, error) {
	l.readManifest()
	root, err := l.config(ctx, l.root)
	if err != nil {
		return nil, err
	}
	type item struct {
		config *moduleConfig
		path   string // as in modules.json: "a.b"
	}
	seen := map[*moduleConfig]bool{root: true}
	queue := []item{{config: root}}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for _, name := range sortedKeys(next.config.calls) {
			call := next.config.calls[name]
			key := strings.TrimPrefix(next.path+"."+name, ".")
			if err := l.loadCall(ctx, next.config, call, key); err != nil {
				return nil, err
			}
			if call.config != nil && !seen[call.config] {
				seen[call.config] = true
				queue = append(queue, item{config: call.config, path: key})
			}
		}
	}
	breakModuleCycles(root, nil, map[*moduleConfig]bool{}, &l.diags)
	return root, nil
}

// config parses one directory, once.
func (l *loader) config(ctx context.Context, dir string) (*moduleConfig, error) {
	if c := l.configs[dir]; c != nil {
		return c, nil
	}
	paths, err := configFiles(dir)
	if err != nil {
		return nil, err
	}
	files := make([]*sourceFile, len(paths))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(l.options.Workers)
	for i, p := range paths {
		group.Go(guard.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			files[i] = l.parse(p)
			return nil
		}))
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(files, func(a, b *sourceFile) int {
		switch {
		case a.override == b.override:
			return 0
		case a.override:
			return 1
		}
		return -1
	})
	c, diags := newModuleConfig(dir, files)
	l.diags = append(l.diags, diags...)
	rel, err := filepath.Rel(l.root, dir)
	if err != nil {
		rel = dir
	}
	c.relative = filepath.ToSlash(rel)
	l.configs[dir] = c
	return c, nil
}

// loadCall finds the directory of a module call and loads it.
func (l *loader) loadCall(ctx context.Context, parent *moduleConfig, call *moduleCall, key string) error {
	source, ok := literalString(call.body.Attributes["source"])
	call.source = source
	if call.broken {
		l.absent(call, ModuleMissing, "has a syntax error in its block", "Correct the error.")
		call.absent.Reason = evidence.ParseError
		return nil
	}
	if !ok {
		l.absent(call, ModuleMissing, "has no constant source", "Give the module call a source argument that is a constant string.")
		return nil
	}
	dir, found := l.moduleDir(parent, call, key)
	if !found {
		return nil
	}
	clean, err := l.resolve(dir)
	if err != nil {
		l.absent(call, ModuleMissing, fmt.Sprintf("is not there (source %q)", source), fmt.Sprintf("%s: %s.", l.display(dir), cause(err)))
		return nil
	}
	call.dir = l.display(clean)
	if files, _ := configFiles(clean); len(files) == 0 { // a directory that cannot be listed holds none for us
		l.absent(call, ModuleMissing, fmt.Sprintf("is not there (source %q)", source), fmt.Sprintf("%s holds no Terraform files.", l.display(dir)))
		return nil
	}
	call.config, err = l.config(ctx, clean)
	call.status = ModuleLoaded
	return err
}

// moduleDir returns the directory of a call's source: a local path, or what terraform init downloaded.
func (l *loader) moduleDir(parent *moduleConfig, call *moduleCall, key string) (string, bool) {
	if isLocalSource(call.source) {
		return filepath.Join(parent.dir, filepath.FromSlash(call.source)), true
	}
	dir, ok := l.manifest[key]
	if ok && !filepath.IsLocal(dir) {
		l.absent(call, ModuleMissing, fmt.Sprintf("is not there (source %q)", call.source), fmt.Sprintf(
			"%s says that it lies in %q, which is not below the root module; run terraform init again.", manifestPath, dir))
		return "", false
	}
	if !ok {
		l.absent(call, ModuleRemote, fmt.Sprintf("is not downloaded (source %q)", call.source),
			"Run terraform init (or terraform get) before the scan, or scan a plan, to have the module's resources judged.")
		return "", false
	}
	return filepath.Join(l.root, dir), true
}

// manifestPath is where terraform init records what it has downloaded, below the root module.
const manifestPath = ".terraform/modules/modules.json"

// readManifest reads where terraform init has put remote modules.
func (l *loader) readManifest() {
	path := filepath.Join(l.root, filepath.FromSlash(manifestPath))
	if _, err := os.Lstat(path); err != nil {
		return
	}
	f := l.use(l.cache.get(path, func() *sourceFile { return l.read(path, l.display(path)) }))
	if f.source == nil {
		return
	}
	var manifest struct {
		Modules []struct {
			Key string `json:"Key"`
			Dir string `json:"Dir"`
		} `json:"Modules"`
	}
	if err := json.Unmarshal(f.source, &manifest); err != nil {
		l.warn(namedRange(f.display), hcl.DiagWarning, "Module manifest not read",
			fmt.Sprintf("%s is not valid (%s): downloaded modules are not found. Run terraform init again.", f.display, err))
		return
	}
	l.manifest = map[string]string{}
	for _, m := range manifest.Modules {
		l.manifest[m.Key] = filepath.FromSlash(m.Dir)
	}
}

// isLocalSource reports whether a module source is a path.
func isLocalSource(source string) bool {
	return source == "." || source == ".." || strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../")
}

// absent records that a call's module is not there.
func (l *loader) absent(call *moduleCall, status ModuleStatus, what, hint string) {
	call.status = status
	call.absent = &evidence.Unknown{Reason: evidence.Unresolved, Detail: fmt.Sprintf("module.%s %s", call.name, what)}
	l.diags = append(l.diags, &hcl.Diagnostic{
		Severity: hcl.DiagWarning, Summary: "Module not evaluated", Subject: &call.rng,
		Detail: fmt.Sprintf("module.%s %s. %s", call.name, what, hint),
	})
}

// breakModuleCycles cuts the calls by which a module calls itself, directly or through others.
func breakModuleCycles(c *moduleConfig, path []*moduleConfig, finished map[*moduleConfig]bool, diags *hcl.Diagnostics) {
	if finished[c] {
		return
	}
	path = append(path, c)
	for _, name := range sortedKeys(c.calls) {
		call := c.calls[name]
		if call.config == nil {
			continue
		}
		if slices.Contains(path, call.config) {
			call.config, call.status = nil, ModuleCyclic
			call.absent = &evidence.Unknown{Reason: evidence.Unresolved, Detail: fmt.Sprintf("module.%s calls itself (source %q)", name, call.source)}
			*diags = append(*diags, &hcl.Diagnostic{
				Severity: hcl.DiagError, Summary: "Cyclic module", Subject: &call.rng,
				Detail: fmt.Sprintf("module.%s (source %q) is a module that, directly or through others, calls the module it stands in. "+
					"The call is left out; remove it.", name, call.source),
			})
			continue
		}
		breakModuleCycles(call.config, path, finished, diags)
	}
	finished[c] = true
}

// findComments splits a file into lines where it holds comments for this program, which most do not.
func (f *sourceFile) findComments() {
	if bytes.Contains(f.source, []byte(commentPrefix)) {
		f.lines = strings.Split(string(f.source), "\n")
	}
}

// commentPrefix begins the text of comments that are meant for this program.
const commentPrefix = "assay:"

// comments returns the comments directly above the block and at the start of its body that begin with commentPrefix.
func (f *sourceFile) comments(b *hclsyntax.Block) []resource.Comment {
	var above, inside []resource.Comment
	for i := b.TypeRange.Start.Line - 2; i >= 0 && i < len(f.lines); i-- {
		text, ok := commentText(f.lines[i])
		if !ok {
			break
		}
		if strings.HasPrefix(text, commentPrefix) {
			above = append(above, resource.Comment{Text: text, File: f.display, Line: i + 1})
		}
	}
	slices.Reverse(above)
	for i := b.OpenBraceRange.Start.Line; i > 0 && i < len(f.lines); i++ {
		text, ok := commentText(f.lines[i])
		if !ok {
			break
		}
		if strings.HasPrefix(text, commentPrefix) {
			inside = append(inside, resource.Comment{Text: text, File: f.display, Line: i + 1})
		}
	}
	return append(above, inside...)
}

// commentText returns the text of a line that is only a comment.
func commentText(line string) (string, bool) {
	line = strings.TrimSpace(line)
	for _, marker := range []string{"#", "//"} {
		if rest, ok := strings.CutPrefix(line, marker); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return "", false
}

// line returns a line without its end; nil where there is none.
func (f *sourceFile) line(n int) []byte {
	f.once.Do(func() {
		f.starts = []int{0}
		for i, c := range f.source {
			if c == '\n' {
				f.starts = append(f.starts, i+1)
			}
		}
	})
	if n < 1 || n > len(f.starts) {
		return nil
	}
	text, _, _ := bytes.Cut(f.source[f.starts[n-1]:], []byte("\n"))
	return text
}

// digest is the file's SHA-256 in hexadecimal.
func (f *sourceFile) digest() string {
	sum := sha256.Sum256(f.source)
	return hex.EncodeToString(sum[:])
}
