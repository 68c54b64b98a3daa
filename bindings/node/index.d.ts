/**
 * Verifies sealed audit logs and signed licences with the same bytes, verdicts and codes as the Rust, C and Go libraries
 * and the `ztp` command.
 *
 * Documents are returned as the text of canonical JSON (ASCII), so that they can be compared, hashed and archived byte for
 * byte; use `JSON.parse` to read them. What does not hold is thrown: a negative verdict is never a return value.
 *
 * Nothing here reads the clock or the environment: times are passed in, in milliseconds since 1970-01-01T00:00:00Z.
 */

/**
 * Text that names something: a well-formed string, or its UTF-8 bytes. A string with half of a surrogate pair is a
 * `TypeError`.
 */
export type Text = string | Uint8Array;

/** A value that JSON holds without loss: no fractions, no `undefined`, integers within ±(2^53-1). */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Options of an operation: an object, or the bytes of a JSON document. Unknown members are refused. */
export type Options<T> = T | Uint8Array;

/** Options of {@link auditInit}. */
export interface AuditInitOptions {
  /** The log's origin, as C2SP checkpoints name it, such as `bench-7.example/audit`. */
  origin: string;
  /** Records after which a seal is due. */
  records_max?: number;
  /** Milliseconds after which a seal is due while records arrive. */
  interval_ms?: number;
  /** Milliseconds after which a seal is due although nothing arrives. */
  heartbeat_ms?: number;
}

/** Options of {@link auditVerify}. */
export interface AuditVerifyOptions {
  /** Check the content only of records from this time on, `YYYY-MM-DDTHH:MM:SS.mmmZ`; chain and seals are always checked. */
  since?: string;
  /** The C2SP verifier key of epoch 0, as known from outside the bench. */
  vkey?: string;
  /** A checkpoint of this log that the auditor kept. */
  head?: string;
  /** Breaks listed at most; all are counted. */
  breaks_max?: number;
}

/** Options of {@link auditProve}. */
export interface AuditProveOptions {
  /** The record's sequence number. */
  seq: number;
  /** Records in the checkpoint to prove it under; the first that covers the record when absent. */
  size?: number;
}

/** Options of {@link auditProveConsistency}. */
export interface AuditProveConsistencyOptions {
  /** Records in the older checkpoint. */
  old_size: number;
  /** Records in the newer checkpoint; the last one when absent. */
  new_size?: number;
}

/** Options of {@link correlateStreams}: times are `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
export interface CorrelateStreamsOptions {
  /** Entries from this time on. */
  since?: string;
  /** Entries before this time, which is also the edge that the grace counts back from. */
  until?: string;
  /** An entry without a partner that is younger than this at the edge is pending, not missing. */
  grace_ms?: number;
  /** A pair further apart than this has drifted. */
  threshold_ms?: number;
  /** An order of sealing that is off by more than this is an inversion. */
  order_tolerance_ms?: number;
  /** A median offset of more than this is a skew. */
  skew_ms?: number;
  /** A wall clock that moved by more than this during a boot was set. */
  step_ms?: number;
  /** The log's heartbeat, instead of the one its first record promises. */
  heartbeat_ms?: number;
  /** Findings of each kind that are listed; all are counted. */
  findings_max?: number;
  /** Entries without a partner that are held at most. */
  waiting_max?: number;
  /** Pairs that are remembered to recognise duplicates. */
  remembered_max?: number;
  /** Uids that an earlier report called pending. */
  pending?: readonly string[];
}

/** Options of {@link correlate}. */
export interface CorrelateOptions extends CorrelateStreamsOptions {
  /** The C2SP verifier key of epoch 0, as known from outside the bench. */
  vkey?: string;
  /** A checkpoint of this log that the auditor kept. */
  head?: string;
}

/** Options of {@link anomalyReplay}, {@link anomalyPending} and {@link anomalyFold}. */
export interface AnomalyOptions {
  /** The texts of the settings files by name, such as `denial-flood.yaml`. */
  settings?: { readonly [file: string]: string };
  /** Keys (C2SP vkeys or 64 hexadecimal digits) whose holders may approve a looser setting. */
  approvers?: readonly string[];
}

/** Options of {@link anomalyReport}. */
export interface AnomalyReportOptions extends AnomalyOptions {
  /** From this time on. */
  since?: string;
  /** Before this time. */
  until?: string;
  /** The time that the report is made for. */
  now?: string;
}

/** Options of {@link anomalyExplain}: one of `seq` and `time`. */
export interface AnomalyExplainOptions extends AnomalyOptions {
  /** At this record. */
  seq?: number;
  /** At this time. */
  time?: string;
  /** This detector only. */
  detector?: string;
  /** This key only. */
  key?: string;
}

