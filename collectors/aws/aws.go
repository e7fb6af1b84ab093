// Package aws collects the observed plane of AWS: accounts, their identities, data stores, networks, logs, detectors and backups, as the
// APIs report them.
//
// A run finds the accounts (one, or all of an organisation) and the regions that are enabled, and splits into units: one service in one
// region of one account. The units run in parallel within rate limits, and each hands its evidence on at once, so that memory stays
// bounded and an interrupted run can be resumed. What a unit reads is written down in services, one file per service; how calls are made
// and what becomes of a denial is in api.
//
// Only reading operations are called, and nothing that holds the content of a store: no secret values, no decrypted parameters, no
// objects. A call that is denied, throttled or not supported becomes an unknown on just the attributes that it hides.
package aws

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/assay-audit/assay/collectors"
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/collectors/aws/services"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/guard"
	"github.com/assay-audit/assay/internal/label"
)

// Spec is the AWS collector.
var Spec = collectors.Spec{
	Name: "aws", Schemes: []string{"aws"}, Recognise: func(string) (int, string) { return 0, "" },
	New: func() collectors.Collector { return &collector{} },
}

type collector struct{}

const (
	// inFlight is the number of calls that are made at the same time, over all accounts.
	inFlight = 64
	// unitsAtOnce is the number of units that are collected at the same time.
	unitsAtOnce = 64
	// accountsAtOnce is the number of accounts that are read at the same time: more than one, so that calls are under way while the last
	// units of an account wait for each other, and few, since what is read of an account is kept until it is done.
	accountsAtOnce = 4
)

// Collect reads the account, or the organisation, that the target leads to.
func (*collector) Collect(ctx context.Context, env collectors.Env, req collectors.Request, sink collectors.Sink) error {
	r, err := newRun(ctx, env, req, sink)
	if err != nil {
		return err
	}
	return r.collect(ctx)
}

// newRun finds the way: credentials, accounts and regions.
func newRun(ctx context.Context, env collectors.Env, req collectors.Request, sink collectors.Sink) (*run, error) {
	o, err := parse(req.Target.Value)
	if err != nil {
		return nil, err
	}
	env.Progress.Stage("finding AWS accounts and regions", 0)
	first, err := open(ctx, o, env.Log)
	if err != nil {
		return nil, err
	}
	r := &run{
		env: env, req: req, sink: sink, options: o, caller: first.arn,
		shared: &api.Run{
			Resolve: func(ctx context.Context, host string) error {
				_, err := net.DefaultResolver.LookupHost(ctx, host)
				return err
			},
			Catalogue: api.NewCatalogue(services.Services()), Needs: req.Needs, Clock: env.Clock, Hasher: env.Hasher, Log: env.Log,
			Labels: label.Default().With(req.Labels), InFlight: make(chan struct{}, inFlight), Stats: &api.Stats{},
		},
	}
	if err := r.findAccounts(ctx, first); err != nil {
		return nil, err
	}
	return r, nil
}

// run is the collection of one target.
type run struct {
	env     collectors.Env
	req     collectors.Request
	sink    collectors.Sink
	options options
	shared  *api.Run
	caller  string // ARN of whose credentials lead in

	accounts []*account
	running  chan struct{} // has room for the units that are collected at the same time
}

// account is one account on its way.
type account struct {
	*api.Account
	source    evidence.Source
	closed    string     // why nothing of the account could be read; "" where it could
	before    []api.Note // of the calls that found the account's regions and organisation
	notes     []api.Note // of its units, by unit
	units     []unit
	resources []api.Resource // those that the units found, once all but the last steps are over
}

// unit is the least that is collected again after an interruption.
type unit struct {
	account *account
	index   int // in the account's notes
	service *api.Service
	region  string
	last    bool // the service's last step, when all others are done
}

// name is the unit's name in the journal.
func (u unit) name(source string) string {
	parts := []string{source, u.account.ID, u.region, u.service.Name}
	if u.last {
		parts = append(parts, "last")
	}
	return strings.Join(parts, "/")
}

