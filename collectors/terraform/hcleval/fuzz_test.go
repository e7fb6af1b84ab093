package hcleval_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/assay-audit/assay/collectors/terraform/hcleval"
)

// FuzzEvaluate feeds arbitrary files to a whole evaluation: it must neither panic nor hang, and must say the same twice.
func FuzzEvaluate(f *testing.F) {
	for _, seed := range fuzzSeeds(f) {
		f.Add(seed, `{"resource":{"aws_a":{"b":{"tags":{"a":"${aws_x.y.id}"},"dynamic":{"rule":{"for_each":[1],"content":{"n":"${rule.value}"}}}}}}}`,
			`a = { b = [1, "x"] }`, `{"Modules":[{"Key":"m","Dir":".terraform/modules/m"},{"Key":"n","Dir":"../.."}]}`)
	}
	f.Fuzz(func(t *testing.T, native, jsonSyntax, vars, manifest string) {
		dir := write(t, "main.tf", native, "more.tf.json", jsonSyntax, "terraform.tfvars", vars, "x.auto.tfvars.json", jsonSyntax,
			".terraform/modules/modules.json", manifest, "m/main.tf", native, "tpl", native)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		first, err := hcleval.Evaluate(ctx, dir, hcleval.Options{DisplayDir: ".", MaxInstances: 500})
		if err != nil {
			t.Fatal(err)
		}
		second, err := hcleval.Evaluate(ctx, dir, hcleval.Options{DisplayDir: ".", MaxInstances: 500})
		if err != nil {
			t.Fatal(err)
		}
		if len(first.Instances) != len(second.Instances) || len(first.Diagnostics) != len(second.Diagnostics) {
			t.Errorf("two evaluations differ: %d and %d instances, %d and %d diagnostics",
				len(first.Instances), len(second.Instances), len(first.Diagnostics), len(second.Diagnostics))
		}
		for range first.Literals() {
			continue
		}
		if _, err := hcleval.Roots(ctx, dir); err != nil {
			t.Fatal(err)
		}
	})
}

// fuzzSeeds are the configurations of the tests.
func fuzzSeeds(f *testing.F) []string {
	f.Helper()
	seeds := make([]string, 0, 8)
	seeds = append(seeds,
		storeModule,
		`resource "a_b" "c" { x = [for i in range(9): { (i) = i }...] }`,
		"locals {\n a = local.b\n b = [local.a, aws_x.y[0].z, module.m.o, each.key, self.q]\n}\nmodule \"m\" {\n source = \"./m\"\n for_each = var.x\n}\nvariable \"x\" {}",
		"moved {\n from = a.b\n to = a.c\n}\nterraform {\n backend \"s3\" { bucket = var.b }\n}\ndata \"aws_iam_policy_document\" \"d\" {\n source_policy_documents = [data.aws_iam_policy_document.d.json]\n}",
		`resource "a_b" "c" { x = templatefile("tpl", { a = aws_x.y.z }) ? "${a[*].b}" : %{for} }`,
	)
	for _, name := range []string{"main.tf", "variables.tf"} {
		text, err := os.ReadFile(filepath.Join("testdata", "oracle", name))
		if err != nil {
			f.Fatal(err)
		}
		seeds = append(seeds, string(text))
	}
	return seeds
}
