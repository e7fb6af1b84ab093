package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// Account adds the account into which the configuration is applied. It stands for no single resource, so the collector calls
// it once, after the mappings of all services. Method is how the configuration was read: terraform:hcl or terraform:plan.
func Account(c *mapping.Context, method string) {
	e := &evidence.Entity{
		UID: c.AccountUID(), ID: "account", Kind: "account", Plane: evidence.Declared, Scope: c.Scope, Name: "account",
		Prov: []evidence.Provenance{{Source: c.Source, Method: method}},
	}
	c.EmitEntity(e, kind.Account{
		Provider:                kind.Known("aws"),
		Environment:             kind.Unknown[string](evidence.NotInPlane, "code does not label the account"),
		ObjectPublicAccessBlock: objectPublicAccessBlock(c),
		Regions:                 regionsOf(c),
		ContactsSecurity:        securityContact(c),
		OrganizationAccounts:    kind.Unknown[[]string](evidence.NotInPlane, "the organisation is not part of the configuration"),
		ProviderAgreements:      kind.Unknown[[]string](evidence.NotInPlane, "agreements are attested"),
	})
}

// securityContact is the address of the account's security contact.
func securityContact(c *mapping.Context) kind.Attr[string] {
	for _, v := range c.All("aws_account_alternate_contact") {
		if is, known := equals(v.String("alternate_contact_type"), "SECURITY").Value(); known && is && !v.Has("account_id") {
			return v.String("email_address").OrNull()
		}
	}
	return kind.Unknown[string](evidence.NotInPlane, "no aws_account_alternate_contact of type SECURITY is declared here")
}

// objectPublicAccessBlock is whether all four settings of the account's S3 block are on.
func objectPublicAccessBlock(c *mapping.Context) kind.Attr[bool] {
	blocks := c.All("aws_s3_account_public_access_block")
	if len(blocks) == 0 {
		return kind.Unknown[bool](evidence.NotInPlane, "no aws_s3_account_public_access_block is declared here")
	}
	v := blocks[0]
	if v.Instance.Unexpanded != nil {
		return kind.Because[bool](*v.Instance.Unexpanded).From(v.Provenance())
	}
	all := kind.Known(true).From(v.Provenance())
	for _, arg := range []string{"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"} {
		all = both(all, v.Bool(arg).Or(false))
	}
	return all
}

// regionsOf lists the regions of which the configuration sets the default encryption of volumes; the account has more.
func regionsOf(c *mapping.Context) kind.Attr[[]kind.AccountRegion] {
	list := []kind.AccountRegion{}
	for _, v := range c.All("aws_ebs_encryption_by_default") {
		list = append(list, kind.AccountRegion{
			Name: v.Region(), Enabled: kind.Known(true), EBSDefaultEncryption: v.Bool("enabled").Or(true).From(v.ProvenanceOf("enabled")),
		})
	}
	slices.SortStableFunc(list, func(a, b kind.AccountRegion) int {
		x, _ := a.Name.Value()
		y, _ := b.Name.Value()
		return strings.Compare(x, y)
	})
	return kind.AtLeast(list, evidence.Unknown{
		Reason: evidence.NotInPlane, Detail: "the regions of an account are not part of the configuration",
	})
}
