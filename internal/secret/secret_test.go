package secret_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-audit/assay/internal/secret"
)

// The secrets in these tests are invented and put together from pieces, so that scanners of this repository do not take
// them for real ones.
const (
	alnum36 = "q7Zp2Xk9Lm4" + "Rt8Vw1Ys6Bn3" + "Hd5Jc0Fg7Ke2a"
	hex32   = "9f86d081884c7d65" + "9a2feaa0c55ad015"
)

func awsKey() string { return "AK" + "IA" + "QWERTYUIOP234567" }
func github() string { return "gh" + "p_" + alnum36 }
func pemKey() string { return pem("RSA PRIVATE KEY") }
func webJWT() string {
	return "eyJ" + "hbGciOiJIUzI1NiJ9.eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"
}
func slack() string   { return "xo" + "xb-123456789012-" + "abcdefABCDEF1234" }
func sendgrd() string { return "S" + "G." + alnum36[:22] + "." + alnum36 + "abcdefg" }

func pem(label string) string {
	body := strings.Repeat("MIIEpAIBAAKCAQEA7bq", 5)

	return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----"
}

// found is a match with the text that it covers.
type found struct{ Detector, Text string }

func scan(name, value string) []found {
	var all []found
	for _, match := range secret.Scan(name, value) {
		all = append(all, found{match.Detector, value[match.Start:match.End]})
	}

	return all
}

