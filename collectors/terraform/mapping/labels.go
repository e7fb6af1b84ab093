package mapping

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
	"github.com/assay-audit/assay/internal/label"
	"github.com/assay-audit/assay/internal/reference/region"
)

// Tags returns the tags that the provider will put on the resource: its own over the provider's default_tags. Open is why
// other tags may exist or differ, nil where all are known.
func (v View) Tags() (tags map[string]string, open *evidence.Unknown) {
	set := v.tagSet()
	for _, key := range slices.Sorted(maps.Keys(set.gaps)) {
		if set.open == nil {
			why := set.gaps[key]
			set.open = &why
		}
	}
	return set.values, set.open
}

// tagSet is a resource's tags: the known ones, why the values of others are not known, and why there may be more.
type tagSet struct {
	values map[string]string
	gaps   map[string]evidence.Unknown
	open   *evidence.Unknown
}

// tagsIn are the tags of one argument.
func tagsIn(v View, arg string) tagSet {
	t := tagSet{values: make(map[string]string), gaps: make(map[string]evidence.Unknown)}
	t.lay(v, arg)
	return t
}

// lay puts the tags of an argument over those that are there.
func (t *tagSet) lay(v View, arg string) {
	known, gaps, open := v.entries(arg)
	for key, value := range known {
		t.values[key] = value
		delete(t.gaps, key)
	}
	for key, why := range gaps {
		t.gaps[key] = why
		delete(t.values, key)
	}
	if open != nil {
		t.open = open
	}
}

func (v View) tagSet() tagSet {
	t := tagSet{values: make(map[string]string), gaps: make(map[string]evidence.Unknown)}
	if conf := v.Instance.Provider.Config; conf != nil {
		t.lay(View{Instance: v.Instance, Body: conf.Block("default_tags"), ctx: v.ctx}, "tags")
		if more := (View{Instance: v.Instance, Body: conf, ctx: v.ctx}).MayHave("default_tags"); t.open == nil {
			t.open = more
		}
	}
	arg := "tags"
	if v.Instance.Method == "terraform:plan" && v.Body.Attr("tags_all").Set {
		arg = "tags_all"
	}
	t.lay(v, arg)
	return t
}

// label reads one label from the tags: the value, null where all tags are known and none of the keys is there.
func (v View) label(tags tagSet, keys []string) kind.Attr[string] {
	prov := v.ProvenanceOf("tags")
	for _, key := range keys {
		for _, k := range slices.Sorted(maps.Keys(tags.values)) {
			if val := tags.values[k]; label.Fold(k) == label.Fold(key) && val != "" {
				return kind.Known(strings.ToLower(strings.TrimSpace(val))).From(prov)
			}
		}
		for _, k := range slices.Sorted(maps.Keys(tags.gaps)) {
			if label.Fold(k) == label.Fold(key) {
				return kind.Because[string](tags.gaps[k]).From(prov)
			}
		}
	}
	if tags.open != nil {
		return kind.Because[string](*tags.open).From(prov)
	}
	return kind.Null[string]().From(prov)
}

// Label reads one label by its tag keys, lower-cased; null where all tags are known and none is there.
func (v View) Label(keys []string) kind.Attr[string] {
	return v.label(v.tagSet(), keys)
}

// Datastore begins the datastore facet of a resource: what it is, where it is, and its labels. Every other attribute is
// left for the mapping.
func (v View) Datastore(detail string) kind.Datastore {
	where := v.Region()
	d := kind.Datastore{
		KindDetail:         kind.Known(detail),
		Account:            v.Account(),
		LocationRegion:     where,
		LocationCountry:    country(where),
		LocationSite:       kind.NA[string](),
		IntegrityHashChain: kind.NA[bool](),
	}
	label.Datastore(&d, v.labels(), v.ctx.Labels)
	return d
}

// Host fills the labels that a host shares with a datastore.
func (v View) Host() kind.Host {
	var h kind.Host
	label.Host(&h, v.labels(), v.ctx.Labels)
	return h
}

// labels reads the labels of the resource, whose tags are looked at once.
func (v View) labels() label.Reader {
	tags := v.tagSet()
	return func(keys []string) kind.Attr[string] { return v.label(tags, keys) }
}

// Region is the region in which the resource will be made: its own argument (provider 6 and later), else the provider's.
func (v View) Region() kind.Attr[string] {
	root := View{Instance: v.Instance, Body: v.Instance.Body, ctx: v.ctx}
	if r := root.String("region"); !r.Absent() {
		return r.OrNull()
	}
	if conf := v.Instance.Provider.Config; conf != nil {
		pv := View{Instance: v.Instance, Body: conf, ctx: v.ctx}
		if r := pv.String("region"); !r.Absent() {
			return r.OrNull()
		}
	}
	return kind.Unknown[string](evidence.Unresolved, "the provider's region is not stated in the configuration").From(v.Provenance())
}

func country(where kind.Attr[string]) kind.Attr[string] {
	return kind.Then(where, func(name string) kind.Attr[string] {
		c, ok := region.Country(name)
		if !ok {
			return kind.Unknown[string](evidence.Unsupported, "region "+strconv.Quote(name)+" is not in the region table")
		}
		return kind.Known(c)
	})
}

// ProviderEnvironment is the environment by which the provider's default tags label everything that it makes; null where they
// label none.
func (v View) ProviderEnvironment() kind.Attr[string] {
	conf := View{Instance: v.Instance, Body: v.Instance.Provider.Config, ctx: v.ctx}
	defaults := conf.Block("default_tags")
	return kind.Convert(defaults.label(tagsIn(defaults, "tags"), v.ctx.Labels.Environment), label.Environment)
}
