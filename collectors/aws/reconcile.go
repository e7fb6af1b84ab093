package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
)

// reconcileRegions compares two sources of the same fact: the regions that the account's list calls enabled, and those from which answers came.
// A region that was asked and never answered was not audited, whatever the list says; a region that holds something is no empty one.
func reconcileRegions(a *account, catalogue *api.Catalogue) []evidence.Problem {
	var out []evidence.Problem
	asked, silent := silentRegions(a, catalogue)
	if len(silent) > 0 {
		out = append(out, evidence.Problem{
			Severity: "warning", Code: "reconciliation",
			Summary: fmt.Sprintf("%s: of %s that are enabled and were asked, %d answered; nothing came from %s",
				a.UID(), plural(asked, "region"), asked-len(silent), strings.Join(silent, ", ")),
			Detail: "nothing is known of what is there: " + whySilent(a, catalogue, silent),
		})
	}
	if held := heldElsewhere(a); len(held) > 0 {
		out = append(out, evidence.Problem{
			Severity: "warning", Code: "reconciliation",
			Summary: fmt.Sprintf("%s: the account has something in %s, which its list of regions calls not enabled", a.UID(), strings.Join(held, ", ")),
			Detail:  "a region keeps what it holds when it is disabled, and cannot be asked for it: enable it for the audit, or remove what is there",
		})
	}
	return out
}

// silentRegions is how many regions were asked, and those of them that failed every call. Services of the whole account say nothing of a region.
func silentRegions(a *account, catalogue *api.Catalogue) (asked int, silent []string) {
	answered, failed := map[string]bool{}, map[string]bool{}
	for _, n := range a.notes {
		for _, region := range n.Answered {
			answered[region] = true
		}
		for _, f := range n.Failures {
			failed[f.Region] = failed[f.Region] || regional(catalogue, f)
		}
	}
	for _, region := range a.Regions {
		switch {
		case answered[region]:
			asked++
		case failed[region]:
			asked++
			silent = append(silent, region)
		}
	}
	return asked, silent
}

// regional reports whether a failed call was to a service of a region, and not of the whole account.
func regional(catalogue *api.Catalogue, f api.Failed) bool {
	service, _, _ := strings.Cut(f.Operation, ":")
	return !catalogue.Service(service).Global
}

// whySilent says what became of the operations that the regions were asked.
func whySilent(a *account, catalogue *api.Catalogue, silent []string) string {
	words := []struct {
		reason evidence.Reason
		were   string
	}{
		{evidence.AccessDenied, "denied"}, {evidence.Throttled, "throttled"}, {evidence.Unsupported, "not supported"}, {evidence.APIError, "without an answer"},
	}
	operations := map[evidence.Reason][]string{}
	var deniers []string
	message := ""
	for _, n := range a.notes {
		for _, f := range n.Failures {
			if !slices.Contains(silent, f.Region) || !regional(catalogue, f) {
				continue
			}
			operations[f.Reason] = append(operations[f.Reason], f.Operation)
			if who := f.DeniedBy(); who != "" {
				deniers = append(deniers, who)
			}
			if text := said(f.Code, f.Message); f.Reason == evidence.APIError && (message == "" || text < message) {
				message = text
			}
		}
	}
	slices.Sort(deniers)
	var parts []string
	for _, w := range words {
		list := operations[w.reason]
		if len(list) == 0 {
			continue
		}
		slices.Sort(list)
		part := plural(len(slices.Compact(list)), "operation") + " " + w.were
		switch {
		case w.reason == evidence.AccessDenied && len(deniers) > 0:
			part += " by a " + strings.Join(slices.Compact(deniers), " and a ")
		case w.reason == evidence.APIError:
			part += " (" + message + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

// heldElsewhere are the regions that the account's list calls not enabled, or does not know, and in which something was found all the same: S3
// lists the buckets of every region.
func heldElsewhere(a *account) []string {
	if a.RegionsUnknown != nil || a.closed != "" {
		return nil
	}
	var out []string
	for _, n := range a.notes {
		for _, r := range n.Resources {
			if r.Region != "" && !slices.Contains(a.Regions, r.Region) && !slices.Contains(a.Left, r.Region) {
				out = append(out, r.Region)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
