// Package engine judges a snapshot with policies: snapshot x policies -> findings. It does no I/O.
//
// The engine groups entities by the unit (kind or facet) that a check judges, and asks each policy once per batch, with the
// entities converted to OPA's values once and shared between policies. A policy proves verdicts; the engine turns what is
// neither proved nor excluded into unknown, with the attributes that the policy reads and that are not known, and why. A
// policy that proves both a pass and a failure, or that fails to evaluate, gives unknown too, and an error that is reported.
// Where a scope has no entity of the unit, coverage decides: not applicable where everything was read, else unknown.
package engine

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"golang.org/x/sync/errgroup"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/finding"
	"github.com/assay-audit/assay/internal/guard"
	"github.com/assay-audit/assay/internal/policy"
)

// batchSize bounds the entities of one query, so that a large snapshot is judged in parallel and can be interrupted.
const batchSize = 2000

// Options say how to judge.
type Options struct {
	Profile string         // pr, run or audit
	Params  map[string]any // overrides of parameters, by name
	Workers int            // 0 = one per CPU
	// Typed checks the policies' schema annotations while compiling; needed for policies that were not checked before.
	Typed bool
	// Cache keeps compiled policies for the next snapshot that is judged with the same ones; nil keeps nothing.
	Cache *Cache
	// Needs are the names of what a check reads, as evidence.Source.Needs has them; nil takes every source for whole.
	Needs func(*policy.Check) []string
	// Memory takes over what was proved of another snapshot with the same policies and options; nil asks everything.
	Memory *Memory
}

// Cache holds compiled policies. The zero value is empty and ready; it serves one evaluation at a time.
type Cache struct{ entries []compiled }

type compiled struct {
	checks   map[string]bool
	typed    bool
	compiler *ast.Compiler
}

// compile returns a compiler with at least the checks.
func (c *Cache) compile(cat *policy.Catalogue, checks []policy.Check, typed bool) (*ast.Compiler, error) {
	if c == nil {
		return cat.Compile(checks, typed)
	}
	for _, have := range c.entries {
		if have.typed == typed && !slices.ContainsFunc(checks, func(ch policy.Check) bool { return !have.checks[ch.ID] }) {
			return have.compiler, nil
		}
	}
	comp, err := cat.Compile(checks, typed)
	if err != nil {
		return nil, err
	}
	entry := compiled{checks: make(map[string]bool, len(checks)), typed: typed, compiler: comp}
	for i := range checks {
		entry.checks[checks[i].ID] = true
	}
	c.entries = append(c.entries, entry)
	return comp, nil
}

// EvalError is a policy that could not be evaluated on an entity.
type EvalError struct {
	Check  string
	UID    string // "" where the whole batch is concerned
	Detail string
}

func (e EvalError) Error() string {
	if e.UID == "" {
		return fmt.Sprintf("check %s: %s", e.Check, e.Detail)
	}
	return fmt.Sprintf("check %s on %s: %s", e.Check, e.UID, e.Detail)
}

// Result is what came of judging.
type Result struct {
	Findings []finding.Finding // sorted
	Judged   []string          // ids of the checks for which some source was collected, sorted
	Errors   []EvalError       // sorted
}

// Evaluate judges the snapshot with the checks. An error means that a policy does not compile or that ctx ended; what goes
// wrong in a single evaluation is in the result.
func Evaluate(ctx context.Context, snap *evidence.Snapshot, cat *policy.Catalogue, checks []policy.Check, o Options) (Result, error) {
	w := newWorld(snap, cat.Literals(checks))
	if o.Memory != nil {
		o.Memory.share(snap, w.terms)
	}
	var res Result
	var judge []policy.Check // checks that have entities to judge
	for _, c := range checks {
		scopes := w.scopesFor(c.Collectors)
		if len(scopes) == 0 {
			continue
		}
		res.Judged = append(res.Judged, c.ID)
		w.withhold(&c, o.Needs)
		res.Findings = append(res.Findings, w.scopeFindings(&c, scopes, o.Profile)...)
		if w.population(&c) > 0 {
			judge = append(judge, c)
		}
	}
	if len(judge) > 0 {
		findings, errs, err := w.run(ctx, cat, judge, o)
		if err != nil {
			return Result{}, err
		}
		for i := range findings {
			f := &findings[i]
			f.Deferred = o.Profile == "pr" && f.Status == finding.Unknown && deferrable(f.Unknown)
		}
		res.Findings = append(res.Findings, findings...)
		res.Errors = errs
	}
	finding.Sort(res.Findings)
	slices.SortFunc(res.Errors, func(a, b EvalError) int {
		return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.UID, b.UID), cmp.Compare(a.Detail, b.Detail))
	})
	return res, nil
}

