'use strict';

const { randomBytes } = require('node:crypto');

const { integer, text, wrongType } = require('./arguments.cjs');
const { Held, bodyOf, read, toStream } = require('./egress-body.cjs');
const { snapshot } = require('./egress-request.cjs');
const { redirected } = require('./egress-redirect.cjs');
const { ZtpError, failure } = require('./error.cjs');

/** @typedef {import('./egress-redirect.cjs').Hop} Hop */
/** @typedef {import('../index.d.ts').TrackedFetchOptions} Options */
/** @typedef {import('../index.d.ts').TrackedFetch} TrackedFetch */
/** @typedef {import('../index.d.ts').DlpStream} DlpStream */
/** @typedef {import('../index.d.ts').AuditEvent} AuditEvent */
/** @typedef {{ report: any, refusal: InstanceType<typeof ZtpError> | undefined }} Judged */

/** What is held of a body for a verdict, unless the caller says otherwise. */
const HOLD_BYTES_MAX = 64 << 20;

/** Schema of a report; other documents in an error are failures. */
const REPORT = 'ztp.dlp.report/1';

/**
 * A `fetch` that scans what it sends before it sends it, and records it in the sealed log.
 *
 * @param {Options} options
 * @returns {TrackedFetch}
 */
function createTrackedFetch(options) {
  const tracker = new Tracker(options);
  /** @type {any} */
  const trackedFetch = (/** @type {any} */ input, /** @type {any} */ init) => tracker.fetch(input, init);
  trackedFetch.reload = (/** @type {any} */ config) => tracker.reload(config);
  trackedFetch.settled = () => tracker.settled();
  return trackedFetch;
}

class Tracker {
  #scanner;
  #log;
  /** @type {string} */
  #principal;
  #fetch;
  #holdBytesMax;
  #now;
  #onReport;
  #onUnrecorded;
  /** Bodies that are still passing through. @type {Set<Promise<void>>} */
  #passing = new Set();

  /** @param {Options} options */
  constructor(options) {
    const { scanner, log, principal, mode, fetch = globalThis.fetch, holdBytesMax = HOLD_BYTES_MAX } = options;
    if (typeof scanner?.begin !== 'function') throw wrongType('scanner must be a DlpScanner');
    if (typeof log?.append !== 'function') throw wrongType('log must be an AuditLog');
    if (typeof fetch !== 'function') throw wrongType('fetch must be a function');
    text('principal', principal);
    if (mode !== undefined && mode !== scanner.mode) {
      throw Object.assign(
        new TypeError(`mode is ${mode}, but the scanner's rules say ${scanner.mode}; set it where the rules are`),
        { code: 'ERR_INVALID_ARG_VALUE' },
      );
    }
    this.#scanner = scanner;
    this.#log = log;
    this.#principal = principal;
    this.#fetch = fetch;
    this.#holdBytesMax = integer('holdBytesMax', holdBytesMax);
    this.#now = options.now ?? Date.now;
    this.#onReport = options.onReport ?? (() => {});
    this.#onUnrecorded = options.onUnrecorded ?? ((error) => process.emitWarning(error));
  }

