package services

import (
	"archive/zip"
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	gatewaytypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	gateway2types "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudfront"
	fronttypes "github.com/aws/aws-sdk-go-v2/service/cloudfront/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	classicelb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing"
	classictypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancing/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
)

func visibility(name string) *waftypes.VisibilityConfig {
	return &waftypes.VisibilityConfig{CloudWatchMetricsEnabled: true, SampledRequestsEnabled: true, MetricName: aws.String(name)}
}

// makeWebACL makes a list with a managed group of threat signatures, which blocks or only counts.
func makeWebACL(t *testing.T, client *wafv2.Client, name string, scope waftypes.Scope, override *waftypes.OverrideAction) *waftypes.WebACLSummary {
	t.Helper()
	return must(client.CreateWebACL(t.Context(), &wafv2.CreateWebACLInput{
		Name: &name, Scope: scope, DefaultAction: &waftypes.DefaultAction{Allow: &waftypes.AllowAction{}}, VisibilityConfig: visibility(name),
		Rules: []waftypes.Rule{{
			Name: aws.String("threats"), OverrideAction: override, VisibilityConfig: visibility("threats"),
			Statement: &waftypes.Statement{ManagedRuleGroupStatement: &waftypes.ManagedRuleGroupStatement{
				Name: aws.String("AWSManagedRulesCommonRuleSet"), VendorName: aws.String("AWS"),
			}},
		}},
	}))(t).Summary
}

// TestLoadBalancersInMoto: an application load balancer behind a web access list, with HTTPS, a redirect and clear text; a network load balancer.
// Which resources a list stands before is a fake, because moto does not tell.
func TestLoadBalancersInMoto(t *testing.T) {
	l, ctx := newNetLab(t), t.Context()
	client := elb.NewFromConfig(l.config)
	balance := func(name string, typ elbtypes.LoadBalancerTypeEnum, scheme elbtypes.LoadBalancerSchemeEnum, subnets []string) *string {
		in := &elb.CreateLoadBalancerInput{Name: &name, Type: typ, Scheme: scheme, Subnets: subnets, Tags: []elbtypes.Tag{
			{Key: aws.String("data-classification"), Value: aws.String("confidential")},
		}}
		if typ == elbtypes.LoadBalancerTypeEnumApplication {
			in.SecurityGroups = []string{l.group}
		}
		arn := must(client.CreateLoadBalancer(ctx, in))(t).LoadBalancers[0].LoadBalancerArn
		l.call(lastWord(*arn), name)
		return arn
	}
	front := balance("front", elbtypes.LoadBalancerTypeEnumApplication, elbtypes.LoadBalancerSchemeEnumInternetFacing, l.public)
	inner := balance("inner", elbtypes.LoadBalancerTypeEnumNetwork, elbtypes.LoadBalancerSchemeEnumInternal, l.private)
	must(client.ModifyLoadBalancerAttributes(ctx, &elb.ModifyLoadBalancerAttributesInput{LoadBalancerArn: front, Attributes: []elbtypes.LoadBalancerAttribute{
		{Key: aws.String("access_logs.s3.enabled"), Value: aws.String("true")}, {Key: aws.String("access_logs.s3.bucket"), Value: aws.String("audit")},
	}}))(t)
	group := must(client.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{
		Name: aws.String("app"), Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(l.vpc), TargetType: elbtypes.TargetTypeEnumInstance,
	}))(t).TargetGroups[0].TargetGroupArn
	image := must(ec2.NewFromConfig(l.config).DescribeImages(ctx, &ec2.DescribeImagesInput{}))(t).Images[0].ImageId
	host := must(ec2.NewFromConfig(l.config).RunInstances(ctx, &ec2.RunInstancesInput{
		ImageId: image, MinCount: aws.Int32(1), MaxCount: aws.Int32(1), SubnetId: &l.private[0],
	}))(t).Instances[0].InstanceId
	l.call(*host, "i-HOST")
	must(client.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: group, Targets: []elbtypes.TargetDescription{{Id: host}}}))(t)
	forward := []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: group}}
	redirect := []elbtypes.Action{{Type: elbtypes.ActionTypeEnumRedirect, RedirectConfig: &elbtypes.RedirectActionConfig{
		Protocol: aws.String("HTTPS"), Port: aws.String("443"), StatusCode: elbtypes.RedirectActionStatusCodeEnumHttp301,
	}}}
	listen := func(name string, in *elb.CreateListenerInput) {
		l.call(lastWord(*must(client.CreateListener(ctx, in))(t).Listeners[0].ListenerArn), name)
	}
	certificate := []elbtypes.Certificate{{CertificateArn: aws.String("arn:aws:iam::123456789012:server-certificate/c")}}
	listen("HTTPS", &elb.CreateListenerInput{
		LoadBalancerArn: front, Protocol: elbtypes.ProtocolEnumHttps, Port: aws.Int32(443), SslPolicy: aws.String("ELBSecurityPolicy-TLS13-1-2-2021-06"),
		Certificates: certificate, DefaultActions: forward,
	})
	listen("REDIRECT", &elb.CreateListenerInput{LoadBalancerArn: front, Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(80), DefaultActions: redirect})
	listen("CLEAR", &elb.CreateListenerInput{LoadBalancerArn: front, Protocol: elbtypes.ProtocolEnumHttp, Port: aws.Int32(8080), DefaultActions: forward})
	listen("TLS", &elb.CreateListenerInput{
		LoadBalancerArn: inner, Protocol: elbtypes.ProtocolEnumTls, Port: aws.Int32(443), SslPolicy: aws.String("ELBSecurityPolicy-2016-08"),
		Certificates: certificate, DefaultActions: forward,
	})
	listen("TCP", &elb.CreateListenerInput{LoadBalancerArn: inner, Protocol: elbtypes.ProtocolEnumTcp, Port: aws.Int32(5432), DefaultActions: forward})
	waf := wafv2.NewFromConfig(l.config)
	acl := makeWebACL(t, waf, "blocks", waftypes.ScopeRegional, &waftypes.OverrideAction{None: &waftypes.NoneAction{}})
	must(waf.PutLoggingConfiguration(ctx, &wafv2.PutLoggingConfigurationInput{LoggingConfiguration: &waftypes.LoggingConfiguration{
		ResourceArn: acl.ARN, LogDestinationConfigs: []string{"arn:aws:s3:::aws-waf-logs-audit"},
	}}))(t)
	l.fake("wafv2", "ListResourcesForWebACL", `{"ResourceArns":["`+*front+`"]}`)
	l.matches("elasticloadbalancingv2")
	l.matches("wafv2")
}

