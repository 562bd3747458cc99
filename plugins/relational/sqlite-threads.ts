/** A few worker threads that run long statements, one at a time each; started when the first is needed. */

import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BackendError, type CallContext } from 'dci-gateway/plugin';
import type { RawRow } from './database.ts';
import type { Param } from './dialect.ts';

export interface SqliteJob {
  readonly text: string;
  readonly params: readonly Param[];
  /** Milliseconds since 1970, by the monotonic clock. */
  readonly deadline: number;
  /** Set to 1 by whoever waits no more. */
  readonly cancelled: Int32Array;
}

export type SqliteReply =
  | { readonly kind: 'rows'; readonly rows: readonly RawRow[] }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'error'; readonly message: string; readonly code: number };

interface Waiting {
  readonly job: SqliteJob;
  readonly settle: (reply: SqliteReply) => void;
}

export class SqliteThreads {
  readonly #file: string;
  readonly #max: number;
  readonly #idle: Worker[] = [];
  readonly #running = new Map<Worker, Waiting>();
  readonly #queue: Waiting[] = [];
  #closed = false;

  constructor(file: string, max: number) {
    this.#file = file;
    this.#max = max;
  }

  async run(text: string, params: readonly Param[], ctx: CallContext): Promise<SqliteReply> {
    const cancelled = new Int32Array(new SharedArrayBuffer(4));
    const job = { text, params, deadline: performance.timeOrigin + ctx.deadline, cancelled };
    return new Promise<SqliteReply>((resolve, reject) => {
      const onAbort = () => {
        Atomics.store(cancelled, 0, 1);
        reject(new BackendError('timeout', 'the search was given up while it ran'));
      };
      const settle = (reply: SqliteReply) => {
        ctx.signal.removeEventListener('abort', onAbort);
        resolve(reply);
      };
      if (ctx.signal.aborted) return onAbort();
      ctx.signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.push({ job, settle });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const workers = [...this.#idle, ...this.#running.keys()];
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #next(): void {
    if (this.#queue.length === 0 || this.#closed) return;
    const worker = this.#idle.pop() ?? (this.#running.size < this.#max ? this.#start() : undefined);
    const waiting = worker && this.#queue.shift();
    if (worker === undefined || waiting === undefined) return;
    this.#running.set(worker, waiting);
    worker.ref();
    worker.postMessage(waiting.job);
  }

  #start(): Worker {
    const worker = new Worker(new URL(`./sqlite-worker${extname(import.meta.url)}`, import.meta.url), {
      workerData: { file: this.#file },
    });
    worker.on('message', (reply: SqliteReply) => {
      const waiting = this.#running.get(worker);
      this.#running.delete(worker);
      worker.unref();
      this.#idle.push(worker);
      waiting?.settle(reply);
      this.#next();
    });
    worker.on('error', (error) => this.#gone(worker, error.message));
    worker.on('exit', () => this.#gone(worker, 'the thread ended'));
    return worker;
  }

  #gone(worker: Worker, message: string): void {
    const waiting = this.#running.get(worker);
    this.#running.delete(worker);
    const place = this.#idle.indexOf(worker);
    if (place >= 0) this.#idle.splice(place, 1);
    waiting?.settle({ kind: 'error', message, code: 0 });
    this.#next();
  }
}
