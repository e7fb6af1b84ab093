package services

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awsnet"
	"github.com/assay-audit/assay/internal/awsstore"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

// ssmService reads what Systems Manager knows of machines: which it manages, what patches them, what patches they lack, and Session Manager; and
// which parameters there are. The values of parameters and the output of commands are never read.
func ssmService() api.Service {
	inside := []string{"os.name", "os.version", "os.eol_on", "hostname", "remote_access_paths", "host", "patch_state", "agent", "vpn"}
	return api.Service{
		Name: "ssm", Collect: ssmCollect, Kinds: []string{"host", "patch_state", "agent", "vpn", "secret"},
		Operations: []api.Operation{
			{Name: "DescribeInstanceInformation", Tells: inside},
			{Name: "DescribeInstancePatchStates", Tells: []string{"patch_state"}},
			{Name: "DescribeInstancePatches", Tells: []string{"pending"}},
			{Name: "ListAssociations", Tells: []string{"auto_mechanism"}},
			{Name: "DescribeAssociation", Tells: []string{"auto_mechanism"}},
			{Name: "DescribeMaintenanceWindows", Tells: []string{"auto_mechanism"}},
			{Name: "DescribeMaintenanceWindowTasks", Tells: []string{"auto_mechanism"}},
			{Name: "GetMaintenanceWindowTask", Tells: []string{"auto_mechanism"}},
			{Name: "DescribeMaintenanceWindowTargets", Tells: []string{"auto_mechanism"}},
			{Name: "GetDocument", Tells: []string{"logging"}},
			{Name: "DescribeParameters", Tells: []string{"secret"}},
		},
	}
}

// managedNodes are the machines that Systems Manager manages in a region, by their ids.
type managedNodes struct {
	byID map[string]node
	prov *evidence.Provenance
	fail *api.Failure
}

// node is a machine with the agent of Systems Manager.
type node struct{ types.InstanceInformation }

// readNodes lists the managed machines of the unit's region, once for all units.
func readNodes(ctx context.Context, c *api.Context) managedNodes {
	return api.Shared(c, "ssm nodes", func(c *api.Context) managedNodes {
		l := api.List(ctx, c, ssm.NewFromConfig(c.AWS()).DescribeInstanceInformation, &ssm.DescribeInstanceInformationInput{},
			func(o *ssm.DescribeInstanceInformationOutput) []types.InstanceInformation {
				return o.InstanceInformationList
			})
		out := managedNodes{byID: make(map[string]node, len(l.Items)), prov: l.Prov, fail: l.Fail}
		for _, i := range l.Items {
			out.byID[aws.ToString(i.InstanceId)] = node{i}
		}
		return out
	})
}

// describe fills what the agent reports of its machine.
func (n node) describe(h *kind.Host) {
	if name := aws.ToString(n.ComputerName); name != "" {
		h.Hostname = kind.Known(name)
	}
	name, version := aws.ToString(n.PlatformName), aws.ToString(n.PlatformVersion)
	id := systemID(name)
	if id == "" || version == "" {
		why := evidence.Unknown{Reason: evidence.Unsupported, Detail: "operating system " + strings.TrimSpace(name+" "+version) + " is not in the table of names"}
		h.OSName, h.OSVersion, h.OSEOLOn = kind.Because[string](why), kind.Because[string](why), kind.Because[kind.Date](why)
		return
	}
	h.OSName, h.OSVersion = kind.Known(id), kind.Known(version)
	h.OSEOLOn = awsstore.EndOfSupport(id, version)
}

// systemID is the identifier in os-release of the system that the agent calls by its full name; "" where it is not known.
func systemID(platform string) string {
	platform = strings.ToLower(platform)
	for _, system := range [][2]string{
		{"amazon linux", "amzn"},
		{"ubuntu", "ubuntu"},
		{"red hat enterprise linux", "rhel"},
		{"debian", "debian"},
		{"centos", "centos"},
		{"suse", "sles"},
		{"sles", "sles"},
		{"oracle linux", "ol"},
		{"rocky linux", "rocky"},
		{"almalinux", "almalinux"},
		{"fedora", "fedora"},
		{"microsoft windows", "windows"},
		{"macos", "macos"},
		{"bottlerocket", "bottlerocket"},
	} {
		if strings.HasPrefix(platform, system[0]) {
			return system[1]
		}
	}
	return ""
}

// nodeUID is the UID of the host that a managed machine is: an instance, or a machine outside of EC2.
func nodeUID(c *api.Context, id string) string {
	if strings.HasPrefix(id, "mi-") {
		return c.ARN("ssm", "managed-instance/"+id)
	}
	return hostUID(c, id)
}

