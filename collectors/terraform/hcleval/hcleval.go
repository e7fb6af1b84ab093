// Package hcleval evaluates a directory of Terraform configuration as Terraform would, as far as can be known without a
// provider, and hands out its resource instances.
//
// A module instance is a set of names (variables, locals, resources, module calls), each evaluated at its first use and
// remembered. A reference to an attribute that the configuration sets gives that value; a reference to any other
// attribute gives an unknown value that remembers what it refers to. Every unknown value carries the reason why, and
// strings that are known in part keep their parts, so that "${aws_s3_bucket.b.arn}/*" can still be judged.
//
// What is wrong in the configuration becomes a diagnostic and an unknown value; the rest is evaluated all the same.
// The configuration is untrusted: files, nesting, instances, steps and sizes are bounded, and symbolic links that lead
// out of the scanned tree are not followed.
package hcleval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/collectors/terraform/tffunc"
	"github.com/assay-audit/assay/internal/evidence"
)

// Options are the settings of one evaluation.
type Options struct {
	// VarFiles are the files of --var-file, in order. They are read before Vars.
	VarFiles []string
	// Vars are the name=value settings of --var, in order; the last wins.
	Vars []string
	// Environ is the environment as os.Environ gives it; only TF_VAR_<name> and TF_WORKSPACE are read. Empty means none.
	Environ []string
	// Workspace is terraform.workspace; "" takes TF_WORKSPACE, else "default".
	Workspace string
	// DisplayDir is how the directory is shown in ranges, with slashes; "" shows it as it was given.
	DisplayDir string
	// MaxFileBytes is the size up to which a file is read; 0 means 8 MiB.
	MaxFileBytes int64
	// MaxInstances is how many instances of resources, modules and dynamic blocks are made; 0 means 200,000. A block whose
	// count or for_each would pass it stands as one instance, unexpanded, with the reason truncated; other blocks are left
	// out, with a diagnostic.
	MaxInstances int
	// Workers is how many files are parsed at a time; 0 means 4.
	Workers int
}

// Result is what a configuration evaluates to.
type Result struct {
	// Instances are all resources and data sources, sorted by address. A block with a syntax error in it is not among
	// them, since it cannot be told which arguments it has.
	Instances []*resource.Instance
	// Outputs are the root module's outputs by name.
	Outputs map[string]resource.Attribute
	// Modules are all module calls, sorted by address.
	Modules []Module
	// Moved and Removed are the moved and removed blocks of all module instances, in the order of their modules.
	Moved   []Move
	Removed []Removal
	// Backend is the root module's backend or cloud block, with the backend's type ("cloud" for the latter) as label; nil
	// where there is none.
	Backend *resource.Body
	// RequiredVersion are the root module's constraints on Terraform's version.
	RequiredVersion []string
	// RequiredProviders are the root module's, sorted by name.
	RequiredProviders []ProviderRequirement
	// Diagnostics are sorted by place.
	Diagnostics []Diagnostic
	// Files are all files that were read, or that should have been, sorted by path.
	Files []File
	// Sensitive are the texts that the configuration marks as sensitive, sorted: values of sensitive variables and outputs,
	// and what arguments hold that was made from them. They are to be kept out of everything that is written.
	Sensitive []string

	sources map[string]*sourceFile // by display path
}

// ModuleStatus says what became of a module call.
type ModuleStatus string

// The statuses of a module call.
const (
	ModuleLoaded  ModuleStatus = "loaded"
	ModuleMissing ModuleStatus = "missing" // a local directory that is not there or not readable
	ModuleRemote  ModuleStatus = "remote"  // a remote module that terraform init has not downloaded
	ModuleCyclic  ModuleStatus = "cyclic"  // a module that calls itself
	// ModuleTruncated is a module beyond Options.MaxInstances.
	ModuleTruncated ModuleStatus = "truncated"
)

// Module is one instance of a module call.
type Module struct {
	Address string // absolute: module.a["eu"].module.b
	Source  string
	Dir     string // as files are shown; "" unless loaded
	Status  ModuleStatus
	Reason  string // why it is not loaded; "" where it is
	Range   resource.Range
	// Unexpanded is set where count or for_each is not known: the call stands for zero or more.
	Unexpanded *evidence.Unknown
}

// Severity of a diagnostic.
type Severity string

// The severities. An error is what Terraform would refuse, or a file that could not be read. A warning is what Terraform
// might accept and this package does not evaluate: a module that is not there, a bound that is passed, a value for a
// variable that is not declared.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Diagnostic is something wrong in the configuration, with its place.
type Diagnostic struct {
	Severity Severity
	Summary  string // what
	Detail   string // why, and what to do
	Range    resource.Range
	// Snippet is the source line at the range's start, or the last one before it that is not empty; "" where there is none.
	// It can hold a secret that stands in the source.
	Snippet string
}

