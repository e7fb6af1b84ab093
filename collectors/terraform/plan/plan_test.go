package plan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/plan"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

const fixtures = "../../../fixtures/plans"

// read reads a plan and fails the test on an error.
func read(t *testing.T, text string) *plan.Plan {
	t.Helper()
	p, err := plan.Read(strings.NewReader(text), plan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func readFile(t *testing.T, name string) *plan.Plan {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(fixtures, name))
	if err != nil {
		t.Fatal(err)
	}
	return read(t, string(data))
}

func find(t *testing.T, p *plan.Plan, address string) *resource.Instance {
	t.Helper()
	for _, i := range p.Instances {
		if i.Address == address {
			return i
		}
	}
	t.Fatalf("no instance %s", address)
	return nil
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"empty":          {"", "the file is empty"},
		"blank":          {" \n", "the file is empty"},
		"binary":         {"PK\x03\x04rest", "this is a binary plan; convert it: terraform show -json FILE > plan.json"},
		"UTF-16":         {"\xff\xfe{\x00", "UTF-16"},
		"HCL":            {`resource "a" "b" {}`, "this is not a Terraform plan: it is not a JSON object"},
		"list":           {`[]`, "it is not a JSON object"},
		"any JSON":       {`{"a": 1}`, "it has no format_version"},
		"state file":     {`{"version":4,"terraform_version":"1.9.0","serial":1,"lineage":"x","resources":[]}`, "it is a Terraform state file"},
		"no resources":   {`{"format_version":"1.2"}`, "neither planned_values nor resource_changes"},
		"newer":          {`{"format_version":"2.0","resource_changes":[]}`, "the plan has format 2.0, and this program reads formats 1.0 to 1.2"},
		"no version":     {`{"format_version":"new","resource_changes":[]}`, `"new" is not a version`},
		"truncated":      {`{"format_version":"1.2","resource_changes":[{"address":"a.b"`, "ends too early, in what begins at byte 44"},
		"broken":         {`{"format_version":"1.2","resource_changes":[}`, "the JSON is not valid"},
		"wrong shape":    {`{"format_version":"1.2","resource_changes":{}}`, "a JSON array is expected at byte"},
		"wrong type":     {`{"format_version":"1.2","resource_changes":[{"address":1}]}`, `"address" is a JSON number`},
		"two plans":      {`{"format_version":"1.2","resource_changes":[]}{}`, "followed by something else at byte"},
		"too much":       {`{"format_version":"1.2","resource_changes":[]` + strings.Repeat(" ", 2<<20) + `}`, "larger than the limit of 1 MiB"},
		"nested forever": {`{"format_version":"1.2","x":1,"resource_changes":[{"index":` + strings.Repeat("[", 20000), "exceeded max depth"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := plan.Read(strings.NewReader(test.text), plan.Options{MaxBytes: 1 << 20})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	newest := readFile(t, "hospital-small.json")
	for _, name := range []string{"hospital-small-1.0.json", "hospital-small-1.1.json"} {
		if diff := cmp.Diff(summary(newest), summary(readFile(t, name))); diff != "" {
			t.Errorf("%s differs from format 1.2:\n%s", name, diff)
		}
	}
	newer := read(t, `{"format_version":"1.7","news":{},"resource_changes":[]}`)
	want := []string{
		"the plan has format 1.7, which is newer than 1.2; members that are new in it are ignored",
		"the plan holds no configuration: what refers to what is not known",
	}
	if diff := cmp.Diff(want, newer.Warnings); diff != "" {
		t.Error(diff)
	}
	if bom := read(t, "\xef\xbb\xbf"+`{"format_version":"1.2","resource_changes":[],"configuration":{}}`); len(bom.Warnings) > 0 {
		t.Errorf("unexpected warnings %q", bom.Warnings)
	}
}

// summary is each instance with its action.
func summary(p *plan.Plan) []string {
	out := make([]string, 0, len(p.Instances))
	for _, i := range p.Instances {
		out = append(out, i.Change+" "+i.Address)
	}
	return out
}

func TestHospital(t *testing.T) {
	t.Parallel()
	p := readFile(t, "hospital-small.json")
	want := []string{
		"create aws_ebs_volume.scratch[0]", "no-op aws_ebs_volume.scratch[1]", `update aws_s3_bucket.ward["cardiology"]`,
		`create aws_s3_bucket.ward["oncology"]`, `no-op aws_s3_bucket_public_access_block.ward["cardiology"]`,
		`create aws_s3_bucket_public_access_block.ward["oncology"]`, "replace aws_security_group.database", "create aws_ssm_parameter.integration_key",
		"update module.records.aws_db_instance.records", "no-op module.records.aws_kms_key.records", "create module.records.aws_s3_bucket.exports",
		"create module.records.aws_s3_bucket_policy.exports", "read module.records.data.aws_iam_policy_document.exports",
	}
	if diff := cmp.Diff(want, summary(p)); diff != "" {
		t.Errorf("instances:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Spring-2026-records!", "Winter-2025-records!"}, p.Sensitive); diff != "" {
		t.Errorf("sensitive:\n%s", diff)
	}
	bucket := find(t, p, `aws_s3_bucket.ward["oncology"]`)
	if bucket.Resource != "aws_s3_bucket.ward" || bucket.Module != "" || bucket.Key.AsString() != "oncology" || bucket.Method != "terraform:plan" {
		t.Errorf("bucket is %+v", bucket)
	}
	if region := bucket.Provider.Config.Attr("region").Value; !region.RawEquals(cty.StringVal("eu-west-1")) {
		t.Errorf("region is %#v", region)
	}
	if a := bucket.Body.Attr("arn"); a.Set {
		t.Errorf("arn is computed and not written, but it is %+v", a)
	}
	block := find(t, p, `aws_s3_bucket_public_access_block.ward["oncology"]`).Body.Attr("bucket")
	if diff := cmp.Diff([]resource.Ref{{Address: `aws_s3_bucket.ward["oncology"]`, Attr: "id"}}, block.Refs); diff != "" {
		t.Errorf("references of each.value:\n%s", diff)
	}
	if diff := cmp.Diff(&evidence.Unknown{Reason: evidence.Computed, Detail: `aws_s3_bucket.ward["oncology"].id is known after apply`}, block.Unknown); diff != "" {
		t.Error(diff)
	}
	groups := find(t, p, "module.records.aws_db_instance.records").Body.Attr("vpc_security_group_ids")
	if diff := cmp.Diff([]resource.Ref{{Address: "aws_security_group.database", Attr: "id"}}, groups.Refs); diff != "" {
		t.Errorf("references through a module's variable:\n%s", diff)
	}
	if password := find(t, p, "module.records.aws_db_instance.records").Body.Attr("password"); !password.Sensitive {
		t.Error("the password is not sensitive")
	}
	ingress, _ := find(t, p, "aws_security_group.database").Body.Blocks("ingress")
	if len(ingress) != 1 || !ingress[0].Attr("from_port").Value.RawEquals(cty.NumberIntVal(5432)) {
		t.Errorf("ingress is %+v", ingress)
	}
}

// document wraps resource changes and a configuration's root module into a plan.
func document(changes, rootModule string) string {
	return fmt.Sprintf(`{"format_version":"1.2","resource_changes":[%s],"configuration":{"root_module":%s}}`, changes, rootModule)
}

// creation is a resource change that creates something with one unknown argument.
func creation(address, module, typ, name, index, argument string) string {
	if index != "" {
		index = `"index":` + index + `,`
	}
	return fmt.Sprintf(`{"address":%q,"module_address":%q,"mode":"managed","type":%q,"name":%q,%s
		"change":{"actions":["create"],"before":null,"after":{},"after_unknown":{"id":true,%q:true},"after_sensitive":{}}}`,
		address, module, typ, name, index, argument)
}

func TestReferences(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		changes []string
		root    string
		address string
		want    []resource.Ref
	}{
		"own key of each.key": {
			[]string{
				creation(`aws_a.a["x"]`, "", "aws_a", "a", `"x"`, "n"), creation(`aws_a.a["y"]`, "", "aws_a", "a", `"y"`, "n"),
				creation(`aws_b.b["x"]`, "", "aws_b", "b", `"x"`, "a"),
			},
			`{"resources":[{"type":"aws_a","name":"a","expressions":{},"for_each_expression":{}},
			  {"type":"aws_b","name":"b","expressions":{"a":{"references":["aws_a.a","each.key"]}},"for_each_expression":{}}]}`,
			`aws_b.b["x"]`,
			[]resource.Ref{{Address: `aws_a.a["x"]`}},
		},
		"splat over count": {
			[]string{creation("aws_b.b", "", "aws_b", "b", "", "a"), creation("aws_a.a[0]", "", "aws_a", "a", "0", "n")},
			`{"resources":[{"type":"aws_b","name":"b","expressions":{"a":{"references":["aws_a.a"]}}}]}`,
			"aws_b.b",
			[]resource.Ref{{Address: "aws_a.a"}},
		},
		"explicit key": {
			[]string{creation("aws_b.b", "", "aws_b", "b", "", "a")},
			`{"resources":[{"type":"aws_b","name":"b","expressions":{"a":{"references":["aws_a.a[\"k.l\"].arn","aws_a.a[\"k.l\"]","aws_a.a"]}}}]}`,
			"aws_b.b",
			[]resource.Ref{{Address: `aws_a.a["k.l"]`, Attr: "arn"}},
		},
		"whole module with for_each": {
			[]string{
				creation("aws_b.b", "", "aws_b", "b", "", "a"),
				creation(`module.m["p"].aws_a.a`, `module.m["p"]`, "aws_a", "a", "", "n"),
				creation(`module.m["q"].aws_a.a`, `module.m["q"]`, "aws_a", "a", "", "n"),
			},
			`{"resources":[{"type":"aws_b","name":"b","expressions":{"a":{"references":["module.m"]}}},
			               {"type":"aws_b","name":"c","expressions":{}}],
			  "module_calls":{"m":{"for_each_expression":{},"module":{"resources":[{"type":"aws_a","name":"a","expressions":{}}],
			    "outputs":{"id":{"expression":{"references":["aws_a.a.id","aws_a.a"]}}}}}}}`,
			"aws_b.b",
			nil, // the plan does not say which output of the module is meant
		},
		"output of one instance of a module": {
			[]string{
				creation("aws_b.b", "", "aws_b", "b", "", "a"),
				creation(`module.m["p"].aws_a.a`, `module.m["p"]`, "aws_a", "a", "", "n"),
			},
			`{"resources":[{"type":"aws_b","name":"b","expressions":{"a":{"references":["module.m[\"p\"].id","module.m[\"p\"]","module.m"]}}}],
			  "module_calls":{"m":{"for_each_expression":{},"module":{"outputs":{"id":{"expression":{"references":["aws_a.a.id","aws_a.a"]}}}}}}}`,
			"aws_b.b",
			[]resource.Ref{{Address: `module.m["p"].aws_a.a`, Attr: "id"}},
		},
		"variable of a module whose call has for_each": {
			[]string{
				creation(`aws_a.a["p"]`, "", "aws_a", "a", `"p"`, "n"),
				creation(`module.m["p"].aws_b.b`, `module.m["p"]`, "aws_b", "b", "", "a"),
			},
			`{"resources":[{"type":"aws_a","name":"a","expressions":{},"for_each_expression":{}}],
			  "module_calls":{"m":{"for_each_expression":{"references":["aws_a.a"]},"expressions":{"in":{"references":["each.value.id","each.value"]}},
			    "module":{"variables":{"in":{}},"resources":[{"type":"aws_b","name":"b","expressions":{"a":{"references":["var.in"]}}}]}}}}`,
			`module.m["p"].aws_b.b`,
			[]resource.Ref{{Address: `aws_a.a["p"]`, Attr: "id"}},
		},
		"data source and cycle": {
			[]string{creation("aws_b.b", "", "aws_b", "b", "", "a")},
			`{"resources":[{"type":"aws_b","name":"b","expressions":{"a":{"references":["data.aws_d.d.json","data.aws_d.d","module.m.o","module.m"]}}}],
			  "module_calls":{"m":{"expressions":{"i":{"references":["module.m.o"]}},
			    "module":{"variables":{"i":{}},"outputs":{"o":{"expression":{"references":["var.i"]}}}}}}}`,
			"aws_b.b",
			[]resource.Ref{{Address: "data.aws_d.d", Attr: "json"}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := read(t, document(strings.Join(test.changes, ","), test.root))
			a := find(t, p, test.address).Body.Attr("a")
			if diff := cmp.Diff(test.want, a.Refs); diff != "" {
				t.Error(diff)
			}
			if a.Unknown == nil || a.Unknown.Reason != evidence.Computed {
				t.Errorf("the argument is %+v, want it to be computed", a)
			}
		})
	}
}

func TestBody(t *testing.T) {
	t.Parallel()
	const changes = `{"address":"aws_x.x","type":"aws_x","name":"x","provider_name":"registry.terraform.io/hashicorp/aws","previous_address":"aws_x.old",
	  "change":{"actions":["delete","create"],"before":{"id":"gone"},
	   "after":{"written":"","unwritten":"","null":null,"default":0,"rule":[{"port":null,"cidrs":["10.0.0.0/8",null]}],"huge":1e400,"tags":{"a":"b"}},
	   "after_unknown":{"computed":true,"asked":true,"blocks":true,"maybe":true,"rule":[{"port":true,"cidrs":[false,true],"hidden":true}]},
	   "after_sensitive":{"tags":{"a":true},"maybe":[],"blocks":[]}}},
	  {"address":"aws_x.gone","type":"aws_x","name":"gone","change":{"actions":["delete"],"before":{"id":"y"},"after":null}},
	  {"address":"aws_x.x","type":"aws_x","name":"x","deposed":"00","change":{"actions":["create"],"before":null,"after":{}}}`
	const conf = `{"resources":[{"type":"aws_x","name":"x","expressions":{"written":{"constant_value":""},"asked":{"references":["var.v"]},
	  "rule":[{"port":{"references":["aws_y.y.port","aws_y.y"]},"cidrs":{}}],"blocks":[{}],"huge":{}}}],"variables":{"v":{}}}`
	p := read(t, document(changes, conf))
	if diff := cmp.Diff([]string{"replace aws_x.x"}, summary(p)); diff != "" {
		t.Fatal(diff)
	}
	x := p.Instances[0]
	if diff := cmp.Diff([]string{"aws_x.old"}, x.MovedFrom); diff != "" {
		t.Error(diff)
	}
	got := map[string]string{}
	for name, a := range x.Body.Attributes {
		got[name] = describe(a)
	}
	want := map[string]string{
		"written": `""`, "default": "0", "asked": "computed", "rule": "computed", "huge": "parse_error", "tags": `sensitive`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("attributes:\n%s", diff)
	}
	nested := make([]string, 0, len(x.Body.UnknownNested))
	for name, u := range x.Body.UnknownNested {
		nested = append(nested, name+" "+string(u.Reason))
	}
	if len(nested) != 2 || x.Body.UnknownNested["maybe"] == nil || x.Body.UnknownNested["blocks"] == nil {
		t.Errorf("blocks that may exist: %q", nested)
	}
	rules, _ := x.Body.Blocks("rule")
	if len(rules) != 1 {
		t.Fatalf("rules are %v", rules)
	}
	rule := map[string]string{}
	for name, a := range rules[0].Attributes {
		rule[name] = describe(a)
	}
	if diff := cmp.Diff(map[string]string{"port": "computed", "cidrs": "computed"}, rule); diff != "" {
		t.Errorf("rule:\n%s", diff)
	}
	if diff := cmp.Diff([]resource.Ref{{Address: "aws_y.y", Attr: "port"}}, x.Body.Attr("rule").Refs); diff != "" {
		t.Errorf("references in blocks:\n%s", diff)
	}
}

func describe(a resource.Attribute) string {
	switch {
	case a.Sensitive:
		return "sensitive"
	case a.Unknown != nil:
		return string(a.Unknown.Reason)
	case a.Value.Type() == cty.String:
		return fmt.Sprintf("%q", a.Value.AsString())
	case a.Value.Type() == cty.Number:
		return a.Value.AsBigFloat().String()
	}
	return a.Value.GoString()
}

// TestMirror holds that a list which only repeats other resources is not believed where those change: the rule that the plan
// deletes is still in the group's state.
func TestMirror(t *testing.T) {
	t.Parallel()
	const group = `{"address":"aws_security_group.g","type":"aws_security_group","name":"g","change":{"actions":["no-op"],
	  "after":{"id":"sg-1","ingress":[{"cidr_blocks":["0.0.0.0/0"]}]},"after_unknown":{},"after_sensitive":{}}}`
	const rule = `,{"address":"aws_security_group_rule.r","type":"aws_security_group_rule","name":"r","change":{"actions":["delete"],
	  "before":{"security_group_id":"sg-1"},"after":null}}`
	const conf = `{"resources":[{"type":"aws_security_group","name":"g","expressions":{}}]}`
	if rules, _ := read(t, document(group, conf)).Instances[0].Body.Blocks("ingress"); len(rules) != 1 {
		t.Errorf("without a change of rules the group has %d rules, want 1", len(rules))
	}
	if rules, _ := read(t, document(group+rule, conf)).Instances[0].Body.Blocks("ingress"); len(rules) != 0 {
		t.Errorf("the deleted rule is still there: %+v", rules)
	}
}

func TestDataSources(t *testing.T) {
	t.Parallel()
	p := read(t, `{"format_version":"1.2","resource_changes":[],"prior_state":{"values":{"root_module":{"resources":[
	   {"address":"data.aws_caller_identity.me","mode":"data","type":"aws_caller_identity","name":"me","values":{"account_id":"111122223333"}},
	   {"address":"data.aws_region.gone","mode":"data","type":"aws_region","name":"gone","values":{"name":"x"}},
	   {"address":"aws_x.x","mode":"managed","type":"aws_x","name":"x","values":{"secret":"s3cr3t-value"},"sensitive_values":{"secret":true}}],
	  "child_modules":[{"address":"module.m","resources":[
	   {"address":"module.m.data.aws_region.here[0]","mode":"data","type":"aws_region","name":"here","index":0,"values":{"name":"eu-west-1"}}]}]}}},
	 "configuration":{"root_module":{"resources":[{"mode":"data","type":"aws_caller_identity","name":"me"}],
	  "module_calls":{"m":{"module":{"resources":[{"mode":"data","type":"aws_region","name":"here"}]}}}}}}`)
	if diff := cmp.Diff([]string{"read data.aws_caller_identity.me", "read module.m.data.aws_region.here[0]"}, summary(p)); diff != "" {
		t.Error(diff)
	}
	me := find(t, p, "data.aws_caller_identity.me")
	if me.Mode != resource.Data || !me.Body.Attr("account_id").Value.RawEquals(cty.StringVal("111122223333")) {
		t.Errorf("got %+v", me)
	}
	if diff := cmp.Diff([]string{"s3cr3t-value"}, p.Sensitive); diff != "" {
		t.Error(diff)
	}
}

func TestProviders(t *testing.T) {
	t.Parallel()
	text := fmt.Sprintf(`{"format_version":"1.2","variables":{"r":{"value":"eu-central-1"},"n":{"value":"x"}},
	 "resource_changes":[%s,%s],"configuration":{"provider_config":{
	  "aws":{"name":"aws","expressions":{"region":{"references":["var.r"]},"profile":{"references":["var.n"]}}},
	  "module.m:aws.dr":{"name":"aws","alias":"dr","module_address":"module.m","expressions":{"region":{"constant_value":"eu-west-3"}}}},
	 "root_module":{"variables":{"r":{},"n":{"default":"x"}},"resources":[{"type":"aws_x","name":"x","provider_config_key":"aws"}],
	  "module_calls":{"m":{"module":{"resources":[{"type":"aws_x","name":"y","provider_config_key":"module.m:aws.dr"}]}}}}}}`,
		creation("aws_x.x", "", "aws_x", "x", "", "a"), creation("module.m.aws_x.y", "module.m", "aws_x", "y", "", "a"))
	p := read(t, text)
	x, y := find(t, p, "aws_x.x").Provider, find(t, p, "module.m.aws_x.y").Provider
	if region := x.Config.Attr("region").Value; !region.RawEquals(cty.StringVal("eu-central-1")) || x.Alias != "" {
		t.Errorf("x has %+v", x)
	}
	if profile := x.Config.Attr("profile"); profile.Unknown == nil || profile.Unknown.Reason != evidence.Unresolved {
		t.Errorf("the profile is %+v, but the plan does not print the expression", profile)
	}
	if region := y.Config.Attr("region").Value; !region.RawEquals(cty.StringVal("eu-west-3")) || y.Alias != "dr" {
		t.Errorf("y has %+v", y)
	}
	if diff := cmp.Diff([]string{"r=eu-central-1"}, p.Variables); diff != "" {
		t.Errorf("variables that differ from their defaults:\n%s", diff)
	}
}

func TestIncomplete(t *testing.T) {
	t.Parallel()
	p := read(t, `{"format_version":"1.2","resource_changes":[],"complete":false,"errored":true,
	 "deferred_changes":[{"reason":"provider_config_unknown","resource_change":{"address":"aws_x.x"}}]}`)
	want := []string{
		"aws_x.x is deferred (provider_config_unknown)", "planning ended with errors",
		"the plan is not complete: it was limited to targets, or changes are deferred",
	}
	if diff := cmp.Diff(want, p.Incomplete); diff != "" {
		t.Error(diff)
	}
}

func TestLiterals(t *testing.T) {
	t.Parallel()
	p := read(t, document("", `{"variables":{"v":{"default":{"k":"one"}}},
	 "resources":[{"type":"aws_x","name":"x","expressions":{"a":{"constant_value":"two"},"b":[{"c":{"constant_value":["three"]}}]}}],
	 "module_calls":{"m":{"expressions":{"in":{"constant_value":"four"}},"module":{"variables":{"in":{"default":"five"}}}}}}`))
	want := []plan.Literal{
		{Text: "one", Path: "var.v.default.k"},
		{Text: "two", Path: "aws_x.x.a"},
		{Text: "three", Path: "aws_x.x.b.c"},
		{Text: "four", Path: "module.m.in"},
		{Text: "five", Path: "module.m.var.in.default"},
	}
	if diff := cmp.Diff(want, p.Literals); diff != "" {
		t.Error(diff)
	}
}

func TestSniff(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"PK\x03\x04": true, `{"format_version":"1.2","terraform_version":"1.11.4","variables":{}`: true,
		`{"format_version":"1.2","terraform_version":"1.11.4","resource_changes":[`: true,
		`{"format_version":"1.0","terraform_version":"1.11.4","values":{`:           true,
		`{"version":4,"terraform_version":"1.11.4","serial":3`:                      false, `{"name":"x"}`: false, "": false,
	}
	for head, want := range tests {
		if got := plan.Sniff([]byte(head)); got != want {
			t.Errorf("%q: got %v, want %v", head, got, want)
		}
	}
}

