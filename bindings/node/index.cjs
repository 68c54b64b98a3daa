'use strict';

const { AuditLog } = require('./lib/audit-log.cjs');
const { ZtpError } = require('./lib/error.cjs');
const operations = require('./lib/operations.cjs');
const { createTrackedFetch } = require('./lib/tracked-fetch.cjs');

module.exports = { ...operations, AuditLog, ZtpError, createTrackedFetch };