/** One event for {@link auditAppend} and {@link AuditLog.append}. */
export interface AuditEvent {
  /** The event's class, such as `admission.decision`; `log.*` is reserved for the log. */
  event_class: string;
  payload: { readonly [key: string]: JsonValue };
  /** `YYYY-MM-DDTHH:MM:SS.mmmZ`; the time of the call when absent. */
  timestamp?: string;
}

/** Events: an array, or the bytes of JSON lines. */
export type AuditEvents = readonly AuditEvent[] | Uint8Array;

/** How far a long operation is. */
export interface Progress {
  doneBytes: number;
  /** 0 until it is known. */
  totalBytes: number;
}

/** Control of a long operation. */
export interface LongRunning {
  /**
   * Ends the operation. The promise then rejects with a {@link ZtpError} of code `cancelled` whose `cause` is the signal's
   * reason, once nothing reads the directory any more.
   */
  signal?: AbortSignal | undefined;
  /** Called about ten times a second and once at the end. An exception ends the operation and rejects the promise. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * An operation whose claim does not hold, or that could not decide. Wrong kinds of arguments are a `TypeError` or a
 * `RangeError` instead.
 */
export class ZtpError extends Error {
  private constructor();
  readonly name: 'ZtpError';
  /** The registered code, such as `hash_mismatch`; see {@link errorCodes}. */
  readonly code: string;
  /** The code's number, as the C library returns it. */
  readonly status: number;
  /** The `ztp.error/1` failure or the negative verdict, canonical JSON; its member `schema` tells which. */
  readonly document: string;
  /** Where in the input it was found, in bytes, when that is known. */
  readonly offset: number | undefined;
}

/**
 * The canonical form (profile `zcj-1`) of a JSON document.
 *
 * @throws {ZtpError} for documents outside the profile, with the offset.
 */
export function canonicalEncode(input: Uint8Array): string;

/**
 * Holds when the bytes are in canonical form already.
 *
 * @throws {ZtpError} with the offset of the first byte that differs, and why.
 */
export function canonicalCheck(input: Uint8Array): void;

/**
 * Holds when `signature` is `publicKey`'s over `message` by the strict rule.
 *
 * @param suite `ed25519`
 * @param publicKey 32 raw bytes
 * @param signature 64 raw bytes
 * @throws {ZtpError} when it is not.
 */
export function signatureVerify(suite: Text, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): void;

/**
 * The hash of an audit record, recomputed from its line, with or without the line feed.
 *
 * @returns a `ztp.audit.record-hash/1` document
 */
export function recordHash(line: Uint8Array): string;

/**
 * Makes a signing key.
 *
 * @param seed 32 bytes, or none to draw them from the operating system
 * @param name the C2SP key name
 * @returns a `ztp.keys/1` document with the private key in it. Strings cannot be erased: keep its life short.
 */
export function keysGenerate(seed: Uint8Array, name: Text): string;

/**
 * Makes a log in the directory `dir` and writes its first record.
 *
 * @returns a `ztp.audit.created/1` document; its `vkey` is what to pin: keep it outside the bench
 */
export function auditInit(dir: Text, options: Options<AuditInitOptions>, nowMs: number): Promise<string>;

/**
 * Opens the log, appends events and closes it again; {@link AuditLog} keeps it open. Resolves when the records are on disk.
 *
 * @returns a `ztp.audit.appended/1` document
 */
export function auditAppend(dir: Text, events: AuditEvents, nowMs: number): Promise<string>;

/** Seals the open epoch. Resolves with the `ztp.audit.head/1` document after it. */
export function auditSeal(dir: Text, nowMs: number): Promise<string>;

/** The last checkpoint: a `ztp.audit.head/1` document. */
export function auditHead(dir: Text): Promise<string>;

/**
 * Verifies a log.
 *
 * @returns a `ztp.audit.verdict/1` document when the log is intact
 * @throws {ZtpError} with the verdict as its `document` when it is not.
 */
export function auditVerify(dir: Text, options?: Options<AuditVerifyOptions>, control?: LongRunning): Promise<string>;

/**
 * Proves that a record is in the log.
 *
 * @returns a `ztp.audit.proof/1` document: `proof` is a C2SP `.tlog-proof` file, `vkey` the key that signed its checkpoint
 */
export function auditProve(dir: Text, options: Options<AuditProveOptions>): Promise<string>;

/**
 * Proves that a checkpoint of the log extends an older one.
 *
 * @returns a `ztp.audit.consistency/1` document: `proof` is the body of a C2SP add-checkpoint request, `vkey` the key that
 * signed the newer checkpoint
 */
export function auditProveConsistency(dir: Text, options: Options<AuditProveConsistencyOptions>): Promise<string>;

/**
 * Checks a record's inclusion proof with nothing but the key.
 *
 * @param proof the `.tlog-proof` file
 * @param record the record's line
 * @param vkey the C2SP verifier key of the checkpoint in the proof
 * @returns a `ztp.audit.proven/1` document
 * @throws {ZtpError} when it does not prove that.
 */
export function auditCheckProof(proof: Uint8Array, record: Uint8Array, vkey: Text): string;

/**
 * Checks that the checkpoint in `proof` extends an older one, with nothing but the keys that signed them.
 *
 * @returns a `ztp.audit.extended/1` document
 * @throws {ZtpError} when it does not prove that.
 */
export function auditCheckConsistency(
  proof: Uint8Array,
  oldCheckpoint: Uint8Array,
  vkeyOld: Text,
  vkeyNew: Text,
): string;

/**
 * Compares the webhook's admission stream, a file, with a sealed log, which is verified first.
 *
 * @returns a `ztp.correlation.report/1` document when the two agree
 * @throws {ZtpError} with the report as its `document` when there are findings.
 */
export function correlate(
  dir: Text,
  admission: Text,
  options?: Options<CorrelateOptions>,
  control?: LongRunning,
): Promise<string>;

/**
 * Compares an admission stream with the records of a log, both as lines. The log's seals are not looked at.
 *
 * @returns a `ztp.correlation.report/1` document when the two agree
 * @throws {ZtpError} with the report as its `document` when there are findings.
 */
export function correlateStreams(
  admission: Uint8Array,
  sealed: Uint8Array,
  options?: Options<CorrelateStreamsOptions>,
): string;

/** The events `correlation.finding` of a report's findings, as JSON lines that {@link auditAppend} takes. */
export function correlateEvents(report: Text): string;

/**
 * Runs the detectors over a log.
 *
 * @returns a `ztp.anomaly.report/1` document when nothing fired
 * @throws {ZtpError} with the report as its `document` when something did.
 */
export function anomalyReport(dir: Text, options?: Options<AnomalyReportOptions>, control?: LongRunning): Promise<string>;

/**
 * Runs the detectors over a log and compares what they give with what is sealed.
 *
 * @returns a `ztp.anomaly.replay/1` document when it is the same
 * @throws {ZtpError} with the document when it differs.
 */
export function anomalyReplay(dir: Text, options?: Options<AnomalyOptions>, control?: LongRunning): Promise<string>;

/** Says why a detector fired or did not, with the numbers: a `ztp.anomaly.explanation/1` document. */
export function anomalyExplain(dir: Text, options: Options<AnomalyExplainOptions>, control?: LongRunning): Promise<string>;

/**
 * Runs the detectors over a log.
 *
 * @returns the events that they give and that are not sealed yet, as JSON lines that {@link auditAppend} takes
 */
export function anomalyPending(dir: Text, options?: Options<AnomalyOptions>, control?: LongRunning): Promise<string>;

/** Runs the detectors over the records of a log, handed over as lines: a `ztp.anomaly.fold/1` document. */
export function anomalyFold(records: Uint8Array, options?: Options<AnomalyOptions>): string;

/**
 * Signs a licence payload.
 *
 * @param payload a `ztp.licence/1` document, in any spelling
 * @param keyPem a private key, PKCS#8 PEM
 * @returns the `ztp.licence.envelope/1` document: what the licence file holds, byte for byte
 * @throws {ZtpError} for a payload that {@link licenceVerify} would refuse for its content.
 */
export function licenceSign(payload: Uint8Array, keyPem: Text): string;

/**
 * Verifies a licence envelope.
 *
 * @param envelope the licence file
 * @param trust a `ztp.trust/1` document: pinned keys and what each may sign
 * @param benchId the bench that asks, or empty when none does
 * @returns the `ztp.licence.verdict/1` document when the licence holds at `nowMs` on the bench
 * @throws {ZtpError} with the verdict, every check in it, when it does not.
 */
export function licenceVerify(envelope: Uint8Array, trust: Text, nowMs: number, benchId: Text): string;

/** Shows what an envelope says: a `ztp.licence.inspection/1` document. Nothing in it is verified. */
export function licenceInspect(envelope: Uint8Array): string;

/** The library's version: a `ztp.version/1` document. */
export function version(): string;

/** Every registered code with its meaning and what to do: a `ztp.error-codes/1` document. */
export function errorCodes(): string;

/**
 * A log open for writing. It holds the directory's writer lock until it is closed. Operations run in the order of the
 * calls, one at a time, whatever the caller awaits.
 */
export class AuditLog {
  private constructor();
  /** Opens the log, and recovers it if the last writer was interrupted. */
  static open(dir: Text, nowMs: number): Promise<AuditLog>;
  /** Appends events; resolves with a `ztp.audit.appended/1` document when they are on disk. */
  append(events: AuditEvents, nowMs: number): Promise<string>;
  /** Seals the open epoch. */
  seal(nowMs: number): Promise<string>;
  /** Seals when the seal policy says that it is due; resolves with a `ztp.audit.tick/1` document. */
  tick(nowMs: number): Promise<string>;
  /** The last checkpoint: a `ztp.audit.head/1` document. */
  head(): Promise<string>;
  /** Closes the log after the operations already called. Closing again does nothing. */
  close(): Promise<void>;
}
