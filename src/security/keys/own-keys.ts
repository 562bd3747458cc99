/**
 * Our own keys: one signs messages and stands in the JWKS, another signs access tokens and stands nowhere, two open messages
 * that are encrypted for us and stand in the JWKS as `use: enc` (PROTOCOL 5, 9). They are made at the first start under fixed ids, so that replicas which start together make one of each.
 */

import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { GatewayError } from '../../errors.ts';
import type { KeyStore, StoredKey } from '../../store/store.ts';
import type { Sealer } from '../at-rest.ts';
import { keyAlgorithmOf } from '../encryption/algorithms.ts';
import type { DecryptionKey } from '../encryption/decrypt.ts';
import type { Ed25519PrivateKey } from '../signatures/crypto.ts';
import { ALL_LINES, idInLine, isOfLine, LINES, type Line, linesOf, numberAfter } from './key-lines.ts';
import { formatKid, parseKid } from './kid.ts';
import { makeStoredKey, type OpenedKey, openStoredKey } from './own-key.ts';

export interface OwnKeysOptions {
  readonly store: KeyStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** Our sender_id: the first part of every kid. */
  readonly senderId: string;
  /** How long partners may keep our JWKS: a new key waits so long, and a minute more, before it signs. */
  readonly jwksMaxAgeSeconds: number;
}

export interface SigningKey extends Ed25519PrivateKey {
  readonly keyId: string;
  /** `{our id}|{key_id}|ed25519` */
  readonly kid: string;
}

export interface TokenKey {
  readonly keyId: string;
  readonly keyObject: KeyObject;
}

export type KeyState = 'pending' | 'active' | 'retired' | 'removed';

export interface OwnKeyEntry extends Omit<StoredKey, 'sealedPrivateJwk'> {
  readonly kid: string;
  readonly state: KeyState;
}

/** `kty kid use alg`, and the public members of its kind. */
export type PublishedKey = Readonly<Record<string, string>> & Readonly<Record<'kty' | 'kid' | 'use' | 'alg', string>>;

export interface OwnKeys {
  /** Signs messages now. @throws GatewayError `service.unavailable` when none is active */
  signingKey(): SigningKey;
  /** Signs access tokens now. Never in the JWKS. */
  tokenKey(): TokenKey;
  /** Verify access tokens: the active key, the next one and those retired a short while ago. */
  tokenPublicKeys(): readonly TokenKey[];
  /** Opens what was encrypted for this kid: every key that was not ended, the ones before the present one as well. */
  decryptionKey(kid: string): DecryptionKey | undefined;
  /** The body of `/.well-known/jwks.json`. */
  jwks(): { readonly keys: readonly PublishedKey[] };
  /** Makes the next key of a line; the present one is used until the new one is known everywhere. Answers the new key. */
  rotate(line?: Line): Promise<OwnKeyEntry>;
  /** Ends a key at once: it signs and opens no more and leaves the JWKS. A waiting key takes over; the only key cannot be retired. */
  retire(keyId: string): Promise<void>;
  list(): readonly OwnKeyEntry[];
  /** Reads the store again: commands and other replicas change keys. To be called every half minute. */
  refresh(): Promise<void>;
}

const PROPAGATION_MS = 60_000; // on top of the JWKS's max-age; replicas refresh within it
const KEPT_AFTER_RETIREMENT_MS = 24 * 3_600_000; // longer than any signature or token of ours is valid

