package ztp

/*
#cgo CFLAGS: -I${SRCDIR}/include
#cgo !ztp_checkout pkg-config: ztp
#cgo ztp_checkout LDFLAGS: ${SRCDIR}/../../target/release/libztp.a -lgcc_s -lutil -lrt -lpthread -lm -ldl
#include "call.h"

static result canonical_encode(IN(input)) { CALL(ztp_canonical_encode, PASS(input)); }
static result canonical_check(IN(input)) { CALL(ztp_canonical_check, PASS(input)); }
static result signature_verify(IN(suite), IN(key), IN(message), IN(signature)) {
	CALL(ztp_signature_verify, PASS(suite), PASS(key), PASS(message), PASS(signature));
}
static result record_hash(IN(line)) { CALL(ztp_record_hash, PASS(line)); }
static result keys_generate(IN(seed), IN(name)) { CALL(ztp_keys_generate, PASS(seed), PASS(name)); }
static result audit_init(IN(dir), IN(options), int64_t now_ms) { CALL(ztp_audit_init, PASS(dir), PASS(options), now_ms); }
static result audit_append(IN(dir), IN(events), IN(options), int64_t now_ms) {
	CALL(ztp_audit_append, PASS(dir), PASS(events), PASS(options), now_ms);
}
static result audit_seal(IN(dir), IN(options), int64_t now_ms) { CALL(ztp_audit_seal, PASS(dir), PASS(options), now_ms); }
static result audit_head(IN(dir)) { CALL(ztp_audit_head, PASS(dir)); }
static result audit_verify(IN(dir), IN(options), const ZtpJob *job) { CALL(ztp_audit_verify, PASS(dir), PASS(options), job); }
static result audit_copy(IN(from), IN(to), IN(options), const ZtpJob *job) {
	CALL(ztp_audit_copy, PASS(from), PASS(to), PASS(options), job);
}
static result audit_prove(IN(dir), IN(options)) { CALL(ztp_audit_prove, PASS(dir), PASS(options)); }
static result audit_prove_consistency(IN(dir), IN(options)) { CALL(ztp_audit_prove_consistency, PASS(dir), PASS(options)); }
static result audit_check_proof(IN(proof), IN(record), IN(vkey)) {
	CALL(ztp_audit_check_proof, PASS(proof), PASS(record), PASS(vkey));
}
static result audit_check_consistency(IN(proof), IN(old_checkpoint), IN(vkey_old), IN(vkey_new)) {
	CALL(ztp_audit_check_consistency, PASS(proof), PASS(old_checkpoint), PASS(vkey_old), PASS(vkey_new));
}
static result correlate(IN(dir), IN(admission), IN(options), const ZtpJob *job) {
	CALL(ztp_correlate, PASS(dir), PASS(admission), PASS(options), job);
}
static result correlate_streams(IN(admission), IN(sealed), IN(options)) {
	CALL(ztp_correlate_streams, PASS(admission), PASS(sealed), PASS(options));
}
static result correlate_events(IN(report)) { CALL(ztp_correlate_events, PASS(report)); }
static result anomaly_report(IN(dir), IN(options), const ZtpJob *job) {
	CALL(ztp_anomaly_report, PASS(dir), PASS(options), job);
}
static result anomaly_replay(IN(dir), IN(options), const ZtpJob *job) {
	CALL(ztp_anomaly_replay, PASS(dir), PASS(options), job);
}
static result anomaly_explain(IN(dir), IN(options), const ZtpJob *job) {
	CALL(ztp_anomaly_explain, PASS(dir), PASS(options), job);
}
static result anomaly_pending(IN(dir), IN(options), const ZtpJob *job) {
	CALL(ztp_anomaly_pending, PASS(dir), PASS(options), job);
}
static result anomaly_fold(IN(records), IN(options)) { CALL(ztp_anomaly_fold, PASS(records), PASS(options)); }
static result anomaly_try(IN(events), IN(options)) { CALL(ztp_anomaly_try, PASS(events), PASS(options)); }
static result dlp_scan(IN(config), IN(request), IN(body), int64_t now_ms) {
	CALL(ztp_dlp_scan, PASS(config), PASS(request), PASS(body), now_ms);
}
static result dlp_rules(IN(config)) { CALL(ztp_dlp_rules, PASS(config)); }
static result dlp_test(IN(rules)) { CALL(ztp_dlp_test, PASS(rules)); }
static result version(void) { ZtpBytes out = {NULL, 0}; ZtpStatus status = ztp_version(&out); return give(out, status); }
static result error_codes(void) { ZtpBytes out = {NULL, 0}; ZtpStatus status = ztp_error_codes(&out); return give(out, status); }

typedef struct {
	ZtpAuditLog *log;
	result result;
} opened;

static opened audit_log_open(IN(dir), IN(options), int64_t now_ms) {
	opened o = {NULL, {NULL, 0, 0}};
	ZtpBytes out = {NULL, 0};
	ZtpStatus status = ztp_audit_log_open(PASS(dir), PASS(options), now_ms, &o.log, &out);
	o.result = give(out, status);
	return o;
}
static result audit_log_append(const ZtpAuditLog *log, IN(events), IN(options), int64_t now_ms) {
	CALL(ztp_audit_log_append, log, PASS(events), PASS(options), now_ms);
}
static result audit_log_seal(const ZtpAuditLog *log, int64_t now_ms) { CALL(ztp_audit_log_seal, log, now_ms); }
static result audit_log_tick(const ZtpAuditLog *log, int64_t now_ms) { CALL(ztp_audit_log_tick, log, now_ms); }
static result audit_log_head(const ZtpAuditLog *log) { CALL(ztp_audit_log_head, log); }

typedef struct {
	ZtpDlpScanner *scanner;
	result result;
} opened_scanner;

static opened_scanner dlp_scanner_open(IN(config)) {
	opened_scanner o = {NULL, {NULL, 0, 0}};
	ZtpBytes out = {NULL, 0};
	ZtpStatus status = ztp_dlp_scanner_open(PASS(config), &o.scanner, &out);
	o.result = give(out, status);
	return o;
}
static result dlp_scanner_scan(const ZtpDlpScanner *scanner, IN(request), IN(body), int64_t now_ms) {
	CALL(ztp_dlp_scanner_scan, scanner, PASS(request), PASS(body), now_ms);
}
static result dlp_scanner_reload(const ZtpDlpScanner *scanner, IN(config), int64_t now_ms) {
	CALL(ztp_dlp_scanner_reload, scanner, PASS(config), now_ms);
}
static result dlp_scanner_ledger(const ZtpDlpScanner *scanner) { CALL(ztp_dlp_scanner_ledger, scanner); }
static result dlp_scanner_rules(const ZtpDlpScanner *scanner) { CALL(ztp_dlp_scanner_rules, scanner); }

typedef struct {
	ZtpDlpStream *stream;
	result result;
} opened_stream;

static opened_stream dlp_scanner_begin(const ZtpDlpScanner *scanner, IN(request), int64_t now_ms) {
	opened_stream o = {NULL, {NULL, 0, 0}};
	ZtpBytes out = {NULL, 0};
	ZtpStatus status = ztp_dlp_scanner_begin(scanner, PASS(request), now_ms, &o.stream, &out);
	o.result = give(out, status);
	return o;
}
static result dlp_stream_update(const ZtpDlpStream *stream, IN(chunk)) { CALL(ztp_dlp_stream_update, stream, PASS(chunk)); }
static result dlp_stream_finish(const ZtpDlpStream *stream, IN(end), int64_t now_ms) {
	CALL(ztp_dlp_stream_finish, stream, PASS(end), now_ms);
}

typedef struct {
	uint64_t done_bytes, total_bytes;
} progress;

static progress job_progress(const ZtpJob *job) {
	progress p = {0, 0};
	ztp_job_progress(job, &p.done_bytes, &p.total_bytes);
	return p;
}
static void bytes_free(uint8_t *data, size_t len) {
	ZtpBytes bytes = {data, len};
	ztp_bytes_free(&bytes);
}
*/
import "C"

