package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/reference/region"
)

// method is the provenance of everything that a plan says.
const (
	method      = "terraform:plan"
	methodState = "terraform:state" // of what a state says
)

// plan makes the result of what was read.
func (d *document) plan() *Plan {
	p := &Plan{
		FormatVersion: d.formatVersion, TerraformVersion: d.terraformVersion, Warnings: d.warnings, Incomplete: sortedUnique(d.incomplete),
		Literals: d.config.literals(),
	}
	p.State = d.isState()
	if d.config == nil && !p.State {
		p.Warnings = append(p.Warnings, "the plan holds no configuration: what refers to what is not known")
	}
	b := &builder{document: d, resolver: newResolver(d.config), providers: map[string]*resource.Provider{}, touched: d.touched()}
	items := b.items()
	for i := range items {
		b.resolver.add(items[i].module, items[i].resource(), items[i].keyText)
	}
	for i := range items {
		p.Instances = append(p.Instances, b.instance(&items[i]))
	}
	slices.SortFunc(p.Instances, func(a, b *resource.Instance) int { return cmp.Compare(a.Address, b.Address) })
	p.Instances = slices.CompactFunc(p.Instances, func(a, b *resource.Instance) bool { return a.Address == b.Address })
	p.Sensitive = d.sensitive
	if d.config != nil {
		for name, v := range d.config.root.variables {
			if v.sensitive {
				p.Sensitive = texts(p.Sensitive, d.variables[name], 0)
			}
		}
		p.Sensitive = d.config.root.sensitiveDefaults(p.Sensitive)
	}
	p.Sensitive = sortedUnique(p.Sensitive)
	p.Variables = d.settings()
	return p
}

// settings lists the variables that differ from their defaults.
func (d *document) settings() []string {
	var out []string
	for _, name := range sortedKeys(d.variables) {
		value := d.variables[name]
		if d.config != nil {
			if v := d.config.root.variables[name]; v == nil || reflect.DeepEqual(v.def, value) {
				continue
			}
		}
		if s, ok := value.(string); ok {
			out = append(out, name+"="+s)
			continue
		}
		var text strings.Builder
		writeExpression(&text, value, 0)
		out = append(out, name+"="+text.String())
	}
	return out
}

// writeExpression writes a value as an expression of the configuration language.
func writeExpression(b *strings.Builder, v any, depth int) {
	if depth > maxDepth {
		b.WriteString("null")
		return
	}
	switch v := v.(type) {
	case string:
		b.WriteString(quote(v))
	case json.Number:
		b.WriteString(v.String())
	case bool:
		fmt.Fprint(b, v)
	case []any:
		b.WriteString("[")
		for _, item := range v {
			writeExpression(b, item, depth+1)
			b.WriteString(",")
		}
		b.WriteString("]")
	case map[string]any:
		b.WriteString("{")
		for _, name := range sortedKeys(v) {
			b.WriteString(quote(name) + "=")
			writeExpression(b, v[name], depth+1)
			b.WriteString(",")
		}
		b.WriteString("}")
	default:
		b.WriteString("null")
	}
}

// item is one instance before its conversion.
type item struct {
	module, mode, typ, name string
	key                     cty.Value
	keyText                 string
	provider                string // provider_name, such as registry.terraform.io/hashicorp/aws
	change, previous        string
	values                  json.RawMessage
	unknown, sensitive      json.RawMessage
}

func (i *item) local() string    { return localName(i.mode, i.typ, i.name) }
func (i *item) resource() string { return join(i.module, i.local()) }
func (i *item) address() string  { return i.resource() + i.keyText }

// builder makes instances.
type builder struct {
	*document
	resolver  *resolver
	providers map[string]*resource.Provider
	touched   map[string]bool
}

