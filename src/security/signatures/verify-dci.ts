import type { JsonObject } from '../../dci/json-node.ts';
import { algorithmOf, parseKid, type Scheme } from '../keys/kid.ts';
import type { ReadyKey } from '../keys/ready-key.ts';
import type { Partner } from '../partner.ts';
import type { CanonicalForms } from './canonical-forms.ts';
import { normaliseHeader } from './normalise-header.ts';
import { parseSignatureText, SIGNED_HEADERS, SignatureProblem, type SignatureText } from './signature-text.ts';
import { type DciProfile, digestOf, signingString } from './signing-string.ts';
import type { Checked, ReceivedMessage, VerifierOptions } from './verify.ts';
import { verifyWithKey } from './verify-with-key.ts';
import { checkWindow } from './window.ts';

const DCI_PROFILES: readonly DciProfile[] = ['dci-spaced', 'dci-compact', 'dci-normalised'];

/** By key, the profile that its last message verified as: a sender keeps to one, so it is tried first. */
export type LastProfiles = WeakMap<ReadyKey, DciProfile>;

/** The three profiles that sign a digest: tried in the order in which the partner's entry lists them. @throws SignatureProblem */
export const verifyDci = async (
  received: ReceivedMessage,
  text: string,
  forms: CanonicalForms,
  partner: Partner,
  { partnerKeys, clock, config, crypto }: VerifierOptions,
  lastProfiles: LastProfiles,
): Promise<Checked> => {
  const profiles = partner.signature.accept.filter((profile) =>
    DCI_PROFILES.some((each) => each === profile),
  ) as DciProfile[];
  if (profiles.length === 0) throw new SignatureProblem('this partner does not use the dci profiles');
  const parameters = parseSignatureText(text);
  checkHeaders(parameters);
  const window = { created: Number(parameters.created), expires: Number(parameters.expires) };
  checkWindow(window, clock, config);
  const kid = parseKid(parameters.kid);
  if (kid === undefined) throw new SignatureProblem('the kid cannot be read');
  const key = await partnerKeys.find(partner, kid);
  if (key === undefined) throw new SignatureProblem('the kid names no active key of this partner');
  const scheme = agreedScheme(key, [kid.algorithm, parameters.algorithm]);
  for (const profile of lastFirst(profiles, lastProfiles.get(key))) {
    const data = signingString(profile, parameters.created, parameters.expires, digestOf(forms.whole(profile)));
    if (await verifyWithKey(crypto, key, scheme, Buffer.from(data, 'latin1'), parameters.signature)) {
      lastProfiles.set(key, profile);
      const header = profile === 'dci-normalised' ? (normaliseHeader(received.header) as JsonObject) : received.header;
      return { header, message: received.message, signed: { profile, keyId: key.keyId, ...window } };
    }
  }
  throw new SignatureProblem(`the signature fits none of ${profiles.join(', ')}`);
};

const lastFirst = (profiles: readonly DciProfile[], last: DciProfile | undefined): readonly DciProfile[] =>
  last === undefined || last === profiles[0] || !profiles.includes(last)
    ? profiles
    : [last, ...profiles.filter((profile) => profile !== last)];

const checkHeaders = ({ headers }: SignatureText): void => {
  if (headers?.trim().toLowerCase().split(/\s+/).join(' ') !== SIGNED_HEADERS) {
    throw new SignatureProblem(`headers is not "${SIGNED_HEADERS}"`);
  }
};

/** The registered key decides; what the kid and the parameter say must agree with it and with each other. @throws SignatureProblem */
export const agreedScheme = (key: ReadyKey, names: readonly (string | undefined)[]): Scheme => {
  const schemes = new Set<Scheme>();
  for (const name of names) {
    if (name === undefined || name === '') continue;
    const algorithm = algorithmOf(name);
    if (algorithm?.key !== key.algorithm) throw new SignatureProblem('the algorithm named is not that of the key');
    schemes.add(algorithm.scheme);
  }
  if (schemes.size > 1) throw new SignatureProblem('the kid and the parameter name different algorithms');
  const [scheme = key.algorithm === 'rsa' ? 'rs256' : 'ed25519'] = schemes;
  return scheme;
};
