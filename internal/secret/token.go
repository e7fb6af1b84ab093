package secret

import (
	"strings"
	"sync"
)

// class is a set of bytes.
type class func(byte) bool

// rule is a token that starts with a prefix and goes on with a run of bytes of one class.
type rule struct {
	detector string
	prefix   string
	rest     class
	// min is how many bytes must follow the prefix.
	min int
	// exact says that no more than min may follow.
	exact bool
	// label says that the prefix only introduces the secret and is no part of it.
	label bool
}

// tokenRules holds the rules by the first byte of their prefix. It is built on first use, so that a run that scans
// nothing pays nothing.
var tokenRules = sync.OnceValue(func() *[256][]rule {
	var byFirst [256][]rule

	for _, r := range newTokenRules() {
		byFirst[r.prefix[0]] = append(byFirst[r.prefix[0]], r)
	}

	return &byFirst
})

// newTokenRules lists the formats that the issuers document.
func newTokenRules() []rule {
	rules := []rule{
		{detector: "aws-access-key-id", prefix: "AKIA", rest: isUpperAlnum, min: 16, exact: true},
		{detector: "aws-access-key-id", prefix: "ASIA", rest: isUpperAlnum, min: 16, exact: true},
		{detector: "github-token", prefix: "github_pat_", rest: isWord, min: 60},
		{detector: "google-api-key", prefix: "AIza", rest: isURLSafe, min: 35, exact: true},
		{detector: "google-client-secret", prefix: "GOCSPX-", rest: isURLSafe, min: 28, exact: true},
		{detector: "slack-token", prefix: "xapp-", rest: isURLSafe, min: 20},
		{detector: "slack-webhook", prefix: "hooks.slack.com/services/T", rest: isBase64, min: 30},
		{detector: "twilio-api-key", prefix: "SK", rest: isLowerHex, min: 32, exact: true},
		{detector: "sendgrid-token", prefix: "SG.", rest: isDotted, min: 50},
		{detector: "npm-token", prefix: "npm_", rest: isAlnum, min: 36, exact: true},
		{detector: "pypi-token", prefix: "pypi-AgE", rest: isURLSafe, min: 50},
		{detector: "stripe-key", prefix: "whsec_", rest: isBase64, min: 24},
		{detector: "vault-token", prefix: "hvs.", rest: isURLSafe, min: 24},
		{detector: "docker-token", prefix: "dckr_pat_", rest: isURLSafe, min: 20},
		{detector: "shopify-token", prefix: "shpat_", rest: isLowerHex, min: 32, exact: true},
		{detector: "newrelic-key", prefix: "NRAK-", rest: isAlnum, min: 27, exact: true},
		{detector: "age-secret-key", prefix: "AGE-SECRET-KEY-1", rest: isAlnum, min: 50},
		{detector: "anthropic-key", prefix: "sk-ant-", rest: isURLSafe, min: 40},
		{detector: "openai-key", prefix: "sk-proj-", rest: isURLSafe, min: 40},
		{detector: "terraform-cloud-token", prefix: ".atlasv1.", rest: isURLSafe, min: 50},
		{detector: "azure-storage-key", prefix: "AccountKey=", rest: isBase64, min: 80, label: true},
		{detector: "azure-shared-access-key", prefix: "SharedAccessKey=", rest: isBase64, min: 40, label: true},
		{detector: "password-hash", prefix: "$6$", rest: isCrypt, min: 80},
		{detector: "password-hash", prefix: "$5$", rest: isCrypt, min: 40},
		{detector: "password-hash", prefix: "$y$", rest: isCrypt, min: 40},
	}

	rules = appendRules(rules, rule{detector: "github-token", rest: isAlnum, min: 36}, "ghp_", "gho_", "ghu_", "ghs_", "ghr_")
	rules = appendRules(rules, rule{detector: "gitlab-token", rest: isDotted, min: 20},
		"glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-")
	rules = appendRules(rules, rule{detector: "slack-token", rest: isURLSafe, min: 20},
		"xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-")
	rules = appendRules(rules, rule{detector: "stripe-key", rest: isAlnum, min: 16}, "sk_live_", "sk_test_", "rk_live_", "rk_test_")
	rules = appendRules(rules, rule{detector: "digitalocean-token", rest: isLowerHex, min: 64}, "dop_v1_", "doo_v1_", "dor_v1_")
	rules = appendRules(rules, rule{detector: "password-hash", rest: isCrypt, min: 56}, "$2a$", "$2b$", "$2y$")

	// A private key in PEM, once more encoded in base64: -----BEGIN [RSA |EC |OPENSSH ]PRIVATE KEY.
	return appendRules(rules, rule{detector: detectorPrivateKey, rest: isBase64, min: 40},
		"LS0tLS1CRUdJTiBQUklWQVRFIEtFW", "LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRV",
		"LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFW", "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSVZBVEUgS0V")
}

// appendRules adds one rule per prefix.
func appendRules(rules []rule, shape rule, prefixes ...string) []rule {
	for _, prefix := range prefixes {
		shape.prefix = prefix
		rules = append(rules, shape)
	}

	return rules
}

// scanTokens finds the secrets that announce themselves.
func scanTokens(matches []Match, text string) []Match {
	matches = scanPrefixes(matches, text)
	matches = scanPrivateKeys(matches, text)
	matches = scanWebTokens(matches, text)

	return scanAzureSecrets(matches, text)
}

