package policy

import (
	"slices"
	"strings"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/assay-audit/assay/internal/kind"
)

// forbidden are the built-ins that would let a verdict depend on anything but the evidence: the network, the environment, the
// clock, randomness.
var forbidden = []string{"http.send", "opa.runtime", "rand.intn", "time.now_ns", "uuid.rfc4122", "trace", "rego.parse_module"}

// capabilities are OPA's own without the forbidden built-ins.
var capabilities = sync.OnceValue(func() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(slices.Clone(c.Builtins), func(b *ast.Builtin) bool {
		return slices.Contains(forbidden, b.Name) || strings.HasPrefix(b.Name, "net.lookup")
	})
	c.AllowNet = []string{}
	return c
})

// checkedWhenBuilt are the stages that look for mistakes and change nothing. The built-in policies have passed them when they were built
// (the tests compile them typed), and they are a third of what compiling costs.
func checkedWhenBuilt() []ast.StageID {
	return []ast.StageID{
		ast.StageCheckUnusedImports, ast.StageCheckKeywordOverrides, ast.StageCheckDuplicateImports, ast.StageCheckVoidCalls,
		ast.StageParseMetadataBlocks, ast.StageSetAnnotationSet, ast.StageCheckRuleConflicts, ast.StageCheckUndefinedFuncs,
		ast.StageCheckRecursion, ast.StageCheckTypes, ast.StageCheckUnsafeBuiltins, ast.StageCheckDeprecatedBuiltins,
		ast.StageBuildRequiredCapabilities,
	}
}

// Compile compiles the checks and the libraries they use, in strict mode, and aborts on any error. With typed set, the
// policies' schema annotations are checked against the kinds as well; the built-in policies have passed that when they were
// built, so a run needs it only for an organisation's own.
func (c *Catalogue) Compile(checks []Check, typed bool) (*ast.Compiler, error) {
	mods, err := c.modules(checks)
	if err != nil {
		return nil, err
	}
	comp := ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities()).WithDefaultRegoVersion(ast.RegoV1)
	if typed {
		comp = comp.WithSchemas(schemas()).WithUseTypeCheckAnnotations(true)
	} else {
		comp = comp.WithSkipStages(checkedWhenBuilt()...)
	}
	comp.Compile(mods)
	if comp.Failed() {
		return nil, comp.Errors
	}
	return comp, nil
}

// schemas are those of every kind and facet, under schema.<name>.
var schemas = sync.OnceValue(func() *ast.SchemaSet {
	set := ast.NewSchemaSet()
	for _, k := range slices.Concat(kind.Facets(), kind.All()) {
		set.Put(ast.MustParseRef("schema."+k.Name), kind.Schema(k.Name))
	}
	set.Put(ast.MustParseRef("schema."+kind.Any), kind.Schema(kind.Any))
	return set
})
