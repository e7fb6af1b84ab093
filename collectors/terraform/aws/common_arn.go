package aws

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/reference/region"
)

// arnForm is how the ARN of a resource type is written.
type arnForm struct {
	service string   // prefix of the actions on it, for types to which identities are related; "" of others
	arn     string   // the service in the ARN
	prefix  string   // what stands before the name
	name    string   // the argument with the name; "" where the name is computed
	bare    bool     // without region and account
	refs    []string // attributes that are the name
}

// arnForms are the types whose ARNs policies and backup selections name.
func arnForms() map[string]arnForm {
	const id = "id"
	return map[string]arnForm{
		"aws_s3_bucket":        {service: "s3", arn: "s3", name: "bucket", bare: true, refs: []string{id, "bucket"}},
		"aws_dynamodb_table":   {service: "dynamodb", arn: "dynamodb", prefix: "table/", name: "name", refs: []string{id, "name"}},
		"aws_sqs_queue":        {service: "sqs", arn: "sqs", name: "name", refs: []string{"name"}},
		"aws_sns_topic":        {service: "sns", arn: "sns", name: "name", refs: []string{"name"}},
		"aws_kinesis_stream":   {service: "kinesis", arn: "kinesis", prefix: "stream/", name: "name", refs: []string{"name"}},
		"aws_efs_file_system":  {service: "elasticfilesystem", arn: "elasticfilesystem", prefix: "file-system/", refs: []string{id}},
		"aws_db_instance":      {service: "rds", arn: "rds", prefix: "db:", name: "identifier", refs: []string{"identifier", id}},
		"aws_rds_cluster":      {service: "rds", arn: "rds", prefix: "cluster:", name: "cluster_identifier", refs: []string{"cluster_identifier", id}},
		"aws_docdb_cluster":    {arn: "rds", prefix: "cluster:", name: "cluster_identifier", refs: []string{"cluster_identifier", id}},
		"aws_neptune_cluster":  {arn: "rds", prefix: "cluster:", name: "cluster_identifier", refs: []string{"cluster_identifier", id}},
		"aws_redshift_cluster": {service: "redshift", arn: "redshift", prefix: "cluster:", name: "cluster_identifier", refs: []string{"cluster_identifier", id}},
		"aws_elasticache_replication_group": {
			service: "elasticache", arn: "elasticache", prefix: "replicationgroup:", name: "replication_group_id", refs: []string{id},
		},
		"aws_cloudwatch_log_group":               {service: "logs", arn: "logs", prefix: "log-group:", name: "name", refs: []string{"name", id}},
		"aws_ecr_repository":                     {service: "ecr", arn: "ecr", prefix: "repository/", name: "name", refs: []string{"name", id}},
		"aws_kms_key":                            {service: "kms", arn: "kms", prefix: "key/", refs: []string{"key_id", id}},
		"aws_secretsmanager_secret":              {service: "secretsmanager", arn: "secretsmanager", prefix: "secret:"},
		"aws_backup_vault":                       {service: "backup", arn: "backup", prefix: "backup-vault:", name: "name", refs: []string{"name", id}},
		"aws_instance":                           {arn: "ec2", prefix: "instance/", refs: []string{id}},
		"aws_ebs_volume":                         {arn: "ec2", prefix: "volume/", refs: []string{id}},
		"aws_fsx_lustre_file_system":             {arn: "fsx", prefix: "file-system/", refs: []string{id}},
		"aws_fsx_windows_file_system":            {arn: "fsx", prefix: "file-system/", refs: []string{id}},
		"aws_fsx_ontap_file_system":              {arn: "fsx", prefix: "file-system/", refs: []string{id}},
		"aws_fsx_ontap_volume":                   {arn: "fsx", prefix: "volume/"},
		"aws_fsx_openzfs_file_system":            {arn: "fsx", prefix: "file-system/", refs: []string{id}},
		"aws_fsx_openzfs_volume":                 {arn: "fsx", prefix: "volume/"},
		"aws_timestreamwrite_table":              {arn: "timestream"},
		"aws_storagegateway_cached_iscsi_volume": {arn: "storagegateway"},
		"aws_storagegateway_stored_iscsi_volume": {arn: "storagegateway"},
	}
}

