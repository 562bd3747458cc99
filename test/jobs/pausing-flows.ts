/** Pausing, resuming and replaying by the operator's command while messages go out, in every order of the two's steps. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDeliveries, type Deliveries } from '../../src/registry/deliveries.ts';
import { createRightsVersion } from '../../src/registry/rights-version.ts';
import { OUTBOX, SUBSCRIPTIONS } from '../../src/store/async-documents.ts';
import { K } from '../../src/store/document-key.ts';
import { type Actor, type Exploration, explore } from '../support/explore.ts';
import {
  type FlowOptions,
  flowsOf,
  LEASE_MS,
  notification,
  PARTNER,
  type Sent,
  SUB,
  subscribed,
} from '../support/explored-flows.ts';
import type { World } from '../support/explored-store.ts';

const DELIVER = 'deliver:health:https://health.example';

/** What the command has, on the same store as the gateway. */
const commands = ({ documents, now: clock }: Pick<Actor, 'documents' | 'now'>): Deliveries =>
  createDeliveries({ documents, clock, partner: () => PARTNER, rightsVersion: createRightsVersion() });

type Post = Sent & { readonly status: number };

const isPost = (each: unknown): each is Post => typeof each === 'object' && each !== null && 'url' in each;
const postsIn = (world: World): readonly Post[] => world.effects.filter(isPost);

/** Of messages, in the order in which each was taken first. */
const takenIn = (world: World): readonly string[] => [
  ...new Set(postsIn(world).filter(({ status }) => status === 200).map(({ messageId }) => messageId)), // biome-ignore format: one look
];

const statesIn = (world: World): readonly string[] =>
  world.state
    .all(OUTBOX)
    .toSorted((a, b) => (a.seq ?? 0) - (b.seq ?? 0))
    .map(({ state }) => state);

export interface Size {
  readonly crashes: number;
  /** How often the clock jumps past a lease while its owner sleeps. */
  readonly jumps: number;
  /** Messages of the subscription. */
  readonly numbers: number;
}

