// Package evidence is the model in which Assay holds what it has collected.
//
// A collector translates one kind of target into entities: normalised, typed pieces of the world. An entity
// carries flat attributes (a dotted path and a value), and every path that its kind defines is in exactly one
// of three places: Attrs (the value is known, and null is a fact such as "never used"), Unknown (the value is
// not known, and the reason says why) or NA (the path cannot apply to this entity). That makes "known, unknown
// or not applicable" a property of each path, so a policy can prove a pass, prove a failure, and never has to
// guess; and it lets provenance hang on a path.
//
// Relations join entities, coverage says what was attempted and what came of it, and a snapshot is the whole of
// one run. Only collectors create evidence; everything after them reads it.
package evidence

import (
	"cmp"
	"slices"
	"time"
)

// Plane says how an entity is known. Observed outranks declared, declared outranks attested.
type Plane string

// The three planes.
const (
	Declared Plane = "declared" // code that will be applied
	Observed Plane = "observed" // measured on a live system
	Attested Plane = "attested" // a person or a record says so
)

// Rank orders planes by strength: the higher, the stronger. An unknown plane ranks 0.
func (p Plane) Rank() int {
	switch p {
	case Observed:
		return 3
	case Declared:
		return 2
	case Attested:
		return 1
	}
	return 0
}

// Reason says why an attribute's value is not known.
type Reason string

// The reasons, as evidence.md section 4 lists them.
const (
	NotCollected Reason = "not_collected" // collector off, source not configured
	AccessDenied Reason = "access_denied" // API or file permission
	Throttled    Reason = "throttled"     // retries exhausted on a rate limit
	APIError     Reason = "api_error"     // retries exhausted on a fault
	Unsupported  Reason = "unsupported"   // region, engine or distribution not handled
	Computed     Reason = "computed"      // Terraform value known only after apply
	Unresolved   Reason = "unresolved"    // HCL expression that cannot be resolved statically
	NotInPlane   Reason = "not_in_plane"  // the fact cannot exist in this plane (last use, in code)
	ParseError   Reason = "parse_error"   // file or output malformed
	Unlinked     Reason = "unlinked"      // relation target not resolved
	Stale        Reason = "stale"         // older than the kind's maximum age
	Truncated    Reason = "truncated"     // a cap was reached
	Redacted     Reason = "redacted"      // withheld on purpose
	NotAttested  Reason = "not_attested"  // a governance register lacks the field
)

// Unknown is why one attribute is not known.
type Unknown struct {
	Reason Reason `json:"reason"`
	Detail string `json:"detail,omitempty"` // the operation, expression or reference at fault; for a reader
	Source string `json:"source,omitempty"` // id of the source that reported it
}

// FirstUnknown is the first reason that there is; nil where there is none.
func FirstUnknown(reasons ...*Unknown) *Unknown {
	for _, why := range reasons {
		if why != nil {
			return why
		}
	}
	return nil
}

// Entity is one normalised, typed piece of the world.
type Entity struct {
	// UID is unique in a snapshot and stable between runs on the same target, such as
	// "tf:infra:aws_s3_bucket.logs" or "aws:111111111111:eu-west-1:rds:db:orders".
	UID string `json:"uid"`
	// ID is what a reader calls the entity: the Terraform resource address, the ARN, the host's name,
	// or register and key.
	ID string `json:"id"`
	// Kind names the type; internal/kind lists the kinds and their attributes.
	Kind string `json:"kind"`
	// Facets are the attribute sets shared by several kinds that this entity carries, sorted.
	Facets []string `json:"facets,omitempty"`
	// Plane says how the entity is known. A merged entity has the strongest of its planes here.
	Plane Plane `json:"plane"`
	// Scope is where it was found: aws:<account>[:<region>], tf:<root module>, host:<group>, gov:<register>.
	Scope string `json:"scope"`
	// Name is the short name for people; it may repeat between entities.
	Name string `json:"name,omitempty"`
	// Aliases are other names of the same thing (ARN, state address, asset tag), sorted. Entities that share
	// an alias are merged.
	Aliases []string `json:"aliases,omitempty"`
	// Former are ids that the entity had before it was moved, newest first. Unlike aliases they join no entities: another one may
	// have the id today.
	Former []string `json:"former,omitempty"`
	// Attrs maps each known path to its value: nil, bool, int64, float64, string, []any or map[string]any.
	Attrs map[string]any `json:"attrs"`
	// Unknown maps each path whose value is not known to the reason.
	Unknown map[string]Unknown `json:"unknown,omitempty"`
	// NA lists the paths that cannot apply to this entity, sorted.
	NA []string `json:"na,omitempty"`
	// Prov lists where the evidence came from; Prov[0] is the default for every path.
	Prov []Provenance `json:"prov,omitempty"`
	// AttrProv maps a path to its index in Prov, where it is not 0. A path of a list attribute covers its elements.
	AttrProv map[string]int `json:"attr_prov,omitempty"`
	// Planes holds each plane's own attributes after a merge, by plane; empty for an entity known from one source.
	Planes map[Plane]PlaneView `json:"planes,omitempty"`
}

