package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-audit/assay/internal/app"
	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/git"
	"github.com/assay-audit/assay/internal/waiver"
)

func newWaiverCommand(a *app.App) *cobra.Command {
	var o app.Options
	cmd := &cobra.Command{
		Use: "waiver", Short: "Add, list and check approved exceptions",
		Long: `A waiver accepts the failure of a check on an entity for a while. The failure stays in every report, and does not decide the exit code.

waivers.yaml holds a list:

  waivers:
    - id: W-1                          # may be left out
      check: enc.at_rest               # id, or a pattern such as enc.*
      entity: aws_ebs_volume.scratch   # id as reports show it; * stands for any text
      scope: tf:infra                  # may be left out; * stands for any text
      reason: No records are kept on it.
      requester: bob@example.org
      approver: alice@example.org      # one of waiver_policy.approvers in assay.yaml, and not the requester
      ticket: SEC-12                   # may be left out
      compensating_measure: ...        # may be left out
      approved_on: 2026-11-20          # may be left out
      expires: 2027-02-01              # last day; at most waiver_policy.max_days ahead (365)
      signature: |                     # may be left out: the approver's, over "assay waiver payload W-1"
        -----BEGIN SSH SIGNATURE-----
        ...

Where assay.yaml allows it (waiver_policy.inline), a comment above a Terraform block, or at its first lines, is a waiver too:

  ` + waiver.Syntax + `

A waiver that is expired, unapproved, over-broad, incomplete or covers nothing is a finding of join.exceptions.`,
	}
	f := cmd.PersistentFlags()
	f.StringVar(&o.Waivers, "waivers", "", "waiver file (default: that of assay.yaml, else waivers.yaml)")
	f.StringVar(&o.Config, "config", "", "configuration file (default: assay.yaml in the working directory)")
	f.StringArrayVar(&o.PolicyDirs, "policy-dir", nil, "directory with an organisation's own policies, repeatable")
	cmd.AddCommand(newWaiverAddCommand(a, &o), newWaiverListCommand(a, &o), newWaiverLintCommand(a, &o), newWaiverPayloadCommand(a, &o))
	return cmd
}

func newWaiverAddCommand(a *app.App, o *app.Options) *cobra.Command {
	var w waiver.Waiver
	cmd := &cobra.Command{
		Use: "add", Short: "Add a waiver at the end of the waiver file", Args: cobra.NoArgs,
		Example: "  assay waiver add --check enc.at_rest --entity aws_ebs_volume.scratch --reason 'no records on it' \\\n" +
			"    --requester bob@example.org --approver alice@example.org --expires 2027-02-01",
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, id, err := a.AddWaiver(cmd.Context(), *o, w)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.Stdout, "%s: added %s\nCommit it for review, or let the approver sign it: assay waiver payload %s | ssh-keygen -Y sign -n %s -f KEY\n",
				file, id, id, waiver.Namespace)
			return nil
		},
	}
	f := cmd.Flags()
	for _, flag := range []struct {
		to         *string
		name, help string
		required   bool
	}{
		{&w.ID, "id", "id of the waiver (default: made of its content)", false},
		{&w.Check, "check", "check id, or a pattern such as 'enc.*'", true},
		{&w.Entity, "entity", "entity id; * stands for any text", true},
		{&w.Scope, "scope", "scope of the entity; * stands for any text", false},
		{&w.Reason, "reason", "why the failure is accepted", true},
		{&w.Requester, "requester", "who asks for it", true},
		{&w.Approver, "approver", "who approves it", true},
		{&w.Ticket, "ticket", "where it is discussed", false},
		{&w.Measure, "compensating-measure", "what is done instead", false},
		{&w.ApprovedOn, "approved-on", "day of the approval, YYYY-MM-DD", false},
		{&w.Expires, "expires", "last day on which it holds, YYYY-MM-DD", true},
	} {
		f.StringVar(flag.to, flag.name, "", flag.help)
		if flag.required {
			_ = cmd.MarkFlagRequired(flag.name) // fails only for a flag that is not there
		}
	}
	return cmd
}

func newWaiverListCommand(a *app.App, o *app.Options) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List the waivers with their state, end and proof of approval", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, states, err := a.WaiverFile(cmd.Context(), *o)
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(a.Stdout)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				return enc.Encode(states)
			}
			w := newTable(a.Stdout)
			fmt.Fprintln(w, "ID\tSTATE\tEXPIRES\tCHECK\tENTITY\tAPPROVER\tAPPROVAL")
			for _, s := range states {
				fmt.Fprintln(w, strings.Join(cells(s.ID, s.State, s.Expires, s.Check, s.Selector, s.Approver, approval(s)), "\t"))
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func approval(s assess.WaiverState) string {
	if s.ApprovalRef == "" {
		return cmp.Or(s.Approval, "none")
	}
	return cmp.Or(s.Approval, "none") + ": " + s.ApprovalRef
}

// cells makes texts fit for a table.
func cells(texts ...string) []string {
	for i := range texts {
		texts[i] = cmp.Or(git.Clean(texts[i]), "-")
	}
	return texts
}

func newWaiverLintCommand(a *app.App, o *app.Options) *cobra.Command {
	return &cobra.Command{
		Use: "lint [FILE]", Short: "Say what is wrong with the waivers, by line", Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				o.Waivers = args[0]
			}
			file, states, err := a.WaiverFile(cmd.Context(), *o)
			if err != nil {
				return err
			}
			wrong := 0
			for _, s := range states {
				for i, p := range s.Problems {
					wrong++
					fmt.Fprintf(a.Stdout, "%s:%d: %s: %s\n", file, s.ProblemLines[i], git.Clean(s.ID), git.Clean(p))
				}
			}
			if wrong > 0 {
				return &app.ExitError{Code: app.ExitFailures, Err: fmt.Errorf("%d problems", wrong)}
			}
			fmt.Fprintln(a.Stdout, "no problems")
			return nil
		},
	}
}

func newWaiverPayloadCommand(a *app.App, o *app.Options) *cobra.Command {
	return &cobra.Command{
		Use: "payload ID", Short: "Print what the approver of a waiver signs",
		Long: `Payload prints the canonical text of a waiver. Its approver signs it with an OpenSSH key, and the signature goes into the entry:

  assay waiver payload W-1 | ssh-keygen -Y sign -n ` + waiver.Namespace + ` -f ~/.ssh/id_ed25519

The key must be in the file of waiver_policy.allowed_signers, with the approver as its principal (see ALLOWED SIGNERS in ssh-keygen(1)).`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			payload, err := a.WaiverPayload(*o, args[0])
			if err != nil {
				return err
			}
			_, err = a.Stdout.Write(payload)
			return err
		},
	}
}
