'use strict';

const { integer, json, jsonLines, text } = require('./arguments.cjs');
const { ZtpError, document } = require('./error.cjs');
const native = require('./loader.cjs').load();

/** @typedef {import('../index.d.ts').AuditLog} Declared */

/** Known only here: logs are made by `AuditLog.open`. */
const CONSTRUCT = Symbol('construct');

/**
 * A log open for writing. It holds the directory's writer lock until `close`. Operations run in the order of the calls,
 * one at a time, whatever the caller awaits.
 *
 * @implements {Declared}
 */
class AuditLog {
  /** @type {import('./native.d.ts').LogHandle} */
  #handle;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  /** @type {Promise<void> | undefined} */
  #closing;

  /**
   * @param {symbol} token
   * @param {import('./native.d.ts').LogHandle} handle
   */
  constructor(token, handle) {
    if (token !== CONSTRUCT) throw new TypeError('open a log with AuditLog.open(dir, nowMs)');
    this.#handle = handle;
  }

  /**
   * @param {unknown} dir
   * @param {unknown} nowMs
   * @param {unknown} options
   * @returns {Promise<AuditLog>}
   */
  static async open(dir, nowMs, options = {}) {
    const reply = await native.openLog(text('dir', dir), json('options', options), integer('nowMs', nowMs));
    if (!(reply instanceof native.LogHandle)) throw new ZtpError(reply);
    return new AuditLog(CONSTRUCT, reply);
  }

  /**
   * @param {unknown} events
   * @param {unknown} nowMs
   * @param {unknown} options
   * @returns {Promise<string>}
   */
  async append(events, nowMs, options = {}) {
    const lines = jsonLines('events', events);
    // The call may wait for earlier ones, so the bytes the caller can still change are copied now.
    const copy = lines === events ? new Uint8Array(lines) : lines;
    const [given, now] = [json('options', options), integer('nowMs', nowMs)];
    return this.#next(() => this.#handle.append(copy, given, now));
  }

  /**
   * @param {unknown} nowMs
   * @returns {Promise<string>}
   */
  async seal(nowMs) {
    const now = integer('nowMs', nowMs);
    return this.#next(() => this.#handle.seal(now));
  }

  /**
   * @param {unknown} nowMs
   * @returns {Promise<string>}
   */
  async tick(nowMs) {
    const now = integer('nowMs', nowMs);
    return this.#next(() => this.#handle.tick(now));
  }

  /** @returns {Promise<string>} */
  async head() {
    return this.#next(() => this.#handle.head());
  }

  /**
   * Closes the log after the operations already called. Closing again does nothing.
   *
   * @returns {Promise<void>}
   */
  close() {
    this.#closing ??= this.#last.then(() => this.#handle.release());
    return this.#closing;
  }

  /**
   * @param {() => Promise<import('./native.d.ts').Reply>} operation
   * @returns {Promise<string>}
   */
  #next(operation) {
    if (this.#closing !== undefined) throw new Error('the log is closed');
    const reply = this.#last.then(operation);
    this.#last = reply.catch(() => {});
    return reply.then(document);
  }
}

if (Symbol.asyncDispose !== undefined) {
  Object.defineProperty(AuditLog.prototype, Symbol.asyncDispose, { value: AuditLog.prototype.close });
}

module.exports = { AuditLog };
