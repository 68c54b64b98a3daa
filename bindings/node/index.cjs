'use strict';

const { AuditLog } = require('./lib/audit-log.cjs');
const { ZtpError } = require('./lib/error.cjs');
const operations = require('./lib/operations.cjs');

module.exports = { ...operations, AuditLog, ZtpError };
