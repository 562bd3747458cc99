/** How subscriptions and messages come to their end, in every order of two workers' steps: retention, time that is over, keys that are given on, digests. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { retainOutbox } from '../../src/jobs/retain-outbox.ts';
import { createSubscriptionSweepers } from '../../src/jobs/sweep-subscriptions.ts';
import { EVENTS, OUTBOX, type OutboxEntry, SUBSCRIPTIONS, type Subscription } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import { type Actor, type Exploration, explore } from '../support/explore.ts';
import type { World } from '../support/explored-store.ts';
import { silentLog } from '../support/signing-partner.ts';
import { addPerson, criteria, subscribeMessage, subscriber } from '../support/subscription-rig.ts';
import { countryOf, directly, prepared, rigOf, SUB } from './subscription-flows.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

type Start = NonNullable<Exploration['start']>;

const entriesIn = (world: World): readonly OutboxEntry[] =>
  world.state
    .all(OUTBOX)
    .filter(({ sub }) => sub === SUB)
    .toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0));

const retain = ({ documents, now }: Actor): Promise<number> =>
  retainOutbox({ documents, log: silentLog, now: now(), limit: now() - DAY_MS });

/** What was numbered is delivered, by nobody in particular. */
const allDelivered = (world: World): void => {
  for (const entry of entriesIn(world)) {
    const { lane: _, message: __, open: ___, ...rest } = entry;
    const delivered: OutboxEntry = { ...rest, state: 'delivered', changedAt: world.now };
    world.state.replace(OUTBOX, delivered);
  }
};

export interface Size {
  readonly crashes: number;
  /** Events that wait. */
  readonly people: number;
}

