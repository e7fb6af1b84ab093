package services

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// rdsGroups names the groups that hold a database's settings.
type rdsGroups struct {
	engine, version kind.Attr[string]
	parameters      string // name of the parameter group; "" where AWS names none
	cluster         bool   // whether that is a cluster's parameter group
	options         []string
}

// instanceParameterGroup is the name of the group; an instance has one.
func instanceParameterGroup(i types.DBInstance) string {
	if len(i.DBParameterGroups) == 0 {
		return ""
	}
	return aws.ToString(i.DBParameterGroups[0].DBParameterGroupName)
}

func optionGroups(list []types.OptionGroupMembership) []string {
	out := make([]string, len(list))
	for i, o := range list {
		out[i] = aws.ToString(o.OptionGroupName)
	}
	return out
}

// rdsSettings reads the parameters and options that decide about TLS and auditing. Each group is read once, however many databases have it.
func rdsSettings(ctx context.Context, c *api.Context, client *rds.Client, g rdsGroups) awsstore.Settings {
	return awsstore.Settings{
		Engine: g.engine, Version: g.version,
		Param: func(name string, def kind.Attr[string]) kind.Attr[string] {
			if g.parameters == "" {
				return def
			}
			return rdsParameters(ctx, c, client, g.parameters, g.cluster).value(name, def)
		},
		Option: func(name, setting, value string) kind.Attr[bool] {
			found := make([]kind.Attr[bool], 0, len(g.options))
			for _, group := range g.options {
				found = append(found, rdsOption(ctx, c, client, group, name, setting, value))
			}
			return kind.AnyOf(found)
		},
	}
}

// parameters are the values of a group's parameters by their names, in lower case.
type parameters struct {
	values map[string]string
	prov   *evidence.Provenance
	fail   *api.Failure
}

// value is what the group says, def where it leaves the parameter to the engine.
func (p parameters) value(name string, def kind.Attr[string]) kind.Attr[string] {
	v, stated := p.values[name]
	switch {
	case stated:
		return kind.Known(v).From(p.prov)
	case p.fail != nil:
		return kind.Because[string](p.fail.Unknown()).From(p.prov)
	}
	return def.From(p.prov)
}

// rdsParameters reads a parameter group. The filter leaves a page of the some hundred parameters that an engine has.
func rdsParameters(ctx context.Context, c *api.Context, client *rds.Client, group string, cluster bool) parameters {
	name := "rds parameters " + group
	if cluster {
		name = "rds cluster parameters " + group
	}
	return api.Shared(c, name, func(c *api.Context) parameters {
		filter := []types.Filter{{Name: aws.String("parameter-name"), Values: awsstore.Parameters()}}
		var l api.Listing[types.Parameter]
		if cluster {
			l = api.List(ctx, c, client.DescribeDBClusterParameters,
				&rds.DescribeDBClusterParametersInput{DBClusterParameterGroupName: aws.String(group), Filters: filter},
				func(o *rds.DescribeDBClusterParametersOutput) []types.Parameter { return o.Parameters })
		} else {
			l = api.List(ctx, c, client.DescribeDBParameters, &rds.DescribeDBParametersInput{DBParameterGroupName: aws.String(group), Filters: filter},
				func(o *rds.DescribeDBParametersOutput) []types.Parameter { return o.Parameters })
		}
		out := parameters{values: make(map[string]string, len(l.Items)), prov: l.Prov, fail: l.Fail}
		for _, p := range l.Items {
			if p.ParameterValue != nil {
				out.values[strings.ToLower(aws.ToString(p.ParameterName))] = *p.ParameterValue
			}
		}
		return out
	})
}

// rdsOption is whether an option group has an option and, where a setting is named, sets it to the value. AWS's default groups have none.
func rdsOption(ctx context.Context, c *api.Context, client *rds.Client, group, name, setting, value string) kind.Attr[bool] {
	if strings.HasPrefix(group, "default:") {
		return kind.Known(false)
	}
	l := api.Shared(c, "rds options "+group, func(c *api.Context) api.Listing[types.OptionGroup] {
		return api.List(ctx, c, client.DescribeOptionGroups, &rds.DescribeOptionGroupsInput{OptionGroupName: aws.String(group)},
			func(o *rds.DescribeOptionGroupsOutput) []types.OptionGroup { return o.OptionGroupsList })
	})
	for _, g := range l.Items {
		for _, o := range g.Options {
			if strings.EqualFold(aws.ToString(o.OptionName), name) && (setting == "" || optionSets(o, setting, value)) {
				return kind.Known(true).From(l.Prov)
			}
		}
	}
	if l.Fail != nil {
		return kind.Because[bool](l.Fail.Unknown()).From(l.Prov)
	}
	return kind.Known(false).From(l.Prov)
}

func optionSets(o types.Option, setting, value string) bool {
	for _, s := range o.OptionSettings {
		if strings.EqualFold(aws.ToString(s.Name), setting) && strings.EqualFold(aws.ToString(s.Value), value) {
			return true
		}
	}
	return false
}
