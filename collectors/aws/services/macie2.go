package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// macie2Service reads whether Macie searches the buckets of each region, when it last did, and what it found. Macie keeps findings for 90
// days. A finding tells the kind of data and the object, never the data.
func macie2Service() api.Service {
	return api.Service{
		Name: "macie2", Kinds: []string{"detector", "finding"}, Collect: macie, Rate: 10,
		Operations: []api.Operation{
			{Name: "GetMacieSession", Tells: []string{"detector", "finding", "discovery.last_scan_at", "discovery.found"}},
			{Name: "DescribeBuckets", Tells: []string{"discovery.last_scan_at", "discovery.found"}},
			{Name: "ListFindings", Tells: []string{"finding", "discovery.found"}},
			{Name: "GetFindings", Tells: []string{"finding", "discovery.found"}},
		},
	}
}

const macieName = "Amazon Macie"

// macieSession is Macie in a region.
type macieSession struct {
	status types.MacieStatus // "" where Macie is off
	prov   *evidence.Provenance
	fail   *api.Failure
}

// sessionIn asks whether Macie is on in the unit's region. Macie says with the code of a denial that it is not.
func sessionIn(ctx context.Context, c *api.Context) macieSession {
	return api.Shared(c, "macie session", func(c *api.Context) macieSession {
		a := api.Ask(ctx, c, macie2.NewFromConfig(c.AWS()).GetMacieSession, &macie2.GetMacieSessionInput{},
			"AccessDeniedException: Macie is not enabled", "ResourceNotFoundException")
		return macieSession{status: a.Out.Status, prov: a.Prov, fail: a.Fail}
	})
}

func macie(ctx context.Context, c *api.Context) {
	s := sessionIn(ctx, c)
	if s.fail != nil {
		return
	}
	d := regionalDetector(ctx, c, "data_discovery", macieName, "aws.macie", kind.Known(s.status == types.MacieStatusEnabled), "dlp")
	c.Emit(api.Entity{Kind: "detector", UID: offUID(c, "macie2"), Name: macieName, Prov: s.prov}, d)
	if s.status == "" || !c.Wants("finding") {
		return
	}
	found := macieFindings(ctx, c)
	if found.cut {
		c.Incomplete("finding", evidence.Cut, "of Macie's findings only the most severe were read")
	}
	for _, f := range found.list {
		c.Emit(api.Entity{
			Kind: "finding", UID: c.ARN("macie2", "finding/"+aws.ToString(f.Id)), Name: aws.ToString(f.Title), Aliases: []string{aws.ToString(f.Id)}, Prov: found.prov,
		}, macieFinding(f))
	}
}

// macieFound are Macie's findings about the account's buckets in a region.
type macieFound struct {
	list []types.Finding
	cut  bool
	prov *evidence.Provenance
	fail *api.Failure
}

func macieFindings(ctx context.Context, c *api.Context) macieFound {
	return api.Shared(c, "macie findings", func(c *api.Context) macieFound {
		client := macie2.NewFromConfig(c.AWS())
		ids := api.ListUpTo(ctx, c, findingsRead, client.ListFindings, &macie2.ListFindingsInput{
			FindingCriteria: &types.FindingCriteria{Criterion: map[string]types.CriterionAdditionalProperties{
				"accountId": {Eq: []string{c.Account.ID}},
			}},
			SortCriteria: &types.SortCriteria{AttributeName: aws.String("severity.score"), OrderBy: types.OrderByDesc},
		}, func(o *macie2.ListFindingsOutput) []string { return o.FindingIds })
		out := macieFound{cut: ids.Cut, prov: ids.Prov, fail: ids.Fail}
		const batch = 50
		for part := range slices.Chunk(ids.Items, batch) {
			a := api.Ask(ctx, c, client.GetFindings, &macie2.GetFindingsInput{FindingIds: part})
			for _, f := range a.Out.Findings {
				if !aws.ToBool(f.Sample) {
					out.list = append(out.list, f)
				}
			}
			if out.fail == nil {
				out.fail = a.Fail
			}
		}
		return out
	})
}

func macieFinding(f types.Finding) kind.Finding {
	out := kind.Finding{
		SuppressionReason: kind.NA[string](),
		Severity:          kind.Unknown[string](evidence.Unsupported, "Macie rates no severity"), Type: kind.Known(string(f.Type)), Status: kind.Known("open"),
		OpenedAt: api.Time(f.CreatedAt), ClosedAt: kind.Null[kind.Time](), Resource: kind.Unknown[string](evidence.Unsupported, "Macie names no bucket"),
	}
	if f.Severity != nil {
		out.Severity = severityWord(string(f.Severity.Description))
	}
	if aws.ToBool(f.Archived) {
		out.Status, out.SuppressionReason = kind.Known("suppressed"), kind.Null[string]() // Macie records none
	}
	if r := f.ResourcesAffected; r != nil && r.S3Bucket != nil {
		out.Resource = kind.Known(aws.ToString(r.S3Bucket.Arn))
	}
	return out
}

