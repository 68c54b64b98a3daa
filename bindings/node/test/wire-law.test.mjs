// The wire law: whatever enforced rules let through is clean as raw bytes, and what the sealed log says of it is what was dialled and
// sent. Random calls over all that fetch takes, with secrets in random places, against a server that keeps every byte.
//
//   ZTP_WIRE_CASES   calls, 300 when absent        ZTP_WIRE_SEED   where the dice begin, 1 when absent

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import { AuditLog, DlpScanner, ZtpError, auditInit, createTrackedFetch } from '../index.mjs';
import { FickleBlob, OtherBlob, OtherForm } from './foreign.mjs';
import { NOW, scratch } from './support.mjs';
import { dice, header, parse, rawServer, readings } from './wire.mjs';

const CASES = Number(process.env.ZTP_WIRE_CASES ?? 300);
const SEED = Number(process.env.ZTP_WIRE_SEED ?? 1);

const PHRASE = 'amber falcon rides the slow morning tram to Kista at nine';
const VALUE = 'violet harbour quilt 1947 mango';
const TOKEN = 'kZ8vRwYq3nLx0TbUeGhM5jPaSdFc7iOo9WtKyB2XzQ4rNmVl6uHgEsDp1CfJ';
const HEX = '9f3c61d0a7e8b25f4c1ad983e6b7502f8d4e19c3a05b7f62';
const LITERAL = 'project nightjar';

const config = (mode) => ({
  schema: 'ztp.dlp.config/1',
  mode,
  tag_key: '07'.repeat(32),
  rules: `- name: code-name\n  literal: ${LITERAL}\n  action: block\n  examples: ['Project Nightjar']\n`,
  registry: { secrets: [{ name: 'phrase', text: PHRASE }, { name: 'token', text: TOKEN }, { name: 'hex', text: HEX }], values: [{ name: 'value', text: VALUE }] },
});

/** An Ed25519 key of the dice: no two cases have the same. */
function key(roll) {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), roll.bytes(32)]).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
}

const WORDS = 'sensor rack seven fan speed idle load mean of the last hour north hall report weekly'.split(' ');
const words = (roll, n) => Array.from({ length: n }, () => roll.pick(WORDS));
const cut = (text, width) => text.match(new RegExp(`.{1,${width}}`, 'gs'));

/** Ways to give fetch a body that carries a text; `init` is what goes with it. */
const BODIES = {
  string: (text) => ({ body: text }),
  'String object': (text) => ({ body: { toString: () => text } }),
  'fickle object': (text) => { let reads = 0; return { body: { toString: () => (reads++ === 0 ? 'harmless' : text) } }; },
  Buffer: (text) => ({ body: Buffer.from(text) }),
  'a buffer that changes': (text) => { const bytes = Buffer.from('x'.repeat(text.length)); queueMicrotask(() => bytes.write(text)); return { body: bytes }; },
  ArrayBuffer: (text) => ({ body: new Uint8Array(Buffer.from(text)).buffer }),
  DataView: (text) => ({ body: new DataView(new Uint8Array(Buffer.from(text)).buffer) }),
  URLSearchParams: (text) => ({ body: new URLSearchParams({ day: 'one', note: text }) }),
  'URLSearchParams in pieces': (text) => ({ body: new URLSearchParams(cut(text, 16).map((piece, at) => [`n${at}`, piece])) }),
  'form by hand': (text) => ({ body: `a=b&note=${text.replaceAll('%', '%25').replaceAll('&', '%26').replaceAll('+', '%2B').replaceAll(' ', '+')}`, headers: [['content-type', 'application/x-www-form-urlencoded']] }),
  'form names by hand': (text) => ({ body: cut(encodeURIComponent(text), 16).map((piece, at) => `${piece}=${at}`).join('&'), headers: [['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8']] }),
  FormData: (text) => { const form = new FormData(); form.append('a', 'b'); form.append('note', text); return { body: form }; },
  'FormData with a file': (text) => { const form = new FormData(); form.append('file', new File([text], 'n.txt')); return { body: form }; },
  'FormData with a name': (text) => { const form = new FormData(); form.append('file', new File(['x'], text.replace(/\s/g, ' '))); return { body: form }; },
  'FormData of others': (text) => { const form = new OtherForm(); form.append('a', 'b'); form.append('note', text); return { body: form }; },
  Blob: (text) => ({ body: new Blob([text], { type: 'text/csv' }) }),
  'Blob of others': (text) => ({ body: new OtherBlob(text) }),
  'fickle Blob': (text) => ({ body: new FickleBlob('harmless harmless harmless', text) }),
  stream: (text) => ({ body: new ReadableStream({ start(c) { for (const piece of cut(text, 9)) c.enqueue(Buffer.from(piece)); c.close(); } }), duplex: 'half' }),
  'async iterable': (text) => ({ body: (async function* () { for (const piece of cut(text, 7)) yield Buffer.from(piece); })(), duplex: 'half' }),
  'a chunk that changes': (text) => ({ body: (async function* () { const chunk = Buffer.from('x'.repeat(text.length)); yield chunk; chunk.write(text); yield Buffer.from('.'); })(), duplex: 'half' }),
};

