/** Subscribing and unsubscribing from the request to the message that answers it, in every order of two workers' steps. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import type { AcceptCall } from '../../src/registry/accept.ts';
import { EVENTS, OUTBOX, SUBSCRIPTIONS, TRANSACTIONS } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import { type Actor, type Exploration, explore } from '../support/explore.ts';
import { type FlowOptions, type Flows, flowsOf, type Sent } from '../support/explored-flows.ts';
import { atOnce, exploredStore, type World } from '../support/explored-store.ts';
import {
  addPerson,
  CALLBACK,
  criteria,
  type SubscriptionRig,
  subscribeMessage,
  subscriber,
  subscriptionRig,
} from '../support/subscription-rig.ts';
import { countryOf, prepared, SUB, type Worker } from './subscription-flows.ts';

const SEARCHES = 'searches:health';
const DELIVER = `deliver:health:${CALLBACK}`;

const rigOf = ({ documents, now: clock, effect }: Worker, world: World, pageOnly = false): SubscriptionRig =>
  subscriptionRig({
    ...{ world, country: countryOf(world), documents, clock, effect },
    ...{ pageOnly, inClear: true },
  });

const optionsOf = (rig: SubscriptionRig): FlowOptions => ({
  partner: () => subscriber(),
  runners: { subscribe: rig.subscribeRunner, unsubscribe: rig.unsubscribeRunner },
});

const flows = (actor: Actor, world: World, name: string): Flows =>
  flowsOf(actor, world, name, optionsOf(rigOf(actor, world)));

const directly = (world: World): Actor => ({
  ...exploredStore(world, atOnce),
  effect: async (_name, work) => work(),
  now: () => world.now,
});

const HEADER = { messageId: 'm-1', senderId: 'health.example', senderUri: `${CALLBACK}/dci`, totalCount: 1 };

/** @param code that this worker would give it */
const subscribe = (code: string): Partial<AcceptCall> => ({
  ...{ partner: subscriber(), header: HEADER, message: subscribeMessage([criteria()]) },
  operation: 'subscribe',
  codes: [code],
  ack: { status: 'rcvd', message: { subscription_code: code } },
});

const unsubscribe: Partial<AcceptCall> = {
  ...{ partner: subscriber(), header: HEADER },
  operation: 'unsubscribe',
  message: parseJsonObject(
    JSON.stringify({ transaction_id: 't-1', timestamp: '2024-01-01T00:00:00Z', subscription_codes: [SUB] }),
    { maxDepth: 8 },
  ).root,
};

const postsIn = (world: World): readonly Sent[] =>
  world.effects.filter((each): each is Sent => typeof each === 'object' && each !== null && 'url' in each);

const actionOf = ({ body }: Sent): string => String((JSON.parse(body) as { header: { action: string } }).header.action);

const bodiesOf = (world: World, action: string): readonly string[] => [
  ...new Set(postsIn(world).filter((each) => actionOf(each) === action).map(({ body }) => body)), // biome-ignore format: one look
];

type Start = NonNullable<Exploration['start']>;

/** Numbers that were sent, in the order they went out, each when it went out first. */
const numbersIn = (world: World): readonly number[] => [
  ...new Set(
    bodiesOf(world, 'notify').map((body) =>
      Number((JSON.parse(body) as { header: { meta: { sequence_number: number } } }).header.meta.sequence_number),
    ),
  ),
];

export interface Size {
  readonly crashes: number;
  /** Events, and notifications that wait. */
  readonly people: number;
  /** Of those who accept a request, so many run it as well. */
  readonly runners: number;
  /** Whoever runs the request delivers its answer as well. */
  readonly delivers: boolean;
}

