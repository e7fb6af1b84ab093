package iampolicy

import (
	"github.com/assay-audit/assay/internal/tri"
)

// Level is a kind of access to a resource that holds data.
type Level uint8

// The levels of access.
const (
	Read  Level = iota // see the data
	Write              // change, add or delete data
	Admin              // change who has access, how it is protected, or delete the whole resource
)

// String is "read", "write" or "admin".
func (l Level) String() string {
	switch l {
	case Read:
		return "read"
	case Write:
		return "write"
	default:
		return "admin"
	}
}

// use is an action that stands for a level of access.
type use struct {
	action string
	// below is what is added to the ARN of the resource for what the action works on.
	below Str
	// elsewhere is set instead where the action works on resources whose ARN does not follow from that of the data.
	elsewhere resourceType
}

// Access tells whether the identity may read, write or administer a resource: whether one of the actions that
// represent the level is allowed on it or on some of what is in it. False means that none is, by the policies of the
// identity; a policy of the resource can add to that. A service without representative actions gives unknown.
func (id Identity) Access(level Level, resource Resource) tri.Value {
	uses, work := representative(resource.Service, level), newBudget()
	result := tri.False
	if len(uses) == 0 || len(resource.ARNs) == 0 {
		result = tri.Unknown
	}
	for _, u := range uses {
		if result == tri.True {
			break
		}
		if u.elsewhere != (resourceType{}) {
			r := id.reach(query{action: Literal(u.action), resource: u.elsewhere, work: work})
			result = result.Or(r.all).Or(tri.Any(r.own, r.some).And(tri.Unknown))
			continue
		}
		for _, arn := range resource.ARNs {
			result = result.Or(id.allows(query{action: Literal(u.action), work: work}, arn.append(u.below)))
		}
	}
	return result
}

// allows tells whether an action is allowed on a resource, or on some of what a pattern of resources stands for.
func (id Identity) allows(q query, resource Str) tri.Value {
	result := q.allowedBy(id.Policies, resource)
	for _, group := range id.Boundaries {
		if result == tri.False {
			break
		}
		result = result.And(q.allowedBy(group, resource))
	}
	return result
}

// maxParts bounds how many resource patterns, each for a part of the resource, are compared with the Deny statements.
const maxParts = 256

// allowedBy tells whether policies that add up allow an action on some of a resource. What an Allow grants is lost
// if a Deny speaks of the whole resource, or of all that the Allow speaks of.
func (q query) allowedBy(policies []Document, resource Str) tri.Value {
	result, parts := tri.False, 0
	whole := q.deniedOn(policies, resource).Not()
	for _, doc := range policies {
		if doc.Unknown {
			result = result.Or(whole.And(tri.Unknown))
		}
		for _, s := range doc.Statements {
			allows := s.Effect.is(Allow).And(whole)
			if allows != tri.False {
				allows = allows.And(s.Action.covers(q.action, true))
			}
			if allows != tri.False {
				allows = allows.And(s.holdAll(callerRequest()))
			}
			if allows == tri.False {
				continue
			}
			result = result.Or(allows.And(q.leaves(policies, s.Resource, resource, &parts)))
			if result == tri.True {
				return tri.True
			}
		}
	}
	return result
}

// leaves tells whether an element speaks of some of the resource that no Deny takes back. parts counts the comparisons.
func (q query) leaves(policies []Document, element Patterns, resource Str, parts *int) tri.Value {
	if element.Not || !element.Present {
		return element.touches(resource, false)
	}
	if !q.work.spend(element.size()) {
		return tri.Unknown
	}
	result := tri.False
	for _, v := range element.Values {
		some := overlaps(v, resource, false)
		if some != tri.False && covers(v, resource, false) != tri.True {
			if *parts++; *parts > maxParts {
				some = tri.Unknown
			} else {
				some = some.And(q.deniedOn(policies, v).Not())
			}
		}
		if result = result.Or(some); result == tri.True {
			break
		}
	}
	if element.More {
		result = result.Or(tri.Unknown)
	}
	return result
}

// representative lists the actions that stand for a level of access to a service's data.
func representative(service string, level Level) []use {
	switch level {
	case Read:
		return readUses(service)
	case Write:
		return writeUses(service)
	default:
		return adminUses(service)
	}
}

func on(below string, actions ...string) []use {
	uses := make([]use, 0, len(actions))
	for _, a := range actions {
		uses = append(uses, use{action: a, below: Literal(below)})
	}
	return uses
}

// onLogGroup speaks of a log group and of a stream of it, whose name is not known but holds no colon.
func onLogGroup(actions ...string) []use {
	stream := NewStr(Part{Text: ":log-stream:"}, Part{Hole: true, Ref: "log stream", Like: "*?"})
	uses := on("", actions...)
	for _, a := range actions {
		uses = append(uses, use{action: a, below: stream})
	}
	return uses
}

// dbUsers are the database accounts of RDS; which of them belong to a database does not follow from its ARN.
func dbUsers() use {
	return use{action: "rds-db:connect", elsewhere: resourceType{"rds-db", "dbuser:*"}}
}

