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
async function auditAppend(dir, events, nowMs) {
  return document(await native.auditAppend(text('dir', dir), jsonLines('events', events), integer('nowMs', nowMs)));
}

/** @type {typeof import('../index.d.ts').auditSeal} */
async function auditSeal(dir, nowMs) {
  return document(await native.auditSeal(text('dir', dir), integer('nowMs', nowMs)));
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

/** @type {typeof import('../index.d.ts').licenceSign} */
function licenceSign(payload, keyPem) {
  return document(native.licenceSign(bytes('payload', payload), text('keyPem', keyPem)));
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

/** @type {typeof import('../index.d.ts').version} */
function version() {
  return document(native.version());
}

/** @type {typeof import('../index.d.ts').errorCodes} */
function errorCodes() {
  return document(native.errorCodes());
}

module.exports = {
  anomalyExplain,
  anomalyFold,
  anomalyPending,
  anomalyReplay,
  anomalyReport,
  auditAppend,
  auditCheckConsistency,
  auditCheckProof,
  auditHead,
  auditInit,
  auditProve,
  auditProveConsistency,
  auditSeal,
  auditVerify,
  canonicalCheck,
  canonicalEncode,
  correlate,
  correlateEvents,
  correlateStreams,
  errorCodes,
  keysGenerate,
  licenceInspect,
  licenceSign,
  licenceVerify,
  recordHash,
  signatureVerify,
  version,
};
