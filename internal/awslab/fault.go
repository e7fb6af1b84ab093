package awslab

import (
	"net/http"
	"path"
	"strings"
	"time"
)

// Match chooses calls. A field that is empty chooses all; a field may hold a pattern as of path.Match, such as Describe*.
type Match struct {
	Service   string // as IAM's actions begin: ec2, s3, cloudwatch, elasticfilesystem
	Operation string // as the API names it: ListBuckets, not s3:ListAllMyBuckets
	Region    string // as signed; global services such as iam sign for us-east-1
	Account   string // whose credentials sign
}

// fits tells whether a call is chosen. A pattern that is malformed chooses nothing.
func (m Match) fits(call *request) bool {
	for _, field := range [][2]string{
		{m.Service, call.service},
		{m.Operation, call.operation},
		{m.Region, call.region},
		{m.Account, call.account},
	} {
		if fits, err := path.Match(field[0], field[1]); field[0] != "" && (err != nil || !fits) {
			return false
		}
	}
	return true
}

// A Fault is what a proxy does to the calls that a Match chooses. Its functions and methods make one; the zero Fault does nothing.
type Fault struct {
	times   int // how many calls it meets; 0 is all
	skipped int // how many calls it lets pass first
	delay   time.Duration
	skew    time.Duration
	page    int
	cut     bool
	error   *awsError
	answer  string
}

// Times lets a fault meet n calls and no more.
func (f Fault) Times(n int) Fault {
	f.times = n
	return f
}

// After lets n calls pass before the fault meets one: the second page of a list is denied with Deny().After(1).
func (f Fault) After(n int) Fault {
	f.skipped = n
	return f
}

// Latency answers after a delay, as a network does (30 ms) or a service that hangs (longer than a caller should wait). Delays of several
// faults add up; a caller that hangs up ends them.
func Latency(delay time.Duration) Fault { return Fault{delay: delay} }

// Cut sends half of the answer and closes the connection.
func Cut() Fault { return Fault{cut: true} }

// Page answers lists n items at a time, whatever the caller asked for and moto does, with AWS's tokens between the pages. Operations
// without pages answer as ever.
func Page(n int) Fault { return Fault{page: n} }

// Answer answers with a body in place of moto, for what moto does not do, such as backup:ListBackupJobs: JSON or XML as the service writes
// it. A call that was seen only so was seen against a fake.
func Answer(body string) Fault { return Fault{answer: body} }

// ClockSkew gives AWS a clock that is this far ahead of ours (behind when negative): answers carry its date, and calls whose signature is
// dated more than five minutes off are refused as AWS refuses them. The SDK corrects its dates from the answer and tries again.
func ClockSkew(ahead time.Duration) Fault { return Fault{skew: ahead} }

// Throttle refuses for too many calls; with Times it lets the caller through in the end.
func Throttle() Fault {
	return Fault{error: &awsError{
		codes: map[protocol]string{
			protocolEC2: "RequestLimitExceeded", protocolQuery: "Throttling", protocolJSON: "ThrottlingException", s3Errors: "SlowDown",
		},
		status:  map[protocol]int{protocolEC2: 503, s3Errors: 503, protocolRESTJSON: 429},
		message: func(*request) string { return "Rate exceeded" },
	}}
}

// Deny refuses because no policy of the caller's allows the operation: AccessDenied, AccessDeniedException or EC2's UnauthorizedOperation,
// with the message that names the principal and the action.
func Deny() Fault {
	return denied(func(call *request) string {
		return "because no identity-based policy allows the " + call.action() + " action"
	})
}

// DenySCP refuses because a service control policy of the organisation denies the operation.
func DenySCP() Fault {
	return denied(func(*request) string { return "with an explicit deny in a service control policy" })
}

// denied is a refusal with a reason.
func denied(reason func(*request) string) Fault {
	return Fault{error: &awsError{
		codes: map[protocol]string{
			protocolEC2: "UnauthorizedOperation", protocolQuery: "AccessDenied", protocolJSON: "AccessDeniedException", s3Errors: "AccessDenied",
		},
		status: map[protocol]int{protocolEC2: 403, protocolQuery: 403, protocolRESTJSON: 403, protocolRESTXML: 403, s3Errors: 403},
		message: func(call *request) string {
			text := "User: arn:aws:sts::" + call.account + ":assumed-role/awslab/awslab is not authorized to perform: " +
				call.action() + " on resource: * " + reason(call)
			if call.protocol == protocolEC2 {
				return "You are not authorized to perform this operation. " + text
			}
			return text
		},
	}}
}

