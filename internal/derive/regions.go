package derive

import (
	"slices"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// using are the kinds and facets whose entities make a region a used one. Settings, detectors, keys and certificates do not.
var using = []string{"datastore", "host", "managed_service", "network"}

// enumerated are the kinds that must have been enumerated before a region can be said to be unused; other kinds count as far as somebody
// states their coverage.
var enumerated = []string{"host", "bucket", "database", "volume", "network"}

// regions decides regions[].used of accounts whose collector left it open: a region is used where something that holds or processes data
// was found in it, and unused where everything of that sort was enumerated and nothing found.
func regions(s *evidence.Snapshot) {
	var accounts []*evidence.Entity
	for _, e := range s.Entities {
		if _, open := e.Unknown[usedPath]; open && e.Kind == "account" {
			accounts = append(accounts, e)
		}
	}
	if len(accounts) == 0 {
		return
	}
	used := usedScopes(s)
	for _, e := range accounts {
		list, _ := e.Attrs["regions"].([]any)
		open := false
		for _, item := range list {
			region, isRecord := item.(map[string]any)
			name, named := region["name"].(string)
			if _, decided := region["used"]; decided || !isRecord || !named {
				open = open || !decided
				continue
			}
			scope := e.UID + ":" + name
			switch {
			case used[scope]:
				region["used"] = true
			case enumeratedIn(s, e.UID, scope):
				region["used"] = false
			default:
				open = true
			}
		}
		if !open {
			delete(e.Unknown, usedPath)
		} else {
			e.Unknown[usedPath] = evidence.Unknown{
				Reason: evidence.NotCollected, Detail: "nothing was found in the region, but not everything in it was enumerated", Source: e.Unknown[usedPath].Source,
			}
		}
	}
}

// usedPath is the attribute of the regions of an account that is derived.
const usedPath = "regions[].used"

// usedScopes are the regions of accounts in which something was found that makes them used.
func usedScopes(s *evidence.Snapshot) map[string]bool {
	out := make(map[string]bool)
	for _, e := range s.Entities {
		if !slices.ContainsFunc(using, func(k string) bool { return e.Kind == k || e.HasFacet(k) }) || defaultNetwork(e) {
			continue
		}
		out[e.Scope] = true
		account, _ := e.Attrs["account"].(string)
		region, _ := e.Attrs["location.region"].(string)
		if account != "" && region != "" {
			out[account+":"+region] = true
		}
	}
	return out
}

// defaultNetwork tells AWS's default VPC, which every region has from the start, by the address range that AWS gives it.
func defaultNetwork(e *evidence.Entity) bool {
	cidrs, _ := e.Attrs["cidrs"].([]any)
	return e.Kind == "network" && len(cidrs) == 1 && cidrs[0] == "172.31.0.0/16"
}

// enumeratedIn reports whether everything that would make a region a used one was enumerated there.
func enumeratedIn(s *evidence.Snapshot, account, scope string) bool {
	stated := make(map[string]bool)
	for _, c := range s.Coverage {
		if c.Scope != scope && c.Scope != account || !matters(c.Kind) {
			continue
		}
		if c.Status != evidence.Complete {
			return false
		}
		stated[c.Kind] = true
	}
	return !slices.ContainsFunc(enumerated, func(k string) bool { return !stated[k] && !stated["*"] })
}

// matters reports whether coverage of a kind speaks of what makes a region a used one.
func matters(name string) bool {
	return name == "*" || slices.Contains(using, name) || slices.ContainsFunc(using, func(k string) bool { return facetOf(name, k) })
}

func facetOf(name, facet string) bool { return slices.Contains(kind.FacetsOf(name), facet) }
