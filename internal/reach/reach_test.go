package reach_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/reach"
	"github.com/assay-audit/assay/internal/tri"
)

func parse(t testing.TB, text string) iampolicy.Document {
	t.Helper()
	doc, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + text + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func bucket(name string, policy *iampolicy.Document) reach.Asset {
	arn := "arn:aws:s3:::" + name
	return reach.Asset{Resource: iampolicy.Resource{Service: "s3", ARNs: []iampolicy.Str{iampolicy.Literal(arn)}}, UID: arn, Account: "1", Policy: policy}
}

func table(name, account string) reach.Asset {
	arn := "arn:aws:dynamodb:eu-west-1:" + account + ":table/" + name
	return reach.Asset{Resource: iampolicy.Resource{Service: "dynamodb", ARNs: []iampolicy.Str{iampolicy.Literal(arn)}}, UID: arn, Account: account}
}

func key(policy iampolicy.Document) reach.Asset {
	const arn = "arn:aws:kms:eu-west-1:1:key/k"
	return reach.Asset{Resource: iampolicy.Resource{Service: "kms", ARNs: []iampolicy.Str{iampolicy.Literal(arn)}}, UID: arn, Account: "1", Policy: &policy}
}

const user = "arn:aws:iam::1:user/ada"

func TestOf(t *testing.T) {
	grants := parse(t, `{"Effect":"Allow","Principal":{"AWS":"`+user+`"},"Action":"s3:GetObject","Resource":"*"}`)
	denies := parse(t, `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}`)
	others := parse(t, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:user/bob"},"Action":"kms:*","Resource":"*"}`)
	whole := parse(t, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"kms:*","Resource":"*"}`)
	for name, c := range map[string]struct {
		policies []iampolicy.Document
		bounds   [][]iampolicy.Document
		asset    reach.Asset
		edges    []string
		open     [3]bool
	}{
		"nothing is allowed": {nil, nil, bucket("b", nil), nil, [3]bool{}},
		"its own policy": {
			[]iampolicy.Document{parse(t, `{"Effect":"Allow","Action":["s3:GetObject","ec2:*"],"Resource":"arn:aws:s3:::b/*"}`)},
			nil,
			bucket("b", nil),
			[]string{"can_read"},
			[3]bool{},
		},
		"the policy of the bucket": {nil, nil, bucket("b", &grants), []string{"can_read"}, [3]bool{}},
		"the bucket denies": {
			[]iampolicy.Document{parse(t, `{"Effect":"Allow","Action":"*","Resource":"*"}`)}, nil, bucket("b", &denies), nil, [3]bool{},
		},
		"a boundary takes writing away": {
			[]iampolicy.Document{parse(t, `{"Effect":"Allow","Action":"*","Resource":"*"}`)},
			[][]iampolicy.Document{{parse(t, `{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"*"}`)}},
			bucket("b", nil),
			[]string{"can_read"},
			[3]bool{},
		},
		"a policy that is not known": {
			[]iampolicy.Document{{Unknown: true}}, nil, bucket("b", nil), nil, [3]bool{true, true, true},
		},
		"a condition that may not hold": {
			[]iampolicy.Document{parse(t, `{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}`)},
			nil, table("t", "1"), nil,
			[3]bool{true, false, false},
		},
		"a key that leaves it to the account": {
			[]iampolicy.Document{parse(t, `{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}`)}, nil, key(whole), []string{"can_read"}, [3]bool{},
		},
		"a key that does not": {
			[]iampolicy.Document{parse(t, `{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}`)}, nil, key(others), nil, [3]bool{},
		},
		"a store of another account, whose policy says nothing": {
			[]iampolicy.Document{parse(t, `{"Effect":"Allow","Action":"*","Resource":"*"}`)}, nil, table("t", "2"), nil, [3]bool{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			found := reach.NewIndex([]reach.Asset{c.asset}).Of(reach.Identity{
				Identity: iampolicy.Identity{Policies: c.policies, Boundaries: c.bounds}, UID: user, ARNs: []iampolicy.Str{iampolicy.Literal(user)}, Account: "1",
			})
			var edges []string
			for _, e := range found.Edges {
				edges = append(edges, reach.Relation(e.Level))
			}
			if diff := cmp.Diff(c.edges, edges); diff != "" {
				t.Error(diff)
			}
			if found.Open != c.open {
				t.Errorf("open levels are %v, want %v", found.Open, c.open)
			}
		})
	}
}

// What the index leaves out, and what it remembers, must not change an answer: each pair is asked about in full too.
func TestIndexNeverLosesAnEdge(t *testing.T) {
	assets := []reach.Asset{bucket("a", nil), bucket("ab", nil), table("a", "1"), table("ab", "1")}
	actions := []string{`"*"`, `"s3:*"`, `"s3:GetObject"`, `["dynamodb:PutItem","ec2:*"]`, `"?3:*Object"`}
	resources := []string{`"*"`, `"arn:aws:s3:::a*"`, `"arn:aws:s3:::a/x/*"`, `"arn:aws:dynamodb:*:*:table/a"`, `["arn:aws:s3:::a","arn:aws:dynamodb:*:1:*"]`}
	index := reach.NewIndex(assets)
	for _, element := range []string{"Resource", "NotResource"} {
		for _, action := range actions {
			for _, resource := range resources {
				id := iampolicy.Identity{Policies: []iampolicy.Document{
					parse(t, fmt.Sprintf(`{"Effect":"Allow","Action":%s,%q:%s},{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"}`, action, element, resource)),
				}}
				want := map[string]bool{}
				for _, a := range assets {
					for _, level := range reach.Levels() {
						if id.Access(level, a.Resource) == tri.True {
							want[reach.Relation(level)+" "+a.UID] = true
						}
					}
				}
				for range 2 { // the second time from memory
					got := map[string]bool{}
					for _, e := range index.Of(reach.Identity{Identity: id, UID: user, Account: "1", Key: element + action + resource}).Edges {
						if e.Complete {
							got[reach.Relation(e.Level)+" "+e.UID] = true
						}
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("%s on %s %s: %s", action, element, resource, diff)
					}
				}
			}
		}
	}
}

// BenchmarkOf asks for 100 identities with few different policies among 5,000 stores.
func BenchmarkOf(b *testing.B) {
	assets := make([]reach.Asset, 0, 5000)
	for i := range 5000 {
		assets = append(assets, bucket(fmt.Sprintf("b%d", i), nil))
	}
	wide := parse(b, `{"Effect":"Allow","Action":["s3:Get*","s3:List*","ec2:*","dynamodb:*"],"Resource":"*"}`)
	narrow := parse(b, `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b17/*"}`)
	for b.Loop() {
		index := reach.NewIndex(assets)
		for i := range 100 {
			id := reach.Identity{Identity: iampolicy.Identity{Policies: []iampolicy.Document{narrow}}, UID: user, Account: "1", Key: "narrow"}
			if i%10 == 0 {
				id.Policies, id.Key = []iampolicy.Document{wide}, "wide"
			}
			index.Of(id)
		}
	}
}
