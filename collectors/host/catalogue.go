package host

import (
	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// catalogueScope is the scope of CISA's catalogue, which speaks of no group of hosts.
const catalogueScope = "advisories"

// emitCatalogue hands on CISA's catalogue of known exploited vulnerabilities, or says that there was none.
func (r *run) emitCatalogue(sink collectors.Sink) error {
	var catalogue *advisory.Catalogue
	if r.database != nil {
		catalogue = r.database.Catalogue
	}
	for _, name := range []string{"threat_feed", "advisory"} {
		if catalogue == nil && !r.req.Needs.Any(name) {
			continue
		}
		c := evidence.Coverage{Kind: name, Scope: catalogueScope, Source: r.req.Source, Status: evidence.Complete}
		if catalogue == nil {
			c.Status, c.Detail = evidence.Skipped, "no "+advisory.KEVName+" was given (--advisories)"
		}
		if err := sink.Coverage(c); err != nil {
			return err
		}
	}
	if catalogue == nil {
		return nil
	}
	feed := r.catalogued("threat_feed", "kev", "CISA's known exploited vulnerabilities", kind.ThreatFeed{
		Name: kind.Known("CISA known exploited vulnerabilities"), Type: kind.Known("kev"),
		LastIngestedAt: kind.Known(kind.Time(catalogue.Released.Format("2006-01-02T15:04:05Z"))),
	})
	if err := sink.Entity(feed); err != nil {
		return err
	}
	for _, entry := range catalogue.Entries {
		a := kind.Advisory{
			Source: kind.Known("cisa_kev"), CVE: kind.Known([]string{entry.CVE}), DueOn: kind.Known(kind.Date(entry.Due)), ActionRef: kind.NA[string](),
		}
		if entry.Added != "" {
			a.PublishedAt = kind.Known(kind.Time(entry.Added + "T00:00:00Z"))
		}
		if err := sink.Entity(r.catalogued("advisory", "kev:"+entry.CVE, entry.CVE, a)); err != nil {
			return err
		}
	}
	return nil
}

// catalogued is an entity of the catalogue.
func (r *run) catalogued(kindName, id, name string, attributes any) *evidence.Entity {
	e := &evidence.Entity{
		UID: catalogueScope + ":" + id, ID: id, Kind: kindName, Facets: kind.FacetsOf(kindName), Plane: evidence.Observed, Scope: catalogueScope, Name: name,
		Prov: []evidence.Provenance{{
			Source: r.req.Source, Method: methodCatalogue, Locator: evidence.Locator{File: advisory.KEVName},
		}},
	}
	kind.Fill(e, attributes)
	return e
}

// methodCatalogue is the method of the provenance of the catalogue's entries.
const methodCatalogue = "host:advisories"
