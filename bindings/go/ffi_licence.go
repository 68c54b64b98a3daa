package ztp

// Licences, custody and the vault: what ffi.go is for the rest.

/*
#include "call.h"

static result licence_verify(IN(envelope), IN(trust), int64_t now_ms, IN(bench_id)) {
	CALL(ztp_licence_verify, PASS(envelope), PASS(trust), now_ms, PASS(bench_id));
}
static result licence_inspect(IN(envelope)) { CALL(ztp_licence_inspect, PASS(envelope)); }
static result custody_verify(IN(document), IN(root), IN(seen), int64_t now_ms) {
	CALL(ztp_custody_verify, PASS(document), PASS(root), PASS(seen), now_ms);
}
static result licence_seen(IN(dir), IN(trust), IN(options), const ZtpJob *job) {
	CALL(ztp_licence_seen, PASS(dir), PASS(trust), PASS(options), job);
}
static result licence_decide(IN(envelope), IN(trust), IN(seen), int64_t now_ms, IN(bench_id)) {
	CALL(ztp_licence_decide, PASS(envelope), PASS(trust), PASS(seen), now_ms, PASS(bench_id));
}
static result licence_ingest(IN(dir), IN(trust), IN(options), int64_t now_ms) {
	CALL(ztp_licence_ingest, PASS(dir), PASS(trust), PASS(options), now_ms);
}
static result licence_ingest_envelope(IN(envelope), IN(file), IN(trust), IN(options), int64_t now_ms) {
	CALL(ztp_licence_ingest_envelope, PASS(envelope), PASS(file), PASS(trust), PASS(options), now_ms);
}
static result vault_verify(IN(dir), IN(options), const ZtpJob *job) { CALL(ztp_vault_verify, PASS(dir), PASS(options), job); }
static result vault_init(IN(dir), IN(options), IN(key), int64_t now_ms) {
	CALL(ztp_vault_init, PASS(dir), PASS(options), PASS(key), now_ms);
}
static result vault_status(IN(dir), IN(options), int64_t now_ms) {
	CALL(ztp_vault_status, PASS(dir), PASS(options), now_ms);
}
static result vault_mint(IN(dir), IN(envelope), IN(trust), IN(options), IN(key), int64_t now_ms) {
	CALL(ztp_vault_mint, PASS(dir), PASS(envelope), PASS(trust), PASS(options), PASS(key), now_ms);
}
static result vault_spend(IN(dir), IN(request), IN(options), IN(key), int64_t now_ms) {
	CALL(ztp_vault_spend, PASS(dir), PASS(request), PASS(options), PASS(key), now_ms);
}
static result vault_history(IN(dir), IN(options)) {
	CALL(ztp_vault_history, PASS(dir), PASS(options));
}
static result vault_verify_fork(IN(first), IN(second), IN(device_key)) {
	CALL(ztp_vault_verify_fork, PASS(first), PASS(second), PASS(device_key));
}
static result vault_check_fork(IN(proof), IN(device_key)) {
	CALL(ztp_vault_check_fork, PASS(proof), PASS(device_key));
}
static result vault_request(IN(dir), IN(options), IN(key), int64_t now_ms) {
	CALL(ztp_vault_request, PASS(dir), PASS(options), PASS(key), now_ms);
}
static result vault_reconcile(IN(held), IN(request), IN(device_key)) {
	CALL(ztp_vault_reconcile, PASS(held), PASS(request), PASS(device_key));
}
static result vault_reanchor(IN(dir), IN(options), IN(key), int64_t now_ms) {
	CALL(ztp_vault_reanchor, PASS(dir), PASS(options), PASS(key), now_ms);
}
static result vault_simulate(IN(script)) {
	CALL(ztp_vault_simulate, PASS(script));
}
static result custody_transcript(IN(transcript), IN(document), IN(options)) {
	CALL(ztp_custody_transcript, PASS(transcript), PASS(document), PASS(options));
}
*/
import "C"

import (
	"runtime"
	"time"
)

func licenceVerify(envelope, trust []byte, now time.Time, benchID []byte) ([]byte, error) {
	e, en := pass(envelope)
	t, tn := pass(trust)
	b, bn := pass(benchID)
	return take(C.licence_verify(e, en, t, tn, millis(now), b, bn))
}

func licenceInspect(envelope []byte) ([]byte, error) {
	e, en := pass(envelope)
	return take(C.licence_inspect(e, en))
}

func custodyVerify(document, root, seen []byte, now time.Time) ([]byte, error) {
	p0, n0 := pass(document)
	p1, n1 := pass(root)
	p2, n2 := pass(seen)
	return take(C.custody_verify(p0, n0, p1, n1, p2, n2, millis(now)))
}

