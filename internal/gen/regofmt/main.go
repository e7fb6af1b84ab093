// Command regofmt formats the Rego files below its arguments as opa fmt does. Without -w it lists those that are not formatted and
// fails.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

func main() {
	write := flag.Bool("w", false, "write the files")
	flag.Parse()
	var errs []error
	for _, dir := range flag.Args() {
		errs = append(errs, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".rego" {
				return err
			}
			return one(path, *write)
		}))
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func one(path string, write bool) error {
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	out, err := format.SourceWithOpts(path, src, format.Opts{RegoVersion: ast.RegoV1})
	if err != nil {
		return err
	}
	switch {
	case bytes.Equal(src, out):
		return nil
	case write:
		return os.WriteFile(path, out, 0o600)
	}
	return fmt.Errorf("%s is not formatted; run make fmt", path)
}
