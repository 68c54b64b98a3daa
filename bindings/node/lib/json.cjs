'use strict';

// Writes JavaScript values as JSON without the silent losses of JSON.stringify, which drops members that are undefined
// (`{ vkey: undefined }` would verify without the key), turns NaN into null and calls toJSON. What JSON.stringify would
// change, this refuses, and so it does what could say one thing here and another to the caller: members that do not show
// (a pin that is not enumerable would be left out), members that are computed when they are read, proxies, and objects that inherit.
// The result need not be canonical: the addon reads it strictly and writes canonical bytes itself.

const { types } = require('node:util');

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
  if (types.isProxy(array)) throw refuse(path, 'is a proxy; pass plain arrays');
  const { length } = array;
  // The length is one of an array's own keys.
  if (Reflect.ownKeys(array).length !== length + 1) throw refuse(path, 'has holes, or members that are no items');
  const items = [];
  for (let i = 0; i < length; i += 1) {
    const at = `${path}[${i}]`;
    items.push(write(at, member(at, array, String(i)), depth));
  }
  return `[${items.join(',')}]`;
}

/**
 * @param {string} path
 * @param {object} object
 * @param {number} depth
 * @returns {string}
 */
function writeObject(path, object, depth) {
  if (types.isProxy(object)) throw refuse(path, 'is a proxy; pass plain objects');
  if (!isPlain(object)) throw refuse(path, `is a ${nameOf(object)}; pass plain objects`);
  const members = [];
  for (const key of Reflect.ownKeys(object)) {
    if (typeof key === 'symbol') throw refuse(path, 'has a member whose name is a symbol');
    if (!key.isWellFormed()) throw refuse(path, 'has a key with half of a surrogate pair');
    const at = `${path}.${key}`;
    members.push(`${JSON.stringify(key)}:${write(at, member(at, object, key), depth)}`);
  }
  return `{${members.join(',')}}`;
}

/**
 * The value of an own member that shows, without running code of the caller.
 *
 * @param {string} path
 * @param {object} object
 * @param {string} key
 * @returns {unknown}
 */
function member(path, object, key) {
  const found = Object.getOwnPropertyDescriptor(object, key);
  if (found === undefined || !('value' in found)) throw refuse(path, 'is computed when it is read; pass the value');
  if (!found.enumerable) throw refuse(path, 'is not enumerable, so it would be left out; define it as usual');
  return found.value;
}

/**
 * Whether nothing is inherited but what every object has. An object of another realm has that realm's `Object.prototype`.
 *
 * @param {object} object
 */
function isPlain(object) {
  const prototype = Object.getPrototypeOf(object);
  if (prototype === null || prototype === Object.prototype) return true;
  return (
    !types.isProxy(prototype) &&
    Object.getPrototypeOf(prototype) === null &&
    typeof Object.getOwnPropertyDescriptor(prototype, 'isPrototypeOf')?.value === 'function' &&
    Reflect.ownKeys(prototype).every((key) => !Object.getOwnPropertyDescriptor(prototype, key)?.enumerable)
  );
}

/**
 * What an object calls its class, without running code of the caller.
 *
 * @param {object} object
 */
function nameOf(object) {
  const prototype = Object.getPrototypeOf(object);
  const made = types.isProxy(prototype) ? undefined : Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const name = typeof made === 'function' && !types.isProxy(made) ? Object.getOwnPropertyDescriptor(made, 'name')?.value : undefined;
  return typeof name === 'string' && name !== '' && name !== 'Object' ? name : 'class instance';
}

/**
 * @param {string} path
 * @param {string} what
 */
function refuse(path, what) {
  return Object.assign(new TypeError(`${path} ${what}`), { code: 'ERR_INVALID_ARG_VALUE' });
}

module.exports = { encode };
