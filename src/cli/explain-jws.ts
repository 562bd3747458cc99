import { canonicalText } from '../dci/canonical.ts';
import type { JsonNode } from '../dci/json-node.ts';
import { createNodeCrypto } from '../security/signatures/crypto-node.ts';
import { type ParsedJws, parseJws, readPayload, windowOf } from '../security/signatures/jws.ts';
import { SignatureProblem } from '../security/signatures/signature-text.ts';
import type { ReceivedMessage } from '../security/signatures/verify.ts';
import { detachedPayload } from '../security/signatures/verify-jws.ts';
import { verifyWithKey } from '../security/signatures/verify-with-key.ts';
import type { GivenKey } from './explain-dci.ts';

/** Lines about a signature that is a JWS. */
export const explainJws = async (
  received: ReceivedMessage,
  key: GivenKey | undefined,
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
    if (key === undefined) return [...lines, 'Give the public key with --key to see whether it verifies.'];
    const fits = await verifyJwsWith(key, jws, jws.detached ? detachedPayload(received) : undefined);
    if (fits) return [...lines, `It VERIFIES as ${name} with the key given.`];
    return [
      ...lines,
      `It does NOT verify as ${name} with the key given.`,
      ...(jws.detached ? await nearMiss(received, jws, key) : []),
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
  key: GivenKey,
): Promise<readonly string[]> => {
  const both = { header, message: message ?? null };
  const tried = [
    ['the canonical compact text', canonicalText(both, 'compact')],
    ['the canonical spaced text', canonicalText(both, 'spaced')],
    ['the message alone, canonical and compact', canonicalText(both.message, 'compact')],
    ['the whole body', text],
  ] as const;
  for (const [words, payload] of tried) {
    if (await verifyJwsWith(key, jws, payload)) {
      return [
        `Near miss: the payload was ${words}; it must be {"header":…,"message":…} character by character as in the body.`,
      ];
    }
  }
  return [];
};
