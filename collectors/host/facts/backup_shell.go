package facts

// backupHelpers are what the snippets of the backup area share:
//
//	red               takes passwords out of a text: user data of URLs, and values whose name says that they are secret
//	part TAG NAME     begins a part of the output, as the helper show does; the text after it is read with Result.Files
//	own FILE          whether a file belongs to who asks and nobody else can write it: what others wrote must not say what we run
//	load FILE         sets the variables of backup programs that a file assigns, without running the file; values that need a shell
//	                  to be understood are left out
//	value NAME FILE   the value that a file assigns to one variable, by the same rules
const backupHelpers = `
red() {
  sed -E -e 's#(://)[^[:space:]"'"'"']*@#\1#g' \
    -e 's/(([A-Za-z0-9_-]*(PASS|SECRET|TOKEN|KEY|CRED|pass|secret|token|key|cred)[A-Za-z0-9_-]*)[[:space:]]*[=:][[:space:]]*)("[^"]*"|'"'[^']*'"'|[^[:space:];]+)/\1redacted/g' \
    -e 's/(--?[a-z-]*(pass|secret|token|key)[a-z-]*[[:space:]]+)("[^"]*"|'"'[^']*'"'|[^[:space:];]+)/\1redacted/g'
}
part() { printf '\n%s:file %s - %s\n' "$B" "$1" "$2"; }
own() {
  [ -f "$1" ] && [ -r "$1" ] && [ "$(stat -c %u "$1" 2>/dev/null)" = "$U" ] || return 1
  case $(stat -c %A "$1" 2>/dev/null) in ?????w*|????????w?) return 1;; esac
}
assignment() {
  l_=${1#"${1%%[! 	]*}"}
  l_=${l_#export }
  case $l_ in [A-Z]*=*) ;; *) return 1;; esac
  n_=${l_%%=*}
  v_=${l_#*=}
  case $n_ in
    *[!A-Z0-9_]*) return 1;;
    RESTIC_*|AWS_*|B2_*|AZURE_*|GOOGLE_*|OS_*|ST_*|RCLONE_*|BORG_*) ;;
    *) return 1;;
  esac
  case $v_ in
    '"'*'"'*) v_=${v_#?}; v_=${v_%%'"'*};;
    "'"*"'"*) v_=${v_#?}; v_=${v_%%"'"*};;
    *) v_=${v_%%[ 	;]*};;
  esac
  case $v_ in *'$'*|*'` + "`" + `'*) return 1;; esac
}
load() {
  while IFS= read -r line_ || [ -n "$line_" ]; do
    if assignment "$line_"; then export "$n_=$v_"; fi
  done <"$1"
}
# A service that a timer starts is not active most of the time, and a pattern matches such units only with --all.
environment_files() {
  { if [ -d /run/systemd/system ] && has systemctl; then
      systemctl show --all -p EnvironmentFiles '*.service' 2>/dev/null | sed -n 's/^EnvironmentFiles=\([^ ]*\).*/\1/p'
    fi
    ls -d /etc/restic/* /etc/restic*.env /etc/default/restic* /etc/sysconfig/restic* /root/.restic* /etc/borg/* /etc/default/borg* /etc/sysconfig/borg* 2>/dev/null
    scheduled_files
  } | sort -u
}
scheduled_files() {
  { cat /etc/crontab /etc/cron.d/* /var/spool/cron/crontabs/* /var/spool/cron/* /etc/crontabs/* 2>/dev/null | grep -v '^ *#'
    if [ -d /run/systemd/system ] && has systemctl; then systemctl show --all -p ExecStart '*.service' 2>/dev/null; fi
  } | grep -oE '/[A-Za-z0-9_./-]+' | grep -vE '^/(usr/)?s?bin/|^/usr/lib/|^/lib/|^/(dev|proc|sys|run)/' | sort -u | head -n 200
  ls -d /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/* /etc/periodic/*/* 2>/dev/null
}
`

