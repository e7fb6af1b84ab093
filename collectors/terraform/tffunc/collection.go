package tffunc

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

func collectionFunctions() map[string]entry {
	boolList := function.Parameter{Name: "list", Type: cty.List(cty.Bool)}
	anyList := function.Parameter{Name: "list", Type: cty.DynamicPseudoType}

	return map[string]entry{
		"alltrue":  fixed(cty.Bool, func(args []cty.Value) (cty.Value, error) { return decide(args[0], false), nil }, boolList),
		"anytrue":  fixed(cty.Bool, func(args []cty.Value) (cty.Value, error) { return decide(args[0], true), nil }, boolList),
		"coalesce": coalesceFunction(),
		"index": fixed(cty.Number, index,
			anyList, function.Parameter{Name: "value", Type: cty.DynamicPseudoType}),
		"length":    lengthFunction(),
		"lookup":    lookupFunction(),
		"matchkeys": matchKeysFunction(),
		"one":       oneFunction(),
		"sum":       fixed(cty.Number, sum, anyList),
		"transpose": fixed(cty.Map(cty.List(cty.String)), transpose,
			function.Parameter{Name: "values", Type: cty.Map(cty.List(cty.String))}),
	}
}

// decide returns answer if any element equals it, and otherwise its opposite. One such element decides, even
// beside unknown ones. Null counts as false.
func decide(list cty.Value, answer bool) cty.Value {
	unknown := false

	for it := list.ElementIterator(); it.Next(); {
		_, v := it.Element()

		switch {
		case !v.IsKnown():
			unknown = true
		case (!v.IsNull() && v.True()) == answer:
			return cty.BoolVal(answer)
		}
	}

	if unknown {
		return cty.UnknownVal(cty.Bool)
	}

	return cty.BoolVal(!answer)
}

// coalesceFunction returns the first argument that is neither null nor an empty string.
func coalesceFunction() entry {
	return entry{fn: function.New(&function.Spec{
		VarParam: &function.Parameter{
			Name: "vals", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowNull: true,
		},
		Type: func(args []cty.Value) (cty.Type, error) {
			types := make([]cty.Type, len(args))
			for i, v := range args {
				types[i] = v.Type()
			}

			ty, _ := convert.UnifyUnsafe(types)
			if ty == cty.NilType {
				return cty.NilType, errors.New("all arguments must have the same type")
			}

			return ty, nil
		},
		RefineResult: notNull,
		Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
			for i, v := range args {
				v, err := convert.Convert(v, ty)

				switch {
				case err != nil:
					return cty.NilVal, function.NewArgError(i, err)
				case !v.IsKnown():
					return cty.UnknownVal(ty), nil
				case v.IsNull() || v.RawEquals(cty.StringVal("")):
					continue
				default:
					return v, nil
				}
			}

			return cty.NilVal, errors.New("no non-null, non-empty-string arguments")
		},
	})}
}

func index(args []cty.Value) (cty.Value, error) {
	list, wanted := args[0], args[1]
	if !list.Type().IsListType() && !list.Type().IsTupleType() {
		return cty.NilVal, function.NewArgErrorf(0, "argument must be a list or tuple")
	}

	if list.LengthInt() == 0 {
		return cty.NilVal, function.NewArgErrorf(0, "cannot search an empty list")
	}

	for it := list.ElementIterator(); it.Next(); {
		i, v := it.Element()

		equal, err := stdlib.Equal(v, wanted)
		if err != nil {
			return cty.NilVal, fmt.Errorf("cannot compare the element with the value: %w", err)
		}

		if !equal.IsKnown() {
			return cty.UnknownVal(cty.Number), nil
		}

		if equal.True() {
			return i, nil
		}
	}

	return cty.NilVal, errors.New("item not found")
}

func lengthFunction() entry {
	p := permissive(function.Parameter{Name: "value", Type: cty.DynamicPseudoType})

	return entry{selects: true, fn: function.New(&function.Spec{
		Params:       []function.Parameter{p},
		Type:         function.StaticReturnType(cty.Number),
		RefineResult: notNull,
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			v, marks := args[0].Unmark()

			n, err := length(v)
			if err != nil {
				return cty.NilVal, err
			}

			return n.WithMarks(marks), nil
		},
	})}
}

