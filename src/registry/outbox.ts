/** Messages on their way into the outbox: header and message are made once and never change (PROTOCOL 4). */

import { canonicalValue } from '../dci/canonical.ts';
import type { ConsentedPersons } from '../dci/enforced.ts';
import type { Sealer } from '../security/at-rest.ts';
import type { OutgoingEnvelope } from '../security/signatures/sign.ts';
import {
  AUDIT,
  type AuditEntry,
  type EncryptedBody,
  OUTBOX,
  type OutboxEntry,
  type OutboxKind,
} from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import { insertIfAbsentOf, type Write } from '../store/documents.ts';
import type { Keyed } from './keyed.ts';
import { deliverLane } from './lane-names.ts';
import { type BodyPlace, chunkSet, dropChunks, sealBody } from './sealed-body.ts';

export interface Draft
  extends Pick<
    OutboxEntry,
    'kind' | 'partner' | 'registry' | 'rightsVersion' | 'transaction' | 'sub' | 'seq' | 'events' | 'eventsKey' | 'count'
  > {
  readonly id: string;
  readonly messageId: string;
  readonly envelope: OutgoingEnvelope;
  readonly audit?: AuditEntry | undefined;
  /** Whose consent it rests on. */
  readonly consented?: readonly ConsentedPersons[] | undefined;
  /** Undefined: it waits to be asked for. */
  readonly url: string | undefined;
  /** Of a result in parts; a part that waits is staged until its run has won. */
  readonly staged?: { readonly run: string; readonly part: number; readonly parts: number; readonly waits: boolean };
  /** It is a part of a file's result: its content stays after the delivery, beside a small entry that names no items. */
  readonly kept?: boolean;
  /** It never goes out in clear. */
  readonly confidential: boolean;
  readonly at: number;
  readonly dueAt?: number;
}

export interface DraftedEntry {
  readonly entry: OutboxEntry;
  /** Chunks, to be written before the entry. */
  readonly before: readonly Write[];
}

/** What stays of a message after its content is dropped: header status, counts, and of each item what became of it. */
export interface MessageOutcome {
  readonly status: string;
  readonly reasonCode?: string;
  readonly totalCount: number;
  readonly items: readonly ItemOutcome[];
}

export interface ItemOutcome {
  readonly referenceId: string;
  readonly status: string;
  readonly code?: string;
}

/** Sealed: keys and identifiers of persons. */
const personsOf = ({ consented = [] }: Draft, sealer: Sealer): Pick<OutboxEntry, 'persons'> =>
  consented.some(({ persons }) => persons.length > 0) ? { persons: sealer.seal(JSON.stringify(consented)) } : {};

export const personsIn = ({ persons }: Pick<OutboxEntry, 'persons'>, sealer: Sealer): readonly ConsentedPersons[] =>
  persons === undefined ? [] : (JSON.parse(sealer.open(persons)) as readonly ConsentedPersons[]); // only `personsOf` writes these texts

export const draftEntry = (draft: Draft, sealer: Sealer, keyed: Keyed): DraftedEntry => {
  const { id, kind, partner, registry, rightsVersion, messageId, url, staged, at, dueAt = at, count } = draft;
  const kept = draft.kept === true;
  const text = canonicalValue(draft.envelope, 'compact');
  const set = chunkSet(keyed, id, text);
  const { sealed, chunks, writes } = sealBody(sealer, set, text, at, kept ? 0 : undefined);
  const entry: OutboxEntry = {
    _id: id,
    version: 1,
    kind,
    partner,
    registry,
    state: staged?.waits === true ? 'staged' : url === undefined ? 'held' : 'pending',
    dueAt,
    open: true,
    messageId,
    ...(url === undefined ? { unaddressed: true } : { url, lane: deliverLane(partner, url) }),
    ...(sealed !== undefined && { message: sealed }),
    ...(chunks !== undefined && { chunks, digest: set }),
    count,
    ...(draft.confidential && { confidential: true }),
    ...(kept && { kept }),
    outcome: JSON.stringify(kept ? { ...outcomeOf(draft.envelope), items: [] } : outcomeOf(draft.envelope)),
    rightsVersion,
    ...personsOf(draft, sealer),
    ...(draft.audit !== undefined && { audit: draft.audit }),
    ...(draft.transaction !== undefined && { transaction: draft.transaction }),
    ...(draft.sub !== undefined && { sub: draft.sub }),
    ...(draft.seq !== undefined && { seq: draft.seq }),
    ...(draft.events !== undefined && { events: draft.events }),
    ...(draft.eventsKey !== undefined && { eventsKey: draft.eventsKey }),
    ...(staged !== undefined && { run: staged.run, part: staged.part, parts: staged.parts }),
    attempts: 0,
    firstDueAt: dueAt,
    createdAt: at,
    changedAt: at,
  };
  return { entry, before: writes };
};

