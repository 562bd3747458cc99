/** What is refused, each with its place and a way to mend it. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { located as locatedAt } from '../../src/config/place.ts';
import { readYaml } from '../../src/config/read-yaml.ts';
import { ConfigError, type Problem } from '../../src/config/source.ts';
import { readMapping } from '../../src/mapping/read.ts';
import { column, entity, read } from '../support/mapping-rig.ts';

const ENTITIES = [
  entity(
    'person',
    ['id'],
    {
      ...{ id: 'integer', a: 'text', b: 'text', n: 'integer', day: 'date', amount: 'decimal', home_id: 'integer' },
      kind: column('kind', 'text', { values: ['H', 'M'], nativeType: "enum('H','M')" }),
      short: column('short', 'text', { maxLength: 2, nativeType: 'char(2)' }),
      zero: column('zero', 'date', { zeroDates: true }),
      list: column('list', 'other', { nativeType: 'text[]' }),
      at: 'instant',
    },
    {
      papers: { entity: 'paper', on: { id: 'person_id' }, ordered: false },
      home: { entity: 'home', on: { home_id: 'id' } },
    },
  ),
  entity('paper', ['id'], { id: 'integer', person_id: 'integer', number: 'text' }),
  entity('home', ['id'], { id: 'integer' }, { members: { entity: 'person', on: { id: 'home_id' } } }),
];

const CONFIGURED = {
  person: {
    table: 'person',
    children: { papers: { entity: 'paper', on: { id: 'person_id' } }, home: { entity: 'home', on: {} } },
  },
  paper: { table: 'paper' },
  home: { table: 'home', children: { members: { entity: 'person', on: {} } } },
};

const problemsOf = (work: () => unknown): readonly Problem[] => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems;
  }
  return [];
};

const person = (fields: string, more = ''): string => `{ Person: { entity: person, fields: ${fields}${more} } }`;

/** What reading refuses: path below records, then a piece of the problem, then of the fix. */
const REFUSED_WHEN_READ: readonly (readonly [records: string, path: string, problem: RegExp, fix?: RegExp])[] = [
  ['{ Persn: { entity: person, fields: {} } }', 'Persn', /the record Persn, which is unknown/, /Person/],
  ['{ Person: { entity: persn, fields: { birth_place: a } } }', 'Person.entity', /the entity persn/, /person/],
  [person('{ birth_dat: day }'), 'Person.fields.birth_dat', /the DCI field birth_dat, which is unknown/, /birth_date/],
  [person('{ name: { surnam: a } }'), 'Person.fields.name.surnam', /the DCI field surnam/, /surname/],
  [person('{ birth_place: { from: a, empti: [x] } }'), 'Person.fields.birth_place.empti', /the key empti/, /empty/],
  [person('{ birth_place: { from: a, const: x } }'), 'Person.fields.birth_place', /has from and const/],
  [person('{ birth_place: { const: x, template: "{a}" } }'), 'Person.fields.birth_place', /has const and template/],
  [person('{ birth_place: { need: true } }'), 'Person.fields.birth_place', /nothing about where the value comes from/],
  [person('{ birth_place: { from: a, else: x } }'), 'Person.fields.birth_place.else', /else without|without codes/],
  [
    person('{ birth_place: { template: "{a}{b}" } }'),
    'Person.fields.birth_place.template',
    /neighbouring parts of open width/,
  ],
  [person('{ birth_place: { template: "{a" } }'), 'Person.fields.birth_place.template', /brace/],
  [
    person('{ sex: { from: a, codes: { M: mal } } }'),
    'Person.fields.sex.codes.M',
    /in the list sex the code mal/,
    /male/,
  ],
  [person('{ sex: { from: a, codes: { M: male }, default: none } }'), 'Person.fields.sex.default', /the code none/],
  [
    person('{ birth_place: { from: a, codes: standard } }'),
    'Person.fields.birth_place.codes',
    /no closed list/,
    /list them/,
  ],
  [
    person('{ identifier: [{ identifier_type: { from: a, codes: standard }, identifier_value: b }] }'),
    'Person.fields.identifier.0.identifier_type.codes',
    /no closed list/,
  ],
  [person('{ sex: { const: x } }'), 'Person.fields.sex.const', /the code x/],
  [person('{ is_disabled: { from: a, codes: { Y: "yes" } } }'), 'Person.fields.is_disabled.codes.Y', /is no boolean/],
  [
    person('{ birth_date: { from: a, as: number } }'),
    'Person.fields.birth_date.as',
    /is number, but the field is a date/,
  ],
  [
    person('{ birth_place: { from: a, as: integer } }'),
    'Person.fields.birth_place.as',
    /is integer, but the field is a text/,
    /as: text/,
  ],
  [person('{ birth_date: { from: a, as: dat } }'), 'Person.fields.birth_date.as', /the type dat/, /date/],
  [
    person('{ birth_date: { from: a, format: dd-MMM-yy } }'),
    'Person.fields.birth_date.format',
    /letters other than|must name/,
  ],
  [person('{ birth_place: { from: a, format: yyyy } }'), 'Person.fields.birth_place.format', /dates alone/],
  [person('{ birth_place: { from: a, match: loose } }'), 'Person.fields.birth_place.match', /the comparison loose/],
  [
    person('{ birth_place: { from: a, match: fold, search: lower } }'),
    'Person.fields.birth_place.search',
    /keeps accents/,
  ],
  [person('{ birth_place: { from: a, search: b } }'), 'Person.fields.birth_place.search', /without match/],
  [person('{ birth_place: { from: a, need: true } }'), 'Person.fields.birth_place.need', /no list item/],
  [
    person('{ phone_number: { from: a, split: ",", selective: true } }'),
    'Person.fields.phone_number.selective',
    /not searchable with split/,
  ],
  [person('{ birth_place: { expr: "$eval(a)", from: a } }'), 'Person.fields.birth_place.expr', /uses \$eval/],
  [
    person('{ birth_place: { expr: "function($x){$x}(a)", from: a } }'),
    'Person.fields.birth_place.expr',
    /a function of its own/,
  ],
  [
    person('{ birth_place: { expr: "$contains(a, /x/)", from: a } }'),
    'Person.fields.birth_place.expr',
    /a regular expression/,
  ],
  [person('{ birth_place: { expr: "a &", from: a } }'), 'Person.fields.birth_place.expr', /is not JSONata/],
  [person('{ birth_place: { expr: a } }'), 'Person.fields.birth_place', /expr without from/],
  [person('{ birth_place: [a] }'), 'Person.fields.birth_place', /is a list, but the field holds one value/],
  [person('{ name: a }'), 'Person.fields.name', /the field is an object/],
  [person('{ name: { from: a } }'), 'Person.fields.name.from', /gives one value/],
  [
    person('{ birth_place: { each: papers, from: number } }'),
    'Person.fields.birth_place.each',
    /holds one value/,
    /first/,
  ],
  [
    person('{ phone_number: [ { each: paper, from: number } ] }'),
    'Person.fields.phone_number.0.each',
    /the child paper/,
    /papers/,
  ],
  [person('{ birth_place: a }', ', attributes: { dob: birth_dat }'), 'Person.attributes.dob', /the path birth_dat/],
  [
    person('{ phone_number: { from: a, split: "," } }', ', attributes: { tel: phone_number }'),
    'Person.attributes.tel',
    /made with split/,
  ],
  [
    person('{ birth_place: { expr: a, from: a } }', ', attributes: { place: birth_place }'),
    'Person.attributes.place',
    /made with expr/,
  ],
  [
    person('{ birth_place: a }', ', attributes: { sex: birth_place }'),
    'Person.attributes.sex',
    /the name of the DCI field/,
  ],
  [
    person('{ name: { surname: a } }', ', attributes: { name.surname: { from: b } }'),
    'Person.attributes.name.surname',
    /has the name of the field name.surname/,
  ],
  [
    person('{ birth_place: a }', ', attributes: { in_area: { within: birth_place } }'),
    'Person.attributes.in_area',
    /no locations/,
  ],
  [
    '{ Member: { entity: person, fields: { member_identifier: { same: Person.identifier } } } }',
    'Member.fields.member_identifier.same',
    /not mapped/,
  ],
  [
    '{ Member: { entity: person, fields: { demographic_info: { record: Person } } } }',
    'Member.fields.demographic_info.record',
    /the record Person/,
  ],
  [
    '{ Member: { entity: person, fields: { demographic_info: { birth_place: a } } } }',
    'Member.fields.demographic_info',
    /must be a Person/,
  ],
  [
    '{ Group: { entity: home, fields: { group_head_info: { record: Member } } }, Member: { entity: person, fields: { is_disabled: { from: n } } } }',
    'Group.fields.group_head_info.record',
    /mapped from person, but stands on rows of home/,
  ],
  [
    '{ Member: { entity: person, fields: { is_disabled: { from: n }, related_person: [ { related_member: { record: Member } } ] } } }',
    'Member.fields.related_person.0.related_member.record',
    /circle of records/,
    /only/,
  ],
  [
    '{ Member: { entity: person, fields: { is_disabled: { from: n }, demographic_info: { record: Person, only: [nam] } } }, Person: { entity: person, fields: { name: { surname: a } } } }',
    'Member.fields.demographic_info.only',
    /of Person the field nam/,
    /name/,
  ],
  [
    '{ Member: { entity: person, fields: { is_disabled: { from: n }, demographic_info: { record: Person, only: [name.nam] } } }, Person: { entity: person, fields: { name: { surname: a } } } }',
    'Member.fields.demographic_info.only',
    /names name.nam, which Person does not map/,
  ],
];

