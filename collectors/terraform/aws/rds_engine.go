package aws

import (
	"strings"

	"github.com/assay-audit/assay/collectors/terraform/mapping"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/kind"
)

// rdsSettings are the settings of a database whose parameter group an argument names.
func rdsSettings(c *mapping.Context, v mapping.View, d kind.Datastore, groupArg, group string) awsstore.Settings {
	version := d.EngineVersion
	if _, unknown := version.Reason(); unknown { // the parameter group's family tells it, too: postgres16, mysql8.0
		if r := v.Targets(groupArg, group).First(); r != nil {
			version = c.View(r).String("family").ElseAttr(version)
		}
	}
	return awsstore.Settings{
		Engine: d.Engine, Version: version, Prov: v.Provenance(),
		Param: func(name string, def kind.Attr[string]) kind.Attr[string] {
			return parameter(c, v, groupArg, group, name, def)
		},
		Option: func(name, setting, value string) kind.Attr[bool] { return rdsOption(c, v, name, setting, value) },
	}
}

// rdsOption is whether the database's option group has an option and, where a setting is named, sets it to the value.
func rdsOption(c *mapping.Context, v mapping.View, name, setting, value string) kind.Attr[bool] {
	const arg, typ = "option_group_name", "aws_db_option_group"
	prov := v.ProvenanceOf(arg)
	if v.String(arg).Absent() {
		return kind.Known(false).From(prov)
	}
	t := v.Targets(arg, typ)
	if len(t.Instances) != 1 || t.Open != nil {
		if len(t.Literals) == 1 && strings.HasPrefix(t.Literals[0], "default:") {
			return kind.Known(false).From(prov)
		}
		return notDeclared[bool](t, "the option group").From(prov)
	}
	options, more := nested(c.View(t.Instances[0]), "option")
	out := kind.Known(false).From(prov)
	for _, o := range options {
		has := equals(o.String("option_name"), name)
		if setting != "" {
			has = kind.Both(has, optionSets(o, setting, value))
		}
		out = kind.Either(out, has)
	}
	if more != nil {
		out = kind.Either(out, kind.Because[bool](*more))
	}
	return out
}

func optionSets(option mapping.View, setting, value string) kind.Attr[bool] {
	out := kind.Known(false).From(option.Provenance())
	settings, more := nested(option, "option_settings")
	for _, s := range settings {
		out = kind.Either(out, kind.Both(equals(s.String("name"), setting), equals(s.String("value"), value)))
	}
	if more != nil {
		out = kind.Either(out, kind.Because[bool](*more))
	}
	return out
}
