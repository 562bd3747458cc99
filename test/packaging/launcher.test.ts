import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROJECT } from '../support/source-files.ts';

const launch = (version: string): { status: number | null; stdout: string; stderr: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-launcher-'));
  try {
    mkdirSync(join(folder, 'src/cli'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'src/cli/main.js'), "console.log('started', ...process.argv.slice(2));");
    writeFileSync(
      join(folder, 'older.cjs'),
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`,
    );
    copyFileSync(join(PROJECT, 'packaging/launcher.cjs'), join(folder, 'launcher.cjs'));
    const args = ['-r', join(folder, 'older.cjs'), join(folder, 'launcher.cjs'), 'check'];
    return spawnSync(process.execPath, args, { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

test('the packed command starts on Node 24 and newer, and says plainly that an older one will not do', () => {
  assert.equal(launch('24.0.0').stdout, 'started check\n');
  assert.equal(launch('26.3.1').stdout, 'started check\n');
  const old = launch('20.20.2');
  assert.equal(old.status, 1);
  assert.equal(old.stdout, '');
  assert.match(old.stderr, /^DCI Gateway needs Node 24 or newer/);
});
