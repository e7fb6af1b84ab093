package services

import "github.com/assay-audit/assay/collectors/aws/api"

// ec2Service is compute and network.
func ec2Service() api.Service {
	return api.Service{
		Name: "ec2",
		Operations: []api.Operation{
			{Name: "DescribeRegions"},
			{Name: "DescribeSubnets", Tells: []string{"subnet", "network.placement"}},
			{Name: "DescribeRouteTables", Tells: []string{"public", "network.placement"}},
			{Name: "DescribeNetworkInterfaces", Tells: []string{"attached_to", "reaches"}},
			// Settings of a region.
			{Name: "GetEbsEncryptionByDefault", Tells: []string{"regions"}},
		},
	}
}
