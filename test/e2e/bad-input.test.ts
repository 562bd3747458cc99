/** Whatever arrives gets a DCI error and a status: never a stack, never a hang. */

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, searchItem } from '../support/client.ts';
import { type RunningGateway, startGateway } from '../support/gateway.ts';
import { exchangeRaw } from '../support/raw-socket.ts';

let gateway: RunningGateway;
let client: Client;

before(async () => {
  gateway = await startGateway({ config: { server: { body_timeout: '1s' } } });
  client = gateway.client();
  await client.getToken();
});

after(() => gateway.close());

const isRefused = (answer: {
  status: number;
  text: string;
  body: { header?: { status?: string } } | undefined;
}): void => {
  assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text.slice(0, 300)}`);
  assert.equal(answer.body?.header?.status, 'rjct');
  assert.ok(!/ at .*\.ts:\d/.test(answer.text));
};

const raw = (text: string, until: string | undefined) => exchangeRaw(gateway.url, text, until);

const requestHead = (headers: Record<string, string>): string =>
  `POST /registry/sync/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

test('without a token the body is not waited for', async () => {
  const started = performance.now();
  const answer = await raw(requestHead({ 'Content-Length': '500000' }), '"errors"');
  assert.match(answer, /^HTTP\/1\.1 401 /);
  assert.ok(performance.now() - started < 900, 'the answer came before the time of the body was over');
});

test('with Expect: 100-continue the body is asked for only once the token is known', async () => {
  const without = await raw(requestHead({ 'Content-Length': '50', Expect: '100-continue' }), '"errors"');
  assert.match(without, /^HTTP\/1\.1 401 /);
  const Authorization = `Bearer ${await client.getToken()}`;
  const asked = await raw(
    requestHead({ 'Content-Length': '50', Expect: '100-continue', Authorization }),
    '100 Continue',
  );
  assert.match(asked, /^HTTP\/1\.1 100 Continue/);
});

test('a body that does not come is 408', async () => {
  const Authorization = `Bearer ${await client.getToken()}`;
  const answer = await raw(`${requestHead({ 'Content-Length': '100', Authorization })}{"header":`, '"errors"');
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.match(answer, /err\.request\.timeout/);
});

test('a body that trickles in for ever is 408', async () => {
  const { hostname, port } = new URL(gateway.url);
  const Authorization = `Bearer ${await client.getToken()}`;
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.write(requestHead({ 'Transfer-Encoding': 'chunked', Authorization }));
  let got = '';
  socket.on('data', (chunk) => {
    got += chunk.toString();
  });
  for (let time = 0; time < 40 && !got.includes('"errors"'); time++) {
    socket.write('1\r\n \r\n');
    await sleep(50);
  }
  socket.destroy();
  assert.match(got, /^HTTP\/1\.1 408 /);
});

test('a connection that closes in the middle leaves the gateway serving', async () => {
  const Authorization = `Bearer ${await client.getToken()}`;
  const { hostname, port } = new URL(gateway.url);
  for (let time = 0; time < 5; time++) {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${requestHead({ 'Content-Length': '100', Authorization })}{"head`);
      setTimeout(() => socket.destroy(), 20);
    });
    socket.on('error', () => undefined);
    await sleep(40);
  }
  const answer = await client.search({ type: 'urn:gov:national-id', value: '12345678' });
  assert.equal(answer.status, 200);
});

test('over one megabyte is 413, announced or not, and the answer can be read', async () => {
  const text = `{"header":{},"message":{"x":"${'x'.repeat(1_100_000)}"}}`;
  isRefused(await client.postText(text));
  assert.equal((await client.postText(text)).status, 413);
  const Authorization = `Bearer ${await client.getToken()}`;
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  let got = '';
  socket.on('data', (chunk) => {
    got += chunk.toString();
  });
  socket.write(requestHead({ 'Transfer-Encoding': 'chunked', Authorization }));
  for (let part = 0; part < 20 && !got.includes('"errors"'); part++) {
    socket.write(`10000\r\n${'x'.repeat(0x10000)}\r\n`);
    await sleep(10);
  }
  await sleep(100);
  socket.destroy();
  assert.match(got, /^HTTP\/1\.1 413 /);
});

test('a token request of more than 8 KB is 413', async () => {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'x'.repeat(9_000),
    client_secret: 'y',
  });
  assert.equal((await client.send('/oauth2/client/token', { method: 'POST', body })).status, 413);
});

test('text that is malformed in any way is 400', async () => {
  const inside = (text: string): string => `{"header":{"sender_id":"external.system.org"},"message":{"x":${text}}}`;
  for (const text of [
    inside('['.repeat(100) + ']'.repeat(100)),
    inside(`${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`),
    inside('{"a":1,"a":2}'),
    inside('{"a":1,"\\u0061":2}'),
    inside('1e400'),
    inside('9'.repeat(101)),
    inside('NaN'),
    inside('"\\ud800"'),
    inside("'x'"),
    inside('1,'),
    `\ufeff${inside('1')}`,
    inside('1').slice(0, -1),
    `${inside('1')}x`,
  ]) {
    const answer = await client.postText(text);
    isRefused(answer);
    assert.equal(answer.status, 400, text.slice(0, 100));
  }
  const notUtf8 = Buffer.from(inside('"x"'));
  notUtf8[notUtf8.length - 4] = 0xff;
  assert.equal((await client.postText(notUtf8)).status, 400);
});

