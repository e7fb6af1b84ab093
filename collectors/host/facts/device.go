package facts

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// deviceArea reads what matters where people sit before a machine, and what its maker mends: USB storage, the lock of the screen, and the
// updates of firmware.
func deviceArea() Area {
	return Area{
		Name:  "device",
		Attrs: []string{"removable_storage", "screen_lock_seconds", "firmware.checked_at", "firmware.pending"},
		Sections: []script.Section{
			{Name: "usb", Path: "/etc/modprobe.d", Shell: `
cat /etc/modprobe.d/*.conf /run/modprobe.d/*.conf /usr/lib/modprobe.d/*.conf /lib/modprobe.d/*.conf 2>/dev/null |
  sed -n 's/^[[:space:]]*\(install\|blacklist\)[[:space:]]\{1,\}\(usb[-_]storage\|uas\)\([[:space:]].*\)\{0,1\}$/\1 \2 \3/p'
m=/lib/modules/$(uname -r)
if [ -d "$m" ]; then
  kv builtin "$(grep -o 'usb-storage\.ko' "$m/modules.builtin" 2>/dev/null)"
  kv module "$(grep -o 'usb-storage\.ko' "$m/modules.dep" 2>/dev/null | head -n 1)"
  echo modules=yes
fi
[ ! -d /sys/module/usb_storage ] || echo loaded=yes
exit 0`},
			{Name: "usbguard", Path: "/etc/usbguard/usbguard-daemon.conf", Root: true, Shell: `
[ -e /etc/usbguard/usbguard-daemon.conf ] || absent
sed -n 's/^[[:space:]]*\(ImplicitPolicyTarget\)[[:space:]]*=[[:space:]]*/\1=/p' /etc/usbguard/usbguard-daemon.conf`},
			{Name: "screen", Path: "/etc/dconf/db", Shell: `
for f in /usr/share/xsessions/*.desktop /usr/share/wayland-sessions/*.desktop; do [ ! -e "$f" ] || echo "session ${f##*/}"; done
for f in /etc/dconf/db/*.d/*; do
  [ ! -f "$f" ] || sed -n -e 's|^\[\(org/gnome/desktop/[a-z]*\)\]|in \1|p' -e 's/^\(idle-delay\|lock-enabled\|lock-delay\)[[:space:]]*=[[:space:]]*\(uint32 \)\{0,1\}/set \1 /p' "$f"
done
for f in /etc/dconf/db/*.d/locks/*; do [ ! -f "$f" ] || sed -n 's|^/org/gnome/desktop/[a-z]*/\([a-z-]*\).*|locked \1|p' "$f"; done
exit 0`},
			{Name: "firmware", Command: "fwupdmgr get-updates", Shell: `
has fwupdmgr || absent
if has systemd-detect-virt && systemd-detect-virt -q; then absent; fi
m=0
for f in /var/lib/fwupd/remotes.d/*/* /var/lib/fwupd/metadata/*/*; do
  [ -f "$f" ] || continue
  c=$(stat -c %Y "$f"); [ "$c" -le "$m" ] || m=$c
done
printf 'checked %s\n' "$m"
t fwupdmgr get-updates --json --no-unreported-check --no-metadata-check --no-remote-check 2>/dev/null
exit 0`},
		},
		Read: readDevice,
	}
}

func readDevice(h *Host) {
	f := &h.Facts
	machine, known := f.Kind.Value()
	values := h.Result("machine").Values()
	virtual := known && machine == "vm" || values["container"] != "" || isContainer(values["virt"])
	if virtual {
		f.RemovableStorage, f.FirmwareCheckedAt, f.FirmwarePending = kind.NA[string](), kind.NA[kind.Time](), kind.NA[[]kind.HostFirmwarePending]()
	} else {
		f.RemovableStorage = usbStorage(h)
		f.FirmwareCheckedAt, f.FirmwarePending = firmware(h)
	}
	f.ScreenLockSeconds = screenLock(h.Result("screen"))
}

