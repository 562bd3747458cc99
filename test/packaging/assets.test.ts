import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { copyAssets } from '../../packaging/assets.ts';
import { PROJECT } from '../support/source-files.ts';

const FILES = [
  'openapi/gateway.yaml',
  'config/gateway.yaml',
  'config/production.yaml',
  'config/var/encryption.key',
  'config/var/gateway.sqlite',
  'config/sample/registry.yaml',
  'config/sample/make/names.ts',
  'config/examples/data/census.csv',
  'config/examples/var/gateway.sqlite',
];

test('the package takes the sample and the examples, and neither state nor configurations of whoever packs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dci-assets-'));
  try {
    for (const file of FILES) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), 'x');
    }
    copyAssets(folder, join(folder, 'dist'));
    const packed = readdirSync(join(folder, 'dist'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(folder, 'dist').length + 1));
    assert.deepEqual(packed.sort(), [
      'config/examples/data/census.csv',
      'config/gateway.yaml',
      'config/sample/registry.yaml',
      'openapi/gateway.yaml',
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('what the package takes is there in the checkout', () => {
  for (const file of ['openapi/gateway.yaml', 'config/gateway.yaml', 'config/sample/registry.yaml', 'config/examples'])
    assert.ok(existsSync(join(PROJECT, file)), file);
});