func ssmCollect(ctx context.Context, c *api.Context) {
	if c.Wants("secret") {
		ssmParameters(ctx, c)
	}
	client := ssm.NewFromConfig(c.AWS())
	nodes := readNodes(ctx, c)
	list := make([]node, 0, len(nodes.byID))
	for _, n := range nodes.byID {
		list = append(list, n)
	}
	slices.SortFunc(list, func(a, b node) int { return strings.Compare(aws.ToString(a.InstanceId), aws.ToString(b.InstanceId)) })
	if c.Wants("agent") && (len(list) > 0 || len(regionInstances(ctx, c).Items) > 0) {
		// Nothing may conclude from this that a machine has no other agent.
		c.Incomplete("agent", evidence.Partial, "AWS tells of the agent of Systems Manager only; what else guards a machine is read on it")
	}
	for _, n := range list {
		machineElsewhere(c, n, nodes.prov)
		if c.Wants("agent") {
			systemsManagerAgent(c, n, nodes.prov)
		}
	}
	if len(list) > 0 && c.Wants("vpn") {
		sessionManager(ctx, c, client, nodes.prov)
	}
	if len(list) > 0 && c.Wants("patch_state") {
		patchStates(ctx, c, client, list)
	}
}

// machineElsewhere is a managed machine outside of EC2: its host is found here. Instances are hosts of EC2.
func machineElsewhere(c *api.Context, n node, prov *evidence.Provenance) {
	id := aws.ToString(n.InstanceId)
	if !strings.HasPrefix(id, "mi-") || !c.Wants("host") {
		return
	}
	why := evidence.Unknown{Reason: evidence.Unsupported, Detail: "Systems Manager does not tell it of machines outside of AWS"}
	var h kind.Host
	awsnet.InsideHost(&h, insideMachine())
	h.FirmwareCheckedAt, h.FirmwarePending = kind.Because[kind.Time](why), kind.Because[[]kind.HostFirmwarePending](why)
	h.RemovableStorage, h.ScreenLockSeconds = kind.Because[string](why), kind.Because[int64](why)
	h.Kind, h.Environment, h.Criticality, h.DataClassification = kind.Because[string](why), kind.Because[string](why), kind.Because[string](why), kind.Because[string](why)
	h.DataCategories, h.Stateless, h.DiskEncrypted = kind.Because[[]string](why), kind.Because[bool](why), kind.Because[bool](why)
	h.InstanceRole, h.StaticCloudKeys = kind.NA[string](), kind.Because[[]kind.HostStaticCloudKey](why)
	h.RemoteAccessPaths = kind.AtLeast([]kind.HostRemoteAccessPath{{
		Via: kind.Known("session_manager").From(prov), Source: kind.Known("aws:ssm"),
	}}, why)
	h.LastSeenAt = api.Time(n.LastPingDateTime)
	n.describe(&h)
	name := aws.ToString(n.Name)
	if name == "" {
		name = aws.ToString(n.ComputerName)
	}
	c.Emit(api.Entity{Kind: "host", UID: nodeUID(c, id), Name: name, Aliases: []string{"instance:" + id, id}, Prov: prov}, h)
}

// systemsManagerAgent is the agent itself, which installs patches.
func systemsManagerAgent(c *api.Context, n node, prov *evidence.Provenance) {
	host := nodeUID(c, aws.ToString(n.InstanceId))
	uid := host + "#ssm-agent"
	c.Emit(api.Entity{Kind: "agent", UID: uid, Name: "SSM Agent on " + aws.ToString(n.InstanceId), Prov: prov}, kind.Agent{
		Type: kind.Known("patch"), Product: kind.Known("AWS Systems Manager Agent"), Installed: kind.Known(true),
		Running: kind.Known(n.PingStatus == types.PingStatusOnline), Mode: kind.NA[string](), DefinitionsAt: kind.NA[kind.Time](),
		LastScanAt: kind.NA[kind.Time](), LastCheckinAt: api.Time(n.LastPingDateTime), Console: kind.NA[string](), BaselineProtected: kind.NA[bool](),
	})
	c.Relate("runs_on", uid, host)
}

// sessionDocument holds the settings of Session Manager.
const sessionDocument = "SSM-SessionManagerRunShell"

// sessionManager is the session service of the region. Without a document of its own it records nothing.
func sessionManager(ctx context.Context, c *api.Context, client *ssm.Client, prov *evidence.Provenance) {
	a := api.Ask(ctx, c, client.GetDocument, &ssm.GetDocumentInput{Name: aws.String(sessionDocument)}, "InvalidDocument")
	logging := api.Read(a, func(o *ssm.GetDocumentOutput) kind.Attr[bool] {
		if a.Code != "" {
			return kind.Known(false)
		}
		return recordsSessions(aws.ToString(o.Content))
	})
	c.Emit(api.Entity{
		Kind: "vpn", UID: c.ARN("ssm", "document/"+sessionDocument), Name: "Session Manager", Prov: prov,
	}, sessionService(logging))
}

// recordsSessions looks for a bucket or log group in the document.
func recordsSessions(content string) kind.Attr[bool] {
	var doc struct {
		Inputs struct {
			Bucket string `json:"s3BucketName"`
			Group  string `json:"cloudWatchLogGroupName"`
		} `json:"inputs"`
	}
	if err := json.Unmarshal([]byte(content), &doc); err != nil {
		return kind.Unknown[bool](evidence.ParseError, "document "+sessionDocument+" cannot be read")
	}
	return kind.Known(doc.Inputs.Bucket != "" || doc.Inputs.Group != "")
}
