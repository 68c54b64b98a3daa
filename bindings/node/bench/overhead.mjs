// What a call through Node costs, against the same call from Rust on the same input of 1 KiB.
//
//   node bench/overhead.mjs          needs cargo; builds the example `callcost` of bindings/facade
//
// Rust and Node take turns, so that a machine that slows down slows both. Prints one JSON document: nanoseconds a call (the
// best round of a turn, the median over turns), what Node adds and the ratio for each operation. What Node adds is much the
// same for all: about 140 ns to reach the bytes of one Uint8Array through Node-API, and about 0.2 ns for each byte of text
// that comes back. The ratio therefore depends on the operation's own time. Exit status: 0 measured, 3 could not measure.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as ztp from '../index.mjs';

const TURNS = 7;
const CALLS = 50_000;
const ROUNDS = 10;

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** The program that measures the calls from Rust, and writes the inputs that Node measures with. */
function buildNative() {
  const args = ['build', '--release', '-p', 'ztp-facade', '--example', 'callcost', '--message-format=json'];
  const messages = run('cargo', args).split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  return messages.find((m) => m.target?.name === 'callcost' && m.executable).executable;
}

function measureNative(program, dir) {
  const lines = run(program, [dir, String(CALLS), String(ROUNDS)]).trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('\t')).map(([name, ns]) => [name, Number(ns)]));
}

function measureNode(dir) {
  const input = (name) => readFileSync(join(dir, name));
  const [document, record, key, signature] = ['document', 'record', 'key', 'signature'].map(input);
  return {
    canonical_check: best(CALLS, () => ztp.canonicalCheck(document)),
    record_hash: best(CALLS, () => ztp.recordHash(record)),
    signature_verify: best(CALLS / 20, () => ztp.signatureVerify('ed25519', key, document, signature)),
  };
}

/** Nanoseconds a call in the best round. */
function best(calls, call) {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < calls; i += 1) call();
    least = Math.min(least, Number(process.hrtime.bigint() - start) / calls);
  }
  return least;
}

function middle(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}

const scratch = mkdtempSync(join(tmpdir(), 'ztp-overhead-'));
try {
  const program = buildNative();
  const turns = [];
  for (let i = 0; i < TURNS; i += 1) turns.push({ native: measureNative(program, scratch), node: measureNode(scratch) });
  const operations = {};
  for (const name of Object.keys(turns[0].node)) {
    const native = middle(turns.map((turn) => turn.native[name]));
    const node = middle(turns.map((turn) => turn.node[name]));
    operations[name] = {
      added_ns: Math.round(node - native),
      native_ns: Math.round(native),
      node_ns: Math.round(node),
      ratio: Number(middle(turns.map((turn) => turn.node[name] / turn.native[name])).toFixed(3)),
    };
  }
  process.stdout.write(`${JSON.stringify({ bytes: 1024, operations, schema: 'ztp.bench.node-overhead/1' })}\n`);
} catch (error) {
  process.stderr.write(`overhead: ${error.message}\n`);
  process.exitCode = 3;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
