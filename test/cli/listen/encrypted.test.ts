import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { createCheckMessage } from '../../../src/cli/listen/check-message.ts';
import { readGivenKey } from '../../../src/cli/listen/open-encrypted.ts';
import { configFolder } from '../../support/config-folder.ts';
import { encryptFor, encryptionPair } from '../../support/jwe.ts';
import { post, sender, startListening } from '../../support/listening.ts';
import { silentLog } from '../../support/signing-partner.ts';

const rsa = encryptionPair('rsa');
const curve = encryptionPair('p-256');
const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const jwkOf = ({ privateKey, kid }: typeof rsa): string =>
  JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid, use: 'enc' });

const header = (id: string) => ({
  ...{ message_id: id, action: 'on-search', status: 'succ', sender_id: 'gateway.example.org' },
  is_msg_encrypted: true,
});

const content = { transaction_id: 't-1', note: 'Zoë\u001b[2J' };

const encrypted = async (id: string, pair: typeof rsa, message: unknown = content) => ({
  header: header(id),
  message: { ...(await encryptFor(pair.jwk, message)) },
});

test('what is encrypted is opened with the key of the command line, after its signature', async () => {
  await using gateway = await sender();
  using folder = configFolder('');
  const key = folder.write('health.pem', pem(rsa.privateKey));
  const listening = await startListening('--jwks', gateway.jwks, '--decrypt-key', key, '--answers', '202');
  const good = await gateway.signer.sign(await encrypted('good', rsa), 'dci-spaced');
  assert.equal((await post(listening.url, good)).status, 202);
  assert.equal((await post(listening.url, good.replace('"good"', '"forged"'))).status, 401);
  const other = await gateway.signer.sign(await encrypted('other', encryptionPair('rsa', 'another')), 'jws');
  assert.equal((await post(listening.url, other)).status, 202, 'answered as configured');
  const out = await listening.end();
  assert.match(out, /encrypted for key enc-rsa \(RSA-OAEP-256\), and was opened with the key given\.\n/);
  assert.equal(out.match(/"transaction_id": "t-1"/g)?.length, 1, 'what does not verify is not opened');
  assert.match(out, /"note": "Zoë/);
  assert.ok(!out.includes('\u001b'), 'nothing that the terminal obeys');
  assert.match(
    out,
    /NOT VERIFIED: [^\n]+\n +The message is encrypted; it is opened only once its signature verifies\./,
  );
  assert.match(out, /encrypted for key another \(RSA-OAEP-256\), and the key given does not open it\.\n/);
  assert.doesNotMatch(out, /ciphertext/);
});

test('without the key it says for which key the message is', async () => {
  await using gateway = await sender();
  const listening = await startListening('--jwks', gateway.jwks);
  assert.equal((await post(listening.url, await gateway.signer.sign(await encrypted('1', curve), 'dci-compact'))).status, 200); // biome-ignore format: one look
  const out = await listening.end();
  assert.match(out, /signature verifies/);
  assert.match(
    out,
    /encrypted for key enc-p-256 \(ECDH-ES\+A256KW\): give its private key with --decrypt-key to read it\./,
  );
  assert.doesNotMatch(out, /ciphertext|transaction_id/);
});

test('keys of every kind open, as PEM and as JWK, and what cannot be opened is said in a sentence', async () => {
  await using gateway = await sender();
  const open = async (keyText: string, envelope: object) => {
    const check = await createCheckMessage({ keyText: gateway.pem }, silentLog, readGivenKey(keyText));
    const checked = await check(Buffer.from(await gateway.signer.sign(envelope as never, 'dci-spaced')));
    assert.ok(checked.verified, checked.problem);
    return checked;
  };
  for (const pair of [rsa, curve, encryptionPair('x25519')]) {
    for (const keyText of [pem(pair.privateKey), jwkOf(pair)]) {
      const { message, encryption } = await open(keyText, await encrypted('1', pair));
      assert.deepEqual(JSON.parse(JSON.stringify(message)), content, encryption);
    }
  }
  const broken = await encrypted('1', rsa);
  const zipped = { ...broken, message: { ...broken.message, header: { ...broken.message.header, zip: 'DEF' } } };
  for (const [keyText, envelope, sentence] of [
    [jwkOf({ ...rsa, kid: 'mine' }), broken, /and the key given calls itself mine\.$/],
    [pem(curve.privateKey), broken, /and the key given is one for ECDH-ES\+A256KW\.$/],
    [pem(encryptionPair('rsa').privateKey), broken, /and the key given does not open it\.$/],
    [pem(rsa.privateKey), await encrypted('1', rsa, '[1]'), /and holds no message: [^.]+\.$/],
    [
      pem(rsa.privateKey),
      zipped,
      /^The message is encrypted and cannot be read: header has a member that is refused\.$/,
    ],
  ] as const) {
    const { message, encryption } = await open(keyText, envelope);
    assert.match(encryption ?? '', sentence);
    assert.equal(message, undefined);
  }
});

test('what is no key to open messages with is refused', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const locked = rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
  for (const [text, message] of [
    ['no key', /neither PEM nor a JWK/],
    ['null', /no private key/],
    [JSON.stringify(rsa.jwk), /no private key/],
    [publicKey.export({ type: 'spki', format: 'pem' }).toString(), /no private key/],
    [locked.toString(), /without a passphrase/],
    [pem(privateKey), /Only RSA, P-256 and X25519/],
  ] as const)
    assert.throws(() => readGivenKey(text), { name: 'KeyProblem', message });
});
