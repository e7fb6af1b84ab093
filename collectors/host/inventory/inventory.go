// Package inventory says which hosts there are and how each is reached.
//
// It reads Assay's own file (see own.go), which is strict: what it does not understand is an error with its line. And it reads Ansible's
// inventories, INI and YAML, files and directories of them, with group_vars and host_vars beside them (see ansible.go and ansible_vars.go), of
// which it takes the hosts, the groups and the variables that say how to connect; all other variables are none of its business, and
// passwords among them are neither read nor kept.
package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/transport"
	"github.com/assay-audit/assay/internal/strictyaml"
)

// Host is one host of an inventory. What is empty is left to the user's SSH configuration, and then to SSH's defaults.
type Host struct {
	transport.Target

	// Group is the group that its scope is named after: the first that lists it.
	Group string
	Local bool // this machine: no SSH
	// Refused says why it cannot be reached as the inventory wants; "" = it can. It is a host that is not read, and not an error.
	Refused string
	// Labels are what the inventory says of it.
	Labels facts.Labels
}

// Ungrouped is the group of hosts that no group lists.
const Ungrouped = "ungrouped"

const (
	// maxBytes bounds an inventory.
	maxBytes = 4 << 20
	// maxHosts bounds what ranges and groups can unfold to.
	maxHosts = 20_000
)

// Inventory is what a file says.
type Inventory struct {
	Hosts []Host // in the order of the file, each once
	// Notes name what of the file is not understood and does not hinder: one line each.
	Notes []string
}

// Load reads an inventory. A file is recognised by what it holds; a directory is one of Ansible's. The error names file and line.
func Load(file string) (Inventory, error) {
	inv, err := load(file)
	if err != nil {
		return Inventory{}, err
	}
	if len(inv.Hosts) == 0 {
		return Inventory{}, fmt.Errorf("%s: it names no host", file)
	}
	return inv, inv.check(file)
}

func load(file string) (Inventory, error) {
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		return loadDirectory(file)
	}
	data, err := read(file)
	if err != nil {
		return Inventory{}, err
	}
	if isYAML(file) && isOwn(data) {
		return parseOwn(file, data)
	}
	a := newAnsible(file)
	if err := a.parse(file, data); err != nil {
		return Inventory{}, err
	}
	if err := a.variables(filepath.Dir(file)); err != nil {
		return Inventory{}, err
	}
	a.file = file
	return a.inventory()
}

func isYAML(file string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(file)))
}

func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathErr.Err
		}
		return nil, fmt.Errorf("inventory %s: %w", file, err)
	}
	if !info.Mode().IsRegular() { // a pipe could be endless
		return nil, fmt.Errorf("inventory %s is no file", file)
	}
	if info.Size() > maxBytes {
		return nil, fmt.Errorf("inventory %s is larger than %d MiB", file, maxBytes>>20)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("inventory %s: %w", file, err)
	}
	return data, isText(file, data)
}

// isText refuses what would reach messages and terminals as something else than text.
func isText(file string, data []byte) error {
	for i, line := range bytes.Split(data, []byte("\n")) {
		strange := func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\r' }
		if !utf8.Valid(line) || bytes.ContainsFunc(line, strange) {
			return fmt.Errorf("%s:%d: this is no UTF-8 text: it holds bytes or control characters that no text has", file, i+1)
		}
	}
	return nil
}

// hostName is what a host may be called. The name becomes part of identifiers and of command lines that messages propose.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.:-]{0,252})$`)

// check holds every host against what can be connected to.
func (inv Inventory) check(file string) error {
	var errs []error
	if len(inv.Hosts) > maxHosts {
		return fmt.Errorf("%s: it names more than %d hosts", file, maxHosts)
	}
	for _, h := range inv.Hosts {
		switch {
		case !hostName.MatchString(h.Name):
			errs = append(errs, fmt.Errorf("%s: %q is no name for a host: letters, digits, '.', '-', '_' and ':'", file, h.Name))
		case h.Port < 0 || h.Port > 65535:
			errs = append(errs, fmt.Errorf("%s: host %s: %d is no port", file, h.Name, h.Port))
		}
		errs = append(errs, checkLabels(file, h)...)
	}
	return errors.Join(errs...)
}

// checkLabels holds the labels against the values that the kinds allow.
func checkLabels(file string, h Host) []error {
	var errs []error
	for _, l := range []struct {
		name, value string
		allowed     []string
	}{
		{"kind", h.Labels.Kind, []string{"server", "workstation", "laptop", "mobile", "network_device", "vm", "container_host"}},
		{"environment", h.Labels.Environment, []string{"prod", "nonprod", "shared"}},
		{"criticality", h.Labels.Criticality, []string{"critical", "high", "medium", "low"}},
		{"cloud", h.Labels.Cloud, []string{"none"}},
	} {
		if l.value != "" && !slices.Contains(l.allowed, l.value) {
			errs = append(errs, fmt.Errorf("%s: host %s: %s %q: allowed are %s%s", file, h.Name, l.name, l.value, strings.Join(l.allowed, ", "), near(l.value, l.allowed)))
		}
	}
	categories := []string{"phi", "personal", "special_category", "payment", "credentials", "none"}
	for _, c := range h.Labels.Categories {
		if !slices.Contains(categories, c) {
			errs = append(errs, fmt.Errorf("%s: host %s: category %q: allowed are %s%s", file, h.Name, c, strings.Join(categories, ", "), near(c, categories)))
		}
	}
	return errs
}

func near(value string, allowed []string) string {
	if n := strictyaml.Nearest(value, allowed); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	return ""
}
