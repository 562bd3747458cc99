/** Asynchronous searches that the upstream makes: it is asked by a message, calls us back, and the partner gets an answer of ours. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { loadConfig } from '../../../src/config/load.ts';
import { createGateway, type Gateway } from '../../../src/gateway.ts';
import { asyncConfig, call, searchMessage } from '../../support/async-calls.ts';
import { type CallbackReceiver, startReceiver } from '../../support/callback-receiver.ts';
import { createClient, makeSigningKey, signEnvelope } from '../../support/client.ts';
import { type FakeUpstream, person, startFakeUpstream, type UpstreamCall } from '../../support/fake-upstream.ts';
import { writeConfig } from '../../support/gateway.ts';
import { freePort } from '../../support/local-server.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { until } from '../../support/until.ts';
import { FRONT_SENDER, partnerWith, upstreamBackend } from '../../support/upstream-pair.ts';

const RECEIVES = { search: 'identifiers', records: {}, actions: ['receive'] };
const FEW_FIELDS = {
  search: 'any',
  actions: 'all',
  records: {
    Person: {
      fields: ['identifier', 'name.surname'],
      attributes: ['identifier'],
      identifier_types: ['urn:gov:national-id', 'UIN'],
    },
  },
};

const strangersKey = makeSigningKey('stranger-1');

let fake: FakeUpstream;
let receiver: CallbackReceiver;
let port: number;
let file: string;
let folder: string;
let gateway: Gateway;
let ahead = 0;

const start = async (): Promise<void> => {
  const config = await loadConfig({ file, env: {} });
  gateway = await createGateway(config, { log: recordedLog().log, retryMs: [50], clock: () => Date.now() + ahead });
  await gateway.start();
};

before(async () => {
  fake = await startFakeUpstream();
  fake.behave = (_, response) => void response.writeHead(202).end('{}');
  receiver = await startReceiver();
  port = await freePort();
  const { partners } = asyncConfig(receiver.origin);
  const origins = [receiver.origin, fake.url];
  const keys = [{ key_id: strangersKey.keyId, jwk: strangersKey.publicJwk }];
  ({ folder, file } = await writeConfig({
    identity: { id: FRONT_SENDER },
    server: { port },
    outbound: { allow_origins: origins, private_origins: origins },
    registries: {
      social: {
        ...{ domain: 'social', mounts: ['/registry'], sample: true, records: 'dci' },
        backend: upstreamBackend(fake.url, {
          ...{ async: 'relay', notifications_from: 'upstream', callback_url: `http://127.0.0.1:${port}/registry` },
        }),
      },
    },
    partners: {
      ...partners,
      shy: partnerWith('shy', FEW_FIELDS, {
        callbacks: [receiver.origin],
        callback: { url: `${receiver.origin}/shy` },
      }),
      upstream: partnerWith('upstream', RECEIVES, {
        sender_ids: ['fake.example.org'],
        keys: [{ key_id: fake.key.keyId, jwk: fake.key.publicJwk }],
      }),
      stranger: partnerWith('stranger', RECEIVES, { keys }),
    },
  }));
  await start();
});
after(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
  await receiver[Symbol.asyncDispose]();
  await fake[Symbol.asyncDispose]();
});

const clientAs = (clientId: string, senderId: string) =>
  createClient({ url: `http://127.0.0.1:${port}`, clientId, senderId });

/** Sends a search as this partner. */
const ask = async (value: string, name?: string, query: object = { type: 'UIN', value }): Promise<string> => {
  const client = name === undefined ? createClient({ url: `http://127.0.0.1:${port}` }) : clientAs(name, `${name}.example.org`); // biome-ignore format: one look
  const message = searchMessage(randomUUID(), value, query);
  const { status, text } = await call(client, '/search', 'search', message);
  assert.equal(status, 202, text);
  return message.transaction_id;
};

