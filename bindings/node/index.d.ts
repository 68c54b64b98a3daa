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
  /** Milliseconds to wait for another process that holds the directory's lock; none when absent. */
  wait_ms?: number;
}

/** What is brought from outside a sealed log, and what its verdict must rest on: the same for every operation that reads one for an answer. */
export interface LogAnchors {
  /** The C2SP verifier key of epoch 0, as known from outside the bench. */
  vkey?: string;
  /** A checkpoint of this log that the auditor kept. */
  head?: string;
  /**
   * The time that ages are held against, `YYYY-MM-DDTHH:MM:SS.mmmZ`: those of the tail and of the last seal, and of what is pending. Absent:
   * none are, and what is pending never ends.
   */
  now?: string;
  /** What the verdict must rest on. Absent: on anything outside the copy (`audit_unanchored`); empty: on nothing, on purpose. */
  require?: readonly ('auditor_head' | 'evolved_key' | 'pinned_key' | 'sealed_within')[];
  /** With `sealed_within` in `require`: how old the last seal may be at `now`, in milliseconds. */
  sealed_within_ms?: number;
}

/** Options of {@link auditVerify}. */
export interface AuditVerifyOptions extends LogAnchors {
  /** Report from this time on, `YYYY-MM-DDTHH:MM:SS.mmmZ`: clock steps are listed, records and seals counted. Everything is checked. */
  since?: string;
  /** Leave the content of records below `head` to it; the verdict names that in `unchecked`. */
  content_from_head?: boolean;
  /** Breaks listed at most; all are counted. */
  breaks_max?: number;
}

/** Options of {@link auditCopy}: those of {@link auditVerify}, for the copy, and one of its own. */
export interface AuditCopyOptions extends AuditVerifyOptions {
  /** A checkpoint kept from the copy made earlier at the same place: the log's records below it are then not read again. */
  from_head?: string;
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

/** What a rule asks for. `block` takes effect when rules are enforced only. */
export type DlpAction = 'record' | 'record-and-alert' | 'block';

/** A value to look for: text, bytes in hexadecimal, or the content of a PEM block. Only keyed marks of it are kept. */
export type DlpValue = { name: string; text: string } | { name: string; hex: string } | { name: string; pem: string };

/** The configuration of a scanner: a `ztp.dlp.config/1` document (docs/formats/dlp.md). */
export interface DlpConfig {
  schema: 'ztp.dlp.config/1';
  /** Whether requests are only watched, or refused as well. */
  mode: 'observe' | 'enforce';
  /**
   * 32 random bytes in hexadecimal: what is found is named by tags under this key, never by its bytes. Without one the scanner draws
   * its own, and its tags cannot be compared with those of another scanner.
   */
  tag_key?: string;
  /** Customer rules: the text of the YAML file. */
  rules?: string;
  /** What the built-in rules ask for, by their names; `block` for those that are not named. */
  actions?: { readonly [rule: string]: DlpAction };
  /** What is known of the bench's own material. */
  registry?: {
    /** Certificates of the authority that issues the bench's TLS certificates, PEM. */
    ca?: readonly string[];
    /** Hashes of the records of the sealed log that are kept. */
    chain_hashes?: readonly string[];
    /** SHA-256 fingerprints of issuer signing keys, hexadecimal. */
    isk_fingerprints?: readonly string[];
    /** Issuer signing keys: PEM, or 64 hexadecimal digits. */
    isk_keys?: readonly string[];
    /** Issuers of Kubernetes tokens. */
    issuers?: readonly string[];
    /** Public keys of the bench's own TLS certificates, PEM. */
    leaf_keys?: readonly string[];
    /** SHA-256 of public keys of authorities that everybody knows. */
    public_ca?: readonly string[];
    /** Secrets, of which fragments are found too. */
    secrets?: readonly DlpValue[];
    /** Values that are found as a whole. */
    values?: readonly DlpValue[];
  };
  /** What {@link DlpScanner.ledger} gave before a restart. */
  ledger?: { readonly [key: string]: JsonValue };
  /**
   * Exceptions, with the key of whoever may make them: PEM, or 64 hexadecimal digits. A list older than version `newest_seen` is
   * refused.
   */
  allow_list?: { document: string; public_key: string; newest_seen?: number };
}

/** The head of a request to be scanned. */
export interface DlpRequest {
  url: string;
  method?: string;
  /** Names and values as they are sent; each character is a byte. */
  headers?: readonly (readonly [name: string, value: string])[];
  /** Who sends. */
  principal?: string;
  /** The same for all hops of one call. */
  id?: string;
  /** Redirects followed so far. */
  hop?: number;
  /** The proxy that is dialled in place of the URL's host, as events name it. */
  via?: string;
}

/** How the body of a request ended. */
export interface DlpEnd {
  /** It ended before its end. */
  cut?: boolean;
  trailers?: readonly (readonly [name: string, value: string])[];
}

/** Options of {@link createTrackedFetch}. */
export interface TrackedFetchOptions {
  /** The rules, and whether they are enforced. */
  scanner: Pick<DlpScanner, 'begin' | 'mode' | 'reload'>;
  /** The sealed log that takes a record of each request. */
  log: Pick<AuditLog, 'append'>;
  /** Who sends, as records name it. */
  principal: string;
  /** What the caller takes for granted: an exception if the scanner's rules say otherwise. */
  mode?: 'observe' | 'enforce';
  /** Sends the requests; the global `fetch` when absent. */
  fetch?: typeof fetch;
  /**
   * Largest body that is sent when rules are enforced, since it is held for the verdict, and that is held in any case of a form or a
   * `Request` object, so that it is sent with its length; 64 MiB when absent.
   */
  holdBytesMax?: number;
  /** Gives the time of records, in milliseconds since 1970-01-01T00:00:00Z; `Date.now` when absent. */
  now?: () => number;
  /** Called with the report of each request, a parsed `ztp.dlp.report/1` document. */
  onReport?: (report: any) => void;
  /** Called when a request went out although the log did not take its record; a process warning when absent. */
  onUnrecorded?: (error: ZtpError) => void;
}

/** A `fetch` that scans what it sends. */
export interface TrackedFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Puts new rules in force, and records the hashes of the old and the new ones; a `ztp.dlp.reloaded/1` document. */
  reload(config: Options<DlpConfig>): Promise<string>;
  /** Resolves when the bodies that pass through at the time of the call have been scanned and recorded. */
  settled(): Promise<void>;
}

