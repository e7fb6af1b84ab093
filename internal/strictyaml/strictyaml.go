// Package strictyaml decodes the YAML that people write by hand (assay.yaml, waivers, frameworks) into Go structs,
// and refuses whatever it does not understand.
//
// An audit tool must not read past a misspelt key: a waiver whose expiry is written `expire` would never end. So an unknown key, a
// duplicate key, a value of the wrong type, an empty value and a second document are all errors. Every error names file, line,
// column and path, says which keys or values are allowed and which of them is nearest to what was written, and all errors of a
// file are reported together, so that one edit can fix them all.
//
// # Struct tags
//
//   - `yaml:"name"` names the key; without it the key is the field's name in lower case; `yaml:"-"` hides the field. Options after
//     a comma, such as omitempty, are for encoders and have no effect here.
//   - `assay:"required"` makes a key compulsory and its value non-empty.
//   - An exported field of type [Pos] is no key: it receives the position of the mapping that the struct was read from.
//
// # Types
//
// Structs, pointers, slices, maps with string keys, strings, booleans, integers, floats, [Date], any type that implements
// [encoding.TextUnmarshaler], and any (string, bool, int64, float64, []any, map[string]any). A string type that implements
// [Enum] accepts only its values. Numbers and dates are accepted where text is wanted and keep their spelling (an account number
// with a leading zero stays as it was written); true, false and null are not, because YAML users write them by accident.
//
// # Bounds
//
// The input may be hostile: its size, nesting depth, number of errors and expansion of aliases are limited.
package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// DefaultMaxBytes is the size limit of a file when [Options] names none: 4 MiB.
const DefaultMaxBytes = 4 << 20

const (
	// maxDepth bounds nesting; hand-written configuration is a handful of levels deep.
	maxDepth = 64
	// maxAliasNodes bounds how many nodes are visited through aliases, so that a "billion laughs" file stops early.
	maxAliasNodes = 10_000
	// maxErrors bounds the report of a file that is not at all what was expected.
	maxErrors = 100
)

// Options adjusts Decode. The zero value is ready to use.
type Options struct {
	// MaxBytes is the largest accepted input in bytes; 0 means DefaultMaxBytes.
	MaxBytes int
}

// Enum is implemented by string types with a fixed set of values.
type Enum interface {
	// Values lists the accepted values in the order in which an error message should show them.
	Values() []string
}

// Pos is a place in a file. A struct that wants to know where it was written has an exported field of this type.
type Pos struct {
	// Line counts from 1; 0 when unknown.
	Line int
	// Column counts from 1, in characters; 0 when unknown.
	Column int
}

// Error is one fault in a file.
type Error struct {
	// File is the name that was given to Decode.
	File string
	// Line and Column count from 1; 0 when unknown (for example, a file that is too large).
	Line, Column int
	// Path leads to the value from the root, such as waivers[2].expires; empty for the root and for syntax errors.
	Path string
	// Message says what is wrong, in lower case.
	Message string
	// Hint says what to do; empty when the message says it all.
	Hint string
}

// Error formats the fault as file:line:column: path: message (hint), leaving out what is unknown.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
		if e.Column > 0 {
			fmt.Fprintf(&b, ":%d", e.Column)
		}
	}
	b.WriteString(": ")
	if e.Path != "" {
		b.WriteString(e.Path + ": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Errors lists every *Error in err, which may be joined or wrapped, in the order in which they were found.
func Errors(err error) []*Error {
	if one, ok := err.(*Error); ok { //nolint:errorlint // the tree is walked by hand, so that every leaf is found
		return []*Error{one}
	}
	var out []*Error
	switch wrapped := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() []error }:
		for _, inner := range wrapped.Unwrap() {
			out = append(out, Errors(inner)...)
		}
	case interface{ Unwrap() error }:
		out = Errors(wrapped.Unwrap())
	}
	return out
}

// Decode reads one YAML document. The file name serves for messages only. The error, when not nil, joins every *Error found, in
// file order as far as they were met; the value then holds what could be decoded and must not be used for anything but diagnostics.
// An empty document is an empty mapping: it is an error only where T has required keys.
func Decode[T any](file string, data []byte, opts Options) (T, error) {
	var out T
	root, problem := parse(file, data, opts)
	if problem != nil {
		return out, problem
	}
	d := &decoder{file: file, plans: map[reflect.Type]*plan{}, expanding: map[*yaml.Node]bool{}}
	d.value(root, nil, reflect.ValueOf(&out).Elem())
	return out, d.err()
}

