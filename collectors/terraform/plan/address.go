package plan

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// moduleStep is one step of a module's address.
type moduleStep struct {
	name string
	key  string // ["eu"] or [0] as written; "" without a key
}

// splitModules splits module.a["eu"].module.b.aws_s3_bucket.x into its module steps and the rest.
func splitModules(address string) (steps []moduleStep, rest string) {
	rest = address
	for strings.HasPrefix(rest, "module.") {
		after := rest[len("module."):]
		end := strings.IndexAny(after, ".[")
		if end < 0 {
			return append(steps, moduleStep{name: after}), ""
		}
		step := moduleStep{name: after[:end]}
		after = after[end:]
		step.key, after = splitKey(after)
		steps = append(steps, step)
		rest = strings.TrimPrefix(after, ".")
		if rest == after {
			return steps, after
		}
	}
	return steps, rest
}

// splitKey splits a leading [0] or ["eu"] off; the key is "" where there is none.
func splitKey(s string) (key, rest string) {
	if !strings.HasPrefix(s, "[") {
		return "", s
	}
	quoted := false
	for i := 1; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ']' && !quoted:
			return s[:i+1], s[i+1:]
		}
	}
	return "", s
}

// joinModules writes the steps as an address.
func joinModules(steps []moduleStep) string {
	parts := make([]string, len(steps))
	for i, s := range steps {
		parts[i] = "module." + s.name + s.key
	}
	return strings.Join(parts, ".")
}

// configPath is the path of the steps' module in the configuration.
func configPath(steps []moduleStep) string {
	parts := make([]string, len(steps))
	for i, s := range steps {
		parts[i] = s.name
	}
	return strings.Join(parts, ".")
}

// moduleOf is the module part of a resource's address.
func moduleOf(address string) string {
	steps, _ := splitModules(address)
	return joinModules(steps)
}

// localName is the resource's address in its module, without a key.
func localName(mode, typ, name string) string {
	if mode == "data" {
		return "data." + typ + "." + name
	}
	return typ + "." + name
}

// join puts a local address into a module.
func join(module, local string) string {
	if module == "" {
		return local
	}
	return module + "." + local
}

// keyOf returns an instance key as a value and as it is written in an address.
func keyOf(index any) (cty.Value, string) {
	switch k := index.(type) {
	case string:
		return cty.StringVal(k), "[" + quote(k) + "]"
	case json.Number:
		if n, err := k.Int64(); err == nil {
			return cty.NumberIntVal(n), "[" + strconv.FormatInt(n, 10) + "]"
		}
	}
	return cty.NilVal, ""
}

// quote writes a key as Terraform does.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
