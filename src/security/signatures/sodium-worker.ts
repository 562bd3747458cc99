/** The thread that verifies by libsodium. A job is one text of latin1 letters: 32 bytes of key, 64 of signature, then the data. */

import { parentPort } from 'node:worker_threads';
import { importSodium } from './sodium.ts';

const sodium = await importSodium();

parentPort?.on('message', (job: string) => {
  const bytes = Buffer.from(job, 'latin1');
  const valid = sodium.crypto_sign_verify_detached(bytes.subarray(32, 96), bytes.subarray(96), bytes.subarray(0, 32));
  parentPort?.postMessage(valid);
});