// items lists what will be there after apply: the changes that leave something behind, and the data sources that were read
// before.
func (b *builder) items() []item {
	var out []item
	have := map[string]bool{}
	for _, c := range b.changes {
		name := changeName(c.Change.Actions)
		if name == "" || c.Deposed != "" || c.Type == "" || c.Name == "" {
			continue
		}
		it := item{
			module: c.ModuleAddress, mode: cmp.Or(c.Mode, "managed"), typ: c.Type, name: c.Name, provider: c.ProviderName, change: name,
			previous: c.PreviousAddress, values: c.Change.After, unknown: c.Change.AfterUnknown, sensitive: c.Change.AfterSensitive,
		}
		if it.module == "" {
			it.module = moduleOf(c.Address)
		}
		it.key, it.keyText = keyOf(c.Index)
		have[it.address()] = true
		out = append(out, it)
	}
	for _, r := range b.managed {
		it := item{
			module: moduleOf(r.Address), mode: "managed", typ: r.Type, name: r.Name, provider: r.ProviderName, change: "no-op", values: r.Values, sensitive: r.SensitiveValues,
		}
		it.key, it.keyText = keyOf(r.Index)
		out = append(out, it)
	}
	for _, r := range b.data {
		it := item{
			module: moduleOf(r.Address), mode: "data", typ: r.Type, name: r.Name, provider: r.ProviderName, change: "read", values: r.Values, sensitive: r.SensitiveValues,
		}
		it.key, it.keyText = keyOf(r.Index)
		if _, known := b.block(&it); have[it.address()] || !known && b.config != nil {
			continue // read again, or no longer in the configuration
		}
		out = append(out, it)
	}
	return out
}

// block is the configuration of an item, and whether there is one.
func (b *builder) block(it *item) (*block, bool) {
	m := b.resolver.frame(it.module).module
	if m == nil || m.resources[it.local()] == nil {
		return &block{}, false
	}
	return m.resources[it.local()], true
}

// instance converts one item.
func (b *builder) instance(it *item) *resource.Instance {
	conf, known := b.block(it)
	f := b.resolver.frame(it.module)
	values := object(decode(it.values))
	c := converter{resolver: b.resolver, frame: f, caller: caller{block: conf, key: it.keyText}, mirrored: b.isMirrored(it, values)}
	out := &resource.Instance{
		Address: it.address(), Resource: it.resource(), Module: it.module, Mode: resource.Mode(it.mode), Type: it.typ, Name: it.name, Key: it.key,
		Body:   c.body(values, decode(it.unknown), decode(it.sensitive), source{expressions: conf.expressions, known: known}, 0),
		Method: method, Change: it.change, Provider: *b.provider(it, conf.provider),
	}
	if b.isState() {
		out.Method, out.Change = methodState, ""
	}
	if arn := text(values["arn"]); out.Mode == resource.Managed && strings.HasPrefix(arn, "arn:") && it.change != "replace" {
		out.ARN = arn
	}
	if it.previous != "" && it.previous != out.Address {
		out.MovedFrom = []string{it.previous}
	}
	if f.module != nil {
		for _, ref := range conf.dependsOn {
			if target, rest := resourceRef(ref); target != "" {
				key, _ := splitKey(rest)
				out.DependsOn = append(out.DependsOn, resource.Ref{Address: join(it.module, target) + key})
			}
		}
		slices.SortFunc(out.DependsOn, func(a, b resource.Ref) int { return cmp.Compare(a.Address, b.Address) })
	}
	return out
}

// part is a resource type that states what another type's lists repeat, and the argument that names the other.
type part struct{ typ, argument, owner string }

// parts lists the types whose content the provider repeats in a list of another resource. When such a part changes, the list
// in the plan still shows what was there before.
func parts() []part {
	return []part{
		{"aws_security_group_rule", "security_group_id", "aws_security_group"},
		{"aws_vpc_security_group_ingress_rule", "security_group_id", "aws_security_group"},
		{"aws_vpc_security_group_egress_rule", "security_group_id", "aws_security_group"},
		{"aws_network_acl_rule", "network_acl_id", "aws_network_acl"},
		{"aws_route", "route_table_id", "aws_route_table"},
		{"aws_s3_bucket_server_side_encryption_configuration", "bucket", "aws_s3_bucket"},
		{"aws_s3_bucket_versioning", "bucket", "aws_s3_bucket"},
		{"aws_s3_bucket_logging", "bucket", "aws_s3_bucket"},
		{"aws_s3_bucket_lifecycle_configuration", "bucket", "aws_s3_bucket"},
		{"aws_s3_bucket_object_lock_configuration", "bucket", "aws_s3_bucket"},
		{"aws_s3_bucket_replication_configuration", "bucket", "aws_s3_bucket"},
		{"aws_s3_bucket_acl", "bucket", "aws_s3_bucket"},
		{"aws_iam_role_policy", "role", "aws_iam_role"},
		{"aws_iam_role_policy_attachment", "role", "aws_iam_role"},
	}
}

