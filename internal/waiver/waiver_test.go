package waiver_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/assay-audit/assay/internal/evidence"
	"github.com/assay-audit/assay/internal/waiver"
)

const file = `# accepted failures
waivers:
  - id: W-1
    check: enc.at_rest
    entity: 'aws_ebs_volume.x["a"]'
    reason: |
      two
      lines
    requester: bob
    approver: alice
    expires: 2027-01-31

  # the next one
  - check: enc.*
    entity: "*"
    scope: tf:infra
    reason: r
    requester: bob
    approver: alice
    expires: 2027-01-31
`

func read(t *testing.T, text string) []waiver.Waiver {
	t.Helper()
	ws, err := waiver.Read("waivers.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

func TestRead(t *testing.T) {
	ws := read(t, file)
	if len(ws) != 2 {
		t.Fatalf("%d waivers", len(ws))
	}
	if ws[0].Pos.Line != 3 || ws[0].EndLine != 11 || ws[1].Pos.Line != 14 || ws[1].EndLine != 20 {
		t.Errorf("lines %d-%d and %d-%d", ws[0].Pos.Line, ws[0].EndLine, ws[1].Pos.Line, ws[1].EndLine)
	}
	want := "assay waiver v1\nid: \"W-1\"\ncheck: \"enc.at_rest\"\nentity: \"aws_ebs_volume.x[\\\"a\\\"]\"\nreason: \"two\\nlines\"\n" +
		"requester: \"bob\"\napprover: \"alice\"\nexpires: \"2027-01-31\"\n"
	if diff := cmp.Diff(want, string(ws[0].Payload())); diff != "" {
		t.Errorf("payload (-want +got)\n%s", diff)
	}
	if !strings.HasPrefix(ws[1].ID, "W-") || ws[1].ID != read(t, file)[1].ID {
		t.Errorf("id %q", ws[1].ID)
	}
}

// A value cannot pass for another field: nobody signs less than they read.
func TestPayloadCannotBeForged(t *testing.T) {
	a, b := waiver.Waiver{ID: "1", Reason: "x", Ticket: "y"}, waiver.Waiver{ID: "1", Reason: "x\"\nticket: \"y"}
	if string(a.Payload()) == string(b.Payload()) {
		t.Error("two waivers have the same payload")
	}
}

func TestParseComment(t *testing.T) {
	for text, want := range map[string]waiver.Waiver{
		"assay:waive enc.at_rest until 2026-12-31 kept for  a week": {Check: "enc.at_rest", Expires: "2026-12-31", Reason: "kept for a week"},
		"assay:waive enc.at_rest until 2026-12-31: why":             {Check: "enc.at_rest", Expires: "2026-12-31", Reason: "why"},
		"assay:waive enc.at_rest because":                           {Check: "enc.at_rest", Reason: "because"},
		"assay:waive":                                               {},
	} {
		got, ok := waiver.ParseComment(text)
		if !ok || got.Check != want.Check || got.Expires != want.Expires || got.Reason != want.Reason {
			t.Errorf("%s: %+v %t", text, got, ok)
		}
	}
	for _, text := range []string{"", "assay:ignore x", "assay:waiver x"} {
		if _, ok := waiver.ParseComment(text); ok {
			t.Errorf("%q is no waiver", text)
		}
	}
}

func TestAppend(t *testing.T) {
	w := waiver.Waiver{ID: "W-9", Check: "enc.at_rest", Entity: "*: [#] \u202e 'x'", Reason: "yes", Requester: "null", Approver: "12", Expires: "2027-01-31"}
	for name, before := range map[string]string{
		"none": "", "comment": "# nothing yet\n", "empty": "# head\nwaivers: []\n", "bare": "waivers:\n", "some": file, "flush": "waivers:\n- {id: a, check: b}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if name == "bare" {
				before = "waivers: [ ]  \n"
			}
			out, err := waiver.Append("waivers.yaml", []byte(before), w)
			if err != nil {
				t.Fatal(err)
			}
			ws := read(t, string(out))
			last := ws[len(ws)-1]
			if string(last.Payload()) != string(w.Payload()) {
				t.Errorf("added %s", last.Payload())
			}
			if _, err := waiver.Append("waivers.yaml", out, w); err == nil || !strings.Contains(err.Error(), "the id W-9 is used already") {
				t.Errorf("twice: %v", err)
			}
		})
	}
	if _, err := waiver.Append("waivers.yaml", []byte("waivers: [{id: a, check: b}]\n"), w); err == nil || !strings.Contains(err.Error(), "write it by hand") {
		t.Errorf("a list in one line: %v", err)
	}
}

// key makes a signer and its line in the allowed signers file.
func key(t *testing.T, before string) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, before + " " + string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
}

func sign(t *testing.T, signer ssh.Signer, payload []byte, namespace string) string {
	t.Helper()
	sig, err := sshsig.Sign(strings.NewReader(string(payload)), signer, sshsig.HashSHA512, namespace)
	if err != nil {
		t.Fatal(err)
	}
	return string(sshsig.Armor(sig))
}

