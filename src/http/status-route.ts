/** `POST {mount}/sync/txn/status`: how far the caller's own requests are, at once. */

import { randomUUID } from 'node:crypto';
import { answerHeader } from '../dci/answer-header.ts';
import { readStatusRequest } from '../dci/status-request.ts';
import type { Operation } from '../inbound/stages.ts';
import type { WriteAudit } from '../registry/audit.ts';
import type { Registry } from '../registry/registry.ts';
import { requireAction } from '../registry/require-action.ts';
import type { TellStatus } from '../registry/status.ts';
import type { AnsweringPorts } from './answering-ports.ts';
import { arrivedAt } from './arrived-at.ts';
import type { Route } from './exchange.ts';
import { JSON_TYPE } from './write-answer.ts';

export interface StatusPorts extends AnsweringPorts {
  readonly tellStatus: TellStatus;
  readonly audit: WriteAudit;
  readonly maxItems: number;
}

const STATUS: Operation = { name: 'status', action: 'txn-status', answerAction: 'txn-on-status' };

export const statusRoute = ({ config }: Registry, ports: StatusPorts): Route => ({
  name: STATUS.name,
  registryId: config.id,
  answerAction: STATUS.answerAction,
  methods: ['POST'],
  handle: async (exchange) => {
    const valid = await ports.pipeline(arrivedAt(exchange, STATUS, config.id, ports.body), (message) =>
      readStatusRequest(message, ports.maxItems),
    );
    const { partner, message: request } = valid;
    requireAction(partner, valid.scopes, config.id, 'status');
    const correlationId = request.correlationId ?? valid.notes.correlationId;
    const asked = { partner, registryId: config.id, request, correlationId };
    const { message, audited, ...told } = await ports.tellStatus(asked);
    if (audited !== undefined) ports.audit(audited);
    const header = answerHeader({
      messageId: randomUUID(),
      at: ports.clock(),
      action: STATUS.answerAction,
      ...told,
      senderId: ports.senderId,
      receiverId: valid.header.senderId,
    });
    const body = await ports.sign({ header, message }, partner);
    exchange.answer({ status: 200, contentType: JSON_TYPE, body });
  },
});
