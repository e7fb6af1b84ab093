// Package scenario fills an AWS of package awslab with resources whose verdicts are known.
//
// A scenario is built through the real SDK, so that what a collector reads is what an engineer could have made, and it comes with its
// answers: Facts say what an attribute of an entity must be, Verdicts what a check must find, each with the reason a person would give.
// Hospital is the account of St. Brigid's, whose Terraform is in fixtures/terraform/hospital, with its legacy laboratory; Fleet is many
// plain resources to measure with.
package scenario

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// A Fact is what an attribute of an entity must be, or its absence: a collector that says something else is wrong.
type Fact struct {
	Kind      string // of the entity
	Entity    string // its ARN
	Attribute string // its path in the kind, such as encryption.at_rest
	Value     any    // a bool, int or string
}

// A Verdict is what a check must find for an entity.
type Verdict struct {
	Check  string // such as enc.at_rest
	Entity string // an ARN
	Status string // pass, fail, unknown or not_applicable
	Why    string // the fact that decides
}

// Built is what a scenario made.
type Built struct {
	Account  string
	Region   string
	Facts    []Fact
	Verdicts []Verdict
	Made     map[string]int // how many resources of each type of CloudFormation's, such as AWS::S3::Bucket
}

// builder makes the resources of one account and region. A step that cannot be taken ends the building, since what follows needs it.
type builder struct {
	config    aws.Config
	account   string
	region    string
	partition string
	built     *Built
}

// newBuilder asks whose credentials a configuration has.
func newBuilder(ctx context.Context, config aws.Config) (*builder, error) {
	identity, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	account := aws.ToString(identity.Account)
	return &builder{
		config: config, account: account, region: config.Region, partition: "aws",
		built: &Built{Account: account, Region: config.Region, Made: map[string]int{}},
	}, nil
}

// build takes steps in turn.
func (b *builder) build(ctx context.Context, steps ...func(context.Context) error) (*Built, error) {
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("build in account %s, region %s: %w", b.account, b.region, err)
		}
	}
	return b.built, nil
}

// arn is the name of a resource of this account and region.
func (b *builder) arn(service, resource string) string {
	return "arn:" + b.partition + ":" + service + ":" + b.region + ":" + b.account + ":" + resource
}

// identity is the name of a user, role or policy of this account; IAM is in no region.
func (b *builder) identity(resource string) string {
	return "arn:" + b.partition + ":iam::" + b.account + ":" + resource
}

// made counts resources.
func (b *builder) made(kind string, n int) { b.built.Made[kind] += n }

// fact records what an attribute must be.
func (b *builder) fact(kind, entity, attribute string, value any) {
	b.built.Facts = append(b.built.Facts, Fact{Kind: kind, Entity: entity, Attribute: attribute, Value: value})
}

// finds records what a check must find.
func (b *builder) finds(check, entity, status, why string) {
	b.built.Verdicts = append(b.built.Verdicts, Verdict{Check: check, Entity: entity, Status: status, Why: why})
}

// document writes a policy.
func document(statements ...map[string]any) *string {
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		panic(fmt.Sprintf("a policy of literals cannot be written: %v", err))
	}
	return aws.String(string(text))
}

// allow is a statement of an identity's policy.
func allow(resource any, actions ...string) map[string]any {
	return map[string]any{"Effect": "Allow", "Action": actions, "Resource": resource}
}

// trust is a statement of a role's trust policy.
func trust(principal any, condition map[string]any) map[string]any {
	statement := map[string]any{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
	if condition != nil {
		statement["Condition"] = condition
	}
	return statement
}

// The labels of the hospital's data, as fixtures/terraform/hospital/locals.tf gives them.
var (
	clinical = []string{
		"environment", "prod", "data-classification", "restricted", "data-categories", "phi personal",
		"data-owner", "chief-medical-information-officer", "data-administrator", "clinical-platform-team",
		"data-retention-days", "2922", "record-class", "none", "criticality", "critical", "backup-tier", "gold",
	}
	audit = []string{
		"environment", "prod", "data-classification", "confidential", "data-categories", "personal",
		"data-owner", "chief-information-security-officer", "data-administrator", "security-team",
		"data-retention-days", "2557", "record-class", "audit", "criticality", "high", "backup-tier", "gold",
	}
	operational = []string{
		"environment", "prod", "data-classification", "internal", "data-categories", "none",
		"data-owner", "head-of-ict", "data-administrator", "platform-team", "record-class", "none", "criticality", "low",
	}
)

// tags makes the tags of a service from labels and a name.
func tags[T any](tag func(key, value *string) T, name string, labels []string) []T {
	var all []T
	for pair := range slices.Chunk(slices.Concat([]string{"Name", name}, labels), 2) {
		all = append(all, tag(aws.String(pair[0]), aws.String(pair[1])))
	}
	return all
}

// tagMap is tags for the services that take a map.
func tagMap(name string, labels []string) map[string]string {
	all := map[string]string{}
	for pair := range slices.Chunk(slices.Concat([]string{"Name", name}, labels), 2) {
		all[pair[0]] = pair[1]
	}
	return all
}
