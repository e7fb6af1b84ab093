package facts

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// diskArea reads which writable file systems lie on encrypted disks. The kernel's own tables are asked, which every user may read and
// which need no tool: what is mounted, and what each block device stands on. A device is encrypted where dm-crypt lies under all of it,
// also below logical volumes and RAID; ZFS encrypts by itself. What a disk or a hypervisor does by itself does not show here.
func diskArea() Area {
	return Area{
		Name:  "disk",
		Attrs: []string{"disk.encrypted", "disk.unencrypted_mounts"},
		Sections: []script.Section{
			{Name: "mounts", Path: "/proc/self/mountinfo", Limit: 1 << 20, Shell: `
cat /proc/self/mountinfo
sed 1d /proc/swaps 2>/dev/null | while read -r f type x; do
  case $type in partition) printf 'swap %s\n' "$(readlink -f "$f" 2>/dev/null || echo "$f")";; file) printf 'swapfile %s\n' "$f";; esac
done
exit 0`},
			{Name: "blocks", Path: "/sys/class/block", Limit: 1 << 20, Shell: `
cd /sys/class/block || absent
for d in *; do
  [ -r "$d/dev" ] || continue
  u= n= b= p= dev=
  read -r dev <"$d/dev"
  [ ! -r "$d/dm/uuid" ] || read -r u <"$d/dm/uuid"
  [ ! -r "$d/dm/name" ] || read -r n <"$d/dm/name"
  [ ! -r "$d/loop/backing_file" ] || read -r b <"$d/loop/backing_file"
  if [ -e "$d/partition" ]; then p=$(cd -P "$d/.." && pwd); p=${p##*/}; fi
  s=
  for l in "$d"/slaves/*; do [ ! -e "$l" ] || s="$s ${l##*/}"; done
  printf 'name=%s\ndev=%s\nuuid=%s\ndm=%s\npart=%s\nslaves=%s\nfile=%s\n' "$d" "$dev" "$u" "$n" "$p" "${s# }" "$b"
done
for l in /sys/fs/btrfs/*/devices/*; do
  if [ -e "$l" ]; then f=${l%/devices/*}; printf 'btrfs=%s %s\n' "${f##*/}" "${l##*/}"; fi
done
exit 0`},
			{Name: "ciphers", Command: "cryptsetup status", Root: true, Shell: `
has cryptsetup || absent
for d in /sys/class/block/dm-*; do
  [ -r "$d/dm/uuid" ] || continue
  read -r u <"$d/dm/uuid"
  read -r n <"$d/dm/name"
  case $u in CRYPT-*) printf 'name=%s\n' "$n"; t cryptsetup status "$n" 2>/dev/null | sed -n 's/^ *cipher: */cipher=/p';; esac
done
exit 0`},
			{Name: "zfs", Command: "zfs get encryption", Shell: `
has zfs || absent
t zfs get -H -t filesystem -o name,value encryption 2>/dev/null | sed 's/^/set	/'
t zpool list -vHPL 2>/dev/null | awk '{ if ($1 !~ "^/") { if ($0 !~ "^[\t ]") pool = $1 } else print "dev\t" pool "\t" $1 }'
exit 0`},
		},
		Read: readDisk,
	}
}

// blockDevice is a device of the kernel and what it stands on.
type blockDevice struct {
	name, dev, uuid, dm, part, file string

	slaves []string
}

// mount is one line of proc_pid_mountinfo(5), or a swap area.
type mount struct {
	dev, root, point, fstype, source string

	readOnly bool
	swap     bool
}

// disks is what is known of the devices of a host.
type disks struct {
	devices map[string]*blockDevice // by name
	byDev   map[string]*blockDevice // by major:minor
	pools   map[string][]string     // devices under each btrfs, by each of its devices; under each pool of ZFS, by its name
	ciphers map[string]string       // by the name of the mapping
	zfs     map[string]string       // encryption by data set
	mounts  []mount
}