// PlaneView is what one plane says of a merged entity.
type PlaneView struct {
	Attrs    map[string]any     `json:"attrs"`
	Unknown  map[string]Unknown `json:"unknown,omitempty"`
	Prov     []Provenance       `json:"prov,omitempty"`
	AttrProv map[string]int     `json:"attr_prov,omitempty"`
}

// Provenance says where a piece of evidence came from.
type Provenance struct {
	// Source is the id of the Source (a collector's run).
	Source string `json:"source"`
	// Method is aws:<service>:<Operation>, terraform:hcl, terraform:plan, terraform:state,
	// host:<command or file>, governance:file, governance:csv or attestation.
	Method string `json:"method"`
	// At is when it was read, UTC; zero for a file whose time of reading says nothing.
	At time.Time `json:"at,omitzero"`
	// Locator is the place.
	Locator Locator `json:"locator"`
	// RawSHA256 is the digest of the redacted raw payload, "" where there is none.
	RawSHA256 string `json:"raw_sha256,omitempty"`
	// RawRef is where in the snapshot the raw payload lies, "" where it is not kept.
	RawRef string `json:"raw_ref,omitempty"`
	// By is the person behind an attestation.
	By string `json:"by,omitempty"`
}

// Locator is a place in a file, an API's answer, a host or a register. Unused fields are empty.
type Locator struct {
	File      string `json:"file,omitempty"`       // slash-separated, relative to the working directory of the run
	Line      int    `json:"line,omitempty"`       // 1-based
	EndLine   int    `json:"end_line,omitempty"`   // 1-based, inclusive
	Column    int    `json:"column,omitempty"`     // 1-based, in characters
	EndColumn int    `json:"end_column,omitempty"` // 1-based, exclusive
	Module    string `json:"module,omitempty"`     // Terraform module address, "" for the root module
	Address   string `json:"address,omitempty"`    // Terraform resource address
	ARN       string `json:"arn,omitempty"`
	Host      string `json:"host,omitempty"`
	Path      string `json:"path,omitempty"`    // path on the host
	Command   string `json:"cmd,omitempty"`     // command on the host
	Pointer   string `json:"pointer,omitempty"` // RFC 6901 pointer into the payload
	Commit    string `json:"commit,omitempty"`  // git commit of File
}

// ProvOf returns the provenance of the path, and false where the entity has none. A path of a list's element
// ("rules[].cidrs[]") falls back to its list ("rules[]"), then to the entity's own provenance.
func (e *Entity) ProvOf(path string) (Provenance, bool) {
	if i, ok := e.AttrProv[path]; ok && i >= 0 && i < len(e.Prov) {
		return e.Prov[i], true
	}
	if len(e.Prov) == 0 {
		return Provenance{}, false
	}
	return e.Prov[0], true
}

// HasFacet reports whether the entity is of the kind or carries the facet.
func (e *Entity) HasFacet(name string) bool {
	if e.Kind == name {
		return true
	}
	return slices.Contains(e.Facets, name)
}

// Relation is a typed, directed link between two entities, by UID.
type Relation struct {
	Type string `json:"type"` // owned_by, encrypted_by, selected_by, ...: evidence.md section 6
	From string `json:"from"`
	To   string `json:"to"`
	// Complete is false where more relations of this type from From may exist that could not be determined.
	Complete bool `json:"complete"`
	// Attrs holds what the relation itself says (the rule that made it), usually empty.
	Attrs map[string]string `json:"attrs,omitempty"`
}

// CoverageStatus is what came of an attempt to collect.
type CoverageStatus string

