package facts

import (
	"testing"

	"github.com/assay-audit/assay/internal/evidence"
)

func TestIdleLimit(t *testing.T) {
	for text, want := range map[string]any{
		"": int64(0),
		"/etc/profile.d/tmout.sh:declare -xr TMOUT=900\n":                                                                   int64(900),
		"/etc/profile.d/tmout.sh:TMOUT=600\n/etc/profile.d/tmout.sh:readonly TMOUT\n/etc/profile.d/tmout.sh:export TMOUT\n": int64(600),
		"/etc/profile:readonly TMOUT=900 ; export TMOUT\n/etc/profile.d/z.sh:TMOUT=0\n":                                     int64(900),
		"/etc/profile:TMOUT=900\n/etc/profile.d/z.sh:TMOUT=0\n":                                                             int64(0),
		"/etc/profile:# TMOUT=900\n":                                                                                        int64(0),
		"/etc/profile:[ -n \"$SSH_TTY\" ] && TMOUT=900\n":                                                                   evidence.Unresolved,
		"/etc/profile:    TMOUT=900\n":                                                                                      evidence.Unresolved,
		"/etc/profile:TMOUT=$(cat /etc/tmout)\n":                                                                            evidence.Unresolved,
		"/etc/profile:unset TMOUT\n":                                                                                        evidence.Unresolved,
		"/etc/profile:TMOUT=999999999999999999999\n":                                                                        evidence.Unresolved,
		"/etc/profile.d/a.sh:export HISTSIZE TMOUT\n":                                                                       int64(0),
		"/etc/profile.d/a.sh:typeset -r TMOUT=\"300\" # policy\n":                                                           int64(300),
	} {
		e := answered(map[string]string{"tmout": text}).Entity()
		if got := attributes(e, "shell.tmout_seconds")["shell.tmout_seconds"]; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
