package tffunc

import (
	"fmt"
	"time"

	"github.com/hashicorp/go-cty-funcs/crypto"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func timeFunctions() map[string]entry {
	return map[string]entry{
		"timecmp": fixed(cty.Number, func(args []cty.Value) (cty.Value, error) {
			a, err := parseTime(args[0], 0)
			if err != nil {
				return cty.NilVal, err
			}

			b, err := parseTime(args[1], 1)
			if err != nil {
				return cty.NilVal, err
			}

			return cty.NumberIntVal(int64(a.Compare(b))), nil
		}, stringParam("timestamp_a"), stringParam("timestamp_b")),
	}
}

func parseTime(v cty.Value, arg int) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, v.AsString())
	if err != nil {
		return time.Time{}, function.NewArgError(arg, fmt.Errorf("not a valid RFC3339 timestamp: %w", err))
	}

	return t, nil
}

// unpredictableFunctions are always unknown: their results depend on the clock or on chance. rsadecrypt joins
// them although it is a pure function, because its result is a secret that no finding needs.
func unpredictableFunctions() map[string]entry {
	unknown := func(params []function.Parameter, variadic *function.Parameter, refine func(*cty.RefinementBuilder) *cty.RefinementBuilder) entry {
		return entry{fn: function.New(&function.Spec{
			Params:       params,
			VarParam:     variadic,
			Type:         function.StaticReturnType(cty.String),
			RefineResult: refine,
			Impl:         func([]cty.Value, cty.Type) (cty.Value, error) { return cty.UnknownVal(cty.String), nil },
		})}
	}

	return map[string]entry{
		"bcrypt": unknown(crypto.BcryptFunc.Params(), crypto.BcryptFunc.VarParam(),
			func(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull().StringPrefixFull("$2a$") }),
		"plantimestamp": unknown(nil, nil, notNull),
		"rsadecrypt":    unknown(crypto.RsaDecryptFunc.Params(), nil, notNull),
		"timestamp":     unknown(nil, nil, notNull),
		"uuid":          unknown(nil, nil, notNull),
	}
}
