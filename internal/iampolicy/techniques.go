package iampolicy

// Types of resources that the steps of a technique need, after the Service Authorization Reference of AWS.
func iamType(kind string) resourceType { return resourceType{"iam", kind + "/*"} }

func passRole(service string) step {
	return step{
		action: "iam:PassRole", resource: iamType("role"), scope: other, passedTo: service,
		does: "hand a role with more permissions to " + service,
	}
}

// create is a step that makes something new, for which any resource will do.
func create(action, service, pattern, does string) step {
	return step{action: action, resource: resourceType{service, pattern}, scope: anyOne, does: does}
}

// change is a step that takes over something that exists and that may have more permissions.
func change(action, service, pattern, does string) step {
	return step{action: action, resource: resourceType{service, pattern}, scope: other, does: does}
}

// grant is a step that adds permissions, to oneself or to somebody else.
func grant(action, kind, does string) step {
	return step{action: action, resource: iamType(kind), scope: selfToo, does: does}
}

// techniques lists the known ways to raise one's own permissions in AWS, as published by Rhino Security Labs
// (2018) and collected since by the pathfinding.cloud project, to mid 2026. The order is that of the report.
func techniques() []technique {
	all := iamTechniques()
	all = append(all, computeTechniques()...)
	all = append(all, containerTechniques()...)
	all = append(all, buildTechniques()...)
	return append(all, dataTechniques()...)
}

func iamTechniques() []technique {
	return []technique{
		{"iam:CreatePolicyVersion", []step{grant("iam:CreatePolicyVersion", "policy", "rewrite a policy that is attached to oneself")}},
		{"iam:SetDefaultPolicyVersion", []step{grant("iam:SetDefaultPolicyVersion", "policy", "bring back an older, wider version of a policy")}},
		{"iam:AttachUserPolicy", []step{grant("iam:AttachUserPolicy", "user", "attach an administrator policy to a user")}},
		{"iam:AttachGroupPolicy", []step{grant("iam:AttachGroupPolicy", "group", "attach an administrator policy to a group")}},
		{"iam:AttachRolePolicy", []step{grant("iam:AttachRolePolicy", "role", "attach an administrator policy to a role")}},
		{"iam:PutUserPolicy", []step{grant("iam:PutUserPolicy", "user", "write an inline policy of a user")}},
		{"iam:PutGroupPolicy", []step{grant("iam:PutGroupPolicy", "group", "write an inline policy of a group")}},
		{"iam:PutRolePolicy", []step{grant("iam:PutRolePolicy", "role", "write an inline policy of a role")}},
		{"iam:AddUserToGroup", []step{change("iam:AddUserToGroup", "iam", "group/*", "join a group with more permissions")}},
		{"iam:CreateAccessKey", []step{change("iam:CreateAccessKey", "iam", "user/*", "make an access key of another user")}},
		{"iam:CreateLoginProfile", []step{change("iam:CreateLoginProfile", "iam", "user/*", "give another user a console password")}},
		{"iam:UpdateLoginProfile", []step{change("iam:UpdateLoginProfile", "iam", "user/*", "change another user's console password")}},
		{"iam:UpdateAssumeRolePolicy", []step{
			change("iam:UpdateAssumeRolePolicy", "iam", "role/*", "let oneself assume a role with more permissions"),
		}},
	}
}

