/** Deciding about consent in every order of two workers' steps whom the service tells different things, with a crash between every two writes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { COLLECTIONS, EVENTS, SENT } from '../../src/store/async-documents.ts';
import type { Actor } from '../support/explore.ts';
import { explore } from '../support/explore.ts';
import { createWorld, type World } from '../support/explored-store.ts';
import { addPerson, criteria, removePerson, subscriber, subscriptionRig } from '../support/subscription-rig.ts';
import { countryOf, type Worker, workerOf } from './subscription-flows.ts';

const SUB = 'SUB-health-1-0';
const purposes = new Map([['aid', { basis: 'consent' }]] as const);
const consent = {
  notNeededFor: [],
  rules: new Map(),
  purposeRules: new Map(),
  service: { url: 'https://consent.example/', timeoutMs: 1_000, batch: 10, most: 10, records: ['Person'], cacheMs: 0 },
};

/** @param yes whose consent this worker is told of */
const rigOf = ({ documents, now: clock, effect }: Worker, world: World, yes: readonly number[]) =>
  subscriptionRig({
    ...{ world, country: countryOf(world), documents, clock, effect, consent },
    partners: [subscriber('health', { purposes, defaultPurpose: 'aid' })],
    decider: {
      decide: async ({ persons }) =>
        persons.map(({ identifiers }) => yes.some((id) => JSON.stringify(identifiers).includes(`"N${id}"`))),
    },
  });

const directly = (world: World, yes: readonly number[]) => rigOf(workerOf(world), world, yes);

/** Persons whose records were seen, and about whom nobody was asked yet. */
const prepared = async (people: readonly number[]) => {
  const from = createWorld(1_000_000);
  const rig = directly(from, []);
  await rig.subscribe(criteria({ reg_event_type: '*' }));
  for (const id of people) addPerson(countryOf(from), id);
  await rig.run('feed');
  const documents = COLLECTIONS.map((collection) => [collection, from.state.all(collection)] as const);
  return async (_store: unknown, to: World): Promise<void> => {
    to.now = from.now;
    for (const [collection, all] of documents) for (const each of all) to.state.insert(collection, each);
    for (const id of people) addPerson(countryOf(to), id);
  };
};

const soundlyTold = async (world: World): Promise<readonly string[]> => {
  const told = await directly(world, []).told(SUB);
  assert.deepEqual(told.map(({ entry }) => entry.seq), told.map((_, index) => index + 1)); // biome-ignore format: one look
  const all = world.state.all(EVENTS);
  assert.ok(
    all.every(({ state }) => state === 'numbered' || state === 'dropped'),
    'every event is decided',
  );
  const events = told.flatMap(({ entry }) => entry.events ?? []);
  assert.deepEqual([...events].sort(), all.filter(({ state }) => state === 'numbered').map(({ _id }) => _id).sort()); // biome-ignore format: one look
  const texts = told.flatMap(({ records }) => records.map(({ event, record }) => `${event} ${/N\d/.exec(JSON.stringify(record))?.[0]}`)); // biome-ignore format: one look
  assert.deepEqual(
    texts,
    texts.toSorted((a, b) => a.slice(-1).localeCompare(b.slice(-1))),
    'in their order',
  );
  return texts;
};

export interface Size {
  /** Of one run. */
  readonly crashes: number;
  readonly persons: number;
  /** Who decide at once. */
  readonly workers: number;
}

export const exploreDeciding = ({ crashes, persons, workers }: Size): void => {
  const PEOPLE = Array.from({ length: persons }, (_, n) => n + 1);
  describe('deciding about consent', () => {
    it('decides each change once, numbers without a gap and remembers whom it told of and nobody else', async () => {
      const { places } = await explore({
        start: await prepared(PEOPLE),
        workers: [PEOPLE, []].slice(0, workers).map((yes) => async (actor: Actor, world: World) => {
          await rigOf(actor, world, yes).run('decide', SUB);
        }),
        crashes,
        finish: async (_actor, world) => void (await directly(world, []).run('decide', SUB)),
        check: async (world) => {
          const told = await soundlyTold(world);
          assert.equal(world.state.all(SENT).length, told.length);
          // Their deletion is told to whom they were sent: the memory is of those, not of others.
          const rig = directly(world, []);
          for (const id of PEOPLE) removePerson(countryOf(world), id);
          await rig.poll();
          await rig.run('decide', SUB);
          const after = await rig.told(SUB);
          assert.equal(after.length, told.length * 2);
        },
      });
      assert.ok(places > 5, `${places} places`);
    });

    if (workers === 1) return;
    it('tells of a deletion that is seen while its person is decided about, or of neither', async () => {
      await explore({
        start: await prepared(PEOPLE),
        workers: [
          async (actor, world) => void (await rigOf(actor, world, PEOPLE).run('decide', SUB)),
          async (actor, world) => {
            await actor.effect('the registry removes', () => removePerson(countryOf(world), 1));
            world.now += 10_000;
            await rigOf(actor, world, PEOPLE).run('feed');
          },
        ],
        crashes,
        finish: async (_actor, world) => {
          const { persons } = countryOf(world);
          if (persons.some(({ person_id: id }) => id === 1)) removePerson(countryOf(world), 1); // whoever was killed did not
          const rig = directly(world, PEOPLE);
          await rig.poll();
          await rig.run('decide', SUB);
        },
        check: async (world) => {
          const rig = directly(world, []);
          const all = (await rig.told(SUB)).flatMap(({ records }) => records.map(({ event, record }) => `${event} ${/N\d/.exec(JSON.stringify(record))?.[0]}`)); // biome-ignore format: one look
          const first = all.filter((text) => text.endsWith('N1'));
          assert.ok(first.length === 0 || first.join() === 'REGISTER N1,DELETE N1', all.join());
        },
      });
    });
  });
};
