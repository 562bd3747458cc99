/** Faults that servers of this protocol were found to have, as far as no other test shows that this one has not. */

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadConfig } from '../../src/config/load.ts';
import { createGateway } from '../../src/gateway.ts';
import { createClient, searchItem, verifyAnswer } from '../support/client.ts';
import { DEMO_PARTNER, startGateway, writeConfig } from '../support/gateway.ts';
import { recordedLog } from '../support/recorded-log.ts';
import { sharedKeys } from '../support/shared-keys.ts';
import { switchableRegistry } from '../support/switchable-registry.ts';

const QUERY = { type: 'UIN', value: 'P1' };

test('calls that fail count against the limit as those that succeed', async () => {
  using registry = switchableRegistry('up');
  await using gateway = await startGateway({
    config: {
      registries: registry.registries,
      partners: { 'external-system': { ...DEMO_PARTNER, limits: { per_minute: 5 } } },
    },
  });
  const client = gateway.client();
  const good = client.envelope([searchItem(QUERY)]);
  assert.equal((await client.post({ ...good, header: { ...good.header, action: 'subscribe' } })).status, 400);
  assert.equal((await client.post(client.envelope([]))).status, 400);
  assert.equal((await client.search({ hat_size: 5 })).body.header.status, 'rjct');
  registry.set('down');
  assert.equal((await client.search(QUERY)).status, 503);
  registry.set('up');
  assert.equal((await client.search(QUERY)).status, 200);
  assert.equal((await client.search(QUERY)).status, 429);
});

test('a sort is obeyed over all pages, in both directions', async () => {
  await using gateway = await startGateway();
  const client = gateway.client();
  const datesOf = async (sort_order: string): Promise<string[]> => {
    const pages = [1, 2, 3].map((page_number) =>
      searchItem(
        { sex: 'female' },
        {},
        { sort: [{ attribute_name: 'dob', sort_order }], pagination: { page_size: 30, page_number } },
      ),
    );
    const { body } = await client.post(client.envelope(pages));
    const found: { birth_date?: string }[] = body.message.search_response.flatMap(
      (item: { data: { reg_records: object[] } }) => item.data.reg_records,
    );
    return found.flatMap(({ birth_date }) => birth_date ?? []);
  };
  const [up, down] = [await datesOf('asc'), await datesOf('desc')];
  assert.ok(up.length > 60 && down.length > 60);
  assert.deepEqual(up, up.toSorted());
  assert.deepEqual(down, down.toSorted().reverse());
  assert.ok((up[0] ?? '') < (down[0] ?? ''));
});

test('our keys outlive a restart: what was signed before verifies with the key set after it', async () => {
  const { folder, file } = await writeConfig();
  await sharedKeys()(join(folder, 'var')); // the RSA key, which signs nothing
  const run = async <Result>(work: (url: string) => Promise<Result>): Promise<Result> => {
    const gateway = await createGateway(await loadConfig({ file, env: {} }), { log: recordedLog().log });
    try {
      return await work((await gateway.start()).url);
    } finally {
      await gateway.close();
    }
  };
  try {
    const before = await run(async (url) => {
      const client = createClient({ url });
      const { body } = await client.search({ type: 'urn:gov:national-id', value: '12345678' });
      return { body, token: await client.getToken() };
    });
    await run(async (url) => {
      const { body: jwks } = await createClient({ url }).send('/.well-known/jwks.json', {});
      assert.equal(verifyAnswer(before.body, jwks), true);
      const Authorization = `Bearer ${before.token}`;
      const { status } = await fetch(`${url}/registry/sync/search`, { method: 'POST', headers: { Authorization } });
      assert.equal(status, 400, 'the token holds: what is missing is the body');
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('a reg_type that stands for a record type gives no right to it, and yields to every name beside it', async () => {
  const persons = {
    ...DEMO_PARTNER,
    client_id: 'persons',
    sender_ids: ['persons.example.org'],
    registries: {
      social: { search: 'any', records: { Person: { fields: ['name'], attributes: ['name'], identifier_types: [] } } },
    },
  };
  await using gateway = await startGateway({ config: { partners: { persons } } });
  const client = gateway.client({ clientId: 'persons', senderId: 'persons.example.org' });
  const ask = (query: unknown, criteria: Record<string, unknown>) =>
    client.post(client.envelope([searchItem(query, {}, criteria)]));
  const aName = { 'name.surname': { $exists: true } };
  for (const reg_type of ['SPP:RegistryType:Group', 'spp:registrytype:GROUP']) {
    for (const query of [{ group_size: 5 }, aName, { collection: '', query: aName }]) {
      assert.equal((await ask(query, { reg_type })).status, 403);
    }
    assert.equal((await ask(aName, { reg_type, reg_record_type: 'Household' })).status, 403);
    for (const [query, criteria] of [
      [aName, { reg_record_type: 'Person' }],
      [{ collection: 'Person', query: aName }, {}],
      ['{ person(surname: "Núñez Peña") { name } }', {}],
    ] as const) {
      const { status, body } = await ask(query, { reg_type, ...criteria });
      assert.equal(status, 200);
      const [item] = body.message.search_response;
      assert.equal(item.data.reg_record_type, 'Person');
      const shown = item.data.reg_records.flatMap((record: object) => Object.keys(record));
      assert.deepEqual([...new Set(shown)].sort(), ['@context', '@type', 'name']);
    }
  }
  const individual = await ask(aName, { reg_type: 'SPP:RegistryType:Individual', reg_record_type: 'Group' });
  assert.equal(individual.status, 403);
});
