import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonObject } from '../../src/dci/json-parse.ts';
import { readSubscribeRequest, type SubscribeItem } from '../../src/dci/subscribe-request.ts';
import { readUnsubscribeRequest } from '../../src/dci/unsubscribe-request.ts';
import { GatewayError } from '../../src/errors.ts';

const CRITERIA = { reg_event_type: 'UPDATE', notify_record_type: 'Person', filter: { type: 'UIN', value: '1' } };

const item = (over: object = {}, criteria: object = {}) => ({
  reference_id: 'r1',
  timestamp: '2024-01-15T10:30:00Z',
  subscribe_criteria: { ...CRITERIA, ...criteria },
  ...over,
});

const parsed = (message: object) =>
  parseJsonObject(JSON.stringify({ transaction_id: 't1', ...message }), { maxDepth: 32 }).root;

const read = (message: object) => readSubscribeRequest(parsed(message), 3);

const readOne = (over: object = {}, criteria: object = {}): SubscribeItem => {
  const [only] = read({ subscribe_request: [item(over, criteria)] }).items;
  assert.ok(only);
  return only;
};

const isMalformed = (work: () => unknown): void => {
  assert.throws(work, (error) => error instanceof GatewayError && error.code === 'request.bad');
};

test('one object stands for a list of one, under each of the names seen', () => {
  for (const name of ['subscribe_request', 'subscibe_request', 'subscribe', 'subscibe']) {
    assert.equal(read({ [name]: item() }).items.length, 1, name);
    assert.equal(read({ [name]: [item()] }).items[0]?.eventType, 'UPDATE', name);
  }
  isMalformed(() => read({ subscribe_request: item(), subscribe: item() }));
});

test('subscribe_criteria alone stands for the list; not beside it', () => {
  for (const name of ['subscribe_criteria', 'subscibe_criteria']) {
    const [only] = read({ [name]: CRITERIA }).items;
    assert.deepEqual(only?.recordTypes, ['Person']);
    assert.equal(only?.rejection, undefined);
  }
  isMalformed(() => read({ subscribe_criteria: CRITERIA, subscribe_request: [item()] }));
  assert.equal(readOne({ subscribe_criteria: undefined, subscibe_criteria: CRITERIA }).eventType, 'UPDATE');
});

test('what a subscription is for stands in the criteria or beside them, also where they stand alone', () => {
  const [aid, audit] = [{ purpose: { code: 'aid' } }, { purpose: { code: 'audit' } }];
  assert.equal(readOne({ authorize: aid }).purpose, 'aid');
  assert.equal(readOne({}, { consent: aid }).purpose, 'aid');
  const alone = (criteria: object, beside: object) =>
    read({ subscribe_criteria: { ...CRITERIA, ...criteria }, ...beside }).items[0]?.purpose;
  assert.equal(alone({}, { authorize: aid }), 'aid');
  assert.equal(alone({ authorize: aid }, { consent: aid }), 'aid');
  isMalformed(() => alone({ authorize: aid }, { authorize: audit }));
});

test('"" counts as absent where clients write it so; numbers are ids', () => {
  const read = readOne({ locale: '' }, { reg_type: '', consent: '', authorize: '', frequency: '' });
  assert.equal(read.locale, undefined);
  assert.equal(read.regType, undefined);
  assert.equal(read.frequency, undefined);
  assert.equal(readOne({ reference_id: 12 }).referenceId, '12');
});

test('a bare locale is normalised here, unlike on search', () => {
  for (const [text, locale] of [
    ['eng', 'eng'],
    ['ENG', 'eng'],
    ['en', 'eng'],
    ['EN/GB', 'eng'],
    ['fr-FR', 'fra'],
  ] as const) {
    assert.equal(readOne({ locale: text }).locale, locale, text);
  }
});

test('a timestamp is misspelt, absent, without a zone or rubbish', () => {
  for (const name of ['timesstamp', 'timesatmp']) {
    const read = readOne({ timestamp: undefined, [name]: '2024-01-15T10:30:00+02:00' });
    assert.equal(read.rejection, undefined, name);
  }
  assert.equal(readOne({ timestamp: undefined }).rejection?.code, 'rjct.timestamp.invalid');
  assert.equal(readOne({ timestamp: '2024-01-15T10:30:00' }).rejection?.code, 'rjct.timestamp.invalid');
  isMalformed(() => readOne({ timestamp: 'yesterday' }));
});

test('the frequency is an object, a cron expression or a word; its range has zones', () => {
  assert.equal(readOne({}, { frequency: 'daily' }).frequency, 'daily');
  const ranged = readOne({}, { frequency: { frequency: '0 8 * * *', start_time: '2024-01-01T00:00:00Z', end_time: '2025-01-01T00:00:00Z' } }); // biome-ignore format: one look
  assert.equal(ranged.frequency, '0 8 * * *');
  assert.equal(ranged.startAt, Date.UTC(2024, 0, 1));
  assert.equal(ranged.endAt, Date.UTC(2025, 0, 1));
  const unzoned = readOne({}, { frequency: { end_time: '2025-01-01T00:00:00' } });
  assert.equal(unzoned.rejection?.code, 'rjct.timestamp.invalid');
});

test('one item that is refused leaves the others; more than allowed refuse the request', () => {
  const { items } = read({ subscribe_request: [item(), item(), item({ reference_id: '' })] });
  assert.deepEqual(
    items.map(({ rejection }) => rejection?.code),
    [undefined, 'rjct.reference_id.duplicate', 'rjct.reference_id.invalid'],
  );
  isMalformed(() => read({ subscribe_request: [item(), item(), item(), item()] }));
  isMalformed(() => read({ subscribe_request: [] }));
  isMalformed(() => read({ subscribe_request: [{ reference_id: 'r' }] }));
  isMalformed(() => read({ subscribe_request: 'all' }));
});

test('codes of an unsubscribe request: a list or one, under each of the names seen, each once', () => {
  const timestamp = '2024-01-15T10:30:00Z';
  const codesOf = (message: object) => readUnsubscribeRequest(parsed({ timestamp, ...message }), 3);
  for (const name of ['subscription_codes', 'subscription_code', 'sunscription_codes', 'sunscription_code']) {
    assert.deepEqual(codesOf({ [name]: ['a', 'b', 'a'] }).codes, ['a', 'b'], name);
    assert.deepEqual(codesOf({ [name]: 'a' }).codes, ['a'], name);
  }
  assert.equal(codesOf({ subscription_codes: 'a' }).timed, true);
  assert.equal(readUnsubscribeRequest(parsed({ subscription_codes: 'a' }), 3).timed, false);
  assert.equal(readUnsubscribeRequest(parsed({ subscription_codes: 'a', timesatmp: timestamp }), 3).timed, true);
  isMalformed(() => codesOf({}));
  isMalformed(() => codesOf({ subscription_codes: [] }));
  isMalformed(() => codesOf({ subscription_codes: ['a', 'b', 'c', 'd'] }));
  isMalformed(() => codesOf({ subscription_codes: ['a'], subscription_code: 'a' }));
  isMalformed(() => codesOf({ subscription_codes: 'a', timestamp: 'rubbish' }));
});
