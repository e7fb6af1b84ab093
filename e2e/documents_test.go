package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocuments holds that every link between the documents leads somewhere, down to the heading, and that no document names a place of the
// machine on which it was written.
func TestDocuments(t *testing.T) {
	docs := documents(t)
	for name, text := range docs {
		for _, target := range links(text) {
			if problem := broken(docs, name, target); problem != "" {
				t.Errorf("%s: %s", name, problem)
			}
		}
		for _, place := range regexp.MustCompile(`(?:^|[\s("'`+"`"+`])/(?:home|root|work|Users)/[^\s)]*`).FindAllString(text, -1) {
			t.Errorf("%s names a place of one machine: %s", name, strings.TrimSpace(place))
		}
	}
}

// TestDecisionsAreListed holds the index of docs/adr to the records.
func TestDecisionsAreListed(t *testing.T) {
	docs := documents(t)
	index := docs["docs/adr/README.md"]
	for name, text := range docs {
		record := path.Base(name)
		if path.Dir(name) != "docs/adr" || record == "README.md" {
			continue
		}
		title, _, _ := strings.Cut(text, "\n")
		number, words, ok := strings.Cut(strings.TrimPrefix(title, "# "), ". ")
		if !ok || !strings.HasPrefix(record, fmt.Sprintf("%04s-", number)) {
			t.Errorf("%s begins with %q, not with the number and title of the record", name, title)
		}
		if row := fmt.Sprintf("| [%s](%s) | %s |", number, record, words); !strings.Contains(index, row) {
			t.Errorf("docs/adr/README.md lacks the row\n%s", row)
		}
	}
}

// documents are the text of every Markdown file under version control, by path from the root of the repository.
func documents(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md")
	cmd.Dir = ".."
	list, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]string{}
	for name := range strings.FieldsSeq(string(list)) {
		data, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		docs[name] = string(data)
	}
	if len(docs) < 20 {
		t.Fatalf("%d documents found", len(docs))
	}
	return docs
}

var (
	fences   = regexp.MustCompile("(?ms)^```.*?^```")
	code     = regexp.MustCompile("`[^`\n]*`")
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notSlugs = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// links are the targets of a text's links, without those in code.
func links(text string) []string {
	text = code.ReplaceAllString(fences.ReplaceAllString(text, ""), "")
	var out []string
	for _, m := range link.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// broken says what is wrong with a link of a document; links to other sites are not followed.
func broken(docs map[string]string, name, target string) string {
	if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
		return ""
	}
	file, fragment, _ := strings.Cut(target, "#")
	to := name
	if file != "" {
		to = path.Join(path.Dir(name), file)
	}
	if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(to))); err != nil {
		return fmt.Sprintf("the link to %s leads nowhere", target)
	}
	if text, ok := docs[to]; ok && fragment != "" && !slices.Contains(slugs(text), fragment) {
		return fmt.Sprintf("the link to %s names no heading of %s", target, to)
	}
	return ""
}

// slugs are the fragments by which GitHub addresses the headings of a text.
func slugs(text string) []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
		out = append(out, strings.ReplaceAll(notSlugs.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return out
}
