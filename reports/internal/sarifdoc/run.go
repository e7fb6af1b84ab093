package sarifdoc

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/owenrumney/go-sarif/v2/sarif"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/reports"
	"github.com/assay-audit/assay/reports/internal/view"
)

// MaxResults is how many results of a run code scanning shows.
const MaxResults = 5000

// CodeScanning writes the profile for code scanning: unwaived failures, the most severe first and at most MaxResults, with one closing result
// that says what was left out; unknowns too where they count.
func CodeScanning(w io.Writer, a *assess.Assessment, o reports.Options) error {
	shown := view.Select(a, (*finding.Finding).Failing)
	if o.FailOnIncomplete {
		shown = append(shown, view.Select(a, func(f *finding.Finding) bool { return f.Status == finding.Unknown && !f.Deferred })...)
	}
	omitted := 0
	if len(shown) > MaxResults {
		omitted = len(shown) - (MaxResults - 1)
		shown = shown[:MaxResults-1]
	}
	r, at := newRules(a, shown, false), placesOf(a, o.ConfigFile, false)
	results := make([]result, 0, len(shown)+1)
	for _, f := range shown {
		res := resultOf(f, r, at)
		res.Level = new(level(f.Severity))
		if f.Status == finding.Unknown {
			res.Level = new("warning")
		}
		results = append(results, result{Result: res})
	}
	if omitted > 0 {
		results = append(results, closing(r, omitted, at))
	}
	out := newRun(a, r, results)
	out.Invocations = invocations(a, at)
	out.Properties = sarif.Properties{"waived": a.Summary.Findings.Waived, "unknown": a.Summary.Findings.Unknown, "omitted": omitted}
	return encode(w, out)
}

// closing makes the result that says how many results were left out. Its fingerprint does not depend on the number, so that it stays one alert.
func closing(r *rules, omitted int, at *places) result {
	title := "More failures were found than code scanning shows"
	r.add(descriptor{GUID: guid("check", omittedRule), ReportingDescriptor: &sarif.ReportingDescriptor{
		ID: omittedRule, Name: new("AssayResultsOmitted"), ShortDescription: text(title), FullDescription: text(title + "; the least severe are left out."),
		Help: &sarif.MultiformatMessageString{
			Text:     new("Read the whole result with assay scan -o html=FILE or -o json=FILE."),
			Markdown: new("Read the whole result with `assay scan -o html=FILE` or `-o json=FILE`."),
		},
		HelpURI:              new(homepage + "#" + omittedRule),
		DefaultConfiguration: &sarif.ReportingConfiguration{Level: "note"},
	}})
	return result{Result: &sarif.Result{
		RuleID: new(omittedRule), RuleIndex: new(uint(r.index[omittedRule])), Level: new("note"),
		Message:             sarif.Message{Text: new(view.Count(omitted, "further result") + " of no higher severity: not shown here. The HTML and JSON reports of the run have all of them.")},
		Locations:           []*sarif.Location{{PhysicalLocation: at.configuration()}},
		PartialFingerprints: map[string]any{"primaryLocationLineHash": finding.Fingerprint(omittedRule, "", "", nil)},
	}}
}

// Archive writes the standard in full: every verdict, waivers as suppressions, frameworks as taxonomies, and what went unread.
func Archive(w io.Writer, a *assess.Assessment, o reports.Options) error {
	all := view.Select(a, func(*finding.Finding) bool { return true })
	r, at := newRules(a, all, true), placesOf(a, o.ConfigFile, true)
	results := make([]result, 0, len(all))
	for _, f := range all {
		results = append(results, archived(f, r, at))
	}
	out := newRun(a, r, results)
	out.Taxonomies = taxonomies(a)
	out.Tool.Driver.SupportedTaxonomies = supported(out.Taxonomies)
	out.Invocations = invocations(a, at)
	out.VersionControlProvenance = revisions(a)
	out.Artifacts = artifacts(all, at)
	out.OriginalUriBaseIDs = at.bases
	out.Properties = sarif.Properties{
		"summary": a.Summary, "as_of": a.AsOf, "profile": a.Profile, "policies_digest": a.PoliciesDigest, "snapshot_digest": a.SnapshotDigest,
	}
	return encode(w, out)
}

// revisions are the commits that the run read, each once. SARIF has a place only for those of a repository with
// an address.
func revisions(a *assess.Assessment) []*sarif.VersionControlDetails {
	var out []*sarif.VersionControlDetails
	seen := map[evidence.Revision]bool{}
	for i := range a.Sources {
		r := a.Sources[i].Revision
		if r == nil || seen[*r] {
			continue
		}
		if u, err := url.Parse(r.Repository); err != nil || u.Scheme == "" || u.Host == "" {
			continue
		}
		seen[*r] = true
		details := &sarif.VersionControlDetails{RepositoryURI: new(r.Repository), RevisionID: new(r.Commit)}
		if r.Branch != "" {
			details.Branch = new(r.Branch)
		}
		out = append(out, details)
	}
	return out
}

