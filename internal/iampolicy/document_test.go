package iampolicy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/iampolicy"
)

// parse reads a document that must be valid.
func parse(t testing.TB, source string) iampolicy.Document {
	t.Helper()
	doc, err := iampolicy.Parse([]byte(source))
	if err != nil {
		t.Fatalf("Parse: %v\n%s", err, source)
	}
	return doc
}

// statements wraps statements into a document.
func statements(t testing.TB, list ...string) iampolicy.Document {
	t.Helper()
	return parse(t, `{"Version":"2012-10-17","Statement":[`+strings.Join(list, ",")+`]}`)
}

func TestParse(t *testing.T) {
	t.Parallel()
	got := parse(t, `{
		"Version": "2012-10-17", "Id": "p",
		"Statement": {
			"Sid": "One", "Effect": "Deny",
			"Principal": {"AWS": ["123456789012", "*"], "Service": "ec2.amazonaws.com"},
			"NotAction": "s3:Get*",
			"Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
			"Condition": {
				"forAnyValue:stringlikeIfExists": {"aws:PrincipalOrgPaths": "o-1/*"},
				"Bool": {"aws:SecureTransport": false},
				"NumericLessThan": {"s3:TlsVersion": [1.2]},
				"Surprise": {"a:b": ["c"]}
			}
		}
	}`)
	want := iampolicy.Document{
		Version: "2012-10-17", ID: "p",
		Statements: []iampolicy.Statement{{
			SID: "One", Effect: iampolicy.Deny,
			Principal: iampolicy.Principals{Present: true, Values: []iampolicy.Principal{
				{Type: iampolicy.PrincipalAWS, ID: lit("123456789012")},
				{Type: iampolicy.PrincipalAWS, ID: lit("*")},
				{Type: iampolicy.PrincipalService, ID: lit("ec2.amazonaws.com")},
			}},
			Action:   iampolicy.Patterns{Present: true, Not: true, Values: []iampolicy.Str{lit("s3:Get*")}},
			Resource: iampolicy.Patterns{Present: true, Values: []iampolicy.Str{lit("arn:aws:s3:::b"), lit("arn:aws:s3:::b/*")}},
			Conditions: []iampolicy.Condition{
				{Operator: "StringLike", Set: "ForAnyValue", IfExists: true, Key: lit("aws:PrincipalOrgPaths"), Values: []iampolicy.Str{lit("o-1/*")}},
				{Operator: "Bool", Key: lit("aws:SecureTransport"), Values: []iampolicy.Str{lit("false")}},
				{Operator: "NumericLessThan", Key: lit("s3:TlsVersion"), Values: []iampolicy.Str{lit("1.2")}},
				{Operator: "Surprise", Key: lit("a:b"), Values: []iampolicy.Str{lit("c")}},
			},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parse (-want +got):\n%s", diff)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ source, want string }{
		{``, "line 1, column 1: unexpected EOF"},
		{"{\n  \"Statement\": [\n    {\"Effect\" \"Allow\"}", "line 3"},
		{`{"Statement": []} x`, "text after the end"},
		{`{"Statement": [], "Statement": []}`, `the name "Statement" is repeated`},
		{`// a comment` + "\n{}", "line 1"},
		{`[]`, "it is a list, not an object"},
		{`{}`, "element Statement is missing"},
		{`{"Version": "2020-01-01", "Statement": []}`, `Version: "2020-01-01" is not a policy version`},
		{`{"Statment": []}`, "Statment: no such element"},
		{`{"Statement": "x"}`, "Statement: it is a string, neither an object nor a list"},
		{`{"Statement": [{"Effect":"Allow","Action":"*"}, 1]}`, "Statement[1]: it is a number, not an object"},
		{`{"Statement": [{"Action":"*"}]}`, "Statement[0]: element Effect is missing"},
		{`{"Statement": [{"Effect":"allow","Action":"*"}]}`, `Statement[0].Effect: "allow" is not an effect`},
		{`{"Statement": [{"Effect":"Allow"}]}`, "Statement[0]: element Action is missing"},
		{`{"Statement": [{"Effect":"Allow","Action":"*","NotAction":"*"}]}`, "Statement[0].NotAction: the element is there twice"},
		{`{"Statement": [{"Effect":"Allow","Action":["*",{}]}]}`, "Statement[0].Action[1]: it is an object, not a string"},
		{`{"Statement": [{"Effect":"Allow","Action":"*","Principal":"bob"}]}`, `Statement[0].Principal: "bob" is not "*"`},
		{`{"Statement": [{"Effect":"Allow","Action":"*","Principal":{"Aws1":"*"}}]}`, "Statement[0].Principal.Aws1: no such type of principal"},
		{`{"Statement": [{"Effect":"Allow","Action":"*","Principal":[]}]}`, "Statement[0].Principal: it is a list"},
		{`{"Statement": [{"Effect":"Allow","Action":"*","Condition":{"Bool":"x"}}]}`, "Statement[0].Condition.Bool: it is a string, not an object"},
		{
			`{"Statement": [{"Effect":"Allow","Action":"*","Condition":{"Bool":{"a:b":[{}]}}}]}`,
			"Statement[0].Condition.Bool.a:b[0]: it is an object, not a string",
		},
		{`{"Statement": [{"Effect":"Allow","Action":"*","Extra":1}]}`, "Statement[0].Extra: no such element"},
		{strings.Repeat("[", 100), "more than 16 levels of nesting"},
		{`{"Statement": [], "Id": "` + strings.Repeat("x", 3000) + `"}`, "Id: the string has 3000 bytes"},
		{`{"Statement":{"Effect":"Allow","Action":["a"` + strings.Repeat(`,"a"`, 10_000) + `]}}`, "has more than 10000 strings"},
		{strings.Repeat(" ", 1<<20) + "{}", "policy document has 1048578 bytes"},
	} {
		_, err := iampolicy.Parse([]byte(c.source))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%.80s)\n got %v\nwant %s", c.source, err, c.want)
		}
	}
}

