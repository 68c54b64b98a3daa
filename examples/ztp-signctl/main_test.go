//go:build ztp_signer

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ztp "github.com/ztp-prem/ztp/bindings/go"
)

const licence = `{
  "schema": "ztp.licence/1", "envelope_id": "envelope-2026-Q3", "licence_id": "L-0042",
  "customer": "Companhia S\u00e3o Jo\u00e3o", "product": "tlsstress",
  "bench": {"binding": "bench", "bench_id": "bench-7"}, "features": ["tls-stress"],
  "issued_at": "2026-06-20T09:00:00.000Z", "not_before": "2026-07-01T00:00:00.000Z", "not_after": "2026-09-30T23:59:59.999Z",
  "mint": [{"serial": 1, "class": "test-hours", "amount": 500, "not_before": "2026-07-01T00:00:00.000Z",
            "not_after": "2026-09-30T23:59:59.999Z"}],
  "previous_envelope": null, "revocation": {"version": 0, "revoked_key_ids": []}
}`

const now = "2026-08-01T12:00:00Z"

// issuer is a directory with a key, a trust document and a licence to sign.
type issuer struct {
	t   *testing.T
	dir string
	id  string
}

func newIssuer(t *testing.T) *issuer {
	i := &issuer{t: t, dir: t.TempDir()}
	document, err := ztp.KeysGenerate(bytes.Repeat([]byte{7}, 32), "isk.example")
	if err != nil {
		t.Fatal(err)
	}
	var key struct {
		KeyID     string `json:"key_id"`
		PEM       string `json:"private_key_pem"`
		PublicPEM string `json:"public_key_pem"`
		Public    string `json:"public_key"`
	}
	if err := json.Unmarshal(document, &key); err != nil {
		t.Fatal(err)
	}
	i.id = key.KeyID
	i.write("isk.pem", key.PEM)
	i.write("isk.pub.pem", key.PublicPEM)
	i.write("envelope-2026-Q3.json", licence)
	i.write("trust.json", fmt.Sprintf(`{"schema":"ztp.trust/1","keys":[{"key_id":%q,"public_key":%q,"suite":"ed25519","products":["tlsstress"]}]}`, key.KeyID, key.Public))
	return i
}

func (i *issuer) path(name string) string { return filepath.Join(i.dir, name) }

func (i *issuer) write(name, content string) {
	i.t.Helper()
	if err := os.WriteFile(i.path(name), []byte(content), 0o600); err != nil {
		i.t.Fatal(err)
	}
}

func (i *issuer) read(name string) string {
	i.t.Helper()
	content, err := os.ReadFile(i.path(name))
	if err != nil {
		i.t.Fatal(err)
	}
	return string(content)
}

// run runs a command line; $ stands for the issuer's directory.
func (i *issuer) run(status int, line ...string) (out, errs string) {
	i.t.Helper()
	args := make([]string, len(line))
	for n, word := range line {
		args[n] = strings.ReplaceAll(word, "$", i.dir)
	}
	var stdout, stderr bytes.Buffer
	if got := run(args, &stdout, &stderr); got != status {
		i.t.Fatalf("%v: exit status %d, want %d\nstdout: %s\nstderr: %s", line, got, status, stdout.String(), stderr.String())
	}
	return stdout.String(), stderr.String()
}

func (i *issuer) sign() {
	i.t.Helper()
	i.run(holds, "sign", "--key=$/isk.pem", "--in=$/envelope-2026-Q3.json", "--out=$/envelope-2026-Q3.signed.json")
}

func (i *issuer) verify(status int, name string, more ...string) (out, errs string) {
	i.t.Helper()
	return i.run(status, append([]string{"verify", "--in=$/" + name, "--trust=$/trust.json", "--bench=bench-7", "--now=" + now}, more...)...)
}

func TestTheGuidesCommandLineSignsAndTheEnvelopeVerifies(t *testing.T) {
	i := newIssuer(t)
	out, _ := i.run(holds, "sign", "--key=$/isk.pem", "--in=$/envelope-2026-Q3.json", "--out=$/envelope-2026-Q3.signed.json")
	if !strings.Contains(out, "envelope envelope-2026-Q3, licence L-0042") {
		t.Errorf("the signer is not shown what he signed: %s", out)
	}
	if err := ztp.CanonicalCheck([]byte(i.read("envelope-2026-Q3.signed.json"))); err != nil {
		t.Error(err)
	}
	out, _ = i.verify(holds, "envelope-2026-Q3.signed.json")
	if !strings.HasPrefix(out, "valid\n") {
		t.Errorf("printed %q", out)
	}
	verdict, _ := i.verify(holds, "envelope-2026-Q3.signed.json", "--json")
	if !strings.Contains(verdict, `"status":"valid"`) {
		t.Errorf("verdict %s", verdict)
	}
}