import (
	"runtime"
	"time"
	"unsafe"
)

// pass gives the two arguments that a byte slice is in C. libztp keeps neither after the call, so nothing needs pinning.
func pass(bytes []byte) (*C.uint8_t, C.size_t) {
	if len(bytes) == 0 {
		return nil, 0
	}
	return (*C.uint8_t)(unsafe.Pointer(&bytes[0])), C.size_t(len(bytes))
}

func millis(t time.Time) C.int64_t { return C.int64_t(t.UnixMilli()) }

// take copies a result into Go memory and releases it.
func take(r C.result) ([]byte, error) {
	var document []byte
	if r.data != nil {
		document = append([]byte(nil), unsafe.Slice((*byte)(r.data), int(r.len))...)
		C.bytes_free(r.data, r.len)
	}
	if r.status == C.ZTP_STATUS_OK {
		return document, nil
	}
	return document, &Error{Code: C.GoString(C.ztp_status_name(r.status)), Status: uint32(r.status), Document: document}
}

func canonicalEncode(input []byte) ([]byte, error) {
	p, n := pass(input)
	return take(C.canonical_encode(p, n))
}

func canonicalCheck(input []byte) error {
	p, n := pass(input)
	_, err := take(C.canonical_check(p, n))
	return err
}

func signatureVerify(suite, publicKey, message, signature []byte) error {
	s, sn := pass(suite)
	k, kn := pass(publicKey)
	m, mn := pass(message)
	g, gn := pass(signature)
	_, err := take(C.signature_verify(s, sn, k, kn, m, mn, g, gn))
	return err
}

