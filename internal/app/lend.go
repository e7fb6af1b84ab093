package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxLent is the size of the largest file of a downloaded module that is lent, in bytes.
const maxLent = 8 << 20

// lendModules gives a revision, checked out into dir, the modules that terraform init has downloaded below the working directory, which is
// the prefix in the repository: they are in no revision, and without them a comparison would see their resources on one side only. What
// cannot be lent is missing, and the evidence says so. The revision is not trusted: nothing is written through a link that leads out of it.
func lendModules(dir, prefix string, targets []string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	errs := []error{}
	for _, ref := range targets {
		_, value := splitTarget(ref)
		err := filepath.WalkDir(value, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case !d.IsDir():
				return nil
			case d.Name() == ".terraform":
				from := filepath.Join(path, "modules")
				errs = append(errs, lend(root, from, filepath.Join(prefix, from)))
				return filepath.SkipDir
			case path != value && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
				return filepath.SkipDir
			}
			return nil
		})
		errs = append(errs, missingIsFine(err))
	}
	return errors.Join(append(errs, root.Close())...)
}

// lend copies the regular files below a directory to a place below the root.
func lend(root *os.Root, from, to string) error {
	return missingIsFine(filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && d.Name() == ".git":
			return filepath.SkipDir
		case d.IsDir():
			return root.MkdirAll(filepath.Join(to, rel), 0o750)
		case !d.Type().IsRegular():
			return nil
		}
		if info, err := d.Info(); err != nil || info.Size() > maxLent {
			return err
		}
		data, err := os.ReadFile(path) //nolint:gosec // read from the user's own checkout, written below a root that it cannot leave
		if err != nil {
			return err
		}
		return root.WriteFile(filepath.Join(to, rel), data, 0o600)
	}))
}

func missingIsFine(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
