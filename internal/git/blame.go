package git

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Commit is the commit that last changed some lines. Its texts are cleaned.
type Commit struct {
	ID             string
	Author         string // name
	AuthorEmail    string
	Committer      string // name
	CommitterEmail string
	At             time.Time // when it was committed, UTC
	Subject        string
	// Reviewers are the values of its Reviewed-by and Approved-by trailers: "Name <address>".
	Reviewers []string
	// Boundary is true where the history of a shallow clone ends here: the lines may be older.
	Boundary bool
}

// ErrUncommitted says that some of the lines are not committed as they stand.
var ErrUncommitted = errors.New("not committed")

// Blame knows the commit of each line of a file as it stands in the work tree.
type Blame struct {
	lines []*Commit // nil for a line that is not committed
}

// Blame asks who wrote each line of the file.
func (r *Repo) Blame(ctx context.Context, file string) (*Blame, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	out, err := r.run(ctx, "blame", "--porcelain", "--", abs)
	if err != nil {
		return nil, err
	}
	b, commits := readBlame(out)
	if len(commits) == 0 {
		return b, nil
	}
	shallow := r.shallow(ctx)
	args := []string{"log", "--no-walk=unsorted", "--format=%H%x00%(trailers:key=Reviewed-by,valueonly)%(trailers:key=Approved-by,valueonly)%x01"}
	for id, c := range commits {
		c.Boundary = c.Boundary && shallow // the first commit of a whole history is a boundary too
		args = append(args, id)
	}
	trailers, err := r.run(ctx, args...)
	if err != nil {
		return nil, err
	}
	for record := range strings.SplitSeq(trailers, "\x01") {
		id, values, _ := strings.Cut(strings.TrimSpace(record), "\x00")
		for line := range strings.SplitSeq(values, "\n") {
			if line = Clean(line); line != "" && commits[id] != nil {
				commits[id].Reviewers = append(commits[id].Reviewers, line)
			}
		}
	}
	return b, nil
}

// LastChange returns the newest of the commits that wrote the lines from start to end (1-based, inclusive).
func (b *Blame) LastChange(start, end int) (Commit, error) {
	var newest *Commit
	for i := max(start, 1); i <= min(end, len(b.lines)); i++ {
		c := b.lines[i-1]
		if c == nil {
			return Commit{}, ErrUncommitted
		}
		if newest == nil || c.At.After(newest.At) || c.At.Equal(newest.At) && c.ID > newest.ID {
			newest = c
		}
	}
	if newest == nil {
		return Commit{}, ErrUncommitted
	}
	return *newest, nil
}

// readBlame reads git blame --porcelain: each line of the file follows a header that begins with the commit's id, and the first header
// of a commit says what the commit is.
func readBlame(porcelain string) (*Blame, map[string]*Commit) {
	b := &Blame{}
	commits := map[string]*Commit{}
	var current *Commit
	for line := range strings.SplitSeq(porcelain, "\n") {
		if strings.HasPrefix(line, "\t") {
			b.lines = append(b.lines, current)
			continue
		}
		key, value, _ := strings.Cut(line, " ")
		switch {
		case isID(key) && strings.Trim(key, "0") == "":
			current = nil
		case isID(key):
			if commits[key] == nil {
				commits[key] = &Commit{ID: key}
			}
			current = commits[key]
		case current != nil:
			current.set(key, value)
		}
	}
	return b, commits
}

func (c *Commit) set(key, value string) {
	switch key {
	case "author":
		c.Author = Clean(value)
	case "author-mail":
		c.AuthorEmail = Clean(strings.Trim(value, "<>"))
	case "committer":
		c.Committer = Clean(value)
	case "committer-mail":
		c.CommitterEmail = Clean(strings.Trim(value, "<>"))
	case "committer-time":
		if sec, err := strconv.ParseInt(value, 10, 64); err == nil {
			c.At = time.Unix(sec, 0).UTC()
		}
	case "summary":
		c.Subject = Clean(value)
	case "boundary":
		c.Boundary = true
	}
}

func isID(s string) bool {
	if len(s) != 40 && len(s) != 64 {
		return false
	}
	return strings.Trim(s, "0123456789abcdef") == ""
}

// Names reports whether the commit names the person as author, committer or reviewer: by address or by whole name.
func (c *Commit) Names(person string) (how string, ok bool) {
	for _, r := range c.Reviewers {
		name, rest, _ := strings.Cut(r, "<")
		if same(person, strings.TrimSpace(name)) || same(person, strings.TrimSuffix(rest, ">")) {
			return "reviewed by " + r, true
		}
	}
	switch {
	case same(person, c.Author), same(person, c.AuthorEmail):
		return "its author is the approver", true
	case same(person, c.Committer), same(person, c.CommitterEmail):
		return "its committer is the approver", true
	}
	return "", false
}

func same(a, b string) bool { return b != "" && strings.EqualFold(a, b) }
