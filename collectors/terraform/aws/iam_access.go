package aws

import (
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/reach"
)

// reachable relates every user, role and permission set to the stores, keys and vaults that it can read, write or administer; package reach
// says how that follows from the policies.
func reachable(c *mapping.Context) {
	assets := reach.NewIndex(assetsOf(c))
	for _, v := range identities(c) {
		who, why := reachOf(c, v), identityOf(c, v).because()
		found := assets.Of(who)
		for _, e := range found.Edges {
			if e.Complete {
				c.Relate(reach.Relation(e.Level), who.UID, e.UID)
			} else {
				c.RelatePartly(reach.Relation(e.Level), who.UID, e.UID, why)
			}
		}
		for _, level := range reach.Levels() {
			if found.Open[level] {
				c.RelateOpen(reach.Relation(level), who.UID, why)
			}
		}
	}
}

// permissionSetType is the type of a role that no policy of a resource can name.
const permissionSetType = "aws_ssoadmin_permission_set"

// identities are the users, roles and permission sets that are declared here.
func identities(c *mapping.Context) []mapping.View {
	return slices.Concat(c.All("aws_iam_user"), c.All("aws_iam_role"), c.All(permissionSetType))
}

// reachOf is the identity of a user, role or permission set with what tells it apart from others.
func reachOf(c *mapping.Context, v mapping.View) reach.Identity {
	who := reach.Identity{Identity: identityOf(c, v).Identity, UID: v.UID(), Account: accountUID(v)}
	if v.Instance.Type != permissionSetType {
		who.ARNs = identityARNs(v)
	}
	return who
}

// assetsOf are the stores, keys and vaults that are declared here.
func assetsOf(c *mapping.Context) []reach.Asset {
	var out []reach.Asset
	for _, e := range c.Entities() {
		v, ok := c.ViewOf(e)
		if !ok || e.UID != v.UID() || v.Instance.Mode == resource.Data {
			continue
		}
		if form, known := arnForms()[v.Instance.Type]; known && form.service != "" {
			out = append(out, reach.Asset{
				Resource: iampolicy.Resource{Service: form.service, ARNs: arnsOf(v)}, UID: e.UID, Account: accountUID(v), Policy: resourcePolicy(v),
			})
		}
	}
	return out
}

// resourcePolicy reads the policy of a bucket, queue, topic or secret; the documents of several split resources add up.
func resourcePolicy(v mapping.View) *iampolicy.Document {
	split := map[string][2]string{
		"aws_s3_bucket": {"aws_s3_bucket_policy", "bucket"}, "aws_sqs_queue": {"aws_sqs_queue_policy", "queue_url"},
		"aws_sns_topic": {"aws_sns_topic_policy", "arn"}, "aws_secretsmanager_secret": {"aws_secretsmanager_secret_policy", "secret_arn"},
		"aws_dynamodb_table": {"aws_dynamodb_resource_policy", "resource_arn"}, "aws_kms_key": {"aws_kms_key_policy", "key_id"},
		"aws_backup_vault": {"aws_backup_vault_policy", "backup_vault_name"}, "aws_ecr_repository": {"aws_ecr_repository_policy", "repository"},
		"aws_efs_file_system": {"aws_efs_file_system_policy", "file_system_id"},
	}
	form, ok := split[v.Instance.Type]
	if !ok {
		return nil
	}
	var out iampolicy.Document
	parts, open := v.Parts(form[0], form[1])
	if v.Has("policy") {
		parts = append(parts, v)
	}
	for _, p := range parts {
		doc, _ := document(p, "policy")
		out.Statements = append(out.Statements, doc.Statements...)
		out.Unknown = out.Unknown || doc.Unknown
	}
	out.Unknown = out.Unknown || open != nil
	if len(parts) == 0 && open == nil {
		return nil
	}
	return &out
}
