'use strict';

const { bytes, integer, json, jsonLines, text } = require('./arguments.cjs');
const { document, nothing } = require('./error.cjs');
const { run } = require('./job.cjs');
const native = require('./loader.cjs').load();

// One function for each operation of the library, in the library's order. Those that read or write files are async and
// take their own copy of the input before they return; the others read it in place.

/** @type {typeof import('../index.d.ts').canonicalEncode} */
function canonicalEncode(input) {
  return document(native.canonicalEncode(bytes('input', input)));
}

/** @type {typeof import('../index.d.ts').canonicalCheck} */
function canonicalCheck(input) {
  nothing(native.canonicalCheck(bytes('input', input)));
}

/** @type {typeof import('../index.d.ts').signatureVerify} */
function signatureVerify(suite, publicKey, message, signature) {
  nothing(
    native.signatureVerify(
      text('suite', suite),
      bytes('publicKey', publicKey),
      bytes('message', message),
      bytes('signature', signature),
    ),
  );
}

/** @type {typeof import('../index.d.ts').recordHash} */
function recordHash(line) {
  return document(native.recordHash(bytes('line', line)));
}

/** @type {typeof import('../index.d.ts').keysGenerate} */
function keysGenerate(seed, name) {
  return document(native.keysGenerate(bytes('seed', seed), text('name', name)));
}

/** @type {typeof import('../index.d.ts').auditInit} */
async function auditInit(dir, options, nowMs) {
  return document(await native.auditInit(text('dir', dir), json('options', options), integer('nowMs', nowMs)));
}

/** @type {typeof import('../index.d.ts').auditAppend} */
async function auditAppend(dir, events, nowMs, options = {}) {
  return document(
    await native.auditAppend(
      text('dir', dir),
      jsonLines('events', events),
      json('options', options),
      integer('nowMs', nowMs),
    ),
  );
}

/** @type {typeof import('../index.d.ts').auditSeal} */
async function auditSeal(dir, nowMs, options = {}) {
  return document(await native.auditSeal(text('dir', dir), json('options', options), integer('nowMs', nowMs)));
}

/** @type {typeof import('../index.d.ts').auditHead} */
async function auditHead(dir) {
  return document(await native.auditHead(text('dir', dir)));
}

/** @type {typeof import('../index.d.ts').auditVerify} */
async function auditVerify(dir, options = {}, control) {
  const path = text('dir', dir);
  const wanted = json('options', options);
  return run((job) => native.auditVerify(path, wanted, job), control);
}

/** @type {typeof import('../index.d.ts').auditCopy} */
async function auditCopy(from, to, options = {}, control) {
  const [log, into] = [text('from', from), text('to', to)];
  const wanted = json('options', options);
  return run((job) => native.auditCopy(log, into, wanted, job), control);
}

/** @type {typeof import('../index.d.ts').auditProve} */
async function auditProve(dir, options) {
  return document(await native.auditProve(text('dir', dir), json('options', options)));
}

/** @type {typeof import('../index.d.ts').auditProveConsistency} */
async function auditProveConsistency(dir, options) {
  return document(await native.auditProveConsistency(text('dir', dir), json('options', options)));
}

/** @type {typeof import('../index.d.ts').auditCheckProof} */
function auditCheckProof(proof, record, vkey) {
  return document(native.auditCheckProof(bytes('proof', proof), bytes('record', record), text('vkey', vkey)));
}

/** @type {typeof import('../index.d.ts').auditCheckConsistency} */
function auditCheckConsistency(proof, oldCheckpoint, vkeyOld, vkeyNew) {
  return document(
    native.auditCheckConsistency(
      bytes('proof', proof),
      bytes('oldCheckpoint', oldCheckpoint),
      text('vkeyOld', vkeyOld),
      text('vkeyNew', vkeyNew),
    ),
  );
}

/** @type {typeof import('../index.d.ts').correlate} */
async function correlate(dir, admission, options = {}, control) {
  const path = text('dir', dir);
  const stream = text('admission', admission);
  const wanted = json('options', options);
  return run((job) => native.correlate(path, stream, wanted, job), control);
}

/** @type {typeof import('../index.d.ts').correlateStreams} */
function correlateStreams(admission, sealed, options = {}) {
  return document(
    native.correlateStreams(bytes('admission', admission), bytes('sealed', sealed), json('options', options)),
  );
}

/** @type {typeof import('../index.d.ts').correlateEvents} */
function correlateEvents(report) {
  return document(native.correlateEvents(text('report', report)));
}

/** @type {typeof import('../index.d.ts').anomalyReport} */
async function anomalyReport(dir, options = {}, control) {
  const path = text('dir', dir);
  const wanted = json('options', options);
  return run((job) => native.anomalyReport(path, wanted, job), control);
}

/** @type {typeof import('../index.d.ts').anomalyReplay} */
async function anomalyReplay(dir, options = {}, control) {
  const path = text('dir', dir);
  const wanted = json('options', options);
  return run((job) => native.anomalyReplay(path, wanted, job), control);
}

