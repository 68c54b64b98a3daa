// trackedFetch beside fetch: the same requests reach the server, and the same errors the caller. The scanner here finds the word
// FORBIDDEN and nothing else, so that the wrapper is tested by itself; dlp.test.mjs has the real one.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openAsBlob, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { createTrackedFetch, ZtpError } from '../index.mjs';
import { FickleBlob, OtherBlob, OtherForm } from './foreign.mjs';
import { loopback, redirect } from './loopback.mjs';
import { rejection, scratch } from './support.mjs';
import { parts, tracked } from './tracked.mjs';

const { failure } = createRequire(import.meta.url)('../lib/error.cjs');

function comparable({ method, url, headers, body }) {
  const { host, connection, ...rest } = headers;
  const boundary = /boundary=(\S+)/.exec(headers['content-type'] ?? '')?.[1];
  const same = (text) => (boundary === undefined ? text : text.replaceAll(boundary, 'B'));
  // Boundaries differ in length, and the length of the body with them.
  if (boundary !== undefined) rest['content-length'] = String(same(body).replace(/\r\n$/, '').length);
  const names = Object.entries(rest).map(([name, value]) => [name, same(String(value))]);
  return { method, url, headers: Object.fromEntries(names), body: same(body).replace(/\r\n$/, '') };
}

function form() {
  const data = new FormData();
  data.append('plain', 'one\ntwo\r\nthree');
  data.append('na"me\n', 'x');
  data.append('file', new File(['content of the file'], 'a"b\n.txt', { type: 'text/plain' }));
  data.append('blob', new Blob([new Uint8Array([0, 1, 2, 255])]));
  return data;
}

function streamOf(...texts) {
  return new ReadableStream({
    start(controller) {
      for (const text of texts) controller.enqueue(Buffer.from(text));
      controller.close();
    },
  });
}

async function* iterate(...texts) {
  for (const text of texts) yield Buffer.from(text);
}

const BODIES = {
  none: () => ({ method: 'GET' }),
  string: () => ({ method: 'POST', body: 'héllo' }),
  'a String that is not a string': () => ({ method: 'POST', body: { toString: () => 'converted' } }),
  Buffer: () => ({ method: 'PUT', body: Buffer.from([0, 255, 7]) }),
  'a view of other words': () => ({ method: 'POST', body: new Uint16Array([1, 515]) }),
  ArrayBuffer: () => ({ method: 'POST', body: new Uint8Array([1, 2, 3]).buffer }),
  URLSearchParams: () => ({ method: 'POST', body: new URLSearchParams({ a: '1 2', b: 'ü' }) }),
  FormData: () => ({ method: 'POST', body: form() }),
  Blob: () => ({ method: 'POST', body: new Blob(['bl', 'ob'], { type: 'text/csv' }) }),
  'FormData of another library': () => {
    const other = new OtherForm();
    other.append('plain', 'one');
    other.append('file', new File(['content'], 'a.txt', { type: 'text/plain' }));
    return { method: 'POST', body: other };
  },
  'Blob of another library': () => ({ method: 'POST', body: new OtherBlob('blobdata') }),
  'Blob that is read otherwise': () => ({ method: 'POST', body: new FickleBlob('first', 'later') }),
  'options that are inherited': () => Object.create({ method: 'POST', body: 'inherited' }),
  'empty Blob': () => ({ method: 'POST', body: new Blob([]) }),
  ReadableStream: () => ({ method: 'POST', body: streamOf('a', 'bc'), duplex: 'half' }),
  'async iterable': () => ({ method: 'POST', body: iterate('a', 'bc'), duplex: 'half' }),
  gzip: () => ({ method: 'POST', body: gzipSync('squeezed'), headers: { 'content-encoding': 'gzip' } }),
  headers: () => ({ method: 'POST', body: 'x', headers: [['x-a', '1'], ['X-A', '2'], ['cookie', 'c=d']] }),
  referrer: () => ({ referrer: 'https://example.com/page' }),
};

