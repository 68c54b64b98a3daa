import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

import {
  AuditLog,
  ZtpError,
  auditAppend,
  auditCheckConsistency,
  auditCheckProof,
  auditHead,
  auditInit,
  auditProve,
  auditProveConsistency,
  auditSeal,
  auditVerify,
  recordHash,
} from '../index.mjs';
import { NOW, events, rejection, scratch, sealedLog } from './support.mjs';

const segment = (dir) => join(dir, 'segments', '00000000000000000000.jsonl');
const lines = (dir) => readFileSync(segment(dir), 'latin1').split('\n').slice(0, -1);

/** Changes one byte of the record with sequence number `seq`, within its payload. */
function tamper(dir, seq) {
  const text = readFileSync(segment(dir), 'latin1').split('\n');
  assert.ok(text[seq].includes('"tier":"A"'));
  text[seq] = text[seq].replace('"tier":"A"', '"tier":"B"');
  writeFileSync(segment(dir), text.join('\n'), 'latin1');
}

describe('auditVerify', () => {
  it('resolves with the verdict of an intact log', async (t) => {
    const { dir, created } = await sealedLog(t, 50);
    const verdict = JSON.parse(await auditVerify(dir, { vkey: created.vkey }));
    assert.equal(verdict.schema, 'ztp.audit.verdict/1');
    assert.equal(verdict.status, 'intact');
    assert.equal(verdict.records, 52);
  });

  it('rejects with the code and the verdict, which names the changed record', async (t) => {
    const { dir } = await sealedLog(t, 50);
    const record = JSON.parse(lines(dir)[17]);
    tamper(dir, 17);
    const error = await rejection(auditVerify(dir));
    assert.ok(error instanceof ZtpError);
    assert.equal(error.code, 'audit_broken');
    assert.equal(error.offset, undefined);
    const verdict = JSON.parse(error.document);
    assert.equal(verdict.status, 'broken');
    assert.equal(verdict.breaks[0].kind, 'hash_mismatch');
    assert.equal(verdict.breaks[0].seq, 17);
    assert.equal(verdict.breaks[0].timestamp, record.timestamp);
    assert.equal(verdict.breaks[0].found, record.hash);
    assert.match(error.message, /^audit_broken: .*the verdict is in the error's document$/);
  });

  it('rejects a log that holds and that nothing outside the copy vouches for, unless nothing is asked for', async (t) => {
    const { dir } = await sealedLog(t, 3);
    const error = await rejection(auditVerify(dir));
    assert.equal(error.code, 'audit_unanchored');
    assert.equal(JSON.parse(error.document).status, 'unanchored');
    assert.equal(JSON.parse(await auditVerify(dir, { require: [] })).status, 'intact');
    const now = '2099-01-01T00:00:00.000Z';
    const old = await rejection(auditVerify(dir, { require: ['sealed_within'], sealed_within_ms: 1000, now }));
    assert.deepEqual([old.code, JSON.parse(old.document).missing], ['anchor_below_required', ['sealed_within']]);
  });

  it('rejects when the log was not started with the pinned key', async (t) => {
    const { dir } = await sealedLog(t, 3);
    const other = await sealedLog(t, 3);
    const error = await rejection(auditVerify(dir, { vkey: other.created.vkey }));
    assert.equal(JSON.parse(error.document).schema, 'ztp.audit.verdict/1');
    assert.notEqual(JSON.parse(error.document).status, 'intact');
  });

  it('gives the same bytes for options as an object and as bytes, and run after run', async (t) => {
    const { dir, created } = await sealedLog(t, 50);
    const options = { breaks_max: 3, vkey: created.vkey };
    const verdict = await auditVerify(dir, options);
    assert.equal(await auditVerify(Buffer.from(dir), Buffer.from(JSON.stringify(options))), verdict);
    assert.equal(await auditVerify(dir, { vkey: created.vkey, breaks_max: 3 }), verdict);
  });

  it('gives every one of several at a time the same verdict', async (t) => {
    const { dir } = await sealedLog(t, 2_000);
    const broken = await sealedLog(t, 2_000);
    tamper(broken.dir, 1_234);
    const runs = Array.from({ length: 12 }, (_, i) =>
      i % 2 === 0 ? auditVerify(dir, { require: [] }) : rejection(auditVerify(broken.dir)).then((error) => error.document),
    );
    const verdicts = await Promise.all(runs);
    assert.equal(new Set(verdicts.filter((_, i) => i % 2 === 0)).size, 1);
    assert.equal(new Set(verdicts.filter((_, i) => i % 2 === 1)).size, 1);
    assert.equal(JSON.parse(verdicts[1]).breaks[0].seq, 1_234);
  });

  it('cannot check what is not there, and says so rather than giving a verdict', async (t) => {
    const error = await rejection(auditVerify(join(scratch(t), 'none')));
    assert.equal(JSON.parse(error.document).schema, 'ztp.error/1');
    assert.equal(JSON.parse(error.document).code, error.code);
    assert.ok(error.message.startsWith(`${error.code}: `));
  });

  it('owns its input: bytes changed after the call change nothing', async (t) => {
    const { dir, created } = await sealedLog(t, 500);
    const path = Buffer.from(dir);
    const options = Buffer.from(JSON.stringify({ vkey: created.vkey }));
    const expected = await auditVerify(dir, { vkey: created.vkey });
    const running = auditVerify(path, options);
    path.fill(0x2f);
    options.fill(0x20);
    assert.equal(await running, expected);
  });
});

describe('control of auditVerify', () => {
  it('ends before it starts when the signal is aborted already', async (t) => {
    const { dir } = await sealedLog(t, 3);
    const error = await rejection(auditVerify(dir, {}, { signal: AbortSignal.abort('enough') }));
    assert.equal(error.code, 'cancelled');
    assert.equal(error.status, 902);
    assert.equal(error.cause, 'enough');
  });

  it('ends in the middle when the signal is aborted, with no verdict', async (t) => {
    const { dir } = await sealedLog(t, 120_000);
    const abort = new AbortController();
    const running = auditVerify(dir, {}, { signal: abort.signal });
    // The operation is on its thread by now, and a log this long takes longer than one turn of the event loop.
    setImmediate(() => abort.abort());
    const error = await rejection(running);
    assert.equal(error.code, 'cancelled');
    assert.equal(error.cause.name, 'AbortError');
    assert.equal(JSON.parse(error.document).schema, 'ztp.error/1');
  });

  it('is left alone by a signal that is aborted afterwards', async (t) => {
    const { dir } = await sealedLog(t, 3);
    const abort = new AbortController();
    const verdict = await auditVerify(dir, { require: [] }, { signal: abort.signal });
    abort.abort();
    assert.equal(JSON.parse(verdict).status, 'intact');
  });

  it('reports progress that grows and ends at the size of the segments', async (t) => {
    const { dir } = await sealedLog(t, 120_000);
    const reports = [];
    await auditVerify(dir, { require: [] }, { onProgress: (progress) => reports.push(progress) });
    const bytes = readdirSync(join(dir, 'segments'))
      .map((name) => statSync(join(dir, 'segments', name)).size)
      .reduce((a, b) => a + b);
    assert.deepEqual(reports.at(-1), { doneBytes: bytes, totalBytes: bytes });
    for (const [i, { doneBytes }] of reports.entries()) assert.ok(i === 0 || doneBytes >= reports[i - 1].doneBytes);
  });

  it('ends with the exception of the progress function', async (t) => {
    const { dir } = await sealedLog(t, 3);
    const fault = new Error('the screen is gone');
    const onProgress = () => {
      throw fault;
    };
    assert.equal(await rejection(auditVerify(dir, {}, { onProgress })), fault);
  });
});

describe('AuditLog', () => {
  it('appends in the order of the calls, whatever is awaited', async (t) => {
    const dir = join(scratch(t), 'log');
    await auditInit(dir, { origin: 'bench-7.example/audit' }, NOW);
    const log = await AuditLog.open(dir, NOW);
    const appended = [];
    for (let i = 0; i < 20; i += 1) appended.push(log.append(events(1, i), NOW + i));
    const head = log.seal(NOW + 20);
    const closed = log.close();
    const documents = (await Promise.all(appended)).map((document) => JSON.parse(document));
    assert.deepEqual(documents.map((d) => d.seq), Array.from({ length: 20 }, (_, i) => i + 1));
    assert.equal(JSON.parse(await head).schema, 'ztp.audit.head/1');
    await closed;
    assert.deepEqual(
      lines(dir).slice(1, 21).map((line) => JSON.parse(line).payload.uid),
      Array.from({ length: 20 }, (_, i) => `6d1f-${i}`),
    );
    assert.equal(JSON.parse(await auditVerify(dir, { require: [] })).status, 'intact');
  });

  it('owns its input while earlier calls still run', async (t) => {
    const { dir } = await sealedLog(t, 0);
    const log = await AuditLog.open(dir, NOW);
    const first = log.append(events(5_000), NOW);
    const line = Buffer.from('{"event_class":"ops-checklist","payload":{"done":true}}\n');
    const second = log.append(line, NOW);
    line.fill(0x7a);
    await Promise.all([first, second]);
    await log.close();
    assert.equal(JSON.parse(lines(dir).at(-1)).event_class, 'ops-checklist');
  });

  it('writes none of the events when one is refused, and goes on', async (t) => {
    const { dir } = await sealedLog(t, 2);
    const before = lines(dir).length;
    const log = await AuditLog.open(dir, NOW);
    const error = await rejection(log.append([...events(2), { event_class: 'log.sealed', payload: {} }], NOW));
    assert.equal(error.code, 'event_class_reserved');
    assert.equal(lines(dir).length, before);
    assert.equal(JSON.parse(await log.append(events(1), NOW)).seq, before);
    await log.close();
  });

  it('is refused an event with half of a surrogate pair at its offset, also as raw bytes', async (t) => {
    const { dir } = await sealedLog(t, 0);
    const line = '{"event_class":"x","payload":{"a":"\\ud800"}}\n';
    await assert.rejects(auditAppend(dir, Buffer.from(line), NOW), {
      code: 'canonical_lone_surrogate',
      offset: line.indexOf('\\ud800'),
    });
  });

  it('keeps NUL bytes, escapes and characters of every plane', async (t) => {
    const { dir } = await sealedLog(t, 0);
    const payload = { a: '\u0000\u007f"\\', é: '€😀\u2028' };
    await auditAppend(dir, [{ event_class: 'ops-checklist', payload }], NOW);
    assert.deepEqual(JSON.parse(lines(dir).at(-1)).payload, payload);
    const reply = JSON.parse(recordHash(Buffer.from(lines(dir).at(-1))));
    assert.equal(reply.hash, JSON.parse(lines(dir).at(-1)).hash);
  });

  it('holds the writer lock until it is closed', async (t) => {
    const { dir } = await sealedLog(t, 0);
    const log = await AuditLog.open(dir, NOW);
    await assert.rejects(AuditLog.open(dir, NOW), { code: 'log_locked' });
    await assert.rejects(auditAppend(dir, events(1), NOW), { code: 'log_locked' });
    for (const call of [
      () => AuditLog.open(dir, NOW, { wait_ms: 20 }),
      () => auditAppend(dir, events(1), NOW, { wait_ms: 20 }),
      () => auditSeal(dir, NOW, { wait_ms: 20 }),
    ]) {
      await assert.rejects(call(), { code: 'log_locked' });
    }
    const waiting = auditSeal(dir, NOW, { wait_ms: 600_000 });
    assert.equal(await log.close(), undefined);
    await waiting;
    assert.equal(await log.close(), undefined);
    await auditAppend(dir, events(1), NOW);
  });

  it('refuses a payload that is none of its class where it is strict, and counts it elsewhere', async (t) => {
    const { dir } = await sealedLog(t, 0);
    const free = { event_class: 'ops-checklist', payload: { done: true } };
    const part = { event_class: 'admission.decision', payload: { uid: 'u-1' } };
    const before = lines(dir);
    await assert.rejects(auditAppend(dir, [free, part], NOW, { strict: true }), { code: 'schema_missing_member' });
    assert.deepEqual(lines(dir), before);
    const { malformed } = JSON.parse(await auditAppend(dir, [free, part, part], NOW));
    assert.deepEqual([malformed.count, malformed.line], [2, 2]);
    const log = await AuditLog.open(dir, NOW);
    await assert.rejects(log.append([part], NOW, { strict: true }), { code: 'schema_missing_member' });
    await log.close();
  });

  it('takes no call after it is closed', async (t) => {
    const { dir } = await sealedLog(t, 0);
    const log = await AuditLog.open(dir, NOW);
    await log.close();
    for (const call of [() => log.append(events(1), NOW), () => log.seal(NOW), () => log.tick(NOW), () => log.head()]) {
      await assert.rejects(call(), /the log is closed/);
    }
  });

  it('is opened, not constructed', async (t) => {
    assert.throws(() => new AuditLog(), TypeError);
    await assert.rejects(AuditLog.open(join(scratch(t), 'none'), NOW), ZtpError);
  });

  it('seals on tick only when the policy says that it is due', async (t) => {
    const { dir } = await sealedLog(t, 0, { interval_ms: 1_000, heartbeat_ms: 60_000 });
    const log = await AuditLog.open(dir, NOW);
    await log.append(events(1), NOW);
    assert.deepEqual(JSON.parse(await log.tick(NOW + 1)), { schema: 'ztp.audit.tick/1', sealed: false });
    assert.deepEqual(JSON.parse(await log.tick(NOW + 1_000)), { schema: 'ztp.audit.tick/1', sealed: true });
    assert.equal(JSON.parse(await log.head()).size, lines(dir).length);
    await log.close();
    assert.equal(await auditHead(dir), await AuditLog.open(dir, NOW).then(async (l) => [await l.head(), await l.close()][0]));
  });

  it('is closed by await using', { skip: Symbol.asyncDispose === undefined && 'no Symbol.asyncDispose' }, async (t) => {
    const { dir } = await sealedLog(t, 0);
    const log = await AuditLog.open(dir, NOW);
    await log[Symbol.asyncDispose]();
    await (await AuditLog.open(dir, NOW)).close();
  });
});

describe('proofs', () => {
  it('of a record hold for that record and no other', async (t) => {
    const { dir, created } = await sealedLog(t, 20);
    const made = JSON.parse(await auditProve(dir, { seq: 7 }));
    const proof = Buffer.from(made.proof);
    const record = Buffer.from(lines(dir)[7]);
    const held = JSON.parse(auditCheckProof(proof, record, made.vkey));
    assert.equal(made.vkey, created.vkey);
    assert.equal(held.schema, 'ztp.audit.proven/1');
    assert.equal(held.seq, 7);
    assert.equal(held.hash, JSON.parse(lines(dir)[7]).hash);
    const other = await sealedLog(t, 20);
    assert.throws(() => auditCheckProof(proof, Buffer.from(lines(dir)[8]), made.vkey), ZtpError);
    assert.throws(() => auditCheckProof(proof, record, other.created.vkey), ZtpError);
    await assert.rejects(auditProve(dir, { seq: 1_000 }), ZtpError);
  });

  it('are held against a checkpoint that was kept', async (t) => {
    const { dir } = await sealedLog(t, 20);
    const kept = JSON.parse(await auditHead(dir));
    await auditAppend(dir, events(5), NOW);
    const newest = JSON.parse(await auditSeal(dir, NOW));
    const proof = Buffer.from(JSON.parse(await auditProve(dir, { seq: 7, size: newest.size })).proof);
    const joined = JSON.parse(await auditProveConsistency(dir, { old_size: kept.size })).proof;
    const record = Buffer.from(lines(dir)[7]);
    const check = (given) => JSON.parse(auditCheckProof(proof, record, JSON.stringify(given)));
    assert.equal(check({ head: kept.checkpoint, consistency: joined }).size, kept.size);
    assert.equal(check({ head: newest.checkpoint }).size, newest.size);
    assert.throws(() => check({ head: kept.checkpoint }), { code: 'proof_file_other_checkpoint' });
    assert.throws(() => check({ head: `\ufeff${kept.checkpoint}`, consistency: joined }), { code: 'byte_order_mark', offset: 0 });
    const converted = joined.replaceAll('\n', '\r\n');
    assert.throws(() => check({ head: kept.checkpoint, consistency: converted }), { code: 'line_ends_converted' });
  });

  it('of consistency hold for the older checkpoint and no other', async (t) => {
    const { dir, created } = await sealedLog(t, 20);
    const old = JSON.parse(await auditHead(dir));
    await auditAppend(dir, events(5), NOW);
    const head = JSON.parse(await auditSeal(dir, NOW));
    const made = JSON.parse(await auditProveConsistency(dir, { old_size: old.size }));
    const proof = Buffer.from(made.proof);
    const check = (checkpoint) => auditCheckConsistency(proof, Buffer.from(checkpoint), created.vkey, made.vkey);
    const held = JSON.parse(check(old.checkpoint));
    assert.equal(held.schema, 'ztp.audit.extended/1');
    assert.deepEqual([held.old_size, held.new_size, held.new_root], [old.size, head.size, head.root]);
    const other = await sealedLog(t, 20);
    const foreign = JSON.parse(await auditHead(other.dir)).checkpoint;
    assert.throws(() => check(foreign), ZtpError);
  });
});
