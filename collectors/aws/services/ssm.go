package services

import "github.com/assay-audit/assay/collectors/aws/api"

// ssmService is Systems Manager.
func ssmService() api.Service {
	return api.Service{
		Name: "ssm", Kinds: []string{"secret"}, Collect: ssmParameters,
		Operations: []api.Operation{
			{Name: "DescribeParameters", Tells: []string{"secret"}},
		},
	}
}
