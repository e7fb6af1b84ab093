package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/label"
)

const (
	account = "222222222222"
	region  = "eu-west-1"
)

// catalogue is a program of two operations: a list of what tells a kind, and one that tells a path.
func catalogue() *api.Catalogue {
	return api.NewCatalogue([]api.Service{{
		Name: "ec2", Kinds: []string{"volume"}, Rate: 500,
		Operations: []api.Operation{
			{Name: "DescribeVolumes", Tells: []string{"volume"}},
			{Name: "GetEbsEncryptionByDefault", Tells: []string{"encryption.at_rest"}},
		},
	}})
}

// unit is a unit whose calls go to an SDK configuration.
func unit(cfg aws.Config, needs *collectors.Needs) *api.Context {
	run := &api.Run{
		Catalogue: catalogue(), Needs: needs, Clock: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) },
		Log: slog.New(slog.DiscardHandler), Labels: label.Default(), InFlight: make(chan struct{}, 8), Stats: &api.Stats{},
	}
	a := &api.Account{ID: account, Partition: "aws", Source: "s1", Home: "us-east-1", Regions: []string{region}, Config: func(string) aws.Config { return cfg }}
	return api.NewContext(run, a, run.Catalogue.Service("ec2"), region)
}

// volumes lists disks.
func volumes(ctx context.Context, c *api.Context) api.Listing[ec2types.Volume] {
	return api.List(ctx, c, ec2.NewFromConfig(c.AWS()).DescribeVolumes, &ec2.DescribeVolumesInput{},
		func(o *ec2.DescribeVolumesOutput) []ec2types.Volume { return o.Volumes })
}

// fails is an SDK whose every call ends in an error.
func fails(err error) api.Call[ec2.DescribeVolumesInput, ec2.DescribeVolumesOutput, ec2.Options] {
	return func(context.Context, *ec2.DescribeVolumesInput, ...func(*ec2.Options)) (*ec2.DescribeVolumesOutput, error) {
		return nil, err
	}
}

// status is an answer with an HTTP status and an error code that nobody knows.
func status(code int) error {
	return &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: code}}, Err: &smithy.GenericAPIError{Code: "Strange", Message: "no"},
	}
}

