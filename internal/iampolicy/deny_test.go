package iampolicy_test

import (
	"testing"

	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/tri"
)

func denyInsecure(action, resource, condition string) string {
	return `{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":` + action + `,"Resource":` + resource + `,"Condition":` + condition + `}`
}

func TestDeniesInsecureTransport(t *testing.T) {
	t.Parallel()
	const both, plain = `["arn:aws:s3:::b","arn:aws:s3:::b/*"]`, `{"Bool":{"aws:SecureTransport":"false"}}`
	bucket := iampolicy.Resource{Service: "s3", ARNs: []iampolicy.Str{lit("arn:aws:s3:::b")}}
	for _, c := range []struct {
		name   string
		policy []string
		want   tri.Value
	}{
		{"no statement", nil, tri.False},
		{"usual form", []string{denyInsecure(`"s3:*"`, both, plain)}, tri.True},
		{"boolean value", []string{denyInsecure(`"s3:*"`, both, `{"Bool":{"aws:SecureTransport":false}}`)}, tri.True},
		{"if exists, every action", []string{denyInsecure(`"*"`, `"*"`, `{"BoolIfExists":{"aws:securetransport":"false"}}`)}, tri.True},
		{"wildcard for both", []string{denyInsecure(`"s3:*"`, `"arn:aws:s3:::b*"`, plain)}, tri.True},
		{"objects only", []string{denyInsecure(`"s3:*"`, `"arn:aws:s3:::b/*"`, plain)}, tri.False},
		{"bucket only", []string{denyInsecure(`"s3:*"`, `"arn:aws:s3:::b"`, plain)}, tri.False},
		{"two statements", []string{denyInsecure(`"s3:*"`, `"arn:aws:s3:::b"`, plain), denyInsecure(`"s3:*"`, `"arn:aws:s3:::b/*"`, plain)}, tri.True},
		{"other bucket", []string{denyInsecure(`"s3:*"`, `["arn:aws:s3:::c","arn:aws:s3:::c/*"]`, plain)}, tri.False},
		{"reading only", []string{denyInsecure(`"s3:Get*"`, both, plain)}, tri.False},
		{"wrong way round", []string{denyInsecure(`"s3:*"`, both, `{"Bool":{"aws:SecureTransport":"true"}}`)}, tri.False},
		{"narrowed", []string{denyInsecure(`"s3:*"`, both, `{"Bool":{"aws:SecureTransport":"false"},"StringEquals":{"aws:SourceVpce":"vpce-1"}}`)}, tri.False},
		{"but services", []string{denyInsecure(`"s3:*"`, both, `{"Bool":{"aws:SecureTransport":"false","aws:PrincipalIsAWSService":"false"}}`)}, tri.Unknown},
		{"old TLS, if exists", []string{denyInsecure(`"s3:*"`, both, `{"NumericLessThanIfExists":{"s3:TlsVersion":"1.2"}}`)}, tri.True},
		{"old TLS", []string{denyInsecure(`"s3:*"`, both, `{"NumericLessThan":{"s3:TlsVersion":1.2}}`)}, tri.Unknown},
		{"both in one", []string{denyInsecure(`"s3:*"`, both, `{"Bool":{"aws:SecureTransport":"false"},"NumericLessThan":{"s3:TlsVersion":1.2}}`)}, tri.Unknown},
		{
			"one principal",
			[]string{`{"Effect":"Deny","Principal":{"AWS":"123456789012"},"Action":"s3:*","Resource":"*","Condition":` + plain + `}`},
			tri.False,
		},
		{
			"all but one principal",
			[]string{`{"Effect":"Deny","NotPrincipal":{"AWS":"123456789012"},"Action":"s3:*","Resource":"*","Condition":` + plain + `}`},
			tri.False,
		},
		{
			"allowing TLS denies nobody",
			[]string{`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`},
			tri.False,
		},
		{"everything denied", []string{`{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"*","Resource":"*"}`}, tri.True},
		{"all but actions", []string{`{"Effect":"Deny","Principal":"*","NotAction":"s3:GetBucketLocation","Resource":"*","Condition":` + plain + `}`}, tri.True},
	} {
		got := iampolicy.DeniesInsecureTransport(statements(t, c.policy...), bucket)
		if got.Verdict != c.want || len(got.Reasons) == 0 {
			t.Errorf("%s: %v %q, want %v", c.name, got.Verdict, got.Reasons, c.want)
		}
	}
}

