import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { nodePath } from './processes.ts';

/** What the load generator is told. */
export interface Job {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  /** How many requests are made beforehand. */
  readonly requests: number;
  /** Every answer must have this status and hold this text. */
  readonly status: number;
  readonly expect: string;
  /** Where the callback goes, of an asynchronous search. */
  readonly senderUri?: string;
  /** Records an answer holds: one identifier, or a page of a district. */
  readonly query: 'identifier' | 'page';
  readonly pageSize: number;
  readonly persons: number;
  readonly token: string;
  readonly senderId: string;
  readonly keyId: string;
  readonly privateKeyPem: string;
}

export interface Measured {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
  /** The requests made beforehand did not last. */
  readonly ranOut: boolean;
  readonly answerBytes: number;
}

/** One measurement in a process of its own. */
export const generateLoad = async (job: Job): Promise<Measured> => {
  const { stdout } = await promisify(execFile)(nodePath, ['bench/generate-load.ts', JSON.stringify(job)]);
  const measured = JSON.parse(stdout) as Measured; // written by generate-load.ts
  if (measured.ranOut) throw new Error('the prepared requests ran out: make more');
  return measured;
};
