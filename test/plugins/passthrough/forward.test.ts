/** Searches that go on as they came: byte for byte, by our token, and only where nothing restricts the partner. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AUDIT, type AuditEntry } from '../../../src/store/async-documents.ts';
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import { type Client, makeSigningKey, searchItem } from '../../support/client.ts';
import { type FakeUpstream, person, startFakeUpstream } from '../../support/fake-upstream.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { until } from '../../support/until.ts';
import { clientOf, partnerWith, startFront } from '../../support/upstream-pair.ts';

const key = makeSigningKey('open-1');
const OPEN = { signature: { require: 'required' }, keys: [{ key_id: key.keyId, jwk: key.publicJwk }] };
const ALL = { search: 'any', records: 'all' };

let fake: FakeUpstream;
let front: RunningGateway;
let open: Client;
before(async () => {
  fake = await startFakeUpstream();
  front = await startFront(fake.url, {
    backend: { forward: 'unrestricted', criteria: { reg_type: SAID.reg_type }, timeout: '700ms', max_answer: '200KB' },
    partners: {
      open: partnerWith('open', ALL, OPEN),
      few: partnerWith('few', ALL, { ...OPEN, limits: { records_per_day: 3 } }),
      selective: partnerWith('selective', { ...ALL, search: 'selective' }, OPEN),
      filtered: partnerWith('filtered', { search: 'any', records: { Person: { fields: ['identifier'], attributes: 'all', identifier_types: 'all' } } }, OPEN), // biome-ignore format: one look
    },
  });
  open = clientOf(front, 'open', { key });
});
after(async () => {
  await front.close();
  await fake[Symbol.asyncDispose]();
});

const SAID = { reg_type: 'ns:org:RegistryType:Social', reg_record_type: 'Person' };
const PAGE = { ...SAID, pagination: { page_size: 10, page_number: 1 } };
const strict = (client: Client, item: object = {}, header: object = {}) =>
  client.envelope([{ ...searchItem({ type: 'UIN', value: 'P1' }, {}, PAGE), ...item }], { ...header });

/** As somebody formats it. */
const written = (client: Client, made = strict(client)): string => `${JSON.stringify(client.signed(made), null, 3)}\n`;

const forwarded = (text: string): boolean => fake.calls.at(-1)?.text === text;

test('the bytes arrive as they were sent and come back as they were answered, with our token and no header of either side', async () => {
  fake.behave = () => [person('P1', { favourite_colour: 'red' })];
  const text = written(open);
  const answer = await open.postText(text, { Cookie: 'session=of-the-caller', 'X-Trace': 'of-the-caller' });
  assert.equal(answer.status, 200, answer.text);
  const call = fake.calls.at(-1);
  assert.equal(call?.text, text);
  assert.equal(call?.path, '/registry/sync/search');
  assert.equal(call?.headers.authorization, 'Bearer upstream-token-1');
  assert.deepEqual(Object.keys(call?.headers ?? {}).toSorted(), ['accept', 'accept-encoding', 'authorization', 'connection', 'content-length', 'content-type', 'host']); // biome-ignore format: one look
  assert.equal(call?.headers.host, new URL(fake.url).host);
  assert.match(answer.text, /favourite_colour/, 'not rendered by us');
  assert.match(answer.body.signature, /fake\.example\.org\|fake-1/, 'not signed by us');
  assert.equal(answer.headers.get('set-cookie'), null);
  assert.equal(answer.headers.get('x-powered-by'), null);
});

test('a search that goes on as it came has its audit entry', async () => {
  fake.behave = () => [person('P1'), person('P2')];
  const made = strict(open);
  const text = written(open, made);
  assert.equal((await open.postText(text)).status, 200);
  assert.ok(forwarded(text));
  const store = await openSqliteStore({ folder: join(front.folder, 'var'), clock: Date.now, role: 'command' });
  try {
    let ours: readonly AuditEntry[] = [];
    await until(async () => {
      const kept = await store.documents.find(AUDIT, { index: 'byPartner', equals: ['open'], limit: 100 });
      ours = kept.filter(({ transaction }) => transaction === made.message.transaction_id);
      return ours.length > 0;
    });
    assert.deepEqual(
      ours.map(({ action, outcome, count, tried }) => [action, outcome, count, tried]),
      [['search', 'forwarded', 2, 1]],
    );
  } finally {
    await store.close();
  }
});

test('a limit of the upstream is told by us, as when to come again', async () => {
  fake.behave = (_, response) => void response.writeHead(429, { 'Retry-After': '30' }).end();
  const text = written(open);
  const answer = await open.postText(text);
  assert.ok(forwarded(text));
  assert.equal(answer.status, 503, answer.text);
  assert.equal(answer.headers.get('retry-after'), '30');
});

test('a caller who says Expect does not smuggle its token through', async () => {
  fake.behave = () => [person('P1')];
  const text = written(open);
  const headers = {
    ...{ 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), expect: '100-continue' },
    ...{ authorization: `Bearer ${await open.getToken()}`, cookie: 'session=of-the-caller' },
  };
  const call = request(`${front.url}/registry/sync/search`, { method: 'POST', headers });
  call.end(text);
  const [response] = await once(call, 'response');
  response.resume();
  assert.equal(response.statusCode, 200);
  assert.ok(forwarded(text));
  const { authorization, cookie, expect } = fake.calls.at(-1)?.headers ?? {};
  assert.deepEqual([authorization, cookie, expect], ['Bearer upstream-token-1', undefined, undefined]);
});

