/** `POST {mount}/sync/search`, and what answers from a search in another form: the checks, the search, the signed answer. */

import { randomUUID } from 'node:crypto';
import { answerHeader } from '../dci/answer-header.ts';
import type { JsonObject } from '../dci/json-node.ts';
import { readSearchRequest, type SearchRequest } from '../dci/search-request.ts';
import {
  overallStatus,
  type SearchOutcome,
  type SearchResponseInput,
  searchMeta,
  searchResponse,
} from '../dci/search-response.ts';
import type { Operation, Valid } from '../inbound/stages.ts';
import type { WriteAudit } from '../registry/audit.ts';
import type { Projection } from '../registry/project.ts';
import type { Registry } from '../registry/registry.ts';
import type { RunSearch } from '../registry/search.ts';
import type { AnsweringPorts } from './answering-ports.ts';
import { arrivedAt } from './arrived-at.ts';
import type { Route } from './exchange.ts';
import type { ForwardSearch } from './forward-search.ts';
import type { SignAnswer } from './sign-answer.ts';
import { JSON_TYPE } from './write-answer.ts';

export interface SearchPorts extends AnsweringPorts {
  readonly runSearch: RunSearch;
  readonly audit: WriteAudit;
  readonly maxItems: number;
  /** Where the registry may be sent searches as they came. */
  readonly forward?: ForwardSearch | undefined;
}

/** A path that answers from a search. */
export interface Searching {
  readonly operation: Operation;
  read(message: JsonObject): SearchRequest;
  readonly projection?: Projection;
  /** The answer's message. What it throws refuses the whole request. */
  message(input: SearchResponseInput): Readonly<Record<string, unknown>>;
}

const SEARCH: Operation = { name: 'search', action: 'search', answerAction: 'on-search' };

/** The route of one registry's synchronous search. */
export const searchRoute = (registry: Registry, ports: SearchPorts): Route =>
  searchingRoute(registry, ports, {
    operation: SEARCH,
    read: (message) => readSearchRequest(message, ports.maxItems),
    message: searchResponse,
  });

export const searchingRoute = (registry: Registry, ports: SearchPorts, searching: Searching): Route => {
  const { operation, projection } = searching;
  const { name, answerAction } = operation;
  const registryId = registry.config.id;
  return {
    ...{ name, registryId, answerAction },
    methods: ['POST'],
    handle: async (exchange) => {
      const valid = await ports.pipeline(arrivedAt(exchange, operation, registryId, ports.body), searching.read);
      const abort = new AbortController();
      const onClose = (): void => abort.abort();
      exchange.response.once('close', onClose);
      const { partner, scopes, message: request } = valid;
      const call = {
        registry,
        partner,
        scopes,
        request,
        projection,
        action: name,
        requestId: exchange.requestId,
        abort,
      };
      const forwarded = projection === undefined ? await ports.forward?.(valid, call) : undefined;
      if (forwarded !== undefined) return exchange.answer({ status: 200, contentType: JSON_TYPE, body: forwarded });
      const outcomes = await ports.runSearch(call, ports.audit).finally(() => exchange.response.off('close', onClose));
      exchange.notes.refusedItems = outcomes.flatMap((outcome) => (outcome.status === 'rjct' ? [outcome.code] : []));
      const answer = answerOf(valid, outcomes, registry, ports, searching);
      const body = await ports.sign(answer, valid.partner);
      exchange.answer({ status: 200, contentType: JSON_TYPE, body });
    },
  };
};

const answerOf = (
  { header, message: request, notes }: Valid<SearchRequest>,
  outcomes: readonly SearchOutcome[],
  { config }: Registry,
  { clock, senderId }: SearchPorts,
  { operation, message }: Searching,
): Parameters<SignAnswer>[0] => {
  const at = clock();
  return {
    header: answerHeader({
      messageId: randomUUID(),
      at,
      action: operation.answerAction,
      ...overallStatus(outcomes),
      senderId,
      receiverId: header.senderId,
      totalCount: outcomes.length,
      completedCount: outcomes.length,
      meta: searchMeta(outcomes),
    }),
    message: message({
      transactionId: request.transactionId,
      correlationId: request.correlationId ?? notes.correlationId,
      domain: config.domain,
      regType: config.regType,
      at,
      outcomes,
    }),
  };
};
