package alertpattern_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/alertpattern"
)

func TestFilterPatterns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }`: {"root_use"},
		`{ $.userIdentity.type != "Root" }`:                                                                       {},
		`{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }`:                          {"auth_failure"},
		`{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }`:                          {"no_mfa_login"},
		`{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed = "Yes") }`:                           {},
		`{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }`:                         {"unauthorised_call"},
		`{($.eventName=DeleteGroupPolicy)||($.eventName=AttachRolePolicy)}`:                                       {"iam_change"},
		`{ ($.eventName = CreateTrail) || ($.eventName = StopLogging) }`:                                          {"trail_change"},
		`{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }`: {"key_deletion"},
		`{ ($.eventSource = s3.amazonaws.com) && ($.eventName = PutBucketPolicy) }`:                               {"bucket_policy_change"},
		`{ ($.eventName = CreateNetworkAcl) }`:                                                                    {"network_change"},
		`{ ($.eventName = CreateVpc) || ($.eventName = DeleteTrail) }`:                                            {"network_change", "trail_change"},
		`{ ($.eventSource = organizations.amazonaws.com) && ($.eventName = "CreateAccount") }`:                    {"org_change"},
		`{ $.requestParameters.roleArn = "*break-glass*" }`:                                                       {"break_glass_use"},
		`{ $.eventName != StopLogging }`:                                                                          {},
		`ERROR`:                                                                                                   {},
	} {
		if diff := cmp.Diff(want, alertpattern.Filter(text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestEventPatterns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`{"detail":{"userIdentity":{"type":["Root"]}}}`:                                             {"root_use"},
		`{"source":["aws.cloudtrail"],"detail":{"eventName":["StopLogging",{"prefix":"Delete"}]}}`:  {"trail_change"},
		`{"detail":{"eventName":["ConsoleLogin"],"responseElements":{"ConsoleLogin":["Failure"]}}}`: {"auth_failure"},
		`{"detail":{"eventName":["ConsoleLogin"],"additionalEventData":{"MFAUsed":["No"]}}}`:        {"no_mfa_login"},
		`{"detail":{"errorCode":[{"prefix":"AccessDenied"}]}}`:                                      {"unauthorised_call"},
		`{"source":["aws.organizations"]}`:                                                          {"org_change"},
		`{"detail":{"eventSource":["organizations.amazonaws.com"]}}`:                                {"org_change"},
		`{"source":["aws.backup"]}`:                                                                 {"backup_failure"},
		`{"source":["aws.backup"],"detail":{"state":["FAILED"]}}`:                                   {"backup_failure"},
		`{"source":["aws.backup"],"detail":{"state":["COMPLETED"]}}`:                                {},
		`{"detail":{"userIdentity":{"arn":["arn:aws:iam::111122223333:user/break-glass"]}}}`:        {"break_glass_use"},
		`{"detail":{"eventName":[{"anything-but":["StopLogging"]}]}}`:                               {},
		`{"source":["aws.ec2"]}`:                                                                    {},
		`{"detail":[]}`:                                                                             {},
		`null`:                                                                                      {},
	} {
		event, err := alertpattern.ParseEvent(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, event.Watches()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	if _, err := alertpattern.ParseEvent(`[1]`); err == nil {
		t.Error("a list is no pattern")
	}
}

func TestRecipients(t *testing.T) {
	t.Parallel()
	type recipient struct {
		Type   string
		People bool
	}
	for _, tc := range []struct {
		protocol, endpoint string
		want               recipient
	}{
		{"email", "soc@example.org", recipient{"email", true}},
		{"sms", "+15550100", recipient{"sms", true}},
		{"firehose", "arn:aws:firehose:eu-west-1:111122223333:deliverystream/x", recipient{"", false}},
		{"https", "https://events.pagerduty.com/integration/1/enqueue", recipient{"pager", true}},
		{"https", "https://global.sns-api.chatbot.amazonaws.com", recipient{"chat", true}},
		{"https", "https://pagerduty.com.example.org/", recipient{"", true}},
		{"http", "http://events.pagerduty.com/", recipient{"", true}},
		{"sqs", "arn:aws:sqs:eu-west-1:111122223333:x", recipient{"", true}},
	} {
		typ, people := alertpattern.Recipient(tc.protocol, tc.endpoint)
		if diff := cmp.Diff(tc.want, recipient{typ, people}); diff != "" {
			t.Errorf("%s %s: %s", tc.protocol, tc.endpoint, diff)
		}
	}
}

func FuzzEvent(f *testing.F) {
	f.Add(`{"source":["aws.backup"],"detail":{"state":["FAILED"],"userIdentity":{"type":[{"prefix":"R"}]}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		event, err := alertpattern.ParseEvent(text)
		if err != nil {
			return
		}
		for _, class := range event.Watches() {
			if class == "" {
				t.Error("a class without a name")
			}
		}
	})
}
