package waiver

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/strictyaml"
)

// Kind is the kind of the entities that waivers become.
const Kind = "exception"

// Methods of provenance: how a waiver was stated.
const (
	MethodFile = "waivers:file"
	MethodHCL  = "waivers:comment"
)

// Register is the scope of the exceptions of a waiver file.
func Register(file string) string { return "gov:" + file }

// Entities turns the waivers of a file, named as reports show it, into exceptions.
func Entities(file, source string, ws []Waiver) []*evidence.Entity {
	out := make([]*evidence.Entity, 0, len(ws))
	for i := range ws {
		w := &ws[i]
		id := file + "#" + w.ID
		if w.Repeats > 0 {
			id += fmt.Sprintf(" (line %d)", w.Pos.Line)
		}
		out = append(out, w.entity(&evidence.Entity{
			UID: "gov:" + id, ID: id, Name: w.ID, Scope: Register(file), Prov: []evidence.Provenance{{
				Source: source, Method: MethodFile, By: w.Approver,
				Locator: evidence.Locator{File: file, Line: w.Pos.Line, EndLine: w.EndLine},
			}},
		}))
	}
	return out
}

// Inline turns a comment at a Terraform block into an exception for that resource.
func Inline(w Waiver, scope, resource string, prov evidence.Provenance) *evidence.Entity {
	w.Entity, w.Scope = resource, scope
	prov.Method = MethodHCL
	sum := sha256.Sum256([]byte(w.Check + "\x00" + resource))
	w.ID = "inline-" + hex.EncodeToString(sum[:4])
	id := resource + "#waive:" + w.Check
	return w.entity(&evidence.Entity{UID: scope + ":" + id, ID: id, Name: w.ID, Scope: scope, Prov: []evidence.Provenance{prov}})
}

// Unreadable is the exception that stands for a waiver file that cannot be read: none of its waivers holds.
func Unreadable(file, source string, problem error) *evidence.Entity {
	detail, line := problem.Error(), 1
	if found := strictyaml.Errors(problem); len(found) > 0 {
		line = cmp.Or(found[0].Line, 1)
		detail = strings.TrimPrefix(found[0].Error(), file+":")
		if n := len(found) - 1; n > 0 {
			detail += fmt.Sprintf(" (and %d more)", n)
		}
	}
	e := &evidence.Entity{
		UID: Register(file), ID: file, Name: file, Kind: Kind, Plane: evidence.Attested, Scope: Register(file),
		Prov: []evidence.Provenance{{Source: source, Method: MethodFile, Locator: evidence.Locator{File: file, Line: line, EndLine: line}}},
	}
	kind.Fill(e, kind.Exception{})
	for path := range e.Unknown {
		e.Unknown[path] = evidence.Unknown{Reason: evidence.ParseError, Detail: detail}
	}
	return e
}

func (w *Waiver) entity(e *evidence.Entity) *evidence.Entity {
	e.Kind, e.Plane = Kind, evidence.Attested
	approval := kind.Known(w.Approval.By)
	if w.Approval.Broken != "" {
		approval = kind.Unknown[string](evidence.ParseError, w.Approval.Broken)
	}
	at := func(key string) *evidence.Provenance {
		if w.lines[key] == 0 {
			return nil
		}
		p := e.Prov[0]
		p.Locator.Line, p.Locator.EndLine = w.lines[key], w.lines[key]
		return &p
	}
	kind.Fill(e, kind.Exception{
		Check: stated(w.Check, "check").From(at("check")), Requirement: kind.NA[string](),
		Subject: stated(w.Entity, "entity").From(at("entity")), SubjectScope: optional(w.Scope).From(at("scope")),
		Reason: stated(w.Reason, "reason").From(at("reason")), AlternativeMeasure: optional(w.Measure).From(at("compensating_measure")),
		RequestedBy: stated(w.Requester, "requester").From(at("requester")), Ticket: optional(w.Ticket).From(at("ticket")),
		ApprovedBy: stated(w.Approver, "approver").From(at("approver")),
		ApprovedOn: day(w.ApprovedOn, kind.Null[kind.Date]()).From(at("approved_on")),
		Approval:   approval.From(at("signature")), ApprovalRef: optional(w.Approval.Ref),
		ExpiresOn: day(w.Expires, kind.Unknown[kind.Date](evidence.NotAttested, "the last day (expires) is not stated")).From(at("expires")),
	})
	return e
}

func stated(text, field string) kind.Attr[string] {
	if text == "" {
		return kind.Unknown[string](evidence.NotAttested, "the "+field+" is not stated")
	}
	return kind.Known(text)
}

func optional(text string) kind.Attr[string] {
	if text == "" {
		return kind.Null[string]()
	}
	return kind.Known(text)
}

func day(text string, absent kind.Attr[kind.Date]) kind.Attr[kind.Date] {
	if text == "" {
		return absent
	}
	d, err := strictyaml.ParseDate(text)
	if err != nil {
		return kind.Unknown[kind.Date](evidence.ParseError, err.Error())
	}
	return kind.Known(kind.Date(d.String()))
}