// touched lists the owners (type and id) of which a part changes.
func (d *document) touched() map[string]bool {
	byType := map[string]part{}
	for _, p := range parts() {
		byType[p.typ] = p
	}
	out := map[string]bool{}
	for i := range d.changes {
		c := &d.changes[i]
		p, ok := byType[c.Type]
		if !ok || changeName(c.Change.Actions) == "no-op" {
			continue
		}
		for _, raw := range []json.RawMessage{c.Change.Before, c.Change.After} {
			if id := text(object(decode(raw))[p.argument]); id != "" {
				out[p.owner+" "+id] = true
			}
		}
	}
	return out
}

// isMirrored reports whether a part of the item changes in this plan.
func (b *builder) isMirrored(it *item, values map[string]any) bool {
	return b.touched[it.typ+" "+text(values["id"])] || b.touched[it.typ+" "+text(values["name"])] && it.typ == "aws_iam_role"
}

// provider finds the provider configuration of an instance by the key that its block names.
func (b *builder) provider(it *item, key string) *resource.Provider {
	if found := b.providers[key]; found != nil && key != "" {
		return found
	}
	name := it.provider[strings.LastIndexByte(it.provider, '/')+1:]
	if name == "" {
		name, _, _ = strings.Cut(it.typ, "_")
	}
	out := &resource.Provider{Name: name}
	if b.config != nil {
		conf := b.config.providers[key]
		for outer := key; conf == nil && outer != ""; { // inherited: module.a:aws, then aws
			path, local, ok := strings.Cut(outer, ":")
			if !ok {
				break
			}
			path = path[:max(strings.LastIndexByte(path, '.'), 0)]
			path = strings.TrimSuffix(path, ".module")
			outer = strings.TrimPrefix(path+":"+local, ":")
			conf = b.config.providers[outer]
		}
		if conf != nil {
			out.Name, out.Alias = cmp.Or(conf.name, name), conf.alias
			out.Config = b.providerBody(conf.expressions, 0)
		}
	}
	b.providers[key] = out
	return out
}

// providerBody makes a body of a provider's arguments: what is constant is known, and a region that is a variable.
func (b *builder) providerBody(exprs map[string]*expression, depth int) *resource.Body {
	out := &resource.Body{Attributes: map[string]resource.Attribute{}, Nested: map[string][]*resource.Body{}}
	for _, name := range sortedKeys(exprs) {
		e := exprs[name]
		switch {
		case e.isBlocks && depth < maxDepth:
			for _, inner := range e.blocks {
				out.Nested[name] = append(out.Nested[name], b.providerBody(inner, depth+1))
			}
		case e.isConstant:
			if e.constant != nil {
				tooBig := false
				a := resource.Attribute{Set: true, Value: build(e.constant, nil, 0, &tooBig)}
				if tooBig {
					a.Unknown = &evidence.Unknown{Reason: evidence.ParseError, Detail: name + " is too large"}
				}
				out.Attributes[name] = a
			}
		default:
			if value, ok := b.regionOf(name, e); ok {
				out.Attributes[name] = resource.Attribute{Set: true, Value: cty.StringVal(value)}
				break
			}
			out.Attributes[name] = resource.Attribute{Set: true, Value: cty.DynamicVal, Unknown: &evidence.Unknown{
				Reason: evidence.Unresolved, Detail: "the plan does not print the provider's " + name,
			}}
		}
	}
	return out
}

// regionOf reads region = var.x: the variable's value, where it is a region's name. A longer expression that also names just
// one variable has a value that is no region.
func (b *builder) regionOf(name string, e *expression) (string, bool) {
	if name != "region" || len(e.refs) != 1 {
		return "", false
	}
	variable, ok := strings.CutPrefix(e.refs[0], "var.")
	value := text(b.variables[variable])
	if _, known := region.Country(value); !ok || !known {
		return "", false
	}
	return value, true
}
