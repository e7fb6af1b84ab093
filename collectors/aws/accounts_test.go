package aws

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
)

// organisation makes an organisation of a management account and two members, each with a key, and enters the management account. It returns
// the members.
func organisation(t *testing.T) (*awslab.Proxy, []string) {
	t.Helper()
	m := awslab.Shared(t)
	org := organizations.NewFromConfig(m.Config(t, hospitalAccount, hospitalRegion))
	if _, err := org.CreateOrganization(t.Context(), &organizations.CreateOrganizationInput{}); err != nil {
		t.Fatal(err)
	}
	ids := []string{hospitalAccount}
	for _, name := range []string{"laboratory", "research"} {
		made, err := org.CreateAccount(t.Context(), &organizations.CreateAccountInput{AccountName: &name, Email: aws.String(name + "@stbrigid.example")})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, aws.ToString(made.CreateAccountStatus.AccountId))
	}
	for _, id := range ids {
		if _, err := kms.NewFromConfig(m.Config(t, id, hospitalRegion)).CreateKey(t.Context(), &kms.CreateKeyInput{}); err != nil {
			t.Fatal(err)
		}
	}
	p := m.Proxy(t)
	enter(t, p, hospitalAccount)
	return p, ids[1:]
}

// keysIn counts the keys of each account.
func keysIn(s *evidence.Snapshot) map[string]int {
	out := map[string]int{}
	for _, e := range s.Entities {
		if e.Kind == "key" {
			out[strings.Split(e.Scope, ":")[1]]++
		}
	}
	return out
}

func TestOrganisation(t *testing.T) {
	_, members := organisation(t)
	s := mustCollect(t, "org=audit,external-id=x,"+hospitalTarget)
	keys := keysIn(s)
	for _, id := range append(members, hospitalAccount) {
		if keys[id] != 1 {
			t.Errorf("%d keys were found in %s, want 1", keys[id], id)
		}
	}
	if len(s.Sources) != 3 {
		t.Errorf("%d sources, want one for each account", len(s.Sources))
	}
}

// TestAccountThatCannotBeEntered goes on with the others, and says that nothing of the one was seen.
func TestAccountThatCannotBeEntered(t *testing.T) {
	p, members := organisation(t)
	p.Inject(awslab.Match{Service: "sts", Operation: "GetCallerIdentity", Account: members[0]}, awslab.Deny())
	s := mustCollect(t, "org=audit,"+hospitalTarget)
	keys := keysIn(s)
	if keys[members[0]] != 0 || keys[members[1]] != 1 || keys[hospitalAccount] != 1 {
		t.Errorf("keys by account: %v", keys)
	}
	closed := false
	for _, c := range s.Coverage {
		if c.Scope == "aws:"+members[0] && c.Kind == "*" {
			closed = c.Status == evidence.Denied && c.Detail != ""
		} else if strings.HasPrefix(c.Scope, "aws:"+members[0]) && c.Status == evidence.Complete {
			t.Errorf("%s of %s is said to be complete", c.Kind, c.Scope)
		}
	}
	if !closed {
		t.Errorf("coverage does not say that %s is closed", members[0])
	}
	for _, source := range s.Sources {
		bad := len(source.Problems) > 0 && source.Problems[0].Code == "account_not_entered"
		if bad != (source.Scope == "aws:"+members[0]) {
			t.Errorf("the problems of %s are %+v", source.Scope, source.Problems)
		}
	}
	for k, f := range newJudge(t).verdicts(t, derived(s), nil) {
		if strings.HasPrefix(f.Entity.UID, "aws:"+members[0]) && (f.Status == "pass" || f.Status == "not_applicable") {
			t.Errorf("%s on %s is %s", k.check, k.entity, f.Status)
		}
	}
}

