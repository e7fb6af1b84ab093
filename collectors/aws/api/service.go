// Package api is the ground that the AWS services stand on: it calls operations, counts them, keeps to rate limits, and turns what
// goes wrong into unknowns and coverage.
//
// A [Service] is one file in collectors/aws/services. It declares every operation that it may call, with what the operation tells and
// the permission that it takes, and collects one account, or one region of it, through a [Context]. An operation that is not declared
// cannot be called; one that no selected check needs is not called.
//
// Operations are passed as functions (client.ListUsers), never through interfaces and never to the SDK's paginators: a client that is
// stored in an interface keeps all of its service's operations in the binary, which doubles its size (docs/adr/0012-aws-test-lab.md).
package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
)

// Service is what Assay reads of one AWS service.
type Service struct {
	// Name is the name of the service's package in the SDK, such as "s3" or "elasticloadbalancingv2".
	Name string
	// Prefix is the prefix of its IAM actions where that is not Name, such as "elasticloadbalancing".
	Prefix string
	// Global is true for a service that is asked once per account, in the partition's main region; others are asked in every region.
	Global bool
	// SomeRegions is true for a service that AWS offers in some regions only. Where its endpoint has no name in the DNS, and
	// that in us-east-1 has one, nothing of it can exist, and its lists are empty.
	SomeRegions bool
	// Operations are all operations of the service that any file may call.
	Operations []Operation
	// Kinds are the kinds of entities that Collect yields. Coverage speaks of each.
	Kinds []string
	// Rate is the number of calls per second that are made to the service in one region of one account; 0 = DefaultRate.
	Rate float64
	// Collect reads the service; nil for one whose operations only serve other files.
	Collect func(ctx context.Context, c *Context)
	// Finish runs when all services of the account are read, for relations between what they found; nil where there are none.
	Finish func(ctx context.Context, c *Context, found []Resource)
}

// Resource is what the last step of an account is told of a store, host, key, secret or vault that was found.
type Resource struct {
	UID    string `json:"uid"`
	Kind   string `json:"kind"`
	Region string `json:"region"` // where it lies
	// PolicyAsked is set where the service said what the resource's own policy is, or that it has none.
	PolicyAsked bool `json:"policy_asked,omitempty"`
	// Policy is that policy as JSON; empty where there is none, and where it is not known.
	Policy string `json:"policy,omitempty"`
	// Unread is why the policy is not known; nil where it is.
	Unread *evidence.Unknown `json:"unread,omitempty"`
	// ThroughService is set where identities use it only through a service of AWS.
	ThroughService bool `json:"through_service,omitempty"`
}

// DefaultRate is the number of calls per second to a service in one region of one account, well below what AWS allows by default.
const DefaultRate = 20

// Operation is one operation of a service.
type Operation struct {
	// Name is the operation's name in the SDK, such as GetBucketEncryption.
	Name string
	// Actions are the IAM actions that it needs; empty = the service's prefix and the operation's name.
	Actions []string
	// Resources are the ARN patterns to which the actions are limited, where AWS has one action for many operations and some of them return
	// what Assay must not read; empty = every resource.
	Resources []string
	// Tells are the kinds and attribute paths that it is asked for: "bucket" for a list without which no bucket is known, or a path such
	// as "encryption.at_rest". The operation is called where a selected check reads one of them; one without any is always
	// called, because nothing can be found without it.
	Tells []string
}

// needed reports whether the operation is to be called.
func (o Operation) needed(wanted func(words ...string) bool) bool {
	return len(o.Tells) == 0 || wanted(o.Tells...)
}

// Permissions are the IAM actions that the operation needs.
func (s *Service) Permissions(o Operation) []string {
	if len(o.Actions) > 0 {
		return o.Actions
	}
	return []string{s.action(o)}
}

// action is the IAM action of the operation's own name.
func (s *Service) action(o Operation) string { return cmp.Or(s.Prefix, s.Name) + ":" + o.Name }

// Catalogue is every service, indexed by name and operation.
type Catalogue struct {
	Services []Service
	byName   map[string]*Service
	byOp     map[string]declared
}

// declared is an operation with its service.
type declared struct {
	Operation
	service *Service
}

// NewCatalogue indexes the services.
func NewCatalogue(services []Service) *Catalogue {
	c := &Catalogue{Services: services, byName: make(map[string]*Service), byOp: make(map[string]declared)}
	for i := range services {
		s := &services[i]
		c.byName[s.Name] = s
		for _, o := range s.Operations {
			c.byOp[s.Name+":"+o.Name] = declared{o, s}
		}
	}
	return c
}

// Service is the service of the name; it must exist.
func (c *Catalogue) Service(name string) *Service { return c.byName[name] }

// Tells are the kinds and attribute paths that an operation is asked for, by service:Operation.
func (c *Catalogue) Tells(operation string) []string { return c.byOp[operation].Tells }

// Action is an IAM action, with the operations that need it and what they tell.
type Action struct {
	Name       string   // such as s3:GetEncryptionConfiguration
	Resources  []string // ARN patterns that it is limited to, sorted; empty = every resource
	Operations []string // by the names of SDK packages, such as s3:GetBucketEncryption, sorted
	// Others are those of the operations that have another name in IAM than the action, with IAM's prefix, sorted: s3:GetBucketEncryption.
	Others []string
	Tells  []string // kinds and attribute paths, sorted
}

// Actions are the IAM actions that the needed operations take, sorted. Needed reports whether a selected check reads one of the words.
func (c *Catalogue) Actions(needed func(words ...string) bool) []Action {
	byName := make(map[string]*Action)
	unlimited := make(map[string]bool)
	for _, s := range c.Services {
		for _, o := range s.Operations {
			if !o.needed(needed) {
				continue
			}
			for _, name := range s.Permissions(o) {
				a := byName[name]
				if a == nil {
					a = &Action{Name: name}
					byName[name] = a
				}
				unlimited[name] = unlimited[name] || len(o.Resources) == 0
				a.Resources = append(a.Resources, o.Resources...)
				a.Operations = append(a.Operations, s.Name+":"+o.Name)
				if own := s.action(o); own != name {
					a.Others = append(a.Others, own)
				}
				a.Tells = append(a.Tells, o.Tells...)
			}
		}
	}
	out := make([]Action, 0, len(byName))
	for _, a := range byName {
		if unlimited[a.Name] {
			a.Resources = nil
		}
		a.Resources, a.Operations, a.Others, a.Tells = sorted(a.Resources), sorted(a.Operations), sorted(a.Others), sorted(a.Tells)
		out = append(out, *a)
	}
	slices.SortFunc(out, func(a, b Action) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// sorted sorts the words and leaves out those that come twice.
func sorted(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}
