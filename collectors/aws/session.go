package aws

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"github.com/assay-audit/assay/internal/reference/region"
)

// session is a way into one account: credentials, and how calls travel.
type session struct {
	cfg       aws.Config
	accountID string
	partition string
	arn       string // of the caller
}

// homes are the regions in which each partition's global services are asked.
var homes = map[string]string{
	"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1", "aws-eusc": "eusc-de-east-1", "aws-iso": "us-iso-east-1", "aws-iso-b": "us-isob-east-1",
}

// open finds credentials as every AWS tool does (environment, profile, SSO, web identity, container, instance), assumes the role that the
// target names, and asks who it is. The SDK reads the process environment and ~/.aws by itself; nothing of it is kept.
func open(ctx context.Context, o options, log *slog.Logger) (*session, error) {
	client := awshttp.NewBuildableClient().WithTimeout(2 * time.Minute).WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = connections
		t.ResponseHeaderTimeout = time.Minute
	}).WithDialerOptions(func(d *net.Dialer) { d.Timeout = 10 * time.Second })
	load := []func(*config.LoadOptions) error{config.WithHTTPClient(client), config.WithAppID("assay"), config.WithLogger(quiet{log})}
	if o.profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, explain(err, o)
	}
	if cfg.Region == "" && len(o.regions) > 0 {
		cfg.Region = o.regions[0]
	}
	if cfg.Region == "" {
		cfg.Region = homes["aws"]
	}
	if o.role != "" {
		cfg = assume(cfg, o.role, o)
	}
	return identify(ctx, cfg, o)
}

// quiet hands what the SDK has to say to the log, as debugging detail: what matters comes back as errors.
type quiet struct{ log *slog.Logger }

// Logf logs a message of the SDK.
func (q quiet) Logf(_ logging.Classification, format string, args ...any) {
	q.log.Debug("AWS SDK", "message", fmt.Sprintf(format, args...))
}

// connections is how many connections to one host are kept open.
const connections = 64

// assume returns a configuration whose credentials are those of the role. They are renewed before they expire.
func assume(cfg aws.Config, role string, o options) aws.Config {
	out := cfg.Copy()
	call := assumeRole(sts.NewFromConfig(cfg).AssumeRole)
	out.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(call, role, func(p *stscreds.AssumeRoleOptions) {
		p.RoleSessionName = o.sessionName
		if o.externalID != "" {
			p.ExternalID = aws.String(o.externalID)
		}
	}))
	return out
}

// assumeRole keeps the rest of the STS client out of an interface; see package api.
type assumeRole func(context.Context, *sts.AssumeRoleInput, ...func(*sts.Options)) (*sts.AssumeRoleOutput, error)

// AssumeRole calls sts:AssumeRole.
func (f assumeRole) AssumeRole(ctx context.Context, in *sts.AssumeRoleInput, opts ...func(*sts.Options)) (*sts.AssumeRoleOutput, error) {
	return f(ctx, in, opts...)
}

func identify(ctx context.Context, cfg aws.Config, o options) (*session, error) {
	me, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, explain(err, o)
	}
	s := &session{cfg: cfg, accountID: aws.ToString(me.Account), arn: aws.ToString(me.Arn), partition: "aws"}
	if parts := strings.SplitN(s.arn, ":", 3); len(parts) == 3 {
		s.partition = parts[1]
	}
	for _, r := range o.regions {
		if known, ok := region.Lookup(r); ok && known.Partition != s.partition {
			return nil, fmt.Errorf("region %s belongs to the partition %s, and the credentials to %s: GovCloud and China have credentials of their own",
				r, known.Partition, s.partition)
		}
	}
	return s, nil
}

// in is the configuration for a region.
func (s *session) in(where string) aws.Config {
	cfg := s.cfg.Copy()
	cfg.Region = where
	return cfg
}

// explain turns what goes wrong before the first answer into what to do about it.
func explain(err error, o options) error {
	var missing config.SharedConfigProfileNotExistError
	var refused smithy.APIError
	var dns *net.DNSError
	var timeout net.Error
	var unreached *net.OpError
	text := err.Error()
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &missing):
		return fmt.Errorf("there is no AWS profile %q in ~/.aws/config or ~/.aws/credentials: aws configure list-profiles shows those that are there", o.profile)
	case errors.As(err, &refused):
		if hint, ok := hints[refused.ErrorCode()]; ok {
			return fmt.Errorf("AWS refused the credentials (%s): %s", refused.ErrorCode(), hint)
		}
		if o.role != "" && strings.Contains(text, "AssumeRole") {
			return fmt.Errorf("the role %s cannot be assumed (%s: %s): its trust policy must name the caller, and ask for the external id that external-id= gives, if any",
				o.role, refused.ErrorCode(), refused.ErrorMessage())
		}
		return fmt.Errorf("AWS refused the first call (%s): %s", refused.ErrorCode(), refused.ErrorMessage())
	case errors.As(err, &dns):
		return fmt.Errorf("AWS cannot be reached: no address for %s. Check the network, HTTPS_PROXY and AWS_ENDPOINT_URL", dns.Name)
	case strings.Contains(text, "no EC2 IMDS role found"), strings.Contains(text, "failed to refresh cached credentials"), strings.Contains(text, "get identity: get credentials"):
		return fmt.Errorf("no AWS credentials: set AWS_PROFILE or name one (aws:profile=NAME), sign in (aws sso login), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (%s)", last(text))
	case strings.Contains(text, "proxyconnect"):
		return fmt.Errorf("the proxy in HTTPS_PROXY refused the connection: %s", last(text))
	case errors.As(err, &unreached) && unreached.Op == "dial":
		return fmt.Errorf("AWS cannot be reached: %w. Check the network, HTTPS_PROXY and AWS_ENDPOINT_URL", unreached)
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("AWS did not answer: %s. Check the network and HTTPS_PROXY", last(text))
	}
	return fmt.Errorf("AWS cannot be asked: %s", last(text))
}

// hints say what to do about the codes with which STS refuses credentials.
var hints = map[string]string{
	"ExpiredToken":                "the session has expired; sign in again (aws sso login, or assume the role anew)",
	"ExpiredTokenException":       "the session has expired; sign in again (aws sso login, or assume the role anew)",
	"InvalidClientTokenId":        "the access key does not exist, or belongs to another partition (GovCloud and China have credentials of their own)",
	"UnrecognizedClientException": "the access key does not exist, or belongs to another partition (GovCloud and China have credentials of their own)",
	"SignatureDoesNotMatch":       "the secret key does not belong to the access key, or this machine's clock is off; compare it with a time server",
	"RequestExpired":              "this machine's clock is off; compare it with a time server",
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