func recordHash(line []byte) ([]byte, error) {
	p, n := pass(line)
	return take(C.record_hash(p, n))
}

func keysGenerate(seed, name []byte) ([]byte, error) {
	s, sn := pass(seed)
	p, n := pass(name)
	return take(C.keys_generate(s, sn, p, n))
}

func auditInit(dir, options []byte, now time.Time) ([]byte, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	return take(C.audit_init(d, dn, o, on, millis(now)))
}

func auditAppend(dir, events, options []byte, now time.Time) ([]byte, error) {
	d, dn := pass(dir)
	e, en := pass(events)
	o, on := pass(options)
	return take(C.audit_append(d, dn, e, en, o, on, millis(now)))
}

func auditSeal(dir, options []byte, now time.Time) ([]byte, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	return take(C.audit_seal(d, dn, o, on, millis(now)))
}

func auditHead(dir []byte) ([]byte, error) {
	d, dn := pass(dir)
	return take(C.audit_head(d, dn))
}

func auditVerify(dir, options []byte, j *job) ([]byte, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	document, err := take(C.audit_verify(d, dn, o, on, j.handle))
	runtime.KeepAlive(j)
	return document, err
}

func auditCopy(from, to, options []byte, j *job) ([]byte, error) {
	f, fn := pass(from)
	t, tn := pass(to)
	o, on := pass(options)
	document, err := take(C.audit_copy(f, fn, t, tn, o, on, j.handle))
	runtime.KeepAlive(j)
	return document, err
}

func auditProve(dir, options []byte) ([]byte, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	return take(C.audit_prove(d, dn, o, on))
}

func auditProveConsistency(dir, options []byte) ([]byte, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	return take(C.audit_prove_consistency(d, dn, o, on))
}

func auditCheckProof(proof, record, vkey []byte) ([]byte, error) {
	p, pn := pass(proof)
	r, rn := pass(record)
	v, vn := pass(vkey)
	return take(C.audit_check_proof(p, pn, r, rn, v, vn))
}

func auditCheckConsistency(proof, oldCheckpoint, vkeyOld, vkeyNew []byte) ([]byte, error) {
	p, pn := pass(proof)
	c, cn := pass(oldCheckpoint)
	o, on := pass(vkeyOld)
	v, vn := pass(vkeyNew)
	return take(C.audit_check_consistency(p, pn, c, cn, o, on, v, vn))
}

func correlate(dir, admission, options []byte, j *job) ([]byte, error) {
	d, dn := pass(dir)
	a, an := pass(admission)
	o, on := pass(options)
	document, err := take(C.correlate(d, dn, a, an, o, on, j.handle))
	runtime.KeepAlive(j)
	return document, err
}

func correlateStreams(admission, sealed, options []byte) ([]byte, error) {
	a, an := pass(admission)
	s, sn := pass(sealed)
	o, on := pass(options)
	return take(C.correlate_streams(a, an, s, sn, o, on))
}

func correlateEvents(report []byte) ([]byte, error) {
	r, rn := pass(report)
	return take(C.correlate_events(r, rn))
}

func anomalyReport(dir, options []byte, j *job) ([]byte, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	document, err := take(C.anomaly_report(d, dn, o, on, j.handle))
	runtime.KeepAlive(j)
	return document, err
}

func anomalyReplay(dir, options []byte, j *job) ([]byte, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	document, err := take(C.anomaly_replay(d, dn, o, on, j.handle))
	runtime.KeepAlive(j)
	return document, err
}

func anomalyExplain(dir, options []byte, j *job) ([]byte, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	document, err := take(C.anomaly_explain(d, dn, o, on, j.handle))
	runtime.KeepAlive(j)
	return document, err
}

func anomalyPending(dir, options []byte, j *job) ([]byte, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	document, err := take(C.anomaly_pending(d, dn, o, on, j.handle))
	runtime.KeepAlive(j)
	return document, err
}

func anomalyFold(records, options []byte) ([]byte, error) {
	r, rn := pass(records)
	o, on := pass(options)
	return take(C.anomaly_fold(r, rn, o, on))
}

