/** A receiver as a person starts it, and a gateway's key that signs what is sent to it. */

import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createNodeCrypto } from '../../src/security/signatures/crypto-node.ts';
import { createSigner } from '../../src/security/signatures/sign.ts';
import { startedChild } from './child.ts';
import { PROJECT } from './source-files.ts';

export const startListening = async (...args: readonly string[]) => {
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
export const sender = async () => {
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

export const post = (url: string, body: string, attempt = '1') =>
  fetch(url, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', 'X-Delivery-Attempt': attempt },
  });