// backupTools are the words by which a line of a script is recognised as one that makes copies.
const backupTools = `restic|resticprofile|autorestic|borg|borgmatic|pgbackrest|rsnapshot|rsync|rclone|duplicity|duplicati|wal-g|barman|pg_dump|pg_dumpall|pg_basebackup|mysqldump|mariadb-backup|xtrabackup|mongodump|rdiff-backup|zfs|btrfs|bconsole|tar`

// schedulesShell prints the timers with their services, the lines of cron, and of scripts that they start the lines with a word of
// backups. What could not be read is said; then root is asked for.
const schedulesShell = backupHelpers + `
all=yes
see() {
  if [ -f "$2" ] && [ -r "$2" ]; then part "$1" "$2"; head -c 65536 "$2" | red; elif [ -e "$2" ]; then all=no; fi
}
if [ -d /run/systemd/system ] && has systemctl; then
  part timers systemd
  systemctl show -p Id,Unit,TimersCalendar,TimersMonotonic,ActiveState,UnitFileState '*.timer' 2>/dev/null | cut -c1-600
  part services systemd
  units=$(systemctl show -p Unit '*.timer' 2>/dev/null | sed -n 's/^Unit=//p')
  [ -z "$units" ] || systemctl show -p Id,Type,ExecStartPre,ExecStart,ExecStartPost,Environment,FragmentPath,OnFailure,Result,ExecMainStartTimestamp,ExecMainExitTimestamp,ExecMainStatus $units 2>/dev/null | cut -c1-4000 | red
fi
see crontab /etc/crontab
for f in /etc/cron.d/*; do see crontab "$f"; done
for d in /var/spool/cron/crontabs /var/spool/cron /etc/crontabs; do
  [ -d "$d" ] || continue
  ls "$d" >/dev/null 2>&1 || all=no
  for f in "$d"/*; do [ ! -f "$f" ] || see user "$f"; done
done
for f in $(scheduled_files); do
  [ -f "$f" ] || continue
  if [ ! -r "$f" ]; then all=no; continue; fi
  [ "$(head -c 2 "$f" 2>/dev/null | tr -d '\000')" = '#!' ] || continue
  part script "$f"
  head -c 65536 "$f" | grep -v '^ *#' | grep -E '(^|[^A-Za-z0-9_-])(` + backupTools + `)([^A-Za-z0-9_-]|$)|(RESTIC_REPOSITORY|BORG_REPO)=|keep-' | head -n 60 | cut -c1-600 | red
done
for f in $(environment_files); do
  [ -f "$f" ] || continue
  if [ ! -r "$f" ]; then all=no; continue; fi
  lines=$(grep -E '^ *(export )?(RESTIC_REPOSITORY|BORG_REPO)=' "$f" 2>/dev/null | head -n 5 | cut -c1-600 | red)
  [ -z "$lines" ] || { part env "$f"; printf '%s\n' "$lines"; }
done
for f in /etc/borgmatic/config.yaml /etc/borgmatic.d/*.yaml /etc/resticprofile/profiles.* /etc/rsnapshot.conf /etc/autorestic.yml; do
  [ -f "$f" ] || continue
  if [ ! -r "$f" ]; then all=no; continue; fi
  part config "$f"
  grep -E '^ *(repositories|repository|- |keep[_-]|path:|retain|interval|snapshot_root|schedule)' "$f" | head -n 80 | cut -c1-300 | red
done
[ $all = yes ] || [ "$U" = 0 ] || denied
exit 0`

