import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordModel } from '../../src/dci/attribute.ts';
import type { Filter, Operator, RawFilter } from '../../src/dci/filter.ts';
import { resolveFilter } from '../../src/query/resolve.ts';
import { evaluate } from '../support/evaluate-filter.ts';
import fc from '../support/fast-check.ts';
import { GROUP, PERSON } from '../support/models.ts';

const COMPARISONS = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const satisfies readonly Operator[];

const satisfies = (left: number, operator: (typeof COMPARISONS)[number], right: number): boolean =>
  ({
    eq: left === right,
    ne: left !== right,
    gt: left > right,
    ge: left >= right,
    lt: left < right,
    le: left <= right,
  })[operator];

/** Completed years, counted the way a person would: has this year's birthday come? */
const ageOn = (birth: string, today: string): number => {
  const years = Number(today.slice(0, 4)) - Number(birth.slice(0, 4));
  return today.slice(5) < birth.slice(5) ? years - 1 : years;
};

const raw = (attribute: string, operator: Operator, value: string | readonly string[]): RawFilter => ({
  kind: 'compare',
  attribute,
  operator,
  value,
});

const day = (min: string, max: string): fc.Arbitrary<string> =>
  fc
    .date({ min: new Date(min), max: new Date(max), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
const leapDay = fc.constantFrom('1904-02-29', '1996-02-29', '2000-02-29', '2004-02-29', '2020-02-29');
const birth = fc.oneof({ weight: 3, arbitrary: day('1900-01-01', '2030-01-01') }, leapDay);
const today = fc.oneof(
  day('2019-01-01', '2030-01-01'),
  fc.constantFrom('2024-02-29', '2024-02-28', '2024-03-01', '2023-02-28', '2023-03-01'),
);

const finds = (
  filter: RawFilter,
  record: { readonly [field: string]: unknown },
  now: string,
  model: RecordModel = PERSON,
) => evaluate(resolveFilter(filter, model, { today: now }), record);

test('age counts completed years on the day, for every operator, births on 29 February included', () => {
  fc.assert(
    fc.property(
      birth,
      today,
      fc.integer({ min: -2, max: 2 }),
      fc.constantFrom(...COMPARISONS),
      (born, now, near, operator) => {
        const age = ageOn(born, now);
        const asked = Math.max(0, age + near);
        assert.equal(
          finds(raw('age', operator, String(asked)), { birth_date: born }, now),
          satisfies(age, operator, asked),
          `${born} on ${now}: ${age} ${operator} ${asked}`,
        );
      },
    ),
    { numRuns: 3_000 },
  );
});

test('someone born on 29 February is a year older on 1 March of a common year', () => {
  const born = { birth_date: '2000-02-29' };
  assert.equal(finds(raw('age', 'eq', '22'), born, '2023-02-28'), true);
  assert.equal(finds(raw('age', 'eq', '23'), born, '2023-03-01'), true);
  assert.equal(finds(raw('age', 'eq', '24'), born, '2024-02-29'), true);
});

test('a year of birth is the year of the birth date, for every operator', () => {
  fc.assert(
    fc.property(birth, fc.integer({ min: -1, max: 1 }), fc.constantFrom(...COMPARISONS), (born, near, operator) => {
      const year = Number(born.slice(0, 4));
      const asked = year + near;
      for (const name of ['YOB', 'year_of_birth', 'birth_year']) {
        assert.equal(
          finds(raw(name, operator, String(asked)), { birth_date: born }, '2026-11-22'),
          satisfies(year, operator, asked),
        );
      }
    }),
    { numRuns: 500 },
  );
});

test('a list of ages and years finds and leaves out exactly those, however they lie', () => {
  fc.assert(
    fc.property(
      birth,
      today,
      fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 8 }),
      (born, now, near) => {
        const own = { age: ageOn(born, now), YOB: Number(born.slice(0, 4)) };
        for (const name of ['age', 'YOB'] as const) {
          const asked = near.map((each) => Math.max(own[name] + each - 3, 1));
          const within = asked.includes(own[name]);
          const listed = asked.map(String);
          assert.equal(finds(raw(name, 'in', listed), { birth_date: born }, now), within && own[name] >= 0);
          assert.equal(finds(raw(name, 'nin', listed), { birth_date: born }, now), !within);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('neighbouring ages, years and days are one span, so that a long list of them is no long query', () => {
  const spans = (filter: RawFilter) => JSON.stringify(resolveFilter(filter, PERSON, { today: '2026-11-22' })).match(/"operator":"ge"/g)?.length; // biome-ignore format: one look
  const ages = Array.from({ length: 1000 }, (_, index) => String((index * 7) % 1000));
  assert.equal(spans(raw('age', 'in', ages)), 1);
  assert.equal(spans(raw('age', 'in', ages.slice(0, 100))), 100);
  assert.equal(spans(raw('registration_date', 'in', ['2024-02-29', '2024-02-28', '2024-03-01', '2024-03-03'])), 2);
});

test('nobody without a birth date satisfies an age or its negation, one or in a list', () => {
  for (const operator of COMPARISONS) {
    for (const name of ['age', 'YOB']) {
      assert.equal(finds(raw(name, operator, '18'), {}, '2026-11-22'), false, `${name} ${operator}`);
      assert.equal(finds(raw(`members.${name}`, operator, '18'), { member_list: [{}] }, '2026-11-22', GROUP), false);
    }
  }
  assert.equal(finds(raw('age', 'in', ['17', '18']), {}, '2026-11-22'), false);
  assert.equal(finds(raw('age', 'nin', ['17', '18']), {}, '2026-11-22'), false);
  assert.equal(finds({ kind: 'compare', attribute: 'age', operator: 'exists', value: false }, {}, '2026-11-22'), true);
});

test("members' ages: some member is, or members have ages and none is", () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(birth, { nil: undefined }), { maxLength: 4 }),
      fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (births, asked, negated) => {
        const now = '2026-11-22';
        const record = {
          member_list: births.map((each) => (each === undefined ? {} : { demographic_info: { birth_date: each } })),
        };
        const ages = births.filter((each) => each !== undefined).map((each) => ageOn(each, now));
        const some = ages.some((age) => asked.includes(age));
        const expected = negated ? ages.length > 0 && !some : some;
        assert.equal(
          finds(raw('member_list.age', negated ? 'nin' : 'in', asked.map(String)), record, now, GROUP),
          expected,
        );
      },
    ),
    { numRuns: 1_000 },
  );
});

test('every bound is a day that exists: a database refuses 29 February of a common year', () => {
  const dates = (filter: Filter): readonly unknown[] =>
    filter.kind === 'compare' ? filter.values : 'of' in filter ? [filter.of].flat().flatMap(dates) : [];
  for (const now of ['2024-02-29', '2024-02-28', '2024-03-01', '2026-11-22', '2026-12-31', '2026-01-01']) {
    for (const operator of COMPARISONS) {
      for (const age of ['0', '1', '3', '4', '100', '1000']) {
        const found = dates(resolveFilter(raw('age', operator, age), PERSON, { today: now }));
        assert.ok(found.length > 0);
        for (const date of found) assert.equal(new Date(`${date}T00:00:00Z`).toISOString().slice(0, 10), date);
      }
    }
  }
});
