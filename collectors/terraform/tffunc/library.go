package tffunc

import (
	"strings"

	"github.com/hashicorp/go-cty-funcs/crypto"
	"github.com/hashicorp/go-cty-funcs/encoding"
	"github.com/hashicorp/go-cty-funcs/uuid"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// libraryFunctions are those that libraries implement as Terraform does. The checks bound what they would do
// with arguments that are small themselves.
func libraryFunctions() map[string]entry {
	return map[string]entry{
		"abs":             {fn: stdlib.AbsoluteFunc},
		"ceil":            {fn: stdlib.CeilFunc},
		"chomp":           {fn: stdlib.ChompFunc},
		"chunklist":       {fn: stdlib.ChunklistFunc},
		"coalescelist":    {fn: stdlib.CoalesceListFunc},
		"compact":         {fn: stdlib.CompactFunc},
		"concat":          {fn: stdlib.ConcatFunc},
		"contains":        {fn: withoutNull(stdlib.ContainsFunc)},
		"distinct":        {fn: stdlib.DistinctFunc, check: checkDistinct},
		"element":         {fn: stdlib.ElementFunc, check: checkElement, selects: true},
		"flatten":         {fn: stdlib.FlattenFunc},
		"floor":           {fn: stdlib.FloorFunc},
		"format":          {fn: stdlib.FormatFunc, check: checkFormat},
		"formatdate":      {fn: stdlib.FormatDateFunc},
		"formatlist":      {fn: stdlib.FormatListFunc, check: checkFormatList},
		"indent":          {fn: stdlib.IndentFunc, check: checkIndent},
		"join":            {fn: stdlib.JoinFunc, check: checkJoin},
		"keys":            {fn: stdlib.KeysFunc},
		"log":             {fn: stdlib.LogFunc},
		"lower":           {fn: stdlib.LowerFunc},
		"max":             {fn: stdlib.MaxFunc},
		"md5":             {fn: crypto.Md5Func},
		"merge":           {fn: stdlib.MergeFunc},
		"min":             {fn: stdlib.MinFunc},
		"parseint":        {fn: stdlib.ParseIntFunc, check: checkNumberText},
		"pow":             {fn: stdlib.PowFunc},
		"range":           {fn: stdlib.RangeFunc},
		"reverse":         {fn: stdlib.ReverseListFunc},
		"setintersection": {fn: stdlib.SetIntersectionFunc},
		"setproduct":      {fn: stdlib.SetProductFunc, check: checkSetProduct},
		"setsubtract":     {fn: stdlib.SetSubtractFunc},
		"setunion":        {fn: stdlib.SetUnionFunc},
		"sha1":            {fn: crypto.Sha1Func},
		"sha256":          {fn: crypto.Sha256Func},
		"sha512":          {fn: crypto.Sha512Func},
		"signum":          {fn: stdlib.SignumFunc},
		"slice":           {fn: stdlib.SliceFunc, selects: true},
		"sort":            {fn: stdlib.SortFunc},
		"split":           {fn: stdlib.SplitFunc, check: checkSplit},
		"strrev":          {fn: stdlib.ReverseFunc},
		"substr":          {fn: stdlib.SubstrFunc},
		"timeadd":         {fn: stdlib.TimeAddFunc},
		"title":           {fn: stdlib.TitleFunc},
		"trim":            {fn: stdlib.TrimFunc},
		"trimprefix":      {fn: stdlib.TrimPrefixFunc},
		"trimspace":       {fn: stdlib.TrimSpaceFunc},
		"trimsuffix":      {fn: stdlib.TrimSuffixFunc},
		"upper":           {fn: stdlib.UpperFunc},
		"urlencode":       {fn: encoding.URLEncodeFunc},
		"uuidv5":          {fn: uuid.V5Func},
		"values":          {fn: stdlib.ValuesFunc},
		"zipmap":          {fn: stdlib.ZipmapFunc},
	}
}

// usable tells whether a check can look into the value.
func usable(v cty.Value) bool { return v.IsKnown() && !v.IsNull() }

// text returns a string argument; ok is false when it is unknown or of another type.
func text(v cty.Value) (s string, ok bool) {
	if v.Type() != cty.String || !usable(v) {
		return "", false
	}

	return v.AsString(), true
}

// countOf returns the number of elements that are known to be in the value.
func countOf(v cty.Value) int {
	if !usable(v) || !v.CanIterateElements() {
		return 0
	}

	return v.LengthInt()
}

// small returns a number argument as an int if it lies within ±2*MaxBytes, and that bound's sign otherwise.
func small(v cty.Value) int {
	if v.Type() != cty.Number || !usable(v) {
		return 0
	}

	const bound = 2 * MaxBytes

	f, _ := v.AsBigFloat().Float64()

	return int(min(max(f, -bound), bound))
}

// withoutNull refuses null for every parameter, where Terraform 1.11 has an older cty that does.
func withoutNull(fn function.Function) function.Function {
	params := fn.Params()
	for i := range params {
		params[i].AllowNull = false
	}

	return function.New(&function.Spec{
		Params: params,
		Type:   fn.ReturnTypeForValues,
		Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return fn.Call(args) },
	})
}

