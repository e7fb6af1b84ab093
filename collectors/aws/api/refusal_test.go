package api_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/api"
)

// TestRefusals reads AWS's own messages, as the IAM User Guide ("Troubleshoot access denied error messages"), the Security Blog ("Enhanced
// access denied error messages with policy ARNs") and the services give them. What is denied is a call of ec2:DescribeVolumes.
func TestRefusals(t *testing.T) {
	const (
		user = "User: arn:aws:iam::777788889999:user/JohnDoe is not authorized to perform: codecommit:ListRepositories "
		call = "ec2:DescribeVolumes in eu-west-1 is denied"
	)
	type said struct {
		Refusal        api.Refusal
		Detail, Remedy string
	}
	repositories := func(because, remedy string, r api.Refusal) said {
		return said{r, call + because + "; it takes codecommit:ListRepositories", remedy}
	}
	tests := map[string]struct {
		message string
		want    said
	}{
		"identity, implicit": {
			user + "because no identity-based policy allows the codecommit:ListRepositories action",
			repositories(": no identity-based policy allows it", "allow codecommit:ListRepositories (assay aws permissions prints the whole policy)",
				api.Refusal{Policy: "identity-based policy"}),
		},
		"identity, explicit": {
			user + "on resource: * with an explicit deny in an identity-based policy: arn:aws:iam::777788889999:policy/NoCode",
			repositories(" explicitly by an identity-based policy (arn:aws:iam::777788889999:policy/NoCode)",
				"take the denial of codecommit:ListRepositories out of an identity-based policy (arn:aws:iam::777788889999:policy/NoCode), or exempt the role "+
					"that audits: an allow elsewhere does not outweigh it",
				api.Refusal{Policy: "identity-based policy", Explicit: true, ARN: "arn:aws:iam::777788889999:policy/NoCode"}),
		},
		"service control policy, implicit": {
			user + "because no service control policy allows the codecommit:ListRepositories action",
			repositories(": no service control policy allows it",
				"the organisation allows codecommit:ListRepositories in no service control policy: allow it there; no policy of the role changes it",
				api.Refusal{Policy: "service control policy"}),
		},
		"service control policy, explicit": {
			user + "with an explicit deny in a service control policy",
			repositories(" explicitly by a service control policy",
				"the organisation denies codecommit:ListRepositories in a service control policy: exempt the role that audits there; no policy of the role changes it",
				api.Refusal{Policy: "service control policy", Explicit: true}),
		},
		"service control policy, explicit and named": {
			"User: arn:aws:iam::123456789012:user/Matt is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::123456789012:role/* with an " +
				"explicit deny in a service control policy: arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd",
			said{
				api.Refusal{
					Policy: "service control policy", Explicit: true,
					ARN: "arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd",
				},
				call + " explicitly by a service control policy (arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd); " +
					"it takes iam:ListRoles",
				"the organisation denies iam:ListRoles in a service control policy " +
					"(arn:aws:organizations::987654321098:policy/o-qv5af4abcd/service_control_policy/p-2kgnabcd): exempt the role that audits there; " +
					"no policy of the role changes it",
			},
		},
		"resource control policy, explicit": {
			"User: arn:aws:iam::777788889999:user/JohnDoe is not authorized to perform: s3:GetBucketPolicy on resource: \"arn:aws:s3:::records\" " +
				"with an explicit deny in a resource control policy",
			said{
				api.Refusal{Policy: "resource control policy", Explicit: true},
				call + " explicitly by a resource control policy; it takes s3:GetBucketPolicy",
				"the organisation denies s3:GetBucketPolicy in a resource control policy: exempt the role that audits there; no policy of the role changes it",
			},
		},
		"endpoint, implicit": {
			user + "because no VPC endpoint policy allows the codecommit:ListRepositories action",
			repositories(": no VPC endpoint policy allows it",
				"allow codecommit:ListRepositories in the VPC endpoint policy too: a policy of the role alone is not enough",
				api.Refusal{Policy: "VPC endpoint policy"}),
		},
		"boundary, implicit": {
			user + "because no permissions boundary allows the codecommit:ListRepositories action",
			repositories(": no permissions boundary allows it",
				"allow codecommit:ListRepositories in the permissions boundary too: a policy of the role alone is not enough",
				api.Refusal{Policy: "permissions boundary"}),
		},
		"boundary, explicit": {
			user + "with an explicit deny in a permissions boundary",
			repositories(" explicitly by a permissions boundary",
				"take the denial of codecommit:ListRepositories out of a permissions boundary, or exempt the role that audits: an allow elsewhere does not outweigh it",
				api.Refusal{Policy: "permissions boundary", Explicit: true}),
		},
		"session, implicit": {
			user + "because no session policy allows the codecommit:ListRepositories action",
			repositories(": no session policy allows it",
				"allow codecommit:ListRepositories in the session policy too: a policy of the role alone is not enough",
				api.Refusal{Policy: "session policy"}),
		},
		"key policy": {
			"User: arn:aws:sts::777788889999:assumed-role/audit/assay is not authorized to perform: kms:GetKeyPolicy on resource: " +
				"arn:aws:kms:eu-west-1:777788889999:key/1234abcd-12ab-34cd-56ef-1234567890ab because no resource-based policy allows the kms:GetKeyPolicy action",
			said{
				api.Refusal{Policy: "resource-based policy"}, call + ": no resource-based policy allows it; it takes kms:GetKeyPolicy",
				"allow kms:GetKeyPolicy in the resource-based policy too: a policy of the role alone is not enough",
			},
		},
		"EC2, with the encoded context": {
			"You are not authorized to perform this operation. User: arn:aws:sts::777788889999:assumed-role/audit/assay is not authorized to perform: " +
				"ec2:DescribeVolumes because no identity-based policy allows the ec2:DescribeVolumes action. Encoded authorization failure message: OVxIH1Ks",
			said{
				api.Refusal{Policy: "identity-based policy"}, call + ": no identity-based policy allows it; it takes ec2:DescribeVolumes",
				"allow ec2:DescribeVolumes (assay aws permissions prints the whole policy)",
			},
		},
		"without the layer": {
			"User: arn:aws:iam::777788889999:user/JohnDoe is not authorized to perform: elasticfilesystem:DescribeFileSystemPolicy on the specified resource",
			said{
				api.Refusal{}, call + "; it takes elasticfilesystem:DescribeFileSystemPolicy",
				"allow elasticfilesystem:DescribeFileSystemPolicy (assay aws permissions prints the whole policy)",
			},
		},
		"without anything, as S3 once did": {
			"Access Denied",
			said{api.Refusal{}, call + "; it takes ec2:DescribeVolumes", "allow ec2:DescribeVolumes (assay aws permissions prints the whole policy)"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: tt.message}
			a := api.Ask(t.Context(), unit(aws.Config{}, nil), fails(err), &ec2.DescribeVolumesInput{})
			got := said{a.Fail.Refusal, a.Fail.Unknown().Detail, a.Fail.Remedy()}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("refusal (-want +got):\n%s", diff)
			}
		})
	}
}
