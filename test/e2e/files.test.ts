/** Searches by file over real sockets: what is taken, what is refused, what comes back (PROTOCOL 9). */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { asyncConfig, call, searchMessage, statusMessage, subscribeMessage } from '../support/async-calls.ts';
import { type CallbackReceiver, startReceiver } from '../support/callback-receiver.ts';
import { type Client, makeSigningKey } from '../support/client.ts';
import { DEMO_PARTNER, type RunningGateway, startGateway } from '../support/gateway.ts';
import { PROJECT } from '../support/source-files.ts';
import {
  csvForm,
  csvOf,
  FORM_TYPE,
  fileEnvelope,
  formBody,
  jsonForm,
  type Part,
  postForm,
} from '../support/uploads.ts';

const SIGNER = { clientId: 'signer', clientSecret: 'a secret of the signer', senderId: 'signer.example.org' };
const NARROW = { clientId: 'narrow', clientSecret: 'a secret of narrow', senderId: 'narrow.example.org' };
const key = makeSigningKey();
let receiver: CallbackReceiver;
let gateway: RunningGateway;

before(async () => {
  receiver = await startReceiver();
  const { partners, ...rest } = asyncConfig(receiver.origin);
  const { demo: _, ...signing } = { ...DEMO_PARTNER, ...partners['external-system'] };
  gateway = await startGateway({
    config: {
      ...rest,
      files: { max_size: '64KB', max_json_size: '8KB', max_rows: 2_000, timeout: '2s' },
      partners: {
        ...partners,
        signer: {
          ...signing,
          client_id: SIGNER.clientId,
          client_secret: SIGNER.clientSecret,
          sender_ids: [SIGNER.senderId],
          keys: [{ key_id: key.keyId, jwk: key.publicJwk }],
          signature: {},
        },
        narrow: {
          ...signing,
          client_id: NARROW.clientId,
          client_secret: NARROW.clientSecret,
          sender_ids: [NARROW.senderId],
          limits: { identifiers_per_day: 5 },
        },
      },
    } as never,
  });
});

after(async () => {
  await gateway.close();
  await receiver[Symbol.asyncDispose]();
});

test('each row of a csv file is an item of the callback, bad rows are refused by their line', async () => {
  const file =
    'identifier_type,identifier_value\r\nurn:gov:national-id,12345678\r\nurn:gov:national-id,00000000\r\n' +
    'urn:gov:national-id,\r\nurn:gov:national-id,1,2\r\n';
  const answer = await postForm(gateway.client(), '/upload/search', csvForm(file, fileEnvelope(file)));
  assert.equal(answer.status, 202, answer.text);
  const { correlation_id: correlation } = answer.body.message;
  const { body } = await receiver.next((each) => each.body.message.correlation_id === correlation);
  assert.deepEqual(
    body.message.search_response.map((item: Record<string, unknown>) => [item.reference_id, item.status]),
    [
      ['row-1', 'succ'],
      ['row-2', 'succ'],
      ['row-3', 'rjct'],
      ['row-4', 'rjct'],
    ],
  );
  const [first, second, third, fourth] = body.message.search_response;
  assert.equal(first.data.reg_records[0].identifier[0].identifier_value, '12345678');
  assert.deepEqual(second.data.reg_records, []);
  assert.match(third.status_reason_message, /^Line 4: identifier_value is empty/);
  assert.match(fourth.status_reason_message, /^Line 5: it must have two columns/);
  assert.equal(body.header.total_count, 4);
  assert.equal(body.header.completed_count, 4);
});

const status = (client: Client, transaction: string) =>
  call(client, '/sync/txn/status', 'txn-status', statusMessage('transaction_id', transaction));

/** Until the file is done; its status answer. */
const doneStatus = async (client: Client, transaction: string) => {
  for (let tries = 0; tries < 400; tries++) {
    const answer = await status(client, transaction);
    if (answer.body.header.meta?.result !== undefined) return answer;
    await sleep(25);
  }
  throw new Error(`not done: ${(await status(client, transaction)).text}`);
};

const uploaded = async (client: Client, file: string, transaction: string) => {
  const envelope = fileEnvelope(file, { message: { transaction_id: transaction } });
  const answer = await postForm(client, '/search', csvForm(file, envelope));
  assert.equal(answer.status, 202, answer.text);
  return answer;
};

