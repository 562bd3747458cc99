/** A gateway in front of another one, which makes asynchronous searches by itself and calls back. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { asyncConfig, call, searchMessage } from '../../support/async-calls.ts';
import { type CallbackReceiver, startReceiver } from '../../support/callback-receiver.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { freePort } from '../../support/local-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { callingUpstream, FRONT_SENDER, startFront, startUpstream } from '../../support/upstream-pair.ts';

interface RelayPair extends AsyncDisposable {
  readonly front: RunningGateway;
  readonly upstream: RunningGateway;
  /** Statuses that the front answered the upstream's callbacks with, once it logged so many. */
  calledBack(count: number): Promise<readonly unknown[]>;
}

interface PairOptions {
  readonly ahead?: () => number;
  /** Of the upstream; its sample unless it is given. */
  readonly registries?: object;
  readonly backend?: object;
}

/** Each knows the other as a partner, by its key set. */
const startRelayPair = async (
  receiver: CallbackReceiver,
  { ahead = () => 0, registries, backend }: PairOptions = {},
): Promise<RelayPair> => {
  const [upstreamPort, frontPort] = [await freePort(), await freePort()];
  const [upstreamUrl, frontUrl] = [`http://127.0.0.1:${upstreamPort}`, `http://127.0.0.1:${frontPort}`];
  const origins = [receiver.origin, upstreamUrl];
  const { partners } = asyncConfig(receiver.origin);
  const known = callingUpstream('upstream', upstreamUrl, frontUrl);
  await using cleanUp = new AsyncDisposableStack();
  const front = cleanUp.use(
    await startFront(upstreamUrl, {
      port: frontPort,
      backend: {
        ...{ async: 'relay', notifications_from: 'upstream', callback_url: `${frontUrl}/registry` },
        ...backend,
      },
      config: { outbound: { allow_origins: origins, private_origins: origins }, tokens: { lifetime: '45s' } },
      gateway: { clock: () => Date.now() + ahead() },
      partners: {
        ...partners,
        upstream: { ...known.upstream, callbacks: [upstreamUrl] },
      },
    }),
  );
  const callback = { ...known.front.callback, url: `${frontUrl}/registry` };
  const upstream = cleanUp.use(
    await startUpstream(
      frontPort,
      { ...known.front, callback },
      {
        server: { port: upstreamPort },
        ...(registries !== undefined && { registries: registries as Readonly<Record<string, unknown>> }),
      },
    ),
  );
  for (let tries = 0; tries < 100; tries++) {
    const ready = await front.client().send('/health/ready', {});
    if (ready.status === 200) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const open = cleanUp.move();
  return {
    ...{ front, upstream },
    calledBack: async (count) => {
      const statuses = () =>
        front.log.filter(({ fields }) => fields.action === 'on-search').map(({ fields }) => fields.status);
      await until(() => statuses().length >= count);
      return statuses();
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
};

const answerTo = async (receiver: CallbackReceiver, front: RunningGateway, message = searchMessage()) => {
  assert.equal((await call(front.client(), '/search', 'search', message)).status, 202);
  return receiver.next((each) => each.body.message.transaction_id === message.transaction_id, 20_000);
};

test('an asynchronous search of the upstream, called back by it with a token of the front, is answered by the front', async () => {
  let ahead = 0;
  await using receiver = await startReceiver();
  await using pair = await startRelayPair(receiver, { ahead: () => ahead });
  const { front, upstream, calledBack } = pair;
  const { body } = await answerTo(receiver, front);
  assert.equal(body.message.search_response[0].data.reg_records[0].name.given_name, 'María');
  assert.equal(body.header.sender_id, FRONT_SENDER);
  assert.deepEqual(await calledBack(1), [202]);

  ahead = 52_000; // by the front's clock the token is over, the upstream holds it for good
  assert.equal((await answerTo(receiver, front)).body.header.status, 'succ');
  assert.deepEqual(await calledBack(3), [202, 401, 202]);

  const actions = (gateway: RunningGateway) => gateway.log.flatMap(({ fields }) => fields.action ?? []);
  assert.ok(actions(upstream).includes('async-search'));
  assert.ok(!actions(upstream).includes('search'), 'nothing was searched synchronously');
});

/** More than half of what goes in one message of a gateway. */
const IN_A_BATCH = 600;
const BATCHES = ['B1', 'B2', 'B3'] as const;

/** Persons that came in batches, whose number is an identifier of each of them. */
const batches = (folder: string): object => {
  const file = join(folder, 'batches.db');
  using database = new DatabaseSync(file);
  database.exec(
    'create table person (id text primary key, batch text not null); create index by_batch on person (batch)',
  );
  const insert = database.prepare('insert into person values (?, ?)');
  database.exec('begin');
  for (const batch of BATCHES) for (let n = 1; n <= IN_A_BATCH; n++) insert.run(`${batch}-${n}`, batch);
  database.exec('commit');
  const identifier = [
    { identifier_type: { const: 'UIN' }, identifier_value: { from: 'id', need: true } },
    { identifier_type: { const: 'urn:gov:batch' }, identifier_value: { from: 'batch', need: true } },
  ];
  const entities = { person: { table: 'person', key: 'id' } };
  return {
    social: {
      ...{ domain: 'social', mounts: ['/registry'], sample: true },
      backend: { plugin: 'sql', client: 'sqlite', file, entities },
      records: { Person: { entity: 'person', fields: { identifier } } },
    },
  };
};

test('what the upstream calls back in several messages is one answer of the front, and whole', async () => {
  await using place = await temporaryFolder();
  await using receiver = await startReceiver();
  await using pair = await startRelayPair(receiver, {
    registries: batches(place.folder),
    backend: { page_size: 1000 },
  });
  const query = {
    type: 'ns:org:QueryType:expression',
    value: {
      expression: {
        query: { 'identifier.identifier_type': 'urn:gov:batch', 'identifier.identifier_value': { $in: [...BATCHES] } },
      },
    },
  };
  const page = async (page_number: number) => {
    const [item] = searchMessage(undefined, '', query).search_request;
    const criteria = { ...item?.search_criteria, pagination: { page_size: 1000, page_number } };
    const message = { transaction_id: randomUUID(), search_request: [{ ...item, search_criteria: criteria }] };
    const { body, text } = await answerTo(receiver, pair.front, message as never);
    const [answer] = body.message.search_response;
    assert.equal(answer.status, 'succ', text.slice(0, 2_000));
    assert.equal(answer.pagination.total_count, BATCHES.length * IN_A_BATCH);
    assert.equal(receiver.received.filter((each) => each.body.message.transaction_id === message.transaction_id).length, 1); // biome-ignore format: one look
    return answer.data.reg_records.map(
      (record: { identifier: readonly { identifier_value: string }[] }) => record.identifier[0]?.identifier_value,
    ) as readonly string[];
  };
  const first = await page(1);
  assert.deepEqual(await pair.calledBack(3), [202, 202, 202], 'one batch a message: two have over 1,000 records');
  const all = [...first, ...(await page(2))];
  const expected = BATCHES.flatMap((batch) => Array.from({ length: IN_A_BATCH }, (_, n) => `${batch}-${n + 1}`));
  assert.equal(first.length, 1000);
  assert.deepEqual(all.toSorted(), expected.toSorted());
});
