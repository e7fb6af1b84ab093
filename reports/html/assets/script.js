// The findings table: unpacks the embedded data, filters it, and keeps only the visible rows in the document. Text is written with
// textContent alone. Nothing is fetched.
"use strict";
(async () => {
  const byId = (id) => document.getElementById(id);
  const holder = byId("findings-data");
  const states = ["fail", "waived", "unknown", "review", "pass", "not_applicable"];
  const severities = ["critical", "high", "medium", "low"];
  const glyphs = ["■", "◇", "?", "◐", "●", "–"];
  const rowHeight = 68;

  const bytes = Uint8Array.from(atob(holder.textContent), (c) => c.charCodeAt(0));
  const raw = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const data = JSON.parse(new TextDecoder().decode(raw));
  holder.remove();

  if (globalThis.crypto && crypto.subtle) {
    const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", raw));
    const hex = Array.from(sum, (b) => b.toString(16).padStart(2, "0")).join("");
    byId("verified").textContent = hex === holder.dataset.digest ? "compared in this browser: it matches" : "DOES NOT MATCH: this file is damaged";
  } else {
    byId("verified").textContent = "not compared: this browser offers no digests here";
  }

  const n = data.state.length;
  const text = (column, i) => data.strings[column[i]];
  const haystack = new Array(n);
  const lower = data.strings.map((s) => s.toLowerCase());
  const checkText = data.checks.map((c) => (c.id + " " + c.title).toLowerCase());
  const scopeText = data.scopes.map((s) => s.toLowerCase());
  for (let i = 0; i < n; i++) {
    haystack[i] = checkText[data.check[i]] + "\n" + lower[data.entity[i]] + "\n" + lower[data.message[i]] + "\n" + lower[data.place[i]] + "\n" + scopeText[data.scope[i]] + "\n" + data.fingerprint[i];
  }
  // For each control, which checks bear on it.
  const bears = data.controls.map(() => new Uint8Array(data.checks.length));
  const bearsFramework = data.frameworks.map(() => new Uint8Array(data.checks.length));
  data.checks.forEach((c, k) => c.controls.forEach((x) => { bears[x][k] = 1; bearsFramework[data.controls[x].framework][k] = 1; }));

  const form = byId("filters");
  const field = (name) => form.elements.namedItem(name);
  const option = (select, value, label) => { const o = document.createElement("option"); o.value = value; o.textContent = label; select.append(o); };
  data.frameworks.forEach((f, i) => option(field("framework"), i, f));
  data.scopes.forEach((s, i) => option(field("scope"), i, s));
  const listControls = () => {
    const select = field("control"), framework = field("framework").value, before = select.value;
    select.replaceChildren();
    option(select, "", "any");
    data.controls.forEach((c, i) => { if (framework === "" || c.framework === Number(framework)) option(select, i, c.cite); });
    select.value = before;
    if (select.selectedIndex < 0) select.value = "";
  };
  listControls();

  let view = [];
  const filter = () => {
    const value = (name) => field(name).value;
    const words = value("text").toLowerCase().split(/\s+/).filter(Boolean);
    const number = (name) => (value(name) === "" ? -1 : Number(value(name)));
    const state = number("state"), severity = number("severity"), scope = number("scope");
    const control = number("control"), framework = number("framework"), baseline = value("baseline");
    const checks = control >= 0 ? bears[control] : framework >= 0 ? bearsFramework[framework] : null;
    view = [];
    for (let i = 0; i < n; i++) {
      if (state >= 0 && data.state[i] !== state) continue;
      if (severity >= 0 && data.severity[i] !== severity) continue;
      if (scope >= 0 && data.scope[i] !== scope) continue;
      if (checks && !checks[data.check[i]]) continue;
      if (baseline && text(data.baseline, i) !== baseline) continue;
      if (words.length && !words.every((w) => haystack[i].includes(w))) continue;
      view.push(i);
    }
    byId("shown").textContent = view.length.toLocaleString("en") + " of " + n.toLocaleString("en") + " findings";
    byId("table").setAttribute("aria-rowcount", String(view.length + 1));
    byId("rows").scrollTop = 0;
    draw(true);
  };

  const element = (tag, className, ...content) => {
    const e = document.createElement(tag);
    if (className) e.className = className;
    e.append(...content);
    return e;
  };
  const badge = (state) => {
    const glyph = element("span", "glyph", glyphs[state]);
    glyph.setAttribute("aria-hidden", "true");
    return element("span", "badge s-" + states[state], glyph, " " + states[state].replaceAll("_", " "));
  };
  const where = (scope) => { // a host's scope is long: two lines of it are seen, all of it in the tooltip
    const e = element("div", "mono scope", scope);
    e.title = scope;
    return e;
  };
  let chosen = -1, first = -1, last = -1;
  const rowOf = (i, at) => {
    const check = data.checks[data.check[i]];
    const link = element("a", "mono", check.id);
    link.href = "#finding-" + data.fingerprint[i];
    const row = element("tr", i === chosen ? "chosen" : "",
      element("td", "", element("div", "", badge(data.state[i])), element("div", "quiet", severities[data.severity[i]] || "")),
      element("td", "", element("div", "", link, " " + check.title), element("div", "quiet mono", text(data.entity, i))),
      element("td", "", where(data.scopes[data.scope[i]]), element("div", "quiet mono", text(data.place, i))));
    row.setAttribute("aria-rowindex", String(at + 2));
    return row;
  };
  const pad = (height) => {
    const cell = element("td", "");
    cell.style.height = height + "px";
    const row = element("tr", "pad", cell);
    row.setAttribute("aria-hidden", "true");
    return row;
  };
  const draw = (force) => {
    const box = byId("rows"), spare = 8;
    const from = Math.max(0, Math.floor(box.scrollTop / rowHeight) - spare);
    const to = Math.min(view.length, Math.ceil((box.scrollTop + box.clientHeight) / rowHeight) + spare);
    if (!force && from === first && to === last) return;
    first = from; last = to;
    const focused = document.activeElement && box.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    const rows = [];
    if (from > 0) rows.push(pad(from * rowHeight));
    for (let k = from; k < to; k++) rows.push(rowOf(view[k], k));
    if (to < view.length) rows.push(pad((view.length - to) * rowHeight));
    byId("table").tBodies[0].replaceChildren(...rows);
    if (focused) box.querySelector('a[href="' + CSS.escape(focused).replaceAll("\\#", "#") + '"]')?.focus({ preventScroll: true });
  };
  byId("rows").addEventListener("scroll", () => requestAnimationFrame(() => draw(false)), { passive: true });
  addEventListener("resize", () => draw(false));

  const facts = (pairs) => {
    const list = element("dl", "facts");
    for (const [name, value, className] of pairs) {
      const lines = (Array.isArray(value) ? value : [value]).filter(Boolean);
      if (lines.length) list.append(element("dt", "", name), element("dd", className || "", ...lines.map((l) => (typeof l === "string" ? element("div", "", l) : l))));
    }
    return list;
  };
  const show = (i, move) => {
    chosen = i;
    const check = data.checks[data.check[i]], detail = byId("detail"), texts = (column) => column[i].map((x) => data.strings[x]);
    const title = element("h3", "", check.title);
    const controls = element("div", "");
    check.controls.forEach((x, k) => {
      const a = element("a", "", data.controls[x].cite);
      a.href = "#control-" + data.controls[x].slug;
      controls.append(k ? ", " : "", a);
    });
    const self = element("a", "mono digest", data.fingerprint[i]);
    self.href = "#finding-" + data.fingerprint[i];
    const policy = element("a", "mono", check.id);
    policy.href = "#check-" + check.id.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    detail.replaceChildren(badge(data.state[i]), title, element("p", "", text(data.message, i)), facts([
      ["Check", policy], ["Severity", severities[data.severity[i]]],
      ["Entity", [text(data.entity, i), text(data.kind, i).replaceAll("_", " ") + ", " + text(data.plane, i) + ", " + data.scopes[data.scope[i]]], "mono"],
      ["Expected", text(data.expected, i)], ["Actual", text(data.actual, i)], ["Reasons", texts(data.reasons)], ["Not known", texts(data.unknown)],
      ["Exception", text(data.waiver, i)], ["Place", text(data.place, i), "mono"], ["Collected by", [text(data.method, i), text(data.at, i) && text(data.at, i) + " UTC"], "mono"],
      ["Evidence", texts(data.evidence), "mono digest"], ["Why it matters", check.rationale], ["What to do", data.state[i] < 2 ? check.remediation : ""],
      ["Controls", check.controls.length ? controls : ""], ["Baseline", text(data.baseline, i)], ["Fingerprint", self],
    ]));
    detail.hidden = false;
    draw(true);
    if (move) { detail.scrollIntoView({ block: "nearest" }); detail.focus({ preventScroll: true }); }
  };

  const follow = () => {
    const match = /^#finding-([0-9a-f]+)$/.exec(location.hash);
    if (!match) return;
    const i = data.fingerprint.indexOf(match[1]);
    if (i < 0) return;
    if (!view.includes(i)) { form.reset(); listControls(); filter(); }
    byId("rows").scrollTop = Math.max(0, view.indexOf(i) * rowHeight - 2 * rowHeight);
    show(i, true);
  };
  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest ? event.target.closest("a[data-control]") : null;
    if (!link) return;
    const framework = data.frameworks.indexOf(link.dataset.framework);
    const control = data.controls.findIndex((c) => c.framework === framework && c.id === link.dataset.control);
    form.reset();
    field("framework").value = String(framework);
    listControls();
    field("control").value = String(control);
    filter();
  });

  let pending = 0;
  form.addEventListener("input", () => { clearTimeout(pending); pending = setTimeout(() => { listControls(); filter(); }, n > 20000 ? 60 : 0); });
  form.addEventListener("reset", () => setTimeout(() => { listControls(); filter(); }));
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("export").addEventListener("click", () => {
    // A cell that a spreadsheet would take for a formula is made text.
    const cell = (s) => '"' + String(s).replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""') + '"';
    const rows = [["status", "severity", "check", "title", "entity", "kind", "plane", "scope", "message", "expected", "actual", "place", "waiver", "controls", "fingerprint"]];
    for (const i of view) {
      const c = data.checks[data.check[i]];
      rows.push([states[data.state[i]], severities[data.severity[i]], c.id, c.title, text(data.entity, i), text(data.kind, i), text(data.plane, i), data.scopes[data.scope[i]],
        text(data.message, i), text(data.expected, i), text(data.actual, i), text(data.place, i), text(data.waiver, i), c.controls.map((x) => data.controls[x].cite).join("; "), data.fingerprint[i]]);
    }
    const link = element("a", "");
    link.href = URL.createObjectURL(new Blob([rows.map((r) => r.map(cell).join(",")).join("\r\n") + "\r\n"], { type: "text/csv" }));
    link.download = "findings.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });

  byId("explorer").hidden = false;
  filter();
  follow();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
})();
