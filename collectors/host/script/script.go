// Package script builds the one shell script that a host runs, and reads what it prints.
//
// The script is plain POSIX sh (dash and the ash of busybox run it), reads only, and writes no file. It is fed to "sh -s" on standard
// input and consists of sections. Each section is a shell snippet whose standard output comes back between two marks:
//
//	MARK begin NAME
//	...what the snippet printed, at most Limit bytes and one...
//	MARK end NAME
//	...its exit status, and the beginning of its standard error...
//	MARK done NAME
//
// MARK holds a random number that only this run knows, so nothing on the host (a login banner, a file with a hostile name, the
// output of a command) can pretend to be a frame. What stands outside of frames is noise and ignored.
//
// A snippet says what became of it by its exit status, through two helpers of the preamble: "denied" (status 90) where it would need
// root, and "absent" (status 91) where what it asks for is not installed. Sections that were denied are asked once more in a second
// script that runs as root, where the host allows that without a password.
package script

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The exit statuses by which a snippet says what became of it.
const (
	StatusDenied = 90 // it needs root
	StatusAbsent = 91 // the tool or file is not there
)

// DefaultLimit is the most that a section prints where it names no limit, in bytes.
const DefaultLimit = 256 << 10

// FileLimit is the most of one file that the helper show prints, in bytes. The preamble repeats it, and one byte more.
const FileLimit = 128 << 10

// stderrLimit is the most of a snippet's standard error that comes back, in bytes.
const stderrLimit = 300

// Section is one snippet and what may come of it.
type Section struct {
	// Name is unique among all sections: lower case letters, digits and "_".
	Name string
	// Shell is the snippet. It runs in a subshell with standard input closed; the helpers of the preamble (see preamble) are there.
	Shell string
	// Root says that it can tell nothing without root, so that it is not even tried as an ordinary user.
	Root bool
	// Late says that it may take seconds. Such sections are asked after all others, so that a host whose time runs out has told the rest.
	Late bool
	// Limit is the most that it may print, in bytes; 0 = DefaultLimit. More is cut off, and the result says so.
	Limit int
	// Command or Path is the command or file on which its evidence rests, for the provenance: one of the two.
	Command string
	Path    string
}

// Method is the method of the provenance: host:COMMAND or host:PATH.
func (s Section) Method() string { return "host:" + s.Command + s.Path }

func (s Section) limit() int {
	if s.Limit > 0 {
		return s.Limit
	}
	return DefaultLimit
}

// Size is the most that the sections may print together, frames included, in bytes.
func Size(sections []Section) int64 {
	total := int64(64 << 10) // noise before the first frame
	for _, s := range sections {
		total += int64(s.limit()) + 4<<10
	}
	return total
}

// preamble is what every script begins with. Its helpers are the vocabulary of the snippets:
//
//	has COMMAND        whether the command exists
//	t COMMAND ...      run it for 20 seconds at most
//	absent, denied     leave the snippet with the status that says so
//	need_root          leave it with denied unless it runs as root
//	show FILE ...      print files, each after a mark with its path and the time of its last change; what cannot be read is said too.
//	                   The variable "tag" (one word) is noted with the file
//	kv NAME VALUE      print NAME=VALUE on one line; nothing where VALUE is empty
//
// The function s runs one snippet; 9 is the length of the frame's own letters. Every write becomes a packet of SSH, and a packet costs us
// more than what is in it: the function b gathers what several sections print and writes it in blocks, where there is a dd that can (that of a
// small busybox cannot).
//
// The function e passes on the beginning of standard error, which is empty as a rule and then costs no process: starting processes is most of
// what the script costs a host.
//
// The search path is set, so that a directory of the user cannot put another command in the place of a system's.
const preamble = `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C LANG=C TZ=UTC
export PATH LC_ALL LANG TZ
unset IFS tag CDPATH ENV BASH_ENV
umask 077
U=$(id -u 2>/dev/null) || U=
has() { command -v "$1" >/dev/null 2>&1; }
if has timeout && timeout 5 true 2>/dev/null; then t() { timeout 20 "$@"; }; else t() { "$@"; }; fi
absent() { exit 91; }
denied() { exit 90; }
need_root() { [ "$U" = 0 ] || exit 90; }
LF='
'
kv() {
  case $2 in
  '') ;;
  *"$LF"*) printf '%s=%s\n' "$1" "$(printf '%s' "$2" | tr '\n' ' ')";;
  *) printf '%s=%s\n' "$1" "$2";;
  esac
}
show() {
  for f_ in "$@"; do
    if [ -f "$f_" ] && [ -r "$f_" ]; then
      printf '\n%s:file %s %s %s\n' "$B" "${tag:--}" "$(stat -c %Y "$f_" 2>/dev/null || echo -)" "$f_"
      head -c 131073 "$f_"
    elif [ -e "$f_" ]; then
      printf '\n%s:unreadable %s - %s\n' "$B" "${tag:--}" "$f_"
    fi
  done
}
b() { dd ibs=65536 obs=32768 2>/dev/null; }
[ "$(echo x | b)" = x ] || b() { cat; }
e() {
  if IFS= read -r e_; then printf '%.300s\n' "$e_"; head -c 300; cat >/dev/null; else printf '%.300s' "$e_"; fi
}
s() {
  if [ "$3" = root ] && [ "$U" != 0 ]; then
    printf '\n%s begin %s\n\n%s end %s\n%s rc 90\n%s done %s\n' "$B" "$1" "$B" "$1" "$B" "$B" "$1"
    return
  fi
  r_=$( { { { printf '\n%s begin %s\n' "$B" "$1"; "f_$1" </dev/null 3>&- 4>&- 5>&-; printf '\n%s rc %s\n' "$B" "$?" >&3; } | head -c $(($2 + ${#B} + ${#1} + 9)) >&4; } 2>&1 3>&5 | e; } 5>&1 )
  printf '\n%s end %s\n%s\n%s done %s\n' "$B" "$1" "$r_" "$B" "$1"
}
exec 4>&1
`

