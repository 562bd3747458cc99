/** What is looked at before a search is accepted. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitsConfig } from '../../src/config/config.ts';
import { readSearchRequest } from '../../src/dci/search-request.ts';
import { createCheckSearch } from '../../src/registry/check-search.ts';
import { scopesOf } from '../../src/security/scopes.ts';
import { QUERY_LIMITS } from '../support/query-limits.ts';
import { subscriber, subscriptionRig } from '../support/subscription-rig.ts';
import { toNode } from '../support/to-node.ts';

const ITEMS = 100;

/** Many predicates, each of several spans of birth dates. */
const anyAge = { $or: Array.from({ length: 20 }, (_, n) => ({ age: { $in: [n, n + 30, n + 60] } })) };

test('others have their turn while the items of a long request are looked at', async () => {
  const { registry, world } = subscriptionRig();
  const partner = subscriber();
  const limits = { ...QUERY_LIMITS, pageSize: 9, maxPageSize: 9, countCap: 9 } as LimitsConfig;
  const check = createCheckSearch({ limits, clock: () => world.now });
  const items = Array.from({ length: ITEMS }, (_, n) => ({
    ...{ reference_id: `r${n}`, timestamp: '2026-01-01T00:00:00Z' },
    search_criteria: { query: anyAge },
  }));
  const message = toNode({ transaction_id: 't', search_request: items }) as Parameters<typeof readSearchRequest>[0];
  const request = readSearchRequest(message, ITEMS);
  let turns = 0;
  const other = setInterval(() => {
    turns += 1;
  }, 1);
  await check({ registry, partner, scopes: scopesOf(partner) }, request);
  clearInterval(other);
  assert.ok(turns > 3, `${turns} turns`);
});
