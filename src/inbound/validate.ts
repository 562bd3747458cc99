/** Schema, version, action, replay: the last checks before a request is worked on (PROTOCOL 3). */

import { readRequestHeader } from '../dci/request-header.ts';
import type { CheckReplay } from './check-replay.ts';
import type { ReadMessage } from './pipeline.ts';
import type { Opened, Valid } from './stages.ts';

/**
 * @param receiverIds Names we answer to; empty: any.
 * @throws GatewayError 400 of all kinds; `service.unavailable` when replay memory does not answer.
 */
export const createValidate =
  (receiverIds: ReadonlySet<string>, checkReplay: CheckReplay) =>
  async <Message>(opened: Opened, read: ReadMessage<Message>): Promise<Valid<Message>> => {
    const { operation, registryId, partner, scopes, notes } = opened;
    const header = readRequestHeader(opened.header, operation.action, receiverIds, {
      otherActions: operation.otherActions ?? [],
      ...(operation.uncounted === true && { uncounted: true }),
      ...(operation.receives === true && { receivedFrom: partner.senderIds[0] ?? partner.id }),
    });
    const message = read(opened.message);
    await checkReplay(opened, header.messageId);
    return {
      stage: 'valid',
      operation,
      registryId,
      partner,
      scopes,
      notes,
      header,
      message,
      received: opened.message,
      encrypted: opened.encrypted,
      replay: opened.replay,
      kept: opened.kept,
    };
  };
