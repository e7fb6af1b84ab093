package view

import "github.com/assay-audit/assay/internal/evidence"

// Decides says what would turn an unknown with this reason into a verdict.
func Decides(reason evidence.Reason) string {
	switch reason {
	case evidence.NotCollected:
		return "add the source to the targets of the run"
	case evidence.AccessDenied:
		return "grant the permission that the detail names and run again"
	case evidence.Throttled, evidence.APIError:
		return "run again; the call may succeed then"
	case evidence.Unsupported:
		return "a person must look at it; this version cannot"
	case evidence.Computed:
		return "scan the plan (terraform show -json) or, after apply, the account"
	case evidence.Unresolved:
		return "give the value (--var-file, --var), run terraform init so that every module is there, or scan the plan"
	case evidence.NotInPlane:
		return "audit the running account, the host or the governance records as well"
	case evidence.ParseError:
		return "repair the file that the detail names"
	case evidence.Unlinked:
		return "scan together what refers to each other, or correct the reference"
	case evidence.Stale:
		return "collect the evidence anew"
	case evidence.Truncated:
		return "raise the limit, or scan a smaller target"
	case evidence.Redacted:
		return "a person must look at it: the value is withheld on purpose"
	case evidence.NotAttested:
		return "fill in the field of the record"
	}
	return "read the detail"
}
