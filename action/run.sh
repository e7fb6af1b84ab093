#!/usr/bin/env bash
# What the steps of action.yml do: install, audit, comment, verdict.
#
# Everything from outside comes in through environment variables and is used as data: never as code, never as an option. Text that the audited
# code may have chosen reaches the log only while workflow commands are switched off.
#
#   ASSAY_VERSION             release to download, such as 1.4.0; empty builds from the action's own source
#   ASSAY_PATH                targets, one a line; empty: those of assay.yaml, else the working directory
#   ASSAY_PLAN_FILE           Terraform plan (terraform show -json), judged as well
#   ASSAY_FRAMEWORKS          framework ids, separated by commas or white space
#   ASSAY_CONFIG, ASSAY_BASELINE, ASSAY_WAIVERS, ASSAY_FAIL_ON, ASSAY_FAIL_ON_INCOMPLETE    as the flags of assay scan
#   ASSAY_SARIF_FILE, ASSAY_HTML_FILE    where to write; empty: below RUNNER_TEMP
#   ASSAY_ANNOTATIONS, ASSAY_COMMENT     true or false
#   ASSAY_CATEGORY            tells several uses in one pull request apart
#   ASSAY_BASE_SHA            tip of the pull request's base branch; empty outside of pull requests
#   ASSAY_PULL_NUMBER         number of the pull request; empty outside of pull requests
#   ASSAY_RELEASES            where releases are; the default is this project's
#   ASSAY_EXIT_CODE           what the audit came to, for the verdict
#   ASSAY_ASSESSMENT          stored assessment, to render for a comment
#   GITHUB_TOKEN              only for the comment
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work="${RUNNER_TEMP:?}/assay"
assay="$work/bin/assay"

# data escapes the message of a workflow command.
data() {
  local text=${1//'%'/%25}
  text=${text//$'\r'/%0D}
  printf '%s' "${text//$'\n'/%0A}"
}

say() { printf '::%s title=Assay::%s\n' "$1" "$(data "$2")"; }

stop() {
  say error "$1"
  exit "${2:-2}"
}

# truth checks an input that is true or false.
truth() {
  case "$2" in
    true | false) ;;
    *) stop "the input $1 is $2; allowed are true and false" ;;
  esac
}

# quiet runs a command while the runner takes nothing that it prints for a workflow command.
quiet() {
  local token code=0
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$token"
  "$@" 2>&1 || code=$?
  printf '\n::%s::\n' "$token"
  return "$code"
}