// length of a tuple or object is part of its type, so it is known even when the value is not.
func length(v cty.Value) (cty.Value, error) {
	switch ty := v.Type(); {
	case ty == cty.DynamicPseudoType:
		return cty.UnknownVal(cty.Number), nil
	case ty.IsTupleType():
		return cty.NumberIntVal(int64(ty.Length())), nil
	case ty.IsObjectType():
		return cty.NumberIntVal(int64(len(ty.AttributeTypes()))), nil
	case ty == cty.String:
		n, err := stdlib.Strlen(v)
		if err != nil {
			return cty.NilVal, fmt.Errorf("counting characters: %w", err)
		}

		return n, nil
	case ty.IsCollectionType():
		return v.Length(), nil
	default:
		return cty.NilVal, function.NewArgErrorf(0, "argument must be a string, a collection type, or a structural type")
	}
}

func lookupFunction() entry {
	inputMap := permissive(function.Parameter{Name: "inputMap", Type: cty.DynamicPseudoType})
	key := permissive(function.Parameter{Name: "key", Type: cty.String})
	fallback := anyValue("default")

	return entry{selects: true, fn: function.New(&function.Spec{
		Params:   []function.Parameter{inputMap, key},
		VarParam: &fallback,
		Type:     function.StaticReturnType(cty.DynamicPseudoType),
		Impl:     func(args []cty.Value, _ cty.Type) (cty.Value, error) { return lookup(args) },
	})}
}

func lookup(args []cty.Value) (cty.Value, error) {
	if len(args) > 3 {
		return cty.NilVal, fmt.Errorf("lookup() takes two or three arguments, got %d", len(args))
	}

	m, mapMarks := args[0].Unmark()
	key, keyMarks := args[1].Unmark()
	ty := m.Type()

	var (
		found cty.Value
		err   error
	)

	switch {
	case ty == cty.DynamicPseudoType:
		found = cty.DynamicVal
	case ty.IsObjectType():
		found, err = lookupAttribute(m, key, args[2:])
	case ty.IsMapType():
		found, err = lookupElement(m, key, args[2:])
	default:
		return cty.NilVal, function.NewArgErrorf(0, "lookup() requires a map as the first argument")
	}

	if err != nil {
		return cty.NilVal, err
	}

	return found.WithMarks(mapMarks, keyMarks), nil
}

func lookupAttribute(object, key cty.Value, fallback []cty.Value) (cty.Value, error) {
	switch {
	case !key.IsKnown():
		return cty.DynamicVal, nil
	case object.Type().HasAttribute(key.AsString()):
		return object.GetAttr(key.AsString()), nil
	case len(fallback) > 0:
		return fallback[0], nil
	default:
		return cty.NilVal, function.NewArgErrorf(0, "the given object has no attribute %q", key.AsString())
	}
}

func lookupElement(m, key cty.Value, fallback []cty.Value) (cty.Value, error) {
	ty := m.Type().ElementType()

	if len(fallback) > 0 {
		converted, err := convert.Convert(fallback[0], ty)
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(2, "the default value must have the same type as the map elements")
		}

		fallback = []cty.Value{converted}
	}

	switch {
	case !m.IsKnown() || !key.IsKnown():
		return cty.UnknownVal(ty), nil
	case m.HasIndex(key).True():
		return m.Index(key), nil
	case len(fallback) > 0:
		return fallback[0], nil
	default:
		return cty.NilVal, fmt.Errorf("lookup failed to find key %q", key.AsString())
	}
}

func matchKeysFunction() entry {
	list := func(name string) function.Parameter {
		return function.Parameter{Name: name, Type: cty.List(cty.DynamicPseudoType)}
	}

	return entry{
		check: func(args []cty.Value) error { return checkPairs(countOf(args[1]), countOf(args[2])) },
		fn: function.New(&function.Spec{
			Params: []function.Parameter{list("values"), list("keys"), list("searchset")},
			Type: func(args []cty.Value) (cty.Type, error) {
				if ty, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()}); ty == cty.NilType {
					return cty.NilType, errors.New("keys and searchset must be of the same type")
				}

				return args[0].Type(), nil
			},
			RefineResult: notNull,
			Impl:         matchKeys,
		}),
	}
}

