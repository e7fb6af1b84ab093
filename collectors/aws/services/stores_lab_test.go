package services

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awslab"
)

// updateVariable names the environment variable that, set to 1, writes testdata/stores anew. Read what changed before you keep it.
const updateVariable = "ASSAY_UPDATE_STORES"

// storeLab is a lab with a network and a key. What moto makes up (ids, times) gets a name of its own in the results. The collector speaks to
// moto through a proxy, which answers what moto does not do.
type storeLab struct {
	*lab
	t     *testing.T
	proxy *awslab.Proxy
	names []string // pairs of a made-up word and its name, for a strings.Replacer

	private, public []string // subnets
	group, key, vpc string   // a security group, the ARN of a key of the customer, and the network
}

const storeRegion = "eu-west-1"

func newStoreLab(t *testing.T) *storeLab {
	t.Helper()
	l := &storeLab{lab: newLab(t), t: t}
	l.config = l.moto.Config(t, awslab.DefaultAccount, storeRegion)
	l.proxy = l.moto.Proxy(t)
	l.account.Config = func(region string) aws.Config { return l.proxy.Config(t, awslab.DefaultAccount, region) }
	l.network()
	made := must(kms.NewFromConfig(l.config).CreateKey(t.Context(), &kms.CreateKeyInput{}))(t)
	l.key = aws.ToString(made.KeyMetadata.Arn)
	l.call(aws.ToString(made.KeyMetadata.KeyId), "KEY")
	return l
}

// fake answers an operation that moto does not do, as AWS's documentation has it.
func (l *storeLab) fake(service, operation, body string) {
	body = strings.NewReplacer("KEYARN", l.key, "PRIVATE1", l.private[0], "PRIVATE2", l.private[1], "GROUP", l.group).Replace(body)
	l.proxy.Inject(awslab.Match{Service: service, Operation: operation}, awslab.Answer(body))
}

// network makes two private subnets in two zones, a public one, and a security group.
func (l *storeLab) network() {
	t, client := l.t, ec2.NewFromConfig(l.config)
	vpc := must(client.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/16")}))(t).Vpc
	l.vpc = aws.ToString(vpc.VpcId)
	l.call(l.vpc, "vpc-VPC")
	subnet := func(cidr, zone, name string) string {
		s := must(client.CreateSubnet(t.Context(), &ec2.CreateSubnetInput{
			VpcId: vpc.VpcId, CidrBlock: aws.String(cidr), AvailabilityZone: aws.String(storeRegion + zone),
		}))(t).Subnet
		l.call(aws.ToString(s.SubnetId), name)
		return aws.ToString(s.SubnetId)
	}
	l.private = []string{subnet("10.0.1.0/24", "a", "subnet-PRIVATE1"), subnet("10.0.2.0/24", "b", "subnet-PRIVATE2")}
	l.public = []string{subnet("10.0.3.0/24", "a", "subnet-PUBLIC1"), subnet("10.0.4.0/24", "b", "subnet-PUBLIC2")}
	gateway := must(client.CreateInternetGateway(t.Context(), &ec2.CreateInternetGatewayInput{}))(t).InternetGateway.InternetGatewayId
	must(client.AttachInternetGateway(t.Context(), &ec2.AttachInternetGatewayInput{InternetGatewayId: gateway, VpcId: vpc.VpcId}))(t)
	table := must(client.CreateRouteTable(t.Context(), &ec2.CreateRouteTableInput{VpcId: vpc.VpcId}))(t).RouteTable.RouteTableId
	must(client.CreateRoute(t.Context(), &ec2.CreateRouteInput{
		RouteTableId: table, GatewayId: gateway, DestinationCidrBlock: aws.String("0.0.0.0/0"),
	}))(t)
	for _, id := range l.public {
		must(client.AssociateRouteTable(t.Context(), &ec2.AssociateRouteTableInput{RouteTableId: table, SubnetId: aws.String(id)}))(t)
	}
	group := must(client.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("stores"), Description: aws.String("stores"), VpcId: vpc.VpcId,
	}))(t)
	l.group = aws.ToString(group.GroupId)
	l.call(l.group, "sg-STORES")
}

