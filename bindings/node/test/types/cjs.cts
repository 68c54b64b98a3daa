// Checked by tsc, not run: the same declarations through `require`.
import ztp = require('@ztp-prem/ztp');

const head: Promise<string> = ztp.auditHead('/data/audit');
const refused = (error: unknown): number => (error instanceof ztp.ZtpError ? error.status : -1);
// @ts-expect-error an operation that does not exist
ztp.auditRepair('/data/audit');
export = { head, refused };
