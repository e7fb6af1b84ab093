package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/aws"
	"github.com/assay-audit/assay/internal/framework"
)

// PermissionOptions are the settings of assay aws permissions.
type PermissionOptions struct {
	Options
	// Format is json or terraform.
	Format string
	// Dir is the directory to write a file of JSON for each policy to; "" = standard output.
	Dir string
	// Preflight tries the permissions in the target, instead of printing them.
	Preflight bool
}

// AWSPermissions prints the least-privilege IAM policy for the selected checks, or tries it.
func (a *App) AWSPermissions(ctx context.Context, o PermissionOptions) error {
	target := "aws:"
	if len(o.Targets) > 0 {
		target = o.Targets[0]
	}
	value, ok := strings.CutPrefix(target, "aws:")
	if !ok {
		return Usagef("%s is no AWS target: write aws:, aws:profile=NAME or aws:role=ARN", target)
	}
	o.Targets = []string{target}
	p, err := a.plan(o.Options, false)
	if err != nil {
		return err
	}
	needs := p.needs()
	if !o.Preflight {
		role, err := aws.EntryRole(value)
		if err != nil {
			return Usage(err)
		}
		return a.printPermissions(leastPolicies(aws.Actions(needs), role), o)
	}
	hasher, err := a.hasher()
	if err != nil {
		return err
	}
	env := collectors.Env{Clock: a.now, Environ: a.Environ, Version: a.Version, Log: a.Log, Hasher: hasher, Progress: a.progress(o.Options)}
	trial, err := aws.Try(ctx, env, collectors.Request{
		Target: collectors.Target{Ref: target, Scheme: "aws", Value: value}, Source: "s1", Needs: needs, Labels: p.config.Labels.Keys(),
	})
	clearLine(env.Progress)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return Usage(err)
	}
	return a.printTrial(p, trial)
}

// printTrial says which permissions are missing, and which controls stay undecided without each.
func (a *App) printTrial(p *plan, t aws.Trial) error {
	fmt.Fprintf(a.Stdout, "Tried in %s: %d operations answered, %d denied, %d had nothing to be asked about.\n",
		strings.Join(t.Accounts, ", "), len(t.Allowed), len(t.Denied), len(t.Untried))
	for _, d := range t.Denied {
		fmt.Fprintf(a.Stdout, "\nDENIED  %s in %s (%s)\n  allow     %s\n", d.Operation, strings.Join(d.Regions, ", "), d.Account, strings.Join(d.Actions, ", "))
		if d.Message != "" {
			fmt.Fprintf(a.Stdout, "  AWS says  %s\n", d.Message)
		}
		checks := p.reading(d.Tells)
		if len(checks) == 0 {
			continue
		}
		fmt.Fprintf(a.Stdout, "  hides     %s\n  checks    %s\n", strings.Join(d.Tells, ", "), strings.Join(checks, ", "))
		for _, line := range controlsOf(p.frameworks, checks) {
			fmt.Fprintf(a.Stdout, "  undecided %s\n", line)
		}
	}
	for _, f := range t.Failed {
		fmt.Fprintf(a.Stdout, "\nFAILED  %s\n  %s\n", f.Summary, f.Detail)
	}
	if len(t.Untried) > 0 {
		fmt.Fprintf(a.Stdout, "\nNot tried, because nothing of the kind is there: %s\n", strings.Join(t.Untried, ", "))
	}
	if len(t.Denied) > 0 {
		return &ExitError{Code: ExitIncomplete}
	}
	return nil
}

// reading are the selected checks that read one of the kinds or attribute paths, sorted.
func (p *plan) reading(words []string) []string {
	var out []string
	for i := range p.checks {
		c := &p.checks[i]
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(c.Units, w) || slices.Contains(c.Reads, w) }) {
			out = append(out, c.ID)
		}
	}
	slices.Sort(out)
	return out
}

// controlsOf lists the controls to which the checks map directly, one line for each selected framework.
func controlsOf(selected []framework.Framework, checks []string) []string {
	var out []string
	for _, f := range selected {
		var ids []string
		for _, m := range f.Mappings {
			if m.Strength == framework.Direct && slices.Contains(checks, m.Check) {
				ids = append(ids, m.Control)
			}
		}
		if len(ids) > 0 {
			out = append(out, f.ID+": "+strings.Join(slices.Compact(ids), ", "))
		}
	}
	return out
}
