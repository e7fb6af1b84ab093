package aws

import (
	"slices"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
)

// nothing names resource types, common in real configurations, that make nothing which a check could judge. Without them they would
// be reported as not read.
func nothing() mapping.Service {
	return mapping.Service{Name: "nothing", Types: slices.Concat(
		noted("lives in the state only; a secret in it is found where it is used", "null_resource", "terraform_data", "random_id", "random_integer",
			"random_password", "random_pet", "random_shuffle", "random_string", "random_uuid", "time_offset", "time_rotating", "time_sleep",
			"time_static"),
		noted("a file on the machine that runs Terraform", "local_file", "local_sensitive_file", "archive_file"),
		noted("a name; what it leads to is mapped", "aws_route53_record", "aws_route53_zone", "aws_route53_zone_association",
			"aws_route53_delegation_set", "aws_route53_vpc_association_authorization", "aws_service_discovery_private_dns_namespace"),
	)}
}
