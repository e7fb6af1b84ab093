package services

import "github.com/assay-audit/assay/collectors/aws/api"

// ec2Service is compute and network.
func ec2Service() api.Service {
	return api.Service{
		Name: "ec2",
		Operations: []api.Operation{
			{Name: "DescribeRegions"},
			// Settings of a region.
			{Name: "GetEbsEncryptionByDefault", Tells: []string{"regions"}},
		},
	}
}
