import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitsConfig } from '../../src/config/config.ts';
import type { SearchOutcome } from '../../src/dci/search-response.ts';
import { GatewayError } from '../../src/errors.ts';
import { BackendError } from '../../src/plugin.ts';
import type { DataLimits } from '../../src/registry/data-limits.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createRunSearch } from '../../src/registry/search.ts';
import { createSearchRunner } from '../../src/registry/search-runner.ts';
import type { TransactionWork } from '../../src/registry/transaction-work.ts';
import {
  CHUNKS,
  OUTBOX,
  RELAYED,
  type Relayed,
  TRANSACTIONS,
  type Transaction,
} from '../../src/store/async-documents.ts';
import type { Actor } from '../support/explore.ts';
import { contentOf, type FlowOptions, flowsOf, PARTNER, type Sent } from '../support/explored-flows.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';
import { QUERY_LIMITS } from '../support/query-limits.ts';
import { silentLog } from '../support/signing-partner.ts';
import { subscriber, subscriptionRig } from '../support/subscription-rig.ts';
import { toNode } from '../support/to-node.ts';

/** Accepts one search and lets everything come to rest. */
const afterAccepting = async (options: FlowOptions) => {
  const world = createWorld(1_000_000);
  const actor: Actor = { ...exploredStore(world, atOnce), effect: async (_name, work) => work(), now: () => world.now };
  const flows = flowsOf(actor, world, 'a', options);
  await flows.accept();
  await flows.settle();
  const posts = world.effects.filter(
    (each): each is Sent => typeof each === 'object' && each !== null && 'url' in each,
  );
  const searches = world.effects.length - posts.length;
  return { world, posts, searches, said: await flows.status() };
};

const DOWN = new BackendError('unavailable', 'connection refused');

test('a backend that is down for a while is asked again', async () => {
  const { posts, searches } = await afterAccepting({
    search: (starts) => {
      if (starts < 3) throw DOWN;
      return [contentOf('found')];
    },
  });
  assert.equal(searches, 3);
  assert.match(posts[0]?.body ?? '', /"found"/);
});

test('when it stays down the callback still goes out, as rjct, and says nothing of the backend', async () => {
  const { world, posts, searches } = await afterAccepting({
    search: () => {
      throw DOWN;
    },
  });
  assert.deepEqual([searches, posts.length], [5, 1]);
  assert.match(posts[0]?.body ?? '', /"rjct"/);
  assert.ok(!posts[0]?.body.includes('refused'));
  assert.equal(world.state.all(TRANSACTIONS)[0]?.state, 'done');
});

test('one that finds no place among its partner’s searches waits for one, however often it was started', async () => {
  let crowded = 12;
  const { posts, searches } = await afterAccepting({
    search: () => {
      crowded -= 1;
      if (crowded >= 0) throw new GatewayError('request.too_many', { retryAfter: 1 });
      return [contentOf('found')];
    },
  });
  assert.deepEqual([searches, posts.length], [13, 1]);
  assert.match(posts[0]?.body ?? '', /"found"/);
});

test('one whose day is used up is refused, not kept until the next', async () => {
  const { posts, searches } = await afterAccepting({
    search: () => {
      throw new GatewayError('request.too_many', { retryAfter: 40_000 });
    },
  });
  assert.deepEqual([searches, posts.length], [1, 1]);
  assert.match(posts[0]?.body ?? '', /"rjct"/);
});