func TestFailures(t *testing.T) {
	refused := func(code, message string) error {
		return &smithy.OperationError{ServiceID: "EC2", OperationName: "DescribeVolumes", Err: &smithy.GenericAPIError{Code: code, Message: message}}
	}
	tests := map[string]struct {
		err      error
		reason   evidence.Reason
		coverage evidence.CoverageStatus
		detail   string
	}{
		"denied": {
			refused("UnauthorizedOperation", "You are not authorized"), evidence.AccessDenied, evidence.Denied,
			"ec2:DescribeVolumes in eu-west-1 is denied; it takes ec2:DescribeVolumes",
		},
		"denied by an SCP": {
			refused("AccessDenied", "User: x is not authorized to perform: ec2:DescribeVolumes with an explicit deny in a service control policy"),
			evidence.AccessDenied, evidence.Denied, "ec2:DescribeVolumes in eu-west-1 is denied explicitly by a service control policy; it takes ec2:DescribeVolumes",
		},
		"denied by a boundary": {
			refused("AccessDenied", "because no permissions boundary allows the action"), evidence.AccessDenied, evidence.Denied,
			"ec2:DescribeVolumes in eu-west-1 is denied: no permissions boundary allows it; it takes ec2:DescribeVolumes",
		},
		"throttled": {
			refused("RequestLimitExceeded", "slow down"), evidence.Throttled, evidence.Partial, "ec2:DescribeVolumes in eu-west-1 was throttled until retries ended",
		},
		"throttled, as EC2's SDK for old clients says": {
			refused("Client.RequestLimitExceeded", "slow down"), evidence.Throttled, evidence.Partial, "ec2:DescribeVolumes in eu-west-1 was throttled until retries ended",
		},
		"not subscribed": {
			refused("OptInRequired", "You are not subscribed to this service"), evidence.Unsupported, evidence.Partial,
			"ec2:DescribeVolumes in eu-west-1 is not supported: OptInRequired: You are not subscribed to this service",
		},
		"operation not there": {
			refused("UnknownOperationException", ""), evidence.Unsupported, evidence.Partial,
			"ec2:DescribeVolumes in eu-west-1 is not supported: UnknownOperationException",
		},
		"region not enabled": {
			refused("AuthFailure", "AWS was not able to validate the provided access credentials"), evidence.Unsupported, evidence.Partial,
			"ec2:DescribeVolumes in eu-west-1 is not supported: AuthFailure: AWS was not able to validate the provided access credentials",
		},
		"expired": {
			refused("RequestExpired", "Request has expired."), evidence.APIError, evidence.Partial,
			"ec2:DescribeVolumes in eu-west-1 failed: RequestExpired: Request has expired.",
		},
		"strange 403": {status(http.StatusForbidden), evidence.AccessDenied, evidence.Denied, "ec2:DescribeVolumes in eu-west-1 is denied; it takes ec2:DescribeVolumes"},
		"strange 429": {status(http.StatusTooManyRequests), evidence.Throttled, evidence.Partial, "ec2:DescribeVolumes in eu-west-1 was throttled until retries ended"},
		"strange 501": {status(http.StatusNotImplemented), evidence.Unsupported, evidence.Partial, "ec2:DescribeVolumes in eu-west-1 is not supported: Strange: no"},
		"strange 500": {status(http.StatusInternalServerError), evidence.APIError, evidence.Partial, "ec2:DescribeVolumes in eu-west-1 failed: Strange: no"},
		"no such host": {
			fmt.Errorf("request send failed: %w", &net.DNSError{Name: "ec2.eu-west-1.amazonaws.com", IsNotFound: true}), evidence.Unsupported, evidence.Partial,
			"ec2:DescribeVolumes in eu-west-1 is not supported: the service has no endpoint ec2.eu-west-1.amazonaws.com",
		},
		"connection reset": {
			errors.New("read: connection reset\nby\x1b[31m peer"), evidence.APIError, evidence.Partial,
			"ec2:DescribeVolumes in eu-west-1 failed: read: connection reset by [31m peer",
		},
		"interrupted": {context.Canceled, evidence.NotCollected, evidence.Skipped, "ec2:DescribeVolumes in eu-west-1: interrupted"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := unit(aws.Config{}, nil)
			a := api.Ask(t.Context(), c, fails(tt.err), &ec2.DescribeVolumesInput{})
			if a.OK() || a.Out == nil {
				t.Fatalf("the answer is %+v", a)
			}
			if diff := cmp.Diff(evidence.Unknown{Reason: tt.reason, Detail: tt.detail}, a.Fail.Unknown()); diff != "" {
				t.Errorf("unknown (-want +got):\n%s", diff)
			}
			gaps := c.Batch().Note.Gaps
			if len(gaps) != 1 || gaps[0].Kind != "volume" || gaps[0].Scope != "aws:222222222222:eu-west-1" || gaps[0].Status != tt.coverage {
				t.Errorf("gaps are %+v, want one of volume that is %s", gaps, tt.coverage)
			}
		})
	}
}

// TestAbsence takes a code that means "there is none" for an answer, where the caller named it.
func TestAbsence(t *testing.T) {
	c := unit(aws.Config{}, nil)
	none := fails(&smithy.GenericAPIError{Code: "NoSuchThing"})
	if a := api.Ask(t.Context(), c, none, &ec2.DescribeVolumesInput{}, "NoSuchThing"); !a.OK() || a.Code != "NoSuchThing" {
		t.Errorf("a named code is %+v, want an answer", a)
	}
	if a := api.Ask(t.Context(), c, none, &ec2.DescribeVolumesInput{}); a.OK() || a.Fail.Reason != evidence.APIError {
		t.Errorf("a code that is not named is %+v, want a failure", a)
	}
}

