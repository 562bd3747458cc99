import { canonicalText } from '../dci/canonical.ts';
import type { JsonNode } from '../dci/json-node.ts';
import { parseKid } from '../security/keys/kid.ts';
import { createNodeCrypto } from '../security/signatures/crypto-node.ts';
import { type ParsedJws, parseJws, readPayload, windowOf } from '../security/signatures/jws.ts';
import { SignatureProblem } from '../security/signatures/signature-text.ts';
import type { ReceivedMessage } from '../security/signatures/verify.ts';
import { detachedPayload } from '../security/signatures/verify-jws.ts';
import { verifyWithKey } from '../security/signatures/verify-with-key.ts';
import { chooseKeys, type GivenKey, type GivenKeys, misnamed, wordsFor } from './explain-keys.ts';

/** Lines about a signature that is a JWS. */
export const explainJws = async (
  received: ReceivedMessage,
  keys: GivenKeys | undefined,
  now: number,
): Promise<readonly string[]> => {
  try {
    const jws = parseJws(received.signature);
    const name = jws.detached ? 'jws-detached' : 'jws';
    const lines = [
      `It is a ${name}, kid ${jws.kid}, ${jws.scheme}.`,
      ...aboutWindow(jws, received, now),
      ...aboutPayload(jws, received),
    ];
    if (keys === undefined) return [...lines, 'Give the public key with --key to see whether it verifies.'];
    const { keyId } = parseKid(jws.kid) ?? { keyId: jws.kid };
    const chosen = chooseKeys(keys, keyId);
    const payload = jws.detached ? detachedPayload(received) : undefined;
    for (const key of chosen.tried) {
      if (!(await verifyJwsWith(key, jws, payload))) continue;
      const verdict = `It VERIFIES as ${name} with ${wordsFor(key, keys)}.`;
      return [...lines, ...chosen.remarks, verdict, ...misnamed(key, chosen, keyId)];
    }
    const near = chosen.meant === undefined ? chosen.tried : [chosen.meant];
    return [
      ...lines,
      ...chosen.remarks,
      `It does NOT verify as ${name} with ${keys.isSet ? 'any key of the set' : 'the key given'}.`,
      ...(jws.detached ? await nearMiss(received, jws, near) : []),
    ];
  } catch (error) {
    if (error instanceof SignatureProblem) return [`It has the form of a JWS but cannot be used: ${error.message}.`];
    throw error;
  }
};

const verifyJwsWith = (key: GivenKey, jws: ParsedJws, payload: string | undefined): Promise<boolean> | boolean => {
  const payloadText = payload === undefined ? jws.payloadText : Buffer.from(payload).toString('base64url');
  const data = Buffer.from(`${jws.protectedText}.${payloadText}`, 'latin1');
  return verifyWithKey(createNodeCrypto(), key, jws.scheme, data, jws.signature);
};

const aboutWindow = (jws: ParsedJws, { header }: ReceivedMessage, now: number): readonly string[] => {
  const claims = jws.detached ? undefined : readPayload(jws).claims;
  const { created, expires } = windowOf(jws, claims, header.message_ts);
  const seconds = Math.floor(now / 1000);
  const expired =
    seconds > expires ? [`It expired ${seconds - expires} s ago: refused, however well it verifies.`] : [];
  return [`Valid from ${created} to ${expires} (iat and exp, else message_ts and 300 s).`, ...expired];
};

const aboutPayload = (jws: ParsedJws, received: ReceivedMessage): readonly string[] => {
  if (jws.detached) return [];
  const payload = readPayload(jws);
  const differs = (['header', 'message'] as const).filter((part) => !isSame(payload[part], received[part]));
  return differs.map((part) => `The payload's ${part} is not the body's ${part}: refused.`);
};

const isSame = (left: JsonNode | undefined, right: JsonNode | undefined): boolean =>
  left === undefined || right === undefined
    ? left === right
    : canonicalText(left, 'compact') === canonicalText(right, 'compact');

/** A detached payload is the body's own text; some sign another writing of it. */
const nearMiss = async (
  { header, message, text }: ReceivedMessage,
  jws: ParsedJws,
  keys: readonly GivenKey[],
): Promise<readonly string[]> => {
  const both = { header, message: message ?? null };
  const tried = [
    ['the canonical compact text', canonicalText(both, 'compact')],
    ['the canonical spaced text', canonicalText(both, 'spaced')],
    ['the message alone, canonical and compact', canonicalText(both.message, 'compact')],
    ['the whole body', text],
  ] as const;
  for (const [words, payload] of tried) {
    for (const key of keys) {
      if (!(await verifyJwsWith(key, jws, payload))) continue;
      return [
        `Near miss: the payload was ${words}; it must be {"header":…,"message":…} character by character as in the body.`,
      ];
    }
  }
  return [];
};
