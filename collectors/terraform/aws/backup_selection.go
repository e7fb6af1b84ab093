package aws

import (
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/tri"
)

// backupTypes are the resource types that AWS Backup protects, with the names under which a region opts in to them. It selects
// nothing else, whatever its tags.
func backupTypes() map[string]string {
	return map[string]string{
		"aws_s3_bucket": "S3", "aws_dynamodb_table": "DynamoDB", "aws_efs_file_system": "EFS", "aws_ebs_volume": "EBS", "aws_instance": "EC2",
		"aws_db_instance": "RDS", "aws_rds_cluster": "Aurora", "aws_docdb_cluster": "DocumentDB", "aws_neptune_cluster": "Neptune",
		"aws_fsx_lustre_file_system": "FSx", "aws_fsx_windows_file_system": "FSx", "aws_fsx_openzfs_file_system": "FSx",
		"aws_fsx_openzfs_volume": "FSx", "aws_fsx_ontap_volume": "FSx", "aws_redshift_cluster": "Redshift",
		"aws_redshiftserverless_namespace": "Redshift Serverless", "aws_timestreamwrite_table": "Timestream",
		"aws_storagegateway_cached_iscsi_volume": "Storage Gateway", "aws_storagegateway_stored_iscsi_volume": "Storage Gateway",
	}
}

// continuously are the opt-in names of what AWS Backup can restore to a point in time.
func continuously(optIn string) bool { return optIn == "S3" || optIn == "RDS" || optIn == "Aurora" }

// selectBackups relates every store and host to the plans that select it: by ARN, by tag or by condition, in the region and account of
// the plan.
func selectBackups(c *mapping.Context) {
	selections := c.All("aws_backup_selection")
	for _, e := range c.Entities() {
		if e.Kind != "host" && !e.HasFacet("datastore") {
			continue
		}
		v, ok := c.ViewOf(e)
		if !ok || v.Instance.Mode == resource.Data {
			continue
		}
		optIn, protectable := backupTypes()[v.Instance.Type]
		if !protectable {
			continue
		}
		for _, s := range selections {
			relateSelection(c, e, v, s, optIn)
		}
	}
	selectByLifecycle(c)
}

// relateSelection relates an entity to the plan of a selection that matches it.
func relateSelection(c *mapping.Context, e *evidence.Entity, v, s mapping.View, optIn string) {
	answer := selects(c, s, v, optIn)
	plan := s.Targets("plan_id", "aws_backup_plan")
	why := evidence.Unknown{
		Reason: evidence.Unresolved,
		Detail: "whether " + s.Instance.Address + " selects " + v.Instance.Address + " depends on values that are not known",
	}
	switch {
	case answer == tri.True && plan.Open != nil:
		answer, why = tri.Unknown, *plan.Open
	case answer == tri.True && len(plan.Literals) > 0:
		answer, why = tri.Unknown, evidence.Unknown{Reason: evidence.NotInPlane, Detail: "the plan " + plan.Literals[0] + " is not declared here"}
	case answer == tri.True && s.Instance.Unexpanded != nil:
		answer, why = tri.Unknown, *s.Instance.Unexpanded
	}
	switch answer {
	case tri.Unknown:
		c.RelateOpen("selected_by", e.UID, why)
	case tri.True:
		for _, p := range plan.Instances {
			c.Relate("selected_by", e.UID, c.UID(p.Address))
			if uid := c.UID(p.Address) + "#" + continuousSuffix; continuously(optIn) && emitted(c, uid) {
				c.Relate("selected_by", e.UID, uid)
			}
		}
	case tri.False:
	}
}

// emitted reports whether there is an entity with the UID.
func emitted(c *mapping.Context, uid string) bool {
	uids := mapping.Memo(c, "uids at the end", func() map[string]bool {
		out := make(map[string]bool)
		for _, e := range c.Entities() {
			out[e.UID] = true
		}
		return out
	})
	return uids[uid]
}

// selects tells whether a selection takes a resource in. Where it names both ARNs and tags, AWS's documents do not agree on whether one
// of the two is enough.
func selects(c *mapping.Context, s, v mapping.View, optIn string) tri.Value {
	near := inSameRegion(s, v).And(sameOwner(s, v))
	if near == tri.False {
		return tri.False
	}
	byARN, byTag := listsARN(s, v, "resources"), hasSelectedTag(s, v)
	tags, more := s.Blocks("selection_tag")
	hasTags, hasARNs := len(tags) > 0 || more != nil, s.Has("resources")
	var chosen tri.Value
	switch {
	case hasARNs && hasTags && byARN != byTag:
		chosen = byARN.Or(byTag).And(tri.Unknown)
	case hasARNs:
		chosen = byARN
	case hasTags:
		chosen = byTag.And(optedIn(c, s, optIn))
	default: // nothing is named: everything that the region has opted in to
		chosen = optedIn(c, s, optIn)
	}
	return near.And(chosen).And(listsARN(s, v, "not_resources").Not()).And(meetsConditions(s, v))
}

