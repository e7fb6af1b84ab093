package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// mostStates is the largest number of machines whose patch states one call tells.
const mostStates = 50

// patchStates reads the update status of the managed machines, one for each.
func patchStates(ctx context.Context, c *api.Context, client *ssm.Client, nodes []node) {
	auto := readPatching(ctx, c, client)
	instances := regionInstances(ctx, c)
	tags := make(map[string]api.Tags, len(instances.Items))
	for _, i := range instances.Items {
		tags[aws.ToString(i.InstanceId)] = ec2Tags(i.Tags)
	}
	for batch := range slices.Chunk(nodes, mostStates) {
		ids := make([]string, 0, len(batch))
		for _, n := range batch {
			ids = append(ids, aws.ToString(n.InstanceId))
		}
		list := api.List(ctx, c, client.DescribeInstancePatchStates, &ssm.DescribeInstancePatchStatesInput{InstanceIds: ids},
			func(o *ssm.DescribeInstancePatchStatesOutput) []types.InstancePatchState {
				return o.InstancePatchStates
			})
		states := make(map[string]types.InstancePatchState, len(list.Items))
		for _, s := range list.Items {
			states[aws.ToString(s.InstanceId)] = s
		}
		api.Each(ctx, c, ids, func(ctx context.Context, id string) {
			state, found := states[id]
			p := kind.PatchState{ManagedBy: kind.Known("systems_manager"), AutoMechanism: auto.mechanism(id, tags)}
			switch {
			case found:
				patched(ctx, c, client, state, &p)
			case list.Fail != nil:
				unpatched(&p, list.Fail.Unknown())
			default:
				unpatched(&p, evidence.Unknown{Reason: evidence.NotCollected, Detail: "no patch operation has run on the machine"})
			}
			uid := nodeUID(c, id) + "#ssm-patches"
			c.Emit(api.Entity{Kind: "patch_state", UID: uid, Name: "patches of " + id, Prov: list.Prov}, p)
			c.Relate("runs_on", uid, nodeUID(c, id))
		})
	}
}

func unpatched(p *kind.PatchState, why evidence.Unknown) {
	p.CheckedAt, p.LastPatchedAt = kind.Because[kind.Time](why), kind.Because[kind.Time](why)
	p.Pending = kind.Because[[]kind.PatchStatePending](why)
}

// patched fills what the last patch operation found. A scan installs nothing: when updates were last installed is then known only where an
// installation without a restart came before.
func patched(ctx context.Context, c *api.Context, client *ssm.Client, s types.InstancePatchState, p *kind.PatchState) {
	p.CheckedAt = api.Time(s.OperationEndTime)
	switch {
	case s.Operation == types.PatchOperationTypeInstall:
		p.LastPatchedAt = api.Time(s.OperationEndTime)
	case s.LastNoRebootInstallOperationTime != nil:
		p.LastPatchedAt = api.Time(s.LastNoRebootInstallOperationTime)
	default:
		p.LastPatchedAt = kind.Unknown[kind.Time](evidence.Unsupported, "the last patch operation was a scan; AWS does not tell when the last installation was")
	}
	if s.MissingCount == 0 && s.FailedCount == 0 {
		p.Pending = kind.Known([]kind.PatchStatePending{})
		return
	}
	missing := api.List(ctx, c, client.DescribeInstancePatches, &ssm.DescribeInstancePatchesInput{
		InstanceId: s.InstanceId,
		Filters:    []types.PatchOrchestratorFilter{{Key: aws.String("State"), Values: []string{"Missing", "Failed"}}},
	}, func(o *ssm.DescribeInstancePatchesOutput) []types.PatchComplianceData { return o.Patches })
	list := make([]kind.PatchStatePending, 0, len(missing.Items))
	for _, m := range missing.Items {
		if state := strings.ToUpper(string(m.State)); state == string(types.PatchComplianceDataStateMissing) || state == string(types.PatchComplianceDataStateFailed) {
			list = append(list, pendingPatch(m, missing.Prov))
		}
	}
	p.Pending = kind.Listed(list, firstFailure(missing.Fail)).From(missing.Prov)
}

func pendingPatch(m types.PatchComplianceData, prov *evidence.Provenance) kind.PatchStatePending {
	cves := strings.FieldsFunc(aws.ToString(m.CVEIds), func(r rune) bool { return r == ',' || r == ' ' })
	return kind.PatchStatePending{
		ID: kind.Known(aws.ToString(m.KBId)).From(prov), CVE: kind.Listed(cves, nil), Severity: kind.Known(patchSeverity(aws.ToString(m.Severity))),
		AvailableAt: kind.Unknown[kind.Time](evidence.Unsupported, "Systems Manager does not tell when a patch was published"),
	}
}

// patchSeverity brings the makers' ratings to the common scale.
func patchSeverity(s string) string {
	switch strings.ToLower(s) {
	case "critical":
		return "critical"
	case "important", "high":
		return "high"
	case "moderate", "medium":
		return "medium"
	case "low", "negligible":
		return "low"
	}
	return "unknown"
}

// patching is what patches machines by itself: associations and maintenance windows that run a patch document.
type patching struct {
	runs []patchRun
	open *evidence.Unknown // why there may be more
}

// patchRun is one association or task.
type patchRun struct {
	mechanism string // as the kind has it
	targets   []types.Target
}

