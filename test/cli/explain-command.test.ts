import assert from 'node:assert/strict';
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { test } from 'node:test';
import { configFolder } from '../support/config-folder.ts';
import { runCli } from '../support/run-cli.ts';

const HEADER = { version: '1.0.0', message_id: 'é-1', sender_id: 'health' };
const MESSAGE = { transaction_id: 't', score: 1.5 };

const CANONICAL =
  '{"header": {"message_id": "\\u00e9-1", "sender_id": "health", "version": "1.0.0"}, "message": {"score": 1.5, "transaction_id": "t"}}';

test('explain --canonical prints the canonical text and nothing else', async () => {
  const { status, out, err } = await runCli(['explain', '--canonical'], {
    input: JSON.stringify({ signature: '', header: HEADER, message: MESSAGE }),
  });
  assert.equal(status, 0, err);
  assert.equal(out, CANONICAL);
});

test('explain tells which profile verifies with a key', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  using folder = configFolder('');
  const key = folder.write('health.pem', publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const digest = hash('sha256', CANONICAL, 'base64');
  const created = Math.floor(Date.now() / 1000);
  const text = `(created): ${created}\n(expires): ${created + 300}\ndigest: SHA-256=${digest}`;
  const signature =
    `Signature: namespace="dci", kidId="health|k|ed25519", algorithm="ed25519", created="${created}", ` +
    `expires="${created + 300}", headers="(created) (expires) digest", signature="${sign(null, Buffer.from(text), privateKey).toString('base64')}"`;
  const input = JSON.stringify({ signature, header: HEADER, message: MESSAGE });
  const { status, out } = await runCli(['explain', '--profile', 'dci-compact', '--key', key], { input });
  assert.equal(status, 0);
  assert.match(out, /It VERIFIES as dci-spaced/);
  assert.match(out, /digest: /);
});

test('what cannot be explained is said in a sentence, with status 1', async () => {
  for (const [args, input, message] of [
    [['explain'], 'no json', /./],
    [['explain', '--key', '/nowhere/key.pem'], '{"header":{},"message":{}}', /ENOENT/],
    [['explain', '--profile', 'dci'], '{}', /dci-spaced, dci-compact/],
  ] as const) {
    const { status, out, err } = await runCli(args, { input });
    assert.equal(status, 1, args.join(' '));
    assert.equal(out, '');
    assert.match(err, message);
    assert.doesNotMatch(err, /\n\s+at /);
  }
});

test('an unknown command is refused and help names the commands', async () => {
  assert.notEqual((await runCli(['chekc'])).status, 0);
  const { out } = await runCli(['--help']);
  for (const command of ['check', 'explain', 'keys', 'partner', 'start'])
    assert.match(out, new RegExp(`^ +${command}`, 'm'));
});
