package aws

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
)

// explain turns what goes wrong before the first answer into what to do about it.
func explain(err error, o options) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	for _, of := range []func(error, options) error{ofSettings, ofAnswer, ofNetwork, ofCredentials} {
		if explained := of(err, o); explained != nil {
			return explained
		}
	}
	return fmt.Errorf("AWS cannot be asked: %s", last(err.Error()))
}

// ofSettings explains what is wrong in AWS's own settings; nil where it is nothing of these.
func ofSettings(err error, o options) error {
	text := err.Error()
	if _, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return fmt.Errorf("there is no AWS profile %q in ~/.aws/config or ~/.aws/credentials: aws configure list-profiles shows those that are there", o.profile)
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("AWS's settings name %s, which cannot be read (%w): mend AWS_CA_BUNDLE or ca_bundle, or whatever names it", file.Path, file.Err)
	}
	if strings.Contains(text, "CA bundle") {
		return fmt.Errorf("the file in AWS_CA_BUNDLE (or ca_bundle) holds no certificate: it must be PEM, with lines such as -----BEGIN CERTIFICATE-----")
	}
	if strings.Contains(text, "no EC2 IMDS role found") { // the last of the chain: nothing else gave any
		return noCredentials(text)
	}
	return nil
}

// ofAnswer explains a refusal of AWS's; nil where AWS did not answer.
func ofAnswer(err error, o options) error {
	refused, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return nil
	}
	code, message := refused.ErrorCode(), last(refused.ErrorMessage())
	if hint, known := hints[code]; known {
		if strings.Contains(hint, "clock") && message != "" {
			hint += ". AWS says: " + message // which has both times
		}
		return fmt.Errorf("AWS refused the credentials (%s): %s", code, hint)
	}
	if o.role != "" && strings.Contains(err.Error(), "AssumeRole") {
		return fmt.Errorf("the role %s cannot be assumed (%s: %s): its trust policy must name the caller, and ask for the external id that external-id= gives, if any",
			o.role, code, message)
	}
	return fmt.Errorf("AWS refused the first call (%s): %s", code, message)
}

// ofNetwork explains why AWS could not be reached; nil where that is not the reason.
func ofNetwork(err error, _ options) error {
	if refusal, ok := errors.AsType[*proxyError](err); ok {
		return refusal
	}
	if broken, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return distrusted(broken.Err)
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "proxyconnect" {
		return fmt.Errorf("the proxy in HTTPS_PROXY cannot be reached (%w): mend HTTPS_PROXY, or name in NO_PROXY what needs no proxy", dial.Err)
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("AWS cannot be reached: no address for %s. Check the network, HTTPS_PROXY and AWS_ENDPOINT_URL", dns.Name)
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		return fmt.Errorf("AWS cannot be reached: %w. Check the network, HTTPS_PROXY and AWS_ENDPOINT_URL", dial)
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return fmt.Errorf("AWS did not answer: %s. Check the network and HTTPS_PROXY", last(err.Error()))
	}
	return nil
}

// distrusted explains a certificate that does not hold.
func distrusted(err error) error {
	const bundle = "where a proxy looks into TLS, name a file with its authority in AWS_CA_BUNDLE"
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return fmt.Errorf("the certificate of AWS, or of a proxy before it, is not valid now (%w): compare this machine's clock with a time server; %s", err, bundle)
	}
	return fmt.Errorf("the certificate of AWS, or of a proxy before it, is not trusted (%w): %s", err, bundle)
}

// ofCredentials explains that no credentials could be had; nil where that is not the reason.
func ofCredentials(err error, _ options) error {
	text := err.Error()
	if strings.Contains(text, "failed to refresh cached credentials") || strings.Contains(text, "get identity: get credentials") {
		return noCredentials(text)
	}
	return nil
}

func noCredentials(text string) error {
	return fmt.Errorf("no AWS credentials: set AWS_PROFILE or name one (aws:profile=NAME), sign in (aws sso login), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (%s)",
		last(text))
}

// proxyError is a proxy that does not connect to AWS. Its address is without user and password.
type proxyError struct {
	proxy, target string
	status        string // as HTTP has it, such as "403 Forbidden"
	code          int
}

func (e *proxyError) Error() string {
	if e.code == http.StatusProxyAuthRequired {
		return fmt.Sprintf("the proxy %s in HTTPS_PROXY wants to know who asks (%s): give it a user and password, as in HTTPS_PROXY=http://USER:PASSWORD@%s",
			e.proxy, e.status, e.proxy)
	}
	return fmt.Sprintf("the proxy %s in HTTPS_PROXY does not connect to %s (%s): have it allowed there, or name in NO_PROXY what needs no proxy",
		e.proxy, e.target, e.status)
}

// heedProxy makes of a proxy's refusal an error that says who refused what.
func heedProxy(_ context.Context, proxy *url.URL, asked *http.Request, answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{proxy: proxy.Host, target: asked.Host, status: answer.Status, code: answer.StatusCode}
}

const otherPartition = "the access key does not exist, or belongs to another partition: for GovCloud or China, name a region there " +
	"(aws:regions=us-gov-west-1, or AWS_REGION)"

// hints say what to do about the codes with which STS refuses credentials.
var hints = map[string]string{
	"ExpiredToken":                "the session has expired; sign in again (aws sso login, or assume the role anew)",
	"ExpiredTokenException":       "the session has expired; sign in again (aws sso login, or assume the role anew)",
	"InvalidClientTokenId":        otherPartition,
	"UnrecognizedClientException": otherPartition,
	"SignatureDoesNotMatch":       "the secret key does not belong to the access key, or this machine's clock is off; compare it with a time server",
	"InvalidSignatureException":   "the secret key does not belong to the access key, or this machine's clock is off; compare it with a time server",
	"RequestExpired":              "the session has expired, or this machine's clock is off; sign in again, or compare the clock with a time server",
	"RequestTimeTooSkewed":        "this machine's clock is off; compare it with a time server",
	"IncompleteSignature":         "the access key or the secret key is malformed",
	"AuthFailure":                 "the credentials are not valid in this region, or this machine's clock is off",
}

// last is the innermost of the SDK's nested messages.
func last(text string) string {
	const limit = 200
	if len(text) > limit {
		text = "..." + strings.ToValidUTF8(text[len(text)-limit:], "")
	}
	return strings.Join(strings.Fields(text), " ")
}