  /**
   * @param {string | URL | Request} input
   * @param {any} [init]
   * @returns {Promise<Response>}
   */
  async fetch(input, init) {
    const { request, body, dispatcher } = snapshot(input, init);
    request.signal.throwIfAborted();
    const call = { request, dispatcher, id: randomBytes(8).toString('hex') };
    /** @type {Hop} */
    let hop = {
      url: new URL(request.url),
      method: request.method,
      // As a list: a copy of an object of headers would send them in another order than the one in which they are judged.
      headers: new Headers([...request.headers]),
      body: await bodyOf(request, body, this.#holdBytesMax),
    };
    for (let followed = 0; ; followed += 1) {
      const response = await this.#hop(call, hop, followed);
      const next = request.redirect === 'follow' ? redirected(hop, response, followed) : undefined;
      if (next === undefined) return followed === 0 ? response : afterRedirect(response);
      // What a redirect says beside its address is not read; this frees its connection.
      await response.body?.cancel();
      hop = next;
    }
  }

  /**
   * Puts new rules in force, and records the hashes of the old and the new ones.
   *
   * @param {any} config
   */
  async reload(config) {
    const document = await this.#scanner.reload(config, this.#now());
    await this.#record(JSON.parse(document).events, this.#scanner.mode === 'enforce');
    return document;
  }

  /** Resolves when the bodies that are passing through now have been scanned and recorded. */
  async settled() {
    await Promise.all(this.#passing);
  }

  /**
   * Scans, records and sends one request.
   *
   * @param {{ request: Request, dispatcher: unknown, id: string }} call
   * @param {Hop} hop
   * @param {number} followed
   * @returns {Promise<Response>}
   */
  async #hop(call, hop, followed) {
    const { signal } = call.request;
    signal.throwIfAborted();
    const head = this.#head(call, hop, followed);
    /** @type {DlpStream} */
    let stream;
    try {
      stream = await this.#scanner.begin(head, this.#now());
    } catch (error) {
      return this.#unscanned(call, hop, head, error, this.#scanner.mode === 'enforce');
    }
    if (stream.mode === 'enforce') return this.#enforce(call, hop, head, stream);
    if (hop.body.kind === 'stream') return this.#passThrough(call, hop, head, stream);
    let judged;
    try {
      for await (const chunk of read(hop.body, signal)) await stream.update(chunk);
      judged = await finish(stream, this.#now());
    } catch (error) {
      stream.close();
      return this.#unscanned(call, hop, head, error, false);
    }
    await this.#recordReport(judged, false);
    signal.throwIfAborted();
    return this.#send(call, hop, payload(hop.body));
  }

  /**
   * Sends nothing before the verdict: the body is held, scanned, recorded, and then sent as it was scanned.
   *
   * @param {{ request: Request, dispatcher: unknown, id: string }} call
   * @param {Hop} hop
   * @param {Record<string, any>} head
   * @param {DlpStream} stream
   */
  async #enforce(call, hop, head, stream) {
    const { signal } = call.request;
    const held = new Held(this.#holdBytesMax);
    let judged;
    try {
      for await (const chunk of read(hop.body, signal)) await stream.update(held.add(chunk));
      judged = await finish(stream, this.#now());
    } catch (error) {
      stream.close();
      return this.#unscanned(call, hop, head, error, true);
    }
    await this.#recordReport(judged, true);
    if (judged.report.blocked !== false) throw judged.refusal ?? new ZtpError(failure('internal', 'a report without a verdict'));
    signal.throwIfAborted();
    return this.#send(call, hop, hop.body.kind === 'none' ? undefined : payload(held.body()));
  }

  /**
   * Scans a body while it passes: it is recorded that it begins, and at its end what was found.
   *
   * @param {{ request: Request, dispatcher: unknown, id: string }} call
   * @param {Hop} hop
   * @param {Record<string, any>} head
   * @param {DlpStream} stream
   */
  async #passThrough(call, hop, head, stream) {
    const { signal } = call.request;
    await this.#record(JSON.parse(stream.begun).events, false);
    let whole = false;
    /** @type {unknown} */
    let fault;
    const source = read(hop.body, signal);
    const scanned = (async function* () {
      for await (const chunk of source) {
        // The copy is what is scanned and what is sent: the memory behind the chunk may still be the caller's.
        const copy = new Uint8Array(chunk);
        if (fault === undefined) await stream.update(copy).catch((error) => (fault = error));
        yield copy;
      }
      whole = true;
    })();
    /** @type {Promise<void> | undefined} */
    let ending;
    const end = () => {
      ending ??= this.#ended(head, stream, () => ({ whole, fault }));
      return ending;
    };
    const body = toStream(untilEnd(scanned, end));
    try {
      const response = await this.#send(call, hop, body);
      if (whole) await end();
      return response;
    } catch (error) {
      // Nobody will read the rest, and if the connection failed nobody has read the beginning.
      await scanned.return(undefined).catch(() => {});
      await source.return(undefined).catch(() => {});
      await end();
      throw error;
    }
  }

  /**
   * @param {Record<string, any>} head
   * @param {DlpStream} stream
   * @param {() => { whole: boolean, fault: unknown }} state
   */
  #ended(head, stream, state) {
    const ending = (async () => {
      const { whole, fault } = state();
      if (fault !== undefined) {
        stream.close();
        await this.#record([unscanned(head, fault, 'observe')], false);
        return;
      }
      try {
        await this.#recordReport(await finish(stream, this.#now(), !whole), false);
      } catch (error) {
        await this.#record([unscanned(head, error, 'observe')], false);
      }
    })();
    this.#passing.add(ending);
    ending.finally(() => this.#passing.delete(ending)).catch(() => {});
    return ending;
  }

  /**
   * A request that could not be scanned to its end: refused when rules are enforced, sent otherwise, recorded in any case.
   *
   * @param {{ request: Request, dispatcher: unknown, id: string }} call
   * @param {Hop} hop
   * @param {Record<string, any>} head
   * @param {unknown} error
   * @param {boolean} enforce
   * @returns {Promise<Response>}
   */
  async #unscanned(call, hop, head, error, enforce) {
    const { signal } = call.request;
    signal.throwIfAborted();
    if (!(error instanceof ZtpError)) {
      // The body itself failed: fetch would have given the same error, and nothing was sent.
      throw new TypeError('fetch failed', { cause: error });
    }
    await this.#record([unscanned(head, error, enforce ? 'enforce' : 'observe')], enforce);
    if (enforce) throw error;
    return this.#send(call, hop, hop.body.kind === 'stream' ? hop.body.stream : payload(hop.body));
  }

  /**
   * What the scanner is told of a request, beside its body.
   *
   * @param {{ request: Request, id: string }} call
   * @param {Hop} hop
   * @param {number} followed
   */
  #head({ request, id }, hop, followed) {
    const headers = [...hop.headers];
    // Sent as a header although it is none of the caller's.
    if (request.referrer !== '' && request.referrer !== 'about:client') headers.push(['referer', request.referrer]);
    return { headers, hop: followed, id, method: hop.method, principal: this.#principal, url: hop.url.href };
  }

  /**
   * @param {{ request: Request, dispatcher: unknown }} call
   * @param {Hop} hop
   * @param {any} body
   * @returns {Promise<Response>}
   */
  async #send({ request, dispatcher }, hop, body) {
    const { cache, credentials, integrity, keepalive, mode, referrer, referrerPolicy, signal } = request;
    // A hash of the final body would be held against the body of each redirect: with one, redirects are errors.
    const redirect = request.redirect !== 'follow' ? request.redirect : integrity === '' ? 'manual' : 'error';
    /** @type {any} */
    const init = {
      method: hop.method,
      headers: hop.headers,
      redirect,
      ...{ cache, credentials, integrity, keepalive, mode, referrer, referrerPolicy, signal },
    };
    if (dispatcher !== undefined) init.dispatcher = dispatcher;
    if (body !== undefined) init.body = body;
    if (body instanceof ReadableStream) init.duplex = 'half';
    return this.#fetch(hop.url.href, init);
  }

