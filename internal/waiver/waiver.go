// Package waiver reads approved exceptions and applies them to findings.
//
// A waiver says that a failing finding is accepted: which check on which entity, why, who asked, who approved, until when. It stands in
// waivers.yaml, or, where assay.yaml allows it, as a comment above a Terraform block. Reading a waiver gives an exception entity, which
// travels in the snapshot, so that the same snapshot is judged in the same way on another machine. Which exceptions hold, and which
// findings they cover, is decided when the findings are assessed (internal/assess).
package waiver

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/assay-audit/assay/internal/strictyaml"
)

// Waiver is one entry of a waiver file, or one comment. Dates are text as they were written: a wrong one spoils one waiver, not the file.
type Waiver struct {
	// Pos is where the entry begins; EndLine is its last line.
	Pos     strictyaml.Pos
	EndLine int `yaml:"-"`
	// ID names the waiver. One that has none in the file is named after its content.
	ID string `yaml:"id"`
	// Check is the id of a check, or a pattern with * such as enc.*.
	Check string `yaml:"check"`
	// Entity is the id of the entity, or a pattern in which * stands for any text. Nothing else in it is special: addresses hold
	// brackets and quotes.
	Entity string `yaml:"entity"`
	// Scope narrows Entity to a scope, or a pattern of scopes such as tf:prod/*; empty for every scope.
	Scope     string `yaml:"scope"`
	Reason    string `yaml:"reason"`
	Requester string `yaml:"requester"`
	Approver  string `yaml:"approver"`
	Ticket    string `yaml:"ticket"`
	// Measure is what is done instead.
	Measure    string `yaml:"compensating_measure"`
	ApprovedOn string `yaml:"approved_on"` // YYYY-MM-DD
	Expires    string `yaml:"expires"`     // YYYY-MM-DD, the last day on which the waiver holds
	// Signature is the approver's OpenSSH signature (armored) over Payload.
	Signature string `yaml:"signature"`

	Approval Approval `yaml:"-"`
	// Repeats is the line of an earlier entry with the same id; 0 where there is none.
	Repeats int `yaml:"-"`
	// lines are the lines of the entry's keys.
	lines map[string]int
}

// Approval is what proves that the approver approved.
type Approval struct {
	By  string // signature, commit or statement
	Ref string // the key or the commit, in words
	// Broken says why a signature that is there proves nothing; empty where none is, or where it does.
	Broken string
}

// The proofs of an approval, from weak to strong.
const (
	ByStatement = "statement" // only the entry says so
	ByCommit    = "commit"    // the entry stands in a commit, which can have been reviewed
	BySignature = "signature" // the approver's key signed the entry
)

// Proofs lists them from weak to strong.
func Proofs() []string { return []string{ByStatement, ByCommit, BySignature} }

// Namespace is the namespace of signatures over waivers: ssh-keygen -Y sign -n assay-waiver.
const Namespace = "assay-waiver"

// Read reads a waiver file. An error means that its form is wrong, and that none of its waivers can be trusted; what is wrong with
// the content of one entry is for the assessment to say.
func Read(file string, data []byte) ([]Waiver, error) {
	doc, err := strictyaml.Decode[struct {
		Waivers []Waiver `yaml:"waivers"`
	}](file, data, strictyaml.Options{})
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(data), "\n")
	seen := map[string]int{}
	for i := range doc.Waivers {
		w := &doc.Waivers[i]
		next := len(lines) + 1
		if i+1 < len(doc.Waivers) && doc.Waivers[i+1].Pos.Line > w.Pos.Line {
			next = doc.Waivers[i+1].Pos.Line
		}
		w.EndLine = lastLine(lines, w.Pos.Line, next)
		w.lines = keyLines(lines, w.Pos.Line, w.EndLine)
		w.tidy()
		w.Repeats = seen[w.ID]
		seen[w.ID] = cmp.Or(w.Repeats, w.Pos.Line)
	}
	return doc.Waivers, nil
}

// tidy drops space around the values, and names a waiver that has no id.
func (w *Waiver) tidy() {
	for _, field := range []*string{
		&w.ID, &w.Check, &w.Entity, &w.Scope, &w.Reason, &w.Requester, &w.Approver, &w.Ticket, &w.Measure, &w.ApprovedOn, &w.Expires,
		&w.Signature,
	} {
		*field = strings.TrimSpace(*field)
	}
	if w.ID == "" {
		sum := sha256.Sum256(w.Payload())
		w.ID = "W-" + hex.EncodeToString(sum[:4])
	}
	w.Approval = Approval{By: ByStatement}
}

// lastLine is the last line from start on and before next that is neither blank nor a comment.
func lastLine(lines []string, start, next int) int {
	for n := min(next-1, len(lines)); n > start; n-- {
		if text := strings.TrimSpace(lines[n-1]); text != "" && !strings.HasPrefix(text, "#") {
			return n
		}
	}
	return start
}

var keyLine = regexp.MustCompile(`^[\s-]*([a-z_]+):(\s|$)`)

// keyLines finds the lines of the keys of an entry that is written in the usual way, one key a line.
func keyLines(lines []string, start, end int) map[string]int {
	out := map[string]int{}
	for n := start; n <= min(end, len(lines)); n++ {
		if m := keyLine.FindStringSubmatch(lines[n-1]); m != nil && out[m[1]] == 0 {
			out[m[1]] = n
		}
	}
	return out
}

// Payload is the canonical form of the waiver that a signature covers: one line per field that is not empty, in a fixed order, with
// the value as a JSON string. It can be read by the person who signs it.
func (w *Waiver) Payload() []byte {
	var b bytes.Buffer
	b.WriteString("assay waiver v1\n")
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, f := range w.fields() {
		if f[1] == "" {
			continue
		}
		b.WriteString(f[0] + ": ")
		_ = enc.Encode(f[1]) //nolint:errchkjson // a string into memory; it adds the end of the line
	}
	return b.Bytes()
}

// fields are the names and values of everything that a signature covers.
func (w *Waiver) fields() [][2]string {
	return [][2]string{
		{"id", w.ID},
		{"check", w.Check},
		{"entity", w.Entity},
		{"scope", w.Scope},
		{"reason", w.Reason},
		{"requester", w.Requester},
		{"approver", w.Approver},
		{"ticket", w.Ticket},
		{"compensating_measure", w.Measure},
		{"approved_on", w.ApprovedOn},
		{"expires", w.Expires},
	}
}

// inlinePrefix begins a comment that waives a check on the block that it stands at.
const inlinePrefix = "assay:waive"

// ParseComment reads a comment of the form "assay:waive CHECK until DATE reason", given without its marker. It returns false for a
// comment that says something else; what is wrong with a waiver is left for the assessment to say, as for an entry of a file.
func ParseComment(text string) (Waiver, bool) {
	fields := strings.Fields(text)
	if len(fields) == 0 || fields[0] != inlinePrefix {
		return Waiver{}, false
	}
	w := Waiver{Approval: Approval{By: ByStatement}}
	rest := fields[1:]
	if len(rest) > 0 {
		w.Check, rest = rest[0], rest[1:]
	}
	if len(rest) > 1 && rest[0] == "until" {
		w.Expires, rest = strings.TrimRight(rest[1], ":,"), rest[2:]
	}
	w.Reason = strings.Join(rest, " ")
	return w, true
}

// Syntax is the form of a comment that waives a check.
const Syntax = "# assay:waive CHECK until YYYY-MM-DD reason"
