/** What `explain` prints about one message: a partner's first question is why its signature does not verify. */

import { hash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../dci/json-node.ts';
import { type ParsedDocument, parseJsonObject } from '../dci/json-parse.ts';
import { GatewayError } from '../errors.ts';
import type { SignatureProfile } from '../security/partner.ts';
import { canonicalForms } from '../security/signatures/canonical-forms.ts';
import { isJws } from '../security/signatures/jws.ts';
import { parseSignatureText, SignatureProblem, type SignatureText } from '../security/signatures/signature-text.ts';
import { digestOf, signingString } from '../security/signatures/signing-string.ts';
import type { ReceivedMessage } from '../security/signatures/verify.ts';
import { detachedPayload } from '../security/signatures/verify-jws.ts';
import { explainDciSignature } from './explain-dci.ts';
import { explainEncryption } from './explain-encrypted.ts';
import { explainJws } from './explain-jws.ts';
import { readGivenKeys } from './explain-keys.ts';

export interface ExplainOptions {
  /** The body as it was sent. */
  readonly text: string;
  readonly profile: SignatureProfile;
  /** The sender's public key: PEM or JWK; or its key set. */
  readonly key?: string;
  /** Only the canonical text, without a line break at its end. */
  readonly canonicalOnly: boolean;
  /** Milliseconds since 1970, to judge created and expires. */
  readonly now?: number;
}

const MAX_DEPTH = 32;

/** @throws GatewayError `request.bad` when the text is no envelope, KeyProblem when the key cannot be used */
export const explainMessage = async (options: ExplainOptions): Promise<string> => {
  const { profile, key, canonicalOnly, now = Date.now() } = options;
  const text = options.text.replace(/^\ufeff/, '');
  const received = readMessage(text);
  const canonical = canonicalOf(received, profile);
  if (canonicalOnly) return canonical;
  const keys = key === undefined ? undefined : await readGivenKeys(key);
  const verdict = isJws(received.signature)
    ? await explainJws(received, keys, now)
    : await explainDciSignature(received, keys, now);
  const encryption = explainEncryption(received);
  return [
    ...(text === options.text ? [] : [section('Body', [MARKED])]),
    section(`Canonical text as ${profile} (${Buffer.byteLength(canonical)} bytes; --canonical prints it alone)`, [
      canonical,
    ]),
    section('Digest: SHA-256 of it, base64 with padding (and in hexadecimal, to compare with sha256sum)', [
      digestOf(canonical),
      hash('sha256', canonical, 'hex'),
    ]),
    section('Signing string', signed(received.signature, profile, canonical)),
    section('Signature', verdict),
    ...(encryption.length === 0 ? [] : [section('Encryption', encryption)]),
  ].join('\n');
};

const MARKED =
  'It begins with a byte order mark: a body that is sent so is refused. Some shells add one to what they hand over.';

const section = (title: string, lines: readonly string[]): string =>
  `${title}:\n${lines.map((line) => `  ${line}\n`).join('')}`;

const readMessage = (text: string): ReceivedMessage => {
  const document: ParsedDocument & { readonly root: JsonObject } = parseJsonObject(text, { maxDepth: MAX_DEPTH });
  const { header, message, signature } = document.root;
  if (!isJsonObject(header)) throw new GatewayError('request.bad', { message: 'The body has no header.' });
  return { text, document, header, message, signature: typeof signature === 'string' ? signature.trim() : '' };
};

const canonicalOf = (received: ReceivedMessage, profile: SignatureProfile): string => {
  if (profile === 'jws-detached') return detachedPayload(received);
  return canonicalForms(received.header, received.message).whole(profile === 'jws' ? 'dci-compact' : profile);
};

const signed = (signature: string, profile: SignatureProfile, canonical: string): readonly string[] => {
  if (profile === 'jws' || profile === 'jws-detached') {
    return [
      'BASE64URL(protected header) "." BASE64URL(canonical text)',
      `the second part is ${Buffer.from(canonical).toString('base64url')}`,
    ];
  }
  const { created, expires } = readTimes(signature);
  return [
    ...signingString(profile, created, expires, digestOf(canonical)).split('\n'),
    '(LF between the lines, none at the end)',
  ];
};

const readTimes = (signature: string): Pick<SignatureText, 'created' | 'expires'> => {
  const unknown = { created: '<created>', expires: '<expires>' };
  if (signature === '' || isJws(signature)) return unknown;
  try {
    return parseSignatureText(signature);
  } catch (error) {
    if (error instanceof SignatureProblem) return unknown; // the verdict says why it cannot be read
    throw error;
  }
};
