import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RegistryConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/source.ts';
import type { Mapping } from '../../src/mapping/mapping.ts';
import { BackendError, type BackendPlugin, ConfigProblems } from '../../src/plugin.ts';
import { openRegistry } from '../../src/registry/open-registry.ts';
import { recordedLog } from '../support/recorded-log.ts';

const CONFIG = {
  id: 'social',
  backendSource: { value: {}, at: (path: readonly (string | number)[]) => `gateway.yaml:7:3 (${path.join('.')})` },
} as unknown as RegistryConfig; // only these two are looked at

const MAPPING: Mapping = {
  records: new Map(),
  locations: undefined,
  compile: () => assert.fail('nothing is searched here'),
};

/** A backend whose `describe` does what the list says, call by call; the last one repeats. */
const opened = (results: readonly (Error | 'ok')[], bind: () => Mapping = () => MAPPING) => {
  let calls = 0;
  const answer = async (): Promise<[]> => {
    const result = results[Math.min(calls++, results.length - 1)];
    if (result instanceof Error) throw result;
    return [];
  };
  const recorded = recordedLog();
  let closed = 0;
  const plugin = { describe: answer, health: async () => undefined, close: async () => void closed++ };
  const registry = openRegistry({
    config: CONFIG,
    plugin: plugin as unknown as BackendPlugin, // the rest is not called
    unbound: { recordTypes: new Set(), paths: new Map(), remarks: [], bind },
    log: recorded.log,
    retryMs: [5],
  });
  return { registry, lines: recorded.lines, calls: () => calls, closed: () => closed };
};

const down = new BackendError('unavailable', 'no route');

test('a backend that is down is tried again until it is there; until then the registry says why it is not ready', async () => {
  const { registry, lines } = opened([down, down, new BackendError('timeout', 'too slow'), 'ok']);
  await registry.firstAttempt;
  await assert.rejects(registry.mapping(), { code: 'service.unavailable' });
  assert.match((await registry.health(AbortSignal.timeout(1_000))) ?? '', /backend/);
  for (let time = 0; time < 100; time++) {
    if ((await registry.health(AbortSignal.timeout(1_000))) === undefined) break;
    await sleep(5);
  }
  assert.equal(await registry.mapping(), MAPPING);
  const told = lines.filter(({ message }) => message === 'registry not ready').map(({ fields }) => fields.detail);
  assert.deepEqual(told, ['no route', 'too slow'], 'the same is not told at every try');
  await registry.close();
});

test('what does not fit the backend stops the start with the place in the configuration', async () => {
  const problems = new ConfigProblems([{ path: ['entities', 'person'], problem: 'has no such table' }]);
  const { registry } = opened([problems]);
  await assert.rejects(registry.firstAttempt, (error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(
      error.message,
      /gateway\.yaml:7:3 \(entities\.person\) registries\.social\.backend\.entities\.person has no such table/,
    );
    return true;
  });
  await registry.close();
});

test('a mapping that is found not to fit later leaves the registry not ready, and is looked at again', async () => {
  let fits = false;
  const { registry, lines } = opened([down, 'ok'], () => {
    if (!fits) throw new ConfigError([{ at: 'x:1:1', path: 'records', problem: 'does not fit' }]);
    return MAPPING;
  });
  await registry.firstAttempt;
  for (let time = 0; time < 100 && !/mapping/.test((await registry.health(AbortSignal.timeout(1_000))) ?? ''); time++)
    await sleep(5);
  assert.match((await registry.health(AbortSignal.timeout(1_000))) ?? '', /mapping/);
  assert.ok(lines.some(({ fields }) => /does not fit/.test(String(fields.detail))));
  fits = true;
  for (let time = 0; time < 100 && (await registry.health(AbortSignal.timeout(1_000))) !== undefined; time++)
    await sleep(5);
  assert.equal(await registry.mapping(), MAPPING);
  await registry.close();
});

test('closing ends the attempts and closes the plugin once', async () => {
  const { registry, calls, closed } = opened([down]);
  await registry.firstAttempt;
  await registry.close();
  const after = calls();
  await sleep(30);
  assert.equal(calls(), after);
  assert.equal(closed(), 1);
});

test('where searches need the areas they are read again while the registry is open, also after it was away', async () => {
  const locations = { query: {}, render: () => ({ id: 'A', name: 'Area' }) } as unknown as Mapping['locations'];
  let reads = 0;
  const plugin = {
    describe: async () => [],
    search: async () => {
      reads += 1;
      if (reads === 2) throw down;
      return { rows: [], total: 0 };
    },
    close: async () => undefined,
  };
  const recorded = recordedLog();
  const registry = openRegistry({
    config: CONFIG,
    plugin: plugin as unknown as BackendPlugin, // the rest is not called
    unbound: {
      ...{ recordTypes: new Set(), paths: new Map(), remarks: [] },
      bind: () => ({ ...MAPPING, locations, searchesAreas: true }),
    },
    log: recorded.log,
    areasMs: 5,
  });
  await registry.firstAttempt;
  for (let time = 0; time < 200 && reads < 4; time++) await sleep(5);
  await registry.close();
  const after = reads;
  assert.ok(after >= 4);
  assert.ok(recorded.lines.some(({ message }) => message === 'areas not read anew'));
  await sleep(30);
  assert.equal(reads, after);
});
