// Removes what scripts/prepack.mjs copied beside the package for `npm pack`.

import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));

for (const name of ['source', 'LICENSE', 'LICENSE-MIT', 'LICENSE-APACHE']) {
  rmSync(join(PACKAGE, name), { recursive: true, force: true });
}
