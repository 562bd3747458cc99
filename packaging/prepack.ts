/**
 * `npm pack` runs this first. Node strips no types under node_modules, so the package holds JavaScript and declarations,
 * and for the time of packing package.json points to them. `postpack.ts` puts it back.
 */

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Manifest, packedManifest } from './manifest.ts';
import { restore } from './restore.ts';

/** What the code reads at run time, by paths relative to itself. */
const ASSETS = ['openapi', 'config'];

restore(); // a packing that was broken off left it behind
rmSync('dist', { recursive: true, force: true });
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
for (const folder of ASSETS) {
  if (existsSync(folder))
    cpSync(folder, `dist/${folder}`, { recursive: true, filter: (file) => !file.endsWith('.ts') });
}
const manifest = packedManifest(JSON.parse(readFileSync('package.json', 'utf8')) as Manifest);
for (const file of Object.values(manifest.bin)) chmodSync(file, 0o755);
copyFileSync('package.json', 'package.checkout.json');
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
