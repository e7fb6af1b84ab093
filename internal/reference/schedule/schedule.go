// Package schedule turns schedule expressions into the longest time that passes between two runs.
//
// A backup that runs on weekdays at noon is written "0 12 * * MON-FRI". What a recovery point objective asks is not how
// often that is on average but how much data can be lost at worst: from Friday noon to Monday noon, 4,320 minutes. That
// largest gap is what this package computes, for
//
//   - rate() and cron() expressions of AWS (EventBridge, AWS Backup, Data Lifecycle Manager) and standard five-field
//     cron expressions, with IntervalMinutes;
//   - systemd.time(7) calendar events (OnCalendar=), with CalendarMinutes;
//   - systemd.time(7) time spans (OnUnitActiveSec=), with TimespanMinutes.
//
// Gaps are measured in UTC from every run in the 366 days that start on 1 January 2026, so that the answer never depends
// on the clock. A shift to or from daylight saving time, which makes one gap a year an hour longer, is not counted. An
// expression that is not understood is an error whose text says why; nothing is guessed.
package schedule

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"time"
)

// maxLength bounds the expressions that are read, in bytes.
const maxLength = 256

const (
	minutesPerHour = 60
	minutesPerDay  = 24 * minutesPerHour
	daysPerWeek    = 7
	// windowDays is how many days of runs are looked at.
	windowDays = 366
	// horizonDays is how many days ahead the next run is searched: nine years hold two leap days.
	horizonDays = 9*365 + 2
)

var (
	errNever   = errors.New("the schedule never runs twice")
	errTooLong = fmt.Errorf("longer than %d bytes", maxLength)
)

// pattern is a schedule that runs at the same times on every day that it selects.
type pattern struct {
	// minutes and hours are sets of numbers: bit 5 of minutes stands for minute 5 of every hour in hours.
	minutes, hours uint64
	// months is the set of months, bit 1 is January.
	months uint64
	// onDay reports whether a day in one of the months is selected.
	onDay func(date) bool
}

// date is a calendar day with what day rules ask about it.
type date struct {
	day         int
	month       int
	weekday     int // 0 is Sunday
	daysInMonth int
}

// IntervalMinutes returns the longest time between two runs of an AWS rate() or cron() expression, a standard
// five-field cron expression or a macro such as @daily, in minutes. The error says what is not understood.
func IntervalMinutes(expression string) (int, error) {
	text := strings.TrimSpace(expression)

	var minutes int

	var err error

	switch {
	case len(text) > maxLength:
		err = errTooLong
	case text == "":
		err = errors.New("empty")
	case strings.HasPrefix(text, "rate("):
		minutes, err = rateMinutes(text)
	case strings.HasPrefix(text, "cron("):
		minutes, err = awsCronMinutes(text)
	case strings.HasPrefix(text, "at("):
		err = errors.New("at() runs once")
	default:
		minutes, err = standardCronMinutes(text)
	}

	if err != nil {
		return 0, fmt.Errorf("schedule expression %q: %w", clip(expression), err)
	}

	return minutes, nil
}

// clip shortens an expression for a message.
func clip(expression string) string {
	if len(expression) <= maxLength {
		return expression
	}

	return expression[:maxLength] + "..."
}

// largestGap returns the longest time between two consecutive runs, in minutes.
func (p pattern) largestGap() (int, error) {
	if p.minutes == 0 || p.hours == 0 {
		return 0, errNever
	}

	first, last, within := p.times()

	days, err := p.largestDayGap()
	if err != nil {
		return 0, err
	}

	return max(within, days*minutesPerDay+first-last), nil
}

// times returns the first and the last run of a day, in minutes after midnight, and the largest gap between two runs of
// the same day.
func (p pattern) times() (int, int, int) {
	firstMinute, lastMinute := bits.TrailingZeros64(p.minutes), bits.Len64(p.minutes)-1
	firstHour, lastHour := bits.TrailingZeros64(p.hours), bits.Len64(p.hours)-1

	within := largestBitGap(p.minutes)
	if hours := largestBitGap(p.hours); hours > 0 {
		within = max(within, hours*minutesPerHour+firstMinute-lastMinute)
	}

	return firstHour*minutesPerHour + firstMinute, lastHour*minutesPerHour + lastMinute, within
}

// largestBitGap returns the largest distance between two neighbouring members of a set of numbers, 0 if there are not two.
func largestBitGap(set uint64) int {
	largest := 0

	for rest := set & (set - 1); rest != 0; rest &= rest - 1 {
		current := bits.TrailingZeros64(rest)
		previous := bits.Len64(set&(1<<current-1)) - 1
		largest = max(largest, current-previous)
	}

	return largest
}

// largestDayGap returns the largest distance between two neighbouring selected days, the first of which is in the
// window. If no day of the window is selected, as with 29 February, the whole horizon is the window.
func (p pattern) largestDayGap() (int, error) {
	largest, anywhere, previous := 0, 0, -1

	for offset := range horizonDays {
		if previous >= windowDays && largest > 0 {
			break // no later gap counts
		}

		if !p.selects(dateAt(offset)) {
			continue
		}

		if previous >= 0 {
			anywhere = max(anywhere, offset-previous)
		}

		if previous >= 0 && previous < windowDays {
			largest = anywhere
		}

		previous = offset
	}

	switch {
	case largest > 0:
		return largest, nil
	case anywhere > 0:
		return anywhere, nil
	default:
		return 0, errNever
	}
}

// selects reports whether the schedule runs on a day.
func (p pattern) selects(day date) bool {
	return p.months&(1<<day.month) != 0 && p.onDay(day)
}

// dateAt returns the day a number of days after 1 January 2026.
func dateAt(offset int) date {
	moment := time.Date(2026, time.January, 1+offset, 0, 0, 0, 0, time.UTC)
	_, month, day := moment.Date()
	lastOfMonth := time.Date(moment.Year(), month+1, 0, 0, 0, 0, 0, time.UTC)

	return date{day: day, month: int(month), weekday: int(moment.Weekday()), daysInMonth: lastOfMonth.Day()}
}
