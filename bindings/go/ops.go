package ztp

import (
	"bytes"
	"context"
	"time"
)

// CanonicalEncode returns the canonical bytes (profile zcj-1) of a JSON document.
func CanonicalEncode(input []byte) ([]byte, error) { return canonicalEncode(input) }

// CanonicalCheck tells whether bytes are in canonical form (profile zcj-1). The error's document has the offset of the first
// byte that differs.
func CanonicalCheck(input []byte) error { return canonicalCheck(input) }

// SignatureVerify verifies a bare signature over message; suite is its name, such as "ed25519".
func SignatureVerify(suite string, publicKey, message, signature []byte) error {
	return signatureVerify([]byte(suite), publicKey, message, signature)
}

// RecordHash returns the hash and sequence number of one record line of an audit log (ztp.audit.record-hash/1).
func RecordHash(line []byte) ([]byte, error) { return recordHash(line) }

// KeysGenerate makes a signing key from a seed of 32 bytes, or from the system's randomness when seed is empty. The document
// (ztp.keys/1) holds the private key.
func KeysGenerate(seed []byte, name string) ([]byte, error) { return keysGenerate(seed, []byte(name)) }

// AuditInit makes an audit log in dir. Options are JSON: "origin", and optionally "heartbeat_ms", "interval_ms", "records_max".
func AuditInit(dir string, options []byte, now time.Time) ([]byte, error) {
	return auditInit([]byte(dir), options, now)
}

// AuditAppend appends events (JSON lines {"event_class","payload","timestamp"?}) durably and as one batch. A process that
// appends more than once does better with OpenAuditLog. Options are JSON, given at most once: allow_classes, the classes below
// anomaly., licence. and vault. that the caller means to write, strict, which refuses a payload that is none of its class, and wait_ms, how
// long to wait for another process that writes to the log.
func AuditAppend(dir string, events []byte, now time.Time, options ...[]byte) ([]byte, error) {
	return auditAppend([]byte(dir), events, only(options), now)
}

// only returns the options that were given, all of them where the caller gave more than one: that is no JSON and is refused.
func only(options [][]byte) []byte { return bytes.Join(options, nil) }

// AuditSeal seals the log now and returns the new head (ztp.audit.head/1). Options are JSON, given at most once: wait_ms, how long to wait
// for another process that writes to the log.
func AuditSeal(dir string, now time.Time, options ...[]byte) ([]byte, error) {
	return auditSeal([]byte(dir), only(options), now)
}

// AuditHead returns the log's last checkpoint (ztp.audit.head/1), unverified.
func AuditHead(dir string) ([]byte, error) { return auditHead([]byte(dir)) }

// AuditVerify verifies the log in dir and returns the verdict (ztp.audit.verdict/1), also when it is negative. Options are
// JSON, empty for none: "breaks_max", "content_from_head" (leave the content of records below the head to it), "head" (a signed
// checkpoint the auditor kept), "now" (a time that ages are held against), "require" (what the verdict must rest on: "auditor_head",
// "evolved_key", "pinned_key", or "sealed_within" with "sealed_within_ms"; without one of them the error is ErrAnchorBelowRequired),
// "since" (a time from which on is reported; everything is checked) and "vkey" (the first epoch's key as the auditor knows it).
// Without "require" a log that nothing outside the copy vouches for gives ErrAuditUnanchored. When ctx ends, the error is ErrCancelled and wraps ctx.Err(). If report is not nil it is called from
// another goroutine while the verification runs, and once at its end.
func AuditVerify(ctx context.Context, dir string, options []byte, report func(Progress)) ([]byte, error) {
	return long(ctx, report, func(j *job) ([]byte, error) { return auditVerify([]byte(dir), options, j) })
}

// AuditCopy copies the log in from to the directory to, consistently although it is written to meanwhile, verifies the copy, and returns
// what was copied, and the verdict (ztp.audit.copied/1). A copy that is there is held against the log and gone on with. Options are JSON,
// empty for none: those of AuditVerify, for the copy, and "from_head" (a signed checkpoint kept from the copy made earlier in to: the log's
// records below it are then not read again). The error is that of the verdict; ctx and report are as for AuditVerify.
func AuditCopy(ctx context.Context, from, to string, options []byte, report func(Progress)) ([]byte, error) {
	return long(ctx, report, func(j *job) ([]byte, error) { return auditCopy([]byte(from), []byte(to), options, j) })
}

