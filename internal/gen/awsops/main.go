// Command awsops writes docs/aws-operations.md: every operation of AWS that the collector may call, with what it tells, the permission that
// it takes, and how it was seen in tests. It is called in collectors/aws/services.
package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/collectors/aws/services"
)

func main() {
	if err := run(filepath.Join("testdata", "seen"), filepath.Join("..", "..", "..", "docs", "aws-operations.md")); err != nil {
		fmt.Fprintln(os.Stderr, "awsops:", err)
		os.Exit(1)
	}
}

const opening = `# Operations of AWS that Assay calls

Generated from collectors/aws/services; do not edit. docs/aws.md says what becomes of the answers.

Every operation reads, and none returns the content of a store. One without anything in the column "tells" is called whenever its service is
read; the others only where a selected check reads one of the kinds or attributes named there.

"Seen" says what the tests of the operation's answers run against: **moto** answered the real SDK; **fake**: the test's own answer went through
the real SDK; **literal**: structs of the SDK were handed to the mapping; **not seen**: no test says so. None of these is AWS itself.
`

func run(seenDir, target string) error {
	var b strings.Builder
	b.WriteString(opening)
	list := services.Services()
	slices.SortFunc(list, func(x, y api.Service) int { return cmp.Compare(x.Name, y.Name) })
	for i := range list {
		s := &list[i]
		seen, err := readSeen(filepath.Join(seenDir, s.Name+".csv"), s)
		if err != nil {
			return err
		}
		where := "in every region"
		if s.Global {
			where = "once per account"
		}
		fmt.Fprintf(&b, "\n## %s\n\nAsked %s.", s.Name, where)
		if len(s.Kinds) > 0 {
			fmt.Fprintf(&b, " Yields %s.", strings.Join(slices.Sorted(slices.Values(s.Kinds)), ", "))
		}
		b.WriteString("\n\n| operation | tells | IAM action | seen |\n|---|---|---|---|\n")
		operations := slices.SortedFunc(slices.Values(s.Operations), func(x, y api.Operation) int { return cmp.Compare(x.Name, y.Name) })
		for _, o := range operations {
			tells := slices.Compact(slices.Sorted(slices.Values(o.Tells)))
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", o.Name, strings.Join(tells, ", "), permissions(s, o),
				cmp.Or(strings.Join(seen[o.Name], ", "), "not seen"))
		}
	}
	return os.WriteFile(target, []byte(b.String()), 0o600)
}

// permissions are the IAM actions of an operation, and what they are limited to.
func permissions(s *api.Service, o api.Operation) string {
	out := strings.Join(s.Permissions(o), ", ")
	if len(o.Resources) > 0 {
		out += " on `" + strings.Join(o.Resources, ", ") + "`"
	}
	return out
}

// readSeen reads how the operations of a service were seen. An operation that the service does not declare is an error.
func readSeen(file string, s *api.Service) (map[string][]string, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string][]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	out := map[string][]string{}
	for _, line := range lines[min(1, len(lines)):] {
		operation, how := line[0], line[1]
		switch {
		case !slices.ContainsFunc(s.Operations, func(o api.Operation) bool { return o.Name == operation }):
			return nil, fmt.Errorf("%s: %s declares no operation %s", file, s.Name, operation)
		case !slices.Contains([]string{"moto", "fake", "literal"}, how):
			return nil, fmt.Errorf("%s: %s was seen %q; write moto, fake or literal", file, operation, how)
		case !slices.Contains(out[operation], how):
			out[operation] = append(out[operation], how)
		}
	}
	return out, nil
}
