// Package reach tells which identities can read, write or administer which stores, keys and backup vaults.
//
// An edge follows from the policies of the identity and its boundaries, and from the policy of the asset where that names the identity;
// what an asset allows to the public is its exposure, and no edge of anybody in particular. Where a policy is not wholly known and could
// give access to an asset, the level is open: further edges may exist. Service control policies, which can only take away, are not asked.
// It is the same for code and live accounts; package iampolicy answers for each pair.
//
// Accounts hold thousands of identities and assets, so not every pair is asked about: an [Index] finds the assets that an identity's
// policies can speak of, statements about other services are left out, and identities with the same policies are judged once.
package reach

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/tri"
)

// Identity is a user, role or permission set.
type Identity struct {
	iampolicy.Identity
	UID string
	// ARNs are the ways to write its ARN; empty for one that no policy of an asset can name, such as a permission set.
	ARNs []iampolicy.Str
	// Account tells the identity's account apart from others; empty where it is not known.
	Account string
	// Key is equal for identities with the same policies and boundaries; empty for one that is judged by itself.
	Key string
}

// Asset is something that identities can reach.
type Asset struct {
	iampolicy.Resource
	UID string
	// Account tells the asset's account apart from others; empty where it is not known.
	Account string
	// Policy is the asset's own; nil where it has none.
	Policy *iampolicy.Document
}

// Edge is a level of access that an identity has to an asset.
type Edge struct {
	Level iampolicy.Level
	UID   string // of the asset
	// Complete is false where what is not known could take the access away.
	Complete bool
}

// Found is what an identity reaches.
type Found struct {
	Edges []Edge // in the order of the assets and of Levels
	// Open are the levels, by their number, of which further edges may exist.
	Open [3]bool
}

// Levels are all levels of access, in order.
func Levels() []iampolicy.Level {
	return []iampolicy.Level{iampolicy.Read, iampolicy.Write, iampolicy.Admin}
}

// Relation is the relation that stands for a level: can_read, can_write or can_admin.
func Relation(l iampolicy.Level) string { return "can_" + l.String() }

// Of finds what an identity reaches. It is not safe for use by several goroutines.
func (x *Index) Of(id Identity) Found {
	r := reacher{x: x, id: id, narrow: make(map[string]*iampolicy.Identity)}
	for _, i := range x.candidates(id.Identity) {
		r.ask(i)
	}
	return r.found
}

// reacher asks for one identity.
type reacher struct {
	x      *Index
	id     Identity
	narrow map[string]*iampolicy.Identity // the identity's policies on one service; nil where nothing may allow an action of it
	found  Found
}

// answer is what is known of one pair: whether each level is allowed, and whether it is by the policies that can be read.
type answer struct {
	allowed [3]tri.Value
	likely  [3]bool
}

func (r *reacher) ask(i int) {
	a := &r.x.assets[i]
	said := r.answer(i)
	for _, level := range Levels() {
		switch said.allowed[level] {
		case tri.True:
			r.found.Edges = append(r.found.Edges, Edge{Level: level, UID: a.UID, Complete: true})
		case tri.Unknown:
			if said.likely[level] {
				r.found.Edges = append(r.found.Edges, Edge{Level: level, UID: a.UID})
			}
			r.found.Open[level] = r.found.Open[level] || a.Service != "kms"
		case tri.False:
		}
	}
}

// answer decides the pair, from memory where an identity with the same policies was asked before and the asset's policy says nothing of
// either.
func (r *reacher) answer(i int) answer {
	a := &r.x.assets[i]
	granted := a.grants(r.id)
	plain := r.id.Key != "" && a.Policy == nil && r.sameAccount(a) == tri.True
	if plain {
		if said, ok := r.x.memory[memoryKey{r.id.Key, i}]; ok {
			return said
		}
	}
	var said answer
	for _, level := range Levels() {
		said.allowed[level], said.likely[level] = r.access(level, a, granted)
	}
	if plain {
		r.x.memory[memoryKey{r.id.Key, i}] = said
	}
	return said
}

// access tells whether the identity has a level of access to an asset; likely is set where it has by all that can be read.
func (r *reacher) access(level iampolicy.Level, a *Asset, granted iampolicy.Document) (allowed tri.Value, likely bool) {
	id, may := r.towards(a, granted)
	if !may {
		return tri.False, false
	}
	allowed = id.Access(level, a.Resource)
	if r.sameAccount(a) == tri.False {
		allowed = allowed.And(tri.Unknown) // both policies must allow it, which they are not asked separately
	}
	if allowed == tri.Unknown {
		likely = readable(id).Access(level, a.Resource) == tri.True
	}
	return allowed, likely
}

// towards is the identity with what the asset's own policy gives it; false where nothing can allow it anything.
func (r *reacher) towards(a *Asset, granted iampolicy.Document) (iampolicy.Identity, bool) {
	own := r.about(a.Service)
	switch {
	case a.Service == "kms" && a.Policy != nil && !a.delegates(), r.sameAccount(a) == tri.False:
		id := r.id.Identity
		id.Policies = []iampolicy.Document{granted}
		return id, true
	case own == nil && !slices.ContainsFunc(granted.Statements, isNoDeny):
		return iampolicy.Identity{}, false
	case own == nil:
		own = &iampolicy.Identity{Boundaries: r.id.Boundaries}
	}
	id := *own
	if len(granted.Statements) > 0 {
		id.Policies = append(slices.Clone(id.Policies), granted)
	}
	return id, true
}

func isNoDeny(s iampolicy.Statement) bool { return s.Effect != iampolicy.Deny }

