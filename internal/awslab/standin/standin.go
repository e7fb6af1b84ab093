// Package standin answers as AWS does for as many resources and accounts as a measurement needs, from a recording of a few.
//
// Moto answers some two hundred calls a second and needs minutes to build a fleet, so that a measurement against it measures moto. A stand-in
// keeps what moto said of a fleet of one resource of each type in each region, and says it of as many as it is told: lists repeat the
// recorded item under other names, and a call for one of them gets the answer of the recorded one. Other accounts are the recorded one with
// another id. An answer takes as long as one of AWS does, and costs little, since it shares the machine with what is measured.
package standin

import (
	"bytes"
	"cmp"
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
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/awslab/scenario"
)

// Options say what to stand in for.
type Options struct {
	// Recorded is what was recorded of an account with Specimen(size).
	Recorded []awslab.Recorded
	Account  string // the recorded account; the management account of the organisation
	Member   string // the other account of the recorded organisation, of which only what the organisation says is used
	// Members are the other accounts of the organisation.
	Members []string
	Size    scenario.Size // what each account has
	Latency time.Duration // how long each call takes
}

// Specimen is the size of the fleet that is to be recorded: one resource of each type in each region.
func Specimen(size scenario.Size) scenario.Size {
	n := len(size.Regions)
	return scenario.Size{Buckets: n, Roles: n, Databases: n, Volumes: n, Regions: size.Regions}
}

// Server is a stand-in that runs.
type Server struct {
	options Options
	http    *httptest.Server
	answers map[question]*answer
	loose   map[question]*answer // for requests with a time or a size in them

	mu       sync.Mutex
	tally    Tally
	unknown  map[string]int
	inFlight int
}

// Tally is what was called.
type Tally struct {
	Calls map[string]int // by operation, as service:Operation
	Peak  int            // calls under way at the same time, at most
	// First is when the first call came, Last when the last was answered.
	First, Last time.Time
}

// question is a request to the recorded account.
type question struct{ region, service, request string }

// answer is what AWS says.
type answer struct {
	operation string
	status    int
	header    http.Header
	body      []byte
}

// Start runs a stand-in.
func Start(o Options) *Server {
	s := &Server{
		options: o, answers: map[question]*answer{}, loose: map[question]*answer{}, unknown: map[string]int{},
	}
	for _, r := range o.Recorded {
		if r.Account != o.Account {
			continue
		}
		a := &answer{operation: r.String(), status: r.Status, header: r.Header.Clone(), body: correct(r)}
		a.header.Del("Content-Length")
		a.header.Del("Connection")
		q := question{r.Region, r.Service, r.Request}
		s.answers[q] = a
		s.loose[q.loose()] = a
	}
	s.http = httptest.NewServer(s)
	return s
}

// directoryRegion is where the organisation has its Identity Center.
const directoryRegion = "eu-central-1"

var digits = regexp.MustCompile(`[0-9][0-9.]*`)

// loose is the question without the numbers in its query and body, which are times and sizes.
func (q question) loose() question {
	if i := strings.IndexAny(q.request, "?\n"); i >= 0 {
		q.request = q.request[:i] + digits.ReplaceAllString(q.request[i:], "#")
	}
	return q
}

// correct is an answer of moto's as AWS gives it: no snapshots of others to who asks for its own, one Identity Center and not one in each
// region, and a credential report that is there, as it is for who asks not for the first time.
func correct(r awslab.Recorded) []byte {
	switch r.String() {
	case "ec2:DescribeSnapshots":
		return regexp.MustCompile(`(?s)<snapshotSet>.*</snapshotSet>`).ReplaceAll(r.Body, []byte("<snapshotSet/>"))
	case "sso:ListInstances":
		if r.Region != directoryRegion {
			return []byte(`{"Instances": []}`)
		}
	case "iam:GenerateCredentialReport":
		return bytes.Replace(r.Body, []byte("STARTED"), []byte("COMPLETE"), 1)
	}
	return r.Body
}

// Close ends the stand-in.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// Environ returns the environment that leads the SDK to the stand-in, in its first account.
func (s *Server) Environ(region string) map[string]string {
	return awslab.EnvironFor(s.http.URL, region, aws.Credentials{AccessKeyID: keyOf(s.options.Account), SecretAccessKey: "not-checked"})
}

// Tally returns what was called since the last time, and begins anew.
func (s *Server) Tally() Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tally
	s.tally = Tally{}
	return t
}

// Unknown lists the requests that the recording has no answer to, sorted; they were refused. A measurement with any is worth nothing.
func (s *Server) Unknown() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.unknown))
}