func readDisk(h *Host) {
	mounts, blocks := h.Result("mounts"), h.Result("blocks")
	for _, r := range []Result{mounts, blocks} {
		if !r.OK() {
			h.Facts.DiskEncrypted, h.Facts.DiskUnencryptedMounts = missing[bool](r), missing[[]string](r)
			return
		}
	}
	d := parseDisks(blocks.Output)
	d.mounts = parseMounts(mounts.Output)
	d.ciphers = parseCiphers(h.Result("ciphers").Output)
	d.readZFS(h.Result("zfs"))
	if len(d.mounts) == 0 {
		h.Facts.DiskEncrypted, h.Facts.DiskUnencryptedMounts = garbled[bool](mounts, "no mount"), garbled[[]string](mounts, "no mount")
		return
	}
	var plain, unclear []string
	seen := map[string]bool{}
	plainSwap := false
	for _, m := range d.mounts {
		if !m.counts() || seen[m.volume()] {
			continue
		}
		seen[m.volume()] = true
		encrypted, known := d.mounted(m, 0)
		switch {
		case !known:
			unclear = append(unclear, fmt.Sprintf("%s (%s)", m.point, m.fstype))
		case encrypted:
		case m.swap:
			plainSwap = true
		default:
			plain = append(plain, m.point)
		}
	}
	slices.Sort(plain)
	list := slices.Compact(append([]string{}, plain...))
	h.Facts.DiskUnencryptedMounts, h.Facts.DiskEncrypted = known(mounts, list), known(blocks, len(list) == 0 && !plainSwap)
	if len(unclear) > 0 {
		why := evidence.Unknown{
			Reason: evidence.Unsupported, Detail: "what lies under these file systems does not show: " + strings.Join(unclear, ", "), Source: h.Source,
		}
		h.Facts.DiskUnencryptedMounts = kind.AtLeast(list, why).From(mounts.Prov())
		if len(list) == 0 && !plainSwap {
			h.Facts.DiskEncrypted = kind.Because[bool](why).From(blocks.Prov())
		}
	}
}

// counts reports whether a mount is one of a writable file system on a disk of the host, the boot partition left out.
func (m *mount) counts() bool {
	if m.readOnly || slices.Contains([]string{"/boot", "/boot/efi", "/efi", "/boot/firmware"}, m.point) {
		return false
	}
	switch m.fstype {
	case "btrfs", "zfs", "overlay", "fuse.mergerfs", "bcachefs":
		return m.fstype != "overlay" || m.point == "/" // elsewhere its layers lie on mounts that are judged themselves
	}
	return m.swap || !strings.HasPrefix(m.dev, "0:")
}

// volume tells mounts of the same file system from others: bind mounts show it once more. Subvolumes and data sets count each.
func (m *mount) volume() string {
	if strings.HasPrefix(m.dev, "0:") {
		return m.fstype + " " + m.source + " " + m.root
	}
	return m.dev + " " + m.source
}

// maxDiskDepth is how many layers of devices are followed.
const maxDiskDepth = 12

// mounted reports whether a file system lies on encrypted devices, and whether that is known.
func (d *disks) mounted(m mount, depth int) (encrypted, known bool) {
	switch {
	case depth > maxDiskDepth:
		return false, false
	case m.fstype == "swapfile":
		return d.file(m.point, depth+1)
	case m.fstype == "zfs":
		return d.dataset(m.source)
	case m.fstype == "btrfs":
		name := d.nameOf(m.source)
		if all := d.pools[name]; len(all) > 0 {
			return d.all(all, depth+1)
		}
		return d.device(name, depth+1)
	}
	if b := d.byDev[m.dev]; b != nil {
		return d.device(b.name, depth+1)
	}
	return d.device(d.nameOf(m.source), depth+1)
}

// nameOf is the kernel's name of the device with the path; that of a mapping is found by the mapping's name.
func (d *disks) nameOf(source string) string {
	base := path.Base(source)
	if d.devices[base] != nil {
		return base
	}
	for name, b := range d.devices {
		if b.dm != "" && b.dm == base {
			return name
		}
	}
	return ""
}

// device reports whether a block device is encrypted.
func (d *disks) device(name string, depth int) (encrypted, known bool) {
	b := d.devices[name]
	switch {
	case b == nil || depth > maxDiskDepth:
		return false, false
	case encrypts(b.uuid):
		return !strings.Contains(d.ciphers[b.dm], "null"), true
	case len(b.slaves) > 0:
		return d.all(b.slaves, depth+1)
	case b.part != "" && b.part != name:
		return d.device(b.part, depth+1)
	case b.file != "":
		return d.file(b.file, depth+1)
	case strings.HasPrefix(name, "zram"):
		return true, true // memory
	}
	return false, true
}

// all reports whether all of the devices are encrypted: one that is not is enough.
func (d *disks) all(names []string, depth int) (encrypted, known bool) {
	encrypted, known = true, true
	for _, n := range names {
		e, k := d.device(n, depth)
		if k && !e {
			return false, true
		}
		encrypted, known = encrypted && e, known && k
	}
	return encrypted, known
}

