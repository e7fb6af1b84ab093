package tffunc

import (
	"errors"
	"fmt"
	"strings"

	ctyyaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"go.yaml.in/yaml/v3"
)

const (
	// maxDepth bounds the nesting of a document; the decoders recurse.
	maxDepth = 500

	// maxYAMLBytes is smaller than MaxBytes because the YAML scanner is quadratic for some inputs.
	maxYAMLBytes = 1 << 20
)

func encodingFunctions() map[string]entry {
	return map[string]entry{
		"csvdecode":  {fn: stdlib.CSVDecodeFunc, check: checkCSV},
		"jsondecode": {fn: stdlib.JSONDecodeFunc, check: checkJSON},
		"jsonencode": {fn: stdlib.JSONEncodeFunc},
		"yamldecode": {fn: ctyyaml.YAMLDecodeFunc, check: checkYAML},
		"yamlencode": {fn: ctyyaml.YAMLEncodeFunc},
	}
}

func checkCSV(args []cty.Value) error {
	s, ok := text(args[0])
	if ok && strings.Count(s, ",")+strings.Count(s, "\n") > MaxElements {
		return limitf("the CSV text has more than %d cells", MaxElements)
	}

	return nil
}

// checkJSON bounds nesting, elements and the length of numbers without decoding. It assumes nothing about
// whether the text is valid.
func checkJSON(args []cty.Value) error {
	s, ok := text(args[0])
	if !ok {
		return nil
	}

	depth, elements, digits := 0, 0, 0

	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			i = endOfJSONString(s, i)
		case '[', '{':
			depth++
			elements++
		case ']', '}':
			depth--
		case ',':
			elements++
		}

		if i < len(s) && strings.IndexByte("0123456789.+-eE", s[i]) >= 0 {
			digits++
		} else {
			digits = 0
		}

		if depth > maxDepth || elements > MaxElements || digits > maxNumberText {
			return limitf("the JSON text has more than %d levels, %d elements or %d digits in a number",
				maxDepth, MaxElements, maxNumberText)
		}
	}

	return nil
}

// endOfJSONString returns the index of the quote that closes the string opened at start, or the end of s.
func endOfJSONString(s string, start int) int {
	for i := start + 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}

	return len(s)
}

// checkYAML parses the text into nodes, in which aliases are not expanded, and counts what they would expand to.
func checkYAML(args []cty.Value) error {
	s, ok := text(args[0])
	if !ok {
		return nil
	}

	if len(s) > maxYAMLBytes {
		return limitf("the YAML text is longer than %d bytes", maxYAMLBytes)
	}

	if digits := longestDigits(s); digits > maxNumberText {
		return limitf("the YAML text has a number of %d digits", digits)
	}

	var document yaml.Node
	if err := yaml.Unmarshal([]byte(s), &document); err != nil {
		return fmt.Errorf("invalid YAML: %w", err)
	}

	counter := yamlCounter{}

	elements, err := counter.count(&document, 0)
	if err != nil {
		return err
	}

	if elements > MaxElements {
		return limitf("the YAML text has more than %d elements", MaxElements)
	}

	return nil
}

// longestDigits returns the length of the longest sequence of digits, among them the underscores of YAML.
func longestDigits(s string) int {
	longest, current := 0, 0

	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' || c == '_' || c == '.' {
			current++
			longest = max(longest, current)
		} else {
			current = 0
		}
	}

	return longest
}

// yamlCounter holds the expanded size of every anchored node; zero while the node is being counted.
type yamlCounter map[*yaml.Node]int

func (c yamlCounter) count(node *yaml.Node, depth int) (int, error) {
	if depth > maxDepth {
		return 0, limitf("the YAML text has more than %d levels", maxDepth)
	}

	if n, seen := c[node]; seen {
		if n == 0 {
			return 0, errors.New("invalid YAML: an anchor refers to itself")
		}

		return n, nil
	}

	if node.Anchor != "" {
		c[node] = 0
	}

	total := 1

	children := node.Content
	if node.Alias != nil {
		children = []*yaml.Node{node.Alias}
	}

	for _, child := range children {
		n, err := c.count(child, depth+1)
		if err != nil {
			return 0, err
		}

		// Saturates, so that doubling does not overflow.
		total = min(total+n, MaxElements+1)
	}

	if node.Anchor != "" {
		c[node] = total
	}

	return total, nil
}
