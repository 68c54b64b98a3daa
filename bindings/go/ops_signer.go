//go:build ztp_signer

package ztp

// LicenceSign signs a licence payload (ztp.licence/1) with a private key (PKCS#8 PEM, or a pkcs11: URI where libztp has PKCS#11)
// and returns the envelope's bytes.
func LicenceSign(payload []byte, key string) ([]byte, error) {
	return licenceSign(payload, []byte(key))
}

// KeysPublic returns the public half of a key (PEM, or a pkcs11: URI where the build has PKCS#11): ztp.keys.public/1 with
// key id, suite and both spellings.
func KeysPublic(key string) ([]byte, error) {
	return keysPublic([]byte(key))
}

// CustodySign signs a root, certificate or revocation list (its payload, any spelling) with a key (PKCS#8 PEM, or a pkcs11:
// URI) and stores the signed document.
func CustodySign(payload []byte, key string) ([]byte, error) {
	return custodySign(payload, []byte(key))
}

// CustodyCosign adds the signature of another key to a signed root, certificate or revocation list and stores the document.
func CustodyCosign(document []byte, key string) ([]byte, error) {
	return custodyCosign(document, []byte(key))
}

// DlpBaseline signs an allow-list (ztp.dlp.allow-list/1) of what a scan of files found (found: ztp.dlp.scan/1), each for its file: the
// baseline of later scans. terms is JSON, {"expires","issued_at","ticket","version"}; key an Ed25519 key (PKCS#8 PEM, or a pkcs11: URI).
func DlpBaseline(found, terms []byte, key string) ([]byte, error) {
	return dlpBaseline(found, terms, []byte(key))
}

// LicenceSignChained signs a licence payload (ztp.licence/2) with a key (PKCS#8 PEM, or a pkcs11: URI) and puts
// certificate, revocation list and roots beside it (chain: JSON {"certificate","revocation","roots"}). It returns the
// envelope file's bytes.
func LicenceSignChained(payload []byte, key string, chain []byte) ([]byte, error) {
	return licenceSignChained(payload, []byte(key), chain)
}
