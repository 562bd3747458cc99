/** Schema, version, action, replay: the last checks before a request is worked on (PROTOCOL 3). */

import { readRequestHeader } from '../dci/request-header.ts';
import type { CheckReplay } from './check-replay.ts';
import type { ReadMessage } from './pipeline.ts';
import type { Opened, Valid } from './stages.ts';

/** Keyed hash of a digest: what is kept of a message tells nobody who reads the store which identifiers it named. */
export type KeepDigest = (digest: string) => string;

/**
 * @param receiverIds Names we answer to; empty: any.
 * @throws GatewayError 400 of all kinds; `service.unavailable` when replay memory does not answer.
 */
export const createValidate =
  (receiverIds: ReadonlySet<string>, keepDigest: KeepDigest, checkReplay: CheckReplay) =>
  async <Message>(opened: Opened, read: ReadMessage<Message>): Promise<Valid<Message>> => {
    const { operation, registryId, partner, scopes, notes } = opened;
    const header = readRequestHeader(opened.header, operation.action, receiverIds, {
      otherActions: operation.otherActions ?? [],
      ...(operation.uncounted === true && { uncounted: true }),
      ...(operation.receives === true && { receivedFrom: partner.senderIds[0] ?? partner.id }),
    });
    const message = read(opened.message);
    const replay = { ...opened.replay, contentDigest: keepDigest(opened.replay.contentDigest) };
    await checkReplay({ ...opened, replay }, header.messageId);
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
      replay,
      kept: opened.kept,
    };
  };
