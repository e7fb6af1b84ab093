// Command policies writes policies/index.json, what a run needs to know of the built-in policies without parsing them.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/assay-audit/assay/internal/policy"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "policies:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	ix, err := policy.Scan(os.DirFS(dir))
	if err != nil {
		return err
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(ix); err != nil {
		return err
	}
	return os.WriteFile(policy.IndexFile, b.Bytes(), 0o644)
}
