package app

import (
	"context"
	"strings"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/aws"
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
		roles, err := aws.MemberRoles(value)
		if err != nil {
			return Usage(err)
		}
		return a.printPermissions(leastPolicies(aws.Actions(needs), roles), o)
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
	return a.concludeTrial(p, trial)
}
