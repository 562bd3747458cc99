import type { ServerConfig } from '../config.ts';
import { bytes, milliseconds } from '../units.ts';
import { count, formatted, keys, list, type Section, text } from './section.ts';

export interface RawServer {
  readonly host: string;
  readonly port: number;
  readonly admin: { readonly host: string; readonly port: number };
  readonly trust_proxy: readonly string[];
  readonly body_limit: string;
  readonly body_timeout: string;
  readonly shutdown: string;
}

export const serverSection: Section<RawServer, ServerConfig> = {
  schema: keys({
    host: text('127.0.0.1'),
    port: count(8080, 0, 65_535),
    admin: keys({ host: text('127.0.0.1'), port: count(9090, 0, 65_535) }),
    trust_proxy: list(formatted('cidr'), []),
    body_limit: formatted('size', '1MB'),
    body_timeout: formatted('duration', '10s'),
    shutdown: formatted('duration', '20s'),
  }),
  read: (raw) => ({
    host: raw.host,
    port: raw.port,
    admin: raw.admin,
    trustProxy: raw.trust_proxy,
    bodyLimitBytes: bytes(raw.body_limit),
    bodyTimeoutMs: milliseconds(raw.body_timeout),
    shutdownMs: milliseconds(raw.shutdown),
  }),
};
