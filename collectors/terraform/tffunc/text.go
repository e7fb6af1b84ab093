package tffunc

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"golang.org/x/text/encoding/ianaindex"
)

func textFunctions() map[string]entry {
	test := func(name string, holds func(s, part string) bool) entry {
		return fixed(cty.Bool, func(args []cty.Value) (cty.Value, error) {
			return cty.BoolVal(holds(args[0].AsString(), args[1].AsString())), nil
		}, stringParam("str"), stringParam(name))
	}

	return map[string]entry{
		"endswith":    test("suffix", strings.HasSuffix),
		"startswith":  test("prefix", strings.HasPrefix),
		"strcontains": test("substr", strings.Contains),

		"base64decode": fixed(cty.String, base64Decode, stringParam("str")),
		"base64encode": ofString(func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil }),
		"base64gzip":   ofString(base64Gzip),
		"base64sha256": ofString(func(s string) (string, error) {
			return digest(sha256.New(), []byte(s), base64.StdEncoding.EncodeToString), nil
		}),
		"base64sha512": ofString(func(s string) (string, error) {
			return digest(sha512.New(), []byte(s), base64.StdEncoding.EncodeToString), nil
		}),

		"textdecodebase64": fixed(cty.String, textDecode, stringParam("source"), stringParam("encoding")),
		"textencodebase64": fixed(cty.String, textEncode, stringParam("string"), stringParam("encoding")),
	}
}

// ofString makes an entry of a function from string to string.
func ofString(impl func(s string) (string, error)) entry {
	return fixed(cty.String, func(args []cty.Value) (cty.Value, error) {
		s, err := impl(args[0].AsString())
		if err != nil {
			return cty.NilVal, err
		}

		return cty.StringVal(s), nil
	}, stringParam("str"))
}

func digest(h hash.Hash, data []byte, encode func([]byte) string) string {
	h.Write(data)

	return encode(h.Sum(nil))
}

func base64Decode(args []cty.Value) (cty.Value, error) {
	decoded, err := base64.StdEncoding.DecodeString(args[0].AsString())
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(0, "not base64: %w", err)
	}

	if !utf8.Valid(decoded) {
		return cty.NilVal, function.NewArgErrorf(0, "the decoded bytes are not valid UTF-8")
	}

	return cty.StringVal(string(decoded)), nil
}

func base64Gzip(s string) (string, error) {
	var compressed bytes.Buffer

	w := gzip.NewWriter(&compressed)
	if _, err := w.Write([]byte(s)); err != nil {
		return "", fmt.Errorf("compressing: %w", err)
	}

	// Terraform flushes before it closes, which adds an empty block to the result.
	if err := w.Flush(); err != nil {
		return "", fmt.Errorf("compressing: %w", err)
	}

	if err := w.Close(); err != nil {
		return "", fmt.Errorf("compressing: %w", err)
	}

	return base64.StdEncoding.EncodeToString(compressed.Bytes()), nil
}

func textEncode(args []cty.Value) (cty.Value, error) {
	enc, err := ianaindex.IANA.Encoding(args[1].AsString())
	if err != nil || enc == nil {
		return cty.NilVal, unsupportedEncoding(args[1])
	}

	encoded, err := enc.NewEncoder().Bytes([]byte(args[0].AsString()))
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(0, "the string has characters that %s cannot represent", args[1].AsString())
	}

	return cty.StringVal(base64.StdEncoding.EncodeToString(encoded)), nil
}

func textDecode(args []cty.Value) (cty.Value, error) {
	enc, err := ianaindex.IANA.Encoding(args[1].AsString())
	if err != nil || enc == nil {
		return cty.NilVal, unsupportedEncoding(args[1])
	}

	encoded, err := base64.StdEncoding.DecodeString(args[0].AsString())
	if err != nil {
		return cty.NilVal, function.NewArgErrorf(0, "not base64: %w", err)
	}

	decoded, err := enc.NewDecoder().Bytes(encoded)
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
		return cty.NilVal, function.NewArgErrorf(0, "the bytes are not valid %s", args[1].AsString())
	}

	return cty.StringVal(string(decoded)), nil
}

func unsupportedEncoding(name cty.Value) error {
	return function.NewArgErrorf(1, "%q is not a supported IANA encoding name or alias", name.AsString())
}
