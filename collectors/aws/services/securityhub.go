package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/aws/aws-sdk-go-v2/service/securityhub/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// securityhubService reads Security Hub of each region, and the findings that only it has: those of products of other makers. Findings of
// AWS's detectors are read of the detectors themselves. Security Hub's own checks of resources are left out, because Assay judges the
// resources itself.
func securityhubService() api.Service {
	return api.Service{
		Name: "securityhub", Kinds: []string{"detector", "finding"}, Collect: securityHub, Rate: 3,
		Operations: []api.Operation{
			{Name: "DescribeHub", Tells: []string{"detector", "findings_destination"}},
			{Name: "GetFindings", Tells: []string{"finding"}},
		},
	}
}

// hub is Security Hub of a region.
type hub struct {
	arn  string // "" where it is off
	prov *evidence.Provenance
	fail *api.Failure
}

// hubIn asks whether Security Hub is on in the unit's region.
func hubIn(ctx context.Context, c *api.Context) hub {
	return api.Shared(c, "security hub", func(c *api.Context) hub {
		a := api.Ask(ctx, c, securityhub.NewFromConfig(c.AWS()).DescribeHub, &securityhub.DescribeHubInput{},
			"InvalidAccessException: not subscribed", "ResourceNotFoundException")
		return hub{arn: aws.ToString(a.Out.HubArn), prov: a.Prov, fail: a.Fail}
	})
}

const securityHubName = "AWS Security Hub"

func securityHub(ctx context.Context, c *api.Context) {
	h := hubIn(ctx, c)
	if h.fail != nil {
		return
	}
	uid := h.arn
	if uid == "" {
		uid = offUID(c, "securityhub")
	}
	c.Emit(api.Entity{Kind: "detector", UID: uid, Name: securityHubName, Prov: h.prov},
		regionalDetector(ctx, c, "siem", securityHubName, "aws.securityhub", kind.Known(h.arn != "")))
	if h.arn != "" && c.Wants("finding") {
		hubFindings(ctx, c)
	}
}

// hubFindings emits the account's findings in the region; a hub may hold those of other accounts and regions too.
func hubFindings(ctx context.Context, c *api.Context) {
	equal := func(value string) []types.StringFilter {
		return []types.StringFilter{{Comparison: types.StringFilterComparisonEquals, Value: aws.String(value)}}
	}
	filters := types.AwsSecurityFindingFilters{
		AwsAccountId: equal(c.Account.ID), Region: equal(c.Region), RecordState: equal("ACTIVE"),
		SeverityLabel: []types.StringFilter{{Comparison: types.StringFilterComparisonNotEquals, Value: aws.String("INFORMATIONAL")}},
	}
	for _, product := range []string{"guardduty", "inspector", "macie", "access-analyzer", "securityhub", "config"} {
		filters.ProductArn = append(filters.ProductArn, types.StringFilter{
			Comparison: types.StringFilterComparisonNotEquals,
			Value:      aws.String("arn:" + c.Account.Partition + ":securityhub:" + c.Region + "::product/aws/" + product),
		})
	}
	list := api.ListUpTo(ctx, c, findingsRead, securityhub.NewFromConfig(c.AWS()).GetFindings, &securityhub.GetFindingsInput{
		Filters: &filters, MaxResults: aws.Int32(100),
		SortCriteria: []types.SortCriterion{{Field: aws.String("SeverityNormalized"), SortOrder: types.SortOrderDescending}},
	}, func(o *securityhub.GetFindingsOutput) []types.AwsSecurityFinding { return o.Findings })
	if list.Cut {
		c.Incomplete("finding", evidence.Cut, "of Security Hub's findings only the most severe were read")
	}
	for _, f := range list.Items {
		c.Emit(api.Entity{Kind: "finding", UID: aws.ToString(f.Id), Name: aws.ToString(f.Title), Prov: list.Prov}, hubFinding(c, f))
	}
}

func hubFinding(c *api.Context, f types.AwsSecurityFinding) kind.Finding {
	out := kind.Finding{
		SuppressionReason: kind.NA[string](),
		Severity:          kind.Unknown[string](evidence.Unsupported, "the product rates no severity"), Type: kind.Known(aws.ToString(f.GeneratorId)),
		Status: kind.Known("open"), OpenedAt: kind.Known(kind.Time(aws.ToString(f.CreatedAt))), ClosedAt: kind.Null[kind.Time](),
		Resource: kind.Unknown[string](evidence.Unsupported, "the product names no resource"),
	}
	if f.Severity != nil {
		out.Severity = severityWord(string(f.Severity.Label))
	}
	if len(f.Types) > 0 {
		out.Type = kind.Known(f.Types[0])
	}
	if f.Workflow != nil {
		switch f.Workflow.Status {
		case types.WorkflowStatusSuppressed:
			out.Status, out.SuppressionReason = kind.Known("suppressed"), noteOf(f)
		case types.WorkflowStatusResolved:
			out.Status, out.ClosedAt = kind.Known("closed"), kind.Known(kind.Time(aws.ToString(f.UpdatedAt)))
		case types.WorkflowStatusNew, types.WorkflowStatusNotified:
		}
	}
	if len(f.Resources) > 0 {
		out.Resource = kind.Known(hubResource(c, f.Resources[0]))
	}
	return out
}

// noteOf is what somebody wrote about a finding; null where nobody did.
func noteOf(f types.AwsSecurityFinding) kind.Attr[string] {
	if f.Note == nil || aws.ToString(f.Note.Text) == "" {
		return kind.Null[string]()
	}
	return kind.Known(*f.Note.Text)
}

// hubResource is the uid of a resource as Security Hub names it: an ARN mostly, and of an account a word.
func hubResource(c *api.Context, r types.Resource) string {
	if aws.ToString(r.Type) == "AwsAccount" {
		return c.Account.UID()
	}
	return aws.ToString(r.Id)
}
