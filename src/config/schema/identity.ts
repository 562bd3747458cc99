import type { IdentityConfig } from '../config.ts';
import { keys, list, type Section, text } from './section.ts';

export interface RawIdentity {
  readonly id: string;
  readonly receiver_ids: readonly string[];
}

const MAX_ID = 99; // PROTOCOL 2: ids are any text up to 99 characters

/** It stands in `kidId="{id}|{key}|{algorithm}"` of what we sign. */
const OWN_ID = {
  ...text('dci-gateway'),
  maxLength: MAX_ID,
  pattern: '^[^|"\\u0000-\\u001f\\u007f]*$',
  fix: 'leave out |, " and line breaks: it stands in the names of our keys',
};

export const identitySection: Section<RawIdentity, IdentityConfig> = {
  schema: keys({ id: OWN_ID, receiver_ids: list(text(), []) }),
  read: (raw) => ({ id: raw.id, receiverIds: raw.receiver_ids }),
};
