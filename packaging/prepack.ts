/**
 * `npm pack` runs this first. Node strips no types under node_modules, so the package holds JavaScript and declarations,
 * and for the time of packing package.json points to them. `postpack.ts` puts it back.
 */

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { copyAssets } from './assets.ts';
import { LAUNCHER, type Manifest, packedManifest } from './manifest.ts';
import { restore } from './restore.ts';

restore(); // a packing that was broken off left it behind
rmSync('dist', { recursive: true, force: true });
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
copyAssets('.', 'dist');
copyFileSync('packaging/launcher.cjs', LAUNCHER);
const manifest = packedManifest(JSON.parse(readFileSync('package.json', 'utf8')) as Manifest);
for (const file of Object.values(manifest.bin)) chmodSync(file, 0o755);
copyFileSync('package.json', 'package.checkout.json');
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
