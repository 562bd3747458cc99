/** One attempt to deliver a message: the checks right before it, the signature, the POST (ASYNC, "Deliver" 3 to 5). */

import type { Partner } from '../security/partner.ts';
import type { SignReady } from '../security/write-for.ts';
import { type OutboxEntry, SUBSCRIPTIONS } from '../store/async-documents.ts';
import type { Documents } from '../store/documents.ts';
import { StoreError } from '../store/store.ts';
import { mayBeCalled } from './callback-url.ts';
import type { StillConsented } from './consent/still-consented.ts';
import type { EncryptOnce, Prepared } from './encrypt-once.ts';
import type { Verdict } from './judge-answer.ts';
import { createPostCallback, type PostOptions } from './post-callback.ts';
import type { RightsVersion } from './rights-version.ts';
import { mayTell } from './store-subscription.ts';

export interface AttemptOptions extends PostOptions {
  readonly documents: Documents;
  readonly encryptOnce: EncryptOnce;
  readonly signReady: SignReady;
  readonly partner: (id: string) => Partner | undefined;
  readonly rightsVersion: RightsVersion;
  readonly stillConsented: StillConsented;
}

export type AttemptOutcome =
  /** `entry` as it is now in the store. */
  | { readonly kind: 'tried'; readonly verdict: Verdict; readonly entry: OutboxEntry }
  /** Nothing was sent: it waits for the operator. */
  | { readonly kind: 'hold'; readonly problem: string }
  /** Nothing was sent: nobody wants it any more. */
  | { readonly kind: 'cancel'; readonly problem: string }
  /** Nothing was sent: the subscription is paused. */
  | { readonly kind: 'wait' }
  /** Nothing was sent: somebody else changed it meanwhile. */
  | { readonly kind: 'changed' }
  /** Nothing was sent: it could not be opened, encrypted or signed. */
  | { readonly kind: 'fault' };

export type AttemptDelivery = (entry: OutboxEntry) => Promise<AttemptOutcome>;

export const createAttempt = (options: AttemptOptions): AttemptDelivery => {
  const { documents } = options;
  const post = createPostCallback(options);

  /** One message that cannot be opened, encrypted or signed must not keep the others of its lane from going out. */
  const signed = async (entry: OutboxEntry, partner: Partner): Promise<Signed | AttemptOutcome> => {
    try {
      const prepared = await options.encryptOnce(entry, partner);
      if (prepared.kind !== 'ready') return prepared;
      return { kind: 'signed', entry: prepared.entry, body: await options.signReady(prepared.ready) };
    } catch (cause) {
      options.log.error('message cannot be signed', { delivery: entry._id, partner: partner.id, cause });
      return { kind: 'fault' };
    }
  };

  /** Undefined: it cannot be decided now. */
  const decided = async (entry: OutboxEntry, partner: Partner): Promise<boolean | undefined> => {
    try {
      return await options.stillConsented(entry, partner);
    } catch (cause) {
      if (cause instanceof StoreError) throw cause;
      options.log.error('consent cannot be decided', { delivery: entry._id, partner: partner.id, cause });
      return undefined;
    }
  };

  return async (entry) => {
    const partner = options.partner(entry.partner);
    if (partner === undefined || !partner.active) return hold('partner not active');
    if (options.rightsVersion(partner, entry.registry) !== entry.rightsVersion) return hold('rights changed');
    const { url, sub } = entry;
    const lasting = entry.kind === 'notify' || entry.kind === 'on-subscribe';
    if (url === undefined || !mayBeCalled(partner, url, lasting)) return hold('origin not registered');
    if (sub !== undefined) {
      const subscription = await documents.get(SUBSCRIPTIONS, sub);
      if (!mayTell(subscription)) return { kind: 'cancel', problem: 'subscription ended' };
      if (subscription.paused === true) return { kind: 'wait' };
    }
    const consented = await decided(entry, partner);
    if (consented === undefined) return { kind: 'fault' };
    if (!consented) return hold('consent withdrawn');
    const made = await signed(entry, partner);
    if (made.kind !== 'signed') return made;
    return { kind: 'tried', verdict: await post(entry, partner, url, made.body), entry: made.entry };
  };
};

interface Signed extends Pick<Extract<Prepared, { readonly kind: 'ready' }>, 'entry'> {
  readonly kind: 'signed';
  readonly body: string;
}

const hold = (problem: string): AttemptOutcome => ({ kind: 'hold', problem });