// keyOf is the access key of an account: it holds the account, so that nothing need be kept of sessions.
func keyOf(account string) string { return "ASIAFLEET" + account }

var accountID = regexp.MustCompile(`\b\d{12}\b`)

var credential = regexp.MustCompile(`Credential=(?:ASIAFLEET(\d{12}))?[^/]*/\d{8}/([^/]+)/([^/]+)/aws4_request`)

// prefixes are the services that sign with another name than their IAM actions begin with.
var prefixes = map[string]string{"monitoring": "cloudwatch", "tagging": "tag"}

// ServeHTTP answers a call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller hung up
	}
	s.count(1)
	defer s.count(-1)
	if s.options.Latency > 0 {
		time.Sleep(s.options.Latency)
	}
	signed := credential.FindStringSubmatch(r.Header.Get("Authorization"))
	if signed == nil {
		http.Error(w, "the request is not signed", http.StatusForbidden)
		return
	}
	account, region, service := cmp.Or(signed[1], s.options.Account), signed[2], signed[3]
	service = cmp.Or(prefixes[service], service)
	said := s.answer(account, region, service, awslab.RequestKey(r, body))
	maps.Copy(w.Header(), said.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(said.body)))
	w.WriteHeader(said.status)
	_, _ = w.Write(said.body) // the caller may have hung up
}

// count counts a call that begins (1) or ends (-1).
func (s *Server) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight += n
	s.tally.Peak = max(s.tally.Peak, s.inFlight)
	s.tally.Last = time.Now()
	if s.tally.First.IsZero() {
		s.tally.First = s.tally.Last
	}
}

// answer is what AWS says to a request in an account.
func (s *Server) answer(account, region, service, request string) *answer {
	if service == "sts" && strings.Contains(request, "Action=AssumeRole") {
		s.called("sts:AssumeRole")
		return assumed(request)
	}
	own := account == s.options.Account
	if !own {
		request = strings.ReplaceAll(request, account, s.options.Account)
	}
	if service == "organizations" { // asks in one account about another
		request = accountID.ReplaceAllString(request, s.options.Member)
	}
	request, number := s.specimenOf(request)
	q := question{region, service, request}
	found, ok := s.answers[q]
	if !ok {
		found, ok = s.loose[q.loose()]
	}
	if !ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unknown[region+" "+service+" "+request]++
		return &answer{status: http.StatusBadRequest, header: http.Header{}, body: []byte("<Error><Code>NotRecorded</Code></Error>")}
	}
	s.called(found.operation)
	out := *found
	switch {
	case found.operation == "organizations:ListAccounts":
		out.body = s.accounts()
	case number >= 0:
		out.body = s.rename(out.body, number)
	default:
		out.body = s.multiply(found.operation, request, slices.Index(s.options.Size.Regions, region), out.body)
	}
	if !own {
		out.body = bytes.ReplaceAll(out.body, []byte(s.options.Account), []byte(account))
	}
	return &out
}

func (s *Server) called(operation string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tally.Calls == nil {
		s.tally.Calls = map[string]int{}
	}
	s.tally.Calls[operation]++
}

var roleARN = regexp.MustCompile(`RoleArn=arn%3Aaws%3Aiam%3A%3A(\d{12})%3Arole%2F([^&]*)`)

// assumed is a session of a role in the account that its ARN names.
func assumed(request string) *answer {
	role := roleARN.FindStringSubmatch(request)
	if role == nil {
		return &answer{status: http.StatusBadRequest, header: http.Header{}, body: []byte("<ErrorResponse><Error><Code>ValidationError</Code></Error></ErrorResponse>")}
	}
	body := fmt.Sprintf(`<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>not-checked</SecretAccessKey>`+
		`<SessionToken>session</SessionToken><Expiration>%s</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>AROA:assay</AssumedRoleId>`+
		`<Arn>arn:aws:sts::%s:assumed-role/%s/assay</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>`,
		keyOf(role[1]), time.Now().Add(time.Hour).UTC().Format(time.RFC3339), role[1], role[2])
	return &answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/xml"}}, body: []byte(body)}
}

// accounts is the list of the organisation's accounts.
func (s *Server) accounts() []byte {
	var list []string
	for _, id := range append([]string{s.options.Account}, s.options.Members...) {
		list = append(list, fmt.Sprintf(`{"Id": "%s", "Name": "account %s", "Status": "ACTIVE", "State": "ACTIVE"}`, id, id))
	}
	return []byte(`{"Accounts": [` + strings.Join(list, ", ") + `]}`)
}