  /**
   * @param {Judged} judged
   * @param {boolean} enforce
   */
  async #recordReport({ report }, enforce) {
    await this.#record(report.events, enforce);
    this.#onReport(report);
  }

  /**
   * Writes events into the sealed log. When rules are enforced nothing goes out that is not recorded; otherwise the failure is reported.
   *
   * @param {AuditEvent[]} events
   * @param {boolean} enforce
   */
  async #record(events, enforce) {
    try {
      await this.#log.append(events, this.#now());
    } catch (cause) {
      const message = 'the request is not in the sealed log, because the log did not take it; look at the cause';
      const error = new ZtpError(failure('dlp_not_recorded', message), { cause });
      if (enforce) throw error;
      this.#onUnrecorded(error);
    }
  }
}

/**
 * The report on a request whose body has been handed over.
 *
 * @param {DlpStream} stream
 * @param {number} now
 * @param {boolean} [cut] whether the body ended before its end
 * @returns {Promise<Judged>}
 */
async function finish(stream, now, cut = false) {
  try {
    return { report: JSON.parse(await stream.finish(cut ? { cut } : {}, now)), refusal: undefined };
  } catch (error) {
    if (!(error instanceof ZtpError)) throw error;
    const report = JSON.parse(error.document);
    if (report.schema !== REPORT) throw error;
    return { report, refusal: error };
  }
}

/**
 * The event of a request that could not be scanned. Of its address only the origin is told: nobody has looked at the rest.
 *
 * @param {Record<string, any>} head
 * @param {unknown} error
 * @param {'enforce' | 'observe'} mode
 * @returns {AuditEvent}
 */
function unscanned(head, error, mode) {
  const { hop, id, principal, url } = head;
  const code = error instanceof ZtpError ? error.code : 'internal';
  return {
    event_class: 'egress.request',
    payload: {
      blocked: mode === 'enforce',
      code,
      hop,
      id,
      mode,
      principal,
      url: new URL(url).origin,
      verdict: 'unscanned',
    },
  };
}

/**
 * @param {import('./egress-body.cjs').Body} body
 * @returns {Uint8Array | Blob | undefined}
 */
function payload(body) {
  if (body.kind === 'whole') return body.bytes;
  return body.kind === 'blob' ? body.blob : undefined;
}

/**
 * What a generator gives, calling `end` when it is over, however it ends.
 *
 * @param {AsyncGenerator<Uint8Array>} source
 * @param {() => Promise<void>} end
 */
async function* untilEnd(source, end) {
  try {
    yield* source;
  } finally {
    await end();
  }
}

/**
 * @param {Response} response
 * @returns {Response}
 */
function afterRedirect(response) {
  return Object.defineProperty(response, 'redirected', { value: true });
}

module.exports = { createTrackedFetch };
