// Builds the addon from the source in the packed package, as on a platform without a prebuilt one. It compiles everything
// anew with all optimisations, which takes minutes, and so it stands apart: `npm run test:source`.

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { ACCEPT_AND_REFUSE, NAME, Project, REFUSED, run } from './pack.mjs';

describe('the source in the packed package', () => {
  let project;
  before(() => {
    project = new Project();
    rmSync(join(project.installed, 'prebuilds'), { recursive: true });
  });
  after(() => project?.remove());

  it('builds an addon that accepts and refuses', () => {
    run(process.execPath, [join(project.installed, 'scripts', 'build.mjs'), '--locked', '--offline'], {
      env: { ...process.env, CARGO_TARGET_DIR: join(project.scratch, 'target') },
    });
    const script = `const ztp = require('${NAME}');${ACCEPT_AND_REFUSE}`;
    assert.equal(project.node('--input-type=commonjs', '-e', script), REFUSED);
  });
});
