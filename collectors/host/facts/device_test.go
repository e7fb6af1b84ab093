package facts

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

const desk = "node=x\nkernel=6\nvirt=none\nchassis=10\n"

func TestUSBStorage(t *testing.T) {
	for _, test := range []struct {
		name, usb, usbguard, units string
		want                       any
	}{
		{"nothing forbids it", "module=usb-storage.ko\nmodules=yes\n", "", "", "allowed"},
		{"install", "install usb-storage  /bin/false\nmodule=usb-storage.ko\nmodules=yes\n", "", "", "blocked"},
		{"blacklist with the other spelling", "blacklist usb_storage\nmodule=usb-storage.ko\nmodules=yes\n", "", "", "blocked"},
		{"forbidden, but loaded", "install usb-storage  /bin/false\nmodules=yes\nmodule=x\nloaded=yes\n", "", "", "allowed"},
		{"another module", "install uas  /bin/false\nmodule=usb-storage.ko\nmodules=yes\n", "", "", "allowed"},
		{"no such module", "modules=yes\n", "", "", "blocked"},
		{"modules are not there", "", "", "", evidence.Unsupported},
		{"USBGuard", "module=usb-storage.ko\nmodules=yes\n", "ImplicitPolicyTarget=block\n", "running systemd\nactive usbguard.service running\n", "blocked"},
		{"USBGuard does not run", "module=usb-storage.ko\nmodules=yes\n", "ImplicitPolicyTarget=block\n", "running systemd\n", "allowed"},
	} {
		e := answered(map[string]string{"machine": desk, "usb": test.usb, "usbguard": test.usbguard, "units": test.units}).Entity()
		if got := attributes(e, "removable_storage")["removable_storage"]; got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestScreenLock(t *testing.T) {
	for text, want := range map[string]any{
		"": "n/a",
		"session gnome.desktop\nin org/gnome/desktop/session\nset idle-delay 300\nlocked idle-delay\nlocked lock-enabled\nset lock-delay 5\n": int64(305),
		"session gnome.desktop\nset idle-delay 300\n":                                       evidence.NotCollected,
		"session gnome.desktop\nset lock-enabled false\nlocked lock-enabled\n":              int64(0),
		"session plasma.desktop\n":                                                          evidence.NotCollected,
		"session gnome.desktop\nset idle-delay x\nlocked idle-delay\nlocked lock-enabled\n": evidence.NotCollected,
	} {
		if got := attributes(answered(map[string]string{"screen": text}).Entity(), "screen_lock_seconds")["screen_lock_seconds"]; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

// TestFirmware reads JSON written by hand in the form of "fwupdmgr get-updates --json" of fwupd 1.9.
func TestFirmware(t *testing.T) {
	updates := `checked 1732233600
{"Devices": [{"Name": "System Firmware", "Releases": [{"AppstreamId": "com.example.uefi", "Version": "1.20", "Created": 1730000000}, {"Version": "1.19"}]}, {"Name": "Webcam"}]}`
	for _, test := range []struct {
		name, machine, text string
		checked, pending    any
	}{
		{"one is out", desk, updates, "2024-11-22T00:00:00Z", []any{map[string]any{"id": "com.example.uefi 1.20", "released_on": "2024-10-27"}}},
		{"none", desk, "checked 1732233600\n{\"Devices\": []}\n", "2024-11-22T00:00:00Z", []any{}},
		{"it printed nothing", desk, "checked 0\n", evidence.Unsupported, evidence.ParseError},
		{"never looked", desk, "checked 0\n{\"Devices\": []}\n", evidence.Unsupported, evidence.NotCollected},
		{"the daemon does not answer", desk, "checked 1732233600\n{\"Error\": {\"Message\": \"Failed to connect to daemon\"}}\n", "2024-11-22T00:00:00Z", evidence.APIError},
		{"a virtual machine", "node=x\nkernel=6\nvirt=kvm\n", updates, "n/a", "n/a"},
	} {
		got := attributes(answered(map[string]string{"machine": test.machine, "firmware": test.text}).Entity(), "firmware.checked_at", "firmware.pending")
		if diff := cmp.Diff(map[string]any{"firmware.checked_at": test.checked, "firmware.pending": test.pending}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}
