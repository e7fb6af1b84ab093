package aws

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/collectors/terraform/resource"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// policyOf reads an argument that holds a policy document. Absent means that there is none.
func policyOf(v mapping.View, name string) mapping.Read[cty.Value] { return v.JSON(name) }

// asks puts a question to a policy document: true or false where the document proves it, else unknown with the reasons.
func asks(doc kind.Attr[cty.Value], question func(iampolicy.Document) iampolicy.Result) kind.Attr[bool] {
	return kind.Then(doc, func(val cty.Value) kind.Attr[bool] {
		parsed, err := iampolicy.FromNode(policyNode(val))
		if err != nil {
			return kind.Unknown[bool](evidence.ParseError, err.Error())
		}
		answer := question(parsed)
		yes, known := answer.Verdict.Bool()
		if !known {
			return kind.Unknown[bool](evidence.Unresolved, strings.Join(answer.Reasons, "; "))
		}
		return kind.Known(yes)
	})
}

// letsPublicIn says whether a policy argument allows anything to everyone; without a policy nobody is let in.
func letsPublicIn(v mapping.View, name string) kind.Attr[bool] {
	doc := policyOf(v, name)
	if doc.Absent() || emptyPolicy(v, name) {
		return kind.Known(false).From(v.ProvenanceOf(name))
	}
	return asks(doc.OrNull(), iampolicy.Public)
}

// refusesHTTP says whether the argument policy of p denies everyone the data of the owner's resource in requests without TLS;
// without a policy it does not. Service is the prefix of the actions, such as "s3".
func refusesHTTP(owner, p mapping.View, service string) kind.Attr[bool] {
	const name = "policy"
	doc := policyOf(p, name)
	if doc.Absent() || emptyPolicy(p, name) {
		return kind.Known(false).From(p.ProvenanceOf(name))
	}
	return asks(doc.OrNull(), func(d iampolicy.Document) iampolicy.Result {
		return iampolicy.DeniesInsecureTransport(resolved(owner.Context(), d), iampolicy.Resource{Service: service, ARNs: arnsOf(owner)})
	})
}

// emptyPolicy is for a policy that is written as an empty string, which the provider takes for none.
func emptyPolicy(v mapping.View, name string) bool {
	s, known := v.String(name).Known()
	return known && strings.TrimSpace(s) == ""
}

// policyNode turns a document as the evaluator holds it into the tree that iampolicy reads. A string that is known in part
// keeps its parts.
func policyNode(val cty.Value) iampolicy.Node {
	parts := piecesOf(val)
	val, _ = val.Unmark()
	switch {
	case !val.IsKnown() && parts != nil:
		return iampolicy.String(iampolicy.NewStr(parts...))
	case !val.IsKnown():
		return iampolicy.Node{}
	case val.IsNull():
		return iampolicy.Node{Kind: iampolicy.NodeNull}
	}
	ty := val.Type()
	switch {
	case ty == cty.String:
		return iampolicy.String(iampolicy.Literal(val.AsString()))
	case ty == cty.Bool:
		text := "false"
		if val.True() {
			text = "true"
		}
		return iampolicy.Node{Kind: iampolicy.NodeBool, Text: iampolicy.Literal(text)}
	case ty == cty.Number:
		return policyNumber(val)
	case ty.IsMapType() || ty.IsObjectType():
		return policyObject(val)
	case ty.IsTupleType() || ty.IsListType() || ty.IsSetType():
		return policyList(val)
	}
	return iampolicy.Node{}
}

// policyNumber writes a number such as an account id in full. One that no float64 could hold is left unknown: to write it out
// would take as long as its exponent is large.
func policyNumber(val cty.Value) iampolicy.Node {
	const largest = 1 << 10
	if n := val.AsBigFloat(); n.MantExp(nil) < largest && n.MantExp(nil) > -largest {
		return iampolicy.Node{Kind: iampolicy.NodeNumber, Text: iampolicy.Literal(n.Text('f', -1))}
	}
	return iampolicy.Node{}
}

func policyList(val cty.Value) iampolicy.Node {
	out := iampolicy.Node{Kind: iampolicy.NodeList}
	for it := val.ElementIterator(); it.Next(); {
		_, el := it.Element()
		if unmarked, _ := el.Unmark(); unmarked.IsKnown() && unmarked.IsNull() {
			continue
		}
		out.Items = append(out.Items, policyNode(el))
	}
	return out
}

func policyObject(val cty.Value) iampolicy.Node {
	out := iampolicy.Node{Kind: iampolicy.NodeObject}
	for it := val.ElementIterator(); it.Next(); {
		k, el := it.Element()
		k, _ = k.Unmark()
		node := policyNode(el)
		if node.Kind == iampolicy.NodeNull { // jsonencode writes null for an optional attribute; AWS ignores such a member
			continue
		}
		out.Members = append(out.Members, iampolicy.Member{Name: iampolicy.Literal(k.AsString()), Value: node})
	}
	slices.SortStableFunc(out.Members, func(a, b iampolicy.Member) int { return strings.Compare(a.Name.String(), b.Name.String()) })
	return out
}

// piecesOf returns the pieces of a string that is known in part, nil of any other value.
func piecesOf(val cty.Value) []iampolicy.Part {
	for mark := range val.Marks() {
		m, ok := mark.(resource.PartsMark)
		if !ok || m.Parts == nil {
			continue
		}
		var out []iampolicy.Part
		for _, p := range *m.Parts {
			out = append(out, iampolicy.Part{Text: p.Text, Hole: p.Hole, Ref: refText(p.Ref), Like: likeOf(p.Ref)})
		}
		return out
	}
	return nil
}

// refText names what a hole refers to. Only an attribute of a resource is sure to be neither empty nor a wildcard.
func refText(r resource.Ref) string {
	if r.Address == "" || r.Attr == "" {
		return ""
	}
	return r.Address + "." + r.Attr
}

// likeOf is the shape of an ARN that a reference is sure to have.
func likeOf(r resource.Ref) string {
	if r.Attr != "arn" {
		return ""
	}
	for part := range strings.SplitSeq(r.Address, ".") {
		switch part {
		case "aws_s3_bucket":
			return "arn:*:s3:::*"
		case "aws_iam_role":
			return "arn:*:iam::*:role/*"
		case "aws_iam_user":
			return "arn:*:iam::*:user/*"
		case "aws_kms_key":
			return "arn:*:kms:*:*:key/*"
		}
	}
	return ""
}
