package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/assay-audit/assay/collectors/host/transport"
	"github.com/assay-audit/assay/internal/strictyaml"
)

// own is Assay's inventory. Settings of a host win over those of its groups (of several groups the later one in the file), and those over
// the defaults. A host exists where it is listed under hosts or in a group.
//
//	variables: {domain: clinic.example}
//	defaults: {user: audit, jump: "audit@bastion.${domain}"}
//	groups:
//	  web:
//	    environment: prod
//	    hosts: [web1, web2]
//	hosts:
//	  web1: {address: "10.0.0.11", port: 2222}
//	  backup: {become: none, kind: server}
type own struct {
	// Variables are replaced in texts where ${NAME} stands.
	Variables map[string]string `yaml:"variables"`
	Defaults  entry             `yaml:"defaults"`
	Groups    map[string]entry  `yaml:"groups"` // the name of a group names the scope of its hosts
	Hosts     map[string]entry  `yaml:"hosts"`
}

// entry is what the file says of one host, of the hosts of a group, or of all.
type entry struct {
	At strictyaml.Pos

	Hosts   []string `yaml:"hosts"`   // only of a group: the names of its hosts
	Address string   `yaml:"address"` // only of a host: name or address to connect to, where it is not the host's name
	Local   bool     `yaml:"local"`   // only of a host: it is this machine

	Port         int              `yaml:"port"`
	User         string           `yaml:"user"`
	IdentityFile string           `yaml:"identity_file"` // private key
	Jump         string           `yaml:"jump"`          // [user@]host[:port], several separated by commas; "none" = directly
	Become       transport.Become `yaml:"become"`        // how to become root

	Kind           string   `yaml:"kind"`
	Environment    string   `yaml:"environment"`
	Classification string   `yaml:"classification"`
	Categories     []string `yaml:"categories"`
	Criticality    string   `yaml:"criticality"`
	Cloud          string   `yaml:"cloud"` // none = it is no cloud's instance
}

// isOwn recognises Assay's inventory: Ansible's has groups at the top, and a group called "hosts" or "groups" is not one.
func isOwn(data []byte) bool {
	var top yaml.Node
	if yaml.Unmarshal(data, &top) != nil || len(top.Content) == 0 || top.Content[0].Kind != yaml.MappingNode {
		return true // whose reader says what is wrong
	}
	keys := top.Content[0].Content
	for i := 0; i < len(keys); i += 2 {
		if slices.Contains([]string{"hosts", "groups", "defaults", "variables"}, keys[i].Value) {
			return true
		}
	}
	return false
}

func parseOwn(file string, data []byte) (Inventory, error) {
	o, err := strictyaml.Decode[own](file, data, strictyaml.Options{MaxBytes: maxBytes})
	if err != nil {
		return Inventory{}, err
	}
	var errs []error
	fault := func(e entry, format string, args ...any) {
		errs = append(errs, &strictyaml.Error{File: file, Line: e.At.Line, Column: e.At.Column, Message: fmt.Sprintf(format, args...)})
	}
	groups := slices.SortedFunc(maps.Keys(o.Groups), func(a, b string) int {
		return cmp.Or(cmp.Compare(o.Groups[a].At.Line, o.Groups[b].At.Line), cmp.Compare(o.Groups[a].At.Column, o.Groups[b].At.Column))
	})
	names := slices.SortedFunc(maps.Keys(o.Hosts), func(a, b string) int {
		return cmp.Or(cmp.Compare(o.Hosts[a].At.Line, o.Hosts[b].At.Line), cmp.Compare(o.Hosts[a].At.Column, o.Hosts[b].At.Column))
	})
	if o.Defaults.Address != "" || o.Defaults.Local || o.Defaults.Hosts != nil {
		fault(o.Defaults, "defaults cannot have an address, local or hosts")
	}
	member := map[string][]string{}
	for _, g := range groups {
		e := o.Groups[g]
		switch {
		case !groupName.MatchString(g):
			fault(e, "%q is no name for a group: letters, digits, '-', '_' and '.'", g)
		case e.Address != "" || e.Local:
			fault(e, "group %s cannot have an address or local", g)
		}
		for _, h := range e.Hosts {
			member[h] = append(member[h], g)
			if !slices.Contains(names, h) {
				names = append(names, h)
			}
		}
	}
	var inv Inventory
	for _, name := range names {
		e, listed := o.Hosts[name]
		if e.Hosts != nil {
			fault(e, "host %s cannot have hosts", name)
		}
		settings := o.Defaults
		for _, g := range member[name] {
			settings = over(o.Groups[g], settings)
		}
		settings = over(e, settings)
		h := settings.host(name)
		h.Address, h.Local, h.Group = e.Address, e.Local, Ungrouped
		if len(member[name]) > 0 {
			h.Group = member[name][0]
		}
		for _, text := range []*string{&h.Address, &h.User, &h.IdentityFile, &h.Jump} {
			if *text, err = substitute(*text, o.Variables); err != nil {
				if !listed {
					e = o.Groups[h.Group]
				}
				fault(e, "host %s: %s", name, err)
			}
		}
		inv.Hosts = append(inv.Hosts, h)
	}
	return inv, errors.Join(errs...)
}

var groupName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$`)

// over lays the settings of the nearer entry over those of the further one.
func over(nearer, further entry) entry {
	return entry{
		Port: cmp.Or(nearer.Port, further.Port), User: cmp.Or(nearer.User, further.User),
		IdentityFile: cmp.Or(nearer.IdentityFile, further.IdentityFile), Jump: cmp.Or(nearer.Jump, further.Jump),
		Become: cmp.Or(nearer.Become, further.Become), Kind: cmp.Or(nearer.Kind, further.Kind),
		Environment:    cmp.Or(nearer.Environment, further.Environment),
		Classification: cmp.Or(nearer.Classification, further.Classification),
		Cloud:          cmp.Or(nearer.Cloud, further.Cloud),
		Criticality:    cmp.Or(nearer.Criticality, further.Criticality), Categories: either(nearer.Categories, further.Categories),
	}
}

func either(a, b []string) []string {
	if a != nil {
		return a
	}
	return b
}

func (e entry) host(name string) Host {
	h := Host{Target: transport.Target{Name: name, Port: e.Port, User: e.User, IdentityFile: e.IdentityFile, Jump: e.Jump, Become: e.Become}}
	h.Labels.Kind, h.Labels.Environment, h.Labels.Criticality = e.Kind, e.Environment, e.Criticality
	h.Labels.Classification, h.Labels.Categories, h.Labels.Cloud = e.Classification, e.Categories, e.Cloud
	return h
}

var variable = regexp.MustCompile(`\$\{([^}]*)\}`)

// substitute replaces ${NAME}, once: what a variable holds is not looked at again.
func substitute(text string, variables map[string]string) (string, error) {
	var missing error
	out := variable.ReplaceAllStringFunc(text, func(m string) string {
		name := m[2 : len(m)-1]
		value, ok := variables[name]
		if !ok {
			missing = fmt.Errorf("there is no variable %q%s", name, near(name, slices.Sorted(maps.Keys(variables))))
		}
		return value
	})
	return strings.TrimSpace(out), missing
}
