package host_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/collectortest"
	"github.com/assay-audit/assay/collectors/host"
	"github.com/assay-audit/assay/collectors/host/internal/sshdtest"
)

// BenchmarkFleet asks 200 hosts, all of them one sshd on loopback, 32 at a time. What counts is our own CPU time: the hosts' share of the
// machine is not ours elsewhere. It also reports how many connections each host had.
func BenchmarkFleet(b *testing.B) {
	const hosts = 200
	client := sshdtest.NewClient(b)
	server := sshdtest.Start(b, client)
	client.Know(b, server)
	var inventory strings.Builder
	inventory.WriteString("hosts:\n")
	for i := range hosts {
		fmt.Fprintf(&inventory, "  host%03d: {address: 127.0.0.1, port: %d}\n", i, server.Port)
	}
	file := filepath.Join(b.TempDir(), "hosts.yaml")
	if err := os.WriteFile(file, []byte(inventory.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		before, connections := cpu(b), server.Connections()
		req := collectors.Request{Target: collectors.Target{Ref: "host:@hosts.yaml", Scheme: "host", Value: "@" + file}}
		snap, err := collectortest.CollectIn(b.Context(), b, host.Spec, req, client.Environ())
		if err != nil || len(snap.Sources[0].Problems) > 0 {
			b.Fatal(err, snap.Sources[0].Problems)
		}
		b.ReportMetric((cpu(b) - before).Seconds(), "CPU-s/fleet")
		b.ReportMetric(float64(server.Connections()-connections)/hosts, "connections/host")
	}
}

// cpu is the CPU time of this process so far, without its children.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
