package iampolicy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// Document is an IAM policy: of an identity, of a resource, or the trust policy of a role.
type Document struct {
	// Version is "2012-10-17" or "2008-10-17"; empty if absent or not known. AWS reads an absent one as the latter.
	Version string
	// ID is the optional Id element.
	ID string
	// Statements are the known statements, in order.
	Statements []Statement
	// Unknown is set where the document may have statements that are not known. A document of which nothing is known is
	// Document{Unknown: true}.
	Unknown bool
}

// Effect says what a statement does. The zero Effect is [EffectUnknown].
type Effect uint8

// The effects of a statement.
const (
	EffectUnknown Effect = iota // not known yet
	Allow
	Deny
)

// String is "Allow", "Deny" or "unknown".
func (e Effect) String() string {
	switch e {
	case Allow:
		return "Allow"
	case Deny:
		return "Deny"
	default:
		return "unknown"
	}
}

// is compares the effect of a statement, which may not be known.
func (e Effect) is(want Effect) tri.Value {
	if e == EffectUnknown {
		return tri.Unknown
	}
	return tri.Of(e == want)
}

// Statement is one permission or prohibition.
type Statement struct {
	// SID is the optional name of the statement.
	SID    string
	Effect Effect
	// Action is the element Action or NotAction.
	Action Patterns
	// Resource is the element Resource or NotResource; absent in a trust policy.
	Resource Patterns
	// Principal is the element Principal or NotPrincipal; absent in a policy of an identity.
	Principal Principals
	// Conditions must all hold for the statement to apply. They are in the order of the source.
	Conditions []Condition
	// MoreConditions is set where there may be conditions that are not known.
	MoreConditions bool
}

// Patterns is an element that lists wildcard patterns, or its negated twin: Action and NotAction, Resource and NotResource.
// The zero Patterns is an absent element.
type Patterns struct {
	// Present is set if the element is there.
	Present bool
	// Not is set for NotAction and NotResource: everything but the values.
	Not bool
	// Values are the known patterns. Actions compare without regard to case.
	Values []Str
	// More is set where there may be values that are not known.
	More bool
}

// Principals is the element Principal or NotPrincipal. The zero Principals is an absent element.
type Principals struct {
	// Present is set if the element is there.
	Present bool
	// Not is set for NotPrincipal: everybody but the values.
	Not bool
	// Values are the known principals.
	Values []Principal
	// More is set where there may be principals that are not known.
	More bool
}

// The types of a [Principal], as a policy writes them.
const (
	PrincipalAWS       = "AWS"           // account, user, role or session
	PrincipalService   = "Service"       // an AWS service
	PrincipalFederated = "Federated"     // an identity provider
	PrincipalCanonical = "CanonicalUser" // an account by its S3 canonical user id
	PrincipalEveryone  = "*"             // the short form "Principal": "*"
)

// Principal is one party that a statement of a resource or trust policy speaks of.
type Principal struct {
	// Type is one of the constants above.
	Type string
	// ID is an ARN, account id, service name or the like; "*" for everyone.
	ID Str
}

// FromNode builds a document from a tree in which parts may be unknown. The document never claims more than
// the tree knows: what is unknown sets Unknown, More or MoreConditions, or leaves a hole. Errors name the element.
func FromNode(root Node) (Document, error) {
	b := builder{}
	doc, err := b.document(root)
	if err != nil {
		return Document{}, fmt.Errorf("policy document: %w", err)
	}
	return doc, nil
}

// builder counts the strings of a document and their bytes.
type builder struct{ strings, bytes int }

// count adds a string and refuses it if the document gets larger than any policy of AWS.
func (b *builder) count(s Str) error {
	b.strings++
	b.bytes += s.size()
	if b.strings > maxStrings || b.bytes > maxTotal {
		return fmt.Errorf("the document has more than %d strings or %d bytes of them", maxStrings, maxTotal)
	}
	return nil
}

