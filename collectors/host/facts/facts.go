// Package facts knows what to ask a Linux host and how to read the answers.
//
// Each file declares one area: the sections of the script that ask (see package script) and the function that turns what came back
// into attributes of the host and into further entities. To add an area:
//
//  1. Write AREA.go with a function that returns an [Area], and name it in [Areas].
//  2. Write the snippets. They only read, write no temporary file, and use what POSIX sh, coreutils and busybox have in common; a tool
//     that may be missing is asked for with "has TOOL || absent". Print as little as the reading needs, and no secret: the state of a
//     password, not its hash.
//  3. In Read, take the sections' results with [Host.Result]. A result that is not OK says why with [Result.Why], and so must the
//     attributes that rest on it: with [missing]. A fact is written with [known], which also notes where it comes from.
//     Elements of a list are plain kind.Known: the list has their provenance.
//  4. Say with [Host.Cover] how completely the kinds were read that the area yields, for every host: a kind of which nothing is said
//     counts as not read.
//  5. Name what the area tells (Kinds, Attrs) and which other areas it builds on (On): where only some checks are chosen, a host is asked
//     by the areas that they need.
//  6. Put real outputs into testdata/HOST/SECTION with a note in testdata/README.md where they come from (package script's RecordedMark
//     stands for the mark), read them with replay in a test, and fuzz the parser.
//
// Whatever a host says is untrusted: parsers must take any text. Output arrives clean (see script.Clean), and what is emitted is cleaned
// once more, because JSON can hide what the text does not show.
package facts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// Area is one field of facts.
type Area struct {
	Name     string
	Sections []script.Section
	// Kinds are the kinds of the entities that it yields besides the host; each needs a statement of coverage.
	Kinds []string
	// Attrs are the attributes of the host that it fills.
	Attrs []string
	// On are the areas whose facts it builds on. All may build on the sections of those that are Base.
	On []string
	// Base says that it is asked always.
	Base bool
	// Read turns what the sections printed into facts.
	Read func(h *Host)
	// Waits says that it reads Options.Advisories, which are known when all hosts have answered. It adds entities and coverage, and no
	// attribute of the host.
	Waits bool
}

// Areas lists the areas in the order in which they read. A later one may build on what earlier ones found: accounts come last, because
// who can log in, and with how many factors, depends on sshd and PAM.
func Areas() []Area { return AreasWith(Options{}) }

// AreasWith lists the areas that read as the options say.
func AreasWith(o Options) []Area {
	return []Area{
		osArea(),
		servicesArea(),
		patchArea(o),
		backupArea(o),
		sshArea(),
		pamArea(),
		diskArea(),
		firewallArea(),
		agentsArea(),
		auditArea(),
		clockArea(),
		logsArea(),
		legacyArea(),
		shellArea(),
		vpnArea(),
		tlsArea(),
		deviceArea(),
		accessArea(),
		accountsArea(),
	}
}

