package assess_test

import (
	"strings"
	"testing"

	"github.com/assay-audit/assay/internal/assess"
)

func TestReadErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ in, want string }{
		"empty":            {"", "the file is empty or ends too early"},
		"cut":              {`{"schema_version":"1.0","findings":[`, "the file is empty or ends too early"},
		"syntax":           {`{"schema_version":1.0,}`, "at byte 23"},
		"no version":       {`{"runs":[]}`, "it has no schema_version"},
		"newer major":      {`{"schema_version":"2.0"}`, `schema version "2.0"`},
		"newer minor":      {`{"schema_version":"1.9"}`, `schema version "1.9"`},
		"malformed":        {`{"schema_version":"one"}`, `schema version "one"`},
		"unknown field":    {`{"schema_version":"1.0","surprise":1}`, `unknown field "surprise"`},
		"wrong type":       {`{"schema_version":"1.0","findings":{}}`, "findings is a JSON object"},
		"unknown status":   {`{"schema_version":"1.0","findings":[{"check":"a.b","severity":"low","status":"fine"}]}`, `findings[0] (a.b on ): unknown status "fine"`},
		"unknown severity": {`{"schema_version":"1.0","findings":[{"check":"a.b","severity":"dire","status":"pass"}]}`, `unknown severity "dire"`},
		"control status":   {`{"schema_version":"1.0","controls":[{"framework":"gdpr","id":"Art. 5","status":"met"}]}`, `controls[0] (gdpr Art. 5): unknown status "met"`},
		"two documents":    {`{"schema_version":"1.0"}{}`, "more after"},
		"no object":        {`[]`, "not what belongs there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := assess.Read(strings.NewReader(tc.in))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"schema_version":"1.0","findings":[{"check":"a.b","severity":"low","status":"pass","location":null}]}`)
	f.Fuzz(func(t *testing.T, in string) {
		a, err := assess.Read(strings.NewReader(in))
		if (a == nil) == (err == nil) {
			t.Errorf("assessment %v and error %v", a, err)
		}
	})
}
