package kind

// Incidents.

// Incident is register entry.
type Incident struct {
	Type                             Attr[string]                     `attr:"type" enum:"improper_usage,malware_infection,unauthorized_access,data_loss,ransomware,phishing,availability,lost_device,other"`
	Severity                         Attr[string]                     `attr:"severity" enum:"critical,high,medium,low"`
	Status                           Attr[string]                     `attr:"status" enum:"open,contained,recovered,closed"`
	OccurredAt                       Attr[Time]                       `attr:"occurred_at"`
	DetectedAt                       Attr[Time]                       `attr:"detected_at"`
	DiscoveredOn                     Attr[Date]                       `attr:"discovered_on"` // HIPAA discovery, including imputed knowledge
	AwareAt                          Attr[Time]                       `attr:"aware_at"`      // GDPR awareness
	TriagedAt                        Attr[Time]                       `attr:"triaged_at"`
	TriagedBy                        Attr[string]                     `attr:"triaged_by"` // entity UID
	Assignee                         Attr[string]                     `attr:"assignee"`   // entity UID
	Escalations                      Attr[[]IncidentEscalation]       `attr:"escalations"`
	ContainedAt                      Attr[Time]                       `attr:"contained_at"`
	RecoveredAt                      Attr[Time]                       `attr:"recovered_at"`
	ClosedAt                         Attr[Time]                       `attr:"closed_at" null:"true"` // or null
	Affected                         Attr[[]string]                   `attr:"affected"`              // list of entity UIDs
	FindingRefs                      Attr[[]string]                   `attr:"finding_refs"`          // list of entity UIDs
	RestoreOrder                     Attr[[]string]                   `attr:"restore_order"`         // list of entity UIDs
	PersonalDataInvolved             Attr[bool]                       `attr:"personal_data.involved"`
	PHIInvolved                      Attr[bool]                       `attr:"phi.involved"`
	PHIUnsecured                     Attr[bool]                       `attr:"phi.unsecured"`
	RiskToRights                     Attr[string]                     `attr:"risk_to_rights" enum:"unlikely,risk,high"`
	IndividualsAffected              Attr[int64]                      `attr:"individuals_affected"`
	ResidentsByState                 Attr[map[string]any]             `attr:"residents_by_state"` // map State to int
	BreachAssessmentFactorsNature    Attr[string]                     `attr:"breach_assessment.factors.nature"`
	BreachAssessmentFactorsRecipient Attr[string]                     `attr:"breach_assessment.factors.recipient"`
	BreachAssessmentFactorsAcquired  Attr[string]                     `attr:"breach_assessment.factors.acquired"`
	BreachAssessmentFactorsMitigated Attr[string]                     `attr:"breach_assessment.factors.mitigated"`
	BreachAssessmentConclusion       Attr[string]                     `attr:"breach_assessment.conclusion" enum:"breach,low_probability,exception"`
	BreachAssessmentPerformedOn      Attr[Date]                       `attr:"breach_assessment.performed_on"`
	Notifications                    Attr[[]IncidentNotification]     `attr:"notifications"`
	LawEnforcementDelay              Attr[map[string]any]             `attr:"law_enforcement_delay"` // map {form: written or oral, official, from, until}
	Communications                   Attr[[]IncidentCommunication]    `attr:"communications"`
	PostReviewPerformedOn            Attr[Date]                       `attr:"post_review.performed_on"`
	PostReviewRootCause              Attr[string]                     `attr:"post_review.root_cause"`
	PostReviewActions                Attr[[]IncidentPostReviewAction] `attr:"post_review.actions"` // list of {text, owner, due_on, closed_on}
}

// IncidentEscalation is one element of Incident.Escalations.
type IncidentEscalation struct {
	At       Attr[Time]   `attr:"at"`
	ToLevel  Attr[int64]  `attr:"to_level"`
	ToPerson Attr[string] `attr:"to_person"` // entity UID
}

// IncidentNotification is one element of Incident.Notifications.
type IncidentNotification struct {
	Recipient              Attr[string]   `attr:"recipient" enum:"authority,data_subjects,individuals,media,hhs,covered_entity,controller,law_enforcement"`
	SentAt                 Attr[Time]     `attr:"sent_at"`
	Elements               Attr[[]string] `attr:"elements"` // list
	Method                 Attr[string]   `attr:"method" enum:"mail,email_agreed,web_90d,major_media,phone,portal"`
	State                  Attr[string]   `attr:"state"` // for media
	ReasonForDelay         Attr[string]   `attr:"reason_for_delay"`
	PlainLanguageCheckedBy Attr[string]   `attr:"plain_language_checked_by"` // entity UID
}

// IncidentCommunication is one element of Incident.Communications.
type IncidentCommunication struct {
	At           Attr[Time]   `attr:"at"`
	Channel      Attr[string] `attr:"channel"` // entity UID
	AudienceRole Attr[string] `attr:"audience_role"`
}

// IncidentPostReviewAction is one element of Incident.PostReviewActions.
type IncidentPostReviewAction struct {
	Text     Attr[string] `attr:"text"`
	Owner    Attr[string] `attr:"owner"`
	DueOn    Attr[Date]   `attr:"due_on"`
	ClosedOn Attr[Date]   `attr:"closed_on"`
}
