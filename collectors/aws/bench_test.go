package aws

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/awslab/scenario"
	"github.com/assay-audit/assay/internal/awslab/standin"
)

const (
	// callTime is how long AWS takes for a call, about.
	callTime = 30 * time.Millisecond
	// fleetRuns is how often the fleet is read: the machine may be shared, so that the quickest run says most.
	fleetRuns = 3
)

// BenchmarkFleet measures the program, as it is released, against a stand-in of AWS whose calls take 30 ms.
func BenchmarkFleet(b *testing.B) {
	recorded, program := recording(b), assay(b)
	b.Run("account", func(b *testing.B) { benchAccount(b, recorded, program) })
	b.Run("organisation", func(b *testing.B) { benchOrganisation(b, recorded, program) })
}

// benchAccount collects 500 buckets, 200 roles, 300 databases and volumes in 4 regions, and compares the wall time of the whole process with the
// ideal: calls x latency / calls that a run makes at the same time. It prints how many calls each type of resource took.
func benchAccount(b *testing.B, recorded standin.Options, program binary) {
	b.Helper()
	size := scenario.Bench()
	recorded.Size = size
	server := standin.Start(recorded)
	defer server.Close()
	for b.Loop() {
		var best outcome
		for range fleetRuns {
			r := program.run(b, server, "collect", "aws:regions="+strings.Join(size.Regions, "+"))
			if best.Calls == nil || r.wall < best.wall {
				best = r
			}
		}
		total := best.total()
		ideal := time.Duration(total) * callTime / inFlight
		b.ReportMetric(best.wall.Seconds(), "wall-s")
		b.ReportMetric(best.cpu.Seconds(), "CPU-s")
		b.ReportMetric(float64(total), "calls")
		b.ReportMetric(float64(best.Peak), "peak-calls")
		b.ReportMetric(ideal.Seconds(), "ideal-s")
		b.ReportMetric(best.Last.Sub(best.First).Seconds(), "first-to-last-call-s")
		b.ReportMetric(best.wall.Seconds()/ideal.Seconds(), "times-ideal")
		fmt.Println(best.table(size))
	}
}

// benchOrganisation collects and scans 100 accounts of 100 resources each in 2 regions, and measures the memory of each process.
func benchOrganisation(b *testing.B, recorded standin.Options, program binary) {
	b.Helper()
	const accounts = 100
	size := scenario.Size{Buckets: 50, Roles: 20, Databases: 15, Volumes: 15, Regions: scenario.Bench().Regions[:2]}
	recorded.Size = size
	for i := range accounts - 1 {
		recorded.Members = append(recorded.Members, fmt.Sprintf("3000000000%02d", i))
	}
	server := standin.Start(recorded)
	defer server.Close()
	for b.Loop() {
		for _, command := range []string{"collect", "scan"} {
			r := program.run(b, server, command, "aws:org=audit,regions="+strings.Join(size.Regions, "+"))
			b.ReportMetric(float64(r.peakKB)/1024, command+"-peak-MiB")
			b.ReportMetric(r.cpu.Seconds(), command+"-CPU-s")
			b.ReportMetric(r.wall.Seconds(), command+"-wall-s")
			b.ReportMetric(float64(r.total()), command+"-calls")
		}
	}
}

