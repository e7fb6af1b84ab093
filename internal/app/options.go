package app

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors"
	collectorlist "github.com/assay-audit/assay/collectors/all"
	"github.com/assay-audit/assay/frameworks"
	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/config"
	"github.com/assay-audit/assay/internal/engine"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/framework"
	"github.com/assay-audit/assay/internal/policy"
	"github.com/assay-audit/assay/internal/strictyaml"
	"github.com/assay-audit/assay/policies"
	"github.com/assay-audit/assay/reports"
	reportlist "github.com/assay-audit/assay/reports/all"
)

// Options are the settings of a judging command: its flags, filled up from assay.yaml. Empty means not given.
type Options struct {
	Targets          []string
	Outputs          []string // FORMAT or FORMAT=PATH
	Profile          string
	Frameworks       []string
	Checks           []string
	PolicyDirs       []string
	Severity         string
	FailOn           string
	FailOnIncomplete bool
	Waivers          string
	Baseline         string
	Config           string
	NoProgress       bool
	Quiet            bool
	VarFiles         []string
	Vars             []string
	Workspace        string
	Host             collectors.HostOptions
	// Out is the directory for the snapshot; only for collect.
	Out string
	// Resume goes on with an interrupted collection; only for collect.
	Resume bool
	// ownBaseline is set where the command itself says what to compare with, whatever assay.yaml names.
	ownBaseline bool
}

// plan is what a run is going to do, with every name resolved.
type plan struct {
	options    Options
	config     config.Config
	configFile string // "" where there is none
	profile    string
	frameworks []framework.Framework
	catalogue  *policy.Catalogue
	checks     []policy.Check
	params     map[string]any
	failOn     finding.Severity // "" = none
	outputs    []output
	baseline   *assess.Assessment // nil where there is none
	baseName   string             // how the baseline is called: a file or a revision
	compiled   engine.Cache       // policies compiled so far
	journal    collectors.Journal // nil where evidence is kept in memory
	memory     *engine.Memory     // what was proved of the other revision; nil where there is none
	typed      bool               // policies from a directory are part of the run
}

type output struct {
	spec reports.Spec
	path string // "" = standard output
}

// plan resolves the options. Every mistake is reported, not only the first.
func (a *App) plan(o Options, offline bool) (*plan, error) {
	cfg, err := config.Load(o.Config)
	if err != nil {
		return nil, Usage(err)
	}
	given := o
	o = merge(o, cfg)
	p := &plan{options: o, config: cfg, profile: o.Profile, params: cfg.Parameters, typed: len(o.PolicyDirs) > 0}
	if _, err := os.Stat(cmp.Or(o.Config, config.FileName)); err == nil {
		p.configFile = cmp.Or(o.Config, config.FileName)
	}
	var errs []error
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	note(oneOf("--profile", o.Profile, "pr", "run", "audit"))
	note(oneOf("--fail-on", o.FailOn, config.Level("").Values()...))
	note(oneOf("--severity", o.Severity, "low", "medium", "high", "critical"))
	for _, name := range o.Host.RestoreTest {
		note(oneOf("--restore-test", name, "restic", "borg"))
	}
	if o.FailOn != "none" {
		p.failOn = finding.Severity(cmp.Or(o.FailOn, "low"))
	}
	p.frameworks, err = loadFrameworks(o.Frameworks)
	note(placed(err, given.Frameworks, cfg, "frameworks"))
	p.outputs, err = resolveOutputs(o.Outputs)
	note(placed(err, given.Outputs, cfg, "output"))
	p.catalogue, err = OpenPolicies(o.PolicyDirs)
	note(placed(err, given.PolicyDirs, cfg, "policy_dirs"))
	if p.catalogue != nil {
		p.checks, err = selectChecks(p.catalogue, o.Checks, o.Severity)
		note(placed(err, given.Checks, cfg, "checks"))
		note(checkParameters(p.catalogue, cfg))
	}
	note(checkWaiverPolicy(cfg))
	if !offline {
		note(checkVariables(o))
	}
	if o.Baseline != "" {
		p.baseName = o.Baseline
		p.baseline, err = readAssessment(o.Baseline)
		note(err)
	}
	if !offline && len(o.Targets) == 0 {
		note(errors.New("no target: name one (assay scan ./infra), or list targets in " + config.FileName))
	}
	if len(errs) > 0 {
		return nil, Usage(errors.Join(errs...))
	}
	return p, nil
}

