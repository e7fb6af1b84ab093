package framework

import (
	"cmp"
	"strconv"
	"strings"
)

// romanLevel is the paragraph level that the Code of Federal Regulations numbers with small roman numerals, counted from 0:
// 164.308(a)(1)(ii)(D) has the levels (a), (1), (ii) and (D). At the first level (i) is the ninth letter, not the number one.
const romanLevel = 2

// CompareIDs orders control IDs as the regulation does: sections and articles by number (Art. 5 before Art. 32), letters in
// alphabetical order, roman numerals by value, and a paragraph before its points. It is a total order: IDs that count the same are
// ordered as text.
func CompareIDs(a, b string) int {
	headA, levelsA := splitID(a)
	headB, levelsB := splitID(b)
	if c := compareHeads(headA, headB); c != 0 {
		return c
	}
	for level := 0; level < len(levelsA) && level < len(levelsB); level++ {
		if c := compareLevels(level, levelsA[level], levelsB[level]); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(levelsA), len(levelsB)), strings.Compare(a, b))
}

// splitID separates "164.312(a)(1)" into "164.312" and its levels "a", "1".
func splitID(id string) (head string, levels []string) {
	head, rest, nested := strings.Cut(id, "(")
	if !nested {
		return head, nil
	}
	return head, strings.Split(strings.TrimSuffix(rest, ")"), ")(")
}

// compareHeads compares what stands before the first bracket, its numbers by value.
func compareHeads(a, b string) int {
	for a != "" && b != "" {
		textA, numberA, restA := cutNumber(a)
		textB, numberB, restB := cutNumber(b)
		if c := cmp.Or(strings.Compare(textA, textB), compareNumbers(numberA, numberB)); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return strings.Compare(a, b)
}

// cutNumber splits s into the text before its first number, the number, and the rest.
func cutNumber(s string) (text, number, rest string) {
	start := strings.IndexAny(s, "0123456789")
	if start < 0 {
		return s, "", ""
	}
	end := start
	for end < len(s) && s[end] >= '0' && s[end] <= '9' {
		end++
	}
	return s[:start], s[start:end], s[end:]
}

// compareNumbers compares digits of any length by value; no digits come first.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// compareLevels orders numbers before roman numerals before letters, so that the order is total even where IDs mix them.
func compareLevels(level int, a, b string) int {
	classA, valueA := classify(level, a)
	classB, valueB := classify(level, b)
	return cmp.Or(cmp.Compare(classA, classB), cmp.Compare(len(valueA), len(valueB)), strings.Compare(valueA, valueB))
}

// classify returns the class of a level's label, and a text that sorts within the class by length and then as text.
func classify(level int, label string) (class int, value string) {
	const numbers, romans, letters = 0, 1, 2
	if digits := strings.Trim(label, "0123456789"); digits == "" && label != "" {
		return numbers, strings.TrimLeft(label, "0")
	}
	if n := roman(label); level == romanLevel && n > 0 {
		return romans, strconv.Itoa(n)
	}
	return letters, label // z comes before aa
}

// roman is the value of small roman numerals; 0 when s is none.
func roman(s string) int {
	total, last := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		value := map[byte]int{'i': 1, 'v': 5, 'x': 10, 'l': 50, 'c': 100}[s[i]]
		switch {
		case value == 0:
			return 0
		case value < last:
			total -= value
		default:
			total, last = total+value, value
		}
	}
	return total
}
