package region_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/reference/region"
	"github.com/assay-audit/assay/internal/reference/table"
)

func TestLookup(t *testing.T) {
	t.Parallel()

	for _, want := range []region.Region{
		{Code: "eu-west-1", Partition: "aws", Country: "IE"},
		{Code: "eu-west-2", Partition: "aws", Country: "GB"},
		{Code: "eu-central-2", Partition: "aws", Country: "CH"},
		{Code: "us-gov-west-1", Partition: "aws-us-gov", Country: "US"},
		{Code: "cn-north-1", Partition: "aws-cn", Country: "CN"},
		{Code: "eusc-de-east-1", Partition: "aws-eusc", Country: "DE"},
	} {
		got, ok := region.Lookup(want.Code)
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("ok = %v, region (-want +got):\n%s", ok, diff)
		}

		if country, ok := region.Country(want.Code); !ok || country != want.Country {
			t.Errorf("Country(%q) = %q, %v", want.Code, country, ok)
		}
	}
}

func TestUnknownRegionIsNotFound(t *testing.T) {
	t.Parallel()

	for _, code := range []string{"", "eu-west-9", "aws-global", "EU-WEST-1", "eu-west-1a", "eu-isoe-west-1"} {
		if got, ok := region.Lookup(code); ok {
			t.Errorf("Lookup(%q) = %+v, want not found", code, got)
		}

		if got, ok := region.Country(code); ok {
			t.Errorf("Country(%q) = %q, want not found", code, got)
		}
	}
}

func TestInEEA(t *testing.T) {
	t.Parallel()

	for country, want := range map[string]bool{
		"IE": true, "NO": true, "IS": true, "LI": true, "GR": true, "CH": false, "GB": false, "US": false, "": false, "de": false,
	} {
		if got := region.InEEA(country); got != want {
			t.Errorf("InEEA(%q) = %v, want %v", country, got, want)
		}
	}
}

func TestFindAdequacy(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		name, country, day string
		want               region.Adequacy
		ok                 bool
	}{
		{
			name: "whole country", country: "CH", day: "2026-11-21", ok: true,
			want: region.Adequacy{Country: "CH", Decision: "2000/518/EC", Since: "2000-07-26"},
		},
		{
			name: "limited", country: "US", day: "2026-11-21", ok: true,
			want: region.Adequacy{
				Country: "US", Decision: "(EU) 2023/1795", Since: "2023-07-10", Limit: "organisations on the Data Privacy Framework List",
			},
		},
		{
			name: "last day", country: "GB", day: "2031-12-27", ok: true,
			want: region.Adequacy{Country: "GB", Decision: "(EU) 2021/1772", Since: "2021-06-28", Until: "2031-12-27"},
		},
		{name: "ended", country: "GB", day: "2031-12-28"},
		{name: "not yet", country: "BR", day: "2025-12-31"},
		{name: "none", country: "CN", day: "2026-11-21"},
		{name: "empty", country: "", day: ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			got, ok := region.FindAdequacy(test.country, test.day)
			if diff := cmp.Diff(test.want, got); diff != "" || ok != test.ok {
				t.Errorf("ok = %v, adequacy (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestTablesAreWellFormed(t *testing.T) {
	t.Parallel()

	country := regexp.MustCompile(`^[A-Z]{2}$`)

	for file, rules := range map[string]struct {
		columns []string
		country int
		least   int
	}{
		"regions.csv":  {[]string{"region", "partition", "country"}, 2, 40},
		"eea.csv":      {[]string{"country"}, 0, 30},
		"adequacy.csv": {[]string{"country", "decision", "since", "until", "limit"}, 0, 10},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()

			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}

			rows := table.MustParse(string(text), rules.columns...).Rows
			if len(rows) < rules.least {
				t.Errorf("only %d rows", len(rows))
			}

			seen := map[string]bool{}

			for _, row := range rows {
				if seen[row[0]] {
					t.Errorf("%q is listed twice", row[0])
				}

				seen[row[0]] = true

				if !country.MatchString(row[rules.country]) {
					t.Errorf("%q is not an ISO 3166-1 alpha-2 code", row[rules.country])
				}

				if file == "adequacy.csv" && (row[1] == "" || !table.IsDate(row[2]) || (row[3] != "" && !table.IsDate(row[3]))) {
					t.Errorf("row %q has no decision or a malformed date", row)
				}
			}
		})
	}
}
