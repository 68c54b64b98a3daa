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
function custodyVerify(document, root, seen, nowMs) {
  return document(
    native.custodyVerify(
      bytes('document', document),
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
function custodyCosign(document, key) {
  return document(native.custodyCosign(bytes('document', document), text('key', key)));
}

/** @type {typeof import('../index.d.ts').licenceSignChained} */
function licenceSignChained(payload, key, chain) {
  return document(native.licenceSignChained(bytes('payload', payload), text('key', key), json('chain', chain)));
}

/** @type {typeof import('../index.d.ts').licenceSeen} */
async function licenceSeen(dir) {
  return document(await native.licenceSeen(text('dir', dir)));
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

/** @type {typeof import('../index.d.ts').version} */
function version() {
  return document(native.version());
}

/** @type {typeof import('../index.d.ts').errorCodes} */
function errorCodes() {
  return document(native.errorCodes());
}

module.exports = {
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
  custodyCosign,
  custodySign,
  custodyVerify,
  errorCodes,
  keysGenerate,
  keysPublic,
  licenceDecide,
  licenceIngest,
  licenceIngestEnvelope,
  licenceInspect,
  licenceSeen,
  licenceSign,
  licenceSignChained,
  licenceVerify,
  recordHash,
  signatureVerify,
  version,
};
