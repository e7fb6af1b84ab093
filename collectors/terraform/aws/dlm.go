package aws

import (
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/tri"
)

// dlm maps Data Lifecycle Manager, which makes snapshots of volumes and images of instances.
func dlm() mapping.Service {
	return mapping.Service{Name: "dlm", Types: []mapping.Type{
		{Name: "aws_dlm_lifecycle_policy", Kinds: []string{"backup_plan"}, Map: lifecyclePolicy},
	}}
}

func lifecyclePolicy(c *mapping.Context, v mapping.View) {
	plan := kind.BackupPlan{Enabled: isWord(v.String("state").Or("ENABLED"), "ENABLED"), Automated: kind.Known(true).From(v.Provenance())}
	details := v.Block("policy_details")
	schedules, open := details.Blocks("schedule")
	var rules []kind.BackupPlanRule
	for _, s := range schedules {
		rules = append(rules, lifecycleRule(v, s))
	}
	if v.Has("default_policy") { // a default policy states interval and retention itself
		days := details.Int("create_interval").Or(1)
		rules = append(rules, kind.BackupPlanRule{
			Schedule:        kind.Convert(days, func(n int64) string { return "every " + strconv.FormatInt(n, 10) + " days" }),
			IntervalMinutes: kind.Convert(days, func(n int64) int64 { return n * minutesPerDay }),
			Type:            kind.Known("snapshot"), RetentionDays: details.Int("retain_interval").Or(7), Vault: kind.NA[string](), Copies: awsstore.NoCopies(),
		})
	}
	plan.Rules = kind.Listed(rules, open)
	c.Emit(v, "backup_plan", named(v, "description"), "", plan)
}

// isWord compares an attribute with a word.
func isWord(a kind.Attr[string], word string) kind.Attr[bool] {
	return kind.Convert(a, func(s string) bool { return strings.EqualFold(s, word) })
}

const minutesPerDay = 24 * 60

func lifecycleRule(v, s mapping.View) kind.BackupPlanRule {
	create, retain := s.Block("create_rule"), s.Block("retain_rule")
	r := kind.BackupPlanRule{Type: kind.Known("snapshot"), Vault: kind.NA[string]()}
	if cron := create.String("cron_expression"); !cron.Absent() {
		r.Schedule = cron.OrNull()
		r.IntervalMinutes = kind.Then(r.Schedule, intervalMinutes)
	} else {
		hours := create.Int("interval").OrUnknown(evidence.ParseError, "create_rule has neither an interval nor a cron expression")
		r.Schedule = kind.Convert(hours, func(n int64) string { return "every " + strconv.FormatInt(n, 10) + " hours" })
		r.IntervalMinutes = kind.Convert(hours, func(n int64) int64 { return n * 60 })
	}
	r.Schedule = r.Schedule.From(s.Provenance())
	r.RetentionDays = kept(retain, r.IntervalMinutes)
	copies, open := s.Blocks("cross_region_copy_rule")
	list := make([]kind.BackupPlanRuleCopy, 0, len(copies))
	for _, copied := range copies {
		where := copied.String("target_region").Else(copied.String("target")).OrUnknown(evidence.ParseError, "the copy rule names no region")
		list = append(list, kind.BackupPlanRuleCopy{Vault: kind.NA[string](), Region: where, Account: v.Account()})
	}
	r.Copies = kind.Listed(list, open)
	return r
}

// kept is how long snapshots are kept: for a time, or until a number of newer ones exist.
func kept(retain mapping.View, interval kind.Attr[int64]) kind.Attr[int64] {
	if length := retain.Int("interval"); !length.Absent() {
		return kind.Then(retain.String("interval_unit").Or("DAYS"), func(unit string) kind.Attr[int64] {
			days, ok := map[string]int64{"DAYS": 1, "WEEKS": 7, "MONTHS": 30, "YEARS": 365}[unit]
			if !ok {
				return kind.Unknown[int64](evidence.ParseError, "interval_unit "+strconv.Quote(unit))
			}
			return kind.Convert(length.OrNull(), func(n int64) int64 { return n * days })
		})
	}
	count := retain.Int("count").OrUnknown(evidence.ParseError, "retain_rule has neither a count nor an interval")
	return kind.Then(count, func(n int64) kind.Attr[int64] {
		return kind.Convert(interval, func(minutes int64) int64 { return n * minutes / minutesPerDay })
	})
}

// selectByLifecycle relates volumes and instances to the policies that target them by a tag, or by default.
func selectByLifecycle(c *mapping.Context) {
	policies := c.All("aws_dlm_lifecycle_policy")
	if len(policies) == 0 {
		return
	}
	for _, e := range c.Entities() {
		v, ok := c.ViewOf(e)
		if !ok || e.Kind != "host" && e.Kind != "volume" || v.Instance.Type != "aws_instance" && v.Instance.Type != "aws_ebs_volume" {
			continue
		}
		for _, p := range policies {
			switch targetsOf(p, v, e.Kind) {
			case tri.True:
				c.Relate("selected_by", e.UID, p.UID())
			case tri.Unknown:
				c.RelateOpen("selected_by", e.UID, evidence.Unknown{
					Reason: evidence.Unresolved, Detail: "whether " + p.Instance.Address + " targets " + v.Instance.Address + " is not known",
				})
			case tri.False:
			}
		}
	}
}

// targetsOf tells whether a lifecycle policy makes snapshots of a resource. A policy for instances takes their volumes along.
func targetsOf(p, v mapping.View, kindName string) tri.Value {
	near := inSameRegion(p, v).And(sameOwner(p, v))
	details := p.Block("policy_details")
	types, known := details.Strings("resource_types").Known()
	if by, ok := p.String("default_policy").Known(); ok {
		types, known = []string{by}, true
	}
	result := tri.Unknown
	if known {
		result = tri.False
		for _, t := range types {
			ofInstance := t == "INSTANCE" && v.Instance.Type == "aws_instance"
			result = result.Or(tri.Of(ofInstance || t == "VOLUME" && kindName == "volume" && v.Instance.Type == "aws_ebs_volume"))
		}
	}
	if !p.Has("default_policy") {
		result = result.And(anyTargetTag(details, v))
	}
	if p.Instance.Unexpanded != nil {
		result = result.And(tri.Unknown)
	}
	return near.And(result)
}

func anyTargetTag(details, v mapping.View) tri.Value {
	wanted, openWanted := details.StringMap("target_tags")
	tags, open := tagsOf(v)
	found, all := false, true
	for key, value := range wanted {
		tag, has := tags[key]
		found = found || has && tag == value
		all = all && has && tag == value
	}
	switch {
	case found && all && openWanted == nil:
		return tri.True
	case found, open != nil, openWanted != nil:
		return tri.Unknown // AWS does not say whether one of several tags is enough
	}
	return tri.False
}
