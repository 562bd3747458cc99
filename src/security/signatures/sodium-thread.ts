import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Bytes of the point, of the signature, and the data, as one latin1 text: the cheapest message there is. */
type Job = string;

export interface SodiumThread {
  /** Undefined when the thread has enough to do or is gone: then the caller verifies itself. */
  verify(point: Uint8Array, data: Uint8Array, signature: Uint8Array): Promise<boolean> | undefined;
}

interface Waiting {
  readonly resolve: (valid: boolean) => void;
  readonly reject: (reason: Error) => void;
}

const MAX_IN_FLIGHT = 16; // under load the first core is the scarce one: a longer queue on the second costs less than verifying here

/**
 * A second core for libsodium, whose calls are synchronous. Answers come in the order of the jobs.
 * The thread never keeps the process alive by itself.
 */
export const startSodiumThread = (): SodiumThread => {
  const file = new URL(`./sodium-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { name: 'sodium', env: {}, execArgv: [] });
  const waiting: Waiting[] = [];
  let gone = false;

  const end = (reason: Error): void => {
    gone = true;
    for (const { reject } of waiting.splice(0)) reject(reason);
  };
  worker.on('message', (valid: boolean) => {
    waiting.shift()?.resolve(valid);
    if (waiting.length === 0) worker.unref();
  });
  worker.on('error', (error: Error) => end(error));
  worker.on('exit', () => end(new Error('the thread that verifies signatures ended')));

  worker.unref();

  return {
    verify: (point, data, signature) => {
      if (gone || waiting.length >= MAX_IN_FLIGHT) return undefined;
      const job: Job = latin1(point) + latin1(signature) + latin1(data);
      if (waiting.length === 0) worker.ref();
      worker.postMessage(job);
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
      });
    },
  };
};

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
