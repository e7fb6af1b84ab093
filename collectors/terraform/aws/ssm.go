package aws

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// ssm maps Systems Manager: what patches machines by itself, and Session Manager. Secrets in the parameter store are mapped with
// the other secrets.
func ssm() mapping.Service {
	patch := []string{"patch_state"}
	return mapping.Service{Name: "ssm", Types: slices.Concat(
		[]mapping.Type{
			{Name: "aws_ssm_association", Kinds: patch, Map: patchAssociation},
			{Name: "aws_ssm_maintenance_window_task", Kinds: patch, Map: patchTask},
			{Name: "aws_ssm_document", Kinds: []string{"vpn"}, Map: sessionDocument},
			{Name: "aws_iam_role_policy_attachment", Kinds: []string{"vpn"}, Map: sessionManagerInUse},
		},
		partsOf(patch, []string{"aws_ssm_maintenance_window_task"}, "aws_ssm_maintenance_window", "aws_ssm_maintenance_window_target"),
		noted("a baseline or group says what would be installed, not that anything is", "aws_ssm_patch_baseline",
			"aws_ssm_patch_group", "aws_ssm_default_patch_baseline", "aws_ssm_activation", "aws_ssm_resource_data_sync",
			"aws_ssm_service_setting", "aws_ssmquicksetup_configuration_manager"),
	)}
}

// patchAssociation is an association that runs a patch document on machines.
func patchAssociation(c *mapping.Context, v mapping.View) {
	name := v.String("name").OrUnknown(evidence.ParseError, "name is required")
	if document, known := name.Value(); known && !awsnet.PatchDocument(document) {
		return
	}
	targets, open := nested(v, "targets")
	emitPatchState(c, v, awsnet.PatchMechanism(name, installs(v)), hostsTargeted(c, targets, open))
}

// patchTask is a task of a maintenance window that runs a patch document.
func patchTask(c *mapping.Context, v mapping.View) {
	name := v.String("task_arn").OrUnknown(evidence.ParseError, "task_arn is required")
	if document, known := name.Value(); known && !awsnet.PatchDocument(document) {
		return
	}
	run := v.Block("task_invocation_parameters").Block("run_command_parameters")
	mechanism := awsnet.PatchMechanism(name, installs(run))
	window := v.Targets("window_id", "aws_ssm_maintenance_window").First()
	if window != nil {
		enabled := c.View(window).Bool("enabled").Or(true)
		mechanism = kind.Then(enabled, func(on bool) kind.Attr[string] {
			if !on {
				return kind.Known("none")
			}
			return mechanism
		})
	}
	targets, open := nested(v, "targets")
	emitPatchState(c, v, mechanism, hostsTargeted(c, targets, open))
}

// installs says whether the document's parameters ask it to install, where it could also only scan, which is its default.
func installs(v mapping.View) kind.Attr[bool] {
	if blocks, open := nested(v, "parameter"); len(blocks) > 0 || open != nil { // a task's parameters
		for _, p := range blocks {
			if name, _ := p.String("name").Known(); name == "Operation" {
				return contains(p, "values", "Install")
			}
		}
		if open != nil {
			return kind.Because[bool](*open)
		}
		return kind.Known(false)
	}
	parameters, open := v.StringMap("parameters")
	operation, stated := parameters["Operation"]
	if !stated && open != nil {
		return kind.Because[bool](*open).From(v.ProvenanceOf("parameters"))
	}
	return kind.Known(operation == "Install").From(v.ProvenanceOf("parameters"))
}

func emitPatchState(c *mapping.Context, v mapping.View, mechanism kind.Attr[string], hosts attachment) {
	running := "seen only on the running machine"
	c.Emit(v, "patch_state", v.Instance.Name, "", kind.PatchState{
		CheckedAt: outside[kind.Time](running), LastPatchedAt: outside[kind.Time](running), AutoMechanism: mechanism,
		ManagedBy: kind.Known("systems_manager").From(v.Provenance()), Pending: outside[[]kind.PatchStatePending](running),
	})
	for _, host := range hosts.to {
		c.Relate("runs_on", v.UID(), host)
	}
	if hosts.open != nil {
		c.RelateOpen("runs_on", v.UID(), *hosts.open)
	}
}

