package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/assay-audit/assay/collectors/aws/api"
)

// Numbers of characters that AWS takes, blanks between elements left out (IAM User Guide, "IAM and AWS STS quotas").
const (
	managedPolicyLimit = 6144
	rolePoliciesLimit  = 10240 // of all inline policies of a role together
)

// policyDocument is a policy of IAM. Its members are named as IAM writes them.
type policyDocument struct {
	Version   string
	Statement []policyStatement
}

// policyStatement allows to read one service, or one action where that is limited to resources of its own.
type policyStatement struct {
	Sid      string
	Effect   string
	Action   []string // sorted
	Resource oneOrMore
	// operations are the operations of the SDK that need an action, by the action, for what IAM names differently.
	operations map[string][]string
}

// oneOrMore is a list that is written as its element where it has just one.
type oneOrMore []string

// MarshalJSON writes the list as policies usually have it.
func (l oneOrMore) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return json.Marshal(l[0])
	}
	return json.Marshal([]string(l))
}

// newPolicy is a policy of the statements.
func newPolicy(statements ...policyStatement) policyDocument {
	return policyDocument{Version: "2012-10-17", Statement: statements}
}

// size is the number of characters that IAM counts.
func (d policyDocument) size() int {
	text, err := json.Marshal(d) //nolint:musttag // see policyDocument
	if err != nil {
		panic(err) // strings and lists of strings
	}
	return utf8.RuneCount(text)
}

// actions is the number of actions that the policy allows.
func (d policyDocument) actions() int {
	n := 0
	for _, s := range d.Statement {
		n += len(s.Action)
	}
	return n
}

// leastPolicies are the managed policies that allow the actions and nothing else, a statement for each service, in as few documents as their
// size allows. Role is the role to assume in the accounts of an organisation; "" for one account.
func leastPolicies(actions []api.Action, role string) []policyDocument {
	var out []policyDocument
	for _, s := range statements(actions, role) {
		if n := len(out); n > 0 {
			if joined := newPolicy(slices.Concat(out[n-1].Statement, []policyStatement{s})...); joined.size() <= managedPolicyLimit {
				out[n-1] = joined
				continue
			}
		}
		out = append(out, newPolicy(s))
	}
	return out
}

// statements are the actions by service, in the order of their names. An action that is limited to resources has a statement of its own.
func statements(actions []api.Action, role string) []policyStatement {
	var out []policyStatement
	for _, a := range actions {
		prefix, name, _ := strings.Cut(a.Name, ":")
		sid := "Read" + identifier(prefix)
		resources := oneOrMore{"*"}
		if len(a.Resources) > 0 {
			sid, resources = sid+identifier(name), a.Resources
		}
		at := slices.IndexFunc(out, func(s policyStatement) bool { return s.Sid == sid })
		if at < 0 {
			at = len(out)
			out = append(out, policyStatement{Sid: sid, Effect: "Allow", Resource: resources, operations: map[string][]string{}})
		}
		s := &out[at]
		s.Action = append(s.Action, a.Name)
		for _, o := range a.Operations {
			if _, operation, _ := strings.Cut(o, ":"); operation != name {
				s.operations[a.Name] = append(s.operations[a.Name], operation)
			}
		}
	}
	if role != "" {
		out = append(out, policyStatement{
			Sid: "EnterAccounts", Effect: "Allow", Action: []string{"sts:AssumeRole"}, Resource: oneOrMore{"arn:*:iam::*:role/" + role},
		})
	}
	return out
}

// identifier writes a prefix or name of IAM as a part of a Sid, which takes letters and digits: access-analyzer is AccessAnalyzer.
func identifier(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}

// printPermissions prints the policies, or writes them to files.
func (a *App) printPermissions(docs []policyDocument, o PermissionOptions) error {
	if o.Format == "terraform" {
		return writeTerraformPolicies(a.Stdout, docs)
	}
	if o.Dir != "" {
		return a.writePolicies(docs, o.Dir)
	}
	var whole policyDocument
	for _, d := range docs {
		whole = newPolicy(slices.Concat(whole.Statement, d.Statement)...)
	}
	if err := writePolicy(a.Stdout, whole); err != nil {
		return err
	}
	if len(docs) > 1 {
		fmt.Fprintln(a.Stderr, tooLarge(whole.size(), len(docs)))
	}
	return nil
}