func computeTechniques() []technique {
	const ec2, lambda = "ec2.amazonaws.com", "lambda.amazonaws.com"
	newFunction := create("lambda:CreateFunction", "lambda", "function:*", "create a function with it")
	newCode := change("lambda:UpdateFunctionCode", "lambda", "function:*", "replace the code of a function")
	return []technique{
		{"iam:PassRole + ec2:RunInstances", []step{
			passRole(ec2), create("ec2:RunInstances", "ec2", "instance/*", "start an instance with it and run commands there"),
		}},
		{"iam:PassRole + ec2:RequestSpotInstances", []step{
			passRole(ec2), create("ec2:RequestSpotInstances", "ec2", "spot-instances-request/*", "start a spot instance with it"),
		}},
		{"iam:PassRole + ec2:AssociateIamInstanceProfile", []step{
			passRole(ec2), create("ec2:AssociateIamInstanceProfile", "ec2", "instance/*", "give it to an instance that one controls"),
		}},
		{"iam:PassRole + autoscaling:CreateLaunchConfiguration + autoscaling:CreateAutoScalingGroup", []step{
			passRole(ec2),
			create("autoscaling:CreateLaunchConfiguration", "autoscaling", "launchConfiguration:*", "describe instances with it"),
			create("autoscaling:CreateAutoScalingGroup", "autoscaling", "autoScalingGroup:*", "start them in a group"),
		}},
		{"ec2:ModifyInstanceAttribute + ec2:StopInstances + ec2:StartInstances", []step{
			change("ec2:StopInstances", "ec2", "instance/*", "stop an instance that has a role"),
			change("ec2:ModifyInstanceAttribute", "ec2", "instance/*", "change the commands that it runs at start"),
			change("ec2:StartInstances", "ec2", "instance/*", "start it"),
		}},
		{"ec2:CreateLaunchTemplateVersion + ec2:ModifyLaunchTemplate", []step{
			change("ec2:CreateLaunchTemplateVersion", "ec2", "launch-template/*", "add commands to the template of instances with a role"),
			change("ec2:ModifyLaunchTemplate", "ec2", "launch-template/*", "make that version the default"),
		}},
		{"ec2-instance-connect:SendSSHPublicKey", []step{
			change("ec2-instance-connect:SendSSHPublicKey", "ec2", "instance/*", "log in to an instance that has a role"),
		}},
		{"ssm:SendCommand", []step{
			change("ssm:SendCommand", "ec2", "instance/*", "reach an instance that has a role"),
			// The document for commands of one's own; any other runs what its author wrote.
			create("ssm:SendCommand", "ssm", "document/AWS-RunShellScript", "run commands there"),
		}},
		{"ssm:StartSession", []step{change("ssm:StartSession", "ec2", "instance/*", "open a shell on an instance that has a role")}},
		{"iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction", []step{
			passRole(lambda), newFunction, create("lambda:InvokeFunction", "lambda", "function:*", "call the function"),
		}},
		{"iam:PassRole + lambda:CreateFunction + lambda:CreateEventSourceMapping", []step{
			passRole(lambda), newFunction,
			create("lambda:CreateEventSourceMapping", "lambda", "event-source-mapping:*", "have an event call it"),
		}},
		{"iam:PassRole + lambda:CreateFunction + lambda:AddPermission", []step{
			passRole(lambda), newFunction, create("lambda:AddPermission", "lambda", "function:*", "let oneself or a service call it"),
		}},
		{"lambda:UpdateFunctionCode", []step{newCode}},
		{"lambda:UpdateFunctionConfiguration", []step{
			change("lambda:UpdateFunctionConfiguration", "lambda", "function:*", "put one's own layer or environment before a function's code"),
		}},
	}
}

func containerTechniques() []technique {
	const tasks = "ecs-tasks.amazonaws.com"
	define := create("ecs:RegisterTaskDefinition", "ecs", "task-definition/*", "describe a container with it")
	return []technique{
		{"iam:PassRole + ecs:RegisterTaskDefinition + ecs:RunTask", []step{
			passRole(tasks), define, create("ecs:RunTask", "ecs", "task-definition/*", "run the container"),
		}},
		{"iam:PassRole + ecs:RegisterTaskDefinition + ecs:StartTask", []step{
			passRole(tasks), define, create("ecs:StartTask", "ecs", "task-definition/*", "run the container"),
		}},
		{"iam:PassRole + ecs:RegisterTaskDefinition + ecs:CreateService", []step{
			passRole(tasks), define, create("ecs:CreateService", "ecs", "service/*", "run the container as a service"),
		}},
		{"iam:PassRole + ecs:RegisterTaskDefinition + ecs:UpdateService", []step{
			passRole(tasks), define, create("ecs:UpdateService", "ecs", "service/*", "have a service run the container"),
		}},
		{"iam:PassRole + ecs:RunTask", []step{
			passRole(tasks), create("ecs:RunTask", "ecs", "task-definition/*", "run an existing container with it and one's own command"),
		}},
		{"ecs:ExecuteCommand", []step{change("ecs:ExecuteCommand", "ecs", "task/*", "open a shell in a container that has a role")}},
		{"iam:PassRole + apprunner:CreateService", []step{
			passRole("tasks.apprunner.amazonaws.com"),
			create("apprunner:CreateService", "apprunner", "service/*", "run a service with it"),
		}},
		{"apprunner:UpdateService", []step{
			change("apprunner:UpdateService", "apprunner", "service/*", "replace what a service with a role runs"),
		}},
	}
}

