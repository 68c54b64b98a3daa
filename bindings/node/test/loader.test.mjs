import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

import * as esm from '../index.mjs';

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const { addonPath, target } = require('../lib/loader.cjs');

/** Runs a script beside the package in a new process. */
function node(script, options = {}) {
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: PACKAGE, encoding: 'utf8', ...options });
}

describe('the loader', () => {
  let scratch;
  before(() => {
    scratch = mkdtempSync(join(tmpdir(), 'ztp-loader-'));
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));

  it('loads the addon beside it whatever the environment says', () => {
    // Each of these makes some loader of native addons load something else.
    const evil = join(scratch, 'evil.cjs');
    writeFileSync(evil, 'process.stdout.write("EVIL"); module.exports = { version: () => "EVIL" };');
    const environment = {
      NAPI_RS_NATIVE_LIBRARY_PATH: evil,
      NAPI_RS_FORCE_WASI: '1',
      NAPI_RS_ENFORCE_VERSION_CHECK: '1',
      npm_config_ztp_binary_host: scratch,
      PREBUILDS_ONLY: '1',
      ZTP_PREBUILD: evil,
      NODE_PATH: scratch,
    };
    const script = "import { version } from './index.mjs'; process.stdout.write(version());";
    const plain = node(script);
    const under = node(script, { env: { ...process.env, ...environment } });
    assert.equal(plain.status, 0, plain.stderr);
    assert.equal(under.status, 0, under.stderr);
    assert.equal(under.stdout, plain.stdout);
    assert.equal(JSON.parse(under.stdout).schema, 'ztp.version/1');
  });

  it('loads the same addon from any working directory', () => {
    mkdirSync(join(scratch, 'prebuilds', target()), { recursive: true });
    writeFileSync(join(scratch, 'prebuilds', target(), 'ztp.node'), 'not an addon');
    const script = `import { version } from ${JSON.stringify(join(PACKAGE, 'index.mjs'))}; process.stdout.write(version());`;
    assert.equal(node(script, { cwd: scratch }).stdout, esm.version());
  });

  it('names the missing file and the command that builds it', () => {
    const copy = join(scratch, 'copy');
    mkdirSync(copy);
    for (const name of ['index.cjs', 'index.mjs', 'package.json', 'lib']) {
      cpSync(join(PACKAGE, name), join(copy, name), { recursive: true });
    }
    const result = node("import './index.mjs';", { cwd: copy });
    assert.equal(result.status, 1);
    assert.match(result.stderr, new RegExp(`no addon for ${target()} at .*copy.*ztp\\.node`));
    assert.match(result.stderr, /scripts.build\.mjs/);
  });

  it('takes the addon of this platform and C library', () => {
    assert.match(target(), /^(linux-\w+-(gnu|musl)|(darwin|win32)-\w+)$/);
    assert.ok(addonPath().startsWith(join(PACKAGE, 'prebuilds', target())));
  });
});

describe('both module systems', () => {
  const cjs = require('../index.cjs');

  it('export the same things', () => {
    assert.deepEqual(Object.keys(esm).filter((name) => name !== 'default').sort(), Object.keys(cjs).sort());
    for (const name of Object.keys(cjs)) assert.equal(esm[name], cjs[name], name);
    assert.equal(esm.default, cjs);
  });

  it('have one class of errors between them', () => {
    assert.throws(() => cjs.canonicalCheck(Buffer.from('{ }')), esm.ZtpError);
  });
});

describe('worker threads', () => {
  it('load the addon side by side and give the same answers', async () => {
    const script = `
      const { parentPort, workerData } = require('node:worker_threads');
      const ztp = require(workerData);
      const answers = [ztp.version()];
      for (let i = 0; i < 200; i += 1) answers.push(ztp.canonicalEncode(Buffer.from('{"b":' + i + ', "a":null}')));
      try { ztp.canonicalCheck(Buffer.from('{ }')); } catch (e) { answers.push(e.code, e.offset); }
      parentPort.postMessage(answers);`;
    const run = () =>
      new Promise((resolve, reject) => {
        const worker = new Worker(script, { eval: true, workerData: join(PACKAGE, 'index.cjs') });
        worker.once('message', resolve);
        worker.once('error', reject);
      });
    const answers = await Promise.all([run(), run(), run(), run()]);
    assert.equal(answers[0].length, 203);
    assert.equal(answers[0][1], '{"a":null,"b":0}');
    assert.deepEqual(answers[0].slice(-2), ['canonical_white_space', 1]);
    for (const other of answers.slice(1)) assert.deepEqual(other, answers[0]);
  });

  it('may be terminated while an operation of theirs runs', async () => {
    const script = `
      const { parentPort, workerData } = require('node:worker_threads');
      const ztp = require(workerData);
      for (let i = 0; i < 8; i += 1) ztp.auditVerify('/proc').catch(() => {});
      parentPort.postMessage('started');`;
    const worker = new Worker(script, { eval: true, workerData: join(PACKAGE, 'index.cjs') });
    await new Promise((resolve) => worker.once('message', resolve));
    await worker.terminate();
    assert.equal(JSON.parse(esm.version()).schema, 'ztp.version/1');
  });
});
