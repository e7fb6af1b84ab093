package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// equals says whether a string argument is one of the words; absent counts as no.
func equals(r mapping.Read[string], words ...string) kind.Attr[bool] {
	return kind.Convert(r.Or(""), func(s string) bool {
		for _, w := range words {
			if strings.EqualFold(s, w) {
				return true
			}
		}
		return false
	})
}

// written says whether an argument or block is there: unknown where that depends on a value that is not known.
func written(v mapping.View, name string) kind.Attr[bool] {
	prov := v.ProvenanceOf(name)
	a := v.Attr(name)
	blocks, more := v.Blocks(name)
	switch {
	case len(blocks) > 0:
		return kind.Known(true).From(blocks[0].Provenance())
	case a.Set && a.Unknown != nil && !a.Value.IsKnown() && len(a.Parts) == 0:
		return kind.Because[bool](*a.Unknown).From(prov)
	case a.Set:
		return kind.Known(true).From(prov)
	case more != nil:
		return kind.Because[bool](*more).From(prov)
	case v.Maybe() != nil:
		return kind.Because[bool](*v.Maybe()).From(prov)
	}
	return kind.Known(false).From(prov)
}

// keyTypes are what an argument that names a KMS key can refer to.
func keyTypes() []string {
	return []string{
		"aws_kms_key", "aws_kms_alias", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key",
	}
}

// keyManager says who manages the key that an argument names: AWS where none is named or an alias of AWS's own is, else the
// customer. It relates the store to the keys.
func keyManager(c *mapping.Context, v mapping.View, arg, store string) kind.Attr[string] {
	named := v.String(arg)
	prov := v.ProvenanceOf(arg)
	if id, known := named.Known(); named.Absent() || known && id == "" {
		return kind.Known("provider").From(prov)
	}
	t := v.Targets(arg, keyTypes()...)
	managers := make(map[string]bool)
	for _, r := range t.Instances {
		uid, manager := keyBehind(c, c.View(r))
		c.Relate("encrypted_by", store, uid)
		managers[manager] = true
	}
	for _, id := range t.Literals {
		c.Relate("encrypted_by", store, id)
		managers[managerOf(id)] = true
	}
	switch {
	case t.Open != nil:
		c.RelateOpen("encrypted_by", store, *t.Open)
		return kind.Because[string](*t.Open).From(prov)
	case len(managers) > 1:
		return kind.Unknown[string](evidence.Unresolved, arg+" names one of several keys").From(prov)
	case managers["provider"]:
		return kind.Known("provider").From(prov)
	case managers["customer"]:
		return kind.Known("customer").From(prov)
	}
	return named.OrNull()
}

// keyBehind follows an alias and data sources to the key: its UID, or what is known of it.
func keyBehind(c *mapping.Context, v mapping.View) (uid, manager string) {
	var arg string
	switch {
	case v.Instance.Mode == resource.Data && v.Instance.Type == "aws_kms_alias":
		arg = "name"
	case v.Instance.Mode == resource.Data:
		arg = "key_id"
	case v.Instance.Type == "aws_kms_alias":
		arg = "target_key_id"
	default:
		return v.UID(), "customer"
	}
	t := v.Targets(arg, keyTypes()...)
	for _, r := range t.Instances {
		if r.Type != "aws_kms_alias" {
			return c.UID(r.Address), "customer"
		}
	}
	for _, id := range t.Literals {
		return id, managerOf(id)
	}
	return v.UID(), "customer"
}

// managerOf judges a literal: alias/aws/... are the aliases of the keys that AWS manages.
func managerOf(id string) string {
	if strings.HasPrefix(id, "alias/aws/") || strings.Contains(id, ":alias/aws/") {
		return "provider"
	}
	return "customer"
}

// encryption is how a store says that it is encrypted: whether, with which key, and by which arguments it would say so
// explicitly.
type encryption struct {
	on       kind.Attr[bool] // whether the store is encrypted at rest
	view     mapping.View    // where the key argument stands
	key      string          // the argument that names the key; "" where there is none
	explicit []string        // further arguments of the view that make the setting explicit
}

// encrypt fills the attributes of encryption at rest.
func encrypt(c *mapping.Context, d *kind.Datastore, store string, e encryption) {
	d.EncryptionAtRest = e.on
	manager := kind.Known("provider")
	if e.key != "" {
		manager = keyManager(c, e.view, e.key, store)
	}
	d.EncryptionKeyManagement = kind.Then(e.on, func(on bool) kind.Attr[string] {
		if !on {
			return kind.Known("none")
		}
		return manager
	})
	d.EncryptionSource = kind.Then(e.on, func(on bool) kind.Attr[string] {
		if !on {
			return kind.NA[string]()
		}
		stated := kind.Known(false)
		for _, arg := range slices.Concat(e.explicit, []string{e.key}) {
			if arg != "" {
				stated = kind.Either(stated, written(e.view, arg))
			}
		}
		return kind.Choose(stated, "explicit", "provider_default")
	})
}

// encryptedByService is for the stores that AWS encrypts always; a key may be named.
func encryptedByService(c *mapping.Context, d *kind.Datastore, store string, v mapping.View, key string) {
	encrypt(c, d, store, encryption{on: kind.Known(true).From(v.Provenance()), view: v, key: key})
}

