package terraform

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/secret"
)

// Where a secret stands, as the kind has it.
const (
	inSource      = "iac_source"
	inUserData    = "user_data"
	inEnvironment = "env_plain"
)

// finder looks for secrets in one root module: in the values of its instances, then in the literals that no instance
// accounts for.
type finder struct {
	run      *run
	root     root
	literals map[string][]*literal // by text, in the order of the source
	found    map[string]*finding   // by id
	order    []*finding
	reported map[string]bool // texts for which there is a finding
}

// finding is one place with secrets; it becomes an entity.
type finding struct {
	id, address, module string
	location            string
	detectors           []string
	texts               []string
	places              []origin
	key                 string // what tells it from the same secret in another instance of the resource
}

// origin is a place in the source and the module in which it is.
type origin struct {
	rng    resource.Range
	module string
}

// findSecrets returns an entity for every secret in the root module, and makes the redactor know them.
func (r *run) findSecrets(in root) []*evidence.Entity {
	f := &finder{run: r, root: in, literals: map[string][]*literal{}, found: map[string]*finding{}, reported: map[string]bool{}}
	for i := range in.literals {
		l := &in.literals[i]
		f.literals[l.text] = append(f.literals[l.text], l)
	}
	for _, inst := range in.instances {
		f.body(&spot{instance: inst}, inst.Body)
	}
	for i := range in.literals {
		f.literal(&in.literals[i])
	}
	out := make([]*evidence.Entity, 0, len(f.order))
	for _, s := range f.order {
		out = append(out, f.entity(s))
	}
	return out
}

// spot is a place in an instance.
type spot struct {
	instance *resource.Instance
	path     []string
	rng      resource.Range
}

func (s *spot) below(name string) *spot {
	return &spot{instance: s.instance, path: append(slices.Clip(s.path), name), rng: s.rng}
}

// at is the spot with the range, where there is one.
func (s *spot) at(rng resource.Range) *spot {
	if !rng.IsZero() {
		s.rng = rng
	}
	return s
}

// body looks through the arguments and nested blocks of a body.
func (f *finder) body(s *spot, b *resource.Body) {
	if b == nil {
		return
	}
	s.at(b.Range)
	pair := pairName(b)
	for _, name := range sortedKeys(b.Attributes) {
		a := b.Attributes[name]
		if !a.Set || len(b.Nested[name]) > 0 {
			continue
		}
		named := name
		if name == "value" && pair != "" {
			named = pair
		}
		if isSecretArgument(s.instance.Type, b, name) {
			named = "password"
		}
		f.value(s.below(name).at(a.Range), named, a.Value, 0)
	}
	for _, typ := range sortedKeys(b.Nested) {
		for i, inner := range b.Nested[typ] {
			name := typ
			if len(b.Nested[typ]) > 1 {
				name += "[" + strconv.Itoa(i) + "]"
			}
			f.body(s.below(name), inner)
		}
	}
}

// pairName is the name in a block that pairs a name with a value, such as an environment variable of a build; "" where the
// block refers to a store instead.
func pairName(b *resource.Body) string {
	if typ := knownText(b.Attr("type").Value); typ != "" && typ != "PLAINTEXT" {
		return ""
	}
	for _, name := range []string{"name", "key"} {
		if a := b.Attr(name); a.Set {
			return knownText(a.Value)
		}
	}
	return ""
}

func knownText(v cty.Value) string {
	if v == cty.NilVal || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return ""
	}
	return v.AsString()
}

// isSecretArgument knows the arguments that hold a secret although their names do not say so.
func isSecretArgument(typ string, b *resource.Body, name string) bool {
	switch typ + "." + name {
	case "aws_ssm_parameter.value":
		return knownText(b.Attr("type").Value) == "SecureString"
	case "aws_ssm_parameter.value_wo", "aws_secretsmanager_secret_version.secret_binary", "aws_iam_server_certificate.private_key",
		"aws_acm_certificate.private_key", "aws_dms_endpoint.password", "aws_directory_service_directory.password",
		"aws_transfer_ssh_key.private_key", "aws_vpn_connection.tunnel1_preshared_key", "aws_vpn_connection.tunnel2_preshared_key",
		"aws_elasticache_user.passwords", "aws_memorydb_user.passwords", "aws_opsworks_rds_db_instance.db_password":
		return true
	}
	return false
}

