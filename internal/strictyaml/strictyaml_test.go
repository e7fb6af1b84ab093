package strictyaml_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/strictyaml"
)

type level string

func (level) Values() []string { return []string{"low", "medium", "high"} }

type upper string

func (u *upper) UnmarshalText(text []byte) error {
	if strings.ToUpper(string(text)) != string(text) {
		return errors.New("write it in capitals")
	}
	*u = upper(text)
	return nil
}

type item struct {
	Name  string `yaml:"name" assay:"required"`
	Level level  `yaml:"level,omitempty"`
	Pos   strictyaml.Pos
}

type settings struct {
	Title    string            `yaml:"title"`
	Count    int8              `yaml:"count"`
	Size     uint16            `yaml:"size"`
	Ratio    float64           `yaml:"ratio"`
	On       bool              `yaml:"on"`
	Until    strictyaml.Date   `yaml:"until"`
	Maybe    *int              `yaml:"maybe"`
	Tags     []string          `yaml:"tags"`
	Labels   map[string]string `yaml:"labels"`
	Limits   map[level]int     `yaml:"limits"`
	Items    []item            `yaml:"items"`
	Inner    *settings         `yaml:"inner"`
	Any      any               `yaml:"any"`
	Shout    upper             `yaml:"shout"`
	Plain    string
	Hidden   string `yaml:"-"`
	internal int    //nolint:unused // an unexported field must be left alone by the decoder
}

