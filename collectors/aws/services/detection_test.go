package services

import (
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/configservice"
	configtypes "github.com/aws/aws-sdk-go-v2/service/configservice/types"
	"github.com/aws/aws-sdk-go-v2/service/guardduty"
	guardtypes "github.com/aws/aws-sdk-go-v2/service/guardduty/types"
	"github.com/aws/aws-sdk-go-v2/service/inspector2"
	inspectortypes "github.com/aws/aws-sdk-go-v2/service/inspector2/types"
	"github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/securityhub"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/aws/api"
	"github.com/assay-audit/assay/internal/awslab"
	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/kind"
)

const irelandScope = "aws:123456789012:eu-west-1"

// proxied lets the lab's calls go through a proxy, which answers what moto does not do.
func (l *lab) proxied(t *testing.T, answers map[awslab.Match]awslab.Fault) {
	t.Helper()
	p := l.moto.Proxy(t)
	for m, a := range answers {
		p.Inject(m, a)
	}
	l.account.Config = func(region string) aws.Config { return p.Config(t, awslab.DefaultAccount, region) }
}

// only is the unit's single entity of a kind.
func only(t *testing.T, b *api.Batch, kindName string) *evidence.Entity {
	t.Helper()
	var out *evidence.Entity
	for _, e := range b.Entities {
		if e.Kind != kindName {
			continue
		}
		if out != nil {
			t.Fatalf("more than one %s", kindName)
		}
		out = e
	}
	if out == nil {
		t.Fatalf("no %s", kindName)
	}
	return out
}

// TestDetectorsThatAreOff: a service that was never turned on is a fact, however the service says so. Macie is on in moto from the start, and its
// Inspector does not know of accounts that never used it: those answers are fakes.
func TestDetectorsThatAreOff(t *testing.T) {
	l := newLab(t)
	l.proxied(t, map[awslab.Match]awslab.Fault{
		{Service: "macie2", Operation: "GetMacieSession"}: awslab.Fail("AccessDeniedException", 401, "Macie is not enabled."),
		{Service: "inspector2", Operation: "BatchGetAccountStatus"}: awslab.Answer(
			`{"accounts":[{"accountId":"123456789012","state":{"status":"DISABLED"},"resourceState":{"ec2":{"status":"DISABLED"}}}]}`),
	})
	for service, want := range map[string]map[string]any{
		"guardduty":     {"type": "ids", "product": "Amazon GuardDuty", "enabled": false, "scope": irelandScope, "capabilities": []any{}},
		"securityhub":   {"type": "siem", "product": "AWS Security Hub", "enabled": false, "scope": irelandScope, "capabilities": []any{}},
		"macie2":        {"type": "data_discovery", "product": "Amazon Macie", "enabled": false, "scope": irelandScope, "capabilities": []any{"dlp"}},
		"inspector2":    {"type": "vuln_scanner", "product": "Amazon Inspector", "enabled": false, "scope": irelandScope, "capabilities": []any{"signature"}},
		"configservice": {"type": "config_recorder", "product": "AWS Config", "enabled": false, "scope": irelandScope, "capabilities": []any{}},
	} {
		b := l.collect(t, service, "eu-west-1")
		clean(t, b)
		e := only(t, b, "detector")
		if diff := cmp.Diff(want, e.Attrs); diff != "" {
			t.Errorf("%s: %s", service, diff)
		}
		if diff := cmp.Diff([]string{"findings_destination", "last_event_at"}, e.NA); diff != "" {
			t.Errorf("%s: not applicable: %s", service, diff)
		}
	}
}

// TestInspectorThatDoesNotTell: an answer without the account is no answer.
func TestInspectorThatDoesNotTell(t *testing.T) {
	l := newLab(t)
	l.proxied(t, map[awslab.Match]awslab.Fault{
		{Service: "inspector2", Operation: "BatchGetAccountStatus"}: awslab.Answer(
			`{"accounts":[],"failedAccounts":[{"accountId":"123456789012","errorCode":"ACCESS_DENIED","errorMessage":"no"}]}`),
	})
	e := only(t, l.collect(t, "inspector2", "eu-west-1"), "detector")
	if e.Unknown["enabled"].Reason != evidence.APIError {
		t.Errorf("enabled: %v, unknown: %v", e.Attrs["enabled"], e.Unknown["enabled"])
	}
}

