// The monitor as a program uses it: real rules, a real sealed log, a server on the loopback that must receive nothing.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';

import { AuditLog, DlpScanner, ZtpError, auditInit, auditVerify, createTrackedFetch, dlpRules, dlpScan, dlpTest, keysGenerate } from '../index.mjs';
import { loopback, redirect } from './loopback.mjs';
import { NOW, rejection, scratch, thrown } from './support.mjs';

/** A private key that nobody has had before. */
function freshKey() {
  const members = Object.values(JSON.parse(keysGenerate(new Uint8Array(), 'test')));
  return members.find((text) => text.includes?.('PRIVATE KEY'));
}

const CONFIG = { schema: 'ztp.dlp.config/1', mode: 'observe', tag_key: '07'.repeat(32) };
const ENFORCE = { ...CONFIG, mode: 'enforce' };
const RULES = `- name: internal-domain
  pattern: '\\.customer-internal\\.com'
  action: block
  examples: ['x.customer-internal.com']
  negative_examples: ['customer.com']
`;

/** Asserts that no eight characters of the key, or of its bytes in hexadecimal, stand in the text. */
function tellsNothing(key, text) {
  const body = key.replace(/-----[^-]*-----/g, '').replace(/\s/g, '');
  for (let at = 0; at + 8 <= body.length; at += 1) {
    const window = body.slice(at, at + 8);
    assert.ok(!text.includes(window), `${window} of the key stands in ${text.slice(0, 2000)}`);
  }
  // The first bytes say only what kind of key it is.
  const hex = Buffer.from(body, 'base64').subarray(16).toString('hex');
  for (let at = 0; at + 16 <= hex.length; at += 2) assert.ok(!text.includes(hex.slice(at, at + 16)));
}

/** Everything below a directory, as text. */
function contents(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'latin1'))
    .join('\n');
}