// maxValueDepth bounds how deep values are followed.
const maxValueDepth = 100

// value looks through a value. Name is what announces a secret: the argument's or key's name.
func (f *finder) value(s *spot, name string, v cty.Value, depth int) {
	if v == cty.NilVal || depth > maxValueDepth {
		return
	}
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown() || v.IsNull():
	case v.Type() == cty.String:
		f.text(s, name, v.AsString())
	case v.CanIterateElements():
		keyed := v.Type().IsMapType() || v.Type().IsObjectType()
		for it := v.ElementIterator(); it.Next(); {
			k, item := it.Element()
			if !keyed {
				f.value(s, name, item, depth+1)
				continue
			}
			k, _ = k.Unmark()
			f.value(s.below(k.AsString()), k.AsString(), item, depth+1)
		}
	}
}

// text looks for secrets in a text.
func (f *finder) text(s *spot, name, text string) {
	location := locationOf(s.path)
	plain := text
	if location == inUserData {
		plain = decoded(text)
		name = ""
	}
	for _, m := range secret.Scan(name, plain) {
		match := plain[m.Start:m.End]
		from := f.origin(match, s.rng)
		if location == inSource && from == nil && len(f.literals[text]) == 0 {
			f.run.secrets.add(match) // given at run time, or made from other values: no secret of the code, but a secret
			if name != "" {
				f.text(s, "", text) // a document, such as a connection in JSON, can hold a literal
			}
			continue
		}
		if plain != text {
			f.run.secrets.add(text)
		}
		places := []origin{{s.rng, s.instance.Module}}
		if location == inSource && from != nil && !from.rng.IsZero() {
			module, _ := splitModule(from.path)
			places = slices.Insert(places, 0, origin{from.rng, module})
		}
		f.add(&finding{
			id: s.instance.Address + ":" + strings.Join(s.path, "."), address: s.instance.Address, module: s.instance.Module, location: location,
			key: s.instance.Resource + ":" + strings.Join(s.path, "."), places: places,
		}, m.Detector, match)
	}
}

// origin is the literal from which a text at a place comes: one that stands there, else the first with the text; nil where no
// literal has it.
func (f *finder) origin(text string, at resource.Range) *literal {
	all := f.literals[text]
	for _, l := range all {
		if l.rng.File == at.File && at.Line <= l.rng.Line && l.rng.Line <= max(at.Line, at.EndLine) {
			return l
		}
	}
	if len(all) > 0 {
		return all[0]
	}
	return nil
}

// locationOf says where a value ends up: in user data or in a process's environment, which everybody reads who may describe
// the resource, or only in the code.
func locationOf(path []string) string {
	for _, name := range path {
		name, _, _ = strings.Cut(name, "[")
		switch name {
		case "user_data", "user_data_base64":
			return inUserData
		case "environment", "environment_variables", "environment_variable", "runtime_environment_variables", "container_definitions",
			"container_properties":
			return inEnvironment
		}
	}
	return inSource
}

// decoded is user data as the machine sees it: decoded where it is text in base64.
func decoded(text string) string {
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(plain) == 0 || !utf8.Valid(plain) {
		return text
	}
	return string(plain)
}

// add records a secret. The same secret at the same argument of several instances is one; so are several in one argument.
func (f *finder) add(s *finding, detector, text string) {
	f.run.secrets.add(text)
	first := s.key + "\x00" + text
	if f.reported[first] {
		return
	}
	f.reported[first], f.reported[text] = true, true
	if have := f.found[s.id]; have != nil && have.location == s.location {
		have.texts = append(have.texts, text)
		have.detectors = append(have.detectors, detector)
		return
	}
	for n := 2; f.found[s.id] != nil; n++ {
		s.id = fmt.Sprintf("%s#%d", s.id, n)
	}
	s.texts, s.detectors = []string{text}, []string{detector}
	f.found[s.id] = s
	f.order = append(f.order, s)
}

