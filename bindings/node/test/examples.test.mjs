import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { auditInit, auditVerify, keysGenerate, licenceSign } from '../index.mjs';
import { loopback } from './loopback.mjs';
import { NOW, licencePayload, rejection, scratch, sealedLog, trustDocument } from './support.mjs';

const EXAMPLES = fileURLToPath(new URL('../../../examples/node/', import.meta.url));

/** Runs an example and returns its exit status and standard output. */
function example(name, ...args) {
  const { status, stdout } = spawnSync(process.execPath, [join(EXAMPLES, name), ...args], { encoding: 'utf8' });
  return { status, stdout };
}

describe('examples/node', () => {
  it('accept-and-refuse prints a verdict and a refusal that names the record', (t) => {
    const { status, stdout } = example('accept-and-refuse.mjs', join(scratch(t), 'log'));
    const [accepted, refused] = stdout.trim().split('\n');
    assert.equal(status, 0);
    assert.equal(JSON.parse(accepted).status, 'intact');
    assert.equal(JSON.parse(refused.replace(/^audit_broken /, '')).breaks[0].seq, 1);
  });

  it('verify-log prints the verdict and exits by it', async (t) => {
    const { dir, created } = await sealedLog(t, 3);
    assert.deepEqual(example('verify-log.mjs', dir, created.vkey), {
      status: 0,
      stdout: `${await auditVerify(dir, { vkey: created.vkey })}\n`,
    });
    assert.equal(example('verify-log.mjs', dir).status, 4);
    const segment = join(dir, 'segments', '00000000000000000000.jsonl');
    writeFileSync(segment, readFileSync(segment, 'latin1').replace('"tier":"A"', '"tier":"B"'), 'latin1');
    const { document } = await rejection(auditVerify(dir));
    assert.deepEqual(example('verify-log.mjs', dir), { status: 1, stdout: `${document}\n` });
    assert.equal(example('verify-log.mjs').status, 2);
    assert.equal(example('verify-log.mjs', join(dir, 'none')).status, 3);
  });

  it('verify-licence prints the verdict and exits by it', (t) => {
    const dir = scratch(t);
    const keys = JSON.parse(keysGenerate(Buffer.alloc(32, 7), 'maker.example/licences'));
    writeFileSync(join(dir, 'envelope'), licenceSign(Buffer.from(JSON.stringify(licencePayload)), keys.private_key_pem));
    writeFileSync(join(dir, 'trust'), trustDocument(keys));
    const verify = (bench, envelope = 'envelope') =>
      example('verify-licence.mjs', join(dir, envelope), join(dir, 'trust'), bench, String(NOW));
    assert.equal(verify('bench-7').status, 0);
    assert.equal(JSON.parse(verify('bench-7').stdout).status, 'valid');
    assert.equal(verify('bench-8').status, 1);
    assert.equal(JSON.parse(verify('bench-8').stdout).status, 'refused');
    assert.equal(example('verify-licence.mjs', 'a', 'b', 'c', 'now').status, 2);
    assert.equal(verify('bench-7', 'none').status, 3);
  });

  it('tracked-fetch sends what is harmless, and refuses a key before any of it leaves', async (t) => {
    const { origin, received } = await loopback(t);
    const dir = scratch(t);
    await auditInit(join(dir, 'log'), { origin: 'bench-7.example/audit' }, NOW);
    writeFileSync(join(dir, 'config'), JSON.stringify({ schema: 'ztp.dlp.config/1', mode: 'enforce' }));
    writeFileSync(join(dir, 'harmless'), '{"cpu":7}');
    writeFileSync(join(dir, 'key'), JSON.parse(keysGenerate(new Uint8Array(), 'x')).private_key_pem);
    // The server is in this process: the example must not block it.
    const send = async (...args) => {
      const child = spawn(process.execPath, [join(EXAMPLES, 'tracked-fetch.mjs'), ...args]);
      let stdout = '';
      child.stdout.on('data', (data) => (stdout += data));
      const status = await new Promise((resolve) => child.on('close', resolve));
      return { status, stdout };
    };
    const words = [join(dir, 'log'), join(dir, 'config'), origin];
    assert.deepEqual(await send(...words, join(dir, 'harmless')), { status: 0, stdout: 'sent: 200\n' });
    const refused = await send(...words, join(dir, 'key'));
    assert.deepEqual([refused.status, JSON.parse(refused.stdout).blocked], [1, true]);
    assert.deepEqual(received.map((entry) => entry.body), ['{"cpu":7}']);
    assert.equal((await send(...words)).status, 2);
    assert.equal((await send(...words, join(dir, 'none'))).status, 3);
  });
});
