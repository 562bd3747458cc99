/** Callbacks to partners that want an access token of their own issuing. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallbackPolicy } from '../../src/security/partner.ts';
import { ATTEMPTS } from '../../src/store/async-documents.ts';
import { type DeliveryRig, deliveryRig } from '../support/delivery-rig.ts';
import { ACK, type Behaviour, type ReceivedCall, startReceiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const SECRET = 'a-secret-of-ours-at-the-partner';

/** Gives tokens that are numbered; a status or text in `answers` is given first. */
const startTokens = async (answers: (number | string)[] = []) => {
  const asked: { readonly text: string; readonly authorization: string | undefined }[] = [];
  let given = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    asked.push({ text, authorization: request.headers.authorization });
    const next = answers.shift();
    const status = typeof next === 'number' ? next : 200;
    given += status === 200 ? 1 : 0;
    const token = JSON.stringify({ access_token: `token-${given}`, token_type: 'bearer', expires_in: 3600 });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof next === 'string' ? next : status === 200 ? token : JSON.stringify({ secret: SECRET }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, origin, url: `${origin}/token`, [Symbol.asyncDispose]: close };
};

const rigWith = (origins: readonly string[], tokenUrl: string, policy: Partial<CallbackPolicy> = {}) =>
  deliveryRig({
    ...{ origins, schedule: { retryMs: [60, 60, 60] }, timeoutMs: 5_000 },
    partner: {
      callback: {
        rule: 'auto',
        token: { url: tokenUrl, clientId: 'gateway', clientSecret: SECRET, style: 'form', scope: 'dci' },
        ...policy,
      },
    },
  });

const tokensOf = (calls: readonly ReceivedCall[]) => calls.map(({ headers }) => headers.authorization);
const attemptsOf = async ({ store }: DeliveryRig) =>
  store.documents.find(ATTEMPTS, { index: 'byAge', equals: [], limit: 50 });

test('every callback bears an access token, which is fetched once for all', async () => {
  await using tokens = await startTokens();
  await using receiver = await startReceiver();
  await using rig = await rigWith([receiver.origin, tokens.origin], tokens.url);
  for (let i = 0; i < 5; i++) await rig.search(receiver.origin);
  await receiver.came(5);
  assert.deepEqual([...new Set(tokensOf(receiver.calls))], ['Bearer token-1']);
  assert.equal(tokens.asked.length, 1);
  const { grant_type, client_id, client_secret, scope } = Object.fromEntries(
    new URLSearchParams(tokens.asked[0]?.text),
  );
  assert.deepEqual([grant_type, client_id, client_secret, scope], ['client_credentials', 'gateway', SECRET, 'dci']);
});

test('a token that is refused is renewed at once, within the same attempt', async () => {
  await using tokens = await startTokens();
  const wants = new Set(['Bearer token-1']);
  const behave = ({ headers }: ReceivedCall): Behaviour =>
    wants.has(headers.authorization ?? '') ? ACK : { status: 401 };
  await using receiver = await startReceiver(behave);
  await using rig = await rigWith([receiver.origin, tokens.origin], tokens.url);
  await rig.search(receiver.origin);
  await receiver.came(1);
  wants.clear();
  wants.add('Bearer token-2');
  await rig.search(receiver.origin);
  const [, refused, taken] = await receiver.came(3);
  assert.deepEqual(tokensOf(receiver.calls), ['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  assert.equal(refused?.messageId, taken?.messageId);
  assert.deepEqual([refused?.headers['x-delivery-attempt'], taken?.headers['x-delivery-attempt']], ['1', '1']);
});

test('without a token nothing is sent: the attempt failed, and is made again; no secret is told', async () => {
  await using tokens = await startTokens([401, 'no JSON', '{"access_token":"mac","token_type":"mac"}']);
  await using receiver = await startReceiver();
  await using rig = await rigWith([receiver.origin, tokens.origin], tokens.url, { headers: { 'x-key': 'k' } });
  // A failed fetch is not repeated for two seconds: attempts meanwhile fail by it, too.
  await rig.search(receiver.origin);
  await until(async () => (await attemptsOf(rig)).length > 0);
  assert.equal(receiver.calls.length, 0);
  const tried = await attemptsOf(rig);
  assert.deepEqual([...new Set(tried.map(({ result, problem }) => `${result} ${problem}`))], ['retry no access token']);
  const told = JSON.stringify([rig.lines, tried]);
  assert.match(told, /the token endpoint answered with status 401/);
  assert.ok(!told.includes(SECRET), told);
});

test('a token that is refused although it was just issued is a failure that is tried again', async () => {
  await using tokens = await startTokens();
  await using receiver = await startReceiver(() => (receiver.calls.length <= 2 ? { status: 401 } : ACK));
  await using rig = await rigWith([receiver.origin, tokens.origin], tokens.url);
  await rig.search(receiver.origin);
  await receiver.came(3);
  assert.deepEqual(tokensOf(receiver.calls), ['Bearer token-1', 'Bearer token-2', 'Bearer token-2']);
  assert.equal(receiver.calls[2]?.headers['x-delivery-attempt'], '2');
});

test('a partner that refuses every token is not asked for one with every attempt', async () => {
  await using tokens = await startTokens();
  await using receiver = await startReceiver(() => ({ status: 401 }));
  await using rig = await rigWith([receiver.origin, tokens.origin], tokens.url);
  await rig.search(receiver.origin);
  await receiver.came(4);
  assert.deepEqual(tokensOf(receiver.calls).slice(0, 4), ['Bearer token-1', 'Bearer token-2', 'Bearer token-2', 'Bearer token-2']); // biome-ignore format: one look
  assert.equal(tokens.asked.length, 2);
});

test('no token goes to an origin that is not registered', async () => {
  await using tokens = await startTokens();
  await using other = await startReceiver();
  await using rig = await deliveryRig({
    origins: [other.origin, tokens.origin],
    partner: {
      callbacks: ['https://partner.example'],
      callback: {
        ...{ rule: 'auto', any: true },
        token: { url: tokens.url, clientId: 'gateway', clientSecret: SECRET, style: 'basic' },
      },
    },
  });
  await rig.search(other.origin);
  const [call] = await other.came(1);
  assert.equal(call?.headers.authorization, undefined);
  assert.equal(tokens.asked.length, 0);
});

test('a token endpoint at an address that may not be connected is not called', async () => {
  await using tokens = await startTokens();
  await using receiver = await startReceiver();
  await using rig = await rigWith([receiver.origin], tokens.url);
  await rig.search(receiver.origin);
  await sleep(150);
  assert.deepEqual([tokens.asked.length, receiver.calls.length], [0, 0]);
});
