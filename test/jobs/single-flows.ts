/** Pushed keys, and rows that are tried again, in every order of two workers' steps, with a crash between every two writes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CommandContext } from '../../src/cli/command-context.ts';
import { retryQuarantine } from '../../src/cli/quarantine.ts';
import { PUSHED, QUARANTINE } from '../../src/store/async-documents.ts';
import { type Actor, type Exploration, explore } from '../support/explore.ts';
import type { World } from '../support/explored-store.ts';
import {
  BROKEN,
  changePerson,
  criteria,
  type Row,
  type SubscriptionRig,
  subscriptionRig,
} from '../support/subscription-rig.ts';
import { countryOf, prepared, SUB, soundlyTold, type Worker, workerOf } from './subscription-flows.ts';

type Start = NonNullable<Exploration['start']>;

const rigOf = ({ documents, now: clock, effect }: Worker, world: World): SubscriptionRig =>
  subscriptionRig({ world, country: countryOf(world), documents, clock, effect, domain: 'crvs' });

const directly = (world: World): SubscriptionRig => rigOf(workerOf(world), world);

/** A row that no log tells of. */
const unlogged = (world: World, row: Row = {}): void =>
  void countryOf(world).persons.push({ person_id: 1, national_id: 'N1', first_name: 'F', last_name: 'L', region: 'R1', dob: '1990-01-01', deleted: false, agreed: 'no', ...row }); // biome-ignore format: one look

const feed = async (actor: Actor, world: World): Promise<void> => void (await rigOf(actor, world).run('feed'));

const finallyFed = async (world: World): Promise<void> => {
  world.now += 3_600_000;
  await directly(world).run('feed');
};

export interface Size {
  readonly crashes: number;
  /** Workers on the feed. */
  readonly feeders: number;
}

export const exploreSingles = ({ crashes, feeders }: Size): void => {
  const feeds = Array.from({ length: feeders }, () => feed);

  describe('a pushed key', () => {
    const pushing = (event?: string) => async (actor: Actor, world: World) => {
      await rigOf(actor, world).push(
        'social',
        [{ recordType: 'Person', key: '1', ...(event !== undefined && { event }) }],
        'request 1',
      );
      await actor.effect('accepted', () => void world.effects.push('accepted'));
    };
    const subscribed = (type: string): Promise<Start> =>
      prepared(async (_rig, world) => {
        await directly(world).subscribe(criteria({ reg_event_type: type }));
        unlogged(world);
      });

    it('is told of once it was accepted, and not before it is there', async () => {
      const { places } = await explore({
        start: await subscribed('*'),
        workers: [pushing(), ...feeds],
        crashes,
        finish: async (actor, world) => {
          if (!world.effects.includes('accepted')) await pushing()(actor, world);
          await finallyFed(world);
        },
        check: async (world) => {
          assert.deepEqual((await soundlyTold(world)).map(({ event }) => event), ['REGISTER']); // biome-ignore format: one look
          assert.equal(world.state.all(PUSHED).length, 0);
        },
      });
      assert.ok(places > 10, `${places} places`);
    });

    it('with an event of the domain tells it once', async () => {
      const { places } = await explore({
        start: await subscribed('spdci-common:RegistryEventType:Death'),
        workers: [pushing('DEATH'), ...feeds],
        crashes,
        finish: async (actor, world) => {
          await pushing('DEATH')(actor, world);
          await finallyFed(world);
          await pushing('DEATH')(actor, world);
          await finallyFed(world);
        },
        check: async (world) =>
          assert.deepEqual((await soundlyTold(world)).map(({ event }) => event), ['DEATH']), // biome-ignore format: one look
      });
      assert.ok(places > 10, `${places} places`);
    });

    it('of a record that changes meanwhile tells how it is in the end', async () => {
      await explore({
        start: await subscribed('*'),
        workers: [
          pushing(),
          feed,
          async (actor: Actor, world: World) => {
            await actor.effect('the registry changes', () => {
              world.effects.push('changed');
              changePerson(countryOf(world), 1, { region: 'R2' });
            });
          },
        ],
        crashes: Math.min(crashes, 1),
        finish: async (actor, world) => {
          if (!world.effects.includes('accepted')) await pushing()(actor, world);
          if (!world.effects.includes('changed')) changePerson(countryOf(world), 1, { region: 'R2' });
          await finallyFed(world);
        },
        check: async (world) => {
          const records = await soundlyTold(world);
          assert.deepEqual(records.at(-1)?.record.address, [{ region_code: 'R2' }]);
        },
      });
    });
  });

  describe('a row that was put aside', () => {
    /** The command, on the same store as the gateway. */
    const retrying = async (actor: Actor, _world: World): Promise<void> => {
      const context = { store: actor, config: { registries: [{ id: 'social' }] }, out: () => undefined };
      await retryQuarantine(context as unknown as CommandContext, undefined);
    };
    const aside = (world: World): number => world.state.all(QUARANTINE).length;
    const putAside = (mended: boolean): Promise<Start> =>
      prepared(async (_rig, world) => {
        const rig = directly(world);
        await rig.subscribe(criteria({ reg_event_type: '*' }));
        unlogged(world, { region: BROKEN });
        changePerson(countryOf(world), 1, {});
        await rig.run('feed');
        assert.equal(aside(world), 1);
        assert.equal((await rig.told(SUB)).length, 0);
        world.now += 60_000;
        if (mended) Object.assign(countryOf(world).persons[0] ?? {}, { region: 'R1' });
      });

    it('is told of once, when it is tried again and can be mapped', async () => {
      const { places } = await explore({
        start: await putAside(true),
        workers: [retrying, ...feeds],
        crashes,
        finish: async (actor, world) => {
          await finallyFed(world);
          await retrying(actor, world);
          await finallyFed(world);
        },
        check: async (world) => {
          assert.equal((await soundlyTold(world)).length, 1);
          assert.equal(aside(world), 0);
        },
      });
      assert.ok(places > 10, `${places} places`);
    });

    it('stays aside while it cannot be mapped, and is not lost when it is mended meanwhile', async () => {
      await explore({
        start: await putAside(false),
        workers: [
          retrying,
          feed,
          async (actor: Actor, world: World) => {
            await actor.effect('it is mended', () => {
              Object.assign(countryOf(world).persons[0] ?? {}, { region: 'R1' });
            });
          },
        ],
        crashes: Math.min(crashes, 1),
        finish: async (actor, world) => {
          Object.assign(countryOf(world).persons[0] ?? {}, { region: 'R1' }); // whoever was killed did not
          await finallyFed(world);
          await retrying(actor, world);
          await finallyFed(world);
        },
        check: async (world) => {
          assert.equal((await soundlyTold(world)).length, 1);
          assert.equal(aside(world), 0);
        },
      });
    });

    it('is aside again when it breaks again while it is told', async () => {
      await explore({
        start: async (store, world) => {
          await (await putAside(true))(store, world);
          await retrying({ ...store, effect: async (_name, work) => work(), now: () => world.now }, world);
        },
        workers: [
          ...feeds,
          async (actor: Actor, world: World) => {
            await actor.effect('it breaks', () => {
              world.effects.push('broken');
              changePerson(countryOf(world), 1, { region: BROKEN });
            });
          },
        ],
        crashes,
        finish: async (_actor, world) => finallyFed(world),
        check: async (world) => {
          assert.ok((await soundlyTold(world)).length <= 1);
          assert.equal(aside(world), world.effects.includes('broken') ? 1 : 0, 'its last state was not told');
        },
      });
    });
  });
};