// TestClassicLoadBalancersInMoto: one that faces the internet with clear text, TLS by a policy of AWS, TLS by protocols one by one and bytes passed
// on, with access logs; one inside without.
func TestClassicLoadBalancersInMoto(t *testing.T) {
	l, ctx := newNetLab(t), t.Context()
	client := classicelb.NewFromConfig(l.config)
	listener := func(protocol string, port int32) classictypes.Listener {
		return classictypes.Listener{
			Protocol: &protocol, LoadBalancerPort: port, InstancePort: aws.Int32(8080), InstanceProtocol: aws.String("HTTP"),
			SSLCertificateId: aws.String("arn:aws:iam::123456789012:server-certificate/c"),
		}
	}
	must(client.CreateLoadBalancer(ctx, &classicelb.CreateLoadBalancerInput{
		LoadBalancerName: aws.String("old"), Subnets: l.public, SecurityGroups: []string{l.group},
		Listeners: []classictypes.Listener{listener("HTTP", 80), listener("HTTPS", 443), listener("SSL", 8443), listener("SSL", 9443), listener("TCP", 5432)},
		Tags:      []classictypes.Tag{{Key: aws.String("data-classification"), Value: aws.String("confidential")}},
	}))(t)
	must(client.CreateLoadBalancer(ctx, &classicelb.CreateLoadBalancerInput{
		LoadBalancerName: aws.String("inner"), Subnets: l.private[:1], Scheme: aws.String("internal"), Listeners: []classictypes.Listener{listener("http", 80)},
	}))(t)
	policy := func(name string, port int32, attributes ...classictypes.PolicyAttribute) {
		must(client.CreateLoadBalancerPolicy(ctx, &classicelb.CreateLoadBalancerPolicyInput{
			LoadBalancerName: aws.String("old"), PolicyName: &name, PolicyTypeName: aws.String("SSLNegotiationPolicyType"), PolicyAttributes: attributes,
		}))(t)
		must(client.SetLoadBalancerPoliciesOfListener(ctx, &classicelb.SetLoadBalancerPoliciesOfListenerInput{
			LoadBalancerName: aws.String("old"), LoadBalancerPort: port, PolicyNames: []string{name},
		}))(t)
	}
	attribute := func(name, value string) classictypes.PolicyAttribute {
		return classictypes.PolicyAttribute{AttributeName: &name, AttributeValue: &value}
	}
	policy("of-aws", 443, attribute("Reference-Security-Policy", "ELBSecurityPolicy-TLS-1-2-2017-01"))
	policy("own", 8443, attribute("Protocol-TLSv1", "false"), attribute("Protocol-TLSv1.1", "true"), attribute("Protocol-TLSv1.2", "true"))
	must(client.ModifyLoadBalancerAttributes(ctx, &classicelb.ModifyLoadBalancerAttributesInput{
		LoadBalancerName: aws.String("old"), LoadBalancerAttributes: &classictypes.LoadBalancerAttributes{
			AccessLog: &classictypes.AccessLog{Enabled: true, S3BucketName: aws.String("audit")},
		},
	}))(t)
	l.matches("elasticloadbalancing")
}

