/** The public keys that `explain` is given: one as PEM or JWK, or those of a key set. */

import { KeyProblem, readPublicKey } from '../security/keys/public-key.ts';
import { readJwks } from '../security/keys/read-jwks.ts';
import { makeReady, type ReadyKey } from '../security/keys/ready-key.ts';

/** A key given, with the kid that its JWK names. */
export type GivenKey = ReadyKey & { readonly kid: string | undefined };

export interface GivenKeys {
  readonly all: readonly GivenKey[];
  /** They are those of a key set, which each have a name. */
  readonly isSet: boolean;
  /** Why others of the set are left out. */
  readonly skipped: readonly string[];
}

const MAX_CHARACTERS = 65_536; // as much as is fetched of a key set

/** @throws KeyProblem when there is no key that can be used */
export const readGivenKeys = async (text: string): Promise<GivenKeys> => {
  const set = keySetIn(text);
  if (set === undefined) {
    const { keyId, ...checked } = await readPublicKey(text.trim());
    return { all: [{ ...makeReady({ ...checked, keyId: keyId ?? '' }), kid: keyId }], isSet: false, skipped: [] };
  }
  const { keys, skipped } = await readJwks(set);
  if (keys.length === 0) {
    const reasons = skipped.length === 0 ? '' : `: ${skipped.join(' ')}`;
    throw new KeyProblem(`The key set has no key for signatures that can be used${reasons}`);
  }
  return { all: keys.map((key) => ({ ...makeReady(key), kid: key.keyId })), isSet: true, skipped };
};

const keySetIn = (text: string): object | undefined => {
  if (text.length > MAX_CHARACTERS || text.includes('-----BEGIN')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'keys' in value ? value : undefined;
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined; // whoever reads it as one key says so
    throw cause;
  }
};

export interface Chosen {
  /** The one that the signature names; a key that is given alone is meant anyway. */
  readonly meant: GivenKey | undefined;
  /** In the order in which they are tried. */
  readonly tried: readonly GivenKey[];
  readonly remarks: readonly string[];
}

/** @param kid as the signature names its key; undefined: it does so in no way that is understood */
export const chooseKeys = ({ all, isSet, skipped }: GivenKeys, kid: string | undefined): Chosen => {
  if (!isSet) return { meant: all[0], tried: all, remarks: [] };
  const meant = kid === undefined ? undefined : all.find((key) => key.kid === kid);
  const names = all.map((key) => key.kid).join(', ');
  const remarks = skipped.map((reason) => `Left out of the key set: ${reason.replace(/\.$/, '')}.`);
  if (meant === undefined && kid !== undefined)
    remarks.push(`The key set has no key ${kid}: refused. Each of its keys is tried: ${names}.`);
  return { meant, tried: meant === undefined ? all : [meant, ...all.filter((key) => key !== meant)], remarks };
};

export const wordsFor = ({ kid }: GivenKey, { isSet }: GivenKeys): string =>
  isSet ? `key ${kid} of the set` : 'the key given';

/** What there is to say of a key that verifies and is not the one that is named. */
export const misnamed = (key: GivenKey, { meant }: Chosen, kid: string | undefined): readonly string[] =>
  key === meant || kid === undefined
    ? []
    : [`But the signature names ${kid}: that one is looked for, and this refused.`];