func TestRegions(t *testing.T) {
	m := awslab.Shared(t)
	p := m.Proxy(t)
	enter(t, p, hospitalAccount)
	for _, region := range []string{"eu-west-1", "eu-central-1"} {
		if _, err := kms.NewFromConfig(m.Config(t, hospitalAccount, region)).CreateKey(t.Context(), &kms.CreateKeyInput{}); err != nil {
			t.Fatal(err)
		}
	}
	s := mustCollect(t, "regions=eu-west-1+ap-east-1")
	if n := keysIn(s)[hospitalAccount]; n != 1 {
		t.Errorf("%d keys, want the one of eu-west-1", n)
	}
	want := map[string]evidence.CoverageStatus{
		"eu-west-1": evidence.Complete, "eu-central-1": evidence.Skipped, // left out by the target
		"ap-east-1": evidence.Complete, // not enabled, so that nothing can be there
	}
	for _, c := range s.Coverage {
		region := c.Scope[strings.LastIndex(c.Scope, ":")+1:]
		if status, ok := want[region]; ok && c.Kind == "key" && c.Status != status {
			t.Errorf("coverage of keys in %s is %s (%s), want %s", region, c.Status, c.Detail, status)
		}
	}
	if problems := s.Sources[0].Problems; !containsProblem(problems, "region_disabled", "ap-east-1") {
		t.Errorf("no problem says that ap-east-1 is not enabled: %+v", problems)
	}
	for _, call := range p.Calls() {
		if call.Service == "sso" || call.Service == "identitystore" {
			continue // Identity Center is in one region of the organisation, and gives access to all of the account
		}
		if call.Region == "eu-central-1" || call.Region == "ap-east-1" {
			t.Errorf("%s was called in %s", call, call.Region)
		}
	}
}

func containsProblem(problems []evidence.Problem, code, text string) bool {
	for _, p := range problems {
		if p.Code == code && strings.Contains(p.Summary, text) {
			return true
		}
	}
	return false
}

