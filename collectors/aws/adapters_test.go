package aws

import (
	"regexp"
	"testing"

	"github.com/assay-audit/assay/internal/awslab"
)

// TestNoClientInAnInterface guards the binary's size: see docs/adr/0015-aws-calls.md.
func TestNoClientInAnInterface(t *testing.T) {
	for _, dir := range []string{".", "api", "services"} {
		awslab.CheckAdapters(t, dir)
	}
}

// TestActions holds that every permission is a reading one, in the form that IAM takes.
func TestActions(t *testing.T) {
	form := regexp.MustCompile(`^[a-z][a-z0-9-]*:(Get|List|Describe|BatchGet|Lookup|Search|Generate)[A-Z][A-Za-z0-9]*$`)
	actions := Actions(nil)
	if len(actions) < 50 {
		t.Fatalf("only %d actions", len(actions))
	}
	for _, a := range actions {
		if !form.MatchString(a.Name) && a.Name != "apigateway:GET" { // API Gateway names its actions by the methods of HTTP
			t.Errorf("%s, for %q, is no reading action of IAM", a.Name, a.Operations)
		}
	}
}
