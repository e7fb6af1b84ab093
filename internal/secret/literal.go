package secret

import (
	"math"
	"strings"
)

const (
	// minLiteral is the length of the shortest value that a name can make a secret.
	minLiteral = 3
	// minRandom is the length of the shortest value that can look random.
	minRandom = 8
	// maxHint bounds the values in which a word such as "example" marks the whole as a placeholder.
	maxHint = 128
	// accessKeyBytes is the length of an AWS secret access key, which may start with a slash as a path does.
	accessKeyBytes = 40
)

// isSecretLiteral reports whether a value is a secret, given how surely its name announces one.
func isSecretLiteral(value string, named strength) bool {
	value = strings.TrimSpace(value)
	if len(value) < minLiteral || isReference(value) || isPlaceholder(value) || isKeyword(value) || isVersion(value) {
		return false
	}

	if named == strong {
		return !strings.Contains(value, "/") || !isIdentifier(value)
	}

	return looksRandom(value)
}

// isReference reports whether a value names a secret that is kept elsewhere, or is computed.
func isReference(value string) bool {
	for _, mark := range []string{"${", "{{", "$(", "%{", "<%"} {
		if strings.Contains(value, mark) {
			return true
		}
	}

	for _, prefix := range []string{
		"arn:", "http://", "https://", "s3://", "file:", "ssm:", "secretsmanager:", "vault:", "op://", "projects/", "env:",
		"var.", "local.", "module.", "data.", "aws_", "random_password.", "ENC[", "ENC(", "AQICAH", "@Microsoft.KeyVault", "./", "../", "~/",
		"!Ref", "!Sub", "!GetAtt", "!vault",
	} {
		if strings.HasPrefix(value, prefix) {
			return true
		}
	}

	switch value[0] {
	case '$': // a shell variable, but not a password hash
		return runEnd(value, 1, isWord) == len(value)
	case '%': // %VARIABLE%, %s or %(name)s
		return len(value) < minLiteral || value[len(value)-1] == '%' || value[1] == '('
	case '{':
		return strings.HasSuffix(value, "}") && runEnd(value, 1, isDotted) == len(value)-1
	case '/': // a path, of a file or in a parameter store
		return len(value) != accessKeyBytes && runEnd(value, 0, isPath) == len(value)
	default:
		return false
	}
}

func isPath(b byte) bool { return isDotted(b) || b == '/' || b == '*' || b == '@' }

// isPlaceholder reports whether a value only shows where a secret would stand.
func isPlaceholder(value string) bool {
	if strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">") {
		return true
	}

	if value != "" && strings.ContainsRune("xX*.-_#?0", rune(value[0])) && strings.Count(value, value[:1]) == len(value) {
		return true
	}

	if len(value) > maxHint {
		return false
	}

	lower := strings.ToLower(value)

	for _, hint := range []string{
		"example", "placeholder", "redacted", "dummy", "replace_me", "replace-me", "replaceme", "your_", "your-", "insert_", "insert-", "xxxxxx",
		"todo", "fixme",
	} {
		if strings.Contains(lower, hint) {
			return true
		}
	}

	return false
}

// isKeyword reports whether a value is a setting or a type, as in id_token = "minutes" or password: string.
func isKeyword(value string) bool {
	switch strings.ToLower(value) {
	case "true", "false", "null", "nil", "none", "undefined", "yes", "no", "on", "off", "required", "optional", "enabled", "disabled",
		"string", "str", "text", "char", "varchar", "bytes", "object", "prompt", "self", "sensitive",
		"seconds", "minutes", "hours", "days":
		return true
	default:
		return false
	}
}

// isVersion reports whether a value is a version or a range of versions: packages have names such as auth-token.
func isVersion(value string) bool {
	number := strings.TrimLeft(value, "^~<>=v ")

	return strings.Count(number, ".") > 1 && strings.Trim(number, "0123456789.") == ""
}

// isIdentifier reports whether a value reads like a name: words joined by punctuation, each of them letters with at most
// a short number behind, such as prod/db-credentials-2.
func isIdentifier(value string) bool {
	const (
		maxLetters = 15
		maxDigits  = 4
	)

	joined := false

	for word := range strings.FieldsFuncSeq(value, func(char rune) bool { return strings.ContainsRune("-_/.:", char) }) {
		letters := runEnd(word, 0, isLetter)
		digits := runEnd(word, letters, isDigit) - letters

		if letters+digits != len(word) || letters > maxLetters || digits > maxDigits {
			return false
		}

		joined = joined || len(word) < len(value)
	}

	return joined
}

// looksRandom reports whether a value is long and mixed enough to be a generated secret.
func looksRandom(value string) bool {
	const (
		minEntropy     = 2.8
		minLongEntropy = 3.0
		long           = 16
	)

	if len(value) < minRandom || strings.ContainsAny(value, " \t\n") || isIdentifier(value) {
		return false
	}

	bits := entropy(value)
	mixed := countClass(value, isDigit) > 0 && countClass(value, isDigit) < len(value)

	return (mixed && bits >= minEntropy) || (len(value) >= long && bits >= minLongEntropy)
}

// entropy is the Shannon entropy of a value's bytes, in bits per byte.
func entropy(value string) float64 {
	var counts [256]int

	for i := range len(value) {
		counts[value[i]]++
	}

	bits := 0.0

	for _, count := range counts {
		if count > 0 {
			share := float64(count) / float64(len(value))
			bits -= share * math.Log2(share)
		}
	}

	return bits
}
