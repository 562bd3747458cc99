/** Rows that are looked up together are answered as each would be by itself, and cost few queries. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitsConfig, RegistryConfig } from '../../../src/config/config.ts';
import { GatewayError } from '../../../src/errors.ts';
import type { RegistryQuery } from '../../../src/plugin.ts';
import type { DataLimits } from '../../../src/registry/data-limits.ts';
import { createFileRunner, type FileWork } from '../../../src/registry/files/file-runner.ts';
import type { FileRow } from '../../../src/registry/files/read-rows.ts';
import { createRunSearch } from '../../../src/registry/search.ts';
import type { RegistryRights } from '../../../src/security/rights.ts';
import { entity, read } from '../../support/mapping-rig.ts';
import { createMemoryPlugin } from '../../support/memory-plugin.ts';
import { partnerOf } from '../../support/partners.ts';
import { QUERY_LIMITS } from '../../support/query-limits.ts';
import { rightsOf } from '../../support/rights.ts';
import { silentLog } from '../../support/signing-partner.ts';

const NATIONAL = 'urn:gov:national-id';
const PASSPORT = 'urn:gov:passport';

const ENTITIES = [
  entity(
    'person',
    ['id'],
    { id: 'text', national_id: 'text', given: 'text', region: 'text' },
    { papers: { entity: 'paper', on: { id: 'person' } } },
  ),
  entity('paper', ['id'], { id: 'text', person: 'text', kind: 'text', number: 'text' }),
];

const UNBOUND = read(`
records:
  Person:
    entity: person
    fields:
      identifier:
        - { identifier_type: { const: "${NATIONAL}" }, identifier_value: { from: national_id, need: true } }
        - { each: papers, identifier_type: { from: kind, codes: { P: "${PASSPORT}", L: "urn:gov:licence" } }, identifier_value: { from: number, need: true } }
      name: { given_name: given }
      address: [{ region_code: region }]
`);

const PERSONS = Array.from({ length: 40 }, (_, n) => ({
  id: `p${n}`,
  national_id: String(n),
  given: `A${n}`,
  region: `R${n % 2}`,
}));
const PAPERS = PERSONS.flatMap(({ id }, n) => [
  { id: `a${n}`, person: id, kind: 'P', number: `X${n % 10}` }, // four persons share each
  { id: `b${n}`, person: id, kind: 'L', number: String(n + 1) }, // reads like the next one's national id
]);

const LIMITS = {
  ...{ ...QUERY_LIMITS, pageSize: 3, maxPageSize: 100, countCap: 1_000, recordsPerAnswer: 100_000, searchMs: 5_000 },
} as LimitsConfig; // nothing else of it is looked at

const UNLIMITED: DataLimits = {
  admit: async () => Number.POSITIVE_INFINITY,
  concurrently: async (_partner, work) => work(),
  charge: async () => undefined,
};

interface RigOptions {
  readonly maxLimit?: number;
  readonly data?: DataLimits;
  readonly accepts?: (query: RegistryQuery) => boolean;
}

const rigOf = (
  rights: RegistryRights,
  { maxLimit = 1_000, data = UNLIMITED, accepts = () => true }: RigOptions = {},
) => {
  const memory = createMemoryPlugin({ entities: ENTITIES, rows: { person: PERSONS, paper: PAPERS } });
  const plugin = { ...memory, capabilities: { ...memory.capabilities, maxLimit }, accepts };
  const config = { id: 'social', domain: 'social', regType: 'ns', regTypes: [] } as unknown as RegistryConfig; // as above
  const mapping = UNBOUND.bind(ENTITIES);
  const registry = {
    config,
    plugin,
    mapping: async () => mapping,
    health: async () => undefined,
    close: async () => undefined,
  };
  const partner = partnerOf('health', { registries: new Map([['social', rights]]) });
  const options = { limits: LIMITS, data, clock: Date.now, log: silentLog };
  const runner = createFileRunner({ ...options, registry: () => registry });
  const transaction = {
    transactionId: 't',
    correlationId: 'c',
    file: { rows: 0, parts: 1, made: 0 },
  } as FileWork['transaction'];

  const together = async (rows: readonly FileRow[]) => {
    const before = memory.queries.length;
    const content = await runner.run({
      ...{ transaction, part: 0, rows, partner, mayGoOn: async () => true, pause: async () => undefined },
      waitsUntil: Number.POSITIVE_INFINITY,
      kept: {
        answers: { answer: (_key, ask) => ask() },
        keep: async () => undefined,
        drop: async () => [],
      },
    });
    const items = content?.message.search_response as readonly Readonly<Record<string, unknown>>[];
    return { items: items.map(answerOf), queries: memory.queries.length - before };
  };
  const runSearch = createRunSearch(options);
  const oneByOne = async (rows: readonly FileRow[]) => {
    const answers: unknown[] = [];
    for (const row of rows) {
      if ('problem' in row) continue;
      const item = {
        ...{
          referenceId: 'r',
          locale: undefined,
          regType: undefined,
          recordTypes: [],
          purpose: undefined,
          sort: undefined,
        },
        ...{ query: { ...row }, pageNumber: 1, pageSize: undefined, rejection: undefined },
      };
      const request = { transactionId: 't', correlationId: undefined, items: [item] };
      const call = { registry, partner, scopes: 'all' as const, request, requestId: 'r', abort: new AbortController() };
      const [outcome] = await runSearch(call, () => undefined);
      answers.push(
        outcome?.status === 'succ' ? { records: outcome.records, total: outcome.totalCount } : { code: outcome?.code },
      );
    }
    return answers;
  };
  return { together, oneByOne };
};

const answerOf = (item: Readonly<Record<string, unknown>>): unknown => {
  if (item.status === 'rjct') return { code: item.status_reason_code };
  const { reg_records: records } = item.data as { reg_records: unknown };
  return { records, total: (item.pagination as { total_count: number }).total_count };
};

const ROWS: readonly FileRow[] = [
  ...Array.from({ length: 50 }, (_, n) => ({ type: NATIONAL, value: String(n) })),
  ...Array.from({ length: 12 }, (_, n) => ({ type: PASSPORT, value: `X${n}` })),
  ...Array.from({ length: 12 }, (_, n) => ({ type: 'urn:gov:licence', value: String(n) })),
  { type: NATIONAL, value: '7' }, // again
  { type: 'urn:unheard', value: '7' },
];

const SEEN = { identifierTypes: 'all', attributes: 'all', fields: 'all' } as const;

test('rows of several types are answered by one query as by one each: shared and repeated values, none, and totals', async () => {
  const { together, oneByOne } = rigOf(rightsOf({ Person: SEEN }));
  const { items, queries } = await together(ROWS);
  assert.deepEqual(items, await oneByOne(ROWS));
  assert.equal(queries, 1);
  assert.match(JSON.stringify(items[7]), /"given_name":"A7"/);
  assert.equal((items[50] as { total: number }).total, 4, 'a page of three of them');
  assert.equal((items[50] as { records: object[] }).records.length, 3);
});

test('a row filter holds for rows that are looked up together', async () => {
  const rows = { 'address.region_code': { $eq: 'R0' } };
  const { together, oneByOne } = rigOf(rightsOf({ Person: { ...SEEN, rows: rows as never } }));
  const { items } = await together(ROWS);
  assert.deepEqual(items, await oneByOne(ROWS));
  assert.deepEqual(items[1], { records: [], total: 0 });
});

test('where identifiers do not show, each row is its own query and the answers are the same', async () => {
  const { together, oneByOne } = rigOf(rightsOf({ Person: { ...SEEN, fields: ['name'] } }));
  const { items, queries } = await together(ROWS.slice(0, 20));
  assert.deepEqual(items, await oneByOne(ROWS.slice(0, 20)));
  assert.equal(queries, 20);
  assert.ok(!JSON.stringify(items).includes('identifier'));
});

test('a backend that takes no list of values is asked row by row', async () => {
  const accepts = (query: RegistryQuery): boolean => !JSON.stringify(query.filter).includes('"in"');
  const { together, oneByOne } = rigOf(rightsOf({ Person: SEEN }), { accepts });
  const { items, queries } = await together(ROWS.slice(0, 20));
  assert.deepEqual(items, await oneByOne(ROWS.slice(0, 20)));
  assert.equal(queries, 20);
});

test('a backend that answers small pages is asked in halves', async () => {
  const { together, oneByOne } = rigOf(rightsOf({ Person: SEEN }), { maxLimit: 8 });
  const { items, queries } = await together(ROWS);
  assert.deepEqual(items, await oneByOne(ROWS));
  assert.ok(queries > 1 && queries < ROWS.length, `${queries} queries`);
});

test('a type that is not the partner’s refuses its row alone', async () => {
  const { together } = rigOf(rightsOf({ Person: { ...SEEN, identifierTypes: [NATIONAL] } }));
  const { items } = await together([
    { type: NATIONAL, value: '1' },
    { type: PASSPORT, value: 'X1' },
    { type: 'urn:unheard', value: '1' },
    { type: NATIONAL, value: '2' },
  ]);
  const refused = { code: 'rjct.search_criteria.invalid' };
  assert.deepEqual([items[1], items[2]], [refused, refused]);
  for (const each of [items[0], items[3]]) assert.equal((each as { total: number }).total, 1);
  assert.ok(!JSON.stringify(items).includes('X1'), 'what it may not search it does not see');
});

test('rows beyond the records of the day are refused one by one, and nothing is asked for them', async () => {
  let charged = 0;
  const data: DataLimits = {
    ...UNLIMITED,
    admit: async () => {
      if (charged >= 250) throw new GatewayError('request.too_many', { retryAfter: 1_000 });
      return 250 - charged;
    },
    charge: async (_partner, records) => {
      charged += records;
    },
  };
  const { together } = rigOf(rightsOf({ Person: SEEN }), { data });
  const rows = Array.from({ length: 600 }, () => ({ type: NATIONAL, value: '3' }));
  const { items, queries } = await together(rows);
  assert.equal(queries, 1);
  const refused = items.filter((each) => (each as { code?: string }).code === 'rjct.search.too_many_records_found');
  assert.equal(refused.length, 350);
});
