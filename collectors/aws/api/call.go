package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"golang.org/x/time/rate"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// Answer is what came of one call.
type Answer[O any] struct {
	Out *O // never nil; empty where the call failed or the thing is absent
	// Prov is where attributes that are read from the answer come from.
	Prov *evidence.Provenance
	// Fail is why there is no answer; nil where there is one.
	Fail *Failure
	// Code is the error code by which AWS said that what was asked for is not there; "" where it is.
	Code string
}

// OK reports whether the call answered, even if only that there is nothing.
func (a Answer[O]) OK() bool { return a.Fail == nil }

// Read makes an attribute of an answer: unknown where the call failed, else what f says, with the call as provenance.
func Read[O, T any](a Answer[O], f func(*O) kind.Attr[T]) kind.Attr[T] {
	if a.Fail != nil {
		return kind.Because[T](a.Fail.Unknown()).From(a.Prov)
	}
	return f(a.Out).From(a.Prov)
}

// Call is an operation of an SDK client, passed as client.Operation.
type Call[I, O, P any] func(context.Context, *I, ...func(*P)) (*O, error)

// Ask calls an operation that is answered at once. The absent codes are errors by which AWS says that there is no such thing, which is an
// answer: NoSuchBucketPolicy, NoSuchEntity. Where AWS uses one code for several things, a phrase of the message follows after a colon:
// "AccessDeniedException: Macie is not enabled".
func Ask[I, O, P any](ctx context.Context, c *Context, call Call[I, O, P], in *I, absent ...string) Answer[O] {
	op := operation[I](c)
	a := Answer[O]{Out: new(O), Prov: c.provenance(op)}
	if !op.needed(c.Needs.Any) {
		a.Fail = c.notNeeded(op)
		return a
	}
	out, err := do(ctx, c, op, call, in)
	if err == nil {
		a.Out = out
		c.wasRead(op)
		return a
	}
	if code, none := c.absent(ctx, op, err, absent); none {
		a.Code = code
		c.wasRead(op)
		return a
	}
	a.Fail = c.failed(op, err)
	return a
}

// absent tells whether an error says that there is nothing, and with which code: one of the described errors, or that AWS does not offer the
// service in the region, where its endpoint has no name.
func (c *Context) absent(ctx context.Context, op declared, err error, described []string) (code string, none bool) {
	if refused, ok := errors.AsType[smithy.APIError](err); ok {
		return refused.ErrorCode(), slices.ContainsFunc(described, says(refused))
	}
	var dns *net.DNSError
	nameless := op.service.SomeRegions && errors.As(err, &dns) && dns.IsNotFound
	return "no endpoint", nameless && c.hasNameElsewhere(ctx, dns.Name)
}

// hasNameElsewhere tells whether the endpoint of the region, which has no name, has one in the region where AWS offers every service. Where it
// has not, the DNS does not tell the truth about the service: a firewall may hide all names but those on its list.
func (c *Context) hasNameElsewhere(ctx context.Context, endpoint string) bool {
	service, _, ofRegion := strings.Cut(endpoint, "."+c.Region+".")
	if !ofRegion || c.Resolve == nil {
		return false
	}
	host := service + ".us-east-1.amazonaws.com"
	return SharedGlobal(c, "name "+host, func(*Context) bool { return c.Resolve(ctx, host) == nil })
}

// says tells whether AWS's error is the one that is described: its code, or the code, a colon and a phrase of the message.
func says(refused smithy.APIError) func(string) bool {
	return func(described string) bool {
		code, phrase, _ := strings.Cut(described, ": ")
		return refused.ErrorCode() == code && strings.Contains(refused.ErrorMessage(), phrase)
	}
}

// Listing is what came of a paginated operation, read to its end.
type Listing[T any] struct {
	Items []T // what was read before a failure, too
	Prov  *evidence.Provenance
	// Fail is why more may exist; nil where everything was read.
	Fail *Failure
	// Cut is true where the list was left at its limit, so that more exists.
	Cut bool
}

// OK reports whether everything was read.
func (l Listing[T]) OK() bool { return l.Fail == nil && !l.Cut }

// List calls a paginated operation until its end. An operation without pages has just one. The absent codes are as those of Ask: where AWS
// answers with one, the list is empty.
func List[I, O, P, T any](ctx context.Context, c *Context, call Call[I, O, P], in *I, items func(*O) []T, absent ...string) Listing[T] {
	return ListUpTo(ctx, c, math.MaxInt, call, in, items, absent...)
}