const safe = (text) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);

/** Ways to put a text elsewhere than in the body. Each takes a draft `{ path, query, headers, init }`. */
const PLACES = {
  path: (draft, text) => draft.path.push(encodeURIComponent(text)),
  'path in pieces': (draft, text) => draft.path.push(...cut(text, 16).map(encodeURIComponent)),
  query: (draft, text) => draft.query.push(`q=${encodeURIComponent(text)}`),
  'query with plus': (draft, text) => draft.query.push(`q=${encodeURIComponent(text).replaceAll('%20', '+')}`),
  'query values in pieces': (draft, text) => draft.query.push(...cut(text, 16).map((piece) => `q=${encodeURIComponent(piece)}`)),
  'query names in pieces': (draft, text) => draft.query.push(...cut(text, 16).map((piece, at) => `${encodeURIComponent(piece)}=${at}`)),
  'query names and values in pieces': (draft, text) => draft.query.push(cut(text, 16).map((piece, at) => encodeURIComponent(piece) + (at % 2 ? '&' : '=')).join('')),
  fragment: (draft, text) => (draft.fragment = encodeURIComponent(text)),
  header: (draft, text) => draft.headers.push(['X-Note', text.replace(/\s+/g, ' ').trim()]),
  'header in base64': (draft, text) => draft.headers.push(['X-Note', Buffer.from(text).toString('base64')]),
  'header values in pieces': (draft, text) => cut(Buffer.from(text).toString('hex'), 16).forEach((piece, at) => draft.headers.push([`X-P${String(at).padStart(3, '0')}`, piece])),
  'header names in pieces': (draft, text) => safe(text) && draft.headers.push(...cut(text.toLowerCase(), 16).map((piece) => [piece, '1'])),
  cookie: (draft, text) => draft.headers.push(['cookie', `s=${encodeURIComponent(text)}`]),
  'cookies in pieces': (draft, text) => draft.headers.push(['cookie', cut(text, 16).map((piece, at) => `c${at}=${encodeURIComponent(piece)}`).join('; ')]),
  referrer: (draft, text) => (draft.init.referrer = `https://example.com/${encodeURIComponent(text)}`),
  'another host': (draft, text) => draft.headers.push(['host', `${Buffer.from(text).toString('hex').slice(0, 200)}.example`]),
  method: (draft, text) => safe(text) && (draft.init.method = text),
  redirect: (draft, text) => (draft.location = `/next?k=${encodeURIComponent(text)}`),
  'redirect in pieces': (draft, text) => (draft.location = `/${cut(text, 16).map(encodeURIComponent).join('/')}`),
};

/** What else a call may say. */
const TWISTS = {
  none: () => {},
  'a length that is none': (draft, roll) => draft.headers.push(['content-length', String(roll.below(40))]),
  expect: (draft) => draft.headers.push(['expect', '100-continue']),
  upgrade: (draft) => draft.headers.push(['connection', 'upgrade'], ['upgrade', 'websocket']),
  chunked: (draft) => draft.headers.push(['transfer-encoding', 'chunked']),
  'many values': (draft) => draft.headers.push(['x-a', '1'], ['X-A', '2'], ['x-a', '3']),
  'manual redirect': (draft) => (draft.init.redirect = 'manual'),
  'no redirect': (draft) => (draft.init.redirect = 'error'),
  'switching protocols': (draft) => (draft.status = 101),
};

/** Ways to make the call of a finished draft; the later ones say something else when they are asked again. */
const CALLS = {
  'string and options': (url, init) => [url, init],
  URL: (url, init) => [new URL(url), init],
  Request: (url, init) => [new Request(url, init)],
  'Request that lies': (url, init) => {
    class Liar extends Request {
      get url() { return 'http://127.0.0.1:1/'; }
      get headers() { return new Headers(); }
      get body() { return null; }
      get method() { return 'GET'; }
    }
    return [new Liar(url, init)];
  },
  'options that are computed': (url, init) => {
    const reads = {};
    const harmless = { method: init.method, headers: [], body: init.body === undefined ? undefined : 'harmless' };
    const options = {};
    for (const name of Object.keys(init)) {
      Object.defineProperty(options, name, {
        enumerable: true,
        get: () => ((reads[name] = (reads[name] ?? 0) + 1) === 1 && name in harmless ? harmless[name] : init[name]),
      });
    }
    return [url, options];
  },
  'options that are inherited': (url, init) => [url, Object.create(init)],
};