// The coverage statuses, from best to worst.
const (
	Complete CoverageStatus = "complete"  // everything of the kind in the scope was read
	Partial  CoverageStatus = "partial"   // some was read, some could not be
	Cut      CoverageStatus = "truncated" // a cap was reached
	Denied   CoverageStatus = "denied"    // permission was refused
	Skipped  CoverageStatus = "skipped"   // not attempted
)

// Coverage says, for one kind in one scope, what was attempted and what came of it.
type Coverage struct {
	// Kind is the kind or facet covered; "*" covers every kind that the source can yield.
	Kind   string         `json:"kind"`
	Scope  string         `json:"scope"`
	Source string         `json:"source"` // id of the Source
	Status CoverageStatus `json:"status"`
	// Detail says what is missing and why, for a reader; empty when complete.
	Detail string `json:"detail,omitempty"`
	// Items names each thing that was not read (a module, a file, an unmapped resource type, a region), sorted.
	Items []string `json:"items,omitempty"`
}

// Source is one run of one collector on one target.
type Source struct {
	ID        string `json:"id"`        // s1, s2, ...: in the order of the targets
	Collector string `json:"collector"` // terraform, aws, host, governance
	Version   string `json:"version"`
	Target    string `json:"target"` // the target's reference as the user gave it
	Scope     string `json:"scope"`  // the widest scope of what it yields
	// Directory is where the run stood in its repository: the working directory below the root, slash-separated. Relative paths, in locators
	// and in scopes of Terraform, start from it. It is "" at the root, and outside of a repository.
	Directory string `json:"directory,omitempty"`
	// Revision is the commit on which the work tree of a target in git stood; nil for others.
	Revision  *Revision `json:"revision,omitempty"`
	StartedAt time.Time `json:"started_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	// Needs are the kinds, facets, attribute paths and relations to which the collection was limited, sorted; empty where everything was
	// collected. A check that reads anything else cannot be decided on this source.
	Needs []string `json:"needs,omitempty"`
	// Problems lists what went wrong, in order of place.
	Problems []Problem `json:"problems,omitempty"`
}

// Revision is a commit of a git repository. The files may have been changed since.
type Revision struct {
	Repository string `json:"repository,omitempty"` // address of the remote, a URI without user and password; "" where there is none
	Commit     string `json:"commit"`               // id, hex
	Branch     string `json:"branch,omitempty"`     // "" where none was checked out
}

// Problem is something that a collector could not do: a diagnostic in a file, a denied call.
type Problem struct {
	Severity string  `json:"severity"`         // error or warning
	Code     string  `json:"code"`             // hcl_syntax, missing_module, access_denied, ...
	Summary  string  `json:"summary"`          // one line
	Detail   string  `json:"detail,omitempty"` // what to do about it
	Locator  Locator `json:"locator,omitzero"`
	Snippet  string  `json:"snippet,omitempty"` // the source line at fault, redacted
}

// Snapshot is everything collected in one run, in memory. Read and Write move it to and from disk.
type Snapshot struct {
	// AsOf is the time that policies judge by; never the wall clock.
	AsOf      time.Time
	Tool      string // name and version of the tool that collected it
	Sources   []Source
	Coverage  []Coverage
	Entities  []*Entity
	Relations []Relation
	// Files are the source files that the evidence was read from, redacted: what reports quote.
	Files []SourceFile
}

// SourceFile is a file that evidence was read from.
type SourceFile struct {
	Path   string `json:"path"`           // as in Locator.File
	SHA256 string `json:"sha256"`         // of the file as it was read, hex
	Bytes  int64  `json:"bytes"`          // of the file as it was read
	Text   string `json:"text,omitempty"` // its text with secrets redacted; empty where it is too large to keep
}

// Sort brings every list into its total order, so that equal evidence gives equal bytes.
func (s *Snapshot) Sort() {
	slices.SortStableFunc(s.Entities, func(a, b *Entity) int { return cmp.Compare(a.UID, b.UID) })
	slices.SortStableFunc(s.Relations, func(a, b Relation) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	slices.SortStableFunc(s.Sources, func(a, b Source) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortStableFunc(s.Files, func(a, b SourceFile) int { return cmp.Compare(a.Path, b.Path) })
	slices.SortStableFunc(s.Coverage, func(a, b Coverage) int {
		return cmp.Or(
			cmp.Compare(a.Source, b.Source), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Status, b.Status),
		)
	})
}
