'use strict';

// The body of a request that is to leave: what kind it is, whether it can be sent again, and its bytes as they are read.

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
 * The body of a request, as the caller can no longer change it. Its bytes are those that `new Request` made of what the caller gave,
 * under the content type that it gave them: nothing is encoded here a second time. What the caller gave only says how they are read.
 *
 * @param {Request} request made of the call's arguments
 * @param {unknown} given the call's own body
 * @param {number} heldMax most bytes that are held so that they are sent with their length and can be sent again after a redirect;
 *   how a body was made cannot be seen from outside
 * @returns {Promise<Body>}
 */
async function bodyOf(request, given, heldMax) {
  if (request.body === null) return { kind: 'none' };
  if (isBlob(given)) return { kind: 'blob', blob: slice.call(given) };
  if (isInMemory(given)) return held(request.body, request.signal, Infinity);
  if (isStream(given)) return { kind: 'stream', stream: request.body };
  return held(request.body, request.signal, heldMax);
}

const { slice, stream: blobStream } = Blob.prototype;

/**
 * A blob of this Node whose bytes are what Node says they are: a part of it is read again and again, and never held.
 *
 * @param {unknown} given
 * @returns {given is Blob}
 */
function isBlob(given) {
  return given instanceof Blob && given.stream === blobStream;
}

/** @param {unknown} given */
function isInMemory(given) {
  return typeof given === 'string' || types.isAnyArrayBuffer(given) || ArrayBuffer.isView(given) || given instanceof URLSearchParams;
}

/** @param {any} given */
function isStream(given) {
  return given instanceof ReadableStream || (typeof given === 'object' && typeof given?.[Symbol.asyncIterator] === 'function');
}

/**
 * A stream as a whole if it is short, else as a stream.
 *
 * @param {ReadableStream<Uint8Array>} stream
 * @param {AbortSignal} signal
 * @param {number} max
 * @returns {Promise<Body>}
 */
async function held(stream, signal, max) {
  const source = chunks(stream, signal);
  const first = [];
  let length = 0;
  while (length <= max) {
    const { done, value } = await source.next();
    if (done) return { kind: 'whole', bytes: Buffer.concat(first, length) };
    first.push(value);
    length += value.length;
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
    const stream = body.kind === 'blob' ? blobStream.call(body.blob) : body.stream;
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

module.exports = { Held, abortable, bodyOf, read, toStream };