// scanPrefixes finds the tokens of all rules.
func scanPrefixes(matches []Match, text string) []Match {
	byFirst := tokenRules()

	for i := 0; i < len(text); i++ {
		rules := byFirst[text[i]]
		if rules == nil || (i > 0 && isAlnum(text[i]) && isAlnum(text[i-1])) {
			continue
		}

		for _, r := range rules {
			end := r.tokenEnd(text, i)
			if end == 0 {
				continue
			}

			start, body := i, i+len(r.prefix)
			if r.label {
				start = body
			}

			if !isPlaceholder(text[body:end]) {
				matches = append(matches, Match{Detector: r.detector, Start: start, End: end})
			}

			i = end - 1

			break
		}
	}

	return matches
}

// tokenEnd returns where the token ends that starts at an offset, 0 if there is none. A run that is too short or too
// long costs no more than min+1 steps, so that a text full of prefixes is still read in linear time.
func (r rule) tokenEnd(text string, start int) int {
	if !strings.HasPrefix(text[start:], r.prefix) {
		return 0
	}

	body := start + len(r.prefix)
	if r.exact {
		text = text[:min(len(text), body+r.min+1)]
	}

	end := runEnd(text, body, r.rest)
	if end-body < r.min || (r.exact && end-body > r.min) {
		return 0
	}

	return end
}

// runEnd returns where the run of bytes of a class ends that starts at an offset.
func runEnd(text string, start int, member class) int {
	end := start
	for end < len(text) && member(text[end]) {
		end++
	}

	return end
}

// scanPrivateKeys finds private keys in PEM (RFC 7468), also where line ends are written as \n.
func scanPrivateKeys(matches []Match, text string) []Match {
	const (
		begin     = "-----BEGIN "
		finish    = "-----END "
		dashes    = "-----"
		maxLabel  = 64
		minBase64 = 32
	)

	for offset := 0; ; {
		found := strings.Index(text[offset:], begin)
		if found < 0 {
			return matches
		}

		start := offset + found
		offset = start + len(begin)
		label := text[offset:min(len(text), offset+maxLabel)]

		labelEnd := strings.Index(label, dashes)
		if labelEnd < 0 || !strings.Contains(label[:labelEnd], "PRIVATE KEY") {
			continue
		}

		body := offset + labelEnd + len(dashes)
		end := len(text)

		if closing := strings.Index(text[body:], finish); closing >= 0 {
			end = body + closing
		}

		offset = end

		if countClass(text[body:end], isBase64) < minBase64 {
			continue
		}

		if closing := strings.Index(text[min(len(text), end+len(finish)):], dashes); end < len(text) && closing >= 0 && closing <= maxLabel {
			end += len(finish) + closing + len(dashes)
		}

		offset = end
		matches = append(matches, Match{Detector: detectorPrivateKey, Start: start, End: end})
	}
}

// countClass counts the bytes of a class.
func countClass(text string, member class) int {
	count := 0

	for i := range len(text) {
		if member(text[i]) {
			count++
		}
	}

	return count
}

// scanWebTokens finds signed JSON web tokens (RFC 7519): three parts in base64url, the first two of which are JSON
// objects.
func scanWebTokens(matches []Match, text string) []Match {
	const (
		object  = "eyJ" // {" in base64url
		minPart = 10
		parts   = 3
	)

	for offset := 0; ; {
		found := strings.Index(text[offset:], object)
		if found < 0 {
			return matches
		}

		start := offset + found
		end := runEnd(text, start, isDotted)
		offset = end

		if start > 0 && isAlnum(text[start-1]) {
			continue
		}

		token := strings.SplitN(text[start:end], ".", parts)
		if len(token) == parts && len(token[0]) >= minPart && len(token[1]) >= minPart && len(token[2]) >= minPart &&
			strings.HasPrefix(token[1], object) {
			matches = append(matches, Match{Detector: detectorJWT, Start: start, End: end})
		}
	}
}

// scanAzureSecrets finds client secrets of Microsoft Entra: three characters, a digit, Q~ and 31 to 34 more.
func scanAzureSecrets(matches []Match, text string) []Match {
	const (
		mark    = "Q~"
		before  = 4
		minRest = 31
		maxRest = 34
	)

	for offset := 0; ; {
		found := strings.Index(text[offset:], mark)
		if found < 0 {
			return matches
		}

		at := offset + found
		end := runEnd(text, at+len(mark), isAzure)
		offset = end
		start := at - before

		if start < 0 || !isDigit(text[at-1]) || (start > 0 && isAzure(text[start-1])) {
			continue
		}

		if rest := end - at - len(mark); rest >= minRest && rest <= maxRest && countClass(text[start:at], isAzure) == before {
			matches = append(matches, Match{Detector: detectorAzure, Start: start, End: end})
		}
	}
}

func isDigit(b byte) bool      { return b >= '0' && b <= '9' }
func isUpper(b byte) bool      { return b >= 'A' && b <= 'Z' }
func isLower(b byte) bool      { return b >= 'a' && b <= 'z' }
func isLetter(b byte) bool     { return isUpper(b) || isLower(b) }
func isAlnum(b byte) bool      { return isDigit(b) || isLetter(b) }
func isWord(b byte) bool       { return isAlnum(b) || b == '_' }
func isUpperAlnum(b byte) bool { return isDigit(b) || isUpper(b) }
func isLowerHex(b byte) bool   { return isDigit(b) || (b >= 'a' && b <= 'f') }
func isURLSafe(b byte) bool    { return isWord(b) || b == '-' }
func isDotted(b byte) bool     { return isURLSafe(b) || b == '.' }
func isBase64(b byte) bool     { return isAlnum(b) || b == '+' || b == '/' || b == '=' }
func isCrypt(b byte) bool {
	return isAlnum(b) || b == '.' || b == '/' || b == '$' || b == '=' || b == ','
}
func isAzure(b byte) bool { return isDotted(b) || b == '~' }
