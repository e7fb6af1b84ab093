package advisory

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/osv-scalibr/semantic"
)

// Release is a distribution's release, by OSV's name of the distribution.
type Release struct {
	Ecosystem string // such as Debian, "Rocky Linux"
	Version   string // as OSV writes it: 12, 24.04, v3.20, 9, "15 SP6", "Leap 15.6"
}

// ReleaseOf is the release with the ID and VERSION_ID of os-release(5); ok is false where OSV has no advisories of the distribution.
func ReleaseOf(id, version string) (r Release, ok bool) {
	major, minor, _ := strings.Cut(version, ".")
	switch id {
	case "debian":
		return Release{"Debian", major}, true
	case "ubuntu":
		return Release{"Ubuntu", version}, true
	case "alpine":
		minor, _, _ = strings.Cut(minor, ".")
		return Release{"Alpine", "v" + major + "." + minor}, true
	case "rhel":
		return Release{"Red Hat", major}, true
	case "rocky":
		return Release{"Rocky Linux", major}, true
	case "almalinux":
		return Release{"AlmaLinux", major}, true
	case "sles", "sled", "sles_sap":
		if minor == "" {
			return Release{"SUSE", major}, true
		}
		return Release{"SUSE", major + " SP" + minor}, true
	case "opensuse-leap":
		return Release{"openSUSE", "Leap " + version}, true
	}
	return Release{}, false
}

// BySource reports whether the advisories of the release name source packages, not those that are installed.
func (r Release) BySource() bool {
	return r.Ecosystem == "Debian" || r.Ecosystem == "Ubuntu" || r.Ecosystem == "Alpine"
}

// is reports whether an ecosystem, as a record names it, is the release. OSV writes it in the manner of each distribution: "Debian:12",
// "Ubuntu:24.04:LTS", "Red Hat:enterprise_linux:9::baseos", "SUSE:Linux Enterprise Module for Basesystem 15 SP6". What is sold on top of a
// release (Ubuntu Pro, extended updates of Red Hat) is another one.
func (r Release) is(ecosystem string) bool {
	name, suffix, _ := strings.Cut(ecosystem, ":")
	if name != r.Ecosystem {
		return false
	}
	switch name {
	case "Ubuntu":
		version, _, _ := strings.Cut(suffix, ":")
		return version == r.Version
	case "Red Hat":
		rest, ok := strings.CutPrefix(suffix, "enterprise_linux:")
		version, _, _ := strings.Cut(rest, ":")
		major, _, _ := strings.Cut(version, ".")
		return ok && major == r.Version
	case "SUSE":
		return strings.HasPrefix(suffix, "Linux Enterprise ") && strings.HasSuffix(suffix, " "+r.Version)
	}
	return suffix == r.Version || suffix == ""
}

// Package is a package of a release, by the name under which advisories speak of it.
type Package struct {
	Release Release
	Name    string
}

// Index holds what the records say of packages.
type Index map[Package][]record

// record is what one advisory says of one package.
type record struct {
	id        string
	cves      []string
	severity  string // critical, high, medium or low; "" = no rating that is understood
	published time.Time
	versions  []string
	ranges    [][]event
}

type event struct{ introduced, fixed, lastAffected string }

// osvRecord is what is read of a record: https://ossf.github.io/osv-schema/.
type osvRecord struct {
	ID        string   `json:"id"`
	Aliases   []string `json:"aliases"`
	Upstream  []string `json:"upstream"`
	Related   []string `json:"related"`
	Withdrawn string   `json:"withdrawn"`
	Published string   `json:"published"`
	Summary   string   `json:"summary"`
	Severity  []rating `json:"severity"`
	Database  specific `json:"database_specific"`
	Affected  []struct {
		Package struct {
			Ecosystem string `json:"ecosystem"`
			Name      string `json:"name"`
		} `json:"package"`
		Versions []string `json:"versions"`
		Ranges   []struct {
			Type   string `json:"type"`
			Events []struct {
				Introduced   string `json:"introduced"`
				Fixed        string `json:"fixed"`
				LastAffected string `json:"last_affected"`
			} `json:"events"`
		} `json:"ranges"`
		Severity  []rating `json:"severity"`
		Ecosystem specific `json:"ecosystem_specific"`
	} `json:"affected"`
}

