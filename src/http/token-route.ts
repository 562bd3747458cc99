/** `POST /oauth2/client/token`: hands the body to the token endpoint once its limits are kept. */

import type { Exchange, Route } from './exchange.ts';
import { readBody } from './read-body.ts';
import { JSON_TYPE } from './write-answer.ts';

export interface TokenCall {
  readonly address: string;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  /** Query string without `?`. */
  readonly query: string;
  readonly body: Buffer;
  readonly throughProxy: boolean;
}

export interface TokenReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

export type AskToken = (call: TokenCall) => Promise<TokenReply>;

/** PROTOCOL 11. */
const TOKEN_BODY_BYTES = 8 * 1024;

export const tokenRoute = (ask: AskToken, bodyTimeoutMs: number): Route => ({
  name: 'token',
  registryId: undefined,
  answerAction: 'on-token',
  methods: ['POST'],
  handle: async (exchange) => {
    const reply = await ask(await tokenCall(exchange, bodyTimeoutMs));
    exchange.answer({ ...reply, contentType: JSON_TYPE, body: JSON.stringify(reply.body) });
  },
});

const tokenCall = async (exchange: Exchange, timeoutMs: number): Promise<TokenCall> => {
  const { request, response, address, throughProxy, query } = exchange;
  const { 'content-type': contentType, authorization } = request.headers;
  const body = await readBody(request, response, { bytes: TOKEN_BODY_BYTES, timeoutMs });
  return { address, contentType, authorization, query, body, throughProxy };
};
