'use strict';

const { wrongType } = require('./arguments.cjs');
const { ZtpError, document } = require('./error.cjs');
const native = require('./loader.cjs').load();

/** Milliseconds between two looks at a job's progress. */
const POLL_MS = 100;

/**
 * Runs a long operation that an `AbortSignal` ends and whose progress is reported.
 *
 * The promise settles once the operation has ended, also after an abort: nothing reads the directory any more. An
 * exception of `onProgress` ends the operation and is what the promise rejects with.
 *
 * @param {(job: import('./native.d.ts').Job) => Promise<import('./native.d.ts').Reply>} start
 * @param {import('../index.d.ts').LongRunning} [control]
 * @returns {Promise<string>}
 */
async function run(start, control = {}) {
  const { signal, onProgress } = control;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw wrongType('signal must be an AbortSignal');
  if (onProgress !== undefined && typeof onProgress !== 'function') throw wrongType('onProgress must be a function');

  const job = new native.Job();
  const cancel = () => job.cancel();
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const watch = onProgress && watchProgress(job, onProgress);
  try {
    const reply = await start(job);
    watch?.stop();
    if (watch?.failed) throw watch.error;
    if (reply !== null && typeof reply !== 'string' && reply.code === 'cancelled') throw new ZtpError(reply, { cause: signal?.reason });
    return document(reply);
  } finally {
    watch?.stop();
    signal?.removeEventListener('abort', cancel);
  }
}

/**
 * @param {import('./native.d.ts').Job} job
 * @param {NonNullable<import('../index.d.ts').LongRunning['onProgress']>} onProgress
 */
function watchProgress(job, onProgress) {
  const report = () => {
    try {
      onProgress(job.progress());
    } catch (error) {
      watch.failed = true;
      watch.error = error;
      clearInterval(timer);
      job.cancel();
    }
  };
  let stopped = false;
  const watch = {
    failed: false,
    /** @type {unknown} */
    error: undefined,
    stop() {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      if (!watch.failed) report();
    },
  };
  const timer = setInterval(report, POLL_MS);
  return watch;
}

module.exports = { run };
