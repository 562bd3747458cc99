/**
 * What every change feed on a database must do: by time columns with sweeps, by the logs that our triggers fill, and by
 * snapshots, each read by a consumer that restarts and loses pages while others write, commit late, and roll back.
 */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { Mapping } from '../../src/mapping/mapping.ts';
import type { BackendPlugin } from '../../src/plugin.ts';
import { ChangeReader, statesOf } from '../support/change-reader.ts';
import { type ChangeWorld, ENTITIES, RECORDS, type Writer } from '../support/change-worlds.ts';
import { EVERYTHING, read } from '../support/mapping-rig.ts';
import { runWriters } from '../support/random-writers.ts';
import { callContext } from './plugin.suite.ts';

/** Shorter than any sensible one: transactions here last less than two seconds. */
const OVERLAP_S = 5;
/** Late rows are found by a pass over the whole overlap: at the latest after half of it, two seconds behind the clock. */
const SETTLED_MS = (OVERLAP_S / 2 + 2 + 1.5) * 1000;
const EVERY_MS = 150;
/** On a busy machine a look takes its time: so many are what a feed needs, however long they take. */
const SETTLED_LOOKS = SETTLED_MS / EVERY_MS;

const COLUMNS = stringify({
  changes: {
    overlap: `${OVERLAP_S}s`,
    timezone: 'UTC',
    sources: [
      { entity: 'person', at: 'changed_at', touches: { Person: 'person_id', Group: 'hh_id' } },
      { entity: 'paper', at: 'changed_at', touches: { Person: 'person_id' } },
      { entity: 'household', at: 'changed_at', touches: { Group: 'hh_id' } },
      { entity: 'person', sweep: '1s', touches: { Person: 'person_id', Group: 'hh_id' } },
      { entity: 'paper', sweep: '1s', touches: { Person: 'person_id' } },
      { entity: 'household', sweep: '1s', touches: { Group: 'hh_id' } },
    ],
  },
});

const SNAPSHOTS = stringify({
  changes: {
    sources: [
      { entity: 'person', snapshot: '1s', touches: { Person: 'person_id', Group: 'hh_id' } },
      { entity: 'household', snapshot: '1s', touches: { Group: 'hh_id' } },
    ],
  },
});

interface Feed {
  readonly name: string;
  readonly mapping: Mapping;
  readonly reader: ChangeReader;
}

