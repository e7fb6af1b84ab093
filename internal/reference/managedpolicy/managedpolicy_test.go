package managedpolicy_test

import (
	"testing"

	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/reference/managedpolicy"
	"github.com/assay-audit/assay/internal/reference/table"
	"github.com/assay-audit/assay/internal/tri"
)

func TestEveryDocumentParses(t *testing.T) {
	t.Parallel()
	all := managedpolicy.Load()
	if !table.IsDate(all.AsOf) || all.Source == "" {
		t.Errorf("as_of %q or source %q is not stated", all.AsOf, all.Source)
	}
	if len(all.Policies) < 40 {
		t.Errorf("only %d policies", len(all.Policies))
	}
	for name, p := range all.Policies {
		doc, err := iampolicy.Parse(p.Document)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if doc.Unknown || len(doc.Statements) == 0 || p.Version == "" {
			t.Errorf("%s: version %q, %d statements", name, p.Version, len(doc.Statements))
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]tri.Value{
		"AdministratorAccess": tri.True, "service-role/AWSLambdaBasicExecutionRole": tri.False, "IAMFullAccess": tri.False,
	} {
		p, found := managedpolicy.Find(name)
		if !found {
			t.Fatalf("%s is not in the table", name)
		}
		doc, err := iampolicy.Parse(p.Document)
		if err != nil {
			t.Fatal(err)
		}
		if got := (iampolicy.Identity{Policies: []iampolicy.Document{doc}}).Administrator(); got != want {
			t.Errorf("%s: administrator %v, want %v", name, got, want)
		}
	}
	if _, found := managedpolicy.Find("NoSuchPolicy"); found {
		t.Error("found a policy that AWS does not have")
	}
}
