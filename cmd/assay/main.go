// Command assay audits infrastructure code, cloud accounts, hosts and governance records against GDPR and HIPAA.
package main

import (
	"os"
	"runtime"

	"github.com/assay-audit/assay/cmd/assay/cli"
)

// ballast is the size of memory that is reserved and never touched, in bytes: it costs address space alone, and the garbage collector, which
// waits for the heap to double, lets a small scan run through undisturbed. docs/adr/0008-performance.md has the measurements.
const ballast = 48 << 20

func main() {
	reserved := make([]byte, ballast)
	code := cli.Process("")
	runtime.KeepAlive(reserved)
	os.Exit(code)
}
