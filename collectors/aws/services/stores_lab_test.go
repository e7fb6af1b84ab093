package services

import (
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/label"
)

// updateStores writes the wanted results anew. Read what changed before you keep it.
func updateStores() bool { return flag.Lookup("update-stores").Value.String() == "true" }

func TestMain(m *testing.M) {
	flag.Bool("update-stores", false, "write testdata/stores anew")
	os.Exit(m.Run())
}

// storeLab is an account in moto with a network and a key, and the collector's side of it. What moto makes up (ids, times) gets a name of its
// own in the results.
type storeLab struct {
	t       *testing.T
	config  aws.Config
	account *api.Account
	run     *api.Run
	names   []string // pairs of a made-up word and its name, for a strings.Replacer

	private, public []string // subnets
	group, key      string   // a security group, and the ARN of a key of the customer
}

const storeRegion = "eu-west-1"

func newStoreLab(t *testing.T) *storeLab {
	t.Helper()
	m := awslab.Shared(t)
	config := func(region string) aws.Config { return m.Config(t, awslab.DefaultAccount, region) }
	l := &storeLab{
		t: t, config: config(storeRegion),
		account: &api.Account{
			ID: awslab.DefaultAccount, Partition: "aws", Source: "s1", Home: "us-east-1", Regions: []string{storeRegion}, Config: config,
		},
		run: &api.Run{
			Catalogue: api.NewCatalogue(Services()), Clock: func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) },
			Log: slog.New(slog.DiscardHandler), Labels: label.Default(), InFlight: make(chan struct{}, 8), Stats: &api.Stats{},
		},
	}
	l.network()
	made := got(kms.NewFromConfig(l.config).CreateKey(t.Context(), &kms.CreateKeyInput{}))(t)
	l.key = aws.ToString(made.KeyMetadata.Arn)
	l.call(aws.ToString(made.KeyMetadata.KeyId), "KEY")
	return l
}

// network makes two private subnets in two zones, a public one, and a security group.
func (l *storeLab) network() {
	t, client := l.t, ec2.NewFromConfig(l.config)
	vpc := got(client.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}))(t).Vpc
	l.call(aws.ToString(vpc.VpcId), "vpc-VPC")
	subnet := func(cidr, zone, name string) string {
		s := got(client.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{
			VpcId: vpc.VpcId, CidrBlock: aws.String(cidr), AvailabilityZone: aws.String(storeRegion + zone),
		}))(t).Subnet
		l.call(aws.ToString(s.SubnetId), name)
		return aws.ToString(s.SubnetId)
	}
	l.private = []string{subnet("10.0.1.0/24", "a", "subnet-PRIVATE1"), subnet("10.0.2.0/24", "b", "subnet-PRIVATE2")}
	l.public = []string{subnet("10.0.3.0/24", "a", "subnet-PUBLIC1"), subnet("10.0.4.0/24", "b", "subnet-PUBLIC2")}
	gateway := got(client.CreateInternetGateway(t.Context(), &ec2.CreateInternetGatewayInput{}))(t).InternetGateway.InternetGatewayId
	got(client.AttachInternetGateway(t.Context(), &ec2.AttachInternetGatewayInput{InternetGatewayId: gateway, VpcId: vpc.VpcId}))(t)
	table := got(client.CreateRouteTable(t.Context(), &ec2.CreateRouteTableInput{VpcId: vpc.VpcId}))(t).RouteTable.RouteTableId
	got(client.CreateRoute(t.Context(), &ec2.CreateRouteInput{
		RouteTableId: table, GatewayId: gateway, DestinationCidrBlock: aws.String("0.0.0.0/0"),
	}))(t)
	for _, id := range l.public {
		got(client.AssociateRouteTable(t.Context(), &ec2.AssociateRouteTableInput{RouteTableId: table, SubnetId: aws.String(id)}))(t)
	}
	group := got(client.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("stores"), Description: aws.String("stores"), VpcId: vpc.VpcId,
	}))(t)
	l.group = aws.ToString(group.GroupId)
	l.call(l.group, "sg-STORES")
}

