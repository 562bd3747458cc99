/** The backend goes away and comes back: the gateway says so and needs no help. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, searchItem } from '../support/client.ts';
import { startGateway } from '../support/gateway.ts';
import { switchableRegistry } from '../support/switchable-registry.ts';

const QUERY = { type: 'UIN', value: 'P1' };

const ready = async (url: string): Promise<{ status: number; body: ReturnType<typeof JSON.parse> }> => {
  const response = await fetch(`${url}/health/ready`);
  return { status: response.status, body: JSON.parse(await response.text()) };
};

/** Readiness is kept for a second. */
const readyIs = async (url: string, status: number): Promise<void> => {
  for (let time = 0; time < 40; time++) {
    if ((await ready(url)).status === status) return;
    await sleep(100);
  }
  assert.equal((await ready(url)).status, status);
};

const assertFailure = (answer: Answer, status: number, code: string): void => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.message.error.code, code);
  assert.ok(!/secret-host|Diallo|ECONNREFUSED|TypeError/.test(answer.text), 'nothing of the fault is told');
};

test('a backend that is down is 503, and is used again as soon as it is back', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({ config: { registries: registry.registries } });
  const client = gateway.client();
  assert.equal((await client.search(QUERY)).body.message.search_response[0].data.reg_records.length, 1);
  registry.set('down');
  assertFailure(await client.search(QUERY), 503, 'err.service.unavailable');
  await readyIs(gateway.url, 503);
  registry.set('up');
  assert.equal((await client.search(QUERY)).status, 200);
  await readyIs(gateway.url, 200);
});

test('a backend that is down at start leaves the gateway running and not ready, and is bound when it comes', async () => {
  using registry = switchableRegistry('down');
  await using gateway = await startGateway({ config: { registries: registry.registries } });
  const client = gateway.client();
  assertFailure(await client.search(QUERY), 503, 'err.service.unavailable');
  assert.equal((await ready(gateway.url)).status, 503);
  assert.equal((await fetch(`${gateway.url}/health/live`)).status, 200);
  registry.set('up');
  await readyIs(gateway.url, 200);
  assert.equal((await client.search(QUERY)).body.message.search_response[0].pagination.total_count, 1);
});

test('a mapping that does not fit its backend stops the start and says where', async () => {
  using registry = switchableRegistry('up', {
    records: { Person: { entity: 'person', fields: { birth_date: 'no_such_column' } } },
  });
  await assert.rejects(startGateway({ config: { registries: registry.registries } }), (error: Error) => {
    assert.match(error.message, /gateway\.yaml:\d+:\d+/);
    assert.match(error.message, /no_such_column/);
    return true;
  });
});

test('a backend that does not answer in time is 504, and the search is stopped', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: { registries: registry.registries, limits: { search_timeout: '200ms' } },
  });
  const client = gateway.client();
  await client.getToken();
  registry.set('hang');
  const started = performance.now();
  assertFailure(await client.search(QUERY), 504, 'err.request.timeout');
  assert.ok(performance.now() - started < 2_000);
});

test('a fault of a plugin is 500 and tells nothing', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({ config: { registries: registry.registries } });
  const client = gateway.client();
  registry.set('fault');
  assertFailure(await client.search(QUERY), 500, 'err.service.unavailable');
  const failure = gateway.log.find(({ message }) => message === 'request failed');
  assert.ok(failure);
  assert.ok(!JSON.stringify(gateway.log).includes('Diallo'), 'the log holds no data either');
});

test('why something is not ready stands on the admin listener only', async () => {
  using registry = switchableRegistry('down');
  await using gateway = await startGateway({ config: { registries: registry.registries } });
  assert.deepEqual((await ready(gateway.url)).body, { status: 'not ready' });
  const inside = await ready(gateway.adminUrl);
  assert.equal(inside.status, 503);
  assert.equal(inside.body.parts.store, 'ready');
  assert.match(inside.body.parts.social, /backend/);
});

