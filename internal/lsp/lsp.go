// Package lsp is a language server: an editor shows the failures of an audit on the lines that cause them, with the controls that they bear
// on, and makes the edits that are known.
//
// An audit reads files as they are saved, and looks at a configuration as a whole: so the server audits the workspace when it is opened
// and whenever a file is saved, and publishes diagnostics for every file. Between saves they stay as they are. Edits are offered only
// while a file holds what was scanned. The framing and dispatch of JSON-RPC are jrpc2's; the protocol's types are the few in this package.
package lsp

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"
	"github.com/creachadair/jrpc2/handler"

	"github.com/assay-audit/assay/internal/assess"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/guard"
)

// Options are what a server needs.
type Options struct {
	// Version is the program's, for the editor to show.
	Version string
	// Enter makes the workspace's folder the one that Audit reads; nil where it is so already. It is called once, with an absolute path.
	Enter func(dir string) error
	// Audit judges the workspace as it is saved. Files of the snapshot and of findings are relative to the folder.
	Audit func(ctx context.Context) (*assess.Assessment, *evidence.Snapshot, error)
}

// ErrNoShutdown is the error of an editor that ended the connection without saying so first.
var ErrNoShutdown = errors.New("the editor left without the request shutdown")

// Serve speaks the protocol until the editor leaves or the context ends.
func Serve(parent context.Context, in io.Reader, out io.WriteCloser, o Options) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	s := &server{options: o, wake: make(chan struct{}, 1), open: map[string]string{}, left: cancel}
	s.rpc = jrpc2.NewServer(s.methods(), &jrpc2.ServerOptions{
		AllowPush: true, Concurrency: 1, DisableBuiltin: true, NewContext: func() context.Context { return ctx },
	})
	s.rpc.Start(channel.LSP(in, out))
	audits, ended := make(chan error, 1), make(chan error, 1)
	go func() { audits <- guard.Go(func() error { return s.work(ctx) })() }()
	go func() { ended <- s.rpc.Wait() }()
	var err error
	select {
	case err = <-ended:
		cancel()
	case fault := <-audits:
		audits <- fault
	case <-ctx.Done(): // the editor has said exit; it may keep its end of the pipe open for as long as it likes
	}
	if err = errors.Join(err, <-audits, parent.Err()); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.down {
		return ErrNoShutdown
	}
	return nil
}

type server struct {
	options Options
	rpc     *jrpc2.Server
	wake    chan struct{} // asks for an audit; one that waits is enough
	left    func()

	mu        sync.Mutex
	down      bool              // shutdown was asked for
	root      string            // the workspace's folder, absolute
	open      map[string]string // text of open documents, by URI
	published map[string]bool   // URIs with diagnostics
	result    *result           // of the last audit; nil before
}

func (s *server) methods() handler.Map {
	return handler.Map{
		"initialize":              handler.New(s.initialize),
		"initialized":             s.audit,
		"shutdown":                s.shutdown,
		"exit":                    s.exit,
		"textDocument/didOpen":    handler.New(s.didOpen),
		"textDocument/didChange":  handler.New(s.didChange),
		"textDocument/didSave":    s.audit,
		"textDocument/didClose":   handler.New(s.didClose),
		"textDocument/hover":      handler.New(s.hover),
		"textDocument/codeAction": handler.New(s.codeAction),
	}
}

func (s *server) initialize(_ context.Context, p *initializeParams) (*initializeResult, error) {
	uri := p.RootURI
	if len(p.WorkspaceFolders) > 0 {
		uri = p.WorkspaceFolders[0].URI
	}
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	if uri != "" {
		if root, err = pathOf(uri); err != nil {
			return nil, err
		}
		if s.options.Enter != nil {
			if err := s.options.Enter(root); err != nil {
				return nil, err
			}
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.root = root
	return &initializeResult{
		ServerInfo: serverInfo{Name: "assay", Version: s.options.Version},
		Capabilities: capabilities{
			TextDocumentSync: syncOptions{OpenClose: true, Change: syncFull, Save: true}, HoverProvider: true,
			CodeActionProvider: codeActionOptions{Kinds: []string{quickFix}},
		},
	}, nil
}

func (s *server) shutdown(context.Context, *jrpc2.Request) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
	return nil, nil //nolint:nilnil // the protocol's answer is null
}

func (s *server) didOpen(_ context.Context, p *didOpenParams) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[p.TextDocument.URI] = p.TextDocument.Text
	return nil
}

