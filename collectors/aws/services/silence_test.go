package services

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/kind"
)

// write puts one event into a stream of a log group of Ireland, in moto.
func (l *lab) write(t *testing.T, group, stream string, at time.Time) {
	t.Helper()
	client := cloudwatchlogs.NewFromConfig(l.account.Config("eu-west-1"))
	must(client.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream}))(t)
	must(client.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{
		LogGroupName: &group, LogStreamName: &stream, LogEvents: []logtypes.InputLogEvent{{Message: aws.String("x"), Timestamp: aws.Int64(at.UnixMilli())}},
	}))(t)
}

// TestNewestRecord reads when records arrived from moto's streams: of a log group as a whole, of the flow logs of two networks that share one,
// and of a network in which nothing sends.
func TestNewestRecord(t *testing.T) {
	l := newLab(t)
	ctx, ireland := t.Context(), l.account.Config("eu-west-1")
	logs, client := cloudwatchlogs.NewFromConfig(ireland), ec2.NewFromConfig(ireland)
	for _, name := range []string{"flows", "unused"} {
		must(logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(name)}))(t)
	}
	const group = "arn:aws:logs:eu-west-1:123456789012:log-group:flows"
	var vpcs, interfaces []string
	for _, cidr := range []string{"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"} {
		vpc := must(client.CreateVpc(ctx, &ec2.CreateVpcInput{CidrBlock: aws.String(cidr)}))(t).Vpc
		subnet := must(client.CreateSubnet(ctx, &ec2.CreateSubnetInput{VpcId: vpc.VpcId, CidrBlock: aws.String(cidr[:len(cidr)-2] + "24")}))(t).Subnet
		vpcs = append(vpcs, aws.ToString(vpc.VpcId))
		if len(vpcs) < 3 {
			eni := must(client.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: subnet.SubnetId}))(t).NetworkInterface
			interfaces = append(interfaces, aws.ToString(eni.NetworkInterfaceId))
		}
	}
	now := time.Now() // moto takes no events that are older than two weeks
	l.write(t, "flows", interfaces[0]+"-all", now)

	c := api.NewContext(l.run, l.account, l.run.Catalogue.Service("cloudwatchlogs"), "eu-west-1")
	flow := func(vpc string) kind.Attr[kind.Time] {
		f := types.FlowLog{ResourceId: &vpc, FlowLogId: aws.String("fl-" + vpc), FlowLogStatus: aws.String("ACTIVE"), LogGroupName: aws.String("flows")}
		source := delivered(ctx, c, "network_flow", kind.Known(records(f)), vpc, group)
		flowsHeard(ctx, c, &source, vpc)
		return source.LastEventAt
	}
	for name, heard := range map[string]kind.Attr[kind.Time]{"the group": newestRecord(ctx, c, group, anyStream), "the first network": flow(vpcs[0])} {
		at, known := heard.Value()
		got, err := time.Parse(time.RFC3339, string(at))
		if !known || err != nil || got.Before(now.Add(-time.Minute)) || got.After(now.Add(time.Hour)) {
			t.Errorf("%s: the newest record arrived at %q (known: %v)", name, at, known)
		}
	}
	if at, known := flow(vpcs[1]).Value(); known {
		t.Errorf("the second network wrote nothing, and is heard at %s", at)
	}
	if diff := cmp.Diff(kind.NA[kind.Time](), flow(vpcs[2]), cmp.AllowUnexported(kind.Attr[kind.Time]{})); diff != "" {
		t.Error("a network without interfaces has nothing to record")
	}
	for _, name := range []string{"unused", "gone"} {
		if at, known := newestRecord(ctx, c, "arn:aws:logs:eu-west-1:123456789012:log-group:"+name, anyStream).Value(); known {
			t.Errorf("nothing is in %s, and it was written to at %s", name, at)
		}
	}
	if at, known := newestRecord(ctx, c, "arn:aws:logs:eu-west-1:210987654321:log-group:flows", anyStream).Value(); known {
		t.Errorf("a log group of another account was written to at %s", at)
	}
	clean(t, c.Batch())
}

// TestLakes: the answers about event data stores are fakes, since moto has none. One records all objects of buckets in every region, and nothing
// of queues; it counts while it ingests.
func TestLakes(t *testing.T) {
	const bucket, queue = "arn:aws:s3:::records", "arn:aws:sqs:us-east-1:123456789012:orders"
	recorded := func(status string) (objects, messages string) {
		l := newStoreLab(t)
		const arn = "arn:aws:cloudtrail:eu-west-1:123456789012:eventdatastore/1"
		l.fake("cloudtrail", "ListEventDataStores", `{"EventDataStores":[{"EventDataStoreArn":"`+arn+`","Name":"lake"}]}`)
		l.fake("cloudtrail", "GetEventDataStore", `{"EventDataStoreArn":"`+arn+`","Name":"lake","Status":"`+status+`","MultiRegionEnabled":true,
			"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}]}]}`)
		c := api.NewContext(l.run, l.account, l.run.Catalogue.Service("cloudtrail"), "us-east-1")
		say := func(a kind.Attr[bool]) string {
			yes, known := a.Value()
			return fmt.Sprint(yes, " ", known)
		}
		return say(accessRecorded(t.Context(), c, bucket)), say(accessRecorded(t.Context(), c, queue))
	}
	for status, want := range map[string]string{"ENABLED": "true true", "STOPPED_INGESTION": "false true"} {
		objects, messages := recorded(status)
		if objects != want || messages != "false true" {
			t.Errorf("%s: accesses to objects are recorded: %s, want %s; to messages: %s", status, objects, want, messages)
		}
	}
}