test('wrong types everywhere are refused, never a fault', async () => {
  const rubbish = [null, true, 0, -1, 1.5, '', 'x', [], [[]], {}, { a: 1 }, { type: 1, value: [] }, '__proto__'];
  const good = client.envelope([searchItem({ type: 'urn:gov:national-id', value: '12345678' })]);
  const places = (node: object, at: readonly string[] = []): string[][] =>
    Object.entries(node).flatMap(([key, value]) => [
      [...at, key],
      ...(typeof value === 'object' && value !== null ? places(value, [...at, key]) : []),
    ]);
  for (const place of places(good)) {
    for (const value of rubbish) {
      const changed = structuredClone(good) as unknown as Record<string, never>;
      let node = changed;
      for (const key of place.slice(0, -1)) node = node[key] as never;
      node[place.at(-1) ?? ''] = value as never;
      const answer = await client.postText(JSON.stringify(changed));
      assert.ok(
        answer.status === 200 || (answer.status >= 400 && answer.status < 500),
        `${place} ${JSON.stringify(value)} ${answer.text}`,
      );
      assert.ok(['succ', 'rjct'].includes(answer.body.header.status));
    }
  }
});

test('prototype keys are ordinary names that nobody knows', async () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const answer = await client.search(
      [{ expression1: { attribute_name: name, operator: 'eq', attribute_value: 'x' } }],
      { [name]: { $eq: 'x' } },
      { type: name, value: 'x' },
      `query { ${name}(x: 1) { id } }`,
    );
    // GraphQL's root is a record type: one that nobody has refuses the request.
    assert.ok(answer.status === 200 || answer.status === 403, answer.text);
    assert.ok(!answer.text.includes('reg_records') || /"reg_records": ?\[\]/.test(answer.text));
  }
  const body = '{"header":{"__proto__":{"sender_id":"external.system.org"}},"message":{}}';
  assert.equal((await client.postText(body)).body.message.error.code, 'err.sender_id.invalid');
});

test('queries that are too large or too deep are refused as such', async () => {
  const compare = { attribute: 'birth_date', operator: '=', value: '1990-01-01' };
  const thousand = { expression: { seq: Array.from({ length: 1_000 }, () => compare) } };
  const graphql = `{ Person(${'a: {'.repeat(2_000)}b: 1${'}'.repeat(2_000)}) { identifier } }`;
  const braces = `${'{ a '.repeat(5_000)}${'}'.repeat(5_000)}`;
  const list = Array.from({ length: 101 }, (_, index) => ({ type: 'urn:gov:national-id', value: String(index) }));
  const { status, body } = await client.search(thousand, graphql, braces, list);
  assert.equal(status, 200);
  for (const item of body.message.search_response) {
    assert.equal(item.status, 'rjct');
    assert.equal(item.status_reason_code, 'rjct.search_criteria.invalid');
  }
});

test('SQL in a value is a value', async () => {
  const values = [
    "' OR 1=1 --",
    '"; DROP TABLE persons; --',
    "12345678' UNION SELECT * FROM persons --",
    '%',
    '_',
    '*',
  ];
  const queries = values.map((value) => ({ type: 'urn:gov:national-id', value }));
  const { status, body } = await client.search(...queries);
  assert.equal(status, 200);
  for (const item of body.message.search_response) assert.deepEqual(item.data.reg_records, []);
  assert.equal(
    (await client.search({ type: 'urn:gov:national-id', value: '12345678' })).body.message.search_response[0].pagination
      .total_count,
    1,
  );
});

test('NUL in a value is refused', async () => {
  const { body } = await client.search({ type: 'urn:gov:national-id', value: 'a\u0000b' });
  assert.equal(body.message.search_response[0].status_reason_code, 'rjct.search_criteria.invalid');
});

test('headers that are too large end with a status', async () => {
  const answer = await raw(requestHead({ 'X-Large': 'x'.repeat(20_000) }), undefined);
  assert.match(answer, /^HTTP\/1\.1 431 /);
  assert.match(answer, /err\.request\.bad/);
});

test('what is no HTTP request is answered 400 with a DCI body', async () => {
  const answer = await raw('GARBAGE\r\n\r\n', undefined);
  assert.match(answer, /^HTTP\/1\.1 400 /);
  assert.match(answer, /err\.request\.bad/);
});

test('a header that never ends is 408 with a DCI body', async () => {
  const answer = await raw('POST /registry/sync/search HTTP/1.1\r\nHost: x\r\n', undefined);
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.match(answer, /err\.request\.timeout/);
});

test('a request without a Host, a CONNECT and an unknown expectation get a status and a DCI body too', async () => {
  const withoutHost = await raw('GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n', undefined);
  assert.match(withoutHost, /^HTTP\/1\.1 400 [\s\S]*err\.request\.bad/);
  const tunnel = await raw('CONNECT db.internal:5432 HTTP/1.1\r\nHost: x\r\n\r\n', undefined);
  assert.match(tunnel, /^HTTP\/1\.1 405 [\s\S]*err\.request\.bad/);
  const expecting = await raw(requestHead({ Expect: 'a-miracle', 'Content-Length': '2' }), '"errors"');
  assert.match(expecting, /^HTTP\/1\.1 401 [\s\S]*err\.request\.unauthorized/);
});

test('requests in a row on one connection are each answered by themselves, in order', async () => {
  const Authorization = `Bearer ${await client.getToken()}`;
  const body = JSON.stringify(client.envelope([searchItem({ type: 'urn:gov:national-id', value: '12345678' })]));
  const one = (headers: Record<string, string>): string =>
    `${requestHead({ ...headers, 'Content-Length': String(Buffer.byteLength(body)) })}${body}`;
  const answers = await raw(one({ Authorization }) + one({}) + one({ Authorization, Connection: 'close' }), undefined);
  assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 401', 'HTTP/1.1 200']);
});

test('a target with its origin is the path behind it', async () => {
  const answer = await raw('GET http://gateway.example.org/health/live HTTP/1.1\r\nHost: x\r\n\r\n', '}');
  assert.match(answer, /^HTTP\/1\.1 200 /);
});
