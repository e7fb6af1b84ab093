package facts

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// clockArea reads whether the clock follows a source and how far it is from it: from chrony, else from ntpd, else from systemd.
func clockArea() Area {
	return Area{
		Name:  "clock",
		Attrs: []string{"time.synchronised", "time.offset_ms"},
		Sections: []script.Section{
			{Name: "clock", Command: "timedatectl", Shell: `
if has chronyc; then kv chrony "$(t chronyc -n -c tracking 2>/dev/null)"; fi
if has ntpq; then kv ntp "$(t ntpq -n -c 'rv 0 leap,stratum,offset' 127.0.0.1 2>/dev/null)"; fi
if has timedatectl && [ -d /run/systemd/system ]; then
  kv systemd "$(t timedatectl show -p NTPSynchronized --value 2>/dev/null || t timedatectl status 2>/dev/null | sed -n 's/.*synchronized: //p')"
  kv offset "$(t timedatectl timesync-status 2>/dev/null | sed -n 's/^ *Offset: //p')"
fi
exit 0`},
		},
		Read: readClock,
	}
}

func readClock(h *Host) {
	r := h.Result("clock")
	f := &h.Facts
	if !r.OK() {
		f.TimeSynchronised, f.TimeOffsetMS = missing[bool](r), missing[int64](r)
		return
	}
	values := r.Values()
	f.TimeOffsetMS = unsaid[int64](r, evidence.Unsupported, "nothing on the host tells how far its clock is off")
	if on, offset, ok := chronyTracking(values["chrony"]); ok {
		setClock(h, r, on, offset)
		return
	}
	if on, offset, ok := ntpVariables(values["ntp"]); ok {
		setClock(h, r, on, offset)
		return
	}
	switch values["systemd"] {
	case "yes", "no":
		setClock(h, r, values["systemd"] == "yes", clockOffset(values["offset"]))
		return
	}
	daemon, certain := h.runs("chronyd", "ntpd", "systemd-timesyncd", "openntpd", "ntpsec", "ptp4l", "phc2sys", "timesyncd", "vmtoolsd", "VBoxService", "qemu-ga")
	switch {
	case daemon:
		f.TimeSynchronised = unsaid[bool](r, evidence.Unsupported, "a program that sets the clock runs, and nothing that tells how well is installed")
	case certain:
		f.TimeSynchronised = known(h.Result("processes"), false)
	default:
		f.TimeSynchronised = unsaid[bool](r, evidence.Unsupported, "nothing on the host tells whether its clock follows a source")
	}
}

// setClock notes the state of the clock; of one that follows no source the distance is not told.
func setClock(h *Host, r Result, on bool, offset kind.Attr[float64]) {
	h.Facts.TimeSynchronised = known(r, on)
	if v, ok := offset.Value(); ok && on && v < 1e12 {
		h.Facts.TimeOffsetMS = known(r, int64(math.Round(v)))
	}
	if !on {
		h.Facts.TimeOffsetMS = unsaid[int64](r, evidence.Unsupported, "the clock follows no source")
	}
}

// chronyTracking reads "chronyc -c tracking": values separated by commas, of which the fifth is the distance of the system's clock in
// seconds and the last whether it follows a source.
func chronyTracking(line string) (on bool, offset kind.Attr[float64], ok bool) {
	f := strings.Split(strings.TrimSpace(line), ",")
	if len(f) < 14 {
		return false, offset, false
	}
	seconds, err := strconv.ParseFloat(f[4], 64)
	if err != nil || math.IsNaN(seconds) {
		return false, offset, false
	}
	const local = "7F7F0101" // the clock is its own source
	leap := f[len(f)-1]
	return leap != "Not synchronised" && f[0] != local && f[0] != "00000000", kind.Known(math.Abs(seconds) * 1000), true
}

// ntpVariables reads "ntpq -c rv": leap=00, stratum=3, offset=-0.123 with the distance in milliseconds.
func ntpVariables(text string) (on bool, offset kind.Attr[float64], ok bool) {
	values := map[string]string{}
	for pair := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		if name, value, is := strings.Cut(pair, "="); is {
			values[name] = value
		}
	}
	ms, err := strconv.ParseFloat(values["offset"], 64)
	if err != nil || math.IsNaN(ms) || values["leap"] == "" {
		return false, offset, false
	}
	const unsynchronised = "16"
	return values["leap"] != "11" && values["leap"] != "3" && values["stratum"] != unsynchronised, kind.Known(math.Abs(ms)), true
}

// clockOffset reads a distance as timedatectl writes it: +1.234ms, -12us, or 1min 2.5s.
func clockOffset(text string) kind.Attr[float64] {
	var total time.Duration
	fields := strings.Fields(strings.TrimLeft(text, "+-"))
	for _, f := range fields {
		d, err := time.ParseDuration(strings.Replace(f, "min", "m", 1))
		if err != nil {
			return kind.Attr[float64]{}
		}
		total += d
	}
	if len(fields) == 0 {
		return kind.Attr[float64]{}
	}
	return kind.Known(math.Abs(float64(total) / float64(time.Millisecond)))
}
