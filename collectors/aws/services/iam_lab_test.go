package services

import (
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/label"
)

// identityLab is an empty account in moto, behind a proxy that can answer for it, and the collector's side of both.
type identityLab struct {
	proxy   *awslab.Proxy
	config  aws.Config
	account *api.Account
	run     *api.Run
}

func newIdentityLab(t *testing.T) *identityLab {
	t.Helper()
	m := awslab.Shared(t)
	p := m.Proxy(t)
	config := func(region string) aws.Config { return p.Config(t, awslab.DefaultAccount, region) }
	return &identityLab{
		proxy: p, config: m.Config(t, awslab.DefaultAccount, "us-east-1"),
		account: &api.Account{
			ID: awslab.DefaultAccount, Partition: "aws", Source: "s", Home: "us-east-1", Regions: []string{"eu-west-1", "us-east-1"},
			Disabled: []string{"af-south-1"}, Left: []string{"ap-south-1"}, Organization: []string{awslab.DefaultAccount}, Config: config,
		},
		run: &api.Run{
			Catalogue: api.NewCatalogue(Services()), Log: slog.New(slog.DiscardHandler), Labels: label.Default(),
			Clock:    func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) },
			InFlight: make(chan struct{}, 8), Stats: &api.Stats{},
		},
	}
}

// collect runs one unit: the service in a region.
func (l *identityLab) collect(t *testing.T, service, region string) *api.Batch {
	t.Helper()
	c := l.unit(service, region)
	l.run.Catalogue.Service(service).Collect(t.Context(), c)
	return c.Batch()
}

func (l *identityLab) unit(service, region string) *api.Context {
	return api.NewContext(l.run, l.account, l.run.Catalogue.Service(service), region)
}

var (
	labTimes = regexp.MustCompile(`"20\d\d-\d\d-\d\dT[0-9:]+Z"`)
	labIDs   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|ps-[0-9a-z]{16}|ssoins-[0-9a-z]{16}`)
)

// says writes entities of a kind as lines, one for each attribute: its value, "?" and the reason where it is not known, "-" where it does
// not apply. Times and random ids, which differ from run to run, become TIME and ID.
func says(b *api.Batch, kinds ...string) string {
	var out strings.Builder
	for _, e := range b.Entities {
		if !slices.Contains(kinds, e.Kind) {
			continue
		}
		fmt.Fprintf(&out, "%s %s (%s) in %s\n", e.Kind, e.UID, e.Name, e.Scope)
		for _, line := range linesOf(e) {
			out.WriteString("  " + line + "\n")
		}
	}
	return labIDs.ReplaceAllString(labTimes.ReplaceAllString(out.String(), "TIME"), "ID")
}

// saysSorted is says for entities whose UIDs are random, sorted by name.
func saysSorted(b *api.Batch, kinds ...string) string {
	sorted := &api.Batch{Entities: slices.Clone(b.Entities)}
	slices.SortFunc(sorted.Entities, func(x, y *evidence.Entity) int { return cmp.Compare(x.Name, y.Name) })
	return says(sorted, kinds...)
}

func linesOf(e *evidence.Entity) []string {
	lines := map[string]string{}
	for path, v := range e.Attrs {
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte(err.Error())
		}
		lines[path] = string(text)
	}
	for path, u := range e.Unknown {
		lines[path] = "? " + string(u.Reason)
	}
	for _, path := range e.NA {
		lines[path] = "-"
	}
	out := make([]string, 0, len(lines))
	for _, path := range slices.Sorted(maps.Keys(lines)) {
		out = append(out, path+" = "+lines[path])
	}
	return out
}

// relations writes relations as lines: "~" marks one that is open.
func relations(b *api.Batch, types ...string) string {
	var out []string
	for _, r := range b.Relations {
		if slices.Contains(types, r.Type) {
			mark := ""
			if !r.Complete {
				mark = " ~"
			}
			out = append(out, labIDs.ReplaceAllString(r.From+" "+r.Type+" "+cmp.Or(r.To, "?")+mark, "ID"))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n") + "\n"
}

var writeSaid = flag.Bool("write-said", false, "write what the identity services said to their golden files")

// golden compares a text with testdata/<name>.txt.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *writeSaid {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
