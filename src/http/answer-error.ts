/** Answers a refusal: the error body, signed for the partner once we know it (PROTOCOL 3). */

import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type ErrorParts, errorBody } from '../dci/error-body.ts';
import { ERROR_RULES, type GatewayError, HEADER_REJECTIONS } from '../errors.ts';
import type { Notes } from '../inbound/notes.ts';
import type { Log } from '../log.ts';
import { refusalFor } from '../security/encryption/ready-message.ts';
import type { SignReady } from '../security/write-for.ts';
import type { Exchange } from './exchange.ts';
import { CallerGone } from './read-body.ts';
import { toGatewayError } from './to-gateway-error.ts';
import { JSON_TYPE } from './write-answer.ts';

export interface AnswerErrorPorts {
  readonly senderId: string;
  readonly sign: SignReady;
  readonly clock: Clock;
  readonly log: Log;
}

/** Answers whatever was thrown; a caller who has gone gets none. Never rejects. */
export const createAnswerError =
  (ports: AnswerErrorPorts) =>
  async (exchange: Exchange, thrown: unknown): Promise<void> => {
    if (thrown instanceof CallerGone) {
      exchange.notes.reason = 'caller gone';
      return;
    }
    const error = toGatewayError(thrown);
    exchange.notes.reason = reasonOf(error);
    logFailure(ports.log, exchange.notes, error);
    await forgetMessage(ports.log, exchange.notes);
    const parts = errorBody({
      error,
      messageId: randomUUID(),
      at: ports.clock(),
      action: exchange.notes.answerAction,
      senderId: ports.senderId,
      receiverId: exchange.notes.senderId,
      transactionId: exchange.notes.transactionId,
      correlationId: exchange.notes.correlationId,
    });
    const body = await errorText(ports, exchange.notes, parts);
    exchange.answer({ status: ERROR_RULES[error.code].http, contentType: JSON_TYPE, body, headers: headersOf(error) });
  };

/** Before the answer is written: whoever reads it may send the message again at once. */
const forgetMessage = async (log: Log, notes: Notes): Promise<void> => {
  try {
    await notes.forget?.();
  } catch (cause) {
    log.warn('a refused message counts as used', { request: notes.requestId, stack: stackOf(cause) });
  }
};

const reasonOf = (error: GatewayError): string => HEADER_REJECTIONS[error.code] ?? ERROR_RULES[error.code].code;

/** A refusal of the caller's doing is an ordinary answer and stands in the request log; ours is an error. */
const logFailure = (log: Log, notes: Notes, error: GatewayError): void => {
  const { requestId: request, registryId: registry, partner } = notes;
  const fields = { request, registry, partner: partner?.id, code: error.code, detail: error.detail };
  if (ERROR_RULES[error.code].http < 500) log.debug('request refused', fields);
  else if (error.code === 'service.fault') log.error('request failed', { ...fields, stack: stackOf(error.cause) });
  else log.warn('request failed', fields);
};

/** Where it happened; the message is left out, it may hold data. */
const stackOf = (cause: unknown): string | undefined =>
  cause instanceof Error
    ? cause.stack
        ?.split('\n')
        .filter((line) => line.startsWith('    at '))
        .slice(0, 8)
        .join('\n')
    : undefined;

const errorText = async (ports: AnswerErrorPorts, notes: Notes, parts: ErrorParts): Promise<string> => {
  const { header, message, errors } = parts;
  const unsigned = (): string => JSON.stringify({ signature: '', header, message, errors });
  if (notes.partner === undefined) return unsigned();
  try {
    const signed = await ports.sign(refusalFor(parts, notes.partner));
    return `${signed.slice(0, -1)},"errors":${JSON.stringify(errors)}}`;
  } catch (cause) {
    ports.log.error('error body not signed', { request: notes.requestId, stack: stackOf(cause) });
    return unsigned(); // it says that the request failed and holds no data
  }
};

const headersOf = (error: GatewayError): Record<string, string> => {
  const headers: Record<string, string> = {};
  if (ERROR_RULES[error.code].http === 401) headers['WWW-Authenticate'] = 'Bearer realm="dci"';
  if (error.retryAfter !== undefined) headers['Retry-After'] = String(error.retryAfter);
  return headers;
};
