package facts

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/reference/eol"
)

// osArea reads the operating system and its end of life, what sort of machine it is, its kernel and whether a restart is due.
func osArea() Area {
	return Area{
		Name: "os",
		Base: true, Attrs: []string{"kind", "hostname", "os.name", "os.version", "os.eol_on", "instance_role", "kernel.running", "kernel.installed_latest", "reboot_required", "reboot_required_since"},
		Sections: []script.Section{
			{Name: "os", Path: "/etc/os-release", Shell: `
if [ -r /etc/os-release ]; then cat /etc/os-release; else cat /usr/lib/os-release; fi`},
			{Name: "machine", Command: "uname", Shell: `
kv node "$(uname -n)"
kv kernel "$(uname -r)"
if has systemd-detect-virt; then kv virt "$(systemd-detect-virt 2>/dev/null)"; fi
[ ! -e /.dockerenv ] && [ ! -e /run/.containerenv ] || kv container yes
kv chassis "$(cat /sys/class/dmi/id/chassis_type 2>/dev/null)"
kv vendor "$(cat /sys/class/dmi/id/sys_vendor 2>/dev/null)"
kv product "$(cat /sys/class/dmi/id/product_name 2>/dev/null)"
kv asset "$(cat /sys/class/dmi/id/board_asset_tag 2>/dev/null)"
kv cloud "$(cat /run/cloud-init/cloud-id 2>/dev/null)"
kv instance "$(cat /var/lib/cloud/data/instance-id 2>/dev/null)"
exit 0`},
			{Name: "kernels", Command: "ls /boot", Shell: `
for f in /boot/vmlinuz-* /boot/vmlinux-* /boot/Image-* /usr/lib/modules/*/vmlinuz /lib/modules/*/vmlinuz; do
  [ -e "$f" ] || continue
  v=${f#/boot/*-}
  case $f in */modules/*) v=${f%/vmlinuz}; v=${v##*/};; esac
  printf '%s %s\n' "$(stat -c %Y "$f" 2>/dev/null || echo 0)" "$v"
done
exit 0`},
			{Name: "reboot", Command: "needs-restarting -r", Shell: `
for f in /run/reboot-required /var/run/reboot-required /run/reboot-needed; do
  if [ -e "$f" ]; then kv flag "$(stat -c %Y "$f" 2>/dev/null || echo 0)"; break; fi
done
if has needs-restarting; then t needs-restarting -r >/dev/null 2>&1; kv needs_restarting "$?"
elif has zypper; then t zypper --non-interactive needs-rebooting >/dev/null 2>&1; kv needs_rebooting "$?"
fi
exit 0`},
		},
		Read: readOS,
	}
}

func readOS(h *Host) {
	readRelease(h)
	m := h.Result("machine")
	values := m.Values()
	if !m.OK() {
		h.Facts.Hostname, h.Facts.KernelRunning = missing[string](m), missing[string](m)
		setKind(h, missing[string](m))
		h.Facts.KernelInstalledLatest, h.Facts.RebootRequired = missing[string](m), missing[bool](m)
		h.Facts.RebootRequiredSince = missing[kind.Time](m)
		return
	}
	h.Facts.Hostname, h.Facts.KernelRunning = orGarbled(m, values["node"], "no node name"), orGarbled(m, values["kernel"], "no kernel")
	found := machineKind(m, values)
	setKind(h, found)
	readCloud(h, m, values, found)
	readKernel(h, values)
}

