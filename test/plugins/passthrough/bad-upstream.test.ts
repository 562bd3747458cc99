/** What an upstream may do wrong, and that nothing of it reaches a partner. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { makeSigningKey, searchItem } from '../../support/client.ts';
import { type FakeUpstream, person, startFakeUpstream } from '../../support/fake-upstream.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { startFront } from '../../support/upstream-pair.ts';

let fake: FakeUpstream;
let front: RunningGateway;
before(async () => {
  fake = await startFakeUpstream();
  front = await startFront(fake.url, {
    backend: {
      timeout: '700ms',
      max_answer: '200KB',
      none_found: ['rjct.reference_id.invalid'],
      notifications_from: 'nobody',
    },
  });
});
after(async () => {
  await front.close();
  await fake[Symbol.asyncDispose]();
});

const ID = { type: 'UIN', value: 'P1' };
const BORN = { seq: [{ attribute: 'birth_date', operator: 'eq', value: '1990-05-17' }] };

/** The search is refused with this status, and no word of a record comes back. */
const refused = async (status: number, code: string, query: object = ID): Promise<string> => {
  const before = front.log.length;
  const answer = await front.client().search(query);
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.message.error.code, code);
  assert.ok(!/Diallo|1990-05-17|"P2"/.test(answer.text));
  const lines = front.log.slice(before).filter(({ message }) => message === 'request failed');
  return String(lines[0]?.fields.detail);
};

const found = async (query: object, criteria: Record<string, unknown> = {}): Promise<ReturnType<typeof JSON.parse>> => {
  const client = front.client();
  const answer = await client.post(client.envelope([searchItem(query, {}, criteria)]));
  assert.equal(answer.status, 200, answer.text);
  return answer.body.message.search_response[0];
};