const fetchResult = async (client: Client, path: string, token?: string) =>
  client.send(`/registry${path}`, { headers: { Authorization: `Bearer ${token ?? (await client.getToken())}` } });

test('a result of several parts comes as callbacks of 1,000 items and as a file, once it is all there', async () => {
  const client = gateway.client();
  const transaction = randomUUID();
  const values = Array.from({ length: 1_500 }, (_, index) => (index === 1_200 ? '12345678' : String(index)));
  const accepted = await uploaded(client, csvOf(values), transaction);
  assert.equal(accepted.body.header.total_count, 1_500);
  const { correlation_id: correlation } = accepted.body.message;
  const { body: told } = await doneStatus(client, transaction);
  assert.equal(told.header.total_count, 1_500);
  assert.equal(told.header.completed_count, 1_500);
  assert.equal(told.message.txnstatus_response.txn_status.correlation_id, correlation);
  const counts = [1_000, 1_500];
  for (const completed of counts) {
    const { body } = await receiver.next(
      (each) => each.body.message.correlation_id === correlation && each.body.header.completed_count === completed,
    );
    assert.equal(body.header.total_count, 1_500);
    assert.ok(body.message.search_response.length <= 1_000);
  }
  const json = await fetchResult(client, told.header.meta.result);
  assert.equal(json.status, 200);
  assert.equal(json.body.transaction_id, transaction);
  const references = json.body.search_response.map((item: { reference_id: string }) => item.reference_id);
  assert.deepEqual(
    references,
    values.map((_, index) => `row-${index + 1}`),
  );
  assert.equal(json.body.search_response[1_200].data.reg_records[0].identifier[0].identifier_value, '12345678');
  const csv = await fetchResult(client, `${told.header.meta.result}&format=csv`);
  const lines = csv.text.trimEnd().split('\n');
  assert.equal(lines.length, 1_501);
  assert.match(lines[1_201] ?? '', /^row-1201,succ,,,Person,"\{.*""12345678""/);
  assert.match(csv.headers.get('content-type') ?? '', /^text\/csv/);
});

test('nobody else fetches a result: not another partner, not a token without the ticket, not a changed ticket', async () => {
  const client = gateway.client();
  const transaction = randomUUID();
  await uploaded(client, csvOf(['12345678']), transaction);
  const { body } = await doneStatus(client, transaction);
  const { result } = body.header.meta;
  assert.equal((await fetchResult(client, result)).status, 200);
  const other = await gateway.client(SIGNER).getToken();
  for (const [path, token] of [
    [result, other],
    [result.slice(0, -1) + (result.endsWith('0') ? '1' : '0'), undefined],
    [result.replace(/\.[0-9a-f]+/, ''), undefined],
    ['/upload/result', undefined],
  ] as const) {
    const answer = await fetchResult(client, path, token);
    assert.equal(answer.status, 404, path);
    assert.ok(!answer.text.includes('reg_records'));
  }
  assert.equal((await client.send(`/registry${result}`, {})).status, 401);
});

test('a partner that must sign does so in the envelope, which names the file it is for', async () => {
  const client = gateway.client(SIGNER);
  const { senderId } = SIGNER;
  const file = csvOf(['12345678']);
  const refused = async (parts: readonly Part[]) => {
    const { status: http, body } = await postForm(client, '/upload/search', parts);
    return [http, body.message.error.code];
  };
  assert.deepEqual(await refused(csvForm(file)), [401, 'err.signature.missing']);
  assert.deepEqual(await refused(csvForm(file, fileEnvelope(file, { senderId }))), [401, 'err.signature.missing']);
  const signed = fileEnvelope(file, { senderId, key });
  assert.deepEqual(await refused(csvForm(`${file}urn:gov:national-id,2\n`, signed)), [400, 'err.request.bad']);
  const changed = signed.replace(/"file_format":"csv"/, '"file_format":"CSV"');
  assert.deepEqual(await refused(csvForm(file, changed)), [401, 'err.signature.invalid']);
  const accepted = await postForm(client, '/upload/search', csvForm(file, signed));
  assert.equal(accepted.status, 202, accepted.text);
  const again = await postForm(client, '/upload/search', csvForm(file, signed).toReversed());
  assert.equal(again.status, 202, 'the parts come in any order');
  assert.equal(again.body.message.correlation_id, accepted.body.message.correlation_id);
});

test('what is no form of ours is refused, and nothing of it is kept', async () => {
  const client = gateway.client();
  const file = csvOf(['12345678']);
  const form = (change: (parts: Part[]) => Part[]): readonly Part[] => change([...csvForm(file)]);
  const without = (name: string) => form((parts) => parts.filter(([each]) => each !== name));
  const withFile = (content: string | Buffer) => csvForm(content);
  const cases: readonly (readonly [string, readonly Part[], number, RegExp])[] = [
    ['no file', without('fileName'), 400, /no file/],
    ['no format', without('fileFormat'), 400, /fileFormat/],
    ['two files', form((parts) => [...parts, ['file', file, 'other.csv']]), 400, /too many parts/],
    ['a field twice', form((parts) => [...parts, ['action', 'search']]), 400, /twice/],
    [
      'another action',
      form((parts) => parts.map((each) => (each[0] === 'action' ? ['action', 'subscribe'] : each))),
      400,
      /action/,
    ],
    ['an envelope too long', csvForm(file, 'x'.repeat(70_000)), 400, /too long/],
    ['an envelope that is none', csvForm(file, '{}'), 400, /header is missing/],
    ['another sender', csvForm(file, fileEnvelope(file, { senderId: 'other.example.org' })), 403, /sender_id/],
    ['another digest', csvForm(file, fileEnvelope(`${file} `)), 400, /file_sha256/],
    ['no header', withFile('urn:gov:national-id,12345678\n'), 400, /first line/],
    ['an empty file', withFile(''), 400, /first line/],
    ['no rows', withFile('identifier_type,identifier_value\n'), 400, /no rows/],
    ['too many rows', withFile(csvOf(Array.from({ length: 2_001 }, () => '1'))), 400, /more than 2000 rows/],
    [
      'an open quote',
      withFile('identifier_type,identifier_value\nurn:gov:national-id,"1\nurn:x,2\n'),
      400,
      /from line/,
    ],
    ['UTF-16', withFile(Buffer.from(`\ufeff${file}`, 'utf16le')), 400, /first line/],
    ['too large', withFile(`identifier_type,identifier_value\n${'#'.repeat(70_000)}`), 413, /too large/],
  ];
  for (const [name, parts, http, sentence] of cases) {
    const answer = await postForm(client, '/upload/search', parts);
    assert.equal(answer.status, http, `${name}: ${answer.text}`);
    assert.match(answer.text, sentence, name);
  }
  const json = await client.send('/registry/upload/search', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await client.getToken()}` },
    body: '{}',
  });
  assert.equal(json.status, 415);
  for (const type of ['multipart/form-data', 'Multipart/Form-Data; charset=utf-8']) {
    const headers = { 'Content-Type': type, Authorization: `Bearer ${await client.getToken()}` };
    const unbounded = await client.send('/registry/upload/search', { method: 'POST', headers, body: '--x' });
    assert.equal(unbounded.status, 400);
    assert.match(unbounded.text, /names no boundary/);
  }
  assert.deepEqual(readdirSync(join(gateway.folder, 'var/uploads')), []);
});

test('rows that cannot be asked are refused by their line, with any line breaks, quotes and bytes', async () => {
  const client = gateway.client();
  const transaction = randomUUID();
  const file = Buffer.concat([
    Buffer.from('\ufeff"identifier_type" , IDENTIFIER_VALUE\r\n'.replace(' , ', ',')),
    Buffer.from('"urn:gov:national-id","12345678"\r\n\r\nurn:gov:national-id,a\0b\r\n'),
    Buffer.from([0xff, 0x2c, 0x31, 0x0a]),
    Buffer.from(`,1\r\nurn:gov:national-id,${'9'.repeat(1_001)}\nurn:gov:national-id, 12345678 `),
  ]);
  const envelope = fileEnvelope(file, { message: { transaction_id: transaction } });
  assert.equal((await postForm(client, '/search', csvForm(file, envelope))).status, 202);
  const { body } = await doneStatus(client, transaction);
  const { search_response: items } = (await fetchResult(client, body.header.meta.result)).body;
  const [first, nul, bytes, untyped, long, last] = items;
  assert.equal(items.length, 6);
  for (const found of [first, last]) assert.equal(found.data.reg_records.length, 1);
  assert.match(nul.status_reason_message, /^Line 4: it has a NUL/);
  assert.match(bytes.status_reason_message, /^Line 5: it is not valid UTF-8/);
  assert.match(untyped.status_reason_message, /^Line 6: identifier_type is empty/);
  assert.match(long.status_reason_message, /^Line 7: it is too long/);
});

test('a json file is an envelope, on every asynchronous path', async () => {
  const client = gateway.client();
  const send = (path: string, action: string, message: object) => {
    const envelope = client.envelope([], { action }, message as Record<string, unknown>);
    return postForm(client, path, [
      ['fileName', JSON.stringify(envelope), 'request.json'],
      ['fileFormat', 'json'],
    ]);
  };
  const search = await send('/search', 'search', searchMessage());
  assert.equal(search.status, 202, search.text);
  const { correlation_id: correlation } = search.body.message;
  const { body } = await receiver.next((each) => each.body.message.correlation_id === correlation);
  assert.equal(body.message.search_response[0].data.reg_records.length, 1);
  assert.equal((await send('/upload/search', 'search', searchMessage())).status, 202);
  assert.equal((await send('/txn/status', 'txn-status', statusMessage('transaction_id', 'x'))).status, 202);
  const subscribed = await send('/subscribe', 'subscribe', subscribeMessage());
  assert.equal(subscribed.status, 202);
  const codes = subscribed.body.message.subscription_codes ?? [subscribed.body.message.subscription_code];
  const { header } = subscribed.body;
  const ended = await send('/unsubscribe', 'unsubscribe', {
    ...{ transaction_id: randomUUID(), timestamp: header.message_ts, subscription_codes: codes },
  });
  assert.equal(ended.status, 202, ended.text);
  for (const [path, action] of [
    ['/receipts', 'receipt'],
    ['/notify', 'notify'],
    ['/on-search', 'on-search'],
    ['/txn/on-status', 'txn-on-status'],
  ] as const) {
    const received = await send(path, action, { transaction_id: 't' });
    assert.deepEqual([received.status, received.body.message.ack_status], [202, 'ACK'], received.text);
    assert.equal((await postForm(client, path, csvForm(csvOf(['1'])))).status, 400);
  }
  const large = await send('/search', 'search', { ...searchMessage(), padding: 'x'.repeat(8_192) });
  assert.equal(large.status, 413);
  const csv = await postForm(client, '/subscribe', csvForm(csvOf(['1'])));
  assert.match(csv.text, /Only a search takes a file of rows/);
});

test('a json file of rows is signed by its envelope and answered like a csv file', async () => {
  const rows = [
    { identifier_type: 'urn:gov:national-id', identifier_value: '12345678' },
    { identifier_type: 'urn:gov:national-id' },
    { identifier_type: 'urn:gov:national-id', identifier_value: 12345678 },
  ];
  const client = gateway.client(SIGNER);
  const options = { key, senderId: SIGNER.senderId };
  const file = JSON.stringify({ identifiers: rows });
  const answer = await postForm(client, '/upload/search', jsonForm(file, options));
  assert.equal(answer.status, 202, answer.text);
  const { correlation_id: correlation } = answer.body.message;
  const { body } = await receiver.next((each) => each.body.message.correlation_id === correlation);
  const [first, second, third] = body.message.search_response;
  assert.equal(first.data.reg_records[0].identifier[0].identifier_value, '12345678');
  assert.match(second.status_reason_message, /^Item 2: identifier_value is empty/);
  assert.equal(third.data.reg_records.length, 1);
  const [, envelope, format] = jsonForm(file, options);
  assert.ok(envelope && format);
  const changed = await postForm(client, '/search', [['fileName', file.replace('12345678', '87654321'), 'x'], envelope, format]); // biome-ignore format: one look
  assert.match(changed.text, /file_sha256 is not that of the file/);
  const broken = await postForm(
    client,
    '/search',
    jsonForm('[{"identifier_type":"a","identifier_value":"b"},]', options),
  );
  assert.match(broken.text, /not valid JSON/);
  const otherwise = await postForm(client, '/search', jsonForm(file, { ...options, message: { file_format: 'csv' } }));
  assert.match(otherwise.text, /file_format is not the fileFormat/);
});

test('a slow form is ended, one that is cut leaves nothing behind, and the token is checked before a byte is read', async () => {
  const { hostname, port } = new URL(gateway.url);
  const token = await gateway.client().getToken();
  const head = (authorization: string) =>
    `POST /registry/upload/search HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: ${FORM_TYPE}\r\n`;
  const open = (text: string) => {
    const socket = connect(Number(port), hostname);
    socket.write(text);
    return socket;
  };
  const answerOf = async (socket: Socket): Promise<string> => {
    let text = '';
    for await (const chunk of socket) {
      text += chunk;
      if (text.includes('\r\n\r\n')) break;
    }
    return text;
  };
  const half = formBody(csvForm(csvOf(['1'])))
    .subarray(0, -30)
    .toString();
  assert.match(await answerOf(open(`${head('Bearer none')}Content-Length: 1000\r\n\r\n`)), /^HTTP\/1.1 401/);
  const slow = open(`${head(`Bearer ${token}`)}Content-Length: 1000\r\n\r\n${half}`);
  const cut = open(`${head(`Bearer ${token}`)}Content-Length: 1000\r\n\r\n${half}`);
  await sleep(200);
  cut.destroy();
  assert.match(await answerOf(slow), /^HTTP\/1.1 408/);
  slow.destroy();
  const short = Buffer.from(half).subarray(0, 200).toString();
  const broken = open(`${head(`Bearer ${token}`)}Content-Length: ${short.length}\r\n\r\n${short}`);
  assert.match(await answerOf(broken), /^HTTP\/1.1 400/);
  broken.destroy();
  assert.deepEqual(readdirSync(join(gateway.folder, 'var/uploads')), []);
});

test('a file with more identifiers than are left of the day is refused whole, and takes none of them', async () => {
  const client = gateway.client(NARROW);
  const send = (values: readonly string[]) => {
    const file = csvOf(values);
    return postForm(client, '/search', csvForm(file, fileEnvelope(file, { senderId: NARROW.senderId })));
  };
  const tooMany = await send(['1', '2', '3', '4', '5', '6']);
  assert.equal(tooMany.status, 429, tooMany.text);
  assert.match(tooMany.text, /more identifiers than are left/);
  assert.ok(Number(tooMany.headers.get('retry-after')) > 0);
  assert.equal((await send(['1', '2', '3', '4', '5'])).status, 202);
  assert.equal((await send(['6'])).status, 429);
});

test('the commands of the partner’s page search by file and fetch the result', async () => {
  const page = readFileSync(join(PROJECT, 'docs/partner.md'), 'utf8').split('### Files')[1] ?? '';
  const [search = '', fetchIt = ''] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  const client = gateway.client();
  const folder = mkdtempSync(join(tmpdir(), 'dci-curl-'));
  const transaction = randomUUID();
  const file = csvOf(['12345678']);
  writeFileSync(join(folder, 'envelope.json'), fileEnvelope(file, { message: { transaction_id: transaction } }));
  const shell = async (command: string, env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const child = spawn('bash', ['-euo', 'pipefail', '-c', command.replaceAll('http://127.0.0.1:8080', gateway.url)], {
      ...{ cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] },
      env: { ...process.env, TOKEN: await client.getToken(), ...env },
    });
    return text(child.stdout ?? Readable.from([]));
  };
  const ack = JSON.parse(await shell(search));
  assert.equal(ack.message.ack_status, 'ACK', JSON.stringify(ack));
  const { body } = await doneStatus(client, transaction);
  assert.match(await shell(fetchIt, { RESULT: body.header.meta.result }), /^reference_id,.*\nrow-1,succ,,,Person,/);
  rmSync(folder, { recursive: true });
});

test('neither identifiers nor names of files stand in the log', () => {
  const lines = JSON.stringify(gateway.log);
  assert.match(lines, /"action":"upload-search"/);
  assert.match(lines, /file done/);
  for (const word of ['12345678', 'persons.csv', 'request.json']) assert.ok(!lines.includes(word), word);
});