/** Options of {@link correlateStreams}: times are `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
export interface CorrelateStreamsOptions {
  /** Entries from this time on. */
  since?: string;
  /** Entries before this time, which is also the edge that the grace counts back from where there is no `now`. */
  until?: string;
  /** The time of the comparison: what is older than the grace by then is missing, and what is dated later is a finding. */
  now?: string;
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
export interface CorrelateOptions extends CorrelateStreamsOptions, LogAnchors {}

/** Options of {@link licenceSeen}. */
export interface LicenceSeenOptions extends LogAnchors {
  /** The id of the bench; without it licences that are bound to one are not proved. */
  bench?: string;
}

/** Options of {@link anomalyReplay}. */
export interface AnomalyReplayOptions extends AnomalyOptions, LogAnchors {}

/** Options of {@link anomalyFold} and {@link anomalyTry}. */
export interface AnomalyOptions {
  /** The texts of the settings files by name, such as `denial-flood.yaml`. */
  settings?: { readonly [file: string]: string };
  /** Keys (C2SP vkeys or 64 hexadecimal digits) whose holders may approve a looser setting. */
  approvers?: readonly string[];
}

/** Options of {@link anomalyPending}. */
export interface AnomalyPendingOptions extends AnomalyOptions {
  /** Whether the detectors' state is given too: when it is due (the default), always, never. */
  snapshot?: "due" | "always" | "never";
  /** Records of others since the last state in the log after which one is due; 1000 if not given. */
  snapshot_every?: number;
  /** Of a snapshot that an earlier call gave, kept where the bench cannot write: only records after it are read. */
  resume?: { readonly chain_hash: string; readonly seq: number; readonly state_hash: string };
  /** Whether one line more, `ztp.anomaly.unjudged/1`, which is no event, says what was not judged at the time it happened. */
  unjudged?: boolean;
}

/** Options of {@link anomalyReport}. */
export interface AnomalyReportOptions extends AnomalyReplayOptions {
  /** From this time on. */
  since?: string;
  /** Before this time. */
  until?: string;
}

