package services

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	"github.com/aws/aws-sdk-go-v2/service/inspector2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// inspector2Service reads whether Inspector scans, what it covers, and which updates are missing by what it found on instances and functions.
func inspector2Service() api.Service {
	return api.Service{
		Name: "inspector2", Kinds: []string{"detector", "patch_state"}, Collect: inspector, Rate: 5,
		Operations: []api.Operation{
			{Name: "BatchGetAccountStatus", Tells: []string{"detector", "patch_state", "vuln_last_scan_at"}},
			{Name: "ListCoverage", Tells: []string{"patch_state", "vuln_last_scan_at"}},
			{Name: "ListFindings", Tells: []string{"patch_state"}},
		},
	}
}

const (
	inspectorName = "Amazon Inspector"
	// vulnerabilitiesRead is the number of vulnerabilities that are read of a region, the most severe first.
	vulnerabilitiesRead = 20000
)

// inspectorState is Inspector in a region, for the account.
type inspectorState struct {
	on   kind.Attr[bool]
	prov *evidence.Provenance
}

func inspectorIn(ctx context.Context, c *api.Context) inspectorState {
	return api.Shared(c, "inspector", func(c *api.Context) inspectorState {
		a := api.Ask(ctx, c, inspector2.NewFromConfig(c.AWS()).BatchGetAccountStatus, &inspector2.BatchGetAccountStatusInput{AccountIds: []string{c.Account.ID}})
		return inspectorState{prov: a.Prov, on: api.Read(a, func(o *inspector2.BatchGetAccountStatusOutput) kind.Attr[bool] {
			for _, s := range o.Accounts {
				if aws.ToString(s.AccountId) == c.Account.ID && s.State != nil {
					return kind.Known(s.State.Status == types.StatusEnabled)
				}
			}
			why := "it names no status of the account"
			for _, refused := range o.FailedAccounts {
				why = string(refused.ErrorCode) + ": " + aws.ToString(refused.ErrorMessage)
			}
			return kind.Unknown[bool](evidence.APIError, "Inspector does not tell whether it is on: "+why)
		})}
	})
}

func inspector(ctx context.Context, c *api.Context) {
	state := inspectorIn(ctx, c)
	c.Emit(api.Entity{Kind: "detector", UID: offUID(c, "inspector2"), Name: inspectorName, Prov: state.prov},
		regionalDetector(ctx, c, "vuln_scanner", inspectorName, "aws.inspector2", state.on, "signature"))
	if on, _ := state.on.Value(); on && c.Wants("patch_state") {
		inspectedPatches(ctx, c)
	}
}

// inspectorCovers are the instances and functions that Inspector covers in a region, by id or ARN.
type inspectorCovers struct {
	byID map[string]types.CoveredResource
	prov *evidence.Provenance
	fail *api.Failure
}

func inspectorCoverage(ctx context.Context, c *api.Context) inspectorCovers {
	return api.Shared(c, "inspector coverage", func(c *api.Context) inspectorCovers {
		equal := func(value string) types.CoverageStringFilter {
			return types.CoverageStringFilter{Comparison: types.CoverageStringComparisonEquals, Value: aws.String(value)}
		}
		l := api.List(ctx, c, inspector2.NewFromConfig(c.AWS()).ListCoverage, &inspector2.ListCoverageInput{FilterCriteria: &types.CoverageFilterCriteria{
			AccountId:    []types.CoverageStringFilter{equal(c.Account.ID)},
			ResourceType: []types.CoverageStringFilter{equal(string(types.CoverageResourceTypeAwsEc2Instance)), equal(string(types.CoverageResourceTypeAwsLambdaFunction))},
			ScanType:     []types.CoverageStringFilter{equal(string(types.ScanTypePackage))},
		}}, func(o *inspector2.ListCoverageOutput) []types.CoveredResource { return o.CoveredResources })
		out := inspectorCovers{byID: make(map[string]types.CoveredResource, len(l.Items)), prov: l.Prov, fail: l.Fail}
		for _, r := range l.Items {
			out.byID[inspectedUID(c, aws.ToString(r.ResourceId))] = r
		}
		return out
	})
}

// inspectedUID is the uid of what Inspector names by an instance's id or a function's ARN with its version.
func inspectedUID(c *api.Context, id string) string {
	if strings.HasPrefix(id, "i-") {
		return instanceARN(c, id)
	}
	return strings.TrimSuffix(id, ":$LATEST")
}