describe('a request that nothing is found in', () => {
  for (const mode of ['observe', 'enforce']) {
    for (const [name, init] of Object.entries(BODIES)) {
      it(`reaches the server as fetch sends it: ${name}, ${mode}`, async (t) => {
        const { origin, received } = await loopback(t);
        const mine = tracked(mode);
        const [theirs, ours] = [await fetch(`${origin}/p?q=1`, init()), await mine.fetch(`${origin}/p?q=1`, init())];
        assert.equal(await ours.text(), await theirs.text());
        assert.equal(ours.url, theirs.url);
        const [expected, found] = received.map(comparable);
        if (mode === 'enforce' && expected.headers['transfer-encoding'] !== undefined) {
          // A body that was held has a length.
          delete expected.headers['transfer-encoding'];
          expected.headers['content-length'] = String(expected.body.length);
        }
        assert.deepEqual(found, expected);
        await mine.fetch.settled();
        assert.equal(Buffer.concat(mine.scanned[0].chunks).toString('latin1'), received[1].body, 'what was scanned is what was sent');
        assert.deepEqual(mine.events.at(-1).payload.body, 'whole');
      });
    }

    it(`reaches the server as fetch sends it: a Request object, ${mode}`, async (t) => {
      const { origin, received } = await loopback(t);
      const request = () => new Request(`${origin}/r`, { method: 'POST', body: 'of a request', headers: { 'x-a': 'b' } });
      await fetch(request());
      await tracked(mode).fetch(request());
      await tracked(mode).fetch(new URL('/u', origin));
      assert.deepEqual(comparable(received[1]), comparable(received[0]));
      assert.equal(received[2].url, '/u');
    });
  }

  it('is judged by its referrer too, which is sent as a header', async (t) => {
    const { origin, connections } = await loopback(t);
    const error = await rejection(tracked('enforce').fetch(origin, { referrer: 'https://example.com/FORBIDDEN' }));
    assert.equal(error.code, 'dlp_blocked');
    assert.equal(connections(), 0);
  });
});

describe('enforce', () => {
  for (const [name, init] of Object.entries({
    url: () => [`/FORBIDDEN`, {}],
    query: () => ['/?a=FORBIDDEN', {}],
    header: () => ['/', { headers: { 'x-a': 'FORBIDDEN' } }],
    cookie: () => ['/', { headers: { cookie: 'a=FORBIDDEN' } }],
    string: () => ['/', { method: 'POST', body: 'it is FORBIDDEN' }],
    bytes: () => ['/', { method: 'POST', body: Buffer.from('it is FORBIDDEN') }],
    form: () => ['/', { method: 'POST', body: (() => { const f = form(); f.append('z', 'FORBIDDEN'); return f; })() }],
    file: () => ['/', { method: 'POST', body: new Blob(['x'.repeat(200_000), 'FORBIDDEN']) }],
    stream: () => ['/', { method: 'POST', body: streamOf('x'.repeat(200_000), 'FORB', 'IDDEN'), duplex: 'half' }],
    iterable: () => ['/', { method: 'POST', body: iterate('FORB', 'IDDEN'), duplex: 'half' }],
  })) {
    it(`lets nothing reach the server, and records it: ${name}`, async (t) => {
      const { origin, received, connections } = await loopback(t);
      const mine = tracked('enforce');
      const [path, options] = init();
      const error = await rejection(mine.fetch(origin + path, options));
      assert.ok(error instanceof ZtpError);
      assert.equal(error.code, 'dlp_blocked');
      assert.deepEqual([received.length, connections()], [0, 0]);
      assert.equal(mine.events.length, 1);
      assert.equal(mine.events[0].payload.blocked, true);
    });
  }

  it('refuses a body that is larger than what is held, and records that', async (t) => {
    const { origin, connections } = await loopback(t);
    const mine = tracked('enforce', { holdBytesMax: 10 });
    const ok = await mine.fetch(origin, { method: 'POST', body: 'x'.repeat(10) });
    assert.equal(ok.status, 200);
    const before = connections();
    const error = await rejection(mine.fetch(origin, { method: 'POST', body: iterate('x'.repeat(6), 'y'.repeat(5)), duplex: 'half' }));
    assert.deepEqual([error.code, error.status], ['dlp_body_too_large', 661]);
    assert.equal(connections(), before);
    assert.deepEqual(mine.events.at(-1).payload.code, 'dlp_body_too_large');
    assert.equal(mine.scanned.at(-1).closed, true);
  });

  it('sends what was scanned, although the caller changes his memory afterwards', async (t) => {
    const { origin, received } = await loopback(t);
    const mine = tracked('enforce');
    const shared = Buffer.from('permitted');
    const body = (async function* () {
      yield shared;
      shared.write('FORBIDDEN');
      yield Buffer.from('.');
    })();
    await mine.fetch(origin, { method: 'POST', body, duplex: 'half' });
    assert.equal(received[0].body, 'permitted.');
    const bytes = Buffer.from('permitted');
    const sending = mine.fetch(origin, { method: 'POST', body: bytes });
    bytes.write('FORBIDDEN');
    await sending;
    assert.equal(received[1].body, 'permitted');
  });

  it('sends nothing that the log does not take', async (t) => {
    const { origin, connections } = await loopback(t);
    const error = await rejection(tracked('enforce', { broken: true }).fetch(origin));
    assert.deepEqual([error.code, error.cause.message], ['dlp_not_recorded', 'the disk is full']);
    assert.equal(connections(), 0);
  });
});

