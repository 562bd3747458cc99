/** The process as an operator starts it: what it says, and how it ends. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import { startedChild } from './support/child.ts';
import { DEMO_PARTNER, writeConfig } from './support/gateway.ts';
import { partnerOf } from './support/partners.ts';
import { sharedKeys } from './support/shared-keys.ts';
import { sharedSnapshots } from './support/shared-snapshots.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

/** Of the tests' own environment: nothing that configures a gateway. */
const KEPT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name === 'PATH' || name === 'NODE_COMPILE_CACHE'),
);

const run = (env: Record<string, string>) =>
  startedChild(
    spawn(process.execPath, [MAIN], {
      cwd: join(import.meta.dirname, '..'),
      env: { ...KEPT, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );

const withConfig = async (
  config: Parameters<typeof writeConfig>[0],
  work: (file: string) => Promise<void>,
): Promise<void> => {
  const { folder, file } = await writeConfig(config);
  try {
    await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** What a gateway makes at its first start, so that it starts as it does at every other. */
const lendState = async (file: string): Promise<void> => {
  const folder = join(dirname(file), 'var');
  await sharedKeys()(folder);
  sharedSnapshots().lendTo(join(folder, 'registries/social'));
};

const assertRefusesToStart = async (env: Record<string, string>, said: RegExp): Promise<void> => {
  const { code, output } = await run(env).ended;
  assert.equal(code, 1, output);
  assert.match(output, said);
  assert.ok(!/\n +at .*\.ts:\d/.test(output), `a stack was printed: ${output}`);
};

test('it starts on the port of the environment, says that demo partners are there, and ends in order on SIGTERM', async () => {
  await withConfig({}, async (file) => {
    await lendState(file);
    const child = run({ DCI_CONFIG: file, PORT: '0', HOST: '' });
    const listening = await child.line(/gateway listens/);
    const { url } = JSON.parse(listening);
    assert.equal((await fetch(`${url}/health/live`)).status, 200);
    child.kill('SIGTERM');
    const { code, output } = await child.ended;
    assert.equal(code, 0, output);
    assert.match(output, /DEMO/);
    assert.match(output, /gateway closed/);
  });
});

test('mistakes of the configuration are printed with file and line', async () => {
  await withConfig({ server: { prot: 8080 } }, (file) =>
    assertRefusesToStart({ DCI_CONFIG: file }, /gateway\.yaml:\d+:\d+ .*prot/),
  );
  await assertRefusesToStart({ DCI_CONFIG: '/nowhere/gateway.yaml' }, /nowhere/);
});

test('demo partners keep it from starting on another address than loopback, and in production', async () => {
  await withConfig({}, async (file) => {
    await assertRefusesToStart({ DCI_CONFIG: file, HOST: '0.0.0.0' }, /demo partner.*0\.0\.0\.0/);
    await assertRefusesToStart({ DCI_CONFIG: file, HOST: '::' }, /demo partner/);
    await assertRefusesToStart({ DCI_CONFIG: file, NODE_ENV: 'production' }, /demo partner.*production/);
  });
});

test('a partner of the store that shares a name with one of the file is said plainly', async () => {
  await withConfig({}, async (file) => {
    await lendState(file);
    const folder = join(dirname(file), 'var');
    const store = await openSqliteStore({ folder, clock: Date.now, role: 'command' });
    await store.partners.insert(partnerOf('twin', { clientId: DEMO_PARTNER.client_id }));
    await store.close();
    await assertRefusesToStart({ DCI_CONFIG: file }, /partner twin \(store\) has the client id .* of partner/);
  });
});

test('it does not start with certificate checks switched off, or with a port that is none', async () => {
  await withConfig({}, async (file) => {
    await assertRefusesToStart({ DCI_CONFIG: file, NODE_TLS_REJECT_UNAUTHORIZED: '0' }, /NODE_TLS_REJECT_UNAUTHORIZED/);
    await assertRefusesToStart({ DCI_CONFIG: file, PORT: 'http' }, /PORT/);
  });
});

test('a port that is taken is said plainly', async () => {
  await using taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  assert.ok(typeof address === 'object' && address !== null);
  await withConfig({}, async (file) => {
    await lendState(file);
    await assertRefusesToStart({ DCI_CONFIG: file, PORT: String(address.port) }, /EADDRINUSE.*Fix: .*server\.admin/);
  });
});

test('a damaged state file is a clear error', async () => {
  await withConfig({}, async (file) => {
    const folder = join(dirname(file), 'var');
    await sharedKeys()(folder);
    await writeFile(
      join(folder, 'gateway.sqlite'),
      'this is no database, and it is long enough to be looked at as one'.repeat(100),
      { mode: 0o600 },
    );
    await assertRefusesToStart({ DCI_CONFIG: file }, /damaged|not a database|backup/i);
  });
});