// archived adds to a finding's result what only the archive says.
func archived(f *finding.Finding, r *rules, at *places) result {
	res := resultOf(f, r, at)
	kind := kindOf(f.Status)
	res.Kind, res.Level = new(kind), new("none") // a level but none is for failures
	if kind == "fail" {
		res.Level = new(level(f.Severity))
	}
	res.Fingerprints = map[string]any{"assay/v1": f.Fingerprint}
	if f.Baseline != nil && (*f.Baseline == "new" || *f.Baseline == "unchanged") {
		res.BaselineState = new(*f.Baseline)
	}
	p := res.Properties
	for name, list := range map[string][]string{"attributes": f.Attributes, "evidence": f.Evidence} {
		if len(list) > 0 {
			p[name] = list
		}
	}
	if len(f.Unknown) > 0 {
		p["unknown"] = f.Unknown
	}
	if f.Deferred {
		p["deferred"] = true
	}
	if len(f.Provenance) > 0 {
		p["provenance"] = f.Provenance
	}
	res.Fixes = fixes(f.Fix, at)
	out := result{Result: res}
	if wv := f.Waiver; wv != nil {
		out.Suppressions = []suppression{{
			Kind: "external", Status: "accepted", GUID: guid("waiver", wv.ID, f.Fingerprint), Justification: view.Clean(wv.Reason),
			Properties: sarif.Properties{"id": wv.ID, "approver": wv.Approver, "expires": wv.Expires},
		}}
	}
	return out
}

func kindOf(s finding.Status) string {
	switch s {
	case finding.Pass:
		return "pass"
	case finding.Fail:
		return "fail"
	case finding.NotApplicable:
		return "notApplicable"
	case finding.Review:
		return "review"
	case finding.Unknown:
	}
	return "open"
}

func newRun(a *assess.Assessment, r *rules, results []result) run {
	driver := component{ToolComponent: &sarif.ToolComponent{
		Name: a.Tool.Name, FullName: new(strings.TrimSpace(a.Tool.Name + " " + a.Tool.Version)), InformationURI: new(homepage),
		GUID: new(guid("tool", a.Tool.Name)), Version: new(cmp.Or(a.Tool.Version, "unknown")),
		ShortDescription: text("Policy-as-code auditor for data-security controls"),
	}, Rules: r.list}
	if semantic.MatchString(a.Tool.Version) {
		driver.SemanticVersion = new(a.Tool.Version)
	}
	return run{
		Run: &sarif.Run{
			AutomationDetails: &sarif.RunAutomationDetails{ID: new(category(a))}, ColumnKind: "unicodeCodePoints",
		},
		Tool: tool{driver}, Results: results,
	}
}

