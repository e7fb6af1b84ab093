package services

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// ecsService reads the services that run containers, and the secrets in the environment of their task definitions.
func ecsService() api.Service {
	return api.Service{
		Name: "ecs", Collect: containers, Kinds: []string{"managed_service", "secret"},
		Operations: []api.Operation{
			{Name: "ListClusters", Tells: []string{"managed_service", "secret"}},
			{Name: "ListServices", Tells: []string{"managed_service", "secret"}},
			{Name: "DescribeServices", Tells: []string{"managed_service", "secret"}},
			{Name: "ListTaskDefinitionFamilies", Tells: []string{"secret"}},
			{Name: "DescribeTaskDefinition", Tells: []string{"secret"}},
		},
	}
}

func containers(ctx context.Context, c *api.Context) {
	client := ecs.NewFromConfig(c.AWS())
	if c.Wants("managed_service") {
		list := api.List(ctx, c, client.ListClusters, &ecs.ListClustersInput{}, func(o *ecs.ListClustersOutput) []string { return o.ClusterArns })
		api.Each(ctx, c, list.Items, func(ctx context.Context, arn string) { containerServices(ctx, c, client, arn) })
	}
	if c.Wants("secret") {
		taskDefinitions(ctx, c, client)
	}
}

func containerServices(ctx context.Context, c *api.Context, client *ecs.Client, cluster string) {
	const most = 10 // services of which one call tells
	list := api.List(ctx, c, client.ListServices, &ecs.ListServicesInput{Cluster: aws.String(cluster)},
		func(o *ecs.ListServicesOutput) []string { return o.ServiceArns })
	for batch := range slices.Chunk(list.Items, most) {
		a := api.Ask(ctx, c, client.DescribeServices, &ecs.DescribeServicesInput{Cluster: aws.String(cluster), Services: batch})
		for _, s := range a.Out.Services {
			containerService(ctx, c, s, a.Prov)
		}
	}
}

// containerService runs containers. On Fargate the platform is the runtime, which AWS keeps supported unless an old one is asked for.
func containerService(ctx context.Context, c *api.Context, s types.Service, prov *evidence.Provenance) {
	uid := aws.ToString(s.ServiceArn)
	m := kind.ManagedService{
		Runtime:      kind.Known("container image"),
		RuntimeEOLOn: kind.Unknown[kind.Date](evidence.Unsupported, "the image brings its own runtime"),
	}
	if s.LaunchType == types.LaunchTypeFargate {
		version := aws.ToString(s.PlatformVersion)
		if version == "" {
			version = "LATEST"
		}
		m.Runtime = kind.Known("fargate " + version)
		if version == "LATEST" {
			m.RuntimeEOLOn = kind.NA[kind.Date]() // AWS moves it forward
		}
	}
	c.Emit(api.Entity{Kind: "managed_service", UID: uid, Name: aws.ToString(s.ServiceName), Prov: prov}, m)
	if n := s.NetworkConfiguration; n != nil && n.AwsvpcConfiguration != nil {
		runIn(ctx, c, uid, n.AwsvpcConfiguration.Subnets)
		guard(c, uid, n.AwsvpcConfiguration.SecurityGroups)
	}
}

// taskDefinitions searches the newest revision of each family, which is what a task runs unless an older one is asked for.
func taskDefinitions(ctx context.Context, c *api.Context, client *ecs.Client) {
	families := api.List(ctx, c, client.ListTaskDefinitionFamilies, &ecs.ListTaskDefinitionFamiliesInput{Status: types.TaskDefinitionFamilyStatusActive},
		func(o *ecs.ListTaskDefinitionFamiliesOutput) []string { return o.Families })
	api.Each(ctx, c, families.Items, func(ctx context.Context, family string) {
		a := api.Ask(ctx, c, client.DescribeTaskDefinition, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(family)}, "ClientException")
		definition := a.Out.TaskDefinition
		if definition == nil {
			return
		}
		arn := aws.ToString(definition.TaskDefinitionArn)
		family, _, _ = strings.Cut(arn[strings.LastIndexByte(arn, '/')+1:], ":")
		for _, container := range definition.ContainerDefinitions {
			values := make(map[string]string, len(container.Environment))
			for _, e := range container.Environment {
				values[aws.ToString(e.Name)] = aws.ToString(e.Value)
			}
			variables(c, arn+"#"+aws.ToString(container.Name), family+" "+aws.ToString(container.Name), values, a.Prov)
		}
	})
}
