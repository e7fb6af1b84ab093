package schedule_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/assay-audit/assay/internal/reference/schedule"
)

const (
	hour = 60
	day  = 24 * hour
)

func TestIntervalMinutes(t *testing.T) {
	t.Parallel()

	for expression, want := range map[string]int{
		"rate(5 minutes)": 5,
		"rate(1 hour)":    hour,
		"rate(2 days)":    2 * day,

		"cron(0 5 ? * * *)":           day,
		"cron(0 5 * * ? *)":           day,
		" cron(0 5 * * ? *) ":         day,
		"cron(0/15 * * * ? *)":        15,
		"cron(0 */8 * * ? *)":         8 * hour,
		"cron(0 1,13 * * ? *)":        12 * hour,
		"cron(0 12 ? * MON-FRI *)":    3 * day,
		"cron(0 12 ? * 2-6 *)":        3 * day,
		"cron(0 5 ? * 1 *)":           7 * day,
		"cron(0 5 ? * L *)":           7 * day,
		"cron(0 5 1 * ? *)":           31 * day,
		"cron(0 5 31 * ? *)":          61 * day, // 31 October to 31 December
		"cron(0 5 L * ? *)":           31 * day,
		"cron(0 5 LW * ? *)":          32 * day,
		"cron(0 5 15W * ? *)":         32 * day,
		"cron(0 5 ? * 2#1 *)":         35 * day,
		"cron(0 5 ? * FRIL *)":        35 * day,
		"cron(0 5 ? * 6L *)":          35 * day,
		"cron(0 5 1 1,7 ? *)":         184 * day,
		"cron(0 5 1 JAN ? *)":         365 * day,
		"cron(0 5 29 FEB ? *)":        4*365*day + day,
		"cron(0,30 8-10 * * ? *)":     21*hour + 30,
		"cron(0 5 1,15 * ? *)":        17 * day,
		"cron(15 10 ? * 6L 2026 *)":   -1,
		"cron(15 10 ? * 6L 2026)":     -1,
		"cron(0 5 * * * *)":           -1,
		"cron(0 5 ? * ? *)":           -1,
		"cron(0 5 30 FEB ? *)":        -1,
		"cron(60 5 * * ? *)":          -1,
		"cron(0 24 * * ? *)":          -1,
		"cron(0 5 0 * ? *)":           -1,
		"cron(0 5 ? * 8 *)":           -1,
		"cron(0 5 ? * 2#6 *)":         -1,
		"cron(0 5 ? * FRI-MON *)":     -1,
		"cron(0/0 5 * * ? *)":         -1,
		"cron(0 5 * * ? *":            -1,
		"cron()":                      -1,
		"rate(0 minutes)":             -1,
		"rate(-1 minutes)":            -1,
		"rate(5)":                     -1,
		"rate(5 fortnights)":          -1,
		"rate(99999999999 minutes)":   -1,
		"at(2026-11-20T13:00:00)":     -1,
		"0 5 ? * MON-FRI *":           -1,
		"":                            -1,
		"   ":                         -1,
		"nightly":                     -1,
		"@reboot":                     -1,
		"TZ=x":                        -1,
		strings.Repeat("* ", 100_000): -1,

		"*/5 * * * *":     5,
		"* * * * *":       1,
		"7 * * * *":       hour,
		"0 2 * * *":       day,
		"0 2 * * 0":       7 * day,
		"0 2 * * 7":       7 * day,
		"0 2 * * sun,wed": 4 * day,
		"0 2 * * 1-5":     3 * day,
		"0 2 1 * *":       31 * day,
		"0 2 1,15 * 1":    7 * day,  // either day field suffices
		"0 2 */2 * 1":     21 * day, // Mondays on odd days: crontab(5) joins a starred day field with "and"
		"5-59/20 * * * *": 20,
		"0 9-17 * * *":    16 * hour,
		"@hourly":         hour,
		"@daily":          day,
		"@midnight":       day,
		"@weekly":         7 * day,
		"@monthly":        31 * day,
		"@yearly":         365 * day,
	} {
		t.Run(expression[:min(len(expression), 40)], func(t *testing.T) {
			t.Parallel()
			check(t, expression, want, schedule.IntervalMinutes)
		})
	}
}

func TestCalendarMinutes(t *testing.T) {
	t.Parallel()

	for expression, want := range map[string]int{
		"minutely":                     1,
		"hourly":                       hour,
		"daily":                        day,
		"Weekly":                       7 * day,
		"monthly":                      31 * day,
		"quarterly":                    92 * day,
		"semiannually":                 184 * day,
		"yearly":                       365 * day,
		"daily UTC":                    day,
		"*-*-* 02:00:00":               day,
		"*-*-* 02:00:00 Europe/Berlin": day,
		"*-*-* *:0/15":                 15,
		"*:0/15":                       15,
		"02:30":                        day,
		"Mon..Fri 22:30":               3 * day,
		"Mon,Thu *-*-* 04:00":          4 * day,
		"Sat *-*-1..7 18:00:00":        35 * day,
		"Sunday":                       7 * day,
		"*-*-01":                       31 * day,
		"01-01":                        365 * day,
		"*-*-* 00,12:00:00":            12 * hour,
		"*-02-29":                      4*365*day + day,
		"2026-01-01 00:00":             -1,
		"*-*~01":                       -1,
		"*-*-* 25:00":                  -1,
		"*-*-* 02:00:99":               -1,
		"Mon-Fri 22:30":                -1,
		"22:30 Mon":                    -1,
		"*-*-* Mon 22:30":              -1,
		"fortnightly":                  -1,
		"":                             -1,
		"UTC":                          -1,
		"7":                            -1,
		"*-02-30":                      -1,
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			check(t, expression, want, schedule.CalendarMinutes)
		})
	}
}

