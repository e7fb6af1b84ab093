package tffunc_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/tffunc"
)

// tree makes a directory with a target in it, and files beside the target that must stay out of reach.
func tree(t *testing.T) (target string, root *os.Root) {
	t.Helper()

	dir := t.TempDir()
	target = filepath.Join(dir, "target")

	for name, content := range map[string]string{
		"secret.txt":                "secret",
		"target/shared/common.txt":  "common",
		"target/envs/prod/here.txt": "here",
		"target/envs/prod/big.txt":  strings.Repeat("x", 2000),
		"target/envs/prod/self.tpl": `${templatefile("self.tpl", {})}`,
		"target/envs/prod/out.tpl":  `${file("../../../secret.txt")}`,
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}

		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	for link, to := range map[string]string{
		"escape.txt": "../../../secret.txt", "inside.txt": "here.txt", "dangling.txt": "nowhere", "up": "../../..", "loop": ".",
	} {
		if err := os.Symlink(to, filepath.Join(target, "envs", "prod", link)); err != nil {
			t.Fatal(err)
		}
	}

	root, err := os.OpenRoot(target)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { root.Close() })

	return target, root
}

func TestFilesStayBelowRoot(t *testing.T) {
	t.Parallel()

	target, root := tree(t)
	o := tffunc.Options{Root: root, RootPath: target, BaseDir: "envs/prod", MaxFileBytes: 1000}

	const limit, plain = "limit", "error"

	tests := []struct {
		expr string
		want string
	}{
		{`file("here.txt")`, "here"},
		{`file("./inside.txt")`, "here"},
		{`file("../../shared/common.txt")`, "common"},
		{`file("${root}/shared/common.txt")`, "common"},
		{`file("${root}/envs/../shared/common.txt")`, "common"},
		{`file("../../../secret.txt")`, limit},
		{`file("${root}/../secret.txt")`, limit},
		{`file("${root}x/secret.txt")`, limit},
		{`file("/etc/hostname")`, limit},
		{`file("~/.ssh/id_rsa")`, limit},
		{`file("escape.txt")`, limit},
		{`file("up/secret.txt")`, limit},
		{`file("big.txt")`, limit},
		{`filesha256("big.txt")`, limit},
		{`file("dangling.txt")`, plain},
		{`file("nosuch.txt")`, plain},
		{`file(root)`, plain},
		{`fileexists("here.txt")`, "true"},
		{`fileexists("dangling.txt")`, "false"},
		{`fileexists("escape.txt")`, limit},
		{`fileexists("../../../secret.txt")`, limit},
		{`join(",", fileset(".", "h*.txt"))`, "here.txt"},
		{`join(",", fileset("${root}/shared", "*"))`, "common.txt"},
		{`join(",", fileset(".", "../../shared/*"))`, "../../shared/common.txt"},
		{`join(",", fileset(".", "{here,nosuch}.txt"))`, "here.txt"},
		{`fileset(".", "*")`, limit},
		{`fileset(".", "loop/**")`, limit},
		{`fileset(".", "../../../*")`, limit},
		{`fileset("/", "*")`, limit},
		{`fileset(".", "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}")`, limit},
		{`fileset(".", "{a,{b,c}}")`, limit},
		{`fileset(".", "{a")`, plain},
		{`templatefile("self.tpl", {})`, plain},
		{`templatefile("out.tpl", {})`, limit},
		{`templatefile("escape.txt", {})`, limit},
		{`try(file("escape.txt"), "fallback")`, limit},
		{`try(try(file("escape.txt"), "a"), "b")`, limit},
		{`try(templatefile("out.tpl", {}), "fallback")`, limit},
		{`can(file("escape.txt"))`, limit},
		{`try(file("nosuch.txt"), "fallback")`, "fallback"},
		{`abspath("x")`, filepath.ToSlash(filepath.Join(target, "envs/prod/x"))},
		{`abspath("/a/../b")`, "/b"},
		{`pathexpand("a/b")`, "a/b"},
		{`pathexpand("~/x")`, "~/x"},
		{`pathexpand("~root/x")`, plain},
	}

	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			t.Parallel()

			got := outcome(t, tt.expr, o, map[string]cty.Value{"root": cty.StringVal(target)})
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// outcome evaluates an expression to its text, or to "limit" or "error".
func outcome(t *testing.T, expr string, o tffunc.Options, vars map[string]cty.Value) string {
	t.Helper()

	v, err := evaluateWith(t, expr, o, vars)

	var diags hcl.Diagnostics

	switch {
	case errors.As(err, &diags) && tffunc.Limit(diags) != nil:
		return "limit"
	case err != nil:
		return "error"
	case !v.IsKnown():
		return "unknown"
	case v.Type() == cty.Bool:
		return strconv.FormatBool(v.True())
	case v.Type() == cty.String:
		return v.AsString()
	default:
		return v.GoString()
	}
}

func TestRootPath(t *testing.T) {
	t.Parallel()

	_, root := tree(t)
	tests := []struct {
		name string
		o    tffunc.Options
		expr string
		want string
	}{
		{"no root", tffunc.Options{}, `file("here.txt")`, "limit"},
		{"no root, existence", tffunc.Options{}, `fileexists("here.txt")`, "limit"},
		{"no root, set", tffunc.Options{}, `fileset(".", "*")`, "limit"},
		{"no root, template", tffunc.Options{}, `templatefile("a", {})`, "limit"},
		{"root alone", tffunc.Options{Root: root}, `file("shared/common.txt")`, "common"},
		{"dots", tffunc.Options{Root: root, RootPath: ".", BaseDir: "."}, `file("./shared/common.txt")`, "common"},
		{"dots with base", tffunc.Options{Root: root, RootPath: ".", BaseDir: "envs/prod"}, `file("here.txt")`, "here"},
		{"relative", tffunc.Options{Root: root, RootPath: "infra", BaseDir: "envs/prod"}, `file("infra/shared/common.txt")`, "common"},
		{"relative with base", tffunc.Options{Root: root, RootPath: "infra", BaseDir: "envs/prod"}, `file("here.txt")`, "here"},
		{"parent", tffunc.Options{Root: root, RootPath: "../infra"}, `file("../infra/shared/common.txt")`, "common"},
		{"parent of another", tffunc.Options{Root: root, RootPath: "../infra"}, `file("../other/x")`, "limit"},
		{"abspath without a place", tffunc.Options{Root: root}, `abspath("x")`, "unknown"},
		{"abspath of absolute", tffunc.Options{Root: root}, `abspath("/x/.")`, "/x"},
	}

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			if got := outcome(t, tt.expr, tt.o, nil); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestErrorsNamePathAndReason(t *testing.T) {
	t.Parallel()

	_, root := tree(t)

	for expr, want := range map[string]string{
		`file("envs/prod/escape.txt")`: "cannot read envs/prod/escape.txt: ",
		`file("../x")`:                 "cannot read ../x: it is outside the target",
		`file("envs/prod/big.txt")`:    "envs/prod/big.txt is larger than 100 bytes",
		`file("nosuch.txt")`:           "no file exists at nosuch.txt",
	} {
		_, err := evaluateWith(t, expr, tffunc.Options{Root: root, MaxFileBytes: 100}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want %q in it", expr, err, want)
		}
	}
}

func TestErrorsDoNotRevealSensitiveArguments(t *testing.T) {
	t.Parallel()

	vars := map[string]cty.Value{"s": cty.StringVal("hunter2 ${nope").Mark(tffunc.Sensitive)}

	for _, expr := range []string{
		`file(s)`, `parseint(s, 10)`, `tonumber(s)`, `regex(s, "x")`, `regex("^x", s)`, `timecmp(s, s)`, `lookup({}, s)`,
		`uuidv5(s, "x")`, `base64decode(s)`, `jsondecode(s)`, `templatestring(s, {})`, `formatdate(s, s)`, `cidrhost(s, 1)`,
	} {
		_, err := evaluateWith(t, expr, tffunc.Options{}, vars)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got error %v, want one without the argument", expr, err)
		}
	}
}