func (b *builder) document(root Node) (Document, error) {
	switch root.Kind {
	case NodeUnknown:
		return Document{Unknown: true}, nil
	case NodeObject:
	default:
		return Document{}, fmt.Errorf("it is %s, not an object", root.Kind.typeName())
	}
	doc := Document{Unknown: root.More}
	seen := false
	for _, m := range root.Members {
		name, known := m.Name.Known()
		if !known {
			doc.Unknown = true
			continue
		}
		var err error
		switch strings.ToLower(name) {
		case "version":
			doc.Version, err = version(m.Value)
		case "id":
			doc.ID, err = knownText(m.Value)
		case "statement":
			seen = true
			err = b.statements(&doc, m.Value)
		default:
			err = errors.New("no such element; there are Version, Id and Statement")
		}
		if err != nil {
			return Document{}, place(name, err)
		}
	}
	if !seen && !doc.Unknown {
		return Document{}, errors.New("element Statement is missing")
	}
	return doc, nil
}

// place puts the name of an element before an error of it, as a path.
func place(name string, err error) error {
	if inner, ok := errors.AsType[*placeError](err); ok {
		separator := "."
		if strings.HasPrefix(inner.path, "[") {
			separator = ""
		}
		return &placeError{path: name + separator + inner.path, err: inner.err}
	}
	return &placeError{path: name, err: err}
}

// placeError is an error of one element of a document.
type placeError struct {
	path string
	err  error
}

func (e *placeError) Error() string { return e.path + ": " + e.err.Error() }
func (e *placeError) Unwrap() error { return e.err }

func version(n Node) (string, error) {
	text, err := knownText(n)
	if err != nil || text == "" || text == "2012-10-17" || text == "2008-10-17" {
		return text, err
	}
	return "", fmt.Errorf(`%q is not a policy version; there are "2012-10-17" and "2008-10-17"`, shorten(text))
}

// knownText reads a string; empty if it is not known.
func knownText(n Node) (string, error) {
	switch n.Kind {
	case NodeUnknown, NodeNull:
		return "", nil
	case NodeString:
		text, _ := n.Text.Known()
		return text, checkText(n.Text)
	default:
		return "", fmt.Errorf("it is %s, not a string", n.Kind.typeName())
	}
}

func checkText(s Str) error {
	if n := s.size(); n > maxText {
		return fmt.Errorf("the string has %d bytes, more than %d", n, maxText)
	}
	return nil
}

func (b *builder) statements(doc *Document, n Node) error {
	switch n.Kind {
	case NodeUnknown:
		doc.Unknown = true
		return nil
	case NodeObject:
		n = List(n)
	case NodeList:
	default:
		return fmt.Errorf("it is %s, neither an object nor a list", n.Kind.typeName())
	}
	doc.Unknown = doc.Unknown || n.More
	for i, item := range n.Items {
		if item.Kind == NodeUnknown {
			doc.Unknown = true
			continue
		}
		s, err := b.statement(item)
		if err != nil {
			return place(fmt.Sprintf("[%d]", i), err)
		}
		doc.Statements = append(doc.Statements, s)
	}
	return nil
}

func (b *builder) statement(n Node) (Statement, error) {
	if n.Kind != NodeObject {
		return Statement{}, fmt.Errorf("it is %s, not an object", n.Kind.typeName())
	}
	var s Statement
	seen := map[string]bool{}
	unknownNames := n.More
	for _, m := range n.Members {
		name, known := m.Name.Known()
		if !known {
			unknownNames = true
			continue
		}
		element := strings.ToLower(name)
		if twin := strings.TrimPrefix(element, "not"); seen[element] || seen[twin] || seen["not"+twin] {
			return Statement{}, place(name, errors.New("the element is there twice, or beside its negated twin"))
		}
		seen[element] = true
		if err := b.element(&s, element, m.Value); err != nil {
			return Statement{}, place(name, err)
		}
	}
	if unknownNames {
		return s.withUnknownElements(), nil
	}
	if !seen["effect"] {
		return Statement{}, errors.New("element Effect is missing")
	}
	if !seen["action"] && !seen["notaction"] {
		return Statement{}, errors.New("element Action is missing")
	}
	return s, nil
}

// withUnknownElements marks what may yet be added by members whose names are not known.
func (s Statement) withUnknownElements() Statement {
	if !s.Action.Present {
		s.Action = Patterns{Present: true, More: true}
	}
	if !s.Resource.Present {
		s.Resource = Patterns{Present: true, More: true}
	}
	if !s.Principal.Present {
		s.Principal = Principals{Present: true, More: true}
	}
	s.MoreConditions = true
	return s
}

