// Package plan reads the plan that "terraform show -json" prints, and hands out its resource instances.
//
// A plan knows what the configuration alone cannot tell: values that come from data sources and from resources that exist,
// and every module and count expanded. It holds no places in files and no locals, and the values that exist only after
// apply are left out of it. What an instance holds here is its state after apply: attributes that are known then, and
// attributes that the configuration writes but that are computed (unknown, reason computed). Attributes that the
// configuration does not write and that the provider will compute are absent, as they are absent in the configuration: the
// mapping knows the provider's default, or says that it does not.
//
// The format is https://developer.hashicorp.com/terraform/internals/json-format. Its members may grow within a major version,
// so unknown members are ignored. The plan is read member by member, and of the largest ones only what is needed is kept;
// hashicorp/terraform-json would decode all of it at once and refuse the whole for one member of an unexpected type. Variables and sensitive values stand in it in clear text: they are listed in
// [Plan.Sensitive], so that the caller can keep them out of everything that it writes.
package plan

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/resource"
)

// DefaultMaxBytes is the size of the largest plan that is read, where Options do not say otherwise.
const DefaultMaxBytes = 512 << 20

// Options are the settings of one reading.
type Options struct {
	// MaxBytes is the size of the largest plan that is read; 0 means DefaultMaxBytes.
	MaxBytes int64
}

// Plan is what a plan says.
type Plan struct {
	// State is true for a state, as terraform show -json prints it without a plan: what was applied last, with the ARN of each resource.
	State            bool
	FormatVersion    string // such as 1.2
	TerraformVersion string // "" where the plan does not say
	// Instances are all resources and data sources as they will be after apply, sorted by address. What the plan deletes or
	// forgets is not among them.
	Instances []*resource.Instance
	// Variables are the values of the root module's variables that differ from their defaults, as name=value with the value
	// in the form that --var takes, sorted. They are secret.
	Variables []string
	// Literals are the constant texts of the configuration, in the order of their paths.
	Literals []Literal
	// Sensitive are the texts that the plan marks as sensitive, sorted, without repeats.
	Sensitive []string
	// Warnings are for the reader: what the plan's makers should know, such as a newer format.
	Warnings []string
	// Incomplete says what the plan leaves out: deferred resources, a plan that was limited to targets, errors while planning.
	Incomplete []string
}

// Literal is a constant text in the plan's configuration.
type Literal struct {
	Text string
	// Path says where it stands: the address of the block without instance keys, then arguments and blocks, such as
	// module.db.aws_db_instance.main.password or var.token.default.
	Path string
}

// Convert is what to do with a file that is no plan in JSON.
const Convert = "terraform show -json FILE > plan.json"

// zipMagic begins every plan that "terraform plan -out" writes.
const zipMagic = "PK\x03\x04"

// Sniff reports whether the first bytes of a file look like a plan, in JSON or in Terraform's binary form.
func Sniff(head []byte) bool {
	if bytes.HasPrefix(head, []byte(zipMagic)) {
		return true
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte(utf8BOM)), " \t\r\n")
	if !bytes.HasPrefix(head, []byte("{")) || !bytes.Contains(head, []byte(`"format_version"`)) {
		return false
	}
	for _, member := range []string{"planned_values", "resource_changes", "variables", "root_module"} {
		if bytes.Contains(head, []byte(`"`+member+`"`)) {
			return true
		}
	}
	return bytes.Contains(head, []byte(`"terraform_version"`))
}

const (
	utf8BOM  = "\xef\xbb\xbf"
	utf16LE  = "\xff\xfe"
	utf16BE  = "\xfe\xff"
	maxSniff = 1024
)

// Read reads a plan. The error says what is wrong with it and what to do; it does not name the file.
func Read(r io.Reader, o Options) (*Plan, error) {
	limit := o.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	buffered := bufio.NewReaderSize(&limited{r: r, limit: limit, left: limit}, 1<<16)
	if err := check(buffered); err != nil {
		return nil, err
	}
	d := newDocument(buffered)
	if err := d.read(); err != nil {
		return nil, err
	}
	return d.plan(), nil
}

// check refuses what can be told from the first bytes.
func check(r *bufio.Reader) error {
	head, err := r.Peek(maxSniff)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte(utf8BOM)), " \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte(zipMagic)):
		return errors.New("this is a binary plan; convert it: " + Convert)
	case bytes.HasPrefix(head, []byte(utf16LE)), bytes.HasPrefix(head, []byte(utf16BE)):
		return errors.New("this is text in UTF-16, as some shells write it; write the plan in UTF-8, for example with: terraform show -json FILE | Out-File -Encoding utf8 plan.json")
	case len(text) == 0:
		return errors.New("the file is empty; make it with: " + Convert)
	case text[0] != '{':
		return notPlan("it is not a JSON object")
	}
	if bytes.HasPrefix(head, []byte(utf8BOM)) {
		_, err = r.Discard(len(utf8BOM))
		return err
	}
	return nil
}

func notPlan(why string) error {
	return errors.New("this is not a Terraform plan: " + why + "; make one with: terraform plan -out FILE && " + Convert)
}

// limited is a reader that fails, rather than ends, at the limit.
type limited struct {
	r           io.Reader
	limit, left int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		if n, err := io.ReadFull(l.r, make([]byte, 1)); n == 0 {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return 0, io.EOF
			}
			return 0, err
		}
		return 0, fmt.Errorf("the plan is larger than the limit of %d MiB", l.limit>>20)
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	return n, err
}

// checkVersion accepts format 1.0 to 1.2, warns of a newer 1.x and refuses every other major version.
func checkVersion(version string) (warning string, err error) {
	const newestMinor = 2
	major, minor, _ := strings.Cut(version, ".")
	n, errMajor := strconv.Atoi(major)
	m, errMinor := strconv.Atoi(minor)
	switch {
	case errMajor != nil || errMinor != nil:
		return "", notPlan(fmt.Sprintf("its format_version %q is not a version", clip(version)))
	case n == 0 && m >= 1:
		return fmt.Sprintf("the plan has the preliminary format %s; format 1.0 to 1.2 are the ones that are known", clip(version)), nil
	case n != 1:
		return "", fmt.Errorf("the plan has format %s, and this program reads formats 1.0 to 1.2; "+
			"use a newer assay, or a Terraform version that prints format 1", clip(version))
	case m > newestMinor:
		return fmt.Sprintf("the plan has format %s, which is newer than 1.2; members that are new in it are ignored", clip(version)), nil
	}
	return "", nil
}

// clip shortens text of the plan that is quoted in a message.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

func sortedUnique(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
