/** `POST {mount}/sync/search`: the checks, the search, the signed answer. */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { answerHeader } from '../dci/answer-header.ts';
import { readSearchRequest, type SearchRequest } from '../dci/search-request.ts';
import { overallStatus, searchResponse } from '../dci/search-response.ts';
import type { Pipeline } from '../inbound/pipeline.ts';
import type { Operation, Valid } from '../inbound/stages.ts';
import type { Registry } from '../registry/registry.ts';
import type { RunSearch } from '../registry/search.ts';
import { arrivedAt } from './arrived-at.ts';
import type { Route } from './exchange.ts';
import type { BodyLimits } from './read-body.ts';
import type { SignAnswer } from './sign-answer.ts';
import { JSON_TYPE } from './write-answer.ts';

export interface SearchPorts {
  readonly pipeline: Pipeline;
  readonly runSearch: RunSearch;
  readonly sign: SignAnswer;
  readonly clock: Clock;
  /** Our sender_id. */
  readonly senderId: string;
  readonly maxItems: number;
  readonly body: BodyLimits;
}

const SEARCH: Operation = { name: 'search', action: 'search', answerAction: 'on-search' };

/** The route of one registry's synchronous search. */
export const searchRoute = (registry: Registry, ports: SearchPorts): Route => {
  const read = (message: Parameters<typeof readSearchRequest>[0]): SearchRequest =>
    readSearchRequest(message, ports.maxItems);
  return {
    name: SEARCH.name,
    registryId: registry.config.id,
    answerAction: SEARCH.answerAction,
    methods: ['POST'],
    handle: async (exchange) => {
      const valid = await ports.pipeline(arrivedAt(exchange, SEARCH, registry.config.id, ports.body), read);
      const abort = new AbortController();
      const onClose = (): void => abort.abort();
      exchange.response.once('close', onClose);
      const outcomes = await ports
        .runSearch({
          registry,
          partner: valid.partner,
          scopes: valid.scopes,
          request: valid.message,
          requestId: exchange.requestId,
          abort,
        })
        .finally(() => exchange.response.off('close', onClose));
      exchange.notes.refusedItems = outcomes.flatMap((outcome) => (outcome.status === 'rjct' ? [outcome.code] : []));
      exchange.answer({
        status: 200,
        contentType: JSON_TYPE,
        body: await ports.sign(searchAnswer(valid, outcomes, registry, ports), valid.partner),
      });
    },
  };
};

const searchAnswer = (
  { header, message, notes }: Valid<SearchRequest>,
  outcomes: Awaited<ReturnType<RunSearch>>,
  { config }: Registry,
  { clock, senderId }: SearchPorts,
): Parameters<SignAnswer>[0] => {
  const at = clock();
  return {
    header: answerHeader({
      messageId: randomUUID(),
      at,
      action: SEARCH.answerAction,
      ...overallStatus(outcomes),
      senderId,
      receiverId: header.senderId,
      totalCount: outcomes.length,
      completedCount: outcomes.length,
    }),
    message: searchResponse({
      transactionId: message.transactionId,
      correlationId: message.correlationId ?? notes.correlationId,
      domain: config.domain,
      regType: config.regType,
      at,
      outcomes,
    }),
  };
};
