package awslab

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// A Proxy stands between a caller and moto. It counts every call and does to some what Inject said. Its endpoint, configurations and
// environment replace those of its Moto.
type Proxy struct {
	moto     *Moto
	models   *models
	server   *httptest.Server
	client   *http.Client
	underWay sync.WaitGroup // calls

	mu       sync.Mutex
	rules    []*rule
	calls    map[Call]*tally
	inFlight int
	peak     int
	replays  bool
	answers  map[replayed]*answer
	problems []error
	counted  chan struct{} // closed and made anew with each call
}

// rule is one fault and the calls that it is for.
type rule struct {
	match Match
	fault Fault
	seen  int
}

// Call is one kind of call: an operation in a region of an account.
type Call struct {
	Service   string // as IAM's actions begin
	Operation string // as the API names it; "METHOD path" when AWS's models do not know it
	Region    string
	Account   string
}

// String writes a call as service:operation.
func (c Call) String() string { return c.Service + ":" + c.Operation }

// Count is how often a call was made.
type Count struct {
	Call
	Calls   int   // all, also those that were refused
	Refused int   // those that the proxy refused or cut
	Bytes   int64 // of the answers' bodies, as they came from moto
}

// tally is a Count in the making.
type tally struct {
	calls, refused int
	bytes          int64
}

// answer is what moto said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// Proxy starts a proxy in front of the server and ends it with the test. A request that the proxy could not understand fails the test.
func (m *Moto) Proxy(tb testing.TB) *Proxy {
	tb.Helper()
	p := NewProxy(m)
	tb.Cleanup(func() {
		p.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, problem := range p.problems {
			tb.Error(problem)
		}
	})
	return p
}

// maxConnections is how many connections to moto are kept open: as many as a collector makes calls at once.
const maxConnections = 256

// NewProxy is Moto.Proxy for a caller that is no test and calls Close.
func NewProxy(m *Moto) *Proxy {
	p := &Proxy{
		moto:    m,
		models:  &models{dir: m.models, byName: map[string][]route{}},
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: maxConnections}},
		calls:   map[Call]*tally{},
		answers: map[replayed]*answer{},
		counted: make(chan struct{}),
	}
	p.server = httptest.NewServer(p)
	return p
}

// Close ends the proxy; calls that are under way end with an error.
func (p *Proxy) Close() {
	p.server.CloseClientConnections()
	p.server.Close()
	p.client.CloseIdleConnections()
}

// Drop ends the calls that are under way and waits for their end. A caller that was cancelled has left, but what it had sent before is still read
// and counted.
func (p *Proxy) Drop() {
	p.server.CloseClientConnections()
	p.underWay.Wait()
}

// Endpoint is the proxy's address: what AWS_ENDPOINT_URL is set to.
func (p *Proxy) Endpoint() string { return p.server.URL }

// Config returns the SDK's configuration for an account and a region behind this proxy. It has the SDK's own retries, since faults are there
// to try them.
func (p *Proxy) Config(tb testing.TB, account, region string) aws.Config {
	tb.Helper()
	c := ConfigFor(p.Endpoint(), region, p.moto.Account(tb, account))
	c.Retryer = nil
	return c
}

// Environ is Moto.Environ behind this proxy.
func (p *Proxy) Environ(tb testing.TB, account, region string) map[string]string {
	tb.Helper()
	return EnvironFor(p.Endpoint(), region, p.moto.Account(tb, account))
}

// Inject does a fault to the calls that match chooses, from now on. Several faults may meet one call: delays add up, and of those that
// refuse the first does.
func (p *Proxy) Inject(match Match, fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, &rule{match: match, fault: fault})
}

// Clear forgets all faults and counts.
func (p *Proxy) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules, p.peak = nil, 0
	clear(p.calls)
}

// Replay makes the proxy answer a call that it has seen before from memory. A benchmark that collects once to fill it and then measures
// measures the collector and not moto, which answers some two hundred calls a second.
func (p *Proxy) Replay() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replays = true
}

// Calls returns what was called, sorted by service, operation, account and region.
func (p *Proxy) Calls() []Count {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts := make([]Count, 0, len(p.calls))
	for call, t := range p.calls {
		counts = append(counts, Count{Call: call, Calls: t.calls, Refused: t.refused, Bytes: t.bytes})
	}
	slices.SortFunc(counts, func(a, b Count) int {
		return cmp.Or(
			strings.Compare(a.Service, b.Service), strings.Compare(a.Operation, b.Operation),
			strings.Compare(a.Account, b.Account), strings.Compare(a.Region, b.Region),
		)
	})
	return counts
}

