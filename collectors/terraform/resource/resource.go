// Package resource is the form in which both Terraform inputs, HCL directories and plan JSON, hand resource
// instances to the mapping (collectors/terraform/aws).
//
// An instance is one resource after count and for_each, with its address, and a body: attributes and nested blocks.
// Each attribute knows its value, whether it is sensitive, where it stands in the source, and to which other
// instances it refers. A value that cannot be known without a provider is unknown with its reason; a string
// that is known in part ("${aws_s3_bucket.b.arn}/*") keeps its parts, so that a policy document with an unknown ARN
// can still be judged.
package resource

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/internal/evidence"
)

// Mode tells resources from data sources.
type Mode string

// The two modes.
const (
	Managed Mode = "managed"
	Data    Mode = "data"
)

// Range is a place in a file. Lines and columns are 1-based; columns count characters; End is exclusive in columns.
type Range struct {
	File      string // slash-separated, as Locator.File wants it; "" where there is no source (a plan without HCL)
	Line      int
	Column    int
	EndLine   int
	EndColumn int
}

// IsZero reports whether there is no place.
func (r Range) IsZero() bool { return r.File == "" }

// Ref is a reference to another resource instance (or to all instances of a resource, where the key is not known).
type Ref struct {
	// Address is the instance's absolute address, or the resource's without a key where the key is not known.
	Address string
	// Attr is the path below the instance, such as "arn" or "root_block_device[0].volume_id"; "" for the whole.
	Attr string
}

// Part is one piece of a string that is known in part: either literal text or a hole.
type Part struct {
	Text string // literal text; "" in a hole
	Hole bool
	Ref  Ref // what the hole refers to; zero where it is no plain reference
}

// Attribute is one argument of a body.
type Attribute struct {
	// Set is false where the argument is absent or null; then all else is zero (Range may be set for an explicit null).
	Set bool
	// Value is the argument's value, unmarked at every depth. It can be unknown, or hold unknown parts.
	Value cty.Value
	// Unknown is why Value is not wholly known; nil where it is.
	Unknown *evidence.Unknown
	// Sensitive is true where any part of the value is marked sensitive.
	Sensitive bool
	// Range is the place of the argument (name and expression).
	Range Range
	// Refs are all the instances that the value depends on, sorted by address and attribute, without repeats.
	Refs []Ref
	// Parts are set where Value is an unknown string that is known in part or is plainly one reference.
	Parts []Part
	// Same are the arguments of instances whose value this one is, unaltered, where Value is an unknown scalar that another instance's
	// configuration sets: db_subnet_group_name = aws_db_subnet_group.g.name, where the group's name holds an account id. Sorted by address and attribute.
	Same []Ref
	// Doc is set where Value is an unknown string that jsonencode (or a computed document) made from a value that is
	// known in part: that value, with unknown leaves. Inside it, string leaves that are known in part are marked with
	// PartsMark, and those that another instance's configuration sets with SameMark. It is also set where Value is itself a collection that holds unknown strings: then it is that collection,
	// with the same marks.
	Doc cty.Value
}

// PartsMark is the cty mark that carries the parts of an unknown string inside Attribute.Doc and inside collections.
type PartsMark struct{ Parts *[]Part }

// SameMark is the cty mark that carries a reference of Attribute.Same inside Attribute.Doc and inside collections. A value can have several.
type SameMark Ref

// Body is an instance's arguments, or those of one nested block.
type Body struct {
	// Range is the place of the block's header.
	Range Range
	// Attributes by name. Null arguments are absent.
	Attributes map[string]Attribute
	// Nested are the nested blocks by type, in source order. A plan's lists of objects appear here too.
	Nested map[string][]*Body
	// UnknownNested says, by block type, why further blocks of the type may exist (a dynamic block over an unknown
	// collection).
	UnknownNested map[string]*evidence.Unknown
	// Label is the nested block's labels joined by a space; usually "".
	Label string
}

// Provider is the provider configuration that an instance uses.
type Provider struct {
	Name  string // local name of the provider, such as "aws"
	Alias string // "" for the default configuration
	// Config is the provider block's body; nil where none is declared.
	Config *Body
}

// Instance is one resource or data source after expansion.
type Instance struct {
	Address  string // absolute: module.a["eu"].aws_s3_bucket.b[0]
	Resource string // absolute address without the instance key: module.a["eu"].aws_s3_bucket.b
	Module   string // module.a["eu"]; "" for the root module
	Mode     Mode
	Type     string
	Name     string
	Key      cty.Value // number or string; cty.NilVal without count and for_each; unknown where the collection is unknown
	Provider Provider
	Body     *Body
	// Unexpanded is set where count or for_each of the block, or of a module call around it, is not known: the instance
	// stands for zero or more.
	Unexpanded *evidence.Unknown
	// DependsOn are the explicit dependencies.
	DependsOn []Ref
	// MovedFrom are earlier addresses (moved blocks), newest first.
	MovedFrom []string
	// ARN is the ARN of what exists already at the address, as a plan or a state says; "" where nothing does or it has none.
	ARN string
	// Method is terraform:hcl, terraform:plan or terraform:state.
	Method string
	// Change is the plan's action: create, update, replace, no-op, read; "" for HCL.
	Change string
	// Comments are the comment lines that stand directly above the block or inside it at its first lines and start
	// with "assay:".
	Comments []Comment
}

// Comment is a line with nothing but a comment on it.
type Comment struct {
	Text string // without the marker and the space around it
	File string // as in Range
	Line int    // 1-based
}

// Attr returns the argument, or a zero Attribute where it is absent.
func (b *Body) Attr(name string) Attribute {
	if b == nil {
		return Attribute{}
	}
	return b.Attributes[name]
}

// Blocks returns the nested blocks of the type in order, and why there may be more of them (nil when there cannot be).
func (b *Body) Blocks(typ string) ([]*Body, *evidence.Unknown) {
	if b == nil {
		return nil, nil
	}
	return b.Nested[typ], b.UnknownNested[typ]
}

// Block returns the only (or first) nested block of the type, or nil.
func (b *Body) Block(typ string) *Body {
	if b == nil || len(b.Nested[typ]) == 0 {
		return nil
	}
	return b.Nested[typ][0]
}
