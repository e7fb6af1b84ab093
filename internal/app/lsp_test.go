package app

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/lsp"
)

// editor is a client of the server, as an editor is.
type editor struct {
	*jrpc2.Client

	told chan told
	done chan error
}

// told is what the server tells an editor by itself.
type told struct {
	Method      string
	URI         string
	Message     string
	Diagnostics []marked
}

type marked struct {
	Range    span
	Severity int
	Code     string
	Message  string
}

type span struct {
	Start place `json:"start"`
	End   place `json:"end"`
}

type place struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type edit struct {
	Range   span
	NewText string
}

// newEditor starts a server and a client of it.
func newEditor(t *testing.T) *editor {
	t.Helper()
	a := &App{
		Stdout: io.Discard, Stderr: io.Discard, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		Environ: []string{"ASSAY_REDACTION_KEY=0123456789abcdef0123456789abcdef"},
	}
	fromEditor, toServer := io.Pipe()
	fromServer, toEditor := io.Pipe()
	e := &editor{told: make(chan told, 100), done: make(chan error, 1)}
	go func() { e.done <- a.LSP(t.Context(), fromEditor, toEditor, Options{Checks: []string{"enc.at_rest"}}) }()
	e.Client = jrpc2.NewClient(channel.LSP(fromServer, toServer), &jrpc2.ClientOptions{OnNotify: func(r *jrpc2.Request) {
		note := told{Method: r.Method()}
		if err := r.UnmarshalParams(&note); err != nil {
			t.Error(err)
		}
		e.told <- note
	}})
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func (e *editor) tell(t *testing.T, method string, params any) {
	t.Helper()
	if err := e.Notify(t.Context(), method, params); err != nil {
		t.Fatal(err)
	}
}

func ask[T any](t *testing.T, e *editor, method string, params any) T {
	t.Helper()
	var out T
	if err := e.CallResult(t.Context(), method, params, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// wait returns what the server says next.
func (e *editor) wait(t *testing.T) told {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case n := <-e.told:
		return n
	case err := <-e.done:
		t.Fatalf("the server ended: %v", err)
	case <-ctx.Done():
		t.Fatal("the server says nothing")
	}
	return told{}
}

type object map[string]any

const volumes = `resource "aws_ebs_volume" "good" {
  availability_zone = "eu-west-1a"
  size              = 10
  encrypted         = true
}

resource "aws_ebs_volume" "bad" {
  availability_zone = "eu-west-1a"
  size              = 10
  /* 𝒱ålume */ encrypted = false
}
`

// An editor sees the failure on its line, reads why it matters, makes the edit, and sees it gone.
func TestLSP(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir()) // the server enters the workspace by itself; this puts the test back where it was
	file := filepath.Join(dir, "a b", "main.tf")
	uri := (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()
	save := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save(file, volumes)
	e := newEditor(t)

	got := ask[struct{ Capabilities struct{ HoverProvider bool } }](t, e, "initialize", object{"rootUri": "file://" + dir, "processId": nil, "capabilities": object{}})
	if !got.Capabilities.HoverProvider {
		t.Errorf("capabilities: %+v", got)
	}
	e.tell(t, "initialized", object{})
	e.tell(t, "textDocument/didOpen", object{"textDocument": object{"uri": uri, "languageId": "terraform", "version": 1, "text": volumes}})

	first := e.wait(t)
	if first.URI != uri || len(first.Diagnostics) != 1 {
		t.Fatalf("diagnostics: %+v", first)
	}
	d := first.Diagnostics[0]
	const line, column = 9, 16 // 𝒱 is two code units
	if d.Code != "enc.at_rest" || d.Severity != 1 || d.Range.Start != (place{line, column}) || !strings.Contains(d.Message, "not encrypted") {
		t.Errorf("diagnostic: %+v", d)
	}

	at := object{"textDocument": object{"uri": uri}, "position": place{line, column + 2}, "range": d.Range}
	text := ask[struct{ Contents struct{ Value string } }](t, e, "textDocument/hover", at).Contents.Value
	for _, want := range []string{"`enc.at_rest`", "45 CFR 164.312(a)(2)(iv)", "What to do"} {
		if !strings.Contains(text, want) {
			t.Errorf("hover does not say %q:\n%s", want, text)
		}
	}
	nowhere := object{"textDocument": object{"uri": uri}, "position": place{0, 0}}
	if none := ask[json.RawMessage](t, e, "textDocument/hover", nowhere); string(none) != "null" {
		t.Errorf("hover where nothing fails: %s", none)
	}

	type action struct {
		Title string
		Edit  struct{ Changes map[string][]edit }
	}
	actions := ask[[]action](t, e, "textDocument/codeAction", at)
	if len(actions) != 1 || len(actions[0].Edit.Changes[uri]) != 1 || !strings.Contains(actions[0].Title, "may replace the resource") {
		t.Fatalf("actions: %+v", actions)
	}
	fixed := apply(t, volumes, actions[0].Edit.Changes[uri][0])
	if want := strings.Replace(volumes, "encrypted = false", "encrypted = true", 1); !cmp.Equal(want, fixed) {
		t.Errorf("the edit (-want +got):\n%s", cmp.Diff(want, fixed))
	}

	// What was typed since the scan is not edited.
	e.tell(t, "textDocument/didChange", object{"textDocument": object{"uri": uri}, "contentChanges": []object{{"text": "# typed\n" + volumes}}})
	if late := ask[[]action](t, e, "textDocument/codeAction", at); len(late) != 0 {
		t.Errorf("an edit of another text is offered: %+v", late)
	}

	save(file, fixed)
	e.tell(t, "textDocument/didChange", object{"textDocument": object{"uri": uri}, "contentChanges": []object{{"text": fixed}}})
	e.tell(t, "textDocument/didSave", object{"textDocument": object{"uri": uri}})
	if after := e.wait(t); after.URI != uri || after.Diagnostics == nil || len(after.Diagnostics) != 0 {
		t.Errorf("after the fix: %+v", after)
	}

	// A file that cannot be read in full is marked where it breaks off; settings that are wrong are said.
	save(file, "resource \"aws_ebs_volume\" {\n")
	e.tell(t, "textDocument/didSave", object{"textDocument": object{"uri": uri}})
	if broken := e.wait(t); len(broken.Diagnostics) == 0 || broken.Diagnostics[0].Code == "enc.at_rest" {
		t.Errorf("a file with a mistake: %+v", broken)
	}
	save(filepath.Join(dir, "assay.yaml"), "fail-on: high\n")
	e.tell(t, "textDocument/didSave", object{"textDocument": object{"uri": uri}})
	if note := e.wait(t); note.Method != "window/showMessage" || !strings.Contains(note.Message, "assay.yaml:1") {
		t.Errorf("wrong settings: %+v", note)
	}

	if answer := ask[json.RawMessage](t, e, "shutdown", nil); string(answer) != "null" {
		t.Errorf("shutdown: %s", answer)
	}
	e.tell(t, "exit", nil)
	if err := <-e.done; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

// An editor that vanishes is an error, so that its wrapper notices.
func TestLSPWithoutShutdown(t *testing.T) {
	e := newEditor(t)
	ask[json.RawMessage](t, e, "initialize", object{})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-e.done; err != lsp.ErrNoShutdown { //nolint:errorlint // exactly it
		t.Errorf("the server ended with %v", err)
	}
}

// apply makes an edit of whole lines, or of a part of one line.
func apply(t *testing.T, text string, e edit) string {
	t.Helper()
	offset := func(p place) int {
		lines := strings.SplitAfter(text, "\n")
		n := len(strings.Join(lines[:p.Line], ""))
		return n + p.Character
	}
	if e.Range.Start.Character != 0 {
		t.Fatalf("the edit begins inside of a line: %+v", e)
	}
	return text[:offset(e.Range.Start)] + e.NewText + text[offset(e.Range.End):]
}