func TestSignatures(t *testing.T) {
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	signed := func(line string, change func(*waiver.Waiver), namespace string) waiver.Approval {
		t.Helper()
		signer, line := key(t, line)
		signers, err := waiver.ReadSigners("signers", []byte("# keys\n\n"+line))
		if err != nil {
			t.Fatal(err)
		}
		w := waiver.Waiver{ID: "W-1", Check: "enc.at_rest", Entity: "a", Approver: "alice@example.org"}
		w.Signature = sign(t, signer, w.Payload(), namespace)
		change(&w)
		ws := []waiver.Waiver{w}
		if err := (waiver.Prover{Signers: signers, At: at}).File(t.Context(), t.TempDir()+"/waivers.yaml", ws); err != nil {
			t.Fatal(err)
		}
		return ws[0].Approval
	}
	same := func(*waiver.Waiver) {}
	for _, c := range []struct {
		name, line string
		change     func(*waiver.Waiver)
		namespace  string
		broken     string // "" where the signature holds
	}{
		{"the approver", "alice@example.org", same, waiver.Namespace, ""},
		{"a pattern", `*@example.org,!mallory@example.org namespaces="file,assay-*"`, same, waiver.Namespace, ""},
		{"principals in quotes", `"bob@example.org,alice@example.org"`, same, waiver.Namespace, ""},
		{"in time", `alice@example.org valid-after="20260101",valid-before="20270101Z"`, same, waiver.Namespace, ""},
		{"too late", `alice@example.org valid-before="20261121"`, same, waiver.Namespace, "not valid at this time"},
		{"too early", `alice@example.org valid-after="202611211201"`, same, waiver.Namespace, "not valid at this time"},
		{"somebody else", "mallory@example.org", same, waiver.Namespace, "belongs to mallory@example.org, not to the approver"},
		{"excluded", "*,!alice@*", same, waiver.Namespace, "not to the approver"},
		{"another purpose", `alice@example.org namespaces="git"`, same, waiver.Namespace, "may not sign for the namespace"},
		{"signed for another purpose", "alice@example.org", same, "git", `namespace "git"`},
		{"changed", "alice@example.org", func(w *waiver.Waiver) { w.Entity = "*" }, waiver.Namespace, "was changed after it was signed"},
		{"nonsense", "alice@example.org", func(w *waiver.Waiver) { w.Signature = "x" }, waiver.Namespace, "no armored OpenSSH signature"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := signed(c.line, c.change, c.namespace)
			if c.broken == "" && (got.By != waiver.BySignature || !strings.Contains(got.Ref, "SHA256:")) || !strings.Contains(got.Broken, c.broken) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestReadSignersRefuses(t *testing.T) {
	_, line := key(t, "alice cert-authority")
	_, when := key(t, `alice valid-before="soon"`)
	_, option := key(t, `alice no-pty`)
	_, err := waiver.ReadSigners("signers", []byte("alice\nalice ssh-ed25519 x\n"+line+when+option))
	for _, want := range []string{"signers:1: ", "signers:2: there is no public key", "signers:3: certificate", `"soon" is not a time`, `option "no-pty"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func TestEntitiesTellWhatIsNotStated(t *testing.T) {
	ws := read(t, "waivers:\n  - id: W-1\n    check: enc.at_rest\n    expires: never\n  - id: W-1\n")
	es := waiver.Entities("waivers.yaml", "w1", ws)
	if es[0].UID == es[1].UID {
		t.Errorf("both are %s", es[0].UID)
	}
	if u := es[0].Unknown["expires_on"]; u.Reason != evidence.ParseError || !strings.Contains(u.Detail, "never") {
		t.Errorf("expires_on: %+v", u)
	}
	if u := es[0].Unknown["approved_by"]; u.Reason != evidence.NotAttested {
		t.Errorf("approved_by: %+v", u)
	}
	if p, _ := es[0].ProvOf("expires_on"); p.Locator.Line != 4 {
		t.Errorf("expires_on is in line %d", p.Locator.Line)
	}
}

// FuzzRead reads hostile files: nothing panics, and what can be read can be written down and read again.
func FuzzRead(f *testing.F) {
	f.Add(file)
	f.Add("waivers: [{id: a}, {id: a}]")
	f.Add("waivers:\n- &a {id: x}\n- *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		ws, err := waiver.Read("waivers.yaml", []byte(text))
		if err != nil {
			return
		}
		for _, e := range waiver.Entities("waivers.yaml", "w1", ws) {
			if e.Prov[0].Locator.Line < 1 || e.Prov[0].Locator.EndLine < e.Prov[0].Locator.Line {
				t.Fatalf("%s stands in lines %d to %d", e.UID, e.Prov[0].Locator.Line, e.Prov[0].Locator.EndLine)
			}
		}
		_, _ = waiver.Append("waivers.yaml", []byte(text), waiver.Waiver{Check: "c", Entity: "e"})
	})
}

// FuzzReadSigners reads hostile allowed signers files: nothing panics.
func FuzzReadSigners(f *testing.F) {
	f.Add("alice ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJQxGxWLVwZyJ7Y3cLhY8n3l1m3CkJkY2lqkN2Wf3yqd c")
	f.Add(`"a b" namespaces="x",valid-after="2026" ssh-rsa AAAA`)
	f.Fuzz(func(_ *testing.T, text string) { _, _ = waiver.ReadSigners("signers", []byte(text)) })
}
