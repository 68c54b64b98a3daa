// trackedFetch over a scanner that finds the word FORBIDDEN and a log in memory, so that the wrapper is tested by itself.

import { createTrackedFetch, ZtpError } from '../index.mjs';
import { NOW } from './support.mjs';

/** A scanner that finds one word, and a log in memory. */
export function parts(mode, { broken = false } = {}) {
  const scanned = [];
  const events = [];
  const scanner = {
    mode,
    async begin(head) {
      const entry = { head, chunks: [], closed: false };
      scanned.push(entry);
      const report = (body) => {
        const found = JSON.stringify(head).includes('FORBIDDEN') || Buffer.concat(entry.chunks).includes('FORBIDDEN');
        const blocked = found && mode === 'enforce';
        const payload = { blocked, body, bytes: Buffer.concat(entry.chunks).length, found, hop: head.hop };
        return { schema: 'ztp.dlp.report/1', blocked, events: [{ event_class: 'egress.request', payload }] };
      };
      return {
        mode,
        begun: JSON.stringify(report('streaming')),
        async update(chunk) {
          entry.chunks.push(Buffer.from(chunk));
        },
        async finish({ cut = false }) {
          const done = report(cut ? 'cut' : 'whole');
          const text = JSON.stringify(done);
          if (done.events[0].payload.found) throw new ZtpError({ status: 600, code: 'dlp_blocked', document: text });
          return text;
        },
        close() {
          entry.closed = true;
        },
      };
    },
  };
  const log = {
    async append(added) {
      if (broken) throw new Error('the disk is full');
      events.push(...added);
    },
  };
  return { scanner, log, scanned, events };
}

/** A tracked fetch with these parts. */
export function tracked(mode, more = {}) {
  const { broken, ...options } = more;
  const all = parts(mode, { broken });
  const { scanner, log } = all;
  return { ...all, fetch: createTrackedFetch({ scanner, log, principal: 'telemetry', now: () => NOW, ...options }) };
}
