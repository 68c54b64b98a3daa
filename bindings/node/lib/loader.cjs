'use strict';

// Finds and loads the addon. The place depends on the platform alone: no environment variable, working directory or
// configuration can put another verifier in its place.

const { existsSync } = require('node:fs');
const { join } = require('node:path');

/** What a bench gets, and what an issuer builds: the same and the operations that sign. */
const ADDON = 'ztp.node';
const SIGNER_ADDON = 'ztp-signer.node';

/**
 * The name of the folder that holds this platform's addon, such as `linux-x64-gnu`.
 *
 * @returns {string}
 */
function target() {
  const base = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' ? `${base}-${usesGlibc() ? 'gnu' : 'musl'}` : base;
}

/**
 * Where this platform's addon lies.
 *
 * @param {boolean} [signer] the one that an issuer builds; no package has it
 * @returns {string}
 */
function addonPath(signer = false) {
  return join(__dirname, '..', 'prebuilds', target(), signer ? SIGNER_ADDON : ADDON);
}

/**
 * Loads the addon.
 *
 * @returns {typeof import('./native.d.ts')}
 */
function load() {
  const path = existsSync(addonPath(true)) ? addonPath(true) : addonPath();
  if (!existsSync(path)) {
    throw new Error(
      `no addon for ${target()} at ${path}; build it from source with ` +
        `"node ${join(__dirname, '..', 'scripts', 'build.mjs')}" (needs cargo)`,
    );
  }
  return require(path);
}

function usesGlibc() {
  // The report names the C library this process runs on. Its network section may ask a name server: leave it out.
  const report = /** @type {any} */ (process.report);
  const previous = report.excludeNetwork;
  report.excludeNetwork = true;
  try {
    return report.getReport().header.glibcVersionRuntime !== undefined;
  } finally {
    report.excludeNetwork = previous;
  }
}

module.exports = { addonPath, load, target };
