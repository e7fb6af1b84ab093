package app

import (
	"slices"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/internal/derive"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/policy"
)

// needs is what the selected checks read, for collectors to which reading costs calls. It is nil, for everything, where a snapshot is
// collected that later runs may judge by other checks.
func (p *plan) needs() *collectors.Needs {
	if p.options.Out != "" && len(p.options.Checks) == 0 {
		return nil
	}
	return p.read(p.checks)
}

// read is what checks read. A facet stands for every kind that carries it, and a derived attribute for those that it is derived from.
func (p *plan) read(checks []policy.Check) *collectors.Needs {
	words := p.catalogue.Literals(checks)
	for i := range checks {
		for _, unit := range checks[i].Units {
			words[unit] = struct{}{}
		}
	}
	for _, k := range kind.All() {
		if slices.ContainsFunc(k.Facets, func(facet string) bool { _, ok := words[facet]; return ok }) {
			words[k.Name] = struct{}{}
		}
	}
	for derived, sources := range derive.Sources() {
		if _, ok := words[derived]; ok {
			for _, s := range sources {
				words[s] = struct{}{}
			}
		}
	}
	return &collectors.Needs{Words: words}
}

// namesOf are the names of what a check reads, as a source that was collected for some checks only lists them.
func (p *plan) namesOf(c *policy.Check) []string { return p.read([]policy.Check{*c}).List() }
