package strictyaml

import (
	"fmt"
	"time"
)

// Date is a calendar day without time or zone, written YYYY-MM-DD. The zero value means "no date".
type Date struct {
	// Year is the Gregorian year, 1 to 9999.
	Year int
	// Month is 1 to 12.
	Month time.Month
	// Day is the day of the month, from 1.
	Day int
}

// ParseDate reads a day written YYYY-MM-DD; days that do not exist, such as 2026-02-30, are errors.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("%q is not a date: expected YYYY-MM-DD, such as 2026-01-31", clip(s))
	}
	return DateOf(t), nil
}

// DateOf is the day of t in its own location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{Year: year, Month: month, Day: day}
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// Time is midnight UTC at the beginning of the day; the zero time when there is no date.
func (d Date) Time() time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// Compare is -1, 0 or +1 as d is before, equal to or after other; no date comes before every date.
func (d Date) Compare(other Date) int { return d.Time().Compare(other.Time()) }

// String writes YYYY-MM-DD, or "" when there is no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText writes YYYY-MM-DD, or nothing when there is no date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
