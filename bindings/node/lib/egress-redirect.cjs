'use strict';

// Following a redirect by hand, as the fetch standard says (4.4, "HTTP-redirect fetch"), so that each hop is scanned.

/** @typedef {import('./egress-body.cjs').Body} Body */
/** @typedef {{ url: URL, method: string, headers: Headers, body: Body }} Hop */

const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/** Most redirects that are followed. */
const REDIRECTS_MAX = 20;

/** What describes a body, and goes when the body goes. */
const BODY_HEADERS = ['content-encoding', 'content-language', 'content-length', 'content-location', 'content-type'];

/** What was meant for the origin that redirected, and for no other. */
const ORIGIN_HEADERS = ['authorization', 'cookie', 'host', 'proxy-authorization'];

/**
 * The request that a response redirects to, or `undefined` if it redirects nowhere.
 *
 * @param {Hop} hop the request that was answered
 * @param {Response} response
 * @param {number} followed redirects followed so far
 * @returns {Hop | undefined}
 */
function redirected(hop, response, followed) {
  const location = response.headers.get('location');
  if (!REDIRECT_STATUSES.has(response.status) || location === null) return undefined;
  const url = target(location, hop.url);
  if (followed >= REDIRECTS_MAX) throw networkError(`redirected more than ${REDIRECTS_MAX} times`);
  if (response.status !== 303 && hop.body.kind === 'stream') {
    throw networkError('redirected with a body that can be read only once');
  }
  const headers = new Headers(hop.headers);
  let { method, body } = hop;
  if (
    ((response.status === 301 || response.status === 302) && method === 'POST') ||
    (response.status === 303 && method !== 'GET' && method !== 'HEAD')
  ) {
    method = 'GET';
    body = { kind: 'none' };
    for (const name of BODY_HEADERS) headers.delete(name);
  }
  if (url.origin !== hop.url.origin) {
    for (const name of ORIGIN_HEADERS) headers.delete(name);
  }
  return { url, method, headers, body };
}

/**
 * @param {string} location
 * @param {URL} from
 * @returns {URL}
 */
function target(location, from) {
  // Header values are bytes; a location beyond ASCII is UTF-8 by custom.
  const text = Buffer.from(location, 'latin1').toString('utf8');
  let url;
  try {
    url = new URL(text, from);
  } catch {
    // What the address says is not repeated: it is the server's text and may hold anything.
    throw networkError('redirected to an address that is none');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw networkError('redirected to another scheme than http(s)');
  if (url.username !== '' || url.password !== '') throw networkError('redirected to an address with credentials in it');
  if (url.hash === '') url.hash = from.hash;
  return url;
}

/**
 * The error that `fetch` gives when there is no response.
 *
 * @param {string} reason
 */
function networkError(reason) {
  return new TypeError('fetch failed', { cause: new Error(reason) });
}

module.exports = { redirected };
