package kind

// Incidents.

// Incident is an entry of the incident register.
type Incident struct {
	// What happened.
	Type Attr[string] `attr:"type" enum:"improper_usage,malware_infection,unauthorized_access,data_loss,ransomware,phishing,availability,lost_device,other"`
	// How bad it is.
	Severity Attr[string] `attr:"severity" enum:"critical,high,medium,low"`
	// Where its handling stands.
	Status Attr[string] `attr:"status" enum:"open,contained,recovered,closed"`
	// When it happened.
	OccurredAt Attr[Time] `attr:"occurred_at"`
	// When it was noticed.
	DetectedAt Attr[Time] `attr:"detected_at"`
	// Day of discovery under HIPAA, which includes what reasonable diligence would have shown (45 CFR 164.404(a)(2)).
	DiscoveredOn Attr[Date] `attr:"discovered_on"`
	// When the controller or processor became aware, in the sense of Art. 33 GDPR: the 72 hours start here.
	AwareAt Attr[Time] `attr:"aware_at"`
	// When it was typed and rated.
	TriagedAt Attr[Time] `attr:"triaged_at"`
	// UID of the person who did so.
	TriagedBy Attr[string] `attr:"triaged_by"`
	// UID of the person who handles it.
	Assignee Attr[string] `attr:"assignee"`
	// To whom it was handed on.
	Escalations Attr[[]IncidentEscalation] `attr:"escalations"`
	// When it could spread no further; null = it still can.
	ContainedAt Attr[Time] `attr:"contained_at" null:"true"`
	// When the affected systems worked again.
	RecoveredAt Attr[Time] `attr:"recovered_at"`
	// When it was closed; null = it is open.
	ClosedAt Attr[Time] `attr:"closed_at" null:"true"`
	// UIDs of the affected entities.
	Affected Attr[[]string] `attr:"affected"`
	// UIDs of the detectors' findings that led to it; empty = none.
	FindingRefs Attr[[]string] `attr:"finding_refs"`
	// UIDs of what was recovered, in that order.
	RestoreOrder Attr[[]string] `attr:"restore_order"`
	// Why that order departs from the priorities, where it does; null = no reason is recorded.
	RestoreOrderReason Attr[string] `attr:"restore_order_reason" null:"true"`
	// Whether personal data was involved.
	PersonalDataInvolved Attr[bool] `attr:"personal_data.involved"`
	// Whether protected health information was involved.
	PHIInvolved Attr[bool] `attr:"phi.involved"`
	// Whether that information was unsecured, that is readable to others (45 CFR 164.402).
	PHIUnsecured Attr[bool] `attr:"phi.unsecured"`
	// The risk to people's rights and freedoms, which decides who must be told (Art. 33 and 34 GDPR).
	RiskToRights Attr[string] `attr:"risk_to_rights" enum:"unlikely,risk,high"`
	// Number of people whose data is affected.
	IndividualsAffected Attr[int64] `attr:"individuals_affected"`
	// Maps a State or jurisdiction to its number of affected residents; more than 500 call for a notice to the media.
	ResidentsByState Attr[map[string]any] `attr:"residents_by_state"`
	// First factor of the HIPAA assessment: nature and extent of the information (45 CFR 164.402).
	BreachAssessmentFactorsNature Attr[string] `attr:"breach_assessment.factors.nature"`
	// Second factor: who used or received it.
	BreachAssessmentFactorsRecipient Attr[string] `attr:"breach_assessment.factors.recipient"`
	// Third factor: whether it was actually acquired or viewed.
	BreachAssessmentFactorsAcquired Attr[string] `attr:"breach_assessment.factors.acquired"`
	// Fourth factor: how far the risk was mitigated.
	BreachAssessmentFactorsMitigated Attr[string] `attr:"breach_assessment.factors.mitigated"`
	// What the assessment concluded; it is presumed a breach until low probability is shown.
	BreachAssessmentConclusion Attr[string] `attr:"breach_assessment.conclusion" enum:"breach,low_probability,exception"`
	// Day of the assessment.
	BreachAssessmentPerformedOn Attr[Date] `attr:"breach_assessment.performed_on"`
	// Notices that were sent.
	Notifications Attr[[]IncidentNotification] `attr:"notifications"`
	// An official's request to wait (45 CFR 164.412): form (written or oral), official, from, until; not applicable without one.
	LawEnforcementDelay Attr[map[string]any] `attr:"law_enforcement_delay"`
	// Messages to stakeholders during the incident.
	Communications Attr[[]IncidentCommunication] `attr:"communications"`
	// Day of the review afterwards.
	PostReviewPerformedOn Attr[Date] `attr:"post_review.performed_on"`
	// The root cause that the review found.
	PostReviewRootCause Attr[string] `attr:"post_review.root_cause"`
	// What the review decided to change; empty = nothing.
	PostReviewActions Attr[[]IncidentPostReviewAction] `attr:"post_review.actions"`
}

// IncidentEscalation is one handing on of an incident.
type IncidentEscalation struct {
	// When.
	At Attr[Time] `attr:"at"`
	// Number of the level, as in the escalation rule.
	ToLevel Attr[int64] `attr:"to_level"`
	// UID of the person who took it.
	ToPerson Attr[string] `attr:"to_person"`
}

// IncidentNotification is one notice that was sent about an incident.
type IncidentNotification struct {
	// Who was told.
	Recipient Attr[string] `attr:"recipient" enum:"authority,data_subjects,individuals,media,hhs,covered_entity,controller,law_enforcement"`
	// When it was sent.
	SentAt Attr[Time] `attr:"sent_at"`
	// Required elements that it contains, such as "happened_with_dates" or "protective_steps".
	Elements Attr[[]string] `attr:"elements"`
	// How it was sent; web_90d is a notice on the website for 90 days.
	Method Attr[string] `attr:"method" enum:"mail,email_agreed,web_90d,major_media,phone,portal"`
	// The State or jurisdiction served, for a notice to the media; not applicable to others.
	State Attr[string] `attr:"state"`
	// Why it was late; not applicable where it was in time.
	ReasonForDelay Attr[string] `attr:"reason_for_delay"`
	// UID of the person who checked that it can be understood.
	PlainLanguageCheckedBy Attr[string] `attr:"plain_language_checked_by"`
}

// IncidentCommunication is one message to stakeholders during an incident.
type IncidentCommunication struct {
	// When it was sent.
	At Attr[Time] `attr:"at"`
	// UID of the channel.
	Channel Attr[string] `attr:"channel"`
	// The stakeholder role that it went to.
	AudienceRole Attr[string] `attr:"audience_role"`
}

// IncidentPostReviewAction is one change that a review decided.
type IncidentPostReviewAction struct {
	// What is to change.
	Text Attr[string] `attr:"text"`
	// Who does it.
	Owner Attr[string] `attr:"owner"`
	// Day by which it is to be done.
	DueOn Attr[Date] `attr:"due_on"`
	// Day on which it was done.
	ClosedOn Attr[Date] `attr:"closed_on"`
}