// merge fills options that the command line did not give from the configuration.
func merge(o Options, c config.Config) Options {
	o.Targets = either(o.Targets, c.Targets)
	o.Outputs = either(o.Outputs, c.Output)
	o.Frameworks = either(o.Frameworks, c.Frameworks)
	o.Checks = either(o.Checks, c.Checks)
	o.PolicyDirs = either(o.PolicyDirs, c.PolicyDirs)
	o.Profile = cmp.Or(o.Profile, string(c.Profile))
	o.Severity = cmp.Or(o.Severity, string(c.Severity))
	o.FailOn = cmp.Or(o.FailOn, string(c.FailOn))
	o.FailOnIncomplete = o.FailOnIncomplete || c.FailOnIncomplete
	o.Waivers = cmp.Or(o.Waivers, c.Waivers)
	if !o.ownBaseline {
		o.Baseline = cmp.Or(o.Baseline, c.Baseline)
	}
	o.VarFiles = append(slices.Clone(c.Terraform.VarFiles), o.VarFiles...)
	var vars []string
	for _, name := range slices.Sorted(maps.Keys(c.Terraform.Variables)) {
		vars = append(vars, name+"="+c.Terraform.Variables[name])
	}
	o.Vars = append(vars, o.Vars...)
	o.Workspace = cmp.Or(o.Workspace, c.Terraform.Workspace)
	return o
}

// placed adds to an error in a list its place in assay.yaml, where the list comes from there and not from a flag.
func placed(err error, flag []string, cfg config.Config, key string) error {
	if at := cfg.At(key); err != nil && at != "" && len(flag) == 0 {
		return fmt.Errorf("%s: %w", at, err)
	}
	return err
}

// checkVariables finds variables that cannot be read before anything is collected without them.
func checkVariables(o Options) error {
	var errs []error
	for _, v := range o.Vars {
		if name, _, ok := strings.Cut(v, "="); !ok || name == "" {
			// Only the name: what stands there may be a secret.
			errs = append(errs, fmt.Errorf("--var %s: write NAME=VALUE", name))
		}
	}
	for _, f := range o.VarFiles {
		if _, err := os.Stat(f); err != nil {
			errs = append(errs, fmt.Errorf("--var-file %s: %w", f, err))
		}
	}
	return errors.Join(errs...)
}

func either(flag, file []string) []string {
	if len(flag) > 0 {
		return flag
	}
	return file
}

func oneOf(flag, value string, allowed ...string) error {
	if value == "" || slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("%s %s: allowed are %s%s", flag, value, strings.Join(allowed, ", "), didYouMean(value, allowed))
}

func didYouMean(name string, candidates []string) string {
	if near := strictyaml.Nearest(name, candidates); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// loadFrameworks reads the frameworks of the ids, or the default ones.
func loadFrameworks(ids []string) ([]framework.Framework, error) {
	if len(ids) == 0 {
		ids = frameworks.Default()
	}
	return frameworks.Load(ids...)
}

// OpenPolicies opens the built-in policies and those of the directories.
func OpenPolicies(dirs []string) (*policy.Catalogue, error) {
	var extra []policy.Root
	for _, d := range dirs {
		info, err := os.Stat(d)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("--policy-dir %s: there is no such directory", d)
		case err != nil:
			return nil, fmt.Errorf("--policy-dir: %w", err)
		case !info.IsDir():
			return nil, fmt.Errorf("--policy-dir %s is not a directory", d)
		}
		extra = append(extra, policy.Root{FS: os.DirFS(d), Name: d})
	}
	return policy.Open(policy.Root{FS: policies.FS}, extra...)
}

// selectChecks applies --check and --severity. Zero checks is an error: a run that judges nothing must not look like a pass.
func selectChecks(cat *policy.Catalogue, patterns []string, severity string) ([]policy.Check, error) {
	checks, err := cat.Select(patterns)
	if err != nil {
		if unknown, ok := errors.AsType[*policy.UnknownCheckError](err); ok {
			return nil, fmt.Errorf("%w%s", err, didYouMean(unknown.Pattern, unknown.IDs))
		}
		return nil, err
	}
	if severity != "" && severity != "none" {
		least := finding.Severity(severity).Rank()
		checks = slices.DeleteFunc(checks, func(c policy.Check) bool { return c.Severity.Rank() < least })
	}
	if len(checks) == 0 {
		return nil, errors.New("no check is selected: nothing would be judged")
	}
	return checks, nil
}

// checkParameters holds overrides against the parameters that exist and the types of their defaults.
func checkParameters(cat *policy.Catalogue, cfg config.Config) error {
	defaults := map[string]any{}
	for _, c := range cat.Checks() {
		for _, p := range c.Parameters {
			defaults[p.Name] = p.Default
		}
	}
	names := slices.Sorted(maps.Keys(defaults))
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(cfg.Parameters)) {
		def, ok := defaults[name]
		value, at := cfg.Parameters[name], cfg.At("parameters", name)
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("%s: parameters.%s: no check has this parameter%s", at, name, didYouMean(name, names)))
		case def != nil && shape(def) != shape(value):
			errs = append(errs, fmt.Errorf("%s: parameters.%s: this is %s; the parameter is %s", at, name, shape(value), shape(def)))
		default:
			if where, n, found := negative(value); found {
				at = cmp.Or(cfg.At(slices.Concat([]string{"parameters", name}, where)...), at)
				errs = append(errs, fmt.Errorf("%s: parameters.%s: %v is out of range; days, counts and shares are 0 or more",
					at, strings.Join(append([]string{name}, where...), "."), n))
			}
		}
	}
	return errors.Join(errs...)
}