// recording is what moto said of a fleet of one resource of each type in each region, alone and in an organisation with another account.
func recording(b *testing.B) standin.Options {
	b.Helper()
	m := awslab.Start(b)
	size := standin.Specimen(scenario.Bench())
	config := m.Config(b, hospitalAccount, hospitalRegion)
	if _, err := scenario.Fleet(b.Context(), config, size); err != nil {
		b.Fatal(err)
	}
	org := organizations.NewFromConfig(config)
	if _, err := org.CreateOrganization(b.Context(), &organizations.CreateOrganizationInput{}); err != nil {
		b.Fatal(err)
	}
	made, err := org.CreateAccount(b.Context(), &organizations.CreateAccountInput{
		AccountName: aws.String("laboratory"), Email: aws.String("laboratory@stbrigid.example"),
	})
	if err != nil {
		b.Fatal(err)
	}
	p := m.Proxy(b)
	environ := p.Environ(b, hospitalAccount, hospitalRegion)
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		b.Setenv(name, environ[name])
	}
	p.Replay()
	regions := "regions=" + strings.Join(size.Regions, "+")
	for _, target := range []string{regions, "org=audit," + regions} {
		ref := collectors.Target{Ref: "aws:" + target, Scheme: "aws", Value: target}
		if _, err := collectortest.Collect(b.Context(), b, Spec, collectors.Request{Target: ref}); err != nil {
			b.Fatal(err)
		}
	}
	return standin.Options{
		Recorded: p.Recording(), Account: hospitalAccount, Member: aws.ToString(made.CreateAccountStatus.AccountId), Latency: callTime,
	}
}

// binary is the path of an assay program.
type binary string

// assay builds the program as it is released.
func assay(b *testing.B) binary {
	b.Helper()
	out := filepath.Join(b.TempDir(), "assay")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, "github.com/assay-audit/assay/cmd/assay")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build assay: %v\n%s", err, said)
	}
	return binary(out)
}

// outcome is what one run of the program took.
type outcome struct {
	wall, cpu time.Duration
	peakKB    int64 // of memory
	standin.Tally
}

// run runs a command of the program on a target behind the stand-in, in an empty directory.
func (program binary) run(b *testing.B, server *standin.Server, command, target string) outcome {
	b.Helper()
	server.Tally() // begins anew
	args := map[string][]string{"collect": {"collect", target, "--out", "snapshot"}, "scan": {"scan", target, "-o", "json=result.json"}}
	cmd := exec.CommandContext(b.Context(), string(program), args[command]...)
	cmd.Dir, cmd.Env = b.TempDir(), os.Environ()
	for name, value := range server.Environ(hospitalRegion) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	began := time.Now()
	said, err := cmd.CombinedOutput()
	r := outcome{wall: time.Since(began)}
	const findings, incomplete = 1, 3 // exit codes of a run that did what it should
	if code := cmd.ProcessState.ExitCode(); err != nil && code != findings && code != incomplete {
		b.Fatalf("%v\n%s", err, said)
	}
	if unknown := server.Unknown(); len(unknown) > 0 {
		b.Fatalf("%d requests are not in the recording, the first is %q", len(unknown), unknown[0])
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		b.Fatal("this system does not tell the resources that a process used")
	}
	r.cpu, r.peakKB = time.Duration(usage.Utime.Nano()+usage.Stime.Nano()), usage.Maxrss
	r.Tally = server.Tally()
	return r
}

func (r outcome) total() int {
	n := 0
	for _, calls := range r.Calls {
		n += calls
	}
	return n
}

// table shows how many calls each type of resource took, and each operation that was called often.
func (r outcome) table(size scenario.Size) string {
	var out strings.Builder
	fmt.Fprintf(&out, "\n%9s  %-9s  %6s  %s\n", "resources", "type", "calls", "calls per resource")
	for _, t := range []struct {
		name, service string
		count         int
	}{{"bucket", "s3", size.Buckets}, {"role", "iam", size.Roles}, {"database", "rds", size.Databases}, {"volume", "ec2", size.Volumes}} {
		calls := 0
		for op, n := range r.Calls {
			if strings.HasPrefix(op, t.service+":") {
				calls += n
			}
		}
		fmt.Fprintf(&out, "%9d  %-9s  %6d  %.2f\n", t.count, t.name, calls, float64(calls)/float64(t.count))
	}
	names := slices.SortedFunc(maps.Keys(r.Calls), func(x, y string) int { return cmp.Or(r.Calls[y]-r.Calls[x], strings.Compare(x, y)) })
	fmt.Fprintf(&out, "\n%6s  operation\n", "calls")
	for _, name := range names[:min(len(names), 20)] {
		fmt.Fprintf(&out, "%6d  %s\n", r.Calls[name], name)
	}
	return out.String()
}