// gathered is how many sections' answers are held back on the host until they are written together. A section that hangs until the time for
// the host is over takes with it those before it of the same group, so it is few, and late sections are groups of their own.
const gathered = 8

// Compose writes the script that runs the sections in their order. The mark must be unguessable, and made of letters, digits and "-".
func Compose(mark string, sections []Section) string {
	var b strings.Builder
	fmt.Fprintf(&b, "B='%s'\n%s", mark, preamble)
	for _, s := range sections {
		// In a subshell, so that "exit" leaves the snippet and not what reads its status.
		fmt.Fprintf(&b, "f_%s() { (\n%s\n) }\n", s.Name, strings.TrimSpace(s.Shell))
	}
	// One function that is called on the last line: a script that was cut off on its way does nothing.
	b.WriteString("main() {\nprintf '\\n%s hello %s\\n' \"$B\" \"$U\"\n")
	held := 0 // sections in the group that is open
	for i, s := range sections {
		if held == 0 {
			b.WriteString("{ exec 4>&1\n")
		}
		b.WriteString(s.call())
		held++
		if held == gathered || s.Late || i+1 == len(sections) || sections[i+1].Late {
			b.WriteString("} | b\n")
			held = 0
		}
	}
	b.WriteString("printf '%s bye\\n' \"$B\"\n}\nmain\nexit 0\n")
	return b.String()
}

// call is the line of the script that runs the section.
func (s Section) call() string {
	privilege := "user"
	if s.Root {
		privilege = "root"
	}
	return fmt.Sprintf("s %s %d %s\n", s.Name, s.limit()+1, privilege)
}

// State is what became of a section.
type State int

// The states of a section.
const (
	Missing State = iota // nothing came back: the connection ended before
	Ran                  // it ran and left with status 0
	Failed               // it ran and left with another status
	Denied               // it needs root
	Absent               // what it asks for is not installed
)

// Result is what came of one section.
type Result struct {
	Section Section
	State   State
	// Output is what it printed: valid UTF-8 without control characters but line feeds and tabs, at most the section's limit long.
	Output string
	// Truncated says that it printed more.
	Truncated bool
	// Status is its exit status.
	Status int
	// Stderr is the beginning of its standard error, on one line; "" = it printed none.
	Stderr string

	mark string
}

// Output is what a host printed, taken apart.
type Output struct {
	// Greeted says that the script began to run.
	Greeted bool
	// Root says that it ran as root.
	Root bool
	// Finished says that it ran to its end.
	Finished bool
	// Noise is the beginning of what came before the first frame: a banner, or what a forced command printed.
	Noise string
	// Results are those of the sections that were asked, by name.
	Results map[string]Result
}

// noiseLimit is the most that is kept of what is no frame, in bytes.
const noiseLimit = 300

// Parse takes apart what a host printed in answer to a script with the mark and the sections. It never fails: what did not come back
// is Missing.
func Parse(mark string, sections []Section, printed []byte) Output {
	out := Output{Results: make(map[string]Result, len(sections))}
	before, rest, greeted := bytes.Cut(printed, []byte("\n"+mark+" hello "))
	out.Noise = Line(string(before[:min(len(before), 4*noiseLimit)]), noiseLimit)
	if greeted {
		user, _, _ := bytes.Cut(rest, []byte("\n"))
		out.Greeted, out.Root = true, string(user) == "0"
		out.Finished = bytes.HasSuffix(bytes.TrimRight(rest, "\n"), []byte(mark+" bye"))
	}
	for _, s := range sections {
		r, after := cut(mark, s, rest)
		out.Results[s.Name], rest = r, after
	}
	return out
}

