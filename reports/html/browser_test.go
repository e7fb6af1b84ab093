package html_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/reports/internal/npmtool"
	"github.com/assay-audit/assay/reports/internal/sample"
)

// browser is a headless Chromium with one report open.
type browser struct {
	ctx context.Context //nolint:containedctx // chromedp keeps the browser in its context
	url string

	mu     sync.Mutex
	faults []string // errors of the script, violations of the policy, requests to a network
}

// open renders a report to a file and starts a browser for it. What the browser complains of fails the test in the end.
func open(t *testing.T, a *assess.Assessment) *browser {
	t.Helper()
	found := false
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "headless-shell"} {
		if _, err := exec.LookPath(name); err == nil {
			found = true
		}
	}
	if !found {
		npmtool.Missing(t, "no Chromium is installed; on Debian: apt-get install --no-install-recommends chromium fonts-liberation")
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(render(t, a)), 0o600); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx, url: "file://" + file}
	chromedp.ListenTarget(ctx, b.listen)
	b.run(t, network.Enable(), log.Enable())
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, f := range b.faults {
			t.Error(f)
		}
	})
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, "exception: "+e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		b.faults = append(b.faults, fmt.Sprintf("%s: %s", e.Entry.Level, e.Entry.Text))
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; u != "" && u[:4] == "http" {
			b.faults = append(b.faults, "request to "+u)
		}
	}
}

