package facts

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/internal/kind"
)

// latestKernel finds the newest of the lines "SECONDS VERSION" that has the flavour of the running kernel, and when its file was last
// changed; "" where there is none.
func latestKernel(lines []string, running string) (version string, changed int64) {
	for _, line := range lines {
		seconds, v, ok := strings.Cut(line, " ")
		if !ok || v == "" || !strings.ContainsAny(v[:1], "0123456789") || flavour(v) != flavour(running) {
			continue
		}
		at, _ := strconv.ParseInt(seconds, 10, 64) // 0 where stat is missing
		if c := compareVersions(v, version); version == "" || c > 0 {
			version, changed = v, at
		} else if c == 0 && at > 0 && (changed == 0 || at < changed) {
			changed = at
		}
	}
	return version, changed
}

// flavour is the part of a kernel's version that tells its build from others of the same version, such as "amd64" or "generic".
func flavour(version string) string { return kernelFlavour.FindString(version) }

var kernelFlavour = regexp.MustCompile(`-[A-Za-z][A-Za-z0-9-]*$`)

// compareVersions orders versions as package managers do: numbers by value, words by the alphabet, a number after a word, the longer
// after the shorter. The result is negative, 0 or positive.
func compareVersions(a, b string) int {
	as, bs := versionPart.FindAllString(a, -1), versionPart.FindAllString(b, -1)
	for i := range min(len(as), len(bs)) {
		if c := comparePart(as[i], bs[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

var versionPart = regexp.MustCompile(`[0-9]+|[A-Za-z]+`)

func comparePart(a, b string) int {
	aNumber, bNumber := a[0] <= '9', b[0] <= '9'
	switch {
	case aNumber && bNumber:
		a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	case aNumber != bNumber:
		if aNumber {
			return 1
		}
		return -1
	}
	return strings.Compare(a, b)
}

// seconds reads a number of seconds since 1970; ok is false for anything else and for 0.
func (h *Host) seconds(text string) (at kind.Time, ok bool) {
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n == 0 {
		return "", false
	}
	return h.Since1970(n)
}