// TestState reads what terraform show -json prints of a state: what was applied, with the ARNs by which the live resources are known.
func TestState(t *testing.T) {
	t.Parallel()
	p := read(t, `{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{
	 "resources":[{"address":"aws_s3_bucket.b","mode":"managed","type":"aws_s3_bucket","name":"b","provider_name":"registry.terraform.io/hashicorp/aws",
	   "values":{"arn":"arn:aws:s3:::b","bucket":"b","secret":"s3cr3t-value"},"sensitive_values":{"secret":true}}],
	 "child_modules":[{"address":"module.m","resources":[
	   {"address":"module.m.aws_kms_key.k[\"eu\"]","mode":"managed","type":"aws_kms_key","name":"k","index":"eu","values":{"arn":"arn:aws:kms:eu-west-1:1:key/k"}}]}]}}}`)
	if !p.State || len(p.Warnings) > 0 {
		t.Errorf("state %v, warnings %q; want a state without warnings", p.State, p.Warnings)
	}
	got := map[string]string{}
	for _, i := range p.Instances {
		got[i.Address] = i.ARN + " " + i.Method
	}
	want := map[string]string{
		"aws_s3_bucket.b":              "arn:aws:s3:::b terraform:state",
		`module.m.aws_kms_key.k["eu"]`: "arn:aws:kms:eu-west-1:1:key/k terraform:state",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"s3cr3t-value"}, p.Sensitive); diff != "" {
		t.Error(diff)
	}
}
