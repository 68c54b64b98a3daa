'use strict';

const native = require('./loader.cjs').load();

/** @typedef {import('./native.d.ts').Failure} Failure */
/** @typedef {import('../index.d.ts').ZtpError} Declared */

/**
 * An operation whose claim does not hold, or that could not decide. `code` and `status` are those of every other
 * surface; `document` is the `ztp.error/1` failure or the negative verdict, canonical JSON.
 *
 * @implements {Declared}
 */
class ZtpError extends Error {
  /**
   * @param {Failure} failure
   * @param {{ cause?: unknown }} [options]
   */
  constructor({ status, code, document }, options) {
    const details = parse(document);
    super(`${code}: ${message(code, details)}`, options);
    this.name = /** @type {const} */ ('ZtpError');
    /** @type {string} */
    this.code = code;
    /** @type {number} */
    this.status = status;
    /** @type {string} */
    this.document = document;
    /** @type {number | undefined} */
    this.offset = details.schema === 'ztp.error/1' ? details.offset : undefined;
  }
}

/**
 * The document of an operation that holds.
 *
 * @param {import('./native.d.ts').Reply} reply
 * @returns {string}
 */
function document(reply) {
  if (typeof reply === 'string') return reply;
  if (reply === null) return '';
  throw new ZtpError(reply);
}

/**
 * Only for operations that hold without a document.
 *
 * @param {import('./native.d.ts').Reply} reply
 * @returns {void}
 */
function nothing(reply) {
  if (reply !== null && typeof reply !== 'string') throw new ZtpError(reply);
}

/**
 * A failure that this package finds itself, in the form and with the number it has everywhere.
 *
 * @param {string} code a registered code
 * @param {string} what what, where, and what to do
 * @returns {Failure}
 */
function failure(code, what) {
  return { status: registered(code).number, code, document: write({ code, message: what, schema: 'ztp.error/1' }) };
}

/**
 * Canonical JSON, which is ASCII.
 *
 * @param {object} value
 */
function write(value) {
  return document(native.canonicalEncode(Buffer.from(JSON.stringify(value))));
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/**
 * @param {string} code
 * @param {any} details
 * @returns {string}
 */
function message(code, details) {
  if (details.schema === 'ztp.error/1') return details.message;
  return `${meaning(code)}; the verdict is in the error's document`;
}

/** @type {Map<string, { meaning: string, number: number }> | undefined} */
let codes;

/**
 * What is registered of a code, from the registry in the addon.
 *
 * @param {string} code
 */
function registered(code) {
  codes ??= new Map(parse(document(native.errorCodes())).codes.map((/** @type {any} */ entry) => [entry.name, entry]));
  return codes.get(code) ?? { meaning: 'a code without an entry in the registry', number: -1 };
}

/**
 * What a code means.
 *
 * @param {string} code
 * @returns {string}
 */
function meaning(code) {
  return registered(code).meaning;
}

module.exports = { ZtpError, document, failure, nothing };
