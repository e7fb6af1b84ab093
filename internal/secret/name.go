package secret

import "strings"

// strength says how surely a name announces a secret.
type strength int

const (
	// notSecret is a name that announces nothing, such as password_length.
	notSecret strength = iota
	// weak is a name whose value is a secret or the name of one, such as token: only a random-looking value counts.
	weak
	// strong is a name whose value is a secret whatever it looks like, such as password.
	strong
)

// maxNameBytes bounds the names that are looked at.
const maxNameBytes = 128

// nameStrength judges a name by its last words: db_password and dbPassword announce a secret, password_length and
// secret_arn do not.
func nameStrength(name string) strength {
	if !mayBeSecretName(name) {
		return notSecret
	}

	words := splitWords(name)

	// What says only how the value is given says nothing about what it is. Behind "secret" it makes the secret explicit.
	explicit := false

	for len(words) > 1 && isCarrier(words[len(words)-1]) {
		words = words[:len(words)-1]
		explicit = true
	}

	if len(words) == 0 {
		return notSecret
	}

	last, before := words[len(words)-1], ""
	if len(words) > 1 {
		before = words[len(words)-2]
	}

	judged := tailStrength(before, last)
	if judged == weak && explicit && last == "secret" {
		return strong
	}

	return judged
}

// tailStrength judges the last two words of a name.
func tailStrength(before, last string) strength {
	switch last {
	case "password", "passwd", "passphrase", "passcode", "pwd", "psk":
		return strong
	case "pass":
		switch before {
		case "", "db", "database", "user", "admin", "root", "mysql", "pg", "postgres", "smtp", "mail", "redis", "rabbitmq", "ftp",
			"login", "auth":
			return strong
		}
	case "secret":
		if before == "client" || before == "shared" {
			return strong
		}

		return weak
	case "token":
		switch before {
		// Idempotency and paging tokens protect nothing.
		case "creation", "client", "request", "idempotency", "next", "page", "pagination", "continuation", "retry":
			return notSecret
		case "auth":
			return strong
		}

		return weak
	case "apikey", "credential", "credentials":
		return weak
	case "key":
		return keyStrength(before)
	}

	return notSecret
}

// keyStrength judges a name that ends in "key" by the word before it; most keys are names, not secrets.
func keyStrength(before string) strength {
	switch before {
	case "secret", "shared", "preshared", "account":
		return strong
	case "api", "access", "auth", "private", "encryption", "signing", "master":
		return weak
	default:
		return notSecret
	}
}

// isCarrier reports whether a word of a name only says how a value is given: secret_string, password_wo, token_value.
func isCarrier(word string) bool {
	switch word {
	case "string", "value", "binary", "plaintext", "text", "wo", "default", "":
		return true
	default:
		return false
	}
}

// mayBeSecretName is a cheap test that most names fail.
func mayBeSecretName(name string) bool {
	if len(name) > maxNameBytes {
		return false
	}

	for i := range len(name) {
		switch name[i] | 0x20 {
		case 'p': // pass, passwd, passphrase, pwd, psk
			if hasWordAt(name, i, "pass") || hasWordAt(name, i, "pwd") || hasWordAt(name, i, "psk") {
				return true
			}
		case 's':
			if hasWordAt(name, i, "secret") {
				return true
			}
		case 't':
			if hasWordAt(name, i, "token") {
				return true
			}
		case 'k':
			if hasWordAt(name, i, "key") {
				return true
			}
		case 'c':
			if hasWordAt(name, i, "credential") {
				return true
			}
		}
	}

	return false
}

// hasWordAt reports whether a lower-case word stands at an offset, in any case.
func hasWordAt(text string, offset int, word string) bool {
	return offset+len(word) <= len(text) && strings.EqualFold(text[offset:offset+len(word)], word)
}

// splitWords splits a name at punctuation and at changes from lower to upper case, in lower case and without digits.
func splitWords(name string) []string {
	var words []string

	start := -1
	flush := func(end int) {
		if start >= 0 {
			words = append(words, strings.ToLower(name[start:end]))
			start = -1
		}
	}

	for i := range len(name) {
		letter := isUpper(name[i]) || isLower(name[i])

		switch {
		case !letter:
			flush(i)
		case start < 0:
			start = i
		case isUpper(name[i]) && (isLower(name[i-1]) || (i+1 < len(name) && isLower(name[i+1]))):
			flush(i)

			start = i
		}
	}

	flush(len(name))

	return words
}
