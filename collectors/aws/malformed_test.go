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
	deep := strings.Repeat(`{"Statement":[`, 20_000)
	for name, document := range map[string]string{
		"no JSON": "Version: 2012-10-17", "cut short": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Princip`, "a list": `[]`, "a number": `1e999`,
		"other types": `{"Statement":{"Effect":7,"Principal":[1],"Action":{},"Resource":null}}`, "very deep": deep, "not UTF-8": "{\"Statement\":\"\xff\"}",
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := hospital(t)
			before := newJudge(t).verdicts(t, derived(mustCollect(t, hospitalTarget)), nil)
			p.Inject(awslab.Match{Service: "s3", Operation: "GetBucketPolicy"}, awslab.Answer(document))
			s := derived(mustCollect(t, hospitalTarget))
			unread := 0
			for _, e := range s.Entities {
				u, unknown := e.Unknown["exposure.public"]
				switch {
				case e.Kind != "bucket" || e.Attrs["exposure.public"] == true: // the access control list alone opens it
				case !unknown:
					t.Errorf("whether %s is public is said to be %v", e.UID, e.Attrs["exposure.public"])
				case u.Reason == evidence.ParseError && strings.Contains(u.Detail, "policy"):
					unread++
				}
			}
			if unread == 0 {
				t.Error("no bucket's exposure is unknown because its policy cannot be read")
			}
			for k, f := range newJudge(t).verdicts(t, s, nil) {
				if b := before[k]; b.Status != f.Status && f.Status != finding.Unknown {
					t.Errorf("%s on %s was %s and is %s: %s", k.check, k.entity, b.Status, f.Status, f.Message)
				}
			}
		})
	}
}

// TestMalformedIdentityPolicy is the same for an identity's policy, which IAM hands out as a URL-encoded text.
func TestMalformedIdentityPolicy(t *testing.T) {
	p, _ := hospital(t)
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