// repositories finds the repositories of restic and borg whose settings we may use, and calls the function "each TOOL SOURCE" in a
// subshell with their settings in the environment. At most six.
const repositories = backupHelpers + `
count=0
one() {
  count=$((count + 1))
  [ $count -gt 6 ] || ( eval "$3"; each "$1" "$2" )
}
sources() {
  for f in $(environment_files); do
    [ -f "$f" ] && [ -r "$f" ] || continue
    tools=
    grep -qE '^ *(export )?RESTIC_REPOSITORY(_FILE)?=' "$f" 2>/dev/null && tools="restic"
    grep -qE '^ *(export )?BORG_REPO=' "$f" 2>/dev/null && tools="$tools borg"
    for tool in $tools; do
      if own "$f"; then one "$tool" "$f" 'load "$f"'; else part "$tool" "$f"; kv error "the file belongs to somebody else, or others can write it: its settings are not used"; fi
    done
  done
  for f in /etc/borgmatic/config.yaml /etc/borgmatic.d/*.yaml; do
    [ -f "$f" ] || continue
    if ! own "$f"; then part borg "$f"; kv error "the file cannot be read, or others can write it: its settings are not used"; continue; fi
    for r in $(sed -n '/^ *repositories:/,/^ *[a-z_]*:[[:space:]]*$/p' "$f" | sed -nE 's/^ *- *(path: *)?["'"'"']?([^"'"'"' ]+).*/\2/p'); do
      one borg "$f" 'export BORG_REPO=$r
        p=$(sed -nE "s/^ *encryption_passphrase: *[\"'"'"']?([^\"'"'"']*)[\"'"'"']?[[:space:]]*$/\\1/p" "$f" | head -n 1)
        c=$(sed -nE "s/^ *encryption_passcommand: *[\"'"'"']?([^\"'"'"']*)[\"'"'"']?[[:space:]]*$/\\1/p" "$f" | head -n 1)
        [ -z "$p" ] || export BORG_PASSPHRASE="$p"
        [ -z "$c" ] || export BORG_PASSCOMMAND="$c"'
    done
  done
  if [ -d /run/systemd/system ] && has systemctl; then
    systemctl show --all -p Id,Environment '*.service' 2>/dev/null | awk '
      /^Id=/ { id = substr($0, 4) } /^Environment=.*(RESTIC_REPOSITORY|BORG_REPO)=/ { named = 1 } # in the order of systemd, a blank line after each unit
      /^$/ { if (named) print id; named = 0 } END { if (named) print id }' | while read -r unit; do
      line=$(systemctl show -p Environment --value "$unit" 2>/dev/null)
      tool=restic
      case $line in *BORG_REPO=*) tool=borg;; esac
      one "$tool" "$unit" 'for w in $line; do if assignment "$w"; then export "$n_=$v_"; fi; done'
    done
  fi
  for c in ${RESTIC_REPOSITORY:+restic} ${BORG_REPO:+borg}; do one "$c" environment :; done
}
quiet_borg() {
  BORG_RELOCATED_REPO_ACCESS_IS_OK=no BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=no BORG_DISPLAY_PASSPHRASE=no BORG_RSH="${BORG_RSH:-ssh -oBatchMode=yes}" t borg "$@"
}
location() {
  if [ "$1" = borg ]; then l=$BORG_REPO; else l=$RESTIC_REPOSITORY; fi
  if [ -z "$l" ] && [ -n "$RESTIC_REPOSITORY_FILE" ] && [ -r "$RESTIC_REPOSITORY_FILE" ]; then l=$(head -n 1 "$RESTIC_REPOSITORY_FILE"); fi
  printf '%s' "$l" | red
}
`

// pointsShell lists the newest copies of each repository, without a lock, a cache or a prompt.
const pointsShell = repositories + `
has restic || has borg || absent
[ "$U" = 0 ] || [ -n "$RESTIC_REPOSITORY$BORG_REPO" ] || denied
each() {
  part "$1" "$2"
  kv location "$(location "$1")"
  kv node "$(uname -n)"
  if ! has "$1"; then kv error "$1 is not installed"; return; fi
  # The listing goes through a variable, so that its standard error cannot mix with it.
  exec 6>&1
  if [ "$1" = restic ]; then
    problem=$( { t restic --no-lock --no-cache --json snapshots --host "$(uname -n)" --latest 60 >&7; } 7>&6 2>&1 | red | head -c 300; )
  else
    problem=$( { quiet_borg --bypass-lock list --json --last 60 --format '{name}{start}{end}{hostname}{NL}' >&7; } 7>&6 2>&1 | red | head -c 300; )
  fi
  printf '\n'
  kv error "$problem"
}
sources
exit 0`

