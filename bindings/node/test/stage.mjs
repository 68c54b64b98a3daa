// The steps of a script that are no operation: a fresh folder, and what a hostile hand or a crash does to the files in it.

import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the process was before the script under way, that script's folder, and who holds its locks. */
let left;
let folder;
let locks = [];

function begin() {
  left = process.cwd();
  folder = fs.mkdtempSync(join(tmpdir(), 'ztp-script-'));
  process.chdir(folder);
}

async function end() {
  for (const holder of locks) {
    const gone = new Promise((resolve) => holder.once('close', resolve));
    holder.stdin.end();
    await gone;
  }
  locks = [];
  process.chdir(left);
  fs.rmSync(folder, { recursive: true });
  folder = undefined;
}

/** Node has no flock: util-linux's command holds it until its standard input ends. */
function lock(path) {
  return new Promise((resolve, reject) => {
    const holder = spawn('flock', ['--exclusive', '--nonblock', path, 'sh', '-c', 'echo; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    locks.push(holder);
    holder.stdout.once('data', resolve);
    holder.once('error', reject);
    holder.once('exit', () => reject(new Error(`${path}: cannot be locked`)));
  });
}

function replace(path, old, by) {
  const all = fs.readFileSync(path);
  const at = all.indexOf(old);
  if (at < 0) throw new Error('what is to be replaced is not there');
  fs.writeFileSync(path, Buffer.concat([all.subarray(0, at), by, all.subarray(at + old.length)]));
}

function resize(path, size) {
  fs.truncateSync(path, size < 0 ? fs.statSync(path).size + size : size);
}

const STEPS = {
  fs_lock: (path) => lock(`${path}`),
  fs_mkdir: (path) => fs.mkdirSync(`${path}`),
  fs_remove: (path) => fs.rmSync(`${path}`, { recursive: true }),
  fs_put: (path, bytes) => fs.writeFileSync(`${path}`, bytes),
  fs_append: (path, bytes) => fs.appendFileSync(`${path}`, bytes),
  fs_symlink: (target, path) => fs.symlinkSync(`${target}`, `${path}`),
  fs_chmod: (path, mode) => fs.chmodSync(`${path}`, parseInt(`${mode}`, 8)),
  fs_resize: (path, size) => resize(`${path}`, Number(`${size}`)),
  fs_copy: (from, to) => fs.cpSync(`${from}`, `${to}`, { recursive: true }),
  fs_replace: (path, old, by) => replace(`${path}`, old, by),
};

/** Takes a step. Paths are relative to the script's folder, which is the current one of the process from fs_begin to fs_end. */
export async function step(operation, args) {
  if (operation === 'fs_begin' && folder === undefined) return begin();
  if (operation === 'fs_end' && folder !== undefined) return end();
  const taken = STEPS[operation];
  if (taken === undefined || folder === undefined || taken.length !== args.length) {
    throw new Error(`no step ${operation} with ${args.length} arguments here`);
  }
  return taken(...args);
}