describe('observe', () => {
  it('sends what is found, and records it', async (t) => {
    const { origin, received } = await loopback(t);
    const mine = tracked('observe');
    await mine.fetch(origin, { method: 'POST', body: 'FORBIDDEN' });
    assert.equal(received[0].body, 'FORBIDDEN');
    assert.deepEqual(mine.events.map((event) => event.payload.found), [true]);
  });

  it('reports what the log does not take, and sends it', async (t) => {
    const { origin, received } = await loopback(t);
    const reported = [];
    const mine = tracked('observe', { broken: true, onUnrecorded: (error) => reported.push(error) });
    await mine.fetch(origin, { method: 'POST', body: 'x' });
    assert.equal(received[0].body, 'x');
    assert.deepEqual(reported.map((error) => error.code), ['dlp_not_recorded']);
  });

  it('records a stream before it begins and after it ends, and holds no more of it than a chunk', async (t) => {
    const { origin, server, received } = await loopback(t);
    const mine = tracked('observe');
    let produced = 0;
    // Each chunk is made only when the server has the one before: whoever holds them back waits for ever.
    const body = (async function* () {
      for (; produced < 8; produced += 1) {
        const arrived = once(server, 'chunk');
        yield Buffer.alloc(1 << 16, 48 + produced);
        await arrived;
        assert.equal(mine.events.length, 1);
        assert.equal(mine.events[0].payload.body, 'streaming');
      }
    })();
    await mine.fetch(origin, { method: 'POST', body, duplex: 'half' });
    await mine.fetch.settled();
    assert.equal(received[0].bytes, 8 << 16);
    assert.deepEqual(mine.events.map((event) => event.payload.body), ['streaming', 'whole']);
    assert.equal(mine.events[1].payload.bytes, 8 << 16);
  });

  it('reads a file twice and never whole', async (t) => {
    const { origin, received } = await loopback(t);
    const file = join(scratch(t), 'file');
    writeFileSync(file, Buffer.alloc(3 << 20, 'a'));
    const mine = tracked('observe');
    await mine.fetch(origin, { method: 'POST', body: await openAsBlob(file) });
    assert.equal(received[0].headers['content-length'], String(3 << 20));
    assert.ok(mine.scanned[0].chunks.length > 1);
  });

  it('records that a body was cut when its source fails, and gives the error of fetch', async (t) => {
    const { origin } = await loopback(t);
    const mine = tracked('observe');
    const failing = () =>
      (async function* () {
        yield Buffer.from('half');
        throw new Error('the source failed');
      })();
    const theirs = await rejection(fetch(origin, { method: 'POST', body: failing(), duplex: 'half' }));
    const error = await rejection(mine.fetch(origin, { method: 'POST', body: failing(), duplex: 'half' }));
    assert.equal(error.name, theirs.name);
    await mine.fetch.settled();
    assert.deepEqual(mine.events.map((event) => event.payload.body), ['streaming', 'cut']);
  });

  it('records that a body was cut when nobody takes it', async (t) => {
    const mine = tracked('observe');
    // A port that was free a moment ago.
    const { origin, server } = await loopback(t);
    await new Promise((resolve) => server.close(resolve));
    const error = await rejection(mine.fetch(origin, { method: 'POST', body: streamOf('x'), duplex: 'half' }));
    assert.equal(error.name, 'TypeError');
    await mine.fetch.settled();
    assert.deepEqual(mine.events.map((event) => event.payload.body), ['streaming', 'cut']);
  });
});

