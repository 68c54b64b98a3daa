// Tries to send a file through the tracked fetch with enforced rules to a server on loopback, and shows what the server got.
//
//   node scripts/demo_egress.mjs LOG-DIRECTORY FILE     exit 0 if it was refused and the server got nothing

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

import { AuditLog, DlpScanner, createTrackedFetch } from '../bindings/node/index.mjs';

const [directory, file] = process.argv.slice(2);
const got = { requests: 0, bytes: 0 };
const server = createServer((request, response) => {
  got.requests += 1;
  request.on('data', (chunk) => (got.bytes += chunk.length)).on('end', () => response.end('thank you'));
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const log = await AuditLog.open(directory, Date.now());
const scanner = await DlpScanner.open({ schema: 'ztp.dlp.config/1', mode: 'enforce' });
const trackedFetch = createTrackedFetch({ scanner, log, principal: 'reporter' });
const url = `http://127.0.0.1:${server.address().port}/reports`;

const harmless = await trackedFetch(url, { method: 'POST', body: 'all quiet' });
const before = { ...got };
console.log(`harmless report       sent: ${harmless.status}, the server got ${before.bytes} bytes`);
const refusal = await trackedFetch(url, { method: 'POST', body: readFileSync(file) }).then(
  (response) => ({ code: `sent: ${response.status}` }),
  (error) => error,
);
await trackedFetch.settled();
await log.close();
server.close();
console.log(`report with the key   ${refusal.code}: the server got ${got.bytes - before.bytes} bytes in ${got.requests - before.requests} requests`);
process.exitCode = refusal.code === 'dlp_blocked' && got.requests === before.requests ? 0 : 1;