// literal looks for secrets in a literal, and reports those that no instance accounts for.
func (f *finder) literal(l *literal) {
	if f.run.secrets.isKnown(l.text) {
		f.run.secrets.addPlace(l.text, l.rng)
	}
	module, id, address, name := literalID(l.path)
	plain := l.text
	location := inSource
	if strings.HasPrefix(name, "user_data") {
		plain, location, name = decoded(l.text), inUserData, ""
	}
	for _, m := range secret.Scan(name, plain) {
		match := plain[m.Start:m.End]
		if plain == l.text {
			f.run.secrets.addPlace(match, l.rng)
		} else {
			f.run.secrets.addPlace(l.text, l.rng)
			f.run.secrets.add(l.text)
		}
		if f.reported[match] {
			continue
		}
		f.add(&finding{id: id, address: address, module: module, location: location, key: id, places: []origin{{l.rng, module}}}, m.Detector, match)
	}
}

// literalID turns a literal's path into its module, the id of its finding, the address of its block and the name that
// announces a secret.
func literalID(path string) (module, id, address, name string) {
	module, local := splitModule(path)
	parts := strings.Split(local, ".")
	names := 2
	switch parts[0] {
	case "data":
		names = 3
	case "terraform":
		names = 1
	}
	names = min(names, len(parts))
	address = strings.Join(parts[:names], ".")
	if module != "" {
		address = module + "." + address
	}
	rest := parts[names:]
	name = parts[len(parts)-1]
	if parts[0] == "var" || parts[0] == "output" {
		if len(rest) == 1 && (name == "default" || name == "value") { // the block's name announces what they hold
			name = parts[names-1]
		}
		return module, address, address, name
	}
	id = address
	if len(rest) > 0 {
		id += ":" + strings.Join(rest, ".")
	}
	return module, id, address, name
}

// splitModule splits the module part of an address off. A call's own arguments (module.db.password) belong to the call.
func splitModule(address string) (module, local string) {
	end := 0
	for strings.HasPrefix(address[end:], "module.") {
		rest := address[end+len("module."):]
		n, quoted := 0, false
		for ; n < len(rest) && (quoted || rest[n] != '.'); n++ {
			if rest[n] == '"' {
				quoted = !quoted
			}
		}
		next := end + len("module.") + n
		after := strings.TrimPrefix(address[next:], ".")
		if after == "" || !isBlock(after) {
			break
		}
		end = len(address) - len(after)
	}
	return strings.TrimSuffix(address[:end], "."), address[end:]
}

// isBlock reports whether what follows a module's address is a block in the module, and not an argument of the call.
func isBlock(local string) bool {
	first, rest, ok := strings.Cut(local, ".")
	switch first {
	case "module", "var", "local", "data", "output", "provider":
		return ok
	}
	return ok && rest != "" && strings.Contains(first, "_") && strings.Contains(rest, ".")
}

// entity turns a finding into an entity.
func (f *finder) entity(s *finding) *evidence.Entity {
	slices.Sort(s.detectors)
	hash := f.run.env.Hasher.Hash(s.texts[0])
	if len(s.texts) > 1 {
		slices.Sort(s.texts)
		hash = f.run.env.Hasher.Hash(strings.Join(s.texts, "\x00"))
	}
	e := &evidence.Entity{
		UID: f.root.scope + ":" + s.id, ID: s.id, Kind: "secret", Plane: evidence.Declared, Scope: f.root.scope,
		Name: strings.TrimPrefix(strings.TrimPrefix(s.id, s.module), "."),
	}
	for _, o := range s.places {
		rng := o.rng
		p := evidence.Provenance{Source: f.run.req.Source, Method: f.root.method, Locator: evidence.Locator{
			File: rng.File, Line: rng.Line, Column: rng.Column, EndLine: rng.EndLine, EndColumn: rng.EndColumn, Module: o.module, Address: s.address,
		}}
		if !slices.Contains(e.Prov, p) {
			e.Prov = append(e.Prov, p)
		}
	}
	kind.Fill(e, kind.Secret{
		Location: kind.Known(s.location), Detector: kind.Known(strings.Join(slices.Compact(s.detectors), ", ")), ValueHMAC: kind.Known(hash),
		RotationEnabled: kind.NA[bool](), RotationPeriodDays: kind.NA[int64](),
	})
	return e
}
