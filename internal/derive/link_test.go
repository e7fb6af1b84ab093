package derive_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/derive"
	"github.com/assay-audit/assay/internal/evidence"
)

// links derives and lists the relations of a snapshot as "type from to", with the rule where one made it; "?" stands for an open end.
func links(s *evidence.Snapshot) []string {
	derive.Derive(s)
	var out []string
	for _, r := range s.Relations {
		to := r.To
		if !r.Complete {
			to += "?"
		}
		line := r.Type + " " + r.From + " " + to
		if rule := r.Attrs["rule"]; rule != "" {
			line += " (" + rule + ")"
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}

func entity(kind, uid string, attrs map[string]any, aliases ...string) *evidence.Entity {
	if attrs == nil {
		attrs = map[string]any{}
	}
	id := uid[strings.LastIndex(uid, "/")+1:]
	return &evidence.Entity{UID: uid, ID: id, Name: id, Kind: kind, Aliases: aliases, Attrs: attrs}
}

func TestReferencesBecomeRelations(t *testing.T) {
	for name, c := range map[string]struct {
		entities []*evidence.Entity
		given    []evidence.Relation
		want     []string
	}{
		"an asset by alias, host name in any case, and what nothing answers to": {
			entities: []*evidence.Entity{
				entity("asset", "gov/a1", map[string]any{"represents": []any{"arn:db", " WEB1 ", "mainframe"}}),
				entity("database", "aws/db", nil, "arn:db"),
				entity("host", "h/1", map[string]any{"hostname": "web1"}),
			},
			want: []string{"represents gov/a1 aws/db", "represents gov/a1 h/1", "represents gov/a1 mainframe"},
		},
		"a name of two hosts is open": {
			entities: []*evidence.Entity{
				entity("asset", "gov/a1", map[string]any{"represents": []any{"web"}}),
				entity("host", "h/1", map[string]any{"hostname": "web"}),
				entity("host", "h/2", map[string]any{"hostname": "web"}),
			},
			want: []string{"represents gov/a1 ?"},
		},
		"an asset and the host that it stands for may have one name": {
			entities: []*evidence.Entity{
				entity("asset", "gov/web1", map[string]any{"represents": []any{"web1"}}),
				entity("business_process", "gov/p", map[string]any{"depends_on": []any{"web1"}}),
				entity("host", "h/web1", nil),
			},
			want: []string{"depends_on gov/p gov/web1", "represents gov/web1 h/web1"},
		},
		"relations that a collector made are kept once, and led to their entity": {
			entities: []*evidence.Entity{
				entity("asset", "gov/a1", map[string]any{"represents": []any{"arn:db"}}),
				entity("database", "aws/db", nil, "arn:db"),
			},
			given: []evidence.Relation{{Type: "represents", From: "gov/a1", To: "arn:db", Complete: true}},
			want:  []string{"represents gov/a1 aws/db"},
		},
		"exercises, incidents, contracts, grants and volumes": {
			entities: []*evidence.Entity{
				entity("business_process", "gov/care", nil),
				entity("exercise", "gov/x", map[string]any{"covers": []any{"care"}}),
				entity("finding", "aws/f", nil, "arn:f"),
				entity("incident", "gov/i", map[string]any{"finding_refs": []any{"arn:f"}}),
				entity("vendor", "gov/acme", nil),
				entity("contract", "gov/c", map[string]any{"vendor": "ACME"}),
				entity("person", "gov/ann", map[string]any{"email": "ann@example.org"}),
				entity("access_grant", "gov/g", map[string]any{"person": "ann@example.org"}),
				entity("host", "aws/i-1", nil),
				entity("volume", "aws/v", map[string]any{"attached_host": "aws/i-1"}),
			},
			want: []string{
				"covers gov/x gov/care", "governed_by gov/acme gov/c", "granted_to gov/g gov/ann", "raised_from gov/i aws/f", "volume_of aws/v aws/i-1",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &evidence.Snapshot{Entities: c.entities, Relations: c.given}
			if diff := cmp.Diff(c.want, links(s)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.want, links(s)); diff != "" {
				t.Error("linking again changes it: ", diff)
			}
		})
	}
}

func TestLoginsFindTheirOwner(t *testing.T) {
	people := func() []*evidence.Entity {
		return []*evidence.Entity{
			entity("person", "gov/ann", map[string]any{"status": "active", "email": "ann@example.org"}),
			entity("person", "gov/bob1", map[string]any{"status": "active", "email": "bob@example.org"}),
			entity("person", "gov/bob2", map[string]any{"status": "active", "email": "bob@example.com"}),
			entity("person", "gov/cid-old", map[string]any{"status": "terminated", "email": "cid@example.org"}),
			entity("person", "gov/cid-new", map[string]any{"status": "active", "email": "cid@example.org"}),
			entity("team", "gov/platform", nil),
			entity("vendor", "gov/acme", map[string]any{"principals": []any{"acme-support"}}),
		}
	}
	human := func(name, email string) *evidence.Entity {
		e := entity("principal", "aws/u", map[string]any{"type": "human", "name": name})
		if email != "" {
			e.Attrs["email"] = email
		}
		return e
	}
	service := entity("principal", "aws/u", map[string]any{"type": "workload", "name": "ann"})
	for name, c := range map[string]struct {
		login *evidence.Entity
		given []evidence.Relation
		want  []string
	}{
		"by address, whatever the case":         {login: human("x", "Ann@Example.org"), want: []string{"owned_by aws/u gov/ann (email)"}},
		"by the roster's key":                   {login: human("ANN", ""), want: []string{"owned_by aws/u gov/ann (name)"}},
		"two addresses begin with the login":    {login: human("bob", "")},
		"the entry of who came back counts":     {login: human("x", "cid@example.org"), want: []string{"owned_by aws/u gov/cid-new (email)"}},
		"by the vendor register":                {login: human("acme-support", ""), want: []string{"owned_by aws/u gov/acme (vendor register)"}},
		"a service is nobody's because of name": {login: service},
		"what a label declares comes first": {
			login: human("bob", "bob@example.org"), given: []evidence.Relation{{Type: "owned_by", From: "aws/u", To: "ann", Complete: true}},
			want: []string{"owned_by aws/u gov/ann"},
		},
		"a label that names nobody leaves the other rules": {
			login: human("ann", ""), given: []evidence.Relation{{Type: "owned_by", From: "aws/u", To: "someone", Complete: true}},
			want: []string{"owned_by aws/u gov/ann (name)", "owned_by aws/u someone"},
		},
		"a team does not say whose a person's login is": {
			login: human("ann", ""), given: []evidence.Relation{{Type: "owned_by", From: "aws/u", To: "platform", Complete: true}},
			want: []string{"owned_by aws/u gov/ann (name)", "owned_by aws/u gov/platform"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &evidence.Snapshot{Entities: append(people(), c.login), Relations: c.given}
			if diff := cmp.Diff(c.want, links(s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecordsNameEntitiesByUID(t *testing.T) {
	review := entity("access_review", "gov/r", map[string]any{"principals": []any{map[string]any{"uid": "web1:ann"}, map[string]any{"uid": "arn:u"}}})
	incident := entity("incident", "gov/i", map[string]any{"restore_order": []any{"care", "ghost"}})
	statement := entity("attestation", "gov/t", map[string]any{"subject": "A-7"})
	s := &evidence.Snapshot{Entities: []*evidence.Entity{
		review, incident, statement,
		entity("host", "h/1", map[string]any{"hostname": "web1"}),
		entity("principal", "h/1:ann", nil),
		entity("principal", "aws/u", nil, "arn:u"),
		entity("business_process", "gov/care", nil),
		entity("asset", "gov/a", map[string]any{"tag": "A-7"}),
	}}
	derive.Derive(s)
	got := []any{review.Attrs["principals"], incident.Attrs["restore_order"], statement.Attrs["subject"]}
	want := []any{[]any{map[string]any{"uid": "h/1:ann"}, map[string]any{"uid": "aws/u"}}, []any{"gov/care", "ghost"}, "gov/a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
