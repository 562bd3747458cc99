/** `POST {mount}/sync/enrollment/updates` of beneficiary registries: data that flows in (PROTOCOL 1). */

import { randomUUID } from 'node:crypto';
import { answerHeader } from '../dci/answer-header.ts';
import { readUpdatesRequest, type UpdatesRequest } from '../dci/updates-request.ts';
import { type UpdateOutcome, updatesResponse, updatesStatus } from '../dci/updates-response.ts';
import type { Operation, Valid } from '../inbound/stages.ts';
import type { Registry } from '../registry/registry.ts';
import type { TakeUpdates } from '../registry/take-updates.ts';
import type { AnsweringPorts } from './answering-ports.ts';
import { arrivedAt } from './arrived-at.ts';
import type { Route } from './exchange.ts';
import type { SignAnswer } from './sign-answer.ts';
import { JSON_TYPE } from './write-answer.ts';

export interface UpdatesPorts extends AnsweringPorts {
  readonly takeUpdates: TakeUpdates;
  readonly maxItems: number;
}

const UPDATES: Operation = {
  ...{ name: 'enrollment-updates', action: 'notify', answerAction: 'on-notify' },
  uncounted: true, // the standard takes the header of a callback here
};

/** Where the registry's domain has it, by path below its mounts. */
export const updatesRoutes = (registry: Registry, ports: UpdatesPorts): Readonly<Record<string, Route>> => {
  if (registry.config.domain !== 'ibr') return {};
  const route = updatesRoute(registry, ports);
  return { '/sync/enrollment/updates': route, '/enrollments/updates': route };
};

const updatesRoute = (registry: Registry, ports: UpdatesPorts): Route => ({
  name: UPDATES.name,
  registryId: registry.config.id,
  answerAction: UPDATES.answerAction,
  methods: ['POST'],
  handle: async (exchange) => {
    const arrived = arrivedAt(exchange, UPDATES, registry.config.id, ports.body);
    const valid = await ports.pipeline(arrived, (message) => readUpdatesRequest(message, ports.maxItems));
    const { partner, scopes, message: request } = valid;
    const { requestId } = exchange;
    // Whoever goes away before the answer has sent it all the same: it is stored.
    const abort = new AbortController();
    const outcomes = await ports.takeUpdates({ registry, partner, scopes, request, requestId, abort });
    const body = await ports.sign(answerOf(valid, outcomes, ports), partner);
    exchange.answer({ status: 200, contentType: JSON_TYPE, body });
  },
});

const answerOf = (
  { header, message, notes }: Valid<UpdatesRequest>,
  outcomes: readonly UpdateOutcome[],
  { clock, senderId }: UpdatesPorts,
): Parameters<SignAnswer>[0] => {
  const at = clock();
  return {
    header: answerHeader({
      messageId: randomUUID(),
      at,
      action: UPDATES.answerAction,
      ...updatesStatus(outcomes),
      senderId,
      receiverId: header.senderId,
      totalCount: outcomes.length,
      completedCount: outcomes.length,
    }),
    message: updatesResponse({
      transactionId: message.transactionId,
      correlationId: message.correlationId ?? notes.correlationId,
      at,
      outcomes,
    }),
  };
};
