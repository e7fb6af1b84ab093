package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	waf "github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

// cloudfrontService reads distributions and the web access lists before them. A distribution is one endpoint: its TLS is on where every behaviour
// refuses or redirects clear text, since one that allows it serves data without TLS.
func cloudfrontService() api.Service {
	return api.Service{
		Name: "cloudfront", Global: true, Collect: distributions, Kinds: []string{"endpoint", "log_source", "network_boundary"},
		Operations: []api.Operation{
			{Name: "ListDistributions", Tells: []string{"endpoint", "log_source", "network_boundary"}},
			{Name: "GetDistributionConfig", Tells: []string{"log_source"}},
			{Name: "ListTagsForResource", Actions: []string{"cloudfront:ListTagsForResource"}, Tells: []string{"data.classification"}},
		},
	}
}

func distributions(ctx context.Context, c *api.Context) {
	client := cloudfront.NewFromConfig(c.AWS())
	list := api.List(ctx, c, client.ListDistributions, &cloudfront.ListDistributionsInput{}, func(o *cloudfront.ListDistributionsOutput) []types.DistributionSummary {
		if o.DistributionList == nil {
			return nil
		}
		return o.DistributionList.Items
	})
	attached := make(map[string]guardedResources)
	for _, d := range list.Items {
		if acl := aws.ToString(d.WebACLId); acl != "" {
			g := attached[acl]
			g.arns = append(g.arns, aws.ToString(d.ARN))
			attached[acl] = g
		}
	}
	for acl, g := range attached {
		slices.Sort(g.arns)
		g.open = firstFailure(list.Fail)
		attached[acl] = g
	}
	emitWebACLs(ctx, c, waf.ScopeCloudfront, attached)
	api.Each(ctx, c, list.Items, func(ctx context.Context, d types.DistributionSummary) {
		if aws.ToBool(d.Enabled) {
			distribution(ctx, c, client, d, list.Prov)
		}
	})
}

func distribution(ctx context.Context, c *api.Context, client *cloudfront.Client, d types.DistributionSummary, prov *evidence.Provenance) {
	uid := aws.ToString(d.ARN)
	name := aws.ToString(d.DomainName)
	if d.Aliases != nil && len(d.Aliases.Items) > 0 {
		name = d.Aliases.Items[0]
	}
	if c.Wants("endpoint") {
		a := api.Ask(ctx, c, client.ListTagsForResource, &cloudfront.ListTagsForResourceInput{Resource: d.ARN}, "NoSuchResource")
		tags := api.Tags{Fail: a.Fail, Prov: a.Prov, Values: map[string]string{}}
		if a.Out.Tags != nil {
			tags = api.TagsOf(a.Out.Tags.Items, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
			tags.Prov = a.Prov
		}
		e := httpsEndpoint(c, "internet", tags)
		encrypted := kind.Known(!allowsClearText(d))
		e.TLSEnabled, e.RedirectToHttps = encrypted, encrypted
		e.TLSPolicy, e.TLSMinVersion = viewerTLS(d.ViewerCertificate)
		if acl := aws.ToString(d.WebACLId); acl != "" {
			e.WAF = kind.Known(acl)
			c.Relate("attached_to", acl, uid)
		}
		c.Emit(api.Entity{Kind: "endpoint", UID: uid, Name: name, Aliases: []string{aws.ToString(d.Id)}, Prov: prov}, e)
	}
	if c.Wants("log_source") {
		distributionLogs(ctx, c, client, d, name)
	}
}

// allowsClearText says whether one of the behaviours serves over HTTP.
func allowsClearText(d types.DistributionSummary) bool {
	if b := d.DefaultCacheBehavior; b != nil && b.ViewerProtocolPolicy == types.ViewerProtocolPolicyAllowAll {
		return true
	}
	return d.CacheBehaviors != nil && slices.ContainsFunc(d.CacheBehaviors.Items, func(b types.CacheBehavior) bool {
		return b.ViewerProtocolPolicy == types.ViewerProtocolPolicyAllowAll
	})
}

// viewerTLS is the policy towards viewers. With CloudFront's own certificate it is TLSv1 whatever is asked for.
func viewerTLS(cert *types.ViewerCertificate) (policy, version kind.Attr[string]) {
	name := "TLSv1"
	if cert != nil && !aws.ToBool(cert.CloudFrontDefaultCertificate) && cert.MinimumProtocolVersion != "" {
		name = string(cert.MinimumProtocolVersion)
	}
	policy = kind.Known(name)
	return policy, awsnet.TLSVersion(tlspolicy.CloudFront, policy)
}

// distributionLogs are the access logs of the older kind, which the distribution states. Those of the newer kind are deliveries of CloudWatch
// Logs: where the older ones are off, whether the newer are on is not known.
func distributionLogs(ctx context.Context, c *api.Context, client *cloudfront.Client, d types.DistributionSummary, name string) {
	uid := aws.ToString(d.ARN)
	a := api.Ask(ctx, c, client.GetDistributionConfig, &cloudfront.GetDistributionConfigInput{Id: d.Id}, "NoSuchDistribution")
	bucket := ""
	enabled := api.Read(a, func(o *cloudfront.GetDistributionConfigOutput) kind.Attr[bool] {
		if conf := o.DistributionConfig; conf != nil && conf.Logging != nil && aws.ToBool(conf.Logging.Enabled) {
			bucket = strings.TrimSpace(aws.ToString(conf.Logging.Bucket))
			return kind.Known(true)
		}
		return kind.Unknown[bool](evidence.NotCollected, "it has no standard logs; log deliveries of CloudWatch Logs are not read")
	})
	l := delivered(ctx, c, "lb_access", enabled, uid, bucket)
	c.Emit(api.Entity{Kind: "log_source", UID: uid + "#access_logs", Name: name, Prov: a.Prov}, l)
	relateLogs(c, uid, uid+"#access_logs", l)
}