test('closing lets a running search end and is answered', async () => {
  using registry = switchableRegistry('up');
  const gateway = await startGateway({
    config: { registries: registry.registries, limits: { search_timeout: '300ms' } },
  });
  const client = gateway.client();
  await client.getToken();
  registry.set('hang');
  const running = client.search(QUERY);
  await sleep(100);
  const started = performance.now();
  const closed = gateway.close();
  assert.equal((await running).status, 504);
  await closed;
  assert.ok(performance.now() - started < 1_500, 'a connection that is kept alive does not hold it up');
  await assert.rejects(fetch(`${gateway.url}/health/live`));
});

test('a search whose caller has gone is stopped and makes room for the next', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: { registries: registry.registries, limits: { search_timeout: '20s', concurrent_searches: 1 } },
  });
  const client = gateway.client();
  const Authorization = `Bearer ${await client.getToken()}`;
  registry.set('hang');
  const impatient = new AbortController();
  const gone = fetch(`${gateway.url}/registry/sync/search`, {
    method: 'POST',
    signal: impatient.signal,
    headers: { Authorization, 'Content-Type': 'application/json' },
    body: JSON.stringify(client.envelope([searchItem(QUERY)])),
  });
  await sleep(100);
  registry.set('up');
  assert.equal((await client.search(QUERY)).status, 429);
  impatient.abort();
  await assert.rejects(gone);
  await sleep(100);
  assert.equal((await client.search(QUERY)).status, 200);
});

test('an expression of the mapping that does not end costs its search alone', async () => {
  const doubling = `($x := given; ${'$x := $x & $x; '.repeat(40)}$x)`;
  using registry = switchableRegistry('up', {
    records: {
      Person: {
        entity: 'person',
        fields: {
          identifier: [{ identifier_type: { const: 'UIN' }, identifier_value: { from: 'id', need: true } }],
          name: { surname: 'family', given_name: { from: 'given', expr: doubling } },
        },
      },
    },
  });
  await using gateway = await startGateway({ config: { registries: registry.registries } });
  const client = gateway.client();
  const everybody = { collection: 'Person', query: { surname: 'Diallo' } };
  const started = performance.now();
  const [endless, other] = await Promise.all([
    client.search(everybody),
    client.search('{ person(surname: "Diallo") { name { surname } } }'),
  ]);
  assertFailure(endless, 504, 'err.request.timeout');
  assert.equal(other.body.message.search_response[0].data.reg_records.length, 20);
  assert.ok(performance.now() - started < 3_000);
  assert.ok(!endless.text.includes('"Awa'), 'what it had made so far is not told');
});

test('a backend that goes down while many search is 503 for each of them, and serves all again when it is back', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({ config: { registries: registry.registries } });
  const client = gateway.client();
  await client.getToken();
  let stopped = false;
  const seen = new Map<number, number>();
  const caller = async (): Promise<void> => {
    while (!stopped) {
      const { status, headers } = await client.search(QUERY);
      seen.set(status, (seen.get(status) ?? 0) + 1);
      assert.equal(headers.get('content-type'), 'application/json');
      await sleep(5);
    }
  };
  const callers = Array.from({ length: 12 }, caller);
  const countsOf = async (ms: number): Promise<readonly number[]> => {
    await sleep(300); // those that had begun before
    seen.clear();
    await sleep(ms);
    return [...seen.keys()];
  };
  assert.deepEqual(await countsOf(200), [200]);
  registry.set('down');
  assert.deepEqual(await countsOf(300), [503]);
  registry.set('up');
  assert.deepEqual(await countsOf(200), [200]);
  stopped = true;
  await Promise.all(callers);
});

test('a search beyond what the backend says that it can do is that item’s refusal, and the backend is not asked', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({ config: { registries: registry.registries } });
  const client = gateway.client();
  const sort = [{ attribute_name: 'name.surname', sort_order: 'asc' }];
  const answer = await client.post(client.envelope([searchItem(QUERY, {}, { sort }), searchItem(QUERY)]));
  const [beyond, plain] = answer.body.message.search_response;
  assert.equal(beyond.status_reason_code, 'rjct.sort.invalid');
  assert.equal(plain.status, 'succ');
});
