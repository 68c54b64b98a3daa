// Builds the addon from source into prebuilds/<this platform>/ztp.node or, with the features that sign, into ztp-signer.node
// beside it, which is then loaded instead and never packed.
//
//   node scripts/build.mjs [arguments for cargo build]
//
// Needs cargo. The source is the checkout around this package or, in an installed package, the folder `source`. Cargo
// fetches the dependencies named in Cargo.lock from its registry, unless they were fetched or vendored before
// (`--offline`). Nothing runs this by itself: installing the package downloads and compiles nothing.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));
const { addonPath } = createRequire(import.meta.url)('../lib/loader.cjs');

/** The cargo workspace that holds the addon's source. */
export function workspace() {
  const packed = join(PACKAGE, 'source');
  const checkout = join(PACKAGE, '..', '..');
  for (const root of [checkout, packed]) {
    if (existsSync(join(root, 'Cargo.toml')) && existsSync(join(root, 'bindings', 'node', 'Cargo.toml'))) return root;
  }
  throw new Error(`no source: neither ${checkout} nor ${packed} holds the cargo workspace`);
}

/** Builds the addon and returns its path. */
export function build(cargoArguments = []) {
  const profile = cargoArguments.some((a) => a === '--profile' || a.startsWith('--profile=')) ? [] : ['--release'];
  const args = ['build', '-p', 'ztp-node', '--message-format=json-render-diagnostics', ...profile, ...cargoArguments];
  const cargo = spawnSync('cargo', args, {
    cwd: workspace(),
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (cargo.error) throw new Error(`cargo did not start: ${cargo.error.message}; install Rust 1.88 or later`);
  if (cargo.status !== 0) throw new Error(`cargo build failed with status ${cargo.status}`);
  const library = cargo.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
    .filter((m) => m.reason === 'compiler-artifact' && m.target.name === 'ztp_node' && m.target.kind.includes('cdylib'))
    .flatMap((m) => m.filenames)
    .find((name) => /\.(so|dylib|dll)$/.test(name));
  if (library === undefined) throw new Error('cargo build produced no addon');

  // Replaced by renaming: a process that has the old addon open keeps it whole.
  const addon = addonPath(cargoArguments.some((a) => /\bztp-node\/(signer|pkcs11)\b/.test(a)));
  mkdirSync(dirname(addon), { recursive: true });
  copyFileSync(library, `${addon}.new`);
  renameSync(`${addon}.new`, addon);
  return addon;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.error(`built ${build(process.argv.slice(2))}`);
  } catch (error) {
    console.error(`build: ${error.message}`);
    process.exitCode = 3;
  }
}
