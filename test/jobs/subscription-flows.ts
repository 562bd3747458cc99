/** Subscribing, unsubscribing, notifying and digests in every order of two workers' steps, with a crash between every two writes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AUDIT, COLLECTIONS, EVENTS, OUTBOX, REVISIONS, SUBSCRIPTIONS } from '../../src/store/async-documents.ts';
import { type Actor, type Exploration, explore } from '../support/explore.ts';
import { atOnce, createWorld, exploredStore, outsideOf, type Step, type World } from '../support/explored-store.ts';
import {
  addPerson,
  type Country,
  changePerson,
  createCountry,
  criteria,
  removePerson,
  type SubscriptionRig,
  subscribeMessage,
  subscriber,
  subscriptionRig,
} from '../support/subscription-rig.ts';

export const SUB = 'SUB-health-1-0';

/** The country is part of the world: each run has its own. */
export const countryOf = (world: World): Country => outsideOf(world, 'country', createCountry);

/** What a worker works with. */
export type Worker = Pick<Actor, 'documents' | 'now' | 'effect'>;

export const rigOf = ({ documents, now: clock, effect }: Worker, world: World, pageOnly = false) =>
  subscriptionRig({ world, country: countryOf(world), documents, clock, effect, pageOnly });

/** Nothing in between. */
export const workerOf = (world: World): Worker => ({
  documents: exploredStore(world, atOnce).documents,
  effect: async (_name, work) => work(),
  now: () => world.now,
});

export const directly = (world: World, pageOnly = false): SubscriptionRig => rigOf(workerOf(world), world, pageOnly);

/** Worked out once, then laid into the world of each run. */
export const prepared = async (work: (rig: SubscriptionRig, world: World) => Promise<void>, pageOnly = false) => {
  const from = createWorld(1_000_000);
  await work(directly(from, pageOnly), from);
  const documents = COLLECTIONS.map((collection) => [collection, from.state.all(collection)] as const);
  const start: NonNullable<Exploration['start']> = async (_store, to) => {
    to.now = from.now;
    for (const [collection, all] of documents) for (const each of all) to.state.insert(collection, each);
    to.outside.set('country', structuredClone(countryOf(from)));
  };
  return start;
};

/** What must hold of the only subscription at every end: numbers without a gap, every event told once. */
export const soundlyTold = async (world: World) => {
  const told = await directly(world).told(SUB);
  assert.deepEqual(told.map(({ entry }) => entry.seq), told.map((_, index) => index + 1)); // biome-ignore format: one look
  const events = told.flatMap(({ entry }) => entry.events ?? []);
  assert.equal(new Set(events).size, events.length, 'an event is told once');
  assert.ok(
    told.every(({ entry }) => entry.confidential === true),
    'none may go out in clear',
  );
  const all = world.state.all(EVENTS);
  assert.deepEqual([...events].sort(), all.map(({ _id }) => _id).sort(), 'every event is told');
  assert.ok(all.every(({ state, body, about }) => [state, body, about].join() === 'numbered,,'));
  soundlyAudited(world);
  return told.flatMap(({ records }) => records);
};

/** One audit entry for each message, of whom that message tells. */
const soundlyAudited = (world: World): void => {
  const audited = world.state.all(AUDIT).map((entry) => [entry._id, entry] as const);
  const wanted = world.state.all(OUTBOX).map(({ audit }) => [audit?._id, audit] as const);
  assert.deepEqual(new Map(audited), new Map(wanted));
  const tells = world.state.all(OUTBOX).map(({ messageId, count, sub }) => [messageId, count, sub]);
  assert.deepEqual(audited.map(([, { transaction, count, sub }]) => [transaction, count, sub]).sort(), tells.sort()); // biome-ignore format: one look
  assert.ok(audited.every(([, { identifiers }]) => identifiers.length > 0));
};

/** A page of changes becomes events; numbering is explored by itself. */
const poll = (actor: Actor, world: World): Promise<void> =>
  rigOf(actor, world, true)
    .run('feed')
    .then(() => undefined);

/** Two workers of one kind: which of them does what is no difference. */
const twice = (work: Exploration['workers'][number]): Exploration['workers'] => [work, work];

export interface Size {
  /** Of one run. */
  readonly crashes: number;
  /** Workers on one page while the registry changes. */
  readonly feeders: number;
}

