import { canonicalText } from '../../dci/canonical.ts';
import type { JsonNode } from '../../dci/json-node.ts';
import { parseKid } from '../keys/kid.ts';
import type { Partner } from '../partner.ts';
import type { CanonicalForms } from './canonical-forms.ts';
import { type ParsedJws, parseJws, readPayload, windowOf } from './jws.ts';
import { SignatureProblem } from './signature-text.ts';
import type { Checked, ReceivedMessage, VerifierOptions } from './verify.ts';
import { agreedScheme } from './verify-dci.ts';
import { verifyWithKey } from './verify-with-key.ts';
import { checkWindow } from './window.ts';

/** `jws` (payload inside, must equal the body) and `jws-detached` (payload is the body's own text). @throws SignatureProblem */
export const verifyJws = async (
  received: ReceivedMessage,
  text: string,
  forms: CanonicalForms,
  partner: Partner,
  { partnerKeys, clock, config, crypto }: VerifierOptions,
): Promise<Checked> => {
  const jws = parseJws(text);
  const profile = jws.detached ? 'jws-detached' : 'jws';
  if (!partner.signature.accept.includes(profile)) throw new SignatureProblem(`this partner does not use ${profile}`);
  const content = jws.detached ? { ...received, claims: undefined } : readPayload(jws);
  const window = windowOf(jws, content.claims, content.header.message_ts);
  checkWindow(window, clock, config);
  const kid = parseKid(jws.kid) ?? { keyId: jws.kid };
  const key = await partnerKeys.find(partner, kid);
  if (key === undefined) throw new SignatureProblem('the kid names no active key of this partner');
  const scheme = agreedScheme(key, [kid.algorithm, jws.scheme]);
  const data = Buffer.from(signingInput(jws, received), 'latin1');
  if (!(await verifyWithKey(crypto, key, scheme, data, jws.signature))) {
    throw new SignatureProblem(`the signature does not fit as ${profile}`);
  }
  if (!jws.detached && !isSame(content.header, content.message, received, forms)) {
    throw new SignatureProblem("the payload is not the body's header and message");
  }
  const { header, message } = content;
  return { header, message, signed: { profile, keyId: key.keyId, ...window } };
};

const signingInput = (jws: ParsedJws, received: ReceivedMessage): string =>
  `${jws.protectedText}.${jws.detached ? Buffer.from(detachedPayload(received)).toString('base64url') : jws.payloadText}`;

/** `{"header":H,"message":M}` from the source text: exactly the characters that were received. */
export const detachedPayload = ({ text, document }: Pick<ReceivedMessage, 'text' | 'document'>): string => {
  const source = (name: string): string | undefined => {
    const slice = document.members.get(name);
    return slice === undefined ? undefined : `"${name}":${text.slice(slice.start, slice.end)}`;
  };
  return `{${[source('header'), source('message')].filter((each) => each !== undefined).join(',')}}`;
};

const isSame = (
  header: JsonNode,
  message: JsonNode | undefined,
  received: ReceivedMessage,
  forms: CanonicalForms,
): boolean =>
  canonicalText(header, 'compact') === canonicalText(received.header, 'compact') &&
  (message === undefined) === (received.message === undefined) &&
  (message === undefined || canonicalText(message, 'compact') === forms.message());
