package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer"
	"github.com/aws/aws-sdk-go-v2/service/accessanalyzer/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// accessanalyzerService reads the analysers of access from outside, and what they found. Analysers of unused access watch something else.
func accessanalyzerService() api.Service {
	return api.Service{
		Name: "accessanalyzer", Prefix: "access-analyzer", Kinds: []string{"detector", "finding"}, Collect: accessAnalyzers,
		Operations: []api.Operation{
			{Name: "ListAnalyzers", Tells: []string{"detector", "finding"}},
			{Name: "ListFindingsV2", Actions: []string{"access-analyzer:ListFindings"}, Tells: []string{"finding"}},
		},
	}
}

func accessAnalyzers(ctx context.Context, c *api.Context) {
	client := accessanalyzer.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListAnalyzers, &accessanalyzer.ListAnalyzersInput{},
		func(o *accessanalyzer.ListAnalyzersOutput) []types.AnalyzerSummary { return o.Analyzers })
	for _, a := range l.Items {
		if a.Type != types.TypeAccount && a.Type != types.TypeOrganization {
			continue
		}
		analyser(ctx, c, a, l.Prov)
		if c.Wants("finding") {
			analyserFindings(ctx, c, client, aws.ToString(a.Arn))
		}
	}
}

// analyser is a detector of the account in this region. That of an organisation watches each of its accounts there.
func analyser(ctx context.Context, c *api.Context, a types.AnalyzerSummary, prov *evidence.Provenance) {
	arn := aws.ToString(a.Arn)
	d := kind.Detector{
		Type: kind.Known("access_analyzer"), Product: kind.Known("IAM Access Analyzer"), Enabled: kind.Known(a.Status == types.AnalyzerStatusActive),
		Scope: kind.Known(c.Account.UID() + ":" + c.Region), Capabilities: kind.Known([]string{}),
		FindingsDestination: findingsTo(ctx, c, "aws.access-analyzer"),
		LastEventAt:         api.Time(a.LastResourceAnalyzedAt),
	}
	if d.LastEventAt.IsNull() {
		d.LastEventAt = kind.Unknown[kind.Time](evidence.Unsupported, "access-analyzer:ListAnalyzers does not say when it last analysed a resource")
	}
	c.Emit(api.Entity{Kind: "detector", UID: arn, Name: aws.ToString(a.Name), Prov: prov}, d)
	if a.Type != types.TypeOrganization {
		return
	}
	for _, id := range c.Account.Organization {
		if id == c.Account.ID {
			continue
		}
		member := d
		member.Scope = kind.Known("aws:" + id + ":" + c.Region)
		c.Emit(api.Entity{Kind: "detector", UID: arn + "#" + id, Name: aws.ToString(a.Name) + " for " + id, Prov: prov}, member)
	}
}

// analyserFindings are the accesses from outside that the analyser found.
func analyserFindings(ctx context.Context, c *api.Context, client *accessanalyzer.Client, arn string) {
	l := api.List(ctx, c, client.ListFindingsV2, &accessanalyzer.ListFindingsV2Input{AnalyzerArn: aws.String(arn)},
		func(o *accessanalyzer.ListFindingsV2Output) []types.FindingSummaryV2 { return o.Findings })
	for _, f := range l.Items {
		name := string(f.FindingType)
		if r := aws.ToString(f.Resource); r != "" {
			name += " to " + r
		}
		c.Emit(api.Entity{Kind: "finding", UID: arn + "/finding/" + aws.ToString(f.Id), Name: name, Prov: l.Prov}, analyserFinding(f))
	}
}

func analyserFinding(f types.FindingSummaryV2) kind.Finding {
	out := kind.Finding{
		Severity: kind.Unknown[string](evidence.Unsupported, "IAM Access Analyzer rates no severity"),
		Type:     kind.Known(string(f.FindingType)), OpenedAt: api.Time(f.CreatedAt), ClosedAt: kind.Null[kind.Time](),
		Resource: kind.Known(aws.ToString(f.Resource)), SuppressionReason: kind.NA[string](),
	}
	switch f.Status {
	case types.FindingStatusActive:
		out.Status = kind.Known("open")
	case types.FindingStatusArchived:
		out.Status, out.SuppressionReason = kind.Known("suppressed"), kind.Null[string]()
	case types.FindingStatusResolved:
		out.Status, out.ClosedAt = kind.Known("closed"), api.Time(f.UpdatedAt)
	default:
		out.Status = kind.Unknown[string](evidence.Unsupported, "the finding's status is "+string(f.Status))
	}
	if aws.ToString(f.Resource) == "" {
		out.Resource = kind.NA[string]()
	}
	return out
}
