// Sends a file through a fetch that looks for secrets first and records what it does in the sealed log.
//
//   usage: node tracked-fetch.mjs LOG-DIRECTORY CONFIG URL FILE   (CONFIG is a ztp.dlp.config/1 document)
//   exit:  0 it was sent · 1 it was refused, and nothing was sent · 2 wrong usage · 3 it could not be sent or recorded
//
// Outside this repository the import is '@ztp-prem/ztp'.

import { openAsBlob, readFileSync } from 'node:fs';

import { AuditLog, DlpScanner, ZtpError, createTrackedFetch } from '../../bindings/node/index.mjs';

const [directory, config, url, file, ...rest] = process.argv.slice(2);
if (file === undefined || rest.length > 0) {
  console.error('usage: node tracked-fetch.mjs LOG-DIRECTORY CONFIG URL FILE');
  process.exit(2);
}

let log;
try {
  log = await AuditLog.open(directory, Date.now());
  const scanner = await DlpScanner.open(readFileSync(config));
  const trackedFetch = createTrackedFetch({ scanner, log, principal: 'tracked-fetch-example' });
  // From here on it is fetch. Every part of the request is looked at before it leaves, each hop of a redirect by itself.
  const response = await trackedFetch(url, { method: 'POST', body: await openAsBlob(file) });
  await trackedFetch.settled();
  console.log(`sent: ${response.status}`);
} catch (error) {
  const refused = error instanceof ZtpError && error.code === 'dlp_blocked';
  // The report names rule, place and a keyed tag; nothing of what was found is in it.
  if (refused) console.log(error.document);
  console.error(`${refused ? 'refused' : 'not sent'}: ${error.code ?? error.message}`);
  process.exitCode = refused ? 1 : 3;
} finally {
  await log?.close();
}