// File is a file of the configuration.
type File struct {
	Path   string // as in ranges
	Size   int64  // bytes
	SHA256 string // hexadecimal; "" where it could not be read
}

// Defaults of Options.
const (
	defaultMaxFileBytes = 8 << 20
	defaultMaxInstances = 200_000
	defaultWorkers      = 4
)

func (o Options) withDefaults(dir string) Options {
	o.MaxFileBytes = cmp.Or(o.MaxFileBytes, defaultMaxFileBytes)
	o.MaxInstances = cmp.Or(o.MaxInstances, defaultMaxInstances)
	o.Workers = cmp.Or(o.Workers, defaultWorkers)
	o.DisplayDir = cmp.Or(o.DisplayDir, strings.TrimSuffix(strings.ReplaceAll(dir, "\\", "/"), "/"))
	for _, entry := range o.Environ {
		if value, ok := strings.CutPrefix(entry, "TF_WORKSPACE="); ok && o.Workspace == "" {
			o.Workspace = value
		}
	}
	o.Workspace = cmp.Or(o.Workspace, "default")
	return o
}

// ErrNoConfiguration is returned for a directory, or a tree of them, without configuration files.
var ErrNoConfiguration = errors.New("no Terraform files (.tf, .tf.json)")

// Evaluate evaluates the root module in the directory. It returns an error only where the context ends, the directory
// cannot be read or has no configuration files; whatever is wrong in the configuration is a diagnostic.
func Evaluate(ctx context.Context, dir string, o Options) (*Result, error) {
	return evaluateRoot(ctx, dir, dir, o.withDefaults(dir), newFileCache())
}

// evaluateRoot evaluates the root module in dir, a directory of the scanned tree.
func evaluateRoot(ctx context.Context, tree, dir string, o Options, cache *fileCache) (*Result, error) {
	l, err := newLoader(tree, dir, o, cache)
	if err != nil {
		return nil, err
	}
	if files, err := configFiles(l.root); err != nil || len(files) == 0 {
		return nil, fmt.Errorf("%s: %w", dir, cmp.Or(err, ErrNoConfiguration))
	}
	config, err := l.load(ctx)
	if err != nil {
		return nil, err
	}
	p := &program{options: o, files: l.fileAccess, cancelled: ctx.Err, cycles: map[string]bool{}, inputs: l.readInputs(config)}
	defer p.close()
	for _, dir := range sortedKeys(l.configs) {
		blocks, diags := cache.cyclesOf(l.configs[dir])
		p.cyclic = append(p.cyclic, blocks...)
		p.diags = append(p.diags, diags...)
	}
	r := &Result{Outputs: map[string]resource.Attribute{}, sources: map[string]*sourceFile{}}
	if err := p.evaluate(ctx, newModuleInstance(p, config, ""), r); err != nil {
		return nil, err
	}
	r.Sensitive = sortedKeys(p.sensitive)
	for _, inst := range r.Instances {
		inst.MovedFrom = movedFrom(inst.Address, r.Moved)
	}
	slices.SortFunc(r.Instances, func(a, b *resource.Instance) int { return cmp.Compare(a.Address, b.Address) })
	slices.SortFunc(r.Modules, func(a, b Module) int { return cmp.Compare(a.Address, b.Address) })
	l.report(r, p.diags)
	return r, nil
}

// evaluate walks the module instance and those below it.
func (p *program) evaluate(ctx context.Context, m *moduleInstance, r *Result) error {
	x := &evaluation{program: p}
	p.settings(m, r)
	p.noteVariables(x, m)
	for _, key := range sortedKeys(m.resources) {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := m.resources[key]
		if n.decl.broken || !n.expanded() {
			continue
		}
		for _, inst := range n.instances {
			if n.expansion.kind == single && !p.admitOne(n.decl.block.DefRange()) {
				break
			}
			r.Instances = append(r.Instances, inst.guardedBuild(x))
		}
	}
	for _, name := range sortedKeys(m.config.locals) {
		m.local(x, name, m.config.locals[name].NameRange)
	}
	for _, name := range sortedKeys(m.config.outputs) {
		v := m.output(x, name, m.config.outputs[name].DefRange())
		p.noteOutput(m, name, v)
		if m.address == "" {
			built := finalise(x.materialise(v))
			built.Range = toRange(m.config.outputs[name].DefRange())
			r.Outputs[name] = built
		}
	}
	for _, name := range sortedKeys(m.modules) {
		n := m.modules[name]
		n.expanded()
		for i, key := range n.expansion.keys {
			module := Module{
				Address: n.label() + indexText(key), Source: n.call.source, Dir: n.call.dir, Status: n.call.status,
				Range: toRange(n.call.rng), Unexpanded: cmp.Or(n.expansion.unknown, m.unexpanded),
			}
			if n.call.absent != nil {
				module.Reason = n.module.join(n.call.absent.Detail)
			}
			if n.refused != nil {
				module.Status, module.Reason = ModuleTruncated, n.refused.Detail
			}
			r.Modules = append(r.Modules, module)
			if i < len(n.instances) {
				if err := p.evaluate(ctx, n.instances[i], r); err != nil {
					return err
				}
			}
		}
	}
	p.diags = append(p.diags, x.diags...)
	return nil
}

