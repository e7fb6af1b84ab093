package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// cloudtrailService reads trails. A trail of all regions answers in each of them; it is an entity once, in its home region. Lakes of events
// are no trails, as in code; they count for the accesses to stores that they record.
func cloudtrailService() api.Service {
	return api.Service{
		Name: "cloudtrail", Kinds: []string{"log_source"}, Collect: trails, Finish: dataEvents, Rate: 5,
		Operations: []api.Operation{
			{Name: "DescribeTrails", Tells: []string{"log_source", "logging.access", "watches"}},
			{Name: "GetTrailStatus", Tells: []string{"forwarded", "enabled", "last_event_at", "logging.access"}},
			{Name: "GetEventSelectors", Tells: []string{"forwarded", "enabled", "scope", "logging.access"}},
			{Name: "ListEventDataStores", Tells: []string{"logging.access"}},
			{Name: "GetEventDataStore", Tells: []string{"logging.access"}},
		},
	}
}

// trail is one trail with what is asked of it.
type trail struct {
	types.Trail
	arn, home string
	status    api.Answer[cloudtrail.GetTrailStatusOutput]
	selectors api.Answer[cloudtrail.GetEventSelectorsOutput]
}

// trailsOf are the trails that record a region, whoever has made them, or why they are not known.
type trailsOf struct {
	list []*trail
	prov *evidence.Provenance
	fail *api.Failure
}

