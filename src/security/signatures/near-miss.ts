/**
 * What a signature that fits no profile was made over, found by trying what other implementations do. For `explain` only:
 * nothing of this is ever accepted.
 */

import { hash } from 'node:crypto';
import { canonicalText } from '../../dci/canonical.ts';
import { type JsonNode, JsonNumber, type JsonObject } from '../../dci/json-node.ts';
import type { Scheme } from '../keys/kid.ts';
import type { ReadyKey } from '../keys/ready-key.ts';
import { canonicalForms } from './canonical-forms.ts';
import { createNodeCrypto } from './crypto-node.ts';
import type { SignatureText } from './signature-text.ts';
import type { ReceivedMessage } from './verify.ts';
import { detachedPayload } from './verify-jws.ts';
import { verifyWithKey } from './verify-with-key.ts';

/** One way that was tried: what it does differently, in words for the partner. */
interface Variant {
  readonly words: string;
  readonly text: string;
}

/** Says over what the signature was made, or undefined when it is nothing known. */
export const findNearMiss = async (
  received: Pick<ReceivedMessage, 'text' | 'document' | 'header' | 'message'>,
  parameters: SignatureText,
  key: ReadyKey,
  scheme: Scheme,
): Promise<string | undefined> => {
  const crypto = createNodeCrypto();
  const fits = (text: string) => verifyWithKey(crypto, key, scheme, Buffer.from(text), parameters.signature);
  for (const canonical of canonicalVariants(received)) {
    if (await fits(canonical.text))
      return `${canonical.words}, signed itself: the profiles sign three lines with its digest`;
    for (const line of digestLines(canonical.text)) {
      for (const lines of lineForms(parameters, line.text)) {
        if (await fits(lines.text))
          return [canonical.words, line.words, lines.words].filter((each) => each !== '').join('; ');
      }
    }
  }
  return undefined;
};

const canonicalVariants = (
  received: Pick<ReceivedMessage, 'text' | 'document' | 'header' | 'message'>,
): readonly Variant[] => {
  const { header, message, document } = received;
  const forms = canonicalForms(header, message);
  const both: JsonObject = message === undefined ? { header } : { header, message };
  const spaced = forms.whole('dci-spaced');
  const compact = forms.whole('dci-compact');
  const variants: Variant[] = [
    { words: 'sorted keys, separators ", " and ": " (as dci-spaced)', text: spaced },
    { words: 'sorted keys, separators "," and ":" (as dci-compact)', text: compact },
    { words: 'compact text over the normalised header (as dci-normalised)', text: forms.whole('dci-normalised') },
    {
      words: 'separators ", " and ": ", but letters beyond ASCII as they are instead of \\uXXXX',
      text: unescaped(spaced),
    },
    {
      words: 'separators "," and ":", but letters beyond ASCII as they are instead of \\uXXXX',
      text: unescaped(compact),
    },
    { words: 'the body as it was sent, keys not sorted', text: detachedPayload(received) },
    { words: 'keys not sorted, separators "," and ":"', text: inOrder(both, ',', ':') },
    { words: 'keys not sorted, separators ", " and ": "', text: inOrder(both, ', ', ': ') },
    {
      words: 'sorted keys, but numbers as JavaScript writes them (45.0 became 45), compact',
      text: canonicalText(rounded(both), 'compact'),
    },
    {
      words: 'sorted keys, but numbers as JavaScript writes them (45.0 became 45), spaced',
      text: canonicalText(rounded(both), 'spaced'),
    },
    { words: 'the whole body with its signature member, compact', text: canonicalText(document.root, 'compact') },
    { words: 'the whole body with its signature member, spaced', text: canonicalText(document.root, 'spaced') },
    { words: 'the header alone, compact', text: canonicalText(header, 'compact') },
    { words: 'the header alone, spaced', text: canonicalText(header, 'spaced') },
  ];
  if (message === undefined) return variants;
  return [
    ...variants,
    { words: 'the message alone, compact', text: canonicalText(message, 'compact') },
    { words: 'the message alone, spaced', text: canonicalText(message, 'spaced') },
  ];
};

const unescaped = (text: string): string =>
  text.replaceAll(/\\(?:u([0-9a-f]{4})|.)/g, (written, hex: string | undefined) => {
    const unit = hex === undefined ? 0 : Number.parseInt(hex, 16);
    return unit < 0x80 ? written : String.fromCharCode(unit);
  });

const inOrder = (node: JsonNode, comma: string, colon: string): string => {
  if (Array.isArray(node)) return `[${node.map((item) => inOrder(item, comma, colon)).join(comma)}]`;
  if (typeof node !== 'object' || node === null || node instanceof JsonNumber) return canonicalText(node, 'compact');
  const members = Object.entries(node).map(
    ([name, member]) => `${canonicalText(name, 'compact')}${colon}${inOrder(member, comma, colon)}`,
  );
  return `{${members.join(comma)}}`;
};

const rounded = (node: JsonNode): JsonNode => {
  if (node instanceof JsonNumber) return new JsonNumber(String(node.value));
  if (Array.isArray(node)) return node.map(rounded);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, rounded(member)]));
};

const digestLines = (text: string): readonly Variant[] => {
  const base64 = hash('sha256', text, 'base64');
  const hex = hash('sha256', text, 'hex');
  return [
    { words: 'digest line "digest: SHA-256=…" (as dci-spaced)', text: `digest: SHA-256=${base64}` },
    { words: 'digest line "digest: …" without SHA-256= (as dci-compact)', text: `digest: ${base64}` },
    { words: 'digest name in other letters: it must be SHA-256=', text: `digest: sha-256=${base64}` },
    { words: 'digest name without its hyphen: it must be SHA-256=', text: `digest: SHA256=${base64}` },
    { words: 'digest without its = padding', text: `digest: SHA-256=${base64.replace('=', '')}` },
    { words: 'digest without its = padding', text: `digest: ${base64.replace('=', '')}` },
    { words: 'digest in hexadecimal: it must be base64', text: `digest: SHA-256=${hex}` },
    { words: 'digest in hexadecimal: it must be base64', text: `digest: ${hex}` },
  ];
};

const lineForms = ({ created, expires }: SignatureText, digest: string): readonly Variant[] => {
  const lines = [`(created): ${created}`, `(expires): ${expires}`, digest];
  return [
    { words: '', text: lines.join('\n') },
    { words: 'a line break at the end of the signing string: there must be none', text: `${lines.join('\n')}\n` },
    { words: 'lines ended by CR LF: it must be LF', text: lines.join('\r\n') },
    {
      words: 'the names without parentheses',
      text: lines.join('\n').replace('(created)', 'created').replace('(expires)', 'expires'),
    },
    { words: 'lines joined by blanks: it must be LF', text: lines.join(' ') },
  ];
};
