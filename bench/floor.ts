/**
 * The floor: Express with its own body reader, one Ed25519 verify and one sign a request, an answer as long as the
 * gateway's. Nothing else. `PORT=… node bench/floor.ts <bytes of the answer>`.
 */

import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import express from 'express';

const verifyAside = promisify(verify); // the asynchronous form uses the second core
const answerBytes = Number(process.argv[2] ?? 2000);

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signed = Buffer.from(`(created): 1\n(expires): 2\ndigest: SHA-256=${'x'.repeat(44)}`);
const signature = sign(null, signed, privateKey);

const app = express().disable('x-powered-by').disable('etag');

app.post('/registry/sync/search', async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (body.length === 0 || !(await verifyAside(null, signed, publicKey, signature))) throw new Error('not verified');
  const ours = sign(null, signed, privateKey).toString('base64');
  const answer = Buffer.from(`{"signature":"${ours}","filler":"${'x'.repeat(answerBytes - ours.length - 29)}"}`);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
});

app.listen(Number(process.env.PORT), '127.0.0.1');
