package api

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/guard"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/label"
	"github.com/assay-audit/assay/internal/reference/region"
	"github.com/assay-audit/assay/internal/secret"
)

// Run is what all units of one collection share.
type Run struct {
	Catalogue *Catalogue
	Needs     *collectors.Needs // nil = everything
	Clock     func() time.Time
	Hasher    secret.Hasher
	Log       *slog.Logger
	Labels    label.Keys
	// InFlight bounds the calls that are made at the same time, over all accounts; its capacity is the bound.
	InFlight chan struct{}
	Stats    *Stats
	// Resolve looks a name up in the DNS; nil = nobody can. It tells a service that a region lacks from a DNS that hides names.
	Resolve func(ctx context.Context, host string) error
	// Trial is true where permissions are to be tried and nothing is to be collected: of every list the first page is read, and of every
	// kind the first resource.
	Trial bool
}

// Stats counts calls.
type Stats struct {
	Calls, Throttles atomic.Int64

	mu   sync.Mutex
	byOp map[string]int
}

// ByOperation is the number of calls by operation.
func (s *Stats) ByOperation() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.byOp)
}

func (s *Stats) count(op string) {
	s.Calls.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byOp == nil {
		s.byOp = make(map[string]int)
	}
	s.byOp[op]++
}

// Account is one AWS account of the run, with what its units share.
type Account struct {
	ID        string // 12 digits
	Name      string // as Organizations calls it; "" where it was not read
	Partition string // aws, aws-us-gov, aws-cn
	Source    string // id of the source
	// Home is the region in which global services are asked.
	Home string
	// Regions are those to be read, sorted; Disabled those that the account has not enabled; Left those that the target leaves out.
	Regions, Disabled, Left []string
	// RegionsUnknown is why it is not known which regions are enabled, so that Regions are just those that the target names; nil where it is.
	RegionsUnknown *evidence.Unknown
	// Organization are the ids of the accounts of the same organisation, sorted; nil where that is not known, for the reason.
	Organization        []string
	OrganizationUnknown *evidence.Unknown
	// Parent is the account whose credentials listed the organisation; nil where just one account is read.
	Parent *Account
	// Config makes the SDK's configuration for a region.
	Config func(region string) aws.Config

	limits limits
	shared shared
}

// UID is the account's uid, which is its scope too.
func (a *Account) UID() string { return "aws:" + a.ID }

// ARN makes an ARN in the account's partition. The region is empty for global services.
func (a *Account) ARN(service, region, resource string) string {
	return "arn:" + a.Partition + ":" + service + ":" + region + ":" + a.ID + ":" + resource
}

// Context is one unit on its way: one service in one region of one account.
type Context struct {
	Account *Account
	// Region is where calls go.
	Region string
	*Run

	service *Service
	home    string // the unit's own region
	batch   *Batch
}

// NewContext begins a unit.
func NewContext(run *Run, account *Account, service *Service, where string) *Context {
	c := &Context{Account: account, Region: where, Run: run, service: service, home: where, batch: newBatch()}
	if c.Wants("can_read", "can_write", "can_admin") {
		c.batch.policies = make(map[string]Resource)
	}
	return c
}

// In is the same unit with calls that go to another region of the account.
func (c *Context) In(where string) *Context {
	out := *c
	out.Region = where
	return &out
}

// Scope is the scope of the unit's entities and coverage.
func (c *Context) Scope() string { return ScopeOf(c.Account, c.service, c.home) }

// ScopeOf is the scope of what a service yields: the account for a global service, else the region.
func ScopeOf(a *Account, s *Service, region string) string {
	if s.Global {
		return a.UID()
	}
	return a.UID() + ":" + region
}

// ARN makes the ARN of a resource in the unit's region.
func (c *Context) ARN(service, resource string) string {
	return c.Account.ARN(service, c.Region, resource)
}

// Wants reports whether a selected check reads one of the kinds or attribute paths.
func (c *Context) Wants(words ...string) bool { return c.Needs.Any(words...) }

// Each runs f for each item, several at a time, and waits for all. What f emits is put into order when the unit ends.
func Each[T any](ctx context.Context, c *Context, items []T, f func(ctx context.Context, item T)) {
	const parallel = 64 // as many as calls may be under way in all: an account with many buckets has nothing else left to do
	if c.Trial && len(items) > 1 {
		items = items[:1]
	}
	var g errgroup.Group
	g.SetLimit(parallel)
	for _, item := range items {
		if ctx.Err() != nil {
			break
		}
		g.Go(guard.Go(func() error {
			f(ctx, item)
			return nil
		}))
	}
	if err := g.Wait(); err != nil {
		panic(err) // f has no error of its own: what fails is data
	}
}

