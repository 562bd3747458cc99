/**
 * A message for a partner with an encryption key is encrypted at its first attempt, once: header and message are stored so
 * before they are sent, and every attempt sends the same (PROTOCOL 4). The clear text stays beside it under our own seal, for
 * status answers. Of two workers that encrypt at the same time one stores what it made; the other sends nothing.
 */

import type { Clock } from '../clock.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { EncryptionKey } from '../security/encryption/encrypt.ts';
import {
  encryptText,
  type FindRecipient,
  makeReady,
  type ReadyMessage,
  readyAgain,
} from '../security/encryption/ready-message.ts';
import type { Partner } from '../security/partner.ts';
import { OUTBOX, type OutboxEntry } from '../store/async-documents.ts';
import { type Documents, replaceOf } from '../store/documents.ts';
import type { Keyed } from './keyed.ts';
import { dropEncrypted, encryptedPlace, messagePlace } from './outbox.ts';
import { type BodyPlace, chunkSet, dropChunks, openBody, sealBody } from './sealed-body.ts';

export interface EncryptOnceOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly keyed: Keyed;
  readonly clock: Clock;
  readonly findRecipient: FindRecipient;
  /** Of header and message, as a text. */
  readonly encrypt?: (text: string, key: EncryptionKey) => Promise<string>;
}

export type Prepared =
  /** `entry` as it is now in the store. */
  | { readonly kind: 'ready'; readonly ready: ReadyMessage; readonly entry: OutboxEntry }
  /** It may only go out encrypted, and its partner has no key any more. */
  | { readonly kind: 'hold'; readonly problem: string }
  /** Somebody else changed the entry meanwhile. */
  | { readonly kind: 'changed' };

/** @throws GatewayError `service.unavailable` where it is not known whether, or with what, it is to be encrypted; StoreError */
export type EncryptOnce = (entry: OutboxEntry, partner: Partner) => Promise<Prepared>;

export const createEncryptOnce = (options: EncryptOnceOptions): EncryptOnce => {
  const { documents, sealer, keyed, clock, findRecipient, encrypt = encryptText } = options;

  const textIn = async (place: BodyPlace): Promise<string> => {
    const text = await openBody(documents, sealer, place);
    if (text === undefined) throw new TypeError('its content is gone');
    return text;
  };

  /** Undefined: the entry was changed meanwhile. */
  const keep = async (entry: OutboxEntry, text: string, key: string): Promise<OutboxEntry | undefined> => {
    const set = chunkSet(keyed, entry._id, text);
    const { sealed, chunks, writes } = sealBody(sealer, set, text, clock(), entry.kept === true ? 0 : undefined);
    const encrypted = {
      ...{ key, digest: set },
      ...(sealed !== undefined && { message: sealed }),
      ...(chunks !== undefined && { chunks }),
    };
    const kept: OutboxEntry = { ...entry, confidential: true, encrypted };
    const outcomes = await documents.apply([...writes, replaceOf(OUTBOX, kept), ...dropEncrypted(entry)]);
    if (outcomes[writes.length] === 'done') return { ...kept, version: kept.version + 1 };
    await documents.apply(dropChunks({ chunks, set }));
    return undefined;
  };

  return async (entry, partner) => {
    const { encrypted } = entry;
    const recipient = await findRecipient(partner, encrypted?.key);
    const { key } = recipient;
    if (key === undefined) {
      if (entry.confidential === true) return { kind: 'hold', problem: 'encryption key gone' };
      return { kind: 'ready', entry, ready: await makeReady(await textIn(messagePlace(entry)), recipient) };
    }
    if (encrypted?.key === key.fingerprint) {
      return { kind: 'ready', entry, ready: readyAgain(await textIn(encryptedPlace(encrypted)), recipient) };
    }
    const text = await encrypt(await textIn(messagePlace(entry)), key);
    const kept = await keep(entry, text, key.fingerprint);
    return kept === undefined
      ? { kind: 'changed' }
      : { kind: 'ready', entry: kept, ready: readyAgain(text, recipient) };
  };
};
