/** The thread that verifies and signs. Its library is `workerData`; a job is one text of latin1 letters, see `ed25519-thread.ts`. */

import { parentPort, workerData } from 'node:worker_threads';
import { type Ed25519, nodeEd25519, sodiumEd25519 } from './ed25519-bytes.ts';
import { importSodium } from './sodium.ts';

const { verify, sign }: Ed25519 = workerData === 'sodium' ? sodiumEd25519(await importSodium()) : nodeEd25519();

const KEY = 1;
const VERIFIED = { signature: 33, data: 97 } as const;
const SIGNED = { data: 65 } as const;

const work = (job: string): number | string => {
  const bytes = Buffer.from(job, 'latin1');
  if (job.startsWith('s')) {
    return Buffer.from(sign(bytes.subarray(KEY, SIGNED.data), bytes.subarray(SIGNED.data))).toString('latin1');
  }
  const point = bytes.subarray(KEY, VERIFIED.signature);
  const signature = bytes.subarray(VERIFIED.signature, VERIFIED.data);
  return verify(point, bytes.subarray(VERIFIED.data), signature) ? 1 : 0;
};

parentPort?.on('message', (job: string) => parentPort?.postMessage(work(job)));
parentPort?.postMessage('running');
