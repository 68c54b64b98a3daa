//go:build ztp_signer

package ztp

// What an issuer signs. A bench's libztp does not have these functions, so a program that links one is built without the tag.

/*
#cgo CFLAGS: -DZTP_SIGNER
#include "call.h"

static result licence_sign(IN(payload), IN(key)) { CALL(ztp_licence_sign, PASS(payload), PASS(key)); }
static result keys_public(IN(key)) {
	CALL(ztp_keys_public, PASS(key));
}
static result custody_sign(IN(payload), IN(key)) {
	CALL(ztp_custody_sign, PASS(payload), PASS(key));
}
static result custody_cosign(IN(document), IN(key)) {
	CALL(ztp_custody_cosign, PASS(document), PASS(key));
}
static result dlp_baseline(IN(found), IN(terms), IN(key)) {
	CALL(ztp_dlp_baseline, PASS(found), PASS(terms), PASS(key));
}
static result licence_sign_chained(IN(payload), IN(key), IN(chain)) {
	CALL(ztp_licence_sign_chained, PASS(payload), PASS(key), PASS(chain));
}
*/
import "C"

func licenceSign(payload, key []byte) ([]byte, error) {
	p, pn := pass(payload)
	k, kn := pass(key)
	return take(C.licence_sign(p, pn, k, kn))
}

func keysPublic(key []byte) ([]byte, error) {
	p0, n0 := pass(key)
	return take(C.keys_public(p0, n0))
}

func custodySign(payload, key []byte) ([]byte, error) {
	p0, n0 := pass(payload)
	p1, n1 := pass(key)
	return take(C.custody_sign(p0, n0, p1, n1))
}

func custodyCosign(document, key []byte) ([]byte, error) {
	p0, n0 := pass(document)
	p1, n1 := pass(key)
	return take(C.custody_cosign(p0, n0, p1, n1))
}

func dlpBaseline(found, terms, key []byte) ([]byte, error) {
	p0, n0 := pass(found)
	p1, n1 := pass(terms)
	p2, n2 := pass(key)
	return take(C.dlp_baseline(p0, n0, p1, n1, p2, n2))
}

func licenceSignChained(payload, key, chain []byte) ([]byte, error) {
	p0, n0 := pass(payload)
	p1, n1 := pass(key)
	p2, n2 := pass(chain)
	return take(C.licence_sign_chained(p0, n0, p1, n1, p2, n2))
}