/** A tracked fetch with the real scanner and a real log, which end with the test. */
async function bench(t, config, more = {}) {
  const dir = join(scratch(t), 'log');
  const { vkey } = JSON.parse(await auditInit(dir, { origin: 'bench-7.example/audit' }, NOW));
  const log = await AuditLog.open(dir, NOW);
  t.after(() => log.close());
  const scanner = await DlpScanner.open(config);
  const fetch = createTrackedFetch({ scanner, log, principal: 'telemetry', now: () => NOW, ...more });
  const records = () =>
    contents(join(dir, 'segments'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .filter((record) => !record.event_class.startsWith('log.'));
  return { dir, vkey, log, scanner, fetch, records };
}

const dressed = {
  'PEM in a JSON body': (key) => ['/', { method: 'POST', body: JSON.stringify({ note: key }) }],
  'base64 of base64': (key) => ['/', { method: 'POST', body: Buffer.from(Buffer.from(key).toString('base64')).toString('base64') }],
  'gzip by Content-Encoding': (key) => ['/', { method: 'POST', body: gzipSync(key), headers: { 'content-encoding': 'gzip' } }],
  'a file of a form': (key) => {
    const form = new FormData();
    form.append('upload', new File([key], 'notes.txt', { type: 'text/plain' }));
    return ['/', { method: 'POST', body: form }];
  },
  'a query': (key) => [`/?k=${encodeURIComponent(key)}`, {}],
  'a path': (key) => [`/${Buffer.from(key).toString('hex')}`, {}],
  'a header': (key) => ['/', { headers: { 'x-note': Buffer.from(key).toString('base64url') } }],
  'a cookie': (key) => ['/', { headers: { cookie: `a=b; s=${Buffer.from(key).toString('base64url')}` } }],
  'a stream of small pieces': (key) => {
    async function* pieces() {
      for (const character of key) yield Buffer.from(character);
    }
    return ['/', { method: 'POST', body: pieces(), duplex: 'half' }];
  },
};

describe('enforced rules', () => {
  for (const [name, make] of Object.entries(dressed)) {
    it(`keep a key from the server, which receives nothing; the sealed log has the event and nothing of the key: ${name}`, async (t) => {
      const { origin, received, connections } = await loopback(t);
      const mine = await bench(t, ENFORCE);
      const key = freshKey();
      const [path, init] = make(key);
      const error = await rejection(mine.fetch(origin + path, init));
      assert.ok(error instanceof ZtpError, inspect(error));
      assert.equal(error.code, 'dlp_blocked');
      assert.deepEqual([received.length, connections()], [0, 0]);

      const records = mine.records();
      const request = records.find((record) => record.event_class === 'egress.request').payload;
      assert.equal(request.blocked, true);
      assert.equal(request.principal, 'telemetry');
      const findings = records.filter((record) => record.event_class === 'dlp.finding');
      assert.ok(findings.some((record) => record.payload.rule === 'pem-material'), inspect(records, { depth: 5 }));
      assert.ok(findings.every((record) => record.payload.id === request.id));

      await mine.log.seal(NOW);
      assert.match(await auditVerify(mine.dir, { vkey: mine.vkey }), /"status":"intact"/);
      for (const text of [contents(mine.dir), error.document, error.message, inspect(error, { depth: 9 }), error.stack]) {
        tellsNothing(key, text);
      }
    });
  }

  it('let what is harmless pass, and record it', async (t) => {
    const { origin, received } = await loopback(t);
    const mine = await bench(t, ENFORCE);
    const response = await mine.fetch(`${origin}/telemetry?day=1`, { method: 'POST', body: '{"cpu":7}' });
    assert.deepEqual([response.status, received[0].body], [200, '{"cpu":7}']);
    const [{ event_class, payload }] = mine.records();
    assert.equal(event_class, 'egress.request');
    assert.deepEqual([payload.blocked, payload.mode, payload.body_bytes, payload.method], [false, 'enforce', 9, 'POST']);
    assert.ok(!payload.url.includes('day=1'), 'the query stays out of the log');
  });

  it('stop a redirect whose address carries the key', async (t) => {
    const key = freshKey();
    const second = await loopback(t);
    const { origin, received } = await loopback(t, { '/': redirect(302, () => `${second.origin}/?k=${encodeURIComponent(key)}`) });
    const mine = await bench(t, ENFORCE);
    assert.equal((await rejection(mine.fetch(origin))).code, 'dlp_blocked');
    assert.deepEqual([received.length, second.connections()], [1, 0]);
    const requests = mine.records().filter((record) => record.event_class === 'egress.request');
    assert.deepEqual(requests.map(({ payload }) => [payload.hop, payload.blocked]), [[0, false], [1, true]]);
    assert.equal(requests[0].payload.id, requests[1].payload.id);
    tellsNothing(key, contents(mine.dir));
  });

  it('find the second half of a key that was split over two requests', async (t) => {
    const { origin, received } = await loopback(t);
    const mine = await bench(t, ENFORCE);
    const key = freshKey();
    const [head, tail] = [key.slice(0, 60), key.slice(60)];
    await mine.fetch(origin, { method: 'POST', body: head }).catch(() => {});
    const before = received.length;
    assert.equal((await rejection(mine.fetch(origin, { method: 'POST', body: tail }))).code, 'dlp_blocked');
    assert.equal(received.length, before);
  });
});

describe('observed rules', () => {
  for (const [name, make] of Object.entries(dressed)) {
    it(`let a key pass, and record what enforced rules would have done: ${name}`, async (t) => {
      const { origin, received } = await loopback(t);
      const mine = await bench(t, CONFIG);
      const key = freshKey();
      const [path, init] = make(key);
      await mine.fetch(origin + path, init);
      await mine.fetch.settled();
      assert.equal(received.length, 1);
      const records = mine.records();
      const request = records.filter((record) => record.event_class === 'egress.request').at(-1).payload;
      assert.deepEqual([request.blocked, request.would_block], [false, true]);
      assert.ok(records.some((record) => record.event_class === 'dlp.finding'));
      tellsNothing(key, contents(mine.dir));
    });
  }
});

describe('other rules', () => {
  it('are in force for the next request, and the log has the hashes of the old and the new ones', async (t) => {
    const { origin, connections } = await loopback(t);
    const mine = await bench(t, ENFORCE);
    const before = JSON.parse(mine.scanner.rules()).rule_set;
    await mine.fetch(origin, { method: 'POST', body: 'host x.customer-internal.com' });
    const reloaded = JSON.parse(await mine.fetch.reload({ ...ENFORCE, rules: RULES }));
    const after = JSON.parse(mine.scanner.rules()).rule_set;
    assert.deepEqual([reloaded.old, reloaded.new], [before, after]);
    assert.notEqual(before, after);
    const used = connections();
    const error = await rejection(mine.fetch(origin, { method: 'POST', body: 'host x.customer-internal.com' }));
    assert.equal(error.code, 'dlp_blocked');
    assert.equal(connections(), used);
    const change = mine.records().find((record) => record.event_class === 'dlp.rules-changed').payload;
    assert.deepEqual([change.old, change.new], [before, after]);
    const sets = mine.records().filter((record) => record.event_class === 'egress.request').map((record) => record.payload.rule_set);
    assert.deepEqual(sets, [before, after]);
  });

  it('stay out of force when they are refused', async () => {
    const scanner = await DlpScanner.open(CONFIG);
    const before = scanner.rules();
    const error = await rejection(scanner.reload({ ...ENFORCE, rules: RULES.replace('block', 'obliterate') }, NOW));
    assert.match(error.message, /line 3, column 11/);
    assert.deepEqual([scanner.rules(), scanner.mode], [before, 'observe']);
    await scanner.reload(ENFORCE, NOW);
    assert.equal(scanner.mode, 'enforce');
  });
});

describe('scans', () => {
  it('throw what they find, with the report', async () => {
    const key = freshKey();
    const error = await rejection(dlpScan(CONFIG, undefined, Buffer.from(key), NOW));
    assert.equal(error.code, 'dlp_finding');
    const report = JSON.parse(error.document);
    assert.equal(report.findings[0].rule, 'pem-material');
    tellsNothing(key, inspect(error, { depth: 9 }));
    const scanner = await DlpScanner.open(CONFIG);
    const scanned = await rejection(scanner.scan({ url: 'https://example.com/' }, Buffer.from(key), NOW));
    assert.equal(scanned.code, 'dlp_finding');
    assert.match(await dlpScan(CONFIG, undefined, Buffer.from('harmless'), NOW), /"schema":"ztp.dlp.report\/1"/);
  });

  it('give the same report in pieces, in the order of the calls', async () => {
    const body = Buffer.from(JSON.stringify({ note: freshKey() }));
    const request = { url: 'https://example.com/', principal: 'p' };
    const whole = await rejection((await DlpScanner.open(CONFIG)).scan(request, body, NOW));
    const stream = await (await DlpScanner.open(CONFIG)).begin(request, NOW);
    const pieces = [...body].map((byte) => stream.update(Uint8Array.of(byte)));
    const split = await rejection(stream.finish({}, NOW));
    await Promise.all(pieces);
    assert.equal(split.document, whole.document);
    assert.equal((await rejection(stream.update(body))).code, 'dlp_stream_ended');
    stream.close();
    stream.close();
    assert.match((await rejection(stream.update(body))).message, /closed/);
  });

  it('list and check rules', async () => {
    const { rules } = JSON.parse(dlpRules({ ...CONFIG, rules: RULES }));
    assert.ok(rules.some((rule) => rule.rule === 'internal-domain' && rule.action === 'block'));
    assert.equal(JSON.parse(dlpTest(Buffer.from(RULES))).rules.length, 1);
    const refused = thrown(() => dlpTest(Buffer.from(RULES.replace("'\\.customer", "'(\\.customer"))));
    assert.match(refused.message, /line 2, column 12/);
    assert.throws(() => dlpTest(RULES), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => new DlpScanner(), TypeError);
    assert.equal((await rejection(DlpScanner.open({ ...CONFIG, mode: 'watch' }))).code, 'dlp_config_value');
  });
});

describe('a signed exception', () => {
  /** A case of the shared vectors: a list that was signed by a program that knows nothing of this one. */
  const { args } = JSON.parse(readFileSync(new URL('../../../vectors/dlp.json', import.meta.url), 'utf8')).cases.find(
    ({ id }) => id === 'dlp-allow/accept/by-tag',
  );
  const config = JSON.parse(args[0].text);
  const body = Buffer.from(args[2].join.map(({ text }) => text).join(''));

  it('lets one thing out to one host, and is recorded with its ticket', async () => {
    const report = JSON.parse(await dlpScan(config, { url: 'https://example.com/' }, body, NOW));
    assert.equal(report.suppressed[0].ticket, 'SEC-7');
    for (const [url, sent] of [
      ['https://example.org/', body],
      ['https://example.com/', Buffer.from(freshKey())],
    ]) {
      assert.equal((await rejection(dlpScan(config, { url }, sent, NOW))).code, 'dlp_blocked');
    }
  });

  it('is refused once it was changed', async () => {
    const document = config.allow_list.document.replace('SEC-7', 'SEC-8');
    const changed = { ...config, allow_list: { ...config.allow_list, document } };
    assert.equal((await rejection(DlpScanner.open(changed))).code, 'signature_mismatch');
  });
});