func TestDecode(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in   string
		want settings
	}{
		"empty":         {"", settings{}},
		"comments only": {"# nothing\n", settings{}},
		"byte order mark": {
			"\ufefftitle: a\n", settings{Title: "a"},
		},
		"scalars": {
			"title: x\ncount: -8\nsize: 65535\nratio: 1.5\non: true\nuntil: 2026-02-28\nmaybe: 3\nshout: ABC\nplain: y\n",
			settings{
				Title: "x", Count: -8, Size: 65535, Ratio: 1.5, On: true, Until: strictyaml.Date{Year: 2026, Month: 2, Day: 28},
				Maybe: new(3), Shout: "ABC", Plain: "y",
			},
		},
		"numbers and dates keep their spelling as text": {
			"tags: [012345678901, 1.10, 2026-01-02, 0x1F, 'true', yes, \"\"]\n",
			settings{Tags: []string{"012345678901", "1.10", "2026-01-02", "0x1F", "true", "yes", ""}},
		},
		"an absent value in a pointer": {"maybe:\n", settings{}},
		"maps": {
			"labels: {a: b, 1: c}\nlimits: {low: 1}\n",
			settings{Labels: map[string]string{"a": "b", "1": "c"}, Limits: map[level]int{"low": 1}},
		},
		"positions": {
			"items:\n  - name: a\n    level: high\n  - name: b\n",
			settings{Items: []item{
				{Name: "a", Level: "high", Pos: strictyaml.Pos{Line: 2, Column: 5}},
				{Name: "b", Pos: strictyaml.Pos{Line: 4, Column: 5}},
			}},
		},
		"alias":       {"tags: &t [a]\ninner: {tags: *t}\n", settings{Tags: []string{"a"}, Inner: &settings{Tags: []string{"a"}}}},
		"folded text": {"title: >-\n  one\n  two\n", settings{Title: "one two"}},
		"any": {
			"any: {a: [1, 1.5, true, x, null, 2026-01-02], b: {c: d}}\n",
			settings{Any: map[string]any{
				"a": []any{int64(1), 1.5, true, "x", nil, "2026-01-02"}, "b": map[string]any{"c": "d"},
			}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := strictyaml.Decode[settings]("f.yaml", []byte(tt.in), strictyaml.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(settings{})); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	keys := "allowed keys: title, count, size, ratio, on, until, maybe, tags, labels, limits, items, inner, any, shout, plain"
	tests := map[string]struct {
		in   string
		want []string
	}{
		"unknown key": {"titel: x\n", []string{`f.yaml:1:1: unknown key "titel" (did you mean "title"? ` + keys + `)`}},
		"unknown key without a near one": {
			"inner:\n  colour: x\n", []string{`f.yaml:2:3: inner: unknown key "colour" (` + keys + `)`},
		},
		"hidden fields are no keys": {
			"Hidden: x\ninternal: 1\n",
			[]string{`f.yaml:1:1: unknown key "Hidden" (` + keys + `)`, `f.yaml:2:1: unknown key "internal" (` + keys + `)`},
		},
		"all errors at once": {
			"count: x\nitems:\n  - level: hihg\n  - name: ''\n    name: b\non: yes\n",
			[]string{
				`f.yaml:1:8: count: expected a whole number, found "x"`,
				`f.yaml:3:12: items[0].level: unknown value "hihg" (did you mean "high"? allowed values: low, medium, high)`,
				`f.yaml:3:5: items[0]: required key "name" is missing`,
				`f.yaml:5:5: items[1]: key "name" repeats the one in line 4 (remove one of them)`,
				`f.yaml:4:11: items[1].name: must not be empty`,
				`f.yaml:6:5: on: expected true or false, found "yes"`,
			},
		},
		"wrong shapes": {
			"title: [a]\ntags: a\nlabels: [b]\ninner: 3\nitems: {name: a}\nuntil: {a: b}\n",
			[]string{
				`f.yaml:1:8: title: expected text, found a list`,
				`f.yaml:2:7: tags: expected a list, found "a" (begin each item with a dash)`,
				`f.yaml:3:9: labels: expected a mapping of keys to values, found a list`,
				`f.yaml:4:8: inner: expected a mapping of keys to values, found "3"`,
				`f.yaml:5:8: items: expected a list, found a mapping (begin each item with a dash)`,
				`f.yaml:6:8: until: expected a date such as 2026-01-31, found a mapping`,
			},
		},
		"numbers": {
			"count: 128\nsize: -1\nratio: .inf\nmaybe: 012\n",
			[]string{
				`f.yaml:1:8: count: number 128 is out of range`,
				`f.yaml:2:7: size: number -1 is out of range`,
				`f.yaml:3:8: ratio: ".inf" is not a finite decimal number`,
				`f.yaml:4:8: maybe: "012" is not a plain decimal number (use digits only)`,
			},
		},
		"true and nothing are not text": {
			"title: true\nplain:\ntags:\n",
			[]string{
				`f.yaml:1:8: title: expected text, found "true" (write it in quotes if text is meant)`,
				`f.yaml:2:7: plain: no value, expected text (give it a value or remove the key)`,
				`f.yaml:3:6: tags: no value, expected a list (give it a value or remove the key)`,
			},
		},
		"dates": {
			"until: 2026-02-30\n",
			[]string{`f.yaml:1:8: until: "2026-02-30" is not a date: expected YYYY-MM-DD, such as 2026-01-31`},
		},
		"own text type": {"shout: abc\n", []string{`f.yaml:1:8: shout: write it in capitals`}},
		"tags":          {"count: !!int '3'\n", []string{`f.yaml:1:8: count: tag !!int is not supported (remove it)`}},
		"merge key": {
			"inner: &i {on: true}\n<<: *i\n", []string{`f.yaml:2:1: merge key << is not supported (write the keys out)`},
		},
		"keys that are not text": {"? [a]\n: b\n", []string{`f.yaml:1:3: a key must be plain text, found a list`}},
		"keys of an enumeration": {
			"limits: {lov: 1}\n",
			[]string{`f.yaml:1:10: limits: unknown value "lov" (did you mean "low"? allowed values: low, medium, high)`},
		},
		"second document": {
			"title: a\n---\ntitle: b\n",
			[]string{`f.yaml:2:1: a second document begins here (a file holds one document: remove the --- line)`},
		},
		"the root is a list":  {"- a\n", []string{`f.yaml:1:1: expected a mapping of keys to values, found a list`}},
		"an anchor in itself": {"any: &a [*a]\n", []string{`f.yaml:1:10: any[0][0]: alias *a stands inside its own anchor`}},
		"alias without anchor": {
			"a: 1\ntitle: *nope\n",
			[]string{`f.yaml:2: alias *nope has no anchor (quote the value if it is meant to begin with *)`},
		},
		"syntax, first line": {"a: b: c", []string{`f.yaml:1: not valid YAML: mapping values are not allowed in this context`}},
		"syntax, scanner":    {"a: 1\nb: c: d\n", []string{`f.yaml:2: not valid YAML: mapping values are not allowed in this context`}},
		"syntax, parser":     {"x: 1\na: [1, 2\nb: 3\n", []string{`f.yaml:2: not valid YAML: did not find expected ',' or ']'`}},
		"syntax, second document": {
			"a: 1\n---\nb: c: d\n", []string{`f.yaml:3: not valid YAML: mapping values are not allowed in this context`},
		},
		"control character": {"a: 1\nb: é\x01\n", []string{`f.yaml:2:5: control character 0x01 (the file must be text)`}},
		"not UTF-8":         {"a: 1\nbé: \xff\n", []string{`f.yaml:2:5: not valid UTF-8 (save the file as UTF-8)`}},
		"UTF-16":            {"\xff\xfea\x00", []string{`f.yaml:1:1: not valid UTF-8 (save the file as UTF-8)`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := strictyaml.Decode[settings]("f.yaml", []byte(tt.in), strictyaml.Options{})
			var got []string
			for _, e := range strictyaml.Errors(err) {
				got = append(got, e.Error())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	bomb := "any:\n  - &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 9 {
		bomb += fmt.Sprintf("  - &a%d [%s]\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	tests := map[string]struct {
		in   string
		opts strictyaml.Options
		last string
	}{
		"size": {
			"title: abc\n", strictyaml.Options{MaxBytes: 5}, "f.yaml: file has 11 bytes, more than the limit of 5",
		},
		"default size": {
			strings.Repeat("#\n", 3<<20), strictyaml.Options{}, "f.yaml: file has 6291456 bytes, more than the limit of 4194304",
		},
		"depth": {
			"any: " + strings.Repeat("[", 70) + strings.Repeat("]", 70),
			strictyaml.Options{},
			"nested more than 64 levels deep",
		},
		"aliases": {bomb, strictyaml.Options{}, "aliases expand to more than 10000 values (write the values out)"},
		"errors":  {"items: [" + strings.Repeat("x,", 150) + "]", strictyaml.Options{}, "f.yaml: and 50 more errors"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := strictyaml.Decode[settings]("f.yaml", []byte(tt.in), tt.opts)
			all := strictyaml.Errors(err)
			if len(all) == 0 || !strings.HasSuffix(all[len(all)-1].Error(), tt.last) {
				t.Errorf("got %d errors, want the last to end with %q: %v", len(all), tt.last, err)
			}
		})
	}
}

func TestErrorsOfOtherTrees(t *testing.T) {
	t.Parallel()
	one := &strictyaml.Error{File: "a", Message: "x"}
	two := &strictyaml.Error{File: "b", Message: "y"}
	err := fmt.Errorf("loading: %w", errors.Join(one, errors.New("other"), fmt.Errorf("deep: %w", two)))
	if diff := cmp.Diff([]*strictyaml.Error{one, two}, strictyaml.Errors(err)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := strictyaml.Errors(nil); got != nil {
		t.Errorf("no error gives %v", got)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	checks := []string{"backup.covered", "enc.at_rest", "iam.root_mfa", "iam.user_mfa", "on"}
	for name, want := range map[string]string{
		"enc.at_rest":            "enc.at_rest",
		"enc.at-rest":            "enc.at_rest",
		"ENC.AT_REST":            "enc.at_rest",
		"enc.atrest":             "enc.at_rest",
		"iam.usre_mfa":           "iam.user_mfa",
		"iam.mfa":                "",
		"no":                     "on",
		"x":                      "",
		"":                       "",
		"net.ids":                "",
		strings.Repeat("a", 500): "",
	} {
		if got := strictyaml.Nearest(name, checks); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestDate(t *testing.T) {
	t.Parallel()
	d, err := strictyaml.ParseDate("2026-11-21")
	if err != nil {
		t.Fatal(err)
	}
	later := strictyaml.DateOf(time.Date(2026, 12, 1, 23, 0, 0, 0, time.UTC))
	text, err := later.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	got := []any{d.String(), string(text), d.Compare(later), later.Compare(d), d.Compare(d), d.IsZero()}
	want := []any{"2026-11-21", "2026-12-01", -1, 1, 0, false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	none := strictyaml.Date{}
	if !none.IsZero() || none.String() != "" || !none.Time().IsZero() || none.Compare(d) != -1 {
		t.Error("the zero date is not empty")
	}
	for _, bad := range []string{"", "2026-1-2", "2026-13-01", "0000-01-01", "2026-11-21T00:00:00Z", "tomorrow"} {
		if _, err := strictyaml.ParseDate(bad); err == nil {
			t.Errorf("ParseDate(%q) gives no error", bad)
		}
	}
}

// FuzzDecode holds that no input panics or hangs, and that every fault names the file.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "title: x\n", "items:\n  - name: a\n    level: high\n", "any: &a [*a]\n", "a: [1, 2\nb: 3\n", "? [a]\n: b\n",
		"<<: {a: b}\n", "count: !!int '3'\n", "a: 1\n---\nb: 2\n", "until: 2026-02-30\n", "\"\\ud800\": 1", "- - - - a",
		"%YAML 1.2\n---\ntitle: >-\n  x\n", "inner: {inner: {inner: {}}}\n", "maybe: 1_000\nratio: 1e400\n", "any: {? {a: b} : c}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := strictyaml.Decode[settings]("f.yaml", data, strictyaml.Options{MaxBytes: 1 << 16})
		if err == nil {
			return
		}
		all := strictyaml.Errors(err)
		if len(all) == 0 {
			t.Fatalf("error without a typed one: %v", err)
		}
		for _, e := range all {
			if e.File != "f.yaml" || e.Message == "" || e.Line < 0 {
				t.Errorf("incomplete error %+v", e)
			}
		}
	})
}

func FuzzNearest(f *testing.F) {
	f.Add("enc.at-rest", "enc.at_rest")
	f.Add("\xff", "")
	f.Fuzz(func(t *testing.T, name, candidate string) {
		if got := strictyaml.Nearest(name, []string{candidate}); got != "" && got != candidate {
			t.Errorf("Nearest(%q, %q) = %q", name, candidate, got)
		}
	})
}
