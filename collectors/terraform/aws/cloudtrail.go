package aws

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/tri"
)

// cloudtrail maps trails: each is a source of management events and, where it selects data events, also of the accesses to stores.
func cloudtrail() mapping.Service {
	types := []mapping.Type{{Name: "aws_cloudtrail", Kinds: []string{"log_source"}, Map: trail}}
	types = append(types, noted("a lake that keeps events for queries; a trail is what the checks ask for",
		"aws_cloudtrail_event_data_store")...)
	types = append(types, noted("names who administers the trails of an organisation", "aws_cloudtrail_organization_delegated_admin_account")...)
	return mapping.Service{Name: "cloudtrail", Types: types, Finish: recordAccess}
}

func trail(c *mapping.Context, v mapping.View) {
	on := v.Bool("enable_logging").Or(true)
	if v.Instance.Unexpanded != nil {
		on = kind.Both(on, kind.Because[bool](*v.Instance.Unexpanded))
	}
	multi := v.Bool("is_multi_region_trail").Or(false)
	l := logSource(c, "cloud_audit", kind.Both(on, managementEvents(v)), accountUID(v), v, "s3_bucket_name")
	l.Scope = trailScope(v, multi)
	l.MultiRegion, l.Validation = multi, v.Bool("enable_log_file_validation").Or(false)
	if is(l.Enabled) || !l.Enabled.IsKnown() {
		l.Encrypted = written(v, "kms_key_id")
	}
	keyManager(c, v, "kms_key_id", v.UID())
	e := c.Emit(v, "log_source", named(v, "name"), "", l)
	if uid, known := v.Account().Value(); known {
		c.Relate("logs_to", uid, e.UID)
	}
	if dest, known := l.Destination.Value(); known {
		c.Relate("logs_to", e.UID, dest)
	}
	dataEventSource(c, v, on)
}

// trailScope is what a trail covers: all accounts of the organisation, the account, or a region of it.
func trailScope(v mapping.View, multi kind.Attr[bool]) kind.Attr[string] {
	return kind.Then(v.Bool("is_organization_trail").Or(false), func(organization bool) kind.Attr[string] {
		if organization {
			return kind.Known("all")
		}
		return kind.Then(multi, func(all bool) kind.Attr[string] {
			if all {
				return v.Account()
			}
			return regionScope(v)
		})
	})
}

// regionScope is the part of an account that lies in the region of a resource: the account's UID, a colon and the region.
func regionScope(v mapping.View) kind.Attr[string] {
	return kind.Then(v.Account(), func(account string) kind.Attr[string] {
		return kind.Convert(v.Region(), func(region string) string { return account + ":" + region })
	})
}

// managementEvents says whether the trail records all management events, reads and writes; without selectors it does.
func managementEvents(v mapping.View) kind.Attr[bool] {
	basic, open := v.Blocks("event_selector")
	advanced, more := v.Blocks("advanced_event_selector")
	if len(basic)+len(advanced) == 0 && open == nil && more == nil {
		return kind.Known(true).From(v.Provenance())
	}
	var found []kind.Attr[bool]
	for _, s := range basic {
		everything := isWord(s.String("read_write_type").Or("All"), "All")
		found = append(found, kind.Both(s.Bool("include_management_events").Or(true), everything).From(s.Provenance()))
	}
	for _, s := range advanced {
		found = append(found, advancedManagement(s).From(s.Provenance()))
	}
	if why := evidence.FirstUnknown(open, more); why != nil {
		found = append(found, kind.Because[bool](*why))
	}
	return kind.AnyOf(found)
}

// advancedManagement: a selector of the category Management without a limit on reads or names records them all; leaving out the
// noisy events of KMS and RDS's data API is what AWS offers.
func advancedManagement(s mapping.View) kind.Attr[bool] {
	fields, open := s.Blocks("field_selector")
	management, whole := kind.Known(false), kind.Known(true)
	for _, f := range fields {
		switch name, _ := f.String("field").Known(); name {
		case "eventCategory":
			management = contains(f, "equals", "Management")
		case "eventSource":
		default:
			whole = kind.Known(false)
		}
	}
	out := kind.Both(management, whole)
	if open != nil {
		out = kind.Both(out, kind.Because[bool](*open))
	}
	return out
}