func readUses(service string) []use {
	switch service {
	case "s3":
		return append(on("/*", "s3:GetObject", "s3:GetObjectVersion"), on("", "s3:ListBucket")...)
	case "dynamodb":
		return on("", "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQLSelect",
			"dynamodb:ExportTableToPointInTime")
	case "rds":
		return append(on("", "rds-data:ExecuteStatement", "rds-data:BatchExecuteStatement"), dbUsers())
	case "kms":
		return on("", "kms:Decrypt", "kms:ReEncryptFrom")
	case "secretsmanager":
		return on("", "secretsmanager:GetSecretValue")
	case "backup":
		return append(on("", "backup:CopyFromBackupVault"),
			use{action: "backup:StartRestoreJob", elsewhere: resourceType{"*", "*"}})
	case "sqs":
		return on("", "sqs:ReceiveMessage")
	case "sns":
		return on("", "sns:Subscribe")
	case "kinesis":
		return on("", "kinesis:GetRecords", "kinesis:SubscribeToShard")
	case "elasticfilesystem":
		return on("", "elasticfilesystem:ClientMount")
	case "ecr":
		return on("", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
	case "logs":
		return onLogGroup("logs:GetLogEvents", "logs:FilterLogEvents", "logs:StartQuery")
	case "elasticache":
		return on("", "elasticache:Connect")
	case "redshift":
		return append(on("", "redshift:GetClusterCredentialsWithIAM"),
			use{action: "redshift:GetClusterCredentials", elsewhere: resourceType{"redshift", "dbuser:*"}},
			use{action: "redshift-data:ExecuteStatement", elsewhere: resourceType{"redshift", "cluster:*"}})
	default:
		return nil
	}
}

func writeUses(service string) []use {
	switch service {
	case "s3":
		return on("/*", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:RestoreObject")
	case "dynamodb":
		return on("", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem",
			"dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete")
	case "rds":
		return append(on("", "rds-data:ExecuteStatement", "rds-data:BatchExecuteStatement"), dbUsers())
	case "kms":
		return on("", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptTo")
	case "secretsmanager":
		return on("", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret")
	case "backup":
		return append(on("", "backup:StartBackupJob", "backup:CopyIntoBackupVault"),
			use{action: "backup:DeleteRecoveryPoint", elsewhere: resourceType{"*", "*"}})
	case "sqs":
		return on("", "sqs:SendMessage", "sqs:DeleteMessage", "sqs:PurgeQueue")
	case "sns":
		return on("", "sns:Publish")
	case "kinesis":
		return on("", "kinesis:PutRecord", "kinesis:PutRecords")
	case "elasticfilesystem":
		return on("", "elasticfilesystem:ClientWrite")
	case "ecr":
		return on("", "ecr:PutImage", "ecr:BatchDeleteImage")
	case "logs":
		return onLogGroup("logs:PutLogEvents", "logs:DeleteLogStream")
	case "elasticache":
		return on("", "elasticache:Connect")
	case "redshift":
		return readUses(service)
	default:
		return nil
	}
}

func adminUses(service string) []use {
	switch service {
	case "s3":
		return on("", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketPublicAccessBlock",
			"s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration", "s3:PutBucketVersioning", "s3:DeleteBucket")
	case "dynamodb":
		return on("", "dynamodb:DeleteTable", "dynamodb:UpdateTable", "dynamodb:PutResourcePolicy", "dynamodb:UpdateContinuousBackups")
	case "rds":
		return on("", "rds:ModifyDBInstance", "rds:ModifyDBCluster", "rds:DeleteDBInstance", "rds:DeleteDBCluster",
			"rds:ModifyDBSnapshotAttribute", "rds:ModifyDBClusterSnapshotAttribute", "rds:DeleteDBSnapshot")
	case "kms":
		return on("", "kms:PutKeyPolicy", "kms:CreateGrant", "kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:DisableKeyRotation")
	case "secretsmanager":
		return on("", "secretsmanager:PutResourcePolicy", "secretsmanager:DeleteSecret", "secretsmanager:RotateSecret")
	case "backup":
		return on("", "backup:DeleteBackupVault", "backup:PutBackupVaultAccessPolicy", "backup:DeleteBackupVaultAccessPolicy",
			"backup:PutBackupVaultLockConfiguration", "backup:DeleteBackupVaultLockConfiguration")
	case "sqs":
		return on("", "sqs:SetQueueAttributes", "sqs:AddPermission", "sqs:DeleteQueue")
	case "sns":
		return on("", "sns:SetTopicAttributes", "sns:AddPermission", "sns:DeleteTopic")
	case "kinesis":
		return on("", "kinesis:DeleteStream", "kinesis:StopStreamEncryption", "kinesis:PutResourcePolicy")
	case "elasticfilesystem":
		return on("", "elasticfilesystem:PutFileSystemPolicy", "elasticfilesystem:DeleteFileSystemPolicy",
			"elasticfilesystem:DeleteFileSystem", "elasticfilesystem:ClientRootAccess")
	case "ecr":
		return on("", "ecr:SetRepositoryPolicy", "ecr:DeleteRepository")
	case "logs":
		return onLogGroup("logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:DisassociateKmsKey")
	case "elasticache":
		return on("", "elasticache:ModifyReplicationGroup", "elasticache:DeleteReplicationGroup", "elasticache:ModifyCacheCluster",
			"elasticache:DeleteCacheCluster", "elasticache:CreateSnapshot")
	case "redshift":
		return on("", "redshift:ModifyCluster", "redshift:DeleteCluster", "redshift:AuthorizeSnapshotAccess")
	default:
		return nil
	}
}

// Allows tells whether the identity is allowed an action on a resource by its own policies and boundaries, on conditions that a caller can
// always meet.
func (id Identity) Allows(action string, resource Str) tri.Value {
	return id.allows(query{action: Literal(action), work: newBudget()}, resource)
}
