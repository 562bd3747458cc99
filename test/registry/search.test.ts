/** What a search asks its backend for. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitsConfig } from '../../src/config/config.ts';
import { readSearchRequest } from '../../src/dci/search-request.ts';
import type { DataLimits } from '../../src/registry/data-limits.ts';
import { createRunSearch } from '../../src/registry/search.ts';
import { scopesOf } from '../../src/security/scopes.ts';
import { QUERY_LIMITS } from '../support/query-limits.ts';
import { silentLog } from '../support/signing-partner.ts';
import { addPerson, subscriber, subscriptionRig } from '../support/subscription-rig.ts';
import { toNode } from '../support/to-node.ts';

const UNLIMITED: DataLimits = {
  admit: async () => Number.POSITIVE_INFINITY,
  concurrently: (_partner, work) => work(),
  charge: async () => undefined,
};

test('no more rows are read than an answer that is nearly full can still take, whatever pages are asked for', async () => {
  const { registry, country, world } = subscriptionRig();
  for (let id = 1; id <= 8; id++) addPerson(country, id);
  const read: number[] = [];
  const { plugin } = registry;
  const watched: typeof plugin = {
    ...plugin,
    search: async (query, context) => {
      const page = await plugin.search(query, context);
      read.push(page.rows.length);
      return page;
    },
  };
  const limits = { ...QUERY_LIMITS, pageSize: 9, maxPageSize: 9, countCap: 99, recordsPerAnswer: 10, searchMs: 5_000 } as LimitsConfig; // biome-ignore format: one look
  const runSearch = createRunSearch({ limits, data: UNLIMITED, clock: () => world.now, log: silentLog });
  const all = { birth_date: { $eq: '1990-01-01' } };
  const queries = [all, all, all, { birth_date: { $eq: '1991-01-01' } }, { type: 'NID', value: 'N1' }];
  const search_request = queries.map((query, n) => ({
    ...{ reference_id: `r${n}`, timestamp: '2026-01-01T00:00:00Z', search_criteria: { query } },
  }));
  const message = toNode({ transaction_id: 't', search_request }) as Parameters<typeof readSearchRequest>[0];
  const partner = subscriber();
  const call = { registry: { ...registry, plugin: watched }, partner, scopes: scopesOf(partner) };
  const asked = { request: readSearchRequest(message, 9), requestId: 'x', abort: new AbortController() };
  const outcomes = await runSearch({ ...call, ...asked }, () => undefined);
  assert.deepEqual(
    outcomes.map((each) => (each.status === 'succ' ? [each.records.length, each.totalCount] : each.code)),
    [[8, 8], 'rjct.search.too_many_records_found', 'rjct.search.too_many_records_found', [0, 0], [1, 1]],
  );
  assert.deepEqual(read, [8, 3, 3, 0, 1]);
});
