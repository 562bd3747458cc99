/** From touched records to events: read again, matched, written (ASYNC "Notify" 1 and 2). One way for sources, pushes and retries. */

import type { Clock } from '../clock.ts';
import type { BoundChanges, Mapping } from '../mapping/mapping.ts';
import type { CallContext } from '../plugin.ts';
import { lanesOf, putAside, readPending } from './consent/undecided.ts';
import { consider } from './consider.ts';
import { fullView } from './full-view.ts';
import type { LiveSubscriptions } from './live-subscriptions.ts';
import { keysByType, matchPage } from './match.ts';
import { type ReadRecords, readRecords } from './read-records.ts';
import type { Registry } from './registry.ts';
import { tellPage } from './tell.ts';
import { isOwn, type Touched } from './touched.ts';
import { type EventStore, writeEvents } from './write-events.ts';

export interface ProcessOptions extends EventStore {
  readonly live: LiveSubscriptions;
  readonly clock: Clock;
  /** Starts a lane in this process. */
  readonly wake: (lane: string) => void;
}

export interface ChangesCall {
  readonly registry: Registry;
  readonly mapping: Mapping;
  readonly changes: BoundChanges;
  readonly touched: readonly Touched[];
  /** Above every position that an event of the registry was given. */
  readonly position: number;
  readonly context: CallContext;
}

export interface Processed {
  readonly events: number;
  /** Ids of touched records that could not be mapped, or are too large. */
  readonly failed: ReadonlySet<string>;
}

/** Every write is keyed: the same call again, whole or in part, tells nothing twice. Rejects with BackendError and StoreError. */
export type ProcessChanges = (call: ChangesCall) => Promise<Processed>;

export const createProcessChanges = (options: ProcessOptions): ProcessChanges => {
  return async ({ registry, mapping, changes, touched, position, context }) => {
    const known = touched.filter(({ recordType }) => mapping.records.has(recordType));
    if (known.length === 0) return { events: 0, failed: new Set() };
    const reading = { plugin: registry.plugin, changes, context };
    const whole = new Map<string, ReadRecords>();
    for (const [recordType, keys] of keysByType(known.map((each) => ({ touched: each }))))
      whole.set(recordType, await readRecords(recordType, keys, fullView(mapping), reading));
    // After the changes were read: a subscription that was confirmed before is among these.
    const index = await options.live(registry.config.id, mapping);
    const baselined = (recordType: string): boolean => hasBaseline(changes, recordType);
    const pending = await readPending(known, index, options.documents);
    const considered = await consider(known, whole, { ...options, baselined });
    const now = options.clock();
    const matching = { reading, mapping, index, now };
    const matches = await matchPage(considered, matching);
    const undecided = putAside(considered, matches, pending, matching);
    const atOnce = matches.filter(({ subscription }) => subscription.decide === undefined);
    const telling = await tellPage(considered, atOnce, matching, options.sealer);
    const failed = await writeEvents(
      { ...telling, undecided, registry: registry.config.id, considered, position, now },
      options,
    );
    for (const lane of lanesOf(undecided)) options.wake(lane);
    return { events: telling.told.length + undecided.length, failed };
  };
};

/** All records of the type were noted when the feed began: by a source of their own rows that reads them all. */
const hasBaseline = ({ sources }: BoundChanges, recordType: string): boolean =>
  sources.some((source) => (source.kind === 'columns' || source.kind === 'snapshot') && isOwn(source, recordType));
