package facts

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-audit/assay/collectors/host/script"
	"github.com/assay-audit/assay/internal/evidence"
)

// certificate makes a certificate for example.test that ends on 2027-01-31.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example.test"}, DNSNames: []string{"example.test"},
		NotBefore: time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestTLSReal asks servers on loopback, with the openssl of this machine: one that accepts TLS 1.2, one that accepts only TLS 1.3 and one
// that speaks plain HTTP.
func TestTLSReal(t *testing.T) {
	cert := certificate(t)
	serve := func(port int, config *tls.Config) {
		t.Helper()
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatalf("this test needs the port %d: %v", port, err)
		}
		if config != nil {
			listener = tls.NewListener(listener, config)
		}
		server := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second, ErrorLog: log.New(io.Discard, "", 0)}
		t.Cleanup(func() { _ = server.Close() })
		go func() { _ = server.Serve(listener) }()
	}
	serve(8443, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	serve(9443, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13})
	serve(4443, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS10}) // an old server is what is looked for
	serve(10250, nil)
	sections := append(servicesArea().Sections, tlsArea().Sections...)
	cmd := exec.CommandContext(t.Context(), "sh", "-s")
	cmd.Stdin = strings.NewReader(script.Compose("m", sections))
	printed, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := Answers{Results: script.Parse("m", sections, printed).Results}
	shakes := parseHandshakes(answers.Results["tls"].Output)
	for port, want := range map[int64]string{8443: "tls 1.2", 9443: "tls 1.3", 4443: "tls 1.0", 10250: "plain "} {
		s := shakes[port]
		if s == nil {
			t.Errorf("port %d was not asked: openssl and timeout must be installed", port)
			continue
		}
		version := ""
		if s.answer == "tls" {
			h := Read([]Area{tlsArea()}, Identity{Name: "here", Group: "g", Source: "s1"}, at, answers)
			version, _ = oldestTLS(h.Result("tls"), s).Value()
			if s.leaf == nil || !bytes.Equal(s.leaf.Raw, cert.Certificate[0]) {
				t.Errorf("port %d shows another certificate", port)
			}
		}
		if got := s.answer + " " + version; got != want {
			t.Errorf("port %d: %q, want %q (%v)", port, got, want, s.accepts)
		}
	}
}

func TestEndpoints(t *testing.T) {
	block := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate(t).Certificate[0]}))
	h := answered(map[string]string{
		"sockets": "tcp LISTEN 0 1 0.0.0.0:22 0.0.0.0:*\ntcp LISTEN 0 1 10.0.0.5:443 0.0.0.0:* users:((\"nginx\",pid=1,fd=3))\ntcp LISTEN 0 1 *:80 *:*\n" +
			"tcp LISTEN 0 1 127.0.0.1:8443 0.0.0.0:*\ntcp LISTEN 0 1 127.0.0.1:6379 0.0.0.0:*\ntcp LISTEN 0 1 203.0.113.5:5432 0.0.0.0:*\nudp UNCONN 0 0 *:53 *:*\n",
		"network": "addr4 eth0 10.0.0.5/24\naddr6 eth0 fe80000000000000c0e626fffec2ecff\n",
		"tls":     "port 443\n" + block + "-tls1 no\n-tls1_1 no\n-tls1_2 yes\nport 80\nplain\nport 8443\n" + block + "-tls1 unknown\n",
	})
	paths := []string{"exposure", "protocol", "tls.enabled", "tls.min_version", "redirect_to_https"}
	for suffix, values := range map[string][]any{
		"tcp:443":  {"internal", "https", true, "1.2", "n/a"},
		"tcp:80":   {"internal", "http", false, "n/a", evidence.NotCollected},
		"tcp:8443": {"loopback", "https", true, evidence.Unsupported, "n/a"},
		"tcp:5432": {evidence.Unlinked, "tcp", evidence.NotCollected, evidence.NotCollected, "n/a"},
	} {
		want := map[string]any{}
		for i, p := range paths {
			want[p] = values[i]
		}
		if diff := cmp.Diff(want, attributes(entity(t, h, h.UID+":"+suffix), paths...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", suffix, diff)
		}
	}
	endpoints, certificates := 0, 0
	for _, e := range h.Entities {
		switch e.Kind {
		case "endpoint":
			endpoints++
		case "credential":
			certificates++
			want := map[string]any{"type": "certificate", "active": true, "in_use": true, "expires_at": "2027-01-31T00:00:00Z", "key_spec": "EC_prime256v1"}
			if diff := cmp.Diff(want, attributes(e, "type", "active", "in_use", "expires_at", "key_spec")); diff != "" {
				t.Errorf("certificate (-want +got):\n%s", diff)
			}
		}
	}
	if endpoints != 4 || certificates != 1 {
		t.Errorf("%d endpoints and %d certificates, want 4 and 1", endpoints, certificates)
	}
}
