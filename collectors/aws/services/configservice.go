package services

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	"github.com/aws/aws-sdk-go-v2/service/configservice/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/kind"
)

// configserviceService reads AWS Config's recorders of each region.
func configserviceService() api.Service {
	return api.Service{
		Name: "configservice", Prefix: "config", Kinds: []string{"detector"}, Collect: configRecorders,
		Operations: []api.Operation{
			{Name: "DescribeConfigurationRecorders", Tells: []string{"detector"}},
			{Name: "DescribeConfigurationRecorderStatus", Tells: []string{"enabled", "last_event_at"}},
			{Name: "DescribeDeliveryChannels", Tells: []string{"findings_destination"}},
		},
	}
}

const configName = "AWS Config"

func configRecorders(ctx context.Context, c *api.Context) {
	client := configservice.NewFromConfig(c.AWS())
	recorders := api.Ask(ctx, c, client.DescribeConfigurationRecorders, &configservice.DescribeConfigurationRecordersInput{})
	if !recorders.OK() {
		return
	}
	if len(recorders.Out.ConfigurationRecorders) == 0 {
		off := regionalDetector(ctx, c, "config_recorder", configName, "", kind.Known(false))
		c.Emit(api.Entity{Kind: "detector", UID: offUID(c, "config"), Name: configName, Prov: recorders.Prov}, off)
		return
	}
	status := api.Ask(ctx, c, client.DescribeConfigurationRecorderStatus, &configservice.DescribeConfigurationRecorderStatusInput{})
	channels := api.Ask(ctx, c, client.DescribeDeliveryChannels, &configservice.DescribeDeliveryChannelsInput{})
	for _, r := range recorders.Out.ConfigurationRecorders {
		name := aws.ToString(r.Name)
		state := recorderStatus(status.Out.ConfigurationRecordersStatus, name)
		d := regionalDetector(ctx, c, "config_recorder", configName, "",
			api.Read(status, func(*configservice.DescribeConfigurationRecorderStatusOutput) kind.Attr[bool] {
				return kind.Known(state.Recording)
			}))
		if state.Recording {
			d.FindingsDestination = configDelivers(c, channels)
			if state.LastStatus == types.RecorderStatusSuccess && state.LastStatusChangeTime != nil {
				d.LastEventAt = api.Time(state.LastStatusChangeTime).From(status.Prov)
			}
		}
		uid := aws.ToString(r.Arn)
		if uid == "" {
			uid = c.Account.UID() + ":" + c.Region + ":config:" + name
		}
		c.Emit(api.Entity{Kind: "detector", UID: uid, Name: name, Prov: recorders.Prov}, d)
	}
}

func recorderStatus(list []types.ConfigurationRecorderStatus, name string) types.ConfigurationRecorderStatus {
	for _, s := range list {
		if aws.ToString(s.Name) == name {
			return s
		}
	}
	return types.ConfigurationRecorderStatus{}
}

// configDelivers is the bucket that receives what is recorded; null where there is no channel.
func configDelivers(c *api.Context, a api.Answer[configservice.DescribeDeliveryChannelsOutput]) kind.Attr[string] {
	return api.Read(a, func(o *configservice.DescribeDeliveryChannelsOutput) kind.Attr[string] {
		for _, ch := range o.DeliveryChannels {
			if name := aws.ToString(ch.S3BucketName); name != "" {
				return kind.Known("arn:" + c.Account.Partition + ":s3:::" + name)
			}
		}
		return kind.Null[string]()
	})
}
