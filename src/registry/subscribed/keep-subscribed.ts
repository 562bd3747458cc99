/**
 * Keeps a registry's own subscription at its upstream: asked for, confirmed, looked at, renewed, asked for again once it is
 * gone, and ended when it is not wanted any more. One call a step; whoever holds the registry's lane takes the next one.
 */

import type { Clock } from '../../clock.ts';
import type { Log } from '../../log.ts';
import { BackendError, type Upstream, type UpstreamOutcome } from '../../plugin.ts';
import { OWN_SUBSCRIPTIONS, type OwnSubscription } from '../../store/async-documents.ts';
import type { Documents } from '../../store/documents.ts';
import type { Registry } from '../registry.ts';
import type { Reread } from '../reread.ts';
import { readAcknowledgement, readStatus } from './read-answers.ts';
import { askStatus, subscribe, unsubscribe } from './requests.ts';
import {
  again,
  codesOf,
  confirmed,
  failed,
  first,
  nextLook,
  other,
  settled,
  taken,
  turnedDown,
} from './transitions.ts';
import { type SubscriptionOffer, type Wanted, wantedOf } from './wanted.ts';

export interface KeepSubscribedOptions {
  readonly documents: Documents;
  readonly clock: Clock;
  readonly log: Log;
  readonly reread: Reread;
}

/**
 * One step. Undefined: there is nothing to keep. Else when the next one is due, by our clock.
 * Rejects with GatewayError `service.unavailable` until the backend was reached, and with StoreError.
 */
export type KeepSubscribed = (registry: Registry) => Promise<number | undefined>;

/** Without any answer to what it took. */
const ANSWER_WITHIN_MS = 600_000;
const DAY_MS = 86_400_000;
/** What it refused is asked for again in case it was given the right meanwhile. */
const REFUSED_AGAIN_MS = 3_600_000;
/** Requests of ours are worked on side by side: the end of one is to come before the next beginning. */
const AFTER_ENDING_MS = 2_000;
/** So often it is tried to end what another took the place of: the one that lives must still be looked at and renewed. */
const MOST_ENDINGS = 5;