// Total returns how many calls there were.
func (p *Proxy) Total() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	total := 0
	for _, t := range p.calls {
		total += t.calls
	}
	return total
}

// Await waits until there have been n calls since the proxy began, or was cleared. It fails the test where the context ends first.
func (p *Proxy) Await(tb testing.TB, n int) {
	tb.Helper()
	for {
		p.mu.Lock()
		counted := p.counted
		p.mu.Unlock()
		if p.Total() >= n {
			return
		}
		select {
		case <-counted:
		case <-tb.Context().Done():
			tb.Fatalf("there were %d calls, want %d", p.Total(), n)
		}
	}
}

// Peak returns how many calls were under way at once, at most.
func (p *Proxy) Peak() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.peak
}

// readOnly are the beginnings of the names of operations that change nothing. GenerateCredentialReport makes a report and AssumeRole a
// session; neither changes what is audited.
var readOnly = regexp.MustCompile(`^(Get|List|Describe|BatchGet|Lookup|Search|Head|Query|Scan|AssumeRole|GenerateCredentialReport$)`)

// contents are operations that change nothing but read what an audit must not: secrets and data.
var contents = []string{
	"secretsmanager:GetSecretValue", "secretsmanager:BatchGetSecretValue", "ssm:GetParameter", "ssm:GetParameters",
	"ssm:GetParametersByPath", "ssm:GetParameterHistory", "s3:GetObject", "s3:SelectObjectContent", "dynamodb:GetItem",
	"dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan", "kms:Decrypt", "sqs:ReceiveMessage", "kinesis:GetRecords",
	"logs:GetLogEvents", "logs:FilterLogEvents", "rds:DownloadDBLogFilePortion", "ec2:GetPasswordData", "ec2:GetConsoleOutput",
	"ecr:GetAuthorizationToken", "lambda:InvokeFunction", "lambda:Invoke",
}

// CheckReadOnly fails a test for each operation that was called and changes something, or reads contents that an audit must not.
func (p *Proxy) CheckReadOnly(tb testing.TB) {
	tb.Helper()
	for _, call := range p.Calls() {
		if !readOnly.MatchString(call.Operation) {
			tb.Errorf("%s was called %d times in account %s: it is not a read", call, call.Calls, call.Account)
		}
		if slices.Contains(contents, call.String()) {
			tb.Errorf("%s was called %d times in account %s: it reads contents", call, call.Calls, call.Account)
		}
	}
}

// plan is what becomes of one call.
type plan struct {
	delay time.Duration
	skew  time.Duration
	page  int
	cut   bool
	error *awsError

	answer string
}

// ServeHTTP passes a call on, or does not.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer p.begin()()
	if err := p.serve(w, r); err != nil && r.Context().Err() == nil {
		p.mu.Lock()
		p.problems = append(p.problems, fmt.Errorf("proxy in front of moto: %s %s: %w", r.Method, r.URL, err))
		p.mu.Unlock()
		http.Error(w, err.Error(), http.StatusBadGateway)
	}
}

// begin counts a call as under way, and returns what ends it.
func (p *Proxy) begin() func() {
	p.underWay.Add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight++
	p.peak = max(p.peak, p.inFlight)
	return func() {
		defer p.underWay.Done()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.inFlight--
	}
}

// serve is ServeHTTP with the errors that are the proxy's own.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	call, key, err := p.models.classify(r, body)
	if err != nil {
		return err
	}
	call.account = p.moto.accountOf(key)
	count, todo := p.plan(&call)
	if err := sleep(r.Context(), todo.delay); err != nil {
		return nil //nolint:nilerr // the caller hung up
	}
	if todo.skew != 0 {
		aware := time.Now().Add(todo.skew)
		w.Header().Set("Date", aware.UTC().Format(http.TimeFormat))
		if todo.error == nil && tooFar(r.Header.Get("X-Amz-Date"), aware) {
			todo.error = skewed()
		}
	}
	if todo.error != nil {
		p.refused(count)
		return todo.error.write(w, &call)
	}
	said, err := p.said(r, &call, todo)
	if err != nil {
		return err
	}
	p.answered(count, said)
	p.learn(&call, said)
	if todo.cut {
		p.refused(count)
		return said.cut(w)
	}
	return said.write(w)
}

// said returns the answer to a call: one that a fault gives, a page of moto's, or moto's.
func (p *Proxy) said(r *http.Request, call *request, todo plan) (*answer, error) {
	switch {
	case todo.answer != "":
		return literal(call, todo.answer), nil
	case todo.page > 0:
		return p.page(r, call, todo.page)
	default:
		return p.ask(r, call)
	}
}

