// Package frameworks holds the controls of the regulations that Assay knows and the mappings of checks to them, one YAML file per
// framework; internal/framework reads them. The wording of titles, summaries and rationales is ours: the files cite the official
// texts and never copy them. CONTRIBUTING.md says how to add a framework, docs/adr/0005-mapping-corrections.md how strengths are chosen.
package frameworks

import "embed"

// Files holds one YAML file per framework, named after its ID.
//
//go:embed *.yaml
var Files embed.FS

// Default lists the frameworks that a run uses when it names none: those that are not optional.
func Default() []string { return []string{"hipaa-security-rule", "hipaa-breach-notification", "gdpr"} }