func TestPages(t *testing.T) {
	page := func(pages map[string]string) api.Call[ec2.DescribeVolumesInput, ec2.DescribeVolumesOutput, ec2.Options] {
		return func(_ context.Context, in *ec2.DescribeVolumesInput, _ ...func(*ec2.Options)) (*ec2.DescribeVolumesOutput, error) {
			at := aws.ToString(in.NextToken)
			next, ok := pages[at]
			if !ok {
				return nil, &smithy.GenericAPIError{Code: "UnauthorizedOperation"}
			}
			return &ec2.DescribeVolumesOutput{Volumes: []ec2types.Volume{{VolumeId: aws.String("vol" + at)}}, NextToken: aws.String(next)}, nil
		}
	}
	tests := map[string]struct {
		pages map[string]string // next token by token
		trial bool
		items int
		fail  evidence.Reason
	}{
		"one":                       {map[string]string{"": ""}, false, 1, ""},
		"three":                     {map[string]string{"": "a", "a": "b", "b": ""}, false, 3, ""},
		"denied on the second":      {map[string]string{"": "a"}, false, 1, evidence.AccessDenied},
		"the same token for ever":   {map[string]string{"": "a", "a": "a"}, false, 2, evidence.APIError},
		"just the first of a trial": {map[string]string{"": "a"}, true, 1, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := unit(aws.Config{}, nil)
			c.Trial = tt.trial
			l := api.List(t.Context(), c, page(tt.pages), &ec2.DescribeVolumesInput{}, func(o *ec2.DescribeVolumesOutput) []ec2types.Volume { return o.Volumes })
			var reason evidence.Reason
			if l.Fail != nil {
				reason = l.Fail.Reason
			}
			if len(l.Items) != tt.items || reason != tt.fail {
				t.Errorf("%d items and the failure %q, want %d and %q", len(l.Items), reason, tt.items, tt.fail)
			}
			note := c.Batch().Note
			if read := len(note.Read) == 1; read == (tt.fail != "") {
				t.Errorf("noted as read: %v; the failure is %q", note.Read, tt.fail)
			}
		})
	}
}

// TestOnlyWhatIsNeeded makes no call that no selected check reads.
func TestOnlyWhatIsNeeded(t *testing.T) {
	c := unit(aws.Config{}, &collectors.Needs{Words: map[string]struct{}{"encryption.at_rest": {}}})
	a := api.Ask(t.Context(), c, fails(io.EOF), &ec2.DescribeVolumesInput{})
	if a.Fail == nil || a.Fail.Reason != evidence.NotCollected || c.Stats.Calls.Load() != 0 {
		t.Errorf("the failure is %+v after %d calls", a.Fail, c.Stats.Calls.Load())
	}
	if note := c.Batch().Note; len(note.Failures) != 0 {
		t.Errorf("what is not needed is a failure: %+v", note.Failures)
	}
}

// TestUndeclared holds that an operation of which no permission is declared cannot be called.
func TestUndeclared(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an operation that is not declared was called")
		}
	}()
	c := unit(aws.Config{}, nil)
	api.Ask(t.Context(), c, ec2.NewFromConfig(aws.Config{}).DescribeAddresses, &ec2.DescribeAddressesInput{})
}

// TestFaults asks moto through a proxy that breaks calls: what passes is tried again, what does not is said.
func TestFaults(t *testing.T) {
	tests := map[string]struct {
		fault     awslab.Fault
		fail      evidence.Reason // "" = answered in the end
		calls     int
		throttles int64
	}{
		"throttled twice":        {awslab.Throttle().Times(2), "", 3, 2},
		"cut in mid-body, twice": {awslab.Cut().Times(2), "", 3, 0},
		"a fault of the service": {awslab.Fail("InternalError", http.StatusInternalServerError, "an internal error has occurred").Times(1), "", 2, 0},
		"our clock is off":       {awslab.ClockSkew(time.Hour), "", 2, 0},
		"denied":                 {awslab.Deny(), evidence.AccessDenied, 1, 0},
		"denied by an SCP":       {awslab.DenySCP(), evidence.AccessDenied, 1, 0},
		"expired":                {awslab.ExpiredToken(), evidence.APIError, 1, 0},
		"region not enabled":     {awslab.BadCredentials(), evidence.Unsupported, 1, 0},
		"not subscribed":         {awslab.NotSubscribed(), evidence.Unsupported, 1, 0},
		"operation not there":    {awslab.Unsupported(), evidence.Unsupported, 1, 0},
	}
	m := awslab.Shared(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := m.Proxy(t)
			p.Inject(awslab.Match{Operation: "DescribeVolumes"}, tt.fault)
			c := unit(p.Config(t, account, region), nil)
			l := volumes(t.Context(), c)
			var reason evidence.Reason
			if l.Fail != nil {
				reason = l.Fail.Reason
			}
			if reason != tt.fail {
				t.Errorf("the failure is %+v, want %q", l.Fail, tt.fail)
			}
			if p.Total() != tt.calls {
				t.Errorf("%d calls, want %d", p.Total(), tt.calls)
			}
			if got := c.Stats.Throttles.Load(); got != tt.throttles {
				t.Errorf("%d throttles counted, want %d", got, tt.throttles)
			}
		})
	}
}

