package table_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/reference/table"
)

const header = "# title: Fruit\n# source: https://fruit.test/list\n# as_of: 2026-01-31\n"

func TestParse(t *testing.T) {
	t.Parallel()

	got, err := table.Parse(header + "# basis: ripe ones only\nname, colour\npear , green\n\"fig, dried\",brown\n")
	if err != nil {
		t.Fatal(err)
	}

	want := table.Table{
		Title:   "Fruit",
		Source:  "https://fruit.test/list",
		AsOf:    "2026-01-31",
		Basis:   "ripe ones only",
		Columns: []string{"name", "colour"},
		Rows:    [][]string{{"pear", "green"}, {"fig, dried", "brown"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestParseRefusesMalformedTables(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct{ text, want string }{
		"empty":            {"", "no title or no source"},
		"no date":          {"# title: a\n# source: b\nx\n", "not a date"},
		"impossible date":  {"# title: a\n# source: b\n# as_of: 2026-02-30\nx\n", "not a date"},
		"unknown key":      {header + "# colour: red\nx\n", "key must be"},
		"not a key":        {header + "# remark\nx\n", "want `# key: value`"},
		"no column names":  {header, "no column names"},
		"ragged row":       {header + "a,b\n1\n", "wrong number of fields"},
		"unfinished quote": {header + "a\n\"b\n", "quote"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := table.Parse(test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestMustParsePanicsOnOtherColumns(t *testing.T) {
	t.Parallel()

	defer func() {
		if recover() == nil {
			t.Error("no panic although the columns differ")
		}
	}()

	table.MustParse(header+"a,b\n", "a", "c")
}

func FuzzParse(f *testing.F) {
	f.Add(header + "a,b\n1,2\n")
	f.Add("# title")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := table.Parse(text)
		if err != nil {
			return
		}

		for _, row := range parsed.Rows {
			if len(row) != len(parsed.Columns) {
				t.Errorf("row %q has %d cells, want %d", row, len(row), len(parsed.Columns))
			}
		}
	})
}
