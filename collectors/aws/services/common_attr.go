package services

import (
	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
)

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
