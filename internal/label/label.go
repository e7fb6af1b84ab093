// Package label reads what people write on resources: the tags that say what data a store holds, who owns it and how critical it is.
//
// A label is the same fact whether it stands in code or on the live resource, so every collector reads it through this package. Tag
// keys are compared without regard to case and to the difference between "-", "_", ":", "." and blanks.
package label

import (
	"strconv"
	"strings"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// Keys names the tag keys that carry each label, the first that is found wins.
type Keys struct {
	Classification, Categories, Owner, Administrator, RetentionDays, Deidentified []string
	Criticality, Environment, RecordClass                                         []string
}

// Default are the tag keys used where assay.yaml names none.
func Default() Keys {
	return Keys{
		Classification: []string{"data-classification", "classification", "data-sensitivity"},
		Categories:     []string{"data-categories", "data-category", "data-type"},
		Owner:          []string{"data-owner", "owner"},
		Administrator:  []string{"data-administrator", "administrator", "data-custodian"},
		RetentionDays:  []string{"data-retention-days", "retention-days"},
		Deidentified:   []string{"data-deidentified", "deidentified"},
		Criticality:    []string{"criticality"},
		Environment:    []string{"environment", "env", "stage"},
		RecordClass:    []string{"record-class"},
	}
}

// With returns the keys with those of assay.yaml in place of the defaults, by the label's name there; an empty list changes nothing.
func (k Keys) With(overrides map[string][]string) Keys {
	for name, target := range map[string]*[]string{
		"classification": &k.Classification, "categories": &k.Categories, "owner": &k.Owner, "administrator": &k.Administrator,
		"retention_days": &k.RetentionDays, "deidentified": &k.Deidentified, "criticality": &k.Criticality,
		"environment": &k.Environment, "record_class": &k.RecordClass,
	} {
		if keys := overrides[name]; len(keys) > 0 {
			*target = keys
		}
	}
	return k
}

// Fold brings a tag key into the form in which keys are compared.
func Fold(key string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '-', '_', ':', ' ', '.':
			return -1
		}
		return r
	}, strings.ToLower(key))
}

// Reader reads one label by its tag keys, lower-cased; null where all tags are known and none of the keys is there.
type Reader func(keys []string) kind.Attr[string]

// Datastore fills the labels of a datastore and leaves everything else.
func Datastore(d *kind.Datastore, read Reader, k Keys) {
	d.DataClassification = read(k.Classification)
	d.DataOwner = read(k.Owner)
	d.DataAdministrator = read(k.Administrator)
	d.Criticality = read(k.Criticality)
	d.RecordClass = read(k.RecordClass)
	d.Environment = kind.Convert(read(k.Environment), Environment)
	d.DataCategories = kind.Convert(read(k.Categories), Categories)
	d.DataRetentionDays = kind.Then(read(k.RetentionDays), days)
	d.DataDeidentified = kind.Then(read(k.Deidentified), yesNo)
}

// Host fills the labels that a host shares with a datastore.
func Host(h *kind.Host, read Reader, k Keys) {
	h.Environment = kind.Convert(read(k.Environment), Environment)
	h.DataClassification = read(k.Classification)
	h.DataCategories = kind.Convert(read(k.Categories), Categories)
	h.Criticality = read(k.Criticality)
}

// Environment is the environment that a label's text stands for: prod, shared or nonprod.
func Environment(s string) string {
	switch s {
	case "prod", "production", "prd", "live":
		return "prod"
	case "shared", "common", "management", "mgmt":
		return "shared"
	}
	return "nonprod"
}

// Categories are the categories of data that a label lists.
func Categories(s string) []string {
	out := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ,;+/:|", r) })
	if out == nil {
		return []string{}
	}
	return out
}

func days(s string) kind.Attr[int64] {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return kind.Unknown[int64](evidence.ParseError, "tag value "+strconv.Quote(s)+" is not a number of days")
	}
	return kind.Known(n)
}

func yesNo(s string) kind.Attr[bool] {
	b, err := strconv.ParseBool(s)
	if err != nil {
		return kind.Unknown[bool](evidence.ParseError, "tag value "+strconv.Quote(s)+" is neither true nor false")
	}
	return kind.Known(b)
}
