/** A file whose gateway is killed while it is worked on is answered whole, each row once (ASYNC "Run a search"). */

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '../support/client.ts';
import { type FileWorld, fileWorld, idOf, resultOf, upload } from '../support/file-world.ts';
import { freePort } from '../support/local-server.ts';
import { newDatabaseName, startMongo } from '../support/mongo.ts';
import { type GatewayProcess, gatewayProcess } from '../support/storm/gateway-process.ts';
import { csvOf } from '../support/uploads.ts';

const ROWS = 20_000;
const PARTS = ROWS / 1_000;

const mongo = await startMongo({ own: true });
after(async () => mongo?.[Symbol.asyncDispose]());

const file = csvOf(Array.from({ length: ROWS }, (_, row) => idOf(row * 2))); // every second one is there

const assertWhole = async ({ receiver }: FileWorld, url: string, result: string): Promise<void> => {
  await receiver.came(PARTS, 120_000);
  await sleep(1_000);
  const references = receiver.references();
  assert.equal(references.length, ROWS, 'no message but those of the parts');
  assert.equal(new Set(references).size, ROWS, 'each row is answered once');
  assert.deepEqual(receiver.changed, []);
  const client = createClient({ url });
  const answer = await client.send(`/registry${result}`, {
    headers: { Authorization: `Bearer ${await client.getToken()}` },
  });
  const items: readonly { reference_id: string; status: string; data: { reg_records: object[] } }[] =
    answer.body.search_response;
  items.forEach(({ reference_id, status, data }, index) => {
    assert.equal(reference_id, `row-${index + 1}`);
    assert.equal(status, 'succ');
    assert.equal(data.reg_records.length, index * 2 < ROWS ? 1 : 0, reference_id);
  });
  assert.equal(items.length, ROWS);
};

const killed = async (gateway: GatewayProcess): Promise<void> => {
  await gateway.kill();
  await gateway.start();
};

test('a gateway on the embedded store is killed again and again', { timeout: 300_000 }, async () => {
  await using world = await fileWorld(ROWS);
  await using gateway = gatewayProcess(world.config, await freePort());
  await gateway.start();
  const transaction = await upload(createClient({ url: gateway.url }), file);
  for (let kills = 0; kills < 5; kills++) {
    await sleep(Math.random() * 1_000);
    await killed(gateway);
  }
  const result = await resultOf(createClient({ url: gateway.url }), transaction, 120_000);
  await assertWhole(world, gateway.url, result);
});

test('of two gateways on one MongoDB the one that works on it is killed', {
  timeout: 400_000,
  skip: mongo === undefined,
}, async () => {
  const store = {
    mongodb: { url: mongo?.url ?? '', database: newDatabaseName() },
    encryption_key: randomBytes(32).toString('base64'),
  };
  await using world = await fileWorld(ROWS, { store });
  await using left = gatewayProcess(world.config, await freePort());
  await using right = gatewayProcess(world.config, await freePort());
  await left.start();
  await right.start();
  const transaction = await upload(createClient({ url: left.url }), file);
  await sleep(500 + Math.random() * 1_500);
  await left.kill();
  // The other takes the lane when the lease is over, and is killed too.
  await sleep(62_000);
  await killed(right);
  await left.start();
  const result = await resultOf(createClient({ url: right.url }), transaction, 200_000);
  await assertWhole(world, right.url, result);
});
