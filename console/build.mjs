// SPDX-License-Identifier: Apache-2.0
// Bundles the console into the folder that is named (default: dist): index.html, console.js, console.css. Says
// how large it is, and fails when it is larger than it may be.
import { build } from 'esbuild';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const most = 150 * 1024;
const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, 'dist');

mkdirSync(out, { recursive: true });
await build({
  entryPoints: [join(here, 'src/console.tsx')],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  outfile: join(out, 'console.js'),
  logLevel: 'warning',
});
copyFileSync(join(here, 'src/index.html'), join(out, 'index.html'));
const size = ['index.html', 'console.js', 'console.css'].reduce((sum, name) => sum + gzipSync(readFileSync(join(out, name))).length, 0);
console.log(`console: ${(size / 1024).toFixed(1)} KiB compressed`);
if (size > most) {
  console.error(`more than ${most / 1024} KiB`);
  process.exit(1);
}
