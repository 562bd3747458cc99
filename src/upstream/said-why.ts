/**
 * Why an upstream refused us, for the operator's log. Its answer is not verified and its words may name a person, so that
 * only codes of the standard and sentences of our own table are repeated; what to do about it is said in our words.
 */

import { isJsonArray, isJsonObject, type JsonNode } from '../dci/json-node.ts';
import { parseJsonObject } from '../dci/json-parse.ts';
import { decodeBody } from '../dci/utf8.ts';
import { ERROR_RULES, GatewayError, HEADER_REJECTIONS } from '../errors.ts';
import type { RawAnswer } from '../plugin.ts';

/** Refusals are short; a longer one is not read. */
const LARGEST = 65_536;
const MAX_DEPTH = 16;

const CODES: ReadonlySet<JsonNode | undefined> = new Set([
  ...Object.values(ERROR_RULES).map(({ code }) => code),
  ...Object.values(HEADER_REJECTIONS),
  // The standard's, which we never answer with.
  ...['rjct.message_ts.invalid', 'rjct.total_count.limit_exceeded', 'rjct.errors.too_many'],
]);

const SENTENCES: ReadonlySet<JsonNode | undefined> = new Set(
  Object.values(ERROR_RULES).map(({ sentence }) => sentence),
);

const OUR_KEYS = 'have it register our key set (/.well-known/jwks.json at our public address) for our client';
const OUR_TOKEN = 'client_id, client_secret and token_url';

/** What mends it, of messages that we signed. */
const FIXES: Readonly<Record<string, string>> = {
  'err.signature.invalid': `${OUR_KEYS}, and see which signatures (sign) it takes`,
  'err.signature.missing': `${OUR_KEYS}, and see which signatures (sign) it takes`,
  'err.request.unauthorized': `see ${OUR_TOKEN}`,
  'err.request.forbidden': 'have it register our identity.id as sender_id of our client, and let that client ask this',
  'err.sender_id.invalid': 'have it register our identity.id as sender_id of our client',
  'err.sender_uri.invalid': 'have it register callback_url for our client',
  'err.receiver_id.invalid': 'see receiver_id',
};

/** Of messages that go on as they came. */
const FORWARDED: Readonly<Record<string, string>> = {
  ...FIXES,
  'err.signature.invalid': "have it register the partner's own keys, or set forward: never",
  'err.signature.missing': 'have the partner sign, or set forward: never',
  'err.request.forbidden': "have it take the partner's sender_id from our client, or set forward: never",
};

/** Empty, or what stands after the status. @param forwarded the message was signed by a partner, not by us */
export const saidWhy = (answer: Pick<RawAnswer, 'status' | 'body'>, forwarded = false): string => {
  const { code, sentence } = reasonIn(answer.body);
  const reason = code === undefined ? '' : ` (${code}${sentence === undefined ? '' : `: ${sentence}`})`;
  const fix = code === undefined ? unsaidFix(answer.status) : (forwarded ? FORWARDED : FIXES)[code];
  return `${reason}${fix === undefined ? '' : `; ${fix}`}`;
};

const unsaidFix = (status: number): string | undefined =>
  status === 401 ? `it gives no reason that we know: see ${OUR_TOKEN}, and ${OUR_KEYS}` : undefined;

interface Reason {
  readonly code: string | undefined;
  readonly sentence: string | undefined;
}

/** In the places where servers write it. */
const reasonIn = (body: Buffer): Reason => {
  const { header, message, errors } = readObject(body) ?? {};
  const first = isJsonArray(errors) ? errors[0] : undefined;
  const places = [isJsonObject(message) ? message.error : undefined, first].filter(isJsonObject);
  const codes = [...places.map(({ code }) => code), isJsonObject(header) ? header.status_reason_code : undefined];
  const texts = [...places.map((place) => place.message), isJsonObject(header) ? header.status_reason_message : undefined]; // biome-ignore format: one look
  const [code] = codes.filter((each): each is string => CODES.has(each));
  const [sentence] = texts.filter((each): each is string => SENTENCES.has(each));
  return { code, sentence };
};

const readObject = (body: Buffer) => {
  if (body.length > LARGEST) return undefined;
  try {
    return parseJsonObject(decodeBody(body), { maxDepth: MAX_DEPTH }).root;
  } catch (cause) {
    if (cause instanceof GatewayError) return undefined; // an error page of something in between
    throw cause;
  }
};
