'use strict';

const { AuditLog } = require('./lib/audit-log.cjs');
const { DlpScanner, DlpStream } = require('./lib/dlp-scanner.cjs');
const { ZtpError } = require('./lib/error.cjs');
const operations = require('./lib/operations.cjs');
const { createTrackedFetch } = require('./lib/tracked-fetch.cjs');

module.exports = { ...operations, AuditLog, DlpScanner, DlpStream, ZtpError, createTrackedFetch };
