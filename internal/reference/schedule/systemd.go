package schedule

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// calendarParts are the three parts of a systemd calendar event; an absent part keeps its default.
type calendarParts struct{ weekdays, day, clock string }

// CalendarMinutes returns the longest time between two elapses of a systemd.time(7) calendar event (OnCalendar=), in
// minutes. Seconds are left out of account and a time zone is accepted but not used. Years other than * and days
// counted from the end of the month (~) are not understood.
func CalendarMinutes(expression string) (int, error) {
	minutes, err := calendarMinutes(strings.TrimSpace(expression))
	if err != nil {
		return 0, fmt.Errorf("calendar event %q: %w", clip(expression), err)
	}

	return minutes, nil
}

func calendarMinutes(text string) (int, error) {
	if len(text) > maxLength {
		return 0, errTooLong
	}

	parts, err := splitCalendar(text)
	if err != nil {
		return 0, err
	}

	schedule, err := parts.pattern()
	if err != nil {
		return 0, err
	}

	return schedule.largestGap()
}

// shorthand returns what a named calendar event stands for.
func shorthand(name string) (calendarParts, bool) {
	switch strings.ToLower(name) {
	case "minutely":
		return calendarParts{"", "*-*-*", "*:*"}, true
	case "hourly":
		return calendarParts{"", "*-*-*", "*:00"}, true
	case "daily":
		return calendarParts{"", "*-*-*", "00:00"}, true
	case "weekly":
		return calendarParts{"Mon", "*-*-*", "00:00"}, true
	case "monthly":
		return calendarParts{"", "*-*-01", "00:00"}, true
	case "quarterly":
		return calendarParts{"", "*-01,04,07,10-01", "00:00"}, true
	case "semiannually", "semi-annually":
		return calendarParts{"", "*-01,07-01", "00:00"}, true
	case "yearly", "annually", "anually":
		return calendarParts{"", "*-01-01", "00:00"}, true
	default:
		return calendarParts{}, false
	}
}

// splitCalendar tells the parts of a calendar event apart by their form.
func splitCalendar(text string) (calendarParts, error) {
	words := strings.Fields(text)
	if count := len(words); count > 1 && isTimeZone(words[count-1]) {
		words = words[:count-1]
	}

	if len(words) == 0 {
		return calendarParts{}, errors.New("empty")
	}

	if named, ok := shorthand(words[0]); ok && len(words) == 1 {
		return named, nil
	}

	var parts calendarParts

	for _, word := range words {
		place := &parts.day

		switch {
		case strings.Contains(word, ":"):
			place = &parts.clock
		case isLetter(word[0]):
			place = &parts.weekdays
		case !strings.Contains(word, "-"):
			return calendarParts{}, fmt.Errorf("%q is neither a weekday, a date nor a time", word)
		}

		if *place != "" || (place != &parts.clock && parts.clock != "") || (place == &parts.weekdays && parts.day != "") {
			return calendarParts{}, fmt.Errorf("%q is out of place", word)
		}

		*place = word
	}

	return parts, nil
}

// isTimeZone reports whether a word is UTC or the name of a zone such as Europe/Berlin.
func isTimeZone(word string) bool {
	return strings.EqualFold(word, "UTC") || (isLetter(word[0]) && strings.Contains(word, "/"))
}

func isLetter(char byte) bool {
	return (char|0x20) >= 'a' && (char|0x20) <= 'z'
}

// pattern reads the parts: an absent date means every day, an absent time midnight.
func (c calendarParts) pattern() (pattern, error) {
	if c.day == "" {
		c.day = "*-*-*"
	}

	if c.clock == "" {
		c.clock = "00:00"
	}

	month, day, err := calendarDay(c.day)
	if err != nil {
		return pattern{}, err
	}

	hour, minute, err := calendarClock(c.clock)
	if err != nil {
		return pattern{}, err
	}

	weekdays, err := calendarWeekdays(c.weekdays)
	if err != nil {
		return pattern{}, err
	}

	return pattern{
		minutes: minute,
		hours:   hour,
		months:  month,
		onDay: func(d date) bool {
			return day&(1<<d.day) != 0 && weekdays&(1<<((d.weekday+daysPerWeek-1)%daysPerWeek)) != 0
		},
	}, nil
}