var (
	semantic = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$`)
	unfit    = regexp.MustCompile(`[^A-Za-z0-9:._-]+`)
)

// maxScopes is how many characters of a category the scopes take.
const maxScopes = 100

// category tells runs apart that are uploaded for the same commit: the profile and the scopes of what was audited. It ends with a slash, as
// code scanning wants it.
func category(a *assess.Assessment) string {
	scopes := make([]string, 0, len(a.Sources))
	for _, s := range a.Sources {
		scopes = append(scopes, unfit.ReplaceAllString(s.Scope, "-"))
	}
	slices.Sort(scopes)
	joined := strings.Join(slices.Compact(scopes), "+")
	if len(joined) > maxScopes {
		sum := sha256.Sum256([]byte(joined))
		joined = joined[:maxScopes-20] + "-" + hex.EncodeToString(sum[:6])
	}
	return strings.Join(slices.DeleteFunc([]string{"assay", a.Profile, joined}, func(s string) bool { return s == "" }), "/") + "/"
}

// invocations says how the run went. It was successful only where everything that was attempted was read.
func invocations(a *assess.Assessment, at *places) []*sarif.Invocation {
	inv := &sarif.Invocation{ExecutionSuccessful: new(readAll(a)), StartTimeUTC: new(a.AsOf.UTC()), EndTimeUTC: new(a.AsOf.UTC())}
	for i := range a.Sources {
		s := &a.Sources[i]
		if !s.EndedAt.IsZero() && s.EndedAt.After(*inv.EndTimeUTC) {
			inv.EndTimeUTC = new(s.EndedAt.UTC())
		}
	}
	for _, p := range view.FoldProblems(a.Sources) {
		inv.ToolExecutionNotifications = append(inv.ToolExecutionNotifications, ofProblem(p, at))
	}
	gaps := slices.DeleteFunc(slices.Clone(a.Coverage), func(c evidence.Coverage) bool { return c.Status == evidence.Complete })
	for _, c := range view.FoldCoverage(gaps) {
		inv.ToolExecutionNotifications = append(inv.ToolExecutionNotifications, ofCoverage(c))
	}
	for _, w := range a.Waivers {
		if w.State != "active" {
			inv.ToolConfigurationNotifications = append(inv.ToolConfigurationNotifications, ofWaiver(w))
		}
	}
	return []*sarif.Invocation{inv}
}

func readAll(a *assess.Assessment) bool {
	return !slices.ContainsFunc(a.Coverage, func(c evidence.Coverage) bool { return c.Status != evidence.Complete && c.Kind != "resource_type" }) &&
		!slices.ContainsFunc(a.Sources, func(s evidence.Source) bool {
			return slices.ContainsFunc(s.Problems, func(p evidence.Problem) bool { return p.Severity == "error" })
		})
}

func ofProblem(p view.Problem, at *places) *sarif.Notification {
	s, summary := p.Sources[0], cmp.Or(p.Summary, p.Code, "a problem")
	if p.Scopes != "" {
		summary = p.Scopes + ": " + summary
	}
	message := sentence(plain(summary)) + " " + sentence(plain(p.Detail))
	n := &sarif.Notification{
		Level: "warning", Message: &sarif.Message{Text: new(strings.TrimSpace(message))},
		Descriptor: &sarif.ReportingDescriptorReference{Id: new(cmp.Or(p.Code, "problem"))},
		PropertyBag: properties(map[string]string{
			"source": p.IDs(), "collector": s.Collector, "target": s.Target, "scope": cmp.Or(p.Scopes, s.Scope), "arn": p.Locator.ARN, "host": p.Locator.Host,
		}),
	}
	if p.Severity == "error" {
		n.Level = "error"
	}
	if !s.StartedAt.IsZero() {
		n.TimeUTC = new(s.StartedAt.UTC().Truncate(time.Second))
	}
	if p.Locator.File != "" {
		place := at.physical(&finding.Location{
			File: p.Locator.File, StartLine: p.Locator.Line, EndLine: p.Locator.EndLine, StartColumn: p.Locator.Column, EndColumn: p.Locator.EndColumn,
		}, p.Locator.File)
		if place != nil {
			n.Locations = []*sarif.Location{{PhysicalLocation: place}}
		}
	}
	return n
}

func ofCoverage(c evidence.Coverage) *sarif.Notification {
	message := fmt.Sprintf("Not everything was read: %s in %s is %s.", view.Words(plain(c.Kind)), plain(c.Scope), c.Status)
	if c.Detail != "" {
		message += " " + sentence(plain(c.Detail))
	}
	n := &sarif.Notification{
		Level: "warning", Message: &sarif.Message{Text: new(message)}, Descriptor: &sarif.ReportingDescriptorReference{Id: new("coverage_" + string(c.Status))},
		PropertyBag: properties(map[string]string{"source": c.Source, "kind": c.Kind, "scope": c.Scope}),
	}
	if len(c.Items) > 0 {
		n.Properties["items"] = c.Items
	}
	return n
}

func ofWaiver(w assess.WaiverState) *sarif.Notification {
	return &sarif.Notification{
		Level: "warning",
		Message: &sarif.Message{Text: new(sentence(plain(fmt.Sprintf("Waiver %s for %s on %s is %s: %s", cmp.Or(w.ID, "without id"), w.Check, w.Selector,
			w.State, cmp.Or(strings.Join(w.Problems, "; "), "it covers nothing")))))},
		Descriptor:  &sarif.ReportingDescriptorReference{Id: new("waiver_" + w.State)},
		PropertyBag: properties(map[string]string{"id": w.ID, "approver": w.Approver, "expires": w.Expires}),
	}
}

// properties keeps what is not empty.
func properties(values map[string]string) sarif.PropertyBag {
	p := sarif.Properties{}
	for k, v := range values {
		if v != "" {
			p[k] = v
		}
	}
	return sarif.PropertyBag{Properties: p}
}

// artifacts lists the files that findings point at, with the digest of what was read where the evidence has one for it.
func artifacts(fs []*finding.Finding, at *places) []*sarif.Artifact {
	digests := map[string]string{}
	for _, f := range fs {
		if f.Location != nil && f.Location.File != "" {
			digests[f.Location.File] = cmp.Or(digests[f.Location.File], "")
		}
		for _, p := range f.Provenance {
			if p.Locator.File != "" && p.RawSHA256 != "" {
				digests[p.Locator.File] = p.RawSHA256
			}
		}
	}
	files := make([]string, 0, len(digests))
	for file := range digests {
		files = append(files, file)
	}
	slices.Sort(files)
	out := make([]*sarif.Artifact, 0, len(files))
	for _, file := range files {
		a := &sarif.Artifact{Location: at.artifact(file), Length: -1, Roles: []string{"analysisTarget"}}
		if d := digests[file]; d != "" {
			a.Hashes = map[string]string{"sha-256": d}
		}
		out = append(out, a)
	}
	return out
}