// ListUpTo calls a paginated operation until its end, or until there are as many items as the limit allows. The caller says what is missing
// where the list was cut.
func ListUpTo[I, O, P, T any](
	ctx context.Context, c *Context, limit int, call Call[I, O, P], in *I, items func(*O) []T, absent ...string,
) Listing[T] {
	op := operation[I](c)
	l := Listing[T]{Prov: c.provenance(op)}
	if !op.needed(c.Needs.Any) {
		l.Fail = c.notNeeded(op)
		return l
	}
	for last := ""; ; {
		out, err := do(ctx, c, op, call, in)
		if err != nil {
			if _, none := c.absent(ctx, op, err, absent); none {
				c.wasRead(op)
			} else {
				l.Fail = c.failed(op, err)
			}
			return l
		}
		l.Items = append(l.Items, items(out)...)
		token := nextToken(out)
		if token == "" || c.Trial {
			c.wasRead(op)
			return l
		}
		if len(l.Items) >= limit {
			l.Cut = true
			return l
		}
		if token == last {
			l.Fail = c.failed(op, fmt.Errorf("the same page token came back twice, so the list cannot be read to its end"))
			return l
		}
		last = token
		setToken(in, token)
	}
}

// do makes one call within the limits.
func do[I, O, P any](ctx context.Context, c *Context, op declared, call Call[I, O, P], in *I) (*O, error) {
	if err := c.Account.limits.of(c.Region, op.service).Wait(ctx); err != nil {
		return nil, errors.Join(context.Canceled, err)
	}
	select {
	case c.InFlight <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Canceled
	}
	defer func() { <-c.InFlight }()
	c.Stats.count(op.service.Name + ":" + op.Name)
	return call(ctx, in)
}

// operation is the declared operation that takes the input. An operation that no service declares is a fault in the program: its
// permission would be missing from the policy that assay aws permissions prints.
func operation[I any](c *Context) declared {
	t := reflect.TypeFor[I]()
	key := path.Base(t.PkgPath()) + ":" + strings.TrimSuffix(t.Name(), "Input")
	op, ok := c.Catalogue.byOp[key]
	if !ok {
		panic("operation " + key + " is not declared in collectors/aws/services")
	}
	return op
}

func (c *Context) provenance(op declared) *evidence.Provenance {
	return &evidence.Provenance{Source: c.Account.Source, Method: "aws:" + op.service.Name + ":" + op.Name, At: c.Clock()}
}

func (c *Context) notNeeded(op declared) *Failure {
	return &Failure{
		Reason: evidence.NotCollected, Operation: op.service.Name + ":" + op.Name, Account: c.Account.ID, Region: c.Region,
		Message: "no selected check needs it",
	}
}

// failed notes a failure, and that the kinds which the operation lists were not read.
func (c *Context) failed(op declared, err error) *Failure {
	f := c.failure(op, err)
	c.batch.failed(f)
	for _, name := range kindsAmong(op.Tells) {
		c.batch.gap(Gap{Kind: name, Scope: c.scopeOf(op), Status: statusOf(f.Reason), Detail: f.detail(f.Operation)})
	}
	return f
}

func (c *Context) wasRead(op declared) {
	if !op.service.Global {
		c.batch.answered(c.Region)
	}
	for _, name := range kindsAmong(op.Tells) {
		c.batch.read(Gap{Kind: name, Scope: c.scopeOf(op)})
	}
}

// scopeOf is the scope that an operation speaks of: that of its own service where the call goes, whatever unit asks. Units share facts, and which
// one asks first is chance.
func (c *Context) scopeOf(op declared) string { return ScopeOf(c.Account, op.service, c.Region) }

func statusOf(r evidence.Reason) evidence.CoverageStatus {
	switch r {
	case evidence.AccessDenied:
		return evidence.Denied
	case evidence.NotCollected:
		return evidence.Skipped
	}
	return evidence.Partial
}

// kindsAmong are the words that are kinds; the others are attribute paths.
func kindsAmong(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !isKind(w) })
}

var isKind = func() func(string) bool {
	names := sync.OnceValue(func() map[string]bool {
		out := make(map[string]bool)
		for _, k := range kind.All() {
			out[k.Name] = true
		}
		return out
	})
	return func(w string) bool { return names()[w] }
}()