func TestScanFindsTokens(t *testing.T) {
	t.Parallel()

	for detector, token := range map[string]string{
		"aws-access-key-id":     awsKey(),
		"github-token":          github(),
		"gitlab-token":          "gl" + "pat-" + alnum36[:20],
		"google-api-key":        "AI" + "za" + alnum36[:35],
		"google-client-secret":  "GOC" + "SPX-" + alnum36[:28],
		"slack-token":           slack(),
		"slack-webhook":         "hooks.slack.com/services/" + "T0ABCDEFG/B0ABCDEFG/" + alnum36[:24],
		"stripe-key":            "sk_" + "live_" + alnum36[:24],
		"twilio-api-key":        "S" + "K" + hex32,
		"sendgrid-token":        sendgrd(),
		"npm-token":             "np" + "m_" + alnum36,
		"pypi-token":            "py" + "pi-AgEIcHlwaS5vcmc" + alnum36 + alnum36,
		"vault-token":           "hv" + "s." + alnum36,
		"docker-token":          "dckr" + "_pat_" + alnum36[:27],
		"shopify-token":         "shp" + "at_" + hex32,
		"newrelic-key":          "NR" + "AK-" + strings.ToUpper(alnum36[:27]),
		"age-secret-key":        "AGE-SECRET" + "-KEY-1" + strings.ToUpper(alnum36+alnum36[:22]),
		"anthropic-key":         "sk-" + "ant-" + alnum36 + alnum36,
		"openai-key":            "sk-" + "proj-" + alnum36 + alnum36,
		"digitalocean-token":    "dop" + "_v1_" + hex32 + hex32,
		"terraform-cloud-token": ".atlas" + "v1." + alnum36 + alnum36,
		"azure-client-secret":   "a1B" + "8Q~" + alnum36[:34],
		"password-hash":         "$2" + "b$12$" + alnum36 + alnum36[:17],
		"json-web-token":        webJWT(),
		"private-key":           pemKey(),
	} {
		t.Run(detector, func(t *testing.T) {
			t.Parallel()

			for _, value := range []string{token, "before " + token + " after", `{"k":"` + token + `"}`, "x=" + token + "\n"} {
				if diff := cmp.Diff([]found{{detector, token}}, scan("description", value)); diff != "" {
					t.Errorf("matches (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestScanFindsEncodedAndUnfinishedPrivateKeys(t *testing.T) {
	t.Parallel()

	for _, label := range []string{"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"} {
		plain := pem(label)
		encoded := base64.StdEncoding.EncodeToString([]byte(plain))
		escaped := strings.ReplaceAll(plain, "\n", `\n`)
		cut := plain[:len(plain)-30]

		for _, value := range []string{plain, encoded, escaped, cut, plain + "\n"} {
			want := []found{{"private-key", strings.TrimSpace(value)}}
			if diff := cmp.Diff(want, scan("", value)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", label, diff)
			}
		}
	}
}

func TestScanFindsSecretsInTexts(t *testing.T) {
	t.Parallel()

	for name, test := range map[string]struct {
		value string
		want  []found
	}{
		"connection string": {
			"postgres://app:s3cr3t-pw@db.internal:5432/app?sslmode=require", []found{{"url-password", "s3cr3t-pw"}},
		},
		"user may be empty": {"rediss://:hunter2@cache.internal:6379", []found{{"url-password", "hunter2"}}},
		"basic auth":        {"curl https://bot:hunter2@example.org/x", []found{{"url-password", "hunter2"}}},
		"azure storage": {
			"AccountName=logs;AccountKey=" + alnum36 + alnum36 + alnum36[:14] + "==;EndpointSuffix=x",
			[]found{{"azure-storage-key", alnum36 + alnum36 + alnum36[:14] + "=="}},
		},
		"shell": {"#!/bin/sh\nexport DB_PASSWORD=changeme\nrun", []found{{"named-secret", "changeme"}}},
		"shell, quoted": {
			"export DB_PASSWORD='it is me'", []found{{"named-secret", "it is me"}},
		},
		"option":       {"mysql --user root --password hunter2 app", []found{{"named-secret", "hunter2"}}},
		"yaml":         {"db:\n  password: hunter2\n", []found{{"named-secret", "hunter2"}}},
		"json":         {`{"user":"app","password":"hunter2"}`, []found{{"named-secret", "hunter2"}}},
		"json in json": {`"{\"user\":\"app\",\"password\":\"hunter2\"}"`, []found{{"named-secret", "hunter2"}}},
		"ado.net":      {"Server=db;User Id=app;Password=hunter2;Encrypt=true", []found{{"named-secret", "hunter2"}}},
		"powershell":   {`$adminPassword = "hunter2"`, []found{{"named-secret", "hunter2"}}},
		"ruby":         {`config.api_key => "a8Kq2-pZ7rT4"`, []found{{"named-secret", "a8Kq2-pZ7rT4"}}},
		"container environment": {
			`[{"environment":[{"name":"LOG_LEVEL","value":"debug"},{"name":"DB_PASSWORD","value":"hunter2"}]}]`,
			[]found{{"named-secret", "hunter2"}},
		},
		"kubernetes environment": {"- name: DB_PASSWORD\n  value: hunter2\n", []found{{"named-secret", "hunter2"}}},
		"cloudformation parameter": {
			`{"ParameterKey":"MasterPassword","ParameterValue":"hunter2"}`, []found{{"named-secret", "hunter2"}},
		},
		"aws secret key": {
			"aws_secret_access_key = /" + alnum36 + "abc", []found{{"named-secret", "/" + alnum36 + "abc"}},
		},
		"two": {"A_TOKEN=" + github() + "\nPASSWORD=hunter2\n", []found{{"github-token", github()}, {"named-secret", "hunter2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if diff := cmp.Diff(test.want, scan("user_data", test.value)); diff != "" {
				t.Errorf("matches (-want +got):\n%s", diff)
			}
		})
	}
}

func TestScanJudgesByName(t *testing.T) {
	t.Parallel()

	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"password", "changeme", true},
		{"password", "hunter2", true},
		{"master_password", "Correct Horse", true},
		{"adminPassword", "12345678", true},
		{"environment.variables.DB_PASSWORD", "postgres", true},
		{`variables["DB_PASS"]`, "postgres", true},
		{"password1", "postgres", true},
		{"password_wo", "postgres", true},
		{"secret_string", "hello", true},
		{"secret_string", `{"user":"app"}`, true},
		{"auth_token", "a-much-longer-t0ken", true},
		{"client_secret", "short", true},
		{"tunnel1_preshared_key", "letmein.please", true},
		{"secret_key", alnum36 + "abcd", true},
		{"api_key", "a8Kq2pZ7rT4", true},
		{"token", "mysupersecrettoken", true},
		{"access_token", hex32, true},

		{"password", "", false},
		{"password", "true", false},
		{"password", "xxxxxxxx", false},
		{"auth-token", "^2.4.4", false},
		{"password", "********", false},
		{"password", "<password>", false},
		{"password", "${var.password}", false},
		{"password", "example-password", false},
		{"password", "your-password-here", false},
		{"password", "{{resolve:secretsmanager:MyDb:SecretString:password}}", false},
		{"password", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf", false},
		{"password", "/prod/db/password", false},
		{"password", "prod/db/password", false},
		{"password", "$DB_PASSWORD", false},
		{"password", "%DB_PASSWORD%", false},
		{"password", "{password}", false},
		{"password", "ENC[AES256_GCM,data:abc]", false},
		{"manage_master_user_password", "false", false},
		{"password_length", "14", false},
		{"minimum_password_length", "14", false},
		{"secret_arn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf", false},
		{"secret_name", "a8Kq2pZ7rT4Xy", false},
		{"secret", "db-credentials", false},
		{"secret", "prod/app/db-password-1", false},
		{"token", "short", false},
		{"access_token", "minutes", false},
		{"creation_token", "a8Kq2pZ7rT4Xy", false},
		{"http_tokens", "required", false},
		{"api_key_source", "HEADER", false},
		{"kms_key", "a8Kq2pZ7rT4Xy", false},
		{"hash_key", "UserId", false},
		{"public_key", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3 a@b", false},
		{"proxy_pass", "backend-1", false},
		{"description", "changeme", false},
		{"", "changeme", false},
	} {
		got := secret.Scan(test.name, test.value)

		var want []secret.Match
		if test.want {
			want = []secret.Match{{Detector: "named-secret", Start: 0, End: len(test.value)}}
		}

		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Scan(%q, %q) (-want +got):\n%s", test.name, test.value, diff)
		}
	}
}

func TestSpecificDetectorNamesTheMatch(t *testing.T) {
	t.Parallel()

	if diff := cmp.Diff([]found{{"github-token", github()}}, scan("token", github())); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
}

// ordinary returns values that stand in Terraform code everywhere and are no secrets.
func ordinary() map[string]string {
	certificate := "-----BEGIN CERTIFICATE-----\n" + strings.Repeat("MIIDXTCCAkWgAwIBAgIJAL0YF3J8n4cHMA0G\n", 12) +
		"-----END CERTIFICATE-----\n"

	return map[string]string{
		"arn":               "arn:aws:iam::123456789012:role/service-role/lambda-exec",
		"secret_arn":        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db/password-a1B2c3",
		"kms_key_id":        "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		"kms_master_key_id": "alias/aws/sns",
		"key_id":            "mrk-1234abcd12ab34cd56ef1234567890ab",
		"image_id":          "ami-0abcdef1234567890",
		"subnet_id":         "subnet-0bb1c79de3EXAMPLE",
		"id":                "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
		"source_code_hash":  "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
		"checksum":          "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"commit":            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"certificate_body":  certificate,
		"ca_data":           base64.StdEncoding.EncodeToString([]byte(certificate)),
		"public_key":        "ssh-rsa " + strings.Repeat("AAAAB3NzaC1yc2EAAAADAQABAAABAQC7vbqajDw4o6gJy8UtmIbkcpnkO3Kwc4qsEnSZp", 4) + "== ops@hospital",
		"url":               "https://example.com:8443/path?next=user@example.com",
		"endpoint":          "postgres://db.internal:5432/app",
		"git":               "git::ssh://git@github.com/org/modules.git//vpc?ref=v1.2.3",
		"email":             "mailto:security@hospital.test",
		"engine_version":    "8.0.mysql_aurora.3.04.0",
		"schedule":          "cron(0 5 ? * MON-FRI *)",
		"cidr":              "10.0.0.0/16",
		"identity_source":   "$request.header.Authorization",
		"handler":           "index.handler",
		"password_policy":   "MinimumLength=14 RequireSymbols=true",
		"policy": `{"Version":"2012-10-17","Statement":[{"Sid":"ReadSecret","Effect":"Allow","Principal":{"AWS":"*"},` +
			`"Action":["secretsmanager:GetSecretValue","kms:Decrypt","sts:GetSessionToken"],` +
			`"Resource":"arn:aws:secretsmanager:*:123456789012:secret:prod/*",` +
			`"Condition":{"StringEquals":{"aws:PrincipalTag/team":"a","secretsmanager:VersionStage":"AWSCURRENT"},` +
			`"DateLessThan":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z"}}}]}`,
		"container_definitions": `[{"name":"app","secrets":[{"name":"DB_PASSWORD","valueFrom":"arn:aws:ssm:eu-west-1:123456789012:parameter/db"}],` +
			`"environment":[{"name":"TOKEN_URL","value":"https://idp.test/token"},{"name":"DB_SECRET_NAME","value":"prod/db-a1"}]}]`,
		"user_data": "#!/bin/bash\nset -euo pipefail\n" +
			"DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text)\n" +
			"export API_TOKEN=\"${TOKEN}\"\nif [ \"$PASSWORD\" == \"\" ]; then echo 'no password: give one'; fi\n" +
			"read -s -p \"Password: \" password\ncurl -H \"Authorization: Bearer $TOKEN\" https://api.test\n",
		"description":       "Password of the database: stored in Secrets Manager, rotated every 30 days",
		"openapi":           `{"properties":{"password":{"type":"string","format":"password"},"token":{"type":"string"}}}`,
		"python":            "password = os.environ['PASSWORD']\ntoken = client.get_token(scope)\nsecret = get_secret(name)\n",
		"access_key_format": "^AKIA[A-Z2-7]{16}$",
		"example_key":       "AK" + "IAIOSFODNN7EXAMPLE",
		"pem_placeholder":   "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
		"jwks": `{"keys":[{"kty":"RSA","kid":"a1","e":"AQAB",` +
			`"n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc"}]}`,
		"log_format":   `$remote_addr - $remote_user [$time_local] "$request" key: $ssl_cipher token=$arg_token`,
		"sg_rule":      "sg-0123456789abcdef0",
		"dsn_template": "postgres://{user}:{password}@{host}/db",
		"dsn_shell":    "postgres://app:$DB_PASSWORD@db/app and amqp://u:${PW}@h",
	}
}

func TestOrdinaryValuesAreNoSecrets(t *testing.T) {
	t.Parallel()

	for name, value := range ordinary() {
		if got := scan(name, value); len(got) > 0 {
			t.Errorf("Scan(%q, %.80q) found %q", name, value, got)
		}
	}
}

func TestLargeValues(t *testing.T) {
	t.Parallel()

	padding := strings.Repeat("a ", secret.MaxBytes)
	if got := secret.Scan("user_data", padding+github()); got != nil {
		t.Errorf("found %v beyond the limit", got)
	}

	want := []secret.Match{{Detector: "named-secret", Start: 0, End: len(padding)}}
	if diff := cmp.Diff(want, secret.Scan("password", padding)); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
}

// TestHostileTextsAreScannedInLinearTime gives every detector a full buffer of its own beginning.
func TestHostileTextsAreScannedInLinearTime(t *testing.T) {
	t.Parallel()

	for _, unit := range []string{
		"AK" + "IA", "eyJ", "_eyJ.", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "://", "x://u:", "password=", "token=", "token='", `password="`,
		`"name":"`, "--token ", "secret: ", "Q~", "1Q~", "=", " =", ":", "S" + "G.", "$6$", `\"`, "a.b-c_", `token="\"`, "key=",
	} {
		// A quadratic detector would need minutes here, and the test would run into its time limit.
		for _, m := range secret.Scan("user_data", strings.Repeat(unit, secret.MaxBytes/len(unit))) {
			if m.Start < 0 || m.End > secret.MaxBytes || m.Start >= m.End {
				t.Errorf("%q repeated: a match from %d to %d", unit, m.Start, m.End)
			}
		}
	}
}

func FuzzScan(f *testing.F) {
	for name, value := range ordinary() {
		f.Add(name, value)
	}

	f.Add("password", "hunter2")
	f.Add("", "x "+awsKey()+" postgres://a:hunter22@h "+webJWT()+pemKey())

	hasher, err := secret.NewHasher([]byte("0123456789abcdef"))
	if err != nil {
		f.Fatal(err)
	}

	f.Fuzz(func(t *testing.T, name, value string) {
		matches := secret.Scan(name, value)
		end := 0

		for _, match := range matches {
			if match.Start < end || match.End <= match.Start || match.End > len(value) || match.Detector == "" {
				t.Fatalf("matches %v of %q are malformed", matches, value)
			}

			end = match.End
		}

		checkRedacted(t, hasher, value, matches)
	})
}

// fatal is what testing.T and rapid.T share.
type fatal interface {
	Fatalf(format string, args ...any)
}

// checkRedacted proves that no matched secret of some length is left.
func checkRedacted(t fatal, hasher secret.Hasher, value string, matches []secret.Match) {
	redacted := hasher.Redact(value, matches)

	for _, match := range matches {
		found := value[match.Start:match.End]
		// Short or hexadecimal secrets can stand in a mark by chance.
		if len(found) >= 8 && strings.Trim(found, "0123456789abcdef") != "" && !strings.Contains("[redacted hmac-sha256:]", found) &&
			strings.Contains(redacted, found) {
			t.Fatalf("%q still holds %q", redacted, found)
		}
	}
}

func TestRedactedTextHoldsNoSecret(t *testing.T) {
	t.Parallel()

	hasher, err := secret.NewHasher([]byte(strings.Repeat("k", secret.MinKeyBytes)))
	if err != nil {
		t.Fatal(err)
	}

	rapid.Check(t, func(t *rapid.T) {
		password := "Q" + rapid.StringMatching(`[a-zA-Z0-9_]{8,24}`).Draw(t, "password") + "z9Z"
		token := "gh" + "p_" + rapid.StringMatching(`[a-zA-Z0-9]{30}`).Draw(t, "token") + alnum36
		filler := rapid.SliceOfN(rapid.SampledFrom([]string{
			"port=5432 ", "# note\n", `{"a":"b"}`, " ", "\n", "https://h.test/x ", "ключ ", "PASSWORD_FILE=/run/x ",
		}), 4, 4).Draw(t, "filler")
		shape := rapid.SampledFrom([]string{
			"DB_PASSWORD=%s", `"password": "%s"`, "postgres://app:%s@db/x", "password: %s\n", "--password %s ", `{"name":"PASSWORD","value":"%s"}`,
		}).Draw(t, "shape")

		text := filler[0] + " " + fmt.Sprintf(shape, password) + "\n" + filler[1] + " " + token + " " + filler[2] +
			" again " + password + " " + filler[3]
		matches := secret.Scan("user_data", text)

		redacted := hasher.Redact(text, matches)
		if strings.Contains(redacted, password) || strings.Contains(redacted, token) {
			t.Fatalf("%q is redacted to %q with %v", text, redacted, matches)
		}

		if !strings.Contains(redacted, hasher.Hash(password)) || !strings.Contains(redacted, hasher.Hash(token)) {
			t.Fatalf("%q lacks the hashes", redacted)
		}
	})
}

func BenchmarkShortLiterals(b *testing.B) {
	values := ordinary()
	names := make([]string, 0, len(values))

	for name, value := range values {
		if len(value) < 100 {
			names = append(names, name)
		}
	}

	for b.Loop() {
		for i := range 20_000 {
			name := names[i%len(names)]
			secret.Scan(name, values[name])
		}
	}
}

func BenchmarkUserData(b *testing.B) {
	text := strings.Repeat(ordinary()["user_data"], 100)
	b.SetBytes(int64(len(text)))

	for b.Loop() {
		secret.Scan("user_data", text)
	}
}
