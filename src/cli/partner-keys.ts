/** `dci-gateway partner set-key` and `fetch-key`: what a partner signs with, and what messages to it are encrypted for. */

import { type FetchedKeys, fetchJwks } from '../security/keys/fetch-jwks.ts';
import { readPublicKey } from '../security/keys/public-key.ts';
import type { Partner, PartnerKey } from '../security/partner.ts';
import { changePartner, storedPartner } from './change-partner.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';
import { refuseUrl } from './partner-add.ts';
import { readPartnerEncryptionKey, tellEncryption } from './partner-encryption.ts';

/** Reads a public key from a PEM or JWK file. @throws KeyProblem; CommandProblem when nothing names the key */
export const readPartnerKey = async (
  { readFile }: CommandContext,
  file: string,
  name: string | undefined,
): Promise<PartnerKey> => {
  const { algorithm, jwk, keyId = undefined } = await readPublicKey(await readFile(file));
  const chosen = name ?? keyId;
  if (chosen === undefined)
    throw new CommandProblem('The file names no key: give --key-id, the middle part of kidId in the signatures.');
  return { keyId: chosen, algorithm, jwk, source: 'pinned', active: true };
};

/** What a key of a partner is for. */
export type KeyUse = 'sig' | 'enc';

export interface SetKeyOptions {
  /** Absent: `sig`. */
  readonly use?: KeyUse;
  /** PEM or JWK. Without one an existing key is switched on, or off with `off`. */
  readonly file?: string;
  readonly keyId?: string;
  readonly off?: boolean;
  /** Every other key of this use is switched off. */
  readonly only?: boolean;
}

/** Pins a key, replaces the one of the same name and use, or switches one on or off. */
export const setKey = async (context: CommandContext, id: string, options: SetKeyOptions): Promise<void> => {
  const { use = 'sig', file, keyId, off = false } = options;
  if (use === 'enc') {
    const given = file === undefined ? undefined : await readPartnerEncryptionKey(context, file, keyId);
    const name = nameOf(given, options);
    const changed = await changePartner(context, id, (partner) => ({
      ...partner,
      encryptionKeys: withKey(partner.encryptionKeys ?? [], given ?? name, options, id),
    }));
    context.out(`Encryption key ${name} of partner ${id} is ${off ? 'off' : 'active'}.`);
    tellEncryption(context, changed);
    return;
  }
  const given = file === undefined ? undefined : await readPartnerKey(context, file, keyId);
  const name = nameOf(given, options);
  const changed = await changePartner(context, id, (partner) => ({
    ...partner,
    keys: withKey(partner.keys, given ?? name, options, id),
  }));
  context.out(`Key ${name} of partner ${id} is ${off ? 'off' : 'active'}.`);
  if (options.only === true || off) tellKeySet(context, changed);
  tellPolicy(context, changed);
};

const nameOf = (given: { readonly keyId: string } | undefined, { keyId }: SetKeyOptions): string => {
  const name = given?.keyId ?? keyId;
  if (name === undefined) throw new CommandProblem('Give --file, or the --key-id of a key that is there.');
  return name;
};

interface Switched {
  readonly keyId: string;
  readonly active: boolean;
}

/** @param given a new key, or the name of one that is there */
const withKey = <Key extends Switched>(
  keys: readonly Key[],
  given: Key | string,
  { use = 'sig', off = false, only = false }: SetKeyOptions,
  partner: string,
): readonly Key[] => {
  const key = typeof given === 'string' ? keys.find(({ keyId }) => keyId === given) : given;
  if (key === undefined) {
    const kind = use === 'enc' ? 'encryption key' : 'key';
    throw new CommandProblem(`Partner ${partner} has no ${kind} ${String(given)}.`);
  }
  const others = keys
    .filter(({ keyId }) => keyId !== key.keyId)
    .map((each) => (only ? { ...each, active: false } : each));
  return [...others, { ...key, active: !off }];
};

/** Fetches the key set from the partner's registered address, shows and keeps it: each key for what its `use` says. */
export const fetchKey = async (
  context: CommandContext,
  id: string,
  { url }: { readonly url?: string },
): Promise<void> => {
  if (url !== undefined) refuseUrl(context, url);
  const address = url ?? (await storedPartner(context, id)).jwksUrl;
  if (address === undefined) throw new CommandProblem(`Partner ${id} has no JWKS address: give --url.`);
  const set = await fetchJwks(context.outbound, address);
  const { keys, encryptionKeys, skipped } = set;
  if (keys.length + encryptionKeys.length === 0)
    throw new CommandProblem(`The key set holds no usable key. ${skipped.join(' ')}`.trim());
  const changed = await changePartner(context, id, (partner) => ({
    ...partner,
    jwksUrl: address,
    keys: merged(partner.keys, keys),
    encryptionKeys: merged(partner.encryptionKeys ?? [], encryptionKeys),
  }));
  for (const key of keys) context.out(`${key.keyId} (${key.algorithm}) was fetched.`);
  for (const key of encryptionKeys) context.out(`${key.keyId} (encryption, ${key.algorithm}) was fetched.`);
  for (const reason of skipped) context.out(`One was left out: ${reason}`);
  tellPolicy(context, changed);
  if (isEncrypted(changed, set)) tellEncryption(context, changed, set);
};

type Kept = Switched & Pick<PartnerKey, 'source'>;

/** Pinned keys stay; of fetched ones those that were switched off and are still in the set, so that they stay off. */
const merged = <Key extends Kept>(known: readonly Key[], fetched: readonly Key[]): readonly Key[] => {
  const kept = known.filter(
    (key) => key.source === 'pinned' || (!key.active && fetched.some(({ keyId }) => keyId === key.keyId)),
  );
  return [...kept, ...fetched.filter((key) => !kept.some(({ keyId }) => keyId === key.keyId))];
};

/** Whether there is anything to tell about encryption. */
const isEncrypted = ({ encryptionKeys = [] }: Partner, { wantsMore }: FetchedKeys): boolean =>
  encryptionKeys.length > 0 || wantsMore;

/** What is fetched is not kept here: switching off reaches those alone whose names are. */
const tellKeySet = ({ out }: CommandContext, { id, jwksUrl }: Partner): void => {
  if (jwksUrl === undefined) return;
  out(`Keys of its key set (${jwksUrl}) verify on, but those that are off by name: dci-gateway partner fetch-key ${id} shows them.`); // biome-ignore format: one sentence
};

const tellPolicy = ({ out }: CommandContext, { id, keys, jwksUrl, signature }: Partner): void => {
  const isKeyed = keys.some(({ active }) => active);
  if (!isKeyed && jwksUrl === undefined) out(`Partner ${id} has no active key now.`);
  else if (signature.require === 'optional') {
    out(
      signature.optionalUntil === undefined
        ? `Partner ${id} must sign from now on: it has ${isKeyed ? 'an active key' : 'a key set'}.`
        : `Partner ${id} may send unsigned until ${signature.optionalUntil}.`,
    );
  }
};
