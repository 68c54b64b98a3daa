// An honest plain Node verifier of a log's segments, as somebody would write it without this library: JSON.parse, canonical
// JSON by sorting keys, createHash, and the links between records. It checks no tree, seal or signature, and uses one core.
//
//   node bench/plain-verifier.mjs DIR          DIR is a log, or its folder `segments`
//
// Prints one JSON document: records, bytes and seconds, or the first break. Exit status: 0 every link holds, 1 a break,
// 2 wrong usage, 3 the log could not be read.

import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** One whole line of the log, and the offset at which it starts in its segment. */
async function* lines(path) {
  let rest = Buffer.alloc(0);
  let offset = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = block.indexOf(10); end !== -1; end = block.indexOf(10, start)) {
      yield { line: block.subarray(start, end), offset: offset + start };
      start = end + 1;
    }
    offset += start;
    rest = block.subarray(start);
  }
  if (rest.length > 0) yield { line: rest, offset };
}

/** Canonical JSON: members sorted by code point, ASCII, no white space. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value).sort(byCodePoint);
    return `{${keys.map((key) => `${string(key)}:${canonical(value[key])}`).join(',')}}`;
  }
  return typeof value === 'string' ? string(value) : JSON.stringify(value);
}

/** UTF-16 order is that of code points unless a surrogate meets a character above U+DFFF. */
function byCodePoint(a, b) {
  if (!/[\ud800-\udfff]/.test(a) && !/[\ud800-\udfff]/.test(b)) return a < b ? -1 : Number(a > b);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function string(text) {
  const escaped = JSON.stringify(text);
  if (!/[^ -~]/.test(escaped)) return escaped;
  return escaped.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The first break of a record, if any, and its hash. */
function check(line, seq, previous) {
  const text = line.toString('utf8');
  const record = JSON.parse(text);
  if (canonical(record) !== text) return { kind: 'not_canonical' };
  const { hash, ...unhashed } = record;
  if (createHash('sha256').update(canonical(unhashed)).digest('hex') !== hash) return { kind: 'hash_mismatch' };
  if (record.seq !== seq) return { kind: 'seq_gap' };
  if (record.prev_hash !== previous) return { kind: 'prev_hash_mismatch' };
  return { hash };
}

async function verify(segments) {
  let seq = 0;
  let bytes = 0;
  let previous = '0'.repeat(64);
  for (const path of segments) {
    for await (const { line, offset } of lines(path)) {
      const { kind, hash } = check(line, seq, previous);
      if (kind !== undefined) return { status: 'broken', kind, seq, segment: path, offset };
      seq += 1;
      bytes += line.length + 1;
      previous = hash;
    }
  }
  return { status: 'intact', records: seq, bytes };
}

const [dir, ...more] = process.argv.slice(2);
if (dir === undefined || more.length > 0) {
  process.stderr.write('usage: node bench/plain-verifier.mjs DIR\n');
  process.exit(2);
}
try {
  const folder = existsSync(join(dir, 'segments')) ? join(dir, 'segments') : dir;
  const segments = readdirSync(folder).filter((name) => name.endsWith('.jsonl')).sort().map((name) => join(folder, name));
  if (segments.length === 0) throw new Error(`no segment in ${folder}`);
  const start = process.hrtime.bigint();
  const result = await verify(segments);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  process.stdout.write(`${JSON.stringify({ ...result, seconds })}\n`);
  process.exitCode = result.status === 'intact' ? 0 : 1;
} catch (error) {
  process.stderr.write(`plain-verifier: ${error.message}\n`);
  process.exitCode = 3;
}
