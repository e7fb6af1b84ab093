// Package table reads the small dated fact tables that the packages under internal/reference embed.
//
// A table is a CSV file with a header of comments:
//
//	# title: Debian
//	# source: https://wiki.debian.org/DebianReleases
//	# as_of: 2026-08-22
//	cycle,ends_on
//	13,2030-06-30
//
// Facts of the outside world go stale, so every table says where it comes from and on which day it was last compared
// with that source. Updating a fact means editing the file; no code knows a fact.
package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Table is one parsed fact table.
type Table struct {
	// Title names what the table is about.
	Title string
	// Source says where the facts come from, usually an address.
	Source string
	// AsOf is the day (YYYY-MM-DD) on which the table was last compared with its source.
	AsOf string
	// Basis says how the source's terms were read; empty when there is nothing to say.
	Basis string
	// Columns are the column names in file order.
	Columns []string
	// Rows hold one cell per column, trimmed of surrounding space.
	Rows [][]string
}

// Parse reads a table. Title, source and as_of are required, unknown header keys are refused, and every row has
// as many cells as there are columns.
func Parse(text string) (Table, error) {
	var parsed Table

	body, err := parsed.readHeader(text)
	if err != nil {
		return Table{}, err
	}

	reader := csv.NewReader(strings.NewReader(body))
	reader.TrimLeadingSpace = true

	records, err := reader.ReadAll()
	if err != nil {
		return Table{}, fmt.Errorf("table %q: %w", parsed.Title, err)
	}

	if len(records) == 0 {
		return Table{}, fmt.Errorf("table %q: no column names", parsed.Title)
	}

	for _, record := range records {
		for i, cell := range record {
			record[i] = strings.TrimSpace(cell)
		}
	}

	parsed.Columns, parsed.Rows = records[0], records[1:]

	return parsed, nil
}

// MustParse is Parse for embedded text, whose shape the tests of the embedding package prove; it panics on an error.
func MustParse(text string, columns ...string) Table {
	parsed, err := Parse(text)
	if err != nil {
		panic(err)
	}

	if !slices.Equal(parsed.Columns, columns) {
		panic(fmt.Sprintf("table %q: columns are %v, want %v", parsed.Title, parsed.Columns, columns))
	}

	return parsed
}

// readHeader consumes the comment lines at the top and returns what follows them.
func (t *Table) readHeader(text string) (string, error) {
	for strings.HasPrefix(text, "#") {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest

		key, value, found := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "#")), ":")
		if !found {
			return "", fmt.Errorf("header line %q: want `# key: value`", line)
		}

		value = strings.TrimSpace(value)

		switch key {
		case "title":
			t.Title = value
		case "source":
			t.Source = value
		case "as_of":
			t.AsOf = value
		case "basis":
			t.Basis = value
		default:
			return "", fmt.Errorf("header line %q: key must be title, source, as_of or basis", line)
		}
	}

	if t.Title == "" || t.Source == "" {
		return "", errors.New("header has no title or no source")
	}

	if !IsDate(t.AsOf) {
		return "", fmt.Errorf("table %q: as_of %q is not a date (YYYY-MM-DD)", t.Title, t.AsOf)
	}

	return text, nil
}

// IsDate reports whether text is a calendar date written as YYYY-MM-DD.
func IsDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)

	return err == nil
}
