package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/aws"
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/framework"
)

// PermissionOptions are the settings of assay aws permissions.
type PermissionOptions struct {
	Options
	// Format is json or terraform.
	Format string
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
		return a.printPermissions(aws.Actions(needs), o.Format, strings.Contains(value, "org="))
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

const (
	// managedPolicyLimit is the number of characters, blanks left out, that AWS allows in a managed policy (IAM quotas).
	managedPolicyLimit = 6144
	policyVersion      = "2012-10-17"
)

type policyDocument struct {
	Version   string
	Statement []policyStatement
}

type policyStatement struct {
	Sid      string
	Effect   string
	Action   []string
	Resource string
}

// documents splits the actions into as few documents as managed policies can hold.
func documents(actions []api.Action, org bool) []policyDocument {
	var names []string
	for _, a := range actions {
		names = append(names, a.Name)
	}
	if org {
		names = append(names, "sts:AssumeRole")
		slices.Sort(names)
	}
	var out []policyDocument
	const overhead = 120 // the document around the actions
	size := managedPolicyLimit
	for _, n := range names {
		if cost := len(n) + 3; size+cost > managedPolicyLimit-overhead {
			out = append(out, policyDocument{Version: policyVersion, Statement: []policyStatement{{
				Sid: fmt.Sprintf("AssayReads%d", len(out)+1), Effect: "Allow", Resource: "*",
			}}})
			size = 0
		}
		st := &out[len(out)-1].Statement[0]
		st.Action = append(st.Action, n)
		size += len(n) + 3
	}
	return out
}

func (a *App) printPermissions(actions []api.Action, format string, org bool) error {
	docs := documents(actions, org)
	if format == "terraform" {
		return writeTerraformPolicies(a.Stdout, docs)
	}
	all := policyDocument{Version: policyVersion}
	for _, d := range docs {
		all.Statement = append(all.Statement, d.Statement...)
	}
	enc := json.NewEncoder(a.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(all); err != nil { //nolint:musttag // IAM writes its members as the fields are named
		return err
	}
	if len(docs) > 1 {
		fmt.Fprintf(a.Stderr, "assay: the document is larger than a managed policy may be (%d characters): make one policy of each of its %d statements, or use --format terraform, which does\n",
			managedPolicyLimit, len(docs))
	}
	return nil
}

// writeTerraformPolicies writes the documents as Terraform, one managed policy each.
func writeTerraformPolicies(w io.Writer, docs []policyDocument) error {
	var b strings.Builder
	b.WriteString("# What Assay reads, and nothing else. Attach the policies to the role that audits.\n")
	for i, d := range docs {
		name := fmt.Sprintf("assay_%d", i+1)
		fmt.Fprintf(&b, "\ndata \"aws_iam_policy_document\" %q {\n  statement {\n    sid    = %q\n    effect = \"Allow\"\n    actions = [\n", name, d.Statement[0].Sid)
		for _, action := range d.Statement[0].Action {
			fmt.Fprintf(&b, "      %q,\n", action)
		}
		fmt.Fprintf(&b, "    ]\n    resources = [\"*\"]\n  }\n}\n\nresource \"aws_iam_policy\" %q {\n  name   = \"assay-reads-%d\"\n  policy = data.aws_iam_policy_document.%s.json\n}\n", name, i+1, name)
	}
	_, err := io.WriteString(w, b.String())
	return err
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
