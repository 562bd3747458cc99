/** An upstream that limits how often it is asked: it is left alone as long as it says, nothing is asked twice, nothing is refused. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { after, before, beforeEach, test } from 'node:test';
import { loadConfig } from '../../../src/config/load.ts';
import { createGateway, type Gateway } from '../../../src/gateway.ts';
import { call, searchMessage, statusMessage } from '../../support/async-calls.ts';
import { type Client, createClient } from '../../support/client.ts';
import { resultOf, upload } from '../../support/file-world.ts';
import { DEMO_PARTNER, writeConfig } from '../../support/gateway.ts';
import { type LimitingUpstream, startLimitingUpstream } from '../../support/limiting-upstream.ts';
import { freePort } from '../../support/local-server.ts';
import { recordedLog } from '../../support/recorded-log.ts';
import { until } from '../../support/until.ts';
import { csvOf } from '../../support/uploads.ts';
import { FRONT_SENDER, startFront, upstreamBackend } from '../../support/upstream-pair.ts';

let upstream: LimitingUpstream;
let port: number;
let file: string;
let folder: string;
let gateway: Gateway;
let admin: string;
let ahead = 0;
let log = recordedLog();

const start = async (): Promise<void> => {
  const config = await loadConfig({ file, env: {} });
  log = recordedLog();
  gateway = await createGateway(config, { log: log.log, retryMs: [50], clock: () => Date.now() + ahead });
  ({ adminUrl: admin } = await gateway.start());
};

before(async () => {
  upstream = await startLimitingUpstream();
  port = await freePort();
  ({ folder, file } = await writeConfig({
    identity: { id: FRONT_SENDER },
    server: { port },
    limits: { identifiers_per_day: 380, records_per_day: 380 }, // about what is asked here
    registries: {
      social: {
        ...{ domain: 'social', mounts: ['/registry'], sample: true, records: 'dci' },
        backend: upstreamBackend(upstream.fake.url, { queries: ['idtype-value'] }),
      },
    },
    partners: {
      'external-system': { ...DEMO_PARTNER, registries: { social: { search: 'any', records: 'all', actions: 'all' } } },
    },
  }));
  await start();
});
after(async () => {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
  await upstream[Symbol.asyncDispose]();
});
beforeEach(() => {
  upstream.refuse = () => undefined;
  upstream.forget();
});

const client = (): Client => createClient({ url: `http://127.0.0.1:${port}` });

const values = (count: number, prefix: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

const itemsOf = async (transaction: string): Promise<readonly ReturnType<typeof JSON.parse>[]> => {
  const path = await resultOf(client(), transaction, 20_000);
  const headers = { Authorization: `Bearer ${await client().getToken()}` };
  return (await client().send(`/registry${path}`, { headers })).body.search_response;
};

const assertAllAnswered = async (transaction: string, asked: readonly string[]): Promise<void> => {
  const items = await itemsOf(transaction);
  const found = items.map(({ data }) => data?.reg_records?.[0]?.identifier[0].identifier_value);
  assert.deepEqual(found, asked);
};

const searchAsync = async (transaction: string, asked: readonly string[]): Promise<void> => {
  const search_request = asked.map((value) => {
    const [item] = searchMessage('', '', { type: 'UIN', value }).search_request;
    return { ...item, reference_id: value };
  });
  const accepted = await call(client(), '/search', 'search', { transaction_id: transaction, search_request });
  assert.equal(accepted.status, 202, accepted.text);
};

/** How often the log tells the operator so, since the start. */
const waitsIn = (what: string): number =>
  log.lines.filter(({ level, message }) => level === 'info' && message.startsWith(what)).length;

const statusOf = async (transaction: string): Promise<ReturnType<typeof JSON.parse>> =>
  (await call(client(), '/sync/txn/status', 'txn-status', statusMessage('transaction_id', transaction))).body;

/** Refuses the call that asks for this, so often, and tells when to come again. */
const refuse = (value: string, times: number, seconds: number): void => {
  let left = times;
  upstream.refuse = (asked) => {
    if (!asked.includes(value) || left === 0) return undefined;
    left -= 1;
    return { status: 429, headers: { 'Retry-After': String(seconds) } };
  };
};