type rating struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

// specific is what distributions put where the schema leaves them free: a rating, as text. Some put other things under these names.
type specific struct{ rating string }

// UnmarshalJSON implements [json.Unmarshaler]. It takes anything.
func (s *specific) UnmarshalJSON(text []byte) error {
	var fields struct {
		Severity any `json:"severity"`
		Urgency  any `json:"urgency"`
	}
	if json.Unmarshal(text, &fields) == nil {
		severity, _ := fields.Severity.(string)
		urgency, _ := fields.Urgency.(string)
		s.rating = cmp.Or(severity, urgency)
	}
	return nil
}

// add keeps what a record says of the wanted packages.
func (x Index) add(text []byte, wanted map[Package]struct{}) error {
	var r osvRecord
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	if r.ID == "" {
		return fmt.Errorf(`it has no "id", so it is no record of OSV`)
	}
	if r.Withdrawn != "" {
		return nil
	}
	published, _ := time.Parse(time.RFC3339, r.Published) // zero where the record has none
	for i := range r.Affected {
		a := &r.Affected[i]
		if a.Ecosystem.rating == "unimportant" { // Debian's word for what is no flaw of the package
			continue
		}
		for _, p := range about(a.Package.Ecosystem, a.Package.Name, wanted) {
			found := record{
				id: r.ID, cves: cves(r), published: published.UTC(), versions: a.Versions,
				severity: severity(a.Ecosystem.rating, a.Severity, r.Database.rating, r.Severity, r.Summary),
			}
			for _, rg := range a.Ranges {
				if rg.Type != "ECOSYSTEM" {
					continue
				}
				var events []event
				for _, e := range rg.Events {
					events = append(events, event{e.Introduced, e.Fixed, e.LastAffected})
				}
				found.ranges = append(found.ranges, events)
			}
			if len(found.ranges) > 0 {
				found.versions = nil // they only repeat the ranges
			}
			x[p] = append(x[p], found)
		}
	}
	return nil
}

// about returns the wanted packages that a record's ecosystem and name stand for.
func about(ecosystem, name string, wanted map[Package]struct{}) []Package {
	base, suffix, _ := strings.Cut(ecosystem, ":")
	var out []Package
	for _, version := range versionsOf(base, suffix) {
		p := Package{Release{base, version}, name}
		if _, ok := wanted[p]; ok && p.Release.is(ecosystem) {
			out = append(out, p)
		}
	}
	return out
}

// versionsOf are the versions of releases that an ecosystem's suffix can mean.
func versionsOf(base, suffix string) []string {
	switch base {
	case "Ubuntu":
		version, _, _ := strings.Cut(suffix, ":")
		return []string{version}
	case "Red Hat":
		_, rest, _ := strings.Cut(suffix, ":")
		version, _, _ := strings.Cut(rest, ":")
		major, _, _ := strings.Cut(version, ".")
		return []string{major}
	case "SUSE":
		fields := strings.Fields(suffix)
		n := len(fields)
		if n < 2 {
			return nil
		}
		return []string{fields[n-1], fields[n-2] + " " + fields[n-1]}
	}
	return []string{suffix}
}

