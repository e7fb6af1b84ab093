// Command record asks this machine as the host collector would, and keeps what each section printed as a file, for a fixture.
//
// Usage: record DIRECTORY [SECTION...]. It runs as whoever calls it. Read what it wrote before you keep it: it holds names and keys.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/host/advisory"
	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/script"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: record DIRECTORY [SECTION...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func run(dir string, only []string) error {
	sections := facts.Sections(facts.AreasWith(facts.Options{Advisories: advisory.Index{}})) // with the list of packages
	if len(only) > 0 {
		sections = slices.DeleteFunc(sections, func(s script.Section) bool { return !slices.Contains(only, s.Name) })
	}
	cmd := exec.CommandContext(context.Background(), "sh", "-s")
	cmd.Stdin = strings.NewReader(script.Compose(script.RecordedMark, sections))
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o750); err != nil { //nolint:gosec // where the caller says
		return err
	}
	suffix := map[script.State]string{script.Failed: ".failed", script.Denied: ".denied", script.Absent: ".absent", script.Missing: ".missing"}
	for name, r := range script.Parse(script.RecordedMark, sections, printed.Bytes()).Results {
		text := r.Output
		if r.State != script.Ran {
			text = r.Stderr
		}
		if err := os.WriteFile(filepath.Join(dir, name+suffix[r.State]), []byte(text), 0o600); err != nil { //nolint:gosec // as above
			return err
		}
	}
	return nil
}
