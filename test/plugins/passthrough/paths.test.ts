/** What is read through the gateway from an upstream: listed paths, and its areas as ours. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../../support/fake-upstream.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { clientOf, partnerWith, startFront } from '../../support/upstream-pair.ts';

let fake: FakeUpstream;
let front: RunningGateway;
before(async () => {
  fake = await startFakeUpstream();
  front = await startFront(fake.url, {
    backend: {
      locations_url: `${fake.url}/.well-known/locations.json`,
      paths: { '/facilities': `${fake.url}/public/facilities.json?all=1`, '/sync/search': `${fake.url}/public/other` },
    },
    partners: { none: partnerWith('none', { search: 'any', records: 'all', actions: ['status'] }) },
  });
});
after(async () => {
  await front.close();
  await fake[Symbol.asyncDispose]();
});

const json =
  (body: unknown, headers: Record<string, string> = {}): FakeUpstream['behave'] =>
  (_, response) =>
    void response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));

test('a listed path is read with our token, and only its bytes come back', async () => {
  fake.behave = json({ facilities: ['A'] }, { 'Set-Cookie': 'upstream=1', Server: 'fake' });
  const client = front.client();
  const headers = { Authorization: `Bearer ${await client.getToken()}`, Cookie: 'session=1', Accept: 'text/html' };
  const answer = await client.send('/registry/facilities', { headers });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.body, { facilities: ['A'] });
  assert.equal(answer.headers.get('set-cookie'), null);
  assert.equal(answer.headers.get('server'), null);
  const call = fake.calls.at(-1);
  assert.deepEqual([call?.method, call?.path], ['GET', '/public/facilities.json?all=1']);
  assert.equal(call?.headers.authorization, 'Bearer upstream-token-1');
  assert.equal(call?.headers.cookie, undefined);
});

test('nobody without a token or the right, nothing beside the list, no other method, no query', async () => {
  fake.behave = json({ facilities: ['A'] });
  const calls = fake.calls.length;
  const client = front.client();
  const statusOf = async (path: string, init: RequestInit = {}, token?: string): Promise<number> => {
    const headers = { Authorization: `Bearer ${token ?? (await client.getToken())}` };
    return (await client.send(path, { headers, ...init })).status;
  };
  assert.equal(await statusOf('/registry/facilities', { headers: {} }), 401);
  assert.equal(await statusOf('/registry/facilities', {}, await clientOf(front, 'none').getToken()), 403);
  assert.equal(await statusOf('/registry/facilities?all=0'), 400);
  assert.equal(await statusOf('/registry/facilities/1'), 404);
  assert.equal(await statusOf('/facilities'), 404);
  assert.equal(await statusOf('/registry/facilities', { method: 'POST', headers: {} }), 405);
  assert.equal(await statusOf('/registry/sync/search'), 405, 'an operation of ours cannot be covered');
  assert.equal(fake.calls.length, calls);
});

test('what is no data, or does not come, is refused', async () => {
  const client = front.client();
  const headers = { Authorization: `Bearer ${await client.getToken()}` };
  const statusOf = async (behave: FakeUpstream['behave']): Promise<number> => {
    fake.behave = behave;
    const { status, text } = await client.send('/registry/facilities', { headers });
    assert.ok(!text.includes('script'));
    return status;
  };
  const html = { 'Content-Type': 'text/html' };
  assert.equal(await statusOf((_, response) => void response.writeHead(200, html).end('<script>')), 503);
  assert.equal(await statusOf((_, response) => void response.writeHead(500).end('script')), 503);
  assert.equal(await statusOf((_, response) => void response.writeHead(302, { Location: '/script' }).end()), 503);
  assert.equal(await statusOf((_, response) => void response.writeHead(404).end('script')), 404);
});

test('areas are told as ours, in both shapes; a list that is broken is not told at all', async () => {
  const client = front.client();
  fake.behave = json({ locations: ['x'] });
  assert.equal((await client.send('/.well-known/locations.json', {})).status, 503);
  const guide = { identifier: [{ identifier: 'D1' }], name: 'District', containedInPlace: 'R1', secret: 'x' };
  fake.behave = json({ locations: [{ id: 'R1', name: 'Region', type: 'region', parent_id: null }, guide] });
  const { body, text } = await client.send('/.well-known/locations.json', {});
  assert.deepEqual(body.locations.map((each: { id: string; parent_id: unknown; name: string }) => [each.id, each.name, each.parent_id]), [['R1', 'Region', null], ['D1', 'District', 'R1']]); // biome-ignore format: one look
  assert.ok(!text.includes('secret'));
});
