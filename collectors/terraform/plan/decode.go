package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// document is a plan in JSON that is being read, member by member.
type document struct {
	dec *json.Decoder

	formatVersion, terraformVersion string
	variables                       map[string]any
	changes                         []change
	managed                         []stateResource // resources of a state that is read for itself
	data                            []stateResource // data sources that were read before or while planning
	config                          *configuration
	sensitive                       []string
	warnings                        []string
	incomplete                      []string
	seen                            map[string]bool // top-level members
}

func newDocument(r io.Reader) *document {
	dec := json.NewDecoder(r)
	dec.UseNumber()
	return &document{dec: dec, seen: map[string]bool{}}
}

// change is one element of resource_changes, as far as it is needed.
type change struct {
	Address         string `json:"address"`
	PreviousAddress string `json:"previous_address"`
	ModuleAddress   string `json:"module_address"`
	Mode            string `json:"mode"`
	Type            string `json:"type"`
	Name            string `json:"name"`
	Index           any    `json:"index"`
	ProviderName    string `json:"provider_name"`
	Deposed         string `json:"deposed"`
	Change          struct {
		Actions         []string        `json:"actions"`
		Before          json.RawMessage `json:"before"`
		After           json.RawMessage `json:"after"`
		AfterUnknown    json.RawMessage `json:"after_unknown"`
		BeforeSensitive json.RawMessage `json:"before_sensitive"`
		AfterSensitive  json.RawMessage `json:"after_sensitive"`
	} `json:"change"`
}

// stateResource is a resource of prior_state.
type stateResource struct {
	Address         string          `json:"address"`
	Mode            string          `json:"mode"`
	Type            string          `json:"type"`
	Name            string          `json:"name"`
	Index           any             `json:"index"`
	ProviderName    string          `json:"provider_name"`
	Values          json.RawMessage `json:"values"`
	SensitiveValues json.RawMessage `json:"sensitive_values"`
}

// read reads the whole document.
func (d *document) read() error {
	if err := d.object(d.member); err != nil {
		return d.explain(err)
	}
	switch {
	case d.seen["serial"] || d.seen["lineage"]:
		return notPlan("it is a Terraform state file; what terraform show -json prints of it can be read")
	case d.formatVersion == "":
		return notPlan("it has no format_version")
	case !d.isState() && !d.seen["planned_values"] && !d.seen["resource_changes"]:
		return notPlan("it has neither planned_values nor resource_changes")
	}
	if _, err := d.dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("the plan is followed by something else at byte %d; give a file that holds one plan", d.dec.InputOffset())
	}
	return nil
}

// isState reports whether the document is a state: what terraform show -json prints without a plan.
func (d *document) isState() bool {
	return d.seen["values"] && !d.seen["planned_values"] && !d.seen["resource_changes"]
}

// explain adds the place to an error of the JSON decoder.
func (d *document) explain(err error) error {
	syntax, invalid := errors.AsType[*json.SyntaxError](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return fmt.Errorf("the JSON ends too early, in what begins at byte %d: the file is truncated; make it again: %s", d.dec.InputOffset(), Convert)
	case invalid:
		return fmt.Errorf("the JSON is not valid, in what begins at byte %d: %s; make the file again: %s", d.dec.InputOffset(), syntax.Error(), Convert)
	}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return notPlan(fmt.Sprintf("in what begins at byte %d, %q is a JSON %s", d.dec.InputOffset(), clip(mismatch.Field), mismatch.Value))
	}
	return err
}

// member reads one top-level member.
func (d *document) member(key string) error {
	d.seen[key] = true
	switch key {
	case "format_version":
		if err := d.dec.Decode(&d.formatVersion); err != nil {
			return err
		}
		warning, err := checkVersion(d.formatVersion)
		if warning != "" {
			d.warnings = append(d.warnings, warning)
		}
		return err
	case "terraform_version":
		return d.dec.Decode(&d.terraformVersion)
	case "variables":
		return d.readVariables()
	case "resource_changes":
		return d.array(d.readChange)
	case "deferred_changes":
		return d.array(d.readDeferred)
	case "output_changes":
		return d.object(d.readOutputChange)
	case "prior_state":
		return d.object(d.readState)
	case "values":
		return d.readValues()
	case "configuration":
		var raw any
		if err := d.dec.Decode(&raw); err != nil {
			return err
		}
		d.config = newConfiguration(raw)
		return nil
	case "complete", "errored":
		return d.readFlag(key)
	}
	return d.skip()
}

// object reads a JSON object and calls take for every member, which must read its value. null is an empty object.
func (d *document) object(take func(key string) error) error { return d.container('{', "object", take) }

// array reads a JSON array and calls take for every element, which must read it. null is an empty array.
func (d *document) array(take func() error) error {
	return d.container('[', "array", func(string) error { return take() })
}

func (d *document) container(open json.Delim, what string, take func(key string) error) error {
	start := d.dec.InputOffset()
	tok, err := d.dec.Token()
	if err != nil || tok == nil {
		return err
	}
	if tok != open {
		return notPlan(fmt.Sprintf("a JSON %s is expected at byte %d", what, start))
	}
	for d.dec.More() {
		key := ""
		if open == '{' {
			tok, err := d.dec.Token()
			if err != nil {
				return err
			}
			key, _ = tok.(string)
		}
		if err := take(key); err != nil {
			return err
		}
	}
	_, err = d.dec.Token()
	return err
}