// hostsTargeted are the hosts that targets name, by themselves or through a maintenance window's target.
func hostsTargeted(c *mapping.Context, targets []mapping.View, open *evidence.Unknown) attachment {
	out := attachment{open: open}
	add := func(more attachment) {
		out.to, out.open = append(out.to, more.to...), evidence.FirstUnknown(out.open, more.open)
	}
	for _, t := range targets {
		if key, _ := t.String("key").Known(); !strings.EqualFold(key, "WindowTargetIds") {
			add(hostsByTarget(c, t))
			continue
		}
		registered := t.Mentions("values", "aws_ssm_maintenance_window_target")
		if len(registered) == 0 {
			add(attachment{open: &evidence.Unknown{Reason: evidence.NotInPlane, Detail: "the window's target is not declared here"}})
		}
		for _, r := range registered {
			own, gap := nested(c.View(r), "targets")
			add(attachment{open: gap})
			for _, o := range own {
				add(hostsByTarget(c, o))
			}
		}
	}
	slices.Sort(out.to)
	out.to = slices.Compact(out.to)
	return out
}

// hostsByTarget are the hosts that one target names: all, by id, or by tag.
func hostsByTarget(c *mapping.Context, t mapping.View) attachment {
	key, _ := t.String("key").Known()
	values, gap := gather(t, "values")
	switch {
	case strings.EqualFold(key, "InstanceIds") && slices.Contains(values, "*"):
		return attachment{to: uidsOf(append(c.All("aws_instance"), c.All("aws_autoscaling_group")...)), open: gap}
	case strings.EqualFold(key, "InstanceIds"):
		hosts := t.Targets("values", "aws_instance")
		return attachment{to: hosts.UIDs(c), open: hosts.Open}
	case strings.HasPrefix(key, "tag:"):
		tagged, unsure := hostsTagged(c, strings.TrimPrefix(key, "tag:"), values)
		return attachment{to: tagged, open: evidence.FirstUnknown(gap, unsure)}
	}
	return attachment{open: evidence.FirstUnknown(gap, &evidence.Unknown{Reason: evidence.Unsupported, Detail: "targets by " + strconv.Quote(key)})}
}

func hostsTagged(c *mapping.Context, key string, values []string) (uids []string, open *evidence.Unknown) {
	for _, host := range c.All("aws_instance") {
		tags, gap := host.Tags()
		value, tagged := tags[key]
		switch {
		case tagged && slices.Contains(values, value):
			uids = append(uids, host.UID())
		case !tagged:
			open = evidence.FirstUnknown(open, gap)
		}
	}
	return uids, open
}

// sessionDocument is Session Manager's settings: whether sessions are recorded.
func sessionDocument(c *mapping.Context, v mapping.View) {
	if typ, known := v.String("document_type").Known(); !known || typ != "Session" {
		return
	}
	logging := kind.Then(v.JSON("content").OrUnknown(evidence.ParseError, "content is required"), recordsSessions)
	c.Emit(v, "vpn", v.Instance.Name, "", sessionService(logging.From(v.ProvenanceOf("content"))))
}

// sessionManagerInUse maps Session Manager where a role lets machines register with it and its settings are not declared here. One
// entity stands for all such roles.
func sessionManagerInUse(c *mapping.Context, v mapping.View) {
	first := mapping.Memo(c, "aws session manager", func() string {
		for _, d := range c.All("aws_ssm_document") {
			if typ, _ := d.String("document_type").Known(); typ == "Session" {
				return ""
			}
		}
		for _, a := range c.All("aws_iam_role_policy_attachment") {
			if letsAgentRegister(a) {
				return a.Instance.Address
			}
		}
		return ""
	})
	if v.Instance.Address == first {
		c.Emit(v, "vpn", "Session Manager", "session_manager", sessionService(outside[bool]("its settings are not declared here")))
	}
}

// recordsSessions looks for a bucket or log group in the document's inputs.
func recordsSessions(doc cty.Value) kind.Attr[bool] {
	inputs := member(doc, "inputs")
	var found []kind.Attr[bool]
	for _, name := range []string{"s3BucketName", "cloudWatchLogGroupName"} {
		val := member(inputs, name)
		switch {
		case val == cty.NilVal || val.IsNull():
			continue
		case !val.IsKnown():
			found = append(found, kind.Known(true)) // a reference to a store
		case val.Type() == cty.String:
			found = append(found, kind.Known(val.AsString() != ""))
		}
	}
	return kind.AnyOf(found)
}
