package iampolicy_test

import (
	"strings"
	"testing"

	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/tri"
)

// bucketStatement is an Allow of s3:GetObject to everyone, with a condition block if there is one.
func bucketStatement(condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"` + condition + `}`
}

func TestPublicConditions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		condition string
		want      tri.Value
	}{
		{``, tri.True},
		{`{}`, tri.True},
		{`{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`, tri.False},
		{`{"StringLike":{"aws:SourceVpc":"vpc-*"}}`, tri.True},
		{`{"StringLike":{"aws:SourceVpc":"vpc-9*"}}`, tri.Unknown},
		{`{"stringequals":{"AWS:SourceVpce":["vpce-1","vpce-2"]}}`, tri.False},
		{`{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}`, tri.True},
		{`{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`, tri.True},
		{`{"ForAllValues:StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, tri.True},
		{`{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-1/r-1/ou-1/"}}`, tri.False},
		{`{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, tri.False},
		{`{"StringLike":{"aws:PrincipalOrgID":"*"}}`, tri.True},
		{`{"Null":{"aws:PrincipalOrgID":"false"}}`, tri.True},
		{`{"StringEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}}`, tri.False},
		{`{"StringEquals":{"aws:SourceAccount":"123456789012"}}`, tri.False},
		{`{"ArnLike":{"aws:SourceArn":"arn:aws:cloudfront::123456789012:distribution/*"}}`, tri.False},
		{`{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::uploads"}}`, tri.False},
		{`{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}}`, tri.True},
		{`{"ArnLike":{"aws:SourceArn":"*"}}`, tri.True},
		{`{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/admin"}}`, tri.Unknown},
		{`{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:eu-west-1:123456789012:accesspoint/*"}}`, tri.False},
		{`{"StringEquals":{"s3:DataAccessPointAccount":"123456789012"}}`, tri.False},
		{`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, tri.False},
		{`{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","0.0.0.0/0"]}}`, tri.True},
		{`{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}`, tri.True},
		{`{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`, tri.False},
		{`{"IpAddress":{"aws:SourceIp":"::/0"}}`, tri.True},
		{`{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}`, tri.False},
		{`{"IpAddress":{"aws:SourceIp":"198.51.100.7"}}`, tri.False},
		{`{"NotIpAddress":{"aws:SourceIp":"198.51.100.7/32"}}`, tri.True},
		{`{"Bool":{"aws:SecureTransport":"true"}}`, tri.True},
		{`{"StringLike":{"aws:Referer":"https://example.org/*"}}`, tri.True},
		{`{"Bool":{"aws:SecureTransport":"true"},"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, tri.False},
		{`{"StringEquals":{"custom:key":"x"}}`, tri.Unknown},
		{`{"StringEqual":{"aws:SourceVpc":"vpc-1"}}`, tri.Unknown}, // not an operator of AWS
		{`{"StringEquals":{"aws:userid":"AIDAEXAMPLE"}}`, tri.False},
	} {
		if got := iampolicy.Public(statements(t, bucketStatement(c.condition))); got.Verdict != c.want {
			t.Errorf("%s: %v, want %v (%v)", c.condition, got.Verdict, c.want, got.Reasons)
		}
	}
}

func TestPublicPrincipalsAndDenies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		policy []string
		want   tri.Value
		reason string
	}{
		{"no statement", nil, tri.False, "no statement allows anything to everyone"},
		{
			"account",
			[]string{`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"s3:*","Resource":"*"}`},
			tri.False, "no statement",
		},
		{
			"everyone in a list",
			[]string{`{"Sid":"Web","Effect":"Allow","Principal":{"AWS":["123456789012","*"]},"Action":"s3:GetObject","Resource":"*"}`},
			tri.True, "statement 1 (Web): allows s3:GetObject to everyone without a condition",
		},
		{
			"service",
			[]string{`{"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject","Resource":"*"}`},
			tri.False, "no statement",
		},
		{
			"open identity provider",
			[]string{`{"Effect":"Allow","Principal":{"Federated":"graph.facebook.com"},"Action":"s3:PutObject","Resource":"*"}`},
			tri.True, "whoever signs in at graph.facebook.com",
		},
		{
			"everyone but one",
			[]string{`{"Effect":"Allow","NotPrincipal":{"AWS":"123456789012"},"Action":"s3:GetObject","Resource":"*"}`},
			tri.True, "everyone but 123456789012",
		},
		{
			"everyone but everyone",
			[]string{`{"Effect":"Allow","NotPrincipal":"*","Action":"s3:GetObject","Resource":"*"}`},
			tri.False, "no statement",
		},
		{"policy of an identity", []string{`{"Effect":"Allow","Action":"*","Resource":"*"}`}, tri.False, "no statement"},
		{
			"insecure transport denied",
			[]string{bucketStatement(""), `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`},
			tri.True, "statement 1: allows s3:GetObject",
		},
		{
			"all denied",
			[]string{bucketStatement(""), `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b*"}`},
			tri.False, "no statement",
		},
		{
			"other action denied",
			[]string{bucketStatement(""), `{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*"}`},
			tri.True, "statement 1",
		},
		{
			"part denied",
			[]string{bucketStatement(""), `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/secret/*"}`},
			tri.True, "statement 1",
		},
		{
			"denied outside the organisation",
			[]string{
				bucketStatement(""),
				`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}}`,
			},
			tri.False, "no statement",
		},
		{
			"denied outside a wide range",
			[]string{bucketStatement(""), `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"0.0.0.0/0"}}}`},
			tri.Unknown, "statement 1",
		},
		{
			"one network denied",
			[]string{bucketStatement(""), `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}}`},
			tri.True, "statement 1",
		},
		{
			"all but one principal denied",
			[]string{bucketStatement(""), `{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:role/app"},"Action":"s3:*","Resource":"*"}`},
			tri.False, "no statement",
		},
		{
			"default policy of a key that AWS manages",
			[]string{`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"123456789012","kms:ViaService":"sqs.eu-west-1.amazonaws.com"}}}`},
			tri.False, "no statement",
		},
		{
			"default policy of a topic",
			[]string{`{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["SNS:Publish"],"Resource":"*","Condition":{"StringEquals":{"AWS:SourceOwner":"123456789012"}}}`},
			tri.False, "no statement",
		},
	} {
		got := iampolicy.Public(statements(t, c.policy...))
		if got.Verdict != c.want || !strings.Contains(strings.Join(got.Reasons, "\n"), c.reason) {
			t.Errorf("%s: %v %q, want %v %q", c.name, got.Verdict, got.Reasons, c.want, c.reason)
		}
	}
}

// statement builds an Allow with parts that a plan does not know yet.
func allowing(principal iampolicy.Str, action string, resource iampolicy.Str) iampolicy.Statement {
	return iampolicy.Statement{
		Effect:    iampolicy.Allow,
		Principal: iampolicy.Principals{Present: true, Values: []iampolicy.Principal{{Type: iampolicy.PrincipalAWS, ID: principal}}},
		Action:    iampolicy.Patterns{Present: true, Values: []iampolicy.Str{lit(action)}},
		Resource:  iampolicy.Patterns{Present: true, Values: []iampolicy.Str{resource}},
	}
}

func TestPublicUnknown(t *testing.T) {
	t.Parallel()
	objects := join(bucketRef(), "/*")
	role := iampolicy.Ref("aws_iam_role.app.arn", "arn:*:iam::*:role/*")
	narrowed := allowing(lit("*"), "s3:GetObject", objects)
	narrowed.Conditions = []iampolicy.Condition{iampolicy.NewCondition("StringEquals", lit("aws:SourceVpce"), iampolicy.Ref("aws_vpc_endpoint.s3.id", ""))}
	perhaps := allowing(lit("*"), "s3:GetObject", objects)
	perhaps.MoreConditions = true
	for _, c := range []struct {
		name   string
		doc    iampolicy.Document
		want   tri.Value
		reason string
	}{
		{"nothing known", iampolicy.Document{Unknown: true}, tri.Unknown, "statements that are not known"},
		{"a role", iampolicy.Document{Statements: []iampolicy.Statement{allowing(role, "s3:*", objects)}}, tri.False, "no statement"},
		{"some principal", iampolicy.Document{Statements: []iampolicy.Statement{allowing(iampolicy.Hole(), "s3:*", objects)}}, tri.Unknown, "statement 1"},
		{"everyone", iampolicy.Document{Statements: []iampolicy.Statement{allowing(lit("*"), "s3:*", objects)}}, tri.True, "${aws_s3_bucket"},
		{"an endpoint", iampolicy.Document{Statements: []iampolicy.Statement{narrowed}}, tri.False, "no statement"},
		{"some condition", iampolicy.Document{Statements: []iampolicy.Statement{perhaps}}, tri.Unknown, "its conditions are not known"},
		{
			"perhaps a Deny",
			iampolicy.Document{Unknown: true, Statements: []iampolicy.Statement{allowing(lit("*"), "s3:*", objects)}},
			tri.Unknown, "statements that are not known",
		},
	} {
		got := iampolicy.Public(c.doc)
		if got.Verdict != c.want {
			t.Errorf("%s: %v %q, want %v", c.name, got.Verdict, got.Reasons, c.want)
		}
		if c.want != tri.True && !strings.Contains(strings.Join(got.Reasons, "\n"), c.reason) {
			t.Errorf("%s: reasons %q lack %q", c.name, got.Reasons, c.reason)
		}
	}
}

func TestAdminWildcard(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		policy []string
		want   tri.Value
		reason string
	}{
		{"everything", []string{`{"Effect":"Allow","Action":"*","Resource":"*"}`}, tri.True, "statement 1: allows * on * without a condition"},
		{"colon form", []string{`{"Effect":"Allow","Action":["x:y","*:*"],"Resource":["*"]}`}, tri.True, "allows *"},
		{"one service", []string{`{"Effect":"Allow","Action":"KMS:*","Resource":"*"}`}, tri.True, "allows kms:*"},
		{"other service", []string{`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`}, tri.False, "no statement"},
		{"one bucket", []string{`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`}, tri.False, "no statement"},
		{"reading", []string{`{"Effect":"Allow","Action":["s3:Get*","iam:Get*"],"Resource":"*"}`}, tri.False, "no statement"},
		{
			"condition",
			[]string{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`},
			tri.False, "no statement",
		},
		{"power user", []string{`{"Effect":"Allow","NotAction":["iam:*","organizations:*"],"Resource":"*"}`}, tri.True, "allows kms:*, s3:*, backup:*"},
		{"no actions of the services", []string{`{"Effect":"Allow","NotAction":["iam:*","kms:*","s3:*","backup:*"],"Resource":"*"}`}, tri.False, "no statement"},
		{"all but one action each", []string{`{"Effect":"Allow","NotAction":["*:Delete*"],"Resource":"*"}`}, tri.False, "no statement"},
		{
			"all but a bucket",
			[]string{`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::secret/*"}`},
			tri.True, "everything but arn:aws:s3:::secret/*",
		},
		{"all but everything", []string{`{"Effect":"Allow","Action":"*","NotResource":"*"}`}, tri.False, "no statement"},
		{"denied", []string{`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Action":"*","Resource":"*"}`}, tri.False, "no statement"},
		{
			"denied in part",
			[]string{`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}`},
			tri.True, "allows s3:*",
		},
		{
			"denied without MFA",
			[]string{
				`{"Effect":"Allow","Action":"*","Resource":"*"}`,
				`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`,
			},
			tri.True, "allows *",
		},
	} {
		got := iampolicy.AdminWildcard(statements(t, c.policy...))
		if got.Verdict != c.want || !strings.Contains(strings.Join(got.Reasons, "\n"), c.reason) {
			t.Errorf("%s: %v %q, want %v %q", c.name, got.Verdict, got.Reasons, c.want, c.reason)
		}
	}
	hole := allowing(lit("x"), "s3:*", iampolicy.Hole())
	if got := iampolicy.AdminWildcard(iampolicy.Document{Statements: []iampolicy.Statement{hole}}); got.Verdict != tri.Unknown {
		t.Errorf("unknown resource: %v", got)
	}
	reference := allowing(lit("x"), "s3:*", join(bucketRef(), "*"))
	if got := iampolicy.AdminWildcard(iampolicy.Document{Statements: []iampolicy.Statement{reference}}); got.Verdict != tri.False {
		t.Errorf("resource by reference: %v", got)
	}
}

func TestWildcardDecrypt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		policy []string
		want   tri.Value
	}{
		{"account", []string{`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"kms:*","Resource":"*"}`}, tri.False},
		{"everyone", []string{`{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}`}, tri.True},
		{"everyone may describe", []string{`{"Effect":"Allow","Principal":"*","Action":"kms:DescribeKey","Resource":"*"}`}, tri.False},
		{"everyone of an account", []string{`{"Effect":"Allow","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"123456789012"}}}`}, tri.False},
		{"identity", []string{`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}`}, tri.True},
		{"identity, all keys of an account", []string{`{"Effect":"Allow","Action":"kms:D*","Resource":"arn:aws:kms:eu-west-1:123456789012:key/*"}`}, tri.True},
		{"identity, one key", []string{`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:eu-west-1:123456789012:key/k"}`}, tri.False},
		{"identity, by service", []string{`{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}}`}, tri.Unknown},
		{"identity, denied", []string{`{"Effect":"Allow","Action":"kms:*","Resource":"*"}`, `{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}`}, tri.False},
	} {
		if got := iampolicy.WildcardDecrypt(statements(t, c.policy...)); got.Verdict != c.want {
			t.Errorf("%s: %v %q, want %v", c.name, got.Verdict, got.Reasons, c.want)
		}
	}
	if got := iampolicy.WildcardDecrypt(iampolicy.Document{Unknown: true}); got.Verdict != tri.Unknown || len(got.Reasons) == 0 {
		t.Errorf("unknown document: %v", got)
	}
}
