package schedule

import (
	"errors"
	"fmt"
	"strings"
)

const (
	// awsFields is the number of fields of cron(): minutes, hours, day of month, month, day of week, year.
	awsFields = 6
	// rateWords is the number of words of rate(): value, unit.
	rateWords = 2
)

// rateMinutes evaluates rate(value unit).
func rateMinutes(text string) (int, error) {
	parts := strings.Fields(argument(text, "rate("))
	if len(parts) != rateWords {
		return 0, errors.New("want rate(value unit)")
	}

	value, err := parseNumber(parts[0])
	if err != nil {
		return 0, err
	}

	if value == 0 {
		return 0, errors.New("rate is zero")
	}

	switch parts[1] {
	case "minute", "minutes":
		return value, nil
	case "hour", "hours":
		return value * minutesPerHour, nil
	case "day", "days":
		return value * minutesPerDay, nil
	default:
		return 0, fmt.Errorf("unit %q is not minutes, hours or days", parts[1])
	}
}

// argument returns what stands between the opening and the closing parenthesis, empty when there is none.
func argument(text, open string) string {
	inner, closed := strings.CutSuffix(strings.TrimPrefix(text, open), ")")
	if !closed {
		return ""
	}

	return inner
}

// awsCronMinutes evaluates cron(minutes hours day-of-month month day-of-week year).
func awsCronMinutes(text string) (int, error) {
	parts := strings.Fields(argument(text, "cron("))
	if len(parts) != awsFields {
		return 0, fmt.Errorf("cron() with %d fields, want %d", len(parts), awsFields)
	}

	if year := parts[5]; year != "*" {
		return 0, fmt.Errorf("year %q: the schedule is bound to certain years", year)
	}

	schedule, err := clockAndMonth(parts[0], parts[1], parts[3])
	if err != nil {
		return 0, err
	}

	schedule.onDay, err = awsDays(parts[2], parts[4])
	if err != nil {
		return 0, err
	}

	return schedule.largestGap()
}

// awsDays reads the two day fields, one of which must be a question mark.
func awsDays(dayOfMonth, dayOfWeek string) (func(date) bool, error) {
	if (dayOfMonth == "?") == (dayOfWeek == "?") {
		return nil, errors.New("exactly one of day of month and day of week must be ?")
	}

	if dayOfWeek == "?" {
		return anyOf(dayOfMonth, awsMonthDay)
	}

	return anyOf(dayOfWeek, awsWeekday)
}

// anyOf reads a list and selects the days that any of its items selects.
func anyOf(list string, read func(string) (func(date) bool, error)) (func(date) bool, error) {
	var rules []func(date) bool

	for item := range strings.SplitSeq(list, ",") {
		rule, err := read(item)
		if err != nil {
			return nil, err
		}

		rules = append(rules, rule)
	}

	return func(day date) bool {
		for _, rule := range rules {
			if rule(day) {
				return true
			}
		}

		return false
	}, nil
}

// awsMonthDay reads one item of the day-of-month field: a number, range or step, L (the last day), LW (the last
// weekday) or nW (the weekday nearest to day n in the same month).
func awsMonthDay(item string) (func(date) bool, error) {
	grammar := field{name: "day of month", min: 1, max: 31, span: "-"}

	switch number, isNearest := strings.CutSuffix(item, "W"); {
	case item == "L":
		return func(day date) bool { return day.day == day.daysInMonth }, nil
	case item == "LW":
		return func(day date) bool { return day.isNearestWeekday(day.daysInMonth) }, nil
	case isNearest:
		target, err := grammar.number(number)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", grammar.name, item, err)
		}

		return func(day date) bool { return target <= day.daysInMonth && day.isNearestWeekday(target) }, nil
	}

	days, err := grammar.set(item)
	if err != nil {
		return nil, err
	}

	return func(day date) bool { return days&(1<<day.day) != 0 }, nil
}

// isNearestWeekday reports whether a day is the Monday-to-Friday day nearest to day target of the same month.
func (d date) isNearestWeekday(target int) bool {
	const saturday = 6

	// The weekday of the target, from this day's weekday and the distance.
	weekday := ((d.weekday+target-d.day)%daysPerWeek + daysPerWeek) % daysPerWeek

	nearest := target

	switch {
	case weekday == saturday && target > 1:
		nearest = target - 1
	case weekday == saturday:
		nearest = target + 2 // the first is a Saturday: Monday the third
	case weekday == 0 && target < d.daysInMonth:
		nearest = target + 1
	case weekday == 0:
		nearest = target - 2 // the last is a Sunday: the Friday before
	}

	return d.day == nearest
}

// awsWeekday reads one item of the day-of-week field: a number (1 is Sunday), name, range or step, L (Saturday),
// nL (the last weekday n of the month) or n#k (the k-th weekday n of the month).
func awsWeekday(item string) (func(date) bool, error) {
	grammar := field{name: "day of week", min: 1, max: daysPerWeek, names: weekdayNames(1), span: "-"}

	if item == "L" {
		item = "SAT"
	}

	if number, ordinal, isOrdinal := strings.Cut(item, "#"); isOrdinal {
		return nthWeekday(grammar, number, ordinal)
	}

	if number, isLast := strings.CutSuffix(item, "L"); isLast {
		weekday, err := grammar.number(number)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", grammar.name, item, err)
		}

		return func(day date) bool { return day.weekday == weekday-1 && day.day > day.daysInMonth-daysPerWeek }, nil
	}

	weekdays, err := grammar.set(item)
	if err != nil {
		return nil, err
	}

	return func(day date) bool { return weekdays&(1<<(day.weekday+1)) != 0 }, nil
}

// nthWeekday selects the k-th weekday of each month.
func nthWeekday(grammar field, number, ordinal string) (func(date) bool, error) {
	weekday, err := grammar.number(number)
	if err != nil {
		return nil, fmt.Errorf("%s %q: %w", grammar.name, number, err)
	}

	nth, err := (field{name: "week of month", min: 1, max: 5}).number(ordinal)
	if err != nil {
		return nil, fmt.Errorf("week of month %q: %w", ordinal, err)
	}

	return func(day date) bool { return day.weekday == weekday-1 && (day.day-1)/daysPerWeek == nth-1 }, nil
}