// long runs an operation under a job that ctx cancels and report follows.
func long(ctx context.Context, report func(Progress), run func(*job) ([]byte, error)) ([]byte, error) {
	j := newJob()
	defer j.free()
	stop := watch(ctx, j, report)
	document, err := run(j)
	stop()
	if failure, ok := err.(*Error); ok && failure.Code == ErrCancelled.Code {
		failure.cause = ctx.Err()
	}
	return document, err
}

// AuditProve makes an inclusion proof for the record that options ("seq") name.
func AuditProve(dir string, options []byte) ([]byte, error) { return auditProve([]byte(dir), options) }

// AuditProveConsistency proves that the log extends the older head that options ("old_size") name.
func AuditProveConsistency(dir string, options []byte) ([]byte, error) {
	return auditProveConsistency([]byte(dir), options)
}

// AuditCheckProof checks an inclusion proof of a record against a key (C2SP vkey), without the log; or, with JSON {"head","consistency"?} in
// the key's place, against a checkpoint that the caller kept and what joins it to the proof's own.
func AuditCheckProof(proof, record []byte, vkey string) ([]byte, error) {
	return auditCheckProof(proof, record, []byte(vkey))
}

// AuditCheckConsistency checks a consistency proof against an older checkpoint, without the log.
func AuditCheckConsistency(proof, oldCheckpoint []byte, vkeyOld, vkeyNew string) ([]byte, error) {
	return auditCheckConsistency(proof, oldCheckpoint, []byte(vkeyOld), []byte(vkeyNew))
}

// Correlate compares the admission stream in a file with the sealed log in dir, which is verified first, and returns the report
// (ztp.correlation.report/1), also when it holds findings; the error is then that of the gravest. Options are JSON, empty for none:
// the window "since" and "until"; the limits "grace_ms", "heartbeat_ms", "order_tolerance_ms", "skew_ms", "step_ms", "threshold_ms";
// the bounds "findings_max", "remembered_max", "waiting_max"; "pending" (uids of an earlier report); "head", "now", "require",
// "sealed_within_ms" and "vkey" as for AuditVerify. What is without a partner is missing once it is older than the grace at "now". ctx
// and report are as for AuditVerify.
func Correlate(ctx context.Context, dir, admission string, options []byte, report func(Progress)) ([]byte, error) {
	return long(ctx, report, func(j *job) ([]byte, error) {
		return correlate([]byte(dir), []byte(admission), options, j)
	})
}

// CorrelateStreams compares an admission stream with the records of a log, both as lines. The log's seals are not looked at.
func CorrelateStreams(admission, sealed, options []byte) ([]byte, error) {
	return correlateStreams(admission, sealed, options)
}

// CorrelateEvents returns the events correlation.finding of a report's findings, as JSON lines that AuditAppend takes.
func CorrelateEvents(report []byte) ([]byte, error) { return correlateEvents(report) }

// AnomalyReport runs the detectors over the log in dir and returns what each found (ztp.anomaly.report/1). Options are JSON, empty
// for none: the window "since" and "until", "settings" (an object of the settings files' texts by name), and "head", "now", "require",
// "sealed_within_ms" and "vkey" as for AuditVerify. ctx and report are as for AuditVerify.
func AnomalyReport(ctx context.Context, dir string, options []byte, report func(Progress)) ([]byte, error) {
	return long(ctx, report, func(j *job) ([]byte, error) { return anomalyReport([]byte(dir), options, j) })
}

// AnomalyReplay runs the detectors over the log in dir and compares what they give with what is sealed (ztp.anomaly.replay/1). Options are
// those of AnomalyReport, without the window. What is not sealed a minute before "now" is missing.
func AnomalyReplay(ctx context.Context, dir string, options []byte, report func(Progress)) ([]byte, error) {
	return long(ctx, report, func(j *job) ([]byte, error) { return anomalyReplay([]byte(dir), options, j) })
}

// AnomalyExplain says why a detector fired or did not, with the numbers (ztp.anomaly.explanation/1). Options are JSON: "seq" or
// "time", optionally "detector" and "key", and what AnomalyReplay takes.
func AnomalyExplain(ctx context.Context, dir string, options []byte, report func(Progress)) ([]byte, error) {
	return long(ctx, report, func(j *job) ([]byte, error) { return anomalyExplain([]byte(dir), options, j) })
}

