package iampolicy_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/tri"
)

func names(paths []iampolicy.Path, complete bool) []string {
	var out []string
	for _, p := range paths {
		if p.Complete == complete {
			out = append(out, p.Name)
		}
	}
	return out
}

func TestEscalations(t *testing.T) {
	t.Parallel()
	const passLambda = "iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction"
	for _, c := range []struct {
		name             string
		policy, boundary []string
		proved, possible []string
	}{
		{"reading", []string{`{"Effect":"Allow","Action":["iam:Get*","s3:*"],"Resource":"*"}`}, nil, nil, nil},
		{"administrator", []string{`{"Effect":"Allow","Action":"*","Resource":"*"}`}, nil, []string{"administrator"}, nil},
		{"new version of a policy", []string{`{"Effect":"Allow","Action":"iam:CreatePolicy*","Resource":"*"}`}, nil, []string{"iam:CreatePolicyVersion"}, nil},
		{
			"any policy of the account",
			[]string{`{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::123456789012:policy/*"}`},
			nil,
			[]string{"iam:CreatePolicyVersion"},
			nil,
		},
		{
			"one policy",
			[]string{`{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::123456789012:policy/app"}`},
			nil,
			nil,
			[]string{"iam:CreatePolicyVersion"},
		},
		{"wrong type of resource", []string{`{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"arn:aws:iam::123456789012:role/*"}`}, nil, nil, nil},
		{
			"keys of oneself",
			[]string{`{"Effect":"Allow","Action":["iam:CreateAccessKey","iam:UpdateLoginProfile"],"Resource":"arn:aws:iam::*:user/${aws:username}"}`},
			nil, nil, nil,
		},
		{
			"policies of oneself",
			[]string{`{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"arn:aws:iam::*:user/${aws:username}"}`},
			nil,
			[]string{"iam:PutUserPolicy"},
			nil,
		},
		{
			"users that begin like oneself",
			[]string{`{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/${aws:username}*"}`},
			nil,
			nil,
			[]string{"iam:CreateAccessKey"},
		},
		{"keys of others", []string{`{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::*:user/*"}`}, nil, []string{"iam:CreateAccessKey"}, nil},
		{
			"denied", []string{
				`{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}`,
				`{"Effect":"Deny","Action":"iam:*AccessKey","Resource":"*"}`,
			}, nil, nil, nil,
		},
		{
			"denied for others", []string{
				`{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}`,
				`{"Effect":"Deny","Action":"iam:CreateAccessKey","NotResource":"arn:aws:iam::*:user/${aws:username}"}`,
			}, nil, nil, nil,
		},
		{
			"denied for others, on oneself", []string{
				`{"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*"}`,
				`{"Effect":"Deny","Action":"iam:*","NotResource":"arn:aws:iam::*:user/${aws:username}"}`,
			}, nil, []string{"iam:AttachUserPolicy"}, nil,
		},
		{
			"denied for all but some", []string{
				`{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}`,
				`{"Effect":"Deny","Action":"iam:CreateAccessKey","NotResource":"arn:aws:iam::*:user/ci-*"}`,
			}, nil, nil, []string{"iam:CreateAccessKey"},
		},
		{
			"denied for one", []string{
				`{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}`,
				`{"Effect":"Deny","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::123456789012:user/root-like"}`,
			}, nil, []string{"iam:CreateAccessKey"}, nil,
		},
		{
			"denied without MFA only", []string{
				`{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}`,
				`{"Effect":"Deny","NotAction":"iam:ChangePassword","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`,
			}, nil, []string{"iam:CreateAccessKey"}, nil,
		},
		{
			"conditional",
			[]string{`{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`},
			nil,
			nil,
			[]string{"iam:CreateAccessKey"},
		},
		{"TLS is no condition", []string{`{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`}, nil, []string{"iam:CreateAccessKey"}, nil},
		{
			"pass a role",
			[]string{`{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}`},
			nil,
			[]string{passLambda},
			nil,
		},
		{
			"pass a role to this service", []string{
				`{"Effect":"Allow","Action":["lambda:CreateFunction","lambda:InvokeFunction","ec2:RunInstances"],"Resource":"*"}`,
				`{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}}`,
			}, nil, []string{passLambda}, nil,
		},
		{
			"pass a role to another service", []string{
				`{"Effect":"Allow","Action":["lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}`,
				`{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringLike":{"iam:PassedToService":"ecs*.amazonaws.com"}}}`,
			}, nil, nil, nil,
		},
		{
			"pass one role", []string{
				`{"Effect":"Allow","Action":["lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"arn:aws:lambda:*:*:function:team-*"}`,
				`{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::123456789012:role/fn"}`,
			}, nil, nil, []string{passLambda},
		},
		{"pass a role and no more", []string{`{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}`}, nil, nil, nil},
		{
			"any command", []string{`{"Effect":"Allow","Action":"ssm:SendCommand","Resource":"*"}`}, nil, []string{"ssm:SendCommand"}, nil,
		},
		{
			"one command",
			[]string{`{"Effect":"Allow","Action":"ssm:SendCommand","Resource":["arn:aws:ec2:*:*:instance/*","arn:aws:ssm:*:*:document/Snapshot"]}`},
			nil, nil, nil,
		},
		{
			"boundary",
			[]string{`{"Effect":"Allow","Action":"*","Resource":"*"}`},
			[]string{`{"Effect":"Allow","Action":["s3:*","iam:CreateAccessKey"],"Resource":"*"}`},
			[]string{"iam:CreateAccessKey"},
			nil,
		},
		{
			"boundary without it",
			[]string{`{"Effect":"Allow","Action":"iam:*","Resource":"*"}`},
			[]string{`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`},
			nil, nil,
		},
		{
			"boundary for some",
			[]string{`{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}`},
			[]string{`{"Effect":"Allow","Action":"*","Resource":"arn:aws:iam::123456789012:user/a"}`},
			nil,
			[]string{"iam:CreateAccessKey"},
		},
	} {
		id := iampolicy.Identity{Policies: []iampolicy.Document{statements(t, c.policy...)}}
		if c.boundary != nil {
			id.Boundaries = [][]iampolicy.Document{{statements(t, c.boundary...)}}
		}
		got := id.Escalations(iampolicy.EscalationOptions{})
		if diff := cmp.Diff(c.proved, names(got.Paths, true)); diff != "" {
			t.Errorf("%s: proved (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.possible, names(got.Paths, false)); diff != "" {
			t.Errorf("%s: possible (-want +got):\n%s", c.name, diff)
		}
		if got.Complete != (len(c.possible) == 0) {
			t.Errorf("%s: complete = %v", c.name, got.Complete)
		}
	}
}

func TestEscalationSteps(t *testing.T) {
	t.Parallel()
	id := iampolicy.Identity{Policies: []iampolicy.Document{statements(t, `{"Effect":"Allow","Action":["iam:PassRole","ec2:RunInstances"],"Resource":"*"}`)}}
	got := id.Escalations(iampolicy.EscalationOptions{})
	want := iampolicy.Escalations{Complete: true, Paths: []iampolicy.Path{{
		Name: "iam:PassRole + ec2:RunInstances", Complete: true,
		Steps: []string{
			"hand a role with more permissions to ec2.amazonaws.com (iam:PassRole)",
			"start an instance with it and run commands there (ec2:RunInstances)",
		},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEscalationsAskAboutNamedResources(t *testing.T) {
	t.Parallel()
	id := iampolicy.Identity{Policies: []iampolicy.Document{statements(t,
		`{"Effect":"Allow","Action":["ec2:RunInstances"],"Resource":"*"}`,
		`{"Effect":"Allow","Action":"iam:PassRole","Resource":["arn:aws:iam::123456789012:role/app","arn:aws:iam::123456789012:role/admin"]}`,
	)}}
	answer := func(admin tri.Value) iampolicy.EscalationOptions {
		return iampolicy.EscalationOptions{MorePrivileged: func(resource iampolicy.Str) tri.Value {
			if resource.HasSuffix("/admin") == tri.True {
				return admin
			}
			return tri.False
		}}
	}
	for _, v := range []tri.Value{tri.False, tri.Unknown, tri.True} {
		if got := id.Escalations(answer(v)).Verdict(); got != v {
			t.Errorf("admin role more privileged %v: verdict %v", v, got)
		}
		if got := id.Privileged(answer(v)); got != v {
			t.Errorf("admin role more privileged %v: privileged %v", v, got)
		}
	}
}

func TestPrivilegedUnknown(t *testing.T) {
	t.Parallel()
	none := iampolicy.EscalationOptions{}
	unknown := iampolicy.Identity{Policies: []iampolicy.Document{{Unknown: true}}}
	if got := unknown.Privileged(none); got != tri.Unknown {
		t.Errorf("unknown policy: %v", got)
	}
	if got := unknown.Escalations(none); got.Complete || got.Verdict() != tri.Unknown {
		t.Errorf("unknown policy: complete %v, verdict %v", got.Complete, got.Verdict())
	}
	if got := (iampolicy.Identity{}).Privileged(none); got != tri.False {
		t.Errorf("no policy: %v", got)
	}
	limited := iampolicy.Identity{
		Policies:   []iampolicy.Document{statements(t, `{"Effect":"Allow","Action":"*","Resource":"*"}`)},
		Boundaries: [][]iampolicy.Document{{{Unknown: true}}},
	}
	if got := limited.Administrator(); got != tri.Unknown {
		t.Errorf("unknown boundary: %v", got)
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	s3 := iampolicy.Resource{Service: "s3", ARNs: []iampolicy.Str{lit("arn:aws:s3:::b")}}
	table := iampolicy.Resource{Service: "dynamodb", ARNs: []iampolicy.Str{lit("arn:aws:dynamodb:eu-west-1:123456789012:table/t")}}
	group := iampolicy.Resource{Service: "logs", ARNs: []iampolicy.Str{lit("arn:aws:logs:eu-west-1:123456789012:log-group:app")}}
	database := iampolicy.Resource{Service: "rds", ARNs: []iampolicy.Str{lit("arn:aws:rds:eu-west-1:123456789012:db:d")}}
	byReference := iampolicy.Resource{Service: "s3", ARNs: []iampolicy.Str{bucketRef(), join("arn:aws:s3:::", iampolicy.Ref("aws_s3_bucket.b.id", ""))}}
	for _, c := range []struct {
		name               string
		policy             []string
		resource           iampolicy.Resource
		read, write, admin tri.Value
	}{
		{"nothing", nil, s3, tri.False, tri.False, tri.False},
		{"everything", []string{`{"Effect":"Allow","Action":"*","Resource":"*"}`}, s3, tri.True, tri.True, tri.True},
		{"objects", []string{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`}, s3, tri.True, tri.False, tri.False},
		{"some objects", []string{`{"Effect":"Allow","Action":"s3:*Object","Resource":"arn:aws:s3:::b/public/*"}`}, s3, tri.True, tri.True, tri.False},
		{"own folder", []string{`{"Effect":"Allow","Action":"s3:*Object","Resource":"arn:aws:s3:::b/${aws:username}/*"}`}, s3, tri.True, tri.True, tri.False},
		{"other bucket", []string{`{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::c","arn:aws:s3:::bc/*"]}`}, s3, tri.False, tri.False, tri.False},
		{"all but it", []string{`{"Effect":"Allow","Action":"s3:*","NotResource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}`}, s3, tri.False, tri.False, tri.False},
		{"objects, called bucket", []string{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b"}`}, s3, tri.False, tri.False, tri.False},
		{
			"denied",
			[]string{`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Deny","Action":"s3:Put*","Resource":"arn:aws:s3:::b*"}`, `{"Effect":"Deny","Action":["s3:Delete*","s3:RestoreObject"],"Resource":"*"}`},
			s3, tri.True, tri.False, tri.False,
		},
		{
			"allowed part denied",
			[]string{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/a/*"}`, `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/a*"}`},
			s3, tri.False, tri.False, tri.False,
		},
		{
			"part denied",
			[]string{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`, `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/a*"}`},
			s3, tri.True, tri.False, tri.False,
		},
		{
			"conditional",
			[]string{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"a"}}}`},
			s3, tri.Unknown, tri.False, tri.False,
		},
		{
			"conditional Deny",
			[]string{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`, `{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}`},
			s3, tri.Unknown, tri.False, tri.False,
		},
		{"table", []string{`{"Effect":"Allow","Action":"dynamodb:Query","Resource":"arn:aws:dynamodb:eu-west-1:123456789012:table/*"}`}, table, tri.True, tri.False, tri.False},
		{"log group with a longer name", []string{`{"Effect":"Allow","Action":"logs:*","Resource":"arn:aws:logs:*:*:log-group:app2:*"}`}, group, tri.False, tri.False, tri.False},
		{"streams of a log group", []string{`{"Effect":"Allow","Action":"logs:Get*","Resource":"arn:aws:logs:*:*:log-group:app:*"}`}, group, tri.True, tri.False, tri.False},
		{"database users", []string{`{"Effect":"Allow","Action":"rds-db:connect","Resource":"*"}`}, database, tri.True, tri.True, tri.False},
		{"one database user", []string{`{"Effect":"Allow","Action":"rds-db:connect","Resource":"arn:aws:rds-db:eu-west-1:123456789012:dbuser:db-X/app"}`}, database, tri.Unknown, tri.Unknown, tri.False},
		{"by reference", []string{`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`}, byReference, tri.True, tri.True, tri.True},
		{"by reference or another", []string{`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::c/*"}`}, byReference, tri.Unknown, tri.False, tri.False},
		{"unlisted service", []string{`{"Effect":"Allow","Action":"*","Resource":"*"}`}, iampolicy.Resource{Service: "quantum", ARNs: s3.ARNs}, tri.Unknown, tri.Unknown, tri.Unknown},
		{"no ARN", nil, iampolicy.Resource{Service: "s3"}, tri.Unknown, tri.Unknown, tri.Unknown},
	} {
		id := iampolicy.Identity{Policies: []iampolicy.Document{statements(t, c.policy...)}}
		for level, want := range map[iampolicy.Level]tri.Value{iampolicy.Read: c.read, iampolicy.Write: c.write, iampolicy.Admin: c.admin} {
			if got := id.Access(level, c.resource); got != want {
				t.Errorf("%s: %v = %v, want %v", c.name, level, got, want)
			}
		}
	}
}

func TestAccessWithinBoundary(t *testing.T) {
	t.Parallel()
	bucket := iampolicy.Resource{Service: "s3", ARNs: []iampolicy.Str{lit("arn:aws:s3:::b")}}
	id := iampolicy.Identity{
		Policies:   []iampolicy.Document{statements(t, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)},
		Boundaries: [][]iampolicy.Document{{statements(t, `{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`)}, {{Unknown: true}}},
	}
	if got := id.Access(iampolicy.Read, bucket); got != tri.Unknown {
		t.Errorf("read = %v, want unknown", got)
	}
	if got := id.Access(iampolicy.Write, bucket); got != tri.False {
		t.Errorf("write = %v, want false", got)
	}
}

func TestManagedPolicy(t *testing.T) {
	t.Parallel()
	bucket := iampolicy.Resource{Service: "s3", ARNs: []iampolicy.Str{lit("arn:aws:s3:::b")}}
	for _, c := range []struct {
		arn              string
		admin, escalates tri.Value
		read, write      tri.Value
	}{
		{"arn:aws:iam::aws:policy/AdministratorAccess", tri.True, tri.True, tri.True, tri.True},
		{"arn:aws:iam::aws:policy/PowerUserAccess", tri.False, tri.True, tri.True, tri.True},
		{"arn:aws:iam::aws:policy/IAMFullAccess", tri.False, tri.True, tri.False, tri.False},
		{"arn:aws:iam::aws:policy/ReadOnlyAccess", tri.False, tri.False, tri.True, tri.False},
		{"arn:aws:iam::aws:policy/SecurityAudit", tri.False, tri.False, tri.True, tri.False}, // lists the names of objects
		{"arn:aws:iam::aws:policy/job-function/Billing", tri.False, tri.False, tri.False, tri.False},
		{"arn:aws:iam::aws:policy/AWSLambda_FullAccess", tri.False, tri.True, tri.False, tri.False},
		{"arn:aws-cn:iam::aws:policy/AmazonS3ReadOnlyAccess", tri.False, tri.False, tri.True, tri.False},
		{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", tri.False, tri.False, tri.False, tri.False},
		{"arn:aws:iam::aws:policy/AWSDenyAll", tri.False, tri.False, tri.False, tri.False},
		{"arn:aws:iam::aws:policy/BrandNewAccess", tri.Unknown, tri.Unknown, tri.Unknown, tri.Unknown},
	} {
		name, ok := iampolicy.ManagedPolicyName(c.arn)
		if !ok {
			t.Errorf("%s is no AWS managed policy", c.arn)
		}
		doc, known := iampolicy.ManagedPolicy(name)
		if known != (c.admin != tri.Unknown) {
			t.Errorf("%s: known = %v", name, known)
		}
		id := iampolicy.Identity{Policies: []iampolicy.Document{doc}}
		got := []tri.Value{
			id.Administrator(), id.Escalations(iampolicy.EscalationOptions{}).Verdict(),
			id.Access(iampolicy.Read, bucket), id.Access(iampolicy.Write, bucket),
		}
		if want := []tri.Value{c.admin, c.escalates, c.read, c.write}; !slices.Equal(got, want) {
			t.Errorf("%s: administrator, escalates, reads, writes = %v, want %v", name, got, want)
		}
	}
	for _, arn := range []string{"arn:aws:iam::123456789012:policy/AdministratorAccess", "AdministratorAccess", "arn:aws:iam::aws:role/x"} {
		if name, ok := iampolicy.ManagedPolicyName(arn); ok {
			t.Errorf("%s is AWS managed policy %s", arn, name)
		}
	}
}

func ExamplePublic() {
	doc, err := iampolicy.Parse([]byte(`{"Statement": {"Sid": "Site", "Effect": "Allow", "Principal": "*",
		"Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	result := iampolicy.Public(doc)
	fmt.Println(result.Verdict, result.Reasons)
	// Output: true [statement 1 (Site): allows s3:GetObject to everyone without a condition]
}