// trailsIn reads the trails that record the unit's region: its own, those of other regions that record all, and the organisation's.
func trailsIn(ctx context.Context, c *api.Context) trailsOf {
	return api.Shared(c, "trails", func(c *api.Context) trailsOf {
		a := api.Ask(ctx, c, cloudtrail.NewFromConfig(c.AWS()).DescribeTrails, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
		out := trailsOf{prov: a.Prov, fail: a.Fail}
		for _, t := range a.Out.TrailList {
			out.list = append(out.list, trailOf(ctx, c, t))
		}
		slices.SortFunc(out.list, func(a, b *trail) int { return strings.Compare(a.arn, b.arn) })
		return out
	})
}

// trailOf asks once per account what a trail does, in its home region.
func trailOf(ctx context.Context, c *api.Context, t types.Trail) *trail {
	arn := aws.ToString(t.TrailARN)
	return api.SharedGlobal(c, "trail "+arn, func(c *api.Context) *trail {
		out := &trail{Trail: t, arn: arn, home: aws.ToString(t.HomeRegion)}
		if out.home != "" {
			c = c.In(out.home)
		}
		client := cloudtrail.NewFromConfig(c.AWS())
		out.status = api.Ask(ctx, c, client.GetTrailStatus, &cloudtrail.GetTrailStatusInput{Name: aws.String(arn)})
		out.selectors = api.Ask(ctx, c, client.GetEventSelectors, &cloudtrail.GetEventSelectorsInput{TrailName: aws.String(arn)})
		return out
	})
}

// own reports whether the trail belongs to the account; an organisation's trail shows itself in every member.
func (t *trail) own(c *api.Context) bool { return accountIn(t.arn) == c.Account.ID }

// uid is the trail's ARN; what a member sees of its organisation's trail is an entity of the member.
func (t *trail) uid(c *api.Context) string {
	if t.own(c) {
		return t.arn
	}
	return t.arn + "#" + c.Account.UID()
}

// scope is where the trail's entity lies.
func (t *trail) scope(c *api.Context) string {
	if t.own(c) && t.home != "" {
		return c.Account.UID() + ":" + t.home
	}
	return c.Account.UID()
}

// here reports whether the unit is the one that says what a trail is: that of its home region, or the first where that is not read.
func (t *trail) here(c *api.Context) bool {
	home := t.home
	if !slices.Contains(c.Account.Regions, home) && len(c.Account.Regions) > 0 {
		home = c.Account.Regions[0]
	}
	return c.Region == home
}

// logging says whether the trail is on.
func (t *trail) logging() kind.Attr[bool] {
	return api.Read(t.status, func(o *cloudtrail.GetTrailStatusOutput) kind.Attr[bool] { return kind.Known(aws.ToBool(o.IsLogging)) })
}

func trails(ctx context.Context, c *api.Context) {
	found := trailsIn(ctx, c)
	for _, t := range found.list {
		if t.here(c) {
			emitTrail(ctx, c, t, found.prov)
		}
	}
}

func emitTrail(ctx context.Context, c *api.Context, t *trail, prov *evidence.Provenance) {
	enabled := kind.Both(t.logging(), api.Read(t.selectors, func(o *cloudtrail.GetEventSelectorsOutput) kind.Attr[bool] {
		return kind.Known(recordsManagement(o))
	}))
	l := delivered(ctx, c, "cloud_audit", enabled, t.covers(c), aws.ToString(t.S3BucketName))
	l.MultiRegion, l.Validation = kind.Known(aws.ToBool(t.IsMultiRegionTrail)), kind.Known(aws.ToBool(t.LogFileValidationEnabled))
	if on, known := enabled.Value(); on || !known {
		l.Encrypted = kind.Known(aws.ToString(t.KmsKeyId) != "")
	}
	l.LastEventAt = api.Read(t.status, func(o *cloudtrail.GetTrailStatusOutput) kind.Attr[kind.Time] {
		if o.LatestDeliveryTime == nil {
			return kind.Unknown[kind.Time](evidence.Unsupported, "CloudTrail states no delivery to the bucket")
		}
		return api.Time(o.LatestDeliveryTime)
	})
	uid := t.uid(c)
	c.Emit(api.Entity{Kind: "log_source", UID: uid, Name: aws.ToString(t.Name), Scope: t.scope(c), Prov: prov}, l)
	c.Relate("logs_to", c.Account.UID(), uid)
	if to, known := l.Destination.Value(); known {
		c.Relate("logs_to", uid, to)
	}
	c.Relate("encrypted_by", uid, aws.ToString(t.KmsKeyId))
}

// covers is what a trail covers, as log_source.scope says it: all accounts of the organisation, the account, or a region of it.
func (t *trail) covers(c *api.Context) string {
	switch {
	case !t.own(c):
		return c.Account.UID()
	case aws.ToBool(t.IsOrganizationTrail):
		return "all"
	case aws.ToBool(t.IsMultiRegionTrail):
		return c.Account.UID()
	}
	return c.Account.UID() + ":" + t.home
}

// recordsManagement says whether a trail records all management events, reads and writes; without selectors it does.
func recordsManagement(o *cloudtrail.GetEventSelectorsOutput) bool {
	if len(o.EventSelectors)+len(o.AdvancedEventSelectors) == 0 {
		return true
	}
	for _, s := range o.EventSelectors {
		if (s.IncludeManagementEvents == nil || *s.IncludeManagementEvents) && (s.ReadWriteType == "" || s.ReadWriteType == types.ReadWriteTypeAll) {
			return true
		}
	}
	return slices.ContainsFunc(o.AdvancedEventSelectors, wholeManagement)
}

// wholeManagement: a selector of the category Management without a limit on reads or names records them all; leaving out the noisy events of
// KMS and RDS's data API is what AWS offers.
func wholeManagement(s types.AdvancedEventSelector) bool {
	management := false
	for _, f := range s.FieldSelectors {
		switch aws.ToString(f.Field) {
		case "eventCategory":
			management = slices.Contains(f.Equals, "Management")
		case "eventSource":
		default:
			return false
		}
	}
	return management
}

// dataSelector is one group of data events that a trail records.
type dataSelector struct {
	typ           string // CloudTrail's name of the resource type, such as AWS::S3::Object
	reads, writes bool
	everything    bool                  // all resources of the type
	named         []string              // the ARNs that it names, those of buckets with a slash behind
	takes         func(arn string) bool // one resource, by its ARN
}

// dataSelectors reads the data events of both forms of selectors.
func dataSelectors(o *cloudtrail.GetEventSelectorsOutput) []dataSelector {
	var out []dataSelector
	for _, s := range o.EventSelectors {
		for _, r := range s.DataResources {
			everything := slices.ContainsFunc(r.Values, wholeService)
			out = append(out, dataSelector{
				typ:        aws.ToString(r.Type),
				reads:      s.ReadWriteType != types.ReadWriteTypeWriteOnly,
				writes:     s.ReadWriteType != types.ReadWriteTypeReadOnly,
				everything: everything, named: r.Values,
				takes: func(arn string) bool { return everything || wholly(r.Values, arn) },
			})
		}
	}
	for _, s := range o.AdvancedEventSelectors {
		if sel, data := advancedSelector(s); data {
			out = append(out, sel)
		}
	}
	return out
}

// wholeService reports whether a value stands for all resources of a service: "arn:aws:s3", also written "arn:aws:s3:::".
func wholeService(value string) bool {
	return strings.Count(strings.TrimSuffix(value, ":::"), ":") == 2
}

// wholly tells whether a list has a resource; a bucket is listed with a slash, as the prefix of all its objects.
func wholly(list []string, arn string) bool {
	return slices.Contains(list, arn) || slices.Contains(list, arn+"/")
}

// advancedSelector reads a selector of the category Data. Limits on names or sessions leave some accesses out.
func advancedSelector(s types.AdvancedEventSelector) (out dataSelector, data bool) {
	out = dataSelector{reads: true, writes: true, everything: true}
	var limits []types.AdvancedFieldSelector
	other := false
	for _, f := range s.FieldSelectors {
		switch aws.ToString(f.Field) {
		case "eventCategory":
			data = slices.Contains(f.Equals, "Data")
		case "resources.type":
			if len(f.Equals) == 1 {
				out.typ = f.Equals[0]
			}
		case "readOnly":
			only := slices.Contains(f.Equals, "true")
			out.reads, out.writes = only, !only
		case "resources.ARN":
			limits = append(limits, f)
			out.named = append(out.named, f.Equals...)
			for _, prefix := range f.StartsWith {
				if strings.HasSuffix(prefix, "/") { // a bucket with all its objects; any other prefix names no store
					out.named = append(out.named, prefix)
				}
			}
		default:
			other = true
		}
	}
	out.everything = len(limits) == 0 && !other
	out.takes = func(arn string) bool {
		return !other && !slices.ContainsFunc(limits, func(f types.AdvancedFieldSelector) bool { return !lets(f, arn) })
	}
	return out, data
}

// lets tells whether a field selector on ARNs lets a store's through. An operator that can take in only part of a store is taken for a no.
func lets(f types.AdvancedFieldSelector, arn string) bool {
	if len(f.EndsWith)+len(f.NotEndsWith) > 0 {
		return false
	}
	begins := func(list []string) bool {
		return slices.ContainsFunc(list, func(p string) bool { return strings.HasPrefix(arn, p) })
	}
	if len(f.StartsWith)+len(f.Equals) > 0 && !wholly(f.StartsWith, arn) && !wholly(f.Equals, arn) && !begins(f.StartsWith) {
		return false
	}
	return !wholly(f.NotStartsWith, arn) && !wholly(f.NotEquals, arn) && !begins(f.NotStartsWith)
}

// dataEventType is CloudTrail's name for the accesses to a store, where it can record them as data events; "" where it cannot. These are the
// resource types of its table "data events" whose API is the only way to their content: of Timestream, Redshift and the clusters of RDS
// it records a part only.
func dataEventType(arn string) string {
	const service, resource = 2, 5
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) <= resource {
		return ""
	}
	within := func(prefix, typ string) string {
		if !strings.HasPrefix(parts[resource], prefix) || strings.Count(parts[resource], "/") < strings.Count(prefix, "/") {
			return ""
		}
		return typ
	}
	switch parts[service] {
	case "s3":
		return "AWS::S3::Object"
	case "s3express":
		return within("bucket/", "AWS::S3Express::Object")
	case "s3tables":
		return within("bucket/", "AWS::S3Tables::Table")
	case "dynamodb":
		return within("table/", "AWS::DynamoDB::Table")
	case "cassandra":
		return within("/keyspace/", "AWS::Cassandra::Table")
	case "neptune-graph":
		return within("graph/", "AWS::NeptuneGraph::Graph")
	case "sqs":
		return "AWS::SQS::Queue"
	case "sns":
		return "AWS::SNS::Topic"
	case "kinesis":
		return within("stream/", "AWS::Kinesis::Stream")
	case "firehose":
		return within("deliverystream/", "AWS::KinesisFirehose::DeliveryStream")
	case "medical-imaging":
		return within("datastore/", "AWS::MedicalImaging::Datastore")
	case "kinesisvideo":
		return within("stream/", "AWS::KinesisVideo::Stream")
	}
	return ""
}