/** What the upstream was asked about this person, when it was. */
const askedAbout = async (value: string): Promise<UpstreamCall> => {
  for (let tries = 0; tries < 200; tries++) {
    const found = fake.calls.find(({ text }) => text.includes(`"${value}"`));
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new assert.AssertionError({ message: `nobody asked about ${value}` });
};

/** Posts what the upstream, or who says to be it, calls back with. */
const callBack = async (body: string, name = 'upstream', senderId = 'fake.example.org'): Promise<void> => {
  const client = clientAs(name, senderId);
  const { status, text } = await client.send(`${client.mount}/on-search`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await client.getToken()}` },
    body,
  });
  assert.equal(status, 202, text);
};

const answered = (transaction: string) => receiver.received.filter(({ body }) => body.message.transaction_id === transaction); // biome-ignore format: one look
const answerTo = (transaction: string, withinMs = 5_000) =>
  receiver.next(({ body }) => body.message.transaction_id === transaction, withinMs);
const nobodyAnswers = async (transaction: string): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(answered(transaction).length, 0);
};

test('what the upstream is asked is ours, and what comes back holds no field that the partner may not see', async () => {
  const transaction = await ask('P1', 'shy');
  const asked = await askedAbout('P1');
  assert.equal(asked.path, '/registry/search');
  const { header, message } = asked.body;
  assert.equal(header.sender_id, FRONT_SENDER);
  assert.equal(header.sender_uri, `http://127.0.0.1:${port}/registry/on-search`);
  assert.ok(asked.body.signature.length > 80);
  assert.notEqual(message.transaction_id, transaction);
  assert.doesNotMatch(asked.text, /\bshy\b/);
  await nobodyAnswers(transaction);

  await callBack(fake.searchAnswer(asked, [person('P1')]));
  const { body, text } = await answerTo(transaction);
  assert.equal(body.header.sender_id, FRONT_SENDER);
  assert.equal(body.header.status, 'succ');
  assert.deepEqual(body.message.search_response[0].data.reg_records[0].name, { surname: 'Diallo' });
  assert.ok(!/Awa|1990-05-17|fake\.example/.test(text), text);

  await callBack(fake.searchAnswer(asked, [person('P1', { name: { surname: 'Second' } })], { header: { message_id: 'later' } })); // biome-ignore format: one look
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert.equal(answered(transaction).length, 1);
});

test('a callback of another partner and one that nobody waits for change nothing', async () => {
  const transaction = await ask('P2');
  const asked = await askedAbout('P2');
  const forged = JSON.parse(fake.searchAnswer(asked, [person('P2', { name: { surname: 'Forged' } })]));
  const sent = { header: { ...forged.header, message_id: 'f1', sender_id: 'stranger.example.org' }, message: forged.message }; // biome-ignore format: one look
  const signature = signEnvelope(sent, 'stranger.example.org', strangersKey);
  await callBack(JSON.stringify({ signature, ...sent }), 'stranger', 'stranger.example.org');
  const unknown = { message_id: 'f2' };
  await callBack(fake.searchAnswer(asked, [], { header: unknown, message: { transaction_id: randomUUID() } }));
  await nobodyAnswers(transaction);
  await callBack(fake.searchAnswer(asked, [person('P2')], { header: { message_id: 'right' } }));
  assert.match((await answerTo(transaction)).text, /Diallo/);
});

test('records that were not asked for are not told, whoever signed them', async () => {
  const transaction = await ask('P3');
  await callBack(fake.searchAnswer(await askedAbout('P3'), [person('P9')], { header: { message_id: 's3' } }));
  const { body, text } = await answerTo(transaction);
  assert.equal(body.header.status, 'rjct', text);
  assert.ok(!/P9|Diallo/.test(text));
});

