/** A gateway process that is killed, and two of them on one MongoDB. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { asyncConfig, call, searchMessage, statusMessage } from '../support/async-calls.ts';
import { startReceiver } from '../support/callback-receiver.ts';
import { startedChild } from '../support/child.ts';
import { createClient } from '../support/client.ts';
import { startGateway, writeConfig } from '../support/gateway.ts';
import { freePort } from '../support/local-server.ts';
import { newDatabaseName, startMongo } from '../support/mongo.ts';
import { PROJECT } from '../support/source-files.ts';

const startProcess = async (file: string, port: number) => {
  const child = spawn(process.execPath, [join(PROJECT, 'src/main.ts')], {
    cwd: PROJECT,
    env: { ...process.env, DCI_CONFIG: file, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started = startedChild(child, 60_000);
  await started.line(/gateway listens/);
  return started;
};

test('what was acknowledged before a kill is delivered after the next start, once its endpoint is back', async () => {
  let open = false;
  await using receiver = await startReceiver(() => (open ? 200 : 500));
  const port = await freePort();
  const config = asyncConfig(receiver.origin, {}, { deliveries: { retry: ['2s', '2s', '2s', '2s', '2s'] } });
  const { folder, file } = await writeConfig(config as never);
  const client = createClient({ url: `http://127.0.0.1:${port}` });
  const transactions = Array.from({ length: 20 }, () => randomUUID());
  try {
    const first = await startProcess(file, port);
    const answers = await Promise.all(
      transactions.map((each) => call(client, '/search', 'search', searchMessage(each))),
    );
    first.kill('SIGKILL');
    await first.ended;
    assert.ok(answers.every(({ status }) => status === 202));
    open = true;
    const second = await startProcess(file, port);
    const delivered = await Promise.all(
      transactions.map((each) => receiver.next(({ body }) => body.message.transaction_id === each && open, 20_000)),
    );
    const again = await call(client, '/search', 'search', searchMessage(transactions[0]));
    assert.equal(again.body.message.correlation_id, answers[0]?.body.message.correlation_id);
    for (const { body } of delivered) {
      const same = receiver.received.filter((each) => each.body.message.transaction_id === body.message.transaction_id);
      assert.equal(new Set(same.map((each) => each.body.header.message_id)).size, 1);
    }
    second.kill('SIGTERM');
    assert.equal((await second.ended).code, 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

const mongo = await startMongo();

test('two gateways on one MongoDB share what they accepted, and each callback is sent by one of them', {
  skip: mongo === undefined,
}, async () => {
  assert.ok(mongo);
  await using _server = mongo;
  await using receiver = await startReceiver();
  const database = newDatabaseName();
  const store = {
    mongodb: { url: mongo.url, database },
    encryption_key: randomBytes(32).toString('base64'),
  };
  const config = asyncConfig(receiver.origin, {}, { store }) as never;
  await using left = await startGateway({ config });
  await using right = await startGateway({ config });
  const clients = [left.client(), right.client()] as const;
  const transactions = Array.from({ length: 12 }, () => randomUUID());
  // The same request to both at once: one execution, one acknowledgement.
  const answers = await Promise.all(
    transactions.map((each) =>
      Promise.all(clients.map((client) => call(client, '/search', 'search', searchMessage(each)))),
    ),
  );
  for (const [one, other] of answers) {
    assert.equal(one?.status, 202, one?.text);
    assert.equal(other?.status, 202, other?.text);
    assert.equal(one?.body.message.correlation_id, other?.body.message.correlation_id);
  }
  for (const each of transactions) await receiver.next(({ body }) => body.message.transaction_id === each, 20_000);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  assert.equal(receiver.received.length, transactions.length, 'none was sent twice');
  for (const client of clients) {
    const status = await call(
      client,
      '/sync/txn/status',
      'txn-status',
      statusMessage('transaction_id', transactions[0]),
    );
    assert.match(status.text, /callback delivered/);
  }
});

test('a MongoDB that does not answer stops the start, with a sentence', async () => {
  const url = `mongodb://127.0.0.1:${await freePort()}/`;
  const store = { mongodb: { url, database: 'dci' }, encryption_key: randomBytes(32).toString('base64') };
  await assert.rejects(startGateway({ config: { store } }), /MongoDB at 127\.0\.0\.1:\d+ does not answer/);
});
