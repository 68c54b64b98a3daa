package ztp

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

const dlpRulesFile = `- name: internal-domain
  pattern: '\.customer-internal\.com'
  action: block
  examples: ['x.customer-internal.com']
  negative_examples: ['customer.com']
`

func dlpConfig(mode, rules string) []byte {
	config := map[string]string{"mode": mode, "schema": "ztp.dlp.config/1", "tag_key": strings.Repeat("07", 32)}
	if rules != "" {
		config["rules"] = rules
	}
	document, err := json.Marshal(config)
	if err != nil {
		panic(err)
	}
	return document
}

// freshKey is a private key that nobody has had before.
func freshKey(t *testing.T) string {
	t.Helper()
	document, err := KeysGenerate(nil, "test")
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(document, &members); err != nil {
		t.Fatal(err)
	}
	for _, member := range members {
		if text, ok := member.(string); ok && strings.Contains(text, "PRIVATE KEY") {
			return text
		}
	}
	t.Fatal("no key in the document")
	return ""
}

// tellsNothing fails if eight characters of the key, or of its bytes in hexadecimal, stand in the text.
func tellsNothing(t *testing.T, key, text string) {
	t.Helper()
	var body string
	for _, line := range strings.Split(key, "\n") {
		if !strings.HasPrefix(line, "-----") {
			body += line
		}
	}
	for at := 0; at+8 <= len(body); at++ {
		if strings.Contains(text, body[at:at+8]) {
			t.Fatalf("%s of the key stands in %s", body[at:at+8], text)
		}
	}
	der, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		t.Fatal(err)
	}
	// The first bytes say only what kind of key it is.
	for at := 16; at+8 <= len(der); at++ {
		if strings.Contains(text, hex.EncodeToString(der[at:at+8])) || strings.Contains(text, string(der[at:at+8])) {
			t.Fatal("bytes of the key stand in the text")
		}
	}
}

func TestScansListsAndChecks(t *testing.T) {
	key := freshKey(t)
	report, err := DlpScan(dlpConfig("observe", ""), nil, []byte(key), now)
	if !errors.Is(err, ErrDlpFinding) {
		t.Fatal(err)
	}
	tellsNothing(t, key, string(report)+err.Error())
	if _, err := DlpScan(dlpConfig("observe", ""), nil, []byte("harmless"), now); err != nil {
		t.Fatal(err)
	}
	if rules, err := DlpRules(dlpConfig("observe", dlpRulesFile)); err != nil || !bytes.Contains(rules, []byte("internal-domain")) {
		t.Fatal(string(rules), err)
	}
	if _, err := DlpTest([]byte(dlpRulesFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := DlpTest([]byte(strings.Replace(dlpRulesFile, "block", "obliterate", 1))); err == nil || !strings.Contains(err.Error(), "line 3, column 11") {
		t.Fatal(err)
	}
	scanner, err := OpenDlpScanner(dlpConfig("observe", ""))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := scanner.Begin([]byte(`{"url":"https://example.com/"}`), now)
	if err != nil || stream.Enforced() || !bytes.Contains(stream.Begun(), []byte("ztp.dlp.begun/1")) {
		t.Fatal(err)
	}
	// A stream may outlive its scanner.
	_ = scanner.Close()
	if _, err := scanner.Rules(); !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
	for _, b := range []byte(key) {
		if err := stream.Update([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := stream.Finish(nil, now); !errors.Is(err, ErrDlpFinding) {
		t.Fatal(err)
	}
	if err := stream.Update([]byte("x")); !errors.Is(err, ErrDlpStreamEnded) {
		t.Fatal(err)
	}
	_, _ = stream.Close(), stream.Close()
	if err := stream.Update([]byte("x")); !errors.Is(err, os.ErrClosed) {
		t.Fatal(err)
	}
}

// The case of the shared vectors: a list that was signed by a program that knows nothing of this one.
func allowVector(t *testing.T) (config []byte, body []byte) {
	t.Helper()
	file, err := os.ReadFile("../../vectors/dlp.json")
	if err != nil {
		t.Fatal(err)
	}
	type argument struct {
		Text string
		Join []struct{ Text string }
	}
	var set struct {
		Cases []struct {
			ID   string
			Args []argument
		}
	}
	if err := json.Unmarshal(file, &set); err != nil {
		t.Fatal(err)
	}
	for _, one := range set.Cases {
		if one.ID == "dlp-allow/accept/by-tag" {
			for _, piece := range one.Args[2].Join {
				body = append(body, piece.Text...)
			}
			return []byte(one.Args[0].Text), body
		}
	}
	t.Fatal("no such vector")
	return nil, nil
}

func TestASignedExceptionLetsOneThingOutToOneHost(t *testing.T) {
	config, body := allowVector(t)
	scanner, err := OpenDlpScanner(config)
	if err != nil {
		t.Fatal(err)
	}
	defer scanner.Close()
	at := time.UnixMilli(1778572800000)
	report, err := scanner.Scan([]byte(`{"url":"https://example.com/"}`), body, at)
	if err != nil || !strings.Contains(string(report), `"ticket":"SEC-7"`) {
		t.Fatal(err, string(report))
	}
	var failure *Error
	if _, err := scanner.Scan([]byte(`{"url":"https://example.org/"}`), body, at); !errors.As(err, &failure) || failure.Code != "dlp_blocked" {
		t.Fatal("another host", err)
	}
	if _, err := scanner.Scan([]byte(`{"url":"https://example.com/"}`), []byte(freshKey(t)), at); !errors.As(err, &failure) || failure.Code != "dlp_blocked" {
		t.Fatal("another key", err)
	}
	if _, err := OpenDlpScanner([]byte(strings.Replace(string(config), "SEC-7", "SEC-8", 1))); !errors.As(err, &failure) || failure.Code != "signature_mismatch" {
		t.Fatal("a list that was changed", err)
	}
}