// usbStorage reports what happens to USB storage: it is blocked where its driver cannot be loaded, or USBGuard blocks what no rule names.
func usbStorage(h *Host) kind.Attr[string] {
	r, guard := h.Result("usb"), h.Result("usbguard")
	if _, _, active := h.units().has("usbguard"); active {
		if !guard.OK() {
			return missing[string](guard)
		}
		if target := guard.Values()["ImplicitPolicyTarget"]; target == "block" || target == "reject" {
			return known(guard, "blocked")
		}
	}
	if !r.OK() {
		return missing[string](r)
	}
	values, refused := r.Values(), false
	for _, line := range r.Lines() {
		f := strings.Fields(strings.ReplaceAll(line, "_", "-"))
		if len(f) < 2 || f[1] != "usb-storage" {
			continue
		}
		switch {
		case f[0] == "blacklist":
			refused = true
		case f[0] == "install" && len(f) > 2 && (strings.HasSuffix(f[2], "/true") || strings.HasSuffix(f[2], "/false")):
			refused = true
		}
	}
	switch {
	case values["builtin"] != "" || values["loaded"] != "":
		return known(r, "allowed")
	case refused || values["modules"] != "" && values["module"] == "":
		return known(r, "blocked")
	case values["modules"] == "":
		return unsaid[string](r, evidence.Unsupported, "the modules of the running kernel are not on the host")
	}
	return known(r, "allowed")
}

// screenLock reads after how long the screen locks, as the administrator fixed it for everybody: dconf(7) with a lock. What each person
// chose is not read.
func screenLock(r Result) kind.Attr[int64] {
	if !r.OK() {
		return missing[int64](r)
	}
	desktop, values, locked := false, map[string]string{"lock-enabled": "true", "lock-delay": "0"}, map[string]bool{}
	for _, line := range r.Lines() {
		switch f := strings.Fields(line); {
		case f[0] == "session":
			desktop = true
		case f[0] == "set" && len(f) == 3:
			values[f[1]] = f[2]
		case f[0] == "locked" && len(f) == 2:
			locked[f[1]] = true
		}
	}
	if !desktop {
		return kind.NA[int64]()
	}
	idle, errIdle := strconv.ParseInt(values["idle-delay"], 10, 32)
	delay, errDelay := strconv.ParseInt(values["lock-delay"], 10, 32)
	switch {
	case locked["lock-enabled"] && values["lock-enabled"] == "false", locked["idle-delay"] && errIdle == nil && idle == 0:
		return known(r, int64(0))
	case locked["idle-delay"] && locked["lock-enabled"] && errIdle == nil && errDelay == nil:
		return known(r, idle+delay)
	}
	return unsaid[int64](r, evidence.NotCollected, "each person sets the lock of the screen; no setting is fixed for everybody (dconf locks)")
}

// firmware reads what fwupd(8) knows of updates, and when its metadata was last fetched.
func firmware(h *Host) (kind.Attr[kind.Time], kind.Attr[[]kind.HostFirmwarePending]) {
	r := h.Result("firmware")
	if !r.OK() {
		return missing[kind.Time](r), missing[[]kind.HostFirmwarePending](r)
	}
	head, body, _ := strings.Cut(strings.TrimSpace(r.Output), "\n")
	checked := unsaid[kind.Time](r, evidence.Unsupported, "fwupd has never fetched its list of updates")
	if at, ok := h.seconds(strings.TrimPrefix(head, "checked ")); ok {
		checked = known(r, at)
	}
	var doc struct {
		Error *struct {
			Message string `json:"Message"`
		} `json:"Error"`
		Devices []struct {
			Releases []struct {
				AppstreamID string `json:"AppstreamId"`
				Version     string `json:"Version"`
				Created     int64  `json:"Created"`
			} `json:"Releases"`
		} `json:"Devices"`
	}
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		return checked, garbled[[]kind.HostFirmwarePending](r, err.Error())
	}
	switch {
	case doc.Error != nil: // such as a daemon that cannot be reached
		return checked, unsaid[[]kind.HostFirmwarePending](r, evidence.APIError, "fwupdmgr get-updates failed: "+script.Line(doc.Error.Message, 200))
	case len(doc.Devices) == 0 && !checked.IsKnown():
		return checked, unsaid[[]kind.HostFirmwarePending](r, evidence.NotCollected, "fwupd has never fetched its list of updates")
	}
	pending := []kind.HostFirmwarePending{}
	for _, d := range doc.Devices {
		if len(d.Releases) == 0 {
			continue
		}
		newest := d.Releases[0]
		item := kind.HostFirmwarePending{
			ID:         kind.Known(strings.TrimSpace(newest.AppstreamID + " " + newest.Version)),
			ReleasedOn: unsaid[kind.Date](r, evidence.Unsupported, "fwupd states no date").From(nil),
		}
		if at, ok := h.Since1970(newest.Created); ok && newest.Created > 0 {
			item.ReleasedOn = kind.Known(kind.Date(at[:len("2006-01-02")]))
		}
		pending = append(pending, item)
	}
	return checked, known(r, pending)
}