describe('a scanner that fails', () => {
  const failing = (mode, at) => {
    const mine = tracked(mode);
    const begin = mine.scanner.begin.bind(mine.scanner);
    const fault = async () => {
      throw new ZtpError(failure('internal', 'a fault in the scanner'));
    };
    mine.scanner.begin = at === 'begin' ? fault : async (head) => ({ ...(await begin(head)), [at]: fault });
    return mine;
  };
  for (const at of ['begin', 'update', 'finish']) {
    it(`refuses the request in enforce, and lets it pass unscanned and recorded as such in observe: ${at}`, async (t) => {
      const { origin, received, connections } = await loopback(t);
      const init = () => ({ method: 'POST', body: 'x' });
      const strict = failing('enforce', at);
      assert.equal((await rejection(strict.fetch(`${origin}/path?query`, init()))).code, 'internal');
      assert.equal(connections(), 0);
      const loose = failing('observe', at);
      await loose.fetch(`${origin}/path?query`, init());
      await loose.fetch(origin, { ...init(), body: iterate('y'), duplex: 'half' });
      await loose.fetch.settled();
      assert.deepEqual(received.map((entry) => entry.body), ['x', 'y']);
      for (const { events } of [strict, loose]) {
        const unscanned = events.filter((event) => event.payload.verdict === 'unscanned');
        assert.ok(unscanned.length >= 1);
        assert.deepEqual([unscanned[0].payload.url, unscanned[0].payload.code], [origin, 'internal']);
      }
    });
  }
});

describe('redirects', () => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT'];
  const bodies = { string: () => 'body', blob: () => new Blob(['body']), stream: () => streamOf('body') };
  for (const mode of ['observe', 'enforce']) {
    for (const status of [301, 302, 303, 307, 308]) {
      it(`are followed as fetch follows them, each hop scanned: ${status}, ${mode}`, async (t) => {
        const other = await loopback(t);
        const routes = { '/a': redirect(status, '/b?x'), '/b': redirect(status, () => `${other.origin}/c#there`) };
        const { origin, received } = await loopback(t, routes);
        for (const method of methods) {
          const kinds = method === 'GET' || method === 'HEAD' ? { none: () => undefined } : bodies;
          for (const [kind, make] of Object.entries(kinds)) {
            const headers = { authorization: 'Basic eA==', cookie: 'a=b', 'content-language': 'en', 'x-kept': 'y' };
            const init = () => ({ method, headers, body: make(), ...(kind === 'stream' ? { duplex: 'half' } : {}) });
            const results = [];
            const mine = tracked(mode);
            for (const call of [fetch, mine.fetch]) {
              received.length = 0;
              other.received.length = 0;
              const answer = await call(`${origin}/a#here`, init()).catch((error) => error);
              const seen = [...received, ...other.received].map(comparable);
              for (const { headers } of seen) {
                // A held body has a length; a stream has none.
                delete headers['transfer-encoding'];
                if (kind === 'stream') delete headers['content-length'];
              }
              const outcome = answer instanceof Error ? answer.message : [answer.status, answer.url, answer.redirected];
              results.push({ seen, outcome });
            }
            assert.deepEqual(results[1], results[0], `${method} ${kind}`);
            assert.equal(mine.scanned.length, results[0].seen.length, 'each hop is scanned');
            await mine.fetch.settled();
            assert.deepEqual([...new Set(mine.events.map((event) => event.payload.hop))], results[0].seen.map((_, hop) => hop));
          }
        }
      });
    }
  }

  it('stop at the hop that is refused', async (t) => {
    const second = await loopback(t);
    const { origin, received } = await loopback(t, { '/': redirect(307, () => `${second.origin}/?leak=FORBIDDEN`) });
    const mine = tracked('enforce');
    const error = await rejection(mine.fetch(origin, { method: 'POST', body: 'harmless' }));
    assert.equal(error.code, 'dlp_blocked');
    assert.deepEqual([received.length, second.connections()], [1, 0]);
    assert.deepEqual(mine.events.map((event) => [event.payload.hop, event.payload.blocked]), [[0, false], [1, true]]);
  });

  it('are an error where fetch makes them one', async (t) => {
    const { origin } = await loopback(t, {
      '/loop': redirect(302, '/loop'),
      '/scheme': redirect(302, 'data:text/plain,x'),
      '/invalid': redirect(302, 'http://['),
      '/nowhere': (_request, response) => response.writeHead(302).end('stays'),
    });
    for (const path of ['/loop', '/scheme', '/invalid']) {
      const [theirs, ours] = [await rejection(fetch(origin + path)), await rejection(tracked('observe').fetch(origin + path))];
      assert.deepEqual([ours.name, ours.message], [theirs.name, theirs.message], path);
    }
    const stays = await tracked('observe').fetch(`${origin}/nowhere`);
    assert.deepEqual([stays.status, await stays.text()], [302, 'stays']);
  });

  it('are left to the caller when he wants that', async (t) => {
    const { origin } = await loopback(t, { '/': redirect(302, '/b') });
    const manual = await tracked('observe').fetch(origin, { redirect: 'manual' });
    assert.deepEqual([manual.status, manual.headers.get('location')], [302, '/b']);
    assert.equal((await rejection(tracked('observe').fetch(origin, { redirect: 'error' }))).name, 'TypeError');
  });
});

