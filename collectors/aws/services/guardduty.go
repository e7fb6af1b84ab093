package services

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// guarddutyService reads GuardDuty's detector of each region, and what it found. GuardDuty keeps findings for 90 days.
func guarddutyService() api.Service {
	return api.Service{
		Name: "guardduty", Kinds: []string{"detector", "finding"}, Collect: guardDuty, Rate: 10,
		Operations: []api.Operation{
			{Name: "ListDetectors", Tells: []string{"detector", "finding"}},
			{Name: "GetDetector", Tells: []string{"enabled", "capabilities"}},
			{Name: "ListPublishingDestinations", Tells: []string{"findings_destination"}},
			{Name: "DescribePublishingDestination", Tells: []string{"findings_destination"}},
			{Name: "GetAdministratorAccount", Tells: []string{"findings_destination"}},
			{Name: "ListFindings", Tells: []string{"finding"}},
			{Name: "GetFindings", Tells: []string{"finding"}},
		},
	}
}

const guardDutyName = "Amazon GuardDuty"

func guardDuty(ctx context.Context, c *api.Context) {
	client := guardduty.NewFromConfig(c.AWS())
	list := api.List(ctx, c, client.ListDetectors, &guardduty.ListDetectorsInput{}, func(o *guardduty.ListDetectorsOutput) []string { return o.DetectorIds })
	if list.OK() && len(list.Items) == 0 {
		off := regionalDetector(ctx, c, "ids", guardDutyName, "", kind.Known(false))
		c.Emit(api.Entity{Kind: "detector", UID: offUID(c, "guardduty"), Name: guardDutyName, Prov: list.Prov}, off)
	}
	for _, id := range list.Items {
		guardDutyDetector(ctx, c, client, id, list.Prov)
	}
}

func guardDutyDetector(ctx context.Context, c *api.Context, client *guardduty.Client, id string, prov *evidence.Provenance) {
	about := api.Ask(ctx, c, client.GetDetector, &guardduty.GetDetectorInput{DetectorId: aws.String(id)})
	on := api.Read(about, func(o *guardduty.GetDetectorOutput) kind.Attr[bool] {
		return kind.Known(o.Status == types.DetectorStatusEnabled)
	})
	d := regionalDetector(ctx, c, "ids", guardDutyName, "aws.guardduty", on)
	d.Capabilities = api.Read(about, func(o *guardduty.GetDetectorOutput) kind.Attr[[]string] { return kind.Known(guardDutyCan(o)) })
	if d.FindingsDestination.IsNull() {
		d.FindingsDestination = guardDutySends(ctx, c, client, id)
	}
	newest := ""
	if c.Wants("finding") {
		newest = guardDutyFindings(ctx, c, client, id)
	}
	if yes, _ := on.Value(); yes && newest != "" {
		d.LastEventAt = kind.Known(kind.Time(newest))
	}
	c.Emit(api.Entity{Kind: "detector", UID: c.ARN("guardduty", "detector/"+id), Name: guardDutyName, Prov: prov}, d)
}

// guardDutyCan is how GuardDuty recognises threats; looking for malware is a plan that is turned on.
func guardDutyCan(o *guardduty.GetDetectorOutput) []string {
	if slices.ContainsFunc(o.Features, func(f types.DetectorFeatureConfigurationResult) bool {
		return f.Status == types.FeatureStatusEnabled && strings.Contains(string(f.Name), "MALWARE")
	}) {
		return []string{"malware", "ml_anomaly", "signature"}
	}
	return []string{"ml_anomaly", "signature"}
}

// guardDutySends is where findings go by GuardDuty's own means: a bucket, or the account that administers its detectors; null where neither is.
func guardDutySends(ctx context.Context, c *api.Context, client *guardduty.Client, id string) kind.Attr[string] {
	list := api.List(ctx, c, client.ListPublishingDestinations, &guardduty.ListPublishingDestinationsInput{DetectorId: aws.String(id)},
		func(o *guardduty.ListPublishingDestinationsOutput) []types.Destination { return o.Destinations })
	for _, d := range list.Items {
		if d.Status != types.PublishingStatusPublishing {
			continue
		}
		a := api.Ask(ctx, c, client.DescribePublishingDestination,
			&guardduty.DescribePublishingDestinationInput{DetectorId: aws.String(id), DestinationId: d.DestinationId})
		return api.Read(a, func(o *guardduty.DescribePublishingDestinationOutput) kind.Attr[string] {
			if o.DestinationProperties == nil {
				return kind.Unknown[string](evidence.Unsupported, "GuardDuty does not name the bucket")
			}
			return kind.Known(aws.ToString(o.DestinationProperties.DestinationArn))
		})
	}
	if list.Fail != nil {
		return kind.Because[string](list.Fail.Unknown()).From(list.Prov)
	}
	admin := api.Ask(ctx, c, client.GetAdministratorAccount, &guardduty.GetAdministratorAccountInput{DetectorId: aws.String(id)})
	return api.Read(admin, func(o *guardduty.GetAdministratorAccountOutput) kind.Attr[string] {
		if o.Administrator == nil || aws.ToString(o.Administrator.AccountId) == "" || aws.ToString(o.Administrator.RelationshipStatus) != "Enabled" {
			return kind.Null[string]()
		}
		return kind.Known("aws:" + *o.Administrator.AccountId)
	})
}

