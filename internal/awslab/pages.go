package awslab

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/smithy-go/encoding/cbor"
)

// Moto answers most lists whole, whatever size of page is asked for. So that a collector which forgets the second page is found out, the
// proxy makes pages of its own: it cuts the whole answer, and writes where it was cut into the token of the next page. Which members of
// an operation are its lists and its tokens, AWS's models say.

// paging is where an operation has its lists and tokens; names are those on the wire, with dots between levels.
type paging struct {
	input    string // the token's parameter
	location string // of the parameter: querystring, or "" for the body
	output   string // the token of the next page
	more     string // what says that there is a next page; "" where the token alone does
	results  []string
}

// paginatorFile is what is read of paginators-1.json. Some names are lists there; operations with several tokens are not cut.
type paginatorFile struct {
	Pagination map[string]struct {
		InputToken  any    `json:"input_token"`
		OutputToken any    `json:"output_token"`
		ResultKey   any    `json:"result_key"`
		MoreResults string `json:"more_results"`
	} `json:"pagination"`
}

// paging returns where an operation of a model has its pages; nil when it has none that can be cut.
func (p *paginatorFile) paging(model *modelFile, operation string) *paging {
	of := p.Pagination[operation]
	input, ok1 := of.InputToken.(string)
	output, ok2 := of.OutputToken.(string)
	if !ok1 || !ok2 || strings.ContainsAny(output, "|[ ") {
		return nil
	}
	var results []string
	switch keys := of.ResultKey.(type) {
	case string:
		results = []string{keys}
	case []any:
		for _, key := range keys {
			if name, ok := key.(string); ok {
				results = append(results, name)
			}
		}
	}
	into, from := model.Operations[operation].Input.Shape, model.Operations[operation].Output.Shape
	found := &paging{input: input, output: model.wire(from, output), more: model.wire(from, of.MoreResults)}
	member := model.Shapes[into].Members[input]
	found.location = member.Location
	if member.LocationName != "" && model.Metadata.Protocol != string(protocolEC2) {
		found.input = member.LocationName
	}
	for _, name := range results {
		found.results = append(found.results, model.wire(from, name))
	}
	return found
}

// wire returns a dotted name of members as it is written in answers.
func (m *modelFile) wire(shape, name string) string {
	if name == "" {
		return ""
	}
	var names []string
	for part := range strings.SplitSeq(name, ".") {
		member := m.Shapes[shape].Members[part]
		names = append(names, part)
		if member.LocationName != "" {
			names[len(names)-1] = member.LocationName
		}
		shape = member.Shape
	}
	return strings.Join(names, ".")
}

// ownToken begins the tokens that the proxy made: then come where to go on, and moto's own token.
const ownToken = "awslab-"

// page answers one page of a list.
func (p *Proxy) page(r *http.Request, call *request, size int) (*answer, error) {
	where, err := p.models.pagingOf(call)
	if err != nil {
		return nil, err
	}
	if where == nil {
		return p.ask(r, call)
	}
	token, err := swapToken(call, where, func(token string) string {
		_, moto := splitToken(token)
		return moto
	})
	if err != nil {
		return nil, err
	}
	offset, inner := splitToken(token)
	said, err := p.ask(r, call)
	if err != nil || said.status != http.StatusOK {
		return said, err
	}
	cut := &cutter{where: where, offset: offset, size: size, inner: inner}
	body := said.body
	switch call.protocol {
	case protocolCBOR:
		body, err = cut.cbor(body)
	case protocolJSON, protocolRESTJSON:
		body, err = cut.json(body)
	default:
		body, err = cut.xml(body, call.protocol == protocolQuery)
	}
	if err != nil {
		return nil, fmt.Errorf("make a page of %s: %w", call.action(), err)
	}
	return &answer{status: said.status, header: said.header, body: body}, nil
}