// Together runs the parts of reading one resource side by side, and waits for all. They must write to different attributes.
func Together(ctx context.Context, parts ...func(ctx context.Context)) {
	var g errgroup.Group
	for _, part := range parts {
		g.Go(guard.Go(func() error {
			part(ctx)
			return nil
		}))
	}
	if err := g.Wait(); err != nil {
		panic(err) // parts have no errors of their own
	}
}

// Tags are the tags of a resource, or why they are not known.
type Tags struct {
	Values map[string]string
	Fail   *Failure
	Prov   *evidence.Provenance
}

// TagsOf makes tags of a list of the SDK's tags.
func TagsOf[T any](list []T, pair func(T) (key, value *string)) Tags {
	t := Tags{Values: make(map[string]string, len(list))}
	for _, x := range list {
		k, v := pair(x)
		t.Values[aws.ToString(k)] = aws.ToString(v)
	}
	return t
}

// Label reads one label by its tag keys, lower-cased; null where none of them is there.
func (t Tags) Label(keys []string) kind.Attr[string] {
	if t.Fail != nil {
		return kind.Because[string](t.Fail.Unknown())
	}
	for _, key := range keys {
		for _, k := range slices.Sorted(maps.Keys(t.Values)) {
			if v := t.Values[k]; label.Fold(k) == label.Fold(key) && v != "" {
				return kind.Known(strings.ToLower(strings.TrimSpace(v))).From(t.Prov)
			}
		}
	}
	return kind.Null[string]().From(t.Prov)
}

// Datastore begins the datastore facet: what the store is, where it is, and its labels. Everything else is left for the service.
func (c *Context) Datastore(detail string, tags Tags) kind.Datastore {
	d := kind.Datastore{
		KindDetail: kind.Known(detail), Account: kind.Known(c.Account.UID()), LocationSite: kind.NA[string](),
		IntegrityHashChain: kind.NA[bool](),
	}
	c.Place(&d, c.Region)
	label.Datastore(&d, tags.Label, c.Labels)
	return d
}

// Place says in which region a store lies, where that is not the unit's.
func (c *Context) Place(d *kind.Datastore, where string) {
	d.LocationRegion = kind.Known(where)
	if country, ok := region.Country(where); ok {
		d.LocationCountry = kind.Known(country)
	} else {
		d.LocationCountry = kind.Unknown[string](evidence.Unsupported, "region "+where+" is not in the region table")
	}
}

// Host begins a host with its labels.
func (c *Context) Host(tags Tags) kind.Host {
	var h kind.Host
	label.Host(&h, tags.Label, c.Labels)
	return h
}

// Time is a point in time as attributes hold it; null where the SDK has none.
func Time(t *time.Time) kind.Attr[kind.Time] {
	if t == nil || t.IsZero() {
		return kind.Null[kind.Time]()
	}
	return kind.Known(kind.Time(t.UTC().Format(time.RFC3339)))
}

// Entity names an entity that a service emits.
type Entity struct {
	Kind string
	// UID is the ARN, where AWS has one; it is the entity's id too.
	UID  string
	Name string
	// ID is what readers call it, where that is not the UID.
	ID string
	// Scope is the unit's where it is empty.
	Scope   string
	Aliases []string
	// Prov is where it was read: Answer.Prov or Listing.Prov.
	Prov *evidence.Provenance
}

// Emit adds an entity with the attributes of the kind and facet structs. The UID is among its aliases' equals: an entity from another
// source that has it as uid or alias is the same.
func (c *Context) Emit(e Entity, parts ...any) {
	out := &evidence.Entity{
		UID: e.UID, ID: e.ID, Kind: e.Kind, Facets: kind.FacetsOf(e.Kind), Plane: evidence.Observed, Scope: e.Scope, Name: e.Name, Aliases: e.Aliases,
	}
	if out.ID == "" {
		out.ID = e.UID
	}
	if out.Scope == "" {
		out.Scope = c.Scope()
	}
	if e.Prov != nil {
		out.Prov = []evidence.Provenance{*e.Prov}
	}
	kind.Fill(out, parts...)
	for i := range out.Prov {
		if out.Prov[i].Locator.ARN == "" {
			out.Prov[i].Locator.ARN = e.UID
		}
	}
	for path, u := range out.Unknown {
		u.Source = c.Account.Source
		out.Unknown[path] = u
	}
	slices.Sort(out.Aliases)
	c.batch.entity(out, c.Region)
}

