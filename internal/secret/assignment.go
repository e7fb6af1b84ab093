package secret

import "strings"

// assignment is one name = value, "name": "value" or name: value in a text.
type assignment struct {
	name string
	// start and end are the byte offsets of the value.
	start, end int
	// quoted says that the value stands in quotes.
	quoted bool
	// prose says that the assignment may be part of a sentence.
	prose bool
}

const (
	// maxValueBytes bounds how far the end of an assigned value is searched.
	maxValueBytes = 4096
	// maxJudged is the length of a bare word beyond which nothing else is looked for within it.
	maxJudged = 256
	// maxPair is how far apart the two halves of a name-and-value pair may stand, in bytes.
	maxPair = 256
	// maxSentence is how many spaces a quoted value may have before it reads as a sentence.
	maxSentence = 2
)

// scanAssignments finds assignments within a text (user data, environment files, JSON documents) whose name announces a
// secret, and command-line options such as --password.
func scanAssignments(matches []Match, text string) []Match {
	// pending is the name in a pair such as "name": "DB_PASSWORD", "value": "...", until its value comes.
	pending, pendingEnd := notSecret, 0

	for offset := 0; offset < len(text); offset++ {
		assigned, ok := assignmentAt(text, offset)
		if !ok {
			continue
		}

		named := nameStrength(assigned.name)

		switch {
		case isNameKey(assigned.name):
			pending, pendingEnd = nameStrength(text[assigned.start:assigned.end]), assigned.end
		case isValueKey(assigned.name) && assigned.start-pendingEnd <= maxPair:
			named, pending = pending, notSecret
		}

		if named != notSecret && assigned.isSecret(text, named) {
			matches = append(matches, Match{Detector: detectorNamed, Start: assigned.start, End: assigned.end})
			offset = assigned.end - 1
		} else if !assigned.quoted && assigned.end-assigned.start > maxJudged {
			offset = assigned.end - 1
		}
	}

	return matches
}

// isNameKey and isValueKey report whether a key holds one half of a pair, as in container definitions (name and value),
// tags (Key and Value) and CloudFormation parameters.
func isNameKey(key string) bool {
	return strings.EqualFold(key, "name") || strings.EqualFold(key, "key") || strings.EqualFold(key, "parameterkey")
}

func isValueKey(key string) bool {
	return strings.EqualFold(key, "value") || strings.EqualFold(key, "parametervalue")
}

// isSecret judges the value of an assignment in a text, where prose and source code stand beside settings.
func (a assignment) isSecret(text string, named strength) bool {
	value := text[a.start:a.end]
	if strings.Count(value, " ") > maxSentence || !isSecretLiteral(value, named) {
		return false
	}

	if digits := countClass(value, isDigit); a.prose && (digits == 0 || digits == len(value)) {
		return false
	}

	if a.quoted {
		return true
	}

	// A bare value that holds a bracket or repeats the name is source code: password = get(password).
	return !strings.ContainsAny(value, "()[]{}") && !strings.EqualFold(value, a.name)
}

// assignmentAt reads the assignment whose separator stands at an offset: =, => or := anywhere; : behind a quoted name or
// before a space, because a:b is an ARN or a time; or the option that starts there, such as --password hunter2.
func assignmentAt(text string, at int) (assignment, bool) {
	switch text[at] {
	case '=':
		if at+1 < len(text) && text[at+1] == '=' {
			return assignment{}, false // a comparison
		}
	case ':':
	case '-':
		return optionAt(text, at)
	default:
		return assignment{}, false
	}

	name, nameStart, quoted := nameBefore(text, at)
	bareColon := text[at] == ':' && !quoted

	if !mayMatter(name) || (bareColon && (at+1 >= len(text) || !isSpace(text[at+1]))) {
		return assignment{}, false
	}

	assigned, ok := readValue(text, at+1, name)
	assigned.prose = bareColon && !isYAMLKey(text, nameStart)

	return assigned, ok
}

// nameBefore returns the name before a separator, where it starts, and whether it stands in quotes.
func nameBefore(text string, at int) (string, int, bool) {
	end := at
	if text[at] == '=' && at > 0 && text[at-1] == ':' {
		end-- // :=
	}

	for end > 0 && (text[end-1] == ' ' || text[end-1] == '\t') {
		end--
	}

	quoted := end > 0 && isQuote(text[end-1])
	for end > 0 && (isQuote(text[end-1]) || text[end-1] == '\\') {
		end--
	}

	start := end
	for start > 0 && end-start <= maxNameBytes && isDotted(text[start-1]) {
		start--
	}

	return text[start:end], start, quoted
}

// optionAt reads a command-line option and its value: two dashes behind a space, a name and a space.
func optionAt(text string, at int) (assignment, bool) {
	if at+1 >= len(text) || text[at+1] != '-' || (at > 0 && !isSpace(text[at-1]) && !isQuote(text[at-1])) {
		return assignment{}, false
	}

	nameEnd := runEnd(text[:min(len(text), at+maxNameBytes)], at, isDotted)
	if nameEnd >= len(text) || text[nameEnd] != ' ' || !mayMatter(text[at:nameEnd]) {
		return assignment{}, false
	}

	return readValue(text, nameEnd, text[at:nameEnd])
}

// isYAMLKey reports whether a bare name before a colon is a key of YAML: first on its line or in its braces. In prose
// ("no password: try again") it is not.
func isYAMLKey(text string, nameStart int) bool {
	before := nameStart
	for before > 0 && nameStart-before < maxNameBytes && strings.IndexByte(" \t-", text[before-1]) >= 0 {
		before--
	}

	return before == 0 || strings.IndexByte("\n{,", text[before-1]) >= 0
}

// mayMatter is a cheap test for the names that scanAssignments looks at.
func mayMatter(name string) bool {
	return isNameKey(name) || isValueKey(name) || mayBeSecretName(name)
}

// readValue reads a value in quotes or up to a byte that cannot stand in a bare word.
func readValue(text string, start int, name string) (assignment, bool) {
	if start < len(text) && text[start] == '>' {
		start++ // =>
	}

	for start < len(text) && (text[start] == ' ' || text[start] == '\t') {
		start++
	}

	escaped := start < len(text) && text[start] == '\\'
	if escaped {
		start++ // JSON within JSON: \"
	}

	if start >= len(text) {
		return assignment{}, false
	}

	limit := min(len(text), start+maxValueBytes)

	if quote := text[start]; isQuote(quote) {
		end := quotedEnd(text[:limit], start+1, quote, escaped)

		return assignment{name: name, start: start + 1, end: end, quoted: true}, end > start+1
	}

	end := start
	for end < limit && !isSpace(text[end]) && !strings.ContainsRune("\"'`,;&|<>", rune(text[end])) {
		end++
	}

	return assignment{name: name, start: start, end: end}, end > start
}

// quotedEnd returns where a quoted value ends: at the closing quote, at the end of the line or of the text.
func quotedEnd(text string, start int, quote byte, escaped bool) int {
	for end := start; end < len(text); end++ {
		switch {
		case text[end] == '\n':
			return end
		case text[end] == '\\' && end+1 < len(text) && text[end+1] == quote && escaped:
			return end
		case text[end] == '\\' && end+1 < len(text):
			end++ // an escaped byte belongs to the value
		case text[end] == quote:
			return end
		}
	}

	return len(text)
}

func isQuote(b byte) bool { return b == '"' || b == '\'' }
func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }
