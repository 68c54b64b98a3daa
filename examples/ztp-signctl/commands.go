//go:build ztp_signer

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	ztp "github.com/ztp-prem/ztp/bindings/go"
)

// files is a flag that may be given more than once.
type files []string

func (f *files) String() string         { return strings.Join(*f, ",") }
func (f *files) Set(value string) error { *f = append(*f, value); return nil }

// sign signs a licence.
func sign(c *command, args []string) error {
	set := c.flags("sign")
	key := set.String("key", "", "the signing key")
	in := set.String("in", "", "the licence")
	out := set.String("out", "", "the envelope to write")
	certificate := set.String("certificate", "", "the certificate of the key, signed by the root")
	revocation := set.String("revocation", "", "the newest revocation list")
	var roots files
	set.Var(&roots, "root", "a root that the bench may lack; in ascending order")
	if err := parse(set, args, "key", "in", "out"); err != nil {
		return err
	}
	if sameFile(*in, *out) {
		return usageError{"sign: --out would replace --in"}
	}
	payload, err := read(*in)
	if err != nil {
		return err
	}
	if *certificate == "" && (*revocation != "" || len(roots) > 0) {
		return usageError{"sign: --revocation and --root go with --certificate"}
	}
	if *certificate == "" && schemaOf(payload) == "ztp.licence/2" {
		return usageError{"sign: a licence ztp.licence/2 needs the key's certificate: --certificate=FILE"}
	}
	chain, err := readChain(*certificate, *revocation, roots)
	if err != nil {
		return err
	}
	secret, err := c.key(*key)
	if err != nil {
		return err
	}
	defer wipe(secret)
	var envelope []byte
	if chain == nil {
		envelope, err = ztp.LicenceSign(payload, string(secret))
	} else {
		envelope, err = ztp.LicenceSignChained(payload, string(secret), chain)
	}
	if err != nil {
		return refusedBy(err)
	}
	// Whoever signs sees what he signed.
	claims, err := ztp.LicenceInspect(envelope)
	if err != nil {
		return err
	}
	if err := write(*out, envelope); err != nil {
		return err
	}
	return c.signed("ztp.licence.signed/1", *out, envelope, licenceWords(claims))
}

// certify signs a certificate, root or revocation list, or adds a signature to one that has some.
func certify(c *command, args []string) error {
	set := c.flags("certify")
	key := set.String("key", "", "a key of the root")
	in := set.String("in", "", "what to sign, or a signed document that needs one more signature")
	out := set.String("out", "", "the signed document to write")
	if err := parse(set, args, "key", "in", "out"); err != nil {
		return err
	}
	document, err := read(*in)
	if err != nil {
		return err
	}
	secret, err := c.key(*key)
	if err != nil {
		return err
	}
	defer wipe(secret)
	add := ztp.CustodySign
	if schemaOf(document) == "ztp.signed/1" {
		add = ztp.CustodyCosign
	}
	signed, err := add(document, string(secret))
	if err != nil {
		return refusedBy(err)
	}
	if err := write(*out, signed); err != nil {
		return err
	}
	return c.signed("ztp.custody.signed/1", *out, signed, "")
}

// verify verifies an envelope as a bench would.
func verify(c *command, args []string) error {
	set := c.flags("verify")
	in := set.String("in", "", "the envelope")
	trusted := set.String("trust", "", "the trust document")
	bench := set.String("bench", "", "the bench the licence must be for")
	when := set.String("now", "", "judge at this time instead of now")
	if err := parse(set, args, "in", "trust"); err != nil {
		return err
	}
	now := time.Now()
	if *when != "" {
		at, err := time.Parse(time.RFC3339, *when)
		if err != nil {
			return usageError{fmt.Sprintf("verify: --now: %q is no time such as 2026-07-01T00:00:00Z", *when)}
		}
		now = at
	}
	envelope, err := read(*in)
	if err != nil {
		return err
	}
	trust, err := read(*trusted)
	if err != nil {
		return err
	}
	verdict, err := ztp.LicenceVerify(envelope, trust, now, *bench)
	if err != nil {
		// Without a verdict it is the trust document that cannot be used: that says nothing about the envelope.
		if strings.HasPrefix(schemaOf(verdict), "ztp.licence.verdict/") {
			return refusedBy(err)
		}
		return err
	}
	if c.json {
		_, err = fmt.Fprintf(c.out, "%s\n", verdict)
		return err
	}
	_, err = fmt.Fprintf(c.out, "valid\n%s", licenceWords(verdict))
	return err
}

