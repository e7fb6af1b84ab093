package services

import "github.com/assay-audit/assay/collectors/aws/api"

// snsService reads who is subscribed to the topics that alerts name.
func snsService() api.Service {
	return api.Service{
		Name:       "sns",
		Operations: []api.Operation{{Name: "ListSubscriptionsByTopic", Tells: []string{"targets"}}},
	}
}