const RETRY_AFTER: readonly (readonly [string, 429 | 503, Readonly<Record<string, string>>, number | undefined])[] = [
  ['seconds', 429, { 'Retry-After': '30' }, 30],
  ['seconds with 503', 503, { 'Retry-After': '7' }, 7],
  ['a date of a clock that goes wrong', 503, { 'Retry-After': 'Tue, 01 Jan 2030 10:00:20 GMT', Date: 'Tue, 01 Jan 2030 10:00:00 GMT' }, 20], // biome-ignore format: a case a line
  ['for years', 429, { 'Retry-After': '99999999' }, 3_600],
  ['nothing', 429, {}, 10],
  ['nonsense', 429, { 'Retry-After': 'soon' }, 10],
  ['at once', 429, { 'Retry-After': '0' }, 1],
  ['nothing with 503', 503, {}, undefined],
];
for (const [said, status, headers, seconds] of RETRY_AFTER) {
  test(`a partner that waits for its answer is told when to come again: ${said}`, async () => {
    upstream.refuse = () => ({ status, headers });
    const answer = await client().search({ type: 'UIN', value: 'P1' });
    assert.equal(answer.status, 503, answer.text);
    assert.equal(answer.body.message.error.code, 'err.service.unavailable');
    const told = answer.headers.get('retry-after');
    assert.equal(told === null ? undefined : Number(told), seconds);
    assert.equal(upstream.refused(), 1);
  });
}

test('a file goes on with the very call that was refused, after a moment', async () => {
  const asked = values(50, 'A');
  refuse('A30', 2, 1);
  const at = performance.now();
  const transaction = await upload(client(), csvOf(asked, 'UIN'));
  await assertAllAnswered(transaction, asked);
  assert.deepEqual(upstream.answered.flat(), asked, 'nothing was asked twice');
  assert.equal(upstream.refused(), 2);
  assert.ok(performance.now() - at >= 2_000);
});

test('closing does not wait for a moment to be over, and loses nothing that was answered', async () => {
  const asked = values(30, 'G');
  refuse('G25', 6, 5);
  const transaction = await upload(client(), csvOf(asked, 'UIN'));
  for (let times = 1; times <= 6; times++) {
    await until(() => upstream.refused() === times);
    await until(() => log.lines.some(({ message }) => message.startsWith('file waits')));
    const at = performance.now();
    await gateway.close();
    assert.ok(performance.now() - at < 2_500, 'it did not wait');
    await start();
  }
  await assertAllAnswered(transaction, asked);
  assert.deepEqual(upstream.answered.flat(), asked);
});

test('a longer wait frees the lane, outlives the process and costs no try and nothing of the day; the partner sees that it is pending', async () => {
  const asked = values(300, 'B');
  refuse('B270', 7, 8);
  const transaction = await upload(client(), csvOf(asked, 'UIN'));
  for (let times = 1; times <= 7; times++) {
    await until(() => upstream.refused() === times);
    await until(() => waitsIn('file waits') === (times <= 2 ? 1 : times - 1));
    const { header, message } = await statusOf(transaction);
    assert.equal(header.status, 'pdng');
    assert.match(JSON.stringify(message), /0 of 300 rows done, waiting for the registry/);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    assert.match(metrics, /dci_requests_waiting\{registry="social"\} 1/);
    if (times === 1) {
      await itemsOf(await upload(client(), csvOf(['X1'], 'UIN')));
      assert.equal(upstream.refused(), 1, 'not before its time, although its lane was woken');
      await gateway.close();
    }
    ahead += 9_000;
    if (times === 1) await start();
    else await upload(client(), csvOf([`X${times}`], 'UIN')); // wakes its lane
  }
  await assertAllAnswered(transaction, asked);
  const own = upstream.answered.flat().filter((value) => value.startsWith('B'));
  assert.deepEqual(own, asked, 'nothing was asked twice');
});

