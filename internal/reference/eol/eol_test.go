package eol_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/reference/eol"
	"github.com/assay-audit/assay/internal/reference/table"
)

func TestLookup(t *testing.T) {
	t.Parallel()

	for _, test := range []struct{ product, version, want string }{
		{"debian", "12", "2028-06-30"},
		{"debian", "12.5", "2028-06-30"},
		{"ubuntu", "24.04", "2029-05-31"},
		{"ubuntu", "24.04.1", "2029-05-31"},
		{"rhel", "9.4", "2032-05-31"},
		{"centos", "7", "2024-06-30"},
		{"alpine", "3.19.1", "2025-11-01"},
		{"amzn", "2", "2026-06-30"},
		{"amzn", "2023.5.20240805", "2029-06-30"},
		{"sles", "15.6", "2025-12-31"},
		{"postgres", "14.7", "2027-02-28"},
		{"postgres", "14", "2027-02-28"},
		{"postgres", "9.6.24", "2022-04-30"},
		{"mysql", "8.0.35", "2026-07-31"},
		{"mysql", "5.7.44-rds.20240408", "2024-02-29"},
		{"mariadb", "10.6.14", "2026-12-31"},
		{"oracle-se2", "19.0.0.0.ru-2025-01.rur-2025-01.r1", "2029-12-31"},
		{"oracle-ee", "12.2.0.1.ru-2021-01.rur-2021-01.r1", "2022-03-31"},
		{"sqlserver-se", "15.00.4345.5.v1", "2030-01-08"},
		{"sqlserver-ex", "13.00.6435.1.v1", "2026-07-14"},
		{"aurora-postgresql", "15.4", "2028-02-29"},
		{"aurora-mysql", "8.0.mysql_aurora.3.04.0", "2026-10-31"},
		{"aurora-mysql", "8.0.mysql_aurora.3.10.0", "2028-04-30"},
		{"aurora-mysql", "5.7.mysql_aurora.2.07.1", "2024-10-31"},
		{"aurora", "5.6.mysql_aurora.1.22.2", "2023-02-28"},
		{"aurora-mysql", "8.0", "2028-04-30"},
		{"elasticache-redis", "6.x", "2027-01-31"},
		{"elasticache-redis", "5.0.6", "2026-01-31"},
		{"opensearch", "OpenSearch_2.11", "2027-11-07"},
		{"elasticsearch", "Elasticsearch_7.10", "2027-11-07"},
		{"elasticsearch", "7.1", "2025-11-07"},
		{"docdb", "3.6.0", "2026-03-30"},
		{"neptune", "1.2.1.0.R7", "2026-11-30"},
		{"lambda", "nodejs18.x", "2025-09-01"},
		{"lambda", "python3.9", "2025-12-15"},
		{"lambda", "provided.al2", "2026-07-31"},
		{"eks", "1.29", "2025-03-23"},
		{"msk", "2.8.2.tiered", "2025-01-14"},
		{"msk", "3.7.x.kraft", "2026-09-01"},
	} {
		t.Run(test.product+" "+test.version, func(t *testing.T) {
			t.Parallel()

			got, ok := eol.Lookup(test.product, test.version)
			if !ok || got != test.want {
				t.Errorf("Lookup = %q, %v; want %q, true", got, ok, test.want)
			}
		})
	}
}

func TestUnknownReleasesAreNotFound(t *testing.T) {
	t.Parallel()

	for _, test := range []struct{ product, version string }{
		{"", ""},
		{"postgres", ""},
		{"postgres", "latest"},
		{"postgres", "140"},
		{"postgres", "99.1"},
		{"plan9", "4"},
		{"custom-oracle-ee", "19"},
		{"lambda", "python3.99"},
		{"lambda", "python3"},
		// A minor release that the table does not list, of a major release that goes on.
		{"aurora-mysql", "8.0.mysql_aurora.3.05.2"},
		{"ubuntu", "24"},
		{"opensearch", "2.10"},
	} {
		t.Run(test.product+" "+test.version, func(t *testing.T) {
			t.Parallel()

			if got, ok := eol.Find(test.product, test.version); ok {
				t.Errorf("Find = %+v, want not found", got)
			}
		})
	}
}

func TestFindTellsSupportedWithoutEndFromUnknown(t *testing.T) {
	t.Parallel()

	got, ok := eol.Find("msk", "3.9.x")
	want := eol.Support{
		Product: "msk",
		Cycle:   "3.9",
		Basis:   "end of support",
		Source: "https://docs.aws.amazon.com/msk/latest/developerguide/version-support.html " +
			"(dates as collected by https://endoflife.date/amazon-msk)",
		AsOf: "2026-08-22",
	}

	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("ok = %v, support (-want +got):\n%s", ok, diff)
	}

	if date, ok := eol.Lookup("msk", "3.9.x"); ok {
		t.Errorf("Lookup = %q although no end is announced", date)
	}
}

func TestTablesAreWellFormed(t *testing.T) {
	t.Parallel()

	files, err := filepath.Glob("data/*.csv")
	if err != nil || len(files) < 25 {
		t.Fatalf("found %d tables, error %v", len(files), err)
	}

	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			checkTable(t, file)
		})
	}
}

// checkTable proves that every row of a table can be found again under its own name.
func checkTable(t *testing.T, file string) {
	t.Helper()

	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}

	parsed, err := table.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}

	if diff := cmp.Diff([]string{"cycle", "ends_on"}, parsed.Columns); diff != "" {
		t.Fatalf("columns (-want +got):\n%s", diff)
	}

	if parsed.Basis == "" {
		t.Error("no basis")
	}

	product := strings.TrimSuffix(filepath.Base(file), ".csv")
	seen := map[string]bool{}

	for _, row := range parsed.Rows {
		if seen[row[0]] {
			t.Errorf("cycle %q is listed twice", row[0])
		}

		seen[row[0]] = true

		if row[1] != "" && !table.IsDate(row[1]) {
			t.Errorf("cycle %q ends on %q, which is not a date", row[0], row[1])
		}

		got, ok := eol.Find(product, row[0])
		if !ok || got.EndsOn != row[1] || got.Cycle != row[0] {
			t.Errorf("Find(%q, %q) = %+v, %v; want %q", product, row[0], got, ok, row[1])
		}
	}
}

func TestAliasesNameExistingTables(t *testing.T) {
	t.Parallel()

	text, err := os.ReadFile("aliases.csv")
	if err != nil {
		t.Fatal(err)
	}

	for _, alias := range table.MustParse(string(text), "name", "product").Rows {
		if _, err := os.Stat(filepath.Join("data", alias[1]+".csv")); err != nil {
			t.Errorf("alias %q: %v", alias[0], err)
		}

		if _, err := os.Stat(filepath.Join("data", alias[0]+".csv")); err == nil {
			t.Errorf("alias %q hides a table of that name", alias[0])
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("postgres", "14.7")
	f.Add("aurora-mysql", "8.0.mysql_aurora.3.04.0")
	f.Add("lambda", "nodejs20.x")
	f.Fuzz(func(t *testing.T, product, version string) {
		support, ok := eol.Find(product, version)
		if ok && (support.Cycle == "" || support.AsOf == "") {
			t.Errorf("Find(%q, %q) = %+v: found without a cycle or a date of record", product, version, support)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	for b.Loop() {
		eol.Find("aurora-mysql", "8.0.mysql_aurora.3.04.0")
	}
}