/** Options of {@link anomalyExplain}: one of `seq` and `time`. */
export interface AnomalyExplainOptions extends AnomalyReplayOptions {
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

/** Options of {@link AuditLog.append}, and of {@link auditAppend}. */
export interface AuditAppendOptions {
  /**
   * The classes below `anomaly.`, `licence.` and `vault.` that the caller means to write. Others of these are refused
   * (`event_class_weighed`): the parts that answer for them write them.
   */
  allow_classes?: readonly string[];
  /**
   * Refuse a payload that is none of its class (`admission.decision`, `operator.*`, `correlation.finding`). Without it such payloads are
   * written, and the document's `malformed` says how many there are, and what is wrong in the first line that has one.
   */
  strict?: boolean;
}

/** Options of an operation that opens a log for writing. */
export interface AuditWaitOptions {
  /** Milliseconds to wait for another process that writes to the log, before `log_locked`; none when absent. */
  wait_ms?: number;
}

/** Options of {@link auditAppend}: those of an append, and how long it waits. */
export interface AuditAppendOnceOptions extends AuditAppendOptions, AuditWaitOptions {}

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
export function auditAppend(
  dir: Text,
  events: AuditEvents,
  nowMs: number,
  options?: Options<AuditAppendOnceOptions>,
): Promise<string>;

/** Seals the open epoch. Resolves with the `ztp.audit.head/1` document after it. */
export function auditSeal(dir: Text, nowMs: number, options?: Options<AuditWaitOptions>): Promise<string>;

/** The last checkpoint: a `ztp.audit.head/1` document. */
export function auditHead(dir: Text): Promise<string>;

/**
 * Verifies a log.
 *
 * @returns a `ztp.audit.verdict/1` document when the log is intact and something outside the copy, or what `require` asks for, vouches for it
 * @throws {ZtpError} with the verdict as its `document` when it is not.
 */
export function auditVerify(dir: Text, options?: Options<AuditVerifyOptions>, control?: LongRunning): Promise<string>;

/**
 * Copies a log, consistently although it is written to meanwhile, and verifies the copy. A copy that is there is held against the log and
 * gone on with.
 *
 * @returns a `ztp.audit.copied/1` document, with the verdict of the copy, when that holds
 * @throws {ZtpError} with that document as its `document` when it does not.
 */
export function auditCopy(from: Text, to: Text, options?: Options<AuditCopyOptions>, control?: LongRunning): Promise<string>;

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
 * Checks a record's inclusion proof with nothing but the key, or the checkpoint that the caller kept.
 *
 * @param proof the `.tlog-proof` file
 * @param record the record's line
 * @param vkey the C2SP verifier key of the checkpoint in the proof; or JSON, `{"head","consistency"?}`: a checkpoint kept from a
 * verification of the log and, where the proof's is another one, the consistency proof that joins the two
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
export function anomalyReplay(dir: Text, options?: Options<AnomalyReplayOptions>, control?: LongRunning): Promise<string>;

/** Says why a detector fired or did not, with the numbers: a `ztp.anomaly.explanation/1` document. */
export function anomalyExplain(dir: Text, options: Options<AnomalyExplainOptions>, control?: LongRunning): Promise<string>;

/**
 * Runs the detectors over a log.
 *
 * @returns the events that they give and that are not sealed yet, and behind them the detectors' state if it is due, as JSON lines that
 * {@link auditAppend} takes as one batch, with their classes in `allow_classes`
 */
export function anomalyPending(dir: Text, options?: Options<AnomalyPendingOptions>, control?: LongRunning): Promise<string>;

/** Runs the detectors over the records of a log, handed over as lines: a `ztp.anomaly.fold/1` document. */
export function anomalyFold(records: Uint8Array, options?: Options<AnomalyOptions>): string;

/**
 * Tries settings on events that no log need hold, handed over as lines that {@link auditAppend} takes, each with its timestamp: a
 * `ztp.anomaly.trial/1` document, which says what other thresholds would have said too. `settings` is all that the options may have.
 */
export function anomalyTry(events: Uint8Array, options?: Options<AnomalyOptions>): string;

/**
 * Signs a licence payload. Only in an addon built with the feature `signer`; `undefined` in others.
 *
 * @param payload a `ztp.licence/1` document, in any spelling
 * @param key a private key, PKCS#8 PEM, or a `pkcs11:` URI where the addon has PKCS#11
 * @returns the `ztp.licence.envelope/1` document: what the licence file holds, byte for byte
 * @throws {ZtpError} for a payload that {@link licenceVerify} would refuse for its content.
 */
export function licenceSign(payload: Uint8Array, key: Text): string;

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

/**
 * Returns the public half of a key (PEM, or a `pkcs11:` URI where the build has PKCS#11): `ztp.keys.public/1` with
 * key id, suite and both spellings. Only in an addon built with the feature `signer`; `undefined` in others.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function keysPublic(key: Text): string;

/**
 * Verifies a root, certificate or revocation list against a root (empty: `signedDocument` is a first root, taken by its own
 * word) and the newest revocation list seen (may be empty). Returns what was verified (`ztp.custody.verdict/1`).
 *
 * @throws {ZtpError} when it does not hold.
 */
export function custodyVerify(signedDocument: Uint8Array, root: Uint8Array, seen: Uint8Array, nowMs: number): string;

/**
 * Signs a root, certificate or revocation list (its payload, any spelling) with a key (PKCS#8 PEM, or a `pkcs11:`
 * URI) and stores the signed document. Only in an addon built with the feature `signer`; `undefined` in others.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function custodySign(payload: Uint8Array, key: Text): string;

/**
 * Adds the signature of another key to a signed root, certificate or revocation list and stores the document. Only in
 * an addon built with the feature `signer`; `undefined` in others.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function custodyCosign(signedDocument: Uint8Array, key: Text): string;

/**
 * Signs a licence payload (`ztp.licence/2`) with a key (PKCS#8 PEM, or a `pkcs11:` URI) and puts certificate,
 * revocation list and roots beside it (`chain`: JSON `{"certificate","revocation","roots"}`). Returns the envelope
 * file's bytes. Only in an addon built with the feature `signer`; `undefined` in others.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function licenceSignChained(
  payload: Uint8Array,
  key: Text,
  chain: Options<{ readonly [name: string]: JsonValue }>,
): string;

/**
 * Returns what the bench of a sealed log, which is verified first, has seen, as far as the envelopes in the log prove it from the trust
 * document on: `ztp.licence.seen/1`.
 *
 * @throws {ZtpError} when records claim what is not proved (its `document` lists them), the log does not hold, or nothing outside vouches
 * for it.
 */
export function licenceSeen(dir: Text, trust: Text, options?: Options<LicenceSeenOptions>, control?: LongRunning): Promise<string>;

/**
 * Decides about an envelope as an ingest would, against what the bench has seen (`ztp.licence.seen/1`; empty for
 * nothing yet), and records nothing. Returns the decision (`ztp.licence.decision/1`), also when it is a refusal.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function licenceDecide(envelope: Uint8Array, trust: Text, seen: Text, nowMs: number, benchId: Text): string;

/**
 * Takes in what lies in `dir/incoming` and records every decision in a sealed log. `options` is JSON: `log`, and
 * optionally `bench`, `quiet_ms`, and `vault` with `device_key`. Returns the report (`ztp.licence.ingest-run/1`); if
 * a file was refused, the status is its code.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function licenceIngest(
  dir: Text,
  trust: Text,
  options: Options<{ readonly [name: string]: JsonValue }>,
  nowMs: number,
): Promise<string>;

/**
 * Decides about one envelope that is no file of an incoming directory, and records the decision in a sealed log.
 * Returns `ztp.licence.ingest/1`, also when it is a refusal.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function licenceIngestEnvelope(
  envelope: Uint8Array,
  file: Text,
  trust: Text,
  options: Options<{ readonly [name: string]: JsonValue }>,
  nowMs: number,
): Promise<string>;

/**
 * Verifies a vault. `options` may have `device_key` (its public half, PEM), `trust`, `vkey`, `head`, `witness`, `anchor_file`,
 * `receipts` and `require`.
 *
 * @returns a `ztp.vault.verdict/1` document when the vault holds
 * @throws {ZtpError} with the verdict as its `document` when it does not.
 */
export function vaultVerify(
  dir: Text,
  options?: Options<{ readonly [name: string]: JsonValue }>,
  control?: LongRunning,
): Promise<string>;

/**
 * Makes a vault in a new or empty directory: a sealed log whose first record names the bench and the device key.
 * `options` is JSON: `bench_id`, and optionally `origin`, `generation` and the seal policy. Returns the receipt
 * (`ztp.vault.receipt/1`).
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultInit(
  dir: Text,
  options: Options<{ readonly [name: string]: JsonValue }>,
  key: Text,
  nowMs: number,
): Promise<string>;

/**
 * Returns what is in a vault: notes and runway per class (`ztp.vault.status/1`). `options` is JSON: `warn_days`.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultStatus(
  dir: Text,
  options: Options<{ readonly [name: string]: JsonValue }>,
  nowMs: number,
): Promise<string>;

/**
 * Verifies an envelope and mints its notes into a vault; the same envelope again gives the same receipt. Returns the
 * receipt.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultMint(
  dir: Text,
  envelope: Uint8Array,
  trust: Text,
  options: Options<{ readonly [name: string]: JsonValue }>,
  key: Text,
  nowMs: number,
): Promise<string>;

/**
 * Spends notes of a vault, durably; the same request again gives the same receipt. `request` is JSON: `request_id`,
 * `class`, `amount`, `purpose`. Returns the receipt.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultSpend(
  dir: Text,
  request: Options<{ readonly [name: string]: JsonValue }>,
  options: Options<{ readonly [name: string]: JsonValue }>,
  key: Text,
  nowMs: number,
): Promise<string>;

/**
 * Returns the transactions of a vault. `options` is JSON: `from`, `limit`.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultHistory(dir: Text, options: Options<{ readonly [name: string]: JsonValue }>): Promise<string>;

/**
 * Makes a proof of two receipts of one device key that contradict each other, which anybody can check. Returns the
 * proof.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultVerifyFork(first: Uint8Array, second: Uint8Array, deviceKey: Text): string;

/**
 * Checks a proof that a device key signed two receipts that contradict each other. Returns the proof.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultCheckFork(proof: Uint8Array, deviceKey: Text): string;

/**
 * Records that the bench asks its issuer for notes. Returns the file for the issuer. `options` is JSON: `request_id`,
 * and optionally `from` and `quote`.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultRequest(
  dir: Text,
  options: Options<{ readonly [name: string]: JsonValue }>,
  key: Text,
  nowMs: number,
): Promise<string>;

/**
 * Compares the receipts in a request with those the issuer holds. Returns the result, also when they contradict each
 * other.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultReconcile(held: Uint8Array, request: Uint8Array, deviceKey: Text): string;

/**
 * Binds a vault to an anchor, releases it, or accepts a new generation of its machine, and records that. `options` is
 * JSON: `change`, `reason`. Returns the receipt.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultReanchor(
  dir: Text,
  options: Options<{ readonly [name: string]: JsonValue }>,
  key: Text,
  nowMs: number,
): Promise<string>;

/**
 * Runs a script of transactions on a vault in memory. Returns what each did; the status is the last refusal's code.
 *
 * @throws {ZtpError} when it does not hold.
 */
export function vaultSimulate(script: Uint8Array): string;

/**
 * Checks the transcript of a ceremony against the document that it says was made. `options` is JSON or empty:
 * `outside_allowed`, a boolean. Returns who took part and whether each key is in custody (`ztp.custody.ceremony/1`).
 *
 * @throws {ZtpError} when it does not hold.
 */
export function custodyTranscript(
  transcript: Uint8Array,
  signedDocument: Uint8Array,
  options: Options<{ readonly [name: string]: JsonValue }>,
): string;

/**
 * Scans one request, or bytes that are none, with rules of its own; {@link DlpScanner} keeps the rules, and remembers.
 *
 * @param request the request's head, or `undefined` when `body` is not a request but, for instance, a file
 * @returns a `ztp.dlp.report/1` document when nothing was found and everything was looked at
 * @throws {ZtpError} with the report as its `document` otherwise. No part of a secret is in it.
 */
export function dlpScan(
  config: Options<DlpConfig>,
  request: Options<DlpRequest> | undefined,
  body: Uint8Array,
  nowMs: number,
): Promise<string>;

/** What the entries of a baseline have in common. */
export interface DlpBaselineTerms {
  /** When the list is signed, such as `2026-05-12T08:00:00.000Z`. */
  issued_at: string;
  /** When its entries end, at most 400 days later. */
  expires: string;
  /** Why; recorded with every suppressed finding. */
  ticket: string;
  /** The list's version, from 1: a scanner refuses one that is older than one that was in force. */
  version: number;
}

/**
 * Signs an allow-list of what a scan of files found, each for its file: the baseline of later scans. Only in an addon built with the
 * feature `signer`; `undefined` in others.
 *
 * @param found a `ztp.dlp.scan/1` document, from a scan under a configuration with `tag_key`
 * @param key an Ed25519 key: PKCS#8 PEM, or a `pkcs11:` URI
 * @returns a `ztp.dlp.allow-list/1` document
 * @throws {ZtpError} when something was found that no entry can except.
 */
export function dlpBaseline(found: Uint8Array, terms: Options<DlpBaselineTerms>, key: Text): string;

/** The rules that a configuration puts in force: a `ztp.dlp.rules/1` document. */
export function dlpRules(config: Options<DlpConfig>): string;

/**
 * Checks a file of customer rules, YAML, with the examples in it.
 *
 * @returns a `ztp.dlp.rules-check/1` document
 * @throws {ZtpError} that names line and column.
 */
export function dlpTest(rules: Uint8Array): string;

/**
 * Makes a `fetch` that scans address, headers and body before they are sent, each hop of a redirect by itself, and records each
 * request in the sealed log.
 *
 * When the rules are enforced, a body is held until there is a verdict, and what is refused, or not recorded, is not sent: the promise
 * rejects with a {@link ZtpError} of code `dlp_blocked`, `dlp_not_recorded` or `dlp_body_too_large`. When they are observed, streams
 * are scanned while they pass through.
 */
export function createTrackedFetch(options: TrackedFetchOptions): TrackedFetch;

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
  static open(dir: Text, nowMs: number, options?: Options<AuditWaitOptions>): Promise<AuditLog>;
  /** Appends events; resolves with a `ztp.audit.appended/1` document when they are on disk. */
  append(events: AuditEvents, nowMs: number, options?: Options<AuditAppendOptions>): Promise<string>;
  /** Seals the open epoch. */
  seal(nowMs: number): Promise<string>;
  /** Seals when the seal policy says that it is due; resolves with a `ztp.audit.tick/1` document. */
  tick(nowMs: number): Promise<string>;
  /** The last checkpoint: a `ztp.audit.head/1` document. */
  head(): Promise<string>;
  /** Closes the log after the operations already called. Closing again does nothing. */
  close(): Promise<void>;
}

