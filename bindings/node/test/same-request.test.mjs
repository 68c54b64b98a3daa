// What is judged is what is sent, whatever a call was given.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { FickleBlob } from './foreign.mjs';
import { loopback, redirect } from './loopback.mjs';
import { rejection } from './support.mjs';
import { tracked } from './tracked.mjs';

describe('a call', () => {
  it('judges and sends the same, although what it was given answers otherwise when it is asked again', async (t) => {
    const { origin, received } = await loopback(t);
    const mine = tracked('enforce');
    const answering = (first, later) => { let reads = 0; return () => (reads++ === 0 ? first : later); };
    const body = { toString: answering('permitted', 'FORBIDDEN') };
    const headers = Object.defineProperty({}, 'x-a', { enumerable: true, get: answering('permitted', 'FORBIDDEN') });
    const init = Object.defineProperties({}, {
      method: { enumerable: true, value: 'POST' },
      body: { enumerable: true, get: answering(body, 'FORBIDDEN') },
      headers: { enumerable: true, get: answering(headers, { 'x-a': 'FORBIDDEN' }) },
    });
    class Liar extends Request {
      get url() { return `${origin}/other`; }
      get headers() { return new Headers(); }
      get body() { return null; }
    }
    await mine.fetch(origin, init);
    assert.deepEqual([received[0].body, received[0].headers['x-a']], ['permitted', 'permitted']);
    for (const kind of ['observe', 'enforce']) {
      const blob = new FickleBlob('permitted', 'FORBIDDEN');
      await tracked(kind).fetch(origin, { method: 'POST', body: blob });
      assert.equal(received.at(-1).body, 'permitted');
    }
    const error = await rejection(mine.fetch(new Liar(`${origin}/real`, { method: 'POST', body: 'FORBIDDEN' })));
    assert.equal(error.code, 'dlp_blocked');
    assert.equal(mine.scanned.at(-1).head.url, `${origin}/real`);
    assert.equal(received.length, 3);
  });

  it('sends headers in the order in which it judges them', async (t) => {
    const { origin, server } = await loopback(t);
    const mine = tracked('enforce');
    const asked = once(server, 'request');
    await mine.fetch(origin, { headers: [['x-c', '1'], ['x-a', '2'], ['X-B', '3'], ['x-a', '4']] });
    const [{ rawHeaders }] = await asked;
    const sent = rawHeaders.flatMap((name, at) => (at % 2 === 0 && /^x-/i.test(name) ? [[name.toLowerCase(), rawHeaders[at + 1]]] : []));
    assert.deepEqual(sent, mine.scanned[0].head.headers);
  });

  it('carries the body of a Request object and of a form, however large', async (t) => {
    for (const mode of ['observe', 'enforce']) {
      for (const status of [307, 308]) {
        const { origin, received } = await loopback(t, { '/a': redirect(status, '/b') });
        const file = new File(['z'.repeat(3 << 20)], 'f');
        const make = {
          request: () => [new Request(`${origin}/a`, { method: 'PUT', body: 'z'.repeat(3 << 20) })],
          form: () => [`${origin}/a`, { method: 'POST', body: (() => { const f = new FormData(); f.append('f', file); return f; })() }],
        };
        for (const call of Object.values(make)) {
          received.length = 0;
          const answer = await tracked(mode).fetch(...call());
          assert.deepEqual([answer.status, received.map(({ url }) => url)], [200, ['/a', '/b']]);
          assert.ok(received.every(({ bytes }) => bytes >= 3 << 20 && bytes === received[0].bytes));
        }
      }
    }
  });

  it('is told without repeating addresses, headers or methods', async () => {
    const mine = tracked('observe').fetch;
    const secret = 'hunter22-hunter22';
    for (const args of [
      [`http://user:${secret}@localhost/`],
      [`http://[${secret}`],
      [`${secret}://x y`],
      ['http://localhost', { method: `${secret} x` }],
      ['http://localhost', { headers: { [`${secret} x`]: '1' } }],
      ['http://localhost', { headers: { authorization: `${secret}\u0000` } }],
      ['http://localhost', { mode: secret }],
      ['http://localhost', { referrer: `http://[${secret}` }],
      ['http://localhost', { signal: secret }],
      ['http://localhost', secret],
    ]) {
      const error = await rejection(mine(...args));
      assert.equal(error.name, 'TypeError');
      const { message, stack, cause } = error;
      assert.ok(!inspect({ message, stack, cause, error }, { depth: 9 }).includes(secret), inspect(error));
    }
  });
});