install_assay() {
  mkdir -p "$work/bin"
  if [ -z "${ASSAY_VERSION:-}" ]; then
    (cd "$here/.." && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$assay" ./cmd/assay)
    return
  fi
  local version=${ASSAY_VERSION#v} os arch file sum
  [[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || stop "the input version is ${ASSAY_VERSION}; it is a release such as 1.4.0, or empty"
  os=$(uname -s | tr '[:upper:]' '[:lower:]')
  case "$(uname -m)" in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) arch=$(uname -m) ;;
  esac
  file="assay_${version}_${os}_${arch}"
  sum=$(awk -v file="$file" '$2 == file { print $1 }' "$here/checksums.txt")
  [[ $sum =~ ^[0-9a-f]{64}$ ]] || stop "this commit of the action knows no checksum for $file; use a newer commit of it, or leave version empty to build from source"
  curl --fail --silent --show-error --location --retry 3 --output "$work/bin/$file" \
    "${ASSAY_RELEASES:-https://github.com/assay-audit/assay/releases/download}/v$version/$file" ||
    stop "$file could not be downloaded"
  if [ "$(sha256 "$work/bin/$file")" != "$sum" ]; then
    rm -f "$work/bin/$file"
    stop "$file is not what this commit of the action expects: its SHA-256 differs from the one in action/checksums.txt"
  fi
  mv "$work/bin/$file" "$assay"
  chmod +x "$assay"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

# set_flags sets the arrays "deciding", which say what decides the verdict, and "flags", which are all.
set_flags() {
  deciding=()
  if [ -n "${ASSAY_FAIL_ON:-}" ]; then deciding+=("--fail-on=$ASSAY_FAIL_ON"); fi
  if [ "${ASSAY_FAIL_ON_INCOMPLETE:-false}" = true ]; then deciding+=(--fail-on-incomplete); fi
  if [ -n "${ASSAY_CONFIG:-}" ]; then deciding+=("--config=$ASSAY_CONFIG"); fi
  flags=(--no-progress --quiet ${deciding[@]+"${deciding[@]}"})
  if [ -n "${ASSAY_BASELINE:-}" ]; then flags+=("--baseline=$ASSAY_BASELINE"); fi
  if [ -n "${ASSAY_WAIVERS:-}" ]; then flags+=("--waivers=$ASSAY_WAIVERS"); fi
  local id
  while IFS= read -r id; do
    if [ -n "$id" ]; then flags+=("--framework=$id"); fi
  done < <(printf '%s\n' "${ASSAY_FRAMEWORKS:-}" | tr -s ', \t' '\n')
}

# set_targets sets the array "targets"; it stays empty where the configuration names targets.
set_targets() {
  targets=()
  local line
  while IFS= read -r line; do
    if [ -n "$line" ]; then targets+=("$line"); fi
  done <<<"${ASSAY_PATH:-}"
  if [ -n "${ASSAY_PLAN_FILE:-}" ]; then targets+=("plan:$ASSAY_PLAN_FILE"); fi
  if [ ${#targets[@]} -eq 0 ] && ! grep -qs '^targets:' -- "${ASSAY_CONFIG:-assay.yaml}"; then targets=(.); fi
}

# git_safe runs git with what a checkout could carry switched off.
git_safe() { git -c core.hooksPath=/dev/null -c core.fsmonitor=false "$@"; }

# base_commit prints the commit that the change is held against.
base_commit() {
  local sha=$ASSAY_BASE_SHA
  [[ $sha =~ ^[0-9a-f]{40}([0-9a-f]{24})?$ ]] || return 1
  if git_safe cat-file -e "$sha^{commit}" 2>/dev/null && git_safe merge-base "$sha" HEAD 2>/dev/null; then return; fi
  # A pull request is checked out as a merge into its base, whose first parent is then the base.
  if git_safe rev-parse --verify --quiet 'HEAD^2' >/dev/null; then git_safe rev-parse --verify --quiet 'HEAD^1'; else return 1; fi
}

audit() {
  cd "${GITHUB_WORKSPACE:?}"
  truth fail-on-incomplete "${ASSAY_FAIL_ON_INCOMPLETE:-false}"
  truth annotations "${ASSAY_ANNOTATIONS:-true}"
  rm -f "$work/assessment.json" "$work/comment.md" "$work/change.diff"
  local flags targets deciding base="" code=0
  local sarif=${ASSAY_SARIF_FILE:-$work/assay.sarif} html=${ASSAY_HTML_FILE:-$work/report.html}
  set_flags
  set_targets
  flags+=(-o "json=$work/assessment.json" -o "sarif=$sarif" -o "html=$html" -o "markdown=$work/comment.md")
  if [ -n "${ASSAY_BASE_SHA:-}" ] && [ -z "${ASSAY_BASELINE:-}${ASSAY_PLAN_FILE:-}" ]; then
    if ! base=$(base_commit); then
      base=""
      say warning "the base of this pull request is not in the checkout, so every failure counts as new; set fetch-depth: 0 for actions/checkout"
    fi
  fi
  if [ -n "$base" ]; then
    quiet "$assay" diff "${flags[@]}" "$base" -- ${targets[@]+"${targets[@]}"} || code=$?
    if [ ! -f "$work/assessment.json" ]; then
      say notice "the change could not be held against its base (exit $code), so it is judged alone: every failure counts as new"
    fi
  fi
  if [ ! -f "$work/assessment.json" ]; then
    code=0
    quiet "$assay" scan "${flags[@]}" -- ${targets[@]+"${targets[@]}"} || code=$?
  fi
  if [ ! -f "$work/assessment.json" ]; then
    say error "nothing was judged (exit $code); the log of this step says why"
    printf '## Assay: nothing was judged\n\nThe log of the step says why (exit %s).\n' "$code" >>"$GITHUB_STEP_SUMMARY"
    "$assay" github outputs --exit-code="$code" >>"$GITHUB_OUTPUT"
    return
  fi
  if [ "${ASSAY_ANNOTATIONS:-true}" = true ]; then annotate "$base"; fi
  "$assay" github summary ${deciding[@]+"${deciding[@]}"} "$work/assessment.json" >>"$GITHUB_STEP_SUMMARY"
  "$assay" github outputs --exit-code="$code" --sarif-file="$sarif" --report-file="$html" "$work/assessment.json" >>"$GITHUB_OUTPUT"
}

# annotate prints annotations, those on changed lines first.
annotate() {
  local diff=()
  if [ -n "$1" ] && git_safe -c core.quotePath=true diff --unified=0 --no-color --no-ext-diff --no-textconv --no-renames --relative \
    --src-prefix=a/ --dst-prefix=b/ "$1" HEAD -- >"$work/change.diff"; then
    diff=("--diff=$work/change.diff")
  fi
  "$assay" github annotations ${deciding[@]+"${deciding[@]}"} ${diff[@]+"${diff[@]}"} "$work/assessment.json"
}

# comment writes the one comment of this category, or updates it. It never fails the job: the verdict stands without it.
comment() {
  truth comment "${ASSAY_COMMENT:-true}"
  if [ "${ASSAY_COMMENT:-true}" != true ] || [ -z "${ASSAY_PULL_NUMBER:-}" ]; then return; fi
  if [ -n "${ASSAY_ASSESSMENT:-}" ]; then render_comment; fi
  if [ ! -f "$work/comment.md" ]; then return; fi
  [[ $ASSAY_PULL_NUMBER =~ ^[0-9]+$ ]] || stop "the pull request's number is $ASSAY_PULL_NUMBER"
  if [ -z "${GITHUB_TOKEN:-}" ]; then
    say notice "no comment: there is no token; the step summary has the report"
    return
  fi
  if ! command -v jq >/dev/null; then
    say warning "no comment: jq is not installed on this runner; the step summary has the report"
    return
  fi
  local marker id api="${GITHUB_API_URL:?}/repos/${GITHUB_REPOSITORY:?}/issues"
  marker="<!-- assay-report $(printf '%s' "${ASSAY_CATEGORY:-assay}" | sha256 -) -->"
  { printf '%s\n' "$marker" && cat "$work/comment.md"; } | jq -Rs '{body: .}' >"$work/comment.json"
  if ! id=$(find_comment "$api/$ASSAY_PULL_NUMBER/comments" "$marker"); then
    say notice "no comment: the comments of the pull request cannot be read; the step summary has the report"
  elif [ -n "$id" ]; then
    request PATCH "$api/comments/$id" >/dev/null || no_permission
  else
    request POST "$api/$ASSAY_PULL_NUMBER/comments" >/dev/null || no_permission
  fi
}

# render_comment renders a stored assessment, which a stranger may have written, with this program: nothing of it is taken as Markdown.
render_comment() {
  local code=0
  quiet "$assay" report --quiet -o "markdown=$work/comment.md" -o "sarif=$work/assay.sarif" -- "$ASSAY_ASSESSMENT" || code=$?
  case "$code" in
    0 | 1 | 3) printf 'sarif-file=%s\n' "$work/assay.sarif" >>"$GITHUB_OUTPUT" ;;
    *) stop "the assessment cannot be read (exit $code)" ;;
  esac
}

no_permission() {
  say notice "no comment: the token may not write it (permissions: pull-requests: write; a fork's pull request never has it); the step summary has the report"
}

# find_comment prints the id of our comment, nothing where there is none. Only one by a bot is ours: anybody can write the marker.
find_comment() {
  local page list id
  for page in 1 2 3 4 5 6 7 8 9 10; do
    list=$(request GET "$1?per_page=100&page=$page") || return 1
    id=$(jq -r --arg marker "$2" '[.[] | select(.user.type == "Bot" and (.body // "" | startswith($marker))) | .id] | first // empty' <<<"$list") || return 1
    if [[ $id =~ ^[0-9]+$ ]]; then
      printf '%s' "$id"
      return
    fi
    if [ "$(jq length <<<"$list")" -lt 100 ]; then return; fi
  done
}

# request asks the API. The token is read by curl from a file descriptor, so that no list of processes shows it.
request() {
  local body=()
  if [ "$1" != GET ]; then body=(--header 'Content-Type: application/json' --data-binary "@$work/comment.json"); fi
  curl --fail --silent --show-error --max-time 30 --request "$1" --header 'Accept: application/vnd.github+json' \
    --header 'X-GitHub-Api-Version: 2022-11-28' --config <(printf 'header = "Authorization: Bearer %s"\n' "$GITHUB_TOKEN") ${body[@]+"${body[@]}"} -- "$2"
}

# verdict ends the job as the audit came out.
verdict() {
  [[ ${ASSAY_EXIT_CODE:-} =~ ^[0-9]+$ ]] || stop "the audit did not come to a verdict" 4
  exit "$ASSAY_EXIT_CODE"
}

case "${1:-}" in
  install) install_assay ;;
  audit) audit ;;
  comment) comment ;;
  verdict) verdict ;;
  *) stop "usage: run.sh install|audit|comment|verdict" ;;
esac