// macieSearched are the buckets that Macie knows in a region, by name.
type macieSearched struct {
	byName map[string]types.BucketMetadata
	prov   *evidence.Provenance
	fail   *api.Failure
}

func macieBuckets(ctx context.Context, c *api.Context) macieSearched {
	return api.Shared(c, "macie buckets", func(c *api.Context) macieSearched {
		l := api.List(ctx, c, macie2.NewFromConfig(c.AWS()).DescribeBuckets, &macie2.DescribeBucketsInput{
			Criteria: map[string]types.BucketCriteriaAdditionalProperties{"accountId": {Eq: []string{c.Account.ID}}},
		}, func(o *macie2.DescribeBucketsOutput) []types.BucketMetadata { return o.Buckets })
		out := macieSearched{byName: make(map[string]types.BucketMetadata, len(l.Items)), prov: l.Prov, fail: l.Fail}
		for _, b := range l.Items {
			out.byName[aws.ToString(b.BucketName)] = b
		}
		return out
	})
}

// discovery fills when Macie last searched a bucket of the unit's region, and what it found there. Where Macie is off nothing was searched.
func discovery(ctx context.Context, c *api.Context, name string, d *kind.Datastore) {
	s := sessionIn(ctx, c)
	if s.fail == nil && s.status == "" {
		d.DiscoveryLastScanAt, d.DiscoveryFound = kind.Null[kind.Time]().From(s.prov), kind.NA[[]string]()
		return
	}
	known := macieSearched{fail: s.fail, prov: s.prov}
	if s.fail == nil {
		known = macieBuckets(ctx, c)
	}
	b, listed := known.byName[name]
	if !listed && known.fail != nil {
		why := known.fail.Unknown()
		d.DiscoveryLastScanAt, d.DiscoveryFound = kind.Because[kind.Time](why), kind.Because[[]string](why)
		return
	}
	d.DiscoveryLastScanAt = lastSearch(b).From(known.prov)
	if d.DiscoveryLastScanAt.IsNull() {
		d.DiscoveryFound = kind.NA[[]string]()
		return
	}
	d.DiscoveryFound = categoriesFound(macieFindings(ctx, c), name)
}

// lastSearch is when a bucket was last searched, by a job or by Macie itself; null = never.
func lastSearch(b types.BucketMetadata) kind.Attr[kind.Time] {
	last := b.LastAutomatedDiscoveryTime
	if j := b.JobDetails; j != nil && j.LastJobRunTime != nil && (last == nil || j.LastJobRunTime.After(*last)) {
		last = j.LastJobRunTime
	}
	return api.Time(last)
}

// categoriesFound are the categories of data in the findings about a bucket that nobody put aside. What an identifier of the customer's own
// stands for is not known.
func categoriesFound(all macieFound, name string) kind.Attr[[]string] {
	categories := []string{}
	var open *evidence.Unknown
	switch {
	case all.fail != nil:
		why := all.fail.Unknown()
		open = &why
	case all.cut:
		open = &evidence.Unknown{Reason: evidence.Truncated, Detail: "of Macie's findings only the most severe were read"}
	}
	for _, f := range all.list {
		r := f.ResourcesAffected
		if r == nil || r.S3Bucket == nil || aws.ToString(r.S3Bucket.Name) != name || aws.ToBool(f.Archived) || f.ClassificationDetails == nil {
			continue
		}
		result := f.ClassificationDetails.Result
		if result == nil {
			continue
		}
		for _, item := range result.SensitiveData {
			categories = append(categories, categoriesOf(item)...)
		}
		if own := result.CustomDataIdentifiers; own != nil && len(own.Detections) > 0 && open == nil {
			open = &evidence.Unknown{Reason: evidence.Unsupported, Detail: "what the account's own data identifiers stand for is not known"}
		}
	}
	slices.Sort(categories)
	categories = slices.Compact(categories)
	if open != nil {
		return kind.AtLeast(categories, *open).From(all.prov)
	}
	return kind.Known(categories).From(all.prov)
}

// categoriesOf brings Macie's categories onto those of data.categories. Health data is among Macie's personal data, told by its identifiers:
// https://docs.aws.amazon.com/macie/latest/user/mdis-reference-quick.html
func categoriesOf(item types.SensitiveDataItem) []string {
	switch item.Category {
	case types.SensitiveDataItemCategoryFinancialInformation:
		return []string{"payment"}
	case types.SensitiveDataItemCategoryCredentials:
		return []string{"credentials"}
	case types.SensitiveDataItemCategoryPersonalInformation:
	case types.SensitiveDataItemCategoryCustomIdentifier:
		return nil
	}
	out := []string{"personal"}
	for _, d := range item.Detections {
		for _, word := range []string{"HEALTH", "MEDICARE", "MEDICAL", "NHS", "DRUG", "NATIONAL_PROVIDER", "UNIQUE_DEVICE"} {
			if strings.Contains(aws.ToString(d.Type), word) {
				return append(out, "phi")
			}
		}
	}
	return out
}
