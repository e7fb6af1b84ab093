package cli

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-audit/assay/internal/app"
)

func newScanCommand(a *app.App) *cobra.Command {
	var o app.Options
	cmd := &cobra.Command{
		Use:   "scan [TARGET...]",
		Short: "Collect, evaluate, assess and report: the main job",
		Long: `Scan reads the targets, judges what they hold, and reports. With no target, assay.yaml in the working directory names them.

Targets:
  ./infra, terraform:./infra     a Terraform directory (HCL), or a tree with several root modules
  plan:tfplan.json               a Terraform plan (terraform show -json tfplan > tfplan.json)
  plan:tfplan.json,dir=./infra   the same; files and lines from its configuration, where that is not beside the plan
  plan:state.json,dir=./infra    a Terraform state (terraform show -json > state.json): joins the code with what runs, beside aws:
  aws:                           an AWS account, with the credentials of the environment; all of its enabled regions
  aws:profile=audit,regions=eu-west-1+eu-central-1
  aws:org=ROLE                   every account of the organisation, through a role of that name
  host:local                     this machine
  host:ssh://user@name:port      a host over SSH
  host:@hosts.yaml               the hosts of an inventory (Assay's or Ansible's)
  snapshot:DIR                   evidence that was collected before

` + exitCodes,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Targets = args
			return a.Scan(cmd.Context(), o)
		},
	}
	addJudging(cmd.Flags(), &o)
	addTerraform(cmd.Flags(), &o)
	addHost(cmd.Flags(), &o)
	return cmd
}

// addJudging adds the flags that every judging command shares.
func addJudging(f *pflag.FlagSet, o *app.Options) {
	f.StringArrayVarP(&o.Outputs, "output", "o", nil, "FORMAT[=PATH], repeatable; text to standard output by default")
	f.StringVar(&o.Profile, "profile", "", "pr, run or audit (default: pr where every target is Terraform, else run)")
	f.StringArrayVar(&o.Frameworks, "framework", nil, "framework id, repeatable (see: assay framework list)")
	f.StringArrayVar(&o.Checks, "check", nil, "check id or pattern such as 'enc.*', repeatable")
	f.StringArrayVar(&o.PolicyDirs, "policy-dir", nil, "directory with an organisation's own policies, repeatable")
	f.StringVar(&o.Severity, "severity", "", "leave out checks below this severity: low, medium, high or critical")
	f.StringVar(&o.FailOn, "fail-on", "", "least severity that fails the run: none, low, medium, high or critical (default low)")
	f.BoolVar(&o.FailOnIncomplete, "fail-on-incomplete", false, "exit with 3 where something was not collected or not decidable")
	f.StringVar(&o.Waivers, "waivers", "", "file with approved exceptions")
	f.StringVar(&o.Baseline, "baseline", "", "earlier assessment (JSON); only failures that it does not have count")
	f.StringVar(&o.Config, "config", "", "configuration file (default: assay.yaml in the working directory)")
	f.BoolVar(&o.NoProgress, "no-progress", false, "show no progress")
	f.BoolVarP(&o.Quiet, "quiet", "q", false, "print nothing but errors; files are still written")
}

// addTerraform adds the flags of Terraform targets.
func addTerraform(f *pflag.FlagSet, o *app.Options) {
	f.StringArrayVar(&o.VarFiles, "var-file", nil, "Terraform variable file, repeatable")
	f.StringArrayVar(&o.Vars, "var", nil, "Terraform variable as NAME=VALUE, repeatable")
	f.StringVar(&o.Workspace, "workspace", "", "value of terraform.workspace")
}

// addHost adds the flags of host targets.
func addHost(f *pflag.FlagSet, o *app.Options) {
	f.BoolVar(&o.Host.AcceptNewHostKeys, "accept-new-host-keys", false, "write the SSH keys of unknown hosts to known_hosts; changed keys are refused all the same")
	f.DurationVar(&o.Host.Timeout, "host-timeout", 0, "most time for one host (default 2m0s)")
	f.IntVar(&o.Host.Parallel, "host-parallel", 0, "most hosts asked at the same time (default 32)")
}
