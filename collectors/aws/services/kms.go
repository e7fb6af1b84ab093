package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// kmsService reads the encryption keys. Keys that AWS manages are listed too, because stores name them.
func kmsService() api.Service {
	return api.Service{
		Name: "kms", Kinds: []string{"key"}, Collect: kmsKeys, Rate: 50,
		Operations: []api.Operation{
			{Name: "ListKeys", Tells: []string{"key", "encryption.key_management"}},
			{Name: "ListAliases", Tells: []string{"key", "encryption.key_management"}},
			{Name: "DescribeKey", Tells: []string{"key"}},
			{Name: "GetKeyRotationStatus", Tells: []string{"rotation.enabled", "rotation.period_days"}},
			{Name: "GetKeyPolicy", Tells: []string{"policy.public", "policy.wildcard_decrypt", "can_read", "can_write", "can_admin"}},
		},
	}
}

func kmsKeys(ctx context.Context, c *api.Context) {
	client := kms.NewFromConfig(c.AWS())
	list := api.List(ctx, c, client.ListKeys, &kms.ListKeysInput{}, func(o *kms.ListKeysOutput) []types.KeyListEntry { return o.Keys })
	api.Each(ctx, c, list.Items, func(ctx context.Context, entry types.KeyListEntry) {
		kmsKey(ctx, c, client, aws.ToString(entry.KeyArn), list.Prov)
	})
}

func kmsKey(ctx context.Context, c *api.Context, client *kms.Client, arn string, prov *evidence.Provenance) {
	about := api.Ask(ctx, c, client.DescribeKey, &kms.DescribeKeyInput{KeyId: aws.String(arn)})
	meta := about.Out.KeyMetadata
	if meta == nil {
		meta = &types.KeyMetadata{}
	}
	k := kind.Key{
		State:   api.Read(about, func(*kms.DescribeKeyOutput) kind.Attr[string] { return keyState(meta.KeyState) }),
		Manager: api.Read(about, func(*kms.DescribeKeyOutput) kind.Attr[string] { return keyManager(meta.KeyManager) }),
		Spec:    api.Read(about, func(*kms.DescribeKeyOutput) kind.Attr[string] { return kind.Known(string(meta.KeySpec)) }),
	}
	switch {
	case about.OK() && meta.KeyManager == types.KeyManagerTypeAws:
		// AWS rotates its own keys every year, and their policies cannot be changed.
		k.RotationEnabled, k.RotationPeriodDays = kind.Known(true).From(about.Prov), kind.Known[int64](365).From(about.Prov)
		k.PolicyPublic, k.PolicyWildcardDecrypt = kind.Known(false).From(about.Prov), kind.Known(false).From(about.Prov)
		c.Unreachable(arn)
	default:
		k.RotationEnabled, k.RotationPeriodDays = kmsRotation(ctx, c, client, arn, about, meta)
		policy := api.Ask(ctx, c, client.GetKeyPolicy, &kms.GetKeyPolicyInput{KeyId: aws.String(arn), PolicyName: aws.String("default")})
		doc := api.Read(policy, func(o *kms.GetKeyPolicyOutput) kind.Attr[iampolicy.Document] { return document(o.Policy) })
		c.ResourcePolicy(arn, policy.Out.Policy, policy.Fail)
		k.PolicyPublic, k.PolicyWildcardDecrypt = publicThrough(ctx, c, doc), asks(doc, iampolicy.WildcardDecrypt)
	}
	c.Emit(api.Entity{Kind: "key", UID: arn, Name: keyName(ctx, c, arn), Prov: prov}, k)
}

// kmsRotation: only symmetric keys whose material KMS made can rotate.
func kmsRotation(
	ctx context.Context, c *api.Context, client *kms.Client, arn string, about api.Answer[kms.DescribeKeyOutput], meta *types.KeyMetadata,
) (on kind.Attr[bool], days kind.Attr[int64]) {
	if about.OK() && (meta.KeySpec != types.KeySpecSymmetricDefault || meta.Origin != types.OriginTypeAwsKms) {
		return kind.NA[bool](), kind.NA[int64]()
	}
	status := api.Ask(ctx, c, client.GetKeyRotationStatus, &kms.GetKeyRotationStatusInput{KeyId: aws.String(arn)})
	on = api.Read(status, func(o *kms.GetKeyRotationStatusOutput) kind.Attr[bool] { return kind.Known(o.KeyRotationEnabled) })
	days = api.Read(status, func(o *kms.GetKeyRotationStatusOutput) kind.Attr[int64] {
		switch {
		case !o.KeyRotationEnabled:
			return kind.NA[int64]()
		case o.RotationPeriodInDays == nil:
			return kind.Known[int64](365)
		}
		return kind.Known(int64(*o.RotationPeriodInDays))
	})
	return on, days
}

