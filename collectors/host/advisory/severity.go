package advisory

import (
	"math"
	"strings"
)

// severity is the maker's rating on the common scale: its word for the package, its word for the advisory, the rating in the title of
// advisories of Red Hat's kin, or else the score; "" where none is understood.
func severity(packageWord string, packageRatings []rating, recordWord string, recordRatings []rating, summary string) string {
	title, _, titled := strings.Cut(summary, ":")
	if !titled {
		title = ""
	}
	for _, w := range []string{packageWord, recordWord, title} {
		if s := word(w); s != "" {
			return s
		}
	}
	best := 0.0
	for _, r := range append(packageRatings, recordRatings...) {
		if s := word(r.Score); s != "" { // Ubuntu gives its word as a score
			return s
		}
		if score, ok := baseScore(r.Score); ok {
			best = max(best, score)
		}
	}
	// https://www.first.org/cvss/v3.1/specification-document, section 5
	switch {
	case best >= 9:
		return "critical"
	case best >= 7:
		return "high"
	case best >= 4:
		return "medium"
	case best > 0:
		return "low"
	}
	return ""
}

// word reads the words of distributions for a severity.
func word(text string) string {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "critical":
		return "critical"
	case "important", "high":
		return "high"
	case "moderate", "medium":
		return "medium"
	case "low", "negligible", "minor":
		return "low"
	}
	return ""
}

// Word reads a distribution's word for a severity; "" where it is none.
func Word(text string) string { return word(text) }

// baseScore computes the base score of a CVSS 3.x vector, by section 7.1 of its specification; ok is false for anything else.
func baseScore(vector string) (score float64, ok bool) {
	rest, ok := strings.CutPrefix(vector, "CVSS:3.")
	if !ok {
		return 0, false
	}
	m := map[string]string{}
	for part := range strings.SplitSeq(rest, "/") {
		if name, value, found := strings.Cut(part, ":"); found {
			m[name] = value
		}
	}
	weights := map[string]map[string]float64{
		"AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
		"AC": {"L": 0.77, "H": 0.44},
		"PR": {"N": 0.85, "L": 0.62, "H": 0.27},
		"UI": {"N": 0.85, "R": 0.62},
		"C":  {"H": 0.56, "L": 0.22, "N": 0}, "I": {"H": 0.56, "L": 0.22, "N": 0}, "A": {"H": 0.56, "L": 0.22, "N": 0},
	}
	changed := m["S"] == "C"
	if changed {
		weights["PR"] = map[string]float64{"N": 0.85, "L": 0.68, "H": 0.5}
	} else if m["S"] != "U" {
		return 0, false
	}
	w := map[string]float64{}
	for name, values := range weights {
		if w[name], ok = values[m[name]]; !ok {
			return 0, false
		}
	}
	impact := 1 - (1-w["C"])*(1-w["I"])*(1-w["A"])
	if changed {
		impact = 7.52*(impact-0.029) - 3.25*math.Pow(impact-0.02, 15)
	} else {
		impact *= 6.42
	}
	if impact <= 0 {
		return 0, true
	}
	total := impact + 8.22*w["AV"]*w["AC"]*w["PR"]*w["UI"]
	if changed {
		total *= 1.08
	}
	tenths := math.Round(min(total, 10) * 100_000)
	return math.Ceil(tenths/10_000) / 10, true
}
