/** Changes of files: what differs from the last look, however often they were replaced and whoever restarted in between. */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import type { CsvConfig } from '../../../plugins/csv/config.ts';
import type { CsvBackend } from '../../../plugins/csv/csv-backend.ts';
import csv from '../../../plugins/csv/index.ts';
import { callContext } from '../../contract/plugin.suite.ts';
import { ChangeReader, statesOf } from '../../support/change-reader.ts';
import { RECORDS } from '../../support/change-worlds.ts';
import { EVERYTHING, read } from '../../support/mapping-rig.ts';
import { type Folder, makeFolder } from './files.ts';

const INTEGERS = { person_id: 'integer', hh_id: 'integer', deleted: 'integer' };
const CONFIG: CsvConfig = {
  reload_every: 'never',
  files: {
    households: { file: 'households.csv', types: { hh_id: 'integer' } },
    persons: { file: 'persons.csv', types: INTEGERS },
    papers: { file: 'papers.csv', types: { paper_id: 'integer', person_id: 'integer' } },
  },
  entities: {
    household: {
      table: 'households',
      key: 'hh_id',
      children: { members: { entity: 'person', on: { hh_id: 'hh_id' }, order: ['person_id'] } },
    },
    person: {
      table: 'persons',
      key: 'person_id',
      live: { deleted: 0 },
      children: { papers: { entity: 'paper', on: { person_id: 'person_id' }, order: ['paper_id'] } },
    },
    paper: { table: 'papers', key: 'paper_id' },
  },
};

const CHANGES = {
  sources: [
    {
      ...{ entity: 'person', snapshot: true, touches: { Person: 'person_id', Group: 'hh_id' } },
      ...{ event: 'DEATH', where: { surname: 'Dead' } },
    },
    { entity: 'household', snapshot: true, touches: { Group: 'hh_id' } },
  ],
};

type Cell = string | number;
type Person = readonly [id: number, hh: Cell, nationalId: string, surname: string, deleted: number];

const lines = (head: string, rows: Iterable<readonly Cell[]>): string =>
  [head, ...[...rows].map((row) => row.join())].join('\n');

interface World extends Disposable {
  readonly folder: Folder;
  readonly persons: Map<number, Person>;
  readonly papers: Map<number, readonly [number, number, string]>;
  write(): void;
  open(): Promise<CsvBackend>;
}