// splitToken returns where a page begins, and moto's own token.
func splitToken(token string) (int, string) {
	own, found := strings.CutPrefix(token, ownToken)
	if !found {
		return 0, token
	}
	digits, moto, _ := strings.Cut(own, "-")
	offset, err := strconv.Atoi(digits)
	if err != nil {
		return 0, token
	}
	return offset, moto
}

// swapToken replaces the token of a call, and returns what it was. An empty token is none.
func swapToken(call *request, where *paging, swap func(string) string) (string, error) {
	if where.location == "querystring" {
		query := call.url.Query()
		token := query.Get(where.input)
		setOrDelete(query, where.input, swap(token))
		address := *call.url
		address.RawQuery = query.Encode()
		call.url = &address
		return token, nil
	}
	switch call.protocol {
	case protocolEC2, protocolQuery:
		form, err := url.ParseQuery(string(call.body))
		if err != nil {
			return "", err
		}
		token := form.Get(where.input)
		setOrDelete(form, where.input, swap(token))
		call.body = []byte(form.Encode())
		return token, nil
	case protocolCBOR:
		decoded, err := cbor.Decode(call.body)
		if err != nil {
			return "", err
		}
		fields, ok := decoded.(cbor.Map)
		if !ok {
			return "", errors.New("the call is no map")
		}
		token, _ := fields[where.input].(cbor.String)
		delete(fields, where.input)
		if moto := swap(string(token)); moto != "" {
			fields[where.input] = cbor.String(moto)
		}
		call.body = cbor.Encode(fields)
		return string(token), nil
	default:
		return swapJSON(call, where, swap)
	}
}

// swapJSON is swapToken for a body in JSON, which may be empty.
func swapJSON(call *request, where *paging, swap func(string) string) (string, error) {
	if len(call.body) == 0 {
		return "", nil
	}
	fields := map[string]any{}
	if err := json.Unmarshal(call.body, &fields); err != nil {
		return "", err
	}
	token, _ := fields[where.input].(string)
	delete(fields, where.input)
	if moto := swap(token); moto != "" {
		fields[where.input] = moto
	}
	var err error
	call.body, err = json.Marshal(fields)
	return token, err
}

// setOrDelete sets a value, or deletes it when it is empty.
func setOrDelete(values url.Values, name, value string) {
	values.Del(name)
	if value != "" {
		values.Set(name, value)
	}
}

// cutter cuts a page out of a whole answer. Several lists are one after the other, as AWS pages them.
type cutter struct {
	where  *paging
	offset int    // of the first item that stays
	size   int    // how many stay
	seen   int    // items so far
	inner  string // the token that moto's answer was asked for with
}

// keeps counts an item and tells whether it stays.
func (c *cutter) keeps() bool {
	at := c.seen
	c.seen++
	return at >= c.offset && at < c.offset+c.size
}

// next returns the token of the next page; moto is the token that moto gave. "" is that there is none.
func (c *cutter) next(moto string) string {
	if c.seen > c.offset+c.size {
		return ownToken + strconv.Itoa(c.offset+c.size) + "-" + c.inner
	}
	return moto
}

// json cuts an answer in JSON.
func (c *cutter) json(body []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var all map[string]any
	if err := decoder.Decode(&all); err != nil {
		return nil, err
	}
	for _, result := range c.where.results {
		holder, name := inside(all, result)
		if items, ok := holder[name].([]any); ok {
			holder[name] = slices.DeleteFunc(items, func(any) bool { return !c.keeps() })
		}
	}
	holder, name := inside(all, c.where.output)
	moto, _ := holder[name].(string)
	delete(holder, name)
	if next := c.next(moto); next != "" && holder != nil {
		holder[name] = next
	}
	if holder, name := inside(all, c.where.more); holder != nil && name != "" {
		holder[name] = c.next(moto) != ""
	}
	return json.Marshal(all)
}

// inside follows a dotted name to the map that holds its last part.
func inside(all map[string]any, name string) (map[string]any, string) {
	parts := strings.Split(name, ".")
	for _, part := range parts[:len(parts)-1] {
		all, _ = all[part].(map[string]any)
	}
	return all, parts[len(parts)-1]
}

