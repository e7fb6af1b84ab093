package facts

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

var (
	cveNumber = regexp.MustCompile(`CVE-[0-9]{4}-[0-9]{4,12}`)
	isoTime   = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(:[0-9]{2})?`)
)

// severityWord reads a distribution's word for a severity; "" where it rates none.
func severityWord(text string) string { return advisory.Word(text) }

// localTime reads a time as logs write it. The zone, such as +0200, is the host's; it is needed where the text has none of its own.
func (h *Host) localTime(text, zone string) (at kind.Time, ok bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return h.Since1970(t.Unix())
		}
	}
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.Parse(layout+" -0700", text+" "+zone); err == nil {
			return h.Since1970(t.Unix())
		}
	}
	return "", false
}

// zypperUpdate is a patch in what "zypper --xmlout list-patches" prints.
type zypperUpdate struct {
	Name     string `xml:"name,attr"`
	Kind     string `xml:"kind,attr"`
	Status   string `xml:"status,attr"`
	Category string `xml:"category,attr"`
	Severity string `xml:"severity,attr"`
	Date     struct {
		Seconds string `xml:"time_t,attr"`
	} `xml:"issue-date"`
	Issues []struct {
		Type string `xml:"type,attr"`
		ID   string `xml:"id,attr"`
	} `xml:"issue-list>issue"`
}

// parseZypper reads the security patches that are needed.
func parseZypper(r Result) ([]update, error) {
	decoder := xml.NewDecoder(strings.NewReader(r.Output))
	var out []update
	seen := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return out, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		seen = seen || start.Name.Local == "update-status"
		if start.Name.Local != "update" {
			continue
		}
		var u zypperUpdate
		if err := decoder.DecodeElement(&u, &start); err != nil {
			return out, err
		}
		if u.Category == "security" && (u.Status == "needed" || u.Status == "") {
			out = append(out, u.update(r))
		}
	}
	if !seen {
		return out, errors.New("there is no list of updates in what it prints")
	}
	return sameOnce(out), nil
}

func (u zypperUpdate) update(r Result) update {
	cves := []string{}
	for _, i := range u.Issues {
		if name := cveNumber.FindString(i.ID); name != "" {
			cves = append(cves, name)
		}
	}
	slices.Sort(cves)
	out := update{
		id: u.Name, severity: severityWord(u.Severity), cves: kind.Known(slices.Compact(cves)),
		available: unsaid[kind.Time](r, evidence.NotCollected, "the patch has no date"),
	}
	if n, err := strconv.ParseInt(u.Date.Seconds, 10, 64); err == nil && n > 0 {
		if at, ok := r.host.Since1970(n); ok {
			out.available = kind.Known(at)
		}
	}
	return out
}

// borgTime reads a time of borg's, which the script lets be in UTC: 2026-11-22T01:50:48.000000.
func (h *Host) borgTime(text string) (at kind.Time, ok bool) {
	text, _, _ = strings.Cut(text, "+")
	text = strings.TrimSuffix(text, "Z")
	t, err := time.Parse("2006-01-02T15:04:05.999999", text)
	if err != nil {
		return "", false
	}
	return h.Since1970(t.Unix())
}
