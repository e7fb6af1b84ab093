package aws_test

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors"
	assayaws "github.com/assay-audit/assay/collectors/aws"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
)

// keeping is a journal in memory.
type keeping struct {
	mu        sync.Mutex
	notes     map[string][]byte
	relations map[string][]evidence.Relation
}

func (k *keeping) Done(unit string) ([]byte, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	note, ok := k.notes[unit]
	return note, ok
}

func (k *keeping) Commit(unit string, note []byte, _ []*evidence.Entity, relations []evidence.Relation) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.notes[unit], k.relations[unit] = note, relations
	return nil
}

// nowhere takes what needs no journal.
type nowhere struct{}

func (nowhere) Entity(*evidence.Entity) error    { return nil }
func (nowhere) Relation(evidence.Relation) error { return nil }
func (nowhere) Coverage(evidence.Coverage) error { return nil }
func (nowhere) Source(evidence.Source) error     { return nil }
func (nowhere) File(evidence.SourceFile) error   { return nil }
func (nowhere) Stage(string, int)                {}
func (nowhere) Step(int)                         {}
func (nowhere) Note(string)                      {}

// A run that is resumed after all units, but before it was asked who can reach what, asks it of what the journal kept.
func TestReachIsAskedAfterAnInterruptionToo(t *testing.T) {
	m := awslab.Start(t)
	config := m.Config(t, awslab.DefaultAccount, "eu-west-1")
	key, err := kms.NewFromConfig(config).CreateKey(t.Context(), &kms.CreateKeyInput{})
	if err != nil {
		t.Fatal(err)
	}
	identities := iam.NewFromConfig(config)
	if _, err := identities.CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("ada")}); err != nil {
		t.Fatal(err)
	}
	if _, err := identities.PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: aws.String("ada"), PolicyName: aws.String("p"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}`)}); err != nil {
		t.Fatal(err)
	}
	for k, v := range m.Environ(t, awslab.DefaultAccount, "eu-west-1") {
		t.Setenv(k, v)
	}
	journal := &keeping{notes: map[string][]byte{}, relations: map[string][]evidence.Relation{}}
	collect := func() {
		t.Helper()
		err := assayaws.Spec.New().Collect(t.Context(), collectors.Env{
			Clock: time.Now, Log: slog.New(slog.DiscardHandler), Progress: nowhere{},
		}, collectors.Request{Target: collectors.Target{Ref: "aws:regions=eu-west-1", Value: "regions=eu-west-1"}, Source: "s1", Journal: journal}, nowhere{})
		if err != nil {
			t.Fatal(err)
		}
	}
	collect()
	const unit = "s1/123456789012/us-east-1/iam/last"
	want := []evidence.Relation{{Type: "can_read", From: "arn:aws:iam::123456789012:user/ada", To: aws.ToString(key.KeyMetadata.Arn), Complete: true}}
	of := func(relations []evidence.Relation) []evidence.Relation {
		kept := slices.DeleteFunc(slices.Clone(relations), func(r evidence.Relation) bool { return !strings.Contains(r.To, ":kms:") })
		slices.SortFunc(kept, func(a, b evidence.Relation) int { return cmp.Compare(a.Type, b.Type) })
		return kept
	}
	if diff := gocmp.Diff(want, of(journal.relations[unit])); diff != "" {
		t.Fatalf("%s\nunits: %v", diff, slices.Sorted(maps.Keys(journal.notes)))
	}
	delete(journal.notes, unit)
	delete(journal.relations, unit)
	collect()
	if diff := gocmp.Diff(want, of(journal.relations[unit])); diff != "" {
		t.Error(diff)
	}
}