func (b *builder) element(s *Statement, name string, n Node) (err error) {
	switch name {
	case "sid":
		s.SID, err = knownText(n)
	case "effect":
		s.Effect, err = effect(n)
	case "action", "notaction":
		s.Action, err = b.patterns(n, name == "notaction")
	case "resource", "notresource":
		s.Resource, err = b.patterns(n, name == "notresource")
	case "principal", "notprincipal":
		s.Principal, err = b.principals(n, name == "notprincipal")
	case "condition":
		err = b.conditions(s, n)
	default:
		err = errors.New("no such element; there are Sid, Effect, Principal, Action, Resource, Condition and the " +
			"negated NotPrincipal, NotAction, NotResource")
	}
	return err
}

func effect(n Node) (Effect, error) {
	text, err := knownText(n)
	switch {
	case err != nil:
		return EffectUnknown, err
	case text == "Allow":
		return Allow, nil
	case text == "Deny":
		return Deny, nil
	}
	if _, known := n.Text.Known(); n.Kind == NodeUnknown || n.Kind == NodeString && !known {
		return EffectUnknown, nil
	}
	return EffectUnknown, fmt.Errorf("%q is not an effect; there are Allow and Deny", shorten(text))
}

func (b *builder) patterns(n Node, not bool) (Patterns, error) {
	values, more, err := b.texts(n, false)
	return Patterns{Present: true, Not: not, Values: values, More: more}, err
}

// texts reads a string or a list of strings; scalars lets booleans and numbers through, which conditions may have.
func (b *builder) texts(n Node, scalars bool) (values []Str, more bool, err error) {
	if n.Kind != NodeList {
		n = List(n)
	}
	more = n.More
	for i, item := range n.Items {
		switch {
		case item.Kind == NodeUnknown:
			item.Text = Hole()
		case item.Kind == NodeString, scalars && (item.Kind == NodeBool || item.Kind == NodeNumber):
		default:
			return nil, false, place(fmt.Sprintf("[%d]", i), fmt.Errorf("it is %s, not a string", item.Kind.typeName()))
		}
		if err := checkText(item.Text); err != nil {
			return nil, false, place(fmt.Sprintf("[%d]", i), err)
		}
		if err := b.count(item.Text); err != nil {
			return nil, false, err
		}
		values = append(values, item.Text)
	}
	// A value that is not known at all may be a list as well as a string.
	if len(n.Items) == 1 && n.Items[0].Kind == NodeUnknown {
		more = true
	}
	return values, more, nil
}

func (b *builder) principals(n Node, not bool) (Principals, error) {
	p := Principals{Present: true, Not: not}
	switch n.Kind {
	case NodeUnknown:
		p.More = true
		return p, nil
	case NodeString:
		text, known := n.Text.Known()
		switch {
		case !known:
			p.More = true
		case text == "*":
			p.Values = []Principal{{Type: PrincipalEveryone, ID: n.Text}}
		default:
			return p, fmt.Errorf(`%q is not "*"; any other principal stands in an object such as {"AWS": ...}`, shorten(text))
		}
		return p, nil
	case NodeObject:
	default:
		return p, fmt.Errorf(`it is %s, neither "*" nor an object`, n.Kind.typeName())
	}
	p.More = n.More
	for _, m := range n.Members {
		name, known := m.Name.Known()
		if !known {
			p.More = true
			continue
		}
		kind, err := principalType(name)
		if err != nil {
			return p, place(name, err)
		}
		ids, more, err := b.texts(m.Value, false)
		if err != nil {
			return p, place(name, err)
		}
		p.More = p.More || more
		for _, id := range ids {
			p.Values = append(p.Values, Principal{Type: kind, ID: id})
		}
	}
	return p, nil
}

func principalType(name string) (string, error) {
	for _, kind := range []string{PrincipalAWS, PrincipalService, PrincipalFederated, PrincipalCanonical, PrincipalEveryone} {
		if strings.EqualFold(name, kind) {
			return kind, nil
		}
	}
	return "", errors.New("no such type of principal; there are AWS, Service, Federated and CanonicalUser")
}

// shorten keeps quoted input in an error message short.
func shorten(text string) string {
	const limit = 60
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "..."
}
