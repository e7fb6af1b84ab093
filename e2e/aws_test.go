package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/awslab/scenario"
	"github.com/assay-audit/assay/internal/evidence"
)

const (
	hospital = "222222222222"
	ireland  = "eu-west-1"
)

// program runs assay as a process of its own in a directory, with nothing of this machine's AWS.
type program struct {
	dir     string
	environ []string
}

// newProgram makes a program with more variables in its environment.
func newProgram(t *testing.T, variables map[string]string) *program {
	t.Helper()
	dir := t.TempDir()
	p := &program{dir: dir, environ: append(os.Environ(),
		"SOURCE_DATE_EPOCH=1795262400", "ASSAY_REDACTION_KEY=a key that only tests use", "HOME="+dir,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)}
	for name, value := range variables {
		p.environ = append(p.environ, name+"="+value)
	}
	return p
}

// run is a process that was started.
type run struct {
	*exec.Cmd
	out, err bytes.Buffer
}

// start starts assay with the arguments.
func (p *program) start(t *testing.T, args ...string) *run {
	t.Helper()
	r := &run{Cmd: exec.CommandContext(t.Context(), "assay", args...)}
	r.Dir, r.Env, r.Stdout, r.Stderr = p.dir, p.environ, &r.out, &r.err
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	return r
}

// end waits for the end and returns the exit code; -1 where a signal ended the process.
func (r *run) end(t *testing.T) int {
	t.Helper()
	var exit *exec.ExitError
	if err := r.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return r.ProcessState.ExitCode()
}

// must runs assay and holds the exit code, and what standard error says.
func (p *program) must(t *testing.T, code int, says string, args ...string) *run {
	t.Helper()
	r := p.start(t, args...)
	if got := r.end(t); got != code {
		t.Fatalf("assay %s ended with %d, want %d:\n%s", strings.Join(args, " "), got, code, r.err.String())
	}
	if !strings.Contains(r.err.String(), says) {
		t.Errorf("assay %s says %q, want %q", strings.Join(args, " "), r.err.String(), says)
	}
	return r
}

// hospitalLab is the hospital's account behind a proxy, with a program that leads there.
func hospitalLab(t *testing.T) (*awslab.Proxy, *program) {
	t.Helper()
	m := awslab.Start(t)
	if _, err := scenario.Hospital(t.Context(), m.Config(t, hospital, ireland)); err != nil {
		t.Fatal(err)
	}
	p := m.Proxy(t)
	return p, newProgram(t, p.Environ(t, hospital, ireland))
}

// calls counts by operation and region.
func calls(p *awslab.Proxy) map[awslab.Call]int {
	out := map[awslab.Call]int{}
	for _, c := range p.Calls() {
		out[c.Call] = c.Calls
	}
	return out
}

