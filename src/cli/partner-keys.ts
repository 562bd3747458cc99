/** `dci-gateway partner set-key` and `fetch-key`: what a partner signs with. */

import { fetchJwks } from '../security/keys/fetch-jwks.ts';
import { readPublicKey } from '../security/keys/public-key.ts';
import type { Partner, PartnerKey } from '../security/partner.ts';
import { changePartner, storedPartner } from './change-partner.ts';
import { type CommandContext, CommandProblem } from './command-context.ts';
import { refuseUrl } from './partner-add.ts';

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

export interface SetKeyOptions {
  /** PEM or JWK. Without one an existing key is switched on, or off with `off`. */
  readonly file?: string;
  readonly keyId?: string;
  readonly off?: boolean;
  /** Every other key is switched off. */
  readonly only?: boolean;
}

/** Pins a key, replaces the one of the same name, or switches one on or off. */
export const setKey = async (
  context: CommandContext,
  id: string,
  { file, keyId, off = false, only = false }: SetKeyOptions,
): Promise<void> => {
  const given = file === undefined ? undefined : await readPartnerKey(context, file, keyId);
  const name = given?.keyId ?? keyId;
  if (name === undefined) throw new CommandProblem('Give --file, or the --key-id of a key that is there.');
  const changed = await changePartner(context, id, (partner) => {
    const key = given ?? partner.keys.find((each) => each.keyId === name);
    if (key === undefined) throw new CommandProblem(`Partner ${id} has no key ${name}.`);
    const others = partner.keys
      .filter((each) => each.keyId !== name)
      .map((each) => (only ? { ...each, active: false } : each));
    return { ...partner, keys: [...others, { ...key, active: !off }] };
  });
  context.out(`Key ${name} of partner ${id} is ${off ? 'off' : 'active'}.`);
  tellPolicy(context, changed);
};

/** Fetches the key set from the partner's registered address, shows and keeps it. */
export const fetchKey = async (
  context: CommandContext,
  id: string,
  { url }: { readonly url?: string },
): Promise<void> => {
  if (url !== undefined) refuseUrl(context, url);
  const address = url ?? (await storedPartner(context, id)).jwksUrl;
  if (address === undefined) throw new CommandProblem(`Partner ${id} has no JWKS address: give --url.`);
  const { keys, skipped } = await fetchJwks(context.outbound, address);
  if (keys.length === 0) throw new CommandProblem(`The key set holds no usable key. ${skipped.join(' ')}`.trim());
  const changed = await changePartner(context, id, (partner) => ({
    ...partner,
    jwksUrl: address,
    keys: [
      ...partner.keys.filter((key) => isKept(key, keys)),
      ...keys.filter((key) => !partner.keys.some((known) => isKept(known, keys) && known.keyId === key.keyId)),
    ],
  }));
  for (const key of keys) context.out(`${key.keyId} (${key.algorithm}) was fetched.`);
  for (const reason of skipped) context.out(`One was left out: ${reason}`);
  tellPolicy(context, changed);
};

/** Pinned keys stay; of fetched ones those that were switched off and are still in the set, so that they stay off. */
const isKept = (key: PartnerKey, fetched: readonly PartnerKey[]): boolean =>
  key.source === 'pinned' || (!key.active && fetched.some(({ keyId }) => keyId === key.keyId));

const tellPolicy = ({ out }: CommandContext, { id, keys, signature }: Partner): void => {
  if (!keys.some(({ active }) => active)) out(`Partner ${id} has no active key now.`);
  else if (signature.require === 'optional') {
    out(
      signature.optionalUntil === undefined
        ? `Partner ${id} must sign from now on: it has an active key.`
        : `Partner ${id} may send unsigned until ${signature.optionalUntil}.`,
    );
  }
};
