import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { SignatureCrypto } from './crypto.ts';

/**
 * As one latin1 text, the cheapest message there is: `v`, bytes of the point, of the signature, and the data; or `s`, bytes of the seed,
 * of the point, and the data. The answer: 1 or 0; or the signature, as text too.
 */
type Job = string;
type Result = number | string;

/** Undefined when the thread has enough to do or is gone: then the caller does the work itself. */
export interface Ed25519Thread {
  verify(point: Uint8Array, data: Uint8Array, signature: Uint8Array): Promise<boolean> | undefined;
  sign(seedAndPoint: Uint8Array, data: Uint8Array): Promise<Uint8Array> | undefined;
}

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: Error) => void;
}

const MAX_IN_FLIGHT = 16; // under load the first core is the scarce one: a longer queue on the second costs less than verifying here

/**
 * A second core for signatures: calls are synchronous there, and a message costs less than a job of Node's own threads. It is started
 * when it is first asked, and has no room until it runs. It never keeps the process alive by itself.
 */
export const createEd25519Thread = (library: SignatureCrypto['name']): Ed25519Thread => {
  let worker: Worker | undefined;
  let state: 'starting' | 'running' | 'gone' = 'starting';
  /** Answers come in the order of the jobs. */
  const waiting: Waiting[] = [];

  const end = (reason: Error): void => {
    state = 'gone';
    for (const { reject } of waiting.splice(0)) reject(reason);
  };

  const start = (): Worker => {
    const file = new URL(`./ed25519-worker${extname(import.meta.url)}`, import.meta.url);
    const started = new Worker(file, { name: 'ed25519', workerData: library, env: {}, execArgv: [] });
    started.on('message', (result: Result) => {
      state = 'running'; // its first message answers no job
      waiting.shift()?.resolve(result);
      if (waiting.length === 0) started.unref();
    });
    started.on('error', (error: Error) => end(error));
    started.on('exit', () => end(new Error('the thread that verifies signatures ended')));
    started.unref();
    return started;
  };

  const work = (job: () => Job): Promise<Result> | undefined => {
    worker ??= start();
    if (state !== 'running' || waiting.length >= MAX_IN_FLIGHT) return undefined;
    if (waiting.length === 0) worker.ref();
    worker.postMessage(job());
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
    });
  };

  return {
    verify: (point, data, signature) =>
      work(() => `v${latin1(point)}${latin1(signature)}${latin1(data)}`)?.then((result) => result === 1),
    sign: (seedAndPoint, data) =>
      work(() => `s${latin1(seedAndPoint)}${latin1(data)}`)?.then((result) => Buffer.from(String(result), 'latin1')),
  };
};

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