// matchKeys returns the values at the positions at which keys has an element of the search set.
func matchKeys(args []cty.Value, ty cty.Type) (cty.Value, error) {
	values := args[0]
	if values.LengthInt() != args[1].LengthInt() {
		return cty.NilVal, errors.New("length of keys and values should be equal")
	}

	unified, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()})

	keys, err := convert.Convert(args[1], unified)
	if err != nil {
		return cty.NilVal, function.NewArgError(1, err)
	}

	searchSet, err := convert.Convert(args[2], unified)
	if err != nil {
		return cty.NilVal, function.NewArgError(2, err)
	}

	if !values.IsWhollyKnown() || !keys.IsWhollyKnown() || !searchSet.IsWhollyKnown() {
		return cty.UnknownVal(ty), nil
	}

	wanted := searchSet.AsValueSlice()

	var matches []cty.Value

	for it := keys.ElementIterator(); it.Next(); {
		i, key := it.Element()
		if slices.ContainsFunc(wanted, key.RawEquals) {
			matches = append(matches, values.Index(i))
		}
	}

	if len(matches) == 0 {
		return cty.ListValEmpty(ty.ElementType()), nil
	}

	return cty.ListVal(matches), nil
}

// oneFunction turns a sequence of at most one element into that element or null.
func oneFunction() entry {
	const requirement = "must be a list, set, or tuple value with either zero or one elements"

	return entry{fn: function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
		Type: func(args []cty.Value) (cty.Type, error) {
			switch ty := args[0].Type(); {
			case ty.IsListType() || ty.IsSetType():
				return ty.ElementType(), nil
			case ty.IsTupleType() && ty.Length() == 0:
				return cty.DynamicPseudoType, nil
			case ty.IsTupleType() && ty.Length() == 1:
				return ty.TupleElementType(0), nil
			default:
				return cty.NilType, function.NewArgErrorf(0, requirement)
			}
		},
		Impl: func(args []cty.Value, ty cty.Type) (cty.Value, error) {
			n := args[0].Length()

			switch {
			case !n.IsKnown():
				return cty.UnknownVal(ty), nil
			case n.RawEquals(cty.Zero):
				return cty.NullVal(ty), nil
			case n.RawEquals(cty.NumberIntVal(1)):
				return args[0].AsValueSlice()[0], nil
			default:
				return cty.NilVal, function.NewArgErrorf(0, requirement)
			}
		},
	})}
}

func sum(args []cty.Value) (cty.Value, error) {
	list := args[0]
	if ty := list.Type(); !ty.IsListType() && !ty.IsSetType() && !ty.IsTupleType() {
		return cty.NilVal, function.NewArgErrorf(0, "argument must be list, set, or tuple, not %s", ty.FriendlyName())
	}

	if list.LengthInt() == 0 {
		return cty.NilVal, function.NewArgErrorf(0, "cannot sum an empty list")
	}

	if !list.IsWhollyKnown() {
		return cty.UnknownVal(cty.Number), nil
	}

	total := cty.Zero

	for it := list.ElementIterator(); it.Next(); {
		_, v := it.Element()

		n, err := toNumber(v)
		if asLimit(err) != nil {
			return cty.NilVal, err
		}

		if err != nil || n.IsNull() {
			return cty.NilVal, function.NewArgErrorf(0, "argument must be list, set, or tuple of number values")
		}

		if opposed(total, n) {
			return cty.NilVal, errors.New("can't compute sum of opposing infinities")
		}

		total = total.Add(n)
	}

	return total, nil
}

// opposed tells whether a and b are infinities of different sign, whose sum math/big refuses with a panic.
func opposed(a, b cty.Value) bool {
	return isInf(a) && isInf(b) && !a.RawEquals(b)
}

func isInf(v cty.Value) bool { return (*big.Float).IsInf(v.AsBigFloat()) }

// transpose swaps keys and values of a map of lists. The keys of each list are sorted.
func transpose(args []cty.Value) (cty.Value, error) {
	if !args[0].IsWhollyKnown() {
		return cty.UnknownVal(cty.Map(cty.List(cty.String))), nil
	}

	lists := map[string][]cty.Value{}

	for it := args[0].ElementIterator(); it.Next(); {
		key, list := it.Element()
		if list.IsNull() {
			return cty.NilVal, function.NewArgErrorf(0, "the list under key %q is null", key.AsString())
		}

		for inner := list.ElementIterator(); inner.Next(); {
			_, v := inner.Element()
			if v.IsNull() {
				return cty.NilVal, function.NewArgErrorf(0, "the list under key %q has a null element", key.AsString())
			}

			lists[v.AsString()] = append(lists[v.AsString()], key)
		}
	}

	result := make(map[string]cty.Value, len(lists))
	for _, key := range slices.Sorted(maps.Keys(lists)) {
		result[key] = cty.ListVal(lists[key])
	}

	if len(result) == 0 {
		return cty.MapValEmpty(cty.List(cty.String)), nil
	}

	return cty.MapVal(result), nil
}
