package aws

import (
	"cmp"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// account maps the account into which the configuration is applied: the one of the default provider configuration. It stands
// for no single resource.
func account() mapping.Service {
	part := []string{"account"}
	types := slices.Concat(
		[]mapping.Type{
			{Name: "aws_account_alternate_contact", Kinds: part, PartOf: []string{"account"}},
			{Name: "aws_ebs_encryption_by_default", Kinds: part, PartOf: []string{"account"}},
		},
		noted("names a person or an address; only the security contact is judged", "aws_account_primary_contact"),
		noted("turns a region on or off; which regions are in use follows from the resources", "aws_account_region"),
		noted("the organisation is observed, not declared: which accounts it has is known after apply",
			"aws_organizations_organization", "aws_organizations_account", "aws_organizations_organizational_unit",
			"aws_organizations_delegated_administrator", "aws_organizations_resource_policy"),
		noted("limits the accounts of an organisation; which limits bind this account is not known from its own configuration",
			"aws_organizations_policy", "aws_organizations_policy_attachment"),
	)
	return mapping.Service{Name: "account", Types: types, Finish: accountFinish}
}

func accountFinish(c *mapping.Context) {
	first, found := firstResource(c)
	if !found {
		return
	}
	e := &evidence.Entity{
		UID: c.AccountUID(), ID: "account", Kind: "account", Plane: evidence.Declared, Scope: c.Scope, Name: "account",
		Prov: []evidence.Provenance{*first.Provenance()},
	}
	if id := c.AccountID(); id != "" {
		e.Name, e.Aliases = id, []string{"aws:" + id}
	}
	e.Prov[0].Locator = evidence.Locator{File: e.Prov[0].Locator.File}
	c.EmitEntity(e, kind.Account{
		Provider:                kind.Known("aws"),
		Environment:             accountEnvironment(c),
		ObjectPublicAccessBlock: objectPublicAccessBlock(c),
		Regions:                 regionsOf(c),
		ContactsSecurity:        securityContact(c),
		OrganizationAccounts:    kind.Unknown[[]string](evidence.NotInPlane, "the organisation is not part of the configuration"),
		ProviderAgreements:      kind.Unknown[[]string](evidence.NotInPlane, "agreements are attested"),
	})
}

// firstResource is the first managed resource of AWS.
func firstResource(c *mapping.Context) (mapping.View, bool) {
	for _, v := range c.Instances() {
		if v.Instance.Mode == resource.Managed && strings.HasPrefix(v.Instance.Type, "aws_") {
			return v, true
		}
	}
	return mapping.View{}, false
}

// accountEnvironment is the environment by which the default provider configuration labels everything that it makes.
func accountEnvironment(c *mapping.Context) kind.Attr[string] {
	for _, v := range c.Instances() {
		if v.Instance.Provider.Alias != "" || v.Instance.Provider.Config == nil || accountUID(v) != c.AccountUID() {
			continue
		}
		if label := v.ProviderEnvironment(); label.IsKnown() {
			return label
		}
		break
	}
	return kind.Unknown[string](evidence.NotInPlane, "no default tag of the provider labels the account")
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
	blocks := inAccount(c, "aws_s3_account_public_access_block")
	if len(blocks) == 0 {
		return kind.Unknown[bool](evidence.NotInPlane, "no aws_s3_account_public_access_block is declared here")
	}
	v := blocks[0]
	if v.Instance.Unexpanded != nil {
		return kind.Because[bool](*v.Instance.Unexpanded).From(v.Provenance())
	}
	all := kind.Known(true).From(v.Provenance())
	for _, arg := range []string{"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"} {
		all = kind.Both(all, v.Bool(arg).Or(false))
	}
	return all
}

// inAccount are the instances of a type that are not known to lie in another account.
func inAccount(c *mapping.Context, typ string) []mapping.View {
	return slices.DeleteFunc(c.All(typ), func(v mapping.View) bool {
		uid, known := v.Account().Value()
		return known && uid != c.AccountUID()
	})
}

// regionsOf lists the regions that the configuration uses in the account. A region in which it sets the default encryption of
// volumes but makes nothing else is listed as not used. Where it sets the default somewhere, a region without is AWS's default: off.
func regionsOf(c *mapping.Context) kind.Attr[[]kind.AccountRegion] {
	regions := make(map[string]*kind.AccountRegion)
	var open *evidence.Unknown
	region := func(v mapping.View) *kind.AccountRegion {
		name, known := v.Region().Value()
		if !known {
			why, _ := v.Region().Reason()
			open = &why
			return nil
		}
		if regions[name] == nil {
			regions[name] = &kind.AccountRegion{Name: kind.Known(name), Enabled: kind.Known(true), Used: kind.Known(false)}
		}
		return regions[name]
	}
	for _, v := range c.Instances() {
		uid, known := v.Account().Value()
		if !usesRegion(v) || known && uid != c.AccountUID() {
			continue
		}
		if r := region(v); r != nil {
			r.Used = kind.Known(true)
		}
	}
	defaults := inAccount(c, "aws_ebs_encryption_by_default")
	for _, v := range defaults {
		if r := region(v); r != nil {
			r.EBSDefaultEncryption = v.Bool("enabled").Or(true).From(v.ProvenanceOf("enabled"))
			if why := v.Instance.Unexpanded; why != nil {
				r.EBSDefaultEncryption = kind.Because[bool](*why).From(v.Provenance())
			}
		}
	}
	list := make([]kind.AccountRegion, 0, len(regions))
	for _, r := range regions {
		switch {
		case r.EBSDefaultEncryption.IsSet():
		case len(defaults) > 0:
			r.EBSDefaultEncryption = kind.Known(false)
		default:
			r.EBSDefaultEncryption = kind.Unknown[bool](evidence.NotInPlane, "no aws_ebs_encryption_by_default is declared here")
		}
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b kind.AccountRegion) int {
		x, _ := a.Name.Value()
		y, _ := b.Name.Value()
		return cmp.Compare(x, y)
	})
	if open != nil {
		return kind.AtLeast(list, *open)
	}
	return kind.Known(list)
}

// usesRegion reports whether a resource makes use of the region of its provider. Global services use none; neither do the
// settings that guard a region, certificates, and what only describes other resources.
func usesRegion(v mapping.View) bool {
	if v.Instance.Mode != resource.Managed || !strings.HasPrefix(v.Instance.Type, "aws_") {
		return false
	}
	for _, prefix := range []string{
		"aws_iam_", "aws_cloudfront_", "aws_route53_zone", "aws_route53_record", "aws_route53_health_check", "aws_route53domains_",
		"aws_organizations_", "aws_account_", "aws_waf_", "aws_shield_", "aws_globalaccelerator_", "aws_budgets_", "aws_ce_",
		"aws_ssoadmin_", "aws_identitystore_", "aws_acm_certificate", "aws_s3_account_", "aws_ebs_encryption_by_default",
		"aws_ebs_default_kms_key", "aws_guardduty_", "aws_accessanalyzer_", "aws_securityhub_", "aws_config_", "aws_macie2_",
		"aws_inspector2_", "aws_detective_", "aws_default_", "aws_cloudwatch_event_", "aws_ec2_image_block_public_access",
		"aws_ec2_instance_metadata_defaults", "aws_backup_region_settings", "aws_backup_global_settings",
	} {
		if strings.HasPrefix(v.Instance.Type, prefix) {
			return false
		}
	}
	global, _ := equals(v.String("scope"), "CLOUDFRONT").Value()
	return !global || !strings.HasPrefix(v.Instance.Type, "aws_wafv2_")
}