// AnomalyPending runs the detectors over the log in dir and returns the events that they give and that are not sealed yet, as JSON
// lines that AuditAppend takes as one batch, with their classes in allow_classes; behind them is the detectors' state ("anomaly.snapshot") if it is due. Options
// are "settings" and "approvers", "snapshot" ("due", "always", "never"), "snapshot_every" (records of others; 1000), "resume" (the
// "chain_hash", "seq" and "state_hash" of a snapshot that an earlier call gave, kept where the bench cannot write) and "unjudged" (whether one
// line more, which is no event, says what was not judged at the time it happened: ztp.anomaly.unjudged/1).
func AnomalyPending(ctx context.Context, dir string, options []byte, report func(Progress)) ([]byte, error) {
	return long(ctx, report, func(j *job) ([]byte, error) { return anomalyPending([]byte(dir), options, j) })
}

// AnomalyFold runs the detectors over the records of a log, handed over as lines, and returns what they give
// (ztp.anomaly.fold/1).
func AnomalyFold(records, options []byte) ([]byte, error) { return anomalyFold(records, options) }

// AnomalyTry tries settings on events, handed over as lines that AuditAppend takes, each with its timestamp, which no log need hold, and
// returns what the detectors would have said, beside what other thresholds would have said (ztp.anomaly.trial/1). The error says
// "anomaly_fired" if something fires, and "anomaly_incomplete" if lines cannot be read.
func AnomalyTry(events, options []byte) ([]byte, error) { return anomalyTry(events, options) }

// LicenceVerify verifies a licence envelope against trusted keys, a time and a bench identity, and returns the verdict with
// every check's result, also when it is negative.
func LicenceVerify(envelope, trust []byte, now time.Time, benchID string) ([]byte, error) {
	return licenceVerify(envelope, trust, now, []byte(benchID))
}

// LicenceInspect returns what a licence envelope says. Nothing is verified.
func LicenceInspect(envelope []byte) ([]byte, error) { return licenceInspect(envelope) }

// CustodyVerify verifies a root, certificate or revocation list against a root (empty: document is a first root, taken by
// its own word) and the newest revocation list seen (may be empty). It returns what was verified (ztp.custody.verdict/1).
func CustodyVerify(document, root, seen []byte, now time.Time) ([]byte, error) {
	return custodyVerify(document, root, seen, now)
}

// LicenceSeen returns what the bench of a sealed log, which is verified first, has seen, as far as the envelopes in the log prove it from
// the trust document on: ztp.licence.seen/1, also when records claim what is not proved. Options are JSON, empty for none: "bench" (the
// bench's id), and "head", "now", "require", "sealed_within_ms" and "vkey" as for AuditVerify. The error is ErrAuditUnanchored where nothing
// outside vouches for the log. ctx and report are as for AuditVerify.
func LicenceSeen(ctx context.Context, dir, trust string, options []byte, report func(Progress)) ([]byte, error) {
	return long(ctx, report, func(j *job) ([]byte, error) { return licenceSeen([]byte(dir), []byte(trust), options, j) })
}

// LicenceDecide decides about an envelope as an ingest would, against what the bench has seen (ztp.licence.seen/1; empty
// for nothing yet), and records nothing. It returns the decision (ztp.licence.decision/1), also when it is a refusal.
func LicenceDecide(envelope []byte, trust, seen string, now time.Time, benchID string) ([]byte, error) {
	return licenceDecide(envelope, []byte(trust), []byte(seen), now, []byte(benchID))
}

// LicenceIngest takes in what lies in dir/incoming and records every decision in a sealed log. options is JSON: log, bench,
// and optionally quiet_ms, and vault with device_key. It returns the report (ztp.licence.ingest-run/1); if a file was
// refused, the status is its code.
func LicenceIngest(dir, trust string, options []byte, now time.Time) ([]byte, error) {
	return licenceIngest([]byte(dir), []byte(trust), options, now)
}

// LicenceIngestEnvelope decides about one envelope that is no file of an incoming directory, and records the decision in a
// sealed log. It returns ztp.licence.ingest/1, also when it is a refusal.
func LicenceIngestEnvelope(envelope []byte, file, trust string, options []byte, now time.Time) ([]byte, error) {
	return licenceIngestEnvelope(envelope, []byte(file), []byte(trust), options, now)
}

// VaultVerify verifies a vault and returns the verdict (ztp.vault.verdict/1), also when it is negative. Options are JSON, empty for
// none: "device_key" (its public half, PEM), "trust", "vkey", "head", "witness", "anchor_file", "receipts", "require". Context and
// report are as for AuditVerify.
func VaultVerify(ctx context.Context, dir string, options []byte, report func(Progress)) ([]byte, error) {
	return long(ctx, report, func(j *job) ([]byte, error) { return vaultVerify([]byte(dir), options, j) })
}

