package tffunc

import (
	"maps"
	"os"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// Options say what the functions may see.
type Options struct {
	// Root is the only directory tree that file functions read: the target's root, which may hold the module and
	// its parents up to the target. Nil means that every file function returns a [LimitError].
	Root *os.Root

	// RootPath is the path under which expressions know Root. A path that begins with it is taken to be below
	// Root; any other absolute path is out of reach. Give an absolute path if path.cwd or abspath occur: with a
	// relative RootPath, abspath of a relative path is unknown. Empty or "." means that expressions use no name
	// for Root, and that relative paths are relative to BaseDir alone.
	RootPath string

	// BaseDir is what relative paths are relative to, slash-separated and below Root: the root module's
	// directory, in which Terraform would have been started. Empty or "." is Root itself.
	BaseDir string

	// MaxFileBytes is the size in bytes of the largest file that is read; zero is 10 MiB. What a function returns
	// is subject to [MaxBytes] as well.
	MaxFileBytes int64
}

// coreNamespace is the explicit namespace of the functions that are built into Terraform.
const coreNamespace = "core::"

// Table returns the functions of Terraform 1.11 by name, each also under its core:: name. The map belongs to
// the caller, who may add to it. The functions are safe for concurrent use.
func Table(o Options) map[string]function.Function {
	f := files{Options: o}

	entries := map[string]entry{}
	for _, group := range []map[string]entry{
		libraryFunctions(),
		collectionFunctions(),
		textFunctions(),
		regexFunctions(),
		encodingFunctions(),
		networkFunctions(),
		timeFunctions(),
		conversionFunctions(),
		markFunctions(),
		unpredictableFunctions(),
		f.functions(),
	} {
		maps.Copy(entries, group)
	}

	table := make(map[string]function.Function, 2*(len(entries)+4))
	for name, e := range entries {
		table[name] = bounded(e)
	}

	table["try"] = tryFunction()
	table["can"] = canFunction()

	maps.Copy(table, templateFunctions(f, table))

	for name, fn := range maps.Clone(table) {
		table[coreNamespace+name] = fn
	}

	return table
}

// IsProviderFunction tells whether name, as written in a call, is a function that a provider defines:
// provider::NAME::FUNCTION.
func IsProviderFunction(name string) bool {
	return strings.HasPrefix(name, "provider::")
}

// Unknown returns a function that takes any arguments and whose result is unknown, with the marks of the
// arguments. It stands for a function whose code is not present, such as one that a provider defines.
func Unknown() function.Function {
	p := anyValue("args")

	return function.New(&function.Spec{
		VarParam: &p,
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			result := cty.DynamicVal
			for _, arg := range args {
				_, marks := arg.UnmarkDeep()
				result = result.WithMarks(marks)
			}

			return result, nil
		},
	})
}