// Needed are the areas that tell any of the words that are asked for (kinds, attributes of the host), those that these build on, and the
// basic ones. The order stays.
func Needed(areas []Area, asked func(words ...string) bool) []Area {
	wanted := map[string]bool{}
	for _, a := range slices.Backward(areas) { // an area builds on earlier ones only
		if !wanted[a.Name] && !a.Base && !asked(a.Kinds...) && !asked(a.Attrs...) {
			continue
		}
		wanted[a.Name] = true
		for _, name := range a.On {
			wanted[name] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(areas), func(a Area) bool { return !wanted[a.Name] })
}

// Sections are those of the areas, in their order, but the late ones last.
func Sections(areas []Area) []script.Section {
	var out, late []script.Section
	for _, a := range areas {
		for _, s := range a.Sections {
			if s.Late {
				late = append(late, s)
			} else {
				out = append(out, s)
			}
		}
	}
	return append(out, late...)
}

// Identity is what is known of a host before it is asked.
type Identity struct {
	Name   string // its name in the inventory; "" = the name that it gives itself
	Group  string // the group whose scope it belongs to
	Source string // id of the collector's source
	// Labels are what the inventory says of it.
	Labels Labels
}

// Labels are what an inventory says of a host, as a tag would. Empty = nothing is said.
type Labels struct {
	Kind           string   // server, workstation, laptop, ...: see kind.Host
	Environment    string   // prod, nonprod or shared
	Classification string   // level of the data on it
	Categories     []string // categories of the data on it
	Criticality    string   // critical, high, medium or low
	Cloud          string   // none = it is no cloud's instance
}

// Answers are what a host printed: the results by section, and why sections that need root were refused.
type Answers struct {
	Results map[string]script.Result
	// RootRefused says why nothing runs as root, such as "sudo: a password is required"; "" = it does, or was not needed.
	RootRefused string
	// Lost says why results are missing, such as "the time of 1m0s ran out"; "" = none is.
	Lost string
	// Notes say of sections that another source than the script was to tell why it does not; nil where the script was asked.
	Notes map[string]string
	// Times are when such sections were told; the others were at the host's time.
	Times map[string]time.Time
}

// Only are the answers on which the areas rest.
func (a Answers) Only(areas []Area) Answers {
	kept := a
	kept.Results = map[string]script.Result{"os": a.Results["os"]} // which distribution it is, every area may ask
	for _, s := range Sections(areas) {
		if r, ok := a.Results[s.Name]; ok {
			kept.Results[s.Name] = r
		}
	}
	return kept
}

// Host is one host while its answers are read.
type Host struct {
	Identity

	UID   string // host:NAME
	Scope string // host:GROUP:NAME
	// At is when it was asked; nothing else tells the time.
	At time.Time
	// Facts are the attributes of the host itself.
	Facts kind.Host
	// Aliases are other names of the host.
	Aliases []string

	Entities  []*evidence.Entity // besides the host
	Relations []evidence.Relation
	Covered   map[string]Cover // by kind
	Problems  []evidence.Problem

	answers  Answers
	sections map[string]script.Section
	prov     map[string]*evidence.Provenance // by section, as most facts of an area share theirs
	full     bool                            // there were more than maxEntities
	// What several areas ask of, once it is read.
	installedUnits *units
	processes      *processes
}

// Cover is how completely a kind was read on one host.
type Cover struct {
	Status evidence.CoverageStatus
	Detail string // what is missing and why; empty when complete
}

// Read reads the answers of a host.
func Read(areas []Area, id Identity, at time.Time, answers Answers) *Host {
	h := &Host{Identity: id, At: at.UTC(), Covered: map[string]Cover{}, answers: answers, sections: map[string]script.Section{}}
	for _, s := range Sections(areas) {
		h.sections[s.Name] = s
	}
	if h.Name == "" {
		h.Name = cmp.Or(h.nodeName(), "localhost")
	}
	h.UID, h.Scope = "host:"+h.Name, scopeOf(h.Identity)
	h.Facts.LastSeenAt = kind.Known(h.Time(h.At))
	h.label()
	for _, a := range areas {
		a.Read(h)
		for _, name := range a.Kinds {
			if _, ok := h.Covered[name]; !ok {
				h.Cover(name, evidence.Skipped, "the host was not asked for "+name)
			}
		}
	}
	if h.full {
		h.dropDangling()
	}
	return h
}

// label writes what the inventory says.
func (h *Host) label() {
	l := h.Labels
	f := &h.Facts
	f.DataClassification, f.DataCategories, f.Criticality = kind.Null[string](), kind.Null[[]string](), kind.Null[string]()
	f.Environment = kind.Unknown[string](evidence.NotCollected, "the inventory gives no environment")
	if l.Kind != "" {
		f.Kind = kind.Known(l.Kind)
	}
	if l.Environment != "" {
		f.Environment = kind.Known(l.Environment)
	}
	if l.Classification != "" {
		f.DataClassification = kind.Known(l.Classification)
	}
	if len(l.Categories) > 0 {
		f.DataCategories = kind.Known(slices.Sorted(slices.Values(l.Categories)))
	}
	if l.Criticality != "" {
		f.Criticality = kind.Known(l.Criticality)
	}
}

// Entity is the host itself as an entity.
func (h *Host) Entity() *evidence.Entity {
	e := &evidence.Entity{
		UID: h.UID, ID: h.Name, Kind: "host", Facets: kind.FacetsOf("host"), Plane: evidence.Observed, Scope: h.Scope, Name: h.Name,
		Aliases: slices.Sorted(slices.Values(h.Aliases)), Prov: []evidence.Provenance{*h.Result("os").Prov()},
	}
	kind.Fill(e, h.Facts)
	return e
}

// scopeOf is the scope of a host: its own, within its group.
func scopeOf(id Identity) string { return "host:" + id.Group + ":" + id.Name }

// Unreached is a host of which nothing is known but that it should be there, and why it was not read.
func Unreached(id Identity, at time.Time, why evidence.Unknown) *evidence.Entity {
	h := &Host{Identity: id, At: at.UTC()}
	h.label()
	e := &evidence.Entity{
		UID: "host:" + id.Name, ID: id.Name, Kind: "host", Facets: kind.FacetsOf("host"), Plane: evidence.Observed, Scope: scopeOf(id), Name: id.Name,
		Prov: []evidence.Provenance{{Source: id.Source, Method: MethodConnect, At: h.At, Locator: evidence.Locator{Host: id.Name, Command: "sh"}}},
	}
	kind.Fill(e, h.Facts)
	why.Source = id.Source
	for path := range e.Unknown {
		e.Unknown[path] = why
	}
	return e
}

// MethodConnect is the method of the provenance of a host that was not reached.
const MethodConnect = "host:connect"

// Result is what came of one section on this host.
type Result struct {
	script.Result

	host *Host
}

// Result returns what came of a section. A name that no area declares gives a result that is missing.
func (h *Host) Result(section string) Result {
	r, ok := h.answers.Results[section]
	if !ok {
		r.Section = h.sections[section]
	}
	return Result{r, h}
}

// OK reports whether the section ran and nothing of its output was cut off.
func (r Result) OK() bool { return r.State == script.Ran && !r.Truncated }

// Why says why the section does not tell everything. It is for results that are not OK.
func (r Result) Why() evidence.Unknown {
	what := cmp.Or(r.Section.Command, r.Section.Path)
	u := evidence.Unknown{Source: r.host.Source}
	if note := r.host.answers.Notes[r.Section.Name]; note != "" {
		u.Reason, u.Detail = evidence.NotCollected, note
		return u
	}
	switch r.State {
	case script.Denied:
		u.Reason, u.Detail = evidence.AccessDenied, what+" needs root: "+cmp.Or(r.host.answers.RootRefused, "it was not tried as root")
	case script.Absent:
		u.Reason, u.Detail = evidence.Unsupported, what+" is not on the host"
	case script.Failed:
		u.Reason, u.Detail = evidence.APIError, strings.TrimSuffix(what+" failed: "+r.Stderr, ": ")
	case script.Ran:
		u.Reason, u.Detail = evidence.Truncated, what+" printed more than is read"
	default:
		u.Reason, u.Detail = evidence.NotCollected, cmp.Or(r.host.answers.Lost, what+" was not asked")
	}
	return u
}

// Garbled says that the section ran and its output cannot be read.
func (r Result) Garbled(what string) evidence.Unknown {
	return evidence.Unknown{
		Reason: evidence.ParseError, Detail: cmp.Or(r.Section.Command, r.Section.Path) + ": " + script.Line(what, 200), Source: r.host.Source,
	}
}

// Prov is the provenance of what the section says. It is shared: nobody writes to it.
func (r Result) Prov() *evidence.Provenance {
	p := r.host.prov[r.Section.Name]
	if p == nil {
		p = r.newProv()
		if r.host.prov == nil {
			r.host.prov = map[string]*evidence.Provenance{}
		}
		r.host.prov[r.Section.Name] = p
	}
	return p
}

func (r Result) newProv() *evidence.Provenance {
	at := r.host.At
	if told, ok := r.host.answers.Times[r.Section.Name]; ok {
		at = told.UTC()
	}
	return &evidence.Provenance{
		Source: r.host.Source, Method: r.Section.Method(), At: at,
		Locator: evidence.Locator{Host: r.host.Name, Command: r.Section.Command, Path: r.Section.Path},
	}
}

// known is a fact that the section states.
func known[T any](r Result, value T) kind.Attr[T] { return kind.Known(value).From(r.Prov()) }

// null is the fact that there is no value, as the section states.
func null[T any](r Result) kind.Attr[T] { return kind.Null[T]().From(r.Prov()) }

// missing is an attribute that is unknown because the section is not OK.
func missing[T any](r Result) kind.Attr[T] { return kind.Because[T](r.Why()).From(r.Prov()) }

// garbled is an attribute that is unknown because what the section printed cannot be read.
func garbled[T any](r Result, what string) kind.Attr[T] {
	return kind.Because[T](r.Garbled(what)).From(r.Prov())
}

// unsaid is an attribute that is unknown although the section was read.
func unsaid[T any](r Result, reason evidence.Reason, detail string) kind.Attr[T] {
	return kind.Because[T](evidence.Unknown{Reason: reason, Detail: detail, Source: r.host.Source}).From(r.Prov())
}

// Add adds an entity that was found on the host and returns its UID, the host's followed by ":" and the suffix. The parts are the
// structs of its kind. Beyond maxEntities it adds nothing, and the coverage of the kind says so.
func (h *Host) Add(kindName, suffix, name string, r Result, parts ...any) string {
	if len(h.Entities) >= maxEntities {
		h.full = true
		h.Cover(kindName, evidence.Cut, fmt.Sprintf("the host tells of more than %d things", maxEntities))
		return h.UID + ":" + suffix
	}
	e := &evidence.Entity{
		UID: h.UID + ":" + suffix, ID: h.Name + ":" + suffix, Kind: kindName, Facets: kind.FacetsOf(kindName), Plane: evidence.Observed,
		Scope: h.Scope, Name: name, Prov: []evidence.Provenance{*r.Prov()},
	}
	kind.Fill(e, parts...)
	h.Entities = append(h.Entities, e)
	return e.UID
}

// maxEntities is how many entities one host may have besides itself. A line of a few bytes becomes an entity of a few kilobytes: without a
// bound a host that lies would fill our memory with what it may print.
const maxEntities = 5000

// dropDangling drops the relations of entities that were not added.
func (h *Host) dropDangling() {
	added := map[string]bool{}
	for _, e := range h.Entities {
		added[e.UID] = true
	}
	own := h.UID + ":"
	h.Relations = slices.DeleteFunc(h.Relations, func(r evidence.Relation) bool {
		return strings.HasPrefix(r.From, own) && !added[r.From] || strings.HasPrefix(r.To, own) && !added[r.To]
	})
}

// Relate adds a relation whose ends are known.
func (h *Host) Relate(relation, from, to string) {
	h.Relations = append(h.Relations, evidence.Relation{Type: relation, From: from, To: to, Complete: true})
}

// Cover says how completely a kind was read on the host. Of several statements the worst counts.
func (h *Host) Cover(kindName string, status evidence.CoverageStatus, detail string) {
	old, ok := h.Covered[kindName]
	if !ok || worse(status, old.Status) {
		h.Covered[kindName] = Cover{status, detail}
	}
}

// CoverBy says that the kind was read completely if the results are OK, else why not.
func (h *Host) CoverBy(kindName string, results ...Result) {
	h.Cover(kindName, evidence.Complete, "")
	for _, r := range results {
		if r.OK() {
			continue
		}
		status := evidence.Partial
		switch r.State {
		case script.Denied:
			status = evidence.Denied
		case script.Ran:
			status = evidence.Cut
		case script.Missing, script.Failed, script.Absent:
		}
		h.Cover(kindName, status, r.Why().Detail)
	}
}

// worse orders statuses from complete to skipped.
func worse(a, b evidence.CoverageStatus) bool {
	order := []evidence.CoverageStatus{evidence.Complete, evidence.Partial, evidence.Cut, evidence.Denied, evidence.Skipped}
	return slices.Index(order, a) > slices.Index(order, b)
}

// Problem notes something about the host that a reader should mend.
func (h *Host) Problem(code, summary, detail string) {
	h.Problems = append(h.Problems, evidence.Problem{
		Severity: "warning", Code: code, Summary: h.Name + ": " + summary, Detail: detail, Locator: evidence.Locator{Host: h.Name},
	})
}

// Time is a point in time as attributes hold it.
func (h *Host) Time(t time.Time) kind.Time { return kind.Time(t.UTC().Format(time.RFC3339)) }

// Since1970 is a number of seconds since 1970 as a point in time; ok is false outside of the years 1970 to 9999.
func (h *Host) Since1970(seconds int64) (at kind.Time, ok bool) {
	const year9999 = 253370764800
	if seconds < 0 || seconds > year9999 {
		return "", false
	}
	return h.Time(time.Unix(seconds, 0)), true
}
