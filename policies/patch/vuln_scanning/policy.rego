# METADATA
# title: Vulnerability scans run at least every 90 days over all assets, with a penetration test every 365 days
# description: |
#   Judged per host, and per account. A pass on a host shows that a scanner searched it within the days of the parameter. A pass on an account
#   shows that a scanner is on in each used region, and that a penetration test of it, by somebody who is named, is recorded within the year. It
#   does not show that what was found was mended, nor that the tester was qualified.
# related_resources:
#   - https://docs.aws.amazon.com/inspector/latest/user/what-is-inspector.html
#   - https://csrc.nist.gov/pubs/sp/800/115/final
# schemas:
#   - input.account: schema.account
#   - input.host: schema.host
# custom:
#   severity: high
#   units: [account, host]
#   collectors: [aws, host, governance]
#   rationale: Patching only what is noticed leaves the rest.
#   remediation: >-
#     Turn on Amazon Inspector in each region in use (aws_inspector2_enabler with EC2, ECR and LAMBDA), give its agent or Systems Manager to each
#     instance, and scan hosts elsewhere from a scheduled job. Commission a penetration test each year and record it under evaluations, with who
#     did it and what it covered.
#   parameters:
#     - name: vuln_scan_days
#       default: 90
#       unit: days
#       source: product default; NPRM 164.312(h)(2)(i) 6 months
#     - name: pentest_days
#       default: 365
#       unit: days
#       source: NPRM 164.312(h)(2)(iii)
package checks.patch.vuln_scanning

import data.lib.detect
import data.lib.ev
import data.lib.scope

fail contains {
	"uid": e.uid,
	"message": sprintf("%s was last searched for vulnerabilities %d days ago", [e.name, floor(ev.days_since(e, "vuln_last_scan_at"))]),
	"expected": sprintf("a scan in the last %d days", [input.params.vuln_scan_days]),
	"actual": sprintf("%d days ago", [floor(ev.days_since(e, "vuln_last_scan_at"))]),
	"attributes": ["vuln_last_scan_at"],
} if {
	some e in input.host
	ev.days_since(e, "vuln_last_scan_at") > input.params.vuln_scan_days
}

fail contains {
	"uid": e.uid,
	"message": sprintf("%s was never searched for vulnerabilities", [e.name]),
	"expected": sprintf("a scan in the last %d days", [input.params.vuln_scan_days]),
	"actual": "never",
	"attributes": ["vuln_last_scan_at"],
} if {
	some e in input.host
	ev.is_null_fact(e, "vuln_last_scan_at")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no vulnerability scanner is on in %s of %s", [region.name, e.name]),
	"expected": "an enabled scanner in every used region",
	"actual": sprintf("none in %s", [region.name]),
	"attributes": [sprintf("regions[%d].used", [i])],
} if {
	some e in input.account
	some i, region in e.attrs.regions
	region.used == true
	detect.none_on(detect.watching_region(e, region.name, "vuln_scanner"))
	detect.read(e, region.name, "vuln_scanner")
}

fail contains {
	"uid": e.uid,
	"message": sprintf("no penetration test of %s in the last %d days is recorded", [e.name, input.params.pentest_days]),
	"expected": sprintf("a penetration test in the last %d days, by somebody who is named", [input.params.pentest_days]),
	"actual": "none",
	"attributes": [],
} if {
	some e in input.account
	ev.recorded("evaluation")
	count([test | some test in ev.all_of("evaluation"); may_test(test, e)]) == 0
}

pass contains {"uid": e.uid, "message": sprintf("%s was searched %d days ago", [e.name, floor(ev.days_since(e, "vuln_last_scan_at"))])} if {
	some e in input.host
	ev.days_since(e, "vuln_last_scan_at") <= input.params.vuln_scan_days
}

pass contains {"uid": e.uid, "message": sprintf("a scanner is on in every used region, and %s tested it", [test.attrs.by])} if {
	some e in input.account
	all_scanned(e)
	some test in ev.all_of("evaluation")
	tests(test, e)
}

not_applicable contains {"uid": e.uid, "message": "a template: its instances are judged"} if {
	some e in input.host
	e.plane == "declared"
}

unknown contains {
	"uid": e.uid,
	"path": "vuln_last_scan_at",
	"reason": object.get(e.unknown, "vuln_last_scan_at", "not_collected"),
	"message": sprintf("no scanner tells when it last searched %s", [e.name]),
} if {
	some e in input.host
	not ev.known(e, "vuln_last_scan_at")
}

unknown contains {
	"uid": e.uid,
	"path": "detector",
	"reason": "not_collected",
	"message": sprintf("whether a scanner is on in %s of %s is not known", [region.name, e.name]),
} if {
	some e in input.account
	some region in e.attrs.regions
	region.used == true
	not scanned(e, region.name)
}

unknown contains {
	"uid": e.uid,
	"path": "evaluation",
	"reason": "not_attested",
	"message": sprintf("no record tells whether %s was tested by somebody who is named, and what the test covered", [e.name]),
} if {
	some e in input.account
	count([test | some test in ev.all_of("evaluation"); tests(test, e)]) == 0
}

# all_scanned holds where it is known of each region whether it is used, and a scanner is on in each that is. A site has none.
all_scanned(e) if {
	ev.enumerated(e, "regions")
	count([region | some region in e.attrs.regions; is_boolean(region.used)]) == count(e.attrs.regions)
	count([region | some region in e.attrs.regions; region.used == true; not scanned(e, region.name)]) == 0
}

all_scanned(e) if ev.not_applicable(e, "regions")

scanned(e, region) if {
	some d in detect.watching_region(e, region, "vuln_scanner")
	d.attrs.type == "vuln_scanner"
	is_string(d.attrs.scope)
	d.attrs.enabled == true
}

# tests holds for a recent penetration test of the account by somebody who is named; may_test for one that could be that.
tests(test, e) if {
	test.attrs.type == "pentest"
	ev.days_since(test, "performed_on") <= input.params.pentest_days
	ev.stated(test.attrs.by)
	some word in test.attrs.scope
	word in (scope.names(e) | {e.name, "all"})
}

may_test(test, e) if {
	not excluded(test, e)
}

# excluded holds for an evaluation that is known to be something else, too old, or of something else.
excluded(test, _) if {
	is_string(test.attrs.type)
	test.attrs.type != "pentest"
}

excluded(test, _) if ev.days_since(test, "performed_on") > input.params.pentest_days

excluded(test, e) if {
	ev.whole(test, "scope")
	count([word | some word in test.attrs.scope; word in (scope.names(e) | {e.name, "all"})]) == 0
	count([word | some word in test.attrs.scope; not ev.entity(word)]) == 0
}