// optedIn is what the region's settings say of a resource type; where they are not declared here a new region has opted in.
func optedIn(c *mapping.Context, s mapping.View, optIn string) tri.Value {
	for _, settings := range c.All("aws_backup_region_settings") {
		if inSameRegion(settings, s) != tri.True || sameOwner(settings, s) != tri.True {
			continue
		}
		types, open := settings.StringMap("resource_type_opt_in_preference")
		switch {
		case types[optIn] == "false":
			return tri.False
		case types[optIn] == "" && open != nil:
			return tri.Unknown
		}
	}
	return tri.True
}

// inSameRegion tells whether two resources are made in the same region. Two that use one provider configuration are, even where it does
// not state the region.
func inSameRegion(a, b mapping.View) tri.Value {
	x, known := a.Region().Value()
	y, alsoKnown := b.Region().Value()
	switch {
	case known && alsoKnown:
		return tri.Of(x == y)
	case a.Instance.Provider.Config == b.Instance.Provider.Config && a.Instance.Provider.Alias == b.Instance.Provider.Alias &&
		!a.Attr("region").Set && !b.Attr("region").Set:
		return tri.True
	}
	return tri.Unknown
}

func sameOwner(a, b mapping.View) tri.Value {
	x, known := a.Account().Value()
	y, alsoKnown := b.Account().Value()
	switch {
	case known && alsoKnown:
		return tri.Of(x == y)
	case a.Instance.Provider.Config == b.Instance.Provider.Config:
		return tri.True
	}
	return tri.Unknown
}

// listsARN tells whether an argument with ARNs, which may have wildcards, lists the resource.
func listsARN(s, v mapping.View, arg string) tri.Value {
	if !s.Attr(arg).Set {
		return tri.False
	}
	l := arnListOf(s, arg, s.Instance.Address)
	result := tri.False
	for _, arn := range arnsOf(v) {
		result = result.Or(l.lists(arn))
	}
	if result == tri.Unknown && l.open && len(l.rest) == 0 {
		return byReference(s, v, arg)
	}
	return result
}

// byReference: a list that is not known, but refers to the resource, may list it; one that refers to other resources only does not.
func byReference(s, v mapping.View, arg string) tri.Value {
	refs := s.Attr(arg).Refs
	for _, r := range refs {
		if r.Address == v.Instance.Address || r.Address == v.Instance.Resource {
			return tri.Unknown
		}
	}
	t := s.Targets(arg)
	if len(refs) > 0 && len(t.Instances) > 0 && t.Open == nil {
		return tri.False
	}
	return tri.Unknown
}

// hasSelectedTag tells whether the resource has one of the tags that a selection names.
func hasSelectedTag(s, v mapping.View) tri.Value {
	wanted, open := s.Blocks("selection_tag")
	result := tri.False
	for _, w := range wanted {
		result = result.Or(tagIs(w, v, func(value, tag string) bool { return value == tag }, tri.False))
	}
	if open != nil {
		result = result.Or(tri.Unknown)
	}
	return result
}

// tagsOf is View.Tags of a whole resource, read once.
func tagsOf(v mapping.View) (map[string]string, *evidence.Unknown) {
	type read struct {
		tags map[string]string
		open *evidence.Unknown
	}
	r := mapping.Memo(v.Context(), "tags of "+v.Instance.Address, func() read {
		tags, open := v.Tags()
		return read{tags, open}
	})
	return r.tags, r.open
}

// tagIs compares one tag of the resource. Missing is the answer where the resource is known not to have the tag.
func tagIs(w, v mapping.View, equal func(value, tag string) bool, missing tri.Value) tri.Value {
	key, known := w.String("key").Known()
	value, alsoKnown := w.String("value").Known()
	if !known || !alsoKnown {
		return tri.Unknown
	}
	tags, open := tagsOf(v)
	tag, has := tags[strings.TrimPrefix(key, "aws:ResourceTag/")]
	switch {
	case has:
		return tri.Of(equal(value, tag))
	case open != nil:
		return tri.Unknown
	}
	return missing
}

// meetsConditions: all conditions must hold. Of a negated one AWS does not say whether a resource without the tag meets it.
func meetsConditions(s, v mapping.View) tri.Value {
	blocks, open := s.Blocks("condition")
	result := tri.True
	if open != nil {
		result = tri.Unknown
	}
	equal := func(value, tag string) bool { return value == tag }
	like := func(value, tag string) bool {
		return iampolicy.Literal(value).Covers(iampolicy.Literal(tag)) == tri.True
	}
	for _, b := range blocks {
		for _, form := range []struct {
			block   string
			holds   func(value, tag string) bool
			missing tri.Value
		}{
			{"string_equals", equal, tri.False},
			{"string_like", like, tri.False},
			{"string_not_equals", func(value, tag string) bool { return !equal(value, tag) }, tri.Unknown},
			{"string_not_like", func(value, tag string) bool { return !like(value, tag) }, tri.Unknown},
		} {
			each, more := b.Blocks(form.block)
			for _, w := range each {
				result = result.And(tagIs(w, v, form.holds, form.missing))
			}
			if more != nil {
				result = result.And(tri.Unknown)
			}
		}
	}
	return result
}
