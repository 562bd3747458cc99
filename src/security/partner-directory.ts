/** All partners, of the YAML and of the Store, as a copy in memory that is at most five seconds old (PROTOCOL 9). */

import { setTimeout as pause } from 'node:timers/promises';
import type { ConfiguredPartner } from '../config/config.ts';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { PartnerStore } from '../store/store.ts';
import { type FieldScopes, partnerWithScopes, unknownScopes } from './field-scopes.ts';
import type { Partner } from './partner.ts';
import { addDistinct, indexPartners, type PartnerIndex } from './partner-index.ts';
import type { Secrets } from './secrets.ts';

export interface PartnerDirectory {
  /** @throws GatewayError `service.unavailable` (all three) when the copy is too old because the Store is away */
  byClientId(clientId: string): Partner | undefined;
  byId(id: string): Partner | undefined;
  all(): readonly Partner[];
  /** Reads the Store now where it has changed. Rejects with a StoreError. */
  refresh(): Promise<void>;
  /** Ends the polling. */
  close(): Promise<void>;
}

export interface PartnerDirectoryOptions {
  readonly configured: readonly ConfiguredPartner[];
  readonly store: { readonly partners: PartnerStore };
  /** Hashes the secrets that stand in the YAML. */
  readonly secrets: Secrets;
  readonly log: Log;
  /** A registry's scopes of fields, to which rights in the Store refer by name; absent: there are none. */
  readonly scopesOf?: (registry: string) => FieldScopes;
  /** Milliseconds between two looks at the Store's revision. */
  readonly pollMs?: number;
  /** Milliseconds that only grow; `performance.now` by default. */
  readonly monotonic?: () => number;
}

const POLL_MS = 2_000;
const MAX_AGE_MS = 5_000;

/** Rejects where two partners share an id, client id or sender id, or the Store cannot be read. */
export const createPartnerDirectory = async ({
  configured,
  store,
  secrets,
  log,
  scopesOf = () => new Map(),
  pollMs = POLL_MS,
  monotonic = () => performance.now(),
}: PartnerDirectoryOptions): Promise<PartnerDirectory> => {
  const fixed: Partner[] = [];
  for (const each of configured) fixed.push(await withSecret(each, secrets));

  const resolved = (partner: Partner): Partner => {
    for (const [registry, rights] of partner.registries) {
      const unknown = unknownScopes(rights, scopesOf(registry));
      if (unknown.length > 0)
        log.error('rights name scopes that are not there', { partner: partner.id, scopes: unknown });
    }
    return partnerWithScopes(partner, scopesOf);
  };

  let revision = Number.NaN;
  let index: PartnerIndex = indexPartners(fixed);
  let readAt = monotonic();

  const refresh = async (started = false): Promise<void> => {
    const at = monotonic();
    const current = await store.partners.revision();
    if (current !== revision) {
      const { index: next, refused } = addDistinct(fixed, (await store.partners.list()).map(resolved));
      const [first] = refused;
      if (first !== undefined && !started) throw new GatewayError('service.fault', { message: first });
      for (const problem of refused) log.error('partner left out', { problem });
      index = next;
      revision = current;
    }
    readAt = at;
  };
  await refresh();

  const fresh = (): PartnerIndex => {
    if (monotonic() - readAt <= MAX_AGE_MS) return index;
    throw new GatewayError('service.unavailable', {
      detail: 'the copy of the partners is too old: the store does not answer',
    });
  };

  const stopped = new AbortController();
  const poll = async (): Promise<void> => {
    let failing = false;
    while (!stopped.signal.aborted) {
      // The wait ends early only when `close` aborts it.
      await pause(pollMs, undefined, { ref: false, signal: stopped.signal }).catch(() => undefined);
      if (stopped.signal.aborted) return;
      try {
        await refresh(true);
        if (failing) log.info('partners read again');
        failing = false;
      } catch (cause) {
        // The copy ages; past its time requests are refused with 503 until the Store answers again.
        if (!failing) log.error('partners cannot be read', { cause });
        failing = true;
      }
    }
  };
  const polling = poll();

  return {
    byClientId: (clientId) => fresh().byClientId.get(clientId),
    byId: (id) => fresh().byId.get(id),
    all: () => fresh().all,
    refresh: () => refresh(true),
    close: async () => {
      stopped.abort();
      await polling;
    },
  };
};

const withSecret = async ({ partner, secretText }: ConfiguredPartner, secrets: Secrets): Promise<Partner> =>
  secretText === undefined ? partner : { ...partner, secret: await secrets.hashTyped(secretText, partner.id) };