// cbor cuts an answer in CBOR. No service that speaks it has names of several levels.
func (c *cutter) cbor(body []byte) ([]byte, error) {
	decoded, err := cbor.Decode(body)
	if err != nil {
		return nil, err
	}
	all, ok := decoded.(cbor.Map)
	if !ok {
		return nil, errors.New("the answer is no map")
	}
	for _, result := range c.where.results {
		if items, ok := all[result].(cbor.List); ok {
			all[result] = slices.DeleteFunc(items, func(cbor.Value) bool { return !c.keeps() })
		}
	}
	moto, _ := all[c.where.output].(cbor.String)
	delete(all, c.where.output)
	if next := c.next(string(moto)); next != "" {
		all[c.where.output] = cbor.String(next)
	}
	return cbor.Encode(all), nil
}

// element is an element of XML and where it is in the text.
type element struct {
	name       string
	start, end int // of the whole
	inside     int // the end of what is inside, where the closing tag begins
	text       string
	children   []*element
}

// xml cuts an answer in XML, in the text, so that what stays is what moto wrote. In the query protocol the answer lies one level deeper.
func (c *cutter) xml(body []byte, wrapped bool) ([]byte, error) {
	root, err := parseXML(body)
	if err != nil {
		return nil, err
	}
	if wrapped && len(root.children) > 0 {
		root = root.children[0]
	}
	var drop []*element
	for _, result := range c.where.results {
		list := root.find(result)
		if list == nil {
			continue
		}
		for _, item := range list.children {
			if !c.keeps() {
				drop = append(drop, item)
			}
		}
	}
	holder, name := root, c.where.output
	if i := strings.LastIndex(name, "."); i >= 0 {
		holder, name = root.find(name[:i]), name[i+1:]
	}
	if holder == nil {
		return body, nil
	}
	moto := ""
	if token := holder.find(name); token != nil {
		moto, drop = token.text, append(drop, token)
	}
	next := c.next(moto)
	var insert bytes.Buffer
	if next != "" {
		fmt.Fprintf(&insert, "<%s>", name)
		if err := xml.EscapeText(&insert, []byte(next)); err != nil {
			return nil, err
		}
		fmt.Fprintf(&insert, "</%s>", name)
	}
	if more := root.find(c.where.more); c.where.more != "" {
		if more != nil {
			drop = append(drop, more)
		}
		more := c.where.more[strings.LastIndex(c.where.more, ".")+1:]
		fmt.Fprintf(&insert, "<%s>%t</%s>", more, next != "", more)
	}
	slices.SortFunc(drop, func(a, b *element) int { return a.start - b.start })
	var page bytes.Buffer
	at := 0
	for _, e := range drop {
		page.Write(body[at:e.start])
		at = e.end
	}
	if holder.inside < at {
		return nil, fmt.Errorf("the token of %s lies before its list", name)
	}
	page.Write(body[at:holder.inside])
	page.Write(insert.Bytes())
	page.Write(body[holder.inside:])
	return page.Bytes(), nil
}

// find follows a dotted name; nil when there is no such element.
func (e *element) find(name string) *element {
	for part := range strings.SplitSeq(name, ".") {
		i := slices.IndexFunc(e.children, func(child *element) bool { return child.name == part })
		if i < 0 {
			return nil
		}
		e = e.children[i]
	}
	return e
}

// parseXML reads a text into its elements.
func parseXML(text []byte) (*element, error) {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	top := &element{}
	open := []*element{top}
	for {
		before := int(decoder.InputOffset())
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		last := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			child := &element{name: t.Name.Local, start: before}
			last.children = append(last.children, child)
			open = append(open, child)
		case xml.EndElement:
			last.inside, last.end = before, int(decoder.InputOffset())
			open = open[:len(open)-1]
		case xml.CharData:
			last.text += string(t)
		}
	}
	if len(top.children) == 0 {
		return nil, errors.New("the answer is empty")
	}
	return top.children[0], nil
}