function draw(roll, origin) {
  const secrets = { phrase: PHRASE, token: TOKEN, hex: HEX, value: VALUE, literal: LITERAL, key: key(roll) };
  const draft = { path: words(roll, roll.below(3)), query: [], headers: [], init: {}, fragment: '', location: '/next', status: undefined };
  const name = roll.chance(0.35) ? 'none' : roll.pick(Object.keys(secrets));
  const secret = secrets[name] ?? words(roll, 6).join(' ');
  const redirects = roll.chance(0.3);
  draft.status = roll.chance(0.3) ? roll.pick([301, 302, 303, 307, 308]) : 200;
  const twist = roll.pick(Object.keys(TWISTS));
  const inBody = roll.chance(0.5);
  const place = inBody ? roll.pick(Object.keys(BODIES)) : roll.pick(Object.keys(PLACES));
  if (inBody || roll.chance(0.3)) {
    const body = inBody ? place : roll.pick(Object.keys(BODIES));
    const { headers = [], ...init } = BODIES[body](inBody ? secret : words(roll, 5).join(' '));
    Object.assign(draft.init, { method: roll.pick(['POST', 'PUT', 'PATCH']) }, init);
    draft.headers.push(...headers);
  }
  if (!inBody) PLACES[place](draft, secret);
  TWISTS[twist](draft, roll);
  if (draft.location !== '/next' || redirects) draft.status = roll.pick([301, 302, 303, 307, 308]);
  const query = draft.query.length === 0 ? '' : `?${draft.query.join('&')}`;
  const fragment = draft.fragment === '' ? '' : `#${draft.fragment}`;
  const url = `${origin}/${draft.path.join('/')}${query}${fragment}`;
  const init = { ...draft.init, headers: draft.headers };
  const call = roll.pick(Object.keys(CALLS));
  return { name, place, twist, call, draft, args: () => CALLS[call](url, init), what: `${name} in ${place}, ${twist}, ${call}` };
}

const late = (ms) => new Promise((resolve) => setTimeout(resolve, ms, 'late').unref());

/** Runs the law over many calls of what `make` gives, and lists what it broke. */
async function law(t, make, { cases, seed, mode }) {
  const roll = dice(seed);
  const scanner = await DlpScanner.open(config('enforce'));
  let current;
  const answer = (request) => {
    if (current.draft.status === 101) return { status: 101, headers: ['Connection: Upgrade', 'Upgrade: websocket'], open: true };
    // Only the first address redirects.
    const redirects = current.draft.status >= 300 && !current.answered;
    current.answered = true;
    return { status: redirects ? current.draft.status : 200, headers: redirects ? [`Location: ${current.draft.location}`] : [] };
  };
  const server = await rawServer(t, answer);
  const broken = [];
  const counts = { blocked: 0, sent: 0, failed: 0, late: 0, requests: 0 };
  for (let number = 0; number < cases; number += 1) {
    current = draw(roll, server.origin);
    server.exchanges.length = 0;
    const { fetch, records } = await make(mode, number);
    const complain = (what) => broken.push(`seed ${seed}, call ${number} (${current.what}): ${what}`);
    let outcome;
    try {
      const call = Promise.resolve(fetch(...current.args())).then((response) => response.arrayBuffer());
      // Some calls wait for ever, as those of fetch do when a body is shorter than they said.
      outcome = await Promise.race([call.then(() => 'sent'), late(1000)]);
      call.catch(() => {});
    } catch (error) {
      outcome = error instanceof ZtpError ? 'blocked' : 'failed';
    }
    counts[outcome] += 1;
    if (outcome !== 'late') await fetch.settled?.();
    const received = server.exchanges.filter(({ inward }) => inward.length > 0);
    counts.requests += received.length;
    for (const { inward } of received) {
      if (/\[object \w+\]/.test(inward.toString('latin1'))) complain('the wire has the name of a class instead of a body');
    }
    for (const { inward } of mode === 'enforce' ? received : []) {
      // What is registered is known by its bytes, a literal of a rule by its letters.
      for (const secret of [PHRASE, TOKEN, HEX, VALUE, LITERAL]) {
        const has = (text) => text.includes(secret) || (secret === LITERAL && text.toLowerCase().includes(secret));
        if (readings(inward).some(has)) complain(`the wire has ${secret}`);
      }
      for (const bytes of [inward, parse(inward)?.body ?? Buffer.alloc(0)]) {
        try {
          // As one surface that is no request.
          const stream = await scanner.begin(new Uint8Array(), NOW);
          await stream.update(bytes);
          await stream.finish({}, NOW);
        } catch (error) {
          complain(`the raw bytes give ${error.code}`);
        }
      }
    }
    if (records === undefined) continue;
    const told = records().filter(({ blocked, body }) => !blocked && body !== 'streaming');
    received.forEach(({ inward, port }, at) => {
      const request = parse(inward);
      // A hop may be recorded to its end after the next one began.
      const record = told.find(({ hop }) => hop === at);
      if (record === undefined) return complain('the log has no record of what was sent');
      const url = new URL(record.url);
      const expected = { method: request?.method, port: String(port), hop: at };
      const found = { method: record.method, port: url.port, hop: record.hop };
      if (record.method.startsWith('redacted:')) found.method = expected.method;
      const path = request?.target.split('?')[0];
      if (!url.pathname.startsWith('/redacted:') && url.pathname !== path) complain(`the log says ${url.pathname}, the wire ${path}`);
      if (JSON.stringify(found) !== JSON.stringify(expected)) complain(`the log says ${JSON.stringify(found)}, the wire ${JSON.stringify(expected)}`);
      if (request?.whole && record.body === 'whole' && record.body_bytes !== request.body.length) complain(`the log says ${record.body_bytes} bytes, the wire ${request.body.length}`);
      const host = header(request ?? { headers: [] }, 'host');
      if (host !== `127.0.0.1:${port}` && record.host === undefined) complain('the log does not name the host behind the one that was dialled');
    });
  }
  return { broken, counts };
}

