package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// TestClock reads outputs written by hand after the manuals: chronyc(1) "tracking" and "-c", ntpq(1) "rv", timedatectl(1).
func TestClock(t *testing.T) {
	for _, test := range []struct {
		name, clock, processes string
		on, offset             any
	}{
		{"chrony", "chrony=C0248F97,192.36.143.151,2,1732190400.1,-0.0431,0.00002,0.0001,-1.2,0.0,0.03,0.01,0.001,1032.4,Normal\n", "", true, int64(43)},
		{"chrony without a source", "chrony=00000000,,0,0.0,0.000000000,0.0,0.0,0.0,0.0,0.0,1.0,1.0,0.0,Not synchronised\n", "", false, evidence.Unsupported},
		{"chrony from its own clock", "chrony=7F7F0101,127.127.1.1,10,1732190400.1,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,Normal\n", "", false, evidence.Unsupported},
		{"ntpd", "ntp=leap=00, stratum=3, offset=-1500.25\n", "", true, int64(1500)},
		{"ntpd without a source", "ntp=leap=11, stratum=16, offset=0.0\n", "", false, evidence.Unsupported},
		{"timesyncd", "systemd=yes\noffset=+1.9ms\n", "", true, int64(2)},
		{"timesyncd, far off", "systemd=yes\noffset=-1min 2.5s\n", "", true, int64(62500)},
		{"systemd, no distance", "systemd=yes\n", "", true, evidence.Unsupported},
		{"systemd, no source", "systemd=no\n", "", false, evidence.Unsupported},
		{"no program sets it", "", "1 init\n2 sshd\n", false, evidence.Unsupported},
		{"a program sets it, nothing tells", "", "1 init\n2 ntpd\n", evidence.Unsupported, evidence.Unsupported},
		{"nothing tells", "", "7 sh\n", evidence.Unsupported, evidence.Unsupported},
		{"garbage", "chrony=a,b\nntp=offset=NaN leap=0\nsystemd=perhaps\noffset=x\n", "1 init\n", false, evidence.Unsupported},
	} {
		got := attributes(answered(map[string]string{"clock": test.clock, "processes": test.processes}).Entity(), "time.synchronised", "time.offset_ms")
		if diff := cmp.Diff(map[string]any{"time.synchronised": test.on, "time.offset_ms": test.offset}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
