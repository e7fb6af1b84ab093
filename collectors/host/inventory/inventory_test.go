package inventory_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/host/facts"
	"github.com/assay-audit/assay/collectors/host/inventory"
	"github.com/assay-audit/assay/collectors/host/transport"
)

// load writes an inventory and reads it.
func load(t *testing.T, name, text string) (inventory.Inventory, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return inventory.Load(name)
}

const ownText = `variables: {domain: clinic.example}
defaults: {user: audit, jump: "audit@bastion.${domain}"}
groups:
  web:
    environment: prod
    hosts: [web1, web2]
  db:
    user: dba
    classification: confidential
    categories: [phi]
    hosts: [db1, web2]
hosts:
  web1: {address: "10.0.0.11", port: 2222}
  backup: {become: none, kind: server, jump: none, identity_file: ~/.ssh/backup}
  here: {local: true}
`

func TestOwn(t *testing.T) {
	got, err := load(t, "hosts.yaml", ownText)
	if err != nil {
		t.Fatal(err)
	}
	bastion := "audit@bastion.clinic.example"
	want := inventory.Inventory{Hosts: []inventory.Host{
		{Target: transport.Target{Name: "web1", Address: "10.0.0.11", Port: 2222, User: "audit", Jump: bastion}, Group: "web", Labels: facts.Labels{Environment: "prod"}},
		{Target: transport.Target{Name: "backup", User: "audit", Jump: "none", Become: transport.None, IdentityFile: "~/.ssh/backup"}, Group: "ungrouped", Labels: facts.Labels{Kind: "server"}},
		{Target: transport.Target{Name: "here", User: "audit", Jump: bastion}, Group: "ungrouped", Local: true},
		{
			Target: transport.Target{Name: "web2", User: "dba", Jump: bastion}, Group: "web",
			Labels: facts.Labels{Environment: "prod", Classification: "confidential", Categories: []string{"phi"}},
		},
		{Target: transport.Target{Name: "db1", User: "dba", Jump: bastion}, Group: "db", Labels: facts.Labels{Classification: "confidential", Categories: []string{"phi"}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const iniText = `# a comment
mail.example ansible_user=postmaster

[web]
web[01:03].example ansible_port=2200 ansible_password=hunter2
web9 ansible_host=192.0.2.9 ansible_user='au dit' ; odd

[db]
db1:2022 ansible_become=false # no root
control ansible_connection=local

[prod:children]
web
db

[prod:vars]
ansible_user=deploy
ansible_ssh_common_args='-o ProxyJump=gate.example -o Compression=yes'
assay_environment=prod
something_else={{ lookup('x') }}

[db:vars]
assay_categories=phi, personal
ansible_become_method=doas
`

func TestINI(t *testing.T) {
	got, err := load(t, "inventory.ini", strings.Replace(iniText, " ; odd", " # odd", 1))
	if err != nil {
		t.Fatal(err)
	}
	prod, phi := facts.Labels{Environment: "prod"}, facts.Labels{Environment: "prod", Categories: []string{"phi", "personal"}}
	web := func(name string) inventory.Host {
		return inventory.Host{Target: transport.Target{Name: name, Port: 2200, User: "deploy", Jump: "gate.example"}, Group: "web", Labels: prod}
	}
	want := inventory.Inventory{Hosts: []inventory.Host{
		{Target: transport.Target{Name: "mail.example", User: "postmaster"}, Group: "ungrouped"},
		web("web01.example"), web("web02.example"), web("web03.example"),
		{Target: transport.Target{Name: "web9", Address: "192.0.2.9", User: "au dit", Jump: "gate.example"}, Group: "web", Labels: prod},
		{Target: transport.Target{Name: "db1", Port: 2022, User: "deploy", Jump: "gate.example", Become: transport.None}, Group: "db", Labels: phi},
		{Target: transport.Target{Name: "control", User: "deploy", Jump: "gate.example", Become: transport.Doas}, Group: "db", Local: true, Labels: phi},
	}}
	if diff := cmp.Diff(want, got, cmp.Transformer("notes", func(n []string) int { return len(n) })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const ansibleText = `all:
  vars:
    ansible_user: admin
    ansible_port: 2222
    nested: {a: [1, 2]}
  children:
    web:
      hosts:
        web[a:b]:
        web3: {ansible_host: 192.0.2.3, ansible_port: 22}
    db:
      vars: {ansible_user: dba, assay_categories: [phi]}
      children:
        replicas:
          hosts:
            db2: {assay_criticality: high, ansible_become_password: !vault "x"}
      hosts: {db1: }
`

func TestAnsibleYAML(t *testing.T) {
	got, err := load(t, "inventory.yml", ansibleText)
	if err != nil {
		t.Fatal(err)
	}
	want := inventory.Inventory{Hosts: []inventory.Host{
		{Target: transport.Target{Name: "weba", Port: 2222, User: "admin"}, Group: "web"},
		{Target: transport.Target{Name: "webb", Port: 2222, User: "admin"}, Group: "web"},
		{Target: transport.Target{Name: "web3", Address: "192.0.2.3", Port: 22, User: "admin"}, Group: "web"},
		{Target: transport.Target{Name: "db2", Port: 2222, User: "dba"}, Group: "replicas", Labels: facts.Labels{Categories: []string{"phi"}, Criticality: "high"}},
		{Target: transport.Target{Name: "db1", Port: 2222, User: "dba"}, Group: "db", Labels: facts.Labels{Categories: []string{"phi"}}},
	}}
	if diff := cmp.Diff(want, got, cmp.Transformer("notes", func(n []string) int { return len(n) })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMistakes(t *testing.T) {
	for _, test := range []struct{ name, file, text, want string }{
		{"misspelt key", "hosts.yaml", "hosts:\n  web1: {adress: x}\n", `hosts.yaml:2:10: hosts.web1: unknown key "adress" (did you mean "address"?`},
		{"unknown variable", "hosts.yaml", "hosts:\n  web1: {address: \"${domian}\"}\nvariables: {domain: x}\n", `hosts.yaml:2:9: host web1: there is no variable "domian"; did you mean "domain"?`},
		{"become", "hosts.yaml", "defaults: {become: su}\nhosts: {a: {}}\n", "hosts.yaml:1:20: defaults.become"},
		{"label", "hosts.yaml", "hosts: {a: {criticality: hihg}}\n", `hosts.yaml: host a: criticality "hihg": allowed are critical, high, medium, low; did you mean "high"?`},
		{"cloud", "hosts.yaml", "hosts: {a: {cloud: aws}}\n", `hosts.yaml: host a: cloud "aws": allowed are none`},
		{"category", "hosts.yaml", "hosts: {a: {categories: [health]}}\n", `hosts.yaml: host a: category "health": allowed are phi`},
		{"name", "hosts.yaml", "groups: {a: {hosts: [\"-oProxyCommand=x\"]}}\n", `is no name for a host`},
		{"port", "hosts.yaml", "hosts: {a: {port: 70000}}\n", "hosts.yaml: host a: 70000 is no port"},
		{"group with an address", "hosts.yaml", "groups: {a: {address: x, hosts: [b]}}\n", "group a cannot have an address"},
		{"nothing", "hosts.yaml", "hosts: {}\n", "names no host"},
		{"no YAML", "hosts.yaml", "hosts: [\n", "hosts.yaml:"},
		{"section", "hosts.ini", "[web:var]\n", "hosts.ini:1: [web:var]: after the colon only vars and children can stand"},
		{"unclosed", "hosts.ini", "[web\na\n", "hosts.ini:1: the line begins with [ and lacks its ]"},
		{"word", "hosts.ini", "a b\n", `hosts.ini:1: "b" after the name of a host: write NAME=VALUE`},
		{"quote", "hosts.ini", "a x='b\n", "hosts.ini:1: a quote is not closed"},
		{"range", "hosts.ini", "a[1:99999999]\n", "hosts.ini:1: a[1:99999999]"},
		{"port that is none", "hosts.ini", "a ansible_port=ssh\n", `hosts.ini: host a: ansible_port "ssh" is no port`},
		{"circle", "hosts.ini", "[a:children]\nb\n[b:children]\na\n[b]\nx\n", "contains itself"},
		{"not a mapping", "hosts.yml", "all:\n  hosts: [a, b]\n", "hosts.yml:2: this is not a mapping of hosts"},
		{"key of a group", "hosts.yml", "all:\n  host: {a: }\n", `hosts.yml:2: group all: "host" is none of hosts, vars and children`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := load(t, test.file, test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v\nwant %s", err, test.want)
			}
		})
	}
	if _, err := inventory.Load(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, err := inventory.Load(t.TempDir()); err == nil || !strings.Contains(err.Error(), "it names no host") {
		t.Errorf("an empty directory: %v", err)
	}
}

// TestRefused holds that a host which cannot be reached as an inventory wants is a host with a reason, and no error.
func TestRefused(t *testing.T) {
	for _, test := range []struct{ file, text, want string }{
		{"hosts.ini", "a ansible_host={{ip}}\n", "ansible_host is a template ({{ip}}), which only Ansible can fill in"},
		{"hosts.ini", "a ansible_connection=winrm\n", "ansible_connection is winrm; only ssh and local hosts can be read"},
		{"hosts.ini", "a ansible_ssh_common_args='-o ProxyCommand=x'\n", "has a ProxyCommand, which is not run"},
		{"hosts.yml", "all:\n  hosts:\n    a: {ansible_host: !vault x}\n", "ansible_host is encrypted (hosts.yml:3), which only Ansible can read"},
	} {
		got, err := load(t, test.file, test.text)
		if err != nil || len(got.Hosts) != 1 || got.Hosts[0].Name != "a" || !strings.Contains(got.Hosts[0].Refused, test.want) {
			t.Errorf("%s: %+v, %v", test.text, got, err)
		}
	}
}

// TestDirectory reads a directory as Ansible's documentation has them: several sources, variables beside them, what is encrypted.
func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"01-web.ini":              "[web]\nweb[1:2]\n[web:vars]\nansible_user=inside\nansible_port=2200\n[fast]\nweb1\n[fast:vars]\nansible_group_priority=10\n[zone]\nweb1\n",
		"02-db.yml":               "db:\n  hosts:\n    db1: {ansible_user: host, ansible_host: 192.0.2.1}\n    db2:\n",
		"03-cloud.aws_ec2.yml":    "plugin: amazon.aws.aws_ec2\nregions: [eu-west-1]\n",
		"04-script":               "#!/bin/sh\necho {}\n",
		"05-secret.yml":           "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
		"notes.md":                "not an inventory\n",
		".hidden.ini":             "hidden\n",
		"group_vars/all.yml":      "ansible_user: audit\nansible_become_password: hunter2\nassay_environment: prod\nanything: [1, {x: \"{{ y }}\"}]\n",
		"group_vars/fast":         "ansible_port: 2201\n",
		"group_vars/zone.yaml":    "ansible_port: 2202\n",
		"group_vars/db/vars.yml":  "assay_categories: [phi]\nansible_user: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n",
		"group_vars/db/vault.yml": "$ANSIBLE_VAULT;1.1;AES256\n6162\n",
		"group_vars/other.yml":    "ansible_port: 1\n",
		"host_vars/db1.yml":       "ansible_user: file\n",
		"host_vars/web2/a.json":   `{"ansible_host": "192.0.2.2", "ansible_connection": "smart"}`,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o600)
		if name == "04-script" {
			mode = 0o700
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	if !inventory.IsDirectory(dir) {
		t.Error("it is not recognised")
	}
	got, err := inventory.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	prod := facts.Labels{Environment: "prod"}
	want := []inventory.Host{
		{Target: transport.Target{Name: "web1", User: "audit", Port: 2201}, Group: "fast", Labels: prod},
		{Target: transport.Target{Name: "web2", Address: "192.0.2.2", User: "audit", Port: 2200}, Group: "web", Labels: prod},
		{Target: transport.Target{Name: "db1", Address: "192.0.2.1", User: "file"}, Group: "db", Labels: facts.Labels{Environment: "prod", Categories: []string{"phi"}}},
		{Target: transport.Target{Name: "db2"}, Group: "db", Refused: "ansible_user is encrypted (" + filepath.Join(dir, "group_vars/db/vars.yml") + ":2), which only Ansible can read; write it in the clear for Assay"},
	}
	if diff := cmp.Diff(want, got.Hosts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i, text := range []string{"03-cloud.aws_ec2.yml is the configuration of an inventory plugin", "04-script is a program", "05-secret.yml is encrypted", "vault.yml is encrypted"} {
		if len(got.Notes) != 4 || !strings.Contains(got.Notes[i], text) {
			t.Errorf("notes %q, want %q", got.Notes, text)
		}
	}
	// Beside a file of the directory stand the same variables.
	one, err := inventory.Load(filepath.Join(dir, "01-web.ini"))
	if err != nil || len(one.Hosts) != 2 || one.Hosts[0].User != "audit" {
		t.Errorf("%+v, %v", one, err)
	}
}

// TestPasswordsAreNotKept holds that nothing of an inventory but how to connect is kept.
func TestPasswordsAreNotKept(t *testing.T) {
	got, err := load(t, "inventory.ini", iniText[:strings.Index(iniText, "web9")])
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range got.Hosts {
		if strings.Contains(strings.Join([]string{h.Name, h.Address, h.User, h.IdentityFile, h.Jump}, " "), "hunter2") {
			t.Errorf("%+v holds a password", h)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("hosts.yaml", ownText)
	f.Add("x.ini", iniText)
	f.Add("x.yml", ansibleText)
	f.Add("x.yml", "a: &a\n  children: {b: *a}\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		ext := filepath.Ext(name)
		if ext != ".ini" && ext != ".yml" && ext != ".yaml" {
			ext = ".ini"
		}
		file := filepath.Join(t.TempDir(), "hosts"+ext)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		inv, err := inventory.Load(file)
		if err != nil {
			if !utf8.ValidString(err.Error()) || len(err.Error()) > 1<<20 {
				t.Errorf("the error is not fit to be shown (%d bytes): %.300q", len(err.Error()), err.Error())
			}
			return
		}
		if len(inv.Hosts) == 0 || len(inv.Hosts) > 20_000 {
			t.Errorf("%d hosts and no error", len(inv.Hosts))
		}
		seen := map[string]bool{}
		for _, h := range inv.Hosts {
			if !regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.:-]*$`).MatchString(h.Name) || h.Port < 0 || h.Port > 65535 || h.Group == "" {
				t.Errorf("a host that nothing can connect to: %+v", h)
			}
			if seen[h.Name] {
				t.Errorf("%s is listed twice", h.Name)
			}
			seen[h.Name] = true
			if strings.HasPrefix(h.Address, "-") || strings.HasPrefix(h.User, "-") || strings.ContainsAny(h.Address+h.User+h.Jump+h.Group, "\n\r\x00\x1b") {
				t.Errorf("%s is reached by %q as %q over %q", h.Name, h.Address, h.User, h.Jump)
			}
		}
		for _, note := range inv.Notes {
			if strings.ContainsAny(note, "\n\r\x1b") || !utf8.ValidString(note) {
				t.Errorf("a note that is no line: %q", note)
			}
		}
		if again, err := inventory.Load(file); err != nil || cmp.Diff(inv, again) != "" {
			t.Errorf("read twice (-first +second), %v:\n%s", err, cmp.Diff(inv, again))
		}
	})
}
