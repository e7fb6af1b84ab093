// Package tlspolicy knows what the named TLS security policies of AWS services allow.
//
// An AWS endpoint is not configured with a protocol version but with the name of a predefined policy, such as
// ELBSecurityPolicy-TLS13-1-2-2021-06. The name alone proves nothing (TLS_1_0 also accepts TLS 1.3; Policy-Min-TLS-1-2
// accepts 1.3), so the policies are looked up in the tables under data/, one file per service. A policy that is in no
// table is not found and the caller must say unknown: AWS publishes new ones, and guessing from a name is not proof.
package tlspolicy

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/assay-audit/assay/internal/reference/table"
)

// The services whose policies are known.
const (
	// ELBv2 is Application and Network Load Balancers.
	ELBv2 = "elbv2"
	// ELB is Classic Load Balancers.
	ELB = "elb"
	// CloudFront is the viewer side of a distribution.
	CloudFront = "cloudfront"
	// APIGateway is REST, HTTP and WebSocket APIs and their custom domain names.
	APIGateway = "apigateway"
	// OpenSearch is OpenSearch Service (and Elasticsearch Service) domain endpoints.
	OpenSearch = "opensearch"
	// Cognito is the domain of a user pool.
	Cognito = "cognito"
)

// Trit is a fact that may not be established.
type Trit int

// The values of a Trit. The zero value is not established.
const (
	Unknown Trit = iota
	No
	Yes
)

// Policy is what a TLS security policy allows.
type Policy struct {
	// MinVersion is the oldest protocol version that the endpoint accepts: "1.0", "1.1", "1.2" or "1.3". SSL 3.0 is
	// written "0.3", so that versions compare correctly as text and as numbers.
	MinVersion string
	// ForwardSecrecy says whether every cipher suite has an ephemeral key exchange.
	ForwardSecrecy Trit
	// WeakCiphers says whether an RC4 or (3)DES cipher suite is offered.
	WeakCiphers Trit
}

//go:embed data/*.csv
var dataFiles embed.FS

var loaded = sync.OnceValue(load)

// MinVersion returns the oldest protocol version that a service's policy accepts, as Policy.MinVersion writes it, and
// false when the policy is not known.
func MinVersion(service, policy string) (string, bool) {
	found, ok := Lookup(service, policy)

	return found.MinVersion, ok
}

// Lookup returns what a service's policy allows, and false when the policy is not known. Names are case-sensitive, as
// they are at AWS.
func Lookup(service, policy string) (Policy, bool) {
	found, ok := loaded()[service][policy]

	return found, ok
}

// load parses every embedded table into service -> policy name -> policy. The tests prove that none is malformed.
func load() map[string]map[string]Policy {
	entries, err := dataFiles.ReadDir("data")
	if err != nil {
		panic(fmt.Sprintf("TLS policy tables: %v", err))
	}

	services := make(map[string]map[string]Policy, len(entries))

	for _, entry := range entries {
		text, err := dataFiles.ReadFile("data/" + entry.Name())
		if err != nil {
			panic(fmt.Sprintf("TLS policy table %s: %v", entry.Name(), err))
		}

		rows := table.MustParse(string(text), "policy", "min_version", "forward_secrecy", "weak_ciphers").Rows
		policies := make(map[string]Policy, len(rows))

		for _, row := range rows {
			policies[row[0]] = Policy{MinVersion: row[1], ForwardSecrecy: trit(row[2]), WeakCiphers: trit(row[3])}
		}

		services[strings.TrimSuffix(entry.Name(), ".csv")] = policies
	}

	return services
}

// trit reads a cell: true, false or empty.
func trit(cell string) Trit {
	switch cell {
	case "true":
		return Yes
	case "false":
		return No
	default:
		return Unknown
	}
}