// guardDutyFindings emits the findings of the account, and returns when the newest of them was reported; "" without any.
func guardDutyFindings(ctx context.Context, c *api.Context, client *guardduty.Client, id string) string {
	ids := api.ListUpTo(ctx, c, findingsRead, client.ListFindings, &guardduty.ListFindingsInput{
		DetectorId: aws.String(id), SortCriteria: &types.SortCriteria{AttributeName: aws.String("severity"), OrderBy: types.OrderByDesc},
		FindingCriteria: &types.FindingCriteria{Criterion: map[string]types.Condition{"accountId": {Equals: []string{c.Account.ID}}}},
	}, func(o *guardduty.ListFindingsOutput) []string { return o.FindingIds })
	if ids.Cut {
		c.Incomplete("finding", evidence.Cut, "of GuardDuty's findings only the most severe were read")
	}
	newest := ""
	const batch = 50
	for part := range slices.Chunk(ids.Items, batch) {
		a := api.Ask(ctx, c, client.GetFindings, &guardduty.GetFindingsInput{DetectorId: aws.String(id), FindingIds: part})
		for _, f := range a.Out.Findings {
			newest = max(newest, aws.ToString(f.UpdatedAt))
			c.Emit(api.Entity{
				Kind: "finding", UID: aws.ToString(f.Arn), Name: cmp.Or(aws.ToString(f.Title), aws.ToString(f.Type)), Aliases: []string{aws.ToString(f.Id)}, Prov: a.Prov,
			}, guardDutyFinding(c, f))
		}
	}
	return newest
}

// guardDutyFinding: what is archived was put aside, by hand or by a rule; GuardDuty records no reason.
func guardDutyFinding(c *api.Context, f types.Finding) kind.Finding {
	status, reason := "open", kind.NA[string]()
	if f.Service != nil && aws.ToBool(f.Service.Archived) {
		status, reason = "suppressed", kind.Null[string]()
	}
	return kind.Finding{
		SuppressionReason: reason,
		Severity:          guardDutySeverity(aws.ToFloat64(f.Severity)), Type: kind.Known(aws.ToString(f.Type)), Status: kind.Known(status),
		OpenedAt: kind.Known(kind.Time(aws.ToString(f.CreatedAt))), ClosedAt: kind.Null[kind.Time](), Resource: guardDutyResource(c, f.Resource),
	}
}

// guardDutySeverity: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html
func guardDutySeverity(value float64) kind.Attr[string] {
	const critical, high, medium = 9, 7, 4
	switch {
	case value >= critical:
		return kind.Known("critical")
	case value >= high:
		return kind.Known("high")
	case value >= medium:
		return kind.Known("medium")
	}
	return kind.Known("low")
}

// guardDutyResource is the uid of what a finding is about.
func guardDutyResource(c *api.Context, r *types.Resource) kind.Attr[string] {
	if r == nil {
		return kind.Unknown[string](evidence.Unsupported, "GuardDuty names no resource")
	}
	uid := ""
	switch {
	case r.InstanceDetails != nil && aws.ToString(r.InstanceDetails.InstanceId) != "":
		uid = instanceARN(c, *r.InstanceDetails.InstanceId)
	case len(r.S3BucketDetails) > 0:
		uid = aws.ToString(r.S3BucketDetails[0].Arn)
	case r.EksClusterDetails != nil:
		uid = aws.ToString(r.EksClusterDetails.Arn)
	case r.LambdaDetails != nil:
		uid = aws.ToString(r.LambdaDetails.FunctionArn)
	case r.RdsDbInstanceDetails != nil:
		uid = aws.ToString(r.RdsDbInstanceDetails.DbInstanceArn)
	case r.EcsClusterDetails != nil:
		uid = aws.ToString(r.EcsClusterDetails.Arn)
	case r.AccessKeyDetails != nil:
		uid = guardDutyCaller(c, r.AccessKeyDetails)
	}
	if uid == "" {
		return kind.Unknown[string](evidence.Unsupported, "a finding about "+aws.ToString(r.ResourceType))
	}
	return kind.Known(uid)
}

// guardDutyCaller is the uid of the identity that a key or session belongs to.
func guardDutyCaller(c *api.Context, k *types.AccessKeyDetails) string {
	iam := "arn:" + c.Account.Partition + ":iam::" + c.Account.ID + ":"
	switch aws.ToString(k.UserType) {
	case "Root":
		return iam + "root"
	case "IAMUser":
		return iam + "user/" + aws.ToString(k.UserName)
	case "AssumedRole", "Role":
		return iam + "role/" + aws.ToString(k.UserName)
	}
	return ""
}
