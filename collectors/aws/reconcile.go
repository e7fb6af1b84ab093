package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
)

// reconcileRegions compares two sources of the same fact: the regions that the account's list calls enabled, and those from which answers came.
// A region that was asked and never answered was not audited, whatever the list says; a region that holds something is no empty one.
func reconcileRegions(a *account) []evidence.Problem {
	var out []evidence.Problem
	asked, silent := silentRegions(a)
	if len(silent) > 0 {
		out = append(out, evidence.Problem{
			Severity: "warning", Code: "reconciliation",
			Summary: fmt.Sprintf("%s: of %s that are enabled and were asked, %d answered; nothing came from %s",
				a.UID(), plural(asked, "region"), asked-len(silent), strings.Join(silent, ", ")),
			Detail: "nothing is known of what is there: " + whySilent(a, silent),
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
func silentRegions(a *account) (asked int, silent []string) {
	answered, failed := map[string]bool{}, map[string]bool{}
	for i, u := range a.units {
		if u.service.Global {
			continue
		}
		for _, region := range a.notes[i].Answered {
			answered[region] = true
		}
		for _, f := range a.notes[i].Failures {
			failed[f.Region] = true
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

// whySilent says what became of the calls to the regions.
func whySilent(a *account, silent []string) string {
	words := []struct {
		reason evidence.Reason
		was    string
	}{
		{evidence.AccessDenied, "denied"}, {evidence.Throttled, "throttled"}, {evidence.Unsupported, "not supported"}, {evidence.APIError, "without an answer"},
	}
	count := map[evidence.Reason]int{}
	var deniers []string
	message := ""
	for i, u := range a.units {
		for _, f := range a.notes[i].Failures {
			if u.service.Global || !slices.Contains(silent, f.Region) {
				continue
			}
			count[f.Reason] += f.Count
			if who := f.DeniedBy(); who != "" {
				deniers = append(deniers, who)
			}
			if said := said(f.Code, f.Message); f.Reason == evidence.APIError && (message == "" || said < message) {
				message = said
			}
		}
	}
	var parts []string
	for _, w := range words {
		n := count[w.reason]
		if n == 0 {
			continue
		}
		part := fmt.Sprintf("%s %s", plural(n, "call"), w.was)
		slices.Sort(deniers)
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
