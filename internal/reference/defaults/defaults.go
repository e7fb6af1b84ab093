// Package defaults knows what AWS and the Terraform AWS provider do when an argument is not set.
//
// In infrastructure code most settings are not written down: a database without storage_encrypted is not encrypted, a
// DynamoDB table always is. Judging code needs these facts, and they are data: the table defaults.csv holds one row per
// resource type and attribute, for version 6 of the provider.
//
//   - An attribute is written as in Terraform, nested blocks joined with dots: "vpc_config.endpoint_public_access".
//   - "attribute?argument=value" is the default where another argument has a value:
//     "at_rest_encryption_enabled?engine=valkey".
//   - An attribute that starts with @ is a fact of the service that no single argument states, named like the field of
//     the evidence model that it fills: "@encryption.at_rest". "@absent." goes before a fact that holds where no such
//     resource exists at all.
//   - The value "unknown" says that code alone cannot tell, and the note why.
//
// A default holds only where nothing else decides. What else may decide is listed in Fact.Unless, for example
// snapshot_identifier: a database restored from a snapshot takes the encryption of the snapshot. A caller that finds one
// of these must say unknown, not the default.
package defaults

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"github.com/assay-audit/assay/internal/reference/table"
)

// Fact is one default.
type Fact struct {
	// Value is a bool, an int, a string or a []string; nil when code alone cannot tell.
	Value any
	// Since is the first provider version for which the value holds, for example "6.0"; empty when it always did.
	Since string
	// Unless lists what overrides the default: an argument of the same resource ("snapshot_identifier"), an argument
	// with a value ("engine=valkey"), or another resource type that configures this one or its account
	// ("aws_ebs_encryption_by_default"), which need not be in the same code. Nil when nothing does.
	Unless []string
	// Note says the unit, where the default does not apply, or why it is unknown; may be empty.
	Note string
}

// key names one row of the table.
type key struct{ resourceType, attribute string }

//go:embed defaults.csv
var defaultsFile string

var facts = sync.OnceValue(load)

// Default returns the value that an attribute of a Terraform resource type has when it is not set, and a note. It is
// false when the table has no row, and when code alone cannot tell; the note then says why. The caller must look at
// Lookup's Unless before it relies on the value.
func Default(resourceType, attribute string) (any, string, bool) {
	fact, ok := Lookup(resourceType, attribute)

	return fact.Value, fact.Note, ok && fact.Value != nil
}

// Lookup returns the default of an attribute with what limits it, and false when the table has no row.
func Lookup(resourceType, attribute string) (Fact, bool) {
	fact, ok := facts()[key{resourceType, attribute}]

	return fact, ok
}

// load parses the embedded table. The tests prove that it is not malformed.
func load() map[key]Fact {
	rows := table.MustParse(defaultsFile, "resource", "attribute", "value", "since", "unless", "note").Rows
	loaded := make(map[key]Fact, len(rows))

	for _, row := range rows {
		fact := Fact{Value: parseValue(row[2]), Since: row[3], Note: row[5]}
		if row[4] != "" {
			fact.Unless = strings.Fields(row[4])
		}

		loaded[key{row[0], row[1]}] = fact
	}

	return loaded
}

// parseValue reads a cell: true, false, a number, a [list of words], unknown, or else a string.
func parseValue(cell string) any {
	switch {
	case cell == "unknown":
		return nil
	case cell == "true", cell == "false":
		return cell == "true"
	case strings.HasPrefix(cell, "["):
		return strings.Fields(strings.Trim(cell, "[]"))
	}

	if number, err := strconv.Atoi(cell); err == nil {
		return number
	}

	return cell
}
