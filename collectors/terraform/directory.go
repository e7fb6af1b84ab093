package terraform

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

// directory reads every root module of a directory tree.
func (r *run) directory(ctx context.Context) error {
	ref, dir := r.req.Target.Ref, filepath.Clean(r.req.Path(r.req.Target.Value))
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w; give the directory of a Terraform root module", ref, cause(err))
	case !info.IsDir():
		return fmt.Errorf("%s is a file; give the directory that holds it, or plan:%s for a plan", ref, r.req.Target.Value)
	}
	r.env.Progress.Stage("evaluating "+ref, 0)
	show := display(r.req.Target.Value)
	r.source.Scope = "tf:" + show
	roots, err := hcleval.EvaluateTree(ctx, dir, hcleval.Options{
		VarFiles: r.varFiles(), Vars: r.req.Terraform.Vars, Environ: r.env.Environ, Workspace: r.req.Terraform.Workspace,
		DisplayDir: show,
	})
	switch {
	case errors.Is(err, hcleval.ErrNoConfiguration):
		r.nothing(show)
		return r.unreadable(ctx, dir, show)
	case err != nil:
		return fmt.Errorf("%s: %w", ref, err)
	}
	r.env.Progress.Stage("mapping "+ref, len(roots))
	for _, found := range roots {
		r.root("tf:"+path.Join(show, found.Dir), found.Result)
		r.env.Progress.Step(1)
	}
	return r.unreadable(ctx, dir, show)
}

// varFiles are the places of the variable files. One that the tree below Root does not have is read where it is.
func (r *run) varFiles() []string {
	out := slices.Clone(r.req.Terraform.VarFiles)
	for i, file := range out {
		if _, err := os.Stat(r.req.Path(file)); err == nil {
			out[i] = r.req.Path(file)
		}
	}
	return out
}

// root judges one root module.
func (r *run) root(scope string, res *hcleval.Result) {
	r.secrets.add(res.Sensitive...)
	r.takeFiles(res)
	r.judge(root{scope: scope, method: methodHCL, instances: res.Instances, literals: hclLiterals(res)})
	r.completeness(scope, res)
	r.diagnostics(res, "")
}

// nothing says that there is no Terraform in the directory.
func (r *run) nothing(show string) {
	what := "no Terraform files (*.tf, *.tf.json) in " + show
	r.cover(r.source.Scope, "*", evidence.Skipped, what)
	r.problem(evidence.Problem{
		Severity: "error", Code: "no_terraform", Summary: what, Detail: "Name the directory of a Terraform root module, or a directory above it.",
		Locator: evidence.Locator{Path: show},
	})
}

// completeness says what of the root module was read: everything, or what is missing, by name.
func (r *run) completeness(scope string, res *hcleval.Result) {
	var missing, items []string
	for _, m := range res.Modules {
		if m.Status != hcleval.ModuleLoaded {
			missing = append(missing, lack(m))
		}
	}
	bad := 0
	for _, d := range res.Diagnostics {
		if d.Severity == hcleval.SeverityError {
			bad++
			items = append(items, fmt.Sprintf("%s:%d: %s", d.Range.File, d.Range.Line, d.Summary))
		}
	}
	var details []string
	if len(missing) > 0 {
		details = append(details, plural(len(missing), "module")+" could not be read")
	}
	if bad > 0 {
		details = append(details, plural(bad, "error")+" in the configuration")
	}
	status := evidence.Complete
	if len(details) > 0 {
		status = evidence.Partial
	}
	r.cover(scope, "*", status, strings.Join(details, "; "), append(missing, items...)...)
}

// lack says why a module was not read; many reasons name the module and its source themselves.
func lack(m hcleval.Module) string {
	if strings.HasPrefix(m.Reason, m.Address+" ") && strings.Contains(m.Reason, m.Source) {
		return m.Reason
	}
	return fmt.Sprintf("%s (%s): %s", m.Address, m.Source, m.Reason)
}

// diagnostics turns what is wrong in the configuration into problems. Cap is the severity that they get; "" keeps their own.
func (r *run) diagnostics(res *hcleval.Result, severity string) {
	missing := make(map[resource.Range]bool)
	for _, m := range res.Modules {
		missing[m.Range] = m.Status != hcleval.ModuleLoaded
	}
	for _, d := range res.Diagnostics {
		p := evidence.Problem{
			Severity: string(d.Severity), Code: "terraform", Summary: d.Summary, Detail: d.Detail, Snippet: d.Snippet,
			Locator: evidence.Locator{File: d.Range.File, Line: d.Range.Line, EndLine: d.Range.EndLine, Column: d.Range.Column, EndColumn: d.Range.EndColumn},
		}
		if missing[d.Range] {
			p.Code = "missing_module"
		}
		if severity != "" {
			p.Severity = severity
		}
		if !r.told[p] { // root modules that share a module share its problems
			r.told[p] = true
			r.problem(p)
		}
	}
}

// unreadable reports the directories of the tree that cannot be listed: there may be root modules in them.
func (r *run) unreadable(ctx context.Context, dir, show string) error {
	found, err := unlisted(ctx, os.DirFS(dir))
	if err != nil {
		return err
	}
	for _, u := range found {
		at := path.Join(show, u.path)
		r.cover("tf:"+at, "*", evidence.Denied, at+" cannot be listed: "+u.err.Error(), at)
		r.problem(evidence.Problem{
			Severity: "error", Code: "unreadable", Summary: at + " cannot be listed", Detail: u.err.Error() + ". Root modules in it were not judged.",
			Locator: evidence.Locator{Path: at},
		})
	}
	return nil
}

type unlistedDir struct {
	path string
	err  error
}

// unlisted walks the directories in which root modules are looked for, and returns those that cannot be listed.
func unlisted(ctx context.Context, tree fs.FS) ([]unlistedDir, error) {
	var out []unlistedDir
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			out = append(out, unlistedDir{p, cause(err)})
			return nil
		case d.IsDir() && p != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "vendor"):
			return fs.SkipDir
		}
		return nil
	})
	return out, err
}
