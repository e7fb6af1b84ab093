package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// kms maps the customer's keys. Keys that AWS manages appear only as what a store names.
func kms() mapping.Service {
	key := []string{"key"}
	types := []mapping.Type{
		{Name: "aws_kms_key", Kinds: key, Map: kmsKey},
		{Name: "aws_kms_replica_key", Kinds: key, Map: kmsReplicaKey},
		{Name: "aws_kms_external_key", Kinds: key, Map: kmsImportedKey},
		{Name: "aws_kms_replica_external_key", Kinds: key, Map: kmsImportedKey},
	}
	types = append(types, partsOf(key, []string{"aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key", "aws_kms_replica_external_key"},
		"aws_kms_key_policy", "aws_kms_alias")...)
	types = append(types, noted("a grant names its grantee, who cannot be everyone", "aws_kms_grant")...)
	types = append(types, noted("where keys are kept; the keys say what protects them", "aws_kms_custom_key_store",
		"aws_cloudhsm_v2_cluster", "aws_cloudhsm_v2_hsm")...)
	types = append(types, noted("an encrypted value, not a store", "aws_kms_ciphertext")...)
	return mapping.Service{Name: "kms", Types: types}
}

func kmsKey(c *mapping.Context, v mapping.View) {
	k := kind.Key{
		State:   keyState(v.Bool("is_enabled").Or(true)),
		Manager: kind.Known("customer"),
		Spec:    v.String("customer_master_key_spec").Or("SYMMETRIC_DEFAULT"),
	}
	k.RotationEnabled, k.RotationPeriodDays = keyRotation(v)
	keyPolicy(v, &k)
	c.Emit(v, "key", v.Instance.Name, "", k)
}

// keyState: Terraform can turn a key off; that a key waits for its deletion can only be observed.
func keyState(on kind.Attr[bool]) kind.Attr[string] { return kind.Choose(on, "enabled", "disabled") }

// keyRotation is off by default, and yearly where it is on. Only symmetric keys whose material KMS made can rotate.
func keyRotation(v mapping.View) (on kind.Attr[bool], days kind.Attr[int64]) {
	spec := v.String("customer_master_key_spec").Or("SYMMETRIC_DEFAULT")
	if s, known := spec.Value(); known && s != "SYMMETRIC_DEFAULT" || v.Has("custom_key_store_id") || v.Has("xks_key_id") {
		return kind.NA[bool](), kind.NA[int64]()
	}
	on = kind.Then(spec, func(string) kind.Attr[bool] { return v.Bool("enable_key_rotation").Or(false) })
	days = kind.Then(on, func(on bool) kind.Attr[int64] {
		if !on {
			return kind.NA[int64]()
		}
		return v.Int("rotation_period_in_days").Or(365)
	})
	return on, days
}

// keyPolicy reads the policy that stands in the key or in a resource of its own. Without one KMS puts its default policy, which
// speaks of the own account only.
func keyPolicy(v mapping.View, k *kind.Key) {
	k.PolicyPublic = keyAnswer(v, iampolicy.Public)
	k.PolicyWildcardDecrypt = keyAnswer(v, iampolicy.WildcardDecrypt)
}

func keyAnswer(v mapping.View, question func(iampolicy.Document) iampolicy.Result) kind.Attr[bool] {
	split, open := v.Parts("aws_kms_key_policy", "key_id")
	out := kind.Known(false).From(v.Provenance())
	for _, p := range append(split, v) {
		if doc := policyOf(p, "policy"); !doc.Absent() && !emptyPolicy(p, "policy") {
			out = kind.Either(out, asks(doc.OrNull(), question))
		}
	}
	if open != nil {
		out = kind.Either(out, kind.Because[bool](*open))
	}
	return out
}

// kmsReplicaKey: a replica rotates with its primary key and has a policy of its own.
func kmsReplicaKey(c *mapping.Context, v mapping.View) {
	k := kind.Key{State: keyState(v.Bool("enabled").Or(true)), Manager: kind.Known("customer")}
	primary := v.Targets("primary_key_arn", "aws_kms_key")
	if r := primary.First(); r != nil {
		p := c.View(r)
		k.Spec = p.String("customer_master_key_spec").Or("SYMMETRIC_DEFAULT")
		k.RotationEnabled, k.RotationPeriodDays = keyRotation(p)
	} else {
		k.Spec = notDeclared[string](primary, "the primary key")
		k.RotationEnabled = notDeclared[bool](primary, "the primary key")
		k.RotationPeriodDays = notDeclared[int64](primary, "the primary key")
	}
	keyPolicy(v, &k)
	c.Emit(v, "key", v.Instance.Name, "", k)
}

// kmsImportedKey: key material that the customer imported cannot rotate. Until it is there the key is off.
func kmsImportedKey(c *mapping.Context, v mapping.View) {
	k := kind.Key{
		State:   keyState(v.Bool("enabled").ElseAttr(written(v, "key_material_base64"))),
		Manager: kind.Known("customer"), Spec: kind.Known("SYMMETRIC_DEFAULT"),
		RotationEnabled: kind.NA[bool](), RotationPeriodDays: kind.NA[int64](),
	}
	keyPolicy(v, &k)
	c.Emit(v, "key", v.Instance.Name, "", k)
}
