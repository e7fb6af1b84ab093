package aws

import (
	"regexp"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/permission"
	"github.com/assay-audit/assay/internal/reference/managedpolicy"
	"github.com/assay-audit/assay/internal/tri"
)

// holding is one policy that a user, group or role holds.
type holding struct {
	uid string               // of the policy entity, or the ARN of a policy that is not declared here
	doc iampolicy.Document   // Unknown where it cannot be read
	gap *evidence.Unknown    // why the document is not wholly known; nil where it is
	aws string               // path and name of a policy of AWS; "" of all others
	at  *evidence.Provenance // where the policy is attached
}

// holdings says who holds which policies, from both ends. Where an end of an attachment is not known, the other end is open.
type holdings struct {
	of         map[string][]holding         // by the UID of the holder
	openOf     map[string]*evidence.Unknown // by the UID of the holder: why it may hold more
	holders    map[string][]string          // by the UID of the policy
	openHolder map[string]*evidence.Unknown // by the UID of the policy: why more may hold it
	anyHolder  map[string]*evidence.Unknown // by holderForm.word: why any of them may hold more
	anyPolicy  *evidence.Unknown            // why any policy may have further holders
}

// holderForm is how attachments name one type of holder.
type holderForm struct {
	word  string   // as in aws_iam_<word>_policy
	types []string // of the holder
}

func holderForms() []holderForm {
	return []holderForm{
		{"user", []string{"aws_iam_user"}}, {"role", []string{"aws_iam_role"}}, {"group", []string{"aws_iam_group"}},
	}
}

// holdingsOf reads all forms of attachment, once.
func holdingsOf(c *mapping.Context) *holdings {
	return mapping.Memo(c, "aws iam holdings", func() *holdings {
		h := &holdings{
			of: make(map[string][]holding), openOf: make(map[string]*evidence.Unknown), holders: make(map[string][]string),
			openHolder: make(map[string]*evidence.Unknown), anyHolder: make(map[string]*evidence.Unknown),
		}
		for _, f := range holderForms() {
			for _, v := range c.All("aws_iam_" + f.word + "_policy") {
				h.add(c, f, v, v.Targets(f.word, f.types...), []holding{inlinePolicy(v, v.UID(), "policy")}, nil)
			}
			h.addAttachments(c, f, "aws_iam_"+f.word+"_policy_attachment", f.word, "policy_arn")
			h.addAttachments(c, f, "aws_iam_policy_attachment", f.word+"s", "policy_arn")
			h.addAttachments(c, f, "aws_iam_"+f.word+"_policy_attachments_exclusive", f.word+"_name", "policy_arns")
		}
		for _, v := range c.All("aws_iam_role") {
			h.addRole(c, v)
		}
		for _, v := range c.All("aws_ssoadmin_permission_set") {
			h.addPermissionSet(c, v)
		}
		return h
	})
}

func (h *holdings) addAttachments(c *mapping.Context, f holderForm, typ, holderArg, policyArg string) {
	for _, v := range c.All(typ) {
		if !v.Has(holderArg) {
			continue
		}
		policies, open := policiesNamed(c, v, policyArg)
		h.add(c, f, v, v.Targets(holderArg, f.types...), policies, open)
	}
}

// addRole reads the policies that a role carries itself.
func (h *holdings) addRole(c *mapping.Context, v mapping.View) {
	self := mapping.Targets{Instances: []*resource.Instance{v.Instance}}
	form := holderForm{"role", []string{"aws_iam_role"}}
	policies, open := policiesNamed(c, v, "managed_policy_arns")
	inline, more := v.Blocks("inline_policy")
	for i, b := range inline {
		if b.Has("policy") {
			policies = append(policies, inlinePolicy(b, inlineUID(v, b, i), "policy"))
		}
	}
	if open == nil {
		open = more
	}
	if len(policies) > 0 || open != nil {
		h.attach(c, form, self, policies, open)
	}
}

// inlineUID names an inline_policy block of a role.
func inlineUID(v, block mapping.View, i int) string { return v.UID() + "#" + inlineSuffix(block, i) }

// add records the policies of one attachment. An attachment that may not exist leaves both its ends open.
func (h *holdings) add(c *mapping.Context, f holderForm, v mapping.View, to mapping.Targets, policies []holding, open *evidence.Unknown) {
	if why := v.Instance.Unexpanded; why != nil {
		for _, uid := range holderUIDs(c, to) {
			h.openOf[uid] = why
		}
		for _, p := range policies {
			h.openHolder[p.uid] = why
		}
		return
	}
	h.attach(c, f, to, policies, open)
}

func (h *holdings) attach(c *mapping.Context, f holderForm, to mapping.Targets, policies []holding, open *evidence.Unknown) {
	for _, uid := range holderUIDs(c, to) {
		h.of[uid] = append(h.of[uid], policies...)
		if open != nil {
			h.openOf[uid] = open
		}
		for _, p := range policies {
			if !slices.Contains(h.holders[p.uid], uid) {
				h.holders[p.uid] = append(h.holders[p.uid], uid)
			}
		}
	}
	if to.Open != nil {
		h.anyHolder[f.word] = to.Open
		for _, p := range policies {
			h.openHolder[p.uid] = to.Open
		}
	}
	if open != nil {
		h.anyPolicy = open
	}
}

