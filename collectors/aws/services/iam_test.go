package services

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// fill makes users, groups, roles and policies, good and bad ones.
func fillIAM(t *testing.T, l *lab) {
	t.Helper()
	ctx, client := t.Context(), iam.NewFromConfig(l.config)
	tag := func(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} }
	must(client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ada"), Tags: []types.Tag{tag("owner", "Ada.Lovelace"), tag("email", "Ada@example.org"), tag("purpose", "admin")}}))(t)
	must(client.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: aws.String("ada"), Password: aws.String("Correct-Horse-1")}))(t)
	device := must(client.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("ada")}))(t)
	must(client.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
		UserName: aws.String("ada"), SerialNumber: device.VirtualMFADevice.SerialNumber, AuthenticationCode1: aws.String("123456"), AuthenticationCode2: aws.String("654321"),
	}))(t)
	must(client.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("spare")}))(t)
	must(client.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("admins")}))(t)
	must(client.AttachGroupPolicy(ctx, &iam.AttachGroupPolicyInput{GroupName: aws.String("admins"), PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")}))(t)
	must(client.AddUserToGroup(ctx, &iam.AddUserToGroupInput{GroupName: aws.String("admins"), UserName: aws.String("ada")}))(t)

	must(client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("bot")}))(t)
	must(client.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("bot")}))(t)
	must(client.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("bot"), PolicyName: aws.String("pass"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}]}`)}))(t)
	must(client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("test2")}))(t)

	role := func(name, trust string) {
		must(client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(name), AssumeRolePolicyDocument: aws.String(trust), MaxSessionDuration: aws.Int32(7200)}))(t)
	}
	role("app", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	role("vendor", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"sts:AssumeRole"}]}`)
	role("ops", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}`)
	own := must(client.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("read-phi"), PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::phi/*"}]}`)}))(t)
	must(client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("app"), PolicyArn: own.Policy.Arn}))(t)
}

func TestDump(t *testing.T) {
	l := newLab(t)
	fillIAM(t, l)
	for _, s := range []string{"iam", "account"} {
		b := l.collect(t, s, "us-east-1")
		for _, e := range b.Entities {
			e.Prov = nil
			out, _ := json.MarshalIndent(e, "", " ")
			fmt.Println(string(out))
		}
		for _, r := range b.Relations {
			fmt.Println(r)
		}
		out, _ := json.MarshalIndent(b.Note, "", " ")
		fmt.Println(string(out))
	}
}