// skip reads over a value without keeping it.
func (d *document) skip() error {
	depth := 0
	for {
		tok, err := d.dec.Token()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}

func (d *document) readVariables() error {
	d.variables = map[string]any{}
	return d.object(func(name string) error {
		var v struct {
			Value any `json:"value"`
		}
		if err := d.dec.Decode(&v); err != nil {
			return err
		}
		d.variables[name] = v.Value
		return nil
	})
}

func (d *document) readChange() error {
	var c change
	if err := d.dec.Decode(&c); err != nil {
		return err
	}
	d.noteSensitive(c.Change.Before, c.Change.BeforeSensitive)
	d.noteSensitive(c.Change.After, c.Change.AfterSensitive)
	if c.Change.After != nil && string(c.Change.After) != "null" {
		c.Change.Before, c.Change.BeforeSensitive = nil, nil // only what goes away is still asked what it was
	}
	d.changes = append(d.changes, c)
	return nil
}

func (d *document) readDeferred() error {
	var deferred struct {
		Reason         string `json:"reason"`
		ResourceChange struct {
			Address string `json:"address"`
		} `json:"resource_change"`
	}
	if err := d.dec.Decode(&deferred); err != nil {
		return err
	}
	d.incomplete = append(d.incomplete, fmt.Sprintf("%s is deferred (%s)", deferred.ResourceChange.Address, deferred.Reason))
	return nil
}

func (d *document) readOutputChange(string) error {
	var c struct {
		Before          json.RawMessage `json:"before"`
		After           json.RawMessage `json:"after"`
		BeforeSensitive json.RawMessage `json:"before_sensitive"`
		AfterSensitive  json.RawMessage `json:"after_sensitive"`
	}
	if err := d.dec.Decode(&c); err != nil {
		return err
	}
	d.noteSensitive(c.Before, c.BeforeSensitive)
	d.noteSensitive(c.After, c.AfterSensitive)
	return nil
}

func (d *document) readFlag(key string) error {
	var flag *bool
	if err := d.dec.Decode(&flag); err != nil || flag == nil {
		return err
	}
	switch {
	case key == "complete" && !*flag:
		d.incomplete = append(d.incomplete, "the plan is not complete: it was limited to targets, or changes are deferred")
	case key == "errored" && *flag:
		d.incomplete = append(d.incomplete, "planning ended with errors")
	}
	return nil
}

// readState reads one member of prior_state.
func (d *document) readState(key string) error {
	if key != "values" {
		return d.skip()
	}
	return d.readValues()
}

// readValues reads the values of a state, a plan's prior one or one that was printed for itself.
func (d *document) readValues() error {
	return d.object(func(key string) error {
		switch key {
		case "root_module":
			return d.readStateModule(0)
		case "outputs":
			return d.object(func(string) error {
				var out struct {
					Sensitive bool            `json:"sensitive"`
					Value     json.RawMessage `json:"value"`
				}
				if err := d.dec.Decode(&out); err != nil {
					return err
				}
				if out.Sensitive {
					d.noteSensitive(out.Value, json.RawMessage("true"))
				}
				return nil
			})
		}
		return d.skip()
	})
}

// maxModules bounds how deep modules nest.
const maxModules = 200

// readStateModule reads one module of prior_state and the modules below it.
func (d *document) readStateModule(depth int) error {
	if depth > maxModules {
		return notPlan("its modules nest too deeply")
	}
	return d.object(func(key string) error {
		switch key {
		case "resources":
			return d.array(d.readStateResource)
		case "child_modules":
			return d.array(func() error { return d.readStateModule(depth + 1) })
		}
		return d.skip()
	})
}

func (d *document) readStateResource() error {
	var r stateResource
	if err := d.dec.Decode(&r); err != nil {
		return err
	}
	d.noteSensitive(r.Values, r.SensitiveValues)
	switch {
	case r.Mode == "data":
		d.data = append(d.data, r)
	case d.seen["values"]:
		d.managed = append(d.managed, r)
	}
	return nil
}

// noteSensitive remembers the texts of a value that its mask marks as sensitive.
func (d *document) noteSensitive(value, mask json.RawMessage) {
	if len(value) == 0 || !strings.Contains(string(mask), "true") {
		return
	}
	d.sensitive = sensitiveTexts(d.sensitive, decode(value), decode(mask), 0)
}

// decode turns a value that the decoder has already seen into Go's form.
func decode(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil // the decoder has accepted it before
	}
	return v
}

// maxDepth bounds how deep values are followed.
const maxDepth = 200

// sensitiveTexts adds the texts in the value at which the mask is true.
func sensitiveTexts(out []string, value, mask any, depth int) []string {
	if depth > maxDepth {
		return out
	}
	switch m := mask.(type) {
	case bool:
		if m {
			return texts(out, value, depth)
		}
	case map[string]any:
		if v, ok := value.(map[string]any); ok {
			for key, inner := range m {
				out = sensitiveTexts(out, v[key], inner, depth+1)
			}
		}
	case []any:
		if v, ok := value.([]any); ok {
			for i, inner := range m[:min(len(m), len(v))] {
				out = sensitiveTexts(out, v[i], inner, depth+1)
			}
		}
	}
	return out
}

// texts adds every text in the value.
func texts(out []string, value any, depth int) []string {
	if depth > maxDepth {
		return out
	}
	switch v := value.(type) {
	case string:
		return append(out, v)
	case json.Number:
		return append(out, v.String())
	case []any:
		for _, inner := range v {
			out = texts(out, inner, depth+1)
		}
	case map[string]any:
		for _, key := range sortedKeys(v) {
			out = texts(out, v[key], depth+1)
		}
	}
	return out
}