// fingerprint prints the key id of a key: what people compare before they trust it.
func fingerprint(c *command, args []string) error {
	set := c.flags("fingerprint")
	key := set.String("key", "", "the key")
	if err := parse(set, args, "key"); err != nil {
		return err
	}
	secret, err := c.key(*key)
	if err != nil {
		return err
	}
	defer wipe(secret)
	document, err := ztp.KeysPublic(string(secret))
	if err != nil {
		return err
	}
	if c.json {
		_, err = fmt.Fprintf(c.out, "%s\n", document)
		return err
	}
	var public struct {
		KeyID string `json:"key_id"`
		Suite string
		PEM   string `json:"public_key_pem"`
	}
	if err := json.Unmarshal(document, &public); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s  %s\n%s", public.KeyID, public.Suite, public.PEM)
	return err
}

// signed reports a file that was written.
func (c *command) signed(schema, path string, content []byte, words string) error {
	digest := fmt.Sprintf("%x", sha256.Sum256(content))
	document := map[string]interface{}{"file": path, "schema": schema, "sha256": digest}
	return c.report(document, fmt.Sprintf("%ssigned: %s\nsha256: %s\n", words, path, digest))
}

// readChain reads what goes with an envelope; nil where no certificate is given.
func readChain(certificate, revocation string, roots []string) ([]byte, error) {
	if certificate == "" {
		return nil, nil
	}
	member := func(path string) (json.RawMessage, error) {
		if path == "" {
			return json.RawMessage("null"), nil
		}
		content, err := read(path)
		if err == nil && !json.Valid(content) {
			err = fmt.Errorf("%s is not JSON", path)
		}
		return content, err
	}
	chain := struct {
		Certificate json.RawMessage   `json:"certificate"`
		Revocation  json.RawMessage   `json:"revocation"`
		Roots       []json.RawMessage `json:"roots"`
	}{Roots: []json.RawMessage{}}
	var err error
	if chain.Certificate, err = member(certificate); err != nil {
		return nil, err
	}
	if chain.Revocation, err = member(revocation); err != nil {
		return nil, err
	}
	for _, path := range roots {
		root, err := member(path)
		if err != nil {
			return nil, err
		}
		chain.Roots = append(chain.Roots, root)
	}
	// Not json.Marshal: it would rewrite `<` and `>` inside what others have signed.
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(chain)
	return out.Bytes(), err
}

// refusedBy turns a failure of libztp about what was to be signed or verified into a finding. What keeps it from working at all (a
// key that cannot be read or used) is not one.
func refusedBy(err error) error {
	failure, ok := err.(*ztp.Error)
	if !ok {
		return err
	}
	for _, area := range []struct{ first, last uint32 }{
		{100, 139}, // canonical JSON
		{160, 199}, // signatures, events, schemas
		{300, 449}, // licences and custody
	} {
		if failure.Status >= area.first && failure.Status <= area.last {
			return refused{failure}
		}
	}
	return err
}

// licenceWords shows what a licence says, of an inspection or a verdict.
func licenceWords(document []byte) string {
	type licence struct {
		EnvelopeID string `json:"envelope_id"`
		LicenceID  string `json:"licence_id"`
		Customer   string
		Product    string
		NotBefore  string `json:"not_before"`
		NotAfter   string `json:"not_after"`
	}
	var shown struct {
		Licence  *licence
		Envelope struct{ Payload *licence }
	}
	if json.Unmarshal(document, &shown) != nil {
		return ""
	}
	found := shown.Licence
	if found == nil {
		found = shown.Envelope.Payload
	}
	if found == nil {
		return ""
	}
	return fmt.Sprintf("envelope %s, licence %s for %s: %s from %s to %s\n", printable(found.EnvelopeID),
		printable(found.LicenceID), printable(found.Customer), printable(found.Product), found.NotBefore, found.NotAfter)
}

// sameFile tells whether two names lead to one file.
func sameFile(one, other string) bool {
	first, err := os.Stat(one)
	if err != nil {
		return false
	}
	second, err := os.Stat(other)
	return err == nil && os.SameFile(first, second)
}
