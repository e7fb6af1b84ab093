package services

import "github.com/assay-audit/assay/collectors/aws/api"

// snsService reads topics, and who is subscribed to those that alerts name.
func snsService() api.Service {
	return api.Service{
		Name: "sns", Kinds: []string{"queue"}, Collect: snsTopics,
		Operations: []api.Operation{
			{Name: "ListTopics", Tells: []string{"queue"}},
			{Name: "GetTopicAttributes", Tells: []string{
				"can_read", "can_write", "can_admin",
				"encryption.at_rest", "encryption.key_management", "encryption.source", "encryption.in_transit_required", "exposure.public",
				"exposure.public_paths", "lifecycle.expire_days",
			}},
			{Name: "ListTagsForResource", Tells: labelPaths()},
			{Name: "ListSubscriptionsByTopic", Tells: []string{"targets"}},
		},
	}
}
