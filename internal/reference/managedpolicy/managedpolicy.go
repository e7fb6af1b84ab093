// Package managedpolicy knows the documents of the policies that AWS writes and keeps itself.
//
// A role that holds arn:aws:iam::aws:policy/AdministratorAccess is an administrator, and code says no more than that name. The
// documents of the policies that configurations attach most are kept here, as AWS publishes them in its managed policy
// reference, with the version and the day of the comparison. AWS changes them without notice, mostly by adding actions; a
// policy that is not in the table is not found, and the caller must say unknown.
package managedpolicy

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
)

//go:embed data/aws.json
var source []byte

// Policy is one policy of AWS.
type Policy struct {
	// Version is the number of the version that was compared, such as "v3".
	Version string `json:"version"`
	// Document is the policy document in JSON.
	Document json.RawMessage `json:"document"`
}

// Table is the whole table.
type Table struct {
	// Source is the address from which the documents can be compared.
	Source string `json:"source"`
	// AsOf is the day (YYYY-MM-DD) of the last comparison.
	AsOf string `json:"as_of"`
	// Policies are the policies by the path and name that follow ":policy/" in their ARN, such as
	// "service-role/AWSLambdaBasicExecutionRole".
	Policies map[string]Policy `json:"policies"`
}

// Load returns the table.
func Load() Table { return load() }

var load = sync.OnceValue(func() Table {
	var t Table
	if err := json.Unmarshal(source, &t); err != nil {
		panic(fmt.Sprintf("managedpolicy: the embedded table: %v", err)) // the tests prove that it can be read
	}
	return t
})

// Find returns the policy by what follows ":policy/" in its ARN, and false where the table has none.
func Find(name string) (Policy, bool) {
	p, ok := load().Policies[name]
	return p, ok
}
