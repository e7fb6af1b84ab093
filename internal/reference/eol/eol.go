// Package eol knows on which day a product's release stops receiving security fixes.
//
// Products are Linux distributions (named by the ID field of os-release(5): debian, ubuntu, rhel, amzn, ...), managed
// database engines (named as RDS names them: postgres, aurora-mysql, sqlserver-ee, ...), and other managed services
// (elasticache-redis, opensearch, elasticsearch, docdb, neptune, lambda, eks, msk).
//
// One file under data/ holds one product, with its source and the day on which it was last compared with that source.
// The date is the end of the support that comes without a further contract: standard support, not the paid extension.
// Each file's `basis` says which of the vendor's dates that is.
//
// Absence is never support: a release that is in no table is not found, and the caller must say unknown.
package eol

import (
	"embed"
	"fmt"
	"strings"
	"sync"

	"github.com/assay-audit/assay/internal/reference/table"
)

// Support says until when a release is supported.
type Support struct {
	// Product is the table's name, for example "aurora-mysql".
	Product string
	// Cycle is the row that decided, for example "14" for version 14.7.
	Cycle string
	// EndsOn is the last day (YYYY-MM-DD) of support; empty when the vendor supports the release and has announced no
	// end as of AsOf.
	EndsOn string
	// Basis says which of the vendor's dates EndsOn is.
	Basis string
	// Source says where the date comes from.
	Source string
	// AsOf is the day (YYYY-MM-DD) on which the table was last compared with its source.
	AsOf string
}

// product is one table, indexed by normalised cycle.
type product struct {
	info   Support
	cycles map[string]row
	// parents are the cycles under which the table also lists finer ones.
	parents map[string]bool
}

// row is one release cycle as the file spells it, with its last day of support or "".
type row struct{ cycle, endsOn string }

// index is every table, by product name and alias.
type index struct {
	products map[string]product
	aliases  map[string]string
}

//go:embed data/*.csv
var dataFiles embed.FS

//go:embed aliases.csv
var aliasFile string

var loaded = sync.OnceValue(load)

// Lookup returns the last day (YYYY-MM-DD) of support of a product's version. It is false when the product or the
// version is in no table, and when the vendor has announced no date; Find tells the two apart.
func Lookup(productName, version string) (string, bool) {
	support, ok := Find(productName, version)

	return support.EndsOn, ok && support.EndsOn != ""
}

// Find returns the support of a product's version, and false when it is in no table.
//
// The version may be as exact as the source reports it: postgres 14.7 is decided by cycle 14, sqlserver-se
// 15.00.4345.5.v1 by 15.0, opensearch OpenSearch_2.11 by 2.11, aurora-mysql 8.0.mysql_aurora.3.04.0 by 3.04. Where a
// table lists minor releases, a minor release that it does not list is not found, unless its whole major release has
// ended: a minor release never outlives its major release.
func Find(productName, version string) (Support, bool) {
	tables := loaded()

	name := strings.ToLower(strings.TrimSpace(productName))
	if target, ok := tables.aliases[name]; ok {
		name = target
	}

	found, ok := tables.products[name]
	if !ok {
		return Support{}, false
	}

	decided, ok := found.find(strings.ToLower(strings.TrimSpace(version)))
	if !ok {
		return Support{}, false
	}

	support := found.info
	support.Cycle, support.EndsOn = decided.cycle, decided.endsOn

	return support, true
}

// find looks for the version itself and then for ever coarser cycles that contain it.
func (p product) find(version string) (row, bool) {
	if exact, ok := p.cycles[version]; ok {
		return exact, true
	}

	exact := true

	for candidate := numericPrefix(version); candidate != ""; candidate = parent(candidate) {
		decided, ok := p.cycles[candidate]
		if !ok {
			exact = false

			continue
		}

		ended := decided.endsOn != "" && decided.endsOn < p.info.AsOf
		if !exact && p.parents[candidate] && !ended {
			return row{}, false
		}

		return decided, true
	}

	return row{}, false
}

// numericPrefix reduces a version to its leading dotted numbers without leading zeros, after dropping the engine name
// that some services put before it.
func numericPrefix(version string) string {
	if _, engine, found := strings.Cut(version, "mysql_aurora."); found {
		version = engine
	}

	version = strings.TrimPrefix(version, "opensearch_")
	version = strings.TrimPrefix(version, "elasticsearch_")
	version = strings.TrimPrefix(version, "v")

	var numbers []string

	for part := range strings.SplitSeq(version, ".") {
		digits := part[:len(part)-len(strings.TrimLeft(part, "0123456789"))]
		if digits == "" {
			break
		}

		significant := strings.TrimLeft(digits, "0")
		if significant == "" {
			significant = "0"
		}

		numbers = append(numbers, significant)

		if len(digits) != len(part) {
			break
		}
	}

	return strings.Join(numbers, ".")
}

// parent drops the last number of a dotted version.
func parent(version string) string {
	cut := strings.LastIndexByte(version, '.')
	if cut < 0 {
		return ""
	}

	return version[:cut]
}

// load parses every embedded table. The tests prove that none is malformed.
func load() index {
	entries, err := dataFiles.ReadDir("data")
	if err != nil {
		panic(fmt.Sprintf("end-of-life tables: %v", err))
	}

	tables := index{products: make(map[string]product, len(entries)), aliases: map[string]string{}}

	for _, entry := range entries {
		text, err := dataFiles.ReadFile("data/" + entry.Name())
		if err != nil {
			panic(fmt.Sprintf("end-of-life table %s: %v", entry.Name(), err))
		}

		name := strings.TrimSuffix(entry.Name(), ".csv")
		tables.products[name] = newProduct(name, table.MustParse(string(text), "cycle", "ends_on"))
	}

	for _, alias := range table.MustParse(aliasFile, "name", "product").Rows {
		tables.aliases[alias[0]] = alias[1]
	}

	return tables
}

func newProduct(name string, source table.Table) product {
	made := product{
		info:    Support{Product: name, Basis: source.Basis, Source: source.Source, AsOf: source.AsOf},
		cycles:  make(map[string]row, len(source.Rows)),
		parents: map[string]bool{},
	}

	for _, cells := range source.Rows {
		decided := row{cycle: cells[0], endsOn: cells[1]}
		key := strings.ToLower(decided.cycle)

		if normal := numericPrefix(key); strings.Trim(key, "0123456789.") == "" {
			key = normal
		}

		made.cycles[key] = decided

		for above := parent(key); above != ""; above = parent(above) {
			made.parents[above] = true
		}
	}

	return made
}
