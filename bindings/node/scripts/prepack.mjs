// Makes the package whole before `npm pack`: the addon of this platform, and the Rust source it was built from, so that the
// same package can be built on any other platform. Addons of further platforms are put into prebuilds/ beforehand.
// scripts/postpack.mjs cleans up.

import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from './build.mjs';

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));
const CHECKOUT = join(PACKAGE, '..', '..');
const SOURCE = join(PACKAGE, 'source');
const LICENCES = ['LICENSE', 'LICENSE-MIT', 'LICENSE-APACHE'];
/** What a crate's build does not read. */
const LEFT_OUT = new Set(['tests', 'benches', 'examples', 'target', 'node_modules', 'proptest-regressions']);

function metadata(directory) {
  const cargo = spawnSync('cargo', ['metadata', '--format-version=1', '--offline'], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (cargo.status !== 0) throw new Error(`cargo metadata failed in ${directory}`);
  return JSON.parse(cargo.stdout);
}

/** The workspace crates the addon is built from, itself included, as folders below the checkout. */
function crates() {
  // A build fetches what its own platform needs; the lock file of the packed source is for every platform.
  const fetched = spawnSync('cargo', ['fetch', '--quiet', '--locked'], { cwd: CHECKOUT, stdio: ['ignore', 'inherit', 'inherit'] });
  if (fetched.status !== 0) throw new Error(`cargo fetch failed in ${CHECKOUT}`);
  // As declared, not as resolved: a manifest names its optional dependencies by path whether a feature takes them or not.
  const local = new Map(
    metadata(CHECKOUT)
      .packages.filter((p) => p.source === null)
      .map((p) => [dirname(p.manifest_path), p]),
  );
  const open = [PACKAGE];
  const found = new Set(open);
  while (open.length > 0) {
    for (const { path, kind } of local.get(open.pop()).dependencies) {
      if (path && kind !== 'dev' && !found.has(path)) {
        found.add(path);
        open.push(path);
      }
    }
  }
  return [...found].map((folder) => relative(CHECKOUT, folder)).sort();
}

/** A manifest without the sections that only tests and benches need. */
function withoutTests(manifest) {
  const keep = [];
  let keeping = true;
  for (const line of manifest.split('\n')) {
    if (line.startsWith('[')) keeping = !/^\[(\[(bench|test|example)\]|dev-dependencies|target\..*\.dev-dependencies)/.test(line);
    if (keeping) keep.push(line);
  }
  return keep.join('\n');
}

/** The root manifest with only `members`. */
function withMembers(manifest, members) {
  const list = members.map((member) => `    "${member}",\n`).join('');
  const text = manifest
    .replace(/^members = \[[^\]]*\]/m, `members = [\n${list}]`)
    .replace(/^(#.*\n)*exclude = \[[^\]]*\]\n/m, '');
  if (!text.includes(`members = [\n${list}]`)) throw new Error('the root manifest has no member list');
  return text;
}

function assembleSource() {
  rmSync(SOURCE, { recursive: true, force: true });
  const members = crates();
  for (const member of members) {
    const from = join(CHECKOUT, member);
    const to = join(SOURCE, member);
    mkdirSync(to, { recursive: true });
    if (from === PACKAGE) {
      for (const name of ['src', 'build.rs']) cpSync(join(from, name), join(to, name), { recursive: true });
    } else {
      cpSync(from, to, { recursive: true, filter: (path) => path === from || !LEFT_OUT.has(basename(path)) });
    }
    writeFileSync(join(to, 'Cargo.toml'), withoutTests(readFileSync(join(from, 'Cargo.toml'), 'utf8')));
  }
  writeFileSync(join(SOURCE, 'Cargo.toml'), withMembers(readFileSync(join(CHECKOUT, 'Cargo.toml'), 'utf8'), members));
  copyFileSync(join(CHECKOUT, 'Cargo.lock'), join(SOURCE, 'Cargo.lock'));
  // Cargo drops from the lock file what is no longer used, and changes nothing else: what is left are the same versions.
  metadata(SOURCE);
}

build();
assembleSource();
for (const name of LICENCES) copyFileSync(join(CHECKOUT, name), join(PACKAGE, name));
