// Answers the shared vectors through this package.
//
//   cargo run -q -p ztp-vectors -- flatten | node bindings/node/test/conformance.mjs
//
// One case a line on standard input: id, operation and each argument in base64, separated by tabs; integers are decimal
// text. One answer a line on standard output: id, `ok` or the code, and the SHA-256 of the document, separated by tabs.
// Exit status: 0 every case is answered, whatever the answer; 3 a case could not be put to the package.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import * as ztp from '../index.mjs';
import { step } from './stage.mjs';

/** Arguments that are integers, by operation: all others are bytes. */
const INTEGERS = new Map([
  ['audit_init', [2]],
  ['audit_append', [3]],
  ['audit_seal', [2]],
  ['licence_verify', [2]],
  ['custody_verify', [3]],
  ['licence_decide', [3]],
  ['licence_ingest', [3]],
  ['licence_ingest_envelope', [4]],
  ['vault_init', [3]],
  ['vault_status', [2]],
  ['vault_mint', [5]],
  ['vault_spend', [4]],
  ['vault_request', [3]],
  ['vault_reanchor', [3]],
  ['dlp_scan', [3]],
]);

/** The exported function of an operation: `canonical_check` is `canonicalCheck`. */
function exported(operation) {
  const name = operation.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  if (typeof ztp[name] !== 'function') throw new Error(`no operation ${operation}`);
  return ztp[name];
}

/** The answer to one case. */
async function answer(line) {
  const [id, operation, ...fields] = line.split('\t');
  const integers = INTEGERS.get(operation) ?? [];
  if (operation.startsWith('fs_')) {
    await step(operation, fields.map((field) => Buffer.from(field, 'base64')));
    return `${id}\tok\t${createHash('sha256').digest('hex')}\n`;
  }
  const args = fields.map((field, i) => {
    const bytes = Buffer.from(field, 'base64');
    return integers.includes(i) ? Number(bytes.toString('latin1')) : bytes;
  });
  let code = 'ok';
  let document;
  try {
    // What may be left out stands last in JavaScript.
    if (operation === 'audit_append') args.push(...args.splice(2, 1));
    if (operation === 'audit_seal') args.push(...args.splice(1, 1));
    document = (await exported(operation)(...args)) ?? '';
  } catch (error) {
    if (!(error instanceof ztp.ZtpError)) throw new Error(`${id}: ${error.message}`, { cause: error });
    ({ code, document } = error);
  }
  return `${id}\t${code}\t${createHash('sha256').update(document).digest('hex')}\n`;
}

try {
  const answers = [];
  for (const line of readFileSync(0, 'utf8').split('\n')) {
    if (line !== '') answers.push(await answer(line));
  }
  process.stdout.write(answers.join(''));
} catch (error) {
  process.stderr.write(`conformance: ${error.message}\n`);
  process.exitCode = 3;
}
