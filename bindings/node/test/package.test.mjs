import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { ACCEPT_AND_REFUSE, NAME, PACKAGE, Project, REFUSED, hasCargo, run } from './pack.mjs';

const { target } = createRequire(import.meta.url)('../lib/loader.cjs');

describe('the packed package', { skip: !hasCargo && 'cargo is not installed' }, () => {
  let project;
  before(() => {
    project = new Project();
  });
  after(() => project?.remove());

  it('installs offline, and accepts and refuses from ESM', () => {
    const script = `import * as ztp from '${NAME}';${ACCEPT_AND_REFUSE}`;
    assert.equal(project.node('--input-type=module', '-e', script), REFUSED);
  });

  it('installs offline, and accepts and refuses from CommonJS', () => {
    const script = `const ztp = require('${NAME}');${ACCEPT_AND_REFUSE}`;
    assert.equal(project.node('--input-type=commonjs', '-e', script), REFUSED);
  });

  it('brings no other package along', () => {
    const modules = readdirSync(join(project.root, 'node_modules')).filter((name) => !name.startsWith('.'));
    assert.deepEqual(modules, [NAME.split('/')[0]]);
  });

  it('holds the addon, the types, the licences and the source', () => {
    for (const name of [
      `prebuilds/${target()}/ztp.node`,
      'index.cjs',
      'index.mjs',
      'index.d.ts',
      'LICENSE',
      'LICENSE-MIT',
      'LICENSE-APACHE',
      'README.md',
      'scripts/build.mjs',
      'source/Cargo.toml',
      'source/Cargo.lock',
      'source/ztp-core/src/lib.rs',
      'source/bindings/node/src/lib.rs',
    ]) {
      assert.ok(project.files.includes(name), `${name} is not in the package`);
    }
  });

  it('holds no tests, no build output and nothing of other surfaces', () => {
    const unwanted = /(^|\/)(target|node_modules|tests?|benches|examples|\.git.*)\/|bindings\/(c|go)\/|\.(tgz|new)$/;
    assert.deepEqual(project.files.filter((name) => unwanted.test(name)), []);
  });

  it('leaves nothing behind where it was packed', () => {
    const left = readdirSync(PACKAGE).filter((name) => name === 'source' || /^LICENSE|\.tgz$/.test(name));
    assert.deepEqual(left, []);
  });

  it('holds source that is whole: cargo finds every crate and the lock file fits', () => {
    const manifest = join(project.installed, 'source', 'Cargo.toml');
    const args = ['metadata', '--format-version=1', '--locked', '--offline', '--manifest-path', manifest];
    const names = JSON.parse(run('cargo', args)).packages.filter((p) => p.source === null).map((p) => p.name);
    assert.ok(names.includes('ztp-node') && names.includes('ztp-facade') && !names.includes('ztp-cli'), names.join());
  });
});