func TestTimespanMinutes(t *testing.T) {
	t.Parallel()

	for expression, want := range map[string]int{
		"15min":       15,
		"1h":          hour,
		"1h 30min":    90,
		"1h30m":       90,
		"1.5h":        90,
		"2 days":      2 * day,
		"1w":          7 * day,
		"90":          2, // seconds, rounded up
		"1ms":         1,
		"1M":          43834, // 30.44 days
		"1y":          525960,
		"":            -1,
		"0":           -1,
		"abc":         -1,
		"1 parsec":    -1,
		"1..2h":       -1,
		"100y":        -1,
		"5y 5y":       -1,
		"99999999999": -1,
		"-5min":       -1,
	} {
		t.Run(expression, func(t *testing.T) {
			t.Parallel()
			check(t, expression, want, schedule.TimespanMinutes)
		})
	}
}

// check compares one evaluation; want is negative when the expression must not be understood.
func check(t *testing.T, expression string, want int, evaluate func(string) (int, error)) {
	t.Helper()

	got, err := evaluate(expression)

	switch {
	case want < 0 && err == nil:
		t.Errorf("%.60q is understood as %d minutes", expression, got)
	case want < 0 && len(err.Error()) > 600:
		t.Errorf("the error has %d bytes", len(err.Error()))
	case want >= 0 && err != nil:
		t.Error(err)
	case want >= 0 && got != want:
		t.Errorf("%q: %d minutes (%.2f days), want %d (%.2f days)", expression, got, float64(got)/day, want, float64(want)/day)
	}
}

// TestStandardCronAgreesWithAnIndependentImplementation runs random expressions through robfig/cron and measures the
// gaps between the runs that it reports.
func TestStandardCronAgreesWithAnIndependentImplementation(t *testing.T) {
	t.Parallel()

	random := rand.New(rand.NewPCG(1, 2))

	for range 150 {
		expression := randomExpression(random)

		reference, err := cron.ParseStandard(expression)
		if err != nil {
			t.Fatalf("%q: %v", expression, err)
		}

		got, err := schedule.IntervalMinutes(expression)
		if err != nil {
			t.Error(err)

			continue
		}

		if want := measuredGap(reference); got != want {
			t.Errorf("%q: %d minutes, measured %d", expression, got, want)
		}
	}
}

// randomExpression returns a five-field expression that runs at least twice in the window.
func randomExpression(random *rand.Rand) string {
	minute := []string{"0", "30", "5,50", "10-12", "*/20"}
	hours := []string{"*", "3", "1,22", "8-18", "*/6", "5/7"}
	// No */10 here: with a restricted weekday robfig/cron joins it with "or", where crontab(5) says "and".
	days := []string{"*", "1", "15,31", "1-7", "3/9"}
	months := []string{"*", "1", "2,9", "*/3", "JUN-AUG"}
	weekdays := []string{"*", "0", "1-5", "SAT", "2,4"}
	pick := func(from []string) string { return from[random.IntN(len(from))] }

	return fmt.Sprintf("%s %s %s %s %s", pick(minute), pick(hours), pick(days), pick(months), pick(weekdays))
}

// measuredGap enumerates the runs of a schedule and returns the largest gap whose first run is in the window.
func measuredGap(reference cron.Schedule) int {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	end := start.AddDate(0, 0, 366)
	largest := time.Duration(0)
	previous := reference.Next(start.Add(-time.Second))

	for previous.Before(end) {
		next := reference.Next(previous)
		largest = max(largest, next.Sub(previous))
		previous = next
	}

	return int(largest / time.Minute)
}

func FuzzIntervals(f *testing.F) {
	for _, seed := range []string{
		"rate(5 minutes)", "cron(0 5 ? * 2#1 *)", "cron(0 5 LW * ? *)", "*/5 * * * 1-5", "@daily", "Mon..Fri *-*-* 22:30:00 UTC", "1h 30min",
	} {
		f.Add(seed)
	}

	f.Fuzz(func(t *testing.T, expression string) {
		for name, evaluate := range map[string]func(string) (int, error){
			"interval": schedule.IntervalMinutes, "calendar": schedule.CalendarMinutes, "timespan": schedule.TimespanMinutes,
		} {
			minutes, err := evaluate(expression)
			if err == nil && minutes <= 0 {
				t.Errorf("%s of %q is %d minutes", name, expression, minutes)
			}
		}
	})
}

func BenchmarkEveryFiveMinutes(b *testing.B) {
	for b.Loop() {
		if _, err := schedule.IntervalMinutes("*/5 * * * *"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLeapDay(b *testing.B) {
	for b.Loop() {
		if _, err := schedule.IntervalMinutes("cron(0 5 29 2 ? *)"); err != nil {
			b.Fatal(err)
		}
	}
}
