import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Documents } from '../store/documents.ts';
import type { Registry } from './registry.ts';

/** What everything needs that notes in the store what a registry or its upstream told, and wakes the lane that goes on with it. */
export interface WakingOptions {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly registry: (id: string) => Registry | undefined;
  readonly log: Log;
  /** Starts the lane in this process. */
  readonly wake: (lane: string) => void;
}