// tooLarge says what to do with a policy of more characters than a managed policy may have.
func tooLarge(size, docs int) string {
	inline := fmt.Sprintf("As it stands it fits as an inline policy of a role that has no other (%d).", rolePoliciesLimit)
	if size > rolePoliciesLimit {
		inline = fmt.Sprintf("It does not fit as an inline policy of a role either (%d).", rolePoliciesLimit)
	}
	return fmt.Sprintf("assay: the policy has %d characters, and a managed policy takes %d: --out DIR writes it as %d policies, and --format terraform prints as many. %s",
		size, managedPolicyLimit, docs, inline)
}

// writePolicy writes a policy as JSON.
func writePolicy(w io.Writer, d policyDocument) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(d) //nolint:musttag // see policyDocument
}

// policyName is the name of the nth policy, counted from 0.
func policyName(n int) string { return fmt.Sprintf("assay-reads-%d", n+1) }

// writePolicies writes a file for each policy to the directory, and takes away those of an earlier run that had more.
func (a *App) writePolicies(docs []policyDocument, dir string) error {
	for i, d := range docs {
		path := filepath.Join(dir, policyName(i)+".json")
		if err := writeFile(path, func(w io.Writer) error { return writePolicy(w, d) }); err != nil {
			return fmt.Errorf("--out %s: %w", dir, err)
		}
		fmt.Fprintf(a.Stdout, "%s  %d actions, %d characters: %s to %s\n", path, d.actions(), d.size(), d.Statement[0].Sid, d.Statement[len(d.Statement)-1].Sid)
	}
	for n := len(docs); ; n++ {
		err := os.Remove(filepath.Join(dir, policyName(n)+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return Usage(fmt.Errorf("--out %s: %w", dir, err))
		}
	}
	fmt.Fprintf(a.Stdout, "\nMake a policy of each, and attach all to the role that audits:\n")
	for i := range docs {
		fmt.Fprintf(a.Stdout, "  aws iam create-policy --policy-name %s --policy-document file://%s\n", policyName(i), filepath.Join(dir, policyName(i)+".json"))
	}
	return nil
}

// writeTerraformPolicies writes the documents as Terraform, one managed policy each.
func writeTerraformPolicies(w io.Writer, docs []policyDocument) error {
	var b bytes.Buffer
	total := 0
	for _, d := range docs {
		total += d.actions()
	}
	fmt.Fprintf(&b, "# What Assay reads of an AWS account, %d actions and nothing else. Attach every policy to the role that audits.\n", total)
	if len(docs) > 1 {
		fmt.Fprintf(&b, "# There are %d policies because a managed policy takes %d characters.\n", len(docs), managedPolicyLimit)
	}
	for i, d := range docs {
		name := fmt.Sprintf("assay_%d", i+1)
		fmt.Fprintf(&b, "\ndata \"aws_iam_policy_document\" %q {\n", name)
		for j, s := range d.Statement {
			if j > 0 {
				b.WriteString("\n")
			}
			writeTerraformStatement(&b, s)
		}
		fmt.Fprintf(&b, "}\n\nresource \"aws_iam_policy\" %q {\n  name   = %q\n  policy = data.aws_iam_policy_document.%s.json\n}\n", name, policyName(i), name)
	}
	b.WriteString("\noutput \"assay_policy_arns\" {\n  value = [\n")
	for i := range docs {
		fmt.Fprintf(&b, "    aws_iam_policy.assay_%d.arn,\n", i+1)
	}
	b.WriteString("  ]\n}\n")
	_, err := w.Write(hclwrite.Format(b.Bytes()))
	return err
}

func writeTerraformStatement(b *bytes.Buffer, s policyStatement) {
	fmt.Fprintf(b, "  statement {\n    sid    = %q\n    effect = %q\n    actions = [\n", s.Sid, s.Effect)
	for _, action := range s.Action {
		fmt.Fprintf(b, "      %q,", action)
		if operations := slices.Compact(slices.Sorted(slices.Values(s.operations[action]))); len(operations) > 0 {
			fmt.Fprintf(b, " # for %s", strings.Join(operations, ", "))
		}
		b.WriteString("\n")
	}
	b.WriteString("    ]\n    resources = [")
	if len(s.Resource) == 1 {
		fmt.Fprintf(b, "%q]\n  }\n", s.Resource[0])
		return
	}
	b.WriteString("\n")
	for _, r := range s.Resource {
		fmt.Fprintf(b, "      %q,\n", r)
	}
	b.WriteString("    ]\n  }\n")
}
