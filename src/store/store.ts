/**
 * The port to the gateway's own state. One contract suite (`test/contract/store.suite.ts`) runs on every adapter.
 *
 * Every method rejects with `StoreError` when the store cannot answer; the caller answers 503.
 */

import type { Partner } from '../security/partner.ts';
import type { Documents, Lanes } from './documents.ts';

export class StoreError extends Error {
  override readonly name = 'StoreError';
}

/** Partners that commands manage. Those of the YAML are not in here. */
export interface PartnerStore {
  list(): Promise<readonly Partner[]>;
  get(id: string): Promise<Partner | undefined>;
  /** False when one with this id, client id or sender id exists. */
  insert(partner: Partner): Promise<boolean>;
  /** Replaces the partner if its version still is `version`; the stored one gets `version + 1`. False when it is not. */
  replace(partner: Partner, version: number): Promise<boolean>;
  /** Grows whenever any partner changes: cheap to poll. */
  revision(): Promise<number>;
}

/** A private key of ours. The private part is encrypted at rest by the adapter's caller (`security/at-rest.ts`). */
export interface StoredKey {
  /** `signing-1`, `token-1`, `encryption-rsa-1`: chosen by the caller, so that two replicas make one. */
  readonly id: string;
  /** `enc`: it opens messages that are encrypted for us. */
  readonly use: 'sig' | 'token' | 'enc';
  readonly keyId: string;
  readonly publicJwk: Readonly<Record<string, string>>;
  /** AES-256-GCM envelope. */
  readonly sealedPrivateJwk: string;
  readonly createdAt: number;
  /** Signs from this time on (it is published before). One that opens is published from then on (it opens before). */
  readonly activeFrom: number;
  /** Signs no more from this time on; published until `removeAt`. One that opens goes on opening, unpublished. */
  readonly retiredAt?: number;
  readonly removeAt?: number;
}

export interface KeyStore {
  list(): Promise<readonly StoredKey[]>;
  /** False when the id exists: the other process was first. */
  insertIfAbsent(key: StoredKey): Promise<boolean>;
  update(key: StoredKey): Promise<void>;
}

export interface ReplayMemory {
  /**
   * Remembers (partner, message id) with the digest of its content until `until` (ms).
   * `new`: it was not there (or over its time); `same`: there, same digest; `different`: there, another digest.
   */
  remember(partner: string, messageId: string, digest: string, until: number): Promise<'new' | 'same' | 'different'>;
  /** Takes back what `remember` called `new`: the message was not worked on after all. Nothing happens where it is not there. */
  forget(partner: string, messageId: string, digest: string): Promise<void>;
}

export interface Store {
  readonly partners: PartnerStore;
  readonly keys: KeyStore;
  readonly replay: ReplayMemory;
  /** The collections of `async-documents.ts`. */
  readonly documents: Documents;
  readonly lanes: Lanes;
  /** After a retention run: what was deleted is to be gone from the files as well. */
  tidy(): Promise<void>;
  /** Resolves when the store answers. */
  health(): Promise<void>;
  close(): Promise<void>;
}
