package iampolicy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/internal/tri"
)

// Condition is one operator with one key: the request's value of the key must match one of the values
// (or, for a negated operator, none of them).
type Condition struct {
	// Operator is the operator without set qualifier and IfExists, in AWS's spelling if it is a known one, such as
	// "StringEquals". Empty if it is not known.
	Operator string
	// Set is "ForAllValues", "ForAnyValue" or empty.
	Set string
	// IfExists is set for an operator that also matches if the request has no such key.
	IfExists bool
	// Key is the condition key. Keys compare without regard to case.
	Key Str
	// Values are the known values; booleans and numbers in their JSON form.
	Values []Str
	// More is set where there may be values that are not known.
	More bool
}

// The condition operators that the analyses tell apart.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
const (
	opStringEquals        = "StringEquals"
	opStringEqualsFold    = "StringEqualsIgnoreCase"
	opStringLike          = "StringLike"
	opArnEquals           = "ArnEquals"
	opArnLike             = "ArnLike"
	opIPAddress           = "IpAddress"
	opBool                = "Bool"
	opNull                = "Null"
	opNumericLess         = "NumericLessThan"
	opNumericLessEqual    = "NumericLessThanEquals"
	opNumericGreater      = "NumericGreaterThan"
	opNumericGreaterEqual = "NumericGreaterThanEquals"
)

// operators lists the operators of AWS in its spelling.
func operators() [27]string {
	return [...]string{
		opStringEquals, "StringNotEquals", opStringEqualsFold, "StringNotEqualsIgnoreCase", opStringLike, "StringNotLike",
		opArnEquals, "ArnNotEquals", opArnLike, "ArnNotLike", opIPAddress, "NotIpAddress", opBool, opNull, "BinaryEquals",
		"NumericEquals", "NumericNotEquals", opNumericLess, opNumericLessEqual, opNumericGreater, opNumericGreaterEqual,
		"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
	}
}

// base returns the operator that a negated one negates, and any other as it is.
func (c Condition) base() (operator string, negated bool) {
	operator = strings.Replace(c.Operator, "Not", "", 1)
	return operator, operator != c.Operator
}

// String renders the condition for a reader, such as "StringEquals aws:PrincipalOrgID o-1".
func (c Condition) String() string {
	operator := c.Operator
	if operator == "" {
		operator = "an unknown operator"
	}
	if c.Set != "" {
		operator = c.Set + ":" + operator
	}
	if c.IfExists {
		operator += "IfExists"
	}
	values := make([]string, 0, len(c.Values)+1)
	for _, v := range c.Values {
		values = append(values, v.String())
	}
	if c.More {
		values = append(values, "${unknown}")
	}
	return shorten(operator + " " + c.Key.String() + " " + strings.Join(values, ", "))
}

func (b *builder) conditions(s *Statement, n Node) error {
	switch n.Kind {
	case NodeUnknown:
		s.MoreConditions = true
		return nil
	case NodeNull:
		return nil
	case NodeObject:
	default:
		return fmt.Errorf("it is %s, not an object", n.Kind.typeName())
	}
	s.MoreConditions = s.MoreConditions || n.More
	for _, m := range n.Members {
		name, known := m.Name.Known()
		if !known || m.Value.Kind == NodeUnknown {
			s.MoreConditions = true
			continue
		}
		if m.Value.Kind != NodeObject {
			return place(name, fmt.Errorf("it is %s, not an object", m.Value.Kind.typeName()))
		}
		s.MoreConditions = s.MoreConditions || m.Value.More
		for _, key := range m.Value.Members {
			c, err := b.condition(name, key)
			if err != nil {
				return place(name, place(key.Name.String(), err))
			}
			s.Conditions = append(s.Conditions, c)
		}
	}
	return nil
}

func (b *builder) condition(operator string, key Member) (Condition, error) {
	c := NewCondition(operator, key.Name)
	if err := errors.Join(checkText(key.Name), b.count(key.Name)); err != nil {
		return c, err
	}
	var err error
	c.Values, c.More, err = b.texts(key.Value, true)
	return c, err
}

// NewCondition reads an operator as a policy writes it, such as "ForAnyValue:StringLikeIfExists".
// One that AWS does not know is kept as it is; no analysis takes it for a proof of anything.
func NewCondition(operator string, key Str, values ...Str) Condition {
	c := Condition{Key: key, Values: values}
	if set, rest, found := strings.Cut(operator, ":"); found {
		operator = rest
		switch {
		case strings.EqualFold(set, "ForAllValues"):
			c.Set = "ForAllValues"
		case strings.EqualFold(set, "ForAnyValue"):
			c.Set = "ForAnyValue"
		default:
			c.Set = set
		}
	}
	const ifExists = "IfExists"
	if n := len(operator) - len(ifExists); n > 0 && strings.EqualFold(operator[n:], ifExists) {
		operator, c.IfExists = operator[:n], true
	}
	c.Operator = operator
	for _, known := range operators() {
		if strings.EqualFold(operator, known) {
			c.Operator = known
		}
	}
	return c
}

// request is what an analysis assumes of a request: values by condition key in lower case.
type request map[string]string

// holds tells whether the condition is met by a request of which only some keys are known. A key that is not in the
// request map may have any value or none.
func (c Condition) holds(r request) tri.Value {
	key, known := c.Key.Known()
	if !known || len(r) == 0 {
		return tri.Unknown
	}
	value, given := r[strings.ToLower(key)]
	if !given {
		return tri.Unknown
	}
	operator, negated := c.base()
	result := tri.False
	for _, v := range c.Values {
		result = result.Or(compare(operator, v, value))
	}
	if c.More {
		result = result.Or(tri.Unknown)
	}
	if negated {
		return result.Not()
	}
	return result
}

// compare applies one operator to one value of the policy and the value of the request.
func compare(operator string, policy Str, actual string) tri.Value {
	switch operator {
	case opStringEquals:
		return policy.Is(actual)
	case opStringEqualsFold, opBool:
		return policy.IsFold(actual)
	case opStringLike, opArnEquals, opArnLike:
		return policy.Covers(Literal(actual))
	case opNull:
		return policy.IsFold("false")
	case opNumericLess, opNumericLessEqual, opNumericGreater, opNumericGreaterEqual:
		return compareNumbers(operator, policy, actual)
	default:
		return tri.Unknown
	}
}

func compareNumbers(operator string, policy Str, actual string) tri.Value {
	text, known := policy.Known()
	limit, errLimit := strconv.ParseFloat(text, 64)
	number, errNumber := strconv.ParseFloat(actual, 64)
	if !known || errLimit != nil || errNumber != nil {
		return tri.Unknown
	}
	switch operator {
	case opNumericLess:
		return tri.Of(number < limit)
	case opNumericLessEqual:
		return tri.Of(number <= limit)
	case opNumericGreater:
		return tri.Of(number > limit)
	default:
		return tri.Of(number >= limit)
	}
}

// holdAll tells whether a request meets all conditions of a statement.
func (s Statement) holdAll(r request) tri.Value {
	result := tri.True
	for _, c := range s.Conditions {
		result = result.And(c.holds(r))
	}
	if s.MoreConditions {
		result = result.And(tri.Unknown)
	}
	return result
}