/** @type {typeof import('../index.d.ts').anomalyExplain} */
async function anomalyExplain(dir, options, control) {
  const path = text('dir', dir);
  const wanted = json('options', options);
  return run((job) => native.anomalyExplain(path, wanted, job), control);
}

/** @type {typeof import('../index.d.ts').anomalyPending} */
async function anomalyPending(dir, options = {}, control) {
  const path = text('dir', dir);
  const wanted = json('options', options);
  return run((job) => native.anomalyPending(path, wanted, job), control);
}

/** @type {typeof import('../index.d.ts').anomalyFold} */
function anomalyFold(records, options = {}) {
  return document(native.anomalyFold(bytes('records', records), json('options', options)));
}

/** @type {typeof import('../index.d.ts').anomalyTry} */
function anomalyTry(events, options = {}) {
  return document(native.anomalyTry(bytes('events', events), json('options', options)));
}

/** @type {typeof import('../index.d.ts').licenceSign} */
function licenceSign(payload, key) {
  return document(native.licenceSign(bytes('payload', payload), text('key', key)));
}

/** @type {typeof import('../index.d.ts').licenceVerify} */
function licenceVerify(envelope, trust, nowMs, benchId) {
  return document(
    native.licenceVerify(
      bytes('envelope', envelope),
      text('trust', trust),
      integer('nowMs', nowMs),
      text('benchId', benchId),
    ),
  );
}

/** @type {typeof import('../index.d.ts').licenceInspect} */
function licenceInspect(envelope) {
  return document(native.licenceInspect(bytes('envelope', envelope)));
}

/** @type {typeof import('../index.d.ts').keysPublic} */
function keysPublic(key) {
  return document(native.keysPublic(text('key', key)));
}

/** @type {typeof import('../index.d.ts').custodyVerify} */
function custodyVerify(signedDocument, root, seen, nowMs) {
  return document(
    native.custodyVerify(
      bytes('signedDocument', signedDocument),
      bytes('root', root),
      bytes('seen', seen),
      integer('nowMs', nowMs),
    ),
  );
}

/** @type {typeof import('../index.d.ts').custodySign} */
function custodySign(payload, key) {
  return document(native.custodySign(bytes('payload', payload), text('key', key)));
}

/** @type {typeof import('../index.d.ts').custodyCosign} */
function custodyCosign(signedDocument, key) {
  return document(native.custodyCosign(bytes('signedDocument', signedDocument), text('key', key)));
}

/** @type {typeof import('../index.d.ts').dlpBaseline} */
function dlpBaseline(found, terms, key) {
  return document(native.dlpBaseline(bytes('found', found), json('terms', terms), text('key', key)));
}

/** @type {typeof import('../index.d.ts').licenceSignChained} */
function licenceSignChained(payload, key, chain) {
  return document(native.licenceSignChained(bytes('payload', payload), text('key', key), json('chain', chain)));
}

/** @type {typeof import('../index.d.ts').licenceSeen} */
async function licenceSeen(dir, trust, options = {}, control) {
  const [log, keys, wanted] = [text('dir', dir), text('trust', trust), json('options', options)];
  return run((job) => native.licenceSeen(log, keys, wanted, job), control);
}

/** @type {typeof import('../index.d.ts').licenceDecide} */
function licenceDecide(envelope, trust, seen, nowMs, benchId) {
  return document(
    native.licenceDecide(
      bytes('envelope', envelope),
      text('trust', trust),
      text('seen', seen),
      integer('nowMs', nowMs),
      text('benchId', benchId),
    ),
  );
}

/** @type {typeof import('../index.d.ts').licenceIngest} */
async function licenceIngest(dir, trust, options, nowMs) {
  return document(
    await native.licenceIngest(
      text('dir', dir),
      text('trust', trust),
      json('options', options),
      integer('nowMs', nowMs),
    ),
  );
}

/** @type {typeof import('../index.d.ts').licenceIngestEnvelope} */
async function licenceIngestEnvelope(envelope, file, trust, options, nowMs) {
  return document(
    await native.licenceIngestEnvelope(
      bytes('envelope', envelope),
      text('file', file),
      text('trust', trust),
      json('options', options),
      integer('nowMs', nowMs),
    ),
  );
}

/** @type {typeof import('../index.d.ts').vaultVerify} */
async function vaultVerify(dir, options = {}, control) {
  const path = text('dir', dir);
  const wanted = json('options', options);
  return run((job) => native.vaultVerify(path, wanted, job), control);
}

/** @type {typeof import('../index.d.ts').vaultInit} */
async function vaultInit(dir, options, key, nowMs) {
  return document(
    await native.vaultInit(
      text('dir', dir),
      json('options', options),
      text('key', key),
      integer('nowMs', nowMs),
    ),
  );
}

/** @type {typeof import('../index.d.ts').vaultStatus} */
async function vaultStatus(dir, options, nowMs) {
  return document(await native.vaultStatus(text('dir', dir), json('options', options), integer('nowMs', nowMs)));
}

