package tffunc

import (
	"errors"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// entry is one function of the table before it is made safe for untrusted arguments.
type entry struct {
	fn function.Function

	// check rejects arguments for which fn would do too much work. It gets arguments without marks, which may
	// be unknown or hold unknown parts; nil when fn's work is in proportion to its arguments.
	check func(args []cty.Value) error

	// ownMarks is true for functions that are about marks and decide themselves which ones the result has.
	ownMarks bool

	// selects is true for functions that look at little of a large argument, whose size is then not measured.
	selects bool
}

// bounded wraps an entry so that marks are kept, sizes are checked and errors do not reveal sensitive arguments.
// The parameters keep their names and types.
func bounded(e entry) function.Function {
	params := e.fn.Params()
	for i := range params {
		params[i] = permissive(params[i])
	}

	spec := &function.Spec{
		Params: params,
		// The wrapped function decides the type while it is called; deciding it here as well would do its work twice.
		Type: function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return e.call(args) },
	}
	if variadic := e.fn.VarParam(); variadic != nil {
		p := permissive(*variadic)
		spec.VarParam = &p
	}

	return function.New(spec)
}

func permissive(p function.Parameter) function.Parameter {
	p.AllowDynamicType = true
	p.AllowMarked = true
	p.AllowUnknown = true

	return p
}

func (e entry) call(args []cty.Value) (cty.Value, error) {
	plain := make([]cty.Value, len(args))
	marks := make([]cty.ValueMarks, len(args))

	for i, arg := range args {
		if err := e.checkArg(arg); err != nil {
			return cty.NilVal, err
		}

		plain[i], marks[i] = arg.UnmarkDeep()
	}

	if e.check != nil {
		if err := e.check(plain); err != nil {
			return cty.NilVal, err
		}
	}

	result, err := e.fn.Call(args)
	if _, panicked := errors.AsType[function.PanicError](err); panicked {
		result, err = afterPanic(plain)
	}

	if err != nil {
		return cty.NilVal, redact(err, marks)
	}

	if err := CheckSize(result); err != nil {
		return cty.NilVal, err
	}

	// cty forgets the marks of a parameter that accepts marks but no unknown values.
	if !e.ownMarks && !result.IsKnown() {
		result = result.WithMarks(marks...)
	}

	return result, nil
}

// afterPanic is the result of a library function that panicked. Some, such as setunion, do so for an argument of
// unknown type; then the result is unknown.
func afterPanic(args []cty.Value) (cty.Value, error) {
	for _, arg := range args {
		if !arg.IsWhollyKnown() {
			return cty.DynamicVal, nil
		}
	}

	return cty.NilVal, limitf("the function cannot handle this argument")
}

func (e entry) checkArg(arg cty.Value) error {
	if e.selects {
		return nil
	}

	return CheckSize(arg)
}

// errRedacted stands for an error that might quote a sensitive argument.
var errRedacted = errors.New("an argument is not acceptable; the reason is withheld because an argument is sensitive")

// redact replaces an error if it might quote a sensitive argument, but keeps a limit a limit.
func redact(err error, marks []cty.ValueMarks) error {
	for _, m := range marks {
		if _, sensitive := m[Sensitive]; !sensitive {
			continue
		}

		if asLimit(err) != nil {
			return &LimitError{Reason: errRedacted.Error()}
		}

		return errRedacted
	}

	return err
}