describe('an aborted signal', () => {
  for (const mode of ['observe', 'enforce']) {
    it(`ends the call before anything is scanned or sent, ${mode}`, async (t) => {
      const { origin, connections } = await loopback(t);
      const mine = tracked(mode);
      const reason = new Error('enough');
      assert.equal(await rejection(mine.fetch(origin, { signal: AbortSignal.abort(reason) })), reason);
      assert.deepEqual([connections(), mine.scanned.length], [0, 0]);
    });

    it(`ends a call that waits for its body, and cancels the body, ${mode}`, async (t) => {
      const { origin } = await loopback(t);
      const mine = tracked(mode);
      const abort = new AbortController();
      let cancelled;
      const cancelling = new Promise((resolve) => (cancelled = resolve));
      const body = new ReadableStream({
        pull(controller) {
          controller.enqueue(Buffer.from('begun'));
          setImmediate(() => abort.abort());
          return new Promise(() => {});
        },
        cancel: cancelled,
      });
      const error = await rejection(mine.fetch(origin, { method: 'POST', body, duplex: 'half', signal: abort.signal }));
      assert.equal(error.name, 'AbortError');
      await cancelling;
      await mine.fetch.settled();
      if (mode === 'observe') assert.deepEqual(mine.events.map((event) => event.payload.body), ['streaming', 'cut']);
    });

    it(`ends a call that waits for the answer, ${mode}`, async (t) => {
      const abort = new AbortController();
      const { origin, received } = await loopback(t, { '/': () => abort.abort() });
      const error = await rejection(tracked(mode).fetch(origin, { method: 'POST', body: 'x', signal: abort.signal }));
      assert.equal(error.name, 'AbortError');
      assert.equal(received.length, 1);
    });
  }
});

describe('wrong use', () => {
  it('is refused where it happens', async () => {
    const { scanner, log } = parts('observe');
    const wrong = [{}, { scanner }, { scanner, log }, { scanner, log, principal: 7 }, { scanner, log, principal: 'p', fetch: 1 }];
    for (const options of wrong) assert.throws(() => createTrackedFetch(options), { code: 'ERR_INVALID_ARG_TYPE' });
    const enforced = { scanner, log, principal: 'p', mode: 'enforce' };
    assert.throws(() => createTrackedFetch(enforced), { code: 'ERR_INVALID_ARG_VALUE', message: /the scanner's rules say observe/ });
    const mine = tracked('observe').fetch;
    for (const args of [['not a url'], ['http://user:pw@localhost/'], ['http://localhost', { method: 'GET', body: 'x' }]]) {
      const [theirs, ours] = [await rejection(fetch(...args)), await rejection(mine(...args))];
      assert.equal(ours.name, theirs.name);
      assert.ok(theirs.message.startsWith(ours.message), ours.message);
    }
  });
});
