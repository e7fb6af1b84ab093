package terraform

import (
	"context"
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
)

func line(n int) resource.Range { return resource.Range{File: "main.tf", Line: n, EndLine: n} }

func TestOverlay(t *testing.T) {
	t.Parallel()
	computed := &evidence.Unknown{Reason: evidence.Computed, Detail: "known after apply"}
	planned := &resource.Instance{Address: `module.m["a"].aws_x.x[1]`, Body: &resource.Body{
		Attributes: map[string]resource.Attribute{
			"known": {Set: true, Value: cty.True}, "open": {Set: true, Value: cty.DynamicVal, Unknown: computed}, "default": {Set: true, Value: cty.False},
		},
		Nested: map[string][]*resource.Body{"rule": {{Attributes: map[string]resource.Attribute{"port": {Set: true, Value: cty.Zero}}}}, "made": {{}, {}}},
		UnknownNested: map[string]*evidence.Unknown{
			"dynamic": computed, "unwritten": computed, "written": computed,
		},
	}}
	why := &evidence.Unknown{Reason: evidence.Computed, Detail: "aws_y.y.rules is known only after apply"}
	written := &resource.Instance{Address: `module.m["a"].aws_x.x[1]`, Comments: []resource.Comment{{Text: "assay: ignore"}}, Body: &resource.Body{
		Range: line(1),
		Attributes: map[string]resource.Attribute{
			"known": {Set: true, Value: cty.False, Range: line(2)},
			"open": {
				Set: true, Value: cty.UnknownVal(cty.String), Unknown: why, Range: line(3), Refs: []resource.Ref{{Address: "aws_y.y", Attr: "id"}},
				Parts: []resource.Part{{Text: "x-"}, {Hole: true}},
			},
		},
		Nested: map[string][]*resource.Body{
			"rule":    {{Range: line(4), Attributes: map[string]resource.Attribute{"port": {Set: true, Value: cty.Zero, Range: line(5)}}}},
			"made":    {{Range: line(6)}},
			"written": {{Range: line(7)}},
		},
		UnknownNested: map[string]*evidence.Unknown{"dynamic": why},
	}}
	if n := overlay([]*resource.Instance{planned}, []*resource.Instance{written}); n != 1 {
		t.Fatalf("found %d instances", n)
	}
	b := planned.Body
	places := map[string]int{
		"": b.Range.Line, "known": b.Attr("known").Range.Line, "open": b.Attr("open").Range.Line, "default": b.Attr("default").Range.Line,
		"rule": b.Block("rule").Range.Line, "port": b.Block("rule").Attr("port").Range.Line, "made": b.Nested["made"][1].Range.Line,
	}
	if diff := cmp.Diff(map[string]int{"": 1, "known": 2, "open": 3, "default": 0, "rule": 4, "port": 5, "made": 6}, places); diff != "" {
		t.Errorf("places:\n%s", diff)
	}
	if a := b.Attr("known"); !a.Value.True() {
		t.Error("the plan's value was replaced")
	}
	if a := b.Attr("open"); len(a.Parts) != 2 || len(a.Refs) != 1 || a.Unknown != computed {
		t.Errorf("what is known in part is %+v", a)
	}
	if diff := cmp.Diff(map[string]*evidence.Unknown{"dynamic": why, "written": computed}, b.UnknownNested); diff != "" {
		t.Errorf("blocks that may exist:\n%s", diff)
	}
	if diff := cmp.Diff([]resource.Comment{{Text: "assay: ignore"}}, planned.Comments); diff != "" {
		t.Error(diff)
	}

	other := &resource.Instance{Address: `module.m["b"].aws_x.x[7]`, Body: &resource.Body{
		Attributes: map[string]resource.Attribute{"open": {Set: true, Value: cty.DynamicVal, Unknown: computed}},
	}}
	overlay([]*resource.Instance{other}, []*resource.Instance{written})
	if a := other.Body.Attr("open"); a.Range.Line != 3 || a.Refs != nil {
		t.Errorf("another instance of the block takes its places and not its references, but got %+v", a)
	}
	if n := overlay([]*resource.Instance{{Address: "aws_z.z", Body: &resource.Body{}}}, []*resource.Instance{written}); n != 0 {
		t.Errorf("found %d instances of another configuration", n)
	}
}

func TestWithoutKeys(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"aws_x.x": "aws_x.x", `module.a["e.u]"].aws_x.x[0]`: "module.a.aws_x.x", `aws_x.x["a\"]b"]`: "aws_x.x", `module.a[*].aws_x.x`: "module.a.aws_x.x",
	} {
		if got := withoutKeys(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestSplitModule(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"aws_x.x.a":                       {"", "aws_x.x.a"},
		"module.m.aws_x.x.a":              {"module.m", "aws_x.x.a"},
		`module.m["a.b"].module.n.var.v`:  {`module.m["a.b"].module.n`, "var.v"},
		"module.m.password":               {"", "module.m.password"},
		"module.m.module.n.password":      {"module.m", "module.n.password"},
		"module.m.settings.db_name":       {"", "module.m.settings.db_name"},
		`module.m["a"].data.aws_x.x.json`: {`module.m["a"]`, "data.aws_x.x.json"},
	} {
		module, local := splitModule(in)
		if got := [2]string{module, local}; got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}

// denied is a tree in which one directory cannot be listed.
type denied struct{ fstest.MapFS }

func (d denied) ReadDir(name string) ([]fs.DirEntry, error) {
	if name == "prod/secret" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return d.MapFS.ReadDir(name)
}

func TestUnlisted(t *testing.T) {
	t.Parallel()
	tree := denied{fstest.MapFS{
		"prod/main.tf": {}, "prod/secret/main.tf": {}, ".git/x": {}, "node_modules/secret/x": {},
	}}
	found, err := unlisted(t.Context(), tree)
	if err != nil || len(found) != 1 || found[0].path != "prod/secret" || !errors.Is(found[0].err, fs.ErrPermission) {
		t.Errorf("got %+v and %v", found, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := unlisted(ctx, tree); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v after the end of the context", err)
	}
}