// Relate adds a relation. Nothing happens where an end is empty.
func (c *Context) Relate(typ, from, to string) {
	if from != "" && to != "" {
		c.batch.relation(evidence.Relation{Type: typ, From: from, To: to, Complete: true})
	}
}

// RelateOpen says that relations of the type may lead from the entity to targets that are not known.
func (c *Context) RelateOpen(typ, from string) {
	c.batch.relation(evidence.Relation{Type: typ, From: from})
}

// RelatePartly adds a relation that holds by all that is known, while what is not known could take it away; without a target it says that
// relations may lead to targets that are not known, for the reason.
func (c *Context) RelatePartly(typ, from, to string, why evidence.Unknown) {
	if from != "" {
		c.batch.relation(evidence.Relation{
			Type: typ, From: from, To: to, Attrs: map[string]string{"reason": string(why.Reason), "detail": why.Detail},
		})
	}
}

// ResourcePolicy says what the policy of a store, key, secret or backup vault is, by which it may let identities in: its JSON text, nil or
// empty where it has none; fail is why it is not known. A service whose resources can have a policy calls it for each that it emits; without
// it, who can reach the resource stays open.
func (c *Context) ResourcePolicy(uid string, text *string, fail *Failure) {
	r := Resource{UID: uid, Policy: aws.ToString(text)}
	if fail != nil {
		why := fail.Unknown()
		r = Resource{UID: uid, Unread: &why}
	}
	c.batch.policy(r)
}

// Unreachable says that identities use a store, key, secret or vault only through a service of AWS, so that nobody is related to it.
func (c *Context) Unreachable(uid string) { c.batch.policy(Resource{UID: uid, ThroughService: true}) }

// Incomplete says that not everything of a kind was read in the unit's scope, for a reason that is no failed call.
func (c *Context) Incomplete(kindName string, status evidence.CoverageStatus, detail string) {
	c.batch.gap(Gap{Kind: kindName, Scope: c.Scope(), Status: status, Detail: detail})
}

// InRegions says of kinds that a list of the whole account yields in several regions: they were read there, or not, for the failure.
func (c *Context) InRegions(regions []string, fail *Failure, kinds ...string) {
	for _, region := range regions {
		for _, name := range kinds {
			g := Gap{Kind: name, Scope: c.Account.UID() + ":" + region}
			if fail == nil {
				c.batch.read(g)
				continue
			}
			g.Status, g.Detail = statusOf(fail.Reason), fail.detail(fail.Operation)
			c.batch.gap(g)
		}
	}
}

// Problem adds what the reader of the report should know, such as two sources that contradict each other.
func (c *Context) Problem(p evidence.Problem) { c.batch.problem(p) }

// Batch takes what the unit has found; the unit is over.
func (c *Context) Batch() *Batch { return c.batch.sorted() }

// shared memorises facts that several units of an account need.
type shared struct {
	mu    sync.Mutex
	facts map[string]func() any
}

// Forget lets go of what the units of the account shared, when all of them are done.
func (a *Account) Forget() {
	a.shared.mu.Lock()
	a.shared.facts = nil
	a.shared.mu.Unlock()
	a.limits.mu.Lock()
	a.limits.buckets, a.limits.retryers = nil, nil
	a.limits.mu.Unlock()
}

// Shared computes a fact once per account and region, and gives it to every unit that asks. It must not emit anything.
func Shared[T any](c *Context, name string, compute func(c *Context) T) T {
	return once(c, c.Region+"/"+name, compute)
}

// SharedGlobal computes a fact once per account, with calls that go to the account's home region.
func SharedGlobal[T any](c *Context, name string, compute func(c *Context) T) T {
	return once(c.In(c.Account.Home), "global/"+name, compute)
}

func once[T any](c *Context, name string, compute func(c *Context) T) T {
	s := &c.Account.shared
	s.mu.Lock()
	if s.facts == nil {
		s.facts = make(map[string]func() any)
	}
	fact, ok := s.facts[name]
	if !ok {
		fact = sync.OnceValue(func() any { return compute(c) })
		s.facts[name] = fact
	}
	s.mu.Unlock()
	return fact().(T)
}