export const changesSuite = (name: string, make: () => Promise<ChangeWorld>, skip = false): void => {
  describe(`change feeds: ${name}`, { skip }, () => {
    let world: ChangeWorld;
    let plugin: BackendPlugin;
    let owner: Writer;

    before(async () => {
      world = await make();
      plugin = await world.open();
      owner = await world.writer();
      const stamp = `${world.now}`;
      for (let hh = 1; hh <= 4; hh += 1) await owner.run(`insert into household values (${hh}, 'H${hh}', ${stamp})`);
      for (const id of [1, 2]) {
        await owner.run(`insert into person values (${id}, 1, 'N${id}', 'First', 0, ${stamp})`);
        await owner.run(`insert into paper values (${id}, ${id}, 'P${id}', ${world.second})`);
      }
    });
    after(async () => {
      await owner?.close();
      await world?.[Symbol.asyncDispose]();
    });

    const bind = async (section: string): Promise<Mapping> => {
      const { changes } = parse(section) as { readonly changes: object };
      const text = stringify({ records: RECORDS, changes: { overlap: `${OVERLAP_S}s`, ...changes } });
      return read(text, { entities: ENTITIES }).bind(await plugin.describe(callContext()));
    };
    const feeds = async (begin: 'now' | 'all'): Promise<readonly Feed[]> => {
      const sections = { columns: COLUMNS, logs: world.printed, snapshots: SNAPSHOTS };
      return Promise.all(
        Object.entries(sections).map(async ([feed, section]) => {
          const mapping = await bind(section);
          return { name: feed, mapping, reader: new ChangeReader(mapping, begin) };
        }),
      );
    };
    /** Polls until a feed knows it, or the time is over. */
    const until = async (all: readonly Feed[], ms: number, knows: (feed: Feed) => boolean): Promise<void> => {
      const end = performance.now() + ms;
      for (;;) {
        for (const { reader } of all) await reader.poll(plugin);
        const missing = all.filter((feed) => !knows(feed));
        if (missing.length === 0) return;
        assert.ok(performance.now() < end, `not told by ${missing.map((feed) => feed.name).join(', ')}`);
        await sleep(EVERY_MS);
      }
    };

    test('nothing speaks against the sources, and a log or column that is not there does', async () => {
      for (const { mapping } of await feeds('now'))
        assert.deepEqual(await plugin.checkChanges?.(mapping.changes?.sources ?? [], callContext()), []);
      const wrong = await bind(
        stringify({
          changes: {
            sources: [
              { log: 'person', seq: 'surname', touches: { Person: 'national_id' } },
              { log: 'nothing', seq: 'id', touches: { Person: 'id' } },
            ],
          },
        }),
      );
      const problems = (await plugin.checkChanges?.(wrong.changes?.sources ?? [], callContext())) ?? [];
      assert.match(
        problems.map(({ problem }) => problem).join('\n'),
        /counts by surname[\s\S]*takes national_id[\s\S]*nothing/,
      );
    });

    test('a time to read again that is shorter than a statement or transaction may last is refused', async () => {
      const columns = (await bind(COLUMNS)).changes?.sources ?? [];
      const told = async (overlapMs: number): Promise<string> => {
        const sources = columns.map((source) => (source.kind === 'columns' ? { ...source, overlapMs } : source));
        const problems = (await plugin.checkChanges?.(sources, callContext())) ?? [];
        return problems.map(({ source, problem }) => `${source}: ${problem}`).join('\n');
      };
      assert.match(await told(3_000), /^person.changed_at: reads 3 s again, but statements .* may last 4 s$/m);
      if (world.limit === undefined) return;
      const [set, reset] = world.limit;
      await owner.run(set);
      try {
        assert.match(await told(60_000), /reads 60 s again, but transactions .* may last 100 s/);
        assert.equal(await told(100_000), '');
      } finally {
        await owner.run(reset);
      }
    });

    test('rows that change while readers restart, lose pages and others commit late: each ends as it is', async () => {
      const all = await feeds('all');
      const writing = runWriters(world, { seconds: 5, seed: 20261122 });
      let current = plugin;
      for (let round = 0; !writing.done(); round += 1) {
        for (const { reader } of all) {
          for (const source of reader.changes.sources) {
            if (round % 3 === 1) await reader.page(current, source, 3, false);
            for (let pages = 0; pages < 4 && (await reader.page(current, source, 3 + (round % 5))); ) pages += 1;
          }
        }
        if (round % 7 === 6) current = await world.open();
        await sleep(100);
      }
      await writing.result;
      const end = performance.now() + SETTLED_MS;
      for (let different = ['?'], looks = 1; different.length > 0; looks += 1, await sleep(EVERY_MS)) {
        for (const { reader } of all) await reader.poll(current);
        different = [];
        for (const { name: feed, reader } of all) {
          // What was made and gone again between two looks is never told.
          for (const type of ['Person', 'Group'])
            for (const [record, state] of await statesOf(reader.changes, plugin, type, writing.keys(type)))
              if ((reader.known.get(record) ?? 'deleted') !== state) different.push(`${feed}: ${record}`);
        }
        const settled = performance.now() > end && looks > SETTLED_LOOKS;
        assert.ok(different.length === 0 || !settled, different.join(', '));
      }
      for (const { name: feed, reader } of all) {
        assert.ok(reader.told.length > 5, `${feed}: ${reader.told.length} changes`);
        for (const cursor of reader.cursors.values()) assert.ok(cursor.length < 200_000);
      }
    });

    test('a transaction that was open while a later one committed is told, from the moment that a feed begins', async (t) => {
      if (!world.concurrent) return t.skip('one writes at a time');
      const [early, late] = [await world.writer(), await world.writer()];
      await late.run('begin');
      await late.run(`insert into person values (9001, 3, 'LATE', 'Late', 0, ${world.now})`);
      const all = await feeds('now');
      for (const { reader } of all) await reader.poll(plugin);
      await early.run(`insert into person values (9002, 4, 'EARLY', 'Early', 0, ${world.now})`);
      const knows = (record: string) => (feed: Feed) => /LATE|EARLY/.test(feed.reader.known.get(record) ?? '');
      const [others, logs] = [all.filter((feed) => feed.name !== 'logs'), all.filter((feed) => feed.name === 'logs')];
      // By transactions, a log waits for the one that is open.
      await until(others, SETTLED_MS, knows('Person [9002]'));
      for (const { reader } of logs) await reader.poll(plugin);
      await late.run('commit');
      await until([...others, ...logs], SETTLED_MS, knows('Person [9001]'));
      await until(logs, SETTLED_MS, knows('Person [9002]'));
      for (const { name: feed, reader } of all)
        if (feed !== 'columns')
          assert.equal(reader.known.has('Person [1]'), false, 'what was there before is no change');
      await Promise.all([early.close(), late.close()]);
    });

    test('two changes within a second are both seen, and a row that is marked deleted is', async () => {
      const all = await feeds('now');
      for (const { reader } of all) await reader.poll(plugin);
      const fixed = world.now === 'now()' ? "date_trunc('second', now())" : world.second;
      await owner.run(`update paper set number = 'ONE', changed_at = ${fixed} where paper_id = 1`);
      await until(all, SETTLED_MS, ({ reader }) => reader.known.get('Person [1]')?.includes('"ONE"') === true);
      // The same second as before, though the clock went on: as if it had been written then and seen now.
      await owner.run("update paper set number = 'TWO' where paper_id = 1");
      await owner.run(`update person set deleted = 1, changed_at = ${world.now} where person_id = 2`);
      await until(all, SETTLED_MS, ({ reader }) => reader.known.get('Person [1]')?.includes('"TWO"') === true);
      await until(all, SETTLED_MS, ({ reader }) => reader.known.get('Person [2]') === 'deleted');
      const [feed] = all;
      const { query, keyOf } = feed?.reader.changes.byKey('Person', [[2], [1]], EVERYTHING) ?? {};
      const { rows } = await plugin.search(query ?? assert.fail('no query'), callContext());
      assert.deepEqual(
        new Map(rows.map((row) => [keyOf?.(row)[0], row.live])),
        new Map([
          [1, true],
          [2, false],
        ]),
      );
      const gone = rows.find(({ live }) => live === false) ?? assert.fail('not read again');
      const named = await feed?.reader.changes.identifiers('Person', gone, EVERYTHING);
      assert.deepEqual(Object.keys(named ?? {}), ['@context', '@type', 'identifier']);
    });

    test('a row that is gone is told with what identified it, and one that moved by both parents', async () => {
      const all = await feeds('now');
      await owner.run(`insert into person values (9100, 1, 'GONE', 'Gone', 0, ${world.now})`);
      await owner.run(`insert into paper values (9100, 9100, 'MOVING', ${world.second})`);
      for (const { reader } of all) await reader.poll(plugin);
      await sleep(1_100); // sweeps and snapshots look once a second
      for (const { reader } of all) {
        await reader.poll(plugin);
        reader.told.length = 0;
      }
      await owner.run(`update paper set person_id = 1, changed_at = ${world.second} where paper_id = 9100`);
      await owner.run(`update person set hh_id = 2, changed_at = ${world.now} where person_id = 9100`);
      const touched = ({ reader }: Feed, type: string) =>
        JSON.stringify(reader.told.map(({ touches }) => touches[type]));
      for (const [type, keys] of [
        ['Person', ['[1]', '[9100]']],
        ['Group', ['[1]', '[2]']],
      ] as const)
        await until(all, SETTLED_MS, (feed) => keys.every((key) => touched(feed, type).includes(key)));
      await owner.run('delete from person where person_id = 9100');
      const isGone = (feed: Feed) =>
        feed.reader.told.some(
          ({ kind, touches }) => kind === 'deleted' && JSON.stringify(touches.Person) === '[[9100]]',
        );
      await until(all, SETTLED_MS, isGone);
      const logs = all.find((feed) => feed.name === 'logs') ?? assert.fail('no logs');
      const old = logs.reader.told.find(({ kind }) => kind === 'deleted')?.old ?? assert.fail('no old row');
      const tombstone = await logs.reader.changes.tombstone('Person', old, EVERYTHING);
      assert.deepEqual(tombstone?.identifier, [{ identifier_type: 'urn:id', identifier_value: 'GONE' }]);
      assert.equal(await logs.reader.changes.tombstone('Group', old, EVERYTHING), undefined);
    });

    test('the same cursor answers the same again, and a snapshot whose memory is lost tells all rows', async () => {
      const all = await feeds('all');
      for (const { name: feed, reader } of all) {
        const [source] = reader.changes.sources;
        if (source === undefined) assert.fail('no source');
        await reader.page(plugin, source, 2);
        const first = await reader.read(plugin, source, 2);
        const again = await reader.read(await world.open(), source, 2);
        assert.deepEqual(again.changes, first.changes, feed);
        assert.ok(first.changes.length > 0 && first.changes.every(({ version }) => version.length <= 200));
        if (source.kind !== 'snapshot') continue;
        await reader.poll(plugin);
        rmSync(world.stateFolder, { recursive: true });
        reader.told.length = 0;
        await reader.poll(plugin);
        assert.ok(
          reader.told.some(({ kind, touches }) => kind === 'changed' && JSON.stringify(touches.Person) === '[[1]]'),
        );
      }
    });
  });
};