// guardedBuild is build; a panic of a library, which no input should cause, leaves the instance with an empty body that
// says so.
func (i *instance) guardedBuild(x *evaluation) (out *resource.Instance) {
	defer func() {
		if r := recover(); r != nil {
			rng := i.body.header
			x.failLimit(rng, fmt.Errorf("the evaluation of %s failed: %v", i.address, r))
			out = i.header()
			out.Unexpanded = &evidence.Unknown{Reason: evidence.Unresolved, Detail: i.address + " could not be evaluated"}
			out.Body = &resource.Body{Range: toRange(rng)}
		}
	}()
	return i.build(x)
}

// build turns an instance into its final form.
func (i *instance) build(x *evaluation) *resource.Instance {
	out := i.header()
	out.Body = i.body.build(x.program)
	out.DependsOn = i.dependsOn()
	out.Provider = i.provider(x.program)
	return out
}

// header is what an instance is without its body.
func (i *instance) header() *resource.Instance {
	decl := i.node.decl
	return &resource.Instance{
		Address: i.address, Resource: i.node.label(), Module: i.node.module.address, Mode: decl.mode,
		Type: decl.typ, Name: decl.name, Key: i.key, Unexpanded: cmp.Or(i.node.expansion.unknown, i.node.module.unexpanded),
		Method: "terraform:hcl", Comments: decl.comments,
	}
}

// dependsOn returns the explicit dependencies.
func (i *instance) dependsOn() []resource.Ref {
	attr := i.node.decl.body.Attributes["depends_on"]
	if attr == nil {
		return nil
	}
	tuple, ok := attr.Expr.(*hclsyntax.TupleConsExpr)
	if !ok {
		return nil
	}
	var out []resource.Ref
	for _, item := range tuple.Exprs {
		if t, diags := hcl.AbsTraversalForExpr(item); !diags.HasErrors() {
			out = append(out, resource.Ref{Address: i.node.module.join(traversalText(t))})
		}
	}
	sortRefs(out)
	return out
}

// report writes the files and diagnostics into the result.
func (l *loader) report(r *Result, diags hcl.Diagnostics) {
	all := append(append(hcl.Diagnostics{}, l.diags...), diags...)
	for _, p := range sortedKeys(l.files) {
		f := l.files[p]
		r.sources[f.display] = f
		file := File{Path: f.display, Size: int64(len(f.source))}
		if f.source != nil {
			file.SHA256 = f.digest()
		}
		r.Files = append(r.Files, file)
		all = append(all, f.diags...)
	}
	slices.SortFunc(r.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	for _, d := range all {
		r.Diagnostics = append(r.Diagnostics, r.diagnostic(d))
	}
	slices.SortFunc(r.Diagnostics, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Range.File, b.Range.File), cmp.Compare(a.Range.Line, b.Range.Line),
			cmp.Compare(a.Range.Column, b.Range.Column), cmp.Compare(a.Summary, b.Summary), cmp.Compare(a.Detail, b.Detail))
	})
	r.Diagnostics = slices.Compact(r.Diagnostics)
}

func (r *Result) diagnostic(d *hcl.Diagnostic) Diagnostic {
	out := Diagnostic{Severity: SeverityError, Summary: d.Summary, Detail: d.Detail}
	if d.Severity == hcl.DiagWarning || tffunc.Limit(hcl.Diagnostics{d}) != nil {
		out.Severity = SeverityWarning
	}
	if d.Subject != nil {
		out.Range = toRange(*d.Subject)
		out.Snippet = r.Line(out.Range.File, out.Range.Line)
		// An error at the end of a file is best shown by the last line that says something.
		for line := out.Range.Line - 1; strings.TrimSpace(out.Snippet) == "" && line > 0; line-- {
			out.Snippet = r.Line(out.Range.File, line)
		}
	}
	return out
}

// maxSnippet bounds a quoted line, in bytes.
const maxSnippet = 400

// Line returns a line of a file that was read (1-based), without its end and cut to 400 bytes; "" where there is none.
func (r *Result) Line(file string, line int) string {
	f := r.sources[file]
	if f == nil {
		return ""
	}
	text := f.line(line)
	return strings.ToValidUTF8(strings.TrimSuffix(string(text[:min(len(text), maxSnippet)]), "\r"), "")
}