func licenceSeen(dir, trust, options []byte, j *job) ([]byte, error) {
	p0, n0 := pass(dir)
	p1, n1 := pass(trust)
	p2, n2 := pass(options)
	document, err := take(C.licence_seen(p0, n0, p1, n1, p2, n2, j.handle))
	runtime.KeepAlive(j)
	return document, err
}

func licenceDecide(envelope, trust, seen []byte, now time.Time, benchID []byte) ([]byte, error) {
	p0, n0 := pass(envelope)
	p1, n1 := pass(trust)
	p2, n2 := pass(seen)
	p4, n4 := pass(benchID)
	return take(C.licence_decide(p0, n0, p1, n1, p2, n2, millis(now), p4, n4))
}

func licenceIngest(dir, trust, options []byte, now time.Time) ([]byte, error) {
	p0, n0 := pass(dir)
	p1, n1 := pass(trust)
	p2, n2 := pass(options)
	return take(C.licence_ingest(p0, n0, p1, n1, p2, n2, millis(now)))
}

func licenceIngestEnvelope(envelope, file, trust, options []byte, now time.Time) ([]byte, error) {
	p0, n0 := pass(envelope)
	p1, n1 := pass(file)
	p2, n2 := pass(trust)
	p3, n3 := pass(options)
	return take(C.licence_ingest_envelope(p0, n0, p1, n1, p2, n2, p3, n3, millis(now)))
}

func vaultVerify(dir, options []byte, j *job) ([]byte, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	document, err := take(C.vault_verify(d, dn, o, on, j.handle))
	runtime.KeepAlive(j)
	return document, err
}

func vaultInit(dir, options, key []byte, now time.Time) ([]byte, error) {
	p0, n0 := pass(dir)
	p1, n1 := pass(options)
	p2, n2 := pass(key)
	return take(C.vault_init(p0, n0, p1, n1, p2, n2, millis(now)))
}

func vaultStatus(dir, options []byte, now time.Time) ([]byte, error) {
	p0, n0 := pass(dir)
	p1, n1 := pass(options)
	return take(C.vault_status(p0, n0, p1, n1, millis(now)))
}

func vaultMint(dir, envelope, trust, options, key []byte, now time.Time) ([]byte, error) {
	p0, n0 := pass(dir)
	p1, n1 := pass(envelope)
	p2, n2 := pass(trust)
	p3, n3 := pass(options)
	p4, n4 := pass(key)
	return take(C.vault_mint(p0, n0, p1, n1, p2, n2, p3, n3, p4, n4, millis(now)))
}

func vaultSpend(dir, request, options, key []byte, now time.Time) ([]byte, error) {
	p0, n0 := pass(dir)
	p1, n1 := pass(request)
	p2, n2 := pass(options)
	p3, n3 := pass(key)
	return take(C.vault_spend(p0, n0, p1, n1, p2, n2, p3, n3, millis(now)))
}

func vaultHistory(dir, options []byte) ([]byte, error) {
	p0, n0 := pass(dir)
	p1, n1 := pass(options)
	return take(C.vault_history(p0, n0, p1, n1))
}

func vaultVerifyFork(first, second, deviceKey []byte) ([]byte, error) {
	p0, n0 := pass(first)
	p1, n1 := pass(second)
	p2, n2 := pass(deviceKey)
	return take(C.vault_verify_fork(p0, n0, p1, n1, p2, n2))
}

func vaultCheckFork(proof, deviceKey []byte) ([]byte, error) {
	p0, n0 := pass(proof)
	p1, n1 := pass(deviceKey)
	return take(C.vault_check_fork(p0, n0, p1, n1))
}

func vaultRequest(dir, options, key []byte, now time.Time) ([]byte, error) {
	p0, n0 := pass(dir)
	p1, n1 := pass(options)
	p2, n2 := pass(key)
	return take(C.vault_request(p0, n0, p1, n1, p2, n2, millis(now)))
}

func vaultReconcile(held, request, deviceKey []byte) ([]byte, error) {
	p0, n0 := pass(held)
	p1, n1 := pass(request)
	p2, n2 := pass(deviceKey)
	return take(C.vault_reconcile(p0, n0, p1, n1, p2, n2))
}

func vaultReanchor(dir, options, key []byte, now time.Time) ([]byte, error) {
	p0, n0 := pass(dir)
	p1, n1 := pass(options)
	p2, n2 := pass(key)
	return take(C.vault_reanchor(p0, n0, p1, n1, p2, n2, millis(now)))
}

func vaultSimulate(script []byte) ([]byte, error) {
	p0, n0 := pass(script)
	return take(C.vault_simulate(p0, n0))
}

func custodyTranscript(transcript, document, options []byte) ([]byte, error) {
	p0, n0 := pass(transcript)
	p1, n1 := pass(document)
	p2, n2 := pass(options)
	return take(C.custody_transcript(p0, n0, p1, n1, p2, n2))
}
