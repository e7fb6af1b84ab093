package services

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/s3control"
	controltypes "github.com/aws/aws-sdk-go-v2/service/s3control/types"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/evidence"
)

// fillS3 makes four buckets in moto: one as it should be, one open by policy and ACL, one as S3 makes it, one that expires.
func fillS3(t *testing.T, l *lab) (key string) {
	t.Helper()
	ctx := t.Context()
	ireland := l.account.Config("eu-west-1")
	made := must(kms.NewFromConfig(ireland).CreateKey(ctx, &kms.CreateKeyInput{}))(t)
	key = aws.ToString(made.KeyMetadata.Arn)
	must(macie2.NewFromConfig(ireland).DisableMacie(ctx, &macie2.DisableMacieInput{}))(t)
	c := s3.NewFromConfig(ireland)
	in := &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraintEuWest1}
	for _, name := range []string{"good", "open", "plain", "expiring"} {
		must(c.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(name), CreateBucketConfiguration: in, ObjectLockEnabledForBucket: aws.Bool(name == "good")}))(t)
	}
	must(c.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{Bucket: aws.String("good"), ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
			SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: made.KeyMetadata.Arn,
		}}},
	}}))(t)
	must(c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("good"), Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",
		"Action":"s3:*","Resource":["arn:aws:s3:::good","arn:aws:s3:::good/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)}))(t)
	must(c.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{Bucket: aws.String("good"), PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
	}}))(t)
	must(c.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{Bucket: aws.String("good"), ObjectLockConfiguration: &types.ObjectLockConfiguration{
		ObjectLockEnabled: types.ObjectLockEnabledEnabled,
		Rule:              &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeCompliance, Years: aws.Int32(2)}},
	}}))(t)
	must(c.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: aws.String("good"), Tagging: &types.Tagging{TagSet: []types.Tag{
		{Key: aws.String("Data_Classification"), Value: aws.String("Restricted")}, {Key: aws.String("data-type"), Value: aws.String("phi, personal")},
	}}}))(t)
	must(c.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String("open"), Policy: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::open/*"}]}`)}))(t)
	must(c.PutBucketAcl(ctx, &s3.PutBucketAclInput{Bucket: aws.String("open"), ACL: types.BucketCannedACLPublicRead}))(t)
	must(c.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: aws.String("expiring"), VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}))(t)
	must(c.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: aws.String("expiring"), LifecycleConfiguration: &types.BucketLifecycleConfiguration{
		Rules: []types.LifecycleRule{
			{ID: aws.String("part"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("tmp/")}, Expiration: &types.LifecycleExpiration{Days: aws.Int32(1)}},
			{
				ID: aws.String("all"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("")},
				Expiration: &types.LifecycleExpiration{Days: aws.Int32(30)}, NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(7)},
			},
		},
	}}))(t)
	must(c.PutBucketLogging(ctx, &s3.PutBucketLoggingInput{Bucket: aws.String("plain"), BucketLoggingStatus: &types.BucketLoggingStatus{}}))(t)
	return key
}

// TestBuckets reads moto's buckets. Moto answers GetBucketEncryption of a bucket without a configuration with the error of the years before
// S3's default.
func TestBuckets(t *testing.T) {
	l := newLab(t)
	key := fillS3(t, l)
	b := l.collect(t, "s3", "us-east-1")
	if failures := wanted(b); len(failures) > 0 {
		t.Errorf("failed calls: %+v", failures)
	}
	tests := map[string]map[string]any{
		"good": {
			"kind_detail": "bucket", "account": "aws:123456789012", "location.region": "eu-west-1", "location.country": "IE",
			"data.classification": "restricted", "data.categories": []any{"phi", "personal"}, "data.owner": nil, "data.administrator": nil,
			"data.retention_days": nil, "data.deidentified": nil, "criticality": nil, "environment": nil, "record_class": nil,
			"encryption.at_rest": true, "encryption.key_management": "customer", "encryption.source": "explicit", "encryption.in_transit_required": true,
			"exposure.public": false, "exposure.public_paths": []any{}, "network.placement": "none", "versioning": true,
			"immutability.mode": "compliance", "immutability.days": int64(730), "redundancy": "multi_az", "logging.access": false,
			"backup.native_retention_days": int64(0), "backup.pitr": false, "lifecycle.expire_days": nil,
			"discovery.last_scan_at": nil,
		},
		"open": {
			"exposure.public": true, "exposure.public_paths": []any{"policy", "acl"}, "encryption.in_transit_required": false, "versioning": false,
			"encryption.key_management": "provider", "encryption.source": "provider_default", "immutability.mode": "none",
		},
		"plain":    {"exposure.public": false, "encryption.in_transit_required": false, "logging.access": false, "data.classification": nil},
		"expiring": {"versioning": true, "lifecycle.expire_days": int64(37)},
	}
	for name, want := range tests {
		e := entity(t, b, "arn:aws:s3:::"+name)
		for path, w := range want {
			if diff := cmp.Diff(w, e.Attrs[path]); diff != "" {
				t.Errorf("%s: %s: %s (unknown: %v)", name, path, diff, e.Unknown[path])
			}
		}
		if len(want) > 20 && len(e.Attrs) != len(want) {
			t.Errorf("%s has %d attributes, the test knows %d: %v", name, len(e.Attrs), len(want), e.Attrs)
		}
	}
	want := []evidence.Relation{{Type: "encrypted_by", From: "arn:aws:s3:::good", To: key, Complete: true}}
	if diff := cmp.Diff(want, b.Relations); diff != "" {
		t.Error(diff)
	}
}

// TestAccountBlockClosesBuckets: the account's block ends what a bucket's own policy and ACL open.
func TestAccountBlockClosesBuckets(t *testing.T) {
	l := newLab(t)
	fillS3(t, l)
	must(s3control.NewFromConfig(l.config, atAddress).PutPublicAccessBlock(t.Context(), &s3control.PutPublicAccessBlockInput{
		AccountId: aws.String(l.account.ID), PublicAccessBlockConfiguration: &controltypes.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
	}))(t)
	e := entity(t, l.collect(t, "s3", "us-east-1"), "arn:aws:s3:::open")
	if e.Attrs["exposure.public"] != false {
		t.Errorf("exposure.public is %v (%v), want false", e.Attrs["exposure.public"], e.Unknown["exposure.public"])
	}
}

// TestBucketsThatAreWatched: an access log is a source of its own; a trail's data events count as well.
func TestBucketsThatAreWatched(t *testing.T) {
	l := newLab(t)
	fillS3(t, l)
	fillLogging(t, l)
	c := s3.NewFromConfig(l.account.Config("eu-west-1"))
	must(c.PutBucketAcl(t.Context(), &s3.PutBucketAclInput{
		Bucket: aws.String("audit"), GrantWrite: aws.String("uri=http://acs.amazonaws.com/groups/s3/LogDelivery"),
		GrantReadACP: aws.String("uri=http://acs.amazonaws.com/groups/s3/LogDelivery"),
	}))(t)
	must(c.PutBucketLogging(t.Context(), &s3.PutBucketLoggingInput{Bucket: aws.String("plain"), BucketLoggingStatus: &types.BucketLoggingStatus{
		LoggingEnabled: &types.LoggingEnabled{TargetBucket: aws.String("audit"), TargetPrefix: aws.String("plain/")},
	}}))(t)
	b := l.collect(t, "s3", "us-east-1")
	for name, want := range map[string]any{"plain": true, "audit": true, "open": false} {
		e := entity(t, b, "arn:aws:s3:::"+name)
		if diff := cmp.Diff(want, e.Attrs["logging.access"]); diff != "" {
			t.Errorf("%s: %s (unknown: %v)", name, diff, e.Unknown["logging.access"])
		}
		if e.Scope != "aws:123456789012:eu-west-1" {
			t.Errorf("%s lies in %s", name, e.Scope)
		}
	}
	const uid = "arn:aws:s3:::plain#access-log"
	want := map[string]any{
		"type": "object_access", "enabled": true, "scope": "arn:aws:s3:::plain", "encrypted": true, "forwarded": true, "destination": "arn:aws:s3:::audit",
		"retention_days": int64(400),
	}
	if diff := cmp.Diff(want, entity(t, b, uid).Attrs); diff != "" {
		t.Error(diff)
	}
	for _, r := range []evidence.Relation{
		{Type: "logs_to", From: "arn:aws:s3:::plain", To: uid, Complete: true}, {Type: "logs_to", From: uid, To: "arn:aws:s3:::audit", Complete: true},
	} {
		if !slices.ContainsFunc(b.Relations, func(x evidence.Relation) bool { return cmp.Equal(r, x) }) {
			t.Errorf("no relation %v", r)
		}
	}
}
