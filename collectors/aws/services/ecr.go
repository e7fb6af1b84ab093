package services

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// ecrService reads repositories of container images.
func ecrService() api.Service {
	return api.Service{
		Name: "ecr", Kinds: []string{"image"}, Collect: ecrRepositories,
		Operations: []api.Operation{
			{Name: "DescribeRepositories", Tells: []string{"image"}},
			{Name: "DescribeRegistry", Tells: []string{"redundancy"}},
			{Name: "GetRepositoryPolicy", Tells: []string{"exposure.public", "exposure.public_paths", "can_read", "can_write", "can_admin"}},
			{Name: "GetLifecyclePolicy", Tells: []string{"lifecycle.expire_days"}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
		},
	}
}

func ecrRepositories(ctx context.Context, c *api.Context) {
	client := ecr.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.DescribeRepositories, &ecr.DescribeRepositoriesInput{},
		func(o *ecr.DescribeRepositoriesOutput) []types.Repository { return o.Repositories })
	if len(l.Items) == 0 {
		return
	}
	registry := api.Ask(ctx, c, client.DescribeRegistry, &ecr.DescribeRegistryInput{})
	api.Each(ctx, c, l.Items, func(ctx context.Context, r types.Repository) { ecrRepository(ctx, c, client, r, registry, l.Prov) })
}

// ecrRepository: images are always encrypted, and public only through the repository's policy.
func ecrRepository(
	ctx context.Context, c *api.Context, client *ecr.Client, r types.Repository, registry api.Answer[ecr.DescribeRegistryOutput],
	prov *evidence.Provenance,
) {
	uid, name := aws.ToString(r.RepositoryArn), aws.ToString(r.RepositoryName)
	d := c.Datastore("image", listedTags(ctx, c, uid, func() api.Tags {
		a := api.Ask(ctx, c, client.ListTagsForResource, &ecr.ListTagsForResourceInput{ResourceArn: r.RepositoryArn})
		tags := api.TagsOf(a.Out.Tags, func(t types.Tag) (key, value *string) { return t.Key, t.Value })
		tags.Fail, tags.Prov = a.Fail, a.Prov
		return tags
	}))
	conf := orEmpty(r.EncryptionConfiguration)
	encrypt(ctx, c, &d, uid, encryption{
		on: kind.Known(true), key: aws.ToString(conf.KmsKey),
		byDefault: kind.Known(conf.EncryptionType == "" || conf.EncryptionType == types.EncryptionTypeAes256),
	})
	policy := api.Ask(ctx, c, client.GetRepositoryPolicy, &ecr.GetRepositoryPolicyInput{RepositoryName: &name}, "RepositoryPolicyNotFoundException")
	c.ResourcePolicy(uid, policy.Out.PolicyText, policy.Fail)
	var x awsstore.Exposure
	x.Add("policy", publicThrough(ctx, c, api.Read(policy, func(o *ecr.GetRepositoryPolicyOutput) kind.Attr[iampolicy.Document] {
		return document(o.PolicyText)
	})))
	x.Fill(&d)
	awsstore.OverHTTPS(&d)
	awsstore.WithoutEngine(&d)
	awsstore.WithoutWORM(&d)
	withoutBackup(&d)
	d.DeletionProtection = kind.NA[bool]()
	d.LoggingAccess = accessRecorded(ctx, c, uid)
	d.Redundancy = api.Read(registry, func(o *ecr.DescribeRegistryOutput) kind.Attr[string] {
		return kind.Choose(kind.Known(leavesRegion(o.ReplicationConfiguration, name, c.Region)), "multi_region", "multi_az")
	})
	lifecycle := api.Ask(ctx, c, client.GetLifecyclePolicy, &ecr.GetLifecyclePolicyInput{RepositoryName: &name}, "LifecyclePolicyNotFoundException")
	d.LifecycleExpireDays = api.Read(lifecycle, func(o *ecr.GetLifecyclePolicyOutput) kind.Attr[int64] { return ecrExpiry(o.LifecyclePolicyText) })
	unsized(&d)
	unsearched(&d)
	c.Emit(api.Entity{Kind: "image", UID: uid, Name: name, Prov: prov, Aliases: aliasOf(r.RepositoryUri)}, d)
}

// leavesRegion reports whether a replication rule copies the repository to another region.
func leavesRegion(conf *types.ReplicationConfiguration, repository, here string) bool {
	for _, rule := range orEmpty(conf).Rules {
		applies := len(rule.RepositoryFilters) == 0
		for _, f := range rule.RepositoryFilters {
			applies = applies || strings.HasPrefix(repository, aws.ToString(f.Filter))
		}
		for _, to := range rule.Destinations {
			if applies && aws.ToString(to.Region) != here {
				return true
			}
		}
	}
	return false
}

// ecrExpiry is after how many days every image is deleted: a rule of the lifecycle policy for any tag, by age.
func ecrExpiry(policy *string) kind.Attr[int64] {
	if aws.ToString(policy) == "" {
		return kind.Null[int64]()
	}
	var doc struct {
		Rules []struct {
			Selection struct {
				TagStatus   string `json:"tagStatus"`
				CountType   string `json:"countType"`
				CountNumber int64  `json:"countNumber"`
			} `json:"selection"`
		} `json:"rules"`
	}
	if err := json.Unmarshal([]byte(*policy), &doc); err != nil {
		return kind.Unknown[int64](evidence.ParseError, "the lifecycle policy cannot be read: "+err.Error())
	}
	out := kind.Null[int64]()
	for _, r := range doc.Rules {
		s := r.Selection
		if s.TagStatus != "any" || s.CountType != "sinceImagePushed" {
			continue
		}
		if days, known := out.Value(); !known || s.CountNumber < days {
			out = kind.Known(s.CountNumber)
		}
	}
	return out
}
