// Package sample builds assessments for the tests and the design of the report formats: a hospital with Terraform, one AWS account
// and a governance directory, and a generator of as many findings as a benchmark asks for.
//
// Nothing here is evidence of anything real. The findings are synthetic; the frameworks, the mappings and the roll-up are the real ones, so
// that a report meets the shapes that it will meet in use. The same call gives the same assessment.
package sample

import (
	"embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/assay-audit/assay/frameworks"
	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/policy"
)

//go:embed checks.json
var files embed.FS

// check is one entry of checks.json, which lists the catalogue's checks.
type check struct {
	ID, Title, Severity, Rationale, Description string
	Units, Collectors                           []string
}

// AsOf is the time of every sample.
func AsOf() time.Time { return time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC) }

const (
	scopeTF  = "tf:infra"
	scopeAWS = "aws:111122223333:eu-west-1"
	scopeGov = "gov:governance"
)

// Assessment builds the hospital: about 200 findings with failures, waivers, unknowns (some deferred), reviews and gaps in coverage.
func Assessment() (*assess.Assessment, error) {
	checks, err := catalogue()
	if err != nil {
		return nil, err
	}
	var fs []finding.Finding
	for i, c := range checks {
		fs = append(fs, ofCheck(c, i)...)
	}
	a, err := Build(fs, checks, Snapshot())
	if err != nil {
		return nil, err
	}
	a.Waivers = waivers(a)
	a.Baseline = baseline(a)
	return a, nil
}

// Build assesses findings against the default frameworks.
func Build(fs []finding.Finding, checks []policy.Check, snap *evidence.Snapshot) (*assess.Assessment, error) {
	frames, err := frameworks.Load(frameworks.Default()...)
	if err != nil {
		return nil, err
	}
	finding.Sort(fs)
	sources := map[string]string{}
	judged := map[string]bool{}
	for _, c := range checks {
		sources[c.ID] = rego(c)
	}
	for i := range fs {
		judged[fs[i].Check] = true
	}
	ids := make([]string, 0, len(judged))
	for id := range judged {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return assess.Build(assess.Input{
		Tool: assess.Tool{Name: "assay", Version: "0.1.0"}, Profile: "audit", Snapshot: snap,
		SnapshotDigest: "sha256:" + strings.Repeat("5e", 32), PoliciesDigest: "sha256:" + strings.Repeat("a1", 32),
		Findings: fs, Checks: checks, Judged: ids, Frameworks: frames, Sources: sources,
	}), nil
}

// Checks returns the catalogue's checks.
func Checks() ([]policy.Check, error) { return catalogue() }

func catalogue() ([]policy.Check, error) {
	data, err := files.ReadFile("checks.json")
	if err != nil {
		return nil, err
	}
	var list []check
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("checks.json: %w", err)
	}
	out := make([]policy.Check, 0, len(list))
	for _, c := range list {
		p := policy.Check{
			ID: c.ID, Title: c.Title, Severity: finding.Severity(c.Severity), Rationale: c.Rationale, Description: c.Description,
			Remediation: remediation(c.ID), Units: c.Units, Collectors: c.Collectors,
		}
		if strings.HasSuffix(c.ID, "retention") {
			p.Parameters = []policy.Parameter{{Name: "min_retention_days", Default: int64(2190), Unit: "days", Source: "45 CFR 164.316(b)(2)(i)"}}
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b policy.Check) int { return strings.Compare(a.ID, b.ID) })
	return out, nil
}

