// Verifies a licence envelope offline and prints the verdict with every check.
//
//   usage: node verify-licence.mjs ENVELOPE TRUST BENCH_ID NOW_MS   (time in milliseconds since 1970-01-01T00:00:00Z)
//   exit:  0 the licence is valid for this bench now · 1 it is refused · 2 wrong usage · 3 it could not be checked
//
// Outside this repository the import is '@ztp-prem/ztp'.

import { readFileSync } from 'node:fs';

import { ZtpError, licenceVerify } from '../../bindings/node/index.mjs';

const [envelope, trust, benchId, now, ...rest] = process.argv.slice(2);
if (!/^-?\d+$/.test(now ?? '') || rest.length > 0) {
  console.error('usage: node verify-licence.mjs ENVELOPE TRUST BENCH_ID NOW_MS');
  process.exit(2);
}

try {
  // Read as bytes: an encoding would change what is not UTF-8 before it is verified.
  console.log(licenceVerify(readFileSync(envelope), readFileSync(trust), Number(now), benchId));
} catch (error) {
  if (error instanceof ZtpError) console.log(error.document);
  const refused = error instanceof ZtpError && JSON.parse(error.document).schema.startsWith('ztp.licence.verdict/');
  console.error(`${refused ? 'not accepted' : 'could not be checked'}: ${error.code ?? error.message}`);
  process.exitCode = refused ? 1 : 3;
}