func (w *world) population(c *policy.Check) int {
	n := 0
	for _, u := range c.Units {
		n += len(w.judged(c, u))
	}
	return n
}

// task is one query: a check on a batch of one unit.
type task struct {
	question

	check     *policy.Check
	query     *rego.PreparedEvalQuery
	positions []int
	findings  []finding.Finding
	errs      []EvalError
}

func (w *world) run(ctx context.Context, cat *policy.Catalogue, checks []policy.Check, o Options) ([]finding.Finding, []EvalError, error) {
	comp, err := o.Cache.compile(cat, checks, o.Typed)
	if err != nil {
		return nil, nil, err
	}
	store, err := newWitness(ctx, inmem.NewFromASTObject(w.evidence()))
	if err != nil {
		return nil, nil, err
	}
	defer store.close(ctx)
	w.store = store
	var tasks []*task
	for i := range checks {
		c := &checks[i]
		q, err := rego.New(rego.ParsedQuery(query(c)), rego.Compiler(comp), rego.Store(store), rego.StrictBuiltinErrors(true)).PrepareForEval(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("check %s: %w", c.ID, err)
		}
		tasks = append(tasks, w.tasks(c, &q, o.Memory)...)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(cmp.Or(o.Workers, runtime.GOMAXPROCS(0)))
	for _, t := range tasks {
		g.Go(guard.Go(func() error {
			w.judge(gctx, t, o)
			return gctx.Err()
		}))
	}
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	total := 0
	for _, t := range tasks {
		total += len(t.findings)
	}
	findings := make([]finding.Finding, 0, total)
	var errs []EvalError
	for _, t := range tasks {
		findings = append(findings, t.findings...)
		t.findings = nil // findings are large: let the task's go
		errs = append(errs, t.errs...)
	}
	return findings, errs, nil
}

// tasks divides what a check judges into queries.
func (w *world) tasks(c *policy.Check, q *rego.PreparedEvalQuery, m *Memory) []*task {
	var out []*task
	for _, u := range c.Units {
		together, apart := w.judged(c, u), []int(nil)
		if m != nil {
			together, apart = m.split(together, w.snap.Entities)
		}
		for i, positions := range [][]int{together, apart} {
			part := 0
			for batch := range slices.Chunk(positions, batchSize) {
				out = append(out, &task{question: question{c.ID, u, i == 1, part}, check: c, query: q, positions: batch})
				part++
			}
		}
	}
	return out
}

// judge runs one query. Where a batch of several entities cannot be evaluated, each is judged alone, so that one entity
// whose evidence a policy cannot handle leaves the others decided.
func (w *world) judge(ctx context.Context, t *task, o Options) {
	t.findings = make([]finding.Finding, 0, len(t.positions))
	proofs, err := w.recallOrAsk(ctx, t, o)
	if err == nil {
		for _, p := range t.positions {
			w.conclude(t, p, proofs)
		}
		return
	}
	for _, p := range t.positions {
		proofs, err := w.ask(ctx, t, w.inputOf(t, []int{p}, o), w.store.txn)
		if err != nil {
			e := EvalError{Check: t.check.ID, UID: w.snap.Entities[p].UID, Detail: err.Error()}
			t.errs = append(t.errs, e)
			proofs = verdicts{broken: e.Detail}
		}
		w.conclude(t, p, proofs)
	}
}

func (w *world) inputOf(t *task, positions []int, o Options) *ast.Term {
	return w.input(t.unit, positions, t.check.Params(o.Params), o.Profile)
}

// recallOrAsk gets the proofs of a whole batch: from the memory where they hold, else from the policy. A failure is not remembered.
func (w *world) recallOrAsk(ctx context.Context, t *task, o Options) (verdicts, error) {
	in := w.inputOf(t, t.positions, o)
	if o.Memory == nil {
		return w.ask(ctx, t, in, w.store.txn)
	}
	if proofs, ok := o.Memory.recall(ctx, t.question, in, w.store); ok {
		return proofs, nil
	}
	read := w.store.transcript()
	proofs, err := w.ask(ctx, t, in, read)
	if err == nil && !read.lossy {
		o.Memory.keep(t.question, in, read.read, proofs)
	}
	return proofs, err
}

func (w *world) ask(ctx context.Context, t *task, in *ast.Term, txn storage.Transaction) (verdicts, error) {
	rs, err := t.query.Eval(ctx, rego.EvalParsedInput(in.Value), rego.EvalTransaction(txn))
	if err != nil {
		return verdicts{}, err
	}
	if len(rs) != 1 {
		return verdicts{}, fmt.Errorf("the policy gave %d results; a rule that it names is undefined", len(rs))
	}
	return readVerdicts(rs[0].Bindings["proofs"])
}
