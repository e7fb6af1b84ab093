package iampolicy_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/tri"
)

// pick draws one of the values.
func pick[T any](t *rapid.T, name string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, name)
}

func drawPatterns(t *rapid.T, name string, texts ...string) iampolicy.Patterns {
	p := iampolicy.Patterns{Present: true, Not: rapid.IntRange(0, 5).Draw(t, name+" not") == 0}
	for range rapid.IntRange(1, 3).Draw(t, name+" count") {
		p.Values = append(p.Values, lit(pick(t, name, texts...)))
	}
	return p
}

func drawCondition(t *rapid.T) iampolicy.Condition {
	operator := pick(t, "operator", "StringEquals", "StringLike", "StringNotEquals", "StringLikeIfExists", "ArnLike", "Bool", "BoolIfExists",
		"IpAddress", "NotIpAddress", "Null", "NumericLessThan", "NumericLessThanIfExists", "ForAllValues:StringEquals")
	key := pick(t, "key", "aws:SecureTransport", "aws:PrincipalOrgID", "aws:SourceIp", "aws:SourceArn", "aws:SourceVpce", "s3:TlsVersion",
		"aws:MultiFactorAuthPresent", "iam:PassedToService", "sts:ExternalId", "token.actions.githubusercontent.com:sub", "custom:key",
		"aws:PrincipalIsAWSService", "aws:RequestedRegion")
	c := iampolicy.NewCondition(operator, lit(key))
	for range rapid.IntRange(1, 2).Draw(t, "value count") {
		c.Values = append(c.Values, lit(pick(t, "value", "true", "false", "*", "o-1", "vpce-1", "10.0.0.0/8", "0.0.0.0/0", "1.2",
			"arn:aws:s3:::b", "arn:aws:iam::123456789012:role/*", "lambda.amazonaws.com", "repo:org/app:*", "repo:org/*", "")))
	}
	return c
}

