import { algorithmOf, parseKid, type Scheme } from '../security/keys/kid.ts';
import { canonicalForms } from '../security/signatures/canonical-forms.ts';
import { createNodeCrypto } from '../security/signatures/crypto-node.ts';
import { findNearMiss } from '../security/signatures/near-miss.ts';
import {
  parseSignatureText,
  SIGNED_HEADERS,
  SignatureProblem,
  type SignatureText,
} from '../security/signatures/signature-text.ts';
import { type DciProfile, digestOf, signingString } from '../security/signatures/signing-string.ts';
import type { ReceivedMessage } from '../security/signatures/verify.ts';
import { verifyWithKey } from '../security/signatures/verify-with-key.ts';
import { type Chosen, chooseKeys, type GivenKey, type GivenKeys, misnamed, wordsFor } from './explain-keys.ts';

const PROFILES: readonly DciProfile[] = ['dci-spaced', 'dci-compact', 'dci-normalised'];
const USUAL_MAX_SECONDS = 3600;
const USUAL_SKEW_SECONDS = 60;

/** Lines about a signature of the dci profiles: what can be seen without a key, then which profile verifies. */
export const explainDciSignature = async (
  received: ReceivedMessage,
  keys: GivenKeys | undefined,
  now: number,
): Promise<readonly string[]> => {
  if (received.signature === '') return ['The message has no signature.'];
  let parameters: SignatureText;
  try {
    parameters = parseSignatureText(received.signature);
  } catch (error) {
    if (error instanceof SignatureProblem) return [`It cannot be read: ${error.message}.`];
    throw error;
  }
  const remarks = [...aboutParameters(parameters, received), ...aboutTimes(parameters, now)];
  if (keys === undefined) return [...remarks, 'Give the public key with --key to see which profile verifies.'];
  const chosen = chooseKeys(keys, parseKid(parameters.kid)?.keyId);
  return [
    ...remarks,
    ...chosen.remarks,
    ...(chosen.meant === undefined ? [] : aboutKey(parameters, chosen.meant)),
    ...(await verdict(received, parameters, keys, chosen)),
  ];
};

const aboutParameters = (
  { kid, headers, algorithm }: SignatureText,
  { header }: ReceivedMessage,
): readonly string[] => {
  const parsed = parseKid(kid);
  const lines: string[] = [];
  if (parsed === undefined) lines.push('kidId is not "sender_id|key_id|algorithm".');
  else lines.push(`It names the key ${parsed.keyId}${parsed.senderId === undefined ? '' : ` of ${parsed.senderId}`}.`);
  if (parsed?.senderId !== undefined && parsed.senderId !== header.sender_id) {
    lines.push('The sender in kidId is not the sender_id of the header: both must be registered for the same partner.');
  }
  const names = [parsed?.algorithm, algorithm].filter((name) => name !== undefined);
  const unknown = names.find((name) => algorithmOf(name) === undefined);
  if (unknown !== undefined)
    lines.push('The algorithm named is not supported: ed25519, rs256, rsa-sha256 and ps256 are.');
  else if (new Set(names.map((name) => algorithmOf(name)?.scheme)).size > 1)
    lines.push('kidId and algorithm name different algorithms.');
  if (headers?.trim().toLowerCase().split(/\s+/).join(' ') !== SIGNED_HEADERS)
    lines.push(`headers must be "${SIGNED_HEADERS}".`);
  return lines;
};

const aboutTimes = (parameters: SignatureText, now: number): readonly string[] => {
  const created = Number(parameters.created);
  const expires = Number(parameters.expires);
  const seconds = Math.floor(now / 1000);
  const lines = [`created ${inWords(created)}, expires ${inWords(expires)}.`];
  if (created > seconds + USUAL_SKEW_SECONDS)
    lines.push(`created is ${created - seconds} s ahead of this machine's clock: refused.`);
  if (seconds > expires) lines.push(`It expired ${seconds - expires} s ago: refused, however well it verifies.`);
  if (expires < created) lines.push('It expires before it was created: refused.');
  if (expires - created > USUAL_MAX_SECONDS)
    lines.push(`It is valid for ${expires - created} s, more than the usual maximum of ${USUAL_MAX_SECONDS} s.`);
  return lines;
};

const inWords = (seconds: number): string => `${seconds} (${new Date(seconds * 1000).toISOString()})`;

const aboutKey = ({ kid, algorithm }: SignatureText, key: GivenKey): readonly string[] => {
  const lines: string[] = [];
  const parsed = parseKid(kid);
  if (key.kid !== undefined && parsed !== undefined && key.kid !== parsed.keyId) {
    lines.push(`kid mismatch: the key given calls itself ${key.kid}, the signature names ${parsed.keyId}.`);
  }
  const named = [parsed?.algorithm, algorithm].find((name) => name !== undefined);
  const kind = named === undefined ? undefined : algorithmOf(named)?.key;
  if (kind !== undefined && kind !== key.algorithm)
    lines.push(`The signature says ${named}, but the key given is ${key.algorithm}: refused.`);
  return lines;
};

const verdict = async (
  received: ReceivedMessage,
  parameters: SignatureText,
  keys: GivenKeys,
  chosen: Chosen,
): Promise<readonly string[]> => {
  for (const key of chosen.tried) {
    const fitting = await fittingProfiles(received, parameters, key);
    if (fitting.length === 0) continue;
    return [
      `It VERIFIES as ${fitting.join(' and ')} with ${wordsFor(key, keys)}.`,
      ...misnamed(key, chosen, parseKid(parameters.kid)?.keyId),
    ];
  }
  const { meant, tried } = chosen;
  const { length } = parameters.signature;
  if (meant?.algorithm === 'ed25519' && length !== 64)
    return [`It does NOT verify: an Ed25519 signature has 64 bytes, this one ${length}.`];
  for (const key of meant === undefined ? tried : [meant]) {
    const nearMiss = await findNearMiss(received, parameters, key, schemeOf(parameters, key));
    if (nearMiss !== undefined)
      return ['It does NOT verify as any profile.', `Near miss: it was made over this: ${nearMiss}.`];
  }
  return [
    'It does NOT verify as any profile, nor over any other text that was tried.',
    'Either it was made with another private key, or the text that was signed is not this body:',
    'compare your canonical text with the one above, byte by byte, and your signing string with the one above.',
  ];
};

const fittingProfiles = async (
  received: ReceivedMessage,
  parameters: SignatureText,
  key: GivenKey,
): Promise<readonly DciProfile[]> => {
  const crypto = createNodeCrypto();
  const forms = canonicalForms(received.header, received.message);
  const { created, expires, signature } = parameters;
  const fitting: DciProfile[] = [];
  for (const profile of PROFILES) {
    const data = signingString(profile, created, expires, digestOf(forms.whole(profile)));
    if (await verifyWithKey(crypto, key, schemeOf(parameters, key), Buffer.from(data), signature))
      fitting.push(profile);
  }
  return fitting;
};

const schemeOf = ({ kid, algorithm }: SignatureText, key: GivenKey): Scheme => {
  if (key.algorithm === 'ed25519') return 'ed25519';
  return algorithmOf(parseKid(kid)?.algorithm ?? algorithm ?? '')?.scheme === 'ps256' ? 'ps256' : 'rs256';
};
