package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/schedule"
)

// secretsmanager maps secrets that are kept where secrets belong. Values are never read.
func secretsmanager() mapping.Service {
	secret := []string{"secret"}
	types := []mapping.Type{
		{Name: "aws_secretsmanager_secret", Kinds: secret, Map: managedSecret},
		{Name: "aws_secretsmanager_secret_rotation", Kinds: secret, PartOf: []string{"aws_secretsmanager_secret"}},
		{Name: "aws_ssm_parameter", Kinds: secret, Map: secureParameter},
	}
	types = append(types, noted("the value of a secret, which is never read", "aws_secretsmanager_secret_version")...)
	types = append(types, noted("says who may read a secret; the effective permissions are computed from policies",
		"aws_secretsmanager_secret_policy")...)
	types = append(types, noted("a tag of one secret", "aws_secretsmanager_tag")...)
	return mapping.Service{Name: "secretsmanager", Types: types}
}

func managedSecret(c *mapping.Context, v mapping.View) {
	rotation := v.Part("aws_secretsmanager_secret_rotation", "secret_id")
	rules := rotation.Block("rotation_rules")
	on := kind.Known(true).From(rotation.Provenance())
	switch {
	case rotation.Exists():
	case rotation.Maybe() != nil:
		on = kind.Because[bool](*rotation.Maybe()).From(v.Provenance())
	default: // provider 4 and earlier had the rules in the secret
		rules = v.Block("rotation_rules")
		on = written(v, "rotation_lambda_arn")
	}
	keyManager(c, v, "kms_key_id", v.UID())
	c.Emit(v, "secret", v.Instance.Name, "", kind.Secret{
		Location: kind.Known("secret_store"), Detector: kind.NA[string](), ValueHMAC: kind.NA[string](),
		RotationEnabled: on,
		RotationPeriodDays: kind.Then(on, func(on bool) kind.Attr[int64] {
			if !on {
				return kind.NA[int64]()
			}
			return rotationDays(rules)
		}),
	})
}

// rotationDays reads the two forms of a rotation's interval.
func rotationDays(rules mapping.View) kind.Attr[int64] {
	days := rules.Int("automatically_after_days")
	if !days.Absent() {
		return days.OrNull()
	}
	return kind.Then(rules.String("schedule_expression").OrUnknown(evidence.Unresolved, "the rotation names no interval"),
		func(expr string) kind.Attr[int64] {
			minutes, err := schedule.IntervalMinutes(expr)
			if err != nil {
				return kind.Unknown[int64](evidence.ParseError, err.Error()).From(rules.ProvenanceOf("schedule_expression"))
			}
			const day = 24 * 60
			return kind.Known(int64((minutes + day - 1) / day))
		})
}

// secureParameter maps parameters of type SecureString. SSM does not rotate them.
func secureParameter(c *mapping.Context, v mapping.View) {
	secure := equals(v.String("type"), "SecureString")
	if yes, known := secure.Value(); known && !yes {
		return
	}
	keyManager(c, v, "key_id", v.UID())
	c.Emit(v, "secret", v.Instance.Name, "", kind.Secret{
		Location: kind.Convert(secure, func(bool) string { return "secret_store" }),
		Detector: kind.NA[string](), ValueHMAC: kind.NA[string](),
		RotationEnabled: kind.Known(false).From(v.Provenance()), RotationPeriodDays: kind.NA[int64](),
	})
}
