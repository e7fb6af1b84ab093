package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/schedule"
)

// secretsmanagerService lists the secrets that are kept where secrets belong. Values are never read.
func secretsmanagerService() api.Service {
	return api.Service{
		Name: "secretsmanager", Kinds: []string{"secret"}, Collect: managedSecrets,
		Operations: []api.Operation{
			{Name: "ListSecrets", Tells: []string{"secret"}},
			{Name: "GetResourcePolicy", Tells: []string{"can_read", "can_write", "can_admin"}},
		},
	}
}

func managedSecrets(ctx context.Context, c *api.Context) {
	const page = 100
	client := secretsmanager.NewFromConfig(c.AWS())
	l := api.List(ctx, c, client.ListSecrets, &secretsmanager.ListSecretsInput{MaxResults: aws.Int32(page)},
		func(o *secretsmanager.ListSecretsOutput) []types.SecretListEntry { return o.SecretList })
	api.Each(ctx, c, l.Items, func(ctx context.Context, s types.SecretListEntry) {
		uid := aws.ToString(s.ARN)
		relateKey(ctx, c, uid, aws.ToString(s.KmsKeyId))
		policy := api.Ask(ctx, c, client.GetResourcePolicy, &secretsmanager.GetResourcePolicyInput{SecretId: &uid})
		c.ResourcePolicy(uid, policy.Out.ResourcePolicy, policy.Fail)
		c.Emit(api.Entity{Kind: "secret", UID: uid, Name: aws.ToString(s.Name), Prov: l.Prov}, managedSecret(c.Region, s))
	})
}

// managedSecret: a secret that another service manages is replaced by that service, and a replica when its primary is.
func managedSecret(region string, s types.SecretListEntry) kind.Secret {
	out := kind.Secret{
		Location: kind.Known("secret_store"), Detector: kind.NA[string](), ValueHMAC: kind.NA[string](),
		RotationEnabled: kind.Known(aws.ToBool(s.RotationEnabled)), RotationPeriodDays: kind.NA[int64](),
	}
	primary := aws.ToString(s.PrimaryRegion)
	switch {
	case aws.ToString(s.OwningService) != "", primary != "" && primary != region:
		out.RotationEnabled = kind.NA[bool]()
	case aws.ToBool(s.RotationEnabled):
		out.RotationPeriodDays = rotationDays(s.RotationRules)
	}
	return out
}

// rotationDays reads the two forms of a rotation's interval.
func rotationDays(rules *types.RotationRulesType) kind.Attr[int64] {
	switch {
	case rules == nil:
	case aws.ToInt64(rules.AutomaticallyAfterDays) > 0:
		return kind.Known(*rules.AutomaticallyAfterDays)
	case aws.ToString(rules.ScheduleExpression) != "":
		minutes, err := schedule.IntervalMinutes(*rules.ScheduleExpression)
		if err != nil {
			return kind.Unknown[int64](evidence.ParseError, err.Error())
		}
		const day = 24 * 60
		return kind.Known(int64((minutes + day - 1) / day))
	}
	return kind.Unknown[int64](evidence.Unsupported, "the rotation names no interval")
}
