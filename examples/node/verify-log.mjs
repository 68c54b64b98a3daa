// Verifies a sealed audit log and prints the verdict.
//
//   usage: node verify-log.mjs DIRECTORY [VKEY]
//   exit:  0 the log holds · 1 it does not · 2 wrong usage · 3 it could not be checked
//          4 it holds, but nothing outside the copy vouches for it: give the key it started with
//
// Outside this repository the import is '@ztp-prem/ztp'.

import { ZtpError, auditVerify } from '../../bindings/node/index.mjs';

/** Verdicts that say that the log does not hold; any other code means that there is no verdict. */
const NEGATIVE = new Set(['audit_broken', 'audit_truncated', 'audit_forked', 'audit_rolled_back']);

const [directory, vkey, ...rest] = process.argv.slice(2);
if (directory === undefined || rest.length > 0) {
  console.error('usage: node verify-log.mjs DIRECTORY [VKEY]');
  process.exit(2);
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
try {
  console.log(await auditVerify(directory, vkey === undefined ? {} : { vkey }, { signal: interrupt.signal }));
} catch (error) {
  if (!(error instanceof ZtpError)) throw error;
  console.log(error.document);
  const [words, exit] = NEGATIVE.has(error.code)
    ? ['does not hold', 1]
    : error.code === 'audit_unanchored'
      ? ['holds, but nothing outside this copy vouches for it', 4]
      : ['could not be checked', 3];
  console.error(`the log ${words}: ${error.code}`);
  process.exitCode = exit;
}