func anomalyTry(events, options []byte) ([]byte, error) {
	e, en := pass(events)
	o, on := pass(options)
	return take(C.anomaly_try(e, en, o, on))
}

func dlpScan(config, request, body []byte, now time.Time) ([]byte, error) {
	c, cn := pass(config)
	r, rn := pass(request)
	b, bn := pass(body)
	return take(C.dlp_scan(c, cn, r, rn, b, bn, millis(now)))
}

func dlpRules(config []byte) ([]byte, error) {
	c, cn := pass(config)
	return take(C.dlp_rules(c, cn))
}

func dlpTest(rules []byte) ([]byte, error) {
	r, rn := pass(rules)
	return take(C.dlp_test(r, rn))
}

func version() ([]byte, error) { return take(C.version()) }

func errorCodes() ([]byte, error) { return take(C.error_codes()) }

// abiVersion is that of the library that is loaded.
func abiVersion() uint32 { return uint32(C.ztp_abi_version()) }

// headerABIVersion is that of the header this package was compiled with.
const headerABIVersion uint32 = C.ZTP_ABI_VERSION

// logHandle owns a ZtpAuditLog.
type logHandle struct{ log *C.ZtpAuditLog }

func auditLogOpen(dir, options []byte, now time.Time) (logHandle, error) {
	d, dn := pass(dir)
	o, on := pass(options)
	opened := C.audit_log_open(d, dn, o, on, millis(now))
	_, err := take(opened.result)
	return logHandle{opened.log}, err
}

func (h logHandle) append(events, options []byte, now time.Time) ([]byte, error) {
	e, en := pass(events)
	o, on := pass(options)
	return take(C.audit_log_append(h.log, e, en, o, on, millis(now)))
}

func (h logHandle) seal(now time.Time) ([]byte, error) {
	return take(C.audit_log_seal(h.log, millis(now)))
}

func (h logHandle) tick(now time.Time) ([]byte, error) {
	return take(C.audit_log_tick(h.log, millis(now)))
}

func (h logHandle) head() ([]byte, error) { return take(C.audit_log_head(h.log)) }

func (h logHandle) free() { C.ztp_audit_log_free(h.log) }

// scannerHandle owns a ZtpDlpScanner.
type scannerHandle struct{ scanner *C.ZtpDlpScanner }

func dlpScannerOpen(config []byte) (scannerHandle, error) {
	c, cn := pass(config)
	o := C.dlp_scanner_open(c, cn)
	_, err := take(o.result)
	return scannerHandle{o.scanner}, err
}

func (h scannerHandle) scan(request, body []byte, now time.Time) ([]byte, error) {
	r, rn := pass(request)
	b, bn := pass(body)
	return take(C.dlp_scanner_scan(h.scanner, r, rn, b, bn, millis(now)))
}

func (h scannerHandle) begin(request []byte, now time.Time) (streamHandle, []byte, error) {
	r, rn := pass(request)
	o := C.dlp_scanner_begin(h.scanner, r, rn, millis(now))
	document, err := take(o.result)
	return streamHandle{o.stream}, document, err
}

func (h scannerHandle) reload(config []byte, now time.Time) ([]byte, error) {
	c, cn := pass(config)
	return take(C.dlp_scanner_reload(h.scanner, c, cn, millis(now)))
}

func (h scannerHandle) rules() ([]byte, error) { return take(C.dlp_scanner_rules(h.scanner)) }

func (h scannerHandle) ledger() ([]byte, error) { return take(C.dlp_scanner_ledger(h.scanner)) }

func (h scannerHandle) free() { C.ztp_dlp_scanner_free(h.scanner) }

// streamHandle owns a ZtpDlpStream.
type streamHandle struct{ stream *C.ZtpDlpStream }

func (h streamHandle) update(chunk []byte) ([]byte, error) {
	c, cn := pass(chunk)
	return take(C.dlp_stream_update(h.stream, c, cn))
}

func (h streamHandle) finish(end []byte, now time.Time) ([]byte, error) {
	e, en := pass(end)
	return take(C.dlp_stream_finish(h.stream, e, en, millis(now)))
}

func (h streamHandle) free() { C.ztp_dlp_stream_free(h.stream) }

// job owns a ZtpJob.
type job struct{ handle *C.ZtpJob }

func newJob() *job { return &job{C.ztp_job_new()} }

func (j *job) cancel() { C.ztp_job_cancel(j.handle) }

func (j *job) progress() Progress {
	p := C.job_progress(j.handle)
	return Progress{DoneBytes: uint64(p.done_bytes), TotalBytes: uint64(p.total_bytes)}
}

func (j *job) free() { C.ztp_job_free(j.handle) }
