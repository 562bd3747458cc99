import type { DeliveriesConfig } from '../config.ts';
import { milliseconds } from '../units.ts';
import { count, formatted, keys, type Section } from './section.ts';

export interface RawDeliveries {
  readonly retry: readonly string[];
  readonly notify_longest_pause: string;
  readonly pause_after: string;
  readonly refusals: number;
  readonly per_endpoint: number;
  readonly per_partner: number;
}

/** PROTOCOL 4 and 8. */
export const deliveriesSection: Section<RawDeliveries, DeliveriesConfig> = {
  schema: keys({
    retry: { type: 'array', items: formatted('duration'), default: ['60s', '120s', '240s'] },
    notify_longest_pause: formatted('duration', '15m'),
    pause_after: formatted('duration', '5d'),
    refusals: count(5),
    per_endpoint: count(8, 1, 1000),
    per_partner: count(16, 1, 1000),
  }),
  read: (raw) => ({
    retryMs: raw.retry.map(milliseconds),
    notifyLongestPauseMs: milliseconds(raw.notify_longest_pause),
    pauseAfterMs: milliseconds(raw.pause_after),
    refusals: raw.refusals,
    perEndpoint: raw.per_endpoint,
    perPartner: raw.per_partner,
  }),
};
