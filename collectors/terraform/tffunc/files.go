package tffunc

import (
	"crypto/md5"  //nolint:gosec // filemd5 is part of the language
	"crypto/sha1" //nolint:gosec // filesha1 is part of the language
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// files implements the functions that read files and handle paths.
type files struct {
	Options
}

func (f files) functions() map[string]entry {
	hexadecimal, base := hex.EncodeToString, base64.StdEncoding.EncodeToString
	paths := func(impl func(p string) (cty.Value, error)) entry {
		return fixed(cty.String, func(args []cty.Value) (cty.Value, error) { return impl(args[0].AsString()) }, stringParam("path"))
	}

	return map[string]entry{
		"abspath":    paths(f.absPath),
		"basename":   paths(func(p string) (cty.Value, error) { return cty.StringVal(path.Base(p)), nil }),
		"dirname":    paths(func(p string) (cty.Value, error) { return cty.StringVal(path.Dir(p)), nil }),
		"pathexpand": paths(pathExpand),

		"file":       f.reading(fileText),
		"filebase64": f.reading(func(_ string, b []byte) (string, error) { return base(b), nil }),
		"filebase64sha256": f.reading(func(_ string, b []byte) (string, error) {
			return digest(sha256.New(), b, base), nil
		}),
		"filebase64sha512": f.reading(func(_ string, b []byte) (string, error) {
			return digest(sha512.New(), b, base), nil
		}),
		"filemd5": f.reading(func(_ string, b []byte) (string, error) {
			return digest(md5.New(), b, hexadecimal), nil //nolint:gosec // see the import
		}),
		"filesha1": f.reading(func(_ string, b []byte) (string, error) {
			return digest(sha1.New(), b, hexadecimal), nil //nolint:gosec // see the import
		}),
		"filesha256": f.reading(func(_ string, b []byte) (string, error) { return digest(sha256.New(), b, hexadecimal), nil }),
		"filesha512": f.reading(func(_ string, b []byte) (string, error) { return digest(sha512.New(), b, hexadecimal), nil }),

		"fileexists": fixed(cty.Bool, func(args []cty.Value) (cty.Value, error) { return f.exists(args[0].AsString()) }, stringParam("path")),
		"fileset": fixed(cty.Set(cty.String), func(args []cty.Value) (cty.Value, error) {
			return f.set(args[0].AsString(), args[1].AsString())
		}, stringParam("path"), stringParam("pattern")),
	}
}

// reading makes an entry that returns something about the content of a file.
func (f files) reading(impl func(name string, content []byte) (string, error)) entry {
	return fixed(cty.String, func(args []cty.Value) (cty.Value, error) {
		name := args[0].AsString()

		content, err := f.read(name)
		if err != nil {
			return cty.NilVal, err
		}

		s, err := impl(name, content)
		if err != nil {
			return cty.NilVal, err
		}

		return cty.StringVal(s), nil
	}, stringParam("path"))
}

func fileText(name string, content []byte) (string, error) {
	if !utf8.Valid(content) {
		return "", fmt.Errorf("contents of %s are not valid UTF-8; use filebase64 or a hash function such as filesha256 instead", name)
	}

	return string(content), nil
}

// read returns the content of a regular file below the root.
func (f files) read(name string) ([]byte, error) {
	below, err := f.resolve(name)
	if err != nil {
		return nil, err
	}

	info, err := f.Root.Stat(below)
	if err != nil {
		return nil, unreadable(name, err)
	}

	if info.IsDir() {
		return nil, fmt.Errorf("%s is a directory, not a file", name)
	}

	// Opening a named pipe would wait for its writer.
	if !info.Mode().IsRegular() {
		return nil, limitf("%s is not a regular file", name)
	}

	limit := f.MaxFileBytes
	if limit == 0 {
		limit = MaxBytes
	}

	file, err := f.Root.Open(below)
	if err != nil {
		return nil, unreadable(name, err)
	}
	defer file.Close() //nolint:errcheck // nothing was written

	content, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, unreadable(name, err)
	}

	if int64(len(content)) > limit {
		return nil, limitf("%s is larger than %d bytes", name, limit)
	}

	return content, nil
}

// unreadable explains why a file cannot be read. That it does not exist is an answer, which Terraform would
// give as well; everything else, such as a symbolic link out of the root, is not.
func unreadable(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no file exists at %s; the function reads only files that belong to the configuration", name)
	}

	return &LimitError{Reason: "cannot read " + name, Err: err}
}

// resolve turns a path of an expression into one below the root.
func (f files) resolve(name string) (string, error) {
	if f.Root == nil {
		return "", limitf("cannot read %s: no directory is open to file functions", name)
	}

	if strings.HasPrefix(name, "~") {
		return "", limitf("cannot read %s: the home directory is not part of the target", name)
	}

	slashed := path.Clean(filepath.ToSlash(name))

	root := path.Clean(filepath.ToSlash(f.RootPath))
	if root != "." {
		if below, ok := cutDir(slashed, root); ok {
			return below, nil
		}
	}

	if !path.IsAbs(slashed) && !filepath.IsAbs(name) {
		if below := path.Join(f.BaseDir, slashed); filepath.IsLocal(filepath.FromSlash(below)) {
			return below, nil
		}
	}

	return "", limitf("cannot read %s: it is outside the target", name)
}

// cutDir returns the part of a clean path below the clean directory dir, "." for dir itself.
func cutDir(p, dir string) (string, bool) {
	if p == dir {
		return ".", true
	}

	below, ok := strings.CutPrefix(p, strings.TrimSuffix(dir, "/")+"/")

	return below, ok && below != "" && filepath.IsLocal(filepath.FromSlash(below))
}

func (f files) exists(name string) (cty.Value, error) {
	below, err := f.resolve(name)
	if err != nil {
		return cty.NilVal, err
	}

	info, err := f.Root.Stat(below)

	switch {
	case errors.Is(err, fs.ErrNotExist):
		return cty.False, nil
	case err != nil:
		return cty.NilVal, unreadable(name, err)
	case info.Mode().IsRegular():
		return cty.True, nil
	case info.IsDir():
		return cty.NilVal, fmt.Errorf("%s is a directory, not a file", name)
	default:
		return cty.NilVal, fmt.Errorf("%s is not a regular file", name)
	}
}

// absPath needs to know where Terraform is started; without that the result is unknown.
func (f files) absPath(p string) (cty.Value, error) {
	switch root := filepath.ToSlash(f.RootPath); {
	case path.IsAbs(p):
		return cty.StringVal(path.Clean(p)), nil
	case path.IsAbs(root):
		return cty.StringVal(path.Join(root, f.BaseDir, p)), nil
	default:
		return cty.UnknownVal(cty.String), nil
	}
}

// pathExpand leaves ~ alone, because there is no home directory here.
func pathExpand(p string) (cty.Value, error) {
	if len(p) > 1 && p[0] == '~' && p[1] != '/' && p[1] != '\\' {
		return cty.NilVal, function.NewArgErrorf(0, "cannot expand user-specific home dir")
	}

	return cty.StringVal(p), nil
}
