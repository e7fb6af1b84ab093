package services

import "github.com/assay-audit/assay/collectors/aws/api"

// s3controlService is the account's own settings for its buckets.
func s3controlService() api.Service {
	return api.Service{
		Name: "s3control", Prefix: "s3", Global: true,
		Operations: []api.Operation{
			{
				Name: "GetPublicAccessBlock", Actions: []string{"s3:GetAccountPublicAccessBlock"},
				Tells: []string{"object_public_access_block", "exposure.public", "exposure.public_paths"},
			},
		},
	}
}
