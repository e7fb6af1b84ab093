// Package awslab is the AWS of the tests: an account that costs nothing, is empty at the start and can be broken on purpose.
//
// Moto is a Python program that answers the AWS APIs from memory. Start runs one on a free loopback port, with as many accounts as a test
// names and every region; the real SDK talks to it, so that what is tested is the collector with the SDK's own signing, marshalling, paging
// and retrying. Package awslab/scenario fills it.
//
// What moto is too kind for, a Proxy in front of it does: throttle, deny, cut connections, expire tokens, disagree about the time. The
// proxy also counts: which operations a collector called, how often, in which account and region. docs/adr/0012-aws-test-lab.md says why it
// is built this way.
//
// Nothing here is part of the program; only tests, benchmarks and the demonstration of the README import it.
package awslab

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// DefaultAccount is the account whose key moto does not know: what a caller with any credentials works in.
const DefaultAccount = "123456789012"

// DefaultRegion is where calls go that are asked for no region.
const DefaultRegion = "eu-central-1"

// ErrNoMoto says that moto is not installed. A test that meets it fails: a skipped test would hide that nothing was tested.
var ErrNoMoto = errors.New("moto is not installed: run make test-tools, or set ASSAY_MOTO to the path of moto_server")

//go:embed serve.py
var serve string

// Moto is a running moto server: all of AWS, in memory, for one test or one package of tests.
type Moto struct {
	endpoint string
	models   string // the directory of botocore's service models
	process  *exec.Cmd
	input    io.Closer
	log      *tail

	mu       sync.Mutex
	accounts map[string]string          // access key id to account
	keys     map[string]aws.Credentials // account to the credentials that Account made
}

// Start runs a moto server of the test's own and ends it with the test. It takes about a second; tests that change little share one through
// Shared. When the test fails, what the server said last is logged.
func Start(tb testing.TB) *Moto {
	tb.Helper()
	m, err := Launch(context.WithoutCancel(tb.Context()))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("moto said last:\n%s", m.log)
		}
		if err := m.Close(); err != nil {
			tb.Error(err)
		}
	})
	return m
}

// shared is the one server of a test binary. It ends with the process, whose end closes its standard input.
var shared = sync.OnceValues(func() (*Moto, error) { return Launch(context.Background()) })

// Shared returns the server that all tests of a package share, empty. Tests that use it cannot run in parallel with each other.
func Shared(tb testing.TB) *Moto {
	tb.Helper()
	m, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	m.Reset(tb)
	return m
}

// Launch runs a moto server for a caller that is no test. The context ends it, and so does Close.
func Launch(ctx context.Context) (*Moto, error) {
	python, err := interpreter()
	if err != nil {
		return nil, err
	}
	m := &Moto{log: &tail{}, accounts: map[string]string{}, keys: map[string]aws.Credentials{}}
	m.process = exec.CommandContext(ctx, python, "-c", serve)
	m.process.Env = append(os.Environ(), "MOTO_IAM_LOAD_MANAGED_POLICIES=true")
	m.process.Stderr = m.log
	input, err := m.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	m.input = input
	output, err := m.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := m.process.Start(); err != nil {
		return nil, fmt.Errorf("start moto with %s: %w", python, err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("moto ended before it told its port (%w); it said:\n%s", err, m.log), m.Close())
	}
	port, models, found := strings.Cut(strings.TrimSpace(line), " ")
	if !found {
		return nil, errors.Join(fmt.Errorf("moto told %q, not its port and its models", line), m.Close())
	}
	m.endpoint, m.models = "http://127.0.0.1:"+port, models
	return m, nil
}

// Close ends the server and waits for its end.
func (m *Moto) Close() error {
	if err := m.input.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("end moto: %w", err)
	}
	var ended *exec.ExitError
	if err := m.process.Wait(); err != nil && !errors.As(err, &ended) {
		return fmt.Errorf("end moto: %w", err)
	}
	return nil
}

// Endpoint is the server's address, such as http://127.0.0.1:40000: what AWS_ENDPOINT_URL is set to.
func (m *Moto) Endpoint() string { return m.endpoint }

// Reset empties every account. Credentials that Account returned before are of no account any more.
func (m *Moto) Reset(tb testing.TB) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, m.endpoint+"/moto-api/reset", http.NoBody)
	if err != nil {
		tb.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatalf("reset moto: %v", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		tb.Fatalf("reset moto: %s", response.Status)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.accounts)
	clear(m.keys)
}

