'use strict';

const { bytes, integer, json } = require('./arguments.cjs');
const { ZtpError, document, nothing } = require('./error.cjs');
const native = require('./loader.cjs').load();

/** @typedef {import('../index.d.ts').DlpScanner} DeclaredScanner */
/** @typedef {import('../index.d.ts').DlpStream} DeclaredStream */

/** Known only here: scanners are made by `DlpScanner.open`, streams by `begin`. */
const CONSTRUCT = Symbol('construct');

/**
 * Rules for what leaves the bench, and the memory of what the requests so far sent. Scans run side by side.
 *
 * @implements {DeclaredScanner}
 */
class DlpScanner {
  /** @type {import('./native.d.ts').ScannerHandle} */
  #handle;
  /** @type {'enforce' | 'observe'} */
  #mode;

  /**
   * @param {symbol} token
   * @param {import('./native.d.ts').ScannerHandle} handle
   */
  constructor(token, handle) {
    if (token !== CONSTRUCT) throw new TypeError('make a scanner with DlpScanner.open(config)');
    this.#handle = handle;
    this.#mode = modeOf(this.rules());
  }

  /**
   * @param {unknown} config
   * @returns {Promise<DlpScanner>}
   */
  static async open(config) {
    const reply = await native.openScanner(json('config', config));
    if (!(reply instanceof native.ScannerHandle)) throw new ZtpError(reply);
    return new DlpScanner(CONSTRUCT, reply);
  }

  /** Whether the rules in force are enforced. */
  get mode() {
    return this.#mode;
  }

  /**
   * @param {unknown} request
   * @param {unknown} body
   * @param {unknown} nowMs
   * @returns {Promise<string>}
   */
  async scan(request, body, nowMs) {
    return document(await this.#handle.scan(json('request', request), bytes('body', body), integer('nowMs', nowMs)));
  }

  /**
   * @param {unknown} request
   * @param {unknown} nowMs
   * @returns {Promise<DlpStream>}
   */
  async begin(request, nowMs) {
    const reply = await this.#handle.begin(json('request', request), integer('nowMs', nowMs));
    if (!(reply instanceof native.StreamHandle)) throw new ZtpError(reply);
    return new DlpStream(CONSTRUCT, reply);
  }

  /**
   * @param {unknown} config
   * @param {unknown} nowMs
   * @returns {Promise<string>}
   */
  async reload(config, nowMs) {
    const reloaded = document(await this.#handle.reload(json('config', config), integer('nowMs', nowMs)));
    this.#mode = modeOf(reloaded);
    return reloaded;
  }

  /** @returns {string} */
  rules() {
    return document(this.#handle.rules());
  }

  /** @returns {string} */
  ledger() {
    return document(this.#handle.ledger());
  }
}

/**
 * One request whose body comes in pieces. Calls run in their order, one at a time, whatever the caller awaits.
 *
 * @implements {DeclaredStream}
 */
class DlpStream {
  /** @type {import('./native.d.ts').StreamHandle} */
  #handle;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  #closed = false;
  /** What is known before the body, a `ztp.dlp.begun/1` document. @type {string} */
  begun;
  /** Whether the rules in force for this request are enforced. @type {'enforce' | 'observe'} */
  mode;

  /**
   * @param {symbol} token
   * @param {import('./native.d.ts').StreamHandle} handle
   */
  constructor(token, handle) {
    if (token !== CONSTRUCT) throw new TypeError('make a stream with scanner.begin(request, nowMs)');
    this.#handle = handle;
    this.begun = handle.begun();
    this.mode = modeOf(this.begun);
    Object.freeze(this);
  }

  /**
   * @param {unknown} chunk
   * @returns {Promise<void>}
   */
  async update(chunk) {
    const given = bytes('chunk', chunk);
    // The call may wait for earlier ones, so the bytes the caller can still change are copied now.
    const copy = new Uint8Array(given);
    return this.#next(() => this.#handle.update(copy)).then(nothing);
  }

  /**
   * @param {unknown} end
   * @param {unknown} nowMs
   * @returns {Promise<string>}
   */
  async finish(end, nowMs) {
    const [ending, now] = [json('end', end), integer('nowMs', nowMs)];
    return this.#next(() => this.#handle.finish(ending, now)).then(document);
  }

  /** Lets go of the request after the calls already made. Closing again does nothing. */
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#last.then(() => this.#handle.release());
  }

  /**
   * @param {() => Promise<import('./native.d.ts').Reply>} operation
   * @returns {Promise<import('./native.d.ts').Reply>}
   */
  #next(operation) {
    if (this.#closed) throw new Error('the stream is closed');
    const reply = this.#last.then(operation);
    this.#last = reply.catch(() => {});
    return reply;
  }
}

/**
 * @param {string} text a document that names the mode
 * @returns {'enforce' | 'observe'}
 */
function modeOf(text) {
  // Anything else than the word for it is not observed.
  return JSON.parse(text).mode === 'observe' ? 'observe' : 'enforce';
}

module.exports = { DlpScanner, DlpStream };
