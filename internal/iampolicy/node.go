package iampolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Limits of what [Parse] and [FromNode] accept. The largest policy that AWS lets a customer store is a key policy of 32 KiB;
// its own managed policies go up to about 90 KiB (ReadOnlyAccess).
const (
	maxSize    = 1 << 20 // bytes of JSON
	maxDepth   = 16      // nested lists and objects
	maxText    = 2048    // bytes of one string, the longest ARN
	maxStrings = 10_000  // actions, resources, principals and condition values of one document
	maxTotal   = 1 << 18 // bytes of all these strings together
)

// NodeKind is the type of a [Node]. The zero NodeKind is [NodeUnknown].
type NodeKind uint8

// The kinds of nodes. All but the first are the types of JSON.
const (
	NodeUnknown NodeKind = iota // neither type nor value is known
	NodeNull
	NodeBool
	NodeNumber
	NodeString
	NodeList
	NodeObject
)

// Node is a value of a policy document before it is understood: JSON, in which any part may be unknown.
// A Terraform value and a JSON text are both read through it.
type Node struct {
	Kind NodeKind
	// Text is the value of a string, bool or number; a string may have unknown parts.
	Text Str
	// Items are the elements of a list.
	Items []Node
	// Members are the members of an object, in the order of the source.
	Members []Member
	// More is set where a list or object may have elements that are not known.
	More bool
}

// Member is one name and value of an object.
type Member struct {
	Name  Str
	Value Node
}

// String returns the node of a string.
func String(text Str) Node { return Node{Kind: NodeString, Text: text} }

// List returns the node of a list.
func List(items ...Node) Node { return Node{Kind: NodeList, Items: items} }

// Object returns the node of an object.
func Object(members ...Member) Node { return Node{Kind: NodeObject, Members: members} }

// typeName is how an error message calls a node of this kind.
func (k NodeKind) typeName() string {
	switch k {
	case NodeUnknown:
		return "an unknown value"
	case NodeNull:
		return "null"
	case NodeBool:
		return "a boolean"
	case NodeNumber:
		return "a number"
	case NodeString:
		return "a string"
	case NodeList:
		return "a list"
	default:
		return "an object"
	}
}

// Parse reads a policy document in JSON, as AWS stores it. Errors name the place: line and column of a JSON error,
// element such as Statement[2].Principal of others. A document that AWS would refuse is refused, except where
// that cannot change its meaning.
func Parse(source []byte) (Document, error) {
	node, err := parseJSON(source)
	if err != nil {
		return Document{}, err
	}
	return FromNode(node)
}

// parseJSON reads JSON into a tree. Unlike encoding/json it refuses repeated names, whose meaning nobody defines.
func parseJSON(source []byte) (Node, error) {
	if len(source) > maxSize {
		return Node{}, fmt.Errorf("policy document has %d bytes, more than the %d that are read", len(source), maxSize)
	}
	r := jsonReader{source: source, decoder: json.NewDecoder(bytes.NewReader(source))}
	r.decoder.UseNumber()
	node, err := r.value(0)
	if err != nil {
		return Node{}, r.locate(err)
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return Node{}, r.locate(errors.New("text after the end of the document"))
	}
	return node, nil
}

type jsonReader struct {
	source  []byte
	decoder *json.Decoder
}

// locate adds line and column (both from 1) of where reading stopped.
func (r *jsonReader) locate(err error) error {
	offset := int(r.decoder.InputOffset())
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = int(syntax.Offset)
	}
	if errors.Is(err, io.EOF) {
		err, offset = io.ErrUnexpectedEOF, len(r.source)
	}
	before := r.source[:min(max(offset, 0), len(r.source))]
	line := 1 + bytes.Count(before, []byte{'\n'})
	column := max(1, len(before)-(bytes.LastIndexByte(before, '\n')+1))
	return fmt.Errorf("policy document is not valid JSON: line %d, column %d: %w", line, column, err)
}

func (r *jsonReader) value(depth int) (Node, error) {
	t, err := r.decoder.Token()
	if err != nil {
		return Node{}, fmt.Errorf("%w", err)
	}
	switch t := t.(type) {
	case json.Delim:
		if depth >= maxDepth {
			return Node{}, fmt.Errorf("more than %d levels of nesting", maxDepth)
		}
		if t == '[' {
			return r.list(depth + 1)
		}
		return r.object(depth + 1)
	case string:
		return String(Literal(t)), nil
	case json.Number:
		return Node{Kind: NodeNumber, Text: Literal(t.String())}, nil
	case bool:
		return Node{Kind: NodeBool, Text: Literal(fmt.Sprint(t))}, nil
	default:
		return Node{Kind: NodeNull}, nil
	}
}

func (r *jsonReader) list(depth int) (Node, error) {
	list := Node{Kind: NodeList}
	for r.decoder.More() {
		item, err := r.value(depth)
		if err != nil {
			return Node{}, err
		}
		list.Items = append(list.Items, item)
	}
	return list, r.closing()
}

func (r *jsonReader) object(depth int) (Node, error) {
	object := Node{Kind: NodeObject}
	names := map[string]bool{}
	for r.decoder.More() {
		t, err := r.decoder.Token()
		if err != nil {
			return Node{}, fmt.Errorf("%w", err)
		}
		name, ok := t.(string)
		if !ok {
			return Node{}, errors.New("the name of a member is not a string")
		}
		if names[name] {
			return Node{}, fmt.Errorf("the name %q is repeated", name)
		}
		names[name] = true
		value, err := r.value(depth)
		if err != nil {
			return Node{}, err
		}
		object.Members = append(object.Members, Member{Name: Literal(name), Value: value})
	}
	return object, r.closing()
}

func (r *jsonReader) closing() error {
	if _, err := r.decoder.Token(); err != nil {
		return fmt.Errorf("%w", err)
	}
	return nil
}
