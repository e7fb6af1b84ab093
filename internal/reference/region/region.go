// Package region knows in which country an AWS region lies and what EU law says of that country.
//
// Personal data may leave the European Economic Area only on a ground of GDPR chapter V. The first ground is an
// adequacy decision (Art. 45): the European Commission has found that a country protects personal data well enough.
// Decisions have a date, some have an end, and some are limited to a sector: the decision on the United States covers
// only organisations on the Data Privacy Framework List. A limited decision is therefore no proof by itself.
//
// A region that is in no table is not found, and the caller must say unknown.
package region

import (
	_ "embed"
	"maps"
	"slices"
	"sync"

	"github.com/assay-audit/assay/internal/reference/table"
)

// Region is where an AWS region lies.
type Region struct {
	// Code is the region's code, for example "eu-central-1".
	Code string
	// Partition is the ARN partition, for example "aws" or "aws-cn".
	Partition string
	// Country is the country's ISO 3166-1 alpha-2 code.
	Country string
}

// Adequacy is an adequacy decision in force.
type Adequacy struct {
	// Country is the ISO 3166-1 alpha-2 code of the country or territory.
	Country string
	// Decision is the number of the Commission's decision.
	Decision string
	// Since is the day (YYYY-MM-DD) of the decision.
	Since string
	// Until is the last day (YYYY-MM-DD) on which it applies; empty when it has no end.
	Until string
	// Limit says which recipients or data the decision is limited to; empty when it covers the whole country.
	Limit string
}

var (
	//go:embed regions.csv
	regionFile string
	//go:embed eea.csv
	eeaFile string
	//go:embed adequacy.csv
	adequacyFile string
)

var (
	regions    = sync.OnceValue(loadRegions)
	eea        = sync.OnceValue(loadEEA)
	adequacies = sync.OnceValue(loadAdequacies)
)

// Lookup returns an AWS region by its code, and false when the code is not known.
func Lookup(code string) (Region, bool) {
	found, ok := regions()[code]

	return found, ok
}

// Country returns the ISO 3166-1 alpha-2 code of the country in which an AWS region lies, and false when the region is
// not known.
func Country(code string) (string, bool) {
	found, ok := regions()[code]

	return found.Country, ok
}

// InEEA reports whether a country (ISO 3166-1 alpha-2, upper case) belongs to the European Economic Area.
func InEEA(country string) bool {
	return eea()[country]
}

// FindAdequacy returns the adequacy decision that is in force for a country (ISO 3166-1 alpha-2, upper case) on a day
// (YYYY-MM-DD), and false when there is none.
func FindAdequacy(country, day string) (Adequacy, bool) {
	found, ok := adequacies()[country]
	if !ok || day < found.Since || (found.Until != "" && day > found.Until) {
		return Adequacy{}, false
	}

	return found, true
}

func loadRegions() map[string]Region {
	rows := table.MustParse(regionFile, "region", "partition", "country").Rows
	found := make(map[string]Region, len(rows))

	for _, row := range rows {
		found[row[0]] = Region{Code: row[0], Partition: row[1], Country: row[2]}
	}

	return found
}

func loadEEA() map[string]bool {
	rows := table.MustParse(eeaFile, "country").Rows
	found := make(map[string]bool, len(rows))

	for _, row := range rows {
		found[row[0]] = true
	}

	return found
}

func loadAdequacies() map[string]Adequacy {
	rows := table.MustParse(adequacyFile, "country", "decision", "since", "until", "limit").Rows
	found := make(map[string]Adequacy, len(rows))

	for _, row := range rows {
		found[row[0]] = Adequacy{Country: row[0], Decision: row[1], Since: row[2], Until: row[3], Limit: row[4]}
	}

	return found
}

// Codes are the codes of all regions, sorted.
func Codes() []string { return slices.Sorted(maps.Keys(regions())) }