func TestDeniesInsecureTransportByReference(t *testing.T) {
	t.Parallel()
	deny := func(resources ...iampolicy.Str) iampolicy.Document {
		s := allowing(lit("*"), "s3:*", lit(""))
		s.Effect = iampolicy.Deny
		s.Resource.Values = resources
		s.Conditions = []iampolicy.Condition{iampolicy.NewCondition("Bool", lit("aws:SecureTransport"), lit("false"))}
		return iampolicy.Document{Statements: []iampolicy.Statement{s}}
	}
	named := iampolicy.Resource{Service: "s3", ARNs: []iampolicy.Str{bucketRef()}}
	byName := join("arn:aws:s3:::", iampolicy.Ref("aws_s3_bucket.b.id", ""))
	for _, c := range []struct {
		name     string
		doc      iampolicy.Document
		resource iampolicy.Resource
		want     tri.Value
	}{
		{"same reference", deny(bucketRef(), join(bucketRef(), "/*")), named, tri.True},
		{"reference of the name", deny(byName, byName.Append("/*")), named, tri.True},
		{"bucket not known", deny(bucketRef(), join(bucketRef(), "/*")), iampolicy.Resource{Service: "s3"}, tri.True},
		{"objects only", deny(join(bucketRef(), "/*")), iampolicy.Resource{Service: "s3"}, tri.False},
		{"some objects", deny(bucketRef(), join(bucketRef(), "/logs/*")), iampolicy.Resource{Service: "s3"}, tri.False},
		{"nothing known", deny(iampolicy.Hole()), named, tri.Unknown},
		{"perhaps the bucket only", deny(bucketRef(), join(bucketRef(), "/", iampolicy.Hole())), named, tri.Unknown},
		{"document not known", iampolicy.Document{Unknown: true}, named, tri.Unknown},
	} {
		if got := iampolicy.DeniesInsecureTransport(c.doc, c.resource); got.Verdict != c.want {
			t.Errorf("%s: %v %q, want %v", c.name, got.Verdict, got.Reasons, c.want)
		}
	}
}

func TestDeniesInsecureTransportOfOtherServices(t *testing.T) {
	t.Parallel()
	const plain = `{"Bool":{"aws:SecureTransport":"false"}}`
	const queueARN = "arn:aws:sqs:eu-west-1:123456789012:q"
	for _, c := range []struct {
		service, arn, statement string
		want                    tri.Value
	}{
		{"sqs", queueARN, denyInsecure(`"sqs:*"`, `"`+queueARN+`"`, plain), tri.True},
		{"sqs", queueARN, denyInsecure(`["SQS:SendMessage","sqs:ReceiveMessage"]`, `"*"`, plain), tri.True},
		{"sqs", queueARN, denyInsecure(`"sqs:SendMessage"`, `"*"`, plain), tri.False},
		{"sns", "arn:aws:sns:eu-west-1:123456789012:t", denyInsecure(`"sns:Publish"`, `"*"`, plain), tri.True},
		{"es", "arn:aws:es:eu-west-1:123456789012:domain/d", denyInsecure(`"es:*"`, `"*"`, plain), tri.True},
		{"es", "arn:aws:es:eu-west-1:123456789012:domain/d", denyInsecure(`"es:ESHttpGet"`, `"*"`, plain), tri.False},
	} {
		resource := iampolicy.Resource{Service: c.service, ARNs: []iampolicy.Str{lit(c.arn)}}
		if got := iampolicy.DeniesInsecureTransport(statements(t, c.statement), resource); got.Verdict != c.want {
			t.Errorf("%s %s: %v %q, want %v", c.service, c.statement, got.Verdict, got.Reasons, c.want)
		}
	}
}

func TestDeniesDelete(t *testing.T) {
	t.Parallel()
	const all = `["backup:DeleteRecoveryPoint","backup:UpdateRecoveryPointLifecycle","backup:PutBackupVaultAccessPolicy","backup:DeleteBackupVaultAccessPolicy"]`
	vault := iampolicy.Resource{Service: "backup", ARNs: []iampolicy.Str{lit("arn:aws:backup:eu-west-1:123456789012:backup-vault:v")}}
	for _, c := range []struct {
		name      string
		statement string
		want      tri.Value
	}{
		{"all", `{"Effect":"Deny","Principal":"*","Action":` + all + `,"Resource":"*"}`, tri.True},
		{"by wildcard", `{"Effect":"Deny","Principal":{"AWS":"*"},"Action":["backup:Delete*","backup:Update*","backup:Put*"],"Resource":"*"}`, tri.True},
		{"policy can be changed", `{"Effect":"Deny","Principal":"*","Action":["backup:DeleteRecoveryPoint","backup:UpdateRecoveryPointLifecycle"],"Resource":"*"}`, tri.False},
		{"but an administrator", `{"Effect":"Deny","Principal":"*","Action":` + all + `,"Resource":"*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/break-glass"}}}`, tri.Unknown},
		{"one principal", `{"Effect":"Deny","Principal":{"AWS":"123456789012"},"Action":` + all + `,"Resource":"*"}`, tri.False},
		{"vault only", `{"Effect":"Deny","Principal":"*","Action":` + all + `,"Resource":"arn:aws:backup:eu-west-1:123456789012:backup-vault:v"}`, tri.False},
		{"allowed", `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`, tri.False},
	} {
		if got := iampolicy.DeniesDelete(statements(t, c.statement), vault); got.Verdict != c.want || len(got.Reasons) == 0 {
			t.Errorf("%s: %v %q, want %v", c.name, got.Verdict, got.Reasons, c.want)
		}
	}
}
