package services

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/iampolicy"
	"github.com/assay-audit/assay/internal/kind"
)

// document reads a policy document that the API returned as text; null where there is none.
func document(text *string) kind.Attr[iampolicy.Document] {
	if aws.ToString(text) == "" {
		return kind.Null[iampolicy.Document]()
	}
	doc, err := iampolicy.Parse([]byte(*text))
	if err != nil {
		return kind.Unknown[iampolicy.Document](evidence.ParseError, "the policy document cannot be read: "+err.Error())
	}
	return kind.Known(doc)
}

// asks puts a question to a policy document: true or false where the document proves it, else unknown with the reasons. Without a document
// nothing is allowed.
func asks(doc kind.Attr[iampolicy.Document], question func(iampolicy.Document) iampolicy.Result) kind.Attr[bool] {
	verdict := kind.Then(doc, func(d iampolicy.Document) kind.Attr[bool] {
		answer := question(d)
		if yes, known := answer.Verdict.Bool(); known {
			return kind.Known(yes)
		}
		return kind.Unknown[bool](evidence.Unresolved, strings.Join(answer.Reasons, "; "))
	})
	return verdict.IfNull(false)
}
