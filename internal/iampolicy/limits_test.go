package iampolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/tri"
)

// TestHostileDocumentsAreBounded asks everything of documents that are made to be slow. Without the limits one of
// them takes minutes, so that the test would run into its time limit.
func TestHostileDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	repeat := func(format string, n int) string {
		parts := make([]string, 0, n)
		for i := range n {
			parts = append(parts, fmt.Sprintf(format, i))
		}
		return strings.Join(parts, ",")
	}
	long := strings.Repeat("*a", 1000) + "b"
	for _, c := range []struct{ name, allow, deny string }{
		{"many resources", repeat(`"arn:*:iam::*:*er/*a*%d*"`, 1500), repeat(`"arn:*:iam::*:*/*a*b%d*"`, 1500)},
		{"long patterns", repeat(`"`+long[:1900]+`%d"`, 30), repeat(`"`+strings.Repeat("a", 1900)+`*%d"`, 30)},
		{"half matches", repeat(`"*`+strings.Repeat("a", 200)+`b%d"`, 250), repeat(`"`+strings.Repeat("a", 200)+`%d"`, 250)},
		{"variables", repeat(`"`+strings.Repeat("${a}*", 20)+`%d"`, 300), repeat(`"`+strings.Repeat("*${a}", 20)+`*%d"`, 300)},
	} {
		for _, principal := range []string{"", `"Principal":"*",`} {
			doc := statements(t,
				`{"Effect":"Allow",`+principal+`"Action":"*","Resource":[`+c.allow+`]}`,
				`{"Effect":"Deny",`+principal+`"Action":"*","Resource":[`+c.deny+`]}`)
			if got := consume(doc); got == "" {
				t.Errorf("%s: no answer", c.name)
			}
		}
	}
	many := statements(t, `{"Effect":"Allow","Principal":"*","Action":[`+repeat(`"s3:*a*%d"`, 2400)+`],"Resource":"*"}`,
		`{"Effect":"Deny","Principal":"*","Action":[`+repeat(`"s3:*a*b%d*"`, 2400)+`],"Resource":"*"}`)
	if got := iampolicy.Public(many).Verdict; got != tri.Unknown {
		t.Errorf("a document too large to compare is public: %v", got)
	}
}