// call gives what moto made up a name.
func (l *storeLab) call(word, name string) { l.names = append(l.names, word, name) }

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
	for _, f := range wanted(b) {
		out.Failed = append(out.Failed, f.Operation+" "+f.Code)
	}
	return out
}

var madeUp = []struct {
	word *regexp.Regexp
	name string
}{
	{regexp.MustCompile(`20(2[1-9]|[3-9]\d)-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "TIME"}, // not the times of fakes, which are of 2020
	{regexp.MustCompile(`\b(fs|backup|fsmt|eni)-[0-9a-f]{8,}`), "$1-ID"},
	{regexp.MustCompile(`\b(db|cluster|ab)-[A-Za-z0-9]{20,}`), "$1-ID"},
	{regexp.MustCompile(`\bsg-[0-9a-f]{17}`), "sg-DEFAULT"},
	{regexp.MustCompile(`\bsg-[0-9a-f]{10}\b`), "sg-OF-DAX"},
	{regexp.MustCompile(`-20\d\d-\d\d-\d\d-\d\d-\d\d`), "-MINUTE"},
	{regexp.MustCompile(`(secret:[a-z-]+)-[A-Za-z0-9]{6}\b`), "$1-ID"},
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "UUID"},
	{regexp.MustCompile(`backup/[0-9]{13,}-[0-9a-f]+`), "backup/ID"},
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "http://moto"},
}

// matches collects a service in the lab's region and compares what it found with the file of its name in testdata/stores.
func (l *storeLab) matches(service string) {
	l.t.Helper()
	l.matchesAs(service, service)
}

func (l *storeLab) matchesAs(service, name string) {
	l.t.Helper()
	l.compare(resultOf(l.collect(l.t, service, storeRegion)), name)
}

// matchesOnly compares the entities of the kinds, and the relations that begin or end at one of them.
func (l *storeLab) matchesOnly(service, name string, kinds ...string) {
	l.t.Helper()
	all := resultOf(l.collect(l.t, service, storeRegion))
	out := storeResult{Entities: map[string]map[string]any{}, Relations: []string{}, Failed: all.Failed}
	var uids []string
	for id, facts := range all.Entities {
		k, uid, _ := strings.Cut(id, " ")
		if slices.Contains(kinds, k) {
			out.Entities[id], uids = facts, append(uids, uid)
		}
	}
	for _, r := range all.Relations {
		if ends := strings.Split(r, " "); slices.Contains(uids, ends[0]) || slices.Contains(uids, ends[len(ends)-1]) {
			out.Relations = append(out.Relations, r)
		}
	}
	l.compare(out, name)
}

func (l *storeLab) compare(got storeResult, name string) {
	l.t.Helper()
	data, err := json.MarshalIndent(got, "", "\t")
	if err != nil {
		l.t.Fatal(err)
	}
	text := strings.NewReplacer(l.names...).Replace(string(data))
	text = strings.NewReplacer(l.names...).Replace(text) // a name may hold what has a name itself
	for _, m := range madeUp {
		text = m.word.ReplaceAllString(text, m.name)
	}
	path := filepath.Join("testdata", "stores", name+".json")
	if os.Getenv(updateVariable) == "1" {
		sorted, err := json.MarshalIndent(decoded(l.t, text), "", "\t") // anew, because names sort otherwise than what they stand for
		if err != nil {
			l.t.Fatal(err)
		}
		if err := os.WriteFile(path, append(sorted, '\n'), 0o600); err != nil {
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
	for _, facts := range out.Entities { // sorted by ids that moto made up
		if list, ok := facts["attached_to"].([]any); ok {
			slices.SortFunc(list, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		}
	}
	return out
}

// lastWord is what stands behind the last slash of an ARN.
func lastWord(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
