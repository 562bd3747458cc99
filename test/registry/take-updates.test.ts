/** Data that is handed in has its audit entry before the registry has the data. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitsConfig } from '../../src/config/config.ts';
import { isJsonObject, type JsonObject } from '../../src/dci/json-node.ts';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import type { AcceptedItem, BackendPlugin } from '../../src/plugin.ts';
import { createAuditEntry } from '../../src/registry/audit.ts';
import { createAuditFirst } from '../../src/registry/audit-first.ts';
import type { DataLimits } from '../../src/registry/data-limits.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { createTakeUpdates } from '../../src/registry/take-updates.ts';
import { AUDIT } from '../../src/store/async-documents.ts';
import { StoreError } from '../../src/store/store.ts';
import { atOnce, createWorld, exploredStore } from '../support/explored-store.ts';
import { partnerOf } from '../support/partners.ts';
import { silentLog } from '../support/signing-partner.ts';

const keyed = createKeyed(Buffer.alloc(32, 3));
const BENEFICIARIES =
  '[{"member":{"member_identifier":[{"identifier_type":"UIN","identifier_value":"700"}]}},{"member":{}}]';

/** The store is away at the steps that `fails` says; the backend does what `accept` does. */
const rig = (accept: () => Promise<readonly AcceptedItem[]>, fails: (name: string) => boolean = () => false) => {
  const world = createWorld();
  const { documents } = exploredStore(world, (name, work) =>
    fails(name) ? Promise.reject(new StoreError('no space')) : atOnce(name, work),
  );
  const entries = () => world.state.all(AUDIT).map(({ action, outcome, count, tried, transaction }) => ({ action, outcome, count, tried, transaction })); // biome-ignore format: one look
  const plugin = { accept: async () => ({ items: await accept() }) } as unknown as BackendPlugin; // the rest is not called
  const take = createTakeUpdates({
    limits: { searchMs: 1_000 } as LimitsConfig, // only this is looked at
    data: { concurrently: (_partner, work) => work() } as DataLimits, // the same
    audit: createAuditFirst(documents, createAuditEntry(keyed), () => 5_000),
    clock: () => 5_000,
    log: silentLog,
  });
  const rights = { width: 'any', actions: ['submit'], records: new Map() } as const;
  const updates = parseJsonObject(`{"beneficiaries":${BENEFICIARIES}}`, { maxDepth: 32 }).root;
  const call = {
    registry: { config: { id: 'ibr' }, plugin } as unknown as Registry,
    partner: partnerOf('ministry', { registries: new Map([['ibr', rights]]) }),
    scopes: 'all' as const,
    request: {
      ...{ transactionId: 't1', correlationId: undefined, receiptType: undefined, updates },
      beneficiaries: (updates.beneficiaries as readonly JsonObject[]).filter(isJsonObject),
    },
    requestId: 'r',
    abort: new AbortController(),
  };
  return { world, entries, take: () => take(call) };
};

const BEGUN = { action: 'enrollment-updates', outcome: 'begun', count: 0, tried: 1, transaction: 't1' };

test('its entry is there before the registry has it, and says afterwards what became of it', async () => {
  let before: unknown;
  const { world, entries, take } = rig(async () => {
    before = entries();
    return [{ status: 'stored' }, { status: 'refused', problem: 'x is missing' }];
  });
  assert.deepEqual(await take(), [{ problem: undefined }, { problem: 'x is missing' }]);
  assert.deepEqual(before, [BEGUN]);
  assert.deepEqual(entries(), [{ ...BEGUN, outcome: 'part', count: 1 }]);
  assert.deepEqual(world.state.all(AUDIT)[0]?.identifiers, [keyed('identifier', 'UIN', '700')]);
});

test('where its entry cannot be written nothing is handed over', async () => {
  let handed = 0;
  const { take } = rig(
    async () => {
      handed += 1;
      return [];
    },
    () => true,
  );
  await assert.rejects(take(), StoreError);
  assert.equal(handed, 0);
});

test('what is handed over and fails, or whose end cannot be written, keeps the entry as it was begun', async () => {
  const failing = rig(() => Promise.reject(new TypeError('cut off')));
  await assert.rejects(failing.take(), TypeError);
  assert.deepEqual(failing.entries(), [BEGUN]);
  let stored = false;
  const late = rig(
    async () => {
      stored = true;
      return [{ status: 'stored' }, { status: 'known' }];
    },
    () => stored,
  );
  await assert.rejects(late.take(), StoreError, 'the partner hands it in again, and it is known');
  assert.deepEqual(late.entries(), [BEGUN]);
});
