package facts

import (
	"maps"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
)

// servicesArea asks what several other areas build on: which processes run, which units start at boot, what listens, and by which
// addresses and routes the host is reached. It yields nothing itself.
func servicesArea() Area {
	return Area{
		Name: "services",
		Base: true,
		Sections: []script.Section{
			// The names of processes only: their arguments may hold passwords.
			{Name: "processes", Path: "/proc", Shell: `
for d in /proc/[0-9]*; do
  if read -r c <"$d/comm"; then printf '%s %s\n' "${d#/proc/}" "$c"; fi
done 2>/dev/null
exit 0`},
			{Name: "units", Command: "systemctl list-units", Limit: 1 << 20, Shell: `
if has systemctl; then
  for d in /etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
    [ -d "$d" ] || continue
    cd "$d" || continue
    for f in *.service *.socket *.timer; do
      if [ -L "$f" ] && [ "$(readlink "$f")" = /dev/null ]; then echo "file $f masked"; elif [ -e "$f" ]; then echo "file $f installed"; fi
    done
    for f in *.wants/* *.requires/*; do case ${f##*/} in *.service|*.socket|*.timer) echo "file ${f##*/} enabled";; esac; done
    case $d in /usr/lib/*) [ ! -L /lib ] || break;; esac
  done
  if [ -d /run/systemd/system ]; then
    echo running systemd
    t systemctl list-units --no-legend --no-pager --plain --state=active --type=service,socket,timer 2>/dev/null | awk '{ print "active", $1, $4 }'
  fi
elif has rc-update; then
  rc-update -q show 2>/dev/null | awk '$3 != "" { print "file", $1 ".service", "enabled" }'
  if has rc-status; then
    echo running openrc
    rc-status -q -a -f ini 2>/dev/null | awk '$3 == "started" { print "active", $1 ".service", "running" }'
  fi
else absent; fi
exit 0`},
			{Name: "sockets", Command: "ss -lntup", Shell: `
if has ss; then t ss -lntup; elif has netstat; then t netstat -lntup 2>/dev/null || t netstat -lntu; else absent; fi`},
			{Name: "network", Path: "/proc/net/route", Shell: `
while read -r i d g f r u m mask x; do echo "route4 $i $d $mask"; done </proc/net/route
[ ! -r /proc/net/ipv6_route ] || awk '{ print "route6", $10, $1, $2, $9 }' /proc/net/ipv6_route
[ ! -r /proc/net/if_inet6 ] || awk '{ print "addr6", $6, $1 }' /proc/net/if_inet6
if has ip; then t ip -o -4 addr show 2>/dev/null | awk '{ print "addr4", $2, $4 }'; fi
exit 0`},
		},
		Read: func(*Host) {},
	}
}

// runs reports whether a process has one of the names, and whether that is known: where the host hides the processes of others, nothing
// is concluded from an absence. The kernel keeps 15 bytes of a name.
func (h *Host) runs(names ...string) (running, known bool) {
	if h.processes == nil {
		h.processes = h.readProcesses()
	}
	for _, n := range names {
		if h.processes.names[n[:min(len(n), 15)]] {
			return true, true
		}
	}
	return false, h.processes.whole
}

// processes are the names of what runs on a host.
type processes struct {
	names map[string]bool
	whole bool // those of all users are among them
}

func (h *Host) readProcesses() *processes {
	r := h.Result("processes")
	out := &processes{names: map[string]bool{}}
	for _, line := range r.Lines() {
		id, name, _ := strings.Cut(line, " ")
		out.whole = out.whole || id == "1"
		out.names[name] = true
	}
	out.whole = out.whole && r.OK()
	return out
}

// units are the services, sockets and timers of a host.
type units struct {
	known   bool              // they were read
	managed bool              // a manager runs that says which are active
	files   map[string]string // by name: masked, enabled (it starts at boot, or with what does), or only installed
	active  map[string]bool
}

func (h *Host) units() units {
	if h.installedUnits == nil {
		read := h.readUnits()
		h.installedUnits = &read
	}
	return *h.installedUnits
}

func (h *Host) readUnits() units {
	r := h.Result("units")
	out := units{known: r.OK(), files: map[string]string{}, active: map[string]bool{}}
	for _, line := range r.Lines() {
		switch f := strings.Fields(line); {
		case f[0] == "running":
			out.managed = true
		case f[0] == "file" && len(f) == 3:
			if old := out.files[f[1]]; old == "" || old == "installed" && f[2] == "enabled" {
				out.files[f[1]] = f[2] // what stands in /etc comes first, and masks what comes later
			}
		case f[0] == "active" && len(f) > 1:
			out.active[f[1]] = true
		}
	}
	return out
}

// has reports whether there is a unit of one of the names, and whether one of them starts at boot, or is active now.
func (u units) has(names ...string) (installed, starts, active bool) {
	for _, n := range names {
		for _, unit := range []string{n, n + ".service"} {
			state, ok := u.files[unit]
			installed = installed || ok && state != "masked" || u.active[unit]
			starts = starts || state == "enabled"
			active = active || u.active[unit]
		}
	}
	return installed, starts, active
}

