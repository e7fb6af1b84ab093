# METADATA
# title: Time between two facts
# description: |
#   Times (RFC 3339) and dates (YYYY-MM-DD, taken as their beginning) are compared with each other and with the time of the snapshot.
#   Each function is undefined where one of them is not text.
package lib.clock

import data.lib.ev

minutes(from, to) := (at(to) - at(from)) / 60000000000

hours(from, to) := (at(to) - at(from)) / 3600000000000

days(from, to) := (at(to) - at(from)) / 86400000000000

minutes_since(from) := (input.as_of_ns - at(from)) / 60000000000

hours_since(from) := (input.as_of_ns - at(from)) / 3600000000000

days_since(from) := (input.as_of_ns - at(from)) / 86400000000000

# at is a time in nanoseconds.
at(value) := ev.ns(value) if is_string(value)

# past holds for a day that is over, or a time that has come.
past(value) if days_since(value) >= length(value)

# A date lasts for a day, a time for no time.
length(value) := 0 if contains(value, "T")

length(value) := 1 if not contains(value, "T")
