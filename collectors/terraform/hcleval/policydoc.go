package hcleval

import "github.com/zclconf/go-cty/cty"

// document returns the computed attributes of a data source that needs no provider; nil for all others.
func (i *instance) document(*evaluation) map[string]cty.Value { return nil }
