package iampolicy

import "strings"

// ManagedPolicy returns what is known of an AWS managed policy, by its name (the last part of its ARN). The document
// is not the text of the policy but a short one that gives the same answers to the questions of this package; that was
// checked against the versions that AWS published on 2026-08-22. Of a policy that is not listed nothing is known:
// the document is Document{Unknown: true} and known is false.
func ManagedPolicy(name string) (doc Document, known bool) {
	for _, table := range [...]func(string) []Statement{generalManaged, dataManaged, computeManaged, serviceRoleManaged} {
		if statements := table(name); statements != nil {
			return Document{Version: "2012-10-17", ID: name, Statements: statements}, true
		}
	}
	return Document{ID: name, Unknown: true}, false
}

// ManagedPolicyName returns the name of an AWS managed policy from its ARN, such as
// "arn:aws:iam::aws:policy/job-function/Billing"; ok is false for any other ARN.
func ManagedPolicyName(arn string) (name string, ok bool) {
	fields := strings.SplitN(arn, ":", arnFields)
	if len(fields) != arnFields || fields[arnService] != "iam" || fields[arnAccount] != "aws" {
		return "", false
	}
	if !strings.HasPrefix(fields[arnResource], "policy/") {
		return "", false
	}
	return arn[strings.LastIndexByte(arn, '/')+1:], true
}

func patterns(texts ...string) Patterns {
	p := Patterns{Present: true}
	for _, t := range texts {
		p.Values = append(p.Values, Literal(t))
	}
	return p
}

// may allows actions on all resources.
func may(actions ...string) Statement {
	return Statement{Effect: Allow, Action: patterns(actions...), Resource: patterns("*")}
}

// at limits a statement to resources.
func (s Statement) at(resources ...string) Statement {
	s.Resource = patterns(resources...)
	return s
}

// when adds a condition to a statement.
func (s Statement) when(operator, key string, values ...string) Statement {
	s.Conditions = append(s.Conditions, NewCondition(operator, Literal(key), patterns(values...).Values...))
	return s
}

// passing allows any role to be passed to these services.
func passing(services ...string) Statement {
	return may("iam:PassRole").when(opStringLike, "iam:PassedToService", services...)
}

func generalManaged(name string) []Statement {
	switch name {
	case "AdministratorAccess":
		return []Statement{may("*")}
	case "PowerUserAccess":
		all := may()
		all.Action = patterns("iam:*", "organizations:*", "account:*")
		all.Action.Not = true
		return []Statement{all, may("iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles")}
	case "AWSDenyAll":
		deny := may("*")
		deny.Effect = Deny
		return []Statement{deny}
	case "IAMFullAccess":
		return []Statement{may("iam:*")}
	case "IAMReadOnlyAccess":
		return []Statement{may("iam:Get*", "iam:List*", "iam:GenerateCredentialReport", "iam:Simulate*")}
	case "IAMUserChangePassword":
		return []Statement{may("iam:ChangePassword").at("arn:aws:iam::*:user/${aws:username}"), may("iam:GetAccountPasswordPolicy")}
	case "ReadOnlyAccess":
		return []Statement{may("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan",
			"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "kinesis:Get*", "logs:Get*", "logs:FilterLogEvents", "logs:StartQuery",
			"s3:Get*", "s3:List*", "sqs:ReceiveMessage", "iam:Get*", "iam:List*", "ec2:Describe*")}
	case "SecurityAudit":
		return []Statement{may("s3:GetBucket*", "s3:ListBucket", "iam:Get*", "iam:List*", "ec2:Describe*", "kms:List*")}
	case "ViewOnlyAccess":
		return []Statement{may("s3:ListBucket", "s3:ListAllMyBuckets", "iam:List*", "ec2:Describe*")}
	case "Billing":
		return []Statement{may("aws-portal:*Billing", "ce:*", "cur:*")}
	case "AWSSupportAccess":
		return []Statement{may("support:*")}
	case "AWSOrganizationsReadOnlyAccess":
		return []Statement{may("organizations:Describe*", "organizations:List*")}
	case "AWSCloudFormationFullAccess":
		return []Statement{may("cloudformation:*")}
	case "CloudWatchLogsFullAccess":
		return []Statement{may("logs:*")}
	case "CloudWatchReadOnlyAccess", "CloudWatchLogsReadOnlyAccess":
		return []Statement{may("logs:Describe*", "logs:Get*", "logs:List*", "logs:FilterLogEvents", "logs:StartQuery")}
	default:
		return nil
	}
}