// recordedAsManagement reports whether the accesses to a store are management events: those of container images, pushed and pulled by calls
// that every trail records.
func recordedAsManagement(arn string) bool {
	return strings.Contains(arn, ":ecr:") && strings.Contains(arn, ":repository/")
}

// recordsAll says whether the selectors take in reads and writes of a store.
func recordsAll(list []dataSelector, arn string) bool {
	reads, writes := false, false
	for _, s := range list {
		if s.typ != "" && s.typ != dataEventType(arn) || !s.takes(arn) {
			continue
		}
		reads, writes = reads || s.reads, writes || s.writes
	}
	return reads && writes
}

// recordsAccess says whether the trail records reads and writes of a store.
func (t *trail) recordsAccess(arn string) kind.Attr[bool] {
	selected := api.Read(t.selectors, func(o *cloudtrail.GetEventSelectorsOutput) kind.Attr[bool] {
		if recordedAsManagement(arn) {
			return kind.Known(recordsManagement(o))
		}
		return kind.Known(recordsAll(dataSelectors(o), arn))
	})
	return kind.Both(selected, t.logging())
}

// accessRecorded says whether a trail records reads and writes of a store in the unit's region, by the store's ARN. It is for services that
// write no access log of their own; of those whose accesses CloudTrail does not record at all, it is false.
func accessRecorded(ctx context.Context, c *api.Context, arn string) kind.Attr[bool] {
	if dataEventType(arn) == "" && !recordedAsManagement(arn) {
		return kind.Known(false)
	}
	found := trailsIn(ctx, c)
	answers := make([]kind.Attr[bool], 0, len(found.list)+1)
	for _, t := range found.list {
		answers = append(answers, t.recordsAccess(arn))
	}
	if found.fail != nil {
		answers = append(answers, kind.Because[bool](found.fail.Unknown()))
	}
	if recorded := kind.AnyOf(answers); isTrue(recorded) {
		return recorded.From(found.prov)
	}
	return kind.AnyOf(append(answers, lakesRecord(ctx, c, arn))).From(found.prov)
}