test('whoever is restricted in anything is asked for anew, and so is a request that was read leniently', async () => {
  fake.behave = () => [person('P1', { favourite_colour: 'red' })];
  const rewritten = async (client: Client, text: string): Promise<void> => {
    const answer = await client.postText(text);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(!forwarded(text), text);
    assert.ok(!answer.text.includes('favourite_colour'));
    assert.match(answer.body.signature, /front\.example\.org\|/);
  };
  for (const name of ['selective', 'filtered']) {
    const client = clientOf(front, name, { key });
    await rewritten(client, written(client));
  }
  const lenient = [
    strict(open, {}, { total_count: '1' }),
    strict(open, {}, { favourite: 'x' }),
    strict(open, {}, { version: '1.0' }),
    strict(open, { timestamp: '2026-01-15T10:30:00' }),
    strict(open, { locale: 'en-GB' }),
    strict(open, searchItem({ type: 'UIN', value: 'P1' })),
    strict(open, searchItem({ type: 'UIN', value: 'P1' }, {}, { ...PAGE, query_type: 'expression' })),
    strict(open, searchItem({ type: 'UIN', value: 'P1' }, { pagination: PAGE.pagination })),
    // They leave to the upstream what they are about, or say it in other words than we would.
    strict(
      open,
      searchItem({ type: 'UIN', value: 'P1' }, {}, { pagination: PAGE.pagination, reg_type: SAID.reg_type }),
    ),
    strict(open, searchItem({ type: 'UIN', value: 'P1' }, {}, { ...PAGE, reg_record_type: 'SRPerson' })),
    strict(
      open,
      searchItem({ type: 'UIN', value: 'P1' }, {}, { pagination: PAGE.pagination, reg_record_type: 'Person' }),
    ),
    strict(open, searchItem({ type: 'UIN', value: 'P1' }, {}, { ...PAGE, reg_type: 'SR' })),
  ];
  for (const made of lenient) await rewritten(open, written(open, made));
});

test('checks come first: a wrong signature, a replay with other content and a used up limit never go on', async () => {
  fake.behave = () => [person('P1')];
  const calls = fake.calls.length;
  const made = open.signed(strict(open));
  const wrong = await open.postText(
    JSON.stringify({ ...made, message: { ...made.message, transaction_id: 'another' } }),
  );
  assert.equal(wrong.status, 401);
  assert.equal(fake.calls.length, calls);
  const few = clientOf(front, 'few', { key });
  fake.behave = () => [person('P1'), person('P2'), person('P3')];
  assert.equal((await few.postText(written(few))).status, 200);
  const over = await few.postText(written(few));
  assert.equal(over.status, 429, 'three records were charged');
  assert.equal(fake.calls.length, calls + 1);
});

test('upstream wrong, down or slow: 503 or 504 in DCI form, and nothing of its answer', async () => {
  const refused = async (status: number, behave: FakeUpstream['behave']): Promise<void> => {
    fake.behave = behave;
    const answer = await open.postText(written(open));
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.body.message.ack_status, 'ERR');
    assert.match(answer.body.signature, /front\.example\.org\|/);
    assert.ok(!/Diallo/.test(answer.text));
  };
  const answers =
    (over: Parameters<FakeUpstream['searchAnswer']>[2]): FakeUpstream['behave'] =>
    (call, response) =>
      void response
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end(fake.searchAnswer(call, [person('P1')], over));
  await refused(503, (_, response) => void response.writeHead(500).end('Diallo'));
  await refused(503, (_, response) => void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Diallo'));
  await refused(503, (_, response) => void response.destroy());
  await refused(503, (_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' }).write('{"Diallo":');
    response.destroy();
    return undefined;
  });
  await refused(503, answers({ key: makeSigningKey('fake-1') }));
  await refused(503, answers({ message: { transaction_id: 'another' } }));
  await refused(503, () => [person('P1', { birth_place: 'x'.repeat(300_000) })]);
  await refused(503, () => Array.from({ length: 11 }, () => person('P1')));
  await refused(504, () => undefined);
  // Begun, then broken off, endless, or stalled: the caller's own connection is not cut for it.
  const begin = (response: ServerResponse): void =>
    void response.writeHead(200, { 'Content-Type': 'application/json' }).write('{"Diallo":');
  await refused(503, (_, response) => {
    begin(response);
    setTimeout(() => response.destroy(), 50);
    return undefined;
  });
  await refused(503, (_, response) => {
    begin(response);
    const more = setInterval(() => response.write('x'.repeat(50_000)), 10);
    response.once('close', () => clearInterval(more));
    return undefined;
  });
  await refused(504, (_, response) => void begin(response));
});

test("an upstream that does not know the partner's key: the log says that it is the partner's", async () => {
  const refusal = JSON.stringify({ header: { status_reason_code: 'err.signature.invalid' } });
  fake.behave = (_, response) => void response.writeHead(401).end(refusal);
  const lines = front.log.length;
  assert.equal((await open.postText(written(open))).status, 503);
  const told = front.log.slice(lines).find(({ message }) => message === 'request failed');
  assert.match(String(told?.fields.detail), /\(err\.signature\.invalid\); have it register the partner's own keys/);
});

test('a token that the upstream took back is renewed, once', async () => {
  const before = fake.tokens();
  fake.behave = (call, response) => {
    if (call.headers.authorization === `Bearer upstream-token-${before + 1}`) return [person('P1')];
    response.writeHead(401).end();
    return undefined;
  };
  const text = written(open);
  assert.equal((await open.postText(text)).status, 200);
  assert.ok(forwarded(text));
  assert.equal(fake.tokens(), before + 1);
});
