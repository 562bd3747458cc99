/** The messages that an upstream answers a search of ours with, as they lie in the store: each once, until all are there. */

import { canonicalText } from '../dci/canonical.ts';
import type { JsonObject } from '../dci/json-node.ts';
import { parseJsonObject } from '../dci/json-parse.ts';
import { toPlain } from '../dci/json-plain.ts';
import { GatewayError } from '../errors.ts';
import type { UpstreamObject } from '../plugin.ts';
import type { Sealer } from '../security/at-rest.ts';
import { RELAYED_PARTS, type RelayedPart } from '../store/async-documents.ts';
import { K } from '../store/document-key.ts';
import { type Documents, insertIfAbsentOf } from '../store/documents.ts';
import type { ReceivedCall } from './receive.ts';
import type { AnswerPart } from './relayed-answer.ts';
import { openBody, sealBody } from './sealed-body.ts';

/** Of one answer. */
export const MOST_PARTS = 100;
/** It was bounded when it came in. */
const DEPTH = 1_000;

/** The same message again is kept once. @returns its id */
export const keepPart = async (
  documents: Documents,
  sealer: Sealer,
  relayed: string,
  { messageId, counts, content }: Pick<ReceivedCall, 'messageId' | 'counts' | 'content'>,
  at: number,
): Promise<string> => {
  const id = K(relayed, messageId);
  const text = canonicalText(content, 'compact');
  const { sealed, chunks, writes } = sealBody(sealer, id, text, at);
  const part: RelayedPart = {
    ...{ _id: id, version: 1, relayed, size: text.length, at },
    ...(sealed !== undefined && { message: sealed }),
    ...(chunks !== undefined && { chunks }),
    ...(counts !== undefined && { total: counts.total }),
    ...(counts?.completed !== undefined && { completed: counts.completed }),
  };
  await documents.apply([...writes, insertIfAbsentOf(RELAYED_PARTS, part)]);
  return id;
};

/** Those that came so far, in their order. */
export const keptParts = (documents: Documents, relayed: string): Promise<readonly RelayedPart[]> =>
  documents.find(RELAYED_PARTS, { index: 'byRelayed', equals: [relayed], limit: MOST_PARTS + 1 });

/** @throws GatewayError `service.fault` when it is gone */
export const readPart = async (documents: Documents, sealer: Sealer, id: string): Promise<AnswerPart> => {
  const part = await documents.get(RELAYED_PARTS, id);
  if (part === undefined) throw new GatewayError('service.fault', { detail: 'a part of an answer is missing' });
  return openPart(documents, sealer, part);
};

export const openPart = async (
  documents: Documents,
  sealer: Sealer,
  { _id, message: sealed, chunks, total, completed }: RelayedPart,
): Promise<AnswerPart> => {
  const text = await openBody(documents, sealer, { sealed, chunks, set: _id });
  const counts = { ...(total !== undefined && { total }), ...(completed !== undefined && { completed }) };
  return { message: plainOf(parseJsonObject(text ?? '', { maxDepth: DEPTH }).root), ...counts };
};

/** An object becomes an object. */
const plainOf = (content: JsonObject): UpstreamObject => toPlain(content) as UpstreamObject;