// Snapshot is what the hospital's collectors say of their runs.
func Snapshot() *evidence.Snapshot {
	at := AsOf()
	return &evidence.Snapshot{
		AsOf: at, Tool: "assay 0.1.0", Entities: make([]*evidence.Entity, 143),
		Sources: []evidence.Source{
			{
				ID: "s1", Collector: "terraform", Version: "0.1.0", Target: "./infra", Scope: scopeTF,
				Revision: &evidence.Revision{
					Repository: "https://git.example/clinic/infra.git", Commit: "3b18e512dba79e4c8300dd08aeb37f8e728b8dad", Branch: "main",
				},
				Problems: []evidence.Problem{
					{
						Severity: "error", Code: "missing_module", Summary: `module "legacy_lab" could not be read`,
						Detail:  "Run terraform init, so that its source is in .terraform/modules.",
						Locator: evidence.Locator{File: "infra/main.tf", Line: 88, EndLine: 88, Column: 3, EndColumn: 40}, Snippet: `  source = "git::ssh://git.example/lab.git"`,
					},
					{Severity: "warning", Code: "deprecated", Summary: "the provider block sets a version", Locator: evidence.Locator{File: "infra/providers.tf", Line: 4}},
				},
			},
			{
				ID: "s2", Collector: "aws", Version: "0.1.0", Target: "aws:profile=audit", Scope: "aws:111122223333", StartedAt: at, EndedAt: at.Add(92 * time.Second),
				Problems: []evidence.Problem{{
					Severity: "error", Code: "access_denied", Summary: "backup:ListRecoveryPointsByBackupVault was denied in eu-west-1",
					Detail: "Add backup:ListRecoveryPointsByBackupVault to the audit role (assay aws permissions).", Locator: evidence.Locator{ARN: "arn:aws:iam::111122223333:role/audit"},
				}},
			},
			{ID: "s3", Collector: "governance", Version: "0.1.0", Target: "./governance", Scope: scopeGov},
		},
		Coverage: []evidence.Coverage{
			{Kind: "*", Scope: scopeTF, Source: "s1", Status: evidence.Partial, Detail: "some modules could not be read", Items: []string{"module.legacy_lab"}},
			{
				Kind: "resource_type", Scope: scopeTF, Source: "s1", Status: evidence.Skipped, Detail: "resource types that no mapping reads",
				Items: []string{"aws_appconfig_application", "aws_connect_instance", "datadog_monitor", "random_pet"},
			},
			{Kind: "bucket", Scope: scopeAWS, Source: "s2", Status: evidence.Complete},
			{Kind: "recovery_point", Scope: scopeAWS, Source: "s2", Status: evidence.Denied, Detail: "backup:ListRecoveryPointsByBackupVault was denied", Items: []string{"vault/clinical", "vault/imaging"}},
			{Kind: "log_store", Scope: scopeAWS, Source: "s2", Status: evidence.Cut, Detail: "the cap of 10,000 log groups was reached"},
			{Kind: "*", Scope: scopeGov, Source: "s3", Status: evidence.Complete},
		},
	}
}

// pick is a number below n that depends on the key alone.
func pick(n int, key ...string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.Join(key, "\x00"))) // a hash never fails to write
	return int(h.Sum32() % uint32(n))
}

// ofCheck makes the findings of one check: on Terraform resources, on the account or on records, as its collectors allow.
func ofCheck(c policy.Check, i int) []finding.Finding {
	var out []finding.Finding
	switch {
	case slices.Contains(c.Collectors, "terraform"):
		for n := range 2 + pick(3, c.ID) {
			out = append(out, terraformFinding(c, n))
		}
		if c.ID == "enc.at_rest" {
			for n := range 12 {
				out = append(out, instanceFinding(c, n))
			}
		}
	case slices.Contains(c.Collectors, "aws"):
		out = append(out, awsFinding(c, i))
	case slices.Contains(c.Collectors, "governance"):
		if i%3 != 0 {
			out = append(out, recordFinding(c, i))
		}
	}
	return out
}

var names = []string{"patient_records", "imaging_archive", "lab_results", "billing_exports", "audit_logs", "booking"}

func terraformFinding(c policy.Check, n int) finding.Finding {
	name := names[(n+pick(len(names), c.ID))%len(names)]
	file := []string{"infra/storage.tf", "infra/database.tf", "infra/network.tf", "infra/modules/imaging/main.tf"}[pick(4, c.ID, name)]
	line := 10 + pick(200, c.ID, name)
	f := base(c, finding.Entity{
		ID: "aws_s3_bucket." + name, Kind: c.Units[0], Plane: evidence.Declared, Scope: scopeTF, Name: name, UID: scopeTF + ":aws_s3_bucket." + name,
	})
	if strings.Contains(file, "modules") {
		f.Entity.ID = "module.imaging." + f.Entity.ID
	}
	f.Location = &finding.Location{
		File: file, StartLine: line, EndLine: line, StartColumn: 3, EndColumn: 20, Snippet: []string{"  encrypted = false # " + name},
	}
	f.Provenance = []evidence.Provenance{{
		Source: "s1", Method: "terraform:hcl", RawSHA256: strings.Repeat("0b", 32),
		Locator: evidence.Locator{File: file, Line: line, EndLine: line, Address: f.Entity.ID},
	}}
	verdict(&f, c, pick(10, c.ID, name, "v"))
	return finish(f)
}

// instanceFinding is one of twelve instances of one for_each resource, all failing on the same line.
func instanceFinding(c policy.Check, n int) finding.Finding {
	f := base(c, finding.Entity{
		ID: `aws_ebs_volume.scratch["ward-` + strconv.Itoa(n+10) + `"]`, Kind: "volume", Plane: evidence.Declared, Scope: scopeTF, Name: "ward-" + strconv.Itoa(n+10),
	})
	f.Location = &finding.Location{
		File: "infra/compute.tf", StartLine: 41, EndLine: 41, StartColumn: 3, EndColumn: 20, Snippet: []string{"  encrypted = false"},
	}
	verdict(&f, c, 0)
	return finish(f)
}