// holderUIDs are the UIDs of the holders. One that is only looked up (a data source) goes by its name, as a literal does.
func holderUIDs(c *mapping.Context, t mapping.Targets) []string {
	var out []string
	for _, r := range t.Instances {
		uid := c.UID(r.Address)
		if r.Mode == resource.Data {
			for _, arg := range []string{"name", "user_name", "group_name"} {
				if name, known := c.View(r).String(arg).Known(); known {
					uid = name
				}
			}
		}
		out = append(out, uid)
	}
	return append(out, t.Literals...)
}

// inlinePolicy reads a policy that stands in an argument of the view.
func inlinePolicy(v mapping.View, uid, arg string) holding {
	doc, gap := document(v, arg)
	return holding{uid: uid, doc: doc, gap: gap, at: v.ProvenanceOf(arg)}
}

// document parses the policy in an argument: one that cannot be read is Document{Unknown: true}, with the reason.
func document(v mapping.View, arg string) (iampolicy.Document, *evidence.Unknown) {
	unreadable := func(u evidence.Unknown) (iampolicy.Document, *evidence.Unknown) {
		return iampolicy.Document{Unknown: true}, &u
	}
	read := policyOf(v, arg).OrNull()
	val, known := read.Value()
	if why, unknown := read.Reason(); unknown {
		return unreadable(why)
	}
	if !known {
		return iampolicy.Document{}, nil
	}
	doc, err := iampolicy.FromNode(policyNode(val))
	if err != nil {
		return unreadable(evidence.Unknown{Reason: evidence.ParseError, Detail: arg + ": " + err.Error()})
	}
	return resolved(v.Context(), doc), v.Attr(arg).Unknown
}

// ofAWS matches the ARN of a policy that AWS manages, also where the partition is not known.
var ofAWS = regexp.MustCompile(`^arn:(?:aws[a-z-]*|\$\{[^}]*\}):iam::aws:policy/([^$]+)$`)

// policiesNamed returns the policies whose ARNs an argument names, and why there may be more.
func policiesNamed(c *mapping.Context, v mapping.View, arg string) (out []holding, open *evidence.Unknown) {
	at := v.ProvenanceOf(arg)
	t := v.Targets(arg, "aws_iam_policy")
	awsNames := make(map[string]bool)
	for _, s := range strs(v, arg) {
		if m := ofAWS.FindStringSubmatch(s.String()); m != nil && !awsNames[m[1]] {
			awsNames[m[1]] = true
			out = append(out, policyOfAWS(m[1], at))
		}
	}
	if len(awsNames) > 0 && len(out) == len(strs(v, arg)) {
		return out, nil // every element is one of AWS's
	}
	for _, r := range t.Instances {
		if r.Mode == resource.Data {
			out = append(out, holding{uid: c.UID(r.Address), doc: iampolicy.Document{Unknown: true}, at: at, gap: &evidence.Unknown{
				Reason: evidence.NotInPlane, Detail: "the document of " + r.Address + " is not declared here",
			}})
			continue
		}
		p := inlinePolicy(c.View(r), c.UID(r.Address), "policy")
		p.at = at
		out = append(out, p)
	}
	for _, arn := range t.Literals {
		if !ofAWS.MatchString(arn) {
			out = append(out, holding{uid: arn, doc: iampolicy.Document{Unknown: true}, at: at, gap: &evidence.Unknown{
				Reason: evidence.NotInPlane, Detail: "the document of " + arn + " is not declared here",
			}})
		}
	}
	return out, t.Open
}

// policyOfAWS looks a policy of AWS up by the path and name in its ARN.
func policyOfAWS(name string, at *evidence.Provenance) holding {
	h := holding{uid: "arn:aws:iam::aws:policy/" + name, aws: name, at: at}
	if p, found := managedpolicy.Find(name); found {
		if doc, err := iampolicy.Parse(p.Document); err == nil {
			h.doc = doc
			return h
		}
	}
	h.doc = iampolicy.Document{Unknown: true}
	h.gap = &evidence.Unknown{Reason: evidence.Unsupported, Detail: "AWS's policy " + name + " is not in the table of AWS's policies"}
	return h
}

// strs returns the elements of a list, or the one string of an argument, as strings that may be known in part.
func strs(v mapping.View, arg string) []iampolicy.Str {
	a := v.Attr(arg)
	if !a.Set {
		return nil
	}
	val := a.Value
	if a.Doc != cty.NilVal {
		val = a.Doc
	}
	if len(a.Parts) > 0 {
		parts := a.Parts
		val = cty.UnknownVal(cty.String).Mark(resource.PartsMark{Parts: &parts})
	}
	n := policyNode(val)
	if n.Kind == iampolicy.NodeString {
		return []iampolicy.Str{n.Text}
	}
	var out []iampolicy.Str
	for _, item := range n.Items {
		text := iampolicy.Hole()
		if item.Kind == iampolicy.NodeString {
			text = item.Text
		}
		out = append(out, text)
	}
	return out
}