func keyState(s types.KeyState) kind.Attr[string] {
	switch s {
	case types.KeyStateEnabled:
		return kind.Known("enabled")
	case types.KeyStatePendingDeletion, types.KeyStatePendingReplicaDeletion:
		return kind.Known("pending_deletion")
	}
	return kind.Known("disabled")
}

func keyManager(m types.KeyManagerType) kind.Attr[string] {
	if m == types.KeyManagerTypeAws {
		return kind.Known("provider")
	}
	return kind.Known("customer")
}

// aliases are the names of the keys of a region, by the key's id.
type aliases struct {
	names map[string][]string
	prov  *evidence.Provenance
	fail  *api.Failure
}

// keyAliases reads all aliases of the region in one list: the cheapest way to tell AWS's own keys, whose aliases begin with alias/aws/.
func keyAliases(ctx context.Context, c *api.Context) aliases {
	return api.Shared(c, "kms aliases", func(c *api.Context) aliases {
		client := kms.NewFromConfig(c.AWS())
		l := api.List(ctx, c, client.ListAliases, &kms.ListAliasesInput{}, func(o *kms.ListAliasesOutput) []types.AliasListEntry { return o.Aliases })
		out := aliases{names: map[string][]string{}, prov: l.Prov, fail: l.Fail}
		for _, a := range l.Items {
			id := aws.ToString(a.TargetKeyId)
			out.names[id] = append(out.names[id], aws.ToString(a.AliasName))
		}
		for _, names := range out.names {
			slices.Sort(names)
		}
		return out
	})
}

// keyName is what people call a key: its first alias, else its id.
func keyName(ctx context.Context, c *api.Context, arn string) string {
	id := arn[strings.LastIndexByte(arn, '/')+1:]
	if names := keyAliases(ctx, c).names[id]; len(names) > 0 {
		return strings.TrimPrefix(names[0], "alias/")
	}
	return id
}

// keyManagement says whose key a store is encrypted with, by what the store names: a key's ARN or id, or an alias. "" is the service's own
// key, which AWS manages.
func keyManagement(ctx context.Context, c *api.Context, key string) kind.Attr[string] {
	switch {
	case key == "", strings.Contains(key, "alias/aws/"):
		return kind.Known("provider")
	case strings.Contains(key, "alias/"):
		return kind.Known("customer")
	case strings.HasPrefix(key, "arn:") && !strings.Contains(key, ":"+c.Account.ID+":"):
		return kind.Known("customer") // AWS's own keys cannot be used from another account
	}
	a := keyAliases(ctx, c)
	if a.fail != nil {
		return kind.Because[string](a.fail.Unknown()).From(a.prov)
	}
	for _, name := range a.names[key[strings.LastIndexByte(key, '/')+1:]] {
		if strings.HasPrefix(name, "alias/aws/") {
			return kind.Known("provider").From(a.prov)
		}
	}
	return kind.Known("customer").From(a.prov)
}

// keyARN is the ARN of a key in the unit's region that a store names by ARN, id or alias; "" where it cannot be told.
func keyARN(ctx context.Context, c *api.Context, key string) string {
	switch {
	case strings.Contains(key, ":key/"):
		return key
	case key == "":
		return ""
	case !strings.Contains(key, "alias/"):
		return c.ARN("kms", "key/"+key[strings.LastIndexByte(key, '/')+1:])
	}
	_, name, _ := strings.Cut(key, "alias/")
	want := "alias/" + name
	for id, names := range keyAliases(ctx, c).names {
		if slices.Contains(names, want) {
			return c.ARN("kms", "key/"+id)
		}
	}
	return ""
}