// plan counts a call and collects what the rules do to it.
func (p *Proxy) plan(call *request) (Call, plan) {
	counted := Call{Service: call.service, Operation: call.operation, Region: call.region, Account: call.account}
	if counted.Operation == "" {
		counted.Operation = call.method + " " + call.url.Path
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls[counted] == nil {
		p.calls[counted] = &tally{}
	}
	p.calls[counted].calls++
	close(p.counted)
	p.counted = make(chan struct{})
	todo := plan{}
	for _, r := range p.rules {
		if !r.match.fits(call) {
			continue
		}
		r.seen++
		met := r.seen - r.fault.skipped
		if met <= 0 || (r.fault.times > 0 && met > r.fault.times) {
			continue
		}
		todo.delay += r.fault.delay
		todo.skew += r.fault.skew
		todo.page = cmp.Or(r.fault.page, todo.page)
		todo.cut = todo.cut || r.fault.cut
		todo.error = cmp.Or(todo.error, r.fault.error)
		todo.answer = cmp.Or(todo.answer, r.fault.answer)
	}
	return counted, todo
}

// refused counts a call that did not get its answer.
func (p *Proxy) refused(call Call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.calls[call]; t != nil {
		t.refused++
	}
}

// answered counts the bytes of an answer.
func (p *Proxy) answered(call Call, said *answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if t := p.calls[call]; t != nil {
		t.bytes += int64(len(said.body))
	}
}

// sleep waits, or returns the context's error when that ends first.
func sleep(ctx context.Context, delay time.Duration) error {
	if delay == 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// tooFar tells whether a signature's date is further from a clock than AWS accepts.
func tooFar(date string, clock time.Time) bool {
	const accepted = 5 * time.Minute
	signed, err := time.Parse("20060102T150405Z", date)
	return err != nil || signed.Sub(clock).Abs() > accepted
}

// ask passes a call to moto, or answers from memory.
func (p *Proxy) ask(r *http.Request, call *request) (*answer, error) {
	key := replayed{
		call:    Call{Service: call.service, Operation: call.operation, Region: call.region, Account: call.account},
		request: RequestKey(r, call.body),
	}
	p.mu.Lock()
	replays, known := p.replays, p.answers[key]
	p.mu.Unlock()
	if replays && known != nil {
		return known, nil
	}
	said, err := p.forward(r, call)
	if err != nil {
		return nil, err
	}
	if replays {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.answers[key] = said
	}
	return said, nil
}

// forward asks moto.
func (p *Proxy) forward(r *http.Request, call *request) (*answer, error) {
	address := p.moto.endpoint + call.url.EscapedPath()
	if call.url.RawQuery != "" {
		address += "?" + call.url.RawQuery
	}
	onward, err := http.NewRequestWithContext(r.Context(), call.method, address, bytes.NewReader(call.body))
	if err != nil {
		return nil, err
	}
	onward.Header = call.header.Clone()
	onward.Header.Set("Accept-Encoding", "identity")
	onward.Host = r.Host
	response, err := p.client.Do(onward)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return &answer{status: response.StatusCode, header: response.Header, body: body}, nil
}

// What finds the access key and the account in the answer to AssumeRole.
var (
	sessionKey     = regexp.MustCompile(`<AccessKeyId>(\w+)</AccessKeyId>`)
	sessionAccount = regexp.MustCompile(`arn:aws[\w-]*:sts::(\d{12}):assumed-role/`)
)

// learn remembers which account the access key of a new session works in.
func (p *Proxy) learn(call *request, said *answer) {
	if call.signing != "sts" {
		return
	}
	key, account := sessionKey.FindSubmatch(said.body), sessionAccount.FindSubmatch(said.body)
	if key != nil && account != nil {
		p.moto.learn(string(key[1]), string(account[1]))
	}
}

// write passes an answer on. A date that is set already, by a skewed clock, stays.
func (a *answer) write(w http.ResponseWriter) error {
	date := w.Header().Get("Date")
	maps.Copy(w.Header(), a.header)
	if date != "" {
		w.Header().Set("Date", date)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, err := w.Write(a.body)
	return err
}

// cut passes half of an answer on, which says that it is whole, and closes the connection.
func (a *answer) cut(w http.ResponseWriter) error {
	connection, buffer, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close() }()
	fmt.Fprintf(buffer, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	header := a.header.Clone()
	header.Set("Content-Length", strconv.Itoa(max(len(a.body), 1)))
	header.Del("Transfer-Encoding")
	if err := header.Write(buffer); err != nil {
		return err
	}
	fmt.Fprintf(buffer, "\r\n%s", a.body[:len(a.body)/2])
	return buffer.Flush()
}
