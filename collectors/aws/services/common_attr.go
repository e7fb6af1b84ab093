package services

import (
	"strings"

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

// lower is an enumerated word of the SDK in lower case.
func lower[T ~string](word T) string { return strings.ToLower(string(word)) }
