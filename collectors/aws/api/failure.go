package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/aws/smithy-go"

	"github.com/assay-audit/assay/internal/evidence"
)

// Failure is a call that gave no answer, as data.
type Failure struct {
	Reason    evidence.Reason
	Operation string // service:Operation
	// Actions are the IAM actions that are missing: the one that AWS names in its refusal, else all that the operation needs.
	Actions []string
	Code    string // AWS's error code; "" where none came back
	Message string // AWS's message, or what the network said; one line
	Account string
	Region  string
	Refusal Refusal // who denied the call; empty where AWS does not say, and for other failures than denials
}

// Unknown is what the failure means for an attribute.
func (f *Failure) Unknown() evidence.Unknown {
	return evidence.Unknown{Reason: f.Reason, Detail: f.detail(f.Operation + " in " + f.Region)}
}

// detail says what became of the call; where names it, with or without its region.
func (f *Failure) detail(where string) string {
	switch f.Reason {
	case evidence.AccessDenied:
		return where + " is denied" + f.Refusal.because() + "; it takes " + strings.Join(f.Actions, " and ")
	case evidence.Throttled:
		return where + " was throttled until retries ended"
	case evidence.Unsupported:
		return where + " is not supported: " + f.text()
	case evidence.NotCollected:
		return where + ": " + f.text()
	}
	return where + " failed: " + f.text()
}

// DeniedBy is the type of the policy that denied the call beside the caller's own policies, where AWS says so, such as "service control policy"; ""
// for other failures.
func (f *Failure) DeniedBy() string {
	if f.Refusal.Policy == identityBased {
		return ""
	}
	return f.Refusal.Policy
}

// Remedy is what to do about a denial.
func (f *Failure) Remedy() string {
	return f.Refusal.remedy(strings.Join(f.Actions, " and "))
}

func (f *Failure) text() string {
	switch {
	case f.Code != "" && f.Message != "":
		return f.Code + ": " + f.Message
	case f.Code != "":
		return f.Code
	}
	return f.Message
}

// deniedCodes are the codes with which AWS services refuse a caller without permission.
var deniedCodes = []string{
	"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "AuthorizationErrorException", "NotAuthorized",
	"UnauthorizedException", "ForbiddenException", "AccessDeniedFault", "UnauthorizedAccess", "Forbidden", "403",
}

// absentService are the codes of a service or region that is not there for the account.
var absentService = []string{
	"OptInRequired", "SubscriptionRequiredException", "UnknownOperationException", "UnsupportedOperation", "InvalidAction",
	"NotImplemented", "UnknownEndpoint", "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "404", "NotImplementedException",
}

// failure classifies an error of a call.
func (c *Context) failure(op declared, err error) *Failure {
	f := &Failure{
		Reason: evidence.APIError, Operation: op.service.Name + ":" + op.Name, Actions: op.service.Permissions(op.Operation),
		Account: c.Account.ID, Region: c.Region, Message: oneLine(err.Error()),
	}
	var refused smithy.APIError
	var dns *net.DNSError
	var response *smithyhttp.ResponseError
	switch {
	case errors.As(err, &refused):
		f.Code, f.Message = refused.ErrorCode(), oneLine(refused.ErrorMessage())
		f.Reason = reasonOf(f.Code)
		if f.Reason == evidence.APIError && errors.As(err, &response) {
			f.Reason = reasonOfStatus(response.HTTPStatusCode())
		}
		if action, refusal := refusalOf(refused.ErrorMessage()); f.Reason == evidence.AccessDenied {
			f.Refusal = refusal
			if action != "" {
				f.Actions = []string{action}
			}
		}
	case errors.Is(err, context.Canceled):
		f.Reason, f.Message = evidence.NotCollected, "interrupted"
	case errors.As(err, &dns) && dns.IsNotFound:
		f.Reason, f.Message = evidence.Unsupported, fmt.Sprintf("the service has no endpoint %s", dns.Name)
	}
	return f
}

func reasonOf(code string) evidence.Reason {
	code = strings.TrimPrefix(code, "Client.")
	if _, throttle := retry.DefaultThrottleErrorCodes[code]; throttle {
		return evidence.Throttled
	}
	switch {
	case slices.Contains(deniedCodes, code):
		return evidence.AccessDenied
	case slices.Contains(absentService, code):
		return evidence.Unsupported
	}
	return evidence.APIError
}

func reasonOfStatus(status int) evidence.Reason {
	switch status {
	case http.StatusForbidden:
		return evidence.AccessDenied
	case http.StatusTooManyRequests:
		return evidence.Throttled
	case http.StatusNotImplemented:
		return evidence.Unsupported
	}
	return evidence.APIError
}

// oneLine is a message without line breaks and control characters, and of bearable length.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	const limit = 600 // a refusal names a user, a resource and a policy by their ARNs, and says last who denies
	if len(s) > limit {
		s = strings.ToValidUTF8(s[:limit], "") + "..."
	}
	return s
}