test('identifiers are counted once, however often their search is started', async () => {
  const { registry, world } = subscriptionRig();
  const { plugin } = registry;
  const counted: number[] = [];
  const data: DataLimits = {
    admit: async (_partner, identifiers) => {
      counted.push(identifiers);
      return 1_000;
    },
    concurrently: (_partner, work) => work(),
    charge: async () => undefined,
  };
  let down = 3;
  const failing: Registry['plugin'] = {
    ...plugin,
    search: async (query, context) => {
      down -= 1;
      if (down >= 0) throw DOWN;
      return plugin.search(query, context);
    },
  };
  const actor: Actor = { ...exploredStore(world, atOnce), effect: async (_name, work) => work(), now: () => world.now };
  const limits = { ...QUERY_LIMITS, pageSize: 9, maxPageSize: 9, countCap: 9, recordsPerAnswer: 9, searchMs: 5_000 } as LimitsConfig; // biome-ignore format: one look
  const runner = createSearchRunner({
    runSearch: createRunSearch({ limits, data, clock: actor.now, log: silentLog }),
    registry: () => ({ ...registry, plugin: failing }),
    maxItems: 9,
    clock: actor.now,
  });
  const partner = subscriber();
  const flows = flowsOf(actor, world, 'a', { partner: () => partner, runners: { search: runner } });
  const query = [1, 2, 3].map((n) => ({ type: 'NID', value: `N${n}` }));
  const item = { reference_id: 'r', timestamp: '2026-01-01T00:00:00Z', search_criteria: { query } };
  const message = toNode({ transaction_id: 't-1', search_request: [item] }) as TransactionWork['message'];
  await flows.accept({ partner, message, header: { messageId: 'm-1', senderId: 'x', senderUri: undefined, totalCount: 1 } }); // biome-ignore format: one look
  await flows.settle();
  assert.equal(down, -1, 'it was started until it was answered');
  assert.equal(
    counted.reduce((sum, identifiers) => sum + identifiers),
    3,
  );
});

test('what will not pass is refused at once', async () => {
  for (const code of ['request.forbidden', 'service.fault'] as const) {
    const { posts, searches } = await afterAccepting({
      search: () => {
        throw new GatewayError(code);
      },
    });
    assert.deepEqual([searches, posts.length], [1, 1]);
    assert.match(posts[0]?.body ?? '', /"rjct"/);
  }
});

test('a partner that is gone when its search is run gets nothing, and nothing is searched', async () => {
  const { world, posts, searches } = await afterAccepting({ partner: () => undefined });
  assert.deepEqual([searches, posts.length], [0, 0]);
  assert.equal(world.state.all(OUTBOX)[0]?.state, 'held');
});

test('every part is delivered, the first under the id that was promised, and status counts them all', async () => {
  const { world, posts, said } = await afterAccepting({
    search: () => [contentOf('one'), contentOf('two'), contentOf('three')],
  });
  assert.deepEqual(posts.map(({ body }) => /"name":"(\w+)"/.exec(body)?.[1]).sort(), ['one', 'three', 'two']);
  assert.equal(new Set(posts.map(({ messageId }) => messageId)).size, 3);
  assert.ok(posts.some(({ messageId }) => messageId === world.state.all(TRANSACTIONS)[0]?.outgoingMessageId));
  assert.equal(said.reasonMessage, 'search done, callback delivered');
});

const found = (referenceId: string, records: number): SearchOutcome => ({
  ...{ status: 'succ', referenceId, locale: undefined, recordType: 'Person', note: undefined },
  ...{ records: Array.from({ length: records }, () => ({})), pageSize: 1000, pageNumber: 1, totalCount: records },
});

const WORK: TransactionWork = {
  transaction: {
    ...{ _id: 'T', version: 1, partner: 'health', registry: 'social', operation: 'search', transactionId: 't' },
    ...{ same: 's', round: 1, digest: 'd', messageId: 'm', correlationId: 'c', outgoingMessageId: 'o', ack: '{}' },
    ...{ lane: 'l', state: 'running', starts: 1, acceptedAt: 1, changedAt: 1 },
  },
  message: toNode({
    transaction_id: 't',
    search_request: [
      { reference_id: 'r', timestamp: '2026-01-01T00:00:00Z', search_criteria: { query: { type: 'UIN', value: '1' } } },
    ],
  }) as TransactionWork['message'],
  partner: PARTNER,
};

const partsOf = async (outcomes: readonly SearchOutcome[]): Promise<readonly (readonly string[])[]> => {
  const registry = { config: { domain: 'social', regType: 'ns' } } as never; // nothing else of it is looked at
  const runner = createSearchRunner({
    runSearch: async () => outcomes,
    registry: () => registry,
    maxItems: 9,
    clock: () => 1,
  });
  const contents = await runner.run(WORK);
  assert.ok(contents.every(({ count }) => count <= 1_000));
  assert.equal(contents.at(-1)?.completedCount, outcomes.length);
  return contents.map(({ message }) =>
    (message.search_response as readonly { reference_id: string }[]).map(({ reference_id }) => reference_id),
  );
};

