// Package aws maps the resource types of the AWS provider to kinds, one file per service.
//
// Each file has one function that returns its [mapping.Service]; services_gen.go lists them. Where the provider or AWS
// itself has a default, the mapping states it beside the argument, and internal/reference/defaults says since when.
package aws

//go:generate go run ../../../internal/gen/services github.com/assay-audit/assay/collectors/terraform/mapping
