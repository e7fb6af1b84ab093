package facts

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// sensorsSection asks the sensors that have a command for it how they are. The commands only read; all of them want root. What each says is
// printed as a file named after the product's slug. Who prevents and who only reports is decided in the consoles of these products and not
// told by their commands; what they tell is whether the sensor works, and whether it reaches its console now.
func sensorsSection() script.Section {
	return script.Section{Name: "sensors", Command: "falconctl, sentinelctl, elastic-agent, ampcli", Root: true, Late: true, Limit: 128 << 10, Shell: `
some=
ask() {
  [ -x "$2" ] || return
  some=yes n_=$1; shift
  printf '\n%s:file %s - %s\n' "$B" "$n_" "$n_"
  t "$@" 2>/dev/null | head -c 60000
}
ask falcon /opt/CrowdStrike/falconctl -g --rfm-state
ask falcon /opt/CrowdStrike/falconctl -g --aid
ask sentinelone /opt/sentinelone/bin/sentinelctl control status
ask sentinelone /opt/sentinelone/bin/sentinelctl management status
ask elastic /opt/Elastic/Agent/elastic-agent status --output json
ask cisco /opt/cisco/amp/bin/ampcli status
[ -n "$some" ] || absent
exit 0`}
}

// sensors reads what the section printed, by the slug of the product.
func sensors(r Result) map[string]string {
	out := map[string]string{}
	if !r.OK() {
		return out
	}
	for _, f := range r.Files() {
		out[f.Tag] += f.Text + "\n"
	}
	return out
}

// told adds to an agent what the command of its product says of it.
func (f *findings) told(a *kind.Agent, p product) {
	r := f.Result("sensors")
	if !r.OK() {
		switch p.slug {
		case "falcon", "sentinelone", "elastic", "cisco":
			if r.State != script.Absent {
				a.LastCheckinAt = missing[kind.Time](r)
			}
		}
		return
	}
	text, ok := f.sensors[p.slug]
	if !ok {
		return
	}
	switch p.slug {
	case "falcon":
		f.falcon(r, a, text)
	case "sentinelone":
		f.connected(r, a, fieldOf(text, "Connectivity"), "On", p.name)
		if fieldOf(text, "Agent state") == "Disabled" {
			a.Running = known(r, false)
		}
	case "elastic":
		f.elastic(r, a, text)
	case "cisco":
		f.connected(r, a, fieldOf(text, "Status"), "Connected", p.name)
		if fieldOf(text, "Mode") == "Disabled" {
			a.Running = known(r, false)
		}
	}
}

// connected notes that the sensor has a connection to its console at the time of the question. One without says nothing of the last time that
// it had.
func (f *findings) connected(r Result, a *kind.Agent, state, want, product string) {
	switch state {
	case want:
		a.LastCheckinAt = known(r, f.Time(f.At))
	case "":
		a.LastCheckinAt = garbled[kind.Time](r, "the command of "+product+" does not say whether it is connected")
	default:
		a.LastCheckinAt = unsaid[kind.Time](r, evidence.Unsupported, product+" has no connection to its console ("+script.Line(state, 60)+"); since when is not told")
	}
}

// fieldOf is the value of the line that begins with the name, a colon or blanks after it; "" where there is none.
func fieldOf(text, name string) string {
	for line := range strings.Lines(text) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), name)
		if value := strings.TrimSpace(strings.TrimLeft(rest, ": \t")); ok && value != "" && (rest[0] == ':' || rest[0] == ' ' || rest[0] == '\t') {
			return value
		}
	}
	return ""
}

var (
	falconRFM = regexp.MustCompile(`rfm-state\s*=\s*(true|false)`)
	falconAID = regexp.MustCompile(`aid\s*=\s*"?([0-9a-fA-F]{32})|aid is not set`)
)

// falcon reads falconctl(8): in reduced functionality mode, for want of a kernel that it knows, the sensor sends heartbeats and neither
// detects nor stops anything; without an agent id it never reached its console.
func (f *findings) falcon(r Result, a *kind.Agent, text string) {
	if m := falconRFM.FindStringSubmatch(text); m != nil && m[1] == "true" {
		a.Running = known(r, false)
		f.Problem("sensor", "CrowdStrike Falcon is in reduced functionality mode: it detects nothing",
			"See falconctl -g --rfm-reason; install a sensor that knows this kernel, or a kernel that it knows.")
	}
	if m := falconAID.FindStringSubmatch(text); m != nil && m[1] == "" {
		a.Console = null[string](r)
	}
}

// elasticStatus is what "elastic-agent status --output json" prints: the state of the agent's connection to Fleet and of its parts. The two
// fields of Fleet have no name of their own in its JSON.
type elasticStatus struct {
	Info struct {
		Managed *bool `json:"is_managed"`
	} `json:"info"`
	FleetState   *int   `json:"FleetState"`
	FleetMessage string `json:"FleetMessage"`
	Components   []struct {
		ID    string `json:"id"`
		State int    `json:"state"`
	} `json:"components"`
}

// elasticHealthy is the number of the state HEALTHY in Elastic Agent's control protocol.
const elasticHealthy = 2

func (f *findings) elastic(r Result, a *kind.Agent, text string) {
	var status elasticStatus
	if err := firstJSON(text, &status); err != nil || status.FleetState == nil {
		a.LastCheckinAt = garbled[kind.Time](r, "elastic-agent status says nothing of Fleet")
		return
	}
	for _, c := range status.Components {
		if strings.HasPrefix(c.ID, "endpoint") && c.State > elasticHealthy+1 { // failed, stopping, stopped
			a.Running = known(r, false)
		}
	}
	if m := status.Info.Managed; m != nil && !*m {
		a.Console = null[string](r)
		a.LastCheckinAt = kind.NA[kind.Time]()
		return
	}
	state := status.FleetMessage
	if *status.FleetState == elasticHealthy {
		state = "Connected"
	}
	f.connected(r, a, state, "Connected", "Elastic Agent")
}

// defender reads what "mdatp health" prints.
func (f *findings) defender(a *kind.Agent) {
	r := f.Result("mdatp")
	if !r.OK() {
		if r.State != script.Absent {
			a.Mode, a.DefinitionsAt = missing[string](r), missing[kind.Time](r)
		}
		return
	}
	var health map[string]any
	if err := json.Unmarshal([]byte(r.Output), &health); err != nil {
		a.Mode, a.DefinitionsAt = garbled[string](r, err.Error()), garbled[kind.Time](r, err.Error())
		return
	}
	value := func(name string) any {
		if m, ok := health[name].(map[string]any); ok { // with where the setting comes from
			return m["value"]
		}
		return health[name]
	}
	realTime, told := value("realTimeProtectionEnabled").(bool)
	passive, _ := value("passiveModeEnabled").(bool)
	if told {
		mode := "detect"
		if realTime && !passive {
			mode = "prevent"
		}
		a.Mode = known(r, mode)
	}
	if licensed, ok := value("licensed").(bool); ok && !licensed { // not onboarded to any tenant
		a.Console, a.LastCheckinAt = null[string](r), kind.NA[kind.Time]()
	}
	if minutes, ok := value("definitionsUpdatedMinutesAgo").(float64); ok && minutes >= 0 && minutes < 1e7 {
		a.DefinitionsAt = known(r, f.Time(f.At.Add(-time.Duration(minutes)*time.Minute).Truncate(time.Minute)))
	}
}
