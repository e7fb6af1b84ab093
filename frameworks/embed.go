// Package frameworks holds the controls of the regulations that Assay knows and the mappings of checks to them, one YAML file per
// framework; internal/framework reads them. The wording of titles, summaries and rationales is ours: the files cite the official
// texts and never copy them. CONTRIBUTING.md says how to add a framework, docs/adr/0005-mapping-corrections.md how strengths are chosen.
//
// People edit and review the YAML. The program reads the compact form of it in compact/, because parsing the YAML at every start would
// cost an eighth of the start-up budget; `go generate ./frameworks` writes it and a test holds that it is up to date.
package frameworks

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/assay-audit/assay/internal/framework"
)

//go:generate go run ./internal/generate

//go:embed compact/*.json
var compact embed.FS

// Load reads the named frameworks, or all of them when none is named; see framework.Load for order and errors.
func Load(ids ...string) ([]framework.Framework, error) {
	files, err := fs.Sub(compact, "compact")
	if err != nil {
		return nil, fmt.Errorf("embedded frameworks: %w", err)
	}
	return framework.LoadCompact(files, ids...)
}

// Default lists the frameworks that a run uses when it names none: those that are not optional.
func Default() []string { return []string{"hipaa-security-rule", "hipaa-breach-notification", "gdpr"} }