export const explorePausing = ({ crashes, jumps, numbers }: Size): void => {
  const NUMBERS = Array.from({ length: numbers }, (_, n) => n + 1);
  const NAMES = NUMBERS.map((seq) => `n-${seq}`);
  const trouble = { crashes, jumps: { count: jumps, ms: LEASE_MS } };

  /** @param more done before the two begin, by the command */
  const started =
    (more: (deliveries: Deliveries, actor: Actor, world: World) => Promise<unknown>): Exploration['start'] =>
    async (store, world) => {
      const actor: Actor = { ...store, effect: async (_name, work) => work(), now: () => world.now };
      await subscribed(actor, world);
      for (const seq of NUMBERS) await notification(actor, world, seq);
      await more(commands(actor), actor, world);
    };

  const delivering = (options: FlowOptions) => (actor: Actor, world: World) =>
    flowsOf(actor, world, 'a', options).run(DELIVER);

  const exploreWith = async (
    start: Exploration['start'],
    command: (deliveries: Deliveries, actor: Actor, world: World) => Promise<void>,
    check: (world: World) => void,
    options: FlowOptions = {},
  ): Promise<number> => {
    const { places } = await explore({
      ...(start !== undefined && { start }),
      ...trouble,
      workers: [delivering(options), (actor, world) => command(commands(actor), actor, world)],
      finish: async (actor, world) => {
        world.now += LEASE_MS;
        const { run, settle, settleWoken } = flowsOf(actor, world, 'finish', options);
        if (world.state.get(SUBSCRIPTIONS, SUB)?.paused === true) {
          for (const lane of await actor.lanes.due(1)) await run(lane);
          world.effects.push('to be resumed');
          assert.ok(await commands(actor).resume(SUB));
        }
        world.effects.push(`waits from ${world.now}`);
        // Where the command came to its end, no sweep is needed.
        await (world.effects.some((each) => each === 'resumed' || each === 'replayed') ? settleWoken() : settle());
        world.effects.push(`until ${world.now}`);
      },
      check,
    });
    return places;
  };

  const noted = (actor: Actor, world: World, what: string): Promise<unknown> =>
    actor.effect(what, () => void world.effects.push(what));

  /** How long all had to wait, once the two had ended. */
  const waitedMs = (world: World): number => {
    const at = (prefix: string): number =>
      Number(String(world.effects.find((each) => String(each).startsWith(prefix))).slice(prefix.length));
    return at('until ') - at('waits from ');
  };

  describe('pausing a subscription while its messages go out', () => {
    it('keeps back all but the one that is on its way, and loses none', async () => {
      const places = await exploreWith(
        started(async () => undefined),
        async (deliveries, actor, world) => {
          assert.ok(await deliveries.pause(SUB));
          await noted(actor, world, 'paused');
        },
        (world) => {
          assert.deepEqual(takenIn(world), NAMES, 'all of them, in their order');
          assert.ok(statesIn(world).every((state) => state === 'delivered'));
          const from = world.effects.indexOf('paused');
          const to = world.effects.indexOf('to be resumed');
          if (from < 0) return;
          const between = world.effects.slice(from, to).filter(isPost);
          assert.ok(between.length <= 1, `${between.length} were begun after the pause`);
        },
      );
      assert.ok(places > 5, `${places} places`);
    });
  });

  describe('resuming a subscription while its lane is looked at', () => {
    /** Of a message that was kept back. */
    const kept = started(async (deliveries, actor, world) => {
      await deliveries.pause(SUB);
      await flowsOf(actor, world, 'start').run(DELIVER);
      assert.ok((world.state.get(OUTBOX, K(SUB, 1))?.dueAt ?? 0) > world.now + 3_600_000);
      await actor.lanes.wake(DELIVER, 0);
    });

    it('sends all in their order, without waiting for the next look at what is paused', async () => {
      const places = await exploreWith(
        kept,
        async (deliveries, actor, world) => {
          assert.ok(await deliveries.resume(SUB));
          await noted(actor, world, 'resumed');
        },
        (world) => {
          assert.deepEqual(takenIn(world), NAMES);
          assert.ok(statesIn(world).every((state) => state === 'delivered'));
          if (world.effects.includes('resumed')) assert.ok(waitedMs(world) < 600_000, `${waitedMs(world)} ms`);
        },
      );
      assert.ok(places > 5, `${places} places`);
    });

    it('and a pause at the same moment leave one of the two, and all are sent in the end', async () => {
      const { places } = await explore({
        ...(kept !== undefined && { start: kept }),
        crashes,
        workers: [
          async (actor) => void (await commands(actor).resume(SUB)),
          async (actor) => void (await commands(actor).pause(SUB)),
        ],
        finish: async (actor) => void (await commands(actor).resume(SUB)),
        check: async (world, store) => {
          const actor: Actor = { ...store, effect: async (_name, work) => work(), now: () => world.now };
          await flowsOf(actor, world, 'check').settle();
          assert.deepEqual(takenIn(world), NAMES);
        },
      });
      assert.ok(places > 1, `${places} places`);
    });
  });

  describe('replaying a message while its lane is looked at', () => {
    /** The first is refused for good the first time; later it is taken. */
    const options = (): FlowOptions => ({
      answer: ({ messageId, attempt }) => (messageId === 'n-1' && attempt === 1 ? 410 : 200),
    });

    it('sends it once more where it says so, and never undoes that it arrived', async () => {
      const places = await exploreWith(
        started(async () => undefined),
        async (deliveries, actor, world) => {
          const outcome = await deliveries.replay(K(SUB, 1));
          await noted(actor, world, outcome);
        },
        (world) => {
          const [first, ...others] = statesIn(world);
          assert.ok(others.every((state) => state === 'delivered'));
          if (world.effects.includes('replayed')) assert.equal(first, 'delivered');
          const posts = postsIn(world).filter(({ messageId }) => messageId === 'n-1');
          assert.equal(first === 'delivered', posts.some(({ status }) => status === 200)); // biome-ignore format: one look
          assert.ok(first === 'delivered' || first === 'dead', first);
          if (world.effects.includes('delivered')) assert.ok(posts.some(({ status }) => status === 200));
        },
        options(),
      );
      assert.ok(places > 5, `${places} places`);
    });

    it('of which another replay knows, it is one message under one id and ends delivered', async () => {
      const dead = started(async (_deliveries, actor, world) => {
        await flowsOf(actor, world, 'start', options()).run(DELIVER);
        assert.equal(statesIn(world)[0], 'dead');
      });
      const replaying = async (actor: Actor, world: World): Promise<void> => {
        const outcome = await commands(actor).replay(K(SUB, 1));
        await flowsOf(actor, world, 'b', options()).run(DELIVER);
        await noted(actor, world, outcome);
      };
      const { places } = await explore({
        ...(dead !== undefined && { start: dead }),
        ...trouble,
        workers: [
          replaying,
          (actor) =>
            commands(actor)
              .replay(K(SUB, 1))
              .then(() => undefined),
        ],
        finish: (actor, world) => flowsOf(actor, world, 'finish', options()).settle(),
        check: (world) => {
          if (world.effects.includes('replayed')) assert.equal(statesIn(world)[0], 'delivered');
          const posts = postsIn(world).filter(({ messageId }) => messageId === 'n-1');
          assert.equal(new Set(posts.map(({ body }) => body)).size, 1);
          assert.equal(statesIn(world)[0] === 'delivered', posts.some(({ status }) => status === 200)); // biome-ignore format: one look
        },
      });
      assert.ok(places > 5, `${places} places`);
    });
  });
};
