package aws

import (
	"regexp"
	"strconv"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// sso maps IAM Identity Center: a permission set is a role in every account to which it is assigned.
func sso() mapping.Service {
	set := []string{"aws_ssoadmin_permission_set"}
	types := []mapping.Type{
		{Name: "aws_ssoadmin_permission_set", Kinds: []string{"role"}, Map: permissionSet},
		{Name: "aws_ssoadmin_permission_set_inline_policy", Kinds: []string{"policy"}, Map: permissionSetInlinePolicy},
		{Name: "aws_identitystore_user", Kinds: []string{"principal"}, Map: identityStoreUser},
	}
	types = append(types, partsOf([]string{"role", "policy"}, set,
		"aws_ssoadmin_managed_policy_attachment", "aws_ssoadmin_managed_policy_attachments_exclusive",
		"aws_ssoadmin_customer_managed_policy_attachment", "aws_ssoadmin_customer_managed_policy_attachments_exclusive",
		"aws_ssoadmin_permissions_boundary_attachment")...)
	types = append(types, partsOf([]string{"principal"}, []string{"aws_identitystore_user"}, "aws_identitystore_group_membership")...)
	types = append(types, partsOf([]string{"role"}, set, "aws_ssoadmin_account_assignment")...)
	types = append(types, noted("a group is what its members and assignments say", "aws_identitystore_group")...)
	types = append(types, noted("a single sign-on to an application outside of AWS, or a setting of the instance",
		"aws_ssoadmin_application", "aws_ssoadmin_application_access_scope", "aws_ssoadmin_application_assignment",
		"aws_ssoadmin_application_assignment_configuration", "aws_ssoadmin_instance_access_control_attributes",
		"aws_ssoadmin_trusted_token_issuer")...)
	return mapping.Service{Name: "sso", Types: types}
}

func permissionSet(c *mapping.Context, v mapping.View) {
	signIn := outside[bool]("whether sign-in demands a second factor is set in IAM Identity Center, not in code")
	r := kind.Role{
		HumanAssumable: kind.Known(true).From(v.Provenance()),
		Trust: kind.Known([]kind.RoleTrust{{
			Principal: kind.Known("IAM Identity Center"), PrincipalType: kind.Known(string(iampolicy.TrustFederated)),
			External: kind.Known(false), ConditionsMFA: signIn, ConditionsExternalID: kind.Known(false),
			ConditionsOrgID: kind.Known(false), ConditionsSubjectPinned: kind.NA[bool](),
		}}).From(v.Provenance()),
		MaxSessionSeconds: kind.Then(v.String("session_duration").Or("PT1H"), isoSeconds),
	}
	r.Privileged, r.EscalationPaths = privileges(c, identityOf(c, v))
	e := c.Emit(v, "role", named(v, "name"), "", r)
	assignments, open := v.Parts("aws_ssoadmin_account_assignment", "permission_set_arn")
	for _, a := range assignments {
		who := a.Targets("principal_id", "aws_identitystore_user", "aws_identitystore_group")
		for _, uid := range who.UIDs(c) {
			c.Relate("can_assume", uid, e.UID)
		}
		if who.Open != nil {
			open = who.Open
		}
	}
	if open != nil {
		c.RelateOpen("assumable_by", e.UID, *open)
	}
}

var isoDuration = regexp.MustCompile(`^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$`)

// isoSeconds reads a duration of ISO 8601 such as PT8H.
func isoSeconds(text string) kind.Attr[int64] {
	m := isoDuration.FindStringSubmatch(text)
	if m == nil || text == "P" {
		return kind.Unknown[int64](evidence.ParseError, strconv.Quote(text)+" is not a duration such as PT8H")
	}
	total := int64(0)
	for i, unit := range []int64{86400, 3600, 60, 1} {
		if n, err := strconv.ParseInt(m[i+1], 10, 64); err == nil {
			total += n * unit
		}
	}
	return kind.Known(total)
}

func permissionSetInlinePolicy(c *mapping.Context, v mapping.View) {
	emitPolicy(c, v, "", v.Instance.Name, "inline", inlinePolicy(v, v.UID(), "inline_policy"))
}

// addPermissionSet reads the policies of a permission set.
func (h *holdings) addPermissionSet(c *mapping.Context, v mapping.View) {
	holder := holderForm{"aws_ssoadmin_permission_set", nil}
	self := mapping.Targets{Instances: []*resource.Instance{v.Instance}}
	const set = "permission_set_arn"
	inline, open := v.Parts("aws_ssoadmin_permission_set_inline_policy", set)
	for _, p := range inline {
		h.attach(c, holder, self, []holding{inlinePolicy(p, p.UID(), "inline_policy")}, nil)
	}
	for _, form := range [][2]string{
		{"aws_ssoadmin_managed_policy_attachment", "managed_policy_arn"},
		{"aws_ssoadmin_managed_policy_attachments_exclusive", "managed_policy_arns"},
	} {
		attached, more := v.Parts(form[0], set)
		for _, p := range attached {
			policies, gap := policiesNamed(c, p, form[1])
			h.attach(c, holder, self, policies, gap)
		}
		if open == nil {
			open = more
		}
	}
	for _, typ := range []string{
		"aws_ssoadmin_customer_managed_policy_attachment", "aws_ssoadmin_customer_managed_policy_attachments_exclusive",
	} {
		attached, more := v.Parts(typ, set)
		for _, p := range attached {
			refs, gap := p.Blocks("customer_managed_policy_reference")
			for _, ref := range refs {
				policies, unnamed := policiesNamed(c, ref, "name")
				h.attach(c, holder, self, policies, unnamed)
			}
			if more == nil {
				more = gap
			}
		}
		if open == nil {
			open = more
		}
	}
	if open != nil {
		h.openOf[v.UID()] = open
	}
}

// permissionSetBoundary reads the boundary of a permission set.
func permissionSetBoundary(c *mapping.Context, v mapping.View, id *identity) [][]iampolicy.Document {
	parts, open := v.Parts("aws_ssoadmin_permissions_boundary_attachment", "permission_set_arn")
	var docs []iampolicy.Document
	for _, p := range parts {
		b := p.Block("permissions_boundary")
		named, more := policiesNamed(c, b, "managed_policy_arn")
		customer, moreCustomer := policiesNamed(c, b.Block("customer_managed_policy_reference"), "name")
		for _, one := range append(named, customer...) {
			docs = append(docs, one.doc)
			if one.gap != nil && id.gap == nil {
				id.gap = one.gap
			}
		}
		for _, why := range []*evidence.Unknown{more, moreCustomer} {
			if why != nil {
				open = why
			}
		}
	}
	switch {
	case open != nil:
		return [][]iampolicy.Document{append(docs, iampolicy.Document{Unknown: true})}
	case len(docs) == 0:
		return nil
	}
	return [][]iampolicy.Document{docs}
}

// identityStoreUser is a person in the directory of IAM Identity Center.
func identityStoreUser(c *mapping.Context, v mapping.View) {
	parts, open := v.Parts("aws_identitystore_group_membership", "member_id")
	groups := make([]string, 0, len(parts))
	for _, p := range parts {
		t := p.Targets("group_id", "aws_identitystore_group")
		groups = append(groups, t.UIDs(c)...)
		if t.Open != nil {
			open = t.Open
		}
	}
	list := kind.Known(groups).From(v.Provenance())
	if open != nil {
		list = kind.AtLeast(groups, *open).From(v.Provenance())
	}
	through := kind.Unknown[bool](evidence.NotCollected, "what a person may do follows from the permission sets that are assigned")
	e := c.Emit(v, "principal", named(v, "user_name"), "", kind.Principal{
		Type: kind.Known("human"), Source: kind.Known("aws_identity_center"), Name: v.String("user_name").OrNull(),
		Enabled: kind.Known(true).From(v.Provenance()), Interactive: kind.Known(true).From(v.Provenance()),
		Purpose: kind.Unknown[string](evidence.NotInPlane, "a directory user has no labels"),
		Shared:  kind.Unknown[bool](evidence.NotInPlane, "who uses it is not in code"),
		Groups:  list, DirectPolicyCount: kind.Known[int64](0).From(v.Provenance()), Privileged: through,
		EscalationPaths: kind.Unknown[[]kind.PrincipalEscalationPath](evidence.NotCollected,
			"what a person may do follows from the permission sets that are assigned"),
		Email: v.Block("emails").String("value").OrNull(),
	})
	for _, g := range groups {
		c.Relate("member_of", e.UID, g)
	}
}
