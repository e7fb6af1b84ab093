package facts

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// agentPaths are the attributes of an agent that the checks read.
func agentPaths() []string {
	return []string{"type", "installed", "running", "mode", "definitions_at", "last_scan_at", "baseline_protected"}
}

// TestAgents reads outputs written by hand: the names of processes and paths are those of the products' packages, the header of the
// signatures is that of a daily.cvd.
func TestAgents(t *testing.T) {
	processes := "1 systemd\n2 clamd\n3 falcon-sensor\n4 wazuh-syscheckd\n5 wazuh-agentd\n6 fail2ban-server\n"
	h := answered(map[string]string{
		"processes":   processes,
		"units":       "running systemd\nfile aide.service installed\nfile dailyaidecheck.timer enabled\nfile suricata.service installed\nactive dailyaidecheck.timer waiting\n",
		"agents":      "path /usr/bin/clamscan\npath /usr/bin/aide\npath /usr/bin/suricata\nclamdb ClamAV-VDB:18 Sep 2024 04-26 -0400:27402:2\nclamdb garbage\n",
		"agents_root": "aide=1732233600\nfail2ban=1732233000\nzone=+0100\nwazuh_status=connected\nwazuh_last_ack=2026-11-21 11:59:50\naide_database=file:/var/lib/aide/aide.db\n",
	})
	for suffix, want := range map[string]map[string]any{
		"agent:clamav:antivirus": {
			"type": "antivirus", "installed": true, "running": true, "mode": "detect", "definitions_at": "2024-09-18T08:26:00Z",
			"last_scan_at": evidence.Unsupported, "baseline_protected": "n/a",
		},
		"agent:falcon:edr": {
			"type": "edr", "installed": true, "running": true, "mode": evidence.NotCollected, "definitions_at": "n/a", "last_scan_at": "n/a", "baseline_protected": "n/a",
		},
		"agent:wazuh:fim": {
			"type": "fim", "installed": true, "running": true, "mode": "detect", "definitions_at": "n/a", "last_scan_at": evidence.NotCollected, "baseline_protected": true,
		},
		"agent:aide:fim": {
			"type": "fim", "installed": true, "running": true, "mode": "detect", "definitions_at": "n/a", "last_scan_at": "2024-11-22T00:00:00Z", "baseline_protected": false,
		},
	} {
		e := entity(t, h, h.UID+":"+suffix)
		if diff := cmp.Diff(want, attributes(e, agentPaths()...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", suffix, diff)
		}
	}
	for suffix, want := range map[string]bool{"detector:fail2ban": true, "detector:suricata": false} {
		if got := entity(t, h, h.UID+":"+suffix).Attrs["enabled"]; got != want {
			t.Errorf("%s: enabled is %v, want %v", suffix, got, want)
		}
	}
	for _, typ := range searched() {
		for _, e := range h.Entities {
			if e.UID == h.UID+":agent:"+typ {
				t.Errorf("%s says that there is no %s", e.UID, typ)
			}
		}
	}
}

func TestAgentsNone(t *testing.T) {
	h := answered(map[string]string{"processes": "1 init\n", "units": "", "agents": ""})
	for _, typ := range searched() {
		e := entity(t, h, h.UID+":agent:"+typ)
		want := map[string]any{"type": typ, "installed": false, "running": false}
		if diff := cmp.Diff(want, attributes(e, "type", "installed", "running")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typ, diff)
		}
	}
	if c := h.Covered["agent"]; c.Status != evidence.Complete {
		t.Errorf("coverage of agents: %+v", c)
	}
}

// TestAgentsHidden holds that nothing is concluded from what cannot be seen: without process 1 the processes of others are hidden.
func TestAgentsHidden(t *testing.T) {
	h := answered(map[string]string{"processes": "4711 sh\n", "agents": "path /usr/bin/clamscan\n"})
	if got := attributes(entity(t, h, h.UID+":agent:clamav:antivirus"), "running")["running"]; got != evidence.AccessDenied {
		t.Errorf("running is %v", got)
	}
	agents := slices.DeleteFunc(h.Entities, func(e *evidence.Entity) bool { return e.Kind != "agent" })
	if len(agents) != 1 || h.Covered["agent"].Status != evidence.Partial {
		t.Errorf("%d agents, coverage %+v", len(agents), h.Covered["agent"])
	}
}

// TestDefender reads the health of Microsoft Defender in both forms that its versions print: plain values, and with their source.
func TestDefender(t *testing.T) {
	for health, want := range map[string]map[string]any{
		`{"realTimeProtectionEnabled": true, "passiveModeEnabled": false, "definitionsUpdatedMinutesAgo": 90}`: {"mode": "prevent", "definitions_at": "2026-11-21T10:30:00Z"},
		`{"realTimeProtectionEnabled": {"$type": "mdatp", "value": true}, "passiveModeEnabled": {"value": true}}`: {
			"mode": "detect", "definitions_at": evidence.NotCollected,
		},
		`{"healthy": false, "licensed": false, "realTimeProtectionEnabled": false, "passiveModeEnabled": true}`: {
			"mode": "detect", "definitions_at": evidence.NotCollected,
		},
		`not JSON`: {"mode": evidence.ParseError, "definitions_at": evidence.ParseError},
	} {
		h := answered(map[string]string{"processes": "1 systemd\n2 wdavdaemon\n", "units": "", "agents": "path /opt/microsoft/mdatp\n", "mdatp": health})
		got := attributes(entity(t, h, h.UID+":agent:mdatp:antivirus"), "mode", "definitions_at")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", health, diff)
		}
	}
}

