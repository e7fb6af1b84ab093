package services

import (
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/label"
)

// lab is an empty account in moto, and the collector's side of it.
type lab struct {
	moto    *awslab.Moto
	config  aws.Config
	account *api.Account
	run     *api.Run
}

// labTime is the time that the collector's clock shows.
var labTime = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newLab(t *testing.T) *lab {
	t.Helper()
	m := awslab.Shared(t)
	config := func(region string) aws.Config { return m.Config(t, awslab.DefaultAccount, region) }
	return &lab{
		moto: m, config: config("us-east-1"),
		account: &api.Account{
			ID: awslab.DefaultAccount, Partition: "aws", Source: "s", Home: "us-east-1", Regions: []string{"eu-west-1", "us-east-1"},
			Disabled: []string{"af-south-1"}, Left: []string{"ap-south-1"}, Organization: []string{awslab.DefaultAccount}, Config: config,
		},
		run: &api.Run{
			Catalogue: api.NewCatalogue(Services()), Clock: func() time.Time { return labTime }, Log: slog.New(slog.DiscardHandler),
			Labels: label.Default(), InFlight: make(chan struct{}, 8), Stats: &api.Stats{},
		},
	}
}

// collect runs one unit: the service in a region.
func (l *lab) collect(t *testing.T, service, region string) *api.Batch {
	t.Helper()
	s := l.run.Catalogue.Service(service)
	c := api.NewContext(l.run, l.account, s, region)
	s.Collect(t.Context(), c)
	return c.Batch()
}

// entity is the entity with the uid.
func entity(t *testing.T, b *api.Batch, uid string) *evidence.Entity {
	t.Helper()
	for _, e := range b.Entities {
		if e.UID == uid {
			return e
		}
	}
	t.Fatalf("no entity %s", uid)
	return nil
}

// must returns what a call of the SDK answered, or ends the test.
func must[T any](out T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}
