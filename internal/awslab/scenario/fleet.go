package scenario

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
)

// Size is how much of what a fleet has. Databases and volumes are spread over the regions.
type Size struct {
	Buckets   int
	Roles     int
	Databases int
	Volumes   int
	Regions   []string
}

// Bench is the fleet that the project's measure is about: 500 buckets, 200 roles, 300 databases and volumes in 4 regions.
func Bench() Size {
	return Size{
		Buckets: 500, Roles: 200, Databases: 150, Volumes: 150,
		Regions: []string{"eu-central-1", "eu-west-1", "us-east-1", "us-west-2"},
	}
}

// builders is how many calls a fleet is built with at once: moto answers one at a time.
const builders = 8

// Fleet builds many plain resources, every other one encrypted, in the account of a configuration.
func Fleet(ctx context.Context, config aws.Config, size Size) (*Built, error) {
	b, err := newBuilder(ctx, config)
	if err != nil {
		return nil, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(builders)
	in := func(i int) aws.Config {
		c := config.Copy()
		c.Region = size.Regions[i%len(size.Regions)]
		return c
	}
	for i := range size.Buckets {
		group.Go(func() error { return plainBucket(ctx, in(i), fmt.Sprintf("fleet-%s-%04d", b.account, i)) })
	}
	for i := range size.Roles {
		group.Go(func() error { return b.plainRole(ctx, fmt.Sprintf("fleet-%04d", i)) })
	}
	for i := range size.Databases {
		group.Go(func() error { return plainDatabase(ctx, in(i), fmt.Sprintf("fleet-%04d", i), i%2 == 0) })
	}
	for i := range size.Volumes {
		group.Go(func() error { return plainVolume(ctx, in(i), i%2 == 0) })
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("build a fleet in account %s: %w", b.account, err)
	}
	b.made("AWS::S3::Bucket", size.Buckets)
	b.made("AWS::IAM::Role", size.Roles)
	b.made("AWS::RDS::DBInstance", size.Databases)
	b.made("AWS::EC2::Volume", size.Volumes)
	return b.built, nil
}

// plainBucket makes a bucket with tags.
func plainBucket(ctx context.Context, config aws.Config, name string) error {
	client, in := s3.NewFromConfig(config), &s3.CreateBucketInput{Bucket: &name}
	if config.Region != "us-east-1" {
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(config.Region)}
	}
	if _, err := client.CreateBucket(ctx, in); err != nil {
		return err
	}
	_, err := client.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: &name, Tagging: &s3types.Tagging{
		TagSet: tags(func(key, value *string) s3types.Tag { return s3types.Tag{Key: key, Value: value} }, name, operational),
	}})
	return err
}

// plainRole makes a role that an application assumes.
func (b *builder) plainRole(ctx context.Context, name string) error {
	return (&builder{config: b.config, built: &Built{Made: map[string]int{}}}).role(ctx, iam.NewFromConfig(b.config), &role{
		name: name, trust: trust(map[string]any{"Service": "ec2.amazonaws.com"}, nil), policy: document(allow("*", "s3:GetObject")),
	})
}

// plainDatabase makes a database.
func plainDatabase(ctx context.Context, config aws.Config, name string, encrypted bool) error {
	_, err := rds.NewFromConfig(config).CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: &name, Engine: aws.String("postgres"), EngineVersion: aws.String("17.2"),
		DBInstanceClass: aws.String("db.r6g.large"), AllocatedStorage: aws.Int32(100), StorageEncrypted: &encrypted,
		MasterUsername: aws.String("owner"), MasterUserPassword: aws.String("not-a-real-secret"),
		Tags: tags(func(key, value *string) rdstypes.Tag { return rdstypes.Tag{Key: key, Value: value} }, name, operational),
	})
	return err
}

// plainVolume makes a volume.
func plainVolume(ctx context.Context, config aws.Config, encrypted bool) error {
	_, err := ec2.NewFromConfig(config).CreateVolume(ctx, &ec2.CreateVolumeInput{
		AvailabilityZone: aws.String(config.Region + "a"), Size: aws.Int32(100), Encrypted: &encrypted,
	})
	return err
}