// arnsOf are the ways to write the ARN of a resource: from its name where that is known, else by its attribute arn or from a
// reference to its name.
func arnsOf(v mapping.View) []iampolicy.Str {
	f, ok := arnForms()[v.Instance.Type]
	if !ok {
		return []iampolicy.Str{iampolicy.Ref(v.Instance.Address+".arn", "")}
	}
	if name, known := v.String(f.name).Known(); f.name != "" && known {
		return []iampolicy.Str{iampolicy.NewStr(arnParts(v, f, iampolicy.Part{Text: name})...)}
	}
	out := []iampolicy.Str{iampolicy.Ref(v.Instance.Address+".arn", likeOf(resource.Ref{Address: v.Instance.Address, Attr: "arn"}))}
	for _, attr := range f.refs {
		out = append(out, iampolicy.NewStr(arnParts(v, f, iampolicy.Part{Hole: true, Ref: v.Instance.Address + "." + attr})...))
	}
	return out
}

func arnParts(v mapping.View, f arnForm, name iampolicy.Part) []iampolicy.Part {
	head := []iampolicy.Part{{Text: "arn:" + partition(v) + ":" + f.arn + ":"}}
	if !f.bare {
		head = append(head, regionPart(v), iampolicy.Part{Text: ":"}, accountPart(v))
	} else {
		head = append(head, iampolicy.Part{Text: ":"})
	}
	return append(head, iampolicy.Part{Text: ":" + f.prefix}, name)
}

// partition is that of the resource's region; of a region that is not known it is taken to be the commercial one, as policies that
// are written for another one name its regions.
func partition(v mapping.View) string {
	name, _ := v.Region().Value()
	if r, found := region.Lookup(name); found {
		return r.Partition
	}
	return "aws"
}

func regionPart(v mapping.View) iampolicy.Part {
	if name, known := v.Region().Value(); known {
		return iampolicy.Part{Text: name}
	}
	return iampolicy.Part{Hole: true, Ref: "data.aws_region.current.region"}
}

// callerIdentity stands for the data source that names the account of the default provider configuration.
const callerIdentity = "data.aws_caller_identity.current"

// accountPart is the id of the account of a resource, as far as it is known.
func accountPart(v mapping.View) iampolicy.Part {
	if id := v.AccountID(); id != "" {
		return iampolicy.Part{Text: id}
	}
	if uid, known := v.Account().Value(); known && uid == v.Context().AccountUID() {
		return iampolicy.Part{Hole: true, Ref: callerIdentity + ".account_id", Like: "????????????"}
	}
	return iampolicy.Part{Hole: true, Ref: v.Instance.Address + " account id", Like: "????????????"}
}

// resolved replaces references in a document by what is known of them without a provider: the account, the region and the
// partition that data sources look up, and the names and ARNs of resources whose name is written.
func resolved(c *mapping.Context, doc iampolicy.Document) iampolicy.Document {
	for i := range doc.Statements {
		s := &doc.Statements[i]
		for j, v := range s.Resource.Values {
			s.Resource.Values[j] = resolvedStr(c, v)
		}
		for j, p := range s.Principal.Values {
			s.Principal.Values[j].ID = resolvedStr(c, p.ID)
		}
	}
	return doc
}

func resolvedStr(c *mapping.Context, s iampolicy.Str) iampolicy.Str {
	parts := s.Parts()
	if !slices.ContainsFunc(parts, func(p iampolicy.Part) bool { return p.Hole && p.Ref != "" }) {
		return s
	}
	var out []iampolicy.Part
	for _, p := range parts {
		if p.Hole && p.Ref != "" {
			out = append(out, resolvedPart(c, p)...)
			continue
		}
		out = append(out, p)
	}
	return iampolicy.NewStr(out...)
}

func resolvedPart(c *mapping.Context, p iampolicy.Part) []iampolicy.Part {
	same := []iampolicy.Part{p}
	dot := strings.LastIndexByte(p.Ref, '.')
	if dot < 0 {
		return same
	}
	found := c.At(p.Ref[:dot])
	if len(found) != 1 {
		return same
	}
	v, attr := c.View(found[0]), p.Ref[dot+1:]
	f, named := arnForms()[v.Instance.Type]
	name, known := v.String(f.name).Known()
	switch {
	case v.Instance.Type == "aws_caller_identity" && (attr == "account_id" || attr == "id"):
		return []iampolicy.Part{accountPart(v)}
	case v.Instance.Type == "aws_region" && (attr == "name" || attr == "id" || attr == "region"):
		return []iampolicy.Part{regionPart(v)}
	case v.Instance.Type == "aws_partition" && (attr == "partition" || attr == "id"):
		return []iampolicy.Part{{Text: partition(v)}}
	case !named || f.name == "" || !known || v.Instance.Mode != resource.Managed:
		return same
	case attr == "arn":
		return arnParts(v, f, iampolicy.Part{Text: name})
	case slices.Contains(f.refs, attr):
		return []iampolicy.Part{{Text: name}}
	}
	return same
}
