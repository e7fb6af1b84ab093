package iampolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assay-audit/assay/internal/iampolicy"
)

// deployerPolicy is a policy of the usual size: 8 statements, some 60 actions.
func deployerPolicy(i int) string {
	services := []string{"ec2", "lambda", "s3", "dynamodb", "sqs", "logs", "cloudformation", "ecs"}
	list := make([]string, 0, len(services))
	for _, service := range services {
		list = append(list, fmt.Sprintf(`{"Sid":"%[1]s%[2]d","Effect":"Allow","Action":["%[1]s:Describe*","%[1]s:List*","%[1]s:Get*","%[1]s:Create%[2]d",
			"%[1]s:Update*","%[1]s:TagResource","%[1]s:UntagResource"],"Resource":["arn:aws:%[1]s:eu-west-1:123456789012:app-%[2]d/*",
			"arn:aws:%[1]s:eu-west-1:123456789012:app-%[2]d"],"Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}`, service, i))
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`
}

func BenchmarkParse(b *testing.B) {
	source := []byte(deployerPolicy(1))
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := iampolicy.Parse(source); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAnalyse reads a policy and asks everything of it, as a collector does for each policy of an account.
func BenchmarkAnalyse(b *testing.B) {
	sources := make([][]byte, 64)
	for i := range sources {
		sources[i] = []byte(deployerPolicy(i))
	}
	bucket := iampolicy.Resource{Service: "s3", ARNs: []iampolicy.Str{lit("arn:aws:s3:::b")}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		doc, err := iampolicy.Parse(sources[i%len(sources)])
		if err != nil {
			b.Fatal(err)
		}
		iampolicy.Public(doc)
		iampolicy.AdminWildcard(doc)
		iampolicy.WildcardDecrypt(doc)
		iampolicy.DeniesInsecureTransport(doc, bucket)
		iampolicy.AnalyseTrust(doc, iampolicy.TrustOptions{})
		id := iampolicy.Identity{Policies: []iampolicy.Document{doc}}
		id.Privileged(iampolicy.EscalationOptions{})
		id.Access(iampolicy.Read, bucket)
		id.Access(iampolicy.Write, bucket)
		id.Access(iampolicy.Admin, bucket)
	}
}
