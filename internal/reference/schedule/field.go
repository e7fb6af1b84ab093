package schedule

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// field is the grammar of one field of an expression: which numbers and names it may hold.
type field struct {
	name     string
	min, max int
	// names maps upper-case names to numbers; nil when the field has none.
	names map[string]int
	// span separates the two ends of a range: "-" in cron, ".." in systemd.
	span string
}

func monthNames() map[string]int {
	return map[string]int{
		"JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6, "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10, "NOV": 11, "DEC": 12,
	}
}

// weekdayNames maps the names of weekdays to numbers, Sunday being the number given.
func weekdayNames(sunday int) map[string]int {
	return map[string]int{
		"SUN": sunday, "MON": sunday + 1, "TUE": sunday + 2, "WED": sunday + 3, "THU": sunday + 4, "FRI": sunday + 5, "SAT": sunday + 6,
	}
}

// set reads a list of numbers, ranges and steps into a set: bit n stands for the number n.
func (f field) set(text string) (uint64, error) {
	var numbers uint64

	for item := range strings.SplitSeq(text, ",") {
		members, err := f.item(item)
		if err != nil {
			return 0, fmt.Errorf("%s %q: %w", f.name, item, err)
		}

		numbers |= members
	}

	return numbers, nil
}

// item reads *, n or a-b, each with an optional /step.
func (f field) item(text string) (uint64, error) {
	base, stepText, hasStep := strings.Cut(text, "/")
	step := 1

	if hasStep {
		parsed, err := parseNumber(stepText)
		if err != nil {
			return 0, err
		}

		if parsed == 0 {
			return 0, errors.New("step is zero")
		}

		step = parsed
	}

	low, high, err := f.ends(base, hasStep)
	if err != nil {
		return 0, err
	}

	var members uint64
	for number := low; number <= high; number += step {
		members |= 1 << number
	}

	return members, nil
}

// ends returns the first and the last number that an item covers. A single number with a step runs on to the end of the
// field.
func (f field) ends(text string, hasStep bool) (int, int, error) {
	if text == "*" {
		return f.min, f.max, nil
	}

	lowText, highText, isRange := strings.Cut(text, f.span)

	low, err := f.number(lowText)
	if err != nil {
		return 0, 0, err
	}

	if !isRange {
		if hasStep {
			return low, f.max, nil
		}

		return low, low, nil
	}

	high, err := f.number(highText)
	if err != nil {
		return 0, 0, err
	}

	if high < low {
		return 0, 0, errors.New("range runs backwards")
	}

	return low, high, nil
}

// number reads a number or a name within the bounds of the field.
func (f field) number(text string) (int, error) {
	if named, ok := f.names[strings.ToUpper(text)]; ok {
		return named, nil
	}

	number, err := parseNumber(text)
	if err != nil {
		return 0, err
	}

	if number < f.min || number > f.max {
		return 0, fmt.Errorf("%d is not between %d and %d", number, f.min, f.max)
	}

	return number, nil
}

// maxDigits bounds the numbers that are read, so that arithmetic on them cannot overflow.
const maxDigits = 8

// parseNumber reads an unsigned decimal number.
func parseNumber(text string) (int, error) {
	if text == "" || len(text) > maxDigits || strings.Trim(text, "0123456789") != "" {
		return 0, fmt.Errorf("%q is not a number", text)
	}

	number, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", text)
	}

	return number, nil
}