// cut takes the frame of one section from the front of what was printed, and returns what follows it. Where the frame is not there,
// nothing is taken.
func cut(mark string, s Section, printed []byte) (Result, []byte) {
	r := Result{Section: s, mark: mark}
	_, body, ok := bytes.Cut(printed, []byte("\n"+mark+" begin "+s.Name+"\n"))
	if !ok {
		return r, printed
	}
	body, status, ended := bytes.Cut(body, []byte("\n"+mark+" end "+s.Name+"\n"))
	if !ended {
		return r, printed // the connection ended within the section; half an output proves nothing
	}
	status, after, _ := bytes.Cut(status, []byte("\n"+mark+" done "+s.Name+"\n"))
	if len(body) > s.limit() {
		body, r.Truncated = body[:s.limit()], true
	}
	r.Output = Clean(string(body))
	if len(r.Output) > s.limit() { // what replaces an invalid byte is longer than it
		r.Output, r.Truncated = strings.ToValidUTF8(r.Output[:s.limit()], ""), true
	}
	r.Status, r.Stderr = verdict(mark, string(status))
	switch {
	case r.Status == StatusDenied:
		r.State = Denied
	case r.Status == StatusAbsent:
		r.State = Absent
	case r.Status == 0 || r.Truncated: // what is cut off dies of a closed pipe
		r.State = Ran
	default:
		r.State = Failed
	}
	return r, after
}

// verdict reads the exit status and standard error. Without a status the section counts as failed.
func verdict(mark, text string) (int, string) {
	before, rest, ok := strings.Cut("\n"+text, "\n"+mark+" rc ")
	if !ok {
		return 1, Line(text, stderrLimit)
	}
	number, after, _ := strings.Cut(rest, "\n")
	status, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || status < 0 {
		status = 1
	}
	return status, Line(before+" "+after, stderrLimit)
}

// Recorded is a result that no script printed, but a fixture or another source (see package osquery): what the section would have
// printed, with RecordedMark in the place of the mark.
func Recorded(s Section, state State, output string) Result {
	return Result{Section: s, State: state, Output: Clean(output), mark: RecordedMark}
}

// RecordedMark is the mark of recorded results. Nothing that a script prints has it; a source that uses it must keep line feeds out of
// what it writes down.
const RecordedMark = "MARK"

// Lines are the lines of the output, without the empty ones.
func (r Result) Lines() []string {
	lines := strings.Split(r.Output, "\n")
	return slices.DeleteFunc(lines, func(l string) bool { return strings.TrimSpace(l) == "" })
}

// Values are the NAME=VALUE lines of the output that the helper kv printed. The first of a name counts.
func (r Result) Values() map[string]string {
	out := map[string]string{}
	for _, line := range r.Lines() {
		name, value, ok := strings.Cut(line, "=")
		if _, seen := out[name]; ok && !seen {
			out[name] = strings.TrimSpace(value)
		}
	}
	return out
}

// File is one file of a section's output that the helper show printed.
type File struct {
	Path string
	Tag  string // what the snippet noted with it; "" = nothing
	// Changed is when it was last changed, in seconds since 1970; 0 where the host did not say.
	Changed int64
	// Unreadable says that it is there and cannot be read; Text is empty then.
	Unreadable bool
	Text       string
	// Truncated says that the file is longer than FileLimit.
	Truncated bool
}

// Files are the files that the helper show printed, in its order.
func (r Result) Files() []File {
	var out []File
	for i, part := range strings.Split("\n"+r.Output, "\n"+r.mark+":") {
		if i == 0 || r.mark == "" {
			continue
		}
		head, text, _ := strings.Cut(part, "\n")
		fields := strings.SplitN(head, " ", 4)
		if len(fields) != 4 || fields[0] != "file" && fields[0] != "unreadable" {
			continue
		}
		f := File{Path: fields[3], Tag: strings.TrimPrefix(fields[1], "-"), Unreadable: fields[0] == "unreadable"}
		f.Changed, _ = strconv.ParseInt(fields[2], 10, 64) // "-" where stat is missing
		if !f.Unreadable {
			f.Text, f.Truncated = strings.ToValidUTF8(text[:min(len(text), FileLimit)], ""), len(text) > FileLimit
		}
		out = append(out, f)
	}
	return out
}

// File returns the file with the path, and whether it is among those printed.
func (r Result) File(path string) (File, bool) {
	for _, f := range r.Files() {
		if f.Path == path {
			return f, true
		}
	}
	return File{}, false
}

// Clean makes text from a host safe to keep and to show: invalid UTF-8 and every character that is not printed (escape codes, marks that
// change the direction of text) become U+FFFD; carriage returns before line feeds go away, others become spaces; tabs and line feeds stay.
func Clean(text string) string {
	if isPlain(text) {
		return text
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", " ")
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range text {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
	}
	return b.String()
}

// isPlain reports whether text is printable ASCII, tabs and line feeds: the usual case.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < ' ' || c > '~') && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// Line makes text from a host fit for one line of a message: clean, without line feeds, at most limit bytes long.
func Line(text string, limit int) string {
	text = strings.Join(strings.Fields(Clean(text)), " ")
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "..."
}
