// Package terraform collects the declared plane: Terraform directories (HCL) and plans (terraform show -json).
//
// A directory is evaluated as Terraform would (hcleval), a plan is read (plan); both give resource instances, which the
// mappings (aws) turn into entities. What no mapping knows is named in coverage, and so is every module that is not there.
package terraform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/terraform/aws"
	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

// Spec is the Terraform collector.
var Spec = collectors.Spec{
	Name: "terraform", Schemes: []string{"terraform", "plan"}, Recognise: recognise,
	New: func() collectors.Collector { return &collector{} },
}

type collector struct{}

// Collect reads a directory or a plan.
func (c *collector) Collect(ctx context.Context, env collectors.Env, req collectors.Request, sink collectors.Sink) error {
	if req.Target.Scheme == "plan" {
		return errors.New("plans are read by the plan reader")
	}
	return c.directory(ctx, env, req, sink)
}

func (c *collector) directory(ctx context.Context, env collectors.Env, req collectors.Request, sink collectors.Sink) error {
	info, err := os.Stat(req.Target.Value)
	if err != nil {
		return fmt.Errorf("%s: %w; give the directory of a Terraform root module", req.Target.Ref, errors.Unwrap(err))
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file; give the directory that holds it", req.Target.Ref)
	}
	started := env.Clock()
	env.Progress.Stage("evaluating "+req.Target.Ref, 0)
	dir := filepath.Clean(req.Target.Value)
	show := display(dir)
	res, err := hcleval.Evaluate(ctx, dir, hcleval.Options{
		VarFiles: req.Terraform.VarFiles, Vars: req.Terraform.Vars, Environ: env.Environ, Workspace: req.Terraform.Workspace,
		DisplayDir: show,
	})
	if err != nil {
		return err
	}
	scope := "tf:" + show
	mc := mapping.NewContext(scope, req.Source, labels(req.Terraform.Labels), res.Instances)
	unmapped := Map(mc, aws.Services(), res.Instances)
	if err := emit(sink, mc); err != nil {
		return err
	}
	for _, cov := range coverage(scope, req.Source, res, unmapped) {
		if err := sink.Coverage(cov); err != nil {
			return err
		}
	}
	return sink.Source(evidence.Source{
		ID: req.Source, Collector: "terraform", Version: env.Version, Target: req.Target.Ref, Scope: scope,
		StartedAt: started, EndedAt: env.Clock(), Problems: problems(res),
	})
}

// Map maps every instance and returns the types that no service knows, with how many instances each has, sorted.
func Map(mc *mapping.Context, services []mapping.Service, instances []*resource.Instance) []string {
	mc.Map(services)
	known := make(map[string]bool)
	for _, s := range services {
		for _, t := range s.Types {
			if !t.Data {
				known[t.Name] = true
			}
		}
	}
	unknown := map[string]int{}
	for _, r := range instances {
		if r.Mode == resource.Managed && !known[r.Type] {
			unknown[r.Type]++
		}
	}
	var out []string
	for name, n := range unknown {
		out = append(out, fmt.Sprintf("%s (%d)", name, n))
	}
	slices.Sort(out)
	return out
}

func emit(sink collectors.Sink, mc *mapping.Context) error {
	entities, relations, cov := mc.Result()
	for _, e := range entities {
		if err := sink.Entity(e); err != nil {
			return err
		}
	}
	for _, r := range relations {
		if err := sink.Relation(r); err != nil {
			return err
		}
	}
	for _, c := range cov {
		if err := sink.Coverage(c); err != nil {
			return err
		}
	}
	return nil
}

// coverage says what of the directory was read: everything, or what is missing, by name.
func coverage(scope, source string, res *hcleval.Result, unmapped []string) []evidence.Coverage {
	all := evidence.Coverage{Kind: "*", Scope: scope, Source: source, Status: evidence.Complete}
	var missing []string
	for _, m := range res.Modules {
		if m.Status != hcleval.ModuleLoaded {
			missing = append(missing, fmt.Sprintf("%s (%s): %s", m.Address, m.Source, m.Reason))
		}
	}
	if len(missing) > 0 {
		all.Status, all.Detail, all.Items = evidence.Partial, plural(len(missing), "module")+" could not be read", missing
	}
	bad := 0
	for _, d := range res.Diagnostics {
		if d.Severity == hcleval.SeverityError {
			bad++
			all.Items = append(all.Items, fmt.Sprintf("%s:%d: %s", d.Range.File, d.Range.Line, d.Summary))
		}
	}
	if bad > 0 {
		all.Status = evidence.Partial
		all.Detail = strings.TrimPrefix(all.Detail+"; "+plural(bad, "error")+" in the configuration", "; ")
	}
	slices.Sort(all.Items)
	all.Items = slices.Compact(all.Items)
	out := []evidence.Coverage{all}
	if len(unmapped) > 0 {
		out = append(out, evidence.Coverage{
			Kind: "resource_type", Scope: scope, Source: source, Status: evidence.Skipped,
			Detail: "no mapping reads these resource types", Items: unmapped,
		})
	}
	return out
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func problems(res *hcleval.Result) []evidence.Problem {
	var out []evidence.Problem
	for _, d := range res.Diagnostics {
		out = append(out, evidence.Problem{
			Severity: string(d.Severity), Code: "terraform", Summary: d.Summary, Detail: d.Detail, Snippet: d.Snippet,
			Locator: evidence.Locator{File: d.Range.File, Line: d.Range.Line, EndLine: d.Range.EndLine, Column: d.Range.Column, EndColumn: d.Range.EndColumn},
		})
	}
	for _, m := range res.Modules {
		if m.Status != hcleval.ModuleLoaded {
			out = append(out, evidence.Problem{
				Severity: "warning", Code: "missing_module", Summary: m.Address + " was not read", Detail: m.Reason,
				Locator: evidence.Locator{File: m.Range.File, Line: m.Range.Line, EndLine: m.Range.EndLine},
			})
		}
	}
	return out
}

// display is how a directory is shown: with slashes, without a leading "./".
func display(dir string) string { return cmp.Or(filepath.ToSlash(dir), ".") }

func labels(overrides map[string][]string) mapping.Labels {
	l := mapping.DefaultLabels()
	for name, target := range map[string]*[]string{
		"classification": &l.Classification, "categories": &l.Categories, "owner": &l.Owner, "administrator": &l.Administrator,
		"retention_days": &l.RetentionDays, "deidentified": &l.Deidentified, "criticality": &l.Criticality,
		"environment": &l.Environment, "record_class": &l.RecordClass,
	} {
		if keys := overrides[name]; len(keys) > 0 {
			*target = keys
		}
	}
	return l
}

// recognise finds Terraform in a path: a directory with configuration files in it or below, or a plan.
func recognise(path string) (int, string) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, ""
	}
	if !info.IsDir() {
		if strings.HasSuffix(path, ".json") || strings.HasSuffix(path, ".tfplan") {
			return 1, "plan"
		}
		return 0, ""
	}
	for _, pattern := range []string{"*.tf", "*.tf.json", "*.tofu"} {
		if found, _ := filepath.Glob(filepath.Join(path, pattern)); len(found) > 0 {
			return 3, "terraform"
		}
	}
	return 1, "terraform" // any directory may hold Terraform further down; the weakest claim
}
