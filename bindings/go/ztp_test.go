package ztp

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
)

// document reads a document's members.
func document(t *testing.T, bytes []byte) map[string]any {
	t.Helper()
	if err := CanonicalCheck(bytes); err != nil {
		t.Fatalf("document is not canonical: %v", err)
	}
	var members map[string]any
	if err := json.Unmarshal(bytes, &members); err != nil {
		t.Fatal(err)
	}
	return members
}

// wantFailure asserts code and offset of a failure; -1 stands for no offset.
func wantFailure(t *testing.T, err error, want *Error, offset int) {
	t.Helper()
	var failure *Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %v, want %s", err, want.Code)
	}
	if !errors.Is(err, want) || failure.Status != want.Status {
		t.Fatalf("got %v (%d), want %s (%d)", err, failure.Status, want.Code, want.Status)
	}
	members := document(t, failure.Document)
	if members["schema"] != "ztp.error/1" || members["code"] != want.Code {
		t.Fatalf("document %s", failure.Document)
	}
	if found, has := members["offset"]; has != (offset >= 0) || has && found != float64(offset) {
		t.Fatalf("offset in %s, want %d", failure.Document, offset)
	}
}

func TestLibraryIsTheOneTheHeaderDescribes(t *testing.T) {
	if abiVersion() != headerABIVersion {
		t.Fatalf("library has ABI %d, the header is for %d", abiVersion(), headerABIVersion)
	}
	version, err := Version()
	if err != nil {
		t.Fatal(err)
	}
	members := document(t, version)
	if members["abi"] != float64(headerABIVersion) {
		t.Fatal(members)
	}
}

func TestEverySentinelIsARegisteredCode(t *testing.T) {
	codes, err := ErrorCodes()
	if err != nil {
		t.Fatal(err)
	}
	var registry struct {
		Codes []struct {
			Name   string
			Number uint32
		}
	}
	if err := json.Unmarshal(codes, &registry); err != nil {
		t.Fatal(err)
	}
	numbers := map[string]uint32{}
	for _, code := range registry.Codes {
		numbers[code.Name] = code.Number
	}
	for _, sentinel := range []*Error{ErrInternal, ErrBusy, ErrCancelled, ErrSignatureMismatch, ErrAuditBroken} {
		if numbers[sentinel.Code] != sentinel.Status {
			t.Errorf("%s is %d, the registry says %d", sentinel.Code, sentinel.Status, numbers[sentinel.Code])
		}
	}
}

func TestCanonicalFormIsMadeAndRecognised(t *testing.T) {
	got, err := CanonicalEncode([]byte(" { \"b\" : \"\u00e9\\u0000\", \"a\":[1 , 2] } "))
	if err != nil || string(got) != `{"a":[1,2],"b":"\u00e9\u0000"}` {
		t.Fatalf("%q %v", got, err)
	}
	if err := CanonicalCheck(got); err != nil {
		t.Fatal(err)
	}
}

func TestCanonicalRefusalsNameCodeAndOffset(t *testing.T) {
	wantFailure(t, CanonicalCheck([]byte(`{"a": 1}`)), ErrCanonicalWhiteSpace, 5)
	wantFailure(t, CanonicalCheck(nil), ErrCanonicalEmpty, 0)
	wantFailure(t, CanonicalCheck([]byte{}), ErrCanonicalEmpty, 0)
	wantFailure(t, CanonicalCheck([]byte{0}), ErrCanonicalUnexpectedByte, 0)
	wantFailure(t, CanonicalCheck([]byte("\"a\xff\"")), ErrCanonicalInvalidUtf8, 2)
	wantFailure(t, CanonicalCheck(bytes.Repeat([]byte{'['}, 100_000)), ErrCanonicalTooDeep, 32)
	if _, err := CanonicalEncode(make([]byte, 64<<20)); !errors.Is(err, ErrCanonicalTooLarge) {
		t.Fatal(err)
	}
}

func TestSignatureHoldsOnlyForItsOwnKeyMessageAndSuite(t *testing.T) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	public, message := []byte(private.Public().(ed25519.PublicKey)), []byte("mess\x00age")
	signature := ed25519.Sign(private, message)
	if err := SignatureVerify("ed25519", public, message, signature); err != nil {
		t.Fatal(err)
	}
	wantFailure(t, SignatureVerify("ed25519", public, message[:4], signature), ErrSignatureMismatch, -1)
	wantFailure(t, SignatureVerify("ed448", public, message, signature), ErrSignatureSuiteUnknown, -1)
	wantFailure(t, SignatureVerify("\xff", public, message, signature), ErrTextNotUtf8, 0)
	wantFailure(t, SignatureVerify("ed25519", nil, message, signature), ErrPublicKeyLength, -1)
	wantFailure(t, SignatureVerify("ed25519", public, message, nil), ErrSignatureLength, -1)
}

func TestKeysOfASeedAreAlwaysTheSame(t *testing.T) {
	seed := bytes.Repeat([]byte{9}, 32)
	made, err := KeysGenerate(seed, "bench-01.example/audit")
	again, againErr := KeysGenerate(seed, "bench-01.example/audit")
	if err != nil || againErr != nil || !bytes.Equal(made, again) {
		t.Fatal(err, againErr)
	}
	members := document(t, made)
	if !strings.HasPrefix(members["private_key_pem"].(string), "-----BEGIN PRIVATE KEY-----\n") {
		t.Fatal("no private key")
	}
	random, err := KeysGenerate(nil, "bench-01.example/audit")
	if err != nil || bytes.Equal(made, random) {
		t.Fatal(err)
	}
	_, err = KeysGenerate(seed[:31], "a")
	wantFailure(t, err, ErrSeedLengthInvalid, -1)
}

func TestErrorTextHasCodeAndMessageButNoSecret(t *testing.T) {
	_, err := KeysGenerate([]byte("a seed that must not be shown"), "a")
	if text := err.Error(); !strings.HasPrefix(text, "ztp: seed_length_invalid: the seed has 29 bytes") || strings.Contains(text, "shown") {
		t.Fatal(text)
	}
	if errors.Is(err, ErrBusy) || errors.Is(ErrBusy, err) {
		t.Fatal("two codes are taken for one")
	}
	if text := (&Error{Code: "audit_broken"}).Error(); text != "ztp: audit_broken" {
		t.Fatal(text)
	}
}

func TestCallsFromManyGoroutinesDoNotMixTheirResults(t *testing.T) {
	var group sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		group.Add(1)
		go func(worker int) {
			defer group.Done()
			input := []byte(`[ "` + strings.Repeat(string(rune('a'+worker)), 100+worker) + `" ]`)
			want := strings.ReplaceAll(string(input), " ", "")
			for i := 0; i < 500; i++ {
				got, err := CanonicalEncode(input)
				if err != nil || string(got) != want {
					t.Errorf("worker %d: %q %v", worker, got, err)
					return
				}
			}
		}(worker)
	}
	group.Wait()
}
