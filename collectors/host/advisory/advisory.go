// Package advisory holds the packages that hosts have installed against a directory of security advisories, without any network.
//
// The directory is filled by somebody with a network, ahead of the run. It holds, at any depth:
//
//   - records in the format of the Open Source Vulnerability project (https://ossf.github.io/osv-schema/): single files NAME.json, or
//     archives NAME.zip of them, as OSV publishes one all.zip per distribution;
//   - CISA's catalogue of known exploited vulnerabilities, under its own name known_exploited_vulnerabilities.json.
//
// Archives are large: all of Debian's is some 60,000 records. So nothing is kept but what speaks of a package that is installed somewhere:
// [Open] only looks whether the files can be read, the hosts are asked, and [Database.Find] then goes through all records once for all
// hosts. A file that is damaged is an error, for half a database would leave flaws unseen.
package advisory

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// KEVName is the name of the file with CISA's catalogue.
const KEVName = "known_exploited_vulnerabilities.json"

// The bounds of what is read, in bytes.
const (
	maxRecord    = 32 << 20 // one record; the longest that OSV publishes are about 5 MiB
	maxCatalogue = 64 << 20 // CISA's catalogue, of about 2 MiB
)

// Database is a directory of advisories that can be read.
type Database struct {
	// Catalogue is CISA's catalogue; nil where the directory has none.
	Catalogue *Catalogue
	// Archives and Records count the archives and the single files with records.
	Archives, Records int

	dir   string
	files []string // with records, in the order of their paths
}

// Open looks for advisories in a directory. It reads CISA's catalogue, and of archives the list of contents.
func Open(dir string) (*Database, error) {
	d := &Database{dir: dir}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return d.add(path)
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("--advisories %s: there is no such directory", dir)
	case err != nil:
		return nil, fmt.Errorf("--advisories %s: %w", dir, err)
	case len(d.files) == 0 && d.Catalogue == nil:
		return nil, fmt.Errorf("--advisories %s: there is no advisory in it; put OSV's all.zip of your distributions, or %s, there", dir, KEVName)
	}
	return d, nil
}

// add takes a file in, if it is one with advisories.
func (d *Database) add(path string) error {
	switch {
	case filepath.Base(path) == KEVName:
		catalogue, err := readCatalogue(path)
		if err != nil {
			return damaged(path, err)
		}
		d.Catalogue = catalogue
	case strings.EqualFold(filepath.Ext(path), ".zip"):
		r, err := zip.OpenReader(path)
		if err != nil {
			return damaged(path, err)
		}
		d.files, d.Archives = append(d.files, path), d.Archives+1
		return r.Close()
	case strings.EqualFold(filepath.Ext(path), ".json"):
		d.files, d.Records = append(d.files, path), d.Records+1
	}
	return nil
}

func damaged(path string, err error) error {
	return fmt.Errorf("%s cannot be read: %w; fetch it again", path, err)
}

// Find goes through all records and returns those about the packages.
func (d *Database) Find(ctx context.Context, wanted map[Package]struct{}) (Index, error) {
	index := Index{}
	if len(wanted) == 0 {
		return index, nil
	}
	for _, path := range d.files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		read := readFile
		if strings.EqualFold(filepath.Ext(path), ".zip") {
			read = readArchive
		}
		err := read(path, func(text []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return index.add(text, wanted)
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("--advisories %s: %w", d.dir, damaged(path, err))
		}
	}
	return index, nil
}

func readFile(path string, yield func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	text, err := bounded(f, maxRecord)
	if err != nil {
		return err
	}
	return yield(text)
}

func readArchive(path string, yield func([]byte) error) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer func() { _ = archive.Close() }() // only read
	for _, f := range archive.File {
		if !strings.EqualFold(filepath.Ext(f.Name), ".json") {
			continue
		}
		if err := readEntry(f, yield); err != nil {
			return fmt.Errorf("%q in it: %w", f.Name, err)
		}
	}
	return nil
}

func readEntry(f *zip.File, yield func([]byte) error) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // only read
	text, err := bounded(r, maxRecord)
	if err != nil {
		return err
	}
	return yield(text)
}

// bounded reads all, and fails where there is more than the limit.
func bounded(r io.Reader, limit int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("it is longer than %d MiB", limit>>20)
	}
	return text, err
}

// Catalogue is CISA's catalogue of known exploited vulnerabilities.
type Catalogue struct {
	Released time.Time // when this version of it was released
	Entries  []Exploited
}

// Exploited is one entry of the catalogue.
type Exploited struct {
	CVE   string
	Added string // the day on which it was added, as YYYY-MM-DD; "" where it is not given
	Due   string // the day by which CISA wants it mended, as YYYY-MM-DD
}

// catalogueFile is the schema that CISA publishes with the catalogue.
type catalogueFile struct {
	DateReleased    string `json:"dateReleased"`
	Vulnerabilities *[]struct {
		CVE   string `json:"cveID"`
		Added string `json:"dateAdded"`
		Due   string `json:"dueDate"`
	} `json:"vulnerabilities"`
}

func readCatalogue(path string) (*Catalogue, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	text, err := bounded(f, maxCatalogue)
	if err != nil {
		return nil, err
	}
	return parseCatalogue(text)
}

func parseCatalogue(text []byte) (*Catalogue, error) {
	var file catalogueFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	if file.Vulnerabilities == nil {
		return nil, errors.New(`it has no "vulnerabilities"`)
	}
	released, err := time.Parse(time.RFC3339, file.DateReleased)
	if err != nil {
		return nil, fmt.Errorf("dateReleased: %w", err)
	}
	c := &Catalogue{Released: released.UTC()}
	for i, v := range *file.Vulnerabilities {
		if !isCVE(v.CVE) {
			return nil, fmt.Errorf("vulnerabilities[%d]: %q is no CVE number", i, v.CVE)
		}
		if _, err := time.Parse(time.DateOnly, v.Due); err != nil {
			return nil, fmt.Errorf("vulnerabilities[%d].dueDate: %w", i, err)
		}
		if _, err := time.Parse(time.DateOnly, v.Added); err != nil {
			v.Added = ""
		}
		c.Entries = append(c.Entries, Exploited{v.CVE, v.Added, v.Due})
	}
	return c, nil
}

// isCVE reports whether a text is a CVE number.
func isCVE(text string) bool {
	year, number, ok := strings.Cut(strings.TrimPrefix(text, "CVE-"), "-")
	return ok && strings.HasPrefix(text, "CVE-") && len(year) == 4 && len(number) >= 4 && len(number) <= 12 && strings.Trim(year+number, "0123456789") == ""
}
