package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/assay-audit/assay/internal/reference/region"
)

// options are what a target such as aws:role=arn:...,regions=eu-west-1+eu-central-1 says.
type options struct {
	profile     string
	role        string   // ARN of a role to assume first
	org         string   // name of the role to assume in every account of the organisation; "" = just one account
	externalID  string   // for both roles
	sessionName string   // of the assumed roles
	regions     []string // empty = all that are enabled
	accounts    []string // ids; empty = all of the organisation
}

// roleName is the name of a role of IAM, with its path where it has one.
var roleName = regexp.MustCompile(`^[\w=.@/+-]+$`)

var accountID = regexp.MustCompile(`^\d{12}$`)

// keys of a target, each with what takes its value.
func (o *options) fields() map[string]func(value string) error {
	text := func(target *string) func(string) error {
		return func(v string) error { *target = v; return nil }
	}
	return map[string]func(string) error{
		"profile": text(&o.profile), "external-id": text(&o.externalID), "session-name": text(&o.sessionName),
		"role": func(v string) error {
			if !strings.HasPrefix(v, "arn:") || !strings.Contains(v, ":role/") {
				return fmt.Errorf("role=%s: write the role's ARN, such as arn:aws:iam::111122223333:role/audit", v)
			}
			o.role = v
			return nil
		},
		"org": func(v string) error {
			if !roleName.MatchString(v) {
				return fmt.Errorf("org=%s: write the name of the role that every account has, such as audit", v)
			}
			o.org = v
			return nil
		},
		"regions": func(v string) error {
			o.regions = strings.Split(v, "+")
			for _, r := range o.regions {
				if err := checkRegion(r); err != nil {
					return err
				}
			}
			return nil
		},
		"accounts": func(v string) error {
			o.accounts = strings.Split(v, "+")
			for _, id := range o.accounts {
				if !accountID.MatchString(id) {
					return fmt.Errorf("accounts=%s: %q is no account id; write 12 digits, and a plus sign between two", v, id)
				}
			}
			return nil
		},
	}
}

// defaultSession names the sessions of assumed roles, as CloudTrail shows them.
const defaultSession = "assay"

// parse reads the part of the target after "aws:".
func parse(value string) (options, error) {
	o := options{sessionName: defaultSession}
	fields := o.fields()
	for part := range strings.SplitSeq(value, ",") {
		if part == "" {
			continue
		}
		key, v, found := strings.Cut(part, "=")
		set, known := fields[key]
		switch {
		case !known:
			return o, fmt.Errorf("aws target: there is no option %q%s; allowed are %s", key, nearest(key, keysOf(fields)), strings.Join(keysOf(fields), ", "))
		case !found || v == "":
			return o, fmt.Errorf("aws target: the option %s needs a value, as in %s=VALUE", key, key)
		}
		if err := set(v); err != nil {
			return o, fmt.Errorf("aws target: %w", err)
		}
	}
	if len(o.accounts) > 0 && o.org == "" {
		return o, fmt.Errorf("aws target: accounts= selects among the accounts of an organisation; add org=ROLE_NAME, or name one account's role with role=ARN")
	}
	return o, nil
}

// EntryRole is the name of the role that the target, without its "aws:", assumes in every account of an organisation; "" where the target is one
// account.
func EntryRole(target string) (string, error) {
	o, err := parse(target)
	return o.org, err
}

func keysOf(fields map[string]func(string) error) []string {
	out := make([]string, 0, len(fields))
	for k := range fields {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// checkRegion finds a region name that cannot be one. A region that the table does not know yet may exist.
func checkRegion(name string) error {
	if _, ok := region.Lookup(name); ok {
		return nil
	}
	if regionName.MatchString(name) {
		if hint := nearest(name, region.Codes()); hint != "" {
			return fmt.Errorf("regions: there is no region %q%s", name, hint)
		}
		return nil // newer than the table
	}
	return fmt.Errorf("regions: %q is no region name%s; write names such as eu-west-1, and a plus sign between two", name, nearest(name, region.Codes()))
}

var regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)

// nearest suggests the closest name, where one is close.
func nearest(name string, names []string) string {
	const near = 2
	best, at := "", near+1
	for _, n := range names {
		if d := levenshtein.ComputeDistance(name, n); d < at {
			best, at = n, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}
