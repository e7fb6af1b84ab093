package hcleval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The parser, and everything that walks its trees, is recursive, and Go ends the whole program where a stack grows too
// large. So sources that nest deeper than any real configuration are refused before they are parsed.
const (
	maxNesting   = 400  // brackets within brackets
	maxOperators = 5000 // operators in one expression, each of which can nest
)

// language is what a source is written in.
type language uint8

const (
	native language = iota
	template
	expression
	jsonSyntax
)

// checkNesting refuses sources that nest too deep, and returns where.
func checkNesting(source []byte, name string, lang language) (hcl.Range, error) {
	depth, line, operators := 0, 1, 0
	for _, c := range source {
		switch c {
		case '(', '[', '{':
			operators++
			depth++
			if depth > maxNesting {
				pos := hcl.Pos{Line: line, Column: 1}
				return hcl.Range{Filename: name, Start: pos, End: pos},
					fmt.Errorf("brackets nest deeper than the limit of %d levels; the rest of the configuration is evaluated without this", maxNesting)
			}
		case ')', ']', '}':
			depth = max(depth-1, 0)
		case '?', '!', '-', '+', '*', '/', '%', '&', '|', '<', '>', '=':
			operators++
		case '\n':
			line++
		}
	}
	if operators <= maxOperators || lang == jsonSyntax {
		return hcl.Range{}, nil
	}
	return checkOperators(source, name, lang)
}

// checkOperators counts the operators of each expression. It is needed only for sources that have many in all.
func checkOperators(source []byte, name string, lang language) (hcl.Range, error) {
	lex := hclsyntax.LexConfig
	switch lang {
	case template:
		lex = hclsyntax.LexTemplate
	case expression:
		lex = hclsyntax.LexExpression
	case native, jsonSyntax:
	}
	tokens, _ := lex(source, name, hcl.InitialPos) // the parser reports what is wrong with the tokens
	depth, operators := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenComma:
			operators = 0
		case hclsyntax.TokenNewline:
			if depth == 0 {
				operators = 0
			}
		case hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			depth = max(depth-1, 0)
		default:
			if isOperator(t.Type) {
				operators++
			}
		}
		if operators > maxOperators {
			return t.Range, fmt.Errorf("an expression has more than %d operators; the rest of the configuration is evaluated without this", maxOperators)
		}
	}
	return hcl.Range{}, nil
}

// isOperator reports whether the token can make the tree one level deeper.
func isOperator(t hclsyntax.TokenType) bool {
	switch t {
	case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenPlus, hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPercent,
		hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual, hclsyntax.TokenLessThan,
		hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq, hclsyntax.TokenQuestion, hclsyntax.TokenOBrack:
		return true
	}
	return false
}
