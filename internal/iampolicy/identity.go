package iampolicy

import (
	"maps"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// Identity is what decides the permissions of a user or role.
type Identity struct {
	// Policies are attached to the identity, inline or managed, directly or through its groups. A policy that could
	// not be read is Document{Unknown: true}.
	Policies []Document
	// Boundaries are groups of policies of which each group must allow what the policies allow: the permissions
	// boundary, and the service control policies of each level of the organisation. Empty if there are none.
	Boundaries [][]Document
}

// callerRequest is what a caller can always arrange when a statement allows something: TLS.
func callerRequest() request {
	return request{"aws:securetransport": "true", "s3:tlsversion": "1.3"}
}

// carefulRequest is what a caller can arrange to escape a Deny: TLS, and a recent multi-factor login. An Allow that
// demands the latter proves nothing, because a workload cannot have it.
func carefulRequest() request {
	r := callerRequest()
	r["aws:multifactorauthpresent"] = "true"
	r["aws:multifactorauthage"] = "1"
	return r
}

// with returns a copy of the request with one more key.
func (r request) with(key, value string) request {
	out := make(request, len(r)+1)
	maps.Copy(out, r)
	out[key] = value
	return out
}

// resourceType is a type of resource: the service as ARNs name it, and a pattern of the last field of the ARN.
type resourceType struct{ service, pattern string }

// all is the pattern for all resources of the type.
func (t resourceType) all() Str { return Literal("arn:*:" + t.service + ":*:*:" + t.pattern) }

// one is some resource of the type; partition, region, account and name are not known but hold no colon.
func (t resourceType) one() Str {
	field := func(name string) Part { return Part{Hole: true, Ref: name, Like: "*:"} }
	parts := []Part{{Text: "arn:"}, field("partition"), {Text: t.service + ":"}, field("region"), field("account")}
	if t.service == "*" {
		parts[2] = field("service")
	}
	if fixed, open := strings.CutSuffix(t.pattern, "*"); open {
		return NewStr(append(parts, Part{Text: fixed}, Part{Hole: true, Ref: "name", Like: "*?"})...)
	}
	return NewStr(append(parts, Part{Text: t.pattern})...)
}

// breadth tells whether a resource pattern speaks of all resources of a type in an account (in some region,
// partition and account), and whether it speaks of any.
func breadth(value Str, t resourceType) (broad, some tri.Value) {
	text, known := value.Known()
	if known && text == "*" {
		return tri.True, tri.True
	}
	fields := value.fields()
	fixed := 0
	if known {
		fixed = fixedFields(text)
	}
	if len(fields) == arnFields && fixed > arnService && textOf(fields[arnService]) != t.service && t.service != "*" {
		return tri.False, tri.False
	}
	if openFields(fields) {
		possible := overlaps(value, t.one(), false).And(tri.Unknown)
		return possible, possible
	}
	broad = covers(anywhere(fields), t.all(), false)
	if broad == tri.True {
		return tri.True, tri.True
	}
	if len(fields) == arnFields {
		some = overlaps(NewStr(fields[arnService]...), Literal(t.service), false)
		some = some.And(overlaps(NewStr(fields[arnResource]...), Literal(t.pattern), false))
		// Where the resource of the type has a colon too, a star may reach over one: what differs field by field may match.
		if some == tri.True || fixed >= arnResource || !strings.Contains(t.pattern, ":") {
			return broad, some
		}
	}
	return broad, overlaps(value, t.one(), false).And(tri.Unknown)
}

// fixedFields counts the fields at the beginning of an ARN pattern that hold no wildcard and no variable and end in a colon.
func fixedFields(text string) int {
	fixed := 0
	for i := range len(text) {
		switch text[i] {
		case '*', '?', '$':
			return fixed
		case ':':
			fixed++
		}
	}
	return fixed
}

// textOf is the text of a field without holes.
func textOf(field []Part) string {
	text, _ := NewStr(field...).Known()
	return text
}

// openFields tells whether a hole may hold colons, so that the fields of an ARN pattern cannot be told apart.
func openFields(fields [][]Part) bool {
	for i, f := range fields {
		if i < arnResource && slices.ContainsFunc(f, func(p Part) bool { return p.Hole && p.Ref == "" }) {
			return true
		}
	}
	return false
}

// The fields of an ARN, which colons separate: arn:partition:service:region:account:resource.
const (
	arnPartition = 1
	arnService   = 2
	arnRegion    = 3
	arnAccount   = 4
	arnResource  = 5
	arnFields    = 6
)

// anywhere is an ARN pattern with partition, region and account replaced by wildcards, as far as it has these fields.
func anywhere(fields [][]Part) Str {
	joined := make([]Part, 0, 2*arnFields)
	for i, f := range fields {
		if i > 0 {
			joined = append(joined, Part{Text: ":"})
		}
		if last := i == len(fields)-1; !last && (i == arnPartition || i == arnRegion || i == arnAccount) {
			joined = append(joined, Part{Text: "*"})
			continue
		}
		joined = append(joined, f...)
	}
	return NewStr(joined...)
}

// fields splits an ARN pattern at its first five colons. A hole belongs to one field.
func (s Str) fields() [][]Part {
	fields := make([][]Part, 1, arnFields)
	for _, p := range s.Parts() {
		for !p.Hole && len(fields) < arnFields {
			before, after, found := strings.Cut(p.Text, ":")
			if !found {
				break
			}
			fields[len(fields)-1] = append(fields[len(fields)-1], Part{Text: before})
			fields = append(fields, nil)
			p.Text = after
		}
		fields[len(fields)-1] = append(fields[len(fields)-1], p)
	}
	return fields
}

// breadth is breadth for all values of the element. All but some named resources is broad.
func (p Patterns) breadth(t resourceType) tri.Value {
	if !p.Present {
		return tri.True
	}
	broad := tri.False
	for _, v := range p.Values {
		b, _ := breadth(v, t)
		broad = broad.Or(b)
	}
	if p.More {
		broad = broad.Or(tri.Unknown)
	}
	if p.Not {
		return broad.Not()
	}
	return broad
}

// isOwn tells whether a resource pattern names just the caller's own user, by a policy variable.
func isOwn(value Str) bool {
	text := value.String()
	return strings.HasSuffix(text, "${aws:username}") || strings.HasSuffix(text, "${aws:userid}")
}

// query is one permission that an analysis asks for.
type query struct {
	action   Str
	resource resourceType
	// passedTo is the service that gets a role; only for iam:PassRole.
	passedTo string
	// work is what the analysis may still spend.
	work *budget
}

// budget bounds the time of an analysis of one identity, which hostile policies could otherwise stretch to minutes. When it
// is spent, what is left to decide is unknown. Its unit is the comparison of about one byte.
type budget struct{ left int }

// fullBudget is some hundred times what the policies of a real identity take.
const fullBudget = 1 << 23

func newBudget() *budget { return &budget{left: fullBudget} }

// spend takes an amount from the budget and tells whether it was there.
func (b *budget) spend(amount int) bool {
	b.left -= amount
	return b.left >= 0
}

func (q query) request(base request) request {
	if q.passedTo == "" {
		return base
	}
	return base.with("iam:passedtoservice", q.passedTo)
}

// reach is on which resources of a type an action is allowed.
type reach struct {
	all  tri.Value // on all of them
	own  tri.Value // on the caller's own user
	some tri.Value // on some others; which ones is in named
	// named are the resource patterns behind some, at most maxNamed.
	named []Str
}

// maxNamed bounds the resources that a caller is asked about.
const maxNamed = 32

// reach evaluates policies that add up: what one allows and none denies.
func (q query) reach(policies []Document) reach {
	r := reach{all: tri.False, own: tri.False, some: tri.False}
	others := q.denied(policies).Not()
	own := q.deniedOwn(policies).Not()
	for _, doc := range policies {
		if doc.Unknown {
			r.add(reach{all: others.And(tri.Unknown), own: own.And(tri.Unknown), some: others.And(tri.Unknown)})
		}
		for _, s := range doc.Statements {
			allows := s.Effect.is(Allow)
			if allows != tri.False {
				allows = allows.And(s.Action.covers(q.action, true))
			}
			if allows != tri.False {
				allows = allows.And(s.holdAll(q.request(callerRequest())))
			}
			if allows != tri.False {
				granted := q.granted(s.Resource, policies)
				granted.all = granted.all.And(allows).And(others)
				granted.own = granted.own.And(allows).And(own)
				granted.some = granted.some.And(allows).And(others)
				r.add(granted)
			}
		}
	}
	return r
}

// add joins what two statements allow.
func (r *reach) add(more reach) {
	r.all, r.own, r.some = r.all.Or(more.all), r.own.Or(more.own), r.some.Or(more.some)
	if more.some != tri.False {
		r.named = append(r.named, more.named[:min(len(more.named), maxNamed-len(r.named))]...)
	}
}

// granted is what an element of an Allow speaks of, less what is denied by name.
func (q query) granted(element Patterns, policies []Document) reach {
	r := reach{all: tri.False, own: tri.False, some: tri.False}
	if element.Not || !element.Present {
		r.all = element.breadth(q.resource)
		r.own = r.all
		return r
	}
	if !q.work.spend(element.size()) {
		return reach{} // unknown
	}
	for _, v := range element.Values {
		broad, some := breadth(v, q.resource)
		r.all, r.own = r.all.Or(broad), r.own.Or(broad)
		switch {
		case broad == tri.True:
			return reach{all: tri.True, own: tri.True, some: tri.False}
		case some == tri.False:
		case isOwn(v):
			r.own = r.own.Or(some)
		case len(r.named) >= maxNamed:
			r.some = r.some.Or(tri.Unknown)
		default:
			if some = some.And(q.deniedOn(policies, v).Not()); some != tri.False {
				r.named = append(r.named, v)
				r.some = r.some.Or(some)
			}
		}
	}
	if element.More {
		r.all, r.own = r.all.Or(tri.Unknown), r.own.Or(tri.Unknown)
	}
	return r
}

// denied tells whether the action is denied on all resources of the type but those of the caller itself.
func (q query) denied(policies []Document) tri.Value {
	return q.anyDeny(policies, func(p Patterns) tri.Value {
		if !p.Not {
			broad := p.breadth(q.resource)
			return broad
		}
		excepted := tri.Of(p.More).And(tri.Unknown)
		for _, v := range p.Values {
			broad, some := breadth(v, q.resource)
			if !isOwn(v) {
				excepted = excepted.Or(broad).Or(some.And(tri.Unknown))
			}
		}
		return excepted.Not()
	})
}

// deniedOwn tells whether the action is denied on the caller's own user.
func (q query) deniedOwn(policies []Document) tri.Value {
	return q.anyDeny(policies, func(p Patterns) tri.Value {
		speaks := tri.Of(!p.Present).Or(tri.Of(p.More).And(tri.Unknown))
		for _, v := range p.Values {
			broad, some := breadth(v, q.resource)
			if isOwn(v) {
				speaks = speaks.Or(some)
			} else {
				speaks = speaks.Or(broad).Or(some.And(tri.Unknown))
			}
		}
		if p.Not {
			return speaks.Not()
		}
		return speaks
	})
}

// deniedOn tells whether the action is denied on all that a resource pattern stands for.
func (q query) deniedOn(policies []Document, resource Str) tri.Value {
	const bytesAtOnce = 64
	return q.anyDeny(policies, func(p Patterns) tri.Value {
		if !q.work.spend(p.size() * resource.size() / bytesAtOnce) {
			return tri.Unknown
		}
		return p.covers(resource, false)
	})
}

func (q query) anyDeny(policies []Document, on func(Patterns) tri.Value) tri.Value {
	result := tri.False
	for _, doc := range policies {
		if doc.Unknown {
			result = result.Or(tri.Unknown)
		}
		for _, s := range doc.Statements {
			denies := s.Effect.is(Deny)
			if denies != tri.False {
				denies = denies.And(s.Action.covers(q.action, true))
			}
			if denies != tri.False && !q.work.spend(s.Resource.size()) {
				denies = denies.And(tri.Unknown)
			} else if denies != tri.False {
				denies = denies.And(on(s.Resource))
			}
			if denies != tri.False {
				denies = denies.And(s.holdAll(q.request(carefulRequest())))
			}
			result = result.Or(denies)
		}
	}
	return result
}

// reach is what the policies and all boundaries allow.
func (id Identity) reach(q query) reach {
	r := q.reach(id.Policies)
	for _, group := range id.Boundaries {
		if r.all == tri.False && r.own == tri.False && r.some == tri.False {
			break
		}
		limit := q.reach(group)
		atAll := limit.all.Or(limit.own.And(tri.Unknown)).Or(limit.some.And(tri.Unknown))
		r.all, r.own, r.some = r.all.And(atAll), r.own.And(atAll), r.some.And(atAll)
	}
	return r
}

// Administrator tells whether the identity is allowed every action on every resource without a condition.
func (id Identity) Administrator() tri.Value {
	result := everything(id.Policies)
	for _, group := range id.Boundaries {
		result = result.And(everything(group))
	}
	return result
}

// everything tells whether policies allow every action on every resource, and do not deny just that again.
func everything(policies []Document) tri.Value {
	allows, denies := tri.False, tri.False
	for _, doc := range policies {
		if doc.Unknown {
			allows, denies = allows.Or(tri.Unknown), denies.Or(tri.Unknown)
		}
		for _, s := range doc.Statements {
			all := s.Action.covers(Literal("*"), true).Or(s.Action.covers(Literal("*:*"), true))
			if all == tri.False {
				continue
			}
			allows = allows.Or(s.Effect.is(Allow).And(all).And(s.everyResource()).And(s.holdAll(callerRequest())))
			denies = denies.Or(s.Effect.is(Deny).And(all).And(s.Resource.covers(Literal("*"), false)).And(s.holdAll(carefulRequest())))
		}
	}
	return allows.And(denies.Not())
}
