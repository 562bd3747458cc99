/** One request and its answer, on its way through the app. */

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { GatewayError } from '../errors.ts';
import type { AddressLimit } from '../inbound/limit-address.ts';
import type { Notes } from '../inbound/notes.ts';
import { type Answer, writeAnswer } from './write-answer.ts';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** The caller's. */
  readonly address: string;
  readonly throughProxy: boolean;
  /** `performance.now()` at arrival. */
  readonly startedAt: number;
  readonly notes: Notes;
  /** Query string without `?`; empty when there is none. */
  readonly query: string;
  answer(answer: Answer): void;
}

/** What a path serves. */
export interface Route {
  /** Label in logs and metrics: `search`, `token`. */
  readonly name: string;
  readonly registryId: string | undefined;
  /** Action of the error body. */
  readonly answerAction: string;
  readonly methods: readonly string[];
  handle(exchange: Exchange): Promise<void>;
}

export interface ExchangeInput {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly route: Pick<Route, 'name' | 'registryId' | 'answerAction'>;
  readonly address: string;
  readonly throughProxy: boolean;
  readonly query: string;
}

/** Begins an exchange: a request id and a correlation id of ours. */
export const beginExchange = ({ request, response, route, address, throughProxy, query }: ExchangeInput): Exchange => {
  const requestId = randomUUID();
  const notes: Notes = {
    requestId,
    registryId: route.registryId,
    operation: route.name,
    answerAction: route.answerAction,
    partner: undefined,
    senderId: undefined,
    transactionId: undefined,
    correlationId: requestId,
    reason: undefined,
  };
  return {
    request,
    response,
    requestId,
    address,
    throughProxy,
    startedAt: performance.now(),
    notes,
    query,
    answer: (answer) => writeAnswer(request, response, requestId, answer),
  };
};

/** A route outside the pipeline, within the limit of the caller's address. */
export const limited = (route: Route, limit: AddressLimit): Route => ({
  ...route,
  handle: async (exchange) => {
    const { allowed, retryAfter } = await limit(exchange.address);
    if (!allowed) throw new GatewayError('request.too_many', { retryAfter });
    await route.handle(exchange);
  },
});