// cves are the CVE numbers that a record speaks of.
func cves(r osvRecord) []string {
	var out []string
	for _, list := range [][]string{{r.ID, strings.TrimPrefix(r.ID, "DEBIAN-"), strings.TrimPrefix(r.ID, "UBUNTU-"), strings.TrimPrefix(r.ID, "ALPINE-")}, r.Aliases, r.Upstream} {
		for _, name := range list {
			if isCVE(name) {
				out = append(out, name)
			}
		}
	}
	if len(out) == 0 { // older records of some distributions name them only here
		for _, name := range r.Related {
			if isCVE(name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Match is an advisory that an installed package is open to.
type Match struct {
	ID        string
	CVEs      []string // sorted; empty = it names none
	Severity  string   // critical, high, medium or low; "" = no rating that is understood
	Published time.Time
	Package   string
	Installed string
	Fixed     string // the first version that mends it; "" = there is none
}

// Matches are the advisories that a version of a package is open to. An error says that a version cannot be compared.
func (x Index) Matches(p Package, installed string) ([]Match, error) {
	if len(x[p]) == 0 {
		return nil, nil
	}
	if len(installed) > maxVersion {
		return nil, fmt.Errorf("the version of %s is longer than %d bytes", p.Name, maxVersion)
	}
	version, err := semantic.Parse(installed, p.Release.Ecosystem)
	if err != nil {
		return nil, fmt.Errorf("version %s of %s: %w", installed, p.Name, err)
	}
	var out []Match
	for _, r := range x[p] {
		open, fixed, err := r.open(version, installed)
		if err != nil {
			return nil, fmt.Errorf("%s about %s: %w", r.id, p.Name, err)
		}
		if open {
			out = append(out, Match{r.id, r.cves, r.severity, r.published, p.Name, installed, fixed})
		}
	}
	return out, nil
}

// Compare orders two versions of a package as the distribution does: negative, 0 or positive. An error says which cannot be compared.
func Compare(ecosystem, a, b string) (int, error) {
	if max(len(a), len(b)) > maxVersion {
		return 0, fmt.Errorf("a version is longer than %d bytes", maxVersion)
	}
	version, err := semantic.Parse(a, ecosystem)
	if err != nil {
		return 0, fmt.Errorf("version %s: %w", a, err)
	}
	c, err := version.CompareStr(b)
	if err != nil {
		return 0, fmt.Errorf("version %s: %w", b, err)
	}
	return c, nil
}

// maxVersion bounds what is compared: comparing takes long where versions are.
const maxVersion = 256

// open evaluates the record as the schema says: a version is open that is listed, or lies in a range from an introduction up to a fix.
func (r record) open(version semantic.Version, installed string) (open bool, fixed string, err error) {
	for _, events := range r.ranges {
		hit, fix, err := within(events, version, installed)
		if err != nil {
			return false, "", err
		}
		if hit {
			open, fixed = true, cmp.Or(fixed, fix)
		}
	}
	return open || len(r.ranges) == 0 && slices.Contains(r.versions, installed), fixed, nil
}

// within reports whether a version lies in a range. The events of distributions are in order.
func within(events []event, version semantic.Version, installed string) (hit bool, fixed string, err error) {
	for _, e := range events {
		bound := cmp.Or(e.introduced, e.fixed, e.lastAffected)
		if bound == "" || len(bound) > maxVersion || otherStream(bound, installed) {
			return false, "", nil
		}
		c := 1 // every version is after "0"
		if e.introduced != "0" {
			if c, err = version.CompareStr(bound); err != nil {
				return false, "", err
			}
		}
		switch {
		case e.introduced != "" && c >= 0:
			hit, fixed = true, ""
		case e.fixed != "" && c >= 0, e.lastAffected != "" && c > 0:
			hit = false
		case e.fixed != "" && hit && fixed == "":
			fixed = e.fixed
		}
	}
	return hit, fixed, nil
}

// otherStream reports whether a version of an RPM belongs to another stream of a module: module streams live side by side, and the fix
// of one says nothing of another.
func otherStream(bound, installed string) bool {
	const mark = ".module"
	if !strings.Contains(bound, mark) && !strings.Contains(installed, mark) || bound == "0" {
		return false
	}
	return strings.Contains(bound, mark) != strings.Contains(installed, mark) || major(bound) != major(installed)
}

// major is the epoch and the first two numbers of the version of an RPM.
func major(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}