test('a mapping that cannot be right is refused when it is read, with its place and a fix', () => {
  for (const [records, path, problem, fix] of REFUSED_WHEN_READ) {
    const problems = problemsOf(() => read(`records: ${records}`, { entities: CONFIGURED }));
    const found = problems.find((each) => each.path === `records.${path}` && problem.test(each.problem));
    assert.ok(found, `${records}\n expected ${path} ${problem}\n found ${JSON.stringify(problems)}`);
    assert.equal(found.at, `mapping.yaml:records.${path}`);
    if (fix !== undefined) assert.match(found.fix ?? '', fix);
  }
});

const REFUSED_WHEN_BOUND: readonly (readonly [records: string, path: string, problem: RegExp])[] = [
  [person('{ birth_place: gone }'), 'Person.fields.birth_place', /of person the column gone/],
  [person('{ birth_place: { from: a, when: { gone: 1 } } }'), 'Person.fields.birth_place.when', /the column gone/],
  [person('{ birth_place: { from: a, when: { n: x } } }'), 'Person.fields.birth_place.when.n', /can never be x/],
  [
    person('{ birth_place: { from: a, when: { at: "2024-01-01T00:00:00Z" } } }'),
    'Person.fields.birth_place.when.at',
    /can never be 2024-01-01T00:00:00Z: at is instant/,
  ],
  [
    person('{ birth_place: list }'),
    'Person.fields.birth_place',
    /list is text\[\], a list in the writing of the database/,
  ],
  [
    person('{ sex: { from: n, codes: { "01": male } } }'),
    'Person.fields.sex.codes.01',
    /can never be in the column: n is integer/,
  ],
  [
    person('{ sex: { from: kind, codes: standard } }'),
    'Person.fields.sex.codes',
    /standard, but any of these can never/,
  ],
  [
    person('{ sex: { from: kind, codes: { X: male } } }'),
    'Person.fields.sex.codes.X',
    /can never be in the column: kind is enum/,
  ],
  [person('{ sex: { from: short, codes: { MAN: male } } }'), 'Person.fields.sex.codes.MAN', /char\(2\)/],
  [
    person('{ birth_date: { from: zero, as: date } }'),
    'Person.fields.birth_date',
    /zero dates, but empty says nothing/,
  ],
  [person('{ birth_date: n }'), 'Person.fields.birth_date', /is a date, but n is integer/],
  [
    person('{ birth_date: { from: day, format: yyyyMMdd } }'),
    'Person.fields.birth_date.format',
    /kept as text, but day is date/,
  ],
  [person('{ is_disabled: a }'), 'Person.fields.is_disabled', /is a boolean, but a is text/],
  [person('{ birth_place: { template: "{amount}" } }'), 'Person.fields.birth_place', /puts amount into a template/],
  [
    person('{ birth_place: { from: n, match: nocase } }'),
    'Person.fields.birth_place.match',
    /folds text, but n is integer/,
  ],
  [
    person('{ birth_place: { from: a, match: fold, search: n } }'),
    'Person.fields.birth_place.search',
    /no text column/,
  ],
  [person('{ birth_place: { first: papers, from: number } }'), 'Person.fields.birth_place.first', /no total order/],
];

