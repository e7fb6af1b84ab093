package aws

import (
	"cmp"
	"context"
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
		t.IdleConnTimeout = idle
		t.ResponseHeaderTimeout = time.Minute
		t.OnProxyConnectResponse = heedProxy
	}).WithDialerOptions(func(d *net.Dialer) { d.Timeout = 10 * time.Second })
	load := []func(*config.LoadOptions) error{config.WithHTTPClient(client), config.WithAppID("assay"), config.WithLogger(quiet{log})}
	if o.profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, load...)
	if err != nil {
		return nil, explain(err, o)
	}
	cfg.Region = firstRegion(cfg.Region, o)
	if o.role != "" {
		cfg = assume(cfg, o.role, o)
	}
	return identify(ctx, cfg, o)
}

// firstRegion is where the first call goes: the region of the user's settings, unless the target names what lies in another partition, whose
// credentials are known nowhere else.
func firstRegion(configured string, o options) string {
	partition := o.partition()
	if known, ok := region.Lookup(configured); configured != "" && (!ok || partition == "" || known.Partition == partition) {
		return configured
	}
	if len(o.regions) > 0 {
		return o.regions[0]
	}
	return cmp.Or(homes[partition], homes["aws"])
}

// quiet hands what the SDK has to say to the log, as debugging detail: what matters comes back as errors.
type quiet struct{ log *slog.Logger }

// Logf logs a message of the SDK.
func (q quiet) Logf(_ logging.Classification, format string, args ...any) {
	q.log.Debug("AWS SDK", "message", fmt.Sprintf(format, args...))
}

const (
	// connections is how many connections to one host are kept open.
	connections = 64
	// idle is how long a connection is kept open unused: shorter than AWS's side waits, and not so long that the pools of many services and
	// regions, which are asked one after the other, use up the files that a process may open.
	idle = 10 * time.Second
)

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
