package html

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

func TestSubjects(t *testing.T) {
	source := func(target, scope string) evidence.Source { return evidence.Source{Target: target, Scope: scope} }
	for name, tt := range map[string]struct {
		sources []evidence.Source
		want    []string
	}{
		"an account that credentials find": {[]evidence.Source{source("aws:", "aws:111111111111"), source("./infra", "tf:infra")}, []string{"aws:111111111111", "./infra"}},
		"an organisation":                  {[]evidence.Source{source("aws:org=audit", "aws:1"), source("aws:org=audit", "aws:2")}, []string{"aws:org=audit"}},
		"many": {
			[]evidence.Source{source("a", ""), source("b", ""), source("c", ""), source("d", ""), source("e", ""), source("f", "")},
			[]string{"a", "b", "c", "d", "2 more"},
		},
		"nothing": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, subjects(tt.sources)); diff != "" {
				t.Errorf("subjects (-want +got):\n%s", diff)
			}
		})
	}
}
