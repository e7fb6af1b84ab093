package reach

import (
	"slices"
	"strings"

	"github.com/assay-audit/assay/internal/iampolicy"
)

// Index finds the assets that an identity's policies can speak of at all. It may name too many assets, never too few.
type Index struct {
	assets   []Asset
	all      []int            // every asset
	byARN    map[string][]int // assets whose ARN is wholly known
	sorted   []string         // those ARNs, sorted
	byRef    map[string][]int // assets by the references that stand in their ARNs
	holed    map[string][]int // assets whose ARN is not wholly known, by service
	granting []int            // assets whose own policy decides, or may grant something to somebody
	memory   map[memoryKey]answer
}

// memoryKey is an identity's key and an asset's place.
type memoryKey struct {
	identity string
	asset    int
}

// NewIndex prepares assets to be asked about. They are asked about in their order.
func NewIndex(assets []Asset) *Index {
	x := &Index{
		assets: assets, byARN: map[string][]int{}, byRef: map[string][]int{}, holed: map[string][]int{}, memory: map[memoryKey]answer{},
	}
	for i, a := range assets {
		x.all = append(x.all, i)
		for _, arn := range a.ARNs {
			if text, known := arn.Known(); known {
				x.byARN[text] = append(x.byARN[text], i)
				continue
			}
			x.holed[a.Service] = append(x.holed[a.Service], i)
			for _, p := range arn.Parts() {
				if p.Ref != "" {
					x.byRef[p.Ref] = append(x.byRef[p.Ref], i)
				}
			}
		}
		if a.Policy != nil && (a.Service == "kms" || grantsSomebody(*a.Policy)) {
			x.granting = append(x.granting, i)
		}
	}
	for arn := range x.byARN {
		x.sorted = append(x.sorted, arn)
	}
	slices.Sort(x.sorted)
	return x
}

// grantsSomebody reports whether a resource's policy has a statement that may allow an identity something.
func grantsSomebody(doc iampolicy.Document) bool {
	return doc.Unknown || slices.ContainsFunc(doc.Statements, func(s iampolicy.Statement) bool {
		if s.Effect == iampolicy.Deny {
			return false
		}
		return s.Principal.More || s.Principal.Not || slices.ContainsFunc(s.Principal.Values, func(p iampolicy.Principal) bool {
			return p.Type == iampolicy.PrincipalAWS || p.Type == iampolicy.PrincipalEveryone
		})
	})
}

// candidates returns the assets that the identity's policies can speak of, in order.
func (x *Index) candidates(id iampolicy.Identity) []int {
	picked := make(map[int]struct{}, 16)
	pick := func(list []int) {
		for _, i := range list {
			picked[i] = struct{}{}
		}
	}
	pick(x.granting)
	for _, doc := range id.Policies {
		if doc.Unknown {
			return x.all
		}
		for _, s := range doc.Statements {
			if s.Effect == iampolicy.Deny {
				continue
			}
			if s.Resource.Not || s.Resource.More || !s.Resource.Present {
				return x.all
			}
			for _, v := range s.Resource.Values {
				if !x.value(v, pick) {
					return x.all
				}
			}
		}
	}
	order := make([]int, 0, len(picked))
	for i := range picked {
		order = append(order, i)
	}
	slices.Sort(order)
	return order
}

// value picks the assets that one resource pattern can match, and reports whether it can tell.
func (x *Index) value(v iampolicy.Str, pick func([]int)) bool {
	text, known := v.Known()
	if !known {
		return x.partly(v, pick)
	}
	head, wild := text, false
	if i := strings.IndexAny(text, "*?$"); i >= 0 { // $ begins a policy variable
		head, wild = text[:i], true
	}
	fields := strings.SplitN(head, ":", 4)
	if len(fields) < 4 {
		return false
	}
	pick(x.holed[fields[2]])
	for i := range head { // an object in a bucket: some prefix of the pattern is the asset
		if head[i] == '/' || head[i] == ':' {
			pick(x.byARN[head[:i]])
		}
	}
	pick(x.byARN[head])
	if wild {
		at, _ := slices.BinarySearch(x.sorted, head)
		for ; at < len(x.sorted) && strings.HasPrefix(x.sorted[at], head); at++ {
			pick(x.byARN[x.sorted[at]])
		}
	}
	return true
}

// partly picks the assets of a pattern with references in it.
func (x *Index) partly(v iampolicy.Str, pick func([]int)) bool {
	for _, p := range v.Parts() {
		if !p.Hole {
			if strings.ContainsAny(p.Text, "*?$") {
				return false // a wildcard before the reference
			}
			continue
		}
		if p.Ref == "" || len(x.byRef[p.Ref]) == 0 {
			return false
		}
		pick(x.byRef[p.Ref])
		return true
	}
	return false
}
