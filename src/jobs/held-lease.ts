/** The lease of a lane in the hands of its worker, who asks it before starting anything that takes time. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Lanes, Lease } from '../store/documents.ts';

/** What is started must be over, its result written, well before another may take the lane. */
const MARGIN_MS = 5_000;

export interface HeldLeaseOptions {
  readonly lanes: Lanes;
  readonly lease: Lease;
  readonly leaseMs: number;
  /** Milliseconds that only grow: the store's clock cannot be compared with ours. */
  readonly monotonic: () => number;
  /** When the call that took it was made. */
  readonly takenAt: number;
  /** No more work is wanted: the gateway closes. */
  readonly closing: AbortSignal;
}

export class HeldLease {
  readonly #options: HeldLeaseOptions;
  #lease: Lease;
  #until: number;
  #renewing: Promise<void> | undefined;
  #lost = false;

  constructor(options: HeldLeaseOptions) {
    this.#options = options;
    this.#lease = options.lease;
    this.#until = options.takenAt + options.leaseMs;
  }

  /** Another took the lane: nothing may be started, and there is nothing to give back. */
  get lost(): boolean {
    return this.#lost;
  }

  /** By our own clock: it is nobody's, or another's. */
  get over(): boolean {
    return this.#options.monotonic() >= this.#until;
  }

  get closing(): boolean {
    return this.#options.closing.aborted;
  }

  /** Waits; ends early when the gateway closes. */
  async pause(ms: number): Promise<void> {
    const { closing } = this.#options;
    await sleep(ms, undefined, { signal: closing }).catch((cause: unknown) => {
      if (!closing.aborted) throw cause;
    });
  }

  /** Whether something that takes at most `timeoutMs` may be started now; renews the lease where it is too short. */
  async mayStart(timeoutMs: number): Promise<boolean> {
    if (timeoutMs + MARGIN_MS > this.#options.leaseMs) throw new TypeError('a lease is too short for this work');
    if (this.#fits(timeoutMs)) return true;
    if (this.#lost || this.closing) return false;
    this.#renewing ??= this.#renew();
    try {
      await this.#renewing;
    } finally {
      this.#renewing = undefined;
    }
    return this.#fits(timeoutMs);
  }

  /** Before each look: the wake-ups up to now are answered by what the look finds. False: the lane is lost. */
  async beforeLook(): Promise<boolean> {
    const renewed = await this.#prolong();
    if (renewed !== undefined) this.#lease = renewed;
    return renewed !== undefined;
  }

  /** `again`: it was woken since the last look. */
  async release(nextDueInMs: number | undefined): Promise<'released' | 'again' | 'lost'> {
    const end = await this.#options.lanes.release(this.#lease, nextDueInMs);
    if (end === 'lost') this.#lost = true;
    return end;
  }

  #fits(timeoutMs: number): boolean {
    return !this.#lost && !this.closing && this.#until - this.#options.monotonic() >= timeoutMs + MARGIN_MS;
  }

  /** Wake-ups that it tells of were not seen by a look: `release` still has to find them. */
  async #renew(): Promise<void> {
    await this.#prolong();
  }

  async #prolong(): Promise<Lease | undefined> {
    const { lanes, leaseMs, monotonic } = this.#options;
    const at = monotonic();
    const renewed = await lanes.renew(this.#lease, leaseMs);
    if (renewed === undefined) this.#lost = true;
    else this.#until = at + leaseMs;
    return renewed;
  }
}
