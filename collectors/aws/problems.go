package aws

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
)

// problemsOf lists what the account's units say of themselves, and the failed calls: one line for each service and reason, with the operations,
// the regions, and what to do. A role that may read little would else fill the report with one line for each of some four hundred operations.
func problemsOf(a *account) []evidence.Problem {
	groups := map[failureKey]*failures{}
	var out []evidence.Problem
	for _, note := range a.said() {
		out = append(out, note.Problems...)
		for _, f := range note.Failures {
			k := keyOf(f)
			if groups[k] == nil {
				groups[k] = &failures{message: f.Message}
			}
			groups[k].add(f)
		}
	}
	for k, g := range groups {
		out = append(out, g.problem(a.UID(), k))
	}
	slices.SortFunc(out, func(x, y evidence.Problem) int {
		return cmp.Or(cmp.Compare(x.Code, y.Code), cmp.Compare(x.Summary, y.Summary))
	})
	return out
}

// failureKey says which failed calls a reader wants to hear of together.
type failureKey struct {
	service string
	reason  evidence.Reason
	refusal api.Refusal // who denied them, where that changes what to do
	code    string      // AWS's code, where it matters
}

func keyOf(f api.Failed) failureKey {
	service, _, _ := strings.Cut(f.Operation, ":")
	k := failureKey{service: service, reason: f.Reason}
	switch f.Reason {
	case evidence.AccessDenied:
		if f.DeniedBy() != "" || f.Refusal.Explicit {
			k.refusal = f.Refusal
		}
	case evidence.Throttled:
	default:
		k.code = f.Code
	}
	return k
}

// failures are failed calls of one service, for one reason.
type failures struct {
	operations, regions, actions []string
	message                      string // the first in order of those that AWS gave
}

func (g *failures) add(f api.Failed) {
	g.operations = append(g.operations, f.Operation)
	g.regions = append(g.regions, f.Region)
	g.actions = append(g.actions, f.Actions...)
	g.message = min(g.message, f.Message)
}

// problem says which calls failed and where, and what to do about it.
func (g *failures) problem(account string, k failureKey) evidence.Problem {
	for _, list := range []*[]string{&g.operations, &g.regions, &g.actions} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	where := "in " + strings.Join(g.regions, ", ")
	subject, be := g.operations[0], "is"
	if n := len(g.operations); n > 1 {
		subject, be = fmt.Sprintf("%d operations of %s", n, k.service), "are"
		if k.reason != evidence.AccessDenied || k.refusal.Policy != "" || !slices.Equal(g.operations, g.actions) { // else the advice names them
			where += ": " + strings.ReplaceAll(strings.Join(g.operations, ", "), k.service+":", "")
		}
	}
	p := evidence.Problem{Severity: "warning", Code: string(k.reason)}
	switch k.reason {
	case evidence.AccessDenied:
		p.Summary = fmt.Sprintf("%s: %s %s denied%s %s", account, subject, be, k.refusal.Because(), where)
		p.Detail = k.refusal.Remedy(strings.Join(g.actions, ", "))
	case evidence.Throttled:
		p.Summary = fmt.Sprintf("%s: %s %s throttled until retries ended %s", account, subject, be, where)
		p.Detail = "run again at a quieter hour, or for fewer regions at a time"
	case evidence.Unsupported:
		p.Summary = fmt.Sprintf("%s: %s %s not supported %s", account, subject, be, where)
		p.Detail = "the service is not there for this account or region. AWS says: " + said(k.code, g.message)
	default:
		p.Summary = fmt.Sprintf("%s: %s failed %s", account, subject, where)
		p.Detail = said(k.code, g.message)
	}
	return p
}

// said is what AWS or the network said: the code, and the message where it says more.
func said(code, message string) string {
	if code == "" || message == "" {
		return code + message
	}
	return code + ": " + message
}