// TestCannotBegin is what a user reads who cannot get in.
func TestCannotBegin(t *testing.T) {
	tests := map[string]struct {
		target  string
		environ map[string]string
		call    string // that is refused
		fault   awslab.Fault
		want    string
	}{
		"no credentials":       {environ: map[string]string{"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": ""}, want: "no AWS credentials: set AWS_PROFILE"},
		"expired token":        {call: "GetCallerIdentity", fault: awslab.ExpiredToken(), want: "the session has expired; sign in again"},
		"key of nobody":        {call: "GetCallerIdentity", fault: awslab.BadCredentials(), want: "the access key does not exist, or belongs to another partition"},
		"role not to assume":   {target: "role=arn:aws:iam::333333333333:role/audit", call: "AssumeRole", fault: awslab.Deny(), want: "the role arn:aws:iam::333333333333:role/audit cannot be assumed (AccessDenied"},
		"unknown profile":      {target: "profile=nobody", want: `there is no AWS profile "nobody"`},
		"unknown region":       {target: "regions=eu-wst-1", want: `there is no region "eu-wst-1" (did you mean eu-west-1?)`},
		"no region":            {target: "regions=Ireland", want: `"Ireland" is no region name`},
		"region of the future": {target: "regions=us-moon-1", want: `AWS knows no region "us-moon-1" for this account`},
		"another partition":    {target: "regions=eu-west-1+us-gov-west-1", want: "region us-gov-west-1 belongs to the partition aws-us-gov, and the credentials to aws"},
		"no network":           {environ: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, want: "AWS cannot be reached: dial tcp 127.0.0.1:1: connect: connection refused. Check the network"},
		"no address":           {environ: map[string]string{"AWS_ENDPOINT_URL": "http://aws.invalid"}, want: "AWS cannot be reached: no address for aws.invalid"},
		"not an organisation":  {target: "org=audit", call: "ListAccounts", fault: awslab.Fail("AWSOrganizationsNotInUseException", http.StatusBadRequest, "not a member"), want: "the accounts of the organisation cannot be listed"},
		"clock":                {call: "GetCallerIdentity", fault: awslab.Fail("RequestTimeTooSkewed", http.StatusForbidden, "The difference between the request time and the current time is too large."), want: "(RequestTimeTooSkewed): this machine's clock is off; compare it with a time server. AWS says: The difference between"},
		"clock or key":         {call: "GetCallerIdentity", fault: awslab.Fail("SignatureDoesNotMatch", http.StatusForbidden, "Signature expired: 20261122T030000Z is now earlier than 20261122T040000Z"), want: "the secret key does not belong to the access key, or this machine's clock is off; compare it with a time server. AWS says: Signature expired: 20261122T03"},
		"no such bundle":       {environ: map[string]string{"AWS_CA_BUNDLE": "/nowhere/bundle.pem"}, want: "AWS's settings name /nowhere/bundle.pem, which cannot be read (no such file or directory): mend AWS_CA_BUNDLE"},
		"bundle of nothing":    {environ: map[string]string{"AWS_CA_BUNDLE": os.DevNull}, want: "the file in AWS_CA_BUNDLE (or ca_bundle) holds no certificate: it must be PEM"},
		"role without network": {target: "role=arn:aws:iam::333333333333:role/audit", environ: map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, want: "AWS cannot be reached: dial tcp 127.0.0.1:1: connect: connection refused"},
		"regions not listed":   {call: "DescribeRegions", fault: awslab.Deny(), want: "name them with regions=eu-west-1+eu-central-1, or allow ec2:DescribeRegions"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := awslab.Shared(t).Proxy(t)
			enter(t, p, hospitalAccount)
			t.Setenv("AWS_MAX_ATTEMPTS", "1")
			for k, v := range tt.environ {
				t.Setenv(k, v)
			}
			if tt.call != "" {
				p.Inject(awslab.Match{Operation: tt.call}, tt.fault)
			}
			s, err := collect(t.Context(), t, tt.target)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is %v, want one that says %q", err, tt.want)
			}
			if len(s.Entities) > 0 {
				t.Errorf("%d entities were found all the same", len(s.Entities))
			}
			if err != nil && (strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "RequestID")) {
				t.Errorf("the error is not for readers: %v", err)
			}
		})
	}
}

// TestClockThatIsOff: where AWS's answer says what the time is, the SDK corrects its own, and the collection runs through.
func TestClockThatIsOff(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	enter(t, p, hospitalAccount)
	p.Inject(awslab.Match{}, awslab.ClockSkew(time.Hour))
	for _, problem := range mustCollect(t, hospitalTarget).Sources[0].Problems {
		if problem.Code == string(evidence.APIError) || problem.Code == string(evidence.AccessDenied) {
			t.Errorf("an hour's difference hides something: %+v", problem)
		}
	}
}

// TestCertificates reads an account whose endpoint has a certificate of an authority that nobody knows: with a bundle that has it, and without.
func TestCertificates(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	enter(t, p, hospitalAccount)
	server := httptest.NewTLSServer(p)
	defer server.Close()
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	_, err := collect(t.Context(), t, hospitalTarget)
	const want = "the certificate of AWS, or of a proxy before it, is not trusted (x509: certificate signed by unknown authority): where a proxy looks into TLS"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("without a bundle the error is %v, want %q", err, want)
	}
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(bundle, authority, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	if s := mustCollect(t, hospitalTarget); byUID(s)["aws:"+hospitalAccount] == nil {
		t.Error("the account was not read")
	}
}

// TestRegionsNotListed reads the regions that the target names where the enabled ones cannot be listed.
func TestRegionsNotListed(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	enter(t, p, hospitalAccount)
	p.Inject(awslab.Match{Operation: "DescribeRegions"}, awslab.Deny())
	s := mustCollect(t, hospitalTarget)
	if !containsProblem(s.Sources[0].Problems, "regions_not_listed", "only those that the target names were read") {
		t.Errorf("problems: %+v", s.Sources[0].Problems)
	}
}