// collect reads the accounts, each to its end.
func (r *run) collect(ctx context.Context) error {
	units := 0
	for _, a := range r.accounts {
		r.plan(a)
		units += len(a.units)
	}
	r.env.Progress.Stage(fmt.Sprintf("reading %s in AWS", plural(len(r.accounts), "account")), units)
	r.running = make(chan struct{}, unitsAtOnce)
	g, running := errgroup.WithContext(ctx)
	g.SetLimit(accountsAtOnce)
	for _, a := range r.accounts {
		if running.Err() != nil {
			break
		}
		g.Go(guard.Go(func() error { return r.account(running, a) }))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// account runs the units of an account and then those that read what the others found, and says what was read.
func (r *run) account(ctx context.Context, a *account) error {
	var units, last []unit
	for _, u := range a.units {
		if u.last {
			last = append(last, u)
		} else {
			units = append(units, u)
		}
	}
	// What is read once for the whole account takes longest: it begins first.
	slices.SortStableFunc(units, func(x, y unit) int { return cmp.Compare(rank(x), rank(y)) })
	if err := r.runUnits(ctx, units); err != nil {
		return err
	}
	a.resources = a.found()
	if err := r.runUnits(ctx, last); err != nil {
		return err
	}
	return r.conclude(a)
}

// rank orders units: global ones before those of a region.
func rank(u unit) int {
	if u.service.Global {
		return 0
	}
	return 1
}

// runUnits collects units side by side. What one fails to read is data; an error ends the run.
func (r *run) runUnits(ctx context.Context, units []unit) error {
	g, running := errgroup.WithContext(ctx)
	for _, u := range units {
		select {
		case r.running <- struct{}{}:
		case <-running.Done():
		}
		if running.Err() != nil {
			break
		}
		g.Go(guard.Go(func() error {
			defer func() { <-r.running }()
			if err := r.unit(running, u); err != nil {
				return err
			}
			r.env.Progress.Step(1)
			r.env.Progress.Note(fmt.Sprintf("%d calls, %d throttled", r.shared.Stats.Calls.Load(), r.shared.Stats.Throttles.Load()))
			return nil
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// plan lists an account's units: global services once, the others in every region. A service of which no selected check reads a kind is
// left out.
func (r *run) plan(a *account) {
	for i := range r.shared.Catalogue.Services {
		s := &r.shared.Catalogue.Services[i]
		if a.closed != "" || s.Collect == nil || len(s.Kinds) > 0 && !r.req.Needs.Any(s.Kinds...) {
			continue
		}
		regions := a.Regions
		if s.Global {
			regions = []string{a.Home}
		}
		for _, region := range regions {
			a.units = append(a.units, unit{account: a, index: len(a.units), service: s, region: region})
			if s.Finish != nil {
				a.units = append(a.units, unit{account: a, index: len(a.units), service: s, region: region, last: true})
			}
		}
	}
	a.notes = make([]api.Note, len(a.units))
}

// unit collects one unit, unless the journal has it.
func (r *run) unit(ctx context.Context, u unit) error {
	name := u.name(r.req.Source)
	if r.req.Journal != nil {
		if kept, done := r.req.Journal.Done(name); done {
			return u.account.notes[u.index].Parse(kept)
		}
	}
	c := api.NewContext(r.shared, u.account.Account, u.service, u.region)
	if u.last {
		u.service.Finish(ctx, c, u.account.resources)
	} else {
		u.service.Collect(ctx, c)
	}
	if err := ctx.Err(); err != nil {
		return err // half a unit is none
	}
	b := c.Batch()
	u.account.notes[u.index] = b.Note
	if r.req.Journal != nil {
		if why := expired(b.Note); why != nil {
			return why // to be asked again in the run that resumes
		}
		note, err := b.Note.JSON()
		if err != nil {
			return err
		}
		return r.req.Journal.Commit(name, note, b.Entities, b.Relations)
	}
	for _, e := range b.Entities {
		if err := r.sink.Entity(e); err != nil {
			return err
		}
	}
	for _, rel := range b.Relations {
		if err := r.sink.Relation(rel); err != nil {
			return err
		}
	}
	return nil
}

// expired is the error of a unit whose credentials ended under way; nil where they did not.
func expired(n api.Note) error {
	for _, f := range n.Failures {
		if slices.Contains([]string{"ExpiredToken", "ExpiredTokenException", "RequestExpired"}, f.Code) {
			return fmt.Errorf("AWS refused %s in account %s (%s): %s", f.Operation, f.Account, f.Code, hints[f.Code])
		}
	}
	return nil
}

// said are the notes of everything that was asked of the account.
func (a *account) said() []api.Note { return slices.Concat(a.before, a.notes) }

// found are the resources that the account's units found, by uid.
func (a *account) found() []api.Resource {
	var out []api.Resource
	for _, n := range a.notes {
		out = append(out, n.Resources...)
	}
	slices.SortFunc(out, func(x, y api.Resource) int { return strings.Compare(x.UID, y.UID) })
	return out
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}
