// Command assay audits infrastructure code, cloud accounts, hosts and governance records against GDPR and HIPAA.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"github.com/assay-audit/assay/cmd/assay/cli"
)

// ballast is the size of memory that is reserved and never touched, in bytes: it costs address space alone, and the garbage collector, which
// waits for the heap to double, lets a small scan run through undisturbed. docs/adr/0008-performance.md has the measurements.
const ballast = 48 << 20

func main() {
	reserved := make([]byte, ballast)
	if os.Getenv("GOGC") == "" {
		lean()
	}
	code := cli.Process("")
	runtime.KeepAlive(reserved)
	os.Exit(code)
}

// Where more than this many bytes are in use, the heap may grow by a third and not to twice its size before garbage is collected. A scan of 100
// AWS accounts keeps within 1 GB that way; smaller ones are left alone, since collecting more often costs time.
const large, growth = 400 << 20, 33

// lean looks after each collection of garbage how much is in use.
func lean() {
	type mark struct{ _ *byte }
	inUse := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	percent := 100
	var look func(*mark)
	look = func(*mark) {
		metrics.Read(inUse)
		want := 100
		if inUse[0].Value.Uint64() > large {
			want = growth
		}
		if want != percent {
			percent = want
			debug.SetGCPercent(percent)
		}
		runtime.SetFinalizer(&mark{}, look)
	}
	runtime.SetFinalizer(&mark{}, look)
}
