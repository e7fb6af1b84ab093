package aws

import (
	"net/url"
	"strings"
	"testing"

	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
)

// TestMalformedPolicies gives documents that are none in place of the hospital's policies (fakes: AWS refuses to store them). What they would
// have said is unknown, with the reason; nothing passes for it, and everything else is read.
func TestMalformedPolicies(t *testing.T) {
	p, _ := hospital(t)
	mustCollect(t, hospitalTarget)
	p.Replay()
	j := newJudge(t)
	before := j.verdicts(t, derived(mustCollect(t, hospitalTarget)), nil)
	for name, document := range map[string]string{
		"no JSON": "Version: 2012-10-17", "cut short": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Princip`,
		"other types": `{"Statement":{"Effect":7,"Principal":[1],"Action":{},"Resource":null}}`, "very deep": strings.Repeat(`{"Statement":[`, 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			p.Clear()
			p.Inject(awslab.Match{Service: "s3", Operation: "GetBucketPolicy"}, awslab.Answer(document))
			s := derived(mustCollect(t, hospitalTarget))
			for _, e := range s.Entities {
				const path = "encryption.in_transit_required"
				if u := e.Unknown[path]; e.Kind == "bucket" && (u.Reason != evidence.ParseError || !strings.Contains(u.Detail, "the policy document cannot be read")) {
					t.Errorf("%s of %s is %v, unknown because %s (%s)", path, e.UID, e.Attrs[path], u.Reason, u.Detail)
				}
			}
			for _, problem := range dishonest(before, j.verdicts(t, s, nil)) {
				t.Error(problem)
			}
		})
	}
}

// TestMalformedIdentityPolicy is the same for an identity's policy, which IAM hands out as a URL-encoded text.
func TestMalformedIdentityPolicy(t *testing.T) {
	p, _ := hospital(t)
	mustCollect(t, hospitalTarget)
	p.Replay()
	for _, document := range []string{"%zz", url.QueryEscape(`{"Statement":[{"Effect":"Allow"`), ""} {
		p.Clear()
		p.Inject(awslab.Match{Service: "iam", Operation: "GetAccountAuthorizationDetails"}, awslab.Answer(`<GetAccountAuthorizationDetailsResponse
 xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetAccountAuthorizationDetailsResult><IsTruncated>false</IsTruncated><RoleDetailList><member>
 <Arn>arn:aws:iam::222222222222:role/odd</Arn><RoleName>odd</RoleName><RoleId>AROAODD</RoleId><Path>/</Path><CreateDate>2026-01-01T00:00:00Z</CreateDate>
 <AssumeRolePolicyDocument>`+document+`</AssumeRolePolicyDocument><RolePolicyList><member><PolicyName>odd</PolicyName><PolicyDocument>`+document+`</PolicyDocument></member></RolePolicyList>
 </member></RoleDetailList></GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>`))
		s := derived(mustCollect(t, hospitalTarget))
		role := byUID(s)["arn:aws:iam::222222222222:role/odd"]
		if role == nil {
			t.Fatalf("%q: the role is not there", document)
		}
		for k, f := range newJudge(t).verdicts(t, s, nil) {
			if k.entity == role.UID && (k.check == "iam.external_trust" || k.check == "iam.no_privilege_escalation") && f.Status != finding.Unknown {
				t.Errorf("%q: %s on the role is %s: %s", document, k.check, f.Status, f.Message)
			}
		}
	}
}
