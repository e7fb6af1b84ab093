package services

import (
	"encoding/base64"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// TestScalingGroupsInMoto: a group with a template that encrypts, gives a role and opens nothing; one with a launch configuration that has a
// secret in its user data.
func TestScalingGroupsInMoto(t *testing.T) {
	l, ctx := newNetLab(t), t.Context()
	identities := iam.NewFromConfig(l.config)
	must(identities.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("app"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`)}))(t)
	must(identities.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: aws.String("profile")}))(t)
	must(identities.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: aws.String("profile"), RoleName: aws.String("app")}))(t)
	machines, client := ec2.NewFromConfig(l.config), autoscaling.NewFromConfig(l.config)
	image := must(machines.DescribeImages(ctx, &ec2.DescribeImagesInput{}))(t).Images[0].ImageId
	template := must(machines.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{LaunchTemplateName: aws.String("good"), LaunchTemplateData: &ec2types.RequestLaunchTemplateData{
		ImageId: image, InstanceType: ec2types.InstanceTypeT3Micro, SecurityGroupIds: []string{l.group},
		IamInstanceProfile: &ec2types.LaunchTemplateIamInstanceProfileSpecificationRequest{Name: aws.String("profile")},
		BlockDeviceMappings: []ec2types.LaunchTemplateBlockDeviceMappingRequest{{
			DeviceName: aws.String("/dev/xvda"), Ebs: &ec2types.LaunchTemplateEbsBlockDeviceRequest{Encrypted: aws.Bool(true), VolumeSize: aws.Int32(8)},
		}},
	}}))(t).LaunchTemplate
	must(client.CreateLaunchConfiguration(ctx, &autoscaling.CreateLaunchConfigurationInput{
		LaunchConfigurationName: aws.String("bad"), ImageId: image, InstanceType: aws.String("t3.micro"),
		UserData:            aws.String(base64.StdEncoding.EncodeToString([]byte("export DB_PASSWORD=correct-horse-battery\n"))),
		BlockDeviceMappings: []types.BlockDeviceMapping{{DeviceName: aws.String("/dev/xvda"), Ebs: &types.Ebs{VolumeSize: aws.Int32(8)}}},
	}))(t)
	must(client.CreateAutoScalingGroup(ctx, &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("good"), MinSize: aws.Int32(0), MaxSize: aws.Int32(3), DesiredCapacity: aws.Int32(0), VPCZoneIdentifier: &l.private[0],
		LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: template.LaunchTemplateId, Version: aws.String("$Latest")},
		Tags:           []types.Tag{{Key: aws.String("Environment"), Value: aws.String("prod"), PropagateAtLaunch: aws.Bool(true)}},
	}))(t)
	must(client.CreateAutoScalingGroup(ctx, &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String("bad"), MinSize: aws.Int32(0), MaxSize: aws.Int32(1), DesiredCapacity: aws.Int32(0), VPCZoneIdentifier: &l.private[0],
		LaunchConfigurationName: aws.String("bad"),
	}))(t)
	l.matches("autoscaling")
}
