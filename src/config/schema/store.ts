import { resolve } from 'node:path';
import type { StoreConfig } from '../config.ts';
import { milliseconds } from '../units.ts';
import { formatted, keys, type Section, text } from './section.ts';

export interface RawStore {
  readonly folder: string;
  readonly mongodb?: { readonly url: string; readonly database: string };
  readonly encryption_key?: string;
  readonly retention: string;
}

const KEY_FIX = 'write 32 random bytes in base64: openssl rand -base64 32';

/** The folder is taken from where the configuration file lies. */
export const storeSection: Section<RawStore, StoreConfig> = {
  schema: {
    ...keys({
      folder: text('var'),
      mongodb: keys(
        {
          url: {
            type: 'string',
            pattern: '^mongodb(\\+srv)?://',
            fix: 'write mongodb://host-1,host-2,host-3/?replicaSet=rs0 or mongodb+srv://host',
          },
          database: {
            type: 'string',
            pattern: '^[A-Za-z0-9_-]{1,60}$',
            fix: 'write letters, digits, _ and -, at most 60',
            default: 'dci_gateway',
          },
        },
        ['url'],
      ),
      encryption_key: { type: 'string', pattern: '^[A-Za-z0-9+/]{43}=$', fix: KEY_FIX },
      retention: formatted('duration', '30d'),
    }),
    // Replicas share no folder in which the first could leave a key for the others.
    dependencies: {
      mongodb: { type: 'object', required: ['encryption_key'], fix: `with mongodb it must be given: ${KEY_FIX}` },
    },
  },
  read: (raw, { baseFolder }) => ({
    folder: resolve(baseFolder, raw.folder),
    ...(raw.mongodb !== undefined && { mongodb: raw.mongodb }),
    ...(raw.encryption_key !== undefined && { encryptionKey: raw.encryption_key }),
    retentionMs: milliseconds(raw.retention),
  }),
};
