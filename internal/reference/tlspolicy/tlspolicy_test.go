package tlspolicy_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/internal/reference/table"
	"github.com/assay-audit/assay/internal/reference/tlspolicy"
)

func TestLookup(t *testing.T) {
	t.Parallel()

	const yes, no = tlspolicy.Yes, tlspolicy.No

	for _, test := range []struct {
		service, policy string
		want            tlspolicy.Policy
	}{
		{tlspolicy.ELBv2, "ELBSecurityPolicy-2016-08", tlspolicy.Policy{MinVersion: "1.0", ForwardSecrecy: no, WeakCiphers: no}},
		{tlspolicy.ELBv2, "ELBSecurityPolicy-TLS-1-0-2015-04", tlspolicy.Policy{MinVersion: "1.0", ForwardSecrecy: no, WeakCiphers: yes}},
		{tlspolicy.ELBv2, "ELBSecurityPolicy-TLS13-1-2-2021-06", tlspolicy.Policy{MinVersion: "1.2", ForwardSecrecy: yes, WeakCiphers: no}},
		{tlspolicy.ELBv2, "ELBSecurityPolicy-TLS13-1-0-PQ-2025-09", tlspolicy.Policy{MinVersion: "1.0", ForwardSecrecy: no, WeakCiphers: no}},
		{tlspolicy.ELBv2, "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04", tlspolicy.Policy{MinVersion: "1.3", ForwardSecrecy: yes, WeakCiphers: no}},
		{tlspolicy.ELB, "ELBSecurityPolicy-2014-01", tlspolicy.Policy{MinVersion: "0.3", ForwardSecrecy: no, WeakCiphers: yes}},
		{tlspolicy.CloudFront, "TLSv1", tlspolicy.Policy{MinVersion: "1.0", ForwardSecrecy: no, WeakCiphers: yes}},
		{tlspolicy.CloudFront, "TLSv1.2_2021", tlspolicy.Policy{MinVersion: "1.2", ForwardSecrecy: yes, WeakCiphers: no}},
		{tlspolicy.APIGateway, "TLS_1_2", tlspolicy.Policy{MinVersion: "1.2"}},
		{tlspolicy.APIGateway, "SecurityPolicy_TLS13_1_3_2025_09", tlspolicy.Policy{MinVersion: "1.3", ForwardSecrecy: yes, WeakCiphers: no}},
		{tlspolicy.OpenSearch, "Policy-Min-TLS-1-0-2019-07", tlspolicy.Policy{MinVersion: "1.0"}},
		{tlspolicy.Cognito, "TLS_V1_3_2025", tlspolicy.Policy{MinVersion: "1.3", ForwardSecrecy: yes, WeakCiphers: no}},
	} {
		t.Run(test.service+" "+test.policy, func(t *testing.T) {
			t.Parallel()

			got, ok := tlspolicy.Lookup(test.service, test.policy)
			if diff := cmp.Diff(test.want, got); diff != "" || !ok {
				t.Errorf("ok = %v, policy (-want +got):\n%s", ok, diff)
			}

			version, ok := tlspolicy.MinVersion(test.service, test.policy)
			if !ok || version != test.want.MinVersion {
				t.Errorf("MinVersion = %q, %v; want %q", version, ok, test.want.MinVersion)
			}
		})
	}
}

func TestUnknownPolicyIsNotFound(t *testing.T) {
	t.Parallel()

	for _, test := range [][2]string{
		{"", ""},
		{tlspolicy.ELBv2, ""},
		{tlspolicy.ELBv2, "ELBSecurityPolicy-TLS13-1-2-2099-01"},
		{tlspolicy.ELBv2, "elbsecuritypolicy-2016-08"},
		{tlspolicy.ELB, "my-custom-policy"},
		{tlspolicy.CloudFront, "ELBSecurityPolicy-2016-08"},
		{"vpn", "TLS_1_2"},
	} {
		if version, ok := tlspolicy.MinVersion(test[0], test[1]); ok {
			t.Errorf("MinVersion(%q, %q) = %q, want not found", test[0], test[1], version)
		}
	}
}

func TestTablesAreWellFormed(t *testing.T) {
	t.Parallel()

	for _, service := range []string{
		tlspolicy.ELBv2, tlspolicy.ELB, tlspolicy.CloudFront, tlspolicy.APIGateway, tlspolicy.OpenSearch, tlspolicy.Cognito,
	} {
		t.Run(service, func(t *testing.T) {
			t.Parallel()

			text, err := os.ReadFile(filepath.Join("data", service+".csv"))
			if err != nil {
				t.Fatal(err)
			}

			seen := map[string]bool{}

			for _, row := range table.MustParse(string(text), "policy", "min_version", "forward_secrecy", "weak_ciphers").Rows {
				if row[0] == "" || seen[row[0]] {
					t.Errorf("policy %q is empty or listed twice", row[0])
				}

				seen[row[0]] = true

				if !slices.Contains([]string{"0.3", "1.0", "1.1", "1.2", "1.3"}, row[1]) {
					t.Errorf("policy %q: %q is no protocol version", row[0], row[1])
				}

				for _, cell := range row[2:] {
					if !slices.Contains([]string{"true", "false", ""}, cell) {
						t.Errorf("policy %q: %q is neither true, false nor empty", row[0], cell)
					}
				}
			}

			if len(seen) < 3 {
				t.Errorf("only %d policies", len(seen))
			}
		})
	}
}
