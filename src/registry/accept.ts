/**
 * Accepting an asynchronous request (ASYNC, "Accept"): all that is needed to work on it and to answer the same to a
 * repeat is in the store before it is acknowledged.
 */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type AnswerStatus, answerHeader } from '../dci/answer-header.ts';
import { canonicalText } from '../dci/canonical.ts';
import type { JsonObject } from '../dci/json-node.ts';
import type { RequestHeader } from '../dci/request-header.ts';
import { formatTimestamp } from '../dci/timestamps.ts';
import { GatewayError } from '../errors.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { Partner } from '../security/partner.ts';
import type { OutgoingEnvelope } from '../security/signatures/sign.ts';
import { MEMORY, type Operation, REFERENCES, TRANSACTIONS, type Transaction } from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import { type Documents, insertIfAbsentOf, insertOf, type Write, wakeOf } from '../store/documents.ts';
import { callbackUrl } from './callback-url.ts';
import { unmade } from './files/file-rows.ts';
import type { IncomingFile } from './files/incoming-file.ts';
import { filesLane, searchesLane } from './lane-names.ts';
import { KIND_OF } from './outbox.ts';
import { sealBody } from './sealed-body.ts';

export interface AcceptCall {
  readonly partner: Partner;
  readonly registryId: string;
  readonly operation: Operation;
  readonly header: RequestHeader;
  /** As it was verified. */
  readonly message: JsonObject;
  readonly transactionId: string;
  /** The caller's, when it has one. */
  readonly correlationId: string | undefined;
  /** Of the items. */
  readonly referenceIds: readonly string[];
  /** When the signature ends (undefined: unsigned), and the keyed digest of action, message and sender_uri: it is stored. */
  readonly replay: { readonly expires: number | undefined; readonly contentDigest: string };
  /** Of a search by file: its rows, of which the message tells the digest. */
  readonly file?: IncomingFile;
  /** Of its rows. */
  readonly purpose?: string | undefined;
  /** When it came, where its acknowledgement tells times that follow from it; absent: now. */
  readonly at?: number;
  /** Of a subscribe request: a code an item, and what its ack says beside the usual. */
  readonly codes?: readonly string[];
  readonly ack?: { readonly status: AnswerStatus; readonly message: Readonly<Record<string, unknown>> };
}

export interface AcceptOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly clock: Clock;
  /** Our sender_id. */
  readonly senderId: string;
  /** So long the same content is the same request. */
  readonly sameForMs: number;
  /** Starts the lane in this process. */
  readonly wake: (lane: string) => void;
  readonly newId?: () => string;
}

/**
 * Header and message of the 202, to be signed; the same for a repeat.
 *
 * @throws GatewayError `message_id.duplicate`, `sender_uri.invalid`; StoreError: nothing was accepted, or a repeat will show
 */
export type Accept = (call: AcceptCall) => Promise<OutgoingEnvelope>;

/** A message id may be forgotten so long after its signature ended. */
const MEMORY_MARGIN_MS = 300_000;

export const createAccept = (options: AcceptOptions): Accept => {
  const { documents, clock, sameForMs, wake } = options;

  const same = async (call: AcceptCall, now: number): Promise<{ found?: Transaction; round: number; key: string }> => {
    const { partner, registryId, operation, transactionId, replay } = call;
    const key = K(partner.id, registryId, operation, transactionId, replay.contentDigest);
    const [latest] = await documents.find(TRANSACTIONS, { index: 'same', equals: [key], order: 'desc', limit: 1 });
    if (latest !== undefined && now - latest.acceptedAt < sameForMs) return { found: latest, round: latest.round, key };
    return { round: (latest?.round ?? 0) + 1, key };
  };

  /** Somebody else was first: with the same request, or with the message id. */
  const existing = async (transaction: Transaction): Promise<Transaction> => {
    const own = await documents.get(TRANSACTIONS, transaction._id);
    if (own !== undefined) return own;
    const { mid } = transaction;
    const [used] =
      mid === undefined ? [] : await documents.find(TRANSACTIONS, { index: 'mid', equals: [mid], limit: 1 });
    // With other content, or for another registry: the other's acknowledgement would promise what nobody does.
    if (used === undefined || used.same !== transaction.same) throw new GatewayError('message_id.duplicate');
    return used;
  };

  /** Rows that another transaction does not answer for go again; where it was not seen whose they are, they stay for retention. */
  const elsewhere = async (call: AcceptCall, transaction: Transaction): Promise<Transaction> => {
    const dropRows = async (): Promise<void> => call.file?.drop(transaction._id);
    try {
      const found = await existing(transaction);
      if (found._id !== transaction._id || found.state === 'done') await dropRows();
      return found;
    } catch (cause) {
      if (cause instanceof GatewayError) await dropRows();
      throw cause;
    }
  };

  /** Whoever accepted it first may have ended before the last writes: they are made up for. */
  const repeated = async (
    call: AcceptCall,
    stored: Transaction,
    mid: string | undefined,
  ): Promise<OutgoingEnvelope> => {
    const waits = stored.state === 'accepted';
    const writes = [...rememberOf(call, stored, mid), ...(waits ? [wakeOf(stored.lane, 0)] : [])];
    if (writes.length > 0) await documents.apply(writes);
    if (waits) wake(stored.lane);
    return ackOf(stored);
  };

  return async (call) => {
    const { partner, header, replay } = call;
    const url = callbackUrl(partner, header.senderUri, KIND_OF[call.operation], call.operation === 'subscribe');
    const mid = replay.expires === undefined ? undefined : K(partner.id, header.messageId);
    const known = mid === undefined ? undefined : await documents.get(MEMORY, mid);
    if (known !== undefined && known.digest !== replay.contentDigest) throw new GatewayError('message_id.duplicate');

    const now = call.at ?? clock();
    const { found, round, key } = await same(call, now);
    if (found !== undefined) return repeated(call, found, known === undefined ? mid : undefined);
    const { transaction, before } = makeTransaction(call, { url, mid, round, key, now }, options);
    await call.file?.keep(transaction._id);
    const writes = [
      ...before,
      insertOf(TRANSACTIONS, transaction),
      ...rememberOf(call, transaction, mid),
      wakeOf(transaction.lane, 0),
    ];
    const outcomes = await documents.apply(writes);
    if (outcomes[before.length] !== 'done') return repeated(call, await elsewhere(call, transaction), mid);
    wake(transaction.lane);
    return ackOf(transaction);
  };
};

