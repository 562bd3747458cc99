/** The thread that works by libsodium. A job is one text of latin1 letters, see `sodium-thread.ts`. */

import { parentPort } from 'node:worker_threads';
import { importSodium } from './sodium.ts';

const sodium = await importSodium();

const KEY = 1;
const VERIFIED = { signature: 33, data: 97 } as const;
const SIGNED = { data: 65 } as const;

const work = (job: string): number | string => {
  const bytes = Buffer.from(job, 'latin1');
  if (job.startsWith('v')) {
    const [point, signature] = [
      bytes.subarray(KEY, VERIFIED.signature),
      bytes.subarray(VERIFIED.signature, VERIFIED.data),
    ];
    return sodium.crypto_sign_verify_detached(signature, bytes.subarray(VERIFIED.data), point) ? 1 : 0;
  }
  const signature = Buffer.alloc(64);
  sodium.crypto_sign_detached(signature, bytes.subarray(SIGNED.data), bytes.subarray(KEY, SIGNED.data));
  return signature.toString('latin1');
};

parentPort?.on('message', (job: string) => parentPort?.postMessage(work(job)));
