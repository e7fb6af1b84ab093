package iampolicy

import (
	"github.com/assay-audit/assay/internal/tri"
)

// Path is one way for an identity to gain more permissions than it was given.
type Path struct {
	// Name is the permissions that make the path, such as "iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction".
	Name string
	// Steps are sentences that tell what one does, in order.
	Steps []string
	// Complete is set if every step is proved to be allowed on a resource that can carry more permissions. If not, the
	// path could not be excluded: something is not known, conditional, or limited to resources whose permissions are not known.
	Complete bool
}

// Escalations is the answer of [Identity.Escalations].
type Escalations struct {
	// Paths are the ways found, the complete ones first, else in the order of the table.
	Paths []Path
	// Complete is set if nothing was left open: no path is incomplete.
	Complete bool
}

// Verdict is true if some path is proved, false if there is none, and otherwise unknown.
func (e Escalations) Verdict() tri.Value {
	switch {
	case len(e.Paths) > 0 && e.Paths[0].Complete:
		return tri.True
	case e.Complete:
		return tri.False
	default:
		return tri.Unknown
	}
}

// EscalationOptions supplies what policies of one identity do not tell.
type EscalationOptions struct {
	// MorePrivileged tells whether the resources that a pattern names (roles to pass, users, functions to change, ...)
	// include one with more permissions than the identity should have. Nil answers unknown, and so should the
	// function for resources it does not know. It is not asked about "*" and other patterns for all resources of a
	// type: those are taken to include one. To avoid going in circles it should judge by [Identity.Administrator].
	MorePrivileged func(resource Str) tri.Value
}

// scope says which resources make a step of a path dangerous.
type scope uint8

const (
	anyOne  scope = iota // any at all: the step makes a new thing
	other                // one that belongs to somebody else
	selfToo              // one's own or that of somebody else
)

// step is one permission that a path needs.
type step struct {
	action   string
	resource resourceType
	scope    scope
	passedTo string // see query
	does     string
}

// technique is a known way of escalating privileges.
type technique struct {
	name  string
	steps []step
}

// Escalations lists the known ways in which the identity can raise its own permissions. An administrator has one path,
// which says so. What an assumed role may do is not followed: that is the business of the relation between the two.
func (id Identity) Escalations(opts EscalationOptions) Escalations {
	admin := id.Administrator()
	if admin == tri.True {
		return Escalations{
			Paths:    []Path{{Name: "administrator", Steps: []string{"every action is already allowed on every resource"}, Complete: true}},
			Complete: true,
		}
	}
	if opts.MorePrivileged == nil {
		opts.MorePrivileged = func(Str) tri.Value { return tri.Unknown }
	}
	var proved, possible []Path
	answers := map[step]tri.Value{}
	work := newBudget()
	for _, technique := range techniques() {
		verdict := tri.True
		for _, s := range technique.steps {
			key := s
			key.does = ""
			answer, asked := answers[key]
			if !asked {
				answer = id.allowsStep(s, opts, work)
				answers[key] = answer
			}
			if verdict = verdict.And(answer); verdict == tri.False {
				break
			}
		}
		switch verdict {
		case tri.True:
			proved = append(proved, technique.path(true))
		case tri.Unknown:
			possible = append(possible, technique.path(false))
		case tri.False:
		}
	}
	return Escalations{Paths: append(proved, possible...), Complete: len(possible) == 0 && admin == tri.False}
}

func (t technique) path(complete bool) Path {
	steps := make([]string, 0, len(t.steps))
	for _, s := range t.steps {
		steps = append(steps, s.does+" ("+s.action+")")
	}
	return Path{Name: t.name, Steps: steps, Complete: complete}
}

func (id Identity) allowsStep(s step, opts EscalationOptions, work *budget) tri.Value {
	r := id.reach(query{action: Literal(s.action), resource: s.resource, passedTo: s.passedTo, work: work})
	switch s.scope {
	case anyOne:
		return tri.Any(r.all, r.own, r.some)
	case selfToo:
		return tri.Any(r.all, r.own, r.some.And(opts.asks(r)))
	default:
		return r.all.Or(r.some.And(opts.asks(r)))
	}
}

// asks is MorePrivileged for some of the resources that a step reaches.
func (o EscalationOptions) asks(r reach) tri.Value {
	if r.some == tri.False {
		return tri.False
	}
	result := tri.False
	if len(r.named) == 0 || len(r.named) >= maxNamed {
		result = tri.Unknown
	}
	for _, v := range r.named {
		result = result.Or(o.MorePrivileged(v))
	}
	return result
}

// Privileged tells whether the identity is an administrator or can make itself one.
func (id Identity) Privileged(opts EscalationOptions) tri.Value {
	return id.Administrator().Or(id.Escalations(opts).Verdict())
}
