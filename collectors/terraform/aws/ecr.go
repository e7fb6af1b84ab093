package aws

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// ecr maps repositories of container images.
func ecr() mapping.Service {
	image := []string{"image"}
	types := []mapping.Type{
		{Name: "aws_ecr_repository", Kinds: image, Map: ecrRepository},
		{Name: "aws_ecrpublic_repository", Kinds: image, Map: ecrPublicRepository},
	}
	types = append(types, partsOf(image, []string{"aws_ecr_repository"}, "aws_ecr_repository_policy", "aws_ecr_lifecycle_policy",
		"aws_ecr_replication_configuration")...)
	types = append(types, noted("settings of the registry; the repositories say what protects the images", "aws_ecr_registry_policy",
		"aws_ecr_registry_scanning_configuration", "aws_ecr_pull_through_cache_rule", "aws_ecr_account_setting",
		"aws_ecr_repository_creation_template", "aws_ecrpublic_repository_policy")...)
	return mapping.Service{Name: "ecr", Types: types}
}

// ecrRepository: images are always encrypted, and public only through the repository's policy.
func ecrRepository(c *mapping.Context, v mapping.View) {
	d := v.Datastore("image")
	conf := v.Block("encryption_configuration")
	encrypt(c, &d, v.UID(), encryption{
		on: kind.Known(true).From(conf.Provenance()), view: conf, key: "kms_key", explicit: []string{"encryption_type"},
	})
	policies, open := v.Parts("aws_ecr_repository_policy", "repository")
	var x awsstore.Exposure
	for _, p := range policies {
		x.Add("policy", letsPublicIn(p, "policy"))
	}
	if open != nil {
		x.Add("policy", kind.Because[bool](*open))
	}
	x.Fill(&d)
	imageRest(c, &d)
	d.Redundancy = ecrRedundancy(c, v)
	d.LifecycleExpireDays = ecrExpiry(v)
	c.Emit(v, "image", named(v, "name"), "", d)
}

// imageRest fills what image repositories have in common.
func imageRest(c *mapping.Context, d *kind.Datastore) {
	awsstore.OverHTTPS(d)
	awsstore.WithoutEngine(d)
	awsstore.WithoutWORM(d)
	awsstore.WithoutBackup(d)
	d.DeletionProtection = kind.NA[bool]()
	d.LoggingAccess = byDataEvents(c)
}

// ecrRedundancy: three zones, several regions where the registry replicates to another one. Rules that choose repositories by
// prefix are not followed.
func ecrRedundancy(c *mapping.Context, v mapping.View) kind.Attr[string] {
	across := kind.Known(false).From(v.Provenance())
	for _, conf := range c.All("aws_ecr_replication_configuration") {
		rules, _ := conf.Block("replication_configuration").Blocks("rule")
		for _, r := range rules {
			applies := kind.Not(written(r, "repository_filter"))
			if yes, known := applies.Value(); known && !yes {
				applies = kind.Unknown[bool](evidence.Unsupported, "the filter of the replication rule").From(r.Provenance())
			}
			across = kind.Either(across, kind.Both(kind.Both(applies, sameAccount(conf, v)), leavesRegion(v, r.Block("destination"))))
		}
	}
	return kind.Choose(across, "multi_region", "multi_az")
}

// leavesRegion is whether a destination names another region than the view's.
func leavesRegion(v, dest mapping.View) kind.Attr[bool] {
	return kind.Then(dest.String("region").OrUnknown(evidence.Unresolved, "the region of the replica"), func(there string) kind.Attr[bool] {
		return kind.Convert(v.Region(), func(here string) bool { return here != there })
	})
}

// ecrExpiry is after how many days every image is deleted: a rule of the lifecycle policy for any tag, by age.
func ecrExpiry(v mapping.View) kind.Attr[int64] {
	part := v.Part("aws_ecr_lifecycle_policy", "repository")
	doc := part.JSON("policy")
	if doc.Absent() {
		return kind.Null[int64]().From(v.Provenance())
	}
	return kind.Then(doc.OrNull(), func(val cty.Value) kind.Attr[int64] {
		out := kind.Null[int64]()
		for _, rule := range elements(val, "rules") {
			selection := member(rule, "selection")
			days, ok := number(selection, "countNumber")
			if ok && text(selection, "tagStatus") == "any" && text(selection, "countType") == "sinceImagePushed" {
				out = sooner(out, kind.Known(days))
			}
		}
		return out
	})
}

// ecrPublicRepository is open to everyone by its nature.
func ecrPublicRepository(c *mapping.Context, v mapping.View) {
	d := v.Datastore("image")
	encryptedByService(c, &d, v.UID(), v, "")
	var x awsstore.Exposure
	x.Add("url", kind.Known(true).From(v.Provenance()))
	x.Fill(&d)
	imageRest(c, &d)
	d.Redundancy = kind.Known("multi_az")
	awsstore.WithoutExpiry(&d)
	c.Emit(v, "image", named(v, "repository_name"), "", d)
}
