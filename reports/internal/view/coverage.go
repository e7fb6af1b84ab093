package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
)

// FoldCoverage says once what holds alike of several kinds and scopes: a service that is denied in eighteen regions is one line, not eighteen.
// Kinds that share their scopes, status and details become one entry whose kind and scope are lists for a reader, whatever source says so. The
// order is that of the first of each. A detail that only repeats the first of the items is left out.
func FoldCoverage(list []evidence.Coverage) []evidence.Coverage {
	list = slices.Clone(list)
	for i := range list {
		if c := &list[i]; len(c.Items) > 1 && c.Detail == fmt.Sprintf("%s (and %d more)", c.Items[0], len(c.Items)-1) {
			c.Detail = ""
		}
	}
	perKind := foldBy(list, func(c evidence.Coverage) string { return c.Kind }, func(c *evidence.Coverage, all []string) { c.Scope = names(all) },
		func(c evidence.Coverage) string { return c.Scope })
	return foldBy(perKind, func(c evidence.Coverage) string { return c.Scope }, func(c *evidence.Coverage, all []string) { c.Kind = names(all) },
		func(c evidence.Coverage) string { return c.Kind })
}

// foldBy joins entries that agree in the key and in what they say.
func foldBy(list []evidence.Coverage, key func(evidence.Coverage) string, set func(*evidence.Coverage, []string), value func(evidence.Coverage) string) []evidence.Coverage {
	var out []evidence.Coverage
	at := map[string]int{}
	values := [][]string{}
	for _, c := range list {
		k := strings.Join(append([]string{key(c), string(c.Status), c.Detail}, c.Items...), "\x00")
		i, seen := at[k]
		if !seen {
			i = len(out)
			at[k] = i
			out = append(out, c)
			values = append(values, nil)
		}
		values[i] = append(values[i], value(c))
	}
	for i := range out {
		if len(values[i]) > 1 {
			set(&out[i], slices.Compact(slices.Sorted(slices.Values(values[i]))))
		}
	}
	return out
}

// names lists names that may share a beginning: aws:1:eu-west-1, eu-central-1 and 4 more.
func names(all []string) string {
	const shown = 6
	first := all[0]
	prefix := first[:strings.LastIndexByte(first, ':')+1]
	var b strings.Builder
	b.WriteString(first)
	for i, n := range all[1:] {
		if i == shown-1 && len(all) > shown+1 {
			b.WriteString(" and " + Number(len(all)-shown) + " more")
			break
		}
		b.WriteString(", " + strings.TrimPrefix(n, prefix))
	}
	return b.String()
}