// TestWebACLsInMoto: a list that only counts what its threat signatures match. What it stands before is not known, because moto does not tell.
func TestWebACLsInMoto(t *testing.T) {
	l := newStoreLab(t)
	makeWebACL(t, wafv2.NewFromConfig(l.config), "counts", waftypes.ScopeRegional, &waftypes.OverrideAction{Count: &waftypes.CountAction{}})
	l.matchesAs("wafv2", "wafv2-counts")
}

// TestDistributionsInMoto: one distribution that redirects to HTTPS with a policy of its own, and one as CloudFront makes it.
func TestDistributionsInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := cloudfront.NewFromConfig(l.config)
	acl := makeWebACL(t, wafv2.NewFromConfig(l.moto.Config(t, l.account.ID, "us-east-1")), "edge", waftypes.ScopeCloudfront, &waftypes.OverrideAction{None: &waftypes.NoneAction{}})
	distribute := func(name string, policy fronttypes.ViewerProtocolPolicy, change func(*fronttypes.DistributionConfig)) {
		conf := &fronttypes.DistributionConfig{
			CallerReference: &name, Comment: &name, Enabled: aws.Bool(true),
			Origins: &fronttypes.Origins{Quantity: aws.Int32(1), Items: []fronttypes.Origin{{
				Id: aws.String("o"), DomainName: aws.String("origin.example"),
				CustomOriginConfig: &fronttypes.CustomOriginConfig{HTTPPort: aws.Int32(80), HTTPSPort: aws.Int32(443), OriginProtocolPolicy: fronttypes.OriginProtocolPolicyHttpsOnly},
			}}},
			DefaultCacheBehavior: &fronttypes.DefaultCacheBehavior{
				TargetOriginId: aws.String("o"), ViewerProtocolPolicy: policy, MinTTL: aws.Int64(0), //nolint:staticcheck // moto asks for it
				ForwardedValues: &fronttypes.ForwardedValues{QueryString: aws.Bool(false), Cookies: &fronttypes.CookiePreference{Forward: fronttypes.ItemSelectionNone}}, //nolint:staticcheck // moto asks for it
			},
		}
		change(conf)
		made := must(client.CreateDistribution(ctx, &cloudfront.CreateDistributionInput{DistributionConfig: conf}))(t).Distribution
		l.call(aws.ToString(made.DomainName), name+".cloudfront.net")
		l.call(aws.ToString(made.Id), name)
	}
	distribute("good", fronttypes.ViewerProtocolPolicyRedirectToHttps, func(d *fronttypes.DistributionConfig) {
		d.Aliases = &fronttypes.Aliases{Quantity: aws.Int32(1), Items: []string{"www.example"}}
		d.ViewerCertificate = &fronttypes.ViewerCertificate{
			ACMCertificateArn: aws.String("arn:aws:acm:us-east-1:123456789012:certificate/c"), SSLSupportMethod: fronttypes.SSLSupportMethodSniOnly,
			MinimumProtocolVersion: fronttypes.MinimumProtocolVersionTLSv122021, CloudFrontDefaultCertificate: aws.Bool(false),
		}
		d.Logging = &fronttypes.LoggingConfig{Enabled: aws.Bool(true), Bucket: aws.String("audit.s3.amazonaws.com"), Prefix: aws.String("www"), IncludeCookies: aws.Bool(false)}
		d.WebACLId = acl.ARN
	})
	distribute("plain", fronttypes.ViewerProtocolPolicyAllowAll, func(*fronttypes.DistributionConfig) {})
	l.matches("cloudfront")
}

