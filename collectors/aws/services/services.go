// Package services is what Assay reads of each AWS service: one file per service, with a function that returns its [api.Service].
//
// A service declares its operations before it calls them, each with what it tells; assay aws permissions prints the policy from that. To add
// a service, add a file with such a function and run go generate here. Look at kms.go first.
//
// What is the same for several services stands in common files: common_*.go.
package services

//go:generate go run ../../../internal/gen/services github.com/assay-audit/assay/collectors/aws/api
//go:generate go run ../../../internal/gen/awsops
