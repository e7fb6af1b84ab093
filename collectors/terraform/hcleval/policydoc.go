package hcleval

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/assay-audit/assay/internal/evidence"
)

// policyDocumentType is the data source that needs no provider: it only formats its arguments as an IAM policy.
// What it makes of them is documented at
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document.
const policyDocumentType = "aws_iam_policy_document"

// defaultPolicyVersion is the version of the policy language where none is given.
const defaultPolicyVersion = "2012-10-17"

// document returns the computed attributes of a policy document; nil for all other resources.
func (i *instance) document(p *program) map[string]cty.Value {
	if i.node.decl.typ != policyDocumentType || i.node.decl.mode != "data" {
		return nil
	}
	doc := p.resolve(&i.doc, i.address, i.body.header, func(x *evaluation) cty.Value {
		return (&policyDocument{x: x, body: i.body}).build()
	})
	if i.computed == nil {
		i.computed = map[string]cty.Value{"json": encodePolicy(doc, true), "minified_json": encodePolicy(doc, false)}
	}
	return i.computed
}

// policyDocument builds the document of one data source as a value, with unknown parts where they are unknown.
type policyDocument struct {
	x          *evaluation
	body       *bodyNode
	id         cty.Value
	version    cty.Value
	statements []cty.Value
	open       []cty.ValueMarks // why there may be statements that are not known
	sources    []cty.ValueMarks // what the merged documents depend on
	uncertain  bool
}

func (d *policyDocument) build() cty.Value {
	d.id, d.version = cty.NullVal(cty.String), cty.NullVal(cty.String)
	d.merge("source_json", "source_policy_documents")
	d.own()
	d.merge("override_json", "override_policy_documents")
	if d.version.IsNull() {
		d.version = cty.StringVal(defaultPolicyVersion)
	}
	statements := cty.TupleVal(d.statements)
	if d.uncertain {
		statements = cty.DynamicVal.WithMarks(d.open...).WithMarks(deepTaint(d.statements...))
	}
	doc := map[string]cty.Value{"Version": d.version, "Statement": statements}
	if !d.id.IsNull() {
		doc["Id"] = d.id
	}
	return cty.ObjectVal(doc).WithMarks(d.sources...)
}

