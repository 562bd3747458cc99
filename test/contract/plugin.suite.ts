/**
 * What every backend plugin must do. It knows nothing of the registry behind it: it reads all rows through the plugin,
 * and then holds every answer against filtering those rows in memory.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  BackendError,
  type BackendPlugin,
  type CallContext,
  type Entity,
  type IncomingData,
  type IncomingItem,
  type NativeRow,
} from '../../src/plugin.ts';
import { arbitraryFilter, arbitraryQuery } from '../support/arbitrary-native.ts';
import fc from '../support/fast-check.ts';
import { matches } from '../support/memory-filter.ts';
import { orderNative } from '../support/memory-values.ts';
import { keyOf, type ObservedWorld, observe, pageOf } from '../support/observed-world.ts';

export interface PluginSubject {
  readonly plugin: BackendPlugin;
  /** Of a plugin that takes data in. */
  readonly incoming?: Incoming;
  close?(): Promise<void>;
}

export interface Incoming {
  /** Items that are taken, each another. */
  readonly good: readonly [IncomingItem['data'], IncomingItem['data']];
  /** One that is refused. */
  readonly bad: IncomingItem['data'];
  /** How many rows there are of what was taken in, seen by the registry's own eyes. */
  stored(): Promise<number> | number;
}

export interface PluginSuiteOptions {
  readonly name: string;
  /** Opens the plugin on a registry of at least a dozen and at most a few hundred rows an entity. */
  open(): Promise<PluginSubject>;
  /** Random filters to try on each entity. */
  readonly filters: number;
  readonly seed?: number;
  readonly skip?: boolean;
}

export const callContext = (ms = 30_000): CallContext => ({
  signal: AbortSignal.timeout(ms),
  deadline: performance.now() + ms,
  requestId: 'test',
  log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
});

const ignore = (): void => undefined;