interface Made {
  readonly url: string | undefined;
  readonly mid: string | undefined;
  readonly round: number;
  readonly key: string;
  readonly now: number;
}

const makeTransaction = (
  call: AcceptCall,
  { url, mid, round, key, now }: Made,
  { sealer, senderId, newId = randomUUID }: AcceptOptions,
): { readonly transaction: Transaction; readonly before: readonly Write[] } => {
  const { partner, registryId, operation, header, transactionId, replay, codes, file } = call;
  const id = K(key, round);
  const correlationId = call.correlationId ?? newId();
  const { sealed, chunks, writes } = sealBody(sealer, id, canonicalText(call.message, 'compact'), now);
  const transaction: Transaction = {
    _id: id,
    version: 1,
    ...(mid !== undefined && { mid }),
    partner: partner.id,
    registry: registryId,
    operation,
    transactionId,
    same: key,
    round,
    digest: replay.contentDigest,
    messageId: header.messageId,
    correlationId,
    outgoingMessageId: newId(),
    ...(codes !== undefined && { codes }),
    ...(url !== undefined && { callbackUrl: url }),
    ack: JSON.stringify(makeAck(call, correlationId, { senderId, messageId: newId(), now })),
    ...(sealed !== undefined && { request: sealed }),
    ...(chunks !== undefined && { chunks }),
    ...(file !== undefined && { file: unmade(file.rows, call.purpose) }),
    lane: file === undefined ? searchesLane(partner.id) : filesLane(partner.id),
    state: 'accepted',
    starts: 0,
    acceptedAt: now,
    changedAt: now,
  };
  return { transaction, before: [...writes, ...referencesOf(call, id, now)] };
};

const makeAck = (
  { operation, header, transactionId, ack, file }: AcceptCall,
  correlationId: string,
  { senderId, messageId, now }: { readonly senderId: string; readonly messageId: string; readonly now: number },
): OutgoingEnvelope => ({
  header: answerHeader({
    messageId,
    at: now,
    action: KIND_OF[operation],
    status: ack?.status ?? 'rcvd',
    senderId,
    receiverId: header.senderId,
    totalCount: file?.rows ?? header.totalCount,
    completedCount: 0,
  }),
  message: {
    transaction_id: transactionId,
    ack_status: 'ACK',
    timestamp: formatTimestamp(now),
    correlation_id: correlationId,
    ...ack?.message,
  },
});

const referencesOf = ({ partner, registryId, referenceIds }: AcceptCall, transaction: string, at: number): Write[] =>
  [...new Set(referenceIds)].map((referenceId) =>
    insertIfAbsentOf(REFERENCES, {
      _id: K(transaction, referenceId),
      version: 1,
      partner: partner.id,
      registry: registryId,
      referenceId,
      transaction,
      at,
    }),
  );

const rememberOf = ({ partner, replay }: AcceptCall, { _id }: Transaction, mid: string | undefined): Write[] => {
  if (mid === undefined || replay.expires === undefined) return [];
  const until = replay.expires + MEMORY_MARGIN_MS;
  const entry = { _id: mid, version: 1, partner: partner.id, digest: replay.contentDigest, transaction: _id, until };
  return [insertIfAbsentOf(MEMORY, entry)];
};

// Only `makeAck` writes these texts.
const ackOf = ({ ack }: Transaction): OutgoingEnvelope => JSON.parse(ack) as OutgoingEnvelope;

/** The sender_id that the request was sent as: answers go to it. */
export const receiverOf = (transaction: Transaction): string | undefined => {
  const receiver = ackOf(transaction).header.receiver_id;
  return typeof receiver === 'string' ? receiver : undefined;
};
