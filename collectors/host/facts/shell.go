package facts

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// shellArea reads after how long idle shells end: TMOUT of bash(1), as the files that every login shell reads set it. The files are read,
// not run.
func shellArea() Area {
	return Area{
		Name:  "shell",
		Attrs: []string{"shell.tmout_seconds"},
		Sections: []script.Section{{Name: "tmout", Path: "/etc/profile", Shell: `
for f in /etc/profile /etc/profile.d/*.sh /etc/bashrc /etc/bash.bashrc /etc/bash.bashrc.local; do
  [ -f "$f" ] || continue
  [ -r "$f" ] || denied
  grep -H 'TMOUT' "$f" /dev/null
done
exit 0`}},
		Read: readShell,
	}
}

func readShell(h *Host) {
	r := h.Result("tmout")
	if !r.OK() {
		h.Facts.ShellTMOUTSeconds = missing[int64](r)
		return
	}
	h.Facts.ShellTMOUTSeconds = idleLimit(r)
}

// idleLimit reads the lines FILE:TEXT that speak of TMOUT. The last that sets it counts, but none after one that makes it read-only.
func idleLimit(r Result) kind.Attr[int64] {
	out := known(r, int64(0))
	for _, line := range r.Lines() {
		file, text, _ := strings.Cut(line, ":")
		text, _, _ = strings.Cut(text, "#")
		m := tmoutSet.FindStringSubmatch(text)
		switch {
		case !strings.Contains(text, "TMOUT"):
			continue
		case m == nil && tmoutNamed.MatchString(text): // export TMOUT
		case m == nil:
			return unsaid[int64](r, evidence.Unresolved, file+" sets TMOUT under a condition, or by what is worked out at login")
		default:
			seconds, err := strconv.ParseInt(m[2], 10, 32)
			if err != nil {
				return garbled[int64](r, text)
			}
			out = known(r, seconds)
		}
		if v, _ := out.Value(); tmoutFixed.MatchString(text) && v >= 0 {
			return out
		}
	}
	return out
}

var (
	tmoutSet   = regexp.MustCompile(`^((?:readonly|export|declare\s+-[a-z]+|typeset\s+-[a-z]+)\s+)?TMOUT=["']?([0-9]{1,9})["']?\s*(;.*)?$`)
	tmoutNamed = regexp.MustCompile(`^\s*(readonly|export|declare\s+-[a-z]+|typeset\s+-[a-z]+)(\s+[A-Z_]+)*\s*;?\s*$`)
	tmoutFixed = regexp.MustCompile(`readonly|(declare|typeset)\s+-[a-z]*r`)
)