// ExpiredToken refuses because the session's credentials have expired.
func ExpiredToken() Fault {
	return Fault{error: &awsError{
		codes: map[protocol]string{
			protocolEC2: "RequestExpired", protocolQuery: "ExpiredToken", protocolJSON: "ExpiredTokenException", s3Errors: "ExpiredToken",
		},
		status:  map[protocol]int{protocolQuery: 403, protocolRESTJSON: 403, protocolRESTXML: 403},
		message: func(*request) string { return "The security token included in the request is expired" },
	}}
}

// BadCredentials refuses because the access key is of nobody: what a caller without valid credentials gets, and what every caller gets in a
// region that the account has not enabled.
func BadCredentials() Fault {
	return Fault{error: &awsError{
		codes: map[protocol]string{
			protocolEC2: "AuthFailure", protocolQuery: "InvalidClientTokenId", protocolJSON: "UnrecognizedClientException",
			s3Errors: "InvalidAccessKeyId",
		},
		status: map[protocol]int{
			protocolEC2: 401, protocolQuery: 403, protocolRESTJSON: 403, protocolRESTXML: 403, s3Errors: 403,
		},
		message: func(*request) string { return "The security token included in the request is invalid." },
	}}
}

// NotSubscribed refuses because the account has not switched an opt-in service on, such as GuardDuty, Macie or Security Hub.
func NotSubscribed() Fault {
	return Fault{error: &awsError{
		codes: map[protocol]string{
			protocolEC2: "OptInRequired", protocolQuery: "OptInRequired", protocolJSON: "SubscriptionRequiredException", s3Errors: "NotSignedUp",
		},
		status:  map[protocol]int{protocolRESTJSON: 403, protocolQuery: 403, protocolRESTXML: 403, s3Errors: 403},
		message: func(*request) string { return "The AWS Access Key Id needs a subscription for the service" },
	}}
}

// Unsupported refuses because the region or partition does not know the operation.
func Unsupported() Fault {
	return Fault{error: &awsError{
		codes: map[protocol]string{
			protocolEC2: "UnsupportedOperation", protocolQuery: "InvalidAction", protocolJSON: "UnknownOperationException", s3Errors: "NotImplemented",
		},
		status:  map[protocol]int{protocolRESTJSON: 404, s3Errors: 501},
		message: func(call *request) string { return "The operation " + call.operation + " is not supported here" },
	}}
}

// Fail refuses with a code and an HTTP status of the caller's choice, such as NoSuchEntity and 404.
func Fail(code string, status int, message string) Fault {
	return Fault{error: &awsError{
		codes: map[protocol]string{
			protocolEC2: code, protocolQuery: code, protocolJSON: code, s3Errors: code,
		},
		status: map[protocol]int{
			protocolEC2: status, protocolQuery: status, protocolJSON: status, protocolCBOR: status,
			protocolRESTJSON: status, protocolRESTXML: status, s3Errors: status,
		},
		message: func(*request) string { return message },
	}}
}

// skewed is how AWS refuses a signature with another date than its own.
func skewed() *awsError {
	return &awsError{
		codes: map[protocol]string{
			protocolEC2: "AuthFailure", protocolQuery: "SignatureDoesNotMatch", protocolJSON: "InvalidSignatureException",
			s3Errors: "RequestTimeTooSkewed",
		},
		status: map[protocol]int{
			protocolEC2: 401, protocolQuery: 403, protocolRESTJSON: 403, protocolRESTXML: 403, s3Errors: 403,
		},
		message: func(*request) string {
			return "Signature expired: the difference between the request time and the current time is too large."
		},
	}
}

// renamed has the operations that collectors call and that IAM knows by another name. In API Gateway all that read are GET.
var renamed = map[string]string{
	"access-analyzer:ListFindingsV2":     "access-analyzer:ListFindings",
	"s3:GetBucketEncryption":             "s3:GetEncryptionConfiguration",
	"s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
	"s3:GetBucketReplication":            "s3:GetReplicationConfiguration",
	"s3:GetObjectLockConfiguration":      "s3:GetBucketObjectLockConfiguration",
	"s3:GetPublicAccessBlock":            "s3:GetBucketPublicAccessBlock",
	"s3:ListBuckets":                     "s3:ListAllMyBuckets",
}

// action is the call as IAM writes it, which for a few operations has another name.
func (r *request) action() string {
	name := r.service + ":" + r.operation
	switch other, found := renamed[name]; {
	case r.service == "apigateway" && r.method == http.MethodGet:
		return "apigateway:GET"
	case name == "s3:GetPublicAccessBlock" && strings.HasPrefix(r.url.Path, "/v20180820/"):
		return "s3:GetAccountPublicAccessBlock"
	case found:
		return other
	}
	return name
}