// TestInterruptedCollection ends a collection in the middle, by force and by Ctrl-C. What was collected is kept; the run that resumes asks for
// nothing of it again, and its snapshot is that of a run without interruption, to the byte.
func TestInterruptedCollection(t *testing.T) {
	p, assay := hospitalLab(t)
	collect := func(out string, more ...string) []string {
		return append([]string{"collect", "aws:regions=" + ireland, "--out", out}, more...)
	}
	assay.must(t, 0, "", collect("first")...) // has IAM make its credential report; from now on every answer is always the same
	p.Replay()
	assay.must(t, 0, "", collect("whole")...)
	p.Clear()
	whole := digestOf(t, assay.must(t, 0, "", collect("whole")...))
	all, total := calls(p), p.Total()
	before := total / 2 // calls are answered, and then none is
	for name, end := range map[string]func(t *testing.T, r *run){
		"killed": func(t *testing.T, r *run) {
			if err := r.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if code := r.end(t); code != -1 {
				t.Errorf("the killed process ended with %d", code)
			}
		},
		"Ctrl-C": func(t *testing.T, r *run) {
			if err := r.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			if code := r.end(t); code != 130 {
				t.Errorf("the interrupted process ended with %d, want 130", code)
			}
			for _, say := range []string{"assay: interrupted\n", ".partial (", "go on with the same command and --resume"} {
				if !strings.Contains(r.err.String(), say) {
					t.Errorf("it says %q, want %q", r.err.String(), say)
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p.Clear()
			p.Inject(awslab.Match{}, awslab.Hang().After(before))
			r := assay.start(t, collect(name)...)
			p.Await(t, before+1)
			assay.must(t, 2, "another assay is collecting into it", collect(name, "--resume")...)
			end(t, r)
			if r.out.Len() > 0 || exists(assay, name) {
				t.Errorf("the interrupted process left a snapshot, or says so: %q", r.out.String())
			}
			kept := keptUnits(t, assay, name)
			if kept == 0 {
				t.Error("nothing of the interrupted collection is kept")
			}
			p.Clear()
			assay.must(t, 2, evidence.SpoolDir(name)+" holds a collection that was interrupted or still runs: go on with it (--resume)", collect(name)...)
			assay.must(t, 2, "it was begun with other targets", collect(name, "--resume", "--check", "enc.at_rest")...)
			if n := p.Total(); n > 0 {
				t.Errorf("%d calls were made before the refusal", n)
			}
			if got := digestOf(t, assay.must(t, 0, "", collect(name, "--resume")...)); got != whole {
				t.Errorf("resumed after %d units the snapshot is %s, want %s; (-whole +resumed):\n%s", kept, got, whole,
					cmp.Diff(snapshotOf(t, assay, "whole"), snapshotOf(t, assay, name)))
			}
			if p.Total() >= total {
				t.Errorf("resuming took %d calls, and the whole collection takes %d", p.Total(), total)
			}
			for call, n := range calls(p) {
				if n > all[call] {
					t.Errorf("resuming called %s in %s %d times, and the whole collection does %d times", call, call.Region, n, all[call])
				}
			}
			if exists(assay, evidence.SpoolDir(name)) {
				t.Error("what was kept for the resumption is still there")
			}
		})
	}
	t.Run("before anything is kept", func(t *testing.T) {
		p.Clear()
		p.Inject(awslab.Match{}, awslab.Hang())
		r := assay.start(t, collect("early")...)
		p.Await(t, 1)
		if err := r.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if code := r.end(t); code != 130 || r.err.String() != "assay: interrupted\n" {
			t.Errorf("it ended with %d and says %q", code, r.err.String())
		}
		if exists(assay, evidence.SpoolDir("early")) {
			t.Error("an empty collection is kept")
		}
	})
}

// digestOf is the line in which collect names the snapshot's digest, without its directory.
func digestOf(t *testing.T, r *run) string {
	t.Helper()
	digest, rest, found := strings.Cut(r.out.String(), "  ")
	if !found || !strings.HasPrefix(digest, "sha256:") {
		t.Fatalf("collect prints %q", r.out.String())
	}
	_, entities, _ := strings.Cut(rest, "\n")
	return digest + " " + entities
}

func snapshotOf(t *testing.T, p *program, name string) *evidence.Snapshot {
	t.Helper()
	s, _, err := evidence.Read(filepath.Join(p.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func exists(p *program, name string) bool {
	_, err := os.Stat(filepath.Join(p.dir, name))
	return err == nil
}

// keptUnits is how many units an interrupted collection has committed.
func keptUnits(t *testing.T, p *program, name string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, evidence.SpoolDir(name), "spool.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n{\"unit\":")
}

// TestPreflight is what a user learns who tries the permissions.
func TestPreflight(t *testing.T) {
	p, assay := hospitalLab(t)
	preflight := []string{"aws", "permissions", "--preflight", "aws:regions=" + ireland, "--check", "enc.at_rest", "--check", "enc.key_lifecycle"}
	r := assay.must(t, 0, "", preflight...)
	if want := "Tried as arn:aws:sts::" + hospital; !strings.HasPrefix(r.out.String(), want) || !strings.Contains(r.out.String(), "Nothing is denied in "+hospital) {
		t.Errorf("nothing is denied, and it prints\n%s", r.out.String())
	}
	p.Inject(awslab.Match{Service: "kms", Operation: "ListKeys"}, awslab.Deny())
	p.Inject(awslab.Match{Service: "rds", Operation: "DescribeDBInstances"}, awslab.DenySCP())
	said := assay.must(t, 3, "", preflight...).out.String()
	for _, want := range []string{
		"2 permissions missing in " + hospital + " (1 region)",
		"\nDENIED  kms:ListKeys\n  in        " + hospital + " in " + ireland + "\n  hides     encryption.key_management, key\n  checks    enc.key_lifecycle\n",
		"\nDENIED  rds:DescribeDBInstances\n", "  by        a service control policy: what the role itself is allowed does not help\n",
		"  checks    enc.at_rest, enc.key_lifecycle\n  undecided hipaa-security-rule: 164.312(a)(2)(iv)\n  undecided gdpr: Art. 32(1)(a)\n",
		"\nTO DO   Allow the role that audits:\n        kms:ListKeys\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not print %q but\n%s", want, said)
		}
	}
	p.CheckReadOnly(t)
	assay.must(t, 2, "--format goes without --preflight", append(preflight, "--format", "terraform")...)
	assay.must(t, 2, "is no AWS target", "aws", "permissions", "--preflight", "host:local")
	newProgram(t, map[string]string{"AWS_ACCESS_KEY_ID": ""}).must(t, 2, "no AWS credentials: set AWS_PROFILE", "aws", "permissions", "--preflight")
}

// TestProxies is what a user reads whose proxy does not lead to AWS. No call leaves this machine.
func TestProxies(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	status := http.StatusForbidden
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Method+" "+r.Host)
		w.WriteHeader(status)
	}))
	defer refusing.Close()
	address := strings.TrimPrefix(refusing.URL, "http://")
	environ := func(proxy string) map[string]string {
		return map[string]string{
			"HTTPS_PROXY": proxy, "NO_PROXY": "", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
			"AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_ENDPOINT_URL": "", "AWS_REGION": ireland,
		}
	}
	t.Run("refuses", func(t *testing.T) {
		newProgram(t, environ("http://user:hunter2@"+address)).must(t, 2,
			"the proxy "+address+" in HTTPS_PROXY does not connect to sts.eu-west-1.amazonaws.com:443 (403 Forbidden): have it allowed there", "scan", "aws:")
	})
	t.Run("wants a password", func(t *testing.T) {
		mu.Lock()
		status = http.StatusProxyAuthRequired
		mu.Unlock()
		newProgram(t, environ(refusing.URL)).must(t, 2, fmt.Sprintf("the proxy %s in HTTPS_PROXY wants to know who asks (407 Proxy Authentication Required): "+
			"give it a user and password, as in HTTPS_PROXY=http://USER:PASSWORD@%s", address, address), "scan", "aws:")
	})
	t.Run("is not there", func(t *testing.T) {
		newProgram(t, environ("http://"+closedPort(t))).must(t, 2, "the proxy in HTTPS_PROXY cannot be reached (dial tcp 127.0.0.1:", "scan", "aws:")
	})
	// The endpoints of other partitions show in what the proxy is asked for, whatever region the settings name.
	for target, host := range map[string]string{
		"aws:regions=us-gov-east-1":                          "sts.us-gov-east-1.amazonaws.com:443",
		"aws:regions=cn-northwest-1":                         "sts.cn-northwest-1.amazonaws.com.cn:443",
		"aws:role=arn:aws-cn:iam::111122223333:role/audit":   "sts.cn-north-1.amazonaws.com.cn:443",
		"aws:role=arn:aws-us-gov:iam::111122223333:role/aud": "sts.us-gov-west-1.amazonaws.com:443",
	} {
		t.Run(target, func(t *testing.T) {
			mu.Lock()
			asked = nil
			mu.Unlock()
			newProgram(t, environ(refusing.URL)).must(t, 2, "407", "scan", target)
			mu.Lock()
			defer mu.Unlock()
			if len(asked) == 0 || asked[0] != "CONNECT "+host {
				t.Errorf("the proxy was asked for %q, want CONNECT %s", asked, host)
			}
		})
	}
}

// closedPort is an address of this machine at which nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return address
}