// identity is what decides the permissions of a user or role, and why that is not wholly known.
type identity struct {
	iampolicy.Identity
	view mapping.View
	gap  *evidence.Unknown // nil where everything is known
}

// because is why an answer about the identity is not known.
func (i *identity) because() evidence.Unknown {
	if i.gap != nil {
		return *i.gap
	}
	return evidence.Unknown{
		Reason: evidence.Unresolved,
		Detail: "a permission of " + i.view.Instance.Address + " depends on a condition or on values that are not known",
	}
}

// identityOf gathers the policies of a user, role or permission set: its own, its groups' and its boundary.
func identityOf(c *mapping.Context, v mapping.View) *identity {
	return mapping.Memo(c, "aws identity "+v.Instance.Address, func() *identity {
		word := strings.TrimPrefix(v.Instance.Type, "aws_iam_") // a permission set keeps its whole type: no attachment of IAM names one
		id := &identity{view: v}
		id.hold(c, v.UID(), word)
		if word == "user" {
			groups := groupsOf(c, v)
			list, _ := groups.Value()
			for _, g := range list {
				id.hold(c, g, "group")
			}
			if why := moreGroups(c, v); why != nil {
				id.lacks(*why)
			}
		}
		id.Boundaries = boundary(c, v, id)
		return id
	})
}

// hold adds the policies of one holder.
func (i *identity) hold(c *mapping.Context, uid, word string) {
	h := holdingsOf(c)
	for _, p := range h.of[uid] {
		i.Policies = append(i.Policies, p.doc)
		if p.gap != nil && i.gap == nil {
			i.gap = p.gap
		}
	}
	for _, why := range []*evidence.Unknown{h.openOf[uid], h.anyHolder[word]} {
		if why != nil {
			i.lacks(*why)
		}
	}
}

// lacks says that the identity may hold policies that are not known.
func (i *identity) lacks(why evidence.Unknown) {
	i.Policies = append(i.Policies, iampolicy.Document{Unknown: true})
	if i.gap == nil {
		i.gap = &why
	}
}

// boundary reads the permissions boundary.
func boundary(c *mapping.Context, v mapping.View, id *identity) [][]iampolicy.Document {
	if v.Instance.Type == "aws_ssoadmin_permission_set" {
		return permissionSetBoundary(c, v, id)
	}
	if !v.Has("permissions_boundary") {
		return nil
	}
	policies, open := policiesNamed(c, v, "permissions_boundary")
	var docs []iampolicy.Document
	for _, p := range policies {
		docs = append(docs, p.doc)
		if p.gap != nil && id.gap == nil {
			id.gap = p.gap
		}
	}
	if open != nil || len(docs) == 0 {
		docs = append(docs, iampolicy.Document{Unknown: true})
	}
	return [][]iampolicy.Document{docs}
}

// privileges are what the identity can do beyond its own permissions.
func privileges(c *mapping.Context, id *identity) (privileged kind.Attr[bool], paths kind.Attr[[]kind.PrincipalEscalationPath]) {
	opts := iampolicy.EscalationOptions{MorePrivileged: func(r iampolicy.Str) tri.Value { return morePrivileged(c, r) }}
	return permission.Privileges(id.Identity, opts, id.gap, id.because())
}

// morePrivileged tells whether what a pattern names is a role or user declared here that is an administrator. What is declared
// elsewhere is not known.
func morePrivileged(c *mapping.Context, pattern iampolicy.Str) tri.Value {
	result := tri.Unknown
	for _, typ := range []string{"aws_iam_role", "aws_iam_user"} {
		for _, v := range c.All(typ) {
			for _, arn := range identityARNs(v) {
				switch {
				case pattern.Equal(arn): // exactly this one
					return identityOf(c, v).Administrator()
				case pattern.Covers(arn) == tri.True && identityOf(c, v).Administrator() == tri.True:
					result = tri.True
				}
			}
		}
	}
	return result
}

// identityARNs are the ways to write the ARN of a role or user.
func identityARNs(v mapping.View) []iampolicy.Str {
	return mapping.Memo(v.Context(), "identity arns "+v.Instance.Address, func() []iampolicy.Str { return writeIdentityARNs(v) })
}

func writeIdentityARNs(v mapping.View) []iampolicy.Str {
	word := strings.TrimPrefix(v.Instance.Type, "aws_iam_")
	out := []iampolicy.Str{iampolicy.Ref(v.Instance.Address+".arn", "arn:*:iam::*:"+word+"/*")}
	if name, known := v.String("name").Known(); known {
		path, _ := v.String("path").Or("/").Value()
		out = append(out, iampolicy.NewStr(
			iampolicy.Part{Text: "arn:aws:iam::"}, accountPart(v), iampolicy.Part{Text: ":" + word + path + name},
		))
	}
	return out
}