// TestMacieDenied: a denial with the same code is none.
func TestMacieDenied(t *testing.T) {
	l := newLab(t)
	l.proxied(t, map[awslab.Match]awslab.Fault{{Service: "macie2", Operation: "GetMacieSession"}: awslab.Deny()})
	b := l.collect(t, "macie2", "eu-west-1")
	if len(b.Entities) > 0 || len(b.Note.Failures) != 1 || b.Note.Failures[0].Reason != evidence.AccessDenied {
		t.Errorf("%d entities, failures %v", len(b.Entities), b.Note.Failures)
	}
}

// TestGuardDuty reads moto's detector; findings and publishing destinations are fakes, which moto lacks.
func TestGuardDuty(t *testing.T) {
	l := newLab(t)
	made := must(guardduty.NewFromConfig(l.account.Config("eu-west-1")).CreateDetector(t.Context(), &guardduty.CreateDetectorInput{
		Enable:   aws.Bool(true),
		Features: []guardtypes.DetectorFeatureConfiguration{{Name: guardtypes.DetectorFeatureEbsMalwareProtection, Status: guardtypes.FeatureStatusEnabled}},
	}))(t)
	arn := "arn:aws:guardduty:eu-west-1:123456789012:detector/" + aws.ToString(made.DetectorId)
	l.proxied(t, map[awslab.Match]awslab.Fault{
		{Service: "guardduty", Operation: "ListPublishingDestinations"}:    awslab.Answer(`{"destinations":[{"destinationId":"d","destinationType":"S3","status":"PUBLISHING"}]}`),
		{Service: "guardduty", Operation: "DescribePublishingDestination"}: awslab.Answer(`{"destinationId":"d","destinationType":"S3","status":"PUBLISHING","destinationProperties":{"destinationArn":"arn:aws:s3:::findings"}}`),
		{Service: "guardduty", Operation: "ListFindings"}:                  awslab.Answer(`{"findingIds":["1","2"]}`),
		{Service: "guardduty", Operation: "GetFindings"}: awslab.Answer(`{"findings":[
			{"accountId":"123456789012","arn":"` + arn + `/finding/1","id":"1","type":"Policy:IAMUser/RootCredentialUsage","title":"Root was used","severity":8.5,
			 "createdAt":"2026-11-01T00:00:00.000Z","updatedAt":"2026-11-02T00:00:00.000Z","region":"eu-west-1","schemaVersion":"2.0","service":{"archived":true},
			 "resource":{"resourceType":"AccessKey","accessKeyDetails":{"userType":"Root","userName":"root"}}},
			{"accountId":"123456789012","arn":"` + arn + `/finding/2","id":"2","type":"Recon:EC2/Portscan","severity":4,
			 "createdAt":"2026-11-03T00:00:00.000Z","updatedAt":"2026-11-03T00:00:00.000Z","region":"eu-west-1","schemaVersion":"2.0",
			 "resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-1"}}}]}`),
	})
	b := l.collect(t, "guardduty", "eu-west-1")
	clean(t, b)
	want := map[string]map[string]any{
		arn: {
			"type": "ids", "product": "Amazon GuardDuty", "enabled": true, "scope": irelandScope, "capabilities": []any{"malware", "ml_anomaly", "signature"},
			"findings_destination": "arn:aws:s3:::findings", "last_event_at": "2026-11-03T00:00:00.000Z",
		},
		arn + "/finding/1": {
			"severity": "high", "type": "Policy:IAMUser/RootCredentialUsage", "status": "suppressed", "opened_at": "2026-11-01T00:00:00.000Z", "closed_at": nil,
			"suppression_reason": nil, "resource": "arn:aws:iam::123456789012:root",
		},
		arn + "/finding/2": {
			"severity": "medium", "type": "Recon:EC2/Portscan", "status": "open", "opened_at": "2026-11-03T00:00:00.000Z", "closed_at": nil,
			"resource": "arn:aws:ec2:eu-west-1:123456789012:instance/i-1",
		},
	}
	got := map[string]map[string]any{}
	for _, e := range b.Entities {
		got[e.UID] = e.Attrs
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestGuardDutyAdministrator: a member's findings go to the account that administers it. All but the detector is a fake.
func TestGuardDutyAdministrator(t *testing.T) {
	l := newLab(t)
	must(guardduty.NewFromConfig(l.account.Config("eu-west-1")).CreateDetector(t.Context(), &guardduty.CreateDetectorInput{Enable: aws.Bool(true)}))(t)
	for status, want := range map[string]any{"Enabled": "aws:999999999999", "Removed": nil} {
		l.proxied(t, map[awslab.Match]awslab.Fault{
			{Service: "guardduty", Operation: "ListPublishingDestinations"}: awslab.Answer(`{"destinations":[]}`),
			{Service: "guardduty", Operation: "ListFindings"}:               awslab.Answer(`{"findingIds":[]}`),
			{Service: "guardduty", Operation: "GetAdministratorAccount"}:    awslab.Answer(`{"administrator":{"accountId":"999999999999","relationshipStatus":"` + status + `"}}`),
		})
		b := l.collect(t, "guardduty", "eu-west-1")
		clean(t, b)
		if got := only(t, b, "detector").Attrs["findings_destination"]; got != want {
			t.Errorf("%s: findings go to %v", status, got)
		}
	}
}

// TestFindingsAreBounded: what is left out is said. The pages are a fake.
func TestFindingsAreBounded(t *testing.T) {
	l := newLab(t)
	must(securityhub.NewFromConfig(l.account.Config("eu-west-1")).EnableSecurityHub(t.Context(), &securityhub.EnableSecurityHubInput{}))(t)
	page := make([]string, findingsRead)
	for i := range page {
		page[i] = `{"Id":"f` + strconv.Itoa(i) + `","Title":"t","GeneratorId":"g","CreatedAt":"2026-11-01T00:00:00Z","Severity":{"Label":"LOW"}}`
	}
	l.proxied(t, map[awslab.Match]awslab.Fault{
		{Service: "securityhub", Operation: "GetFindings"}: awslab.Answer(`{"NextToken":"more","Findings":[` + strings.Join(page, ",") + `]}`),
	})
	b := l.collect(t, "securityhub", "eu-west-1")
	clean(t, b)
	want := []api.Gap{{Kind: "finding", Scope: irelandScope, Status: evidence.Cut, Detail: "of Security Hub's findings only the most severe were read"}}
	if diff := cmp.Diff(want, b.Note.Gaps); diff != "" {
		t.Error(diff)
	}
	if len(b.Entities) != findingsRead+1 {
		t.Errorf("%d entities", len(b.Entities))
	}
}

// TestFindingsGoSomewhere: a rule on the detector's events comes first, then Security Hub.
func TestFindingsGoSomewhere(t *testing.T) {
	l := newLab(t)
	fillLogging(t, l)
	must(guardduty.NewFromConfig(l.account.Config("eu-west-1")).CreateDetector(t.Context(), &guardduty.CreateDetectorInput{Enable: aws.Bool(true)}))(t)
	must(securityhub.NewFromConfig(l.account.Config("eu-west-1")).EnableSecurityHub(t.Context(), &securityhub.EnableSecurityHubInput{}))(t)
	hub := only(t, l.collect(t, "securityhub", "eu-west-1"), "detector")
	if hub.Attrs["enabled"] != true || hub.UID != "arn:aws:securityhub:eu-west-1:123456789012:hub/default" || hub.Attrs["findings_destination"] != nil {
		t.Errorf("hub %s: %v", hub.UID, hub.Attrs)
	}
	l.proxied(t, map[awslab.Match]awslab.Fault{{Service: "guardduty", Operation: "ListFindings"}: awslab.Answer(`{"findingIds":[]}`)})
	if to := only(t, l.collect(t, "guardduty", "eu-west-1"), "detector").Attrs["findings_destination"]; to != hub.UID {
		t.Errorf("findings go to %v", to)
	}
	fillAlerts(t, l)
	again := newLabOf(l)
	if to := only(t, again.collect(t, "guardduty", "eu-west-1"), "detector").Attrs["findings_destination"]; to != "arn:aws:sns:eu-west-1:123456789012:alerts" {
		t.Errorf("findings go to %v", to)
	}
}

// newLabOf is the same account in a run of its own, which remembers nothing.
func newLabOf(l *lab) *lab {
	return &lab{moto: l.moto, config: l.config, run: l.run, account: &api.Account{
		ID: l.account.ID, Partition: l.account.Partition, Source: l.account.Source, Home: l.account.Home, Regions: l.account.Regions, Config: l.account.Config,
	}}
}

// TestHubFindings is a fake: moto keeps no workflow of findings.
func TestHubFindings(t *testing.T) {
	l := newLab(t)
	must(securityhub.NewFromConfig(l.account.Config("eu-west-1")).EnableSecurityHub(t.Context(), &securityhub.EnableSecurityHubInput{}))(t)
	l.proxied(t, map[awslab.Match]awslab.Fault{{Service: "securityhub", Operation: "GetFindings"}: awslab.Answer(`{"Findings":[
		{"Id":"f1","Title":"Malware","GeneratorId":"g","AwsAccountId":"123456789012","CreatedAt":"2026-11-01T00:00:00Z","UpdatedAt":"2026-11-02T00:00:00Z","ProductArn":"p",
		 "SchemaVersion":"2018-10-08","Severity":{"Label":"CRITICAL"},"Types":["TTPs/Malware"],"Workflow":{"Status":"RESOLVED"},"Description":"d",
		 "Resources":[{"Type":"AwsEc2Instance","Id":"arn:aws:ec2:eu-west-1:123456789012:instance/i-1"}]},
		{"Id":"f2","Title":"Odd","GeneratorId":"g","AwsAccountId":"123456789012","CreatedAt":"2026-11-01T00:00:00Z","UpdatedAt":"2026-11-02T00:00:00Z","ProductArn":"p",
		 "SchemaVersion":"2018-10-08","Severity":{"Label":"LOW"},"Workflow":{"Status":"NEW"},"Description":"d","Resources":[{"Type":"AwsAccount","Id":"AWS::::Account:123456789012"}]}]}`)})
	b := l.collect(t, "securityhub", "eu-west-1")
	clean(t, b)
	for uid, want := range map[string]map[string]any{
		"f1": {
			"severity": "critical", "type": "TTPs/Malware", "status": "closed", "opened_at": "2026-11-01T00:00:00Z", "closed_at": "2026-11-02T00:00:00Z",
			"resource": "arn:aws:ec2:eu-west-1:123456789012:instance/i-1",
		},
		"f2": {"severity": "low", "type": "g", "status": "open", "opened_at": "2026-11-01T00:00:00Z", "closed_at": nil, "resource": "aws:123456789012"},
	} {
		if diff := cmp.Diff(want, entity(t, b, uid).Attrs); diff != "" {
			t.Error(diff)
		}
	}
}

// TestConfigRecorders reads moto's recorders.
func TestConfigRecorders(t *testing.T) {
	l := newLab(t)
	c := configservice.NewFromConfig(l.account.Config("eu-west-1"))
	must(c.PutConfigurationRecorder(t.Context(), &configservice.PutConfigurationRecorderInput{ConfigurationRecorder: &configtypes.ConfigurationRecorder{
		Name: aws.String("default"), RoleARN: aws.String("arn:aws:iam::123456789012:role/config"), RecordingGroup: &configtypes.RecordingGroup{AllSupported: true},
	}}))(t)
	must(c.PutDeliveryChannel(t.Context(), &configservice.PutDeliveryChannelInput{DeliveryChannel: &configtypes.DeliveryChannel{
		Name: aws.String("default"), S3BucketName: aws.String("config"),
	}}))(t)
	stopped := l.collect(t, "configservice", "eu-west-1")
	clean(t, stopped)
	if e := only(t, stopped, "detector"); e.Attrs["enabled"] != false {
		t.Errorf("a recorder that was never started is %v", e.Attrs["enabled"])
	}
	must(c.StartConfigurationRecorder(t.Context(), &configservice.StartConfigurationRecorderInput{ConfigurationRecorderName: aws.String("default")}))(t)
	e := only(t, l.collect(t, "configservice", "eu-west-1"), "detector")
	delete(e.Attrs, "last_event_at") // moto's clock
	want := map[string]any{
		"type": "config_recorder", "product": "AWS Config", "enabled": true, "scope": irelandScope, "capabilities": []any{}, "findings_destination": "arn:aws:s3:::config",
	}
	if diff := cmp.Diff(want, e.Attrs); diff != "" {
		t.Error(diff)
	}
}

// TestInspector turns Inspector on in moto; what it covers and found is a fake, which moto lacks.
func TestInspector(t *testing.T) {
	l := newLab(t)
	must(inspector2.NewFromConfig(l.account.Config("eu-west-1")).Enable(t.Context(), &inspector2.EnableInput{
		AccountIds: []string{l.account.ID}, ResourceTypes: []inspectortypes.ResourceScanType{inspectortypes.ResourceScanTypeEc2},
	}))(t)
	l.proxied(t, map[awslab.Match]awslab.Fault{
		{Service: "inspector2", Operation: "ListCoverage"}: awslab.Answer(`{"coveredResources":[
			{"accountId":"123456789012","resourceId":"i-1","resourceType":"AWS_EC2_INSTANCE","scanType":"PACKAGE","lastScannedAt":1763000000},
			{"accountId":"123456789012","resourceId":"i-2","resourceType":"AWS_EC2_INSTANCE","scanType":"PACKAGE"}]}`),
		{Service: "inspector2", Operation: "ListFindings"}: awslab.Answer(`{"findings":[
			{"awsAccountId":"123456789012","findingArn":"f1","severity":"CRITICAL","status":"ACTIVE","type":"PACKAGE_VULNERABILITY","fixAvailable":"YES","description":"d",
			 "firstObservedAt":1762000000,"lastObservedAt":1763000000,"remediation":{},"resources":[{"id":"i-1","type":"AWS_EC2_INSTANCE"}],
			 "packageVulnerabilityDetails":{"source":"UBUNTU_CVE","vulnerabilityId":"CVE-2026-1","vendorCreatedAt":1761000000,"vulnerablePackages":[{"name":"openssl","version":"1"}]}},
			{"awsAccountId":"123456789012","findingArn":"f2","severity":"HIGH","status":"ACTIVE","type":"PACKAGE_VULNERABILITY","fixAvailable":"NO","description":"d",
			 "firstObservedAt":1762000000,"lastObservedAt":1763000000,"remediation":{},"resources":[{"id":"i-1","type":"AWS_EC2_INSTANCE"}],
			 "packageVulnerabilityDetails":{"source":"UBUNTU_CVE","vulnerabilityId":"CVE-2026-2","vulnerablePackages":[]}}]}`),
	})
	b := l.collect(t, "inspector2", "eu-west-1")
	clean(t, b)
	if e := only(t, b, "detector"); e.Attrs["enabled"] != true || e.Attrs["findings_destination"] != nil {
		t.Errorf("detector: %v", e.Attrs)
	}
	const host = "arn:aws:ec2:eu-west-1:123456789012:instance/i-"
	want := map[string]any{
		"checked_at": "2025-11-13T02:13:20Z", "managed_by": "Amazon Inspector", "pending": []any{map[string]any{
			"id": "CVE-2026-1", "cve": []any{"CVE-2026-1"}, "severity": "critical", "available_at": "2025-10-20T22:40:00Z", "first_seen_at": "2025-11-01T12:26:40Z",
		}},
	}
	if diff := cmp.Diff(want, entity(t, b, host+"1#inspector").Attrs); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"managed_by": "Amazon Inspector"}, entity(t, b, host+"2#inspector").Attrs); diff != "" {
		t.Error(diff)
	}
	c := api.NewContext(l.run, l.account, l.run.Catalogue.Service("inspector2"), "eu-west-1")
	if at, _ := scannedAt(t.Context(), c, "i-1").Value(); at != "2025-11-13T02:13:20Z" {
		t.Errorf("i-1 was scanned at %s", at)
	}
	if !scannedAt(t.Context(), c, "i-2").IsNull() {
		t.Error("i-2 is covered and was never scanned")
	}
	if why, unknown := scannedAt(t.Context(), c, "i-3").Reason(); !unknown || why.Reason != evidence.NotCollected {
		t.Errorf("i-3 is not covered: %v", why)
	}
	relations := []evidence.Relation{
		{Type: "runs_on", From: host + "1#inspector", To: host + "1", Complete: true}, {Type: "runs_on", From: host + "2#inspector", To: host + "2", Complete: true},
	}
	if diff := cmp.Diff(relations, b.Relations); diff != "" {
		t.Error(diff)
	}
}

