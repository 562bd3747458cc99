import type { OutboundConfig } from '../config.ts';
import { milliseconds } from '../units.ts';
import { formatted, keys, list, type Section } from './section.ts';

export interface RawOutbound {
  readonly timeout: string;
  readonly allow_origins: readonly string[];
  readonly private_origins: readonly string[];
}

export const outboundSection: Section<RawOutbound, OutboundConfig> = {
  schema: keys({
    timeout: formatted('duration', '10s'),
    allow_origins: list(formatted('origin'), []),
    private_origins: list(formatted('origin'), []),
  }),
  read: (raw) => ({
    timeoutMs: milliseconds(raw.timeout),
    allowOrigins: raw.allow_origins,
    privateOrigins: raw.private_origins,
  }),
};