func drawStatement(t *rapid.T) iampolicy.Statement {
	s := iampolicy.Statement{
		Effect: pick(t, "effect", iampolicy.Allow, iampolicy.Deny),
		Action: drawPatterns(t, "action", "*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:*", "iam:*", "iam:PassRole",
			"iam:CreateAccessKey", "iam:PutUserPolicy", "lambda:*", "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "backup:Delete*", "backup:*"),
		Resource: drawPatterns(t, "resource", "*", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::b*", "arn:aws:s3:::c/*",
			"arn:aws:iam::123456789012:user/${aws:username}", "arn:aws:iam::*:user/*", "arn:aws:iam::123456789012:role/*",
			"arn:aws:iam::123456789012:role/app", "arn:aws:kms:*:123456789012:key/*"),
	}
	if rapid.Bool().Draw(t, "has principal") {
		s.Principal = iampolicy.Principals{Present: true, Not: rapid.IntRange(0, 5).Draw(t, "principal not") == 0}
		for range rapid.IntRange(1, 2).Draw(t, "principal count") {
			s.Principal.Values = append(s.Principal.Values, pick(t, "principal",
				iampolicy.Principal{Type: iampolicy.PrincipalEveryone, ID: lit("*")},
				iampolicy.Principal{Type: iampolicy.PrincipalAWS, ID: lit("*")},
				iampolicy.Principal{Type: iampolicy.PrincipalAWS, ID: lit("arn:aws:iam::123456789012:root")},
				iampolicy.Principal{Type: iampolicy.PrincipalService, ID: lit("ec2.amazonaws.com")},
				iampolicy.Principal{Type: iampolicy.PrincipalFederated, ID: lit("arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com")},
				iampolicy.Principal{Type: iampolicy.PrincipalFederated, ID: lit("accounts.google.com")},
			))
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "condition count") {
		s.Conditions = append(s.Conditions, drawCondition(t))
	}
	return s
}

func drawDocument(t *rapid.T) iampolicy.Document {
	doc := iampolicy.Document{Version: "2012-10-17"}
	for range rapid.IntRange(1, 3).Draw(t, "statements") {
		doc.Statements = append(doc.Statements, drawStatement(t))
	}
	return doc
}

// answers are all verdicts on one document.
type answers struct {
	// granting answers are true of documents that allow much, denying ones of documents that deny much.
	granting, denying map[string]tri.Value
}

func ask(doc iampolicy.Document) answers {
	id := iampolicy.Identity{Policies: []iampolicy.Document{doc}}
	boundary := iampolicy.Identity{Policies: []iampolicy.Document{{Statements: []iampolicy.Statement{{
		Effect: iampolicy.Allow, Action: iampolicy.Patterns{Present: true, Values: []iampolicy.Str{lit("*")}},
		Resource: iampolicy.Patterns{Present: true, Values: []iampolicy.Str{lit("*")}},
	}}}}, Boundaries: [][]iampolicy.Document{{doc}}}
	bucket := iampolicy.Resource{Service: "s3", ARNs: []iampolicy.Str{lit("arn:aws:s3:::b")}}
	return answers{
		granting: map[string]tri.Value{
			"public":           iampolicy.Public(doc).Verdict,
			"admin wildcard":   iampolicy.AdminWildcard(doc).Verdict,
			"wildcard decrypt": iampolicy.WildcardDecrypt(doc).Verdict,
			"administrator":    id.Administrator(),
			"escalates":        id.Escalations(iampolicy.EscalationOptions{}).Verdict(),
			"within":           boundary.Escalations(iampolicy.EscalationOptions{}).Verdict(),
			"privileged":       id.Privileged(iampolicy.EscalationOptions{}),
			"reads":            id.Access(iampolicy.Read, bucket),
			"writes":           id.Access(iampolicy.Write, bucket),
			"administers":      id.Access(iampolicy.Admin, bucket),
			"human":            iampolicy.AnalyseTrust(doc, iampolicy.TrustOptions{}).HumanAssumable,
		},
		denying: map[string]tri.Value{
			"denies plaintext": iampolicy.DeniesInsecureTransport(doc, bucket).Verdict,
			"denies delete":    iampolicy.DeniesDelete(doc, iampolicy.Resource{Service: "backup"}).Verdict,
		},
	}
}

func rank(v tri.Value) int {
	return map[tri.Value]int{tri.False: 0, tri.Unknown: 1, tri.True: 2}[v]
}

func TestStatementsOnlyPushOneWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc, more := drawDocument(t), drawStatement(t)
		before := ask(doc)
		grown := doc
		grown.Statements = slices.Insert(slices.Clone(doc.Statements), rapid.IntRange(0, len(doc.Statements)).Draw(t, "at"), more)
		after := ask(grown)
		sign := 1
		if more.Effect == iampolicy.Deny {
			sign = -1
		}
		for name, v := range after.granting {
			if sign*rank(v) < sign*rank(before.granting[name]) {
				t.Fatalf("%s: %v became %v by adding %v to %+v", name, before.granting[name], v, more, doc)
			}
		}
		for name, v := range after.denying {
			if sign*rank(v) > sign*rank(before.denying[name]) {
				t.Fatalf("%s: %v became %v by adding %v to %+v", name, before.denying[name], v, more, doc)
			}
		}
	})
}

// forget returns the string with a stretch of it unknown.
func forget(t *rapid.T, s iampolicy.Str) iampolicy.Str {
	text, _ := s.Known()
	from := rapid.IntRange(0, len(text)).Draw(t, "from")
	to := rapid.IntRange(from, len(text)).Draw(t, "to")
	if rapid.Bool().Draw(t, "all of it") {
		from, to = 0, len(text)
	}
	return join(text[:from], iampolicy.Hole(), text[to:])
}

func forgetPatterns(t *rapid.T, p iampolicy.Patterns) iampolicy.Patterns {
	i := rapid.IntRange(0, len(p.Values)-1).Draw(t, "which value")
	p.Values = slices.Clone(p.Values)
	if rapid.Bool().Draw(t, "drop it") {
		p.Values, p.More = slices.Delete(p.Values, i, i+1), true
	} else {
		p.Values[i] = forget(t, p.Values[i])
	}
	return p
}

// forgetPart returns the document with one part of it unknown, and says which.
func forgetPart(t *rapid.T, doc iampolicy.Document) (iampolicy.Document, string) {
	doc.Statements = slices.Clone(doc.Statements)
	i := rapid.IntRange(0, len(doc.Statements)-1).Draw(t, "which statement")
	s := doc.Statements[i]
	what := pick(t, "what", "statement", "effect", "action", "resource", "principal", "condition", "conditions")
	switch {
	case what == "statement":
		doc.Statements, doc.Unknown = slices.Delete(doc.Statements, i, i+1), true
		return doc, what
	case what == "effect":
		s.Effect = iampolicy.EffectUnknown
	case what == "action":
		s.Action = forgetPatterns(t, s.Action)
	case what == "principal" && s.Principal.Present:
		j := rapid.IntRange(0, len(s.Principal.Values)-1).Draw(t, "which principal")
		s.Principal.Values = slices.Clone(s.Principal.Values)
		if s.Principal.Values[j].Type == iampolicy.PrincipalEveryone || rapid.Bool().Draw(t, "drop it") {
			s.Principal.Values, s.Principal.More = slices.Delete(s.Principal.Values, j, j+1), true
		} else {
			s.Principal.Values[j].ID = forget(t, s.Principal.Values[j].ID)
		}
	case what == "condition" && len(s.Conditions) > 0:
		s.Conditions = slices.Clone(s.Conditions)
		c := &s.Conditions[0]
		c.Values = slices.Clone(c.Values)
		switch pick(t, "part of condition", "operator", "key", "value", "values") {
		case "operator":
			*c = iampolicy.Condition{Key: c.Key, Values: c.Values}
		case "key":
			c.Key = forget(t, c.Key)
		case "value":
			c.Values[0] = forget(t, c.Values[0])
		default:
			c.Values, c.More = nil, true
		}
	case what == "conditions" && len(s.Conditions) > 0:
		s.Conditions, s.MoreConditions = nil, true
	default:
		s.Resource = forgetPatterns(t, s.Resource)
	}
	doc.Statements[i] = s
	return doc, what
}

func TestForgettingNeverContradicts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc := drawDocument(t)
		known := ask(doc)
		forgotten, what := forgetPart(t, doc)
		less := ask(forgotten)
		for name, v := range less.granting {
			if v != tri.Unknown && v != known.granting[name] {
				t.Fatalf("%s: %v became %v by forgetting %s: %+v", name, known.granting[name], v, what, forgotten)
			}
		}
		for name, v := range less.denying {
			if v != tri.Unknown && v != known.denying[name] {
				t.Fatalf("%s: %v became %v by forgetting %s: %+v", name, known.denying[name], v, what, forgotten)
			}
		}
	})
}

// consume asks everything of a document and looks at each answer.
func consume(doc iampolicy.Document) string {
	trust := iampolicy.AnalyseTrust(doc, iampolicy.TrustOptions{OwnAccounts: []string{"123456789012"}, OwnComplete: true})
	id := iampolicy.Identity{Policies: []iampolicy.Document{doc}, Boundaries: [][]iampolicy.Document{{doc}}}
	return fmt.Sprint(ask(doc), trust, id.Escalations(iampolicy.EscalationOptions{}), iampolicy.Public(doc), iampolicy.WildcardDecrypt(doc))
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		`{"Statement":{"Sid":"a","Effect":"Deny","NotPrincipal":{"AWS":["1","*"]},"NotAction":"s3:*","NotResource":"arn:aws:s3:::b/*?","Condition":{"Bool":{"aws:SecureTransport":false}}}}`,
		`{"Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::1:oidc-provider/x"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"ForAnyValue:StringLikeIfExists":{"x:sub":["repo:a/*",1]}}}]}`,
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:Get*"],"Resource":"${aws:username}${*}${"}]}`,
		`[[[[`, "{\"a\":\xff}", `{"Statement":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		doc, err := iampolicy.Parse(source)
		if err != nil {
			if err.Error() == "" {
				t.Error("error without a message")
			}
			return
		}
		first := consume(doc)
		again, err := iampolicy.Parse(source)
		if err != nil {
			t.Fatalf("second reading: %v", err)
		}
		if second := consume(again); first != second {
			t.Errorf("answers differ:\n%s\n%s", first, second)
		}
	})
}
