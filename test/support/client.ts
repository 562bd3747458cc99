/** A DCI client with its own signing code: what a partner's system would send. */

import assert from 'node:assert/strict';
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import { pythonDumps } from './canonical-text.ts';
import { errorBodyProblems, type SpecDomain, searchAnswerProblems } from './spec-check.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of every shape. */
  readonly body: ReturnType<typeof JSON.parse>;
}

export interface ClientOptions {
  readonly url: string;
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly senderId?: string;
  /** Signs with it in the profile `dci-spaced` when given. */
  readonly key?: SigningKey;
  /** `/registry`. */
  readonly mount?: string;
  /** Whose specification every answer must fit. */
  readonly domain?: SpecDomain;
}

export interface SigningKey {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: Readonly<Record<string, string>>;
}

export const makeSigningKey = (keyId = 'key-1'): SigningKey => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { keyId, privateKey, publicJwk: publicKey.export({ format: 'jwk' }) as Record<string, string> };
};

export const privateKeyFromPem = (pem: string): KeyObject => createPrivateKey(pem);

export interface Envelope {
  signature?: string;
  header: Record<string, unknown>;
  message: Record<string, unknown>;
}

/** The guide's signature text over header and message. */
export const signEnvelope = (
  { header, message }: Envelope,
  senderId: string,
  key: SigningKey,
  at = Date.now(),
): string => {
  const created = Math.floor(at / 1000);
  const expires = created + 300;
  const digest = createHash('sha256').update(pythonDumps({ header, message })).digest('base64');
  const text = `(created): ${created}\n(expires): ${expires}\ndigest: SHA-256=${digest}`;
  const signature = sign(null, Buffer.from(text), key.privateKey).toString('base64');
  return (
    `Signature: namespace="dci", kidId="${senderId}|${key.keyId}|ed25519", algorithm="ed25519", created="${created}", ` +
    `expires="${expires}", headers="(created) (expires) digest", signature="${signature}"`
  );
};

/** Whether an answer of the gateway carries a good signature in the profile `dci-spaced` by this JWKS. */
export const verifyAnswer = (body: Envelope, jwks: { keys: readonly Record<string, string>[] }): boolean => {
  const part = (name: string): string => new RegExp(`${name}="([^"]*)"`).exec(body.signature ?? '')?.[1] ?? '';
  const kid = part('kidId');
  const jwk = jwks.keys.find((key) => key.kid === kid || kid.split('|')[1] === key.kid);
  if (jwk === undefined) return false;
  const digest = createHash('sha256')
    .update(pythonDumps({ header: body.header, message: body.message }))
    .digest('base64');
  const text = `(created): ${part('created')}\n(expires): ${part('expires')}\ndigest: SHA-256=${digest}`;
  return verify(
    null,
    Buffer.from(text),
    { key: jwk, format: 'jwk' } as never,
    Buffer.from(part('signature'), 'base64'),
  );
};

export const searchItem = (
  query: unknown,
  over: Record<string, unknown> = {},
  criteria: Record<string, unknown> = {},
): Record<string, unknown> => ({
  reference_id: randomUUID(),
  timestamp: '2026-01-15T10:30:00Z',
  search_criteria: { version: '1.0.0', query_type: 'idtype-value', query, ...criteria },
  ...over,
});

/** A client of one partner. */
export const createClient = (options: ClientOptions) => {
  const {
    url,
    clientId = 'external_system',
    clientSecret = 'secret123',
    senderId = 'external.system.org',
    mount = '/registry',
    domain = 'social',
  } = options;
  let token: Promise<string> | undefined;

  const send = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, { redirect: 'manual', ...init });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };

  const getToken = (): Promise<string> => {
    token ??= send('/oauth2/client/token', {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret }),
    }).then((answer) => {
      if (answer.status !== 200) throw new Error(`no token: ${answer.status} ${answer.text}`);
      return String(answer.body.access_token);
    });
    return token;
  };

  const envelope = (
    items: readonly unknown[],
    header: Record<string, unknown> = {},
    message: Record<string, unknown> = {},
  ): Envelope => ({
    signature: '',
    header: {
      version: '1.0.0',
      message_id: randomUUID(),
      message_ts: '2026-01-15T10:30:00Z',
      action: 'search',
      sender_id: senderId,
      total_count: items.length,
      ...header,
    },
    message: { transaction_id: randomUUID(), search_request: items, ...message },
  });

  const signed = (made: Envelope): Envelope =>
    options.key === undefined ? made : { ...made, signature: signEnvelope(made, senderId, options.key) };

  /** Posts a text as it is to the search path. */
  const postText = async (text: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> => {
    const answer = await send(`${mount}/sync/search`, {
      method: 'POST',
      body: text as NonNullable<RequestInit['body']>,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${await getToken()}`, ...headers },
    });
    assertFitsSpec(domain, answer);
    return answer;
  };

  const post = (made: Envelope, headers: Record<string, string> = {}): Promise<Answer> =>
    postText(JSON.stringify(signed(made)), headers);

  return {
    ...{ mount, senderId },
    send,
    getToken,
    envelope,
    signed,
    post,
    postText,
    /** One item a query. */
    search: (...queries: readonly unknown[]): Promise<Answer> =>
      post(envelope(queries.map((query) => searchItem(query)))),
  };
};

/** Every answer of the tests is checked against the specification of its domain, where that is present. */
const assertFitsSpec = (domain: SpecDomain, { status, body }: Answer): void => {
  assert.deepEqual(status === 200 ? searchAnswerProblems(domain, body) : errorBodyProblems(domain, body), []);
};

export type Client = ReturnType<typeof createClient>;

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