// dataEventSource emits what a trail records of accesses to stores.
func dataEventSource(c *mapping.Context, v mapping.View, on kind.Attr[bool]) {
	selectors := trailSelectors(v)
	if len(selectors) == 0 {
		return
	}
	l := logSource(c, "object_access", on, "", v, "s3_bucket_name")
	l.Scope = selectedScope(c, v)
	e := c.Emit(v, "log_source", named(v, "name")+" (data events)", "data-events", l)
	for _, s := range storesOf(c) {
		if recordsAccess(v, s) == tri.True {
			c.Relate("logs_to", s.UID(), e.UID)
		}
	}
}

// selectedScope lists the UIDs of the stores whose accesses a trail records, joined by a space; "all" where it records every bucket's.
func selectedScope(c *mapping.Context, v mapping.View) kind.Attr[string] {
	var uids []string
	for _, s := range trailSelectors(v) {
		if s.everything == tri.True && s.typ == "AWS::S3::Object" {
			return kind.Known("all").From(s.view.Provenance())
		}
	}
	for _, s := range storesOf(c) {
		switch recordsAccess(v, s) {
		case tri.True:
			uids = append(uids, s.UID())
		case tri.Unknown:
			return kind.Unknown[string](evidence.Unresolved, "whether the trail selects "+s.Instance.Address+" depends on values that are not known")
		case tri.False:
		}
	}
	return kind.Known(strings.Join(uids, " ")).From(v.Provenance())
}

// dataEventTypes are the stores of which CloudTrail can record the accesses as data events, by CloudTrail's name of them: those of its table
// "data events" whose API is the only way to their content. Of Timestream, Redshift and the clusters of RDS it records a part only.
func dataEventTypes() map[string]string {
	return map[string]string{
		"aws_s3_bucket": "AWS::S3::Object", "aws_s3_directory_bucket": "AWS::S3Express::Object", "aws_s3tables_table_bucket": "AWS::S3Tables::Table",
		"aws_dynamodb_table": "AWS::DynamoDB::Table", "aws_keyspaces_table": "AWS::Cassandra::Table",
		"aws_neptunegraph_graph": "AWS::NeptuneGraph::Graph", "aws_sqs_queue": "AWS::SQS::Queue", "aws_sns_topic": "AWS::SNS::Topic",
		"aws_kinesis_stream": "AWS::Kinesis::Stream", "aws_kinesis_firehose_delivery_stream": "AWS::KinesisFirehose::DeliveryStream",
	}
}

// recordedAsManagement tells whether the accesses to a store are management events: those of container images, pushed and pulled by calls
// that every trail records.
func recordedAsManagement(store mapping.View) bool {
	return store.Instance.Type == "aws_ecr_repository"
}

// storesOf are the stores whose accesses can be data events, by type and address.
func storesOf(c *mapping.Context) []mapping.View {
	var out []mapping.View
	for _, typ := range slices.Sorted(maps.Keys(dataEventTypes())) {
		out = append(out, c.All(typ)...)
	}
	return out
}

// selector is one group of data events that a trail records.
type selector struct {
	view          mapping.View
	typ           string // CloudTrail's name of the resource type; "" where it is not known
	reads, writes tri.Value
	everything    tri.Value                         // all resources of the type
	takes         func(arn iampolicy.Str) tri.Value // one resource, by its ARN
}

// trailSelectors reads the data events of both forms of selectors, once.
func trailSelectors(v mapping.View) []selector {
	return mapping.Memo(v.Context(), "selectors of "+v.Instance.Address, func() []selector { return readSelectors(v) })
}