// argument returns an argument's value, or null.
func (d *policyDocument) argument(b *bodyNode, name string) cty.Value {
	attr := b.src.Attributes[name]
	if attr == nil {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	return b.value(d.x.program, attr)
}

// unsure records that statements are missing or cannot be merged, and why.
func (d *policyDocument) unsure(because cty.Value) {
	d.uncertain = true
	d.open = append(d.open, deepTaint(because))
}

// merge reads documents in JSON: a single one and a list of them.
func (d *policyDocument) merge(single, list string) {
	if v := d.argument(d.body, single); !v.IsNull() {
		d.mergeOne(v)
	}
	v := d.argument(d.body, list)
	plain, _ := v.Unmark()
	switch {
	case plain.IsNull():
	case !plain.IsKnown() || !plain.CanIterateElements():
		d.unsure(v)
	default:
		for it := plain.ElementIterator(); it.Next(); {
			_, item := it.Element()
			d.mergeOne(item)
		}
	}
}

// mergeOne merges one document: its statements replace those with the same Sid, and are added otherwise.
func (d *policyDocument) mergeOne(v cty.Value) {
	if v.IsNull() {
		return
	}
	d.sources = append(d.sources, deepTaint(v))
	doc, ok := docOf(v)
	if !ok {
		if doc, ok = d.parse(v); !ok {
			d.unsure(v)
			return
		}
	}
	marks := taintOf(v.Marks())
	plain, _ := doc.Unmark()
	if !plain.IsKnown() || plain.IsNull() || !plain.Type().IsObjectType() {
		d.unsure(doc.WithMarks(marks))
		return
	}
	if plain.Type().HasAttribute("Id") && !plain.GetAttr("Id").IsNull() {
		d.id = plain.GetAttr("Id")
	}
	if plain.Type().HasAttribute("Version") {
		d.upgrade(plain.GetAttr("Version"))
	}
	if !plain.Type().HasAttribute("Statement") {
		return
	}
	statements, _ := plain.GetAttr("Statement").Unmark()
	switch {
	case statements.IsNull():
	case !statements.IsKnown():
		d.unsure(plain.GetAttr("Statement").WithMarks(marks))
	case statements.Type().IsObjectType():
		d.add(statements)
	case statements.CanIterateElements():
		for it := statements.ElementIterator(); it.Next(); {
			_, s := it.Element()
			d.add(s)
		}
	}
}

// parse reads a JSON document.
func (d *policyDocument) parse(v cty.Value) (cty.Value, bool) {
	plain, _ := v.Unmark()
	if !plain.IsKnown() || plain.Type() != cty.String {
		return cty.NilVal, false
	}
	text := []byte(plain.AsString())
	if len(bytes.TrimSpace(text)) == 0 {
		return cty.EmptyObjectVal, true
	}
	ty, err := ctyjson.ImpliedType(text)
	if err != nil {
		d.x.fail(d.body.header, "Invalid policy document", "A source or override policy document is not valid JSON: "+err.Error()+".")
		return cty.NilVal, false
	}
	doc, err := ctyjson.Unmarshal(text, ty)
	return doc, err == nil
}

// upgrade takes the newer version.
func (d *policyDocument) upgrade(v cty.Value) {
	newer, _ := v.Unmark()
	current, _ := d.version.Unmark()
	switch {
	case newer.IsNull():
	case !newer.IsKnown() || newer.Type() != cty.String || current.IsNull():
		d.version = v
	case current.IsKnown() && newer.AsString() > current.AsString():
		d.version = v
	}
}

// add adds a statement, or replaces the one with the same Sid.
func (d *policyDocument) add(statement cty.Value) {
	sid, known := sidOf(statement)
	if !known {
		d.unsure(statement)
	}
	if sid != "" {
		for i, old := range d.statements {
			if oldSid, _ := sidOf(old); oldSid == sid {
				d.statements[i] = statement
				return
			}
		}
	}
	d.statements = append(d.statements, statement)
}

// sidOf returns a statement's Sid ("" for none), and false where it is not known.
func sidOf(statement cty.Value) (string, bool) {
	plain, _ := statement.Unmark()
	if !plain.IsKnown() || plain.IsNull() || !plain.Type().IsObjectType() || !plain.Type().HasAttribute("Sid") {
		return "", plain.IsKnown()
	}
	sid, _ := plain.GetAttr("Sid").Unmark()
	switch {
	case !sid.IsKnown():
		return "", false
	case sid.IsNull() || sid.Type() != cty.String:
		return "", true
	}
	return sid.AsString(), true
}

// own adds the document's own statement blocks.
func (d *policyDocument) own() {
	if v := d.argument(d.body, "policy_id"); !v.IsNull() {
		d.id = v
	}
	version := d.argument(d.body, "version")
	if version.IsNull() {
		version = cty.StringVal(defaultPolicyVersion)
	}
	d.upgrade(version)
	blocks := d.body.blocks(d.x.program)
	if why := blocks.unknown["statement"]; why != nil {
		d.unsure(unknownBecause(cty.DynamicPseudoType, why.Reason, why.Detail))
	}
	for _, b := range blocks.byType["statement"] {
		d.add(d.statement(b))
	}
}

// statement builds one statement.
func (d *policyDocument) statement(b *bodyNode) cty.Value {
	out := map[string]cty.Value{}
	if sid := d.argument(b, "sid"); !sid.IsNull() && !sid.RawEquals(cty.StringVal("")) {
		out["Sid"] = sid
	}
	out["Effect"] = cty.StringVal("Allow")
	if effect := d.argument(b, "effect"); !effect.IsNull() {
		out["Effect"] = effect
	}
	for name, key := range map[string]string{
		"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource",
	} {
		if v := oneOrMany(d.argument(b, name), strings.HasSuffix(name, "resources")); !v.IsNull() {
			out[key] = v
		}
	}
	for typ, key := range map[string]string{"principals": "Principal", "not_principals": "NotPrincipal"} {
		if v := d.principals(b, typ); !v.IsNull() {
			out[key] = v
		}
	}
	if v := d.conditions(b); !v.IsNull() {
		out["Condition"] = v
	}
	return cty.ObjectVal(out)
}

// oneOrMany is a list as the provider writes it: one element as text, several sorted in reverse, none as null.
func oneOrMany(v cty.Value, variables bool) cty.Value {
	plain, marks := v.Unmark()
	switch {
	case plain.IsNull():
		return cty.NullVal(cty.DynamicPseudoType)
	case !plain.IsKnown():
		return dropIdentity(v)
	case !plain.CanIterateElements():
		return v
	}
	var items []cty.Value
	sortable := true
	for it := plain.ElementIterator(); it.Next(); {
		_, item := it.Element()
		if variables {
			item = awsVariables(item)
		}
		bare, _ := item.Unmark()
		sortable = sortable && bare.IsKnown() && !bare.IsNull() && bare.Type() == cty.String
		items = append(items, item)
	}
	marks = taintOf(marks)
	switch len(items) {
	case 0:
		return cty.NullVal(cty.DynamicPseudoType)
	case 1:
		return items[0].WithMarks(marks)
	}
	if sortable {
		slices.SortStableFunc(items, func(a, b cty.Value) int {
			x, _ := a.Unmark()
			y, _ := b.Unmark()
			return strings.Compare(y.AsString(), x.AsString())
		})
	}
	return cty.TupleVal(items).WithMarks(marks)
}

// awsVariables turns &{...}, which stands for a policy variable, into ${...}.
func awsVariables(v cty.Value) cty.Value {
	plain, marks := v.Unmark()
	if !plain.IsKnown() || plain.IsNull() || plain.Type() != cty.String || !strings.Contains(plain.AsString(), "&{") {
		return v
	}
	return cty.StringVal(strings.ReplaceAll(plain.AsString(), "&{", "${")).WithMarks(marks)
}

// principals builds Principal or NotPrincipal: identifiers by type, or "*".
func (d *policyDocument) principals(b *bodyNode, typ string) cty.Value {
	blocks := b.blocks(d.x.program)
	if why := blocks.unknown[typ]; why != nil {
		return unknownBecause(cty.DynamicPseudoType, why.Reason, why.Detail)
	}
	byType := map[string][]cty.Value{}
	nodes := blocks.byType[typ]
	for _, n := range nodes {
		kind := d.argument(n, "type")
		ids := d.argument(n, "identifiers")
		bare, _ := kind.Unmark()
		plain, marks := ids.Unmark()
		if !bare.IsKnown() || bare.IsNull() || bare.Type() != cty.String || !plain.IsKnown() || plain.IsNull() || !plain.CanIterateElements() {
			return cty.DynamicVal.WithMarks(deepTaint(kind, ids))
		}
		for it := plain.ElementIterator(); it.Next(); {
			_, id := it.Element()
			byType[bare.AsString()] = append(byType[bare.AsString()], awsVariables(id).WithMarks(taintOf(marks)))
		}
	}
	if len(nodes) == 0 {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	if everybody := byType["*"]; len(nodes) == 1 && len(everybody) == 1 && everybody[0].RawEquals(cty.StringVal("*")) {
		return everybody[0]
	}
	out := make(map[string]cty.Value, len(byType))
	for kind, ids := range byType {
		out[kind] = oneOrMany(cty.TupleVal(ids), false)
	}
	return cty.ObjectVal(out)
}

// conditions builds Condition: values by variable by test.
func (d *policyDocument) conditions(b *bodyNode) cty.Value {
	blocks := b.blocks(d.x.program)
	if why := blocks.unknown["condition"]; why != nil {
		return unknownBecause(cty.DynamicPseudoType, why.Reason, why.Detail)
	}
	tests := map[string]map[string]cty.Value{}
	for _, n := range blocks.byType["condition"] {
		test, variable, values := d.argument(n, "test"), awsVariables(d.argument(n, "variable")), d.argument(n, "values")
		t, ok1 := knownString([]cty.Value{test}, 0)
		v, ok2 := knownString([]cty.Value{variable}, 0)
		if !ok1 || !ok2 {
			return cty.DynamicVal.WithMarks(deepTaint(test, variable, values))
		}
		if tests[t] == nil {
			tests[t] = map[string]cty.Value{}
		}
		tests[t][v] = oneOrMany(values, true)
	}
	if len(tests) == 0 {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	out := make(map[string]cty.Value, len(tests))
	for test, variables := range tests {
		out[test] = cty.ObjectVal(variables)
	}
	return cty.ObjectVal(out)
}

// encodePolicy writes the document as JSON with the provider's order of keys, or as an unknown string that carries it.
func encodePolicy(doc cty.Value, indent bool) cty.Value {
	plain, marks := doc.UnmarkDeep()
	if !plain.IsWhollyKnown() {
		return encodedDoc(doc)
	}
	text, err := policyJSON(plain, indent)
	if err != nil {
		return unknownBecause(cty.String, evidence.Unresolved, "the policy document cannot be written as JSON")
	}
	return cty.StringVal(text).WithMarks(taintOf(marks))
}

// policyKeys are the keys of a document and of a statement in the order in which the provider writes them.
var policyKeys = []string{
	"Version", "Id", "Statement",
	"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition",
}

func policyJSON(v cty.Value, indent bool) (string, error) {
	raw, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		return "", err
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal(raw, &doc); err != nil {
		return "", err
	}
	var statements []map[string]json.RawMessage
	if err := json.Unmarshal(doc["Statement"], &statements); err == nil {
		ordered := make([]json.RawMessage, len(statements))
		for i, s := range statements {
			ordered[i] = orderedObject(s)
		}
		if doc["Statement"], err = json.Marshal(ordered); err != nil {
			return "", err
		}
	}
	out := orderedObject(doc)
	if !indent {
		return string(out), nil
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, out, "", "  "); err != nil {
		return "", err
	}
	return pretty.String(), nil
}

// orderedObject writes the keys of policyKeys in their order, then all others sorted.
func orderedObject(m map[string]json.RawMessage) json.RawMessage {
	keys := sortedKeys(m)
	slices.SortStableFunc(keys, func(a, b string) int {
		x, y := slices.Index(policyKeys, a), slices.Index(policyKeys, b)
		if x < 0 || y < 0 {
			return y - x
		}
		return x - y
	})
	var out bytes.Buffer
	out.WriteByte('{')
	for i, k := range keys {
		name, err := json.Marshal(k)
		if err != nil {
			continue // text always marshals
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(m[k])
	}
	out.WriteByte('}')
	return out.Bytes()
}
