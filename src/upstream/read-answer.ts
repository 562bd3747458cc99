/** An upstream's answer: only what is a DCI envelope, signed by it, and about our very call is read on. */

import type { Clock } from '../clock.ts';
import { isJsonObject, type JsonObject } from '../dci/json-node.ts';
import { parseJsonObject } from '../dci/json-parse.ts';
import { toPlain } from '../dci/json-plain.ts';
import { decodeBody } from '../dci/utf8.ts';
import { GatewayError } from '../errors.ts';
import {
  BackendError,
  limitedForMs,
  type RawAnswer,
  type UpstreamAnswer,
  type UpstreamObject,
  type UpstreamOptions,
} from '../plugin.ts';
import { decryptMessage, type FindDecryptionKey } from '../security/encryption/decrypt.ts';
import { EncryptionProblem, isEncrypted } from '../security/encryption/encrypted-message.ts';
import type { Partner } from '../security/partner.ts';
import type { Verifier } from '../security/signatures/verify.ts';
import { saidWhy } from './said-why.ts';

export interface AnswerReader {
  /** The upstream as one that reads what we write. */
  readonly reads: Partner;
  /** Rejects with `BackendError('unavailable')`. */
  read(answer: RawAnswer, expected: ExpectedAnswer): Promise<UpstreamAnswer>;
}

export interface ExpectedAnswer {
  readonly action: string;
  /** The request's; undefined: it named none. */
  readonly transactionId: string | undefined;
  /** It went on as a partner signed it. */
  readonly forwarded?: boolean;
}

/** Deeper than any record. */
const MAX_DEPTH = 64;
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/** @param id under which its keys are kept, unlike any partner's */
export const createAnswerReader = (
  id: string,
  options: UpstreamOptions,
  verifier: Verifier,
  decryptionKey: FindDecryptionKey,
  clock: Clock,
): AnswerReader => {
  const signers = new Map<string, Partner>();
  const signerOf = (senderId: string): Partner => {
    const known = signers.get(senderId);
    if (known !== undefined) return known;
    const made = upstreamAsPartner(id, senderId, options);
    if (signers.size < MOST_SIGNERS) signers.set(senderId, made);
    return made;
  };

  return {
    reads: upstreamAsPartner(id, options.senderIds[0] ?? '', options),
    read: async (answer, { action, transactionId, forwarded }) => {
      const { status, headers } = answer;
      if (status !== 200) throw badStatus('answered with status', answer, clock(), forwarded);
      if (!JSON_TYPE.test(headers['content-type'] ?? '')) throw unusable('answered something that is not JSON');
      const text = orUnusable('answered no JSON', () => decodeBody(answer.body));
      const document = orUnusable('answered no JSON', () => parseJsonObject(text, { maxDepth: MAX_DEPTH }));
      const { header, message, signature: given } = document.root;
      const signature = given ?? '';
      if (!isJsonObject(header) || !isJsonObject(message) || typeof signature !== 'string')
        throw unusable('answered no DCI envelope');
      const received = { text, document, header, message, signature };
      const verified = await verifier.verify(received, signerOf(senderOf(header, options))).catch((cause: unknown) => {
        if (!(cause instanceof GatewayError)) throw cause;
        throw unusable(`answered with a signature that does not hold: ${cause.detail ?? cause.code}`, cause);
      });
      if (!isJsonObject(verified.message)) throw unusable('answered no message');
      const content = isEncrypted(verified.message) ? await opened(verified.message, decryptionKey) : verified.message;
      if (actionOf(verified.header) !== action) throw unusable('answered with another action');
      if (transactionId !== undefined && content.transaction_id !== transactionId)
        throw unusable('answered about another transaction');
      // A JSON object becomes an object.
      return {
        header: toPlain(verified.header) as UpstreamObject,
        message: toPlain(content) as UpstreamObject,
      };
    },
  };
};

/** It knows our key set, and encrypts for it. */
const opened = async (message: JsonObject, decryptionKey: FindDecryptionKey): Promise<JsonObject> => {
  try {
    const bytes = await decryptMessage(message, decryptionKey);
    return parseJsonObject(decodeBody(bytes), { maxDepth: MAX_DEPTH }).root;
  } catch (cause) {
    if (cause instanceof EncryptionProblem || cause instanceof GatewayError)
      throw unusable(`answered an encrypted message that cannot be read: ${cause.message}`, cause);
    throw cause;
  }
};

/** An upstream that names itself differently with every answer is not remembered without end. */
const MOST_SIGNERS = 20;

/** Whose keys are asked: a configured name, or the answer's own, which its signature covers. */
const senderOf = ({ sender_id: named }: JsonObject, { senderIds }: UpstreamOptions): string => {
  const sender = typeof named === 'string' ? named : '';
  if (senderIds.length > 0 && sender !== '' && !senderIds.includes(sender))
    throw unusable('answered under another sender_id');
  return sender === '' ? (senderIds[0] ?? '') : sender;
};

const actionOf = ({ action }: JsonObject): string =>
  typeof action === 'string' ? action.trim().toLowerCase().replaceAll('_', '-') : '';

/** The verifier's rules are those for partners: the upstream is one that may do nothing here. */
const upstreamAsPartner = (
  id: string,
  senderId: string,
  { send, accept, answers, keysUrl }: UpstreamOptions,
): Partner => ({
  ...{ id, clientId: id, secret: undefined, active: true, version: 1, keys: [], limits: {}, scopes: [] },
  ...{ registries: new Map(), callbacks: [], demo: false, source: 'config' as const },
  senderIds: [senderId],
  ...(keysUrl !== undefined && { jwksUrl: keysUrl }),
  signature: { accept, send, require: answers, replay: 'answer' },
});

const orUnusable = <Value>(problem: string, work: () => Value): Value => {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof GatewayError) throw unusable(problem, cause);
    throw cause;
  }
};

const unusable = (problem: string, cause?: unknown): BackendError =>
  new BackendError('unavailable', `the upstream ${problem}`, { cause });

/** It may be a limit of its own that it names. */
export const badStatus = (problem: string, answer: RawAnswer, now: number, forwarded?: boolean): BackendError => {
  const retryAfterMs = limitedForMs(answer, now);
  const why = saidWhy(answer, forwarded);
  return new BackendError('unavailable', `the upstream ${problem} ${answer.status}${why}`, { retryAfterMs });
};
