package hcleval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// parseJSON parses a .tf.json file.
func parseJSON(_ []byte, name string) (*hclsyntax.Body, hcl.Diagnostics) {
	return nil, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "JSON syntax not read", Detail: name,
		Subject: &hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}}}
}

func (l *loader) readManifest() {}