// parse checks the input as a whole and returns the root node of its only document.
func parse(file string, data []byte, opts Options) (*yaml.Node, error) {
	limit := opts.MaxBytes
	if limit == 0 {
		limit = DefaultMaxBytes
	}
	if len(data) > limit {
		return nil, &Error{File: file, Message: fmt.Sprintf("file has %d bytes, more than the limit of %d", len(data), limit)}
	}
	if problem := checkCharacters(file, data); problem != nil {
		return nil, problem
	}
	var first, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	switch err := next(decoder, &first); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}, nil
	case err != nil:
		return nil, syntaxError(file, data, err)
	}
	switch err := next(decoder, &second); {
	case errors.Is(err, io.EOF):
		return emptyAsMapping(first.Content[0]), nil
	case err != nil:
		return nil, syntaxError(file, data, err)
	}
	return nil, &Error{
		File: file, Line: second.Line, Column: second.Column, Message: "a second document begins here",
		Hint: "a file holds one document: remove the --- line",
	}
}

// emptyAsMapping turns the null that stands for a document of comments only into an empty mapping.
func emptyAsMapping(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" && n.Value == "" {
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}
	}
	return n
}

// next reads one document. The YAML library has panicked on malformed input in the past; a panic there is a syntax error here.
func next(decoder *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the YAML parser gave up: %v", r)
		}
	}()
	return decoder.Decode(into)
}

// checkCharacters refuses what is not text, with its place, which the YAML library does not give.
func checkCharacters(file string, data []byte) error {
	line, lineStart := 1, 0
	for i := 0; i < len(data); {
		c := data[i]
		if c < utf8.RuneSelf {
			switch {
			case c == '\n':
				line, lineStart = line+1, i+1
			case c < ' ' && c != '\t' && c != '\r' || c == 0x7f:
				return &Error{
					File: file, Line: line, Column: utf8.RuneCount(data[lineStart:i]) + 1,
					Message: fmt.Sprintf("control character 0x%02x", c), Hint: "the file must be text",
				}
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return &Error{
				File: file, Line: line, Column: utf8.RuneCount(data[lineStart:i]) + 1,
				Message: "not valid UTF-8", Hint: "save the file as UTF-8",
			}
		}
		i += size
	}
	return nil
}

// Patterns of the YAML library's messages; it has no typed errors.
var (
	messageWithLine = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)
	messageNoAnchor = regexp.MustCompile(`^yaml: unknown anchor '(.*)' referenced$`)
)

// syntaxError translates a message of the YAML library. The library's scanner counts lines from 1 and its parser from 0, and either
// omits the line when it counts to 0; the wording tells the two apart.
func syntaxError(file string, data []byte, err error) error {
	if line := conflictLine(data); line > 0 {
		return &Error{File: file, Line: line, Message: "an unresolved merge conflict begins here", Hint: "resolve it"}
	}
	text := err.Error()
	if m := messageNoAnchor.FindStringSubmatch(text); m != nil {
		before, _, _ := bytes.Cut(data, []byte("*"+m[1]))
		return &Error{
			File: file, Line: bytes.Count(before, []byte("\n")) + 1,
			Message: fmt.Sprintf("alias *%s has no anchor", m[1]), Hint: "quote the value if it is meant to begin with *",
		}
	}
	line, message := 1, strings.TrimPrefix(text, "yaml: ")
	if m := messageWithLine.FindStringSubmatch(text); m != nil {
		message = m[2]
		if n, convErr := strconv.Atoi(m[1]); convErr == nil {
			line = n
		}
		if fromParser(message) {
			line++
		}
	}
	return &Error{File: file, Line: min(line, bytes.Count(data, []byte("\n"))+1), Message: "not valid YAML: " + message}
}

// conflictLine is the line in which a merge conflict begins that nobody has resolved; 0 where there is none.
func conflictLine(data []byte) int {
	n := 0
	for line := range bytes.Lines(data) {
		n++
		if bytes.HasPrefix(line, []byte("<<<<<<< ")) {
			return n
		}
	}
	return 0
}

// fromParser reports whether the library's parser, rather than its scanner, gives this message.
func fromParser(message string) bool {
	for _, what := range []string{"key", "node content", "'-' indicator", "',' or", "<"} {
		if strings.HasPrefix(message, "did not find expected "+what) {
			return true
		}
	}
	return false
}