// TestFromNodeUnknown reads trees as Terraform gives them before the plan is applied.
func TestFromNodeUnknown(t *testing.T) {
	t.Parallel()
	text := func(s string) iampolicy.Node { return iampolicy.String(lit(s)) }
	member := func(name string, value iampolicy.Node) iampolicy.Member {
		return iampolicy.Member{Name: lit(name), Value: value}
	}
	var unknown iampolicy.Node
	allow := member("Effect", text("Allow"))
	present := iampolicy.Patterns{Present: true, Values: []iampolicy.Str{lit("*")}}
	for _, c := range []struct {
		name string
		node iampolicy.Node
		want iampolicy.Document
	}{
		{"nothing", unknown, iampolicy.Document{Unknown: true}},
		{"statements", iampolicy.Object(member("Statement", unknown)), iampolicy.Document{Unknown: true}},
		{
			"one statement", iampolicy.Object(member("Statement", iampolicy.List(unknown))),
			iampolicy.Document{Unknown: true},
		},
		{
			"elements",
			iampolicy.Object(member("Statement", iampolicy.List(iampolicy.Object(
				member("Effect", unknown), member("Action", unknown), member("Resource", iampolicy.List(unknown, iampolicy.String(bucketRef()))),
				member("Principal", unknown), member("Condition", unknown),
			)))),
			iampolicy.Document{Statements: []iampolicy.Statement{{
				Action:         iampolicy.Patterns{Present: true, Values: []iampolicy.Str{iampolicy.Hole()}, More: true},
				Resource:       iampolicy.Patterns{Present: true, Values: []iampolicy.Str{iampolicy.Hole(), bucketRef()}},
				Principal:      iampolicy.Principals{Present: true, More: true},
				MoreConditions: true,
			}}},
		},
		{
			"open containers",
			iampolicy.Object(member("Statement", iampolicy.Node{Kind: iampolicy.NodeList, More: true, Items: []iampolicy.Node{
				{Kind: iampolicy.NodeObject, More: true, Members: []iampolicy.Member{allow, member("Action", text("*"))}},
			}})),
			iampolicy.Document{Unknown: true, Statements: []iampolicy.Statement{{
				Effect: iampolicy.Allow, Action: present, Resource: iampolicy.Patterns{Present: true, More: true},
				Principal: iampolicy.Principals{Present: true, More: true}, MoreConditions: true,
			}}},
		},
		{
			"condition key with a reference",
			iampolicy.Object(member("Statement", iampolicy.Object(allow, member("Action", text("*")), member("Condition",
				iampolicy.Object(member("StringEquals", iampolicy.Object(iampolicy.Member{
					Name:  join(iampolicy.Ref("aws_iam_openid_connect_provider.eks.url", ""), ":sub"),
					Value: iampolicy.List(text("x"), unknown),
				})), member("Bool", unknown)))))),
			iampolicy.Document{Statements: []iampolicy.Statement{{
				Effect: iampolicy.Allow, Action: present, MoreConditions: true,
				Conditions: []iampolicy.Condition{{
					Operator: "StringEquals", Key: join(iampolicy.Ref("aws_iam_openid_connect_provider.eks.url", ""), ":sub"),
					Values: []iampolicy.Str{lit("x"), iampolicy.Hole()},
				}},
			}}},
		},
	} {
		got, err := iampolicy.FromNode(c.node)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