// inspectedPatches emits the patch state of everything that Inspector scans.
func inspectedPatches(ctx context.Context, c *api.Context) {
	covered := inspectorCoverage(ctx, c)
	equal := func(value string) []types.StringFilter {
		return []types.StringFilter{{Comparison: types.StringComparisonEquals, Value: aws.String(value)}}
	}
	list := api.ListUpTo(ctx, c, vulnerabilitiesRead, inspector2.NewFromConfig(c.AWS()).ListFindings, &inspector2.ListFindingsInput{
		MaxResults:   aws.Int32(100),
		SortCriteria: &types.SortCriteria{Field: types.SortFieldSeverity, SortOrder: types.SortOrderDesc},
		FilterCriteria: &types.FilterCriteria{
			AwsAccountId: equal(c.Account.ID), FindingStatus: equal(string(types.FindingStatusActive)), FindingType: equal(string(types.FindingTypePackageVulnerability)),
			ResourceType: append(equal(string(types.ResourceTypeAwsEc2Instance)), equal(string(types.ResourceTypeAwsLambdaFunction))...),
		},
	}, func(o *inspector2.ListFindingsOutput) []types.Finding { return o.Findings })
	var open *evidence.Unknown
	switch {
	case list.Fail != nil:
		why := list.Fail.Unknown()
		open = &why
	case list.Cut:
		open = &evidence.Unknown{Reason: evidence.Truncated, Detail: "of Inspector's findings only the most severe were read"}
	}
	pending := pendingBy(c, list.Items)
	for _, uid := range slices.Sorted(maps.Keys(covered.byID)) {
		r := covered.byID[uid]
		p := kind.PatchState{
			CheckedAt:     lastScan(r).From(covered.prov),
			LastPatchedAt: kind.Unknown[kind.Time](evidence.NotInPlane, "Inspector does not install updates"),
			AutoMechanism: kind.Unknown[string](evidence.NotInPlane, "Inspector does not install updates"),
			ManagedBy:     kind.Known(inspectorName),
		}
		switch {
		case r.LastScannedAt == nil:
			p.Pending = kind.Unknown[[]kind.PatchStatePending](evidence.NotCollected, "Inspector has not scanned it yet")
		case open != nil:
			p.Pending = kind.AtLeast(pending[uid], *open)
		default:
			p.Pending = kind.Known(pending[uid]).From(list.Prov)
		}
		c.Emit(api.Entity{Kind: "patch_state", UID: uid + "#inspector", Name: inspectorName, Prov: covered.prov}, p)
		c.Relate("runs_on", uid+"#inspector", uid)
	}
}

// scannedAt is when Inspector last scanned an instance of the unit's region, by its id; null where it covers it and never did. Where Inspector
// is off, or does not cover the instance, another scanner may.
func scannedAt(ctx context.Context, c *api.Context, id string) kind.Attr[kind.Time] {
	state := inspectorIn(ctx, c)
	return kind.Then(state.on, func(on bool) kind.Attr[kind.Time] {
		if !on {
			return kind.Unknown[kind.Time](evidence.NotCollected, inspectorName+" is off in "+c.Region).From(state.prov)
		}
		covered := inspectorCoverage(ctx, c)
		r, listed := covered.byID[instanceARN(c, id)]
		switch {
		case listed:
			return api.Time(r.LastScannedAt).From(covered.prov)
		case covered.fail != nil:
			return kind.Because[kind.Time](covered.fail.Unknown()).From(covered.prov)
		}
		return kind.Unknown[kind.Time](evidence.NotCollected, inspectorName+" does not cover it").From(covered.prov)
	})
}

func lastScan(r types.CoveredResource) kind.Attr[kind.Time] {
	if r.LastScannedAt == nil {
		return kind.Unknown[kind.Time](evidence.NotCollected, "Inspector has not scanned it yet")
	}
	return api.Time(r.LastScannedAt)
}

// pendingBy are the missing updates by what they are missing on. A vulnerability without a fix is no missing update.
func pendingBy(c *api.Context, findings []types.Finding) map[string][]kind.PatchStatePending {
	out := map[string][]kind.PatchStatePending{}
	for _, f := range findings {
		about := f.PackageVulnerabilityDetails
		if about == nil || f.FixAvailable == types.FixAvailableNo || len(f.Resources) == 0 {
			continue
		}
		uid := inspectedUID(c, aws.ToString(f.Resources[0].Id))
		out[uid] = append(out[uid], kind.PatchStatePending{
			ID: kind.Known(aws.ToString(about.VulnerabilityId)), CVE: kind.Known(cveOf(about)), Severity: kind.Known(inspectorSeverity(f.Severity)),
			AvailableAt: published(about), FirstSeenAt: api.Time(f.FirstObservedAt),
		})
	}
	return out
}

// published is when the maker published the advisory.
func published(about *types.PackageVulnerabilityDetails) kind.Attr[kind.Time] {
	if about.VendorCreatedAt == nil {
		return kind.Unknown[kind.Time](evidence.Unsupported, "Inspector does not say when the maker published it")
	}
	return api.Time(about.VendorCreatedAt)
}

// cveOf are the CVE numbers among the names of a vulnerability.
func cveOf(about *types.PackageVulnerabilityDetails) []string {
	out := []string{}
	for _, id := range append([]string{aws.ToString(about.VulnerabilityId)}, about.RelatedVulnerabilities...) {
		if strings.HasPrefix(id, "CVE-") {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func inspectorSeverity(s types.Severity) string {
	switch s {
	case types.SeverityCritical, types.SeverityHigh, types.SeverityMedium, types.SeverityLow:
		return strings.ToLower(string(s))
	case types.SeverityInformational, types.SeverityUntriaged:
	}
	return "unknown"
}