func readSelectors(v mapping.View) []selector {
	var out []selector
	basic, _ := v.Blocks("event_selector")
	for i, s := range basic {
		resources, open := s.Blocks("data_resource")
		for k, r := range resources {
			out = append(out, basicSelector(s, r, blockAddress(v, i, k)))
		}
		if open != nil {
			out = append(out, unknownSelector(s))
		}
	}
	advanced, _ := v.Blocks("advanced_event_selector")
	for i, s := range advanced {
		if sel, ok := advancedSelector(s, blockAddress(v, i, -1)); ok {
			out = append(out, sel)
		}
	}
	for _, typ := range []string{"event_selector", "advanced_event_selector"} {
		if v.MayHave(typ) != nil {
			out = append(out, unknownSelector(v))
		}
	}
	return out
}

func unknownSelector(v mapping.View) selector {
	return selector{view: v, reads: tri.Unknown, writes: tri.Unknown, takes: func(iampolicy.Str) tri.Value { return tri.Unknown }}
}

// blockAddress tells the nested blocks of an instance apart.
func blockAddress(v mapping.View, i, k int) string {
	return v.Instance.Address + "[" + strconv.Itoa(i) + "][" + strconv.Itoa(k) + "]"
}

func basicSelector(s, r mapping.View, address string) selector {
	mode := s.String("read_write_type").Or("All")
	typ, _ := r.String("type").Known()
	list := arnListOf(r, "values", address)
	everything := tri.False
	for _, val := range list.known {
		if text, _ := val.Known(); strings.Count(strings.TrimSuffix(text, ":::"), ":") == 2 { // "arn:aws:s3": all of the service
			everything = tri.True
		}
	}
	return selector{
		view: s, typ: typ, reads: wordIn(mode, "All", "ReadOnly"), writes: wordIn(mode, "All", "WriteOnly"), everything: everything,
		takes: func(arn iampolicy.Str) tri.Value { return everything.Or(wholly(list, arn)) },
	}
}

// wholly tells whether a list has a resource; a bucket is listed with a slash, as the prefix of all its objects.
func wholly(list *arnList, arn iampolicy.Str) tri.Value {
	return list.lists(arn).Or(list.lists(arn.Append("/")))
}

// wordIn tells whether an attribute is one of the words.
func wordIn(a kind.Attr[string], words ...string) tri.Value {
	s, known := a.Value()
	if !known {
		return tri.Unknown
	}
	return tri.Of(slices.Contains(words, s))
}

// advancedSelector reads a selector of the category Data. Limits on names or sessions leave some accesses out.
func advancedSelector(s mapping.View, address string) (selector, bool) {
	out := selector{view: s, reads: tri.True, writes: tri.True, everything: tri.True}
	fields, open := s.Blocks("field_selector")
	if open != nil {
		return unknownSelector(s), true
	}
	data := false
	var limits []func(iampolicy.Str) tri.Value
	for i, f := range fields {
		switch name, _ := f.String("field").Known(); name {
		case "eventCategory":
			data = is(contains(f, "equals", "Data"))
		case "resources.type":
			if list, known := f.Strings("equals").Known(); known && len(list) == 1 {
				out.typ = list[0]
			}
		case "readOnly":
			only := is(contains(f, "equals", "true"))
			out.reads, out.writes = tri.Of(only), tri.Of(!only)
		case "resources.ARN":
			out.everything = tri.False
			limits = append(limits, arnLimit(f, address+strconv.Itoa(i)))
		default:
			out.everything = tri.False
			limits = append(limits, func(iampolicy.Str) tri.Value { return tri.False })
		}
	}
	out.takes = func(arn iampolicy.Str) tri.Value {
		result := tri.True
		for _, limit := range limits {
			result = result.And(limit(arn))
		}
		return result
	}
	return out, data
}

// arnLimit reads a field selector on ARNs. An operator that can take in only part of a store is taken for a no.
func arnLimit(f mapping.View, address string) func(iampolicy.Str) tri.Value {
	starts, equals := arnListOf(f, "starts_with", address), arnListOf(f, "equals", address)
	notStarts, notEquals := arnListOf(f, "not_starts_with", address), arnListOf(f, "not_equals", address)
	return func(arn iampolicy.Str) tri.Value {
		if f.Has("ends_with") || f.Has("not_ends_with") {
			return tri.False
		}
		result := tri.True
		if f.Has("starts_with") || f.Has("equals") {
			result = wholly(starts, arn).Or(wholly(equals, arn)).Or(startsWith(starts, arn))
		}
		return result.And(wholly(notStarts, arn).Or(wholly(notEquals, arn)).Or(startsWith(notStarts, arn)).Not())
	}
}

