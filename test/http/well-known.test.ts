import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { verifyAnswer } from '../support/client.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { wellKnownProblems } from '../support/spec-check.ts';

let gateway: RunningGateway;

before(async () => {
  gateway = await startGateway();
});

after(() => gateway.close());

const get = async (path: string) => {
  const response = await fetch(`${gateway.url}${path}`);
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
};

test('the key set lies at the root and under the parent of every mount, with a time to keep it', async () => {
  const root = await get('/.well-known/jwks.json');
  assert.match(root.headers.get('cache-control') ?? '', /max-age=\d+/);
  assert.deepEqual(wellKnownProblems('jwks', root.body), []);
  for (const [key] of [root.body.keys]) assert.equal(key.d, undefined);
  for (const base of ['/social', '/api/v2/dci', '/dci_api/v1/social']) {
    assert.deepEqual((await get(`${base}/.well-known/jwks.json`)).body, root.body);
  }
});

test('an answer verifies with the key set, by code that is not ours', async () => {
  const { body: jwks } = await get('/.well-known/jwks.json');
  const { body } = await gateway.client().search({ type: 'urn:gov:national-id', value: '12345678' });
  assert.ok(verifyAnswer(body, jwks));
  assert.ok(!verifyAnswer({ ...body, message: { ...body.message, transaction_id: 'x' } }, jwks));
});

test('the locations are one list in both shapes, and every parent is in it', async () => {
  const { status, body } = await get('/api/v2/dci/.well-known/locations.json');
  assert.equal(status, 200);
  assert.deepEqual(wellKnownProblems('locations', body), []);
  const ids = new Set(body.locations.map(({ id }: { id: string }) => id));
  assert.ok(ids.size > 5);
  for (const place of body.locations) {
    assert.equal(place.parent_id, place.contained_in_place);
    assert.ok(place.parent_id === null || ids.has(place.parent_id), place.parent_id);
  }
});

test('a trailing slash and a query string do not matter', async () => {
  assert.equal((await get('/.well-known/jwks.json/?x=1')).status, 200);
});

test('metrics tell partner, registry, action, status and reason, on the admin listener only', async () => {
  await gateway.client().search({ type: 'urn:gov:national-id', value: '12345678' });
  await gateway.client().postText('{');
  const text = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
  assert.match(
    text,
    /dci_requests_total\{partner="external-system",registry="social",action="search",status="200",reason=""\} \d/,
  );
  assert.match(text, /status="400",reason="err\.request\.bad"/);
  assert.match(text, /dci_request_duration_seconds_bucket\{.*registry="social"/);
  assert.ok(!text.includes('12345678'));
  assert.equal((await fetch(`${gateway.url}/metrics`)).status, 404);
});

test('a request is logged by who and how, without anything it asked or got', async () => {
  const answer = await gateway.client().search({ type: 'urn:gov:national-id', value: '12345678' });
  const line = gateway.log.findLast(
    ({ message, fields }) => message === 'request answered' && fields.action === 'search',
  );
  assert.equal(line?.fields.request, answer.headers.get('x-request-id'));
  assert.equal(line?.fields.partner, 'external-system');
  assert.equal(line?.fields.status, 200);
  const logged = JSON.stringify(gateway.log);
  for (const secret of ['12345678', 'Núñez', 'secret123', answer.body.message.transaction_id])
    assert.ok(!logged.includes(secret), secret);
});

test('answers carry no server name and are not to be kept or sniffed', async () => {
  const { headers } = await gateway.client().search({ type: 'urn:gov:national-id', value: '12345678' });
  assert.equal(headers.get('x-powered-by'), null);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
});
