/**
 * From the answer of a use case to its messages in the outbox and a transaction that is done (ASYNC, "Run a search" 3 to 5).
 * Of an answer in parts the first one is D: the others are staged before it and published after it.
 */

import type { Clock } from '../clock.ts';
import { answerHeader } from '../dci/answer-header.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { Confidential } from '../security/encryption/ready-message.ts';
import type { OutgoingEnvelope } from '../security/signatures/sign.ts';
import { OUTBOX, type OutboxEntry, TRANSACTIONS, type Transaction } from '../store/async-documents.ts';
import { K, uuidOf } from '../store/document-key.ts';
import { type Documents, insertOf, replaceOf, type Write, wakeOf } from '../store/documents.ts';
import { receiverOf } from './accept.ts';
import { createAuditEntry } from './audit.ts';
import { dropRows } from './files/file-rows.ts';
import type { Keyed } from './keyed.ts';
import { deliverLane } from './lane-names.ts';
import { auditId, auditWrites, type DraftedEntry, draftEntry, insertions, KIND_OF } from './outbox.ts';
import { dropChunks } from './sealed-body.ts';
import type { CallbackContent } from './transaction-work.ts';

export interface FinishOptions {
  readonly documents: Documents;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly keyed: Keyed;
  readonly confidential: Confidential;
  /** Our sender_id. */
  readonly senderId: string;
  /** Starts the lane in this process. */
  readonly wake: (lane: string) => void;
}

export interface FinishTransaction {
  /**
   * @param transaction as it was set running
   * @param rightsVersion of the rights that the answer was made with
   */
  finish(transaction: Transaction, contents: readonly CallbackContent[], rightsVersion: string): Promise<void>;
  /**
   * One part of a file's answer, staged; the first part, which is written last, is the answer for whoever comes later. What
   * a part holds follows from the file, so of two workers that make one the first is as good as the second: all parts
   * belong to one run.
   */
  partWrites(
    transaction: Transaction,
    content: CallbackContent,
    rightsVersion: string,
    part: number,
  ): Promise<readonly Write[]>;
  /** Where an answer was made before: sends what is left of it, and is done. False: there is none. */
  publish(transaction: Transaction): Promise<boolean>;
}

export const createFinish = (options: FinishOptions): FinishTransaction => {
  const { documents, sealer, keyed, clock, wake } = options;
  const auditEntryOf = createAuditEntry(keyed);

  const draft = (
    transaction: Transaction,
    content: CallbackContent,
    made: { readonly rightsVersion: string; readonly confidential: boolean },
    staged?: { readonly run: string; readonly part: number; readonly parts: number },
  ): DraftedEntry => {
    const { _id, partner, registry, operation, callbackUrl: url, outgoingMessageId } = transaction;
    const part = staged?.part ?? 0;
    const messageId = part === 0 ? outgoingMessageId : uuidOf(outgoingMessageId, part);
    const kind = KIND_OF[operation];
    const at = clock();
    const id = staged === undefined || part === 0 ? answerId(transaction) : K(_id, staged.run, part);
    return draftEntry(
      {
        id,
        kind,
        partner,
        registry,
        ...made,
        transaction: _id,
        count: content.count,
        consented: content.consented,
        audit: content.audited && auditEntryOf(content.audited, at, auditId(id)),
        messageId,
        envelope: envelopeOf(transaction, content, { messageId, at, senderId: options.senderId }),
        url,
        ...(staged !== undefined && { staged: { ...staged, waits: part > 0 } }),
        kept: transaction.file !== undefined,
        at,
      },
      sealer,
      keyed,
    );
  };

  const wakeDelivery = ({ partner, callbackUrl }: Transaction): readonly Write[] =>
    callbackUrl === undefined ? [] : [wakeOf(deliverLane(partner, callbackUrl), 0)];

  const startDelivery = ({ partner, callbackUrl }: Transaction): void => {
    if (callbackUrl !== undefined) wake(deliverLane(partner, callbackUrl));
  };

  const done = (transaction: Transaction): readonly Write[] => [
    replaceOf(TRANSACTIONS, doneOf(transaction, clock())),
    ...wakeDelivery(transaction),
    ...dropChunks({ chunks: transaction.chunks, set: transaction._id }),
    ...dropRows(transaction._id, transaction.file?.parts ?? 0),
  ];

  /** What was inserted as D is the answer, whoever made it: its other parts are published, then the request is done. */
  const publish = async (transaction: Transaction): Promise<boolean> => {
    const first = await documents.get(OUTBOX, answerId(transaction));
    if (first === undefined) return false;
    for (let part = 1; part < (first.parts ?? 1); part++) {
      const entry = await documents.get(OUTBOX, K(transaction._id, first.run ?? '', part));
      if (entry?.state === 'staged')
        await documents.apply([...auditWrites(entry), replaceOf(OUTBOX, publishedOf(entry, clock()))]);
    }
    await documents.apply([...auditWrites(first), ...done(transaction)]);
    startDelivery(transaction);
    return true;
  };

  return {
    finish: async (transaction, contents, rightsVersion) => {
      const run = K(transaction._id, 'run', transaction.starts);
      const parts = contents.length;
      const made = { rightsVersion, confidential: await options.confidential(transaction.partner) };
      const drafts = contents.map((content, part) =>
        draft(transaction, content, made, parts === 1 ? undefined : { run, part, parts }),
      );
      const [first, ...others] = drafts;
      if (first === undefined) throw new TypeError('an answer has one part at least');
      const writes = [...others.flatMap(insertions), ...first.before, insertOf(OUTBOX, first.entry)];
      if (parts > 1) {
        await documents.apply(writes);
        await publish(transaction);
        return;
      }
      const outcomes = await documents.apply([...writes, ...auditWrites(first.entry), ...done(transaction)]);
      if (outcomes[writes.length - 1] === 'done') startDelivery(transaction);
      else await publish(transaction);
    },
    partWrites: async (transaction, content, rightsVersion, part) => {
      const staged = { run: K(transaction._id, 'run', 'file'), part, parts: transaction.file?.parts ?? 1 };
      const made = { rightsVersion, confidential: await options.confidential(transaction.partner) };
      return insertions(draft(transaction, content, made, staged));
    },
    publish,
  };
};

/** D: inserted once, so that of several runs one is the answer. */
const answerId = ({ _id, operation }: Transaction): string => K(_id, KIND_OF[operation]);

/** The request itself is not needed any more. */
const doneOf = ({ request: _, chunks: __, problem: ___, ...rest }: Transaction, at: number): Transaction => ({
  ...rest,
  state: 'done',
  changedAt: at,
});

/** Of a part of a file the audit entry is not kept beside it: a thousand hashes each, which every look at the file would read. */
const publishedOf = ({ audit, ...entry }: OutboxEntry, at: number): OutboxEntry => ({
  ...entry,
  ...(audit !== undefined && entry.kept !== true && { audit }),
  state: entry.url === undefined ? 'held' : 'pending',
  changedAt: at,
});

const envelopeOf = (
  transaction: Transaction,
  content: CallbackContent,
  made: { readonly messageId: string; readonly at: number; readonly senderId: string },
): OutgoingEnvelope => ({
  header: answerHeader({
    ...made,
    action: KIND_OF[transaction.operation],
    status: content.status,
    reasonCode: content.reasonCode,
    reasonMessage: content.reasonMessage,
    receiverId: receiverOf(transaction),
    totalCount: content.totalCount,
    completedCount: content.completedCount,
    meta: content.meta,
  }),
  message: content.message,
});