// nodeName is the name that the host gives itself, without its domain; "" where it gave none that is fit for an identifier.
func (h *Host) nodeName() string {
	name, _, _ := strings.Cut(h.Result("machine").Values()["node"], ".")
	if !hostName.MatchString(name) {
		return ""
	}
	return name
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})$`)

func orGarbled(r Result, value, what string) kind.Attr[string] {
	if value == "" {
		return garbled[string](r, what)
	}
	return known(r, value)
}

// setKind sets what sort of machine it is, unless the inventory says it.
func setKind(h *Host, found kind.Attr[string]) {
	if !h.Facts.Kind.IsSet() {
		h.Facts.Kind = found
	}
}

// readRelease reads os-release(5).
func readRelease(h *Host) {
	r := h.Result("os")
	if !r.OK() {
		h.Facts.OSName, h.Facts.OSVersion, h.Facts.OSEOLOn = missing[string](r), missing[string](r), missing[kind.Date](r)
		return
	}
	release := parseOSRelease(r.Output)
	id, version := cmp.Or(release["ID"], "linux"), release["VERSION_ID"] // os-release(5) gives ID that default
	h.Facts.OSName = known(r, id)
	if version == "" { // rolling releases have none
		h.Facts.OSVersion = unsaid[string](r, evidence.Unsupported, "os-release states no VERSION_ID, as rolling and testing releases do")
		h.Facts.OSEOLOn = unsaid[kind.Date](r, evidence.Unsupported, "a release without a version has no end of life in Assay's table")
		return
	}
	h.Facts.OSVersion = known(r, version)
	support, ok := eol.Find(id, version)
	switch {
	case !ok:
		h.Facts.OSEOLOn = unsaid[kind.Date](r, evidence.Unsupported, "Assay's end-of-life table has no "+id+" "+version)
	case support.EndsOn == "":
		h.Facts.OSEOLOn = unsaid[kind.Date](r, evidence.Unsupported, id+" "+version+" is supported and its maker announced no end as of "+support.AsOf)
	default:
		h.Facts.OSEOLOn = known(r, kind.Date(support.EndsOn))
	}
}

// parseOSRelease reads os-release(5): NAME=value lines in the syntax of a shell, with quotes and backslashes but no expansion.
func parseOSRelease(text string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		if n := len(value); n >= 2 && (value[0] == '"' || value[0] == '\'') && value[n-1] == value[0] {
			value = value[1 : n-1]
		}
		out[name] = unescape.Replace(value)
	}
	return out
}

var unescape = strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\$`, `$`, "\\`", "`")

// machineKind tells what sort of machine it is: by what virtualises it, else by its chassis (SMBIOS, table 17).
func machineKind(r Result, values map[string]string) kind.Attr[string] {
	virtual := values["virt"] != "" && values["virt"] != "none"
	if virtual || values["container"] != "" || isVirtualProduct(values["vendor"]+" "+values["product"]) {
		return known(r, "vm")
	}
	switch values["chassis"] {
	case "3", "4", "5", "6", "7", "13", "15", "16", "24", "35", "36":
		return known(r, "workstation")
	case "8", "9", "10", "11", "14", "30", "31", "32":
		return known(r, "laptop")
	case "17", "22", "23", "25", "27", "28", "29":
		return known(r, "server")
	}
	return unsaid[string](r, evidence.Unsupported, "neither systemd-detect-virt nor the chassis type tell what sort of machine it is; say it in the inventory (kind)")
}

// isVirtualProduct knows the names that hypervisors write into the tables of the firmware, for hosts without systemd.
func isVirtualProduct(name string) bool {
	for _, mark := range []string{"KVM", "QEMU", "VMware", "VirtualBox", "Xen", "Bochs", "Virtual Machine", "Amazon EC2", "Google Compute Engine", "OpenStack", "Hetzner", "DigitalOcean"} {
		if strings.Contains(name, mark) {
			return !strings.Contains(name, ".metal")
		}
	}
	return false
}

// readCloud finds the instance that the host is in EC2, so that its entity and AWS's become one. Only the firmware's word and
// cloud-init's are taken, and only where the maker is Amazon. Which role the instance has, only the cloud's own service tells; it is not
// asked, because that is a request over a network, with a session of its own. A machine that is no cloud's instance needs no role: one that
// shows its chassis, or stands at a provider that has no roles, or of which the inventory says so.
func readCloud(h *Host, r Result, values map[string]string, found kind.Attr[string]) {
	amazon := strings.Contains(values["vendor"], "Amazon EC2") || values["cloud"] == "aws"
	for _, id := range []string{values["asset"], values["instance"]} {
		if amazon && instanceID.MatchString(id) {
			h.Aliases = append(h.Aliases, "instance:"+id)
			break
		}
	}
	machine, _ := found.Value()
	switch {
	case amazon:
		h.Facts.InstanceRole = unsaid[string](r, evidence.NotCollected, "only AWS tells which role the instance has; scan the account too (aws:)")
	case values["cloud"] != "" && values["cloud"] != "none" && values["cloud"] != "nocloud" && !withoutRoles(values):
		h.Facts.InstanceRole = unsaid[string](r, evidence.NotCollected, "which role the instance has only its cloud tells, which is not read")
	case h.Labels.Cloud == "none", machine != "" && machine != "vm", withoutRoles(values):
		h.Facts.InstanceRole = kind.NA[string]()
	default:
		h.Facts.InstanceRole = unsaid[string](r, evidence.NotCollected, "whether the machine is a cloud's instance does not show on it; if it is none, say so in the inventory (cloud: none)")
	}
}