func dataManaged(name string) []Statement {
	switch name {
	case "AmazonS3FullAccess":
		return []Statement{may("s3:*", "s3-object-lambda:*")}
	case "AmazonS3ReadOnlyAccess":
		return []Statement{may("s3:Get*", "s3:List*", "s3:Describe*")}
	case "AmazonDynamoDBFullAccess":
		return []Statement{
			may("dynamodb:*", "dax:*", "datapipeline:ActivatePipeline", "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition",
				"lambda:CreateFunction", "lambda:CreateEventSourceMapping", "sns:Subscribe", "sns:SetTopicAttributes"),
			passing("application-autoscaling.amazonaws.com", "application-autoscaling.amazonaws.com.cn", "dax.amazonaws.com"),
		}
	case "AmazonDynamoDBReadOnlyAccess":
		return []Statement{may("dynamodb:BatchGetItem", "dynamodb:Describe*", "dynamodb:List*", "dynamodb:GetItem", "dynamodb:Query",
			"dynamodb:Scan", "dynamodb:PartiQLSelect")}
	case "AmazonRDSFullAccess":
		return []Statement{may("rds:*", "logs:GetLogEvents", "sns:Publish")}
	case "AmazonRDSReadOnlyAccess":
		return []Statement{may("rds:Describe*", "rds:ListTagsForResource", "logs:GetLogEvents")}
	case "AmazonSQSFullAccess":
		return []Statement{may("sqs:*")}
	case "AmazonSQSReadOnlyAccess":
		return []Statement{may("sqs:GetQueue*", "sqs:List*")}
	case "AmazonSNSFullAccess":
		return []Statement{may("sns:*")}
	case "AmazonSNSReadOnlyAccess":
		return []Statement{may("sns:Get*", "sns:List*")}
	case "AmazonKinesisFullAccess":
		return []Statement{may("kinesis:*")}
	case "AmazonKinesisReadOnlyAccess":
		return []Statement{may("kinesis:Get*", "kinesis:List*", "kinesis:Describe*")}
	case "AmazonElastiCacheFullAccess":
		return []Statement{may("elasticache:*")}
	case "AmazonElasticFileSystemClientReadWriteAccess":
		return []Statement{may("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite")}
	case "AWSKeyManagementServicePowerUser":
		return []Statement{may("kms:CreateAlias", "kms:CreateKey", "kms:DeleteAlias", "kms:Describe*", "kms:Get*", "kms:List*",
			"kms:TagResource", "kms:UntagResource")}
	case "SecretsManagerReadWrite":
		return []Statement{
			may("secretsmanager:*", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
			may("lambda:AddPermission", "lambda:CreateFunction", "lambda:InvokeFunction", "lambda:UpdateFunctionConfiguration").
				at("arn:aws:lambda:*:*:function:SecretsManager*"),
		}
	default:
		return nil
	}
}

func computeManaged(name string) []Statement {
	switch name {
	case "AmazonEC2FullAccess":
		return []Statement{may("ec2:*", "elasticloadbalancing:*", "cloudwatch:*", "autoscaling:*")}
	case "AmazonEC2ReadOnlyAccess":
		return []Statement{may("ec2:Describe*", "elasticloadbalancing:Describe*", "autoscaling:Describe*")}
	case "AmazonEC2ContainerRegistryReadOnly":
		return []Statement{may("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:Describe*", "ecr:List*")}
	case "AmazonEC2ContainerRegistryPowerUser":
		return []Statement{may("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:Describe*", "ecr:List*",
			"ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")}
	case "AmazonEC2ContainerRegistryFullAccess":
		return []Statement{may("ecr:*")}
	case "AmazonSSMManagedInstanceCore":
		return []Statement{may("ssm:UpdateInstanceInformation", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetDocument", "ssmmessages:*",
			"ec2messages:*")}
	case "AmazonSSMFullAccess":
		return []Statement{may("ssm:*", "logs:*", "ssmmessages:*", "ec2messages:*")}
	case "AWSLambda_FullAccess":
		return []Statement{
			may("lambda:*"), passing("lambda.amazonaws.com"),
			may("logs:GetLogEvents", "logs:FilterLogEvents").at("arn:aws:logs:*:*:log-group:/aws/lambda/*"),
		}
	case "AmazonEKSClusterPolicy":
		return []Statement{may("ec2:Describe*", "ec2:ModifyInstanceAttribute", "ec2:CreateSecurityGroup", "elasticloadbalancing:*",
			"kms:DescribeKey")}
	case "AmazonEKSWorkerNodePolicy":
		return []Statement{may("ec2:Describe*", "eks:DescribeCluster", "eks-auth:AssumeRoleForPodIdentity")}
	case "AmazonEKS_CNI_Policy":
		return []Statement{may("ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:Describe*")}
	case "AmazonEBSCSIDriverPolicy":
		return []Statement{may("ec2:Describe*", "ec2:CreateSnapshot", "ec2:AttachVolume", "ec2:DetachVolume", "ec2:ModifyVolume")}
	default:
		return nil
	}
}

func serviceRoleManaged(name string) []Statement {
	writeLogs := []string{"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
	logging := may(writeLogs...)
	switch name {
	case "AWSLambdaBasicExecutionRole":
		return []Statement{logging}
	case "AWSLambdaVPCAccessExecutionRole":
		return []Statement{logging, may("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces")}
	case "AWSLambdaSQSQueueExecutionRole":
		return []Statement{logging, may("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")}
	case "AWSLambdaDynamoDBExecutionRole":
		return []Statement{logging, may("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")}
	case "AWSLambdaKinesisExecutionRole":
		return []Statement{logging, may("kinesis:Describe*", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:SubscribeToShard")}
	case "AWSLambdaRole":
		return []Statement{may("lambda:InvokeFunction")}
	case "AWSXRayDaemonWriteAccess":
		return []Statement{may("xray:Put*", "xray:GetSampling*")}
	case "CloudWatchAgentServerPolicy":
		return []Statement{may("cloudwatch:PutMetricData", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
			"logs:PutRetentionPolicy")}
	case "AmazonAPIGatewayPushToCloudWatchLogs":
		return []Statement{logging, may("logs:GetLogEvents", "logs:FilterLogEvents")}
	case "AmazonECSTaskExecutionRolePolicy":
		return []Statement{may("ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "logs:CreateLogStream",
			"logs:PutLogEvents")}
	case "AmazonRDSEnhancedMonitoringRole":
		return []Statement{
			may("logs:CreateLogGroup", "logs:PutRetentionPolicy").at("arn:aws:logs:*:*:log-group:RDS*"),
			may("logs:CreateLogStream", "logs:PutLogEvents", "logs:GetLogEvents").at("arn:aws:logs:*:*:log-group:RDS*:log-stream:*"),
		}
	case "AWSBackupServiceRolePolicyForS3Backup":
		return []Statement{
			may("s3:GetBucket*", "s3:ListBucket", "s3:PutBucketNotification").at("arn:aws:s3:::*"),
			may("s3:GetObject", "s3:GetObjectVersion").at("arn:aws:s3:::*/*"),
			may("kms:Decrypt").when(opStringLike, "kms:ViaService", "s3.*.amazonaws.com"),
		}
	default:
		return nil
	}
}
