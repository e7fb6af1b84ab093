package services

import (
	"testing"

	"github.com/assay-audit/assay/internal/awslab"
)

// Moto has no Access Analyzer: the proxy answers for it, in the form of AWS's API reference.
func TestAccessAnalyzer(t *testing.T) {
	l := newIdentityLab(t)
	l.account.Organization = []string{awslab.DefaultAccount, "210987654321"}
	l.proxy.Inject(awslab.Match{Service: "access-analyzer", Operation: "ListAnalyzers"}, awslab.Answer(`{"analyzers":[
		{"arn":"arn:aws:access-analyzer:us-east-1:123456789012:analyzer/org","name":"org","type":"ORGANIZATION","status":"ACTIVE",
		 "createdAt":"2026-01-01T00:00:00Z","lastResourceAnalyzedAt":"2026-11-01T00:00:00Z"},
		{"arn":"arn:aws:access-analyzer:us-east-1:123456789012:analyzer/unused","name":"unused","type":"ACCOUNT_UNUSED_ACCESS","status":"ACTIVE",
		 "createdAt":"2026-01-01T00:00:00Z"}]}`))
	l.proxy.Inject(awslab.Match{Service: "access-analyzer", Operation: "ListFindingsV2"}, awslab.Answer(`{"findings":[
		{"id":"1","status":"ACTIVE","findingType":"ExternalAccess","resource":"arn:aws:s3:::open","resourceType":"AWS::S3::Bucket",
		 "resourceOwnerAccount":"123456789012","analyzedAt":"2026-11-01T00:00:00Z","createdAt":"2026-10-01T00:00:00Z","updatedAt":"2026-11-01T00:00:00Z"},
		{"id":"2","status":"RESOLVED","findingType":"ExternalAccess","resource":"arn:aws:s3:::was","resourceType":"AWS::S3::Bucket",
		 "resourceOwnerAccount":"123456789012","analyzedAt":"2026-11-01T00:00:00Z","createdAt":"2026-10-01T00:00:00Z","updatedAt":"2026-11-01T00:00:00Z"},
		{"id":"3","status":"ARCHIVED","findingType":"ExternalAccess","resourceType":"AWS::S3::Bucket",
		 "resourceOwnerAccount":"123456789012","analyzedAt":"2026-11-01T00:00:00Z","createdAt":"2026-10-01T00:00:00Z","updatedAt":"2026-11-01T00:00:00Z"}]}`))
	golden(t, "access_analyzer", says(l.collect(t, "accessanalyzer", "us-east-1"), "detector", "finding"))
}