func buildTechniques() []technique {
	const cloudFormation, codeBuild = "cloudformation.amazonaws.com", "codebuild.amazonaws.com"
	project := create("codebuild:CreateProject", "codebuild", "project/*", "create a build project with it")
	return []technique{
		{"iam:PassRole + cloudformation:CreateStack", []step{
			passRole(cloudFormation), create("cloudformation:CreateStack", "cloudformation", "stack/*", "have a stack act with it"),
		}},
		{"iam:PassRole + cloudformation:UpdateStack", []step{
			passRole(cloudFormation), create("cloudformation:UpdateStack", "cloudformation", "stack/*", "have a stack act with it"),
		}},
		{"cloudformation:UpdateStack", []step{
			change("cloudformation:UpdateStack", "cloudformation", "stack/*", "change the template of a stack that has a role"),
		}},
		{"cloudformation:CreateChangeSet + cloudformation:ExecuteChangeSet", []step{
			change("cloudformation:CreateChangeSet", "cloudformation", "stack/*", "describe a change of a stack that has a role"),
			change("cloudformation:ExecuteChangeSet", "cloudformation", "stack/*", "carry it out"),
		}},
		{"iam:PassRole + cloudformation:CreateStackSet + cloudformation:CreateStackInstances", []step{
			passRole(cloudFormation),
			create("cloudformation:CreateStackSet", "cloudformation", "stackset/*", "create a stack set with it"),
			create("cloudformation:CreateStackInstances", "cloudformation", "stackset/*", "have it make stacks"),
		}},
		{"iam:PassRole + cloudformation:UpdateStackSet", []step{
			passRole(cloudFormation), create("cloudformation:UpdateStackSet", "cloudformation", "stackset/*", "have a stack set act with it"),
		}},
		{"iam:PassRole + codebuild:CreateProject + codebuild:StartBuild", []step{
			passRole(codeBuild), project, create("codebuild:StartBuild", "codebuild", "project/*", "run commands in a build"),
		}},
		{"iam:PassRole + codebuild:CreateProject + codebuild:StartBuildBatch", []step{
			passRole(codeBuild), project, create("codebuild:StartBuildBatch", "codebuild", "project/*", "run commands in a build"),
		}},
		{"codebuild:StartBuild", []step{
			change("codebuild:StartBuild", "codebuild", "project/*", "run one's own commands in a build that has a role"),
		}},
		{"codebuild:StartBuildBatch", []step{
			change("codebuild:StartBuildBatch", "codebuild", "project/*", "run one's own commands in a build that has a role"),
		}},
	}
}