test('after a restart nothing is lost, nothing is asked twice, and the rights are those of now', async () => {
  const transactions = { open: await ask('P4'), shy: await ask('P7', 'shy') };
  const asked = [await askedAbout('P4'), await askedAbout('P7')] as const;
  await gateway.close();
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/("identifier",\s+)"name\.surname"/, '$1"birth_date"')); // what shy may see
  await start();
  await callBack(fake.searchAnswer(asked[0], [person('P4')], { header: { message_id: 's4' } }));
  await callBack(fake.searchAnswer(asked[1], [person('P7')], { header: { message_id: 's7' } }));
  const recordOf = async (transaction: string) =>
    (await answerTo(transaction)).body.message.search_response[0].data.reg_records[0];
  assert.equal((await recordOf(transactions.open)).name.given_name, 'Awa');
  const seen = await recordOf(transactions.shy);
  assert.equal(seen.birth_date, '1990-05-17');
  assert.equal(seen.name, undefined);
  assert.equal(fake.calls.filter(({ text }) => /"P[47]"/.test(text)).length, 2);
});

test('a request that did not reach the upstream is sent again, the same', async () => {
  let refused = 0;
  fake.behave = (_, response) => void response.writeHead(refused++ === 0 ? 503 : 202).end('{}');
  const transaction = await ask('P5');
  for (let tries = 0; refused < 2 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  const [first, second] = fake.calls.filter(({ text }) => text.includes('"P5"'));
  assert.ok(first && second);
  assert.equal(first.body.header.message_id, second.body.header.message_id);
  assert.deepEqual(first.body.message, second.body.message);
  await callBack(fake.searchAnswer(second, [person('P5')], { header: { message_id: 's5' } }));
  assert.equal((await answerTo(transaction)).body.header.status, 'succ');
});

const expression = (query: object): object => ({
  type: 'ns:org:QueryType:expression',
  value: { expression: { query } },
});
/** Everybody of this surname. */
const bySurname = (surname: string): object => expression({ 'name.surname': { $eq: surname } });

const named = (surname: string, ...values: readonly string[]) =>
  values.map((value) => person(value, { name: { surname, given_name: value } }));

/** One message of several: these records of so many. */
const part = (
  asked: UpstreamCall,
  id: string,
  records: readonly object[],
  total: number,
  over: { readonly page?: number; readonly counts?: object } = {},
): Promise<void> =>
  callBack(
    fake.searchAnswer(asked, records, {
      header: { message_id: id, ...over.counts },
      item: { pagination: { page_number: over.page ?? 1, page_size: 20, total_count: total } },
    }),
  );

const givenNames = async (transaction: string): Promise<readonly string[]> => {
  const { body, text } = await answerTo(transaction);
  assert.equal(body.header.status, 'succ', text);
  const [item] = body.message.search_response;
  assert.equal(item.pagination.total_count, item.data.reg_records.length);
  return item.data.reg_records.map(({ name }: { name: { given_name: string } }) => name.given_name);
};

test('an answer in several messages is told once all of it is there, each record once', async () => {
  const transaction = await ask('', undefined, bySurname('Several'));
  const asked = await askedAbout('Several');
  const last = named('Several', 'Q4', 'Q5');
  await part(asked, 'q-2', last, 5, { counts: { completed_count: 5 } }); // they overtake each other
  await part(asked, 'q-2', last, 5, { counts: { completed_count: 5 } });
  await part(asked, 'q-2 with another id', last, 5, { counts: { completed_count: 5 } });
  await part(asked, 'q-2 in part', [...last.slice(1), ...named('Several', 'Q1')], 5, {
    counts: { completed_count: 1 },
  });
  await nobodyAnswers(transaction);
  await part(asked, 'q-1', named('Several', 'Q1', 'Q2', 'Q3'), 5, { counts: { completed_count: 3 } });
  assert.deepEqual([...(await givenNames(transaction))].toSorted(), ['Q1', 'Q2', 'Q3', 'Q4', 'Q5']);
  await part(asked, 'q-3', named('Several', 'Q6'), 6);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(answered(transaction).length, 1);
});

test('items that come one a message are put together, over a restart', async () => {
  const transaction = await ask(
    '',
    undefined,
    expression({ 'identifier.identifier_type': 'UIN', 'identifier.identifier_value': { $in: ['R1', 'R2'] } }),
  );
  const asked = await askedAbout('R1');
  const [first, second] = asked.body.message.search_request;
  const only = (item: { reference_id: string }, value: string, header: object) => {
    const call = { ...asked, body: { ...asked.body, message: { ...asked.body.message, search_request: [item] } } };
    return callBack(fake.searchAnswer(call, [person(value)], { header: { total_count: 2, ...header } }));
  };
  await only(first, 'R1', { message_id: 'r-1', completed_count: 1 });
  await nobodyAnswers(transaction);
  await gateway.close();
  await start();
  await only(second, 'R2', { message_id: 'r-2', completed_count: 2 });
  const { body, text } = await answerTo(transaction);
  assert.equal(body.message.search_response[0].data.reg_records.length, 2, text);
});

test('messages that contradict each other are refused, as are more than an answer may have', async () => {
  const transaction = await ask('', undefined, bySurname('Contrary'));
  const asked = await askedAbout('Contrary');
  await part(asked, 'c-1', named('Contrary', 'C1'), 3);
  await part(asked, 'c-2', named('Contrary', 'C2'), 4);
  const { body, text } = await answerTo(transaction);
  assert.equal(body.header.status, 'rjct', text);
  assert.ok(!/Contrary|"C1"/.test(text));

  const many = await ask('', undefined, bySurname('Many'));
  const page = (await askedAbout('Many')) satisfies UpstreamCall;
  const bulk = 'x'.repeat(400_000);
  for (let n = 1; n <= 11; n++)
    await part(page, `many-${n}`, [person(`M${n}`, { name: { surname: 'Many' }, registration_note: bulk })], 15);
  const refused = await answerTo(many);
  assert.equal(refused.body.header.status, 'rjct', refused.text);
});

test('an upstream that takes no more requests is asked again, the same, when it says; its time to call back begins then', async () => {
  let refusals = 2;
  fake.behave = ({ text }, response) => {
    if (!text.includes('"L1"') || refusals === 0) return void response.writeHead(202).end('{}');
    refusals -= 1;
    return void response.writeHead(429, { 'Retry-After': '400' }).end();
  };
  const askedOf = (): readonly UpstreamCall[] => fake.calls.filter(({ text }) => text.includes('"L1"'));
  const transaction = await ask('L1');
  for (const [times, seconds] of [
    [1, 401],
    [2, 802], // later than it may take to call back
  ] as const) {
    await until(() => askedOf().length === times);
    await nobodyAnswers(transaction);
    ahead = seconds * 1_000;
    await ask(`W${times}`); // wakes its lane
  }
  await until(() => askedOf().length === 3);
  const ids = askedOf().map(({ body: { header, message } }) => `${header.message_id} ${message.transaction_id}`);
  assert.equal(new Set(ids).size, 1);
  await nobodyAnswers(transaction);
  ahead = 0;
});

test('a part of an answer is never told: without the rest in time the partner is told that there is none', async () => {
  const transaction = await ask('', undefined, bySurname('Partial'));
  await part(await askedAbout('Partial'), 'p-1', named('Partial', 'P1'), 2);
  await nobodyAnswers(transaction);
  ahead = 11 * 60_000;
  const { body, text } = await answerTo(transaction, 15_000);
  assert.equal(body.header.status, 'rjct', text);
  assert.ok(!text.includes('Partial'));
  ahead = 0;
});

test('without a callback in time the partner is told so', async () => {
  const transaction = await ask('P6');
  await askedAbout('P6');
  await nobodyAnswers(transaction);
  ahead = 11 * 60_000;
  const { body } = await answerTo(transaction, 15_000);
  assert.equal(body.header.status, 'rjct');
  assert.equal(body.message.search_response[0].status, 'rjct');
});
