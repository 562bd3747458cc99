/** Searches that wait for an upstream's answer, in every order of two workers' steps, its callbacks and the end of its time. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JsonObject } from '../../src/dci/json-node.ts';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { readReceivedMessage } from '../../src/dci/received-message.ts';
import type { AcceptCall } from '../../src/registry/accept.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createStartRelay } from '../../src/registry/relay.ts';
import type { RunSearch } from '../../src/registry/search.ts';
import { createSearchRunner } from '../../src/registry/search-runner.ts';
import { createTakeRelayed } from '../../src/registry/take-relayed.ts';
import { OUTBOX, RELAYED, RELAYED_PARTS, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { type Actor, type Exploration, explore } from '../support/explore.ts';
import { type Flows, flowsOf, LEASE_MS, type Sent } from '../support/explored-flows.ts';
import { atOnce, exploredStore, type World } from '../support/explored-store.ts';
import { createTestSealer } from '../support/memory-keys.ts';
import { partnerOf } from '../support/partners.ts';
import { silentLog } from '../support/signing-partner.ts';

const SEARCHES = 'searches:health';
/** Longer than a lease, so that it is over only where the clock jumps. */
const UPSTREAM_MS = 20 * LEASE_MS;

const jsonObject = (value: object): JsonObject => parseJsonObject(JSON.stringify(value), { maxDepth: 32 }).root;

const REQUEST: Partial<AcceptCall> = {
  message: jsonObject({
    transaction_id: 't-1',
    search_request: [
      {
        ...{ reference_id: 'r-1', timestamp: '2024-01-01T00:00:00Z' },
        search_criteria: { query_type: 'idtype-value', query: { type: 'UIN', value: '1' } },
      },
    ],
  }),
};

interface Asked {
  readonly asked: string;
  readonly transaction: string;
}

const isAsked = (each: unknown): each is Asked => typeof each === 'object' && each !== null && 'asked' in each;
const askedIn = (world: World): readonly Asked[] => world.effects.filter(isAsked);

const registryOf = ({ effect }: Actor, world: World): Registry => {
  const upstream = {
    link: {
      send: ({ messageId, message }: { readonly messageId: string; readonly message: Record<string, unknown> }) =>
        effect('ask the upstream', () => {
          const text = JSON.stringify([messageId, message]);
          world.effects.push({ asked: text, transaction: String(message.transaction_id) } satisfies Asked);
        }),
    },
    relay: { partner: 'upstream', callbackUrl: 'https://us.example', timeoutMs: UPSTREAM_MS, maxBytes: 10_000 },
  };
  return { config: { id: 'social', domain: 'social', regType: '' }, plugin: { upstream } } as unknown as Registry;
};

/** What is asked follows from the query, and what is told from the answer. */
const runSearch: RunSearch = async ({ relay }) => {
  const items = [{ reference_id: 'r-1', search_criteria: { pagination: { page_number: 1, page_size: 10 } } }];
  const answer = (await relay?.ask(items)) as { search_response: { data: { reg_records: object[] } }[] };
  return answer.search_response.map(({ data: { reg_records: records } }) => ({
    ...{ status: 'succ', referenceId: 'r-1', locale: undefined, recordType: 'Person', records, note: undefined },
    ...{ pageSize: 10, pageNumber: 1, totalCount: records.length },
  }));
};

const flows = (actor: Actor, world: World, name: string): Flows => {
  const { documents, now: clock } = actor;
  const registry = registryOf(actor, world);
  const startRelay = createStartRelay({
    documents,
    sealer: createTestSealer(),
    keyed: createKeyed(Buffer.alloc(32)),
    clock,
  });
  const runner = createSearchRunner({ runSearch, registry: () => registry, startRelay, maxItems: 10, clock });
  return flowsOf(actor, world, name, { runners: { search: runner } });
};

interface Told {
  readonly messageId: string;
  readonly names: readonly string[];
  /** Of how many records it speaks. */
  readonly total: number;
}

const FIRST: Told = { messageId: 'u-1', names: ['first'], total: 1 };
const OTHER: Told = { messageId: 'u-2', names: ['other'], total: 1 };