export const exploreSubscriptionFlows = ({ crashes, feeders }: Size): void => {
  const PEOPLE = Array.from({ length: feeders }, (_, n) => n + 1);
  describe('notifying', () => {
    const finish = async (_actor: Actor, world: World): Promise<void> => {
      world.now += 3_600_000;
      await directly(world).run('feed');
    };

    it('tells each change once and numbers without a gap, whoever works on the same page', async () => {
      const { places } = await explore({
        start: await prepared(async (rig, world) => {
          await rig.subscribe(criteria({ reg_event_type: '*' }));
          addPerson(countryOf(world), 1);
        }),
        workers: twice(poll),
        crashes,
        finish,
        check: async (world) => {
          const records = await soundlyTold(world);
          assert.deepEqual(records.map(({ event }) => event), ['REGISTER']); // biome-ignore format: one look
        },
      });
      assert.ok(places > 100, `${places} places`);
    });

    it('numbers what waits once and without a gap, whoever numbers', async () => {
      const { places } = await explore({
        start: await prepared(async (rig, world) => {
          await rig.subscribe(criteria({ reg_event_type: '*' }));
          for (const id of PEOPLE) addPerson(countryOf(world), id);
          await rig.run('feed');
          assert.equal(world.state.all(EVENTS).filter(({ state }) => state === 'waiting').length, PEOPLE.length);
        }, true),
        workers: twice((actor, world) => rigOf(actor, world).numberEvents(SUB, 'one')),
        crashes,
        finish,
        check: async (world) => void assert.equal((await soundlyTold(world)).length, PEOPLE.length),
      });
      assert.ok(places > 20, `${places} places`);
    });

    it('tells of each event once in messages of many, although another numbers the first of them between any two steps', async () => {
      const start = await prepared(async (rig, world) => {
        await rig.subscribe(criteria({ reg_event_type: '*' }));
        for (const id of [1, 2, 3]) addPerson(countryOf(world), id);
        await rig.run('feed');
      }, true);
      let steps = 1;
      for (let before = 0; before < steps; before++) {
        const world = createWorld();
        const direct = exploredStore(world, atOnce);
        await start(direct, world);
        // Two sets of rights, three messages: the third event may not go with the first.
        const [, second] = world.state.all(EVENTS).toSorted((a, b) => a.position - b.position);
        assert.ok(second);
        await direct.documents.replace(EVENTS, { ...second, rightsVersion: 'other' });
        steps = 0;
        const step: Step = async (_name, work) => {
          if (steps++ === before) await directly(world).numberEvents(SUB, 'many', second.position); // begun before the third came
          return work();
        };
        const { documents } = exploredStore(world, step);
        await rigOf({ ...workerOf(world), documents }, world).numberEvents(SUB, 'many');
        assert.equal((await soundlyTold(world)).length, 3);
      }
      assert.ok(steps > 8, `${steps} steps`);
    });

    it('goes on after a crash anywhere between a change and its message', async () => {
      const { places } = await explore({
        start: await prepared(async (rig, world) => {
          await rig.subscribe(criteria({ reg_event_type: '*' }));
          for (const id of [1, 2]) addPerson(countryOf(world), id);
        }),
        workers: [async (actor, world) => void (await rigOf(actor, world).run('feed'))],
        finish,
        check: async (world) => void assert.equal((await soundlyTold(world)).length, 2),
      });
      assert.ok(places > 20, `${places} places`);
    });

    it('loses no later state of a record that changes while its page is worked on', async () => {
      await explore({
        start: await prepared(async (rig, world) => {
          await rig.subscribe(criteria({ reg_event_type: '*' }));
          addPerson(countryOf(world), 1);
        }),
        workers: [
          ...Array.from({ length: feeders }, () => poll),
          async (actor: Actor, world: World) => {
            await actor.effect('the registry changes', () => {
              world.effects.push('changed');
              changePerson(countryOf(world), 1, { region: 'R2' });
            });
          },
        ],
        finish,
        check: async (world) => {
          const records = await soundlyTold(world);
          const last = records.at(-1)?.record.address;
          const wanted = world.effects.includes('changed') ? 'R2' : 'R1';
          assert.deepEqual(last, [{ region_code: wanted }], 'what is told last is how it is');
        },
      });
    });

    it('tells of a deletion while the page before it is worked on', async () => {
      await explore({
        start: await prepared(async (rig, world) => {
          await rig.subscribe(criteria({ reg_event_type: '*' }));
          addPerson(countryOf(world), 1);
        }),
        workers: [
          poll,
          async (actor, world) => {
            await actor.effect('the registry removes', () => {
              world.effects.push('removed');
              removePerson(countryOf(world), 1);
            });
          },
        ],
        crashes: 1,
        finish,
        check: async (world) => {
          const events = (await soundlyTold(world)).map(({ event }) => event);
          if (!world.effects.includes('removed')) assert.deepEqual(events, ['REGISTER']);
          // It was told, or it was about to be: then it matched when it was last there.
          else assert.ok(events.length === 0 || events.at(-1) === 'DELETE', events.join());
        },
      });
    });

    it('tells a subscription that was just confirmed of every change after that', async () => {
      await explore({
        start: await prepared(async (rig, world) => {
          addPerson(countryOf(world), 1);
          await rig.run('feed');
        }),
        workers: [
          async (actor, world) => {
            const rig = rigOf(actor, world);
            const message = subscribeMessage([criteria()]);
            await rig.subscribeRunner.run({ transaction: rig.transactionOf('subscribe', 'health', [SUB]), message, partner: subscriber() }); // biome-ignore format: one look
            await actor.effect('confirmed, then a change', () => {
              world.effects.push('confirmed');
              changePerson(countryOf(world), 1, { region: 'R2' });
            });
          },
          async (actor, world) => {
            const rig = rigOf(actor, world, true);
            await rig.live('social', rig.mapping); // a copy of before
            await rig.run('feed');
          },
        ],
        finish,
        check: async (world) => {
          if (!world.effects.includes('confirmed')) return;
          const records = await soundlyTold(world);
          assert.deepEqual(records.map(({ event }) => event), ['UPDATE']); // biome-ignore format: one look
        },
      });
    });
  });

  describe('digests', () => {
    it('tell what was collected once, and move on to the next time', async () => {
      const { places } = await explore({
        start: await prepared(async (rig, world) => {
          await rig.subscribe(criteria({ reg_event_type: '*', frequency: { frequency: '0 * * * *' } }));
          for (const id of [1, 2]) addPerson(countryOf(world), id);
          await rig.run('feed');
          assert.equal(world.state.all(OUTBOX).length, 0, 'nothing before its time');
          world.now = world.state.get(SUBSCRIPTIONS, SUB)?.nextSlot ?? 0;
        }),
        workers: twice(async (actor, world) => void (await rigOf(actor, world).run('digest', SUB))),
        crashes,
        finish: async (_actor, world) => void (await directly(world).run('digest', SUB)),
        check: async (world) => {
          const records = await soundlyTold(world);
          assert.equal(records.length, 2);
          const { nextSlot = 0 } = world.state.get(SUBSCRIPTIONS, SUB) ?? {};
          assert.equal(nextSlot - world.now, 3_600_000);
        },
      });
      assert.ok(places > 20, `${places} places`);
    });
  });

  describe('subscribing', () => {
    it('makes one subscription of a request, however often it is run, and says so each time', async () => {
      const { places } = await explore({
        workers: twice(async (actor, world) => {
          const { items } = await rigOf(actor, world).subscribe(criteria());
          world.effects.push(items[0]?.status);
        }),
        crashes: 1,
        faults: 1,
        finish: async (_actor, world) => {
          world.effects.push((await directly(world).subscribe(criteria())).items[0]?.status);
        },
        check: (world) => {
          assert.ok(world.effects.every((status) => status === 'succ'));
          assert.equal(world.state.all(SUBSCRIPTIONS).length, 1);
          assert.equal(world.state.all(REVISIONS).length, 1);
        },
      });
      assert.ok(places > 20, `${places} places`);
    });

    it('makes one of two requests that ask the same, and tells the other', async () => {
      const asked = (code: string) => async (worker: Worker, world: World) => {
        const rig = rigOf(worker, world);
        const transaction = { ...rig.transactionOf('subscribe', 'health', [`SUB-${code}`]), _id: code };
        const message = subscribeMessage([criteria()]);
        const [content] = await rig.subscribeRunner.run({ transaction, message, partner: subscriber() });
        world.effects.push(content?.status);
      };
      await explore({
        workers: [asked('one'), asked('two')],
        crashes: 1,
        finish: async (_actor, world) => {
          world.effects.push('-');
          for (const code of ['one', 'two']) await asked(code)(workerOf(world), world);
        },
        check: (world) => {
          const before = world.effects.slice(0, world.effects.indexOf('-'));
          const after = world.effects.slice(before.length + 1).map(String);
          assert.deepEqual(after.toSorted(), ['rjct', 'succ'], 'asked again, each is told one thing');
          assert.ok(before.every((status) => after.includes(String(status))) && new Set(before).size === before.length);
          assert.equal(world.state.all(SUBSCRIPTIONS).length, 1);
        },
      });
    });
  });

  describe('unsubscribing', () => {
    it('ends it once: the request that did says so again, another is told that it was late', async () => {
      await explore({
        start: await prepared(async (rig, world) => {
          await rig.subscribe(criteria({ reg_event_type: '*' }));
          addPerson(countryOf(world), 1);
          await rig.run('feed');
        }),
        workers: ['a', 'b'].map((name) => async (actor: Actor, world: World) => {
          const rig = rigOf(actor, world);
          const transaction = { ...rig.transactionOf('unsubscribe', 'health', []), _id: name };
          const content = await rig.unsubscribe([SUB], 'health', transaction);
          world.effects.push([name, content.status]);
        }),
        crashes: 1,
        finish: async (_actor, world) => {
          const rig = directly(world);
          for (const name of ['a', 'b']) {
            const transaction = { ...rig.transactionOf('unsubscribe', 'health', []), _id: name };
            world.effects.push([name, (await rig.unsubscribe([SUB], 'health', transaction)).status]);
          }
          await rig.run('feed');
        },
        check: (world) => {
          const answers = world.effects as [string, string][];
          const of = (name: string): Set<string> =>
            new Set(answers.filter(([by]) => by === name).map(([, said]) => said));
          const [a, b] = [of('a'), of('b')];
          assert.ok(a.size === 1 && b.size === 1, 'each says the same every time');
          assert.deepEqual([...a, ...b].sort(), ['rjct', 'succ']);
          assert.equal(world.state.get(SUBSCRIPTIONS, SUB)?.live, false);
          assert.ok(world.state.all(OUTBOX).every(({ state }) => state === 'cancelled'));
          assert.ok(world.state.all(EVENTS).every(({ state }) => state !== 'waiting'));
        },
      });
    });
  });
};