export const exploreEnds = ({ crashes, people }: Size): void => {
  const PEOPLE = Array.from({ length: people }, (_, n) => n + 1);

  /** Two messages that are settled and old, and events that wait for numbers. */
  const numberedLongAgo = async (more: (world: World) => void = () => undefined): Promise<Start> =>
    prepared(async (rig, world) => {
      await rig.subscribe(criteria({ reg_event_type: '*' }));
      for (const id of [11, 12]) addPerson(countryOf(world), id);
      await rig.run('feed');
      await rig.numberEvents(SUB, 'one');
      allDelivered(world);
      world.now += 2 * DAY_MS;
      for (const id of PEOPLE) addPerson(countryOf(world), id);
      await directly(world, true).run('feed');
      assert.equal(world.state.all(EVENTS).filter(({ state }) => state === 'waiting').length, people);
      more(world);
    }, true);

  /** No number twice, none left out: what is new follows from 3 on, whatever of 1 and 2 is still there. */
  const numbersGoOn = (world: World): void => {
    const made = entriesIn(world).filter(({ state }) => state !== 'tombstone' && state !== 'delivered');
    assert.deepEqual(made.map(({ seq }) => seq), PEOPLE.map((_, index) => 3 + index)); // biome-ignore format: one look
    const events = made.flatMap(({ events: ids = [] }) => ids);
    assert.equal(new Set(events).size, people, 'each event is told once');
    assert.ok(world.state.all(EVENTS).every(({ state }) => state === 'numbered'));
  };

  const numbering = (actor: Actor, world: World): Promise<void> => rigOf(actor, world).numberEvents(SUB, 'one');

  describe('retention', () => {
    it('leaves what the next number follows from, while another numbers', async () => {
      const { places } = await explore({
        start: await numberedLongAgo(),
        workers: [async (actor) => void (await retain(actor)), numbering],
        crashes,
        finish: async (_actor, world) => directly(world).numberEvents(SUB, 'one'),
        check: numbersGoOn,
      });
      assert.ok(places > 5, `${places} places`);
    });

    const ofMany = (sentence: string, work: () => Promise<void>): void => void (people > 1 && it(sentence, work));
    ofMany('leaves it, run twice at once', async () => {
      await explore({
        start: await numberedLongAgo(),
        workers: [async (actor) => void (await retain(actor)), async (actor) => void (await retain(actor))],
        crashes,
        finish: async (_actor, world) => directly(world).numberEvents(SUB, 'one'),
        check: numbersGoOn,
      });
    });

    it('leaves it of a subscription whose time is just over and that still has something to tell', async () => {
      const start = await numberedLongAgo((world) => {
        const subscription = world.state.get(SUBSCRIPTIONS, SUB);
        assert.ok(subscription);
        const over: Subscription = { ...subscription, endAt: world.now - 1 };
        world.state.replace(SUBSCRIPTIONS, over);
      });
      const { places } = await explore({
        start,
        workers: [
          async (actor) => {
            const { documents, lanes, now: clock } = actor;
            for (const sweep of createSubscriptionSweepers({ documents, lanes, clock, feeds: () => [] })) await sweep();
            await retain(actor);
          },
          numbering,
        ],
        crashes,
        finish: async (_actor, world) => directly(world).numberEvents(SUB, 'one'),
        check: numbersGoOn,
      });
      assert.ok(places > 5, `${places} places`);
    });
  });

  describe('a subscription whose time is over', () => {
    const ended = prepared(async (rig, world) => {
      await rig.subscribe(criteria({ reg_event_type: '*' }));
      addPerson(countryOf(world), 1);
      await rig.run('feed');
      world.now = (world.state.get(SUBSCRIPTIONS, SUB)?.endAt ?? 0) + 1;
    }, true);
    const sweeping = async ({ documents, lanes, now: clock }: Actor): Promise<void> => {
      for (const sweep of createSubscriptionSweepers({ documents, lanes, clock, feeds: () => [], graceMs: HOUR_MS }))
        await sweep();
    };
    const again = (code: string) => async (actor: Actor, world: World) => {
      const rig = rigOf(actor, world);
      const transaction = { ...rig.transactionOf('subscribe', 'health', [code]), _id: code };
      const message = subscribeMessage([criteria({ reg_event_type: '*' })]);
      const [content] = await rig.subscribeRunner.run({ transaction, message, partner: subscriber() });
      world.effects.push([code, content?.status]);
    };
    const saidTo = (world: World, code: string): readonly unknown[] => [
      ...new Set((world.effects as [string, string][]).filter(([to]) => to === code).map(([, status]) => status)),
    ];

    it('gives its key to whoever subscribes again, while it is swept, and still tells what is left', async () => {
      const { places } = await explore({
        start: await ended,
        workers: [sweeping, again('SUB-new')],
        crashes,
        finish: async (actor, world) => {
          await again('SUB-new')(actor, world);
          await directly(world).numberEvents(SUB, 'one');
          world.now += 2 * HOUR_MS;
          await sweeping(actor);
        },
        check: (world) => {
          assert.deepEqual(saidTo(world, 'SUB-new'), ['succ']);
          const live = world.state.all(SUBSCRIPTIONS).filter((each) => each.live);
          assert.deepEqual(live.map(({ _id }) => _id), ['SUB-new']); // biome-ignore format: one look
          assert.deepEqual(entriesIn(world).map(({ seq, state }) => [seq, state]), [[1, 'pending']]); // biome-ignore format: one look
        },
      });
      assert.ok(places > 5, `${places} places`);
    });

    it('gives it to one of two who ask at once', async () => {
      const { places } = await explore({
        start: await ended,
        workers: [again('SUB-a'), again('SUB-b')],
        crashes,
        finish: async (actor, world) => {
          for (const code of ['SUB-a', 'SUB-b']) await again(code)(actor, world);
        },
        check: (world) => {
          const all = [saidTo(world, 'SUB-a'), saidTo(world, 'SUB-b')];
          assert.deepEqual(all.flat().sort(), ['rjct', 'succ'], 'each was told the same every time');
          const keys = world.state.all(SUBSCRIPTIONS).flatMap(({ liveKey }) => liveKey ?? []);
          assert.equal(new Set(keys).size, keys.length);
          assert.equal(keys.length, 1);
        },
      });
      assert.ok(places > 1, `${places} places`);
    });
  });

  describe('a digest that is due while its subscription is cancelled', () => {
    it('is told of once or not at all, and nothing is left that waits', async () => {
      const { places } = await explore({
        start: await prepared(async (rig, world) => {
          await rig.subscribe(criteria({ reg_event_type: '*', frequency: { frequency: '0 * * * *' } }));
          for (const id of PEOPLE) addPerson(countryOf(world), id);
          await rig.run('feed');
          world.now = world.state.get(SUBSCRIPTIONS, SUB)?.nextSlot ?? 0;
        }),
        workers: [
          async (actor, world) => void (await rigOf(actor, world).run('digest', SUB)),
          async (actor, world) => {
            const rig = rigOf(actor, world);
            const transaction = { ...rig.transactionOf('unsubscribe', 'health', []), _id: 'T' };
            world.effects.push((await rig.unsubscribe([SUB], 'health', transaction)).status);
          },
        ],
        crashes,
        finish: async (_actor, world) => {
          const rig = directly(world);
          const transaction = { ...rig.transactionOf('unsubscribe', 'health', []), _id: 'T' };
          world.effects.push((await rig.unsubscribe([SUB], 'health', transaction)).status);
          await rig.run('digest', SUB);
        },
        check: (world) => {
          assert.deepEqual([...new Set(world.effects)], ['succ']);
          const { live, by, nextSlot } = world.state.get(SUBSCRIPTIONS, SUB) ?? {};
          assert.deepEqual([live, by, nextSlot], [false, K('T', 0), undefined]);
          const entries = entriesIn(world);
          assert.ok(entries.length <= 1 && entries.every(({ seq, state }) => seq === 1 && state === 'cancelled'));
          assert.ok(world.state.all(EVENTS).every(({ state }) => state === 'numbered' || state === 'dropped'));
        },
      });
      assert.ok(places > 5, `${places} places`);
    });
  });
};