// checkElement: Terraform 1.11 has an older cty, which does not count from the end.
func checkElement(args []cty.Value) error {
	if small(args[1]) < 0 {
		return function.NewArgErrorf(1, "cannot use element function with a negative index")
	}

	return nil
}

// checkDistinct: cty compares every element with every one before it.
func checkDistinct(args []cty.Value) error { return checkPairs(countOf(args[0]), countOf(args[0])) }

func checkPairs(a, b int) error {
	if a*b > maxPairs {
		return limitf("the call would compare more than %d pairs of elements", maxPairs)
	}

	return nil
}

func checkFormat(args []cty.Value) error { return checkFormatted(args, 1) }

func checkFormatList(args []cty.Value) error {
	rows := 1
	for _, arg := range args[1:] {
		if !arg.Type().IsObjectType() && !arg.Type().IsMapType() {
			rows = max(rows, countOf(arg))
		}
	}

	return checkFormatted(args, rows)
}

// checkFormatted estimates the size of rows formatted texts: widths in the format and repeated arguments such
// as "%[1]s%[1]s" amplify it.
func checkFormatted(args []cty.Value, rows int) error {
	format, ok := text(args[0])
	if !ok {
		return nil
	}

	largest := 0
	for _, arg := range args[1:] {
		largest = max(largest, textSize(arg))
	}

	verbs, padding := measureFormat(format)
	// The arguments of formatlist are lists whose parts are spread over the rows, unless an argument is repeated.
	if verbs*largest > MaxBytes || rows*(len(format)+padding) > MaxBytes || padding > MaxBytes {
		return limitf("the formatted text would exceed %d bytes", MaxBytes)
	}

	if rows > 1 {
		return checkRows(args[1:], verbs, rows)
	}

	return nil
}

// checkRows bounds the part of formatlist that repeats a single value in every row.
func checkRows(args []cty.Value, verbs, rows int) error {
	for _, arg := range args {
		if !arg.CanIterateElements() && verbs*rows > 0 && textSize(arg) > MaxBytes/(verbs*rows) {
			return limitf("the formatted text would exceed %d bytes", MaxBytes)
		}
	}

	return nil
}

// measureFormat counts the verbs of a format and adds up their widths and precisions, which saturate.
func measureFormat(format string) (verbs, padding int) {
	inVerb, number := false, 0

	for i := range len(format) {
		c := format[i]

		switch {
		case !inVerb:
			if c == '%' {
				inVerb, number = true, 0
				verbs++
			}
		case c >= '0' && c <= '9':
			number = min(number*10+int(c-'0'), 2*MaxBytes)
		case strings.IndexByte("+-# .[]*", c) >= 0:
			padding = min(padding+number, 2*MaxBytes)
			number = 0
		default:
			padding = min(padding+number, 2*MaxBytes)
			inVerb = false
		}
	}

	return verbs, padding
}

func checkIndent(args []cty.Value) error {
	s, ok := text(args[1])
	if !ok {
		return nil
	}

	if spaces := small(args[0]); spaces > 0 && (strings.Count(s, "\n")+1)*spaces+len(s) > MaxBytes {
		return limitf("the indented text would exceed %d bytes", MaxBytes)
	}

	return nil
}

func checkJoin(args []cty.Value) error {
	separator, ok := text(args[0])
	if !ok {
		return nil
	}

	total, count := 0, 0
	for _, list := range args[1:] {
		total += textSize(list)
		count += countOf(list)
	}

	if count*len(separator)+total > MaxBytes+MaxElements*8 {
		return limitf("the joined text would exceed %d bytes", MaxBytes)
	}

	return nil
}

func checkSplit(args []cty.Value) error {
	separator, ok := text(args[0])
	s, sOK := text(args[1])

	if ok && sOK && strings.Count(s, separator) > MaxElements {
		return limitf("the list would have more than %d elements", MaxElements)
	}

	return nil
}

func checkSetProduct(args []cty.Value) error {
	product := 1
	for _, set := range args {
		product *= countOf(set)
		if product*(len(args)+1) > MaxElements {
			return limitf("the product would have more than %d elements", MaxElements)
		}
	}

	return nil
}

// checkNumberText: the time to parse a number is quadratic in its digits.
func checkNumberText(args []cty.Value) error {
	if s, ok := text(args[0]); ok && len(s) > maxNumberText {
		return limitf("the number has more than %d characters", maxNumberText)
	}

	return nil
}

// stringParam is a parameter that takes a known string.
func stringParam(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.String}
}

// fixed makes an entry of a function that always returns the same type, never null, from known arguments.
func fixed(result cty.Type, impl func(args []cty.Value) (cty.Value, error), params ...function.Parameter) entry {
	return entry{fn: function.New(&function.Spec{
		Params:       params,
		Type:         function.StaticReturnType(result),
		RefineResult: notNull,
		Impl:         func(args []cty.Value, _ cty.Type) (cty.Value, error) { return impl(args) },
	})}
}

func notNull(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() }
