// The same module for `import`: one copy of the addon and one class ZtpError, whichever way it is loaded.
import ztp from './index.cjs';

export const {
  AuditLog,
  ZtpError,
  anomalyExplain,
  anomalyFold,
  anomalyPending,
  anomalyReplay,
  anomalyReport,
  auditAppend,
  auditCheckConsistency,
  auditCheckProof,
  auditHead,
  auditInit,
  auditProve,
  auditProveConsistency,
  auditSeal,
  auditVerify,
  canonicalCheck,
  canonicalEncode,
  correlate,
  correlateEvents,
  correlateStreams,
  errorCodes,
  keysGenerate,
  licenceInspect,
  licenceSign,
  licenceVerify,
  recordHash,
  signatureVerify,
  version,
} = ztp;

export default ztp;
