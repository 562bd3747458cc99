/** The `changes` section: what each form becomes, what is refused and where, and how touched records are read again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { ConfigError } from '../../../src/config/source.ts';
import { MAX_KEYS } from '../../../src/mapping/mapping.ts';
import type { ChangeSource } from '../../../src/plugin.ts';
import { EVERYTHING, entity, read, showing, where } from '../../support/mapping-rig.ts';

const ENTITIES = [
  entity(
    'person',
    ['id'],
    {
      ...{ id: 'integer', hh_prov: 'text', hh_no: 'integer', national_id: 'text', name: 'text', dead: 'integer' },
      ...{ touched: 'instant', written: 'datetime', day: 'date' },
    },
    { papers: { entity: 'paper', on: { id: 'person_id' } } },
  ),
  entity('paper', ['id'], { id: 'integer', person_id: 'integer', number: 'text', touched: 'instant' }),
  entity('household', ['prov', 'no'], { prov: 'text', no: 'integer', score: 'integer', touched: 'instant' }),
];

const RECORDS = {
  Person: {
    entity: 'person',
    fields: {
      identifier: [
        { identifier_type: { const: 'urn:id' }, identifier_value: { from: 'national_id', need: true } },
        { each: 'papers', identifier_type: { const: 'urn:paper' }, identifier_value: { from: 'number', need: true } },
      ],
      name: { surname: 'name' },
    },
  },
  Group: {
    entity: 'household',
    fields: {
      group_identifier: { identifier_type: { const: 'urn:hh' }, identifier_value: { template: '{prov}-{no}' } },
    },
  },
};

const CONFIGURED = {
  person: { table: 'person', children: { papers: { entity: 'paper', on: { id: 'person_id' } } } },
  paper: { table: 'paper' },
  household: { table: 'household' },
};

const bind = (changes: object, options: { timezone?: string } = {}) =>
  read(stringify({ records: RECORDS, changes }), { ...options, entities: CONFIGURED }).bind(ENTITIES);

const sourcesOf = (...sources: readonly object[]): readonly ChangeSource[] =>
  bind({ timezone: 'Africa/Nairobi', overlap: '2d', sources }).changes?.sources ?? [];

const touches = { Person: 'id', Group: ['hh_prov', 'hh_no'] };
const TOUCHES = {
  Person: { entity: 'person', columns: ['id'] },
  Group: { entity: 'household', columns: ['hh_prov', 'hh_no'] },
};

test('each form of a source becomes what a plugin polls, every time column for itself', () => {
  const common = {
    kind: 'columns',
    touches: TOUCHES,
    entity: 'person',
    overlapMs: 172_800_000,
    timezone: 'Africa/Nairobi',
  };
  assert.deepEqual(sourcesOf({ entity: 'person', at: ['touched', 'day'], touches }), [
    { ...common, id: 'person.touched', column: 'touched', undated: true },
    { ...common, id: 'person.day', column: 'day', undated: false },
  ]);
  assert.deepEqual(sourcesOf({ entity: 'person', sweep: '1d', touches }), [
    { kind: 'sweep', id: 'person.sweep', touches: TOUCHES, entity: 'person', everyMs: 86_400_000 },
  ]);
  const op = { from: 'what', codes: { I: 'created', D: 'deleted' } };
  const old = { national_id: 'old_id' };
  assert.deepEqual(sourcesOf({ log: 'aud', seq: 'n', op, touches, entity: 'person', old }), [
    {
      ...{ kind: 'log', id: 'log.aud', touches: TOUCHES, table: 'aud', seq: 'n', overlapMs: 172_800_000 },
      ...{ op: { column: 'what', kinds: { I: 'created', D: 'deleted' } }, old: { entity: 'person', columns: old } },
    },
  ]);
});

test('a snapshot compares all that the record shows, and keeps what identifies it', () => {
  const [source] = sourcesOf({ entity: 'person', snapshot: true, touches });
  if (source?.kind !== 'snapshot') assert.fail('no snapshot');
  assert.equal(source.everyMs, 10_000);
  assert.deepEqual([...source.select.columns].sort(), ['hh_no', 'hh_prov', 'id', 'name', 'national_id']);
  assert.deepEqual(source.keep.columns, ['national_id']);
  const kept = Object.entries(source.keep.children);
  assert.deepEqual(
    kept.map(([, { child, columns }]) => [child, columns]),
    [['papers', ['number']]],
  );
  assert.equal(
    kept.every(([alias]) => Object.hasOwn(source.select.children, alias)),
    true,
  );
});

test('an event names what a change means, with values as the column holds them; pushed records are not polled', () => {
  const event = { event: 'DEATH', where: { dead: true, name: ['x', null] } };
  const [source] = sourcesOf({ entity: 'person', at: 'touched', touches, ...event });
  assert.equal(source?.id, 'person.touched:DEATH');
  assert.deepEqual(source?.event, { name: 'DEATH', where: { dead: [1], name: ['x', null] } });
  const changes = bind({ sources: [{ push: true, touches: { Person: 'id' } }] }).changes;
  assert.deepEqual(
    [changes?.sources, [...(changes?.pushed ?? [])], [...(changes?.recordTypes ?? [])]],
    [[], ['Person'], ['Person']],
  );
});

const problemsOf = (changes: unknown, timezone?: string): string => {
  try {
    bind(changes as object, timezone === undefined ? {} : { timezone });
  } catch (error) {
    if (error instanceof ConfigError)
      return error.problems.map(({ at, problem, fix }) => `${at} ${problem}; ${fix}`).join('\n');
    throw error;
  }
  return 'nothing is refused';
};

const one = (source: object, more: object = {}) => ({ ...more, sources: [source] });
const person = { entity: 'person', at: 'touched', touches: { Person: 'id' } };

const REFUSED: readonly (readonly [name: string, changes: unknown, expected: RegExp])[] = [
  ['no sources', { every: '10s' }, /changes\.sources must be a list/],
  ['an unknown key', one(person, { evry: '10s' }), /changes\.evry .*every/],
  [
    'a wrong duration',
    one(person, { every: 'often', overlap: '1s' }),
    /changes\.every is no duration[\s\S]*changes\.overlap is shorter than 5 s/,
  ],
  ['an unknown zone', one(person, { timezone: 'Nairobi' }), /changes\.timezone is not a known time zone/],
  ['no form', one({ entity: 'person', touches }), /sources\.0 is no source of changes/],
  ['two forms', one({ ...person, sweep: '1d' }), /sources\.0 has at and sweep/],
  ['an unknown key of a form', one({ ...person, seq: 'n' }), /sources\.0\.seq names the key seq/],
  ['an unknown entity', one({ ...person, entity: 'persn' }), /sources\.0\.entity .*person/],
  ['no touches', one({ entity: 'person', at: 'touched' }), /sources\.0 does not say which records/],
  ['an unknown record', one({ ...person, touches: { Persn: 'id' } }), /touches\.Persn names the record Persn/],
  [
    'too few key columns',
    one({ ...person, touches: { Group: 'hh_no' } }),
    /touches\.Group names 1 columns, but the key of household is prov, no/,
  ],
  [
    'key columns of another type',
    one({ ...person, touches: { Person: 'name' } }),
    /touches\.Person takes name \(text\) for the key id \(integer\)/,
  ],
  ['an unknown column', one({ ...person, touches: { Person: 'idd' } }), /touches\.Person .*the column idd/],
  ['an unknown time column', one({ ...person, at: 'tuched' }), /sources\.0\.at .*the column tuched/],
  ['a time column that is none', one({ ...person, at: 'name' }), /sources\.0\.at is no time of a change: name is text/],
  [
    'a column without a zone',
    one({ ...person, at: 'written' }),
    /sources\.0\.at has no zone: written is datetime; add timezone/,
  ],
  [
    'days with a short overlap',
    one({ ...person, at: 'day' }, { timezone: 'UTC' }),
    /sources\.0\.at knows days only, but the overlap is shorter/,
  ],
  [
    'a push that tells its event by a condition',
    one({ push: true, event: 'DEATH', where: { a: true }, touches }),
    /sources\.0\.where a push says its event itself/,
  ],
  ['the same source twice', { sources: [person, person] }, /sources\.1 stands there twice/],
  ['a log without a number', one({ log: 'aud', touches: { Person: 'id' } }), /sources\.0 lacks seq/],
  [
    'a kind of change that is none',
    one({ log: 'aud', seq: 'n', op: { from: 'o', codes: { I: 'new' } }, touches }),
    /op\.codes\.I .*created/,
  ],
  [
    'old values of nobody',
    one({ log: 'aud', seq: 'n', touches, old: { name: 'o' } }),
    /sources\.0\.old does not say whose/,
  ],
  [
    'old values that do not identify',
    one({ log: 'aud', seq: 'n', touches, entity: 'person', old: { name: 'o' } }),
    /sources\.0\.old lacks national_id, of which the identifiers of Person/,
  ],
  [
    'a condition without an event',
    one({ ...person, where: { dead: 1 } }),
    /sources\.0\.where says which rows are an event/,
  ],
  ['an event in small letters', one({ ...person, event: 'death' }), /sources\.0\.event must be the name of an event/],
  [
    'a condition on no column',
    one({ ...person, event: 'DEATH', where: { ded: 1 } }),
    /sources\.0\.where .*the column ded/,
  ],
  [
    'a condition that never holds',
    one({ ...person, event: 'DEATH', where: { dead: 'yes' } }),
    /where\.dead can never be yes/,
  ],
];

for (const [name, changes, expected] of REFUSED)
  test(`refused with its place: ${name}`, () => assert.match(problemsOf(changes), expected));

test('the zone of the backend is that of its change columns too', () => {
  assert.equal(problemsOf(one({ ...person, at: 'written' }), 'Africa/Nairobi'), 'nothing is refused');
});

test("a plugin's problems get the place of the source they are about", () => {
  const { changes } = bind(one(person));
  changes?.refuse([]);
  const refuse = () => changes?.refuse([{ source: 'person.touched', problem: 'is odd' }]);
  assert.throws(
    refuse,
    (error) => error instanceof ConfigError && error.problems[0]?.at === 'mapping.yaml:changes.sources.0',
  );
});

test('touched records are read by their keys, live or not, within the view and a filter', () => {
  const mapping = bind(one(person));
  const { changes } = mapping;
  const group = changes?.byKey(
    'Group',
    [
      ['P', 7],
      ['Q', 8],
    ],
    EVERYTHING,
  );
  const pair = (prov: string, no: number) => ({
    kind: 'and',
    of: [
      { kind: 'compare', column: 'prov', op: 'eq', value: prov },
      { kind: 'compare', column: 'no', op: 'eq', value: no },
    ],
  });
  assert.equal(group?.query?.deleted, 'with');
  assert.deepEqual(group?.query?.filter, { kind: 'or', of: [pair('P', 7), pair('Q', 8)] });
  assert.deepEqual(group?.keyOf({ columns: { no: 7, prov: 'P' }, children: {} }), ['P', 7]);
  const seen = showing({ rows: where(mapping, 'Person', 'name.surname', 'eq', 'Mine') });
  const filter = where(mapping, 'Person', 'name.surname', 'gt', 'Ab');
  const query = changes?.byKey('Person', [[1], [2]], { of: () => seen }, { filter })?.query;
  const text = JSON.stringify(query?.filter);
  assert.match(text, /Ab/);
  assert.match(text, /Mine/);
  assert.match(text, /"column":"id","values":\[1,2\]/);
  assert.equal(changes?.byKey('Person', [], EVERYTHING).query, undefined);
  assert.throws(
    () =>
      changes?.byKey(
        'Person',
        Array.from({ length: MAX_KEYS + 1 }, (_, n) => [n]),
        EVERYTHING,
      ),
    RangeError,
  );
});

test('a tombstone holds the identifiers that the view shows, and nothing of a row of something else', async () => {
  const { changes } = bind(one(person));
  const row = {
    columns: { national_id: 'N1', name: 'Secret', id: 1 },
    children: { 'Person papers_1': [{ columns: { number: 'P1' }, children: {} }] },
  };
  const all = await changes?.tombstone('Person', { entity: 'person', row }, EVERYTHING);
  assert.deepEqual(all?.identifier, [
    { identifier_type: 'urn:id', identifier_value: 'N1' },
    { identifier_type: 'urn:paper', identifier_value: 'P1' },
  ]);
  assert.equal(JSON.stringify(all).includes('Secret'), false);
  const papers = showing({ showsIdentifier: (type) => type === 'urn:paper', identifierTypes: ['urn:paper'] });
  const some = await changes?.tombstone('Person', { entity: 'person', row }, { of: () => papers });
  assert.deepEqual(some?.identifier, [{ identifier_type: 'urn:paper', identifier_value: 'P1' }]);
  const none = showing({ showsIdentifier: (type) => type === 'urn:other', identifierTypes: ['urn:other'] });
  assert.equal(await changes?.tombstone('Person', { entity: 'person', row }, { of: () => none }), undefined);
  assert.equal(await changes?.tombstone('Group', { entity: 'person', row }, EVERYTHING), undefined);
});