// VaultInit makes a vault in a new or empty directory: a sealed log whose first record names the bench and the device key.
// options is JSON: bench_id, and optionally origin, generation and the seal policy. It returns the receipt
// (ztp.vault.receipt/1).
func VaultInit(dir string, options []byte, key string, now time.Time) ([]byte, error) {
	return vaultInit([]byte(dir), options, []byte(key), now)
}

// VaultStatus returns what is in a vault: notes and runway per class (ztp.vault.status/1). options is JSON: warn_days.
func VaultStatus(dir string, options []byte, now time.Time) ([]byte, error) {
	return vaultStatus([]byte(dir), options, now)
}

// VaultMint verifies an envelope and mints its notes into a vault; the same envelope again gives the same receipt. It
// returns the receipt.
func VaultMint(dir string, envelope []byte, trust string, options []byte, key string, now time.Time) ([]byte, error) {
	return vaultMint([]byte(dir), envelope, []byte(trust), options, []byte(key), now)
}

// VaultSpend spends notes of a vault, durably; the same request again gives the same receipt. request is JSON: request_id,
// class, amount, purpose. It returns the receipt.
func VaultSpend(dir string, request, options []byte, key string, now time.Time) ([]byte, error) {
	return vaultSpend([]byte(dir), request, options, []byte(key), now)
}

// VaultHistory returns the transactions of a vault. options is JSON: from, limit.
func VaultHistory(dir string, options []byte) ([]byte, error) {
	return vaultHistory([]byte(dir), options)
}

// VaultVerifyFork makes a proof of two receipts of one device key that contradict each other, which anybody can check. It
// returns the proof.
func VaultVerifyFork(first, second []byte, deviceKey string) ([]byte, error) {
	return vaultVerifyFork(first, second, []byte(deviceKey))
}

// VaultCheckFork checks a proof that a device key signed two receipts that contradict each other. It returns the proof.
func VaultCheckFork(proof []byte, deviceKey string) ([]byte, error) {
	return vaultCheckFork(proof, []byte(deviceKey))
}

// VaultRequest records that the bench asks its issuer for notes. It returns the file for the issuer. options is JSON:
// request_id, and optionally from and quote.
func VaultRequest(dir string, options []byte, key string, now time.Time) ([]byte, error) {
	return vaultRequest([]byte(dir), options, []byte(key), now)
}

// VaultReconcile compares the receipts in a request with those the issuer holds. It returns the result, also when they
// contradict each other.
func VaultReconcile(held, request []byte, deviceKey string) ([]byte, error) {
	return vaultReconcile(held, request, []byte(deviceKey))
}

// VaultReanchor binds a vault to an anchor, releases it, or accepts a new generation of its machine, and records that.
// options is JSON: change, reason. It returns the receipt.
func VaultReanchor(dir string, options []byte, key string, now time.Time) ([]byte, error) {
	return vaultReanchor([]byte(dir), options, []byte(key), now)
}

// VaultSimulate runs a script of transactions on a vault in memory. It returns what each did; the status is the last
// refusal's code.
func VaultSimulate(script []byte) ([]byte, error) {
	return vaultSimulate(script)
}

// CustodyTranscript checks the transcript of a ceremony against the document that it says was made. options is JSON or
// empty: outside_allowed, a boolean. It returns who took part and whether each key is in custody (ztp.custody.ceremony/1).
func CustodyTranscript(transcript, document, options []byte) ([]byte, error) {
	return custodyTranscript(transcript, document, options)
}

// DlpScan scans one request, or bytes that are none when request is empty, with rules of its own, and returns the report
// (ztp.dlp.report/1), also when something was found: the error is nil only when nothing was and everything was looked at. A program
// that scans several does better with OpenDlpScanner. No part of a secret is in the report or the error.
func DlpScan(config, request, body []byte, now time.Time) ([]byte, error) {
	return dlpScan(config, request, body, now)
}

// DlpRules returns the rules that a configuration puts in force (ztp.dlp.rules/1).
func DlpRules(config []byte) ([]byte, error) { return dlpRules(config) }

// DlpTest checks a file of customer rules, YAML, with the examples in it (ztp.dlp.rules-check/1). The error names line and column.
func DlpTest(rules []byte) ([]byte, error) { return dlpTest(rules) }

// Version returns the versions of the library and of its ABI (ztp.version/1).
func Version() ([]byte, error) { return version() }

// ErrorCodes returns every registered code with its meaning and what to do about it (ztp.error-codes/1).
func ErrorCodes() ([]byte, error) { return errorCodes() }
