// Package config reads assay.yaml, the file in which a team writes down what to audit and how.
//
// Everything in it can also be said on the command line, which wins. A mistake in it stops the run: the message names the file,
// the line, what is allowed there and the nearest name.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/assay-audit/assay/internal/strictyaml"
)

// FileName is the name of the file that is read from the working directory where no other is given.
const FileName = "assay.yaml"

// Level is a severity, or none: the least that fails a run.
type Level string

// Values implements strictyaml.Enum.
func (Level) Values() []string { return []string{"none", "low", "medium", "high", "critical"} }

// Profile says which verdicts matter.
type Profile string

// Values implements strictyaml.Enum.
func (Profile) Values() []string { return []string{"pr", "run", "audit"} }

// Config is the content of assay.yaml. Every field may be empty.
type Config struct {
	// Targets are audited where the command line names none.
	Targets []string `yaml:"targets"`
	// Frameworks are the ids of those to report on.
	Frameworks []string `yaml:"frameworks"`
	Profile    Profile  `yaml:"profile"`
	// Checks select the checks to run, by id or pattern; all where none is named.
	Checks []string `yaml:"checks"`
	// Parameters override those of checks, by name (see: assay check list).
	Parameters map[string]any `yaml:"parameters"`
	// Severity leaves out checks of lower severity.
	Severity         Level `yaml:"severity"`
	FailOn           Level `yaml:"fail_on"`
	FailOnIncomplete bool  `yaml:"fail_on_incomplete"`
	// Waivers is the file with approved exceptions; WaiverPolicy says which of them are accepted.
	Waivers      string       `yaml:"waivers"`
	WaiverPolicy WaiverPolicy `yaml:"waiver_policy"`
	Baseline     string       `yaml:"baseline"`
	PolicyDirs   []string     `yaml:"policy_dirs"`
	// Output lists outputs as on the command line: FORMAT or FORMAT=PATH.
	Output []string `yaml:"output"`
	// Labels names the tag keys that carry classification and ownership, by label.
	Labels    Labels    `yaml:"labels"`
	Terraform Terraform `yaml:"terraform"`

	file string // the file that was read; "" where there is none
	data []byte // its text
}

// At is the place of a key in the file, for messages: assay.yaml:3:5. It is empty where the file does not hold the key.
func (c Config) At(path ...string) string {
	pos := strictyaml.Place(c.data, path...)
	if pos.Line == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d", c.file, pos.Line, pos.Column)
}

// WaiverPolicy says which waivers are accepted.
type WaiverPolicy struct {
	// Approvers are the people who may approve waivers; without any, no waiver holds.
	Approvers []string `yaml:"approvers"`
	// MaxDays is how many days ahead a waiver may expire; 0 = 365.
	MaxDays int `yaml:"max_days"`
	// Inline accepts waivers that are comments in Terraform code.
	Inline bool `yaml:"inline"`
	// AllowedSigners is an OpenSSH allowed signers file with the approvers' keys.
	AllowedSigners string `yaml:"allowed_signers"`
	// Proof is the weakest proof of an approval that is accepted; a statement where nothing is said.
	Proof Proof `yaml:"proof"`
}

// Proof is what proves that an approver approved a waiver.
type Proof string

// Values implements strictyaml.Enum.
func (Proof) Values() []string { return []string{"statement", "commit", "signature"} }

// Labels are the tag keys by label; an empty list keeps the defaults.
type Labels struct {
	Classification []string `yaml:"classification"`
	Categories     []string `yaml:"categories"`
	Owner          []string `yaml:"owner"`
	Administrator  []string `yaml:"administrator"`
	RetentionDays  []string `yaml:"retention_days"`
	Deidentified   []string `yaml:"deidentified"`
	Criticality    []string `yaml:"criticality"`
	Environment    []string `yaml:"environment"`
	RecordClass    []string `yaml:"record_class"`
}

// Keys are the labels by name, without the empty ones.
func (l Labels) Keys() map[string][]string {
	out := make(map[string][]string)
	for name, keys := range map[string][]string{
		"classification": l.Classification, "categories": l.Categories, "owner": l.Owner, "administrator": l.Administrator,
		"retention_days": l.RetentionDays, "deidentified": l.Deidentified, "criticality": l.Criticality,
		"environment": l.Environment, "record_class": l.RecordClass,
	} {
		if len(keys) > 0 {
			out[name] = keys
		}
	}
	return out
}

// Terraform holds settings of Terraform targets.
type Terraform struct {
	VarFiles  []string          `yaml:"var_files"`
	Variables map[string]string `yaml:"variables"`
	Workspace string            `yaml:"workspace"`
}

// Load reads the file. With an empty path it reads assay.yaml in the working directory, where there is one.
func Load(path string) (Config, error) {
	file := path
	if file == "" {
		file = FileName
	}
	data, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && path == "":
		return Config{}, nil
	case err != nil:
		return Config{}, fmt.Errorf("configuration: %w", err)
	}
	c, err := strictyaml.Decode[Config](file, data, strictyaml.Options{})
	c.file, c.data = file, data
	return c, err
}
