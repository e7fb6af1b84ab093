package services

import (
	"context"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/tri"
)

// backupTypes are what AWS Backup protects, by what stands in the ARN after the account, with the name under which a region opts in to it. It
// selects nothing else, whatever its tags.
func backupTypes() []struct{ pattern, optIn string } {
	return []struct{ pattern, optIn string }{
		{"s3:*:*:*", "S3"},
		{"dynamodb:*:*:table/*", "DynamoDB"},
		{"elasticfilesystem:*:*:file-system/*", "EFS"},
		{"ec2:*:*:volume/*", "EBS"},
		{"ec2:*:*:instance/*", "EC2"},
		{"rds:*:*:db:*", "RDS"},
		{"rds:*:*:cluster:*", "Aurora"},
		{"fsx:*:*:*", "FSx"},
		{"redshift:*:*:cluster:*", "Redshift"},
		{"redshift:*:*:namespace:*", "Redshift"},
		{"redshift-serverless:*:*:*", "Redshift Serverless"},
		{"timestream:*:*:*", "Timestream"},
		{"storagegateway:*:*:*", "Storage Gateway"},
	}
}

// optInOf is the name under which AWS Backup knows the type of a resource; "" where it cannot protect it.
func optInOf(arn string) string {
	const service = 2 // of the fields of an ARN, from where on the patterns are
	fields := strings.SplitN(arn, ":", service+1)
	if len(fields) <= service {
		return ""
	}
	rest := fields[service]
	for _, t := range backupTypes() {
		if matches(t.pattern, rest) {
			return t.optIn
		}
	}
	return ""
}

// selectBackups relates every store and host of the region to the plans that select it, by ARN, tag or condition.
func selectBackups(ctx context.Context, c *api.Context, found []api.Resource) {
	known := backupPlans(ctx, c)
	if known.fail == nil && len(known.plans) == 0 {
		return
	}
	s := selector{c: c}
	s.settings = api.Ask(ctx, c, backup.NewFromConfig(c.AWS()).DescribeRegionSettings, &backup.DescribeRegionSettingsInput{})
	tags := taggedResources(ctx, c)
	s.tagsFail = tags.Fail
	s.tags = make(map[string]map[string]string, len(tags.Items))
	for _, item := range tags.Items {
		s.tags[aws.ToString(item.ResourceARN)] = api.TagsOf(item.Tags, func(t tagtypes.Tag) (key, value *string) { return t.Key, t.Value }).Values
	}
	for _, r := range found {
		optIn := optInOf(r.UID)
		if r.Region != c.Region || optIn == "" || r.Kind == "snapshot" {
			continue
		}
		if known.fail != nil {
			c.RelateOpen("selected_by", r.UID)
		}
		for _, p := range known.plans {
			s.relate(p, r.UID, optIn)
		}
	}
}

// selector judges the selections of one region.
type selector struct {
	c        *api.Context
	settings api.Answer[backup.DescribeRegionSettingsOutput]
	tags     map[string]map[string]string // by ARN
	tagsFail *api.Failure
}

func (s selector) relate(p plan, arn, optIn string) {
	answer := tri.False
	if p.unread != nil {
		answer = tri.Unknown
	}
	for _, selection := range p.selections {
		answer = answer.Or(s.selects(selection, arn, optIn))
	}
	switch answer {
	case tri.Unknown:
		s.c.RelateOpen("selected_by", arn)
	case tri.True:
		s.c.Relate("selected_by", arn, p.arn)
		if (optIn == "S3" || optIn == "RDS" || optIn == "Aurora") && len(planRules(s.c, p.body.Out, true)) > 0 {
			s.c.Relate("selected_by", arn, p.arn+continuousSuffix)
		}
	case tri.False:
	}
}

// selects tells whether a selection takes a resource in. Where it names both ARNs and tags, AWS's documents do not agree on whether one of the
// two is enough.
func (s selector) selects(sel types.BackupSelection, arn, optIn string) tri.Value {
	byARN, byTag := tri.Of(listsARN(sel.Resources, arn)), s.hasTag(sel.ListOfTags, arn)
	var chosen tri.Value
	switch hasARNs, hasTags := len(sel.Resources) > 0, len(sel.ListOfTags) > 0; {
	case hasARNs && hasTags && byARN != byTag:
		chosen = byARN.Or(byTag).And(tri.Unknown)
	case hasARNs:
		chosen = byARN
	case hasTags:
		chosen = byTag.And(s.optedIn(optIn))
	default: // nothing is named: everything that the region has opted in to
		chosen = s.optedIn(optIn)
	}
	return chosen.And(tri.Of(listsARN(sel.NotResources, arn)).Not()).And(s.meets(sel.Conditions, arn))
}

// optedIn is what the region's settings say of a type of resource.
func (s selector) optedIn(optIn string) tri.Value {
	if !s.settings.OK() {
		return tri.Unknown
	}
	on, said := s.settings.Out.ResourceTypeOptInPreference[optIn]
	if !said {
		return tri.Unknown
	}
	return tri.Of(on)
}

// hasTag tells whether the resource has one of the tags that a selection names.
func (s selector) hasTag(wanted []types.Condition, arn string) tri.Value {
	answer := tri.False
	for _, w := range wanted {
		value := aws.ToString(w.ConditionValue)
		answer = answer.Or(s.tagIs(aws.ToString(w.ConditionKey), arn, false, func(tag string) bool { return tag == value }))
	}
	return answer
}

// tagIs compares one tag of a resource; absent is the answer where it has no such tag.
func (s selector) tagIs(key, arn string, absent bool, same func(tag string) bool) tri.Value {
	if s.tagsFail != nil {
		return tri.Unknown
	}
	tag, there := s.tags[arn][strings.TrimPrefix(key, "aws:ResourceTag/")]
	if !there {
		return tri.Of(absent)
	}
	return tri.Of(same(tag))
}

// meets tells whether a resource meets all conditions of a selection.
func (s selector) meets(conditions *types.Conditions, arn string) tri.Value {
	if conditions == nil {
		return tri.True
	}
	answer := tri.True
	each := func(list []types.ConditionParameter, absent bool, same func(pattern, tag string) bool) {
		for _, p := range list {
			pattern := aws.ToString(p.ConditionValue)
			answer = answer.And(s.tagIs(aws.ToString(p.ConditionKey), arn, absent, func(tag string) bool { return same(pattern, tag) }))
		}
	}
	each(conditions.StringEquals, false, func(pattern, tag string) bool { return pattern == tag })
	each(conditions.StringLike, false, matches)
	each(conditions.StringNotEquals, true, func(pattern, tag string) bool { return pattern != tag })
	each(conditions.StringNotLike, true, func(pattern, tag string) bool { return !matches(pattern, tag) })
	return answer
}

func listsARN(patterns []string, arn string) bool {
	for _, p := range patterns {
		if matches(p, arn) {
			return true
		}
	}
	return false
}

// matches reports whether a text is as a pattern with stars says; a star stands for any text, slashes included.
func matches(pattern, text string) bool {
	const slash, other = "/", "\x01"
	clean := strings.NewReplacer(slash, other, "[", "\x02", "?", "\x03", "\\", "\x04")
	ok, err := path.Match(clean.Replace(pattern), clean.Replace(text))
	return err == nil && ok
}
