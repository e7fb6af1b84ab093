package services

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// credentialReport is IAM's report of who has which credentials, by the user's ARN. It is the only source of most of what it says, and IAM
// makes it anew at most every four hours.
type credentialReport struct {
	rows map[string]reportRow
	made string // when, for a reader
	prov *evidence.Provenance
	// unknown is why there is no report; nil where there is one.
	unknown *evidence.Unknown
}

// reportRow is one line of the report.
type reportRow map[string]string

// rootInReport is what the report calls the root user.
const rootInReport = "<root_account>"

// reportTries bounds how often IAM is asked whether the report is ready; with the waits between, that is most of a minute.
const reportTries = 12

// reportOf makes and reads the report once per account.
func reportOf(ctx context.Context, c *api.Context) *credentialReport {
	return api.SharedGlobal(c, "iam credential report", func(c *api.Context) *credentialReport { return readReport(ctx, c) })
}

func readReport(ctx context.Context, c *api.Context) *credentialReport {
	client := iam.NewFromConfig(c.AWS())
	wait := 100 * time.Millisecond
	for range reportTries {
		made := api.Ask(ctx, c, client.GenerateCredentialReport, &iam.GenerateCredentialReportInput{})
		if made.Fail != nil || made.Out.State == types.ReportStateTypeComplete {
			break
		}
		if !pause(ctx, wait) {
			break
		}
		wait = min(2*wait, 8*time.Second)
	}
	a := api.Ask(ctx, c, client.GetCredentialReport, &iam.GetCredentialReportInput{})
	if a.Fail != nil {
		why := a.Fail.Unknown()
		return &credentialReport{prov: a.Prov, unknown: &why}
	}
	r := parseReport(a.Out.Content)
	r.prov = a.Prov
	if a.Out.GeneratedTime != nil {
		r.made = a.Out.GeneratedTime.UTC().Format(time.RFC3339)
	}
	if r.unknown != nil {
		c.Problem(evidence.Problem{Severity: "error", Code: string(evidence.ParseError), Summary: c.Account.UID() + ": " + r.unknown.Detail})
	}
	return r
}

// pause waits, and reports whether the run goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// parseReport reads the report's CSV by the names of its columns.
func parseReport(content []byte) *credentialReport {
	lines, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || len(lines) == 0 {
		return &credentialReport{unknown: &evidence.Unknown{
			Reason: evidence.ParseError, Detail: fmt.Sprintf("the credential report is no table with a heading (%v)", err),
		}}
	}
	r := &credentialReport{rows: make(map[string]reportRow, len(lines))}
	for _, line := range lines[1:] {
		row := make(reportRow, len(line))
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		if row["user"] == rootInReport {
			r.rows[rootInReport] = row
			continue
		}
		r.rows[row["arn"]] = row
	}
	return r
}

// row is the line of a user, or why there is none: the user is newer than the report.
func (r *credentialReport) row(key string) (reportRow, *evidence.Unknown) {
	if r.unknown != nil {
		return nil, r.unknown
	}
	row, ok := r.rows[key]
	if !ok {
		return nil, &evidence.Unknown{
			Reason: evidence.Stale, Detail: "the credential report of " + r.made + " lacks the user; IAM makes it anew at most every four hours",
		}
	}
	return row, nil
}

// line is one user's line of the report, from which attributes are read.
type line struct {
	row  reportRow
	why  *evidence.Unknown // why there is no line
	prov *evidence.Provenance
}

func (r *credentialReport) line(key string) line {
	row, why := r.row(key)
	return line{row: row, why: why, prov: r.prov}
}

// yes reads a column that says true or false. Of the root user IAM says not_supported where it is of course true.
func (l line) yes(column string) kind.Attr[bool] {
	if l.why != nil {
		return kind.Because[bool](*l.why).From(l.prov)
	}
	switch text := l.row[column]; text {
	case "true", "TRUE":
		return kind.Known(true).From(l.prov)
	case "false", "FALSE":
		return kind.Known(false).From(l.prov)
	default:
		return kind.Unknown[bool](evidence.Unsupported, "the credential report says "+text+" in "+column).From(l.prov)
	}
}

// at reads a column that holds a time; null where there is none: N/A, no_information (never used) and not_supported.
func (l line) at(column string) kind.Attr[kind.Time] {
	if l.why != nil {
		return kind.Because[kind.Time](*l.why).From(l.prov)
	}
	switch text := l.row[column]; text {
	case "", "N/A", "no_information", "not_supported":
		return kind.Null[kind.Time]().From(l.prov)
	default:
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return kind.Unknown[kind.Time](evidence.ParseError, "the credential report says "+text+" in "+column).From(l.prov)
		}
		return api.Time(aws.Time(t)).From(l.prov)
	}
}

// has reports whether there is a credential: it has a date, or is active.
func (l line) has(active, date string) bool {
	if l.why != nil {
		return false
	}
	on, _ := l.yes(active).Value()
	return on || l.at(date).IsKnown()
}

// lastUse is the newest of several times; null where all are.
func lastUse(times ...kind.Attr[kind.Time]) kind.Attr[kind.Time] {
	newest := kind.Null[kind.Time]()
	for _, t := range times {
		at, known := t.Value()
		if _, unknown := t.Reason(); unknown {
			return t
		}
		if old, _ := newest.Value(); known && at > old || newest.IsNull() {
			newest = t
		}
	}
	return newest
}

// reconcile compares the users of the report with those of the authorization details: two sources that must name the same ones.
func reconcile(c *api.Context, a *authorization, r *credentialReport) {
	if a.fail != nil || r.unknown != nil {
		return
	}
	listed := make(map[string]bool, len(a.users))
	var lacks, more []string
	for _, u := range a.users {
		arn := aws.ToString(u.Arn)
		listed[arn] = true
		if _, ok := r.rows[arn]; !ok {
			lacks = append(lacks, arn)
		}
	}
	for arn := range r.rows {
		if arn != rootInReport && !listed[arn] {
			more = append(more, arn)
		}
	}
	const refresh = "IAM makes the report anew at most every four hours; run again after that"
	if len(lacks) > 0 {
		c.Problem(evidence.Problem{
			Severity: "warning", Code: "reconciliation",
			Summary: fmt.Sprintf("%s: the credential report of %s lacks %s that IAM lists: %s", c.Account.UID(), r.made, users(len(lacks)), some(lacks)),
			Detail:  "their credentials and last use are unknown (stale). " + refresh,
		})
	}
	if len(more) > 0 {
		c.Problem(evidence.Problem{
			Severity: "warning", Code: "reconciliation",
			Summary: fmt.Sprintf("%s: the credential report of %s names %s that IAM does not list: %s", c.Account.UID(), r.made, users(len(more)), some(more)),
			Detail:  "they were deleted since, and nothing is said of them. " + refresh,
		})
	}
}

func users(n int) string {
	if n == 1 {
		return "1 user"
	}
	return fmt.Sprintf("%d users", n)
}