func awsFinding(c policy.Check, i int) finding.Finding {
	arn := "arn:aws:iam::111122223333:role/" + names[i%len(names)]
	f := base(c, finding.Entity{ID: arn, Kind: c.Units[0], Plane: evidence.Observed, Scope: scopeAWS, Name: names[i%len(names)], UID: "aws:" + arn})
	f.Provenance = []evidence.Provenance{{
		Source: "s2", Method: "aws:iam:GetRole", At: AsOf(), Locator: evidence.Locator{ARN: arn}, RawSHA256: strings.Repeat("c4", 32),
	}}
	verdict(&f, c, pick(10, c.ID, "aws"))
	if f.Deferred {
		f.Deferred, f.Unknown[0].Reason, f.Unknown[0].Detail = false, evidence.AccessDenied, "backup:ListRecoveryPointsByBackupVault"
	}
	return finish(f)
}

func recordFinding(c policy.Check, i int) finding.Finding {
	id := "policies/" + names[i%len(names)]
	f := base(c, finding.Entity{ID: id, Kind: c.Units[0], Plane: evidence.Attested, Scope: scopeGov, Name: names[i%len(names)]})
	f.Location = &finding.Location{File: "governance/policies.yaml", StartLine: 5 + i, EndLine: 5 + i}
	f.Provenance = []evidence.Provenance{{Source: "s3", Method: "governance:file", Locator: evidence.Locator{File: "governance/policies.yaml", Line: 5 + i}, By: "compliance office"}}
	verdict(&f, c, pick(12, c.ID, "gov"))
	if f.Deferred {
		f.Deferred, f.Unknown[0].Reason, f.Unknown[0].Detail = false, evidence.NotAttested, "the register has no field for it"
	}
	return finish(f)
}

func base(c policy.Check, e finding.Entity) finding.Finding {
	return finding.Finding{
		Check: c.ID, Title: c.Title, Severity: c.Severity, Entity: e, Remediation: c.Remediation, Attributes: []string{"encryption.at_rest"},
		Unknown: []finding.UnknownPath{}, Controls: []finding.ControlRef{}, Evidence: []string{"sha256:" + strings.Repeat("e7", 32)},
	}
}

// verdict gives the finding one of ten verdicts.
func verdict(f *finding.Finding, c policy.Check, n int) {
	switch n {
	case 0, 1:
		f.Status, f.Message = finding.Fail, f.Entity.Name+" does not meet: "+strings.ToLower(c.Title[:1])+c.Title[1:]
		f.Expected, f.Actual = "on, with a customer-managed key", "off"
		f.Reasons = []finding.Reason{{Message: f.Message, Expected: f.Expected, Actual: f.Actual, Attributes: f.Attributes, Location: f.Location}}
		if n == 1 && f.Location != nil {
			second := *f.Location
			second.StartLine, second.EndLine, second.Snippet = f.Location.StartLine+7, f.Location.StartLine+7, []string{`  policy    = "open"`}
			f.Reasons = append(f.Reasons, finding.Reason{
				Message: "anybody may read it", Expected: "the account's own principals", Actual: "*", Attributes: []string{"policy.principals"}, Location: &second,
			})
		}
	case 2:
		f.Status, f.Message, f.Deferred = finding.Unknown, "could not be decided", true
		f.Unknown = []finding.UnknownPath{{Path: "kms_key.arn", Reason: evidence.Computed, Detail: "aws_kms_key.main.arn is known only after apply"}}
	case 3:
		f.Status, f.Message = finding.Unknown, "could not be decided"
		f.Unknown = []finding.UnknownPath{{Path: "versioning.enabled", Reason: evidence.Unresolved, Detail: "var.versioning has no default"}}
	case 4:
		f.Status, f.Message = finding.Review, "a person must judge whether the record is adequate"
	case 5:
		f.Status, f.Message = finding.NotApplicable, "holds no data in scope"
	default:
		f.Status, f.Message = finding.Pass, "proved on "+f.Entity.Name
	}
}

func finish(f finding.Finding) finding.Finding {
	f.Fingerprint = finding.Fingerprint(f.Check, f.Entity.Scope, f.Entity.ID, f.Attributes)
	if f.Status == finding.Fail && pick(5, f.Fingerprint) == 0 {
		f.Waiver = &finding.Waiver{
			ID: "W-" + strconv.Itoa(1+pick(3, f.Check)), Reason: "The vendor's appliance cannot do it; it is replaced in March.", Approver: "dr.osei@hospital.example",
			Expires: "2027-03-31", Requester: "imaging team", Ticket: "SEC-218", Measure: "isolated network segment, weekly review of its logs",
			ApprovedOn: "2026-09-30", Approval: "commit", ApprovalRef: "commit 2f1c0a9be417 of 2026-09-30 by R. Osei <dr.osei@hospital.example>, its author is the approver",
		}
	}
	state := []string{"new", "unchanged"}[pick(2, f.Fingerprint, "b")]
	f.Baseline = &state
	return f
}