func dataTechniques() []technique {
	const glue, sageMaker, agents = "glue.amazonaws.com", "sagemaker.amazonaws.com", "bedrock-agentcore.amazonaws.com"
	notebook := func(action, does string) step { return change(action, "sagemaker", "notebook-instance/*", does) }
	interpreter := "code-interpreter*"
	return []technique{
		{"iam:PassRole + glue:CreateDevEndpoint", []step{
			passRole(glue), create("glue:CreateDevEndpoint", "glue", "devEndpoint/*", "create a development endpoint with it and log in"),
		}},
		{"glue:UpdateDevEndpoint", []step{
			change("glue:UpdateDevEndpoint", "glue", "devEndpoint/*", "put one's own key on a development endpoint that has a role"),
		}},
		{"iam:PassRole + glue:CreateJob + glue:StartJobRun", []step{
			passRole(glue), create("glue:CreateJob", "glue", "job/*", "create a job with it"),
			create("glue:StartJobRun", "glue", "job/*", "run the job"),
		}},
		{"iam:PassRole + glue:CreateJob + glue:CreateTrigger", []step{
			passRole(glue), create("glue:CreateJob", "glue", "job/*", "create a job with it"),
			create("glue:CreateTrigger", "glue", "trigger/*", "have a trigger run the job"),
		}},
		{"iam:PassRole + glue:UpdateJob + glue:StartJobRun", []step{
			passRole(glue), create("glue:UpdateJob", "glue", "job/*", "give it to a job, with one's own script"),
			create("glue:StartJobRun", "glue", "job/*", "run the job"),
		}},
		{"iam:PassRole + glue:CreateSession + glue:RunStatement", []step{
			passRole(glue), create("glue:CreateSession", "glue", "session/*", "open an interactive session with it"),
			create("glue:RunStatement", "glue", "session/*", "run code there"),
		}},
		{"iam:PassRole + datapipeline:CreatePipeline + datapipeline:PutPipelineDefinition + datapipeline:ActivatePipeline", []step{
			passRole("datapipeline.amazonaws.com"),
			create("datapipeline:CreatePipeline", "datapipeline", "pipeline/*", "create a pipeline"),
			create("datapipeline:PutPipelineDefinition", "datapipeline", "pipeline/*", "have it run commands with the role"),
			create("datapipeline:ActivatePipeline", "datapipeline", "pipeline/*", "start it"),
		}},
		{"iam:PassRole + sagemaker:CreateNotebookInstance + sagemaker:CreatePresignedNotebookInstanceUrl", []step{
			passRole(sageMaker),
			create("sagemaker:CreateNotebookInstance", "sagemaker", "notebook-instance/*", "create a notebook with it"),
			create("sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker", "notebook-instance/*", "open it"),
		}},
		{"iam:PassRole + sagemaker:CreateTrainingJob", []step{
			passRole(sageMaker), create("sagemaker:CreateTrainingJob", "sagemaker", "training-job/*", "run one's own code in a training job"),
		}},
		{"iam:PassRole + sagemaker:CreateProcessingJob", []step{
			passRole(sageMaker), create("sagemaker:CreateProcessingJob", "sagemaker", "processing-job/*", "run one's own code in a job"),
		}},
		{"sagemaker:CreatePresignedNotebookInstanceUrl", []step{
			notebook("sagemaker:CreatePresignedNotebookInstanceUrl", "open a notebook that has a role"),
		}},
		{"sagemaker:UpdateNotebookInstance + sagemaker:CreateNotebookInstanceLifecycleConfig", []step{
			create("sagemaker:CreateNotebookInstanceLifecycleConfig", "sagemaker", "notebook-instance-lifecycle-config/*",
				"write commands for the start of a notebook"),
			notebook("sagemaker:StopNotebookInstance", "stop a notebook that has a role"),
			notebook("sagemaker:UpdateNotebookInstance", "give it these commands"),
			notebook("sagemaker:StartNotebookInstance", "start it"),
		}},
		{"iam:PassRole + bedrock-agentcore:CreateCodeInterpreter + bedrock-agentcore:InvokeCodeInterpreter", []step{
			passRole(agents),
			create("bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore", interpreter, "create a code interpreter with it"),
			create("bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore", interpreter, "open a session"),
			create("bedrock-agentcore:InvokeCodeInterpreter", "bedrock-agentcore", interpreter, "run code there"),
		}},
		{"bedrock-agentcore:StartCodeInterpreterSession + bedrock-agentcore:InvokeCodeInterpreter", []step{
			change("bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore", interpreter,
				"open a session of an interpreter that has a role"),
			change("bedrock-agentcore:InvokeCodeInterpreter", "bedrock-agentcore", interpreter, "run code there"),
		}},
	}
}
