package aws

import (
	"slices"
	"strings"
	"sync"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/reference/region"
	"github.com/assay-audit/assay/internal/tri"
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

// arnForms are the types whose ARNs policies and backup selections name, made once.
var arnForms = sync.OnceValue(func() map[string]arnForm {
	const id = "id"
	return map[string]arnForm{
		"aws_s3_bucket":      {service: "s3", arn: "s3", name: "bucket", bare: true, refs: []string{id, "bucket"}},
		"aws_dynamodb_table": {service: "dynamodb", arn: "dynamodb", prefix: "table/", name: "name", refs: []string{id, "name"}},
		"aws_sqs_queue":      {service: "sqs", arn: "sqs", name: "name", refs: []string{"name"}},
		"aws_sns_topic":      {service: "sns", arn: "sns", name: "name", refs: []string{"name"}},
		"aws_kinesis_stream": {service: "kinesis", arn: "kinesis", prefix: "stream/", name: "name", refs: []string{"name"}},
		"aws_efs_file_system": {
			service: "elasticfilesystem", arn: "elasticfilesystem", prefix: "file-system/", refs: []string{id},
		},
		"aws_db_instance": {service: "rds", arn: "rds", prefix: "db:", name: "identifier", refs: []string{"identifier", id}},
		"aws_rds_cluster": {
			service: "rds", arn: "rds", prefix: "cluster:", name: "cluster_identifier", refs: []string{"cluster_identifier", id},
		},
		"aws_docdb_cluster": {
			arn: "rds", prefix: "cluster:", name: "cluster_identifier", refs: []string{"cluster_identifier", id},
		},
		"aws_neptune_cluster": {
			arn: "rds", prefix: "cluster:", name: "cluster_identifier", refs: []string{"cluster_identifier", id},
		},
		"aws_redshift_cluster": {
			service: "redshift", arn: "redshift", prefix: "cluster:", name: "cluster_identifier", refs: []string{"cluster_identifier", id},
		},
		"aws_elasticache_replication_group": {
			service: "elasticache", arn: "elasticache", prefix: "replicationgroup:", name: "replication_group_id", refs: []string{id},
		},
		"aws_cloudwatch_log_group": {
			service: "logs", arn: "logs", prefix: "log-group:", name: "name", refs: []string{"name", id},
		},
		"aws_ecr_repository":        {service: "ecr", arn: "ecr", prefix: "repository/", name: "name", refs: []string{"name", id}},
		"aws_kms_key":               {service: "kms", arn: "kms", prefix: "key/", refs: []string{"key_id", id}},
		"aws_secretsmanager_secret": {service: "secretsmanager", arn: "secretsmanager", prefix: "secret:"},
		"aws_backup_vault": {
			service: "backup", arn: "backup", prefix: "backup-vault:", name: "name", refs: []string{"name", id},
		},
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
})

// arnsOf are the ways to write the ARN of a resource: one with its name, or with a reference where the name is not known, and for
// types whose ARNs have no form here the attribute arn.
func arnsOf(v mapping.View) []iampolicy.Str {
	f, ok := arnForms()[v.Instance.Type]
	if !ok {
		return []iampolicy.Str{iampolicy.Ref(v.Instance.Address+".arn", "")}
	}
	return mapping.Memo(v.Context(), "arns of "+v.Instance.Address, func() []iampolicy.Str {
		return []iampolicy.Str{iampolicy.NewStr(arnParts(v, f, namePart(v, f))...)}
	})
}

// namePart is the last part of an ARN, which names the resource.
func namePart(v mapping.View, f arnForm) iampolicy.Part {
	if name, known := v.String(f.name).Known(); f.name != "" && known {
		return iampolicy.Part{Text: name}
	}
	if len(f.refs) > 0 {
		return iampolicy.Part{Hole: true, Ref: v.Instance.Address + "." + f.refs[0]}
	}
	return iampolicy.Part{Hole: true, Ref: v.Instance.Address + ".arn"}
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
	address, attr := cutLast(p.Ref, '.')
	found := c.At(address)
	if len(found) != 1 {
		return same
	}
	v := c.View(found[0])
	f, named := arnForms()[v.Instance.Type]
	switch {
	case v.Instance.Type == "aws_caller_identity" && (attr == "account_id" || attr == "id"):
		return []iampolicy.Part{accountPart(v)}
	case v.Instance.Type == "aws_region" && (attr == "name" || attr == "id" || attr == "region"):
		return []iampolicy.Part{regionPart(v)}
	case v.Instance.Type == "aws_partition" && (attr == "partition" || attr == "id"):
		return []iampolicy.Part{{Text: partition(v)}}
	case !named || v.Instance.Mode != resource.Managed:
		return same
	case attr == "arn":
		return arnParts(v, f, namePart(v, f))
	case slices.Contains(f.refs, attr):
		return []iampolicy.Part{namePart(v, f)}
	}
	return same
}

// arnList is a list of ARNs and patterns as an argument writes it, made ready to be compared with many resources.
type arnList struct {
	exact map[string]bool // ARNs without a wildcard, as they read: of declared resources also with a reference in them
	known []iampolicy.Str // of those the ones that are known, which may be the ARN of a resource whose own is not
	rest  []iampolicy.Str // patterns, and what is known in part only
	open  bool            // there may be more
}

// arnListOf reads an argument with ARNs, once. The address must tell the view's body apart from others of the instance.
func arnListOf(v mapping.View, arg, address string) *arnList {
	return mapping.Memo(v.Context(), "arn list "+address+" "+arg, func() *arnList {
		l := &arnList{exact: make(map[string]bool)}
		list := strs(v, arg)
		a := v.Attr(arg)
		l.open = a.Set && !a.Value.IsKnown() && len(list) == 0
		for _, s := range list {
			l.add(v.Context(), resolvedStr(v.Context(), s))
		}
		return l
	})
}

func (l *arnList) add(c *mapping.Context, s iampolicy.Str) {
	parts := s.Parts()
	_, known := s.Known()
	switch {
	case len(parts) == 1 && parts[0].Hole && parts[0].Ref == "":
		l.open = true
	case s.HasWildcard() != tri.False:
		l.rest = append(l.rest, s)
	case known:
		l.known = append(l.known, s)
		l.exact[s.String()] = true
	case namesDeclared(c, parts):
		l.exact[s.String()] = true // the name of another resource is another name
	default:
		l.rest = append(l.rest, s)
	}
}

// namesDeclared reports whether all that is unknown of a string are the names of resources that are declared here.
func namesDeclared(c *mapping.Context, parts []iampolicy.Part) bool {
	for _, p := range parts {
		if !p.Hole || strings.HasPrefix(p.Ref, callerIdentity) {
			continue
		}
		address, _ := cutLast(p.Ref, '.')
		found := c.At(address)
		if len(found) != 1 || found[0].Mode != resource.Managed {
			return false
		}
		if _, named := arnForms()[found[0].Type]; !named {
			return false
		}
	}
	return true
}

// cutLast cuts a text at the last separator; all of it stands before one that is not there.
func cutLast(s string, sep byte) (before, after string) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// lists tells whether the list has the ARN, or a pattern that covers it.
func (l *arnList) lists(arn iampolicy.Str) tri.Value {
	if l.exact[arn.String()] {
		return tri.True
	}
	candidates := l.rest
	if _, known := arn.Known(); !known {
		candidates = append(slices.Clone(l.rest), l.known...)
	}
	result := tri.Of(false)
	if l.open {
		result = tri.Unknown
	}
	for _, s := range candidates {
		if result = result.Or(s.Covers(arn)); result == tri.True {
			break
		}
	}
	return result
}
