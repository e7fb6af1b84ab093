package services

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	accounttypes "github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// accountService reads what belongs to the account as a whole: its root user, its contacts, its regions and the settings that guard all of
// its stores.
func accountService() api.Service {
	return api.Service{
		Name: "account", Global: true, Kinds: []string{"account"}, Collect: accountCollect,
		Operations: []api.Operation{
			{Name: "GetAlternateContact", Tells: []string{"contacts.security"}},
		},
	}
}

func accountCollect(ctx context.Context, c *api.Context) {
	sum := summaryOf(ctx, c)
	in := reportOf(ctx, c).line(rootInReport)
	devices := devicesOf(ctx, c)
	a := kind.Account{
		Provider:    kind.Known("aws"),
		Environment: kind.Unknown[string](evidence.NotCollected, "the labels of an account lie in its organisation and are not read"),

		RootMFAEnabled:                  rootMFA(sum),
		RootMFAPhishingResistant:        devices.resistant(rootARN(c), rootMFA(sum)),
		RootAccessKeyCount:              rootKeys(sum, in),
		RootLastUsedAt:                  lastUse(in.at("password_last_used"), in.at("access_key_1_last_used_date"), in.at("access_key_2_last_used_date")),
		RootCredentialsManagedCentrally: managedCentrally(c, sum),
		ContactsSecurity:                securityContact(ctx, c),
		ObjectPublicAccessBlock:         accountPublicAccessBlock(ctx, c),
		Regions:                         regionsOf(ctx, c),
		OrganizationAccounts:            organizationAccounts(c),
		ProviderAgreements:              kind.Unknown[[]string](evidence.NotInPlane, "agreements are attested"),
	}
	name := c.Account.Name
	if name == "" {
		name = c.Account.ID
	}
	c.Emit(api.Entity{
		Kind: "account", UID: c.Account.UID(), Name: name, Aliases: []string{c.Account.ID}, Prov: sum.Prov,
	}, a)
}

func rootMFA(sum api.Answer[iam.GetAccountSummaryOutput]) kind.Attr[bool] {
	return kind.Convert(summaryNumber(sum, "AccountMFAEnabled"), func(n int64) bool { return n > 0 })
}

// rootKeys counts the active access keys of root. The summary says whether there is one, the report how many.
func rootKeys(sum api.Answer[iam.GetAccountSummaryOutput], in line) kind.Attr[int64] {
	present := summaryNumber(sum, "AccountAccessKeysPresent")
	if n, known := present.Value(); known && n == 0 {
		return present
	}
	count := kind.Known[int64](0)
	for _, column := range []string{"access_key_1_active", "access_key_2_active"} {
		count = kind.Then(count, func(n int64) kind.Attr[int64] {
			return kind.Convert(in.yes(column), func(on bool) int64 {
				if on {
					return n + 1
				}
				return n
			})
		})
	}
	if _, known := count.Value(); known {
		return count
	}
	return present
}

// managedCentrally: a root user without password, keys and certificates has nothing to protect. Only a member of an organisation whose
// management account removed them can be so; an account on its own always has a root password.
func managedCentrally(c *api.Context, sum api.Answer[iam.GetAccountSummaryOutput]) kind.Attr[bool] {
	none := kind.Not(rootPassword(c, sum))
	for _, key := range []string{"AccountAccessKeysPresent", "AccountSigningCertificatesPresent"} {
		none = kind.Both(none, kind.Convert(summaryNumber(sum, key), func(n int64) bool { return n == 0 }))
	}
	return none.From(sum.Prov)
}

// rootPassword is whether the root user has a password.
func rootPassword(c *api.Context, sum api.Answer[iam.GetAccountSummaryOutput]) kind.Attr[bool] {
	if sum.OK() && len(c.Account.Organization) == 1 {
		return kind.Known(true).From(sum.Prov)
	}
	return kind.Convert(summaryNumber(sum, "AccountPasswordPresent"), func(n int64) bool { return n > 0 })
}

