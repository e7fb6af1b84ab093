// Package terraform collects the declared plane: Terraform directories (HCL) and plans (terraform show -json).
//
// A directory is evaluated as Terraform would (hcleval), a plan is read (plan); both give resource instances, which the
// mappings (aws) turn into entities. Secrets that stand in the configuration become entities of their own. What no mapping
// knows is named in coverage, and so is every module that is not there.
//
// Nothing leaves the collector before it went through the redactor: a plan and the values of variables hold secrets in clear
// text, and so may names, tags, policies and diagnostics.
package terraform

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/terraform/aws"
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/plan"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/label"
)

// Spec is the Terraform collector.
var Spec = collectors.Spec{
	Name: "terraform", Schemes: []string{schemeDirectory, schemePlan}, Recognise: recognise,
	New: func() collectors.Collector { return &collector{} },
}

const (
	schemeDirectory = "terraform"
	schemePlan      = "plan"
)

// The methods of the provenance.
const (
	methodHCL  = "terraform:hcl"
	methodPlan = "terraform:plan"
	// methodState is for what was applied last.
	methodState = "terraform:state"
)

type collector struct{}

// Collect reads a directory or a plan.
func (c *collector) Collect(ctx context.Context, env collectors.Env, req collectors.Request, sink collectors.Sink) error {
	r := newRun(env, req)
	read := r.directory
	if req.Target.Scheme == schemePlan {
		read = r.plan
	}
	if err := read(ctx); err != nil {
		return err
	}
	return r.emit(sink)
}

// run is the collection of one target. It gathers everything, and hands it on redacted at the end.
type run struct {
	env      collectors.Env
	req      collectors.Request
	source   evidence.Source
	secrets  *redactor
	services []mapping.Service // shared by all root modules

	entities  []*evidence.Entity
	relations []evidence.Relation
	coverage  []evidence.Coverage
	told      map[evidence.Problem]bool // diagnostics that are among the source's problems
	files     map[string][]byte         // text of the source files by path; nil where it could not be read
	sums      map[string]evidence.SourceFile
}

func newRun(env collectors.Env, req collectors.Request) *run {
	return &run{
		env: env, req: req, services: aws.Services(), secrets: newRedactor(env.Hasher), told: map[evidence.Problem]bool{}, files: map[string][]byte{}, sums: map[string]evidence.SourceFile{},
		source: evidence.Source{
			ID: req.Source, Collector: "terraform", Version: env.Version, Target: req.Target.Ref, StartedAt: env.Clock(),
		},
	}
}

// root is one root module, or one plan, on its way to entities.
type root struct {
	scope     string
	method    string
	file      string               // where what has no place of its own was found; "" where everything has one
	instances []*resource.Instance // sorted by address
	literals  []literal
}

// judge turns a root's instances into entities, and finds the secrets in its literals.
func (r *run) judge(root root) {
	mc := mapping.NewContext(root.scope, r.req.Source, label.Default().With(r.req.Labels), root.instances)
	unmapped := Map(mc, r.services, root.instances)
	entities, relations, coverage := mc.Result()
	for _, e := range entities {
		for i := range e.Prov {
			if e.Prov[i].Locator == (evidence.Locator{}) {
				e.Prov[i].Locator.File = root.file
			}
		}
	}
	r.entities, r.relations, r.coverage = append(r.entities, entities...), append(r.relations, relations...), append(r.coverage, coverage...)
	r.entities = append(r.entities, r.findSecrets(root)...)
	r.entities = append(r.entities, r.inlineWaivers(root)...)
	if len(unmapped) > 0 {
		r.cover(root.scope, "resource_type", evidence.Skipped, "no mapping reads these resource types", unmapped...)
	}
}

func (r *run) cover(scope, kind string, status evidence.CoverageStatus, detail string, items ...string) {
	slices.Sort(items)
	r.coverage = append(r.coverage, evidence.Coverage{
		Kind: kind, Scope: scope, Source: r.req.Source, Status: status, Detail: detail, Items: slices.Compact(items),
	})
}

func (r *run) problem(p evidence.Problem) { r.source.Problems = append(r.source.Problems, p) }

// emit hands everything to the sink, redacted.
func (r *run) emit(sink collectors.Sink) error {
	r.secrets.prepare()
	r.source.EndedAt = r.env.Clock()
	for _, e := range r.entities {
		r.secrets.entity(e)
		if err := sink.Entity(e); err != nil {
			return err
		}
	}
	for _, rel := range r.relations {
		if err := sink.Relation(r.secrets.relation(rel)); err != nil {
			return err
		}
	}
	for _, c := range r.coverage {
		if err := sink.Coverage(r.secrets.covered(c)); err != nil {
			return err
		}
	}
	for _, f := range r.sourceFiles() {
		if err := sink.File(f); err != nil {
			return err
		}
	}
	return sink.Source(r.secrets.source(r.source))
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
	out := make([]string, 0, len(unknown))
	for name, n := range unknown {
		out = append(out, fmt.Sprintf("%s (%d)", name, n))
	}
	slices.Sort(out)
	return out
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// display is how a path is shown: with slashes, without a leading "./", and relative to the working directory where it lies below it, so
// that the same file has the same name however the target was given, and a name that code scanning can find.
func display(name string) string {
	name = filepath.Clean(name)
	if wd, err := os.Getwd(); err == nil && filepath.IsAbs(name) {
		if rel, err := filepath.Rel(wd, name); err == nil && filepath.IsLocal(rel) {
			name = rel
		}
	}
	return filepath.ToSlash(name)
}

// recognise finds Terraform in a path: a directory with configuration files in it or below, or a plan.
func recognise(path string) (int, string) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, ""
	}
	if !info.IsDir() {
		switch {
		case plan.Sniff(head(path)):
			return 3, schemePlan
		case strings.HasSuffix(path, ".tfplan"):
			return 2, schemePlan
		case strings.HasSuffix(path, ".json"):
			return 1, schemePlan // the weakest claim, so that its reader says what the file is instead
		}
		return 0, ""
	}
	if hasConfiguration(path) {
		return 3, schemeDirectory
	}
	return 1, schemeDirectory // any directory may hold Terraform further down; the weakest claim
}

// head is the beginning of a file.
func head(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }() // read only
	buf := make([]byte, 1024)
	n, _ := f.Read(buf)
	return buf[:n]
}

// hasConfiguration reports whether the directory itself holds configuration files.
func hasConfiguration(dir string) bool {
	for _, pattern := range []string{"*.tf", "*.tf.json", "*.tofu", "*.tofu.json"} {
		if found, _ := filepath.Glob(filepath.Join(dir, pattern)); len(found) > 0 {
			return true
		}
	}
	return false
}

// cause strips the operation and the path from a file system error.
func cause(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}
