package host

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/inventory"
	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
)

// snapshotPart is everything that a host got into a snapshot.
type snapshotPart struct {
	Entities  []*evidence.Entity
	Relations []evidence.Relation
	Covered   []evidence.Coverage
	Sources   []evidence.Source
}

func (s *snapshotPart) Entity(e *evidence.Entity) error {
	s.Entities = append(s.Entities, e)
	return nil
}

func (s *snapshotPart) Relation(r evidence.Relation) error {
	s.Relations = append(s.Relations, r)
	return nil
}

func (s *snapshotPart) Coverage(c evidence.Coverage) error {
	s.Covered = append(s.Covered, c)
	return nil
}

func (s *snapshotPart) Source(src evidence.Source) error {
	s.Sources = append(s.Sources, src)
	return nil
}
func (*snapshotPart) File(evidence.SourceFile) error { return nil }

// marked parts the text of a fuzzed host into what its sections print.
const marked = "\n==== "

// everything lets a host print a text, and returns what of it gets into a snapshot. The text is parted by lines "==== SECTION"; where there
// are none each section prints all of it.
func everything(t *testing.T, text string) *snapshotPart {
	t.Helper()
	o := facts.Options{Advisories: advisory.Index{}, RestoreTest: []string{"restic", "borg"}}
	areas := facts.AreasWith(o)
	printed := map[string]string{}
	for i, part := range strings.Split("\n"+text, marked) {
		if name, own, ok := strings.Cut(part, "\n"); ok && i > 0 {
			printed[name] = own
		}
	}
	answers := facts.Answers{Results: map[string]script.Result{}, RootRefused: "no"}
	for _, s := range facts.Sections(areas) {
		own, ok := printed[s.Name]
		switch {
		case ok:
			answers.Results[s.Name] = script.Recorded(s, script.Ran, own)
		case len(printed) == 0:
			answers.Results[s.Name] = script.Recorded(s, script.Ran, text)
		}
	}
	at := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	id := facts.Identity{Name: "web1", Group: "web", Source: "s1"}
	r := &run{req: collectors.Request{Source: "s1"}, env: collectors.Env{Clock: func() time.Time { return at }, Version: "test"}, areas: areas, reads: o}
	out := &snapshotPart{}
	got := reading{at: at, host: facts.Read(areas, id, at, answers)}
	host := inventory.Host{Group: "web"}
	host.Name = "web1"
	if err := r.emit(out, at, []inventory.Host{host}, []reading{got}); err != nil {
		t.Fatal(err)
	}
	return out
}

// FuzzHost lets a host print anything, and holds what it can do with it: it lies about itself only, in bounded, clean and deterministic text.
func FuzzHost(f *testing.F) {
	folders, err := filepath.Glob("facts/testdata/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, folder := range folders {
		sections, err := os.ReadDir(folder)
		if err != nil || !slices.ContainsFunc(sections, func(d os.DirEntry) bool { return !d.IsDir() }) {
			continue // a file beside the folders
		}
		var b strings.Builder
		for _, s := range sections {
			text, err := os.ReadFile(filepath.Join(folder, s.Name()))
			if err != nil {
				f.Fatal(err)
			}
			fmt.Fprintf(&b, "%s%s\n%s", marked, s.Name(), text)
		}
		f.Add(b.String())
	}
	f.Add("A ALL = NOPASSWD: ALL\x1b[31m\u202e<script>")
	f.Add(marked + "passwd\nroot:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\na\u0000b:x:0:0:<script>:/:/bin/sh\n" + marked + "machine\nnode=other\nvendor=Amazon EC2\nasset=i-0123456789abcdef0\n")
	f.Add(marked + "pgbackrest\n[{\"name\":\"\\u001b[31m\\u202e\",\"backup\":[{\"label\":\"\\u0000\",\"type\":\"full\"},{\"label\":\"\\u0000\",\"type\":\"full\"}]}]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<20 {
			return
		}
		out := everything(t, text)
		kinds := map[string]string{} // of those that share an identifier, which become one
		for _, e := range out.Entities {
			checkOwn(t, "the entity", e.UID)
			if k, ok := kinds[e.UID]; ok && k != e.Kind {
				t.Errorf("a %s and a %s are called %q", k, e.Kind, e.UID)
			}
			kinds[e.UID] = e.Kind
			if e.Scope != "host:web:web1" {
				t.Errorf("%s is in the scope %q", e.UID, e.Scope)
			}
			for _, alias := range e.Aliases {
				if !regexp.MustCompile(`^instance:i-[0-9a-f]{8,17}$`).MatchString(alias) {
					t.Errorf("%s is also called %q", e.UID, alias)
				}
			}
		}
		for _, rel := range out.Relations {
			checkOwn(t, "the source of "+rel.Type, rel.From)
			if rel.To != "" {
				checkOwn(t, "the target of "+rel.Type, rel.To)
			}
		}
		for _, c := range out.Covered {
			if c.Scope != "host:web:web1" && c.Scope != "advisories" {
				t.Errorf("coverage of %s in the scope %q", c.Kind, c.Scope)
			}
		}
		encoded := checkTexts(t, out)
		if bound := 1<<20 + 400*len(text); len(encoded) > bound {
			t.Errorf("%d bytes became %d", len(text), len(encoded))
		}
		if diff := cmp.Diff(string(encoded), string(checkTexts(t, everything(t, text)))); diff != "" {
			t.Errorf("the same answers twice (-first +second):\n%s", diff)
		}
	})
}

// checkOwn holds that an identifier is the host's or begins with it.
func checkOwn(t *testing.T, what, uid string) {
	t.Helper()
	if uid != "host:web1" && !strings.HasPrefix(uid, "host:web1:") {
		t.Errorf("%s is %q, which is not of the host", what, uid)
	}
}

// checkTexts holds that every text and name in what a host said is clean and bounded, and returns all of it as JSON.
func checkTexts(t *testing.T, out *snapshotPart) []byte {
	t.Helper()
	encoded, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	var all any
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	if err := decoder.Decode(&all); err != nil {
		t.Fatal(err)
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			if script.Clean(v) != v || strings.ContainsAny(v, "\n\t") || len(v) > maxText+len("...") {
				t.Errorf("not fit to be shown: %.200q (%d bytes)", v, len(v))
			}
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				walk(name)
				walk(v[name])
			}
		}
	}
	walk(all)
	return encoded
}