const makeWorld = (): World => {
  const folder = makeFolder({
    'households.csv': lines(
      'hh_id,code',
      [1, 2, 3].map((hh) => [hh, `H${hh}`]),
    ),
  });
  const persons = new Map<number, Person>([
    [1, [1, 1, 'N1', 'First', 0]],
    [2, [2, 1, 'N2', 'Second', 0]],
  ]);
  const papers = new Map<number, readonly [number, number, string]>([[1, [1, 1, 'P1']]]);
  const silent = () => undefined;
  const world = {
    ...{ folder, persons, papers },
    write: () => {
      folder.write('persons.csv', lines('person_id,hh_id,national_id,surname,deleted', persons.values()));
      folder.write('papers.csv', lines('paper_id,person_id,number', papers.values()));
    },
    open: async () => {
      const backend = (await csv.create(CONFIG, {
        ...{ registry: 'test', baseFolder: folder.path, stateFolder: join(folder.path, 'state') },
        log: { debug: silent, info: silent, warn: silent, error: silent },
        progress: silent,
      })) as CsvBackend; // its own definition makes it
      await backend.describe(callContext());
      return backend;
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
  world.write();
  return world;
};

const readerOn = async (backend: CsvBackend, begin: 'now' | 'all'): Promise<ChangeReader> => {
  const mapping = read(stringify({ records: RECORDS, changes: CHANGES }), { entities: CONFIG.entities });
  return new ChangeReader(mapping.bind(await backend.describe(callContext())), begin);
};

test('created, updated and deleted rows of a replaced file are told, the deleted ones with what identified them', async () => {
  using world = makeWorld();
  const backend = await world.open();
  const reader = await readerOn(backend, 'now');
  await reader.poll(backend);
  assert.equal(reader.told.length, 0, 'what was there before is no change');
  world.persons.set(1, [1, 3, 'N1', 'First', 0]);
  world.persons.delete(2);
  world.persons.set(3, [3, 2, 'N3', 'Dead', 0]);
  world.papers.set(1, [1, 3, 'P1']);
  world.write();
  await reader.poll(backend);
  assert.equal(reader.told.length, 0, 'not before the files are taken over');
  await backend.reload();
  await reader.poll(backend);
  const told = reader.told.filter(({ source }) => source.startsWith('person'));
  assert.deepEqual(
    told.map(({ kind, touches, event }) => [kind, touches, event]),
    [
      ['updated', { Person: [[1]], Group: [[1], [3]] }, undefined],
      ['created', { Person: [[3]], Group: [[2]] }, 'DEATH'],
      ['deleted', { Person: [[2]], Group: [[1]] }, undefined],
    ],
  );
  const old = told.find(({ kind }) => kind === 'deleted')?.old ?? assert.fail('no old row');
  assert.equal(Object.hasOwn(old.row.columns, 'surname'), false, 'only what identifies is remembered');
  const tombstone = await reader.changes.tombstone('Person', old, EVERYTHING);
  assert.deepEqual(tombstone?.identifier, [{ identifier_type: 'urn:id', identifier_value: 'N2' }]);
  const before = told.find(({ kind }) => kind === 'updated')?.old ?? assert.fail('no old row');
  const was = await reader.changes.tombstone('Person', before, EVERYTHING);
  assert.deepEqual(was?.identifier, [
    { identifier_type: 'urn:id', identifier_value: 'N1' },
    { identifier_type: 'urn:paper', identifier_value: 'P1' },
  ]);
  await backend.close();
});

test('files replaced at random, pages lost, restarts in between: every record ends as it is', async () => {
  using world = makeWorld();
  let backend = await world.open();
  const reader = await readerOn(backend, 'all');
  let state = 20261122;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const change = () => {
    const id = 1 + random(9);
    const kind = random(5);
    if (kind === 0) world.persons.delete(id);
    else if (kind === 1) world.papers.set(id, [id, 1 + random(9), `P${random(50)}`]);
    else
      world.persons.set(id, [
        id,
        random(4) === 0 ? '' : 1 + random(3),
        `N${id}`,
        `x${random(30)}`,
        random(3) === 0 ? 1 : 0,
      ]);
  };
  for (let round = 0; round < 12; round += 1) {
    for (let changes = 1 + random(4); changes > 0; changes -= 1) change();
    world.write();
    if (random(3) > 0) await backend.reload();
    if (random(5) === 0) {
      await backend.close();
      backend = await world.open();
    }
    for (const source of reader.changes.sources) {
      if (random(3) === 0) await reader.page(backend, source, 2, false);
      for (let pages = random(4); pages > 0; pages -= 1) await reader.page(backend, source, 1 + random(3));
    }
  }
  await backend.reload();
  await reader.poll(backend, 3);
  for (const [type, count] of [
    ['Person', 9],
    ['Group', 3],
  ] as const) {
    const keys = Array.from({ length: count }, (_, n) => [n + 1]);
    for (const [record, actual] of await statesOf(reader.changes, backend, type, keys))
      assert.equal(reader.known.get(record) ?? 'deleted', actual, record);
  }
  assert.ok(reader.told.some(({ kind }) => kind === 'deleted') && reader.told.some(({ kind }) => kind === 'updated'));
  await backend.close();
});

test('files that stay the same are not looked through again, and a lost memory tells every row', async () => {
  using world = makeWorld();
  const backend = await world.open();
  const reader = await readerOn(backend, 'now');
  await reader.poll(backend);
  const [source] = reader.changes.sources;
  if (source === undefined) assert.fail('no source');
  const cursor = reader.cursors.get(source.id);
  await reader.poll(backend);
  assert.equal(reader.cursors.get(source.id), cursor);
  rmSync(join(world.folder.path, 'state'), { recursive: true });
  await reader.poll(backend);
  assert.deepEqual(
    reader.told.filter(({ source: id }) => id === source.id).map(({ kind, touches }) => [kind, touches.Person]),
    [
      ['changed', [[1]]],
      ['changed', [[2]]],
    ],
  );
  await backend.close();
});