test('a result is cut into parts of at most 1,000 records and 1,000 items, items stay whole and in order', async () => {
  assert.deepEqual(await partsOf([found('a', 600), found('b', 400), found('c', 1), found('d', 1_000)]), [['a', 'b'], ['c'], ['d']]); // biome-ignore format: one look
  const many = await partsOf(Array.from({ length: 2_001 }, (_, i) => found(`r${i}`, 0)));
  assert.deepEqual(many.map(({ length }) => length), [1_000, 1_000, 1]); // biome-ignore format: one look
});

test('a search that cannot be made is refused item by item', () => {
  const registry = { config: { domain: 'social', regType: 'ns' } } as never; // nothing else of it is looked at
  const runner = createSearchRunner({
    runSearch: async () => [],
    registry: () => registry,
    maxItems: 9,
    clock: () => 1,
  });
  const { status, message } = runner.refuse(
    WORK,
    new GatewayError('service.unavailable', { detail: 'host db-7 is down' }),
  );
  assert.equal(status, 'rjct');
  assert.match(JSON.stringify(message), /"reference_id":"r".*"status":"rjct".*rjct\.search_criteria\.invalid/);
  assert.ok(!JSON.stringify(message).includes('host db-7'));
});

for (const [how, failure] of Object.entries({ 'at once': new GatewayError('service.fault'), 'in the end': DOWN })) {
  test(`nothing that a registry answered to a request stays once that is refused ${how}`, async () => {
    const { world, posts } = await afterAccepting({
      runners: {
        search: {
          run: async ({ kept }) => {
            await kept?.answer('item 1', async () => ({ name: 'Ada' }));
            throw failure;
          },
          refuse: (_work, { code }) => ({ ...contentOf(code), status: 'rjct' }),
        },
      },
    });
    assert.equal(posts.length, 1);
    assert.deepEqual(world.state.all(CHUNKS), []);
  });
}

test('an upstream that calls back for a request which was refused meanwhile finds nobody who asked', async () => {
  const world = createWorld(1_000_000);
  const actor: Actor = { ...exploredStore(world, atOnce), effect: async (_name, work) => work(), now: () => world.now };
  const flows = flowsOf(actor, world, 'a', {
    search: (_starts, { _id: transaction }) => {
      const asked: Relayed = { _id: 'asked', version: 1, transaction, asked: [], sent: false, at: world.now, dueAt: world.now + 1 }; // biome-ignore format: one look
      world.state.insert(RELAYED, asked);
      throw DOWN; // it was asked, and its answer to that did not arrive
    },
  });
  await flows.accept();
  await flows.settle();
  assert.equal(world.state.all(TRANSACTIONS)[0]?.state, 'done');
  assert.deepEqual(world.state.all(RELAYED), []);
});

test('a request that cannot be read any more is refused in the end, and keeps no other of its partner from being answered', async () => {
  const world = createWorld(1_000_000);
  const actor: Actor = { ...exploredStore(world, atOnce), effect: async (_name, work) => work(), now: () => world.now };
  const posts: Sent[] = [];
  const answer = (sent: Sent): number => {
    posts.push(sent);
    return 200;
  };
  const flows = flowsOf(actor, world, 'a', { answer });
  await flows.accept();
  const [accepted] = world.state.all(TRANSACTIONS);
  assert.ok(accepted);
  const unreadable: Transaction = { ...accepted, request: undefined, chunks: 1 };
  world.state.replace(TRANSACTIONS, unreadable); // its chunk is gone
  world.now += 1;
  const header = { messageId: 'm-2', senderId: 'health.example', senderUri: 'https://health.example/dci', totalCount: 1 }; // biome-ignore format: one look
  const replay = { expires: 2_000_000, contentDigest: 'e'.repeat(64) };
  await flows.accept({ header, replay, transactionId: 't-2' });
  await flows.settle();
  assert.deepEqual(posts.map(({ body }) => /"rjct"/.test(body)).sort(), [false, true]);
  assert.deepEqual(world.state.all(TRANSACTIONS).map(({ state }) => state), ['done', 'done']); // biome-ignore format: one look
});
