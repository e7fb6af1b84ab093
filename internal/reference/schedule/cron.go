package schedule

import (
	"errors"
	"fmt"
	"strings"
)

// standardFields is the number of fields of a crontab(5) expression: minute, hour, day of month, month, day of week.
const standardFields = 5

// macro returns the expression that a macro stands for, empty when it is none.
func macro(name string) string {
	switch strings.ToLower(name) {
	case "@hourly":
		return "0 * * * *"
	case "@daily", "@midnight":
		return "0 0 * * *"
	case "@weekly":
		return "0 0 * * 0"
	case "@monthly":
		return "0 0 1 * *"
	case "@yearly", "@annually":
		return "0 0 1 1 *"
	default:
		return ""
	}
}

// standardCronMinutes evaluates a five-field expression or a macro.
func standardCronMinutes(text string) (int, error) {
	if strings.HasPrefix(text, "@") {
		expanded := macro(text)
		if expanded == "" {
			return 0, errors.New("not a macro with an interval")
		}

		text = expanded
	}

	parts := strings.Fields(text)
	if len(parts) != standardFields {
		return 0, fmt.Errorf("%d fields, want rate(), cron() or %d fields", len(parts), standardFields)
	}

	schedule, err := clockAndMonth(parts[0], parts[1], parts[3])
	if err != nil {
		return 0, err
	}

	schedule.onDay, err = standardDays(parts[2], parts[4])
	if err != nil {
		return 0, err
	}

	return schedule.largestGap()
}

// clockAndMonth reads the fields that all cron dialects write alike.
func clockAndMonth(minute, hour, month string) (pattern, error) {
	var schedule pattern

	var err error

	if schedule.minutes, err = (field{name: "minute", max: 59, span: "-"}).set(minute); err != nil {
		return pattern{}, err
	}

	if schedule.hours, err = (field{name: "hour", max: 23, span: "-"}).set(hour); err != nil {
		return pattern{}, err
	}

	if schedule.months, err = (field{name: "month", min: 1, max: 12, names: monthNames(), span: "-"}).set(month); err != nil {
		return pattern{}, err
	}

	return schedule, nil
}

// standardDays reads the two day fields. As crontab(5) has it, a day is selected if either field selects it, unless one
// of them starts with a star: then both must select it.
func standardDays(dayOfMonth, dayOfWeek string) (func(date) bool, error) {
	days, err := (field{name: "day of month", min: 1, max: 31, span: "-"}).set(dayOfMonth)
	if err != nil {
		return nil, err
	}

	weekdays, err := (field{name: "day of week", max: daysPerWeek, names: weekdayNames(0), span: "-"}).set(dayOfWeek)
	if err != nil {
		return nil, err
	}

	if weekdays&(1<<daysPerWeek) != 0 {
		weekdays |= 1 // both 0 and 7 are Sunday
	}

	both := strings.HasPrefix(dayOfMonth, "*") || strings.HasPrefix(dayOfWeek, "*")

	return func(day date) bool {
		inMonth, inWeek := days&(1<<day.day) != 0, weekdays&(1<<day.weekday) != 0
		if both {
			return inMonth && inWeek
		}

		return inMonth || inWeek
	}, nil
}
