package services_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/collectors/aws/services"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/kind"
)

// reads are the beginnings of the names of operations that change nothing.
var reads = []string{"Describe", "Get", "List", "BatchGet", "Search"}

// harmless are operations that read, whatever their names say.
var harmless = map[string]string{
	"iam:GenerateCredentialReport": "makes AWS write its own report of the users, which GetCredentialReport then reads",
}

// contents are operations that return what Assay must never see: secret values, parameters in clear text, the content of stores.
var contents = []string{
	"GetSecretValue", "BatchGetSecretValue", "GetParameter", "GetParameters", "GetParametersByPath", "GetParameterHistory", "GetObject", "GetPasswordData",
	"GetItem", "BatchGetItem", "GetRecords", "GetLogEvents", "GetSessionToken", "GetFederationToken", "GetAuthorizationToken", "GetDataKey",
	"GetCommandInvocation", "GetRoleCredentials", "GetFunction", "GetConsoleOutput", "GetConsoleScreenshot", "GetQueryResults",
}

func TestOperationsOnlyReadAndNeverContents(t *testing.T) {
	for _, s := range services.Services() {
		for _, o := range s.Operations {
			name := s.Name + ":" + o.Name
			_, known := harmless[name]
			if !known && !slices.ContainsFunc(reads, func(p string) bool { return strings.HasPrefix(o.Name, p) }) {
				t.Errorf("%s does not begin like an operation that reads", name)
			}
			if slices.Contains(contents, o.Name) {
				t.Errorf("%s returns contents", name)
			}
		}
	}
}

func TestOperationsSayWhatTheyTell(t *testing.T) {
	words := map[string]bool{}
	for _, relation := range []string{"can_read", "can_write", "can_admin", "can_assume", "member_of", "owned_by", "reaches", "attached_to", "protects", "copy_of", "selected_by", "encrypted_by", "logs_to", "runs_on"} {
		words[relation] = true
	}
	for _, k := range slices.Concat(kind.All(), kind.Facets()) {
		words[k.Name] = true
		for _, typ := range kind.Types(k.Name) {
			addPaths(words, typ, "")
		}
	}
	for _, s := range services.Services() {
		for _, o := range s.Operations {
			for _, w := range o.Tells {
				if !words[w] {
					t.Errorf("%s:%s tells %q, which is no kind, attribute path or relation", s.Name, o.Name, w)
				}
			}
		}
		for _, k := range s.Kinds {
			if !words[k] {
				t.Errorf("%s yields %q, which is no kind", s.Name, k)
			}
		}
	}
}

// addPaths adds the attribute paths of a struct, those of list elements both as regions[].name and as name, which is how policies name them.
func addPaths(words map[string]bool, typ reflect.Type, prefix string) {
	for field := range typ.Fields() {
		path, ok := field.Tag.Lookup("attr")
		if !ok {
			continue
		}
		words[path], words[prefix+path] = true, true
		if value := kind.ValueType(field.Type); value.Kind() == reflect.Slice && value.Elem().Kind() == reflect.Struct {
			addPaths(words, value.Elem(), prefix+path+"[].")
		}
	}
}

// TestDeclaredOperationsAreTheUsedOnes holds the declarations against the source: an operation that is called and not declared would panic,
// and one that is declared and not called would ask for a permission that nothing needs.
func TestDeclaredOperationsAreTheUsedOnes(t *testing.T) {
	var declared []string
	for _, s := range services.Services() {
		for _, o := range s.Operations {
			declared = append(declared, s.Name+":"+o.Name)
		}
	}
	slices.Sort(declared)
	if twice := len(declared) - len(slices.Compact(slices.Clone(declared))); twice > 0 {
		t.Errorf("%d operations are declared twice", twice)
	}
	used := usedOperations(t, ".", "..")
	if diff := cmp.Diff(used, slices.Compact(declared)); diff != "" {
		t.Errorf("used (-) and declared (+) differ:\n%s", diff)
	}
}

// usedOperations are the operations whose inputs the sources make, as service:Operation.
func usedOperations(t *testing.T, dirs ...string) []string {
	t.Helper()
	const sdk = "github.com/aws/aws-sdk-go-v2/service/"
	found := map[string]bool{}
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			packages := map[string]string{}
			for _, imp := range file.Imports {
				if path, err := strconv.Unquote(imp.Path.Value); err == nil && strings.HasPrefix(path, sdk) && !strings.HasSuffix(path, "/types") {
					local := filepath.Base(path)
					if imp.Name != nil {
						local = imp.Name.Name
					}
					packages[local] = filepath.Base(path)
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if !ok {
					return true
				}
				sel, ok := lit.Type.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				pkg, ok := sel.X.(*ast.Ident)
				if op, input := strings.CutSuffix(sel.Sel.Name, "Input"); ok && input && packages[pkg.Name] != "" && packages[pkg.Name] != "sts" {
					found[packages[pkg.Name]+":"+op] = true
				}
				return true
			})
		}
	}
	out := make([]string, 0, len(found))
	for op := range found {
		out = append(out, op)
	}
	slices.Sort(out)
	return out
}

// TestOperationsTakeTheirOwnAction holds the stated actions against AWS's Service Authorization Reference: an operation whose name is an action's
// takes that action, and one that states others has no action of its own or names it among them.
func TestOperationsTakeTheirOwnAction(t *testing.T) {
	reference, err := awslab.NewIAMReference()
	if err != nil {
		t.Fatal(err)
	}
	list := services.Services()
	for i := range list {
		s := &list[i]
		for _, o := range s.Operations {
			own := s.Permissions(api.Operation{Name: o.Name})[0]
			_, known, err := reference.Action(own)
			if err != nil {
				t.Fatal(err)
			}
			if stated := s.Permissions(o); known != slices.Contains(stated, own) {
				t.Errorf("%s:%s states %v; that AWS has the action %s is %t", s.Name, o.Name, stated, own, known)
			}
		}
	}
}
