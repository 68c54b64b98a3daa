'use strict';

// The body of a request that is to leave: what kind it is, whether it can be sent again, and its bytes as they are read.

const { randomBytes } = require('node:crypto');
const { types } = require('node:util');

const { ZtpError, failure } = require('./error.cjs');

/**
 * What a request carries. `whole` is in memory and can be sent again; `blob` is read as often as needed without being held;
 * `stream` can be read once.
 *
 * @typedef {{ kind: 'none' }
 *   | { kind: 'whole', bytes: Uint8Array }
 *   | { kind: 'blob', blob: Blob }
 *   | { kind: 'stream', stream: ReadableStream<Uint8Array> }} Body
 */

/**
 * Largest body of a `Request` object that is held so that it is sent with its length and can be sent again after a redirect.
 * How a `Request` was made cannot be seen from outside: without this, `new Request(url, { body: 'text' })` would lose both.
 */
const REPLAY_BYTES_MAX = 1 << 20;

/**
 * Form data as a blob, in the encoding of the fetch standard. The blob refers to the files in it: it holds none of them, it knows
 * its length, and it can be read twice, which the stream of a serialised form cannot.
 *
 * @param {FormData} form
 * @returns {Blob}
 */
function formBlob(form) {
  // Blob types are lower case, so the boundary is.
  const boundary = `ztp-form-${randomBytes(16).toString('hex')}`;
  const parts = [];
  for (const [name, value] of form) {
    const start = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(lines(name))}"`;
    if (typeof value === 'string') {
      parts.push(`${start}\r\n\r\n${lines(value)}\r\n`);
    } else {
      const type = value.type || 'application/octet-stream';
      parts.push(`${start}; filename="${escape(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n');
    }
  }
  parts.push(`--${boundary}--\r\n`);
  return new Blob(parts, { type: `multipart/form-data; boundary=${boundary}` });
}

/** @param {string} text */
function lines(text) {
  return text.replace(/\r\n|\r|\n/g, '\r\n');
}

/** @param {string} text */
function escape(text) {
  return text.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
}

/**
 * The body of a call `fetch(input, init)`, as the caller can no longer change it.
 *
 * @param {Request} request made of the call's arguments
 * @param {unknown} given the call's own body, form data already as a blob
 * @returns {Promise<Body>}
 */
async function bodyOf(request, given) {
  if (given === undefined || given === null) {
    return request.body === null ? { kind: 'none' } : ofRequest(request.body, request.signal);
  }
  if (given instanceof Blob) return { kind: 'blob', blob: given };
  if (given instanceof URLSearchParams) return { kind: 'whole', bytes: Buffer.from(given.toString()) };
  if (types.isAnyArrayBuffer(given)) return { kind: 'whole', bytes: new Uint8Array(given.slice(0)) };
  if (ArrayBuffer.isView(given)) {
    const view = new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
    return { kind: 'whole', bytes: new Uint8Array(view) };
  }
  if (given instanceof ReadableStream || (typeof given === 'object' && Symbol.asyncIterator in given)) {
    return { kind: 'stream', stream: /** @type {ReadableStream<Uint8Array>} */ (request.body) };
  }
  return { kind: 'whole', bytes: Buffer.from(String(given)) };
}

/**
 * The body of a `Request` object: whole if it is short, else as a stream.
 *
 * @param {ReadableStream<Uint8Array>} stream
 * @param {AbortSignal} signal
 * @returns {Promise<Body>}
 */
async function ofRequest(stream, signal) {
  const source = chunks(stream, signal);
  const first = [];
  let held = 0;
  while (held <= REPLAY_BYTES_MAX) {
    const { done, value } = await source.next();
    if (done) return { kind: 'whole', bytes: Buffer.concat(first, held) };
    first.push(value);
    held += value.length;
  }
  return { kind: 'stream', stream: toStream(after(first, source)) };
}

/**
 * @param {Uint8Array[]} first
 * @param {AsyncGenerator<Uint8Array>} rest
 */
async function* after(first, rest) {
  try {
    yield* first.splice(0);
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/**
 * A stream of what a generator gives; cancelling it ends the generator.
 *
 * @param {AsyncGenerator<Uint8Array>} source
 * @returns {ReadableStream<Uint8Array>}
 */
function toStream(source) {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await source.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        await source.throw(reason ?? new DOMException('the request ended before its body', 'AbortError')).catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * The chunks of a stream, which must be bytes. An aborted signal ends a read that waits.
 *
 * @param {ReadableStream<unknown>} stream
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Uint8Array>}
 */
async function* chunks(stream, signal) {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), signal);
      if (done) {
        ended = true;
        return;
      }
      if (!types.isUint8Array(value)) throw new TypeError('a body stream gave a chunk that is no Uint8Array');
      if (value.length > 0) yield value;
    }
  } finally {
    if (!ended) reader.cancel(signal.aborted ? signal.reason : undefined).catch(() => {});
    reader.releaseLock();
  }
}

/**
 * `promise`, or the signal's reason as soon as it is aborted.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
function abortable(promise, signal) {
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/**
 * The bytes of a body, once.
 *
 * @param {Body} body
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Uint8Array>}
 */
async function* read(body, signal) {
  if (body.kind === 'whole') {
    if (body.bytes.length > 0) yield body.bytes;
  } else if (body.kind !== 'none') {
    const stream = body.kind === 'blob' ? body.blob.stream() : body.stream;
    yield* chunks(/** @type {ReadableStream<unknown>} */ (stream), signal);
  }
}

/** Holds what is scanned, so that exactly that is sent and nothing before the verdict. */
class Held {
  /** @type {Uint8Array[]} */
  #parts = [];
  #length = 0;
  #max;

  /** @param {number} max most bytes that are held */
  constructor(max) {
    this.#max = max;
  }

  /**
   * @param {Uint8Array} chunk
   * @returns {Uint8Array} the copy that is held, and that is to be scanned
   */
  add(chunk) {
    this.#length += chunk.length;
    if (this.#length > this.#max) {
      const message = `the body is larger than ${this.#max} bytes, the most that is held for a verdict; raise holdBytesMax, or send less`;
      throw new ZtpError(failure('dlp_body_too_large', message));
    }
    // The caller may still own the memory behind a chunk of his stream, and change it after it was scanned.
    const copy = new Uint8Array(chunk);
    this.#parts.push(copy);
    return copy;
  }

  /** @returns {Body} */
  body() {
    return { kind: 'whole', bytes: Buffer.concat(this.#parts.splice(0), this.#length) };
  }
}

module.exports = { Held, abortable, bodyOf, formBlob, read, toStream };