// lakes are the event data stores of the account, or why some of them are not known.
type lakes struct {
	list []api.Answer[cloudtrail.GetEventDataStoreOutput]
	fail *api.Failure
}

// lakesOf reads the event data stores of the regions that are read; a region without CloudTrail Lake has none.
func lakesOf(ctx context.Context, c *api.Context) lakes {
	return api.SharedGlobal(c, "event data stores", func(c *api.Context) lakes {
		byRegion := make([]lakes, len(c.Account.Regions))
		places := make([]int, len(c.Account.Regions))
		for i := range places {
			places[i] = i
		}
		api.Each(ctx, c, places, func(ctx context.Context, i int) { byRegion[i] = lakesIn(ctx, c.In(c.Account.Regions[i])) })
		var out lakes
		for _, found := range byRegion {
			out.list = append(out.list, found.list...)
			if out.fail == nil {
				out.fail = found.fail
			}
		}
		return out
	})
}

func lakesIn(ctx context.Context, c *api.Context) lakes {
	client := cloudtrail.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListEventDataStores, &cloudtrail.ListEventDataStoresInput{},
		func(o *cloudtrail.ListEventDataStoresOutput) []types.EventDataStore { return o.EventDataStores })
	out := lakes{fail: l.Fail}
	if l.Fail != nil && l.Fail.Reason == evidence.Unsupported {
		out.fail = nil
	}
	for _, e := range l.Items {
		out.list = append(out.list, api.Ask(ctx, c, client.GetEventDataStore, &cloudtrail.GetEventDataStoreInput{EventDataStore: e.EventDataStoreArn}))
	}
	return out
}

