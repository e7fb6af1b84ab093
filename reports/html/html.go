// Package html renders the evidence report: one self-contained file that an auditor opens on a laptop without a network.
//
// The file loads nothing: a Content-Security-Policy of default-src 'none' allows the one style and the one script by their digests. Cover,
// completeness, summary and every control's section are plain HTML, readable and printable without the script. The findings are compressed
// data that the script unpacks into a table of which only the visible rows exist, so that 50,000 of them stay usable; each control's
// section shows the verdicts that matter most to it.
//
// Text from the audited world is escaped by html/template, and by textContent where the script writes it; characters without a shape
// are made visible first. Status is said in words and by a shape, never by colour alone.
package html

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/json"
)

// Spec is the html format.
var Spec = reports.Spec{
	Name: "html", Doc: "the evidence report for an auditor, one self-contained file", New: func() reports.Renderer { return renderer{} },
}

//go:embed assets
var assets embed.FS

type renderer struct{}

// Render writes the report. The head, the style, the body, the data and the script are written one after the other: the style and the script
// must reach the file byte for byte as their digests in the policy say, which a template does not promise.
func (renderer) Render(w io.Writer, a *assess.Assessment, o reports.Options) error {
	digest, err := digestOf(a)
	if err != nil {
		return err
	}
	p := newPage(a, o, digest)
	data, err := pack(a, p)
	if err != nil {
		return err
	}
	p.DataDigest = data.digest
	tmpl, err := template.New("report").Funcs(functions()).ParseFS(assets, "assets/*.html")
	if err != nil {
		return err
	}
	style, script, err := code(p)
	if err != nil {
		return err
	}
	p.Policy = policy(style, script)
	b := bufio.NewWriter(w)
	if err := tmpl.ExecuteTemplate(b, "head.html", p); err != nil {
		return err
	}
	fmt.Fprintf(b, "<style>%s</style>\n</head>\n", style)
	if err := tmpl.ExecuteTemplate(b, "body.html", p); err != nil {
		return err
	}
	fmt.Fprintf(b, "<script type=\"text/plain\" id=\"findings-data\" data-digest=\"%s\">", data.digest)
	if err := data.writeTo(b); err != nil {
		return err
	}
	fmt.Fprintf(b, "</script>\n<script>%s</script>\n</body>\n</html>\n", script)
	return b.Flush()
}

// digestOf is the SHA-256 of the assessment's JSON form: what assay report -o json writes of the same assessment.
func digestOf(a *assess.Assessment) (string, error) {
	h := sha256.New()
	if err := json.Spec.New().Render(h, a, reports.Options{}); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// code returns the style, with the running heads of printed pages, and the script.
func code(p *page) (style, script string, err error) {
	css, err := assets.ReadFile("assets/style.css")
	if err != nil {
		return "", "", err
	}
	js, err := assets.ReadFile("assets/script.js")
	if err != nil {
		return "", "", err
	}
	// The id and the digest are hexadecimal: nothing in them ends a CSS string.
	const font = "font: 8pt 'Liberation Sans', Arial, sans-serif; color: #555"
	heads := fmt.Sprintf("\n@page {\n"+
		"  @top-left { content: \"Assay evidence report %[1]s\"; %[3]s }\n"+
		"  @bottom-left { content: \"sha256 %[2]s\"; %[3]s }\n"+
		"  @top-right { content: \"page \" counter(page) \" of \" counter(pages); %[3]s }\n}\n", p.ID, p.Digest, font)
	return string(css) + heads, string(js), nil
}

// policy allows the one style and the one script, and nothing else.
func policy(style, script string) string {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return strings.Join([]string{
		"default-src 'none'", "style-src " + hash(style), "script-src " + hash(script), "base-uri 'none'", "form-action 'none'",
		"require-trusted-types-for 'script'",
	}, "; ")
}
