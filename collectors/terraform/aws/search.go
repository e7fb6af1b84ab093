package aws

import (
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// opensearch maps search domains, of both names that the service has had, and serverless collections.
func opensearch() mapping.Service {
	search := []string{"search", "backup_plan"}
	types := []mapping.Type{
		{Name: "aws_opensearch_domain", Kinds: search, Map: searchDomain("opensearch", "aws_opensearch_domain_policy")},
		{Name: "aws_elasticsearch_domain", Kinds: search, Map: searchDomain("elasticsearch", "aws_elasticsearch_domain_policy")},
		{Name: "aws_opensearch_domain_policy", Kinds: search, PartOf: []string{"aws_opensearch_domain"}},
		{Name: "aws_elasticsearch_domain_policy", Kinds: search, PartOf: []string{"aws_elasticsearch_domain"}},
		{Name: "aws_opensearchserverless_collection", Kinds: search, Map: searchCollection},
		{Name: "aws_opensearchserverless_security_policy", Kinds: search, PartOf: []string{"aws_opensearchserverless_collection"}},
	}
	types = append(types, noted("signs users in; says nothing of the domain's protection", "aws_opensearch_domain_saml_options",
		"aws_elasticsearch_domain_saml_options", "aws_opensearchserverless_security_config")...)
	types = append(types, noted("connects to a domain that is mapped itself", "aws_opensearch_vpc_endpoint",
		"aws_elasticsearch_vpc_endpoint", "aws_opensearchserverless_vpc_endpoint", "aws_opensearch_inbound_connection_accepter",
		"aws_opensearch_outbound_connection", "aws_opensearch_authorize_vpc_endpoint_access")...)
	types = append(types, noted("permissions are computed from policies", "aws_opensearchserverless_access_policy")...)
	types = append(types, noted("says how long a serverless index keeps data; read by hand", "aws_opensearchserverless_lifecycle_policy")...)
	types = append(types, noted("extends a domain", "aws_opensearch_package", "aws_opensearch_package_association",
		"aws_opensearch_application")...)
	return mapping.Service{Name: "opensearch", Types: types}
}

func searchDomain(product, policyType string) func(*mapping.Context, mapping.View) {
	return func(c *mapping.Context, v mapping.View) {
		d := v.Datastore("search")
		rest := v.Block("encrypt_at_rest")
		encrypt(c, &d, v.UID(), encryption{
			on: rest.Bool("enabled").Or(false), view: rest, key: "kms_key_id", explicit: []string{"enabled"},
		})
		endpoint := v.Block("domain_endpoint_options")
		d.EncryptionInTransitRequired = kind.Known(false).From(v.Provenance()) // without the block the service accepts HTTP
		if endpoint.Exists() || endpoint.Maybe() != nil {
			d.EncryptionInTransitRequired = endpoint.Bool("enforce_https").Or(true)
		}
		searchExposure(c, &d, v, policyType)
		searchEngine(&d, v, product)
		cluster := v.Block("cluster_config")
		d.Redundancy = kind.Choose(kind.Either(cluster.Bool("zone_awareness_enabled").Or(false),
			cluster.Bool("multi_az_with_standby_enabled").Or(false)),
			"multi_az", "single")

		d.AutoMinorUpgrade = v.Block("software_update_options").Bool("auto_software_update_enabled").Or(false)
		d.DeletionProtection = kind.NA[bool]()
		d.LoggingAccess = publishesAuditLogs(v)
		awsstore.WithoutWORM(&d)
		awsstore.WithoutExpiry(&d)
		// The service takes snapshots by itself every hour and keeps them for 14 days.
		nativeBackups(c, v, &d, kind.Known[int64](14), awsstore.NoCopies(), awsstore.BackupRule{Text: "hourly", Minutes: 60, Type: "snapshot"})
		c.Emit(v, "search", named(v, "domain_name"), "", d)
	}
}

// searchExposure: a domain inside a network has no public address; outside of one its access policy decides, unless fine-grained access
// control asks everybody who they are: AWS then recommends an open access policy.
func searchExposure(c *mapping.Context, d *kind.Datastore, v mapping.View, policyType string) {
	inside := written(v, "vpc_options")
	public := letsPublicIn(v, "access_policies")
	policies, open := v.Parts(policyType, "domain_name")
	for _, p := range policies {
		public = kind.Either(public, letsPublicIn(p, "access_policies"))
	}
	if open != nil {
		public = kind.Either(public, kind.Because[bool](*open))
	}
	security := v.Block("advanced_security_options")
	asked := kind.Both(security.Bool("enabled").Or(false), kind.Not(security.Bool("anonymous_auth_enabled").Or(false)))
	var x awsstore.Exposure
	x.Add("policy", kind.Both(kind.Both(public, kind.Not(inside)), kind.Not(asked)))
	x.Fill(d)
	vpc := v.Block("vpc_options")
	if yes, known := inside.Value(); known && !yes {
		d.NetworkPlacement = kind.Known("public").From(v.Provenance())
		return
	}
	place(c, d, v, vpc.Targets("subnet_ids", subnetTypes()...))
	guard(c, vpc, v.UID(), "security_group_ids")
}

// searchEngine reads OpenSearch_2.11, Elasticsearch_7.10 or, of the older resource, 7.10.
func searchEngine(d *kind.Datastore, v mapping.View, product string) {
	version := v.String("engine_version").OrUnknown(evidence.Computed, versionAbsent)
	if product == "elasticsearch" {
		version = v.String("elasticsearch_version").Or("1.5")
	}
	name := kind.Convert(version, func(s string) string {
		if engine, _ := awsstore.SearchEngine(s); engine != "" {
			return engine
		}
		return product
	})
	if _, unknown := name.Reason(); unknown {
		name = kind.Known(product)
	}
	awsstore.Engine(d, name, kind.Convert(version, func(s string) string {
		_, release := awsstore.SearchEngine(s)
		return release
	}))
}

func publishesAuditLogs(v mapping.View) kind.Attr[bool] {
	out := kind.Known(false).From(v.Provenance())
	logs, more := v.Blocks("log_publishing_options")
	for _, l := range logs {
		out = kind.Either(out, kind.Both(equals(l.String("log_type"), "AUDIT_LOGS"), l.Bool("enabled").Or(true)))
	}
	if more != nil {
		out = kind.Either(out, kind.Because[bool](*more))
	}
	return out
}

// searchCollection is always encrypted and speaks HTTPS only, to callers that IAM knows. From which network they may come, and
// with which key the collection is encrypted, stands in policies that match it by name.
func searchCollection(c *mapping.Context, v mapping.View) {
	d := v.Datastore("search")
	encryptedByService(c, &d, v.UID(), v, "")
	d.EncryptionKeyManagement = collectionKey(c, v)
	d.EncryptionSource = kind.Known("explicit") // a collection cannot be made without an encryption policy
	d.EncryptionInTransitRequired = kind.Known(true)
	awsstore.Private(&d)
	d.NetworkPlacement = collectionPlacement(c, v)
	d.Redundancy = kind.Choose(equals(v.String("standby_replicas"), "DISABLED"), "single", "multi_az")
	d.DeletionProtection = kind.Unknown[bool](evidence.NotInPlane, "a switch that Terraform cannot set")
	d.LoggingAccess = byDataEvents(c)
	awsstore.ManagedEngine(&d, "opensearch-serverless")
	awsstore.WithoutWORM(&d)
	d.LifecycleExpireDays = kind.Unknown[int64](evidence.Unsupported, "the lifecycle policies that match the collection by name")
	d.BackupNativeRetentionDays = kind.Known[int64](14) // hourly snapshots, kept by the service
	d.BackupPITR = kind.Known(false)
	c.Emit(v, "search", named(v, "name"), "", d)
}

// collectionPlacement is public as soon as one matching network policy allows access from the internet.
func collectionPlacement(c *mapping.Context, v mapping.View) kind.Attr[string] {
	docs, open := collectionPolicies(c, v, "network")
	public := kind.Known(false).From(v.Provenance())
	for _, doc := range docs {
		public = kind.Either(public, kind.Known(isTrue(doc, "AllowFromPublic")).From(v.Provenance()))
	}
	public = kind.Either(public, open)
	return kind.Choose(public, "public", "private")
}

func collectionKey(c *mapping.Context, v mapping.View) kind.Attr[string] {
	docs, open := collectionPolicies(c, v, "encryption")
	switch { // AWS takes one encryption policy per collection
	case len(docs) > 0 && isTrue(docs[0], "AWSOwnedKey"):
		return kind.Known("provider")
	case len(docs) > 0:
		return kind.Known("customer")
	}
	return kind.Then(open, func(bool) kind.Attr[string] { return kind.Known("provider") })
}

// collectionPolicies returns the policies of a type that match the collection's name. Open is false where they are all there
// are, else unknown: none may be declared here, or one cannot be read.
func collectionPolicies(c *mapping.Context, v mapping.View, typ string) (docs []cty.Value, open kind.Attr[bool]) {
	name, known := v.String("name").Known()
	if !known {
		return nil, kind.Unknown[bool](evidence.Unresolved, "the collection's name").From(v.ProvenanceOf("name"))
	}
	open = kind.Known(false)
	for _, p := range c.All("aws_opensearchserverless_security_policy") {
		if is, ok := equals(p.String("type"), typ).Value(); !ok || !is {
			continue
		}
		doc, ok := p.JSON("policy").Known()
		if !ok || !doc.IsWhollyKnown() {
			open = kind.Unknown[bool](evidence.Unresolved, "the policy of "+p.Instance.Address).From(p.Provenance())
			continue
		}
		for _, statement := range statements(doc) {
			if matchesCollection(statement, name) {
				docs = append(docs, statement)
			}
		}
	}
	if len(docs) == 0 && open.IsKnown() {
		open = kind.Unknown[bool](evidence.NotInPlane, "no "+typ+" policy declared here matches the collection").From(v.Provenance())
	}
	return docs, open
}

// statements returns the elements of a list, or the value itself where it is none: an encryption policy is one object.
func statements(doc cty.Value) []cty.Value {
	if !doc.Type().IsTupleType() {
		return []cty.Value{doc}
	}
	return doc.AsValueSlice()
}

// matchesCollection says whether a statement speaks of the collection: "collection/name", or a prefix that ends in "*".
func matchesCollection(statement cty.Value, name string) bool {
	for _, rule := range elements(statement, "Rules") {
		if text(rule, "ResourceType") != "collection" {
			continue
		}
		for _, r := range elements(rule, "Resource") {
			if r.Type() != cty.String || r.IsNull() {
				continue
			}
			pattern := strings.TrimPrefix(r.AsString(), "collection/")
			if prefix, wild := strings.CutSuffix(pattern, "*"); pattern == name || wild && strings.HasPrefix(name, prefix) {
				return true
			}
		}
	}
	return false
}