export const exploreSubscribing = ({ crashes, people, runners, delivers }: Size): void => {
  const PEOPLE = Array.from({ length: people }, (_, n) => n + 1);

  describe('subscribing, from the request to its answer', () => {
    it('makes the one subscription that was acknowledged, and says so, whoever takes the request and whoever runs it', async () => {
      const { places } = await explore({
        workers: ['a', 'b'].map((name, index) => async (actor: Actor, world: World) => {
          const each = flows(actor, world, name);
          const ack = await each.accept(subscribe(`SUB-${name}`));
          await actor.effect('ack', () => void world.effects.push(ack));
          if (index < runners) await each.run(SEARCHES);
        }),
        crashes,
        finish: async (actor, world) => {
          const last = flows(actor, world, 'finish');
          world.effects.push(await last.accept(subscribe('SUB-finish')));
          await last.settle();
        },
        check: (world) => {
          const acks = new Set(world.effects.filter((each) => typeof each === 'string'));
          assert.equal(acks.size, 1, 'one ack for all');
          const [subscription, ...others] = world.state.all(SUBSCRIPTIONS);
          assert.ok(subscription);
          assert.equal(others.length, 0);
          assert.ok([...acks][0]?.includes(`"subscription_code":"${subscription._id}"`));
          const [answer, ...more] = bodiesOf(world, 'on-subscribe');
          assert.equal(more.length, 0, 'one answer');
          assert.match(answer ?? '', new RegExp(`"code":"${subscription._id}"`));
          assert.ok(world.state.all(TRANSACTIONS).every(({ state }) => state === 'done'));
        },
      });
      assert.ok(places > 20, `${places} places`);
    });
  });

  /** A subscription of which much is still to be told, and the request that ends it. */
  const started = async (more: (rig: SubscriptionRig, world: World) => Promise<void>): Promise<Start> => {
    const laid = await prepared(async (_rig, world) => {
      const actor = directly(world);
      const rig = rigOf(actor, world, true);
      await rig.subscribe(criteria({ reg_event_type: '*' }));
      await more(rig, world);
      await flows(actor, world, 'start').accept(unsubscribe);
    }, true);
    return async (store, world) => {
      await laid(store, world);
      for (const lane of [SEARCHES, DELIVER]) await store.lanes.wake(lane, 0);
    };
  };

  const exploreEnding = async (start: Start, workers: Exploration['workers']): Promise<number> => {
    const { places } = await explore({
      start,
      crashes,
      workers,
      finish: async (actor, world) => {
        world.now += 3_600_000;
        await rigOf(actor, world).run('feed');
        await flows(actor, world, 'finish').settle();
      },
      check: (world) => {
        const [transaction] = world.state.all(TRANSACTIONS);
        const subscription = world.state.get(SUBSCRIPTIONS, SUB);
        assert.equal(transaction?.state, 'done');
        assert.deepEqual([subscription?.live, subscription?.by], [false, K(transaction?._id ?? '', 0)]);
        const answers = bodiesOf(world, 'on-unsubscribe');
        assert.equal(answers.length, 1, 'one answer');
        assert.match(answers[0] ?? '', /"status":"succ"/);
        const actions = postsIn(world).map(actionOf);
        assert.ok(!actions.slice(actions.indexOf('on-unsubscribe')).includes('notify'), actions.join());
        const numbers = numbersIn(world);
        assert.deepEqual(numbers, numbers.map((_, index) => index + 1), 'none was skipped'); // biome-ignore format: one look
        const entries = world.state.all(OUTBOX).filter(({ sub }) => sub === SUB);
        assert.deepEqual(
          entries.map(({ seq = 0 }) => seq).sort(),
          entries.map((_, index) => index + 1),
        );
        assert.ok(entries.every(({ state, open }) => open === undefined && (state === 'cancelled' || state === 'delivered'))); // biome-ignore format: one look
        assert.ok(world.state.all(EVENTS).every(({ state }) => state === 'numbered' || state === 'dropped'));
      },
    });
    return places;
  };

  const ending = async (actor: Actor, world: World): Promise<void> => {
    const each = flows(actor, world, 'a');
    await each.run(SEARCHES);
    if (delivers) await each.run(DELIVER);
  };

  describe('unsubscribing, from the request to its answer', () => {
    const changed = (_rig: SubscriptionRig, world: World): Promise<void> => {
      for (const id of PEOPLE) addPerson(countryOf(world), id);
      return Promise.resolve();
    };
    const waiting = async (rig: SubscriptionRig, world: World): Promise<void> => {
      await changed(rig, world);
      await rig.run('feed');
      assert.equal(world.state.all(EVENTS).filter(({ state }) => state === 'waiting').length, people);
    };
    const numbered = async (rig: SubscriptionRig, world: World): Promise<void> => {
      await waiting(rig, world);
      await rig.numberEvents(SUB, 'one');
    };

    it('tells nothing after it was answered, while a page of changes is worked on', async () => {
      const page = async (actor: Actor, world: World): Promise<void> =>
        void (await rigOf(actor, world, true).run('feed'));
      assert.ok((await exploreEnding(await started(changed), [ending, page])) > 5);
    });

    it('tells nothing after it was answered, while what waits is numbered', async () => {
      const numbering = (actor: Actor, world: World): Promise<void> => rigOf(actor, world).numberEvents(SUB, 'one');
      assert.ok((await exploreEnding(await started(waiting), [ending, numbering])) > 5);
    });

    it('tells nothing after it was answered, while what is numbered is delivered', async () => {
      const delivering = (actor: Actor, world: World): Promise<void> => flows(actor, world, 'b').run(DELIVER);
      assert.ok((await exploreEnding(await started(numbered), [ending, delivering])) > 20);
    });

    it('is answered once, whoever runs it', async () => {
      const run = (name: string) => (actor: Actor, world: World) => flows(actor, world, name).run(SEARCHES);
      assert.ok((await exploreEnding(await started(numbered), [run('a'), run('b')])) > 1);
    });
  });
};