// Account returns credentials that work in an account of twelve digits, which needs no creation. Moto tells accounts apart by the access
// key, and an assumed role's key belongs to the role's account; the role itself need not exist.
func (m *Moto) Account(tb testing.TB, account string) aws.Credentials {
	tb.Helper()
	keys, err := m.Credentials(tb.Context(), account)
	if err != nil {
		tb.Fatal(err)
	}
	return keys
}

// Credentials is Account for a caller that is no test.
func (m *Moto) Credentials(ctx context.Context, account string) (aws.Credentials, error) {
	if account == DefaultAccount {
		return aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "moto-checks-no-signatures"}, nil
	}
	m.mu.Lock()
	keys, known := m.keys[account]
	m.mu.Unlock()
	if known {
		return keys, nil
	}
	own, err := m.Credentials(ctx, DefaultAccount)
	if err != nil {
		return aws.Credentials{}, err
	}
	role := "arn:aws:iam::" + account + ":role/awslab"
	answer, err := sts.NewFromConfig(ConfigFor(m.endpoint, DefaultRegion, own)).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: &role, RoleSessionName: aws.String("awslab"),
	})
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("enter account %s: %w", account, err)
	}
	keys = aws.Credentials{
		AccessKeyID:     aws.ToString(answer.Credentials.AccessKeyId),
		SecretAccessKey: aws.ToString(answer.Credentials.SecretAccessKey),
		SessionToken:    aws.ToString(answer.Credentials.SessionToken),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keys[account] = keys
	m.accounts[keys.AccessKeyID] = account
	return keys, nil
}

// Config returns the SDK's configuration for an account and a region of this server. It retries nothing: moto does not throttle.
func (m *Moto) Config(tb testing.TB, account, region string) aws.Config {
	tb.Helper()
	return ConfigFor(m.endpoint, region, m.Account(tb, account))
}

// Environ returns the environment variables that lead the SDK's default chain, and so the assay program, to an account of this server and
// to nothing else of the machine: neither its profiles nor the metadata service of the instance that it may be.
func (m *Moto) Environ(tb testing.TB, account, region string) map[string]string {
	tb.Helper()
	return EnvironFor(m.endpoint, region, m.Account(tb, account))
}

// accountOf returns the account that an access key works in.
func (m *Moto) accountOf(key string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if account, ok := m.accounts[key]; ok {
		return account
	}
	return DefaultAccount
}

// learn remembers the account of an access key that somebody else obtained.
func (m *Moto) learn(key, account string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.accounts[key] = account
}

// ConfigFor returns the SDK's configuration for an endpoint, a region and credentials. Nothing is retried but an answer whose connection was
// closed while it was read, which happens now and then on loopback under load.
func ConfigFor(endpoint, region string, keys aws.Credentials) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: &endpoint,
		Credentials:  credentials.StaticCredentialsProvider{Value: keys},
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.Retryables = []retry.IsErrorRetryable{retry.IsErrorRetryableFunc(closedWhileRead)}
			})
		},
	}
}

func closedWhileRead(err error) aws.Ternary {
	return aws.BoolTernary(err != nil && strings.Contains(err.Error(), "use of closed network connection"))
}

// EnvironFor is ConfigFor in environment variables.
func EnvironFor(endpoint, region string, keys aws.Credentials) map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL":            endpoint,
		"AWS_REGION":                  region,
		"AWS_ACCESS_KEY_ID":           keys.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":       keys.SecretAccessKey,
		"AWS_SESSION_TOKEN":           keys.SessionToken,
		"AWS_PROFILE":                 "",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_EC2_METADATA_DISABLED":   "true",
	}
}

// interpreter returns the Python of the virtual environment that moto is installed in: ASSAY_MOTO names its moto_server, else it is where
// make puts it, below .cache in the repository.
func interpreter() (string, error) {
	server := os.Getenv("ASSAY_MOTO")
	if server == "" {
		root, err := repository()
		if err != nil {
			return "", err
		}
		server = filepath.Join(root, ".cache", "python", "bin", "moto_server")
	}
	if _, err := os.Stat(server); err != nil {
		return "", fmt.Errorf("%w (%w)", ErrNoMoto, err)
	}
	return filepath.Join(filepath.Dir(server), "python"), nil
}

// repository returns the directory above the working directory that holds go.mod.
func repository() (string, error) {
	working, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := working; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod above %s", working)
		}
	}
}

// tail keeps the end of what was written to it.
type tail struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

// tailSize is how much of moto's log is kept: a few tracebacks.
const tailSize = 16 << 10

// Write keeps p and forgets what is older than tailSize.
func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bytes.Write(p)
	if extra := l.bytes.Len() - tailSize; extra > 0 {
		l.bytes.Next(extra)
	}
	return len(p), nil
}

// String returns what was kept.
func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes.String()
}