// lakesRecord says whether an event data store records reads and writes of a store in the unit's region.
func lakesRecord(ctx context.Context, c *api.Context, arn string) kind.Attr[bool] {
	found := lakesOf(ctx, c)
	answers := []kind.Attr[bool]{kind.Known(false)}
	for _, a := range found.list {
		answers = append(answers, api.Read(a, func(o *cloudtrail.GetEventDataStoreOutput) kind.Attr[bool] {
			return kind.Known(lakeRecords(o, c.Region, arn))
		}))
	}
	if found.fail != nil {
		answers = append(answers, kind.Because[bool](found.fail.Unknown()))
	}
	return kind.AnyOf(answers)
}

// lakeRecords reports whether an event data store takes in reads and writes of a store in a region.
func lakeRecords(o *cloudtrail.GetEventDataStoreOutput, region, arn string) bool {
	switch o.Status {
	case types.EventDataStoreStatusEnabled, types.EventDataStoreStatusStartingIngestion:
	default:
		return false
	}
	if !aws.ToBool(o.MultiRegionEnabled) && regionIn(aws.ToString(o.EventDataStoreArn)) != region {
		return false
	}
	selectors := &cloudtrail.GetEventSelectorsOutput{AdvancedEventSelectors: o.AdvancedEventSelectors}
	if recordedAsManagement(arn) {
		return recordsManagement(selectors)
	}
	return recordsAll(dataSelectors(selectors), arn)
}

// dataEvents emits what the trails record of accesses to the stores that were found.
func dataEvents(ctx context.Context, c *api.Context, found []api.Resource) {
	trails := trailsIn(ctx, c)
	for _, t := range trails.list {
		if !t.here(c) || !t.selectors.OK() {
			continue
		}
		list := dataSelectors(t.selectors.Out)
		if len(list) == 0 {
			continue
		}
		stores := t.storesAmong(list, found)
		l := delivered(ctx, c, "object_access", t.logging(), selectedScope(list, stores), aws.ToString(t.S3BucketName))
		l.LastEventAt = kind.NA[kind.Time]() // they come in the files of the trail, which says when the last was delivered
		uid := t.uid(c) + "#data-events"
		c.Emit(api.Entity{Kind: "log_source", UID: uid, Name: aws.ToString(t.Name) + " (data events)", Scope: t.scope(c), Prov: t.selectors.Prov}, l)
		for _, arn := range stores {
			c.Relate("logs_to", arn, uid)
		}
		if to, known := l.Destination.Value(); known {
			c.Relate("logs_to", uid, to)
		}
	}
}

// storesAmong are the stores of which the selectors take in reads and writes: those that were found where the trail records, and those
// that the trail names.
func (t *trail) storesAmong(list []dataSelector, found []api.Resource) []string {
	var out []string
	for _, r := range found {
		near := aws.ToBool(t.IsMultiRegionTrail) || r.Region == t.home
		if dataEventType(r.UID) != "" && near && recordsAll(list, r.UID) {
			out = append(out, r.UID)
		}
	}
	for _, s := range list {
		for _, value := range s.named {
			arn := strings.TrimSuffix(value, "/")
			_, bucket, _ := strings.Cut(arn, ":s3:::")
			if dataEventType(arn) != "" && !wholeService(value) && !strings.Contains(bucket, "/") && recordsAll(list, arn) {
				out = append(out, arn)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// selectedScope lists the stores whose accesses a trail records, joined by a space; "all" stands for every bucket.
func selectedScope(list []dataSelector, stores []string) string {
	reads, writes := false, false
	for _, s := range list {
		if s.everything && s.typ == "AWS::S3::Object" {
			reads, writes = reads || s.reads, writes || s.writes
		}
	}
	if !reads || !writes {
		return strings.Join(stores, " ")
	}
	others := slices.DeleteFunc(slices.Clone(stores), func(arn string) bool { return strings.Contains(arn, ":s3:::") })
	return strings.Join(append([]string{"all"}, others...), " ")
}

// accountIn is the account that an ARN names; "" where it names none.
func accountIn(arn string) string {
	const account = 4
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) <= account {
		return ""
	}
	return parts[account]
}

// regionIn is the region that an ARN names; "" where it names none.
func regionIn(arn string) string {
	const region = 3
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) <= region {
		return ""
	}
	return parts[region]
}
