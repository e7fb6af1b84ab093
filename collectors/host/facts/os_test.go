package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

func TestRelease(t *testing.T) {
	for _, test := range []struct{ name, text, id, version, eol string }{
		{"debian", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\nID=debian\n", "debian", "12", "2028-06-30"},
		{"ubuntu", "PRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\nVERSION_ID=\"24.04\"\nID=ubuntu\nID_LIKE=debian\n", "ubuntu", "24.04", "2029-05-31"},
		{"rhel", "NAME=\"Red Hat Enterprise Linux\"\nID=\"rhel\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"9.4\"\n", "rhel", "9.4", "2032-05-31"},
		{"rocky", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.3\"\n", "rocky", "9.3", "2032-05-31"},
		{"fedora", "NAME=\"Fedora Linux\"\nID=fedora\nVERSION_ID=43\n", "fedora", "43", "2026-12-09"},
		{"sles", "NAME=\"SLES\"\nVERSION_ID=\"15.6\"\nID=\"sles\"\n", "sles", "15.6", "2025-12-31"},
		{"alpine", "NAME=\"Alpine Linux\"\nID=alpine\nVERSION_ID=3.19.1\n", "alpine", "3.19.1", "2025-11-01"},
		{"amazon", "NAME=\"Amazon Linux\"\nVERSION=\"2023\"\nID=\"amzn\"\nVERSION_ID=\"2023\"\n", "amzn", "2023", "2029-06-30"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := attributes(answered(map[string]string{"os": test.text}).Entity(), "os.name", "os.version", "os.eol_on")
			want := map[string]any{"os.name": test.id, "os.version": test.version, "os.eol_on": test.eol}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestReleaseUnknown(t *testing.T) {
	for name, text := range map[string]string{
		"rolling": "ID=arch\n", "not in the table": "ID=plan9\nVERSION_ID=\"4\"\n", "nothing": "", "escapes": "ID=\"a\\\"b\\$\"\nVERSION_ID='1'\n# ID=x\n",
	} {
		e := answered(map[string]string{"os": text}).Entity()
		if u, ok := e.Unknown["os.eol_on"]; !ok || u.Reason != evidence.Unsupported || u.Detail == "" {
			t.Errorf("%s: os.eol_on is %v, unknown %+v", name, e.Attrs["os.eol_on"], u)
		}
		if name == "escapes" && e.Attrs["os.name"] != `a"b$` {
			t.Errorf("os.name is %q", e.Attrs["os.name"])
		}
	}
}

func TestMachine(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       any
	}{
		{"container", "node=x\nkernel=6\nvirt=docker\ncontainer=yes", "vm"},
		{"kvm", "node=x\nkernel=6\nvirt=kvm\nchassis=1", "vm"},
		{"alpine on kvm", "node=x\nkernel=6\nvendor=QEMU\nproduct=Standard PC (Q35 + ICH9, 2009)\nchassis=1", "vm"},
		{"metal in EC2", "node=x\nkernel=6\nvendor=Amazon EC2\nproduct=c5.metal\nchassis=23", "server"},
		{"rack", "node=x\nkernel=6\nvirt=none\nchassis=23", "server"},
		{"laptop", "node=x\nkernel=6\nvirt=none\nchassis=10", "laptop"},
		{"tower", "node=x\nkernel=6\nvirt=none\nchassis=3", "workstation"},
		{"who knows", "node=x\nkernel=6\nvirt=none\nchassis=2", evidence.Unsupported},
	} {
		if got := attributes(answered(map[string]string{"machine": test.text}).Entity(), "kind")["kind"]; got != test.want {
			t.Errorf("%s: kind is %v, want %v", test.name, got, test.want)
		}
	}
}

func TestInstance(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"nitro", "vendor=Amazon EC2\nasset=i-0123456789abcdef0", []string{"instance:i-0123456789abcdef0"}},
		{"xen with cloud-init", "vendor=Xen\ncloud=aws\ninstance=i-0123456789abcdef0", []string{"instance:i-0123456789abcdef0"}},
		{"not Amazon's", "vendor=QEMU\nasset=i-0123456789abcdef0", nil},
		{"not an id", "vendor=Amazon EC2\nasset=i-0123456789abcdef0;x\ninstance=i-short", nil},
	} {
		if diff := cmp.Diff(test.want, answered(map[string]string{"machine": "node=x\nkernel=6\n" + test.text}).Aliases); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestInstanceRole holds where a role does not apply: only where the machine shows that it is no cloud's instance, or the inventory says so.
func TestInstanceRole(t *testing.T) {
	for _, test := range []struct {
		name, text, label string
		want              any
	}{
		{"EC2", "vendor=Amazon EC2\nvirt=kvm", "none", evidence.NotCollected},
		{"another cloud", "vendor=QEMU\nvirt=kvm\ncloud=openstack", "none", evidence.NotCollected},
		{"a virtual machine", "vendor=QEMU\nvirt=kvm", "", evidence.NotCollected},
		{"a virtual machine that is labelled", "vendor=QEMU\nvirt=kvm", "none", "n/a"},
		{"VMware", "vendor=VMware, Inc.\nvirt=vmware", "", "n/a"},
		{"a provider without roles", "vendor=Hetzner\nvirt=kvm\ncloud=hetzner", "", "n/a"},
		{"a chassis", "vendor=Dell Inc.\nvirt=none\nchassis=23", "", "n/a"},
		{"no chassis", "", "", evidence.NotCollected},
	} {
		id := Identity{Name: "web1", Source: "s1", Labels: Labels{Kind: "server", Cloud: test.label}}
		h := Read(Areas(), id, at, answersWith(Options{}, map[string]string{"machine": "node=x\nkernel=6\n" + test.text}))
		if got := attributes(h.Entity(), "instance_role")["instance_role"]; got != test.want {
			t.Errorf("%s: instance_role is %v, want %v", test.name, got, test.want)
		}
	}
}

func TestKernel(t *testing.T) {
	paths := []string{"kernel.running", "kernel.installed_latest", "reboot_required", "reboot_required_since"}
	for _, test := range []struct {
		name                     string
		machine, kernels, reboot string
		want                     []any
	}{
		{
			"debian, up to date", "node=x\nkernel=6.1.0-25-amd64\nvirt=kvm", "1700000000 6.1.0-9-amd64\n1724000000 6.1.0-25-amd64\n1725000000 6.1.0-26-cloud-amd64\n", "",
			[]any{"6.1.0-25-amd64", "6.1.0-25-amd64", false, "n/a"},
		},
		{
			"debian, newer kernel", "node=x\nkernel=6.1.0-9-amd64\nvirt=none", "1700000000 6.1.0-9-amd64\n1724000000 6.1.0-25-amd64\n", "",
			[]any{"6.1.0-9-amd64", "6.1.0-25-amd64", true, "2024-08-18T16:53:20Z"},
		},
		{
			"ubuntu, flag", "node=x\nkernel=6.8.0-45-generic\nvirt=kvm", "1724000000 6.8.0-45-generic\n", "flag=1725000000",
			[]any{"6.8.0-45-generic", "6.8.0-45-generic", true, "2024-08-30T06:40:00Z"},
		},
		{
			"rhel, needs-restarting says yes", "node=x\nkernel=5.14.0-427.13.1.el9_4.x86_64\nvirt=kvm", "1724000000 5.14.0-427.13.1.el9_4.x86_64\n", "needs_restarting=1",
			[]any{"5.14.0-427.13.1.el9_4.x86_64", "5.14.0-427.13.1.el9_4.x86_64", true, evidence.NotCollected},
		},
		{
			"rhel, newer kernel by its release", "node=x\nkernel=5.14.0-427.13.1.el9_4.x86_64", "1724000000 5.14.0-427.9.1.el9_4.x86_64\n0 5.14.0-503.el9.x86_64", "needs_restarting=0",
			[]any{"5.14.0-427.13.1.el9_4.x86_64", "5.14.0-503.el9.x86_64", true, evidence.NotCollected},
		},
		{"container", "node=x\nkernel=6.1.0-9-amd64\ncontainer=yes", "", "", []any{"6.1.0-9-amd64", "n/a", "n/a", "n/a"}},
		{"no kernel to compare", "node=x\nkernel=6.1.0", "", "", []any{"6.1.0", evidence.Unsupported, evidence.Unsupported, evidence.Unsupported}},
	} {
		t.Run(test.name, func(t *testing.T) {
			e := answered(map[string]string{"machine": test.machine, "kernels": test.kernels, "reboot": test.reboot}).Entity()
			want := map[string]any{}
			for i, p := range paths {
				want[p] = test.want[i]
			}
			if diff := cmp.Diff(want, attributes(e, paths...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompareVersions(t *testing.T) {
	ordered := []string{"", "1", "1.0rc1", "1.0", "1.0.1", "1.9", "1.10", "1.10.a", "1.10.1", "2", "18446744073709551616"}
	for i, a := range ordered {
		for j, b := range ordered {
			got, want := compareVersions(a, b), i-j
			if a == "1.0rc1" && b == "1.0" || a == "1.0" && b == "1.0rc1" {
				want = -want // without "~" a longer version is the newer one
			}
			if (got < 0) != (want < 0) || (got > 0) != (want > 0) {
				t.Errorf("compareVersions(%q, %q) = %d, want the sign of %d", a, b, got, want)
			}
		}
	}
}
