package aws

import (
	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// gather joins arguments that are strings or lists of strings: the known ones, and why there may be more.
func gather(v mapping.View, names ...string) (list []string, open *evidence.Unknown) {
	for _, name := range names {
		r := v.Strings(name)
		if r.Absent() {
			continue
		}
		if known, ok := r.Known(); ok {
			list = append(list, known...)
			open = evidence.FirstUnknown(open, v.Attr(name).Unknown)
			continue
		}
		if why, ok := r.OrNull().Reason(); ok {
			open = evidence.FirstUnknown(open, &why)
		}
	}
	return list, open
}

// one is the UID of the single thing that an argument names; null where it names nothing.
func one(c *mapping.Context, v mapping.View, arg string, types ...string) kind.Attr[string] {
	t := v.Targets(arg, types...)
	prov := v.ProvenanceOf(arg)
	if uids := t.UIDs(c); len(uids) > 0 {
		return kind.Known(uids[0]).From(prov)
	}
	if t.Open != nil {
		return kind.Because[string](*t.Open).From(prov)
	}
	if why := v.Maybe(); why != nil {
		return kind.Because[string](*why).From(prov)
	}
	return kind.Null[string]().From(prov)
}

// outside is unknown because code cannot state it: another system decides.
func outside[T any](detail string) kind.Attr[T] { return kind.Unknown[T](evidence.NotInPlane, detail) }

// environmentOf is the environment label of what is not a datastore; unknown where no tag states it, since those kinds have no
// "none".
func environmentOf(v mapping.View) kind.Attr[string] {
	env := v.Host().Environment
	if env.IsNull() {
		return kind.Unknown[string](evidence.NotAttested, "no tag states the environment").From(v.ProvenanceOf("tags"))
	}
	return env
}