/** Rules for what leaves the bench, and the memory of what the requests so far sent. Scans run side by side. */
export class DlpScanner {
  private constructor();
  /** Makes a scanner of a configuration. */
  static open(config: Options<DlpConfig>): Promise<DlpScanner>;
  /** Whether the rules in force are enforced. */
  readonly mode: 'observe' | 'enforce';
  /**
   * Scans a whole request.
   *
   * @returns the `ztp.dlp.report/1` document when nothing was found and everything was looked at
   * @throws {ZtpError} with the report as its `document` otherwise; its member `events` is for {@link AuditLog.append}.
   */
  scan(request: Options<DlpRequest>, body: Uint8Array, nowMs: number): Promise<string>;
  /** Begins a request whose body comes in pieces. */
  begin(request: Options<DlpRequest>, nowMs: number): Promise<DlpStream>;
  /** Puts the rules of another configuration in force, for requests that begin from now on: a `ztp.dlp.reloaded/1` document. */
  reload(config: Options<DlpConfig>, nowMs: number): Promise<string>;
  /** The rules in force: a `ztp.dlp.rules/1` document. */
  rules(): string;
  /**
   * How much of which secret each principal has sent: a `ztp.dlp.ledger/1` document of tags. Keep it, and give it to the scanner after a
   * restart as its configuration's member `ledger`.
   */
  ledger(): string;
}

/** One request whose body comes in pieces. However it is cut into pieces, the report is the same. */
export class DlpStream {
  private constructor();
  /** What is known before the body: a `ztp.dlp.begun/1` document with the event that says that the request begins. */
  readonly begun: string;
  /** Whether the rules in force for this request are enforced. */
  readonly mode: 'observe' | 'enforce';
  /** Scans the next piece of the body. */
  update(chunk: Uint8Array): Promise<void>;
  /** Ends the request and gives the report, as {@link DlpScanner.scan} does. */
  finish(end: Options<DlpEnd>, nowMs: number): Promise<string>;
  /** Lets go of the request, with or without a report. Closing again does nothing. */
  close(): void;
}
