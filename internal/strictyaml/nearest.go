package strictyaml

import "strings"

// maxNameRunes is the longest name that is compared; nobody misspells a longer one, and the cost grows with the square.
const maxNameRunes = 100

// Nearest returns the candidate that name is most likely a misspelling of, or "" when none is close: at most one edit
// in three characters, where an edit inserts, deletes or replaces a character or swaps two neighbours. Case is ignored.
// Of equally near candidates the first wins, so the answer depends on nothing but the arguments.
func Nearest(name string, candidates []string) string {
	from := []rune(strings.ToLower(name))
	if len(from) == 0 || len(from) > maxNameRunes {
		return ""
	}
	best, bestDistance := "", max(1, len(from)/3)+1
	for _, candidate := range candidates {
		to := []rune(strings.ToLower(candidate))
		if len(to) > maxNameRunes || len(to)-len(from) >= bestDistance || len(from)-len(to) >= bestDistance {
			continue
		}
		if distance := edits(from, to); distance < bestDistance {
			best, bestDistance = candidate, distance
		}
	}
	return best
}

// edits is the optimal string alignment distance.
func edits(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