func readPatching(ctx context.Context, c *api.Context, client *ssm.Client) patching {
	var p patching
	list := api.List(ctx, c, client.ListAssociations, &ssm.ListAssociationsInput{},
		func(o *ssm.ListAssociationsOutput) []types.Association { return o.Associations })
	p.open = firstFailure(list.Fail)
	for _, a := range list.Items {
		if !awsnet.PatchDocument(aws.ToString(a.Name)) {
			continue
		}
		about := api.Ask(ctx, c, client.DescribeAssociation, &ssm.DescribeAssociationInput{AssociationId: a.AssociationId}, "AssociationDoesNotExist")
		p.open = evidence.FirstUnknown(p.open, firstFailure(about.Fail))
		if d := about.Out.AssociationDescription; d != nil {
			targets := d.Targets
			if d.InstanceId != nil {
				targets = append(targets, types.Target{Key: aws.String("InstanceIds"), Values: []string{*d.InstanceId}})
			}
			p.add(aws.ToString(a.Name), d.Parameters["Operation"], targets)
		}
	}
	windows := api.List(ctx, c, client.DescribeMaintenanceWindows, &ssm.DescribeMaintenanceWindowsInput{},
		func(o *ssm.DescribeMaintenanceWindowsOutput) []types.MaintenanceWindowIdentity {
			return o.WindowIdentities
		})
	p.open = evidence.FirstUnknown(p.open, firstFailure(windows.Fail))
	for _, w := range windows.Items {
		if w.Enabled {
			p.window(ctx, c, client, w.WindowId)
		}
	}
	return p
}

// add notes what a document does to its targets.
func (p *patching) add(document string, operation []string, targets []types.Target) {
	install := kind.Known(slices.Contains(operation, "Install"))
	mechanism, _ := awsnet.PatchMechanism(kind.Known(document), install).Value()
	p.runs = append(p.runs, patchRun{mechanism: mechanism, targets: targets})
}

// window reads the tasks of a maintenance window that run a patch document, and what they run on.
func (p *patching) window(ctx context.Context, c *api.Context, client *ssm.Client, id *string) {
	tasks := api.List(ctx, c, client.DescribeMaintenanceWindowTasks, &ssm.DescribeMaintenanceWindowTasksInput{WindowId: id},
		func(o *ssm.DescribeMaintenanceWindowTasksOutput) []types.MaintenanceWindowTask { return o.Tasks })
	p.open = evidence.FirstUnknown(p.open, firstFailure(tasks.Fail))
	for _, t := range tasks.Items {
		if !awsnet.PatchDocument(aws.ToString(t.TaskArn)) {
			continue
		}
		about := api.Ask(ctx, c, client.GetMaintenanceWindowTask,
			&ssm.GetMaintenanceWindowTaskInput{WindowId: id, WindowTaskId: t.WindowTaskId}, "DoesNotExistException")
		p.open = evidence.FirstUnknown(p.open, firstFailure(about.Fail))
		var operation []string
		if in := about.Out.TaskInvocationParameters; in != nil && in.RunCommand != nil {
			operation = in.RunCommand.Parameters["Operation"]
		}
		p.add(aws.ToString(t.TaskArn), operation, p.windowTargets(ctx, c, client, id, t.Targets))
	}
}

// windowTargets replaces the targets that are registered with a window by what they stand for.
func (p *patching) windowTargets(ctx context.Context, c *api.Context, client *ssm.Client, window *string, named []types.Target) []types.Target {
	var out []types.Target
	for _, t := range named {
		if !strings.EqualFold(aws.ToString(t.Key), "WindowTargetIds") {
			out = append(out, t)
			continue
		}
		list := api.List(ctx, c, client.DescribeMaintenanceWindowTargets, &ssm.DescribeMaintenanceWindowTargetsInput{WindowId: window},
			func(o *ssm.DescribeMaintenanceWindowTargetsOutput) []types.MaintenanceWindowTarget { return o.Targets })
		p.open = evidence.FirstUnknown(p.open, firstFailure(list.Fail))
		for _, registered := range list.Items {
			if slices.Contains(t.Values, aws.ToString(registered.WindowTargetId)) {
				out = append(out, registered.Targets...)
			}
		}
	}
	return out
}

// mechanism is what installs updates on a machine by itself. Where Systems Manager installs none, something on the machine may.
func (p patching) mechanism(id string, tags map[string]api.Tags) kind.Attr[string] {
	open := p.open
	for _, r := range p.runs {
		if r.mechanism == "none" {
			continue
		}
		for _, t := range r.targets {
			switch hit, why := targets(t, id, tags); {
			case hit:
				return kind.Known(r.mechanism)
			default:
				open = evidence.FirstUnknown(open, why)
			}
		}
	}
	if open != nil {
		return kind.Because[string](*open)
	}
	return kind.Unknown[string](evidence.NotCollected, "Systems Manager installs no patches on the machine; what the machine does by itself is read on it")
}

// targets says whether a target names a machine: by its id, as one of all, or by a tag. The reason is why that cannot be told.
func targets(t types.Target, id string, tags map[string]api.Tags) (bool, *evidence.Unknown) {
	key := aws.ToString(t.Key)
	if strings.EqualFold(key, "InstanceIds") {
		return slices.Contains(t.Values, "*") || slices.Contains(t.Values, id), nil
	}
	own, found := tags[id]
	name, byTag := strings.CutPrefix(key, "tag:")
	switch {
	case !byTag:
		return false, &evidence.Unknown{Reason: evidence.Unsupported, Detail: "patching targets machines by " + key}
	case !found:
		return false, &evidence.Unknown{Reason: evidence.NotCollected, Detail: "the tags of " + id + " were not read"}
	}
	value, tagged := own.Values[name]
	return tagged && slices.Contains(t.Values, value), nil
}
