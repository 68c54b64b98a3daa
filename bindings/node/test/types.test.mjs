import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as ztp from '../index.mjs';

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const TSC = join(PACKAGE, 'node_modules', 'typescript', 'bin', 'tsc');
const noTypeScript = existsSync(TSC) ? false : 'typescript is not installed: run npm ci';
const noCargo = spawnSync('cargo', ['--version']).status === 0 ? false : 'cargo is not installed';

function tsc(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [TSC, ...args], { cwd: PACKAGE, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

function declared(file, pattern) {
  return [...readFileSync(join(PACKAGE, file), 'utf8').matchAll(pattern)].map((match) => match[1]).sort();
}

describe('index.d.ts', () => {
  it('declares every export and no other', () => {
    const names = declared('index.d.ts', /^export (?:function|class) (\w+)/gm);
    assert.deepEqual(names, Object.keys(ztp).filter((name) => name !== 'default').sort());
  });

  for (const name of ['AuditLog', 'DlpScanner', 'DlpStream']) {
    it(`declares every method of ${name} and no other`, () => {
      const text = readFileSync(join(PACKAGE, 'index.d.ts'), 'utf8');
      const body = new RegExp(`^export class ${name} \\{\\n(.*?)^\\}`, 'ms').exec(text)[1];
      const methods = [...body.matchAll(/^ {2}(?:static )?(\w+)\(/gm)].map((match) => match[1]).sort();
      const descriptors = (of) => Object.entries(Object.getOwnPropertyDescriptors(of));
      const functions = [...descriptors(ztp[name].prototype), ...descriptors(ztp[name])].filter(
        ([key, { value }]) => typeof value === 'function' && key !== 'constructor',
      );
      assert.deepEqual(methods.filter((key) => key !== 'constructor'), functions.map(([key]) => key).sort());
    });
  }

  it('describes what the wrapper does, and the wrapper calls the addon as its types say', { skip: noTypeScript }, () => {
    assert.deepEqual(tsc('-p', 'tsconfig.json'), { status: 0, output: '' });
  });

  it('accepts right use from ESM and CommonJS, and refuses each wrong use', { skip: noTypeScript }, () => {
    assert.deepEqual(tsc('-p', 'test/types/tsconfig.json'), { status: 0, output: '' });
  });
});

describe('native.d.ts', () => {
  it('declares every export of the addon and no other', () => {
    const names = declared('lib/native.d.ts', /^export declare (?:function|class) (\w+)/gm);
    assert.deepEqual(names, Object.keys(require('../lib/loader.cjs').load()).sort());
  });

  it('is what the source gives', { skip: noCargo }, () => {
    const script = join(PACKAGE, 'scripts', 'native-types.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
});

describe('the addon source', () => {
  const files = readdirSync(join(PACKAGE, 'src')).map((name) => [name, readFileSync(join(PACKAGE, 'src', name), 'utf8')]);

  it('catches unwinding in every exported function', () => {
    for (const [name, text] of files) {
      // Attributes on functions are those followed by `pub fn`; the others mark types and impl blocks.
      for (const [attribute] of text.matchAll(/#\[napi[^\]]*\]\n\s*pub fn/g)) {
        assert.match(attribute, /catch_unwind/, `${name}: ${attribute}`);
      }
      const functions = [...text.matchAll(/#\[napi[^\]]*catch_unwind[^\]]*\]\n\s*pub fn/g)].length;
      assert.ok(functions > 0 || name === 'lib.rs' || name === 'boundary.rs', `${name} exports nothing`);
    }
  });

  it('catches unwinding in every background task', () => {
    let tasks = 0;
    for (const [name, text] of files) {
      for (const [body] of text.matchAll(/fn compute\(.*?\n {4}\}/gs)) {
        tasks += 1;
        assert.match(body, /guarded\(|catch_unwind\(/, `${name}: ${body}`);
      }
    }
    assert.equal(tasks, 4);
  });

  it('has no unsafe code and allows none', () => {
    for (const [name, text] of files) assert.doesNotMatch(text, /\bunsafe\b|allow\(/, name);
  });
});

describe('package.json', () => {
  const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));

  it('has the version of the library', () => {
    assert.equal(manifest.version, JSON.parse(ztp.version()).version);
  });

  it('has no dependencies and nothing that runs on installation', () => {
    for (const key of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies', 'gypfile']) {
      assert.equal(manifest[key], undefined, key);
    }
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish']) {
      assert.equal(manifest.scripts[hook], undefined, hook);
    }
  });
});
