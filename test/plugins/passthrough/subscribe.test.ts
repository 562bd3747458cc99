/** The gateway's own subscription at an upstream that answers at once; and what speaks against one. */

import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import passthrough from '../../../plugins/passthrough/index.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/config/source.ts';
import { createGateway } from '../../../src/gateway.ts';
import { startFakeUpstream } from '../../support/fake-upstream.ts';
import { writeConfig } from '../../support/gateway.ts';
import { freePort } from '../../support/local-server.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { FRONT_SENDER, PERSON_ATTRIBUTES, partnerWith, upstreamBackend } from '../../support/upstream-pair.ts';

const ENTITIES = { Person: { key: 'UIN', attributes: PERSON_ATTRIBUTES } };
const CALLBACK = 'https://front.example.org/registry';
const WANTED = {
  ...{ subscribe: true, subscribe_events: ['UPDATE'], subscribe_for: '30d' },
  ...{ notifications_from: 'upstream', callback_url: CALLBACK },
};
const PUSH = { sources: [{ push: true, touches: { Person: '@key' } }] };

const configOf = (url: string, backend: object, changes: object, ports: readonly [number, number]) => ({
  identity: { id: FRONT_SENDER },
  server: { port: ports[0], admin: { host: '127.0.0.1', port: ports[1] } },
  registries: {
    social: {
      ...{ domain: 'social', mounts: ['/registry'], sample: true, records: 'dci', changes },
      backend: upstreamBackend(url, { entities: ENTITIES, ...backend }),
    },
  },
  partners: { upstream: partnerWith('upstream', { search: 'identifiers', records: {}, actions: ['receive'] }) },
});

test('it is asked for at the start, counted among the metrics, and ended when it is not wanted any more', async () => {
  await using fake = await startFakeUpstream();
  fake.behave = (call, response) => {
    const action = call.path.endsWith('/unsubscribe') ? 'on-unsubscribe' : 'on-subscribe';
    const { transaction_id, subscribe_request: items = [] } = call.body.message;
    const subscribe_response = items.map(({ reference_id }: { reference_id: string }) => ({
      ...{ reference_id, status: 'succ', subscriptions: [{ code: 'SUB-1', status: 'subscribe' }] },
    }));
    const header = { version: '1.0.0', message_id: `m${fake.calls.length}`, message_ts: '2026-01-15T10:30:00Z', action, status: 'succ', sender_id: 'fake.example.org', total_count: 1 }; // biome-ignore format: one look
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(fake.signed(header, { transaction_id, subscribe_response }));
    return undefined;
  };
  const ports = [await freePort(), await freePort()] as const;
  const { folder, file } = await writeConfig(configOf(fake.url, WANTED, PUSH, ports));
  const started = async () => {
    const { log, lines } = recordedLog();
    const gateway = await createGateway(await loadConfig({ file, env: {} }), { log, retryMs: [50] });
    const { adminUrl } = await gateway.start();
    return { adminUrl, lines, [Symbol.asyncDispose]: () => gateway.close() };
  };
  const said = async (lines: readonly { readonly message: string }[], message: string): Promise<void> => {
    for (let tries = 0; tries < 600; tries++) {
      if (lines.some((line) => line.message === message)) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new assert.AssertionError({ message: `not said: ${message}; ${JSON.stringify(lines)}` });
  };
  try {
    {
      await using gateway = await started();
      await said(gateway.lines, 'subscribed at the upstream');
      const [request, ...others] = fake.calls;
      assert.equal(others.length, 0);
      assert.equal(request?.path, '/registry/subscribe');
      assert.equal(request?.body.header.sender_id, FRONT_SENDER);
      assert.equal(request?.body.header.sender_uri, `${CALLBACK}/on-subscribe`);
      assert.ok(request?.body.signature.length > 80);
      const [item] = request?.body.message.subscribe_request ?? [];
      const { filter, frequency, notify_record_type: type } = item.subscribe_criteria;
      assert.deepEqual([filter, type], [{ type: '*', value: '*' }, 'Person']);
      assert.equal(Date.parse(frequency.end_time) - Date.parse(frequency.start_time), 30 * 86_400_000);
      const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
      assert.match(metrics, /dci_upstream_subscribed\{registry="social"\} 1/);
    }
    const config = JSON.parse(await readFile(file, 'utf8'));
    for (const key of Object.keys(WANTED)) delete config.registries.social.backend[key];
    await writeFile(file, JSON.stringify(config));
    {
      await using gateway = await started();
      await said(gateway.lines, 'unsubscribed at the upstream');
      const [, request, ...others] = fake.calls;
      assert.equal(others.length, 0);
      assert.equal(request?.path, '/registry/unsubscribe');
      assert.deepEqual(request?.body.message.subscription_codes, ['SUB-1']);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a subscription whose notifications nobody would read does not start', async () => {
  await using fake = await startFakeUpstream();
  const timed = { sources: [{ entity: 'Person', at: 'last_updated', touches: { Person: '@key' } }] };
  const attributes = { ...PERSON_ATTRIBUTES, last_updated: { operators: ['ge'], sort: true } };
  const backend = { ...WANTED, queries: ['expression'], entities: { Person: { key: 'UIN', attributes } } };
  const { folder, file } = await writeConfig(configOf(fake.url, backend, timed, [0, 0]));
  try {
    const starting = createGateway(await loadConfig({ file, env: {} }), { log: recordedLog().log });
    await assert.rejects(starting, (cause) => {
      assert.ok(cause instanceof ConfigError);
      assert.match(
        cause.message,
        /gateway\.yaml:\d+:\d+ registries\.social\.backend\.subscribe has nobody to tell: .*Fix: add \{ push: true/,
      );
      return true;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('what a subscription needs, and what belongs to none, is found when the configuration is read', () => {
  const base = { url: 'https://civil.example/registry', answers: 'optional', entities: ENTITIES } as const;
  const problems = (more: object): readonly string[] =>
    (passthrough.check?.({ ...base, ...more } as never) ?? []).map(
      ({ path, problem }) => `${path.join('.')} ${problem}`,
    );
  assert.deepEqual(problems({}), []);
  assert.deepEqual(problems(WANTED), []);
  assert.deepEqual(problems({ subscribe: true }), [
    'notifications_from is missing, but we are to subscribe at the upstream',
    'callback_url is missing, but we are to subscribe at the upstream',
  ]);
  assert.deepEqual(problems({ ...WANTED, entities: { Person: {} } }), [
    'entities have no key, so no notification says whose it is',
  ]);
  assert.deepEqual(problems({ subscribe_check: '1m' }), ['subscribe_check has no use without a subscription']);
  assert.deepEqual(problems({ callback_url: CALLBACK }), ['callback_url has no use where nobody calls back']);
});