// socket is something that listens on a port.
type socket struct {
	protocol string // tcp or udp
	address  netip.Addr
	port     int64
	process  string // "" where only root sees it
}

// loopback reports whether only the host itself reaches it.
func (s socket) loopback() bool { return s.address.IsLoopback() }

// sockets reads what ss(8) or netstat(8) print, in the order in which they do.
func (h *Host) sockets() []socket {
	var out []socket
	for _, line := range h.Result("sockets").Lines() {
		if s, ok := parseSocket(line); ok && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func parseSocket(line string) (socket, bool) {
	f := strings.Fields(line)
	if len(f) < 5 || !strings.HasPrefix(f[0], "tcp") && !strings.HasPrefix(f[0], "udp") {
		return socket{}, false
	}
	local := f[4] // ss: Netid State Recv-Q Send-Q Local
	if _, err := strconv.Atoi(f[1]); err == nil {
		local = f[3] // netstat: Proto Recv-Q Send-Q Local
	}
	colon := strings.LastIndexByte(local, ':')
	if colon < 0 {
		return socket{}, false
	}
	port, err := strconv.ParseInt(local[colon+1:], 10, 64)
	if err != nil || port < 1 || port > 65535 {
		return socket{}, false
	}
	host, _, _ := strings.Cut(strings.Trim(local[:colon], "[]"), "%")
	host = strings.TrimSuffix(host, "]")
	if host == "*" || host == "" {
		host = "::"
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return socket{}, false
	}
	s := socket{protocol: f[0][:3], address: address.Unmap(), port: port}
	if m := socketUser.FindStringSubmatch(line); m != nil {
		s.process = m[1]
	} else if _, name, ok := strings.Cut(f[len(f)-1], "/"); ok {
		s.process = path.Base(strings.TrimSuffix(name, ":"))
	}
	return s, true
}

var socketUser = regexp.MustCompile(`users:\(\("([^"]*)"`)

// network is by which interfaces and addresses a host is reached.
type network struct {
	known    bool
	defaults []string                  // interfaces that lead everywhere
	routes   map[string][]netip.Prefix // what else is behind an interface
	addrs    []netip.Addr              // its own addresses but loopback
	ipv6     bool                      // it has IPv6
}

func (h *Host) network() network {
	r := h.Result("network")
	n := network{known: r.OK(), routes: map[string][]netip.Prefix{}}
	for _, line := range r.Lines() {
		f := strings.Fields(line)
		var prefix netip.Prefix
		switch {
		case len(f) == 4 && f[0] == "route4":
			prefix = route4(f[2], f[3])
		case len(f) == 5 && f[0] == "route6" && f[1] != "lo" && leadsAway(f[4]):
			prefix = route6(f[2], f[3])
		case len(f) == 3 && f[0] == "addr6":
			if a := route6(f[2], "80").Addr(); a.IsValid() && !a.IsLoopback() {
				n.addrs, n.ipv6 = append(n.addrs, a), true
			}
			continue
		case len(f) == 3 && f[0] == "addr4":
			if p, err := netip.ParsePrefix(f[2]); err == nil && !p.Addr().IsLoopback() {
				n.addrs = append(n.addrs, p.Addr())
			}
			continue
		}
		switch {
		case !prefix.IsValid() || prefix.Addr().IsMulticast():
		case prefix.Bits() == 0:
			n.defaults = append(n.defaults, f[1])
		default:
			n.routes[f[1]] = append(n.routes[f[1]], prefix)
		}
	}
	return n
}

// leadsAway reports whether the flags of a line of /proc/net/ipv6_route say that the route leads to others: it is neither for an address
// of the host itself (RTF_LOCAL) nor one that refuses (RTF_REJECT).
func leadsAway(flags string) bool {
	n, err := strconv.ParseUint(flags, 16, 32)
	return err == nil && n&0x80000200 == 0
}

// route4 reads an address and mask of /proc/net/route: hexadecimal, the lowest byte first.
func route4(address, mask string) netip.Prefix {
	a, errA := strconv.ParseUint(address, 16, 32)
	m, errM := strconv.ParseUint(mask, 16, 32)
	if errA != nil || errM != nil {
		return netip.Prefix{}
	}
	bits := 0
	for ; m != 0; m &= m - 1 {
		bits++
	}
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(a), byte(a >> 8), byte(a >> 16), byte(a >> 24)}), bits)
}

// route6 reads an address and the length of its prefix as /proc/net/ipv6_route writes them: in hexadecimal.
func route6(address, bits string) netip.Prefix {
	n, err := strconv.ParseUint(bits, 16, 8)
	if err != nil || n > 128 || len(address) != 32 {
		return netip.Prefix{}
	}
	var b [16]byte
	for i := range b {
		v, err := strconv.ParseUint(address[2*i:2*i+2], 16, 8)
		if err != nil {
			return netip.Prefix{}
		}
		b[i] = byte(v)
	}
	return netip.PrefixFrom(netip.AddrFrom16(b), int(n))
}

// sortedKeys are the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
