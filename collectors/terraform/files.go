package terraform

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

// literal is a piece of constant text in the configuration.
type literal struct {
	text string
	path string         // absolute: module.db.aws_db_instance.main.password, var.token
	rng  resource.Range // zero in a plan
}

// hclLiterals lists the literals of a configuration with absolute paths. In a module that is called more than once they get
// the address of the first call.
func hclLiterals(res *hcleval.Result) []literal {
	modules := map[string]string{}
	for _, m := range res.Modules { // sorted by address
		if _, ok := modules[m.Dir]; !ok && m.Dir != "" {
			modules[m.Dir] = m.Address + "."
		}
	}
	var out []literal
	for l := range res.Literals() {
		p := l.Path
		if strings.HasSuffix(l.Range.File, ".tfvars") || strings.HasSuffix(l.Range.File, ".tfvars.json") {
			p = "var." + p
		}
		out = append(out, literal{text: l.Text, path: modules[path.Dir(l.Range.File)] + p, rng: l.Range})
	}
	return out
}

// takeFiles remembers the files of the configuration, which reports quote.
func (r *run) takeFiles(res *hcleval.Result) {
	for _, f := range res.Files {
		if _, ok := r.sums[f.Path]; ok || f.SHA256 == "" {
			continue
		}
		r.sums[f.Path] = evidence.SourceFile{Path: f.Path, SHA256: f.SHA256, Bytes: f.Size}
		if text, ok := res.Text(f.Path); ok && f.Size <= maxFileText {
			r.files[f.Path] = text
		}
	}
}

// maxFileText is the size of the largest file whose text is kept, in bytes.
const maxFileText = 1 << 20

// sourceFiles lists the files by path, their texts redacted.
func (r *run) sourceFiles() []evidence.SourceFile {
	out := make([]evidence.SourceFile, 0, len(r.sums))
	for _, p := range slices.Sorted(maps.Keys(r.sums)) {
		f := r.sums[p]
		if text, ok := r.files[p]; ok {
			f.Text = r.secrets.file(p, string(text))
		}
		out = append(out, f)
	}
	return out
}