// securityContact is the address of the account's security contact; null where there is none.
func securityContact(ctx context.Context, c *api.Context) kind.Attr[string] {
	a := api.Ask(ctx, c, account.NewFromConfig(c.AWS()).GetAlternateContact,
		&account.GetAlternateContactInput{AlternateContactType: accounttypes.AlternateContactTypeSecurity}, "ResourceNotFoundException")
	return api.Read(a, func(o *account.GetAlternateContactOutput) kind.Attr[string] {
		if o.AlternateContact == nil || aws.ToString(o.AlternateContact.EmailAddress) == "" {
			return kind.Null[string]()
		}
		return kind.Known(aws.ToString(o.AlternateContact.EmailAddress))
	})
}

func organizationAccounts(c *api.Context) kind.Attr[[]string] {
	if c.Account.OrganizationUnknown != nil {
		return kind.Because[[]string](*c.Account.OrganizationUnknown)
	}
	list := make([]string, 0, len(c.Account.Organization))
	for _, id := range c.Account.Organization {
		list = append(list, "aws:"+id)
	}
	slices.Sort(list)
	return kind.Known(list)
}

// regionsOf lists the regions of the account. Whether one is used is derived from what is found in it.
func regionsOf(ctx context.Context, c *api.Context) kind.Attr[[]kind.AccountRegion] {
	list := make([]kind.AccountRegion, 0, len(c.Account.Regions)+len(c.Account.Disabled))
	defaults := make([]kind.Attr[bool], len(c.Account.Regions))
	order := make([]int, len(c.Account.Regions))
	for i := range order {
		order[i] = i
	}
	api.Each(ctx, c, order, func(ctx context.Context, i int) { defaults[i] = ebsDefault(ctx, c.In(c.Account.Regions[i])) })
	unused := kind.Unknown[bool](evidence.NotCollected, "derived from what is found in the region")
	enabled := kind.Known(true)
	if c.Account.RegionsUnknown != nil {
		enabled = kind.Because[bool](*c.Account.RegionsUnknown)
	}
	for i, name := range c.Account.Regions {
		list = append(list, kind.AccountRegion{Name: kind.Known(name), Enabled: enabled, EBSDefaultEncryption: defaults[i], Used: unused})
	}
	for _, name := range c.Account.Disabled {
		list = append(list, kind.AccountRegion{
			Name: kind.Known(name), Enabled: kind.Known(false), EBSDefaultEncryption: kind.NA[bool](), Used: kind.Known(false),
		})
	}
	for _, name := range c.Account.Left {
		list = append(list, kind.AccountRegion{
			Name: kind.Known(name), Enabled: kind.Known(true), Used: unused,
			EBSDefaultEncryption: kind.Unknown[bool](evidence.NotCollected, "the target leaves the region out"),
		})
	}
	slices.SortFunc(list, func(a, b kind.AccountRegion) int {
		x, _ := a.Name.Value()
		y, _ := b.Name.Value()
		if x < y {
			return -1
		}
		return 1
	})
	if c.Account.RegionsUnknown != nil {
		return kind.AtLeast(list, *c.Account.RegionsUnknown)
	}
	return kind.Known(list)
}

// ebsDefault tells whether new volumes in the region are encrypted without being asked for; it is asked for once per region.
func ebsDefault(ctx context.Context, c *api.Context) kind.Attr[bool] {
	return api.Shared(c, "ec2 ebs default", func(c *api.Context) kind.Attr[bool] { return readEBSDefault(ctx, c) })
}

func readEBSDefault(ctx context.Context, c *api.Context) kind.Attr[bool] {
	a := api.Ask(ctx, c, ec2.NewFromConfig(c.AWS()).GetEbsEncryptionByDefault, &ec2.GetEbsEncryptionByDefaultInput{})
	return api.Read(a, func(o *ec2.GetEbsEncryptionByDefaultOutput) kind.Attr[bool] {
		return kind.Known(aws.ToBool(o.EbsEncryptionByDefault))
	})
}