// call gives what moto made up a name.
func (l *storeLab) call(word, name string) { l.names = append(l.names, word, name) }

// got returns what a call of the SDK answered, or ends the test.
func got[T any](out T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// collect runs one unit: the service in the lab's region.
func (l *storeLab) collect(service string) *api.Batch {
	l.t.Helper()
	s := l.run.Catalogue.Service(service)
	c := api.NewContext(l.run, l.account, s, storeRegion)
	s.Collect(l.t.Context(), c)
	return c.Batch()
}

// storeResult is all that a unit said.
type storeResult struct {
	Entities  map[string]map[string]any
	Relations []string
	Failed    []string
}

// resultOf brings a batch into the form of testdata/stores: one map for each entity, in which "(n/a)" and "(unknown: reason: detail)" stand
// for what has no value. Labels that are null are left out.
func resultOf(b *api.Batch) storeResult {
	out := storeResult{Entities: map[string]map[string]any{}, Relations: []string{}, Failed: []string{}}
	for _, e := range b.Entities {
		facts := map[string]any{"(name)": e.Name}
		for path, v := range e.Attrs {
			if v != nil || !slices.Contains(labelPaths(), path) {
				facts[path] = v
			}
		}
		for _, path := range e.NA {
			facts[path] = "(n/a)"
		}
		for path, u := range e.Unknown {
			facts[path] = "(unknown: " + string(u.Reason) + ": " + u.Detail + ")"
		}
		if len(e.Aliases) > 0 {
			facts["(aliases)"] = e.Aliases
		}
		for _, same := range []string{"account", "location.region", "location.country", "location.site"} {
			delete(facts, same)
		}
		out.Entities[e.Kind+" "+e.UID] = facts
	}
	for _, r := range b.Relations {
		to := r.To
		if !r.Complete {
			to += "(open)"
		}
		out.Relations = append(out.Relations, r.From+" "+r.Type+" "+to)
	}
	for _, f := range b.Note.Failures {
		out.Failed = append(out.Failed, f.Operation+" "+f.Code)
	}
	return out
}

var madeUp = []struct {
	word *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "TIME"},
	{regexp.MustCompile(`\b(fs|backup|fsmt|eni)-[0-9a-f]{8,}`), "$1-ID"},
	{regexp.MustCompile(`\b(db|cluster|ab)-[A-Za-z0-9]{20,}`), "$1-ID"},
	{regexp.MustCompile(`\bsg-[0-9a-f]{17}`), "sg-DEFAULT"},
	{regexp.MustCompile(`-20\d\d-\d\d-\d\d-\d\d-\d\d`), "-MINUTE"},
	{regexp.MustCompile(`(secret:[a-z-]+)-[A-Za-z0-9]{6}\b`), "$1-ID"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`backup/[0-9]{13,}-[0-9a-f]+`), "backup/ID"},
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "http://moto"},
}

// matches compares a result with the one in testdata/stores.
func (l *storeLab) matches(name string, b *api.Batch) {
	l.t.Helper()
	data, err := json.MarshalIndent(resultOf(b), "", "\t")
	if err != nil {
		l.t.Fatal(err)
	}
	text := strings.NewReplacer(l.names...).Replace(string(data))
	for _, m := range madeUp {
		text = m.word.ReplaceAllString(text, m.name)
	}
	path := filepath.Join("testdata", "stores", name+".json")
	if updateStores() {
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			l.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		l.t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(l.t, string(want)), decoded(l.t, text)); diff != "" {
		l.t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func decoded(t *testing.T, text string) storeResult {
	t.Helper()
	var out storeResult
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	slices.Sort(out.Relations)
	return out
}

// complete fails the test where a call of the unit failed.
func complete(t *testing.T, b *api.Batch) {
	t.Helper()
	for _, f := range b.Note.Failures {
		if f.Reason != evidence.Unsupported {
			t.Errorf("%s: %s: %s", f.Operation, f.Code, f.Message)
		}
	}
}