test('an asynchronous search waits in the same way, and goes on with the item that was refused', async () => {
  const asked = values(60, 'C');
  refuse('C40', 6, 8);
  const transaction = randomUUID();
  await searchAsync(transaction, asked);
  for (let times = 1; times <= 6; times++) {
    await until(() => upstream.refused() === times);
    await until(() => waitsIn('request waits') === times);
    assert.equal((await statusOf(transaction)).header.status, 'pdng');
    if (times > 1) ahead += 9_000;
    await searchAsync(randomUUID(), [`Y${times}`]); // wakes its lane
    if (times === 1) {
      await until(() => upstream.answered.flat().includes('Y1'));
      assert.equal(upstream.refused(), 1, 'not before its time');
      ahead += 9_000;
      await searchAsync(randomUUID(), ['Y']);
    }
  }
  await until(async () => (await statusOf(transaction)).header.status === 'succ');
  const told = JSON.stringify(await statusOf(transaction));
  for (const value of asked) assert.ok(told.includes(`"identifier_value":"${value}"`), value);
  const own = upstream.answered.flat().filter((value) => value.startsWith('C'));
  assert.deepEqual(own, asked);
  const counted = await client().search({ type: 'UIN', value: 'P1' });
  assert.equal(counted.status, 200, 'identifiers and records were counted once');
});

test('of several files that wait, one asks whether they may go on', async () => {
  const before = waitsIn('file waits');
  const refused: string[] = [];
  let limited = true;
  upstream.refuse = (asked) => {
    if (!limited) return undefined;
    refused.push(...asked);
    return { status: 429, headers: { 'Retry-After': '8' } };
  };
  const transactions: string[] = [];
  const add = async (value: string): Promise<void> => {
    transactions.push(await upload(client(), csvOf([value], 'UIN')));
    if (limited) await until(() => refused.includes(value) && waitsIn('file waits') === before + refused.length);
  };
  for (const value of ['F1', 'F2', 'F3', 'F4']) await add(value); // each is tried once
  ahead += 9_000;
  await add('F5');
  assert.deepEqual(refused, ['F1', 'F2', 'F3', 'F4', 'F1', 'F5']);
  limited = false;
  ahead += 9_000;
  await add('F6');
  for (const [index, transaction] of transactions.entries()) await assertAllAnswered(transaction, [`F${index + 1}`]);
});

test('when its time is over, the rows that are left are told why', async () => {
  await using impatient = await startFront(upstream.fake.url, {
    backend: { queries: ['idtype-value'] },
    config: { requests: { answer_within: '3s' } },
    partners: {
      'external-system': { ...DEMO_PARTNER, registries: { social: { search: 'any', records: 'all', actions: 'all' } } },
    },
  });
  upstream.refuse = (some) => (some.includes('D260') ? { status: 429, headers: { 'Retry-After': '1' } } : undefined);
  const asked = values(270, 'D');
  const transaction = await upload(impatient.client(), csvOf(asked, 'UIN'));
  const path = await resultOf(impatient.client(), transaction, 10_000);
  const headers = { Authorization: `Bearer ${await impatient.client().getToken()}` };
  const { body } = await impatient.client().send(`/registry${path}`, { headers });
  const items: readonly ReturnType<typeof JSON.parse>[] = body.search_response;
  assert.equal(items.length, 270);
  items.forEach(({ status, status_reason_message: told }, index) => {
    assert.equal(status, index < 250 ? 'succ' : 'rjct', `row ${index}`);
    if (index >= 250) assert.match(told, /limits how often it is asked, and the time for this request ended/);
  });
  assert.ok(upstream.refused() >= 2);
  assert.ok(impatient.log.some(({ message }) => message.startsWith('rows of a file given up')));
});

test('a token endpoint that limits requests is heard as well', async () => {
  ahead += 3_600_000; // the token that we have is over
  upstream.fake.noToken = { status: 429, headers: { 'Retry-After': '7' } };
  const answer = await client().search({ type: 'UIN', value: 'P1' });
  assert.equal(answer.status, 503, answer.text);
  assert.equal(answer.headers.get('retry-after'), '7');
  assert.deepEqual(upstream.answered, []);
});