export const pluginSuite = ({ name, open, filters, seed, skip = false }: PluginSuiteOptions): void => {
  describe(`plugin contract: ${name}`, { skip }, () => {
    let subject: PluginSubject;
    let world: ObservedWorld;
    const property = { numRuns: filters, ...(seed === undefined ? {} : { seed }) };

    before(async () => {
      subject = await open();
      world = await observe(subject.plugin, callContext());
    });
    after(async () => {
      await subject?.plugin.close();
      await subject?.close?.();
    });

    const eachEntity = async (check: (entity: Entity) => Promise<void>) => {
      for (const entity of world.entities) await check(entity);
    };
    const keysOf = (entity: Entity, rows: readonly NativeRow[]) => rows.map(({ columns }) => keyOf(entity, columns));

    test('every key is there once and names its row', async () => {
      await eachEntity(async (entity) => {
        const rows = world.rows(entity.name);
        assert.equal(new Set(rows.map((row) => keyOf(entity, row))).size, rows.length, entity.name);
        for (const row of rows.slice(0, 5)) {
          const of = entity.key.map((column) => {
            const value = row[column];
            assert.ok(value !== null && value !== undefined);
            return { kind: 'compare' as const, column, op: 'eq' as const, value };
          });
          if (entity.key.some((column) => entity.columns.get(column)?.searchable !== true)) continue;
          const page = await subject.plugin.search({ ...pageOf(entity), filter: { kind: 'and', of } }, callContext());
          assert.deepEqual(keysOf(entity, page.rows), [keyOf(entity, row)]);
          assert.equal(page.total, 1);
        }
      });
    });

    test('pages in any order of columns hold every row once, and the total is the same on each', async () => {
      await eachEntity(async (entity) => {
        const sortable = [...entity.columns.values()].filter((column) => column.sortable && column.searchable);
        for (const { name: column, type } of subject.plugin.capabilities.sort ? sortable : []) {
          const direction = column.length % 2 === 0 ? ('asc' as const) : ('desc' as const);
          const rows = world.rows(entity.name);
          const size = Math.max(2, Math.ceil(rows.length / 3));
          const seen: (typeof rows)[number][] = [];
          for (let offset = 0; offset < rows.length; offset += size) {
            const query = { ...pageOf(entity), order: [{ column, direction }], limit: size, offset };
            const page = await subject.plugin.search(query, callContext());
            assert.equal(page.total, rows.length);
            seen.push(...page.rows.map(({ columns }) => columns));
          }
          assert.equal(new Set(seen.map((row) => keyOf(entity, row))).size, rows.length, `${entity.name} by ${column}`);
          for (const [at, row] of seen.entries()) {
            const previous = seen[at - 1]?.[column] ?? null;
            if (at > 0)
              assert.ok(
                orderNative(type, direction === 'desc', previous, row[column] ?? null) <= 0,
                `${entity.name} ${direction} by ${column}: ${String(previous)} before ${String(row[column])}`,
              );
          }
        }
      });
    });

    test('a page holds exactly the rows that satisfy the filter', async () => {
      await eachEntity(async (entity) => {
        await fc.assert(
          fc.asyncProperty(arbitraryFilter(world, entity, subject.plugin.capabilities), async (filter) => {
            const page = await subject.plugin.search({ ...pageOf(entity), filter }, callContext());
            const expected = world.rows(entity.name).filter((row) => matches(world, entity.name, row, filter));
            assert.deepEqual(keysOf(entity, page.rows).sort(), expected.map((row) => keyOf(entity, row)).sort());
            assert.equal(page.total, expected.length);
          }),
          property,
        );
      });
    });

    test('limit, offset, cap and selected children are what was asked', async () => {
      await eachEntity(async (entity) => {
        await fc.assert(
          fc.asyncProperty(arbitraryQuery(world, entity, subject.plugin.capabilities), async (query) => {
            const page = await subject.plugin.search(query, callContext());
            const all = await subject.plugin.search(
              { ...query, limit: 1000, offset: 0, countCap: 10_000 },
              callContext(),
            );
            assert.equal(page.total, Math.min(all.rows.length, query.countCap));
            assert.deepEqual(page.rows, all.rows.slice(query.offset, query.offset + query.limit));
            for (const row of all.rows) world.checkChildren(entity, row, query.select);
          }),
          { ...property, numRuns: Math.ceil(filters / 4) },
        );
      });
    });

    test('an unknown entity or column is refused, not searched without it', async () => {
      const [entity] = world.entities;
      assert.ok(entity);
      const refused = (error: unknown) => error instanceof BackendError && error.kind === 'refused';
      const nowhere = { ...pageOf(entity), entity: 'no such entity' };
      await assert.rejects(subject.plugin.search(nowhere, callContext()), refused);
      const filter = { kind: 'compare' as const, column: 'no such column', op: 'eq' as const, value: 'x' };
      await assert.rejects(subject.plugin.search({ ...pageOf(entity), filter }, callContext()), refused);
    });

    test('a call whose time is over ends as a timeout', async () => {
      const [entity] = world.entities;
      assert.ok(entity);
      const over = { ...callContext(), signal: AbortSignal.abort(), deadline: performance.now() - 1 };
      await assert.rejects(
        subject.plugin.search(pageOf(entity), over),
        (error) => error instanceof BackendError && error.kind === 'timeout',
      );
    });

    test('data is taken in once, whatever comes how often; what is refused keeps nothing else out', async (t) => {
      const { plugin, incoming } = subject;
      if (incoming === undefined) {
        assert.equal(plugin.accept, undefined, 'give the suite something to send');
        return t.skip('takes no data in');
      }
      assert.ok(plugin.accept);
      const { good, bad } = incoming;
      const [one, two, other] = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
      const message = (...items: readonly IncomingItem[]): IncomingData => ({
        ...{ kind: 'enrollment-updates', partner: 'partner', transactionId: 't', items },
        ...{ receivedAt: '2026-01-15T10:30:00Z', receiptType: undefined },
      });
      const send = async (...items: readonly IncomingItem[]) =>
        (await plugin.accept?.(message(...items), callContext()))?.items.map(({ status }) => status);
      const before = await incoming.stored();
      const first = { key: String(one), data: good[0] };
      const both = await Promise.all([send(first), send(first)]);
      assert.deepEqual(both.flat().sort(), ['known', 'stored']);
      assert.deepEqual(await send(first, { key: String(other), data: bad }, { key: String(two), data: good[1] }), [
        'known',
        'refused',
        'stored',
      ]);
      assert.equal(await incoming.stored(), before + 2);
      const over = { ...callContext(), signal: AbortSignal.abort(), deadline: performance.now() - 1 };
      await assert.rejects(
        plugin.accept(message({ key: String(other), data: good[0] }), over),
        (error) => error instanceof BackendError && error.kind === 'timeout',
      );
    });

    test('it says that it is healthy', () => subject.plugin.health(callContext()));
  });
};
