import assert from 'node:assert/strict';
import { test } from 'node:test';
import { registerListenCommand } from '../../../src/cli/listen-command.ts';
import { SIGNATURE_PROFILES } from '../../../src/security/partner.ts';
import { configFolder } from '../../support/config-folder.ts';
import { startGateway } from '../../support/gateway.ts';
import { post, sender, startListening } from '../../support/listening.ts';
import { runCommand } from '../../support/run-command.ts';

const message = (id: string, over: object = {}) => ({
  header: { message_id: id, action: 'on-search', status: 'succ', sender_id: 'gateway.example.org', ...over },
  message: { transaction_id: 't-1', note: 'Zoë\u001b[2J' },
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
    [['--port', '0', '--jwks', 'http://127.0.0.1/', '--decrypt-key', 'package.json'], /is no private key/],
    [['--port', '0', '--jwks', 'http://127.0.0.1/', '--answers', '200,maybe'], /maybe is no answer/],
    [['--port', '0', '--jwks', 'http://127.0.0.1/', '--slow', 'long'], /--slow must be a duration/],
  ] as const) {
    const { status, err } = await runCommand(registerListenCommand, ['listen', ...args]);
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
