'use strict';

// Writes JavaScript values as JSON without the silent losses of JSON.stringify, which drops members that are undefined
// (`{ vkey: undefined }` would verify without the key), turns NaN into null and calls toJSON. What JSON.stringify would
// change, this refuses. The result need not be canonical: the addon reads it strictly and writes canonical bytes itself.

const DEPTH_MAX = 128;

/**
 * @param {string} path How messages name the value.
 * @param {unknown} value
 * @returns {string}
 */
function encode(path, value) {
  return write(path, value, 0);
}

/**
 * @param {string} path
 * @param {unknown} value
 * @param {number} depth
 * @returns {string}
 */
function write(path, value, depth) {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw refuse(path, 'holds half of a surrogate pair');
      return JSON.stringify(value);
    case 'number':
      if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
        throw refuse(path, `is ${Object.is(value, -0) ? '-0' : value}; numbers are integers within ±(2^53-1)`);
      }
      return String(value);
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (depth === DEPTH_MAX) throw refuse(path, `is nested deeper than ${DEPTH_MAX}, or holds itself`);
      return Array.isArray(value) ? writeArray(path, value, depth + 1) : writeObject(path, value, depth + 1);
    default:
      throw refuse(path, `is ${typeof value}, which JSON cannot hold`);
  }
}

/**
 * @param {string} path
 * @param {unknown[]} array
 * @param {number} depth
 * @returns {string}
 */
function writeArray(path, array, depth) {
  const items = [];
  for (let i = 0; i < array.length; i += 1) items.push(write(`${path}[${i}]`, array[i], depth));
  return `[${items.join(',')}]`;
}

/**
 * @param {string} path
 * @param {object} object
 * @param {number} depth
 * @returns {string}
 */
function writeObject(path, object, depth) {
  const prototype = Object.getPrototypeOf(object);
  // A plain object of another realm has a prototype of its own that ends the chain.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw refuse(path, `is a ${object.constructor?.name ?? 'class instance'}; pass plain objects`);
  }
  const members = [];
  for (const [key, value] of Object.entries(object)) {
    if (!key.isWellFormed()) throw refuse(path, 'has a key with half of a surrogate pair');
    members.push(`${JSON.stringify(key)}:${write(`${path}.${key}`, value, depth)}`);
  }
  return `{${members.join(',')}}`;
}

/**
 * @param {string} path
 * @param {string} what
 */
function refuse(path, what) {
  return Object.assign(new TypeError(`${path} ${what}`), { code: 'ERR_INVALID_ARG_VALUE' });
}

module.exports = { encode };
