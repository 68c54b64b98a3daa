// What several tests need: scratch directories and logs to verify.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AuditLog, auditInit } from '../index.mjs';

/** The time of the tests: they read no clock. */
export const NOW = Date.UTC(2026, 4, 12, 8);

/** A scratch directory that ends with the test `t`. */
export function scratch(t) {
  const dir = mkdtempSync(join(tmpdir(), 'ztp-node-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** `count` events of a bench day. */
export function events(count, from = 0) {
  return Array.from({ length: count }, (_, i) => ({
    event_class: 'admission.decision',
    payload: { allowed: (from + i) % 7 !== 0, tier: 'A', uid: `6d1f-${from + i}` },
  }));
}

/** Makes a sealed log with `count` events; resolves with its directory and the document of its creation. */
export async function sealedLog(t, count, options = {}) {
  const dir = join(scratch(t), 'log');
  const created = JSON.parse(await auditInit(dir, { origin: 'bench-7.example/audit', ...options }, NOW));
  const log = await AuditLog.open(dir, NOW);
  for (let at = 0; at < count; at += 10_000) {
    await log.append(events(Math.min(10_000, count - at), at), NOW);
  }
  await log.seal(NOW);
  await log.close();
  return { dir, created };
}

/** A licence payload that holds at {@link NOW} on bench-7. */
export const licencePayload = {
  bench: { bench_id: 'bench-7', binding: 'bench' },
  customer: 'Companhia Exemplo S.A.',
  envelope_id: 'envelope-2026-q2',
  features: ['dlp'],
  issued_at: '2026-04-20T09:00:00.000Z',
  licence_id: 'L-0042',
  mint: [],
  not_after: '2026-06-30T23:59:59.999Z',
  not_before: '2026-05-01T00:00:00.000Z',
  previous_envelope: null,
  product: 'tlsstress',
  revocation: { revoked_key_ids: [], version: 0 },
  schema: 'ztp.licence/1',
};

/** The trust document that pins a key made by `keysGenerate` for the product of {@link licencePayload}. */
export function trustDocument({ key_id, public_key, suite }) {
  return JSON.stringify({ keys: [{ key_id, products: ['tlsstress'], public_key, suite }], schema: 'ztp.trust/1' });
}

/** Resolves with what the promise rejects with. */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('the promise did not reject');
}

/** Returns what `call` throws. */
export function thrown(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('the call did not throw');
}
