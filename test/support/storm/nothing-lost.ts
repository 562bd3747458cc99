/** What must hold when a storm is over. */

import assert from 'node:assert/strict';
import type { ReceivedCall } from '../receiver.ts';
import type { BadReceiver } from './bad-receiver.ts';

export interface Told {
  readonly calls: readonly ReceivedCall[];
  readonly taken: ReadonlySet<string>;
}

export const toldTo = (receivers: readonly BadReceiver[]): Told => ({
  calls: receivers.flatMap(({ calls }) => calls),
  taken: new Set(receivers.flatMap(({ taken }) => [...taken])),
});

/** One execution's message for each transaction, taken, and the same each time it came. @returns how many came more than once after being taken */
export const assertCallbacks = ({ calls, taken }: Told, action: string, transactions: readonly string[]): void => {
  const messages = groupBy(
    calls.filter((call) => call.action === action),
    ({ body }) => String(body.message.transaction_id),
  );
  assert.equal(messages.size, transactions.length, `${action}: each accepted transaction has a callback, and no other`);
  for (const transaction of transactions) {
    const came = messages.get(transaction) ?? [];
    assert.ok(came.length > 0, `${action} ${transaction} came`);
    assertOneMessage(came, taken, `${action} of ${transaction}`);
  }
};

/** Numbers from 1 on without a gap, one message a number, and each event under one number only. */
export const assertNotifications = (
  { calls, taken }: Told,
  codes: readonly string[],
  names: readonly string[],
): void => {
  const notifications = calls.filter(({ action }) => action === 'notify');
  const bySubscription = groupBy(notifications, ({ body }) => String(meta(body).subscription_code));
  assert.deepEqual([...bySubscription.keys()].sort(), [...codes].sort(), 'each subscription is told');
  for (const code of codes) {
    const numbers = groupBy(bySubscription.get(code) ?? [], ({ body }) => String(meta(body).sequence_number));
    const sorted = [...numbers.keys()].map(Number).sort((one, other) => one - other);
    assert.deepEqual(
      sorted,
      sorted.map((_, index) => index + 1),
      `the numbers of ${code} have no gap`,
    );
    const events: string[] = [];
    for (const [number, came] of numbers) {
      assertOneMessage(came, taken, `${code} number ${number}`);
      const [first] = came;
      for (const event of (first?.body.message.notify_event ?? []) as {
        data: { reg_records: { name: { given_name: string } } };
      }[]) {
        events.push(event.data.reg_records.name.given_name);
      }
    }
    assert.deepEqual(events.sort(), [...names].sort(), `${code} is told of each change once`);
  }
};

const meta = (body: ReceivedCall['body']): Readonly<Record<string, unknown>> =>
  (body.header.meta ?? {}) as Readonly<Record<string, unknown>>;

const assertOneMessage = (came: readonly ReceivedCall[], taken: ReadonlySet<string>, what: string): void => {
  const ids = new Set(came.map(({ messageId }) => messageId));
  assert.equal(ids.size, 1, `${what}: ${came.length} deliveries with ${ids.size} message ids`);
  const texts = new Set(came.map(({ body: { header, message } }) => JSON.stringify([header, message])));
  assert.equal(texts.size, 1, `${what}: the content changed`);
  assert.ok(
    [...ids].every((id) => taken.has(id)),
    `${what} was taken`,
  );
};

const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
};
