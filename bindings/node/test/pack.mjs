// Packs the package and installs the tarball into an empty project that can reach no registry.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const NAME = '@ztp-prem/ztp';
export const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));
/** Nobody answers there, so an installation that asks a registry fails. */
const NOWHERE = 'http://127.0.0.1:9/';

export const hasCargo = spawnSync('cargo', ['--version']).status === 0;

/** What the scripts of {@link Project.node} do with the package: print the code and offset of a refusal after an acceptance. */
export const ACCEPT_AND_REFUSE = `
  ztp.canonicalCheck(Buffer.from('{"a":1}'));
  try {
    ztp.canonicalCheck(Buffer.from('{"a": 1}'));
  } catch (error) {
    if (!(error instanceof ztp.ZtpError)) throw error;
    process.stdout.write(error.code + ' ' + error.offset);
  }`;
/** What {@link ACCEPT_AND_REFUSE} prints. */
export const REFUSED = 'canonical_white_space 5';

/** Runs a command that must succeed and returns its output. */
export function run(command, args, options) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
  assert.equal(result.error, undefined);
  assert.equal(result.status, 0, `${command} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
  return result.stdout;
}

/** A project with nothing but the packed package in it. */
export class Project {
  constructor() {
    this.scratch = mkdtempSync(join(tmpdir(), 'ztp-package-'));
    this.root = join(this.scratch, 'project');
    this.installed = join(this.root, 'node_modules', NAME);
    const output = run('npm', ['pack', '--json', '--pack-destination', this.scratch], { cwd: PACKAGE });
    const [packed] = JSON.parse(output.slice(output.indexOf('[')));
    /** Paths of the files in the tarball. */
    this.files = packed.files.map((file) => file.path);
    mkdirSync(this.root);
    writeFileSync(join(this.root, 'package.json'), '{ "name": "project", "private": true }');
    const tarball = join(this.scratch, packed.filename);
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], {
      cwd: this.root,
      env: { ...process.env, npm_config_cache: join(this.scratch, 'cache'), npm_config_registry: NOWHERE },
    });
  }

  /** Runs Node in the project and returns what it prints. */
  node(...args) {
    return run(process.execPath, args, { cwd: this.root });
  }

  remove() {
    rmSync(this.scratch, { recursive: true, force: true });
  }
}
