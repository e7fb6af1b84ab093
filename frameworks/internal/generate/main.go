// Command generate writes the compact form of every framework in the working directory, which go generate sets to frameworks/.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/assay-audit/assay/internal/framework"
)

func main() {
	log.SetFlags(0)
	if err := generate("."); err != nil {
		log.Fatal(err)
	}
}

// generate writes compact/ID.json beside every ID.yaml of the folder.
func generate(folder string) error {
	all, err := framework.Load(os.DirFS(folder))
	if err != nil {
		return err
	}
	for _, f := range all {
		name, content, err := framework.Compact(f)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, "compact", name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
