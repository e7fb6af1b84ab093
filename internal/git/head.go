package git

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Head is what a work tree stands on.
type Head struct {
	Commit string // id of the commit, hex
	Branch string // "" where no branch is checked out
	// Remote is the address of the remote "origin" as a URI without user and password; "" where there is none.
	Remote string
}

var commitID = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// ReadHead reads what the work tree with the root stands on, from git's files alone: no program is run, so that it costs a scan nothing. It
// is false where that cannot be told. Whether the files of the work tree are those of the commit is not looked at.
func ReadHead(root string) (Head, bool) {
	dir := gitDirectory(root)
	if dir == "" {
		return Head{}, false
	}
	common := dir
	if other := readLine(filepath.Join(dir, "commondir")); other != "" {
		common = under(dir, other)
	}
	h := Head{Remote: origin(filepath.Join(common, "config"))}
	h.Commit = readLine(filepath.Join(dir, "HEAD"))
	if ref, ok := strings.CutPrefix(h.Commit, "ref: "); ok {
		h.Branch = strings.TrimPrefix(ref, "refs/heads/")
		if h.Commit = readLine(filepath.Join(dir, filepath.FromSlash(ref))); h.Commit == "" {
			h.Commit = readLine(filepath.Join(common, filepath.FromSlash(ref)))
		}
		if h.Commit == "" {
			h.Commit = packed(filepath.Join(common, "packed-refs"), ref)
		}
	}
	return h, commitID.MatchString(h.Commit)
}

// gitDirectory is the directory of git's own files; a linked work tree has a file that leads there.
func gitDirectory(root string) string {
	path := filepath.Join(root, ".git")
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return ""
	case info.IsDir():
		return path
	}
	dir, ok := strings.CutPrefix(readLine(path), "gitdir: ")
	if !ok {
		return ""
	}
	return under(root, dir)
}

func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// readLine is a file's first line; "" where there is none.
func readLine(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(data), "\n")
	return strings.TrimSpace(line)
}

// packed finds a reference among the packed ones.
func packed(path, ref string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		if id, name, ok := strings.Cut(strings.TrimSpace(line), " "); ok && name == ref {
			return id
		}
	}
	return ""
}

// origin is the address of the remote origin in a configuration file.
func origin(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	section := ""
	for line := range strings.SplitSeq(string(data), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		}
		if key, value, ok := strings.Cut(line, "="); ok && section == `[remote "origin"]` && strings.TrimSpace(key) == "url" {
			return address(strings.TrimSpace(value))
		}
	}
	return ""
}

// address is a remote's URL as a URI that names no user: what stands before the "@" may be a token. A path on this machine is none.
func address(remote string) string {
	if host, path, ok := strings.Cut(remote, ":"); ok && !strings.Contains(remote, "://") && !strings.Contains(host, "/") {
		remote = "ssh://" + host + "/" + strings.TrimPrefix(path, "/") // scp's form: git@host:path
	}
	u, err := url.Parse(remote)
	if err != nil || u.Host == "" || u.Scheme == "file" {
		return ""
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
