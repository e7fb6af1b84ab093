package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/opensearchserverless"
	"github.com/aws/aws-sdk-go-v2/service/opensearchserverless/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// opensearchserverlessService reads serverless collections of OpenSearch.
func opensearchserverlessService() api.Service {
	return api.Service{
		Name: "opensearchserverless", Prefix: "aoss", Kinds: []string{"search"}, Collect: collectionsCollect, SomeRegions: true,
		Operations: []api.Operation{
			{Name: "ListCollections", Tells: []string{"search"}},
			{Name: "BatchGetCollection", Tells: []string{"redundancy", "deletion_protection"}},
			{Name: "ListSecurityPolicies", Tells: []string{"network.placement"}},
			{Name: "GetSecurityPolicy", Tells: []string{"network.placement"}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
		},
	}
}

// collectionsAtOnce is how many collections BatchGetCollection takes.
const collectionsAtOnce = 100

func collectionsCollect(ctx context.Context, c *api.Context) {
	client := opensearchserverless.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListCollections, &opensearchserverless.ListCollectionsInput{},
		func(o *opensearchserverless.ListCollectionsOutput) []types.CollectionSummary {
			return o.CollectionSummaries
		})
	if len(l.Items) == 0 {
		return
	}
	network := collectionNetwork(ctx, c, client)
	for some := range slices.Chunk(l.Items, collectionsAtOnce) {
		about := api.Ask(ctx, c, client.BatchGetCollection, &opensearchserverless.BatchGetCollectionInput{
			Ids: idsOf(some, func(s types.CollectionSummary) *string { return s.Id }),
		})
		api.Each(ctx, c, some, func(ctx context.Context, s types.CollectionSummary) {
			searchCollection(ctx, c, client, s, about, network, l.Prov)
		})
	}
}

// searchCollection is always encrypted and speaks HTTPS only, to callers that IAM knows. From which network they may come stands in policies
// that match it by name.
func searchCollection(
	ctx context.Context, c *api.Context, client *opensearchserverless.Client, s types.CollectionSummary,
	about api.Answer[opensearchserverless.BatchGetCollectionOutput], network networkPolicies, prov *evidence.Provenance,
) {
	uid, name := aws.ToString(s.Arn), aws.ToString(s.Name)
	tags := api.Ask(ctx, c, client.ListTagsForResource, &opensearchserverless.ListTagsForResourceInput{ResourceArn: &uid})
	d := c.Datastore("search", tagsIn(tags, func(o *opensearchserverless.ListTagsForResourceOutput) []types.Tag { return o.Tags },
		func(t types.Tag) (key, value *string) { return t.Key, t.Value }))
	detail := api.Read(about, func(o *opensearchserverless.BatchGetCollectionOutput) kind.Attr[types.CollectionDetail] {
		for _, x := range o.CollectionDetails {
			if aws.ToString(x.Id) == aws.ToString(s.Id) {
				return kind.Known(x)
			}
		}
		return kind.Unknown[types.CollectionDetail](evidence.Unlinked, "AWS lists the collection and does not describe it")
	})
	key := s.KmsKeyArn
	if x, known := detail.Value(); known && key == nil {
		key = x.KmsKeyArn
	}
	encryptedByService(ctx, c, &d, uid, awsOwned(key))
	d.EncryptionSource = kind.Known("explicit") // a collection cannot be made without an encryption policy
	d.EncryptionInTransitRequired = kind.Known(true)
	awsstore.Private(&d)
	d.NetworkPlacement = kind.Choose(network.public(name), "public", "private")
	d.Redundancy = kind.Convert(detail, func(x types.CollectionDetail) string {
		if x.StandbyReplicas == types.StandbyReplicasDisabled {
			return "single"
		}
		return "multi_az"
	})
	d.DeletionProtection = kind.Convert(detail, func(x types.CollectionDetail) bool {
		return x.DeletionProtection == types.DeletionProtectionEnabled
	})
	d.LoggingAccess = accessRecorded(ctx, c, uid)
	awsstore.ManagedEngine(&d, "opensearch-serverless")
	awsstore.WithoutWORM(&d)
	d.LifecycleExpireDays = kind.Unknown[int64](evidence.Unsupported, "the lifecycle policies that match the collection by name")
	d.BackupNativeRetentionDays = kind.Known[int64](14) // hourly snapshots, kept by the service
	d.BackupPITR, d.BackupLatestRestorableAt = kind.Known(false), kind.NA[kind.Time]()
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "search", UID: uid, Name: name, Prov: prov, Aliases: aliasOf(s.Id)}, d)
}

// networkPolicies say from which networks collections can be reached.
type networkPolicies struct {
	rules []networkRule
	prov  *evidence.Provenance
	open  *evidence.Unknown // why there may be more; nil where these are all
}

// networkRule is one statement of a network policy.
type networkRule struct {
	Rules []struct {
		ResourceType string
		Resource     []string
	}
	AllowFromPublic bool
}

func collectionNetwork(ctx context.Context, c *api.Context, client *opensearchserverless.Client) networkPolicies {
	l := api.List(ctx, c, client.ListSecurityPolicies, &opensearchserverless.ListSecurityPoliciesInput{Type: types.SecurityPolicyTypeNetwork},
		func(o *opensearchserverless.ListSecurityPoliciesOutput) []types.SecurityPolicySummary {
			return o.SecurityPolicySummaries
		})
	out := networkPolicies{prov: l.Prov, open: firstFailure(l.Fail)}
	for _, p := range l.Items {
		a := api.Ask(ctx, c, client.GetSecurityPolicy, &opensearchserverless.GetSecurityPolicyInput{Name: p.Name, Type: types.SecurityPolicyTypeNetwork})
		rules, err := networkRules(a.Out.SecurityPolicyDetail)
		switch {
		case a.Fail != nil:
			out.open = firstFailure(a.Fail)
		case err != nil:
			out.open = &evidence.Unknown{Reason: evidence.ParseError, Detail: "network policy " + aws.ToString(p.Name) + ": " + err.Error()}
		}
		out.rules = append(out.rules, rules...)
	}
	return out
}

func networkRules(p *types.SecurityPolicyDetail) (rules []networkRule, err error) {
	if p == nil || p.Policy == nil {
		return nil, nil
	}
	err = p.Policy.UnmarshalSmithyDocument(&rules)
	return rules, err
}

// public says whether a collection can be reached from the internet. Callers sign in all the same.
func (p networkPolicies) public(collection string) kind.Attr[bool] {
	for _, r := range p.rules {
		if r.AllowFromPublic && r.matches(collection) {
			return kind.Known(true).From(p.prov)
		}
	}
	if p.open != nil {
		return kind.Because[bool](*p.open).From(p.prov)
	}
	return kind.Known(false).From(p.prov)
}

// matches says whether a rule speaks of the collection: "collection/name", or a prefix that ends in "*".
func (r networkRule) matches(collection string) bool {
	for _, rule := range r.Rules {
		if rule.ResourceType != "collection" {
			continue
		}
		for _, pattern := range rule.Resource {
			pattern = strings.TrimPrefix(pattern, "collection/")
			if prefix, wild := strings.CutSuffix(pattern, "*"); pattern == collection || wild && strings.HasPrefix(collection, prefix) {
				return true
			}
		}
	}
	return false
}