// TestThrottledForEver gives up after all attempts. The waits between them, which take most of a minute, are left out.
func TestThrottledForEver(t *testing.T) {
	p := awslab.Shared(t).Proxy(t)
	p.Inject(awslab.Match{}, awslab.Throttle())
	c := unit(p.Config(t, account, region), nil)
	cfg := c.AWS()
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = api.Attempts
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Millisecond, nil })
		})
	}
	a := api.Ask(t.Context(), c, ec2.NewFromConfig(cfg).DescribeVolumes, &ec2.DescribeVolumesInput{})
	if a.Fail == nil || a.Fail.Reason != evidence.Throttled || p.Total() != api.Attempts {
		t.Errorf("%+v after %d calls, want throttled after %d", a.Fail, p.Total(), api.Attempts)
	}
	if gaps := c.Batch().Note.Gaps; len(gaps) != 1 || gaps[0].Status != evidence.Partial {
		t.Errorf("gaps are %+v, want one that is partial", gaps)
	}
}

// TestServiceOfSomeRegions: where the endpoint of a service has no name, nothing of it can exist; any other name that cannot be found is a failure.
func TestServiceOfSomeRegions(t *testing.T) {
	missing := func(host string) error { return &net.DNSError{Err: "no such host", Name: host, IsNotFound: true} }
	for name, tt := range map[string]struct {
		some   bool
		err    error
		failed evidence.Reason // "" where the list is empty
	}{
		"hidden by the DNS":     {true, missing("hidden.eu-west-1.amazonaws.com"), evidence.Unsupported},
		"not offered here":      {true, missing("healthlake.eu-west-1.amazonaws.com"), ""},
		"offered everywhere":    {false, missing("ec2.eu-west-1.amazonaws.com"), evidence.Unsupported},
		"a proxy is not found":  {true, missing("proxy.example.org"), evidence.Unsupported},
		"no answer of the DNS":  {true, &net.DNSError{Err: "timeout", Name: "healthlake.eu-west-1.amazonaws.com", IsTimeout: true}, evidence.APIError},
		"closed to the account": {true, &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "Only existing customers"}, ""},
		"denied":                {true, &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no policy allows"}, evidence.AccessDenied},
	} {
		t.Run(name, func(t *testing.T) {
			c := unit(aws.Config{}, nil)
			c.Catalogue.Service("ec2").SomeRegions = tt.some
			c.Resolve = func(_ context.Context, host string) error {
				if host == "healthlake.us-east-1.amazonaws.com" {
					return nil
				}
				return missing(host)
			}
			got := api.List(t.Context(), c, fails(tt.err), &ec2.DescribeVolumesInput{},
				func(o *ec2.DescribeVolumesOutput) []ec2types.Volume { return o.Volumes }, "AccessDeniedException: Only existing")
			var reason evidence.Reason
			if got.Fail != nil {
				reason = got.Fail.Reason
			}
			if reason != tt.failed || got.OK() != (tt.failed == "") {
				t.Errorf("got %q, want %q", reason, tt.failed)
			}
			read := len(c.Batch().Note.Read) > 0
			if read != (tt.failed == "") {
				t.Errorf("the kind counts as read: %t", read)
			}
		})
	}
}
