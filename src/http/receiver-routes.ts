/** The paths that take what others answer or tell, as a json file too: it is recorded and acknowledged, known or not (PROTOCOL 1). */

import { randomUUID } from 'node:crypto';
import { answerHeader } from '../dci/answer-header.ts';
import { type ReceivedMessage, readReceivedMessage } from '../dci/received-message.ts';
import { formatTimestamp } from '../dci/timestamps.ts';
import type { Operation, Valid } from '../inbound/stages.ts';
import type { Receive } from '../registry/receive.ts';
import type { Registry } from '../registry/registry.ts';
import { requireAction } from '../registry/require-action.ts';
import type { OutgoingEnvelope } from '../security/signatures/sign.ts';
import type { AnsweringPorts } from './answering-ports.ts';
import { arrivedAt } from './arrived-at.ts';
import type { Route } from './exchange.ts';
import { isForm } from './files/read-form.ts';
import { openUpload, type UploadPorts } from './files/upload.ts';
import { JSON_TYPE } from './write-answer.ts';

export interface ReceiverPorts extends AnsweringPorts {
  readonly receive: Receive;
  readonly uploads: UploadPorts;
}

const receiver = (action: string, answerAction = action, ...otherActions: readonly string[]): Operation => ({
  name: action,
  action,
  answerAction,
  otherActions,
  receives: true,
});

const OPERATIONS: Readonly<Record<string, Operation>> = {
  '/on-search': receiver('on-search'),
  '/on-subscribe': receiver('on-subscribe'),
  '/on-unsubscribe': receiver('on-unsubscribe'),
  '/txn/on-status': receiver('txn-on-status', 'txn-on-status', 'on-txn-status', 'on-status'),
  '/notify': receiver('notify', 'on-notify'),
  '/sync/notify': receiver('notify', 'on-notify'),
  '/on-notify': receiver('on-notify', 'on-notify', 'notify'),
  '/receipts': receiver('receipt', 'on-receipt', 'notify', 'receipts'),
  '/receipt': receiver('receipt', 'on-receipt', 'notify', 'receipts'),
};

/** As partners' rights and scopes name all of them. */
const RIGHT = 'receive';

/** The routes of one registry, by path below its mounts. */
export const receiverRoutes = (registry: Registry, ports: ReceiverPorts): Readonly<Record<string, Route>> =>
  Object.fromEntries(
    Object.entries(OPERATIONS).map(([path, operation]) => [
      path,
      receiverRoute(operation, path.startsWith('/sync/') ? 200 : 202, registry, ports),
    ]),
  );

const receiverRoute = (operation: Operation, status: number, { config }: Registry, ports: ReceiverPorts): Route => ({
  name: operation.name,
  registryId: config.id,
  answerAction: operation.answerAction,
  methods: ['POST'],
  handle: async (exchange) => {
    await using upload = isForm(exchange.request) ? openUpload(exchange, operation, ports.uploads) : undefined;
    const valid = await ports.pipeline(arrivedAt(exchange, operation, config.id, ports.body, upload), (read) => {
      upload?.requireAction();
      return readReceivedMessage(read);
    });
    const { partner, message, header } = valid;
    requireAction(partner, valid.scopes, config.id, RIGHT);
    const { messageId, totalCount: total, completedCount: completed, meta } = header;
    const { received: content } = valid;
    const signed = valid.replay.expires !== undefined;
    await ports.receive({
      partner,
      registryId: config.id,
      action: operation.name,
      messageId,
      counts: { total, completed },
      meta,
      message,
      signed,
      content,
    });
    const body = await ports.sign(receivedAck(valid, ports), partner);
    exchange.answer({ status, contentType: JSON_TYPE, body });
  },
});

const receivedAck = (
  { operation, header, message, notes }: Valid<ReceivedMessage>,
  { clock, senderId }: ReceiverPorts,
): OutgoingEnvelope => {
  const at = clock();
  return {
    header: answerHeader({
      messageId: randomUUID(),
      at,
      action: operation.answerAction,
      status: 'rcvd',
      senderId,
      receiverId: header.senderId,
      totalCount: header.totalCount,
      completedCount: 0,
    }),
    message: {
      ...(message.transactionId !== undefined && { transaction_id: message.transactionId }),
      ack_status: 'ACK',
      timestamp: formatTimestamp(at),
      correlation_id: message.correlationId ?? notes.correlationId,
    },
  };
};