/** The upstream calls back, if it was asked yet, and is told that its message was taken. */
const callBack =
  ({ messageId, names, total }: Told) =>
  async (actor: Actor, world: World): Promise<void> => {
    const transaction = await actor.effect('the upstream calls back', () => askedIn(world)[0]?.transaction);
    if (transaction === undefined) return;
    const { documents, now: clock } = actor;
    const registry = registryOf(actor, world);
    const content = jsonObject({
      transaction_id: transaction,
      search_response: [
        {
          ...{ reference_id: 'r-1', status: 'succ', pagination: { total_count: total } },
          data: { reg_records: names.map((name) => ({ name })) },
        },
      ],
    });
    const take = createTakeRelayed({ documents, sealer: createTestSealer(), clock, registry: () => registry, log: silentLog, wake: () => undefined }); // biome-ignore format: one look
    await take({
      ...{ partner: partnerOf('upstream'), registryId: 'social', action: 'on-search', messageId, signed: true },
      ...{ content, message: readReceivedMessage(content) },
    });
    await actor.effect('taken', () => void world.effects.push({ taken: messageId, at: world.now }));
  };

interface Taken {
  readonly taken: string;
  readonly at: number;
}

const takenIn = (world: World): readonly Taken[] =>
  world.effects.filter((each): each is Taken => typeof each === 'object' && each !== null && 'taken' in each);

const directly = (world: World): Actor => ({
  ...exploredStore(world, atOnce),
  effect: async (_name, work) => work(),
  now: () => world.now,
});

const bodiesIn = (world: World): readonly string[] => [
  ...new Set(
    world.effects
      .filter((each): each is Sent => typeof each === 'object' && each !== null && 'url' in each)
      .map(({ body }) => body),
  ),
];

/** One answer, whatever it says, and nothing that would still be worked on. */
const answeredOnce = (world: World): string => {
  const [transaction, ...others] = world.state.all(TRANSACTIONS);
  assert.equal(others.length, 0);
  assert.equal(transaction?.state, 'done');
  assert.equal(world.state.all(OUTBOX).length, 1);
  const [body, ...more] = bodiesIn(world);
  assert.equal(more.length, 0, 'one answer');
  assert.equal(new Set(askedIn(world).map(({ asked }) => asked)).size, 1, 'the same is asked however often');
  return body ?? '';
};

const namesIn = (body: string): readonly string[] =>
  [...body.matchAll(/"name":"([^"]*)"/g)].map(([, name = '']) => name).sort();

export interface Size {
  readonly crashes: number;
  /** Who work on the request, beside the upstream. */
  readonly runners: number;
  /** The upstream calls back twice at the same moment: minutes. */
  readonly twice: boolean;
}

