// Checked by tsc, not run: each right use compiles, each wrong one is an error here.
import ztp, { AuditLog, DlpScanner, ZtpError, auditVerify, canonicalCheck, canonicalEncode, createTrackedFetch, dlpScan, licenceVerify } from '@ztp-prem/ztp';
import type { AuditEvent, DlpConfig, DlpStream, Progress, TrackedFetch } from '@ztp-prem/ztp';

const bytes = new Uint8Array(3);
const text: string = canonicalEncode(bytes);
canonicalCheck(Buffer.from(text));
const sameText: string = ztp.canonicalEncode(bytes);
licenceVerify(bytes, sameText, Date.now(), 'bench-7');

// @ts-expect-error strings are not bytes that can be judged
canonicalEncode('{"a":1}');
// @ts-expect-error a Date is not milliseconds
licenceVerify(bytes, '{}', new Date(), 'bench-7');
// @ts-expect-error a bigint is not a number
licenceVerify(bytes, '{}', 1n, 'bench-7');

const event: AuditEvent = { event_class: 'ops-checklist', payload: { done: true, items: [1, 'a', null] } };
// @ts-expect-error an event has a payload
const incomplete: AuditEvent = { event_class: 'ops-checklist' };
// @ts-expect-error JSON holds no undefined
const lossy: AuditEvent = { event_class: 'ops-checklist', payload: { done: undefined } };
void [incomplete, lossy];

export async function use(dir: string, signal: AbortSignal): Promise<number> {
  const log: AuditLog = await AuditLog.open(dir, Date.now());
  try {
    await log.append([event], Date.now());
    await log.append(bytes, Date.now());
    await log.seal(Date.now());
  } finally {
    await log.close();
  }
  // @ts-expect-error logs are opened, not constructed
  new AuditLog();
  // @ts-expect-error an option that does not exist
  await auditVerify(dir, { vkeys: 'x' });
  // @ts-expect-error an undefined key would verify without the key
  await auditVerify(dir, { vkey: undefined });
  try {
    await auditVerify(dir, {}, { signal, onProgress: (p: Progress) => p.doneBytes / p.totalBytes });
    await auditVerify(dir);
  } catch (error) {
    if (error instanceof ZtpError) {
      const code: string = error.code;
      const offset: number | undefined = error.offset;
      void [code, offset, error.document satisfies string];
      return error.status;
    }
    throw error;
  }
  return 0;
}

export async function track(log: AuditLog, signal: AbortSignal): Promise<number> {
  const config: DlpConfig = { schema: 'ztp.dlp.config/1', mode: 'enforce', registry: { issuers: ['https://example.com'] } };
  // @ts-expect-error there are two modes
  const watched: DlpConfig = { schema: 'ztp.dlp.config/1', mode: 'watch' };
  // @ts-expect-error a value is text, hexadecimal or a PEM block, and has a name
  const valued: DlpConfig = { ...config, registry: { values: [{ text: 'x' }] } };
  void [watched, valued];
  const scanner: DlpScanner = await DlpScanner.open(config);
  const stream: DlpStream = await scanner.begin({ url: 'https://example.com/', headers: [['a', 'b']] }, Date.now());
  await stream.update(bytes);
  const report: string = await stream.finish({ cut: true }, Date.now());
  stream.close();
  await dlpScan(config, undefined, bytes, Date.now());
  // @ts-expect-error strings are not bytes that can be judged
  await scanner.scan({ url: 'https://example.com/' }, 'body', Date.now());
  // @ts-expect-error scanners are opened, not constructed
  new DlpScanner();
  // @ts-expect-error the mode is where the rules are
  scanner.mode = 'observe';
  // @ts-expect-error without a log nothing is recorded
  createTrackedFetch({ scanner, principal: 'p' });
  const tracked: TrackedFetch = createTrackedFetch({ scanner, log, principal: 'p', onUnrecorded: (error) => error.code });
  // It stands where fetch stands.
  const asFetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response> = tracked;
  const response: Response = await asFetch('https://example.com/', { method: 'POST', body: report, signal });
  await tracked.reload(config);
  await tracked.settled();
  return response.status;
}