/** The entry with its chunks; one that exists already is as good: the message was made before. */
export const insertions = ({ entry, before }: DraftedEntry): readonly Write[] => [
  ...before,
  insertIfAbsentOf(OUTBOX, entry),
];

/** After the message, and before anything that forgets that it was to be written. */
export const auditWrites = ({ audit }: Pick<OutboxEntry, 'audit'>): readonly Write[] =>
  audit === undefined ? [] : [insertIfAbsentOf(AUDIT, audit)];

/** Of the entry of a message. */
export const auditId = (message: string): string => K(message, 'audit');

/** Where the message of an entry lies. */
export const messagePlace = ({ message, chunks, digest = '' }: OutboxEntry): BodyPlace => ({
  sealed: message,
  chunks,
  set: digest,
});

/** Where it lies as it goes out. */
export const encryptedPlace = ({ message, chunks, digest }: EncryptedBody): BodyPlace => ({
  sealed: message,
  chunks,
  set: digest,
});

export const dropEncrypted = ({ encrypted }: OutboxEntry): readonly Write[] =>
  encrypted === undefined ? [] : dropChunks(encryptedPlace(encrypted));

/** What `withoutMessage` no longer names. */
export const dropMessage = (entry: OutboxEntry): readonly Write[] => [
  ...dropChunks(messagePlace(entry)),
  ...dropEncrypted(entry),
];

export const withoutMessage = (entry: OutboxEntry): OutboxEntry => {
  const { message: _, chunks: __, encrypted: ___, persons: ____, ...rest } = entry;
  return rest;
};

/** What a partner's answer to a request is called, by operation. */
export const KIND_OF: Readonly<Record<'search' | 'subscribe' | 'unsubscribe' | 'txn-status', OutboxKind>> = {
  search: 'on-search',
  subscribe: 'on-subscribe',
  unsubscribe: 'on-unsubscribe',
  'txn-status': 'txn-on-status',
};

const outcomeOf = ({ header, message }: OutgoingEnvelope): MessageOutcome => ({
  status: String(header.status ?? 'succ'),
  ...(header.status_reason_code !== undefined && { reasonCode: String(header.status_reason_code) }),
  totalCount: Number(header.total_count ?? 0),
  items: itemsOf(message.search_response ?? message.subscribe_response),
});

const itemsOf = (list: unknown): readonly ItemOutcome[] => {
  if (!Array.isArray(list)) return [];
  return (list as readonly Readonly<Record<string, unknown>>[]).map((item) => ({
    referenceId: String(item.reference_id ?? ''),
    status: String(item.status ?? 'succ'),
    ...(item.status_reason_code !== undefined && { code: String(item.status_reason_code) }),
  }));
};

/** As `draftEntry` wrote it. */
export const readOutcome = ({ outcome }: OutboxEntry): MessageOutcome =>
  outcome === undefined ? { status: 'succ', totalCount: 0, items: [] } : (JSON.parse(outcome) as MessageOutcome);