// checkWaiverPolicy holds the policy of waivers against what a number of days can be.
func checkWaiverPolicy(cfg config.Config) error {
	if days := cfg.WaiverPolicy.MaxDays; days < 0 {
		return fmt.Errorf("%s: waiver_policy.max_days: %d is negative; give the number of days that a waiver may last, or leave it out for %d",
			cfg.At("waiver_policy", "max_days"), days, assess.DefaultMaxDays)
	}
	return nil
}

// negative finds a number below 0, or an endless one, in a value of YAML: in the mappings of the keys, in a list, or the value itself.
// No parameter of a check has a use for one.
func negative(value any) (keys []string, number any, found bool) {
	switch v := value.(type) {
	case int:
		return nil, v, v < 0
	case int64:
		return nil, v, v < 0
	case float64:
		return nil, v, v < 0 || math.IsNaN(v) || math.IsInf(v, 0)
	case []any:
		for _, element := range v {
			if keys, number, found := negative(element); found {
				return keys, number, true
			}
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if keys, number, found := negative(v[key]); found {
				return append([]string{key}, keys...), number, true
			}
		}
	}
	return nil, nil, false
}

// shape names the type of a value of YAML or of a parameter's default.
func shape(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case int, int64, float64:
		return "a number"
	case string:
		return "text"
	case []any:
		return "a list"
	}
	return "a mapping"
}

// resolveOutputs parses --output values; without any, text goes to standard output.
func resolveOutputs(values []string) ([]output, error) {
	if len(values) == 0 {
		values = []string{"text"}
	}
	specs := reportlist.Specs()
	var names []string
	for _, s := range specs {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	var out []output
	var errs []error
	stdout := 0
	for _, v := range values {
		name, path, _ := strings.Cut(v, "=")
		i := slices.IndexFunc(specs, func(s reports.Spec) bool { return s.Name == name })
		if i < 0 {
			errs = append(errs, fmt.Errorf("--output %s: no such format; there are %s%s", v, strings.Join(names, ", "), didYouMean(name, names)))
			continue
		}
		if path == "-" {
			path = ""
		}
		if path == "" {
			stdout++
		}
		out = append(out, output{specs[i], path})
	}
	if stdout > 1 {
		errs = append(errs, errors.New("--output: only one format can go to standard output; give the others a path (FORMAT=PATH)"))
	}
	return out, errors.Join(errs...)
}

// resolveTarget finds the collector of a target reference, of which a path is read below root; "" is the working directory.
func resolveTarget(ref, root string) (collectors.Target, collectors.Spec, error) {
	specs := collectorlist.Specs()
	if scheme, value, ok := strings.Cut(ref, ":"); ok && !strings.ContainsAny(scheme, "/\\.") && scheme != "" {
		for _, s := range specs {
			if slices.Contains(s.Schemes, scheme) {
				return collectors.Target{Ref: ref, Scheme: scheme, Value: value}, s, nil
			}
		}
		if _, err := os.Stat(under(root, ref)); err != nil {
			return collectors.Target{}, collectors.Spec{}, fmt.Errorf("target %s: no collector reads %q; there are %s%s", ref, scheme+":",
				strings.Join(schemes(specs), ", "), didYouMean(scheme, schemes(specs)))
		}
	}
	if _, err := os.Stat(under(root, ref)); err != nil {
		return collectors.Target{}, collectors.Spec{}, fmt.Errorf("target %s: there is no such file or directory; a target is a path, or one of %s",
			ref, strings.Join(schemes(specs), ", "))
	}
	var best collectors.Spec
	var scheme string
	top := 0
	for _, s := range specs {
		if s.Recognise == nil {
			continue
		}
		if score, sc := s.Recognise(under(root, ref)); score > top {
			top, best, scheme = score, s, sc
		}
	}
	if top == 0 {
		return collectors.Target{}, collectors.Spec{}, fmt.Errorf("target %s: nothing that Assay can read; name its kind: %s", ref, strings.Join(schemes(specs), ", "))
	}
	return collectors.Target{Ref: ref, Scheme: scheme, Value: ref}, best, nil
}

func schemes(specs []collectors.Spec) []string {
	var out []string
	for _, s := range specs {
		for _, sc := range s.Schemes {
			out = append(out, sc+":")
		}
	}
	slices.Sort(out)
	return out
}