func (s *server) didChange(_ context.Context, p *didChangeParams) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(p.ContentChanges); n > 0 {
		s.open[p.TextDocument.URI] = p.ContentChanges[n-1].Text
	}
	return nil
}

func (s *server) didClose(_ context.Context, p *documentParams) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, p.TextDocument.URI)
	return nil
}

func (s *server) exit(context.Context, *jrpc2.Request) (any, error) {
	s.left()
	return nil, nil //nolint:nilnil // a notification has no answer
}

// audit asks for an audit. While one runs, any number of requests make one more.
func (s *server) audit(context.Context, *jrpc2.Request) (any, error) {
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return nil, nil //nolint:nilnil // a notification has no answer
}

// work audits whenever it is asked to, one audit at a time.
func (s *server) work(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		}
		a, snap, err := s.options.Audit(ctx)
		switch {
		case ctx.Err() != nil: // the editor has left: nobody wants to know
		case err != nil:
			// What was found before stays: it is better than nothing, and the message says that it is old.
			s.notify(ctx, "window/showMessage", messageParams{Type: severityError, Message: "Assay could not audit the workspace: " + err.Error()})
		default:
			s.publish(ctx, newResult(s.root, a, snap))
		}
	}
}

// publish sends the diagnostics of every file, and an empty list for each that has none any more.
func (s *server) publish(ctx context.Context, r *result) {
	s.mu.Lock()
	s.result = r
	before := s.published
	s.published = map[string]bool{}
	for uri := range r.files {
		s.published[uri] = true
	}
	s.mu.Unlock()
	for _, uri := range slices.Sorted(maps.Keys(r.files)) {
		list := make([]diagnostic, 0, len(r.files[uri]))
		for _, m := range r.files[uri] {
			list = append(list, m.diagnostic)
		}
		s.notify(ctx, "textDocument/publishDiagnostics", publishParams{URI: uri, Diagnostics: list})
	}
	for _, uri := range slices.Sorted(maps.Keys(before)) {
		if len(r.files[uri]) == 0 {
			s.notify(ctx, "textDocument/publishDiagnostics", publishParams{URI: uri, Diagnostics: []diagnostic{}})
		}
	}
}

// notify tells the editor something. That it cannot be told is for Wait to find out: the connection is gone.
func (s *server) notify(ctx context.Context, method string, params any) {
	_ = s.rpc.Notify(ctx, method, params)
}

// hover explains the failures at the place: why they matter, to which controls, and what to do.
func (s *server) hover(_ context.Context, p *hoverParams) (*hover, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	marks := s.result.at(p.TextDocument.URI, textRange{p.Position, p.Position})
	if len(marks) == 0 {
		return nil, nil //nolint:nilnil // the protocol's answer is null
	}
	return &hover{Contents: markup{Kind: "markdown", Value: s.result.explain(marks)}, Range: marks[0].diagnostic.Range}, nil
}

// codeAction offers the known edits of the failures in the range, where their files still hold what was scanned.
func (s *server) codeAction(_ context.Context, p *codeActionParams) ([]codeAction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	actions := []codeAction{}
	for _, m := range s.result.at(p.TextDocument.URI, p.Range) {
		if m.finding == nil || m.finding.Fix == nil {
			continue
		}
		fix := m.finding.Fix
		changes, ok := s.changes(fix.Edits)
		if !ok {
			continue
		}
		actions = append(actions, codeAction{
			Title: m.finding.Check + ": " + fix.Description, Kind: quickFix, Diagnostics: []diagnostic{m.diagnostic}, IsPreferred: !fix.Replaces && !fix.Partial,
			Edit: workspaceEdit{Changes: changes},
		})
	}
	return actions, nil
}

// text is what a file holds now: in the editor where it is open there, else on disk.
func (s *server) text(uri string) (string, bool) {
	if text, ok := s.open[uri]; ok {
		return text, true
	}
	path, err := pathOf(uri)
	if err != nil {
		return "", false
	}
	data, err := os.ReadFile(filepath.Clean(path))
	return string(data), err == nil
}
