/** The rows that were answered already, as hashes in a cursor: bounded, so that beyond the bound some are answered twice. */

import { createHash } from 'node:crypto';

/** Two such sets are in a cursor while a pass runs. */
const MAX_SEEN = 5_000;
const HASH_BYTES = 8;

/** 64 bits of the row's content; equal only for equal rows, for all that matters among a few thousand. */
export const rowHash = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest().subarray(0, HASH_BYTES).toString('base64url');

export class SeenRows {
  readonly #hashes: Set<string>;
  /** Whether some were forgotten. */
  #overflown: boolean;

  constructor(stored = '', overflown = false) {
    const width = Math.ceil((HASH_BYTES * 4) / 3);
    this.#hashes = new Set(stored.match(new RegExp(`.{${width}}`, 'g')) ?? []);
    this.#overflown = overflown;
  }

  has(hash: string): boolean {
    return this.#hashes.has(hash);
  }

  /** The oldest goes when there are too many: rows come in the order of their times. */
  add(hash: string): void {
    this.#hashes.delete(hash);
    this.#hashes.add(hash);
    const [oldest] = this.#hashes;
    if (this.#hashes.size <= MAX_SEEN || oldest === undefined) return;
    this.#hashes.delete(oldest);
    this.#overflown = true;
  }

  get overflown(): boolean {
    return this.#overflown;
  }

  get stored(): string {
    return [...this.#hashes].join('');
  }
}