// file reports whether the file system that holds a file is encrypted.
func (d *disks) file(name string, depth int) (encrypted, known bool) {
	var best *mount
	for i := range d.mounts {
		m := &d.mounts[i]
		inside := m.point == "/" || name == m.point || strings.HasPrefix(name, m.point+"/")
		if inside && !m.swap && (best == nil || len(m.point) >= len(best.point)) {
			best = m
		}
	}
	if best == nil {
		return false, false
	}
	return d.mounted(*best, depth)
}

// dataset reports whether a data set of ZFS is encrypted, by itself or by the devices of its pool.
func (d *disks) dataset(name string) (encrypted, known bool) {
	value, ok := d.zfs[name]
	if !ok || value == "-" {
		return false, false
	}
	if value != "off" {
		return true, true
	}
	pool, _, _ := strings.Cut(name, "/")
	names := make([]string, 0, len(d.pools["zfs "+pool]))
	for _, p := range d.pools["zfs "+pool] {
		names = append(names, d.nameOf(p))
	}
	if len(names) == 0 {
		return false, false
	}
	return d.all(names, 0)
}

// encrypts knows the targets of dm-crypt by the prefix that cryptsetup gives their UUIDs; dm-verity and dm-integrity have one too and
// encrypt nothing.
func encrypts(uuid string) bool {
	format, ok := strings.CutPrefix(uuid, "CRYPT-")
	for _, f := range []string{"LUKS1", "LUKS2", "PLAIN", "TCRYPT", "LOOPAES", "BITLK", "FVAULT2"} {
		if ok && (format == f || strings.HasPrefix(format, f+"-")) {
			return true
		}
	}
	return false
}

func parseDisks(text string) *disks {
	d := &disks{devices: map[string]*blockDevice{}, byDev: map[string]*blockDevice{}, pools: map[string][]string{}}
	var b *blockDevice
	btrfs := map[string][]string{}
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\n"), "=")
		switch {
		case key == "name":
			b = &blockDevice{name: value}
			d.devices[value] = b
		case key == "btrfs":
			id, name, _ := strings.Cut(value, " ")
			btrfs[id] = append(btrfs[id], name)
		case b == nil:
		case key == "dev":
			b.dev = value
			d.byDev[value] = b
		case key == "uuid":
			b.uuid = value
		case key == "dm":
			b.dm = value
		case key == "part":
			b.part = value
		case key == "slaves":
			b.slaves = strings.Fields(value)
		case key == "file":
			b.file = value
		}
	}
	for _, names := range btrfs {
		for _, n := range names {
			d.pools[n] = names
		}
	}
	return d
}

// readZFS reads the data sets and the devices of pools; without root zpool may print fewer.
func (d *disks) readZFS(r Result) {
	d.zfs = map[string]string{}
	for _, line := range r.Lines() {
		switch f := strings.Split(line, "\t"); {
		case len(f) == 3 && f[0] == "set":
			d.zfs[f[1]] = f[2]
		case len(f) == 3 && f[0] == "dev":
			d.pools["zfs "+f[1]] = append(d.pools["zfs "+f[1]], f[2])
		}
	}
}

func parseCiphers(text string) map[string]string {
	out, name := map[string]string{}, ""
	for line := range strings.Lines(text) {
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), "="); key {
		case "name":
			name = value
		case "cipher":
			out[name] = value
		}
	}
	return out
}

// parseMounts reads proc_pid_mountinfo(5) and the lines that the section adds for swap.
func parseMounts(text string) []mount {
	var out []mount
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 2 && strings.HasPrefix(f[0], "swap") {
			out = append(out, mount{point: f[1], source: f[1], fstype: f[0], swap: true})
			continue
		}
		dash := slices.Index(f, "-")
		if dash < 6 || len(f) < dash+4 {
			continue
		}
		m := mount{dev: f[2], root: unescapeMount(f[3]), point: unescapeMount(f[4]), fstype: f[dash+1], source: unescapeMount(f[dash+2])}
		m.readOnly = slices.Contains(strings.Split(f[5], ","), "ro") || slices.Contains(strings.Split(f[dash+3], ","), "ro")
		out = append(out, m)
	}
	return out
}

// unescapeMount undoes the octal escapes of proc_pid_mountinfo(5).
func unescapeMount(s string) string { return mountEscapes.Replace(s) }

var mountEscapes = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, " ", `\134`, `\`)
