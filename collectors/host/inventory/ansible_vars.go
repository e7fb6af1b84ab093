package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The bounds of what is read of a directory.
const (
	maxFiles       = 5000
	maxDirectories = 8 // one in the other
)

// The directories with variables that stand beside an inventory.
const (
	groupVars = "group_vars"
	hostVars  = "host_vars"
)

// IsDirectory reports whether a path is a directory with an inventory of Ansible's: one that holds group_vars, host_vars, or a file that may
// be one by its name. Directories with results of osquery hold none of these.
func IsDirectory(path string) bool {
	entries, err := os.ReadDir(path)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		name := e.Name()
		if e.IsDir() {
			return name == groupVars || name == hostVars
		}
		return !strings.HasPrefix(name, ".") && slices.Contains([]string{"", ".ini", ".yml", ".yaml"}, strings.ToLower(filepath.Ext(name)))
	})
}

// loadDirectory reads the files of a directory in the order of their names, as one inventory, and the variables beside them.
func loadDirectory(dir string) (Inventory, error) {
	a := newAnsible(dir)
	if err := a.directory(dir, 0); err != nil {
		return Inventory{}, err
	}
	if err := a.variables(dir); err != nil {
		return Inventory{}, err
	}
	a.file = dir
	return a.inventory()
}

func (a *ansible) directory(dir string, depth int) error {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return fmt.Errorf("inventory %s: %w", dir, err)
	}
	if depth > maxDirectories {
		return fmt.Errorf("inventory %s: directories are nested too deeply", dir)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return fmt.Errorf("inventory %s: %w", path, err)
		case passedOver(e.Name()) || info.IsDir() && (e.Name() == groupVars || e.Name() == hostVars):
			continue
		case info.IsDir():
			err = a.directory(path, depth+1)
		default:
			err = a.source(path, info)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// passedOver are the names that Ansible passes over too.
func passedOver(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") ||
		slices.Contains([]string{".pyc", ".pyo", ".swp", ".bak", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry"}, filepath.Ext(name))
}

// source adds one file of a directory. What a program or a plugin would have to tell is left out, and said.
func (a *ansible) source(path string, info fs.FileInfo) error {
	data, err := a.contents(path)
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(data, []byte("#!")) && info.Mode()&0o111 != 0:
		a.notes[path+" is a program that tells hosts; it is not run, and its hosts are missing (ansible-inventory --list --yaml writes them into a file)"] = true
		return nil
	case isVault(data):
		a.notes[path+" is encrypted: the hosts and variables in it are missing"] = true
		return nil
	case isYAML(path) && isPlugin(data):
		a.notes[path+" is the configuration of an inventory plugin, which is not run: its hosts are missing (ansible-inventory --list --yaml writes them into a file)"] = true
		return nil
	case isYAML(path) && isOwn(data):
		return fmt.Errorf("%s is an inventory of Assay's in a directory of Ansible's; name the file itself", path)
	}
	return a.parse(path, data)
}

// contents reads one of the files of an inventory, of which there cannot be any number.
func (a *ansible) contents(path string) ([]byte, error) {
	if a.files++; a.files > maxFiles {
		return nil, fmt.Errorf("inventory %s: more than %d files", a.file, maxFiles)
	}
	return read(path)
}

func isVault(data []byte) bool { return bytes.HasPrefix(data, []byte("$ANSIBLE_VAULT;")) }

// isPlugin recognises the configuration of an inventory plugin by its key.
func isPlugin(data []byte) bool {
	var top struct {
		Plugin string `yaml:"plugin"`
	}
	return yaml.Unmarshal(data, &top) == nil && top.Plugin != ""
}

// variables reads group_vars and host_vars beside the inventory, of the groups and hosts that it names.
func (a *ansible) variables(dir string) error {
	groups := slices.Sorted(maps.Keys(a.groups))
	if !slices.Contains(groups, "all") {
		groups = append(groups, "all")
	}
	return errors.Join(a.beneath(filepath.Join(dir, groupVars), groups, a.beside), a.beneath(filepath.Join(dir, hostVars), a.order, a.hostVars))
}

// beneath reads the variables of each name: NAME, NAME.yml, NAME.yaml and NAME.json, and all files in a directory NAME.
func (a *ansible) beneath(dir string, names []string, into map[string]vars) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("inventory %s: %w", dir, err)
	}
	files := map[string][]string{}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), filepath.Ext(e.Name()))
		if !isYAML(e.Name()) {
			name = e.Name()
		}
		files[name] = append(files[name], e.Name())
	}
	for _, name := range names {
		for _, file := range files[name] {
			if into[name] == nil {
				into[name] = vars{}
			}
			if err := a.varsIn(filepath.Join(dir, file), into[name], 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// varsIn reads a file of variables, or all in a directory.
func (a *ansible) varsIn(path string, into vars, depth int) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("inventory %s: %w", path, err)
	}
	if !info.IsDir() {
		return a.varsOf(path, into)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("inventory %s: %w", path, err)
	}
	if depth > maxDirectories {
		return fmt.Errorf("inventory %s: directories are nested too deeply", path)
	}
	for _, e := range entries {
		if ext := filepath.Ext(e.Name()); passedOver(e.Name()) || !e.IsDir() && ext != "" && !isYAML(e.Name()) {
			continue
		}
		if err := a.varsIn(filepath.Join(path, e.Name()), into, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// varsOf reads one file of variables. What is in an encrypted one is not known: a variable of it that says how to connect is missed.
func (a *ansible) varsOf(path string, into vars) error {
	data, err := a.contents(path)
	if err != nil {
		return err
	}
	if isVault(data) {
		a.notes[path+" is encrypted: if it says how hosts are reached, write that in the clear for Assay"] = true
		return nil
	}
	a.file = path
	top, err := a.tree(data)
	if err != nil || top == nil {
		return err
	}
	y := yamlReader{ansible: a}
	y.vars(top, into)
	return y.err
}
