package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/aws"
	"github.com/assay-audit/assay/collectors/aws/api"
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
		roles, err := aws.MemberRoles(value)
		if err != nil {
			return Usage(err)
		}
		return a.printPermissions(aws.Actions(needs), roles, o.Format)
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

// documents splits the actions into as few documents as managed policies can hold. Roles is the ARN, with a wildcard for the account, of the
// roles that an organisation's audit assumes; "" for the audit of one account.
func documents(actions []api.Action, roles string) []policyDocument {
	var out []policyDocument
	const overhead = 120 // the document around the actions
	size := managedPolicyLimit
	for _, a := range actions {
		n := a.Name
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
	if roles != "" {
		out = append(out, policyDocument{Version: policyVersion, Statement: []policyStatement{{
			Sid: "AssayEntersAccounts", Effect: "Allow", Action: []string{"sts:AssumeRole"}, Resource: roles,
		}}})
	}
	return out
}

func (a *App) printPermissions(actions []api.Action, roles, format string) error {
	docs := documents(actions, roles)
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
	if len(docs) > 1 && size(docs) > managedPolicyLimit {
		fmt.Fprintf(a.Stderr, "assay: the document is larger than a managed policy may be (%d characters): make one policy of each of its %d statements, or use --format terraform, which does\n",
			managedPolicyLimit, len(docs))
	}
	return nil
}

// size is how many characters of a managed policy's limit the documents would take as one.
func size(docs []policyDocument) int {
	n := 0
	for _, d := range docs {
		for _, st := range d.Statement {
			n += len(st.Sid) + len(st.Resource) + len(`{"Sid":"","Effect":"Allow","Action":[],"Resource":""},`)
			for _, action := range st.Action {
				n += len(action) + len(`"",`)
			}
		}
	}
	return n
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
		fmt.Fprintf(&b, "    ]\n    resources = [%q]\n  }\n}\n\nresource \"aws_iam_policy\" %q {\n  name   = \"assay-reads-%d\"\n  policy = data.aws_iam_policy_document.%s.json\n}\n",
			d.Statement[0].Resource, name, i+1, name)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
