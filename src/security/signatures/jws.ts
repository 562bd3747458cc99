/** Compact and detached JWS as messages carry them (PROTOCOL 5; RFC 7515). The payload is plain base64url: `b64` is refused. */

import { isJsonObject, type JsonNode, JsonNumber, type JsonObject } from '../../dci/json-node.ts';
import { parseJsonObject } from '../../dci/json-parse.ts';
import { parseTimestamp } from '../../dci/timestamps.ts';
import { decodeBody } from '../../dci/utf8.ts';
import type { Scheme } from '../keys/kid.ts';
import { SignatureProblem } from './signature-text.ts';
import type { Window } from './window.ts';

export interface ParsedJws {
  readonly detached: boolean;
  readonly protectedHeader: JsonObject;
  readonly protectedText: string;
  /** Empty when detached. */
  readonly payloadText: string;
  readonly signature: Buffer;
  readonly kid: string;
  readonly scheme: Scheme;
}

const FORM = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)$/;
const SCHEMES: ReadonlyMap<JsonNode, Scheme> = new Map<JsonNode, Scheme>([
  ['EdDSA', 'ed25519'],
  ['Ed25519', 'ed25519'],
  ['RS256', 'rs256'],
  ['PS256', 'ps256'],
]);
const REFUSED = /^(?:crit|b64|jwk|jku|x5.*|zip)$/;
const MAX_DEPTH = 64; // beyond what a body may have: a payload deeper than its body does not equal it
const DEFAULT_VALIDITY_SECONDS = 300;

/** Whether a signature text has the form of a JWS. */
export const isJws = (text: string): boolean => FORM.test(text);

/** @throws SignatureProblem for members that bring keys or change the meaning, an unknown algorithm, an absent kid */
export const parseJws = (text: string): ParsedJws => {
  const [, protectedText = '', payloadText = '', signatureText = ''] = FORM.exec(text) ?? [];
  const protectedHeader = readJsonObject(protectedText, 'the protected header');
  const refused = Object.keys(protectedHeader).find((name) => REFUSED.test(name));
  if (refused !== undefined)
    throw new SignatureProblem(`the protected header has a member that is refused: ${refused.slice(0, 8)}`);
  const { alg, kid } = protectedHeader;
  const scheme = alg === undefined ? undefined : SCHEMES.get(alg);
  if (scheme === undefined) throw new SignatureProblem('the alg is missing or not supported');
  if (typeof kid !== 'string' || kid === '') throw new SignatureProblem('the kid is missing');
  const signature = Buffer.from(signatureText, 'base64url');
  return { detached: payloadText === '', protectedHeader, protectedText, payloadText, signature, kid, scheme };
};

/** The payload of an embedding JWS: `{header, message, …}`. @throws SignatureProblem */
export const readPayload = (
  jws: ParsedJws,
): { readonly header: JsonObject; readonly message: JsonNode | undefined; readonly claims: JsonObject } => {
  const claims = readJsonObject(jws.payloadText, 'the payload');
  const { header, message } = claims;
  if (!isJsonObject(header)) throw new SignatureProblem('the payload has no header');
  return { header, message, claims };
};

const readJsonObject = (base64url: string, what: string): JsonObject => {
  try {
    return parseJsonObject(decodeBody(Buffer.from(base64url, 'base64url')), { maxDepth: MAX_DEPTH }).root;
  } catch (error) {
    throw new SignatureProblem(`${what} is not a JSON object`, { cause: error });
  }
};

/** `iat` and `exp` of the protected header or the payload; what is missing is message_ts, and 300 s. @throws SignatureProblem */
export const windowOf = (jws: ParsedJws, claims: JsonObject | undefined, messageTs: JsonNode | undefined): Window => {
  const created = claim(jws.protectedHeader, claims, 'iat') ?? instantOf(messageTs);
  const expires = claim(jws.protectedHeader, claims, 'exp') ?? created + DEFAULT_VALIDITY_SECONDS;
  return { created, expires };
};

const claim = (
  protectedHeader: JsonObject,
  claims: JsonObject | undefined,
  name: 'iat' | 'exp',
): number | undefined => {
  const values = [protectedHeader[name], claims?.[name]]
    .filter((value) => value !== undefined)
    .map((value) => {
      if (value instanceof JsonNumber && /^[0-9]{1,11}(?:\.[0-9]+)?$/.test(value.text)) return Math.floor(value.value);
      throw new SignatureProblem(`${name} is not a number of seconds`);
    });
  if (values.length === 2 && values[0] !== values[1]) throw new SignatureProblem(`there are two different ${name}`);
  return values[0];
};

const instantOf = (messageTs: JsonNode | undefined): number => {
  const timestamp = typeof messageTs === 'string' ? parseTimestamp(messageTs) : undefined;
  if (timestamp === undefined) throw new SignatureProblem('there is neither iat nor a message_ts that can be read');
  return Math.floor(timestamp.at / 1000);
};
