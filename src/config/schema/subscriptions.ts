import type { SubscriptionsConfig } from '../config.ts';
import { milliseconds } from '../units.ts';
import { choice, count, formatted, keys, type Section, text } from './section.ts';

export interface RawSubscriptions {
  readonly per_partner: number;
  readonly lifetime: string;
  readonly timezone: string;
  readonly begin: 'now' | 'all';
}

export const subscriptionsSection: Section<RawSubscriptions, SubscriptionsConfig> = {
  schema: keys({
    per_partner: count(100),
    lifetime: formatted('duration', '365d'),
    timezone: text('UTC'),
    begin: choice(['now', 'all'], 'now'),
  }),
  read: (raw) => ({
    perPartner: raw.per_partner,
    lifetimeMs: milliseconds(raw.lifetime),
    timezone: raw.timezone,
    begin: raw.begin,
  }),
};
