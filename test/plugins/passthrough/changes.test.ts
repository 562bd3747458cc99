/** Subscriptions on a registry that speaks DCI: changes are found by its search, or told by its notifications. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { asyncConfig, call, subscribeMessage } from '../../support/async-calls.ts';
import { type Callback, type CallbackReceiver, startReceiver } from '../../support/callback-receiver.ts';
import { type FakeUpstream, person, startFakeUpstream, type UpstreamCall } from '../../support/fake-upstream.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { clientOf, PERSON_ATTRIBUTES, partnerWith, startFront } from '../../support/upstream-pair.ts';

/** What the upstream has; each search is answered from it. */
let records: readonly Record<string, unknown>[] = [];
let fake: FakeUpstream;
/** Searches that it refuses first, and how many it refused. */
let limited = 0;
let refused = 0;
let receiver: CallbackReceiver;
let front: RunningGateway;

const awa = (given: string, at: string, value = 'P1') => ({
  ...person(value, { name: { surname: 'Diallo', given_name: given }, last_updated: at }),
});

/** Filters by identifier and time, sorts by time, pages. */
const answered = (message: UpstreamCall, item: ReturnType<typeof JSON.parse>): object => {
  const { query, sort, pagination, query_type } = item.search_criteria;
  assert.equal(message.path, '/registry/sync/search');
  const since = query_type === 'expression' ? query.value.expression.query.last_updated.$gte : undefined;
  const fitting = records.filter((record) => {
    const [{ identifier_value: value }] = record.identifier as [{ identifier_value: string }];
    return since === undefined ? value === query.value : String(record.last_updated) >= since;
  });
  const sorted = fitting.toSorted((a, b) => (String(a.last_updated) < String(b.last_updated) ? -1 : 1));
  if (sort?.[0]?.sort_order === 'desc') sorted.reverse();
  const { page_number: number, page_size: size } = pagination;
  const page = sorted.slice((number - 1) * size, number * size);
  return {
    reference_id: item.reference_id,
    status: 'succ',
    data: { reg_records: page },
    pagination: { total_count: fitting.length },
  };
};

before(async () => {
  fake = await startFakeUpstream();
  fake.behave = (message, response) => {
    if (limited > 0) {
      limited -= 1;
      refused += 1;
      response.writeHead(429, { 'Retry-After': '2' }).end();
      return undefined;
    }
    const items = message.body.message.search_request as readonly unknown[];
    const search_response = items.map((item) => answered(message, item));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(fake.searchAnswer(message, [], { message: { search_response } }));
    return undefined;
  };
  receiver = await startReceiver();
  const { outbound, partners } = asyncConfig(receiver.origin);
  const upstream = partnerWith('upstream', { search: 'identifiers', records: {}, actions: ['receive'] });
  const stranger = partnerWith('stranger', { search: 'identifiers', records: {}, actions: ['receive'] });
  front = await startFront(fake.url, {
    backend: {
      queries: ['idtype-value', 'expression'],
      notifications_from: 'upstream',
      page_size: 2,
      entities: {
        Person: { key: 'UIN', attributes: { ...PERSON_ATTRIBUTES, last_updated: { operators: ['ge'], sort: true } } },
      },
    },
    registry: {
      changes: {
        ...{ every: '1s', overlap: '5s' },
        sources: [
          { entity: 'Person', at: 'last_updated', touches: { Person: '@key' } },
          { push: true, touches: { Person: '@key' } },
        ],
      },
    },
    config: { outbound },
    partners: { ...partners, upstream, stranger },
  });
});
after(async () => {
  await front.close();
  await receiver[Symbol.asyncDispose]();
  await fake[Symbol.asyncDispose]();
});

const subscribe = async (criteria: object): Promise<string> => {
  const transaction = randomUUID();
  const { body } = await call(front.client(), '/subscribe', 'subscribe', subscribeMessage(transaction, criteria));
  const confirmed = await receiver.next((each) => each.body.message.transaction_id === transaction);
  assert.equal(confirmed.body.header.status, 'succ', confirmed.text);
  return body.message.subscription_code;
};

const told =
  (code: string, name: string) =>
  ({ body }: Callback): boolean =>
    body.header.meta?.subscription_code === code &&
    body.message.notify_event?.[0]?.data.reg_records.name?.given_name === name;