export const createKeepSubscribed = (options: KeepSubscribedOptions): KeepSubscribed => {
  const { documents, clock, log } = options;

  /** @returns when the next step is due: at once where another changed it */
  const save = async (before: OwnSubscription, after: OwnSubscription): Promise<number> => {
    if (!(await documents.replace(OWN_SUBSCRIPTIONS, after))) return clock();
    const fields = { registry: after._id, state: after.state };
    if (after.problem !== undefined && after.problem !== before.problem)
      log.warn('our subscription at the upstream has a problem', { ...fields, problem: after.problem });
    else if (after.state === 'live' && (before.state !== 'live' || before.problem !== after.problem))
      log.info('subscribed at the upstream', { ...fields, subscriptions: after.items.filter(({ state }) => state === 'live').length }); // biome-ignore format: one look
    return after.dueAt;
  };

  /** What may have been missed is read again before that is forgotten. */
  const live = async (before: OwnSubscription, after: OwnSubscription): Promise<number> => {
    if (after.gap && after.items.some(({ state }) => state === 'live')) await options.reread(after._id);
    return save(before, { ...after, gap: false });
  };

  const ask = async (own: OwnSubscription, link: Upstream, offer: SubscriptionOffer): Promise<number> => {
    const outcome = await subscribe(link, offer, own);
    if (outcome.kind === 'refused')
      return save(
        own,
        turnedDown(own, `the upstream refused the request with status ${outcome.status}${outcome.reason}`, clock()),
      );
    const ack = outcome.answer === undefined ? undefined : readAcknowledgement(outcome.answer);
    return save(own, taken(own, ack, clock()));
  };

  const end = async (
    own: OwnSubscription,
    link: Upstream,
    url: string | undefined,
    codes: readonly string[],
  ): Promise<void> => {
    const outcome = await unsubscribe(link, url, own, codes);
    if (outcome.kind === 'refused')
      log.warn('subscriptions at the upstream were not ended', {
        registry: own._id,
        status: outcome.status,
        reason: outcome.reason,
      });
  };

  /** What took the place of others ends them; what the others were in the way of is asked for once more. */
  const endOld = async (
    own: OwnSubscription,
    link: Upstream,
    { callbackUrl, checkMs }: SubscriptionOffer,
  ): Promise<number> => {
    try {
      await end(own, link, callbackUrl, own.old);
    } catch (cause) {
      const limited = cause instanceof BackendError && cause.retryAfterMs !== undefined;
      if (!(cause instanceof BackendError) || limited || own.failures < MOST_ENDINGS - 1) throw cause;
      log.warn('subscriptions at the upstream were not ended', { registry: own._id, problem: cause.message });
    }
    const ended: OwnSubscription = { ...own, old: [] };
    const exists = ended.items.some(({ state }) => state === 'exists');
    if (!exists) return save(own, { ...ended, dueAt: nextLook(ended, checkMs, clock()) });
    return save(own, again(ended, { items: ({ state }) => state === 'exists', endOld: false, gap: true, inMs: AFTER_ENDING_MS }, clock())); // biome-ignore format: one look
  };

  /** Whether what was asked for, or lives, is there. */
  const check = async (own: OwnSubscription, link: Upstream, offer: SubscriptionOffer): Promise<number> => {
    const { checkMs } = offer;
    const codes = codesOf(own);
    const outcome: UpstreamOutcome | undefined = codes.length === 0 ? undefined : await askStatus(link, codes);
    const answer = outcome?.kind === 'taken' ? outcome.answer : undefined;
    const told = answer === undefined ? new Map<string, 'live' | 'gone'>() : readStatus(answer, codes);
    const now = clock();
    const gone = [...told].filter(([, state]) => state === 'gone').map(([code]) => code);
    if (gone.length > 0) {
      const lost = again(own, { items: ({ code }) => gone.includes(code ?? ''), endOld: false, gap: own.state === 'live' }, now); // biome-ignore format: one look
      // One that is gone before it was there would be asked for without a pause.
      const problem = 'subscriptions are not known to the upstream';
      return save(own, own.state === 'live' ? { ...lost, problem } : { ...failed(lost, problem, now), gap: lost.gap });
    }
    const found = confirmed(own, new Set(told.keys()));
    if (own.state === 'asked') return waitOn(own, found, now);
    const fine: OwnSubscription = { ...found, failures: 0, problem: settled(found, offer, now).problem };
    const unsaid = fine.items.filter(({ state, code }) => state === 'exists' || (state === 'live' && told.get(code ?? '') === undefined)); // biome-ignore format: one look
    // One that cannot be looked at is asked for again: where it lives, that is what the upstream says.
    const patience = codes.length === 0 ? checkMs : DAY_MS;
    if (unsaid.length > 0 && now - fine.askedAt >= patience)
      return save(own, again(fine, { items: (item) => unsaid.includes(item), endOld: true, gap: true }, now));
    if (now - fine.askedAt >= REFUSED_AGAIN_MS && fine.items.some(({ state }) => state === 'refused'))
      return save(own, again(fine, { items: ({ state }) => state === 'refused', endOld: false, gap: false }, now));
    return live(own, { ...fine, dueAt: nextLook(fine, checkMs, now) });
  };

  const waitOn = (own: OwnSubscription, found: OwnSubscription, now: number): Promise<number> => {
    if (found.items.every(({ state }) => state !== 'asked')) return save(own, { ...found, dueAt: now });
    if (now - own.askedAt < ANSWER_WITHIN_MS) return save(own, { ...found, dueAt: now + ANSWER_WITHIN_MS / 10 });
    const anew = again(found, { items: ({ state }) => state === 'asked', endOld: true, gap: false }, now);
    return save(own, failed(anew, 'the upstream does not answer the request', now));
  };

  const step = async (own: OwnSubscription, link: Upstream, { offer }: Wanted): Promise<number> => {
    const now = clock();
    if (own.state === 'refused') return save(own, again(own, { items: () => true, endOld: false, gap: false }, now));
    if (own.state !== 'live') {
      if (own.items.every(({ state }) => state !== 'asked')) {
        const done = settled(own, offer, now);
        return done.state === 'live' ? live(own, done) : save(own, done);
      }
      return own.state === 'asking' ? ask(own, link, offer) : check(own, link, offer);
    }
    if (own.old.length > 0) return endOld(own, link, offer);
    const over = own.items.filter(({ renewAt }) => renewAt !== undefined && renewAt <= now);
    if (over.length > 0)
      return save(own, again(own, { items: (item) => over.includes(item), endOld: true, gap: false }, now));
    return check(own, link, offer);
  };

  /** It is not wanted any more. @returns undefined: nothing is left */
  const stop = async (own: OwnSubscription, link: Upstream): Promise<number | undefined> => {
    const codes = [...codesOf(own), ...own.old];
    if (codes.length > 0) await end(own, link, undefined, codes);
    await documents.remove(OWN_SUBSCRIPTIONS, own._id);
    log.info('unsubscribed at the upstream', { registry: own._id, subscriptions: codes.length });
    return undefined;
  };

  return async (registry) => {
    const link = registry.plugin.upstream?.link;
    if (link === undefined) return undefined;
    const { id } = registry.config;
    const own = await documents.get(OWN_SUBSCRIPTIONS, id);
    const wanted = await wantedOf(registry);
    if (wanted === undefined && own === undefined) return undefined;
    const now = clock();
    if (own === undefined) {
      if (wanted !== undefined) await documents.insert(OWN_SUBSCRIPTIONS, first(id, wanted, now));
      return now;
    }
    if (wanted !== undefined && own.wanted !== wanted.digest) return save(own, other(own, wanted, now));
    if (own.dueAt > now && wanted !== undefined) return own.dueAt;
    try {
      return await (wanted === undefined ? stop(own, link) : step(own, link, wanted));
    } catch (cause) {
      if (!(cause instanceof BackendError)) throw cause;
      if (cause.retryAfterMs === undefined) return save(own, failed(own, cause.message, now));
      // It is there, and goes on telling: nothing is missed.
      log.info('our subscription waits: the upstream limits how often it is asked', { registry: id, inMs: cause.retryAfterMs }); // biome-ignore format: one look
      return save(own, { ...own, dueAt: now + cause.retryAfterMs });
    }
  };
};
