/** What a token request says: form, JSON or HTTP Basic (RFC 6749 2.3.1, 4.4.2; JSON is what OpenSPP's clients send). */

import type { JsonObject } from '../dci/json-node.ts';
import { parseJsonObject } from '../dci/json-parse.ts';
import { decodeBody } from '../dci/utf8.ts';
import { GatewayError } from '../errors.ts';

/** A problem that RFC 6749 5.2 has a code for. `description` is safe to show. */
export class TokenProblem extends Error {
  override readonly name = 'TokenProblem';
  readonly code: 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope';

  constructor(code: TokenProblem['code'], description: string) {
    super(description);
    this.code = code;
  }
}

export interface TokenForm {
  readonly grantType: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string | undefined;
}

export interface TokenRequestParts {
  readonly contentType: string | undefined;
  /** The Authorization header. */
  readonly authorization: string | undefined;
  readonly body: Buffer;
  /** Without the question mark. */
  readonly query: string;
}

const MAX_FIELD_CHARACTERS = 1_024;

/** What is read; `db_name` and whatever else a client sends is passed over. */
const FIELDS = ['grant_type', 'client_id', 'client_secret', 'scope'] as const;
type Fields = ReadonlyMap<string, string>;

/** @throws TokenProblem */
export const readTokenForm = (parts: TokenRequestParts, allowQueryCredentials: boolean): TokenForm => {
  const fields = withQuery(readBody(parts), parts.query, allowQueryCredentials);
  const basic = readBasic(parts.authorization);
  const clientId = fields.get('client_id');
  const clientSecret = fields.get('client_secret');
  if (basic !== undefined && (clientSecret !== undefined || (clientId !== undefined && clientId !== basic.clientId))) {
    throw new TokenProblem(
      'invalid_request',
      'Credentials stand in the Authorization header and in the body: use one.',
    );
  }
  const grantType = fields.get('grant_type');
  if (grantType === undefined) throw new TokenProblem('invalid_request', 'grant_type is missing.');
  if (grantType !== 'client_credentials') {
    throw new TokenProblem('unsupported_grant_type', 'Only client_credentials is supported.');
  }
  const scope = fields.get('scope');
  if (basic !== undefined) return { grantType, scope, ...basic };
  if (clientId === undefined || clientSecret === undefined) {
    throw new TokenProblem('invalid_client', 'client_id and client_secret are required.');
  }
  return { grantType, scope, clientId, clientSecret };
};

const readBody = ({ contentType, body }: TokenRequestParts): Fields => {
  const text = body.toString('utf8');
  const type = contentType?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return readJson(body);
  if (type === 'application/x-www-form-urlencoded' || (type === undefined && text === '')) return readForm(text);
  throw new TokenProblem(
    'invalid_request',
    'The content type must be application/x-www-form-urlencoded or application/json.',
  );
};

/** Each field once: RFC 6749 3.2 forbids to repeat one. Empty is absent. */
const readForm = (text: string): Fields => {
  const given = new URLSearchParams(text);
  const fields = new Map<string, string>();
  for (const name of FIELDS) {
    const values = given.getAll(name);
    if (values.length > 1) throw new TokenProblem('invalid_request', `${name} is there twice.`);
    keep(fields, name, values[0]);
  }
  return fields;
};

const MAX_JSON_DEPTH = 8;

const readJson = (body: Buffer): Fields => {
  const given = parsed(body);
  const fields = new Map<string, string>();
  for (const name of FIELDS) keep(fields, name, given[name]);
  return fields;
};

const parsed = (body: Buffer): JsonObject => {
  try {
    return parseJsonObject(decodeBody(body), { maxDepth: MAX_JSON_DEPTH }).root;
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    throw new TokenProblem('invalid_request', cause.message);
  }
};

const keep = (fields: Map<string, string>, name: string, value: unknown): void => {
  if (value === undefined || value === null || value === '') return;
  if (typeof value !== 'string') throw new TokenProblem('invalid_request', `${name} must be text.`);
  if (value.length > MAX_FIELD_CHARACTERS) throw new TokenProblem('invalid_request', `${name} is too long.`);
  fields.set(name, value);
};

/** Query strings end up in the logs of proxies: they count only where the operator allows it. */
const withQuery = (fields: Fields, query: string, allowed: boolean): Fields => {
  const given = query === '' ? undefined : readForm(query);
  if (given === undefined || given.size === 0) return fields;
  if (!allowed) {
    if (given.has('client_secret'))
      throw new TokenProblem('invalid_request', 'Credentials in the query string are not accepted.');
    return fields;
  }
  for (const name of given.keys())
    if (fields.has(name)) throw new TokenProblem('invalid_request', `${name} is there twice.`);
  return new Map([...given, ...fields]);
};

const readBasic = (authorization: string | undefined): Pick<TokenForm, 'clientId' | 'clientSecret'> | undefined => {
  const encoded = /^basic +([A-Za-z0-9+/_-]+=*) *$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) {
    if (/^basic\b/i.test(authorization ?? ''))
      throw new TokenProblem('invalid_client', 'The Authorization header is malformed.');
    return undefined; // an old bearer token, say: some clients send it along
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1 || text.length > 2 * MAX_FIELD_CHARACTERS)
    throw new TokenProblem('invalid_client', 'The Authorization header is malformed.');
  return { clientId: fromBasic(text.slice(0, colon)), clientSecret: fromBasic(text.slice(colon + 1)) };
};

/**
 * RFC 6749 2.3.1 wants both parts form-encoded; many clients (`curl -u`) send them as they are.
 * `%41` is decoded; a plus stays one, because secrets in base64 hold pluses more often than secrets hold blanks.
 */
const fromBasic = (text: string): string => {
  if (!/%[0-9a-f]{2}/i.test(text)) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    return text; // no encoding, only a percent sign
  }
};
