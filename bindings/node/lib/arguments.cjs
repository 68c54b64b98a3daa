'use strict';

// What JavaScript can pass wrongly, refused before a call crosses. The boundary converts without complaint: half a
// surrogate pair becomes U+FFFD, NaN becomes 0, a detached buffer becomes no bytes, shared memory changes while it is read.

const { types } = require('node:util');

const { encode } = require('./json.cjs');

const encoder = new TextEncoder();
const slice = Uint8Array.prototype.slice;

/**
 * Bytes that will be judged. A string is refused: decoding a file into a string has already changed bytes that are not
 * UTF-8.
 *
 * @param {string} name
 * @param {unknown} value
 * @returns {Uint8Array}
 */
function bytes(name, value) {
  if (!types.isUint8Array(value)) {
    const hint = typeof value === 'string' ? `; read files without an encoding, or pass Buffer.from(${name})` : '';
    throw wrongType(`${name} must be a Uint8Array, got ${kind(value)}${hint}`);
  }
  if (types.isSharedArrayBuffer(value.buffer)) {
    throw wrongType(`${name} lies in shared memory, which can change while it is read; pass a copy`);
  }
  // Throws when the buffer was transferred away or shrank from under the view: both look like no bytes at all.
  if (value.length === 0) slice.call(value);
  return value;
}

/**
 * Text that names something, as UTF-8.
 *
 * @param {string} name
 * @param {unknown} value
 * @returns {Uint8Array}
 */
function text(name, value) {
  if (typeof value !== 'string') {
    if (types.isUint8Array(value)) return bytes(name, value);
    throw wrongType(`${name} must be a string or a Uint8Array, got ${kind(value)}`);
  }
  if (!value.isWellFormed()) {
    throw wrongValue(`${name} holds half of a surrogate pair, which is not text; nothing would be the same bytes`);
  }
  return encoder.encode(value);
}

/**
 * An integer that JavaScript and the addon read as the same number.
 *
 * @param {string} name
 * @param {unknown} value
 * @returns {number}
 */
function integer(name, value) {
  if (typeof value !== 'number') throw wrongType(`${name} must be a number, got ${kind(value)}`);
  if (!Number.isSafeInteger(value)) throw wrongRange(`${name} must be an integer within ±(2^53-1), got ${value}`);
  return value;
}

/**
 * A JSON document: bytes as they are, or an object, which is written without JSON.stringify's silent losses.
 *
 * @param {string} name
 * @param {unknown} value
 * @returns {Uint8Array}
 */
function json(name, value) {
  if (types.isUint8Array(value)) return bytes(name, value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongType(`${name} must be an object or a Uint8Array, got ${kind(value)}`);
  }
  return encoder.encode(encode(name, value));
}

/**
 * Events as JSON lines: bytes as they are, or an array with one object for each event.
 *
 * @param {string} name
 * @param {unknown} value
 * @returns {Uint8Array}
 */
function jsonLines(name, value) {
  if (types.isUint8Array(value)) return bytes(name, value);
  if (!Array.isArray(value)) throw wrongType(`${name} must be an array or a Uint8Array, got ${kind(value)}`);
  let lines = '';
  for (let i = 0; i < value.length; i += 1) lines += `${encode(`${name}[${i}]`, value[i])}\n`;
  return encoder.encode(lines);
}

/** @param {string} message */
function wrongType(message) {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

/** @param {string} message */
function wrongValue(message) {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' });
}

/** @param {string} message */
function wrongRange(message) {
  return Object.assign(new RangeError(message), { code: 'ERR_OUT_OF_RANGE' });
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function kind(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return typeof value;
  return value.constructor?.name ?? 'an object without a prototype';
}

module.exports = { bytes, integer, json, jsonLines, text, wrongType };
