/** `POST /oauth2/client/token`: hands the body to the token endpoint, within its limits of size and time. */

import type { Partner } from '../security/partner.ts';
import type { TokenEndpoint } from '../security/token-request.ts';
import type { Exchange, Route } from './exchange.ts';
import { readBody, requirePlain } from './read-body.ts';
import { JSON_TYPE } from './write-answer.ts';

export interface TokenPorts {
  readonly endpoint: TokenEndpoint;
  /** For requests that came through a proxy: it knows no demo partner. */
  readonly behindProxy: TokenEndpoint;
  readonly partnerById: (id: string) => Partner | undefined;
  readonly bodyTimeoutMs: number;
}

/** PROTOCOL 11. */
const TOKEN_BODY_BYTES = 8 * 1024;

export const tokenRoute = ({ endpoint, behindProxy, partnerById, bodyTimeoutMs }: TokenPorts): Route => ({
  name: 'token',
  registryId: undefined,
  answerAction: 'on-token',
  methods: ['POST'],
  handle: async (exchange) => {
    requirePlain(exchange.request);
    const body = await readBody(exchange.request, exchange.response, {
      bytes: TOKEN_BODY_BYTES,
      timeoutMs: bodyTimeoutMs,
    });
    const reply = await (exchange.throughProxy ? behindProxy : endpoint).handle(tokenRequest(exchange, body));
    exchange.notes.partner = reply.partner === undefined ? undefined : partnerById(reply.partner);
    exchange.notes.reason = reply.reason;
    const { status, headers } = reply;
    exchange.answer({ status, contentType: JSON_TYPE, body: JSON.stringify(reply.body), headers });
  },
});

const tokenRequest = ({ request, address, query }: Exchange, body: Buffer): Parameters<TokenEndpoint['handle']>[0] => {
  const { 'content-type': contentType, authorization } = request.headers;
  return { address, contentType, authorization, query, body };
};
