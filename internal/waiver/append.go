package waiver

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	listItem  = regexp.MustCompile(`(?m)^( *)- `)
	emptyList = regexp.MustCompile(`(?m)^waivers:[ \t]*(\[[ \t]*\])?[ \t]*$`)
)

// Append adds a waiver at the end of a file and leaves the rest as it is, comments and order included. It fails where the file cannot be
// read, has the id already, or is written so that an entry cannot simply follow the others.
func Append(file string, data []byte, w Waiver) ([]byte, error) {
	before, err := Read(file, data)
	if err != nil {
		return nil, err
	}
	w.tidy()
	if i := slices.IndexFunc(before, func(old Waiver) bool { return old.ID == w.ID }); i >= 0 {
		return nil, fmt.Errorf("%s:%d: the id %s is used already", file, before[i].Pos.Line, w.ID)
	}
	indent := "  "
	out := append(bytes.TrimRight(data, " \t\r\n"), '\n')
	switch {
	case len(before) > 0:
		if m := listItem.FindSubmatch(data); m != nil {
			indent = string(m[1])
		}
	case emptyList.Match(data):
		out = append(bytes.TrimRight(emptyList.ReplaceAll(out, []byte("waivers:")), "\n"), '\n')
	default:
		out = append(bytes.TrimLeft(out, "\n"), "waivers:\n"...)
	}
	text, err := w.yaml()
	if err != nil {
		return nil, err
	}
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		lead := indent + "  "
		if i == 0 {
			lead = indent + "- "
		}
		out = append(out, lead+line+"\n"...)
	}
	after, err := Read(file, out)
	if err != nil || len(after) != len(before)+1 || !bytes.Equal(after[len(before)].Payload(), w.Payload()) {
		return nil, errors.Join(fmt.Errorf("%s: an entry cannot be added at the end of this file; write it by hand", file), err)
	}
	return out, nil
}

// yaml writes the fields that have a value, in the order of the file's documentation.
func (w *Waiver) yaml() (string, error) {
	var node yaml.Node
	node.Kind = yaml.MappingNode
	for _, f := range w.fields() {
		if f[1] == "" {
			continue
		}
		var value yaml.Node
		value.SetString(f[1])
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: f[0]}, &value)
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := errors.Join(enc.Encode(&node), enc.Close()); err != nil {
		return "", err
	}
	return b.String(), nil
}
