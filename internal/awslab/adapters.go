package awslab

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// CheckAdapters fails a test for each place in a directory's Go files (tests excepted) that would make the linker keep a whole service of
// AWS, because a client of the SDK reaches an interface:
//
//   - a paginator or a waiter that is given anything but the conversion of a method, such as listUsers(client.ListUsers);
//   - a struct with a field of type *service.Client: structs end in interfaces sooner or later;
//   - a declaration that stores a new client in a variable of another type, which can only be an interface.
//
// It reads the source and not the types, so it asks for the simple shape: clients are local variables, or parameters of type
// *service.Client, and only their methods travel.
func CheckAdapters(tb testing.TB, dir string) {
	tb.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no Go files in %s (%v)", dir, err)
	}
	set := token.NewFileSet()
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			tb.Fatal(err)
		}
		for _, problem := range rawClients(file) {
			tb.Errorf("%s: %s", set.Position(problem.at), problem.text)
		}
	}
}

// problem is a place that keeps a whole service.
type problem struct {
	at   token.Pos
	text string
}

// taker is the name of a function of the SDK that takes a client as an interface.
var taker = regexp.MustCompile(`^New\w+(Paginator|Waiter)$`)

// rawClients finds what CheckAdapters refuses in one file.
func rawClients(file *ast.File) []problem {
	services := servicePackages(file)
	var problems []problem
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.CallExpr:
			function, ok := n.Fun.(*ast.SelectorExpr)
			if ok && isIdent(function.X, services) && taker.MatchString(function.Sel.Name) && len(n.Args) > 0 && !isAdapter(n.Args[0]) {
				problems = append(problems, problem{n.Pos(), function.Sel.Name + " is given a client, which keeps every operation of its " +
					"service in the binary; give it the method through a function type that implements its interface"})
			}
		case *ast.StructType:
			for _, field := range n.Fields.List {
				if isClient(field.Type, services) {
					problems = append(problems, problem{field.Pos(), "a struct holds a client; when it is stored in an interface, every " +
						"operation of the service stays in the binary; hold the methods instead"})
				}
			}
		case *ast.ValueSpec:
			problems = append(problems, assigned(n, services)...)
		default:
		}
		return true
	})
	return problems
}

// assigned finds new clients in a declaration that gives its variable another type.
func assigned(spec *ast.ValueSpec, services map[string]bool) []problem {
	if spec.Type == nil || isClient(spec.Type, services) {
		return nil
	}
	var problems []problem
	for _, value := range spec.Values {
		call, ok := value.(*ast.CallExpr)
		if !ok {
			continue
		}
		if function, ok := call.Fun.(*ast.SelectorExpr); ok && isIdent(function.X, services) && strings.HasPrefix(function.Sel.Name, "New") {
			problems = append(problems, problem{value.Pos(), "a client is stored in a variable of another type, which must be an interface"})
		}
	}
	return problems
}

// servicePackages returns the names by which a file knows the SDK's service packages.
func servicePackages(file *ast.File) map[string]bool {
	const prefix = "github.com/aws/aws-sdk-go-v2/service/"
	names := map[string]bool{}
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		service, found := strings.CutPrefix(path, prefix)
		if !found || strings.Contains(service, "/") {
			continue
		}
		if spec.Name != nil {
			service = spec.Name.Name
		}
		names[service] = true
	}
	return names
}

// isIdent tells whether an expression is one of some names.
func isIdent(expression ast.Expr, names map[string]bool) bool {
	ident, ok := expression.(*ast.Ident)
	return ok && names[ident.Name]
}

// isClient tells whether a type is *service.Client, or a slice or map of them.
func isClient(expression ast.Expr, services map[string]bool) bool {
	switch e := expression.(type) {
	case *ast.StarExpr:
		selector, ok := e.X.(*ast.SelectorExpr)
		return ok && isIdent(selector.X, services) && selector.Sel.Name == "Client"
	case *ast.ArrayType:
		return isClient(e.Elt, services)
	case *ast.MapType:
		return isClient(e.Value, services)
	default:
		return false
	}
}

// isAdapter tells whether an argument is a conversion whose operand is a method, such as listUsers(client.ListUsers).
func isAdapter(argument ast.Expr) bool {
	call, ok := argument.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 {
		return false
	}
	_, method := call.Args[0].(*ast.SelectorExpr)
	return method
}
