import type { RequestsConfig } from '../config.ts';
import { milliseconds } from '../units.ts';
import { formatted, keys, type Section } from './section.ts';

export interface RawRequests {
  readonly same_for: string;
  readonly search_timeout: string;
  readonly answer_within: string;
}

export const requestsSection: Section<RawRequests, RequestsConfig> = {
  schema: keys({
    same_for: formatted('duration', '1h'),
    search_timeout: formatted('duration', '30s'),
    answer_within: formatted('duration', '7d'),
  }),
  read: (raw) => ({
    sameForMs: milliseconds(raw.same_for),
    searchMs: milliseconds(raw.search_timeout),
    answerWithinMs: milliseconds(raw.answer_within),
  }),
};