/** @type {typeof import('../index.d.ts').vaultMint} */
async function vaultMint(dir, envelope, trust, options, key, nowMs) {
  return document(
    await native.vaultMint(
      text('dir', dir),
      bytes('envelope', envelope),
      text('trust', trust),
      json('options', options),
      text('key', key),
      integer('nowMs', nowMs),
    ),
  );
}

/** @type {typeof import('../index.d.ts').vaultSpend} */
async function vaultSpend(dir, request, options, key, nowMs) {
  return document(
    await native.vaultSpend(
      text('dir', dir),
      json('request', request),
      json('options', options),
      text('key', key),
      integer('nowMs', nowMs),
    ),
  );
}

/** @type {typeof import('../index.d.ts').vaultHistory} */
async function vaultHistory(dir, options) {
  return document(await native.vaultHistory(text('dir', dir), json('options', options)));
}

/** @type {typeof import('../index.d.ts').vaultVerifyFork} */
function vaultVerifyFork(first, second, deviceKey) {
  return document(native.vaultVerifyFork(bytes('first', first), bytes('second', second), text('deviceKey', deviceKey)));
}

/** @type {typeof import('../index.d.ts').vaultCheckFork} */
function vaultCheckFork(proof, deviceKey) {
  return document(native.vaultCheckFork(bytes('proof', proof), text('deviceKey', deviceKey)));
}

/** @type {typeof import('../index.d.ts').vaultRequest} */
async function vaultRequest(dir, options, key, nowMs) {
  return document(
    await native.vaultRequest(
      text('dir', dir),
      json('options', options),
      text('key', key),
      integer('nowMs', nowMs),
    ),
  );
}

/** @type {typeof import('../index.d.ts').vaultReconcile} */
function vaultReconcile(held, request, deviceKey) {
  return document(native.vaultReconcile(bytes('held', held), bytes('request', request), text('deviceKey', deviceKey)));
}

/** @type {typeof import('../index.d.ts').vaultReanchor} */
async function vaultReanchor(dir, options, key, nowMs) {
  return document(
    await native.vaultReanchor(
      text('dir', dir),
      json('options', options),
      text('key', key),
      integer('nowMs', nowMs),
    ),
  );
}

/** @type {typeof import('../index.d.ts').vaultSimulate} */
function vaultSimulate(script) {
  return document(native.vaultSimulate(bytes('script', script)));
}

/** @type {typeof import('../index.d.ts').custodyTranscript} */
function custodyTranscript(transcript, signedDocument, options) {
  return document(
    native.custodyTranscript(
      bytes('transcript', transcript),
      bytes('signedDocument', signedDocument),
      json('options', options),
    ),
  );
}

/** @type {typeof import('../index.d.ts').dlpScan} */
async function dlpScan(config, request, body, nowMs) {
  const head = request === undefined ? new Uint8Array() : json('request', request);
  return document(await native.dlpScan(json('config', config), head, bytes('body', body), integer('nowMs', nowMs)));
}

/** @type {typeof import('../index.d.ts').dlpRules} */
function dlpRules(config) {
  return document(native.dlpRules(json('config', config)));
}

/** @type {typeof import('../index.d.ts').dlpTest} */
function dlpTest(rules) {
  return document(native.dlpTest(bytes('rules', rules)));
}

/** @type {typeof import('../index.d.ts').version} */
function version() {
  return document(native.version());
}

/** @type {typeof import('../index.d.ts').errorCodes} */
function errorCodes() {
  return document(native.errorCodes());
}

/**
 * An operation that this addon may lack: only an issuer's has those that sign.
 *
 * @template T
 * @param {unknown} native
 * @param {T} operation
 * @returns {T | undefined}
 */
function only(native, operation) {
  return native === undefined ? undefined : operation;
}

module.exports = {
  anomalyExplain,
  anomalyFold,
  anomalyPending,
  anomalyReplay,
  anomalyReport,
  anomalyTry,
  auditAppend,
  auditCheckConsistency,
  auditCheckProof,
  auditCopy,
  auditHead,
  auditInit,
  auditProve,
  auditProveConsistency,
  auditSeal,
  auditVerify,
  canonicalCheck,
  canonicalEncode,
  custodyCosign: only(native.custodyCosign, custodyCosign),
  custodySign: only(native.custodySign, custodySign),
  custodyTranscript,
  custodyVerify,
  dlpBaseline: only(native.dlpBaseline, dlpBaseline),
  dlpRules,
  dlpScan,
  dlpTest,
  correlate,
  correlateEvents,
  correlateStreams,
  errorCodes,
  keysGenerate,
  keysPublic: only(native.keysPublic, keysPublic),
  licenceDecide,
  licenceIngest,
  licenceIngestEnvelope,
  licenceInspect,
  licenceSeen,
  licenceSign: only(native.licenceSign, licenceSign),
  licenceSignChained: only(native.licenceSignChained, licenceSignChained),
  licenceVerify,
  recordHash,
  signatureVerify,
  vaultCheckFork,
  vaultHistory,
  vaultInit,
  vaultMint,
  vaultReanchor,
  vaultReconcile,
  vaultRequest,
  vaultSimulate,
  vaultSpend,
  vaultStatus,
  vaultVerify,
  vaultVerifyFork,
  version,
};
