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

/** @type {Map<string, string> | undefined} */
let meanings;

/**
 * What a code means, from the registry in the addon.
 *
 * @param {string} code
 * @returns {string}
 */
function meaning(code) {
  meanings ??= new Map(parse(document(native.errorCodes())).codes.map((/** @type {any} */ c) => [c.name, c.meaning]));
  return meanings.get(code) ?? 'a code without an entry in the registry';
}

module.exports = { ZtpError, document, nothing };