func (b *browser) run(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// load opens the report at a fragment and waits until the script is done.
func (b *browser) load(t *testing.T, fragment string) {
	t.Helper()
	b.run(t, chromedp.Navigate("about:blank"), chromedp.Navigate(b.url+fragment), chromedp.WaitReady("html[data-ready]", chromedp.ByQuery))
}

func eval[T any](t *testing.T, b *browser, expression string) T {
	t.Helper()
	var out T
	b.run(t, chromedp.Evaluate(expression, &out, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return out
}

// axe-core finds no violation of WCAG 2.2 AA or of its own best practices: light and dark, wide and narrow, with a finding open.
func TestAccessible(t *testing.T) {
	axe, err := os.ReadFile(npmtool.Path(t, "axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	a := hospital(t)
	few(a)
	b := open(t, a)
	for _, scheme := range []string{"light", "dark"} {
		for _, width := range []int64{1360, 390} {
			b.run(t, chromedp.EmulateViewport(width, 900),
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
			b.load(t, "#finding-"+a.Findings[0].Fingerprint)
			eval[any](t, b, string(axe)+"; null")
			violations := eval[[]struct {
				ID, Help string
				Nodes    []struct{ HTML, FailureSummary string }
			}](t, b, `axe.run(document, {resultTypes: ["violations"]}).then((r) => r.violations)`)
			for _, v := range violations {
				t.Errorf("%s, %d wide: %s: %s, %d times, first: %.300s\n%s", scheme, width, v.ID, v.Help, len(v.Nodes), v.Nodes[0].HTML, v.Nodes[0].FailureSummary)
			}
			if overflow := eval[int](t, b, "document.documentElement.scrollWidth - innerWidth"); overflow > 0 {
				t.Errorf("%s, %d wide: the page is %d pixels too wide", scheme, width, overflow)
			}
		}
	}
}

// few leaves the assessment some controls of every framework and status, and some checks: enough for every part of the report.
func few(a *assess.Assessment) {
	const most = 3
	seen := map[string]int{}
	a.Controls = slices.DeleteFunc(a.Controls, func(c assess.Control) bool {
		key := c.Framework + string(c.Status)
		seen[key]++
		return seen[key] > most
	})
	a.Checks = a.Checks[:10]
}

func TestFiltersAndLinks(t *testing.T) {
	a := hospital(t)
	b := open(t, a)
	b.run(t, chromedp.EmulateViewport(1360, 900))
	target := a.Findings[len(a.Findings)/2]
	b.load(t, "#finding-"+target.Fingerprint)
	if got := eval[string](t, b, `document.querySelector("#detail").innerText`); !contains(got, target.Fingerprint, target.Check, target.Message) {
		t.Errorf("the link to a finding shows:\n%s", got)
	}
	if got := eval[string](t, b, `document.getElementById("verified").textContent`); !contains(got, "it matches") {
		t.Errorf("the embedded data is %q", got)
	}
	set := func(name, value string) string {
		return eval[string](t, b, fmt.Sprintf(`(async () => { const f = document.getElementById("filters"); f.reset(); await new Promise((r) => setTimeout(r, 20));
			f.elements.namedItem(%q).value = %q; f.dispatchEvent(new Event("input")); await new Promise((r) => setTimeout(r, 50)); return document.getElementById("shown").textContent; })()`, name, value))
	}
	all := len(a.Findings)
	want := func(n int) string { return fmt.Sprintf("%d of %d findings", n, all) }
	if got := set("state", "0"); got != want(a.Summary.Findings.Fail) {
		t.Errorf("failures: %s", got)
	}
	if got := set("state", "1"); got != want(a.Summary.Findings.Waived) {
		t.Errorf("waived: %s", got)
	}
	atRest := 0
	for i := range a.Findings {
		if a.Findings[i].Check == "enc.at_rest" {
			atRest++
		}
	}
	if got := set("text", "ENC.AT_REST"); got != want(atRest) {
		t.Errorf("search: %s, want %d", got, atRest)
	}
	if got := set("text", "no such thing"); got != want(0) {
		t.Errorf("empty search: %s", got)
	}
	// The link of a control's section filters the table.
	eval[any](t, b, `document.querySelector("a[data-control]").click(); null`)
	if got := eval[string](t, b, `document.getElementById("filters").elements.namedItem("control").selectedOptions[0].textContent`); got == "any" {
		t.Error("the link of a control sets no filter")
	}
}

// contains reports whether the text has all the parts.
func contains(s string, parts ...string) bool {
	return !slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(s, p) })
}

// Names from the audited world stay text, in the document and in what the script writes.
func TestHostileNames(t *testing.T) {
	a := hostile(t)
	b := open(t, a)
	b.run(t, chromedp.EmulateViewport(1360, 900))
	b.load(t, "#finding-"+a.Findings[0].Fingerprint)
	b.run(t, chromedp.Click("#table tbody tr:nth-child(2) a", chromedp.ByQuery))
	if got := eval[int](t, b, `document.querySelectorAll("img, iframe, script:not(:last-of-type)").length + (window.pwned ? 1000 : 0)`); got != 0 {
		t.Errorf("hostile text became code: %d", got)
	}
	if got := eval[string](t, b, `document.getElementById("detail").textContent`); !contains(got, "<img src=x onerror=") {
		t.Errorf("the hostile text is not shown as text: %s", got)
	}
}

// With scripts off, cover, summary and the controls' sections are there, and the findings section says what is missing.
func TestWithoutScript(t *testing.T) {
	b := open(t, hospital(t))
	b.run(t, emulation.SetScriptExecutionDisabled(true), chromedp.Navigate(b.url))
	var text, hint string
	b.run(t, chromedp.TextContent("main", &text, chromedp.ByQuery), chromedp.Text("noscript p", &hint, chromedp.ByQuery, chromedp.NodeVisible))
	if !contains(text, "Controls by status", "45 CFR 164.312(a)(2)(iv)", "What was not read") || !contains(hint, "needs JavaScript") {
		t.Errorf("the report is not readable without scripts; its hint is %q", hint)
	}
}

// 50,000 findings fit in 25 MB, and every filter answers. How long opening and filtering take is logged and not judged: machines are
// shared, and make bench prints it.
func TestLarge(t *testing.T) {
	a, err := sample.Large(50_000)
	if err != nil {
		t.Fatal(err)
	}
	const megabyte = 1 << 20
	if size := len(render(t, a)); size > 25*megabyte {
		t.Errorf("the report has %d MB", size/megabyte)
	} else {
		t.Logf("%.1f MB", float64(size)/megabyte)
	}
	b := open(t, a)
	b.run(t, chromedp.EmulateViewport(1360, 900))
	ready := 1e9
	for range 3 {
		b.load(t, "")
		ready = min(ready, eval[float64](t, b, "Number(document.documentElement.dataset.ready)"))
	}
	t.Logf("usable after %.0f ms", ready)
	var times []float64
	raw := eval[string](t, b, `(async () => {
		const form = document.getElementById("filters"), shown = document.getElementById("shown"), times = [];
		for (const [name, value] of [["text", "imaging 100000"], ["state", "0"], ["severity", "1"], ["framework", "0"], ["scope", "5"], ["text", ""]]) {
			let best = 1e9;
			for (let i = 0; i < 3; i++) {
				form.elements.namedItem(name).value = value;
				const changed = new Promise((done) => new MutationObserver(() => done(performance.now())).observe(shown, { childList: true }));
				const start = performance.now();
				form.dispatchEvent(new Event("input"));
				best = Math.min(best, await changed - start);
			}
			times.push(best);
		}
		return JSON.stringify(times);
	})()`)
	if err := json.Unmarshal([]byte(raw), &times); err != nil {
		t.Fatal(err)
	}
	t.Logf("filters took %.0f ms", times)
	if len(times) != 6 {
		t.Errorf("%d of 6 filters answered", len(times))
	}
}
