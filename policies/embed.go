// Package policies holds the built-in policies: one folder per check, by domain, and the library under lib/.
//
// index.json is generated from the METADATA of the policies (go generate) so that a run reads and compiles only the
// checks that it selects.
package policies

import "embed"

//go:generate go run ../internal/gen/policies

// FS holds the policies, their tests and examples, and the index.
//
//go:embed all:*
var FS embed.FS