// withoutRoles knows, by their names in the tables of the firmware, the hypervisors that people run and the providers whose machines have no
// roles.
func withoutRoles(values map[string]string) bool {
	return slices.ContainsFunc([]string{"VMware, Inc.", "innotek GmbH", "Hetzner", "DigitalOcean", "Vultr", "Linode", "Akamai"}, func(vendor string) bool {
		return strings.HasPrefix(values["vendor"], vendor)
	})
}

var instanceID = regexp.MustCompile(`^i-[0-9a-f]{8,17}$`)

// readKernel compares the kernel that runs with those that are installed, and reads the marks that package managers leave.
func readKernel(h *Host, machine map[string]string) {
	reboot, kernels := h.Result("reboot"), h.Result("kernels")
	f := &h.Facts
	if machine["container"] != "" || strings.HasPrefix(machine["virt"], "container") || isContainer(machine["virt"]) {
		f.KernelInstalledLatest, f.RebootRequired, f.RebootRequiredSince = kind.NA[string](), kind.NA[bool](), kind.NA[kind.Time]()
		return
	}
	latest, changed := latestKernel(kernels.Lines(), machine["kernel"])
	switch {
	case !kernels.OK():
		f.KernelInstalledLatest = missing[string](kernels)
	case latest == "":
		f.KernelInstalledLatest = unsaid[string](kernels, evidence.Unsupported, "/boot and /lib/modules hold no kernel of the running flavour")
	default:
		f.KernelInstalledLatest = known(kernels, latest)
	}
	marks := reboot.Values()
	flag, flagged := marks["flag"]
	asked := marks["needs_restarting"] == "1" || marks["needs_rebooting"] == "102"
	switch {
	case flagged || asked:
		f.RebootRequired = known(reboot, true)
		f.RebootRequiredSince = unsaid[kind.Time](reboot, evidence.NotCollected, "the package manager does not say since when")
		if at, ok := h.seconds(flag); ok {
			f.RebootRequiredSince = known(reboot, at)
		}
	case latest != "" && compareVersions(machine["kernel"], latest) < 0:
		f.RebootRequired = known(kernels, true)
		f.RebootRequiredSince = unsaid[kind.Time](kernels, evidence.NotCollected, "the kernel's file tells no time")
		if at, ok := h.Since1970(changed); ok && changed > 0 {
			f.RebootRequiredSince = known(kernels, at)
		}
	case !reboot.OK():
		f.RebootRequired, f.RebootRequiredSince = missing[bool](reboot), missing[kind.Time](reboot)
	case latest != "" || marks["needs_restarting"] == "0" || marks["needs_rebooting"] == "0":
		f.RebootRequired, f.RebootRequiredSince = known(reboot, false), kind.NA[kind.Time]()
	default:
		why := "no package manager on the host tells whether a restart is due, and no kernel is installed to compare with"
		f.RebootRequired = unsaid[bool](reboot, evidence.Unsupported, why)
		f.RebootRequiredSince = unsaid[kind.Time](reboot, evidence.Unsupported, why)
	}
}

// isContainer knows the answers of systemd-detect-virt that mean a container, whose kernel is its host's.
func isContainer(virt string) bool {
	switch virt {
	case "docker", "podman", "lxc", "lxc-libvirt", "systemd-nspawn", "openvz", "rkt", "wsl", "proot", "pouch", "container-other":
		return true
	}
	return false
}
