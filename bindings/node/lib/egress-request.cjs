'use strict';

// The request of a call, made once: what is judged and what is sent are both taken from it, and nothing of the caller's is read again.

/** What a call's options may say; what is not here, `fetch` does not read. */
const MEMBERS = [
  'body', 'cache', 'credentials', 'dispatcher', 'duplex', 'headers', 'integrity', 'keepalive', 'method', 'mode', 'priority', 'redirect',
  'referrer', 'referrerPolicy', 'signal', 'window',
];

/** What `new Request` says without repeating its arguments. */
const SAYS_NOTHING = new Set([
  'Request with GET/HEAD method cannot have body.',
  'RequestInit: duplex option is required when sending a body.',
  'Response body object should not be disturbed or locked',
  'Cannot construct a Request with a Request object that has already been used.',
]);

/**
 * Checks the arguments as `fetch` does, and copies what the caller could still change.
 *
 * @param {string | URL | Request} input
 * @param {any} init
 * @returns {{ request: Request, body: unknown, dispatcher: unknown }}
 */
function snapshot(input, init) {
  // Each member is read once: one that is computed could say one thing to the scanner and another to the server.
  let own = init;
  if ((typeof init === 'object' && init !== null) || typeof init === 'function') {
    own = {};
    for (const name of MEMBERS) {
      const value = init[name];
      if (value !== undefined) own[name] = value;
    }
  }
  try {
    return { request: new Request(input, own), body: own?.body, dispatcher: own?.dispatcher };
  } catch (error) {
    throw withoutArguments(error);
  }
}

/**
 * An error of `new Request` that repeats nothing of an address, header or method: who logs it would log what signs in there.
 *
 * @param {any} error
 */
function withoutArguments(error) {
  if (!(error instanceof TypeError) || SAYS_NOTHING.has(error.message)) return error;
  const says = (/** @type {RegExp} */ pattern) => pattern.test(error.message);
  if (says(/^Failed to parse URL/)) return new TypeError('Failed to parse URL');
  if (says(/^Request cannot be constructed from a URL that includes credentials/)) {
    return new TypeError('Request cannot be constructed from a URL that includes credentials');
  }
  if (says(/header/i)) return new TypeError('a header has a name or value that HTTP does not allow');
  if (says(/method/i)) return new TypeError('the method is not one that fetch sends');
  return new TypeError('an argument is not one that fetch takes; see its documentation');
}

module.exports = { snapshot };
