package assess

import (
	"fmt"

	"github.com/assay-audit/assay/internal/finding"
)

// The exit codes that verdicts decide, as product.md fixes them.
const (
	exitOK         = 0
	exitFailures   = 1
	exitIncomplete = 3
)

// Outcome is what the verdicts say of a run as a whole.
type Outcome struct {
	Code int // exit code: 0, 1 or 3
	// Reason says in one line what decides the code.
	Reason string
}

// Outcome decides the exit code from the verdicts: failures at or above failOn first ("" where none decide), then nothing judged,
// then an incomplete audit where that counts. An output format never changes it.
func (a *Assessment) Outcome(failOn finding.Severity, failOnIncomplete bool) Outcome {
	failing, failure := 0, "failure"
	if a.Baseline != nil {
		failure = "new failure"
	}
	for i := range a.Findings {
		if f := &a.Findings[i]; f.Decides() && failOn != "" && f.Severity.Rank() >= failOn.Rank() {
			failing++
		}
	}
	switch {
	case failing > 0:
		return Outcome{exitFailures, fmt.Sprintf("%s at or above %s: exit 1", plural(failing, failure), failOn)}
	case a.NothingJudged():
		return Outcome{exitIncomplete, "nothing could be judged: exit 3"}
	case failOnIncomplete && !a.Summary.Complete:
		return Outcome{exitIncomplete, "no failure decides, but the audit is incomplete: exit 3"}
	case a.Baseline != nil && a.Summary.New == 0 && a.Summary.Findings.Fail > 0:
		return Outcome{exitOK, fmt.Sprintf("no new failure; %s that the baseline has too: exit 0", plural(a.Summary.Findings.Fail, "failure"))}
	case failOn == "" && a.Summary.Findings.Fail > 0:
		return Outcome{exitOK, plural(a.Summary.Findings.Fail, "failure") + ", none of which decides (--fail-on none): exit 0"}
	case a.Summary.Findings.Fail > 0:
		return Outcome{exitOK, fmt.Sprintf("%s, all below %s: exit 0", plural(a.Summary.Findings.Fail, "failure"), failOn)}
	case !a.Summary.Complete:
		return Outcome{exitOK, "no failure found in what could be decided; the audit is incomplete: exit 0"}
	}
	return Outcome{exitOK, "no failure found: exit 0"}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