// byDataEvents is for services that write no access log of their own: what a trail records of them is a log_source. Without any
// trail in the configuration there may be one elsewhere.
func byDataEvents(c *mapping.Context) kind.Attr[bool] {
	if len(c.All("aws_cloudtrail")) == 0 && len(c.All("aws_cloudtrail_event_data_store")) == 0 {
		return kind.Unknown[bool](evidence.NotInPlane, "no trail is declared here that could record data events")
	}
	return kind.Known(false)
}

// throughGroup returns the subnets that a store's subnet group lists.
func throughGroup(c *mapping.Context, v mapping.View, arg, groupType string) mapping.Targets {
	groups := v.Targets(arg, groupType)
	out := mapping.Targets{Open: groups.Open}
	for _, g := range groups.Instances {
		if g.Mode == resource.Data {
			out.Literals = append(out.Literals, g.Address)
			continue
		}
		t := c.View(g).Targets("subnet_ids", subnetTypes()...)
		out.Instances = append(out.Instances, t.Instances...)
		out.Literals = append(out.Literals, t.Literals...)
		if out.Open == nil {
			out.Open = t.Open
		}
	}
	out.Literals = append(out.Literals, groups.Literals...)
	return out
}

// place fills where the subnets put the store, and relates it to its networks and security groups.
func place(c *mapping.Context, d *kind.Datastore, v mapping.View, subnets mapping.Targets, groupArgs ...string) {
	d.NetworkPlacement = subnetPlacement(c, subnets).From(v.Provenance()) // it is the store that must move, not the route
	placeIn(c, v.UID(), subnets)
	for _, arg := range groupArgs {
		guard(c, v, v.UID(), arg)
	}
}

// guard relates the security groups that an argument names to what they protect.
func guard(c *mapping.Context, v mapping.View, uid, arg string) {
	for _, group := range v.Targets(arg, "aws_security_group", "aws_default_security_group").UIDs(c) {
		c.Relate("attached_to", group, uid)
	}
}

// nativeBackups fills the retention of a service's own backups and, where they are or may be on, adds the plan that they amount to.
func nativeBackups(
	c *mapping.Context, v mapping.View, d *kind.Datastore, days kind.Attr[int64],
	copies kind.Attr[[]kind.BackupPlanRuleCopy], rules ...awsstore.BackupRule,
) {
	if plan, on := awsstore.NativePlan(d, days, copies, rules...); on {
		e := c.Emit(v, "backup_plan", v.Instance.Name, "automated-backups", plan)
		c.Relate("selected_by", v.UID(), e.UID)
	}
}

// parameter reads one engine parameter from the parameter group that an argument names, which is either declared here, one of
// AWS's default groups or absent (fallback decides then), or unknown.
func parameter(c *mapping.Context, v mapping.View, arg, groupType, name string, fallback kind.Attr[string]) kind.Attr[string] {
	group := v.String(arg)
	if group.Absent() {
		return fallback
	}
	prov := v.ProvenanceOf(arg)
	t := v.Targets(arg, groupType)
	switch {
	case t.Open != nil:
		return kind.Because[string](*t.Open).From(prov)
	case len(t.Instances) == 1 && t.Instances[0].Mode == resource.Managed:
		return parameterIn(c.View(t.Instances[0]), name, fallback)
	case len(t.Instances) == 0 && len(t.Literals) == 1 && strings.HasPrefix(t.Literals[0], "default."):
		return fallback.From(prov)
	}
	return notDeclared[string](t, "the parameter group").From(prov)
}

// parameterIn reads one parameter of a declared group.
func parameterIn(group mapping.View, name string, fallback kind.Attr[string]) kind.Attr[string] {
	blocks, open := nested(group, "parameter")
	for _, p := range blocks {
		switch n, known := p.String("name").Known(); {
		case known && strings.EqualFold(n, name):
			return p.String("value").Or("").From(p.Provenance())
		case !known:
			open = &evidence.Unknown{Reason: evidence.Unresolved, Detail: "the name of a parameter of " + group.Instance.Address}
		}
	}
	if open != nil {
		return kind.Because[string](*open).From(group.Provenance())
	}
	return fallback
}

// contains says whether a list argument has one of the words; unknown where the list is not wholly known and has none.
func contains(v mapping.View, name string, words ...string) kind.Attr[bool] {
	r := v.Strings(name)
	prov := v.ProvenanceOf(name)
	if r.Absent() {
		return kind.Known(false).From(prov)
	}
	list, known := r.Known()
	if !known {
		return kind.Then(r.OrNull(), func([]string) kind.Attr[bool] { return kind.Known(false) })
	}
	for _, s := range list {
		for _, w := range words {
			if strings.EqualFold(s, w) {
				return kind.Known(true).From(prov)
			}
		}
	}
	if u := v.Attr(name).Unknown; u != nil {
		return kind.Because[bool](*u).From(prov)
	}
	return kind.Known(false).From(prov)
}

// restored is why a value is unknown that a store inherits from what it was made from.
func restored[T any](v mapping.View, arg string) kind.Attr[T] {
	return kind.Unknown[T](evidence.Computed, "inherited from "+arg).From(v.ProvenanceOf(arg))
}

// noted lists resource types that carry no evidence, for one reason.
func noted(note string, names ...string) []mapping.Type {
	out := make([]mapping.Type, len(names))
	for i, n := range names {
		out[i] = mapping.Type{Name: n, Note: note}
	}
	return out
}

// partsOf lists resource types that are read as parts of others.
func partsOf(kinds, parents []string, names ...string) []mapping.Type {
	out := make([]mapping.Type, len(names))
	for i, n := range names {
		out[i] = mapping.Type{Name: n, Kinds: kinds, PartOf: parents}
	}
	return out
}