test('a good answer is rendered and signed by us, and nothing of the caller travelled upstream', async () => {
  fake.behave = () => [person('P1', { favourite_colour: 'red' })];
  const client = front.client();
  const made = client.envelope([searchItem(ID)]);
  const answer = await client.post(made, { Cookie: 'session=of-the-caller', 'X-Forwarded-User': 'somebody' });
  const [record] = answer.body.message.search_response[0].data.reg_records;
  assert.deepEqual(record.identifier, [{ identifier_type: 'UIN', identifier_value: 'P1' }]);
  assert.equal(record.favourite_colour, undefined, 'no field of DCI');
  assert.match(answer.body.signature, /kidId="front\.example\.org\|/);
  assert.equal(answer.headers.get('set-cookie'), null);
  assert.equal(answer.headers.get('x-powered-by'), null);
  const call = fake.calls.at(-1);
  assert.equal(call?.headers.authorization, 'Bearer upstream-token-1');
  assert.equal(call?.headers.cookie, undefined);
  assert.equal(call?.headers['x-forwarded-user'], undefined);
  assert.equal(call?.body.header.sender_id, 'front.example.org');
  assert.notEqual(call?.body.message.transaction_id, made.message.transaction_id);
  assert.ok(!call?.text.includes('external.system.org'));
  assert.deepEqual(call?.body.message.search_request[0].search_criteria.query, ID);
});

test('a record that was not asked for is never shown, whoever else is in the answer', async () => {
  fake.behave = () => [person('P1'), person('P2')];
  assert.match(await refused(503, 'err.service.unavailable'), /not asked for/);
  fake.behave = () => [person('P1', { identifier: [{ identifier_type: 'passport', identifier_value: 'P1' }] })];
  assert.match(await refused(503, 'err.service.unavailable'), /not asked for/);
  fake.behave = () => [person('P2', { birth_date: '1991-01-01' })]; // the condition was dropped
  assert.match(await refused(503, 'err.service.unavailable', BORN), /not asked for/);
  assert.ok(front.log.some(({ message }) => message === 'the upstream answered records that were not asked for'));
});

const REFUSED = JSON.stringify({ message: { error: { code: 'err.signature.invalid', message: 'of Diallo' } } });

test('answers that are no answer: 503', async () => {
  const wrong: readonly [RegExp, FakeUpstream['behave']][] = [
    [/status 500/, (_, response) => void response.writeHead(500).end('Diallo')],
    [/not JSON/, (_, response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Diallo')],
    [/no JSON/, (_, response) => void response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"a":')],
    [
      /status 401 \(err\.signature\.invalid\); have it register our key set/,
      (_, response) => void response.writeHead(401).end(REFUSED),
    ],
    [/status 302/, (_, response) => void response.writeHead(302, { Location: '/elsewhere' }).end()],
    [/failed/, (_, response) => void response.destroy()],
    [/more than 204800 bytes/, () => [person('P1', { birth_place: 'x'.repeat(300_000) })]],
  ];
  for (const [detail, behave] of wrong) {
    fake.behave = behave;
    const told = await refused(503, 'err.service.unavailable');
    assert.match(told, detail);
    assert.ok(!told.includes('Diallo'));
  }
});

test('signatures, actions, transactions and items that are not those of our call: 503', async () => {
  const answers: readonly [RegExp, Parameters<FakeUpstream['searchAnswer']>[2]][] = [
    [/signature that does not hold/, { key: makeSigningKey('fake-1') }],
    [/signature that does not hold/, { key: makeSigningKey('stranger') }],
    [/another action/, { header: { action: 'on-subscribe' } }],
    [/another transaction/, { message: { transaction_id: 'somebody-elses' } }],
    [/each item once/, { item: { reference_id: 'r-9' } }],
    [/no search_response/, { message: { search_response: undefined } }],
    [/refused an item: rjct\.filter\.invalid/, { item: { status: 'rjct', status_reason_code: 'rjct.filter.invalid' } }],
    [/total_count below/, { item: { pagination: { total_count: 0 } } }],
    [/fewer records/, { item: { pagination: { total_count: 7 } } }],
  ];
  for (const [detail, over] of answers) {
    fake.behave = (call, response) => {
      const text = JSON.stringify(JSON.parse(fake.searchAnswer(call, [person('P1')], over)));
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(text);
      return undefined;
    };
    assert.match(await refused(503, 'err.service.unavailable'), detail);
  }
  fake.behave = (call, response) => {
    const { signature: _, ...unsigned } = JSON.parse(fake.searchAnswer(call, [person('P1')]));
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(unsigned));
    return undefined;
  };
  assert.match(await refused(503, 'err.service.unavailable'), /signature that does not hold/);
});

test('a partner that is to notify us and is not there is told at the start', () => {
  const told = front.log.find(({ message }) => message.startsWith('notifications would come'));
  assert.equal(told?.fields.partner, 'nobody');
});

test('an upstream that is too slow: 504', async () => {
  fake.behave = () => undefined; // never answers
  await refused(504, 'err.request.timeout');
});

test('"nobody" in the words of this upstream is an empty list', async () => {
  fake.behave = (call, response) => {
    const item = { status: 'rjct', status_reason_code: 'rjct.reference_id.invalid', data: undefined };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(fake.searchAnswer(call, [], { item }));
    return undefined;
  };
  const item = await found(ID);
  assert.equal(item.status, 'succ');
  assert.equal(item.pagination.total_count, 0);
});

test('a token that was ended before its time is renewed, once', async () => {
  const before = fake.tokens();
  fake.behave = (call, response) => {
    if (call.headers.authorization === `Bearer upstream-token-${before + 1}`) return [person('P1')];
    response.writeHead(401).end();
    return undefined;
  };
  assert.equal((await found(ID)).data.reg_records.length, 1);
  assert.equal(fake.tokens(), before + 1);
  fake.behave = (_, response) => void response.writeHead(401).end();
  const calls = fake.calls.length;
  await refused(503, 'err.service.unavailable');
  assert.equal(fake.calls.length, calls + 2, 'no more than once');
});

test('attributes and operators that the upstream does not filter by are refused before it is called', async () => {
  const calls = fake.calls.length;
  for (const [attribute, operator, value] of [
    ['birth_place', 'eq', 'Puerto'],
    ['name.surname', 'contains', 'Dia'],
    ['address.locality', 'eq', 'Puerto'],
  ]) {
    const item = await found({ seq: [{ attribute, operator, value }] });
    assert.equal(item.status, 'rjct');
    assert.equal(item.status_reason_code, 'rjct.search_criteria.invalid');
  }
  assert.equal((await found({ expression: { seq: [] }, type: 'x' })).status, 'rjct');
  assert.equal(fake.calls.length, calls);
});

test('a page is asked as it is, a larger one in as many as it takes', async () => {
  const all = Array.from({ length: 250 }, (_, index) => person(`N${index}`));
  fake.behave = (call, response) => {
    const { page_number: number, page_size: size } = call.body.message.search_request[0].search_criteria.pagination;
    const records = all.slice((number - 1) * size, number * size);
    const item = { pagination: { page_number: number, page_size: size, total_count: all.length } };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(fake.searchAnswer(call, records, { item }));
    return undefined;
  };
  const pagesOf = async (page_size: number, page_number: number) => {
    const before = fake.calls.length;
    const { data, pagination } = await found(BORN, { pagination: { page_size, page_number } });
    const asked = fake.calls
      .slice(before)
      .map(({ body }) => body.message.search_request[0].search_criteria.pagination.page_number);
    const [first] = data.reg_records;
    return [asked, first?.identifier[0].identifier_value, data.reg_records.length, pagination.total_count];
  };
  assert.deepEqual(await pagesOf(20, 3), [[3], 'N40', 20, 250]);
  assert.deepEqual(await pagesOf(100, 3), [[3], 'N200', 50, 250]);
  assert.deepEqual(await pagesOf(150, 2), [[2, 3], 'N150', 100, 250]);
});

test('a page behind what the upstream answers: no total is made up, and none is believed that its pages do not bear', async () => {
  const page = { page_size: 20, page_number: 3 };
  let total: number | undefined;
  fake.behave = (call, response) => {
    const item = { pagination: { ...page, total_count: total } };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(fake.searchAnswer(call, [], { item }));
    return undefined;
  };
  const client = front.client();
  for (total of [undefined, 90]) {
    const answer = await client.post(client.envelope([searchItem(BORN, {}, { pagination: page })]));
    assert.equal(answer.status, 503, answer.text);
  }
  total = 33;
  const { data, pagination } = await found(BORN, { pagination: page });
  assert.deepEqual([data?.reg_records ?? [], pagination.total_count], [[], 33]);
});
