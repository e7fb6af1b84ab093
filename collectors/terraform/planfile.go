package terraform

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/plan"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

// plan reads a plan, and the configuration beside it for files and lines.
func (r *run) plan(ctx context.Context) error {
	ref := r.req.Target.Ref
	file, dir := planTarget(r.req.Target.Value)
	r.env.Progress.Stage("reading "+ref, 0)
	p, sum, err := readPlan(file)
	if err != nil {
		return fmt.Errorf("%s: %w", ref, err)
	}
	r.sums[filepath.ToSlash(file)] = sum
	r.secrets.add(p.Sensitive...)
	for _, w := range p.Warnings {
		r.problem(evidence.Problem{Severity: "warning", Code: "plan", Summary: w, Locator: evidence.Locator{File: sum.Path}})
	}
	in := root{scope: "tf:" + sum.Path, method: methodOf(p), file: sum.Path, instances: p.Instances}
	for _, l := range p.Literals {
		in.literals = append(in.literals, literal{text: l.Text, path: l.Path})
	}
	if conf := configurationOf(file, dir); conf != "" {
		if err := r.beside(ctx, &in, p, conf, dir != ""); err != nil {
			return err
		}
	}
	r.source.Scope = in.scope
	status, detail := evidence.Complete, ""
	if len(p.Incomplete) > 0 {
		status, detail = evidence.Partial, "the plan leaves something out"
	}
	r.cover(in.scope, "*", status, detail, p.Incomplete...)
	r.judge(in)
	return nil
}

// planTarget splits FILE,dir=DIR.
func planTarget(value string) (file, dir string) {
	if _, err := os.Stat(value); err == nil {
		return value, ""
	}
	if i := strings.LastIndex(value, ",dir="); i >= 0 {
		return value[:i], value[i+len(",dir="):]
	}
	return value, ""
}

// readPlan reads the file, and returns its digest too.
func readPlan(file string) (*plan.Plan, evidence.SourceFile, error) {
	sum := evidence.SourceFile{Path: display(file)}
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, sum, errors.New("there is no such file; make a plan with: terraform plan -out FILE && " + plan.Convert)
	case err != nil:
		return nil, sum, cause(err)
	case !info.Mode().IsRegular():
		return nil, sum, errors.New("this is not a file; name the plan in JSON, made with: " + plan.Convert)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, sum, cause(err)
	}
	defer func() { _ = f.Close() }() // read only
	h := sha256.New()
	counted := &counter{r: io.TeeReader(f, h)}
	p, err := plan.Read(counted, plan.Options{})
	if err != nil {
		return nil, sum, err
	}
	sum.SHA256, sum.Bytes = hex.EncodeToString(h.Sum(nil)), counted.n
	return p, sum, nil
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// configurationOf is the directory with the plan's configuration: the given one, else the plan's own directory, else the
// directory with the plan's name without its extension. "" where there is none.
func configurationOf(file, given string) string {
	if given != "" {
		return given
	}
	base := file
	for _, ext := range []string{".json", ".tfplan", ".plan"} {
		base = strings.TrimSuffix(base, ext)
	}
	for _, dir := range []string{filepath.Dir(file), base} {
		if hasConfiguration(dir) {
			return dir
		}
	}
	return ""
}

// beside adds what the configuration beside the plan says. Where the user has named it, its absence is an error, and a
// configuration that is another one is a problem.
func (r *run) beside(ctx context.Context, in *root, p *plan.Plan, dir string, named bool) error {
	show := display(dir)
	if named && !hasConfiguration(dir) {
		return fmt.Errorf("%s: %s holds no Terraform files (*.tf, *.tf.json); name the directory of the plan's root module", r.req.Target.Ref, show)
	}
	res, err := hcleval.Evaluate(ctx, dir, hcleval.Options{Vars: p.Variables, Workspace: r.req.Terraform.Workspace, DisplayDir: show})
	if err != nil {
		return fmt.Errorf("%s: %w", r.req.Target.Ref, err)
	}
	if p.State {
		identify(res.Instances, p.Instances)
		in.instances, in.method = res.Instances, methodHCL
	} else if overlay(p.Instances, res.Instances) == 0 && len(p.Instances) > 0 {
		if named {
			r.problem(evidence.Problem{
				Severity: "warning", Code: "plan", Summary: show + " is not the configuration of this plan",
				Detail: "None of the plan's resources is in it, so findings have no files and lines.", Locator: evidence.Locator{Path: show},
			})
		}
		return nil
	}
	in.scope = "tf:" + show
	in.literals = hclLiterals(res)
	r.secrets.add(res.Sensitive...)
	r.takeFiles(res)
	r.diagnostics(res, "warning")
	return nil
}

func methodOf(p *plan.Plan) string {
	if p.State {
		return methodState
	}
	return methodPlan
}

// identify tells what is written in code which ARN it has, by the address under which the state knows it: the code says what shall be, the
// state what it is called.
func identify(written, applied []*resource.Instance) {
	arns := make(map[string]string, len(applied))
	for _, a := range applied {
		arns[a.Address] = a.ARN
	}
	for _, w := range written {
		w.ARN = arns[w.Address]
		for _, former := range w.MovedFrom {
			if w.ARN == "" {
				w.ARN = arns[former]
			}
		}
	}
}