/** @throws GatewayError `service.fault` when a stored key cannot be opened, StoreError when the store is away. */
export const openOwnKeys = async (options: OwnKeysOptions): Promise<OwnKeys> => {
  const { store, sealer, clock, senderId, jwksMaxAgeSeconds } = options;
  const opened = new Map<string, OpenedKey>();
  let keys: readonly StoredKey[] = [];

  const refresh = async (): Promise<void> => {
    const stored = await store.list();
    for (const key of stored) {
      if (!opened.has(key.keyId) && stateOf(key, clock()) !== 'removed')
        opened.set(key.keyId, openStoredKey(sealer, key));
    }
    keys = stored;
  };
  const open = (key: StoredKey): OpenedKey => {
    const made = opened.get(key.keyId) ?? openStoredKey(sealer, key);
    opened.set(key.keyId, made);
    return made;
  };
  const entry = ({ sealedPrivateJwk: _, ...key }: StoredKey): OwnKeyEntry => ({
    ...key,
    kid: kidOf(key, senderId),
    state: stateOf(key, clock()),
  });
  const usable = (use: StoredKey['use']) =>
    keys.filter((key) => key.use === use && stateOf(key, clock()) !== 'removed');
  const active = (line: Line): StoredKey => {
    const now = clock();
    const key = newest(keys.filter((each) => isOfLine(each, line) && stateOf(each, now) === 'active'));
    if (key === undefined) throw new GatewayError('service.unavailable', { detail: `no active ${line} key` });
    return key;
  };
  const ensureFirst = async (line: Line): Promise<void> => {
    if (keys.some((key) => isOfLine(key, line))) return;
    const { use, kind } = LINES[line];
    // Active from ever: the clock of another replica may be behind ours.
    const about = { id: idInLine(line, 1), use, createdAt: clock(), activeFrom: 0 };
    await store.insertIfAbsent(await makeStoredKey(sealer, kind, about));
  };

  await refresh();
  await Promise.all(ALL_LINES.map(ensureFirst));
  await refresh();

  return {
    signingKey: () => {
      const key = active('signing');
      const { keyObject, seedAndPoint } = open(key);
      return { keyId: key.keyId, kid: formatKid(senderId, key.keyId), keyObject, seedAndPoint };
    },
    tokenKey: () => {
      const key = active('token');
      return { keyId: key.keyId, keyObject: open(key).keyObject };
    },
    tokenPublicKeys: () => usable('token').map((key) => ({ keyId: key.keyId, keyObject: open(key).publicKeyObject })),
    decryptionKey: (kid) => {
      const named = parseKid(kid);
      if (named === undefined || (named.senderId ?? senderId) !== senderId) return undefined;
      const key = usable('enc').find(({ keyId }) => keyId === named.keyId);
      return key && { keyObject: open(key).keyObject, algorithm: keyAlgorithmOf(key.publicJwk) };
    },
    jwks: () => {
      // RSA before the curve: many take the first key for encryption that they find.
      const opening = linesOf('enc').flatMap((line) => keys.filter((key) => isOfLine(key, line)));
      const shown = [...usable('sig'), ...opening.filter((key) => stateOf(key, clock()) === 'active')];
      return { keys: shown.map((key) => published(key, senderId)) };
    },
    rotate: async (line = 'signing') => {
      const { use, kind } = LINES[line];
      await refresh();
      const present = keys.filter((key) => isOfLine(key, line));
      if (present.some((key) => stateOf(key, clock()) === 'pending')) {
        throw new GatewayError('request.bad', { message: 'A new key is already waiting for its turn.' });
      }
      const now = clock();
      // Partners must know what signs before it does; what opens must be known to us before it is to partners.
      const activeFrom = now + PROPAGATION_MS + (use === 'sig' ? jwksMaxAgeSeconds * 1000 : 0);
      const about = { id: idInLine(line, numberAfter(present, line)), use, createdAt: now, activeFrom };
      const next = await makeStoredKey(sealer, kind, about);
      if (!(await store.insertIfAbsent(next))) {
        throw new GatewayError('request.bad', { message: 'Another process made a new key at the same time.' });
      }
      for (const key of present.filter((each) => each.retiredAt === undefined)) {
        // What was encrypted for a key may come late: it opens until it is ended by hand.
        const removeAt = use === 'enc' ? undefined : activeFrom + KEPT_AFTER_RETIREMENT_MS;
        await store.update({ ...key, retiredAt: activeFrom, ...(removeAt !== undefined && { removeAt }) });
      }
      await refresh();
      return entry(next);
    },
    retire: async (keyId) => {
      await refresh();
      const now = clock();
      const key = keys.find((each) => each.keyId === keyId);
      if (key === undefined) throw new GatewayError('request.bad', { message: 'There is no key of this id.' });
      const others = keys.filter((each) => each.keyId !== keyId && ALL_LINES.some((line) => isOfLine(each, line) && isOfLine(key, line))); // biome-ignore format: one look
      const current = newest(others.filter((each) => stateOf(each, now) === 'active'));
      const waiting = newest(others.filter((each) => stateOf(each, now) === 'pending'));
      if (current !== undefined && waiting === undefined) await store.update(withoutEnd(current));
      else if (current === undefined && waiting !== undefined) await store.update({ ...waiting, activeFrom: now });
      else if (current === undefined) {
        throw new GatewayError('request.bad', { message: 'This is the only key. Rotate first, then retire it.' });
      }
      await store.update({ ...key, retiredAt: Math.min(key.retiredAt ?? now, now), removeAt: now });
      await refresh();
    },
    list: () => keys.map(entry),
    refresh,
  };
};

const stateOf = (key: Pick<StoredKey, 'activeFrom' | 'retiredAt' | 'removeAt'>, now: number): KeyState => {
  if (key.removeAt !== undefined && now >= key.removeAt) return 'removed';
  if (key.retiredAt !== undefined && now >= key.retiredAt) return 'retired';
  return now < key.activeFrom ? 'pending' : 'active';
};

/** A key whose successor was retired before its time stays. */
const withoutEnd = ({ retiredAt: _, removeAt: __, ...key }: StoredKey): StoredKey => key;

const newest = (keys: readonly StoredKey[]): StoredKey | undefined =>
  keys.toSorted((left, right) => right.activeFrom - left.activeFrom || (left.id < right.id ? 1 : -1))[0];

const kidOf = ({ use, keyId, publicJwk }: Omit<StoredKey, 'sealedPrivateJwk'>, senderId: string): string =>
  use === 'enc' ? formatKid(senderId, keyId, keyAlgorithmOf(publicJwk).toLowerCase()) : formatKid(senderId, keyId);

const published = (key: StoredKey, senderId: string): PublishedKey => ({
  kty: key.publicJwk.kty ?? '',
  kid: kidOf(key, senderId),
  use: key.use,
  alg: key.use === 'enc' ? keyAlgorithmOf(key.publicJwk) : 'EdDSA',
  ...key.publicJwk,
});