// TestMacieDiscovery turns Macie on in moto; buckets and findings are fakes, which moto lacks.
func TestMacieDiscovery(t *testing.T) {
	l := newLab(t)
	must(macie2.NewFromConfig(l.account.Config("eu-west-1")).DisableMacie(t.Context(), &macie2.DisableMacieInput{}))(t)
	must(macie2.NewFromConfig(l.account.Config("eu-west-1")).EnableMacie(t.Context(), &macie2.EnableMacieInput{}))(t)
	l.proxied(t, map[awslab.Match]awslab.Fault{
		{Service: "macie2", Operation: "DescribeBuckets"}: awslab.Answer(`{"buckets":[
			{"bucketName":"searched","lastAutomatedDiscoveryTime":"2026-11-01T00:00:00Z","jobDetails":{"lastJobRunTime":"2026-11-02T00:00:00Z"}},
			{"bucketName":"custom","lastAutomatedDiscoveryTime":"2026-11-01T00:00:00Z"},{"bucketName":"clean","lastAutomatedDiscoveryTime":"2026-11-01T00:00:00Z"},{"bucketName":"never"}]}`),
		{Service: "macie2", Operation: "ListFindings"}: awslab.Answer(`{"findingIds":["1","2"]}`),
		{Service: "macie2", Operation: "GetFindings"}: awslab.Answer(`{"findings":[
			{"id":"1","title":"Personal data","type":"SensitiveData:S3Object/Personal","category":"CLASSIFICATION","severity":{"description":"High","score":3},
			 "createdAt":"2026-11-01T00:00:00Z","resourcesAffected":{"s3Bucket":{"name":"searched","arn":"arn:aws:s3:::searched"}},
			 "classificationDetails":{"result":{"sensitiveData":[{"category":"PERSONAL_INFORMATION","detections":[{"type":"USA_MEDICARE_BENEFICIARY_IDENTIFIER"}]},{"category":"CREDENTIALS"}]}}},
			{"id":"2","title":"Own","type":"SensitiveData:S3Object/CustomIdentifier","category":"CLASSIFICATION","severity":{"description":"Low","score":1},"archived":false,
			 "createdAt":"2026-11-01T00:00:00Z","resourcesAffected":{"s3Bucket":{"name":"custom","arn":"arn:aws:s3:::custom"}},
			 "classificationDetails":{"result":{"customDataIdentifiers":{"detections":[{"name":"mrn"}]}}}}]}`),
	})
	b := l.collect(t, "macie2", "eu-west-1")
	clean(t, b)
	want := map[string]any{
		"severity": "high", "type": "SensitiveData:S3Object/Personal", "status": "open", "opened_at": "2026-11-01T00:00:00Z", "closed_at": nil,
		"resource": "arn:aws:s3:::searched",
	}
	if diff := cmp.Diff(want, entity(t, b, "arn:aws:macie2:eu-west-1:123456789012:finding/1").Attrs); diff != "" {
		t.Error(diff)
	}
	c := api.NewContext(l.run, l.account, l.run.Catalogue.Service("s3"), "eu-west-1")
	for name, want := range map[string]map[string]any{
		"searched": {"discovery.last_scan_at": "2026-11-02T00:00:00Z", "discovery.found": []any{"credentials", "personal", "phi"}},
		"custom":   {"discovery.last_scan_at": "2026-11-01T00:00:00Z", "discovery.found": []any{}},
		"clean":    {"discovery.last_scan_at": "2026-11-01T00:00:00Z", "discovery.found": []any{}},
		"never":    {"discovery.last_scan_at": nil},
		"unlisted": {"discovery.last_scan_at": nil},
	} {
		var d kind.Datastore
		discovery(t.Context(), c, name, &d)
		var e evidence.Entity
		kind.Fill(&e, struct {
			At    kind.Attr[kind.Time] `attr:"discovery.last_scan_at"`
			Found kind.Attr[[]string]  `attr:"discovery.found"`
		}{d.DiscoveryLastScanAt, d.DiscoveryFound})
		if diff := cmp.Diff(want, e.Attrs); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if _, partly := e.Unknown["discovery.found[]"]; partly != (name == "custom") {
			t.Errorf("%s: found is known in part: %v", name, partly)
		}
	}
}