func baseline(a *assess.Assessment) *assess.Baseline {
	b := &assess.Baseline{Name: "main", AsOf: AsOf().AddDate(0, 0, -1), SnapshotDigest: "sha256:00", Undecided: 2}
	for i := range a.Findings {
		f := a.Findings[i]
		switch {
		case f.Status == finding.Fail && *f.Baseline == finding.BaselineUnchanged:
			b.Unchanged++
		case f.Failing():
			a.Summary.New++
		case f.Status == finding.Pass && *f.Baseline == finding.BaselineNew && len(b.Fixed) < 3:
			f.Status, f.Baseline = finding.Fail, nil
			b.Fixed = append(b.Fixed, f)
		}
	}
	a.Summary.Fixed = len(b.Fixed)
	return b
}

func waivers(a *assess.Assessment) []assess.WaiverState {
	out := []assess.WaiverState{}
	for i := range a.Findings {
		f := &a.Findings[i]
		if f.Waiver == nil {
			continue
		}
		if n := slices.IndexFunc(out, func(w assess.WaiverState) bool { return w.ID == f.Waiver.ID && w.Check == f.Check }); n >= 0 {
			out[n].Matches++
			continue
		}
		out = append(out, assess.WaiverState{Waiver: *f.Waiver, Check: f.Check, Selector: "*", State: "active", Matches: 1})
	}
	return append(out, assess.WaiverState{
		Waiver: finding.Waiver{ID: "W-9", Reason: "Migration window.", Approver: "dr.osei@hospital.example", Expires: "2026-10-01"},
		Check:  "net.default_deny", Selector: "aws_security_group.legacy", State: "expired", Problems: []string{"it expired on 2026-10-01"},
	})
}

func remediation(id string) string {
	switch id[:strings.IndexByte(id, '.')] {
	case "enc":
		return "Turn on encryption at rest with a customer-managed key. An existing store is encrypted by restoring an encrypted copy of its snapshot."
	case "net":
		return "Narrow the rule to the sources that need it, and reach the port through the VPN or Session Manager."
	case "iam":
		return "Replace the statement with the actions and resources that the workload uses; access-analyser findings list them."
	case "backup", "dr":
		return "Add the resource to a backup plan of its tier, with a copy in a second account and a retention lock."
	}
	return "Change the record or the resource so that the check's question can be answered with yes; assay explain " + id + " shows an example."
}

func rego(c policy.Check) string {
	return "# METADATA\n# title: " + c.Title + "\npackage checks." + c.ID + "\n\nimport data.lib.ev\n\nfail contains {\"uid\": e.uid, \"message\": msg} if {\n" +
		"\tsome e in input." + c.Units[0] + "\n\te.attrs[\"encryption.at_rest\"] == false\n\tmsg := sprintf(\"%s is not encrypted\", [e.name])\n}\n"
}

// Large builds n findings over a hundred accounts, for benchmarks of size and time.
func Large(n int) (*assess.Assessment, error) {
	checks, err := catalogue()
	if err != nil {
		return nil, err
	}
	fs := make([]finding.Finding, 0, n)
	for i := range n {
		c := checks[i%len(checks)]
		account := 100000000000 + i%100*7919
		scope := fmt.Sprintf("aws:%d:%s", account, []string{"eu-west-1", "eu-central-1", "us-east-1"}[i%3])
		id := fmt.Sprintf("arn:aws:s3:::%s-%d-%05d", strings.ReplaceAll(names[i%len(names)], "_", "-"), account, i)
		f := base(c, finding.Entity{ID: id, Kind: c.Units[0], Plane: evidence.Observed, Scope: scope, Name: id[13:]})
		f.Provenance = []evidence.Provenance{{Source: "s2", Method: "aws:s3:GetBucketEncryption", At: AsOf(), Locator: evidence.Locator{ARN: id}, RawSHA256: digestOf(i)}}
		f.Evidence = []string{"sha256:" + digestOf(i)}
		verdict(&f, c, pick(10, id))
		fs = append(fs, finish(f))
	}
	return Build(fs, checks, Snapshot())
}

// digestOf is hex that compresses as badly as a digest.
func digestOf(i int) string {
	return finding.Fingerprint("digest", strconv.Itoa(i), "a", nil) + finding.Fingerprint("digest", strconv.Itoa(i), "b", nil)
}