func TestFlagsMayBeWrittenWithOneDashAndWithASpace(t *testing.T) {
	i := newIssuer(t)
	i.sign()
	first := i.read("envelope-2026-Q3.signed.json")
	i.run(holds, "sign", "-key", "$/isk.pem", "-in=$/envelope-2026-Q3.json", "-out", "$/envelope-2026-Q3.signed.json")
	if i.read("envelope-2026-Q3.signed.json") != first {
		t.Error("signing again gave other bytes")
	}
}

func TestAnEditInTransitIsRefusedWithOffsetAndReason(t *testing.T) {
	i := newIssuer(t)
	i.sign()
	good := i.read("envelope-2026-Q3.signed.json")
	at := strings.Index(good, `"customer":`) + len(`"customer":`)
	i.write("spaced.json", good[:at]+" "+good[at:])
	_, errs := i.verify(finding, "spaced.json")
	if !strings.Contains(errs, fmt.Sprintf("at byte %d", at)) || !strings.Contains(errs, "edited in transit") ||
		!strings.Contains(errs, "canonical_white_space") {
		t.Errorf("offset %d and reason are not named: %s", at, errs)
	}
	i.write("more.json", strings.Replace(good, `"amount":500`, `"amount":900`, 1))
	_, errs = i.verify(finding, "more.json")
	if !strings.Contains(errs, "signature_mismatch") {
		t.Errorf("printed %s", errs)
	}
	document, _ := i.verify(finding, "more.json", "--json")
	if !strings.Contains(document, `"code":"signature_mismatch"`) {
		t.Errorf("printed %s", document)
	}
}

func TestFingerprintIsThatOfThePublicKeyFromEitherHalf(t *testing.T) {
	i := newIssuer(t)
	for _, key := range []string{"isk.pem", "isk.pub.pem"} {
		out, _ := i.run(holds, "fingerprint", "--key=$/"+key)
		if !strings.HasPrefix(out, i.id+"  ed25519\n") || strings.Contains(out, "PRIVATE") {
			t.Errorf("%s: printed %q", key, out)
		}
	}
	out, _ := i.run(holds, "fingerprint", "--key=$/isk.pem", "--json")
	if !strings.Contains(out, `"schema":"ztp.keys.public/1"`) || strings.Contains(out, "PRIVATE") {
		t.Errorf("printed %q", out)
	}
}

func TestWhatIsNoLicenceIsNotSignedAndAnOldEnvelopeStays(t *testing.T) {
	i := newIssuer(t)
	i.sign()
	before := i.read("envelope-2026-Q3.signed.json")
	for _, payload := range []string{"", "{}", "no json", strings.Replace(licence, "customer", "colour", 1), licence + "x"} {
		i.write("bad.json", payload)
		i.run(finding, "sign", "--key=$/isk.pem", "--in=$/bad.json", "--out=$/envelope-2026-Q3.signed.json")
	}
	if i.read("envelope-2026-Q3.signed.json") != before {
		t.Error("the envelope that was there is not as it was")
	}
	if left, _ := filepath.Glob(i.path(".ztp-signctl-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestExitStatusesTellWrongUsageFromWhatCouldNotBeDone(t *testing.T) {
	i := newIssuer(t)
	i.run(usage)
	i.run(usage, "frobnicate")
	i.run(usage, "sign", "--key=$/isk.pem")
	i.run(usage, "sign", "--colour=red")
	i.run(usage, "fingerprint", "--key=$/isk.pem", "left-over")
	i.run(usage, "sign", "--key=$/isk.pem", "--in=$/envelope-2026-Q3.json", "--out=$/envelope-2026-Q3.json")
	i.run(usage, "sign", "--key=$/isk.pem", "--in=$/envelope-2026-Q3.json", "--out=$/x", "--root=$/trust.json")
	i.run(usage, "verify", "--in=$/x", "--trust=$/trust.json", "--now=tomorrow")
	i.run(unchecked, "sign", "--key=$/none.pem", "--in=$/envelope-2026-Q3.json", "--out=$/x")
	i.run(unchecked, "sign", "--key=$/trust.json", "--in=$/envelope-2026-Q3.json", "--out=$/x")
	i.run(unchecked, "sign", "--key=$/isk.pem", "--in=$/none.json", "--out=$/x")
	i.run(unchecked, "sign", "--key=$/isk.pem", "--in=$/envelope-2026-Q3.json", "--out=$/no/such/folder/x")
	i.sign()
	i.run(unchecked, "verify", "--in=$/envelope-2026-Q3.signed.json", "--trust=$/isk.pem")
	i.run(holds, "--help")
}

func TestAKeyThatOthersMayReadIsWarnedAbout(t *testing.T) {
	i := newIssuer(t)
	if err := os.Chmod(i.path("isk.pem"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, errs := i.run(holds, "fingerprint", "--key=$/isk.pem")
	if !strings.Contains(errs, "others than the owner may read") {
		t.Errorf("printed %q", errs)
	}
}

func TestTextFromADocumentCannotSteerTheTerminal(t *testing.T) {
	if shown := printable("a\x1b[31mb\n\u202e\"c\""); shown != `a\x1b[31mb\n\u202e"c"` {
		t.Errorf("printed %q", shown)
	}
}