/** A tracked fetch for each call, over one log. */
async function benches(t, mode) {
  const dir = join(scratch(t), 'log');
  await auditInit(dir, { origin: 'bench-7.example/audit' }, NOW);
  const log = await AuditLog.open(dir, NOW);
  t.after(() => log.close());
  const scanner = await DlpScanner.open(config(mode));
  const segments = join(dir, 'segments');
  let read = 0;
  // What was appended since the last look.
  const lines = () => {
    const all = Buffer.concat(readdirSync(segments).sort().map((name) => readFileSync(join(segments, name))));
    const fresh = all.subarray(read).toString('utf8').split('\n');
    read = all.length;
    return fresh;
  };
  return async (_, number) => {
    const principal = `caller-${number}`;
    const fetch = createTrackedFetch({ scanner, log, principal, now: () => NOW });
    const mine = (line) => line.includes(`"principal":"${principal}"`) && line.includes('"egress.request"');
    return { fetch, records: () => lines().filter(mine).map((line) => JSON.parse(line).payload) };
  };
}

describe('the wire law', () => {
  it(`holds in enforce: what is let through is clean as raw bytes, and the log says what was sent (${CASES} calls)`, async (t) => {
    const { broken, counts } = await law(t, await benches(t, 'enforce'), { cases: CASES, seed: SEED, mode: 'enforce' });
    assert.deepEqual(broken, []);
    t.diagnostic(JSON.stringify(counts));
    for (const outcome of ['blocked', 'sent', 'requests']) assert.ok(counts[outcome] > CASES / 10, JSON.stringify(counts));
  });

  it('holds in observe: the log says what was sent', async (t) => {
    const cases = Math.ceil(CASES / 3);
    const { broken, counts } = await law(t, await benches(t, 'observe'), { cases, seed: SEED + 1, mode: 'observe' });
    assert.deepEqual(broken, []);
    assert.ok(counts.requests > cases / 2, JSON.stringify(counts));
  });

  it('is broken by a wrapper that judges what it was given instead of what is sent', async (t) => {
    const scanner = await DlpScanner.open(config('enforce'));
    const weak = async (input, init) => {
      const url = String(input?.url ?? input);
      const headers = [...new Headers(init?.headers)];
      await scanner.scan({ url, headers, method: init?.method ?? 'GET' }, Buffer.from(String(init?.body ?? '')), NOW);
      return fetch(input, init);
    };
    const { broken } = await law(t, async () => ({ fetch: weak }), { cases: 300, seed: 1, mode: 'enforce' });
    assert.ok(broken.length > 0);
    for (const way of ['Blob', 'stream', 'options that are computed', 'redirect']) {
      assert.ok(broken.some((line) => line.includes(way)), `${way}: ${broken.length} broken`);
    }
  });
});