func (r *reacher) sameAccount(a *Asset) tri.Value {
	if r.id.Account == "" || a.Account == "" {
		return tri.Unknown
	}
	return tri.Of(r.id.Account == a.Account)
}

// readable is the identity without the policies of which nothing is known.
func readable(id iampolicy.Identity) iampolicy.Identity {
	id.Policies = slices.DeleteFunc(slices.Clone(id.Policies), func(d iampolicy.Document) bool { return d.Unknown && len(d.Statements) == 0 })
	return id
}

// about is the identity with the statements and actions that can speak of a service, since most identities touch few services, and some
// have policies with a thousand actions; nil where no policy can allow an action of it.
func (r *reacher) about(service string) *iampolicy.Identity {
	if id, asked := r.narrow[service]; asked {
		return id
	}
	may := false
	id := &iampolicy.Identity{}
	for _, doc := range r.id.Policies {
		part := partOf(doc, service)
		may = may || part.Unknown || slices.ContainsFunc(part.Statements, isNoDeny)
		id.Policies = append(id.Policies, part)
	}
	for _, group := range r.id.Boundaries {
		parts := make([]iampolicy.Document, 0, len(group))
		for _, doc := range group {
			parts = append(parts, partOf(doc, service))
		}
		id.Boundaries = append(id.Boundaries, parts)
	}
	if !may {
		id = nil
	}
	r.narrow[service] = id
	return id
}

// partOf keeps of a document what can speak of actions of a service.
func partOf(doc iampolicy.Document, service string) iampolicy.Document {
	out := doc
	out.Statements = make([]iampolicy.Statement, 0, len(doc.Statements))
	for _, s := range doc.Statements {
		if s.Action.Not || !s.Action.Present {
			out.Statements = append(out.Statements, s)
			continue
		}
		values := make([]iampolicy.Str, 0, len(s.Action.Values))
		for _, a := range s.Action.Values {
			text, known := a.Known()
			prefix, _, _ := strings.Cut(strings.ToLower(text), ":")
			if !known || strings.ContainsAny(prefix, "*?") || strings.HasPrefix(prefix, service) {
				values = append(values, a)
			}
		}
		if len(values) > 0 || s.Action.More {
			s.Action.Values = values
			out.Statements = append(out.Statements, s)
		}
	}
	return out
}

// grants returns the statements of the asset's policy that apply to the identity, as if they were its own: within an account, what
// either policy allows is allowed. A statement of which it is not known whether it applies gets a condition that is not known.
func (a *Asset) grants(id Identity) iampolicy.Document {
	if a.Policy == nil {
		return iampolicy.Document{}
	}
	var out iampolicy.Document
	for _, s := range a.Policy.Statements {
		applies := appliesTo(s, id)
		if applies == tri.False {
			continue
		}
		s.MoreConditions = s.MoreConditions || applies == tri.Unknown
		s.Principal = iampolicy.Principals{}
		out.Statements = append(out.Statements, s)
	}
	out.Unknown = a.Policy.Unknown
	if out.Unknown {
		out.Statements = append(out.Statements, iampolicy.Statement{MoreConditions: true, Action: iampolicy.Patterns{More: true, Present: true}})
	}
	return out
}

// delegates reports whether the policy of a key may leave it to the account's own policies who can use the key, by a statement that
// speaks of the account. Without one, the policies of identities count for nothing.
func (a *Asset) delegates() bool {
	if a.Policy.Unknown {
		return true
	}
	return slices.ContainsFunc(a.Policy.Statements, func(s iampolicy.Statement) bool {
		return s.Effect != iampolicy.Deny && (s.Principal.More || slices.ContainsFunc(s.Principal.Values, func(p iampolicy.Principal) bool {
			return p.Type == iampolicy.PrincipalAWS && p.ID.HasSuffix(":root") != tri.False || p.ID.Is("*") != tri.False
		}))
	})
}

// appliesTo tells whether a statement of an asset's policy speaks of an identity. The account as a principal lets the account's own
// policies decide, which are read anyway.
func appliesTo(s iampolicy.Statement, id Identity) tri.Value {
	if !s.Principal.Present || len(id.ARNs) == 0 {
		return tri.False
	}
	public := s.Effect == iampolicy.Allow && len(s.Conditions) == 0 && !s.MoreConditions
	named := tri.False
	for _, p := range s.Principal.Values {
		if everyone := p.Type == iampolicy.PrincipalEveryone || p.ID.Is("*") == tri.True; everyone && public {
			continue
		}
		switch p.Type {
		case iampolicy.PrincipalEveryone:
			named = tri.True
		case iampolicy.PrincipalAWS:
			named = named.Or(p.ID.Is("*"))
			for _, arn := range id.ARNs {
				named = named.Or(sameParty(p.ID, arn))
			}
		}
	}
	if s.Principal.More {
		named = named.Or(tri.Unknown)
	}
	if s.Principal.Not {
		return named.Not()
	}
	return named
}

// sameParty tells whether a principal is the identity with the ARN. A principal is no pattern.
func sameParty(p, arn iampolicy.Str) tri.Value {
	text, known := p.Known()
	switch {
	case p.Equal(arn):
		return tri.True
	case known && strings.HasSuffix(text, ":root"), known && strings.Trim(text, "0123456789") == "":
		return tri.False
	}
	_, arnKnown := arn.Known()
	switch {
	case known && arnKnown:
		return tri.False
	case !known && len(p.Parts()) == 1 && p.Parts()[0].Ref != "":
		return tri.False // the ARN of something else, or compared with another form of the same ARN
	}
	return p.Overlaps(arn)
}