// startsWith tells whether one of the values is a prefix of the ARN.
func startsWith(list *arnList, arn iampolicy.Str) tri.Value {
	result := tri.False
	for _, val := range append(slices.Clone(list.known), list.rest...) {
		result = result.Or(val.Append("*").Covers(arn))
	}
	return result
}

// recordsAccess tells whether a trail records reads and writes of a store.
func recordsAccess(t, store mapping.View) tri.Value {
	selected := selectsData(t, store)
	if recordedAsManagement(store) {
		selected = triOf(managementEvents(t))
	}
	multi := triOf(t.Bool("is_multi_region_trail").Or(false))
	enabled := triOf(t.Bool("enable_logging").Or(true))
	if t.Instance.Unexpanded != nil {
		enabled = enabled.And(tri.Unknown)
	}
	return selected.And(enabled).And(multi.Or(inSameRegion(t, store))).And(sameOwner(t, store))
}

// selectsData tells whether the data events that a trail selects have reads and writes of a store among them.
func selectsData(t, store mapping.View) tri.Value {
	reads, writes := tri.False, tri.False
	for _, s := range trailSelectors(t) {
		if s.typ != "" && s.typ != dataEventTypes()[store.Instance.Type] {
			continue
		}
		for _, arn := range arnsOf(store) {
			takes := s.takes(arn)
			reads, writes = reads.Or(takes.And(s.reads)), writes.Or(takes.And(s.writes))
		}
	}
	return reads.And(writes)
}

// accessLog is the one attribute that the trails contribute to a store.
type accessLog struct {
	Access kind.Attr[bool] `attr:"logging.access"`
}

// recordAccess completes logging.access of the stores whose accesses a trail can record. Where no trail is declared here, one may be
// declared elsewhere.
func recordAccess(c *mapping.Context) {
	trails := inAccount(c, "aws_cloudtrail")
	for _, e := range c.Entities() {
		v, ok := c.ViewOf(e)
		recorded := ok && (dataEventTypes()[v.Instance.Type] != "" || recordedAsManagement(v))
		if !recorded || !e.HasFacet("datastore") || e.UID != v.UID() || e.Attrs["logging.access"] == true {
			continue
		}
		setAccess(e, byTrails(e, v, trails))
	}
}

// byTrails says whether a trail records the accesses to a store that has no access log of its own, or is not known to have one.
func byTrails(e *evidence.Entity, v mapping.View, trails []mapping.View) kind.Attr[bool] {
	own, unsure := e.Unknown["logging.access"]
	unsure = unsure && own.Reason != evidence.NotCollected
	answer, at := tri.False, v.Provenance()
	for _, t := range trails {
		one := recordsAccess(t, v)
		if one == tri.True {
			at = t.Provenance()
		}
		answer = answer.Or(one)
	}
	switch {
	case answer == tri.True:
		return kind.Known(true).From(at)
	case answer == tri.Unknown:
		return kind.Unknown[bool](evidence.Unresolved, "whether a trail selects the store depends on values that are not known").From(at)
	case unsure:
		return kind.Because[bool](own).From(at)
	case len(trails) == 0:
		return kind.Unknown[bool](evidence.NotInPlane, "no trail is declared here that could record the accesses").From(at)
	}
	return kind.Known(false).From(at)
}

func setAccess(e *evidence.Entity, a kind.Attr[bool]) {
	const path = "logging.access"
	delete(e.Attrs, path)
	delete(e.Unknown, path)
	delete(e.AttrProv, path)
	e.NA = slices.DeleteFunc(e.NA, func(p string) bool { return p == path })
	kind.Fill(e, accessLog{Access: a})
}
