// Package sarifdoc builds SARIF 2.1.0 documents from assessments; the formats sarif and sarif-archive are its two profiles.
//
// The object model is go-sarif's. Where its encoding breaks the schema (it writes nulls for the optional members of suppressions and of
// references to tool components) or a member is missing (guid and relationships of a reporting descriptor), a type of this package embeds
// go-sarif's and shadows the member. Encoding a document is then plain encoding/json, in one pass, and the same assessment gives the
// same bytes: every guid is a UUIDv5 of what it names.
package sarifdoc

import (
	"encoding/json"
	"io"

	"github.com/google/uuid"
	"github.com/owenrumney/go-sarif/v2/sarif"
)

const (
	schemaURI = "https://json.schemastore.org/sarif-2.1.0.json"
	homepage  = "https://github.com/assay-audit/assay"
)

// document is a SARIF log of one run.
type document struct {
	Schema  string `json:"$schema"`
	Version string `json:"version"`
	Runs    []run  `json:"runs"`
}

// run shadows the members that hold extended types.
type run struct {
	*sarif.Run
	Tool       tool        `json:"tool"`
	Taxonomies []component `json:"taxonomies,omitempty"`
	Results    []result    `json:"results"`
}

type tool struct {
	Driver component `json:"driver"`
}

// component is a tool component whose descriptors have guids and relationships.
type component struct {
	*sarif.ToolComponent
	Rules               []descriptor         `json:"rules,omitempty"`
	Taxa                []descriptor         `json:"taxa,omitempty"`
	SupportedTaxonomies []componentReference `json:"supportedTaxonomies,omitempty"`
}

// descriptor is a rule or a taxon.
type descriptor struct {
	*sarif.ReportingDescriptor
	GUID          string         `json:"guid,omitempty"`
	Relationships []relationship `json:"relationships,omitempty"`
}

// relationship says what a rule has to do with a taxon: it is a subset of it (direct) or relevant to it (supporting).
type relationship struct {
	Target descriptorReference `json:"target"`
	Kinds  []string            `json:"kinds"`
}

type descriptorReference struct {
	ID            string             `json:"id"`
	GUID          string             `json:"guid,omitempty"`
	ToolComponent componentReference `json:"toolComponent"`
}

type componentReference struct {
	Name  string `json:"name"`
	Index int    `json:"index"`
	GUID  string `json:"guid,omitempty"`
}

type result struct {
	*sarif.Result
	Suppressions []suppression `json:"suppressions,omitempty"`
}

// suppression is a waiver, as SARIF says it.
type suppression struct {
	Kind          string           `json:"kind"`
	Status        string           `json:"status"`
	GUID          string           `json:"guid"`
	Justification string           `json:"justification,omitempty"`
	Properties    sarif.Properties `json:"properties,omitempty"`
}

func encode(w io.Writer, r run) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	return enc.Encode(document{Schema: schemaURI, Version: string(sarif.Version210), Runs: []run{r}})
}

// guid names a thing for ever: the UUIDv5 of its kind and names under the project's address.
func guid(kind string, names ...string) string {
	id := uuid.NewSHA1(uuid.NameSpaceURL, []byte(homepage))
	for _, n := range append([]string{kind}, names...) {
		id = uuid.NewSHA1(id, []byte(n))
	}
	return id.String()
}
