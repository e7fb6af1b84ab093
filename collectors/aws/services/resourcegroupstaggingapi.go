package services

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	tagtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
)

// taggingService lists the tags of everything in a region at once. It names what no service here reads: an account has more than Assay knows.
func taggingService() api.Service {
	return api.Service{
		Name: "resourcegroupstaggingapi", Prefix: "tag", Collect: unreadResources, Kinds: nil,
		Operations: []api.Operation{{Name: "GetResources"}},
	}
}

// taggedResources are the resources of the region that have or had tags, once for all that ask.
func taggedResources(ctx context.Context, c *api.Context) api.Listing[tagtypes.ResourceTagMapping] {
	return api.Shared(c, "tagged resources", func(c *api.Context) api.Listing[tagtypes.ResourceTagMapping] {
		return api.List(ctx, c, resourcegroupstaggingapi.NewFromConfig(c.AWS()).GetResources, &resourcegroupstaggingapi.GetResourcesInput{},
			func(o *resourcegroupstaggingapi.GetResourcesOutput) []tagtypes.ResourceTagMapping {
				return o.ResourceTagMappingList
			})
	})
}

// tagsByARN are the tags that the list of the region's tagged resources has, and where they come from.
type tagsByARN struct {
	of   map[string][]tagtypes.Tag
	prov *evidence.Provenance
}

// listedTags are the tags of a resource in the context's region: those that the one list of the region's tagged resources has, else what ask finds.
// The list lacks what never had a tag, and types of resources that the tagging API does not know, so that its silence says nothing. A trial
// always asks: that is what it tries.
func listedTags(ctx context.Context, c *api.Context, arn string, ask func() api.Tags) api.Tags {
	if c.Trial || !c.Wants(labelPaths()...) {
		return ask()
	}
	known := api.Shared(c, "tags by ARN", func(c *api.Context) tagsByARN {
		list := taggedResources(ctx, c)
		out := tagsByARN{of: make(map[string][]tagtypes.Tag, len(list.Items)), prov: list.Prov}
		for _, r := range list.Items {
			out.of[aws.ToString(r.ResourceARN)] = r.Tags
		}
		return out
	})
	list := known.of[arn]
	if len(list) == 0 {
		return ask()
	}
	tags := api.TagsOf(list, func(t tagtypes.Tag) (key, value *string) { return t.Key, t.Value })
	tags.Prov = known.prov
	return tags
}

// readServices are the services of ARNs whose resources are read here, as ARNs write them, and those that hold nothing to judge.
func readServices() []string {
	return []string{
		"access-analyzer", "acm", "aoss", "apigateway", "autoscaling", "backup", "cloudfront", "cloudtrail", "cloudwatch", "config", "dax",
		"dms", "docdb-elastic", "dynamodb", "ec2", "ecr", "ecs", "eks", "elasticache", "elasticfilesystem", "elasticloadbalancing", "es",
		"events", "firehose", "fsx", "glacier", "guardduty", "healthlake", "iam", "inspector2", "kafka", "kendra", "kinesis", "kinesisvideo",
		"kms", "lambda", "logs", "macie2", "memorydb", "mq", "neptune-graph", "network-firewall", "rds", "redshift", "redshift-serverless",
		"s3", "secretsmanager", "securityhub", "sns", "sqs", "ssm", "sso", "timestream", "timestream-influxdb", "wafv2",
		// descriptions of other resources
		"cloudformation", "resource-groups", "servicecatalog", "tag",
	}
}

// readTypes are types of resources that are read of services whose other types are not.
func readTypes() []string {
	return []string{"lightsail:Bucket", "lightsail:RelationalDatabase", "lightsail:RelationalDatabaseSnapshot"}
}

// unreadResources says which types of resources are there that no service reads, as the Terraform collector does of resource types without a
// mapping. What never had a tag is not in AWS's list.
func unreadResources(ctx context.Context, c *api.Context) {
	list := taggedResources(ctx, c)
	read := readServices()
	count := map[string]int{}
	for _, r := range list.Items {
		const fields, service, resource = 6, 2, 5
		parts := strings.SplitN(aws.ToString(r.ResourceARN), ":", fields)
		if len(parts) < fields || slices.Contains(read, parts[service]) {
			continue
		}
		typ, _, _ := strings.Cut(strings.TrimPrefix(parts[resource], "/"), "/")
		typ, _, _ = strings.Cut(typ, ":")
		count[parts[service]+":"+typ]++
	}
	for typ, n := range count {
		if slices.Contains(readTypes(), typ) {
			continue
		}
		c.Incomplete(api.ResourceType, evidence.Skipped, fmt.Sprintf("%s (%d)", typ, n))
	}
}
