package services

import (
	"slices"
	"testing"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/evidence"
)

// TestManagedMachines: all answers of Systems Manager are fakes. One instance is patched by an association and lacks a patch, one is not patched,
// and a machine stands elsewhere.
func TestManagedMachines(t *testing.T) {
	l := newStoreLab(t)
	l.fake("ssm", "DescribeParameters", `{"Parameters":[]}`)
	l.fake("ssm", "DescribeInstanceInformation", `{"InstanceInformationList":[
		{"InstanceId":"i-1","PingStatus":"Online","LastPingDateTime":1604188800,"PlatformName":"Ubuntu","PlatformVersion":"20.04","ComputerName":"app1"},
		{"InstanceId":"i-2","PingStatus":"ConnectionLost","LastPingDateTime":1604188800,"PlatformName":"TempleOS","PlatformVersion":"5"},
		{"InstanceId":"mi-3","PingStatus":"Online","LastPingDateTime":1604188800,"PlatformName":"Amazon Linux","PlatformVersion":"2","Name":"cellar"}]}`)
	l.fake("ssm", "DescribeInstancePatchStates", `{"InstancePatchStates":[
		{"InstanceId":"i-1","PatchGroup":"","BaselineId":"b","Operation":"Install","OperationStartTime":1604188000,"OperationEndTime":1604188800,"MissingCount":1,"FailedCount":0},
		{"InstanceId":"mi-3","PatchGroup":"","BaselineId":"b","Operation":"Scan","OperationStartTime":1604188000,"OperationEndTime":1604188800,"MissingCount":0,"FailedCount":0}]}`)
	l.fake("ssm", "DescribeInstancePatches", `{"Patches":[{"Title":"openssl","KBId":"openssl.x86_64","Classification":"Security","Severity":"Important",
		"State":"Missing","InstalledTime":0,"CVEIds":"CVE-2020-1971,CVE-2020-1967"}]}`)
	l.fake("ssm", "ListAssociations", `{"Associations":[{"AssociationId":"a-1","Name":"AWS-RunPatchBaseline"},{"AssociationId":"a-2","Name":"AWS-GatherSoftwareInventory"}]}`)
	l.fake("ssm", "DescribeAssociation", `{"AssociationDescription":{"AssociationId":"a-1","Name":"AWS-RunPatchBaseline","Parameters":{"Operation":["Install"]},
		"Targets":[{"Key":"InstanceIds","Values":["i-1"]}]}}`)
	l.fake("ssm", "DescribeMaintenanceWindows", `{"WindowIdentities":[{"WindowId":"mw-1","Enabled":true},{"WindowId":"mw-2","Enabled":false}]}`)
	l.fake("ssm", "DescribeMaintenanceWindowTasks", `{"Tasks":[{"WindowId":"mw-1","WindowTaskId":"t-1","TaskArn":"AWS-RunPatchBaseline",
		"Targets":[{"Key":"WindowTargetIds","Values":["wt-1"]}]}]}`)
	l.fake("ssm", "GetMaintenanceWindowTask", `{"WindowId":"mw-1","WindowTaskId":"t-1","TaskInvocationParameters":{"RunCommand":{"Parameters":{"Operation":["Install"]}}}}`)
	l.fake("ssm", "DescribeMaintenanceWindowTargets", `{"Targets":[{"WindowId":"mw-1","WindowTargetId":"wt-1","Targets":[{"Key":"InstanceIds","Values":["mi-3"]}]}]}`)
	l.fake("ssm", "GetDocument", `{"Name":"SSM-SessionManagerRunShell","Content":"{\"schemaVersion\":\"1.0\",\"inputs\":{\"s3BucketName\":\"\",\"cloudWatchLogGroupName\":\"sessions\"}}"}`)
	l.matchesAs("ssm", "ssm-machines")
	gaps := l.collect(t, "ssm", "eu-west-1").Note.Gaps
	if !slices.ContainsFunc(gaps, func(g api.Gap) bool { return g.Kind == "agent" && g.Status == evidence.Partial }) {
		t.Errorf("gaps %+v: a machine without a virus scanner that AWS knows of would be one without a virus scanner", gaps)
	}
}
