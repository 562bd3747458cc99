/** What the audit log says of an entry whose outcome nobody wrote. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listAudit } from '../../src/cli/audit.ts';
import { createAuditEntry } from '../../src/registry/audit.ts';
import { createAuditFirst } from '../../src/registry/audit-first.ts';
import { createKeyed } from '../../src/registry/keyed.ts';
import { commandRig } from '../support/command-rig.ts';

const AT = Date.UTC(2027, 0, 31, 10);
const HANDED_IN = { partner: 'ministry', registry: 'ibr', action: 'enrollment-updates', identifiers: [] };

test('one that was begun is listed so while somebody may be at work on it, as unknown when nobody can be, and with its outcome once that is there', async () => {
  let now = AT;
  await using rig = await commandRig({ clock: () => now });
  const { context, lines } = rig;
  const { searchMs } = context.config.limits;
  const entryOf = createAuditEntry(createKeyed(context.hmacKey));
  const begin = createAuditFirst(context.store.documents, entryOf, () => AT);
  await begin({ ...HANDED_IN, transaction: 'ended-with-its-process' });
  const end = await begin({ ...HANDED_IN, transaction: 'late' });
  const outcomes = async (): Promise<Record<string, string>> => {
    lines.splice(0);
    await listAudit(context, { limit: 50 });
    return Object.fromEntries(lines.map((line) => [/transaction "(.*?)"/.exec(line)?.[1], line.split(' ')[4] ?? '']));
  };

  now = AT + searchMs + 60_000;
  assert.deepEqual(await outcomes(), { 'ended-with-its-process': 'begun', late: 'begun' });
  now += 1;
  assert.deepEqual(await outcomes(), { 'ended-with-its-process': 'unknown', late: 'unknown' });
  await end({ outcome: 'succ', count: 1 });
  assert.deepEqual(await outcomes(), { 'ended-with-its-process': 'unknown', late: 'succ' });
});
