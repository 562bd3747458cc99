import type { FilesConfig } from '../config.ts';
import { bytes, milliseconds } from '../units.ts';
import { count, formatted, keys, type Section } from './section.ts';

export interface RawFiles {
  readonly max_size: string;
  readonly max_json_size: string;
  readonly max_rows: number;
  readonly timeout: string;
}

/** PROTOCOL 9. */
export const filesSection: Section<RawFiles, FilesConfig> = {
  schema: keys({
    max_size: formatted('size', '10MB'),
    max_json_size: formatted('size', '10MB'),
    max_rows: count(100_000, 1, 1_000_000),
    timeout: formatted('duration', '60s'),
  }),
  read: (raw) => ({
    maxBytes: bytes(raw.max_size),
    maxJsonBytes: bytes(raw.max_json_size),
    maxRows: raw.max_rows,
    timeoutMs: milliseconds(raw.timeout),
  }),
};
