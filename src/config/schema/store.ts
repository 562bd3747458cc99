import { resolve } from 'node:path';
import type { StoreConfig } from '../config.ts';
import { keys, type Section, text } from './section.ts';

export interface RawStore {
  readonly folder: string;
  readonly encryption_key?: string;
}

/** The folder is taken from where the configuration file lies. */
export const storeSection: Section<RawStore, StoreConfig> = {
  schema: keys({
    folder: text('var'),
    encryption_key: {
      type: 'string',
      pattern: '^[A-Za-z0-9+/]{43}=$',
      fix: 'write 32 random bytes in base64: openssl rand -base64 32',
    },
  }),
  read: (raw, { baseFolder }) => ({
    folder: resolve(baseFolder, raw.folder),
    ...(raw.encryption_key !== undefined && { encryptionKey: raw.encryption_key }),
  }),
};
