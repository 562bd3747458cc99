/** How a feed begins with what changes from now on, in every order of two workers' steps, with a crash between every two writes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChangePage, ChangeRequest, ChangeSource } from '../../src/plugin.ts';
import type { SourceState } from '../../src/registry/feed-state.ts';
import { CURSORS } from '../../src/store/async-documents.ts';
import { type Actor, explore } from '../support/explore.ts';
import { outsideOf, type World } from '../support/explored-store.ts';
import { createTestSealer } from '../support/memory-keys.ts';
import {
  addPerson,
  type Country,
  changePerson,
  criteria,
  removePerson,
  type SubscriptionRig,
  subscriptionRig,
} from '../support/subscription-rig.ts';
import { countryOf, prepared, soundlyTold, type Worker, workerOf } from './subscription-flows.ts';

const touches = { Person: { entity: 'person', columns: ['person_id'] } };
export const COLUMNS: ChangeSource = { kind: 'columns', id: 'columns.person', entity: 'person', column: 'changed', overlapMs: 0, timezone: 'UTC', undated: true, touches }; // biome-ignore format: one look
export const LOG: ChangeSource = { kind: 'log', id: 'log.person_log', table: 'person_log', seq: 'n', overlapMs: 0, touches, old: { entity: 'person', columns: {} } }; // biome-ignore format: one look

/** Rows stand where they changed last, and rows that are gone are not there; a log has all that happened. */
const pageOf = (country: Country, { source, cursor, begin }: ChangeRequest, limit: number): ChangePage => {
  const end = country.log.length;
  if (cursor === undefined && begin === 'now') return { changes: [], cursor: String(end), more: false };
  const from = Number(cursor ?? 0);
  const keyAt = (n: number): unknown => country.log[n]?.change.touches.Person?.[0]?.[0];
  const isThere = (n: number): boolean =>
    country.persons.some(({ person_id: id }) => id === keyAt(n)) &&
    !country.log.slice(n + 1).some((_, later) => keyAt(n + 1 + later) === keyAt(n));
  const places = country.log.map((_, n) => n).filter((n) => n >= from && (source.kind === 'log' || isThere(n)));
  const page = places.slice(0, limit);
  return {
    changes: page.flatMap((n) => country.log[n] ?? []).map(({ change }) => ({ ...change, ...(source.kind === 'columns' && { kind: 'changed' as const }) })), // biome-ignore format: one look
    cursor: String((page.at(-1) ?? from - 1) + 1),
    more: page.length < places.length,
  };
};

/** Whether a source was read. */
const readIn = (world: World) => outsideOf(world, 'read', () => ({ yet: false }));

export interface Size {
  /** Of each feed. */
  readonly sources: readonly (readonly ChangeSource[])[];
  /** Of one run. */
  readonly crashes: number;
  /** Pages that what is there fills. */
  readonly pages: number;
  /** Of the source. */
  readonly perPage: number;
  readonly workers: number;
}

/** When something happened: nothing was read yet; the begin is under way; the feed stands at a place of every source. */
type When = 'before' | 'meanwhile' | 'after';

export const exploreBegin = ({ sources: all, crashes, pages, perPage, workers }: Size): void => {
  const THERE = Array.from({ length: pages }, (_, n) => n + 1);

  const rigOf = (actor: Worker, world: World, sources: readonly ChangeSource[], whole = false): SubscriptionRig => {
    const country = countryOf(world);
    const { documents, now: clock, effect } = actor;
    const changes = (request: ChangeRequest): Promise<ChangePage> =>
      effect(`read ${request.source.id}`, () => {
        readIn(world).yet = true;
        return pageOf(country, request, perPage);
      });
    return subscriptionRig({ world, country, documents, clock, effect, pageOnly: !whole, fromNow: { sources, changes } }); // biome-ignore format: one look
  };

  const whenOf = (world: World, sources: readonly ChangeSource[]): When => {
    if (!readIn(world).yet) return 'before';
    const stored = world.state.get(CURSORS, 'social');
    const states = JSON.parse(createTestSealer().open(stored?.position ?? '')) as Record<string, SourceState>; // its own
    return sources.every(({ id }) => states[id] !== undefined && states[id].silent !== true) ? 'after' : 'meanwhile';
  };

  const exploreFrom = async (
    sources: readonly ChangeSource[],
    happens: (country: Country) => void,
    check: (
      told: readonly { readonly event: string; readonly person: string }[],
      when: When | undefined,
      world: World,
    ) => void,
  ): Promise<void> => {
    const whens = new Set<When | undefined>();
    const { places } = await explore({
      start: await prepared(async (rig, world) => {
        await rig.subscribe(criteria({ reg_event_type: '*' }));
        for (const id of THERE) addPerson(countryOf(world), id);
      }),
      workers: [
        ...Array.from({ length: workers }, () => async (actor: Actor, world: World) => {
          await rigOf(actor, world, sources).run('feed');
        }),
        async (actor, world) => {
          await actor.effect('the registry changes', () => {
            world.effects.push(whenOf(world, sources));
            happens(countryOf(world));
          });
        },
      ],
      crashes,
      finish: async (_actor, world) => {
        for (let poll = 0; poll < 2; poll++) {
          world.now += 3_600_000;
          await rigOf(workerOf(world), world, sources, true).run('feed');
        }
      },
      check: async (world) => {
        const when = world.effects[0] as When | undefined;
        whens.add(when);
        const records = await soundlyTold(world);
        const told = records.map(({ event, record }) => ({
          event,
          person: /N\d/.exec(JSON.stringify(record))?.[0] ?? '',
        }));
        check(told, when, world);
      },
    });
    assert.deepEqual([...whens].filter((when) => when !== undefined).sort(), ['after', 'before', 'meanwhile']);
    assert.ok(places > 10, `${places} places`);
  };

  /** Once if it came after the begin, not if before; while the begin is under way it belongs to either. */
  const counts: Record<When, readonly number[]> = { before: [0], meanwhile: [0, 1], after: [1] };

  const explored = (
    sources: readonly ChangeSource[],
    event: string,
    person: string,
    happens: (country: Country) => void,
  ) =>
    exploreFrom(sources, happens, (told, when, world) => {
      const said = told.map((each) => `${each.event} ${each.person}`).join();
      assert.ok((when === undefined ? [0] : counts[when]).includes(told.length), `${when}: ${said}`);
      assert.ok(
        told.every((each) => each.person === person),
        said,
      );
      if (when === 'after') assert.equal(told[0]?.event, event);
      assert.equal(whenOf(world, sources), 'after', 'the feed has begun');
    });

  for (const sources of all) {
    const name = sources.map(({ kind }) => kind).join(' and ');
    describe(`a feed that begins now, by ${name}: ${pages} pages, ${workers} workers, ${crashes} crashes`, () => {
      it('tells nothing of what was there, and of a change that comes after it once', () =>
        explored(sources, 'UPDATE', 'N1', (country) => changePerson(country, 1, { region: 'R2' })));

      it('tells of a record that comes after it, as new', () =>
        explored(sources, 'REGISTER', 'N9', (country) => addPerson(country, 9)));

      if (sources.includes(LOG))
        it('tells of a deletion that comes after it, and of none before', () =>
          explored(sources, 'DELETE', 'N1', (country) =>
            removePerson(country, 1, { person_id: 1, national_id: 'N1' }),
          ));
    });
  }
};
