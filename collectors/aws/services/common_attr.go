package services

import (
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// listed is a list attribute of which more may exist for the reason; nil where the list is whole.
func listed[T any](list []T, open *evidence.Unknown) kind.Attr[[]T] {
	if list == nil {
		list = []T{}
	}
	if open != nil {
		return kind.AtLeast(list, *open)
	}
	return kind.Known(list)
}

// firstUnknown is the first reason that there is, or nil.
func firstUnknown(reasons ...*evidence.Unknown) *evidence.Unknown {
	for _, why := range reasons {
		if why != nil {
			return why
		}
	}
	return nil
}

// firstFailure is why the first of the calls that failed gave no answer; nil where all answered.
func firstFailure(failures ...*api.Failure) *evidence.Unknown {
	for _, f := range failures {
		if f != nil {
			why := f.Unknown()
			return &why
		}
	}
	return nil
}