export const exploreRelay = ({ crashes, runners, twice }: Size): void => {
  const running: Exploration['workers'] = Array.from(
    { length: runners },
    () => (actor: Actor, world: World) => flows(actor, world, 'a').run(SEARCHES),
  );
  const accepted = async (_store: unknown, world: World): Promise<void> =>
    void (await flows(directly(world), world, 'start').accept(REQUEST));
  const waiting = async (store: unknown, world: World): Promise<void> => {
    await accepted(store, world);
    await flows(directly(world), world, 'start').run(SEARCHES);
    assert.equal(world.state.all(TRANSACTIONS)[0]?.state, 'waiting');
    await directly(world).lanes.wake(SEARCHES, 0); // whoever looks in finds nothing to do, or the answer
  };
  /** What was not taken is sent again, as it was. */
  const again =
    (told: readonly Told[]) =>
    async (_actor: Actor, world: World): Promise<void> => {
      await flows(directly(world), world, 'again').run(SEARCHES);
      for (const each of told)
        if (!takenIn(world).some(({ taken }) => taken === each.messageId)) await callBack(each)(directly(world), world);
    };
  const settle = (world: World): Promise<void> => flows(directly(world), world, 'finish').settle();

  describe(`a search that waits for an upstream, ${runners} workers, ${crashes} crashes`, () => {
    it('is asked as one and answered once, whenever the upstream calls back', async () => {
      const { places } = await explore({
        start: accepted,
        workers: [...running, callBack(FIRST)],
        crashes,
        finish: async (actor, world) => {
          world.now += LEASE_MS;
          await again([FIRST])(actor, world);
          await settle(world);
        },
        check: (world) => {
          assert.deepEqual(namesIn(answeredOnce(world)), ['first']);
          if (crashes === 0) assert.deepEqual([...world.state.all(RELAYED), ...world.state.all(RELAYED_PARTS)], []);
        },
      });
      assert.ok(places > 5, `${places} places`);
    });

    it('needs no sweep to be answered, whenever the upstream calls back', async () => {
      await explore({
        start: accepted,
        workers: [...running, callBack(FIRST)],
        crashes: 0,
        finish: async (_actor, world) => {
          if (takenIn(world).length === 0) await callBack(FIRST)(directly(world), world);
          await flows(directly(world), world, 'finish').settleWoken();
        },
        check: (world) => {
          assert.deepEqual(namesIn(answeredOnce(world)), ['first']);
          const [transaction] = world.state.all(TRANSACTIONS);
          assert.ok((transaction?.changedAt ?? 0) < (takenIn(world)[0]?.at ?? 0) + UPSTREAM_MS / 2, 'at once');
        },
      });
    });

    // Of several workers all orders with a jump are too many: the time is over as they begin.
    const overBefore = runners > 1;
    const late = async (store: unknown, world: World): Promise<void> => {
      await waiting(store, world);
      world.now += UPSTREAM_MS;
    };
    const when = overBefore ? 'the time is over' : 'the time is over meanwhile';
    it(`is told that ${when}, or what was found, never both, and what was taken in time is told`, async () => {
      const said = new Set<string>();
      const { places } = await explore({
        start: overBefore ? late : waiting,
        workers: [...running, callBack(FIRST)],
        crashes,
        jumps: { count: overBefore ? 0 : 1, ms: UPSTREAM_MS },
        finish: async (_actor, world) => settle(world),
        check: (world) => {
          const body = answeredOnce(world);
          const [taken] = takenIn(world);
          const inTime = taken !== undefined && taken.at < 1_000_000 + UPSTREAM_MS;
          const names = namesIn(body);
          if (inTime) assert.deepEqual(names, ['first']);
          if (names.length === 0) assert.match(body, /"status":"rjct"/);
          said.add(names.join());
        },
      });
      assert.deepEqual([...said].sort(), ['', 'first']);
      assert.ok(places > 5, `${places} places`);
    });

    if (!twice) return;
    for (const [what, second] of [['the same message', FIRST], ['another message', OTHER]] as const) // biome-ignore format: one look
      it(`is answered once where ${what} comes as well, at once or later`, async () => {
        const { places } = await explore({
          start: waiting,
          workers: [...running.slice(0, 1), callBack(FIRST), callBack(second)],
          crashes,
          finish: async (actor, world) => {
            world.now += LEASE_MS;
            await again([FIRST, second])(actor, world);
            await settle(world);
            const before = JSON.stringify([world.state.all(OUTBOX), world.state.all(TRANSACTIONS)]);
            for (const each of [FIRST, second]) await callBack(each)(directly(world), world);
            await settle(world);
            assert.equal(JSON.stringify([world.state.all(OUTBOX), world.state.all(TRANSACTIONS)]), before, 'late');
          },
          check: (world) => {
            const body = answeredOnce(world);
            const names = namesIn(body);
            if (names.length > 0 || second === FIRST) assert.ok(names.length === 1 && ['first', second.names[0]].includes(names[0] ?? ''), body); // biome-ignore format: one look
          },
        });
        assert.ok(places > 5, `${places} places`);
      });

    it('is answered once from two messages, each with half of it', async () => {
      const halves = [{ ...FIRST, total: 2 }, { ...OTHER, total: 2 }]; // biome-ignore format: one look
      await explore({
        start: waiting,
        workers: [...running.slice(0, 1), ...halves.map(callBack)],
        crashes,
        finish: async (actor, world) => {
          world.now += LEASE_MS;
          await again(halves)(actor, world);
          await settle(world);
        },
        check: (world) => assert.deepEqual(namesIn(answeredOnce(world)), ['first', 'other']),
      });
    });
  });
};