test('a mapping that does not fit the registry is refused when it is bound', () => {
  for (const [records, path, problem] of REFUSED_WHEN_BOUND) {
    const unbound = read(`records: ${records}`);
    const problems = problemsOf(() => unbound.bind(ENTITIES));
    const found = problems.find((each) => each.path === `records.${path}` && problem.test(each.problem));
    assert.ok(found, `${records}\n expected ${path} ${problem}\n found ${JSON.stringify(problems)}`);
  }
});

test('locations name an entity and its columns', () => {
  const yaml = (locations: string): string => `records: ${person('{ birth_place: a }')}\nlocations: ${locations}`;
  assert.match(problemsOf(() => read(yaml('{ entity: home, id: id }')))[0]?.problem ?? '', /lacks name/);
  assert.match(
    problemsOf(() => read(yaml('{ entity: hom, id: id, name: id }'), { entities: CONFIGURED }))[0]?.fix ?? '',
    /home/,
  );
  assert.match(
    problemsOf(() => read(yaml('{ entity: home, id: id, name: title }')).bind(ENTITIES))[0]?.problem ?? '',
    /of home the column title/,
  );
});

test('an unknown time zone and an empty mapping are refused', () => {
  assert.match(
    problemsOf(() => read(`records: ${person('{ birth_place: a }')}`, { timezone: 'Africa/Nairobbi' }))[0]?.problem ??
      '',
    /time zone/,
  );
  assert.match(problemsOf(() => read('records: {}'))[0]?.problem ?? '', /at least one record/);
});

test('every mistake is told at once, with file, line and column', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mapping-'));
  try {
    const file = join(folder, 'registry.yaml');
    await writeFile(
      file,
      'records:\n  Person:\n    entity: person\n    fields:\n      birth_dat: day\n      sex: { from: a, codes: { M: mal } }\n',
    );
    const { value, place } = await readYaml(file, {}, []);
    const problems = problemsOf(() => readMapping(locatedAt(value, place), { domain: 'social' }));
    assert.deepEqual(
      problems.map(({ at }) => at.slice(folder.length + 1)),
      ['registry.yaml:5:7', 'registry.yaml:6:32'],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
