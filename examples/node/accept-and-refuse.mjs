// An acceptance and a refusal: the log as it was written, and with one byte of one record changed.
//
//   usage: node accept-and-refuse.mjs NEW_DIRECTORY
//
// Outside this repository the import is '@ztp-prem/ztp'.

import { readFileSync, writeFileSync } from 'node:fs';
import { AuditLog, auditInit, auditVerify } from '../../bindings/node/index.mjs';

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error('usage: node accept-and-refuse.mjs NEW_DIRECTORY');
  process.exit(2);
}
const { vkey } = JSON.parse(await auditInit(directory, { origin: 'bench-7.example/audit' }, Date.now()));
const log = await AuditLog.open(directory, Date.now());
await log.append([{ event_class: 'ops-checklist', payload: { done: true } }], Date.now());
await log.seal(Date.now());
await log.close();

console.log(await auditVerify(directory, { vkey }));

const segment = `${directory}/segments/00000000000000000000.jsonl`;
writeFileSync(segment, readFileSync(segment, 'latin1').replace('"done":true', '"done":null'), 'latin1');
const refusal = await auditVerify(directory, { vkey }).catch((error) => error);
console.log(refusal.code, refusal.document);