// restoreShell restores one file of the newest copy of this host in each repository into a directory that only we can read, compares it
// with what the repository says of it, and removes it. Which file is drawn by lot among those of up to 16 MiB; its name is not printed.
func restoreShell(tools string) string {
	return repositories + `
has restic || has borg || absent
[ "$U" = 0 ] || [ -n "$RESTIC_REPOSITORY$BORG_REPO" ] || denied
asked='` + tools + `'
draw() { awk -v seed="$(date +%s)$$" 'BEGIN { srand(seed) } { n++; if (rand() * n < 1) line = $0 } END { if (n) print line }'; }
digest() { sha256sum | cut -d" " -f1; }
restic_test() {
  r="restic --no-lock --no-cache"
  list=$(t $r ls --json latest --host "$(uname -n)" 2>"$dir/err" | head -n 20000) || return 1
  id=$(printf '%s\n' "$list" | head -n 1 | sed -n 's/.*"short_id":"\([0-9a-f]*\)".*/\1/p')
  [ -n "$id" ] || return 1
  kv point "$id"
  file=$(printf '%s\n' "$list" | sed -nE 's/.*"type":"file","path":"([A-Za-z0-9/._-]+)".*"size":([1-9][0-9]*),.*/\2 \1/p' | awk '$1 <= 16777216' | draw)
  [ -n "$file" ] || { echo 'no file of up to 16 MiB with a plain name is in the newest copy' >"$dir/err"; return 1; }
  size=${file%% *} path=${file#* }
  kv size "$size"
  kv begin "$(date +%s)"
  t $r restore "$id" --target "$dir/out" --include "$path" >/dev/null 2>"$dir/err"; kv status "$?"
  kv end "$(date +%s)"
  kv restored "$(cat "$dir/out$path" 2>/dev/null | digest)"
  kv restored_size "$(cat "$dir/out$path" 2>/dev/null | wc -c | tr -d ' ')"
  kv expected "$(t $r dump "$id" "$path" 2>/dev/null | digest)"
}
borg_test() {
  name=$(quiet_borg --bypass-lock list --last 20 --format '{hostname} {name}{NL}' 2>"$dir/err" | sed -n "s/^$(uname -n) //p" | tail -n 1)
  [ -n "$name" ] || return 1
  kv point "$(quiet_borg --bypass-lock list --last 20 --format '{id} {name}{NL}' 2>/dev/null | awk -v n="$name" 'substr($0, index($0, " ") + 1) == n { print $1 }' | cut -c1-16)"
  file=$(quiet_borg --bypass-lock list --format '{type} {size} {path}{NL}' "::$name" 2>"$dir/err" | head -n 20000 | sed -nE 's/^- ([1-9][0-9]*) ([A-Za-z0-9/._-]+)$/\1 \2/p' | awk '$1 <= 16777216' | draw)
  [ -n "$file" ] || { [ -s "$dir/err" ] || echo 'no file of up to 16 MiB with a plain name is in the newest copy' >"$dir/err"; return 1; }
  size=${file%% *} path=${file#* }
  kv size "$size"
  kv begin "$(date +%s)"
  ( mkdir "$dir/out" && cd "$dir/out" && quiet_borg --bypass-lock extract "::$name" "$path" ) >/dev/null 2>"$dir/err"; kv status "$?"
  kv end "$(date +%s)"
  kv restored "$(cat "$dir/out/$path" 2>/dev/null | digest)"
  kv restored_size "$(cat "$dir/out/$path" 2>/dev/null | wc -c | tr -d ' ')"
  kv expected "$(quiet_borg --bypass-lock list --format '{sha256}{NL}' "::$name" "$path" 2>/dev/null | head -n 1)"
}
each() {
  case " $asked " in *" $1 "*) ;; *) return;; esac
  part "$1" "$2"
  kv location "$(location "$1")"
  has "$1" || { kv error "$1 is not installed"; return; }
  dir=$(mktemp -d) || { kv error "no temporary directory can be made"; return; }
  trap 'rm -rf "$dir"' EXIT
  trap 'exit 1' HUP INT TERM PIPE
  "$1_test"
  kv error "$(red <"$dir/err" | head -c 300)"
}
sources
exit 0`
}