// TestSensors reads outputs written by hand: falconctl's forms as its users show them, sentinelctl's and ampcli's lines, and the JSON of
// "elastic-agent status" by the types in Elastic's client (the fields of Fleet have no names of their own).
func TestSensors(t *testing.T) {
	const (
		falcon  = "path /opt/CrowdStrike\n"
		healthy = `{"info":{"id":"x","is_managed":true},"state":2,"message":"Running","components":[{"id":"endpoint-default","state":2}],"FleetState":2,"FleetMessage":"Connected"}`
	)
	now := "2026-11-21T12:00:00Z"
	for _, test := range []struct {
		name, agents, process, printed, suffix string
		want                                   map[string]any
		problem                                bool
	}{
		{
			"falcon works", falcon, "falcon-sensor", "MARK:file falcon - falcon\nrfm-state=false.\n\nMARK:file falcon - falcon\naid=\"44e3b7d20b434a2bb2815d9808fa3a8b\".\n", "falcon",
			map[string]any{"running": true, "mode": evidence.NotCollected, "last_checkin_at": evidence.NotCollected, "console": evidence.NotCollected},
			false,
		},
		{
			"falcon in reduced functionality", falcon, "falcon-sensor", "MARK:file falcon - falcon\naid is not set, rfm-state=true, rfm-reason=Unspecified, code=0xC0000001\n", "falcon",
			map[string]any{"running": false, "mode": evidence.NotCollected, "last_checkin_at": evidence.NotCollected, "console": nil},
			true,
		},
		{
			"sentinelone", "path /opt/sentinelone\n", "s1-agent",
			"MARK:file sentinelone - sentinelone\nAgent state Enabled\nProcess Name | PID\n\nMARK:file sentinelone - sentinelone\nURL              https://x.sentinelone.net\nConnectivity     On\n", "sentinelone",
			map[string]any{"running": true, "mode": evidence.NotCollected, "last_checkin_at": now, "console": evidence.NotCollected},
			false,
		},
		{
			"sentinelone off", "path /opt/sentinelone\n", "s1-agent", "MARK:file sentinelone - sentinelone\nAgent state Disabled\nConnectivity: Off\n", "sentinelone",
			map[string]any{"running": false, "mode": evidence.NotCollected, "last_checkin_at": evidence.Unsupported, "console": evidence.NotCollected},
			false,
		},
		{
			"elastic", "path /opt/Elastic/Endpoint\n", "elastic-endpoin", "MARK:file elastic - elastic\n" + healthy + "\n", "elastic",
			map[string]any{"running": true, "mode": evidence.NotCollected, "last_checkin_at": now, "console": evidence.NotCollected},
			false,
		},
		{
			"elastic on its own, endpoint failed", "path /opt/Elastic/Endpoint\n", "elastic-endpoin",
			`MARK:file elastic - elastic
{"info":{"is_managed":false},"components":[{"id":"endpoint-default","state":4}],"FleetState":6,"FleetMessage":"Not enrolled into Fleet"}
`, "elastic",
			map[string]any{"running": false, "mode": evidence.NotCollected, "last_checkin_at": "n/a", "console": nil},
			false,
		},
		{
			"elastic says nothing", "path /opt/Elastic/Endpoint\n", "elastic-endpoin", "MARK:file elastic - elastic\nError: failed to communicate\n", "elastic",
			map[string]any{"running": true, "mode": evidence.NotCollected, "last_checkin_at": evidence.ParseError, "console": evidence.NotCollected},
			false,
		},
		{
			"cisco", "path /opt/cisco/amp\n", "ampdaemon", "MARK:file cisco - cisco\nStatus:\t\tConnected\nMode:\t\tNormal\nScan:\t\tReady for scan\n", "cisco",
			map[string]any{"running": true, "mode": evidence.NotCollected, "last_checkin_at": now, "console": evidence.NotCollected},
			false,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := answered(map[string]string{"processes": "1 systemd\n2 " + test.process + "\n", "units": "", "agents": test.agents, "agents_root": "", "sensors": "\n" + test.printed})
			got := attributes(entity(t, h, h.UID+":agent:"+test.suffix+":edr"), "running", "mode", "last_checkin_at", "console")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if problem := slices.ContainsFunc(h.Problems, func(p evidence.Problem) bool { return p.Code == "sensor" }); problem != test.problem {
				t.Errorf("problems %+v", h.Problems)
			}
		})
	}
	h := answered(map[string]string{"processes": "1 systemd\n2 falcon-sensor\n", "units": "", "agents": falcon})
	if got := attributes(entity(t, h, h.UID+":agent:falcon:edr"), "last_checkin_at")["last_checkin_at"]; got != evidence.AccessDenied {
		t.Errorf("without root the check-in is %v", got)
	}
}

func TestClamDate(t *testing.T) {
	at, ok := clamDate("ClamAV-VDB:07 Jan 2026 10-30 +0000:1:2")
	if want := time.Date(2026, 1, 7, 10, 30, 0, 0, time.UTC); !ok || !at.Equal(want) {
		t.Errorf("%v %v, want %v", at, ok, want)
	}
	for _, text := range []string{"", "ClamAV-VDB", "ClamAV-VDB:yesterday", "x:07 Jan 2026 10-30 +0000"} {
		if at, ok := clamDate(text); ok {
			t.Errorf("%q is %v", text, at)
		}
	}
}