// tokens are the names under which operations hand on where the next page begins: in the output, and in the next input.
var tokens = [][2]string{
	{"NextToken", "NextToken"},
	{"NextToken", "StartingToken"},
	{"Marker", "Marker"},
	{"NextMarker", "Marker"},
	{"NextMarker", "NextMarker"},
	{"NextContinuationToken", "ContinuationToken"},
	{"ContinuationToken", "ContinuationToken"},
	{"Position", "Position"},
	{"LastEvaluatedTableName", "ExclusiveStartTableName"},
	{"LastEvaluatedBackupArn", "ExclusiveStartBackupArn"},
	{"PaginationToken", "PaginationToken"},
	{"NextPageToken", "NextPageToken"},
}

// nextToken is where the next page begins; "" after the last. CloudFront nests it in the list that it returns.
func nextToken(out any) string {
	v := reflect.ValueOf(out).Elem()
	if list := v.FieldByName("DistributionList"); list.IsValid() && list.Kind() == reflect.Pointer && !list.IsNil() {
		return aws.ToString(list.Elem().FieldByName("NextMarker").Interface().(*string)) // its Marker is where this page began
	}
	for _, names := range tokens {
		f := v.FieldByName(names[0])
		if names[0] == "Marker" && v.FieldByName("NextMarker").IsValid() {
			continue // Marker repeats where this page began
		}
		if !f.IsValid() || f.Type() != reflect.TypeFor[*string]() || f.IsNil() {
			continue
		}
		return aws.ToString(f.Interface().(*string))
	}
	return ""
}

// setToken asks for the page that begins at the token.
func setToken(in any, token string) {
	v := reflect.ValueOf(in).Elem()
	for _, names := range tokens {
		if f := v.FieldByName(names[1]); f.IsValid() && f.Type() == reflect.TypeFor[*string]() {
			f.Set(reflect.ValueOf(aws.String(token)))
			return
		}
	}
	panic("the input " + v.Type().String() + " has no field for a page token")
}

// limits holds a token bucket and a retryer for each region and service of one account, so that a service which throttles in one place
// does not slow down the others.
type limits struct {
	mu       sync.Mutex
	buckets  map[string]*rate.Limiter
	retryers map[string]aws.Retryer
}

func (l *limits) of(region string, s *Service) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets == nil {
		l.buckets = make(map[string]*rate.Limiter)
	}
	key := region + "/" + s.Name
	b, ok := l.buckets[key]
	if !ok {
		perSecond := s.Rate
		if perSecond == 0 {
			perSecond = DefaultRate
		}
		b = rate.NewLimiter(rate.Limit(perSecond), int(2*perSecond))
		l.buckets[key] = b
	}
	return b
}

// Attempts is how often a call is tried before its throttling or fault is taken for the answer.
const Attempts = 6

// AWS is the SDK's configuration for the unit's region. Clients that are made of it back off together when the service throttles.
func (c *Context) AWS() aws.Config {
	cfg := c.Account.Config(c.Region)
	retryer := c.Account.limits.retryer(c.Region+"/"+c.service.Name, c.Stats)
	cfg.Retryer = func() aws.Retryer { return retryer }
	return cfg
}

func (l *limits) retryer(key string, stats *Stats) aws.Retryer {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.retryers == nil {
		l.retryers = make(map[string]aws.Retryer)
	}
	r, ok := l.retryers[key]
	if !ok {
		r = counting{retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, func(o *retry.StandardOptions) {
				o.MaxAttempts = Attempts
				o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(cutShort))
			})
		}), stats}
		l.retryers[key] = r
	}
	return r
}

// cutShort finds an answer that broke off in its body, which the SDK does not try again by itself. Every operation is a reading one, so that
// asking again does no harm.
func cutShort(err error) aws.Ternary {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// counting is a retryer that counts throttles.
type counting struct {
	aws.RetryerV2
	stats *Stats
}

// IsErrorRetryable counts the throttles that it is asked about.
func (r counting) IsErrorRetryable(err error) bool {
	if refused, ok := errors.AsType[smithy.APIError](err); ok {
		if _, throttle := retry.DefaultThrottleErrorCodes[refused.ErrorCode()]; throttle {
			r.stats.Throttles.Add(1)
		}
	}
	return r.RetryerV2.IsErrorRetryable(err)
}
