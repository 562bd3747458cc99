import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { GatewayError } from '../../src/errors.ts';
import { createLog } from '../../src/log/winston.ts';
import type { Log } from '../../src/log.ts';

const capture = async (level: 'debug' | 'info', write: (log: Log) => void): Promise<Record<string, unknown>[]> => {
  const chunks: string[] = [];
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  write(createLog({ level }, destination));
  await new Promise((resolve) => setImmediate(resolve));
  return chunks
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

const only = async (fields: Record<string, unknown>): Promise<Record<string, unknown>> => {
  const [line = {}] = await capture('info', (log) => log.info('did it', fields));
  return line;
};

test('a line is JSON with time, level, message and the fields, a child adds its own', async () => {
  const lines = await capture('info', (log) => log.child({ request: 'r1' }).warn('callback refused', { status: 410 }));
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.level, 'warn');
  assert.equal(lines[0]?.message, 'callback refused');
  assert.equal(lines[0]?.request, 'r1');
  assert.equal(lines[0]?.status, 410);
  assert.match(String(lines[0]?.time), /^\d{4}-\d\d-\d\dT.*Z$/);
});

test('what is below the level is not written', async () => {
  assert.equal((await capture('info', (log) => log.debug('looked'))).length, 0);
  assert.equal((await capture('debug', (log) => log.debug('looked'))).length, 1);
});

test('a field cannot pass for the line’s own level, time or message', async () => {
  const line = await only({ level: 'error', message: 'forged', time: 'never' });
  assert.equal(line.level, 'info');
  assert.equal(line.message, 'did it');
  assert.notEqual(line.time, 'never');
});

test('a line break in a value stays inside its line', async () => {
  const lines = await capture('info', (log) => log.info('did\nit', { path: 'a\n{"level":"error"}' }));
  assert.equal(lines.length, 1);
});

for (const key of [
  'client_secret',
  'clientSecret',
  'Authorization',
  'access_token',
  'password',
  'x-api-key',
  'encryptionKey',
  'private_key',
  'cookie',
  'signature',
]) {
  test(`the value of ${key} is never written, however deep it lies`, async () => {
    const line = await only({ partner: { settings: { [key]: 'hush-hush' } }, [key]: 'hush-hush' });
    assert.doesNotMatch(JSON.stringify(line), /hush/);
    assert.match(JSON.stringify(line), /redacted/);
  });
}

test('ordinary keys that look alike are written', async () => {
  const line = await only({ keyId: 'k1', partner: 'health', tokens: 3, signed: true });
  assert.equal(line.keyId, 'k1');
  assert.equal(line.partner, 'health');
  assert.equal(line.tokens, 3);
  assert.equal(line.signed, true);
});

test('credentials in a URL are cut out, in fields, messages and errors', async () => {
  const url = 'postgres://reader:hush-hush@db.example:5432/registry';
  const lines = await capture('info', (log) =>
    log.error(`cannot reach ${url}`, { url, cause: new Error(`connect ${url}`) }),
  );
  assert.doesNotMatch(JSON.stringify(lines), /hush/);
  assert.match(JSON.stringify(lines), /db\.example/);
});

test('a password with letters that nobody encoded is cut out whole', async () => {
  for (const url of ['redis://:hush/hush@cache.example:6379', 'mysql://reader:hush@hush@db.example/registry']) {
    const lines = await capture('info', (log) =>
      log.error('cannot reach it', { cause: new Error(`connect ${url} now`) }),
    );
    assert.doesNotMatch(JSON.stringify(lines), /hush/);
    assert.match(JSON.stringify(lines), /\.example.* now/);
  }
});

test('an error tells its name, code, detail and cause, but none of its other members', async () => {
  const driver = Object.assign(new Error('duplicate key'), {
    code: '23505',
    row: 'Amina Diallo',
    query: 'select hush',
  });
  const line = await only({ error: new GatewayError('service.fault', { detail: 'writing failed', cause: driver }) });
  const error = line.error as Record<string, Record<string, unknown>>;
  assert.equal(error.code, 'service.fault');
  assert.equal(error.detail, 'writing failed');
  assert.equal(error.cause?.code, '23505');
  assert.doesNotMatch(JSON.stringify(line), /Amina|hush/);
});

test('text, lists, keys and depth are bounded', async () => {
  const nested: Record<string, unknown> = {};
  let inner = nested;
  for (let depth = 0; depth < 1000; depth++) {
    const deeper = {};
    inner.a = deeper;
    inner = deeper;
  }
  const line = await only({
    text: 'x'.repeat(1_000_000),
    list: Array.from({ length: 10_000 }, (_, index) => index),
    map: Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index])),
    nested,
    bytes: Buffer.alloc(100_000),
  });
  assert.ok(JSON.stringify(line).length < 5000, String(JSON.stringify(line).length));
});

test('what JSON cannot hold does not throw', async () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const line = await only({
    circle,
    big: 12345678901234567890n,
    nothing: undefined,
    call: () => 1,
    when: new Date(Number.NaN),
  });
  assert.equal(line.big, '12345678901234567890');
  assert.equal('nothing' in line, false);
});
