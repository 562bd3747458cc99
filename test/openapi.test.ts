/** The document says what is served: its paths are the routes, and answers fit its schemas. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { ACTIONS } from '../src/security/rights.ts';
import type { Answer } from './support/client.ts';
import { type DomainDatabases, domainDatabases } from './support/domain-databases.ts';
import { DEMO_PARTNER, type RunningGateway, startGateway } from './support/gateway.ts';

const text = readFileSync(join(import.meta.dirname, '../openapi/gateway.yaml'), 'utf8');
const document = parse(text);
const ajv = new Ajv2020({ strict: false, allErrors: true });
(addFormats as unknown as (target: Ajv2020) => void)(ajv);
ajv.addSchema({ $id: 'doc', ...document });

let gateway: RunningGateway;

let databases: DomainDatabases;

/** Mounts of the registries that have paths of their own beside those of the sample. */
const SPECIAL_MOUNTS = /^\/(disability|benefits)(?=\/registry\/)/;

before(async () => {
  databases = domainDatabases();
  const { disability, benefits } = databases.registries;
  const registries = { disability: { ...disability, sample: true }, benefits: { ...benefits, sample: true } };
  const rights = { search: 'any', records: 'all', actions: ACTIONS };
  const partner = { ...DEMO_PARTNER, registries: { social: rights, disability: rights, benefits: rights } };
  gateway = await startGateway({ config: { registries, partners: { 'external-system': partner } } });
});

after(async () => {
  await gateway?.close();
  databases[Symbol.dispose]();
});

/** Where a path of the document is served. */
const servedAt = (path: string): string =>
  gateway.paths.find((each) => each === path) ??
  gateway.paths.find((each) => each.replace(SPECIAL_MOUNTS, '') === path) ??
  path;

const pointer = (...keys: readonly string[]): string =>
  keys.map((key) => `/${encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('');

/** Checks status, content type and body against what the document says of this path. */
const assertDocumented = (path: string, method: string, answer: Answer): void => {
  const documented = document.paths[path][method].responses[String(answer.status)];
  assert.ok(documented, `${method} ${path} answers ${answer.status}, which is not documented`);
  const name = documented.$ref?.split('/').at(-1);
  const content = (name === undefined ? documented : document.components.responses[name]).content;
  const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
  assert.ok(content[type], `${path} answers ${type}`);
  if (type !== 'application/json') return;
  const at =
    name === undefined
      ? pointer('paths', path, method, 'responses', String(answer.status), 'content', type, 'schema')
      : pointer('components', 'responses', name, 'content', type, 'schema');
  const check = ajv.compile({ $ref: `doc#${at}` });
  assert.ok(check(answer.body), `${path} ${answer.status}: ${JSON.stringify(check.errors)}`);
};

test('the paths of the document are the routes of a gateway with this mount, no more and no fewer', async () => {
  const paths = gateway.paths.map((path) => path.replace(SPECIAL_MOUNTS, ''));
  const served = paths.filter((path) => path.startsWith('/registry/') || !path.includes('registry'));
  const own = served.filter((path) => !/^\/(social|dci_api|api|disability|benefits)\//.test(path));
  assert.deepEqual([...new Set(own)].sort(), Object.keys(document.paths).sort());
});

test('other methods are refused at every path, with those that are served', async () => {
  for (const [path, methods] of Object.entries<object>(document.paths)) {
    const answer = await gateway.client().send(servedAt(path), { method: 'DELETE' });
    assert.equal(answer.status, 405, path);
    assert.deepEqual(answer.headers.get('allow')?.toLowerCase(), Object.keys(methods).join(', '));
  }
});

test('what a GET answers is documented', async () => {
  for (const [path, methods] of Object.entries<object>(document.paths)) {
    if (!('get' in methods) || path === '/registry/upload/result') continue; // files.test.ts fetches one
    const answer = await gateway.client().send(path, {});
    assert.equal(answer.status, 200, path);
    assertDocumented(path, 'get', answer);
  }
});

test('the answers of a search and of the token endpoint fit the document, refusals included', async () => {
  const client = gateway.client();
  const path = '/registry/sync/search';
  const search = document.paths[path].post.requestBody.content['application/json'].examples.identifier.value;
  assertDocumented(path, 'post', await client.postText(JSON.stringify(search)));
  assertDocumented(path, 'post', await client.search('no query', { birth_date: { $eq: '1990-05-17' } }));
  assertDocumented(path, 'post', await client.postText('{'));
  assertDocumented(path, 'post', await client.postText('{}', { Authorization: 'x' }));
  assertDocumented(path, 'post', await client.post(client.envelope([], { sender_id: 'other' })));
  const tokenPath = '/oauth2/client/token';
  const token = (fields: Record<string, string>) =>
    client.send(tokenPath, { method: 'POST', body: new URLSearchParams(fields) });
  const credentials = { client_id: 'external_system', client_secret: 'secret123' };
  assertDocumented(tokenPath, 'post', await token({ grant_type: 'client_credentials', ...credentials }));
  assertDocumented(tokenPath, 'post', await token({ grant_type: 'password', ...credentials }));
  assertDocumented(
    tokenPath,
    'post',
    await token({ grant_type: 'client_credentials', ...credentials, client_secret: 'no' }),
  );
});

test('the example of the document is a request that works', async () => {
  const [example] = Object.values<{ value: object }>(
    document.paths['/registry/sync/search'].post.requestBody.content['application/json'].examples,
  );
  const answer = await gateway.client().postText(JSON.stringify(example?.value));
  assert.equal(answer.body.message.search_response[0].pagination.total_count, 1);
});

test('the examples of the other paths are requests that work, and their answers and refusals fit the document', async () => {
  const client = gateway.client();
  const token = await client.getToken();
  const post = (path: string, body: string, authorization = `Bearer ${token}`): Promise<Answer> =>
    client.send(servedAt(path), {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json', Authorization: authorization },
    });
  for (const [path, methods] of Object.entries<{ post?: { operationId: string; responses: object } }>(document.paths)) {
    if (!path.startsWith('/registry/') || path === '/registry/sync/search' || path.includes('/upload/')) continue;
    const examples = (methods.post as { requestBody?: { content: Record<string, { examples?: object }> } }).requestBody;
    const [example] = Object.values<{ value: object }>(
      (examples?.content['application/json']?.examples ?? {}) as Record<string, { value: object }>,
    );
    const action = path.replace('/registry/', '').replace('sync/', '');
    const header = {
      message_id: `m-${path}`,
      message_ts: '2024-01-15T10:30:00Z',
      action: RECEIVED_ACTIONS[action] ?? action,
    };
    const answer = await post(path, JSON.stringify(example?.value ?? { header }));
    assert.ok(answer.status === 200 || answer.status === 202, `${path} ${answer.text}`);
    assertDocumented(path, 'post', answer);
    assertDocumented(path, 'post', await post(path, '{'));
    assertDocumented(path, 'post', await post(path, '{}', 'Bearer none'));
  }
});

const RECEIVED_ACTIONS: Readonly<Record<string, string>> = { 'txn/on-status': 'txn-on-status', receipts: 'receipt' };

test('the document and its page are served, and the page loads nothing from elsewhere', async () => {
  const client = gateway.client();
  assert.equal((await client.send('/openapi.yaml', {})).text, text);
  const page = await client.send('/docs', {});
  assert.match(page.headers.get('content-type') ?? '', /text\/html/);
  for (const path of Object.keys(document.paths)) assert.ok(page.text.includes(path), path);
  assert.ok(!/<script|src=|@import|url\(|href="https?:/.test(page.text));
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/);
});