// TestAPIsInMoto: a REST API of each kind, one with a log; an HTTP API; a domain name with an old policy.
func TestAPIsInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := apigateway.NewFromConfig(l.config)
	for name, typ := range map[string]gatewaytypes.EndpointType{"public": gatewaytypes.EndpointTypeRegional, "private": gatewaytypes.EndpointTypePrivate} {
		made := must(client.CreateRestApi(ctx, &apigateway.CreateRestApiInput{
			Name: &name, Tags: map[string]string{"data-classification": "Restricted"},
			EndpointConfiguration: &gatewaytypes.EndpointConfiguration{Types: []gatewaytypes.EndpointType{typ}},
		}))(t)
		l.call(aws.ToString(made.Id), name)
		root := must(client.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: made.Id}))(t).Items[0].Id
		must(client.PutMethod(ctx, &apigateway.PutMethodInput{RestApiId: made.Id, ResourceId: root, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE")}))(t)
		must(client.PutIntegration(ctx, &apigateway.PutIntegrationInput{RestApiId: made.Id, ResourceId: root, HttpMethod: aws.String("GET"), Type: gatewaytypes.IntegrationTypeMock}))(t)
		must(client.CreateDeployment(ctx, &apigateway.CreateDeploymentInput{RestApiId: made.Id, StageName: aws.String("v1")}))(t)
	}
	must(client.CreateDomainName(ctx, &apigateway.CreateDomainNameInput{DomainName: aws.String("api.example"), SecurityPolicy: gatewaytypes.SecurityPolicyTls10}))(t)
	second := apigatewayv2.NewFromConfig(l.config)
	made := must(second.CreateApi(ctx, &apigatewayv2.CreateApiInput{Name: aws.String("orders"), ProtocolType: gateway2types.ProtocolTypeHttp}))(t)
	l.call(aws.ToString(made.ApiId), "orders")
	must(second.CreateStage(ctx, &apigatewayv2.CreateStageInput{ApiId: made.ApiId, StageName: aws.String("$default"), AccessLogSettings: &gateway2types.AccessLogSettings{
		DestinationArn: aws.String("arn:aws:logs:eu-west-1:123456789012:log-group:orders"),
	}}))(t)
	l.matches("apigateway")
	l.matches("apigatewayv2")
}

// TestFunctionsInMoto: a function in a network with a secret in its environment. Its URL is a fake.
func TestFunctionsInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	role := must(iam.NewFromConfig(l.config).CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("f"), AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`)}))(t).Role.Arn
	var code bytes.Buffer
	archive := zip.NewWriter(&code)
	must(archive.Create("index.js"))(t)
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	client := lambda.NewFromConfig(l.config)
	must(client.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: aws.String("old"), Role: role, Runtime: lambdatypes.RuntimeNodejs16x, Handler: aws.String("index.handler"), Code: &lambdatypes.FunctionCode{ZipFile: code.Bytes()},
		Environment: &lambdatypes.Environment{Variables: map[string]string{"DB_PASSWORD": "correct-horse-battery", "STAGE": "prod"}},
		Tags:        map[string]string{"data-classification": "internal"},
		VpcConfig:   &lambdatypes.VpcConfig{SubnetIds: l.private, SecurityGroupIds: []string{l.group}},
	}))(t)
	l.fake("lambda", "ListFunctionUrlConfigs", `{"FunctionUrlConfigs":[{"FunctionUrl":"https://x.lambda-url.eu-west-1.on.aws/","AuthType":"NONE",
		"FunctionArn":"arn:aws:lambda:eu-west-1:123456789012:function:old","CreationTime":"2020-01-01T00:00:00Z","LastModifiedTime":"2020-01-01T00:00:00Z"}]}`)
	l.matches("lambda")
}

// TestClustersInMoto: a Kubernetes cluster that everybody reaches and one with a log that only its network does; a service on Fargate, whose task
// has a secret in its environment.
func TestClustersInMoto(t *testing.T) {
	l, ctx := newStoreLab(t), t.Context()
	client := eks.NewFromConfig(l.config)
	role := aws.String("arn:aws:iam::123456789012:role/eks")
	must(client.CreateCluster(ctx, &eks.CreateClusterInput{
		Name: aws.String("open"), RoleArn: role, Version: aws.String("1.28"), ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: l.public, EndpointPublicAccess: aws.Bool(true)},
	}))(t)
	must(client.CreateCluster(ctx, &eks.CreateClusterInput{
		Name: aws.String("closed"), RoleArn: role, Version: aws.String("1.35"),
		ResourcesVpcConfig: &ekstypes.VpcConfigRequest{SubnetIds: l.private, SecurityGroupIds: []string{l.group}, EndpointPublicAccess: aws.Bool(false), EndpointPrivateAccess: aws.Bool(true)},
		Logging:            &ekstypes.Logging{ClusterLogging: []ekstypes.LogSetup{{Enabled: aws.Bool(true), Types: []ekstypes.LogType{ekstypes.LogTypeAudit}}}},
		EncryptionConfig:   []ekstypes.EncryptionConfig{{Resources: []string{"secrets"}, Provider: &ekstypes.Provider{KeyArn: &l.key}}},
	}))(t)
	l.matches("eks")
	tasks := ecs.NewFromConfig(l.config)
	must(tasks.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("apps")}))(t)
	must(tasks.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{Family: aws.String("web"), ContainerDefinitions: []ecstypes.ContainerDefinition{{
		Name: aws.String("app"), Image: aws.String("app:1"), Memory: aws.Int32(128), Environment: []ecstypes.KeyValuePair{
			{Name: aws.String("API_TOKEN"), Value: aws.String("ghp_0123456789abcdefghijABCDEFGHIJ012345")}, {Name: aws.String("MODE"), Value: aws.String("fast")},
		},
	}}}))(t)
	must(tasks.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String("apps"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(1), LaunchType: ecstypes.LaunchTypeFargate,
		NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: l.private, SecurityGroups: []string{l.group}}},
	}))(t)
	l.matches("ecs")
}

// TestFirewalls: all answers are fakes. One firewall drops by default and has a managed group that blocks, one passes everything.
func TestFirewalls(t *testing.T) {
	l := newStoreLab(t)
	const arn = "arn:aws:network-firewall:eu-west-1:123456789012:"
	l.fake("network-firewall", "ListFirewalls", `{"Firewalls":[{"FirewallName":"inspects","FirewallArn":"`+arn+`firewall/inspects"}]}`)
	l.fake("network-firewall", "DescribeFirewall", `{"Firewall":{"FirewallName":"inspects","FirewallArn":"`+arn+`firewall/inspects","FirewallId":"1","VpcId":"vpc-1",
		"FirewallPolicyArn":"`+arn+`firewall-policy/p","SubnetMappings":[{"SubnetId":"PRIVATE1"}]}}`)
	l.fake("network-firewall", "DescribeFirewallPolicy", `{"UpdateToken":"1","FirewallPolicyResponse":{"FirewallPolicyName":"p","FirewallPolicyArn":"`+arn+`p","FirewallPolicyId":"1"},
		"FirewallPolicy":{"StatelessDefaultActions":["aws:forward_to_sfe"],"StatelessFragmentDefaultActions":["aws:forward_to_sfe"],
		"StatefulDefaultActions":["aws:drop_strict"],"StatefulRuleGroupReferences":[
		{"ResourceArn":"arn:aws:network-firewall:eu-west-1:aws-managed:stateful-rulegroup/ThreatSignaturesMalwareStrictOrder"},
		{"ResourceArn":"arn:aws:network-firewall:eu-west-1:aws-managed:stateful-rulegroup/ThreatSignaturesBotnet","Override":{"Action":"DROP_TO_ALERT"}},
		{"ResourceArn":"`+arn+`stateful-rulegroup/own"}]}}`)
	l.fake("network-firewall", "DescribeRuleGroup", `{"UpdateToken":"1","RuleGroupResponse":{"RuleGroupArn":"`+arn+`stateful-rulegroup/own","RuleGroupName":"own","RuleGroupId":"1"},
		"RuleGroup":{"RulesSource":{"RulesString":"alert tcp any any -> any any (sid:1;)\npass tcp any any -> any any (sid:2;)"}}}`)
	l.fake("network-firewall", "DescribeLoggingConfiguration", `{"FirewallArn":"`+arn+`firewall/inspects","LoggingConfiguration":{"LogDestinationConfigs":[
		{"LogType":"ALERT","LogDestinationType":"S3","LogDestination":{"bucketName":"audit"}}]}}`)
	l.matches("networkfirewall")
}