const notify = (from: string, value: string, event: object = {}, meta?: object): Promise<{ readonly status: number }> =>
  call(
    clientOf(front, from),
    '/notify',
    'notify',
    {
      transaction_id: randomUUID(),
      notify_event: [
        {
          ...{ reference_id: 'e1', timestamp: '2026-01-15T10:30:00Z' },
          data: {
            reg_record_type: 'Person',
            ...event,
            reg_records: { identifier: [{ identifier_type: 'UIN', identifier_value: value }] },
          },
        },
      ],
    },
    { sender_id: `${from}.example.org`, ...(meta !== undefined && { meta }) },
  );

test('a record whose time of change moved on is told once, whatever came before', async () => {
  records = [
    awa('Before', '2026-01-01T00:00:00Z'),
    awa('Other', '2026-01-02T00:00:00Z', 'P2'),
    awa('Third', '2026-01-02T00:00:00Z', 'P3'),
  ];
  const code = await subscribe({ filter: { type: 'UIN', value: 'P1' } });
  const everybody = await subscribe({});
  await new Promise((resolve) => setTimeout(resolve, 2_500)); // the feed begins with what changes from its first look on
  records = [awa('After', '2026-02-01T00:00:00Z'), ...records.slice(1)];
  const own = await receiver.next(told(code, 'After'), 10_000);
  assert.equal(own.body.header.meta.sequence_number, 1);
  assert.equal(own.body.header.sender_id, 'front.example.org');
  await receiver.next(told(everybody, 'After'), 10_000);
  const notifications = receiver.received.filter(({ body }) => body.header.action === 'notify');
  assert.equal(notifications.length, 2, notifications.map(({ text }) => text).join('\n'));
});

test('a notification of the upstream leads to the record, read again and told as ours; of nobody else', async () => {
  const code = await subscribe({ filter: { type: 'UIN', value: 'P2' } });
  // Its time did not move: only the notification tells.
  records = records.map((each) =>
    JSON.stringify(each).includes('"P2"') ? awa('Notified', '2026-01-02T00:00:00Z', 'P2') : each,
  );
  const asked = (): number =>
    fake.calls.filter(({ text }) => text.includes('"idtype-value"') && text.includes('"P2"')).length;
  const before = asked();
  assert.equal((await notify('stranger', 'P2')).status, 202);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(asked(), before, 'a stranger moves nothing');
  assert.equal((await notify('upstream', 'P2')).status, 202);
  const { body } = await receiver.next(told(code, 'Notified'), 10_000);
  assert.equal(body.header.meta.sequence_number, 1);
  assert.deepEqual(Object.keys(body.message.notify_event[0].data.reg_records.identifier[0]).toSorted(), ['identifier_type', 'identifier_value']); // biome-ignore format: one look
});

test('what the upstream calls an update is one for a record that was never seen here, wherever it says so', async () => {
  const events = { events: [{ reference_id: 'e1', reg_event_type: 'UPDATE' }] };
  const said = [
    { value: 'P7', event: { reg_event_type: 'UPDATE' }, meta: undefined },
    { value: 'P8', event: {}, meta: events }, // as another gateway of the social domain, whose enum has no UPDATE
  ];
  for (const { value, event, meta } of said) {
    const code = await subscribe({ reg_event_type: 'UPDATE', filter: { type: 'UIN', value } });
    records = [...records, awa('Unseen', '2026-01-02T00:00:00Z', value)];
    assert.equal((await notify('upstream', value, event, meta)).status, 202);
    const { body } = await receiver.next(told(code, 'Unseen'), 10_000);
    assert.deepEqual(body.header.meta.events.map((each: { reg_event_type: string }) => each.reg_event_type), ['UPDATE']); // biome-ignore format: one look
  }
});

test('an upstream that limits requests is left alone as long as it says, whatever is pushed meanwhile; then all is told', async () => {
  const code = await subscribe({ filter: { type: 'UIN', value: 'P3' } });
  records = records.map((each) =>
    JSON.stringify(each).includes('"P3"') ? awa('Limited', '2026-01-02T00:00:00Z', 'P3') : each,
  );
  limited = 1;
  const at = performance.now();
  while (refused === 0) {
    assert.equal((await notify('upstream', 'P3')).status, 202);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  limited = 100;
  assert.equal((await notify('upstream', 'P2')).status, 202);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.equal(refused, 1, 'it was not asked meanwhile');
  limited = 0;
  await receiver.next(told(code, 'Limited'), 10_000);
  assert.ok(performance.now() - at >= 2_000);
  assert.ok(front.log.some(({ message }) => message.startsWith('lane waits: its registry limits')));
});