// calendarDay reads year-month-day or month-day into a set of months and a set of days.
func calendarDay(text string) (uint64, uint64, error) {
	if strings.Contains(text, "~") {
		return 0, 0, errors.New("days counted from the end of the month are not supported")
	}

	if year, rest, _ := strings.Cut(text, "-"); strings.Contains(rest, "-") {
		if year != "*" {
			return 0, 0, fmt.Errorf("year %q: the schedule is bound to certain years", year)
		}

		text = rest
	}

	monthText, dayText, _ := strings.Cut(text, "-")

	months, err := (field{name: "month", min: 1, max: 12, span: ".."}).set(monthText)
	if err != nil {
		return 0, 0, err
	}

	days, err := (field{name: "day", min: 1, max: 31, span: ".."}).set(dayText)

	return months, days, err
}

// calendarClock reads hour:minute or hour:minute:second into a set of hours and a set of minutes.
func calendarClock(text string) (uint64, uint64, error) {
	hourText, rest, _ := strings.Cut(text, ":")
	minuteText, secondText, hasSeconds := strings.Cut(rest, ":")

	hours, err := (field{name: "hour", max: 23, span: ".."}).set(hourText)
	if err != nil {
		return 0, 0, err
	}

	minutes, err := (field{name: "minute", max: 59, span: ".."}).set(minuteText)
	if err != nil {
		return 0, 0, err
	}

	if hasSeconds {
		whole, _, _ := strings.Cut(secondText, ".")
		if _, err := (field{name: "second", max: 59, span: ".."}).set(whole); err != nil {
			return 0, 0, err
		}
	}

	return hours, minutes, nil
}

// calendarWeekdays reads a list of weekdays and ranges of them into a set in which bit 0 is Monday. An absent list means
// every day.
func calendarWeekdays(text string) (uint64, error) {
	if text == "" {
		return 1<<daysPerWeek - 1, nil
	}

	names := map[string]int{
		"MON": 0, "TUE": 1, "WED": 2, "THU": 3, "FRI": 4, "SAT": 5, "SUN": 6,
		"MONDAY": 0, "TUESDAY": 1, "WEDNESDAY": 2, "THURSDAY": 3, "FRIDAY": 4, "SATURDAY": 5, "SUNDAY": 6,
	}

	return (field{name: "weekday", max: daysPerWeek - 1, names: names, span: ".."}).set(text)
}

// TimespanMinutes returns a systemd.time(7) time span (OnUnitActiveSec=) in minutes, rounded up. A number without a unit
// counts seconds.
func TimespanMinutes(expression string) (int, error) {
	span, err := timespan(strings.TrimSpace(expression))
	if err != nil {
		return 0, fmt.Errorf("time span %q: %w", clip(expression), err)
	}

	return int((span + time.Minute - 1) / time.Minute), nil
}

// timespan adds up the parts of a time span.
func timespan(text string) (time.Duration, error) {
	if len(text) > maxLength {
		return 0, errTooLong
	}

	var total time.Duration

	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		number := text[:len(text)-len(strings.TrimLeft(text, "0123456789."))]
		text = strings.TrimSpace(text[len(number):])
		name := text[:len(text)-len(strings.TrimLeft(text, "abcdefghijklmnopqrstuvwxyzM"))]
		text = text[len(name):]

		value, err := strconv.ParseFloat(number, 64)
		if err != nil || len(number) > maxDigits {
			return 0, fmt.Errorf("%q is not a number", number)
		}

		unit, err := timespanUnit(name)
		if err != nil {
			return 0, err
		}

		part := math.Round(value * float64(unit))
		if part+float64(total) > float64(horizonDays*24*time.Hour) {
			return 0, errors.New("longer than nine years")
		}

		total += time.Duration(part)
	}

	if total <= 0 {
		return 0, errors.New("no time")
	}

	return total, nil
}

// timespanUnit returns the length of a unit; a month and a year are averages, as systemd.time(7) defines them.
func timespanUnit(name string) (time.Duration, error) {
	const day = 24 * time.Hour

	switch name {
	case "us", "usec":
		return time.Microsecond, nil
	case "ms", "msec":
		return time.Millisecond, nil
	case "", "s", "sec", "second", "seconds":
		return time.Second, nil
	case "m", "min", "minute", "minutes":
		return time.Minute, nil
	case "h", "hr", "hour", "hours":
		return time.Hour, nil
	case "d", "day", "days":
		return day, nil
	case "w", "week", "weeks":
		return daysPerWeek * day, nil
	case "M", "month", "months":
		return 3044 * day / 100, nil
	case "y", "year", "years":
		return 36525 * day / 100, nil
	default:
		return 0, fmt.Errorf("unit %q is not known", name)
	}
}
