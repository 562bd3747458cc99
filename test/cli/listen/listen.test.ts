import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { SIGNATURE_PROFILES } from '../../../src/security/partner.ts';
import { createNodeCrypto } from '../../../src/security/signatures/crypto-node.ts';
import { createSigner } from '../../../src/security/signatures/sign.ts';
import { startedChild } from '../../support/child.ts';
import { configFolder } from '../../support/config-folder.ts';
import { startGateway } from '../../support/gateway.ts';
import { runCli } from '../../support/run-cli.ts';
import { PROJECT } from '../../support/source-files.ts';

const startListening = async (...args: readonly string[]) => {
  const child = spawn(process.execPath, [join(PROJECT, 'src/cli/main.ts'), 'listen', '--port', '0', ...args], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const started = startedChild(child);
  const url = /http:\S+(?=;)/.exec(await started.line(/^Listening on/))?.[0] ?? '';
  return {
    url,
    line: started.line,
    end: async (): Promise<string> => {
      started.kill('SIGINT');
      return (await started.ended).output;
    },
  };
};

/** A gateway's key, its signer, and its key set on a server. */
const sender = async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwk = publicKey.export({ format: 'jwk' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const kid = 'gateway.example.org|signing-1|ed25519';
  const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  const point = Buffer.from(jwk.x ?? '', 'base64url');
  const key = { kid, keyId: 'signing-1', keyObject: privateKey, seed, point } as never; // what node's signing takes of it
  const signer = createSigner({
    ownKeys: { signingKey: () => key },
    clock: Date.now,
    config: { validitySeconds: 300 } as never, // all that signing reads
    crypto: createNodeCrypto(),
  });
  const server = createServer(
    (_request, response) => void response.end(JSON.stringify({ keys: [{ ...jwk, kid, use: 'sig', alg: 'EdDSA' }] })),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`;
  return { signer, pem, jwks, [Symbol.asyncDispose]: async () => void server.close() };
};

const message = (id: string, over: object = {}) => ({
  header: { message_id: id, action: 'on-search', status: 'succ', sender_id: 'gateway.example.org', ...over },
  message: { transaction_id: 't-1', note: 'Zoë\u001b[2J' },
});

const post = (url: string, body: string, attempt = '1') =>
  fetch(url, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', 'X-Delivery-Attempt': attempt },
  });

test('messages of every profile are verified by the key set and printed, repeats are marked', async () => {
  await using gateway = await sender();
  const listening = await startListening('--jwks', gateway.jwks);
  for (const profile of SIGNATURE_PROFILES) {
    const answer = await post(`${listening.url}/on-search`, await gateway.signer.sign(message(profile), profile));
    assert.equal(answer.status, 200, profile);
    assert.match(await answer.text(), /"ack_status":"ACK"/);
  }
  await post(`${listening.url}/on-search`, await gateway.signer.sign(message('jws'), 'jws'), '2');
  const out = await listening.end();
  for (const profile of SIGNATURE_PROFILES) assert.match(out, new RegExp(`verifies: ${profile} by key signing-1`));
  assert.match(out, /REPEATED \(seen 1 times before\)/);
  assert.match(out, /attempt 2/);
  assert.match(out, /"note": "Zoë/);
  assert.ok(!out.includes('\u001b'), 'nothing that the terminal obeys');
});

test('what does not verify is said, with its reason, and answered 401', async () => {
  await using gateway = await sender();
  await using other = await sender();
  using folder = configFolder('');
  const listening = await startListening('--key', folder.write('gateway.pem', gateway.pem), '--brief');
  const good = await gateway.signer.sign(message('good'), 'dci-spaced');
  assert.equal((await post(listening.url, good)).status, 200);
  assert.equal((await post(listening.url, good.replace('t-1', 't-2'))).status, 401);
  assert.equal((await post(listening.url, await other.signer.sign(message('other'), 'dci-spaced'))).status, 401);
  assert.equal((await post(listening.url, JSON.stringify({ signature: '', ...message('bare') }))).status, 401);
  assert.equal((await post(listening.url, '{"no')).status, 400);
  assert.equal((await fetch(listening.url)).status, 405);
  const out = await listening.end();
  assert.equal(out.match(/signature verifies/g)?.length, 1);
  assert.equal(out.match(/NOT VERIFIED/g)?.length, 3);
  assert.match(out, /not a message of the protocol/);
  assert.doesNotMatch(out, /transaction_id/, 'brief: without the content');
});

test('it answers as it is told, in turn', async () => {
  await using gateway = await sender();
  const args = ['--answers', '500,429,err,close,301,200', '--retry-after', '7', '--slow', '150ms', '--brief'];
  const listening = await startListening('--jwks', gateway.jwks, ...args);
  const send = async (id: string) => post(listening.url, await gateway.signer.sign(message(id), 'dci-compact'));
  const at = performance.now();
  assert.equal((await send('1')).status, 500);
  assert.ok(performance.now() - at >= 150);
  const tooMany = await send('2');
  assert.equal(tooMany.status, 429);
  assert.equal(tooMany.headers.get('retry-after'), '7');
  const refused = await send('3');
  assert.equal(refused.status, 200);
  assert.match(await refused.text(), /"ack_status":"ERR"/);
  await assert.rejects(send('4'));
  const moved = await fetch(listening.url, {
    method: 'POST',
    redirect: 'manual',
    body: await gateway.signer.sign(message('5'), 'dci-compact'),
  });
  assert.equal(moved.status, 301);
  assert.equal((await send('6')).status, 200);
  assert.equal((await send('7')).status, 200);
  assert.equal((await listening.end()).match(/signature verifies/g)?.length, 7);
});

test('mistakes of the command line are said in a sentence', async () => {
  for (const [args, problem] of [
    [['--port', '0'], /--jwks or --key/],
    [['--port', 'x', '--jwks', 'http://127.0.0.1/'], /--port must be a number/],
    [['--port', '0', '--key', 'nowhere.pem'], /nowhere\.pem/],
    [['--port', '0', '--jwks', 'http://127.0.0.1/', '--answers', '200,maybe'], /maybe is no answer/],
    [['--port', '0', '--jwks', 'http://127.0.0.1/', '--slow', 'long'], /--slow must be a duration/],
  ] as const) {
    const { status, err } = await runCli(['listen', ...args]);
    assert.equal(status, 1);
    assert.match(err, problem);
  }
});

test('the key set of a running gateway is taken as it is served', async () => {
  await using gateway = await startGateway();
  const listening = await startListening('--jwks', `${gateway.url}/.well-known/jwks.json`);
  const answer = await gateway.client().search([{ type: 'x', value: 'y' }]);
  assert.equal((await post(listening.url, answer.text)).status, 200);
  assert.match(await listening.end(), /signature verifies: dci-spaced/);
});
