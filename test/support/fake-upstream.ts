/** A DCI server that may misbehave: signs with its own key, keeps what came, answers as it is told. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeSigningKey, type SigningKey, signEnvelope } from './client.ts';

const SENDER = 'fake.example.org';

export interface UpstreamCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of every shape. */
  readonly body: ReturnType<typeof JSON.parse>;
}

/** Answers the call itself; undefined: it did. Otherwise what the records of each item are. */
export type Behaviour = (
  call: UpstreamCall,
  response: ServerResponse,
  fake: FakeUpstream,
) => readonly object[] | undefined;

export interface FakeUpstream extends AsyncDisposable {
  readonly url: string;
  readonly key: SigningKey;
  /** Searches and others below the mount, not tokens and keys. */
  readonly calls: readonly UpstreamCall[];
  readonly tokens: () => number;
  behave: Behaviour;
  /** Its token endpoint gives none, with this answer. */
  noToken: { readonly status: number; readonly headers: Readonly<Record<string, string>> } | undefined;
  /** A signed answer to this search. */
  searchAnswer(call: UpstreamCall, records: readonly object[], over?: AnswerOver): string;
  signed(header: Record<string, unknown>, message: Record<string, unknown>, key?: SigningKey): string;
}

export interface AnswerOver {
  readonly header?: Record<string, unknown>;
  readonly message?: Record<string, unknown>;
  readonly item?: Record<string, unknown>;
  readonly key?: SigningKey;
}

export const person = (value: string, over: object = {}): object => ({
  '@type': 'Person',
  identifier: [{ identifier_type: 'UIN', identifier_value: value }],
  name: { surname: 'Diallo', given_name: 'Awa' },
  birth_date: '1990-05-17',
  ...over,
});

export const startFakeUpstream = async (): Promise<FakeUpstream> => {
  const key = makeSigningKey('fake-1');
  const calls: UpstreamCall[] = [];
  let tokens = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { url: path = '', headers, method = '' } = request;
    const json = (body: unknown, extra: Record<string, string> = {}): void =>
      void response.writeHead(200, { 'Content-Type': 'application/json', ...extra }).end(JSON.stringify(body));
    if (path === '/oauth2/client/token') {
      if (fake.noToken !== undefined) return void response.writeHead(fake.noToken.status, fake.noToken.headers).end();
      tokens += 1;
      return json({ access_token: `upstream-token-${tokens}`, token_type: 'Bearer', expires_in: 3600 });
    }
    if (path === '/.well-known/jwks.json') return json({ keys: [{ ...key.publicJwk, kid: key.keyId, alg: 'EdDSA' }] });
    const call = { method, path, headers, text, body: text === '' ? undefined : JSON.parse(text) };
    calls.push(call);
    const records = fake.behave(call, response, fake);
    if (records === undefined) return;
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Set-Cookie': 'upstream=secret; Path=/',
      'X-Powered-By': 'Fake',
    });
    response.end(fake.searchAnswer(call, records));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeUpstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ key, calls, tokens: () => tokens, behave: () => [], noToken: undefined },
    signed: (header, message, by = key) => {
      const sent = JSON.parse(JSON.stringify({ header, message })); // what is undefined is absent
      return JSON.stringify({ signature: signEnvelope(sent, SENDER, by), ...sent });
    },
    searchAnswer: (call, records, over = {}) => {
      const at = '2026-01-15T10:30:00Z';
      const header = {
        ...{ version: '1.0.0', message_id: `m-${calls.length}`, message_ts: at, action: 'on-search', status: 'succ' },
        ...{ sender_id: SENDER, receiver_id: call.body.header.sender_id, total_count: 1, is_msg_encrypted: false },
        ...over.header,
      };
      const items = call.body.message.search_request as readonly ReturnType<typeof JSON.parse>[];
      const message = {
        ...{ transaction_id: call.body.message.transaction_id, correlation_id: 'c-1' },
        search_response: items.map(({ reference_id, search_criteria: { pagination } }) => ({
          ...{ reference_id, timestamp: at, status: 'succ' },
          data: { reg_record_type: 'Person', reg_records: records },
          pagination: { ...pagination, total_count: records.length },
          ...over.item,
        })),
        ...over.message,
      };
      return fake.signed(header, message, over.key);
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return fake;
};
